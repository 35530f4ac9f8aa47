//! Lists with commas: on one line, one item a line, or as many on a line as go there.

use super::shape::{Shape, is_multiline, new_line, width};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tactic {
    Horizontal,
    Vertical,
    /// As many on a line as go there.
    Mixed,
    /// The text of a format on a line of its own, and what goes into it on the next one.
    Format,
}

/// Whether a comma stands behind the last item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailing {
    Always,
    Never,
    /// Where each item has its line.
    IfVertical,
}

/// On one line, if that is no wider than this.
pub fn tactic(items: &[String], limit: usize) -> Tactic {
    let total: usize = items.iter().map(|item| width(item)).sum();
    let commas = 2 * items.len().saturating_sub(1);
    let fits = total + commas <= limit && !items.iter().any(|item| is_multiline(item));
    if fits { Tactic::Horizontal } else { Tactic::Vertical }
}

/// The items with commas, for lines that are indented as the shape says.
pub fn write(items: &[String], tactic: Tactic, shape: Shape, trailing: Trailing) -> String {
    let comma = match (trailing, tactic) {
        (Trailing::Always, _) => true,
        (Trailing::Never, _) => false,
        (Trailing::IfVertical, tactic) => matches!(tactic, Tactic::Vertical | Tactic::Mixed),
    };
    let mut text = match tactic {
        Tactic::Horizontal => items.join(", "),
        Tactic::Vertical => items.join(&format!(",{}", new_line(shape.indent))),
        Tactic::Mixed => fill(items, ",", shape),
        Tactic::Format => match items.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                format!("{first},{}{}", new_line(shape.indent), rest.join(", "))
            }
            _ => items.join(", "),
        },
    };
    if comma && !items.is_empty() {
        text.push(',');
    }
    text
}

/// As many items on a line as go there, each with its separator.
pub fn fill(items: &[String], separator: &str, shape: Shape) -> String {
    let mut text = String::new();
    let mut line = 0;
    for (at, item) in items.iter().enumerate() {
        let is_last = at + 1 == items.len();
        let total = width(item) + if is_last { 0 } else { separator.len() };
        if line > 0 && line + 1 + total > shape.width {
            text.push_str(&new_line(shape.indent));
            line = 0;
        } else if line > 0 {
            text.push(' ');
            line += 1;
        }
        text.push_str(item);
        if !is_last {
            text.push_str(separator);
        }
        line += total;
    }
    text
}
