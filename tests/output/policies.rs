//! Policies as they stand in what is emitted: every setting a literal that can be read, or a field of the configuration.
//! The program is the one that `tests/services/semantics` builds and asks.

use std::fs;
use std::path::Path;

const FILES: &[&str] = &[
    "services/guard/src/config.rs",
    "services/guard/src/app.rs",
    "services/guard/src/caches.rs",
    "services/guard/src/operations/hurried.rs",
    "services/guard/src/operations/apart.rs",
    "services/guard/src/operations/kept.rs",
    "services/guard/src/operations/mine.rs",
    "services/watch/src/operations/again.rs",
    "bundles/semantics/src/operations/guard/once.rs",
    "bundles/semantics/src/operations/watch/again.rs",
];

#[test]
fn settings_can_be_read_where_they_are_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services/semantics");
    flowc::cli::build_workspace(&project, folder.path()).expect("built");
    let text = |name: &&str| {
        let text = fs::read_to_string(folder.path().join(name)).expect("emitted");
        format!("// ==== {name}\n{text}")
    };
    let all: Vec<String> = FILES.iter().map(text).collect();
    insta::assert_snapshot!(all.join("\n"));
}

/// What reads and what writes, and which header is a key, is said by the clients.
#[test]
fn clients_say_what_may_be_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services/semantics");
    flowc::cli::build_workspace(&project, folder.path()).expect("built");
    let lines = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name)).expect("emitted");
        let is_one = |line: &&str| {
            ["self.client.", "call.key(", "call.header(", "call.for_caller("]
                .iter()
                .any(|part| line.contains(part))
        };
        text.lines().filter(is_one).map(|line| format!("{}\n", line.trim())).collect::<String>()
    };
    insta::assert_snapshot!(
        [
            "services/guard/src/backends/frail.rs",
            "services/guard/src/backends/known.rs",
            "services/watch/src/services/guard.rs",
            "services/desk/src/services/lab.rs",
        ]
        .map(lines)
        .join("\n")
    );
}
