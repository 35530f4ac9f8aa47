//! Emitted Rust is laid out as rustfmt lays it out, so that `cargo fmt --check` finds nothing in an emitted workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each example as a whole, with the runtime.
#[test]
fn emitted_workspaces_are_formatted() {
    if !has_rustfmt() {
        return;
    }
    // Not below this folder, whose lines are longer than the usual ones.
    let outside = tempfile::tempdir().expect("a folder");
    for project in examples() {
        let name = project.file_name().unwrap_or_default();
        let folder = outside.path().join(name);
        flowc::cli::build_workspace(&project, &folder).unwrap_or_else(|reason| panic!("{reason}"));
        let run = Command::new(env!("CARGO"))
            .args(["fmt", "--all", "--check"])
            .current_dir(&folder)
            .output()
            .expect("cargo can be started");
        let (found, said) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success(), "{}:\n{found}{said}", project.display());
    }
}

/// The fixed texts that the printer is tested with are rustfmt's own.
#[test]
fn the_layouts_are_those_of_rustfmt() {
    if !has_rustfmt() {
        return;
    }
    let outside = tempfile::tempdir().expect("a folder");
    let file = outside.path().join("layouts.rs");
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emit/print/layouts.txt");
    fs::copy(text, &file).expect("a copy");
    let run = Command::new("rustfmt").args(["--edition", "2024", "--check"]).arg(&file).output();
    let run = run.expect("rustfmt can be started");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

/// Where tests are run for everyone, there is one.
fn has_rustfmt() -> bool {
    let version = Command::new("rustfmt").arg("--version").output();
    let is_there = version.is_ok_and(|run| run.status.success());
    assert!(is_there || std::env::var_os("CI").is_none(), "rustfmt is missing");
    is_there
}

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(root).expect("the examples").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}
