//! How what is emitted shows systems of others who we are: secrets go from the configuration to where they are used, and no
//! copy of their text stays anywhere. The program is the one that `tests/services/semantics` builds and asks.

use std::fs;
use std::path::Path;

const FILES: &[&str] = &[
    "services/doors/src/config.rs",
    "services/doors/src/app.rs",
    "services/doors/src/operations/sign.rs",
    "services/passage/src/app.rs",
    "services/porch/src/app.rs",
    "services/seals/src/app.rs",
];

#[test]
fn secrets_stay_secrets() {
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
