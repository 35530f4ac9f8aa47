//! Texts and regular expressions.

use crate::value::Regex;

/// The text with each match replaced; nothing in `new` is special.
pub fn replace_matches(text: &str, pattern: &Regex, new: &str) -> String {
    pattern.replace(text, new)
}

/// Whether the whole text matches.
pub fn matches(text: &str, pattern: &Regex) -> bool {
    pattern.is_match(text)
}

/// The first match in the text.
pub fn find_match(text: &str, pattern: &Regex) -> Option<String> {
    pattern.find(text).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_of_expressions() {
        assert_eq!(replace_matches("a1b22", &Regex::new("[0-9]+"), "#"), "a#b#");
        assert_eq!(replace_matches("a1", &Regex::new("([0-9])"), "$1$0"), "a$1$0");
        assert!(
            matches("C000001", &Regex::new("C[0-9]{6}")) && !matches("xC000001", &Regex::new("C[0-9]{6}"))
        );
        assert_eq!(find_match("order 42 of 7", &Regex::new("[0-9]+")).as_deref(), Some("42"));
        assert_eq!(find_match("order", &Regex::new("[0-9]+")), None);
    }
}
