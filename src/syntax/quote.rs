//! Texts as an author writes them: for what the compiler proposes, and for what it writes from a contract. No text can
//! end the quotation marks that it stands in.

use std::fmt::Write;

use super::is_plain;

/// `"…"`, whatever the text holds.
pub fn literal(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '{' => written.extend(['\\', letter]),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            letter if letter == ' ' || is_plain(letter) => written.push(letter),
            letter => drop(write!(written, "\\u{{{:x}}}", letter as u32)), // a String takes everything
        }
    }
    written.push('"');
    written
}

/// A regular expression: as it is where that can be read, `'…'` where it has backslashes.
pub fn pattern(text: &str) -> String {
    let plain = text.chars().all(|letter| letter == ' ' || is_plain(letter));
    match plain {
        true if !text.contains(['"', '\\']) => format!("\"{text}\""),
        true if !text.contains('\'') => format!("'{text}'"),
        _ => literal(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_literal() {
        assert_eq!(literal("a\"b\\c{d}\n"), r#""a\"b\\c\{d}\n""#);
        assert_eq!(literal("a\u{202e}b\u{85}"), r#""a\u{202e}b\u{85}""#);
        assert_eq!(pattern("^[A-Z]{2}$"), "\"^[A-Z]{2}$\"");
        assert_eq!(pattern(r"^\d+$"), r"'^\d+$'");
        assert_eq!(pattern("'\\"), r#""'\\""#);
    }
}
