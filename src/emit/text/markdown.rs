//! Texts in Markdown.

/// Plain text, in one line: nothing in it is markup, a link or HTML.
pub fn text(text: &str) -> String {
    let line = super::line(text);
    let mut out = String::with_capacity(line.len());
    for letter in line.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            _ if "\\`*_[]()#!|~>{}$@".contains(letter) => out.extend(['\\', letter]),
            // An address would become a link.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str("&#58;"),
            _ => out.push(letter),
        }
    }
    let is_item = |first: char| first == '-' || first == '+' || first == '=';
    let is_number = out.trim_start_matches(|first: char| first.is_ascii_digit()).starts_with('.');
    if out.starts_with(is_item) {
        out.insert(0, '\\');
    } else if is_number && out.starts_with(|first: char| first.is_ascii_digit()) {
        out = out.replacen('.', "\\.", 1);
    }
    out
}

/// The text between backticks, also in a table.
pub fn code(text: &str) -> String {
    let line = super::line(text).replace('|', "\\|");
    let longest = line.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if line.is_empty() || line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{line}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(text("# a\n<b>*c*</b> | [x](y)"), "\\# a &lt;b\\>\\*c\\*&lt;/b\\> \\| \\[x\\]\\(y\\)");
        assert_eq!(
            (text("- a"), text("1. a"), text("a - b")),
            ("\\- a".into(), "1\\. a".into(), "a - b".into())
        );
        assert_eq!(text("see https://x.example"), "see https&#58;//x.example");
        assert_eq!(
            (code("a"), code("a`b"), code("`|\n")),
            ("`a`".into(), "``a`b``".into(), "`` `\\| ``".into())
        );
    }
}
