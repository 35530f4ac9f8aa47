//! Makes text safe to show. A contract can carry terminal commands, line breaks and characters that change
//! the direction of reading; shown raw they could forge what a diagnostic seems to say.

use std::borrow::Cow;
use std::fmt::Write;

/// One line in which every character shows what it is: `\u{202e}` for the invisible ones.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, is_hidden)
}

/// The same for text of several lines.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escape(text, |letter| letter != '\n' && is_hidden(letter))
}

/// JSON in which no string holds a raw control or direction character. It means the same.
pub(super) fn plain_json(json: String) -> String {
    if !json.chars().any(|letter| letter != '\n' && is_hidden(letter)) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for letter in json.chars() {
        if letter != '\n' && is_hidden(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                push(&mut out, format_args!("\\u{unit:04x}"));
            }
        } else {
            out.push(letter);
        }
    }
    out
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if hidden(letter) {
            push_escaped(&mut out, letter);
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// `\u{1b}`
pub(super) fn push_escaped(out: &mut String, letter: char) {
    push(out, format_args!("\\u{{{:x}}}", u32::from(letter)));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything");
}

/// Control, line-breaking, zero-width, direction and tag characters.
pub(super) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_comes_through() {
        assert_eq!(visible("plain é"), "plain é");
        assert_eq!(visible("a\u{1b}[2J\u{202e}b\nc\u{9b}"), "a\\u{1b}[2J\\u{202e}b\\u{a}c\\u{9b}");
        assert_eq!(visible_lines("a\nb\r"), "a\nb\\u{d}");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "a\u{202e}b\u{e0041}c";
        let json = plain_json(serde_json::to_string(text).expect("a string is JSON"));
        assert_eq!(json, r#""a\u202eb\udb40\udc41c""#);
        assert_eq!(serde_json::from_str::<String>(&json).expect("still JSON"), text);
    }
}
