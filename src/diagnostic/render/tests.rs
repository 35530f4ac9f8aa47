//! Each format as it looks, and what must hold for any finding.

use super::fixture::{findings, view};
use super::*;

#[test]
fn human_shows_both_files_the_help_and_the_patch() {
    let (sources, findings) = findings();
    let all: String =
        findings.iter().map(|finding| human(finding, view(&sources), Paint::Plain) + "\n").collect();
    insta::assert_snapshot!(all);
}

#[test]
fn human_tells_the_real_column_of_a_line_that_was_cut() {
    let mut sources = Sources::default();
    let id = sources
        .add("big.json", format!("{{\u{1b}\n{}\u{1b} here {}", "x".repeat(100_000), "y".repeat(100_000)));
    let here = fixture::find(&sources, id, "here");
    let there = fixture::find(&sources, id, "\u{1b}\n");
    let finding = Diagnostic::new(fixture::UNHANDLED, here, "m").label(there, "l");
    for paint in [Paint::Plain, Paint::Coloured] {
        let text = human(&finding, view(&sources), paint);
        assert!(text.contains("shop/big.json:2:100003\n"), "{text}");
    }
}
