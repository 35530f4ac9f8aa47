//! `flowc fmt`.

use std::io::Write;
use std::process::Stdio;

use super::{MANIFEST, flowc, folder, ran, run};

const UGLY: &str = "type   A{a:string}\n";

fn read(folder: &tempfile::TempDir, path: &str) -> String {
    std::fs::read_to_string(folder.path().join(path)).expect("readable")
}

#[test]
fn files_of_the_project_are_rewritten_once() {
    let folder = folder(&[MANIFEST, ("src/a.flow", UGLY), ("target/b.flow", UGLY)]);
    let first = run(folder.path(), &["fmt"]);
    assert_eq!((first.code, first.err.as_str()), (0, "   Formatted src/a.flow\n"));
    let pretty = read(&folder, "src/a.flow");
    assert_ne!(pretty, UGLY);
    assert_eq!(read(&folder, "target/b.flow"), UGLY);
    let second = run(folder.path(), &["fmt"]);
    assert_eq!((second.code, second.out + &second.err), (0, String::new()));
    let files: Vec<_> = std::fs::read_dir(folder.path().join("src")).expect("readable").collect();
    assert_eq!(files.len(), 1, "no draft is left");
}

#[test]
fn check_and_diff_change_nothing_and_end_with_3() {
    let folder = folder(&[MANIFEST, ("src/a.flow", UGLY), ("src/b.flow", "")]);
    let check = run(folder.path(), &["fmt", "--check"]);
    assert_eq!((check.code, check.out.as_str()), (3, "src/a.flow\n"));
    let diff = run(folder.path(), &["fmt", "--diff", "src/a.flow"]);
    assert_eq!(diff.code, 3);
    assert!(diff.out.starts_with("--- src/a.flow\n+++ src/a.flow\n@@ "), "{}", diff.out);
    assert!(diff.out.contains("-type   A{a:string}\n"), "{}", diff.out);
    assert_eq!(read(&folder, "src/a.flow"), UGLY);
    run(folder.path(), &["fmt"]);
    assert_eq!(run(folder.path(), &["fmt", "--check"]).code, 0);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder(&[]);
    let mut child = flowc(folder.path(), &["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("flowc starts");
    child.stdin.take().expect("a pipe").write_all(UGLY.as_bytes()).expect("written");
    let done = ran(child.wait_with_output().expect("flowc ends"));
    assert_eq!(done.code, 0);
    assert!(done.out.starts_with("type A {"), "{}", done.out);
}

#[test]
fn what_does_not_parse_is_shown_and_left_alone() {
    let folder = folder(&[MANIFEST, ("a.flow", "type {\n"), ("b.flow", UGLY)]);
    let done = run(folder.path(), &["fmt"]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("--> a.flow:"), "{}", done.out);
    assert_eq!(read(&folder, "a.flow"), "type {\n");
    assert_ne!(read(&folder, "b.flow"), UGLY, "the others are formatted all the same");
}

/// What cannot be read is no finding about a text.
#[test]
fn what_is_not_there_ends_with_2() {
    let folder = folder(&[MANIFEST, ("a.flow", UGLY)]);
    std::fs::write(folder.path().join("b.flow"), b"\xff\xfe").expect("written");
    let done = run(folder.path(), &["fmt", "nothere.flow", "a.flow"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("there is no file or folder `nothere.flow`"), "{}", done.err);
    assert_ne!(read(&folder, "a.flow"), UGLY, "the others are formatted all the same");
    assert_eq!(run(folder.path(), &["fmt", "b.flow"]).code, 2);
}

#[test]
fn a_new_project_is_formatted() {
    let folder = folder(&[]);
    run(folder.path(), &["new", "shop"]);
    let done = run(folder.path(), &["fmt", "--diff", "shop"]);
    assert_eq!(done.code, 0, "{}", done.out);
}

#[cfg(unix)]
#[test]
fn the_mode_of_a_file_stays() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[MANIFEST, ("a.flow", UGLY)]);
    let path = folder.path().join("a.flow");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(run(folder.path(), &["fmt"]).code, 0);
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
}
