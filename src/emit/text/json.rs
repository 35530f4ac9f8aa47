//! JSON that people read.

use serde_json::Value;

/// A document with its line breaks; what is not visible stands in it as an escape.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    for letter in format!("{value:#}").chars() {
        match letter {
            // Between texts there is no other white space.
            '\n' => out.push('\n'),
            _ if super::is_visible(letter) => out.push(letter),
            _ => letter
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_is_hidden() {
        let value = serde_json::json!({ "a\u{202e}": ["b\"\n", "\u{e0041}"] });
        let text = document(&value);
        assert!(text.contains("a\\u202e") && text.contains("\\udb40\\udc41"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
    }
}
