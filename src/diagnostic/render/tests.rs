//! Each format as it looks, and what must hold for any finding.

use proptest::prelude::*;
use serde_json::Value;

use super::fixture::{UNHANDLED, find, findings, view};
use super::*;
use crate::diagnostic::{Edit, Fix};

fn each(render: impl Fn(&Diagnostic, View<'_>) -> String) -> String {
    let (sources, findings) = findings();
    findings.iter().map(|finding| render(finding, view(&sources))).collect()
}

fn whole(render: impl Fn(&[Diagnostic], View<'_>) -> String) -> String {
    let (sources, findings) = findings();
    render(&findings, view(&sources))
}

fn indented(json: &str) -> String {
    let value: Value = serde_json::from_str(json).expect("it is JSON");
    format!("{value:#}")
}

#[test]
fn human_shows_both_files_the_help_and_the_patch() {
    insta::assert_snapshot!(each(|finding, view| human(finding, view, Paint::Plain) + "\n"));
}

#[test]
fn short_is_one_line_each() {
    insta::assert_snapshot!(each(short));
}

#[test]
fn github_escapes_what_would_end_a_property_or_the_line() {
    insta::assert_snapshot!(each(github));
}

#[test]
fn json_has_places_and_edits() {
    insta::assert_snapshot!(indented(&whole(json)));
}

#[test]
fn gitlab_has_fingerprints() {
    insta::assert_snapshot!(indented(&whole(gitlab)));
}

#[test]
fn junit_is_well_formed() {
    insta::assert_snapshot!(whole(junit));
    insta::assert_snapshot!("junit_without_findings", junit(&[], view(&Sources::default())));
}

#[test]
fn sarif_has_rules_results_and_fixes() {
    let mut log: Value = serde_json::from_str(&whole(|all, view| sarif(all, view, |_| None))).expect("JSON");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().expect("rules").split_off(2);
    assert!(rules.iter().all(|rule| rule["id"].is_string() && rule["help"]["text"].is_string()));
    insta::assert_snapshot!(format!("{log:#}"));
}

/// What the specification asks of the properties that we use.
#[test]
fn sarif_keeps_the_rules_of_the_specification() {
    let log: Value =
        serde_json::from_str(&whole(|all, view| sarif(all, view, |_| Some("# Page")))).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let rule = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[rule]["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().expect("a level")));
        assert!(!result["message"]["text"].as_str().expect("a message").is_empty());
        let related = result["relatedLocations"].as_array().expect("a list");
        for location in result["locations"].as_array().expect("a list").iter().chain(related) {
            let place = &location["physicalLocation"];
            assert!(!place["artifactLocation"]["uri"].as_str().expect("a uri").contains([' ', '\\', '%']));
            let number = |key: &str| place["region"][key].as_u64().expect("a number");
            assert!(number("startLine") >= 1 && number("startColumn") >= 1);
            assert!((number("endLine"), number("endColumn")) >= (number("startLine"), number("startColumn")));
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            assert!(fix["artifactChanges"][0]["replacements"][0]["deletedRegion"].is_object());
        }
    }
}

#[test]
fn human_tells_the_real_column_of_a_line_that_was_cut() {
    let mut sources = Sources::default();
    let text = format!("{{\u{1b}\n{}\u{1b} here {}", "x".repeat(100_000), "y".repeat(100_000));
    let id = sources.add("big.json", text);
    let here = find(&sources, id, "here");
    let there = find(&sources, id, "\u{1b}\n");
    let finding = Diagnostic::new(UNHANDLED, here, "m").label(there, "l");
    for paint in [Paint::Plain, Paint::Coloured] {
        let text = human(&finding, view(&sources), paint);
        assert!(text.contains("shop/big.json:2:100003\n"), "{text}");
        assert!(text.len() < 4000, "{}", text.len());
    }
}

#[test]
fn findings_are_in_the_order_of_files_and_places_and_each_is_there_once() {
    let mut sources = Sources::default();
    let late = sources.add("b.flow", "0123456789");
    let early = sources.add("a.flow", "0123456789");
    let at = |source, start| Diagnostic::new(UNHANDLED, Span::new(source, start, start + 1), "m");
    let mut all = vec![at(late, 5), at(late, 1), at(early, 3), at(late, 5)];
    sort(&mut all, view(&sources));
    assert_eq!(all, [at(early, 3), at(late, 1), at(late, 5)]);
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_for_equal_lines() {
    let print = |text: &str, starts: &[usize]| {
        let mut sources = Sources::default();
        let id = sources.add("a.flow", text);
        let mut seen = std::collections::HashMap::new();
        let mut of = |start| {
            fingerprint(
                &Diagnostic::new(UNHANDLED, Span::new(id, start, start + 1), "m"),
                view(&sources),
                &mut seen,
            )
        };
        starts.iter().map(|start| of(*start)).collect::<Vec<_>>()
    };
    let first = print("one\ntwo\n", &[4]);
    assert_eq!(first, print("zero\none\n  two\n", &[11]));
    let twice = print("two\ntwo\n", &[0, 4]);
    assert_eq!(twice[0], first[0]);
    assert_ne!(twice[0], twice[1]);
}

#[test]
fn miette_sees_the_same() {
    use miette::Diagnostic as _;
    let (sources, findings) = findings();
    let report = Report::new(&findings[0], view(&sources));
    assert_eq!(report.code().expect("a code").to_string(), "F0001");
    assert!(report.help().is_some());
    let label = report.labels().expect("labels").next().expect("one");
    let text = report.source_code().expect("a text").read_span(label.inner(), 0, 0).expect("in the text");
    assert_eq!((text.data(), text.name()), (&b"r.nam"[..], Some("shop/src/customers.flow")));
    let related: Vec<String> = report.related().expect("related").map(ToString::to_string).collect();
    assert_eq!(related, ["declared as integer here"]);
}

proptest! {
    /// Any text, any spans, overlapping edits: all formats give text without a hidden character, and do not panic.
    #[test]
    fn nothing_breaks_a_renderer(
        text in "(\\PC|[\\x00-\\x1f\u{202e}\r\n\t]|[a-z ]{0,9}){0,40}",
        message in "\\PC{0,20}|[\\x00-\\x1f]{0,3}",
        spans in prop::collection::vec((0usize..400, 0usize..400), 0..5),
        edits in prop::collection::vec((0usize..400, 0usize..400, "[a-z\n\u{1b}é]{0,5}"), 0..3),
    ) {
        let mut sources = Sources::default();
        let ids = [sources.add("a.flow", text.as_str()), sources.add("b\u{1b}.yaml", text.repeat(9))];
        let span = |at: usize, start: usize, end: usize| {
            let id = ids[at % 2];
            let text = &sources.get(id).text;
            let on = |offset| crate::source::border_before(text, offset);
            Span::new(id, on(start.min(end)), on(start.max(end)))
        };
        let labels = spans.iter().enumerate().map(|(at, (start, end))| crate::diagnostic::Label {
            span: span(at, *start, *end),
            text: message.clone(),
        });
        let edits = edits.iter().map(|(start, end, text)| Edit { span: span(0, *start, *end), text: text.clone() });
        let fix = Fix { title: message.clone(), edits: edits.collect(), safe: true };
        let finding = Diagnostic {
            code: UNHANDLED,
            severity: Severity::Error,
            message: message.clone(),
            labels: labels.collect(),
            help: Some(message.clone()),
            fix: Some(fix),
        };
        let all = [finding];
        let view = View { sources: &sources, prefixes: &[] };
        let outputs = [
            human(&all[0], view, Paint::Plain), short(&all[0], view), github(&all[0], view), json(&all, view),
            gitlab(&all, view), junit(&all, view), sarif(&all, view, |_| None),
        ];
        for output in outputs {
            prop_assert!(!output.chars().any(|letter| letter != '\n' && escape::is_hidden(letter)), "{output:?}");
        }
        human(&all[0], view, Paint::Coloured);
    }
}
