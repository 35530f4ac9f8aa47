//! `// flowc: allow(…) because "…"`.

use super::{MANIFEST, folder, run};

fn check(flow: &str) -> Vec<String> {
    let folder = folder(&[MANIFEST, ("main.flow", flow)]);
    run(folder.path(), &["check", "--format", "short"]).out.lines().map(String::from).collect()
}

const TYPE: &str = "type A {\n  a: string\n}\n";

#[test]
fn an_unused_suppression_is_a_warning_at_its_code() {
    let found = check(&format!("// flowc: allow(W0009, project/empty) because \"x\"\n{TYPE}"));
    assert_eq!(
        found,
        [
            "main.flow:1:17: warning[W0020] nothing below gives `W0009`",
            "main.flow:1:24: warning[W0020] nothing below gives `W0009`",
        ]
    );
}

#[test]
fn it_is_not_called_unused_when_there_are_errors() {
    let found = check("// flowc: allow(W0009) because \"x\"\ntype {\n");
    assert!(!found.is_empty() && found.iter().all(|line| !line.contains("W0020")), "{found:?}");
}

#[test]
fn a_suppression_has_one_form_and_a_reason() {
    let cases = [
        ("// flowc: ignore W0009", "main.flow:1:1: error[F0016]"),
        ("// flowc: allow() because \"x\"", "main.flow:1:1: error[F0016]"),
        ("// flowc: allow(W0009", "main.flow:1:1: error[F0016]"),
        ("// flowc: allow(W0009)", "main.flow:1:1: error[F0017]"),
        ("// flowc: allow(W0009) because \" \"", "main.flow:1:1: error[F0017]"),
        ("// flowc: allow(W0008) because \"x\"", "main.flow:1:17: error[F0018]"),
        ("// flowc: allow(F0002) because \"x\"", "main.flow:1:17: error[F0019]"),
    ];
    for (comment, expected) in cases {
        let found = check(&format!("{comment}\n{TYPE}"));
        assert_eq!(found.len(), 1, "{comment}: {found:?}");
        assert!(found[0].starts_with(expected), "{comment}: {found:?}");
    }
    assert!(check(&format!("// we allow(W0009) here\n{TYPE}")).is_empty());
}

#[test]
fn many_suppressions_and_findings_are_no_burden() {
    let comments = "// flowc: allow(W0009) because \"x\"\n".repeat(20_000);
    let found = check(&format!("{comments}{TYPE}"));
    assert_eq!(found.len(), 20_000);
}
