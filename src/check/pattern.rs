//! Patterns in one form: they match the whole text. Those of contracts match anywhere in it, and say `^…$` when
//! they mean the whole; so the two kinds can be compared.

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
}
