//! The projects in `examples/` check without a finding, and stand there in the one style.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_example_checks() {
    for project in projects() {
        let run = flowc(&["check", "--deny", "warnings", "--format", "short"], &project);
        let (shown, log) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success(), "{}:\n{shown}{log}", project.display());
    }
}

#[test]
fn every_example_is_formatted() {
    for project in projects() {
        let run = flowc(&["fmt", "--check", "--diff"], &project);
        assert!(run.status.success(), "{}:\n{}", project.display(), String::from_utf8_lossy(&run.stdout));
    }
}

fn projects() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(folder).expect("the examples");
    let found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("flow.toml").exists())
        .collect();
    assert!(!found.is_empty(), "no example found");
    found
}

fn flowc(arguments: &[&str], project: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_flowc")).args(arguments).arg(project).output().expect("flowc runs")
}

#[test]
fn a_map_is_explained_field_by_field() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let run = flowc(&["explain", "map", "customer", "--project"], &shop);
    let shown = String::from_utf8(run.stdout).expect("text");
    assert!(shown.starts_with("customer(r: CUST_REC) -> Customer   src/customers.flow:"), "{shown}");
    assert!(shown.contains("  tier       tier(r.segment)\n"), "{shown}");
    assert!(shown.contains("  email      r.email   taken by `..r`\n"), "{shown}");
}

#[test]
fn places_where_labels_are_taken_off_are_listed_with_their_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("flow.toml"), "[project]\nname = \"labels\"\n").expect("written");
    let flow = "type Person { email: email @personal }\n\n\
                fn known(p: Person) -> string = reveal(p.email, \"support asks for it\")\n";
    fs::write(folder.path().join("main.flow"), flow).expect("written");
    let run = flowc(&["explain", "reveals", "--project"], folder.path());
    let shown = String::from_utf8(run.stdout).expect("text");
    assert_eq!(shown, "main.flow:3:33  \"support asks for it\"\n");
}
