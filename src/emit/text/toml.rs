//! Texts in TOML.

/// A basic string.
pub fn string(text: &str) -> String {
    super::quoted(text)
}

/// `["a", "b"]`
pub fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = texts.into_iter().map(string).collect();
    format!("[{}]", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_read_back_as_it_was() {
        for text in ["", "a", "\"\n[x]\ny = 1", "\\", "\u{202e}\u{7f}\u{0}", "ü😀\u{e0001}", "'''", "#"] {
            let read: ::toml::Table = format!("a = {}", string(text)).parse().expect("TOML");
            assert_eq!(read.get("a").and_then(|value| value.as_str()), Some(text));
        }
        assert_eq!(strings(["a", "b\""]), "[\"a\", \"b\\\"\"]");
    }
}
