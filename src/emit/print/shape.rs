//! The room that is left for a piece of code, and measures of text. The numbers are those of rustfmt's default
//! configuration: what they decide has to come out as rustfmt decides it.

/// The widest line.
pub const MAX: usize = 100;
pub const TAB: usize = 4;
/// The widest list of arguments on one line.
pub const CALL: usize = 60;
/// The widest chain of methods on one line.
pub const CHAIN: usize = 60;
/// The widest fields of a record on one line.
pub const STRUCT: usize = 18;
/// The same of a variant's definition.
pub const VARIANT: usize = 35;
pub const ARRAY: usize = 60;
pub const IF_ELSE: usize = 50;
pub const LET_ELSE: usize = 50;
/// Elements that are not wider than this may share lines.
pub const SHORT_ELEMENT: usize = 10;

/// Where something starts and how wide it may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// How far lines are indented.
    pub indent: usize,
    /// How far behind its indent the first line starts.
    pub offset: usize,
    pub width: usize,
}

impl Shape {
    pub fn indented(indent: usize) -> Shape {
        Shape { indent, offset: 0, width: MAX.saturating_sub(indent) }
    }

    /// Behind something that is `by` wide.
    pub fn right(self, by: usize) -> Option<Shape> {
        let width = self.width.checked_sub(by)?;
        Some(Shape { offset: self.offset + by, width, ..self })
    }

    /// In front of something that is `by` wide.
    pub fn less(self, by: usize) -> Option<Shape> {
        Some(Shape { width: self.width.checked_sub(by)?, ..self })
    }

    /// On lines of its own, one level deeper.
    pub fn nested(self) -> Shape {
        Shape::indented(self.indent + TAB)
    }

    pub fn used(self) -> usize {
        self.indent + self.offset
    }

    /// What has to stand behind this on its last line.
    pub fn overhead(self) -> usize {
        MAX.saturating_sub(self.used() + self.width)
    }

    /// A line end and the indent of the next line.
    pub fn line(self) -> String {
        new_line(self.indent)
    }
}

pub fn new_line(indent: usize) -> String {
    let mut text = String::with_capacity(indent + 1);
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
    text
}

/// Columns: letters of East Asia and pictures take two.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(letter_width).sum() }
}

fn letter_width(letter: char) -> usize {
    match letter {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

pub fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or("")
}

pub fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or("")
}

pub fn first_width(text: &str) -> usize {
    width(first_line(text))
}

pub fn last_width(text: &str) -> usize {
    width(last_line(text))
}

/// The last line's width without its indent.
pub fn last_width_trimmed(text: &str) -> usize {
    width(last_line(text).trim())
}

/// How far behind its indent the last line of a text ends.
pub fn extra_offset(text: &str, shape: Shape) -> usize {
    match text.rfind('\n') {
        Some(end) => width(&text[end + 1..]).saturating_sub(shape.used()),
        None => width(text),
    }
}

pub fn is_multiline(text: &str) -> bool {
    text.contains('\n')
}

pub fn line_ends(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

pub fn first_line_ends_with(text: &str, letter: char) -> bool {
    first_line(text).ends_with(letter)
}

/// Whether the last line closes what was opened before, and nothing else, so that more may follow on it.
pub fn is_extendable(text: &str) -> bool {
    last_line(text)
        .chars()
        .all(|letter| matches!(letter, '(' | ')' | ']' | '}' | '?' | '>') || letter.is_whitespace())
}

/// Whether a text of one or more lines keeps to the widths. Lines of comments may be as long as they are.
pub fn fits(text: &str, shape: Shape) -> bool {
    if first_width(text) > shape.width {
        return false;
    }
    if !is_multiline(text) {
        return true;
    }
    let is_too_wide = |line: &str| width(line) > MAX && !line.trim_start().starts_with("//");
    !text.split('\n').skip(1).any(is_too_wide) && last_width(text) <= shape.used() + shape.width
}
