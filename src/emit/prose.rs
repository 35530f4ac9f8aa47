//! Descriptions as Markdown that reads as it was written: a line that goes on with an item of a list is told from one
//! behind the list, and what is too long ends where a reader would pause.

use std::borrow::Cow;

/// Lines that are trimmed; what goes on behind an item of a list is a paragraph of its own.
pub fn continued(lines: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let follows = all.last().is_some_and(|last| is_item(last));
        if follows && !line.is_empty() && !is_item(&line) {
            all.push(String::new());
        }
        all.push(line);
    }
    all
}

/// `- `, `+ `, `12. ` or `3) ` before the text.
fn is_item(line: &str) -> bool {
    let Some((sign, _)) = line.split_once(' ') else { return false };
    let number = sign.strip_suffix(['.', ')']);
    let is_number = number.is_some_and(|number| {
        (1..=9).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    matches!(sign, "-" | "+") || is_number
}

/// At most so many characters of a line, up to the end of a sentence or else of a word, and a sign that there was more.
pub fn cut(line: &str, most: usize) -> Cow<'_, str> {
    let Some((end, _)) = line.char_indices().nth(most) else { return line.into() };
    let gaps = || line.match_indices(' ').map(|(at, _)| at).take_while(|at| *at <= end);
    // One that ends early would leave next to nothing.
    let sentence = gaps().filter(|at| *at >= end / 2 && ends_sentence(line, *at)).last();
    match sentence.or_else(|| gaps().last()) {
        Some(gap) => format!("{} …", line.get(..gap).unwrap_or_default()).into(),
        None => format!("{}…", line.get(..end).unwrap_or_default()).into(),
    }
}

/// Whether a sentence ends before this gap, and not only what is shortened, such as `e.g. this`.
fn ends_sentence(line: &str, gap: usize) -> bool {
    let (before, after) = line.split_at(gap);
    before.ends_with(['.', '!', '?']) && !after.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_ends_with_a_sentence_or_a_word_and_a_sign() {
        assert_eq!(cut("It is so. Or not.", 17), "It is so. Or not.");
        assert_eq!(cut("It is so. Or not.", 16), "It is so. …");
        assert_eq!(cut("It is so. Or not.", 9), "It is so. …");
        assert_eq!(cut("It is so. Or not.", 8), "It is …");
        assert_eq!(cut("It is (e.g. so as) or not", 15), "It is (e.g. so …", "no end of a sentence");
        assert_eq!(cut("No. It is at https://example.com/a/b", 34), "No. It is at …");
        assert_eq!(cut("https://example.com/a/b", 9), "https://e…");
        assert_eq!(cut("äöü äöü äöü", 8), "äöü äöü …");
    }

    #[test]
    fn what_follows_an_item_is_a_paragraph() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let text = "One of:\n- a\nthat is\n10) b\nthat was\n\nelse\n-1 is none";
        let wanted = "One of:\n- a\n\nthat is\n10) b\n\nthat was\n\nelse\n-1 is none";
        assert_eq!(continued(lines(text)), lines(wanted));
    }
}
