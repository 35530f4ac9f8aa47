//! A text that a regular expression matches: the first one in alphabetical order that is as short as it may be, or with a
//! seed any other.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::standin::chance::Chance;

/// None where no text of this length was found.
pub fn matching(pattern: &str, min: usize, max: usize, chance: &mut Chance) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let regex = Regex::new(pattern).ok()?;
    let fits = |text: &String| (min..=max).contains(&text.chars().count()) && regex.is_match(text);
    if !chance.is_plain() {
        let mut of_chance = (0..TRIES).map(|_| written(&hir, 0, chance));
        if let Some(text) = of_chance.find(fits) {
            return Some(text);
        }
    }
    let tries = (0..=min.min(MOST_EXTRA)).map(|extra| {
        let text = written(&hir, extra, &mut Chance::plain());
        // A pattern without an end matches longer texts as well.
        let missing = min.saturating_sub(text.chars().count());
        [text.clone(), text + &"a".repeat(missing)]
    });
    tries.flatten().find(fits)
}

/// How many texts are made by chance before the plainest is taken.
const TRIES: usize = 20;
/// How many more rounds than needed are tried, to reach a length.
const MOST_EXTRA: usize = 300;
/// No text of a contract is longer than that.
const LONGEST: usize = 10_000;

fn written(hir: &Hir, extra: usize, chance: &mut Chance) -> String {
    let mut text = String::new();
    push(hir, extra, &mut text, chance);
    text
}

fn push(hir: &Hir, extra: usize, text: &mut String, chance: &mut Chance) {
    if text.len() > LONGEST {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(letter(class, chance)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX) as usize;
            let extra = extra + chance.below(4) as usize;
            let rounds = (repetition.min as usize).saturating_add(extra).min(most).min(LONGEST);
            (0..rounds).for_each(|_| push(&repetition.sub, 0, text, chance));
        }
        HirKind::Capture(capture) => push(&capture.sub, extra, text, chance),
        HirKind::Concat(parts) => parts.iter().for_each(|part| push(part, extra, text, chance)),
        HirKind::Alternation(parts) => {
            if let Some(part) = chance.one_of(parts) {
                push(part, extra, text, chance);
            }
        }
    }
}

/// A letter or digit where the class has one, else its first printable member.
fn letter(class: &Class, chance: &mut Chance) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let has = |letter: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&letter));
    let nice: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').filter(has).collect();
    let nice = chance.one_of(&nice).copied();
    nice.or_else(|| (' '..='~').find(has)).or_else(|| ranges.first().map(|(start, _)| *start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: Option<&str>) {
        assert_eq!(matching(pattern, 0, 100, &mut Chance::plain()).as_deref(), expected, "{pattern}");
    }

    #[test]
    fn patterns_are_followed() {
        check("^[A-Z]{2}$", Some("AA"));
        check("^(ch|re)_[a-z0-9]+$", Some("ch_0"));
        check("^\\d{3}-\\d{2}?$", Some("000-00"));
        check("[^a-zA-Z0-9]", Some(" "));
        check("^.*$", Some(""));
        check("a{200}", None);
    }

    #[test]
    fn lengths_are_reached() {
        assert_eq!(matching("^[0-9]*$", 4, 4, &mut Chance::plain()).as_deref(), Some("0000"));
        assert_eq!(matching("^x", 4, 4, &mut Chance::plain()).as_deref(), Some("xaaa"));
        assert_eq!(matching("^[0-9]{3}$", 4, 9, &mut Chance::plain()), None);
    }

    #[test]
    fn seeds_give_other_texts_that_match() {
        let of = |seed| {
            matching("^(ch|re)_[a-z0-9]{4,8}$", 0, 100, &mut Chance::seeded(seed, &[])).expect("there is one")
        };
        let regex = Regex::new("^(ch|re)_[a-z0-9]{4,8}$").expect("a pattern");
        let texts: std::collections::BTreeSet<String> = (0..20).map(of).collect();
        assert!(texts.len() > 15 && texts.iter().all(|text| regex.is_match(text)), "{texts:?}");
        assert_eq!(of(3), of(3));
    }
}
