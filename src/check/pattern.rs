//! Patterns in one form: they match the whole text. Those of contracts match anywhere in it, and say `^…$` when
//! they mean the whole; so the two kinds can be compared.

use regex_syntax::hir::{Hir, HirKind};
use smol_str::SmolStr;

/// A pattern as a flow writes it; `^` and `$` around it are allowed and change nothing.
pub fn of_flow(pattern: &str) -> SmolStr {
    SmolStr::from(whole(pattern).unwrap_or(pattern))
}

/// A pattern of a contract. One that every text matches is none.
pub fn of_contract(pattern: &str) -> Option<SmolStr> {
    if matches!(pattern, "" | ".*" | "^.*$" | "^" | "$") {
        return None;
    }
    if let Some(whole) = whole(pattern) {
        return Some(SmolStr::from(whole));
    }
    let ends = pattern.strip_suffix('$').filter(|rest| !is_escaped(rest));
    Some(match (pattern.strip_prefix('^'), ends) {
        (Some(rest), None) if !splits(pattern) => format!("(?:{rest})(?s:.*)").into(),
        (None, Some(rest)) if !splits(pattern) => format!("(?s:.*)(?:{rest})").into(),
        _ => format!("(?s:.*)(?:{pattern})(?s:.*)").into(),
    })
}

/// What is wrong with a pattern that cannot be read, without the drawing of it.
pub fn reason(fault: &regex_syntax::Error) -> String {
    fault.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// How many characters a text that matches has: at least, and at most.
pub fn lengths(pattern: &str) -> (u64, Option<u64>) {
    regex_syntax::parse(pattern).map_or((0, None), |form| form_lengths(&form))
}

fn form_lengths(form: &Hir) -> (u64, Option<u64>) {
    match form.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, Some(0)),
        HirKind::Class(_) => (1, Some(1)),
        HirKind::Literal(text) => {
            let letters = String::from_utf8_lossy(&text.0).chars().count() as u64;
            (letters, Some(letters))
        }
        HirKind::Capture(inner) => form_lengths(&inner.sub),
        HirKind::Repetition(again) => {
            let (min, max) = form_lengths(&again.sub);
            let most = again.max.zip(max).and_then(|(times, max)| u64::from(times).checked_mul(max));
            (u64::from(again.min).saturating_mul(min), most)
        }
        HirKind::Concat(parts) => parts.iter().map(form_lengths).fold((0, Some(0)), |(min, max), part| {
            let most = max.zip(part.1).and_then(|(max, more)| u64::checked_add(max, more));
            (u64::saturating_add(min, part.0), most)
        }),
        HirKind::Alternation(ways) => {
            let all: Vec<(u64, Option<u64>)> = ways.iter().map(form_lengths).collect();
            let most: Option<Vec<u64>> = all.iter().map(|way| way.1).collect();
            let least = all.iter().map(|way| way.0).min();
            (least.unwrap_or(0), most.and_then(|most| most.into_iter().max()))
        }
    }
}

/// Whether what comes behind the text is escaped by its last letter.
fn is_escaped(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The inside of `^…$`, where the anchors hold for all of it.
fn whole(pattern: &str) -> Option<&str> {
    let inner = pattern.strip_prefix('^')?.strip_suffix('$')?;
    (!is_escaped(inner) && !splits(inner)).then_some(inner)
}

/// Whether there is a `|` outside of all groups and classes.
fn splits(pattern: &str) -> bool {
    let (mut depth, mut class, mut escaped) = (0_usize, false, false);
    for byte in pattern.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => class = true,
            b']' => class = false,
            _ if class => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_of_contracts_become_the_whole_text() {
        assert_eq!(of_contract("^C[0-9]{6}$").as_deref(), Some("C[0-9]{6}"));
        assert_eq!(of_flow("^C[0-9]{6}$"), of_flow("C[0-9]{6}"));
        assert_eq!(of_contract("abc").as_deref(), Some("(?s:.*)(?:abc)(?s:.*)"));
        assert_eq!(of_contract("^abc").as_deref(), Some("(?:abc)(?s:.*)"));
        assert_eq!(of_contract(".*"), None);
        assert_eq!(
            of_contract("^a|b$").as_deref(),
            Some("(?s:.*)(?:^a|b$)(?s:.*)"),
            "the anchors belong to the sides"
        );
        assert_eq!(of_contract("^(a|b)$").as_deref(), Some("(a|b)"));
        assert_eq!(of_contract(r"^a\$").as_deref(), Some(r"(?:a\$)(?s:.*)"), "the last one is a letter");
    }

    #[test]
    fn a_pattern_says_how_long_its_texts_are() {
        assert_eq!(lengths("[A-Z]{3}"), (3, Some(3)));
        assert_eq!(lengths("(ä|bcd)-[0-9]{1,2}x?"), (3, Some(7)));
        assert_eq!(lengths(r"\d{2}(-\d{2})*"), (2, None));
        assert_eq!(lengths("^a$|"), (0, Some(1)));
        assert_eq!(lengths("(?s:.*)(?:abc)(?s:.*)"), (3, None));
    }
}
