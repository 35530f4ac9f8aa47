//! A regular expression that is written out in the program. It lives in a `static` of an emitted service and is
//! compiled when it is first used.

use std::sync::OnceLock;

use crate::excess::take_text;

#[derive(Debug)]
pub struct Regex {
    source: &'static str,
    somewhere: OnceLock<Option<::regex::Regex>>,
    whole: OnceLock<Option<::regex::Regex>>,
}

impl Regex {
    pub const fn new(source: &'static str) -> Regex {
        Regex { source, somewhere: OnceLock::new(), whole: OnceLock::new() }
    }

    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole text matches. An expression that is too large to be compiled matches nothing.
    pub fn is_match(&self, text: &str) -> bool {
        self.whole.get_or_init(|| whole(self.source)).as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// The first match somewhere in the text.
    pub fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.somewhere()?.find(text).map(|found| found.as_str())
    }

    /// The text with each match replaced by a text in which nothing is special.
    pub fn replace(&self, text: &str, new: &str) -> String {
        match self.somewhere() {
            Some(regex) => {
                let more = regex
                    .find_iter(text)
                    .fold(0_usize, |sum, found| sum.saturating_add(new.len().saturating_sub(found.len())));
                if more > 0 {
                    take_text(text.len().saturating_add(more));
                }
                regex.replace_all(text, ::regex::NoExpand(new)).into_owned()
            }
            None => text.to_string(),
        }
    }

    fn somewhere(&self) -> Option<&::regex::Regex> {
        self.somewhere.get_or_init(|| ::regex::Regex::new(self.source).ok()).as_ref()
    }
}

/// A comment at the end of an expression with `(?x)` would swallow the bracket, so a second try ends the line first.
fn whole(source: &str) -> Option<::regex::Regex> {
    let first = ::regex::Regex::new(&format!("^(?:{source})$"));
    first.or_else(|_| ::regex::Regex::new(&format!("^(?:{source}\n)$"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_has_to_match() {
        static EITHER: Regex = Regex::new("a|ab");
        assert!(EITHER.is_match("ab") && EITHER.is_match("a"));
        assert!(!EITHER.is_match("abc") && !EITHER.is_match("ab\n") && !EITHER.is_match("ca"));
        assert!(Regex::new("(?x) a # a letter").is_match("a"));
        assert!(!Regex::new("(?m)a").is_match("b\na\nb"));
    }

    #[test]
    fn an_expression_that_cannot_be_compiled_does_nothing() {
        let broken = Regex::new("[");
        assert!(!broken.is_match("["));
        assert_eq!((broken.find("["), broken.replace("[", "x")), (None, "[".to_string()));
    }
}
