//! A fault in the text of a form is one finding: what cannot be understood because of it is none.

use super::{SHOP, check};

/// The findings that are not about the text.
fn others(text: &str, what: &str) -> Vec<String> {
    let checked = check(text);
    assert!(checked.ids().iter().any(|id| id.starts_with("F01")), "{what}: nothing is wrong with the text");
    let lines = checked.short().into_iter();
    lines.filter(|line| !line.contains("[F01")).map(|line| format!("{what} gives {line}")).collect()
}

/// In turn, each line of the shop is changed.
fn with_each_line(change: fn(&str) -> Option<String>) -> Vec<String> {
    let lines: Vec<&str> = SHOP.lines().collect();
    let broken = |at: usize| {
        let changed = change(lines[at])?;
        let text: Vec<&str> =
            lines.iter().enumerate().map(|(line, text)| if line == at { &changed } else { *text }).collect();
        Some(others(&text.join("\n"), &changed))
    };
    (0..lines.len()).filter_map(broken).flatten().collect()
}

#[test]
fn a_broken_line_has_no_consequences() {
    let found = with_each_line(|line| (!line.trim().is_empty()).then(|| format!("{line} ~ ~")));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_declaration_without_a_name_has_no_consequences() {
    let found = with_each_line(|line| {
        let words = ["backend", "broker", "type", "problem", "fn", "map", "system", "process"];
        let (word, rest) = line.split_once(' ').filter(|(word, _)| words.contains(word))?;
        let nameless = rest.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric());
        Some(format!("{word} {}", nameless.replace(" v1", "")))
    });
    assert_eq!(found, Vec::<String>::new());
}

/// What is wrong elsewhere is still found.
#[test]
fn independent_faults_are_found_beside_a_broken_form() {
    let text = SHOP.replace("type Tier =", "type Tier ==").replace("a.active", "a.activ");
    let ids = check(&text).ids();
    assert!(ids.iter().any(|id| id.starts_with("F01")), "{ids:?}");
    assert!(ids.contains(&"F0403") || ids.len() == 2, "{ids:?}");
}
