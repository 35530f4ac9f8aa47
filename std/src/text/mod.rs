//! Methods on text. Lengths and positions count characters (Unicode scalar values), never bytes.

mod convert;
mod countries;
mod encoding;
#[cfg(feature = "regex")]
mod matching;
mod phone;

pub use convert::*;
pub use encoding::*;
#[cfg(feature = "regex")]
pub use matching::*;
pub use phone::phone;

use crate::excess::take_text;
use crate::order::{count, positions};

pub fn trim(text: &str) -> String {
    text.trim().to_string()
}

pub fn upper(text: &str) -> String {
    text.to_uppercase()
}

pub fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// The first letter large; the rest stays as it is.
pub fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

pub fn length(text: &str) -> i64 {
    count(text.chars().count())
}

pub fn is_empty(text: &str) -> bool {
    text.is_empty()
}

pub fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// An empty separator splits between the characters.
pub fn split(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.chars().map(String::from).collect();
    }
    text.split(separator).map(str::to_string).collect()
}

/// LF and CR LF both end a line.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_string).collect()
}

/// With nothing to replace, the text stays as it is.
pub fn replace(text: &str, old: &str, new: &str) -> String {
    if old.is_empty() {
        return text.to_string();
    }
    if new.len() > old.len() {
        let more = text.matches(old).count().saturating_mul(new.len() - old.len());
        take_text(text.len().saturating_add(more));
    }
    text.replace(old, new)
}

pub fn starts_with(text: &str, prefix: &str) -> bool {
    text.starts_with(prefix)
}

pub fn ends_with(text: &str, suffix: &str) -> bool {
    text.ends_with(suffix)
}

pub fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

/// At which character the part stands for the first time.
pub fn index_of(text: &str, part: &str) -> Option<i64> {
    text.split_once(part).map(|(before, _)| length(before))
}

pub fn remove_prefix(text: &str, prefix: &str) -> String {
    text.strip_prefix(prefix).unwrap_or(text).to_string()
}

pub fn remove_suffix(text: &str, suffix: &str) -> String {
    text.strip_suffix(suffix).unwrap_or(text).to_string()
}

/// A negative position counts from the end. What lies outside of the text is left out.
pub fn slice(text: &str, from: i64, to: Option<i64>) -> String {
    let (from, to) = positions(text.chars().count(), from, to);
    text.chars().take(to).skip(from).collect()
}

pub fn truncate(text: &str, length: i64) -> String {
    text.chars().take(usize::try_from(length).unwrap_or_default()).collect()
}

/// The fill may have several characters; the last time, only a part of it may fit.
pub fn pad_left(text: &str, length: i64, fill: &str) -> String {
    filling(text, length, fill) + text
}

/// As `pad_left`, on the other side.
pub fn pad_right(text: &str, length: i64, fill: &str) -> String {
    text.to_string() + &filling(text, length, fill)
}

fn filling(text: &str, length: i64, fill: &str) -> String {
    let missing = usize::try_from(length).unwrap_or_default().saturating_sub(text.chars().count());
    let rounds = missing.checked_div(fill.chars().count()).unwrap_or_default();
    take_text(rounds.saturating_mul(fill.len()).saturating_add(text.len()));
    fill.chars().cycle().take(missing).collect()
}

/// Not at all below 1.
pub fn repeat(text: &str, times: i64) -> String {
    let times = usize::try_from(times).unwrap_or_default();
    take_text(text.len().saturating_mul(times));
    text.repeat(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::excess::{Excess, alone};

    #[test]
    fn letters() {
        assert_eq!(trim("  a b "), "a b");
        assert_eq!(upper("Straße"), "STRASSE");
        assert_eq!(lower("ADA"), "ada");
        assert_eq!(capitalize("ada L"), "Ada L");
        assert_eq!((capitalize(""), capitalize("éa")), (String::new(), "Éa".to_string()));
        assert_eq!(length("añb"), 3);
        assert!(is_empty("") && is_blank(" \t") && !is_blank(" a"));
    }

    #[test]
    fn pieces() {
        assert_eq!(split("a,b,,c", ","), ["a", "b", "", "c"]);
        assert_eq!(split("añ", ""), ["a", "ñ"]);
        assert_eq!(split("", ","), [""]);
        assert_eq!(lines("a\r\nb\n"), ["a", "b"]);
        assert_eq!(replace("a-b-c", "-", ""), "abc");
        assert_eq!(replace("abc", "", "x"), "abc");
    }

    #[test]
    fn parts() {
        assert!(starts_with("abc", "ab") && ends_with("abc", "bc") && contains("abc", "b"));
        assert_eq!((index_of("ñbcb", "b"), index_of("a", "x"), index_of("a", "")), (Some(1), None, Some(0)));
        assert_eq!(remove_prefix("urn:x", "urn:"), "x");
        assert_eq!(remove_suffix("x.json", ".json"), "x");
        assert_eq!(slice("abcdef", 1, Some(3)), "bc");
        assert_eq!(slice("añcd", -3, Some(-1)), "ñc");
        assert_eq!(slice("abc", i64::MIN, Some(i64::MAX)), "abc");
        assert_eq!((truncate("abcdef", 3), truncate("ab", -1)), ("abc".to_string(), String::new()));
    }

    #[test]
    fn longer_texts() {
        assert_eq!(pad_left("7", 3, "0"), "007");
        assert_eq!(pad_right("7", 3, "."), "7..");
        assert_eq!(pad_left("ñ", 6, "ab"), "ababañ");
        assert_eq!((pad_left("abc", 2, "0"), pad_left("a", 5, "")), ("abc".to_string(), "a".to_string()));
        assert_eq!(repeat("ab", 2), "abab");
        assert_eq!((repeat("ab", -1), repeat("", i64::MAX)), (String::new(), String::new()));
    }

    #[test]
    fn a_number_cannot_use_up_the_memory() {
        let letters = "a".repeat(10_000);
        for made in [
            alone(|| pad_left("7", i64::MAX, "ñ")),
            alone(|| pad_right("7", i64::MAX, "ñ")),
            alone(|| repeat("abc", i64::MAX)),
            alone(|| replace(&letters, "a", &letters)),
        ] {
            assert_eq!(made, Err(Excess::Room));
        }
        assert_eq!(alone(|| repeat("abc", 5_000_000).len()), Ok(15_000_000));
    }
}
