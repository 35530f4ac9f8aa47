//! What stands around the operations for those who call from outside: pages, caches, old versions. The program is the
//! one that `tests/services/semantics` builds and asks.

use std::fs;
use std::path::Path;

const FILES: &[&str] =
    &["services/front/src/app.rs", "services/front/src/operations/hello.rs", "services/front/openapi.yaml"];

const PAGED: &[&str] = &["services/roll/src/operations/page_2.rs", "services/roll/openapi.yaml"];

#[test]
fn pages_are_named_where_a_service_is_made() {
    insta::assert_snapshot!(emitted(FILES));
}

/// An operation that is called as what is named in it.
#[test]
fn a_list_in_pages_says_where_it_goes_on() {
    insta::assert_snapshot!(emitted(PAGED));
}

fn emitted(files: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services/semantics");
    flowc::cli::build_workspace(&project, folder.path()).expect("built");
    let text = |name: &&str| {
        let text = fs::read_to_string(folder.path().join(name)).expect("emitted");
        format!("// ==== {name}\n{text}")
    };
    let all: Vec<String> = files.iter().map(text).collect();
    all.join("\n")
}
