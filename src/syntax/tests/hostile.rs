//! Any text gives a tree and findings: no panic, no endless work, every place within the text.

use proptest::prelude::*;

use super::super::repair::border;
use super::super::{parse, parse_expression};
use super::findings;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

const TASTE: &str = include_str!("taste.flow");

#[track_caller]
fn is_total(text: &str) {
    let parsed = parse(SourceId(0), text);
    let within = |span: Span| text.get(span.range()).is_some();
    for diagnostic in &parsed.diagnostics {
        assert!(diagnostic.labels.iter().all(|label| within(label.span)), "{diagnostic:?}");
    }
    assert!(parsed.file.items.iter().all(|item| within(item.span())));
    assert!(parsed.file.comments.iter().all(|comment| within(comment.span)));
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{ a: ", "}"), ("\"{", "}\""), ("f(", ")")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let levels = if open.starts_with('"') { 60 } else { 120 };
        assert_eq!(parse_expression(SourceId(0), &nested(levels)).1, Vec::new(), "{open}");
        let ids: Vec<&str> =
            parse_expression(SourceId(0), &nested(20_000)).1.iter().map(|found| found.code.id).collect();
        assert_eq!(ids, ["F0106"], "{open}");
    }
}

#[test]
fn nesting_without_brackets_is_bounded() {
    for (open, close) in
        [("not ", ""), ("- ", ""), ("if a then ", " else b"), ("x => ", ""), ("for x in y yield ", "")]
    {
        let text = format!("{}1{}", open.repeat(3_000), close.repeat(3_000));
        let found: Vec<Diagnostic> = parse_expression(SourceId(0), &text).1;
        assert_eq!(found.iter().map(|found| found.code.id).collect::<Vec<_>>(), ["F0106"], "{open}");
    }
    is_total(&format!("type T = {}", "A => ".repeat(3_000)));
    is_total(&format!("type T = int{}", "?".repeat(3_000)));
    let steps = format!("when a {{ }} {}", "else when a { } ".repeat(3_000));
    is_total(&format!("system S v1 {{ a: GET /x -> A {{ {steps} }} }}"));
}

#[test]
fn long_chains_are_flat_or_refused() {
    let (_, found) = parse_expression(SourceId(0), &vec!["1"; 100_000].join("+"));
    assert_eq!(found, Vec::new());
    let (_, found) = parse_expression(SourceId(0), &format!("a{}", ".b()".repeat(10_000)));
    assert_eq!(found.len(), 1);
}

#[test]
fn deceptive_characters_are_named() {
    assert_eq!(
        findings("// a \u{202E} b\ntype A = string"),
        ["1:6 F0104 U+202E RIGHT-TO-LEFT OVERRIDE makes this text read otherwise than it is"]
    );
    assert_eq!(
        findings("type A { p\u{430}yment: int }"),
        ["1:11 F0104 `\u{430}` is U+0430 CYRILLIC SMALL LETTER A, which looks like the letter `a`"]
    );
    assert_eq!(
        findings("type A { a\u{200D}b: int }"),
        ["1:11 F0104 the invisible character U+200D ZERO WIDTH JOINER stands in the code"]
    );
    assert_eq!(
        findings("type A { prénom: int, \"prénom\": int, \"e\u{301}\": int }"),
        [
            "1:12 F0104 `é` (U+00E9) cannot stand in a name",
            "1:38 F0104 this name holds U+0301, so that another spelling looks the same",
        ]
    );
    assert_eq!(findings("type A = string\0"), ["1:16 F0103 the control character U+0000 NULL stands here"]);
    assert_eq!(findings("fn f() -> string = \u{201C}a\u{201D}").len(), 2);
    assert_eq!(findings("fn f() -> string = \"größe 👩\u{200D}🚀\" // ñ"), Vec::<String>::new());
}

#[test]
fn a_byte_order_mark_moves_no_place() {
    assert_eq!(findings("\u{FEFF}type A = string\r\ntype = 3")[0], "2:6 F0110 expected a name, found `=`");
}

#[test]
fn every_beginning_of_a_good_file_is_read() {
    for (at, _) in TASTE.char_indices().step_by(7) {
        is_total(&TASTE[..at]);
    }
}

#[test]
fn unclosed_brackets_take_linear_time() {
    for open in ["{", "(", "[", "\"{", "a {\n", "f(\"", "[{(", "a: match x { "] {
        is_total(&format!("system S v1 {{ a: GET /x -> A {{ let x = {}", open.repeat(100)));
        is_total(&open.repeat(100));
    }
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "type", "map", "fn", "system", "S", "v1", "{", "}", "(", ")", "[", "]", "\"", "'", "a", ":", "=",
        "->", "=>", "let", "return", "when", "else", "if", "then", "match", "for", "in", "yield", "GET",
        "/x", "//", "///", "\n", ",", ";", ".", "..", "?.", "??", "+", "not", "and", "500ms", "50%", "200/s",
        "with", "undo", "final", "fail", "test", "expect", "given", "\\", "é", "\u{202E}", "@", "|", "_",
        "1", "\"{", "}\"", "as", "on", "every",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        is_total(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens_are_read(tokens in prop::collection::vec(token(), 0..200), glue in prop::sample::select(vec!["", " ", "\n"])) {
        is_total(&tokens.join(glue));
    }

    #[test]
    fn a_good_file_may_be_changed_anywhere(places in prop::collection::vec((any::<prop::sample::Index>(), token()), 1..8)) {
        let mut text = TASTE.to_owned();
        for (place, token) in places {
            let at = border(&text, place.index(text.len()));
            let end = border(&text, at + token.len());
            text.replace_range(at..end.max(at), token);
        }
        is_total(&text);
    }
}
