//! The one door for texts that come from a contract: into a literal, a quoted name, a comment or documentation
//! of a flow. None of them can end what it stands in, hide anything, or turn the direction of what is read.

use crate::syntax::is_plain;
pub use crate::syntax::{literal, pattern};

/// A name as a flow writes it behind a dot: `getPet`, `"get-pet"`.
pub fn name(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { literal(text) }
}

pub fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// At most this much of a contract's text goes into one comment.
const LONGEST_REMARK: usize = 160;

/// On one line, within a comment of ours.
pub fn remark(text: &str) -> String {
    cut(&on_one_line(text), LONGEST_REMARK)
}

/// At most this much of a description is taken over, in lines of this length.
const LONGEST_DOC: usize = 240;
const LINE: usize = 92;

/// The first paragraph of a description, or as much of it as makes sense above an operation, in lines for `///`.
pub fn documentation(text: &str) -> Vec<String> {
    let text = text.trim().replace("\r\n", "\n");
    let paragraph =
        text.split("\n\n").map(str::trim).find(|part| !part.is_empty() && !part.starts_with("```"));
    let line = on_one_line(paragraph.unwrap_or_default());
    let line = line.trim_start_matches(['#', '*', '-', '>', '/', ' ']);
    wrapped(&first_sentences(line))
}

/// Whole sentences as long as they fit; else what fits of the first one.
fn first_sentences(text: &str) -> String {
    if text.chars().count() <= LONGEST_DOC {
        return text.to_owned();
    }
    let bound = text.char_indices().nth(LONGEST_DOC).map_or(text.len(), |(at, _)| at);
    let fits = text.get(..bound).unwrap_or(text);
    match fits.rfind(". ") {
        Some(end) => fits.get(..=end).unwrap_or(fits).to_owned(),
        None => cut(text, LONGEST_DOC),
    }
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let bound = text.char_indices().nth(longest).map_or(text.len(), |(at, _)| at);
    let fits = text.get(..bound).unwrap_or(text);
    let whole_words = fits.rfind(' ').and_then(|end| fits.get(..end)).unwrap_or(fits);
    format!("{} …", whole_words.trim_end_matches([',', ';', ':', ' ']))
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Without tags of HTML, without what cannot be seen, and with single spaces.
fn on_one_line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(4 * LONGEST_DOC));
    for word in without_tags(text).split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        let visible: String = word.chars().filter(|letter| is_plain(*letter)).collect();
        if visible.is_empty() {
            continue;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(&visible);
        if plain.len() > 8 * LONGEST_DOC {
            break;
        }
    }
    plain
}

/// `<p>text</p>` is `text`; a sign that begins no tag stays.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        plain.push_str(before);
        let is_tag = behind.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
        match behind.split_once('>').filter(|(tag, _)| is_tag && tag.len() < 200) {
            Some((_, after)) => {
                plain.push(' ');
                rest = after;
            }
            None => {
                plain.push('<');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_written() {
        assert_eq!(name("getPet"), "getPet");
        assert_eq!(name("get-pet"), "\"get-pet\"");
        assert_eq!(name("a\"b\\"), r#""a\"b\\""#);
        assert_eq!(name("a\nb\u{200d}{"), r#""a\nb\u{200d}\{""#);
        assert_eq!(name(""), "\"\"");
    }

    #[test]
    fn documentation_is_short_and_on_lines_of_its_own() {
        assert_eq!(documentation("<p>One &amp; <b>two</b>.\u{2028}x</p>\n\nMore."), ["One &amp; two . x"]);
        assert_eq!(documentation("# Title"), ["Title"]);
        assert_eq!(documentation("a < b and\r} fn PWNED() {} //"), ["a < b and } fn PWNED() {} //"]);
        let long = documentation(&"word ".repeat(1000));
        assert!(long.len() <= 3 && long.iter().all(|line| line.chars().count() <= LINE), "{long:?}");
        assert_eq!(documentation("\u{202e}\u{0}"), Vec::<String>::new());
    }
}
