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
