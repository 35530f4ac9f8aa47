//! `flowc build` under attack: other builds, builds that are cut off, folders that are none, and sources in odd places.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{MANIFEST, flowc, folder, run};

fn service(name: &str) -> String {
    format!(
        "system {name} v1 {{\n  auth: public\n\n  ping: GET /ping -> string {{\n    return \"pong\"\n  }}\n}}\n"
    )
}

/// Two projects beside each other.
fn projects() -> TempDir {
    let manifest = |path| (path, MANIFEST.1);
    folder(&[
        manifest("a/flow.toml"),
        manifest("b/flow.toml"),
        ("a/src/main.flow", &service("Orders")),
        ("b/src/main.flow", &service("Sales")),
    ])
}

fn code(folder: &TempDir, arguments: &[&str]) -> i32 {
    run(folder.path(), arguments).code
}

/// All files below a folder with their bytes. What a build takes away meanwhile is not there.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut all, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                all.push((name, bytes));
            }
        }
    }
    all.sort();
    all
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("readable");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What is there in the end is all from one of them, and the record knows it.
#[cfg(unix)]
#[test]
fn builds_into_one_folder_take_turns() {
    let folder = projects();
    let start = |project| {
        flowc(folder.path(), &["build", project, "-o", "out", "--quiet"]).spawn().expect("it starts")
    };
    let running: Vec<Child> = ["a", "b", "a", "b"].map(start).into_iter().collect();
    for mut child in running {
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    let checks = ["a", "b"].map(|project| code(&folder, &["build", project, "-o", "out", "--check"]));
    assert!(checks == [0, 3] || checks == [3, 0], "{checks:?}");
    assert_eq!(names(&folder.path().join("out/.flowc")), ["files"]);
    assert_eq!(code(&folder, &["build", "a", "-o", "out"]), 0);
    assert_eq!(names(&folder.path().join("out/services")), ["orders"]);
}

#[cfg(unix)]
#[test]
fn a_build_that_was_cut_off_is_taken_up() {
    let folder = projects();
    assert_eq!(code(&folder, &["build", "a", "-o", "whole"]), 0);
    for files in [1, 20, 60, 120] {
        let out = folder.path().join("a/dist");
        let mut child = flowc(folder.path(), &["build", "a"]).spawn().expect("it starts");
        let end = Instant::now() + Duration::from_secs(60);
        while !(out.join(".flowc").exists() && tree(&out).len() >= files) && Instant::now() < end {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("it ends");
        assert_eq!(code(&folder, &["build", "a"]), 0, "after {files} files");
        assert!(tree(&out) == tree(&folder.path().join("whole")), "after {files} files");
        fs::remove_dir_all(out).expect("removed");
    }
}

/// They would be taken for what was written, and not be read any more.
#[test]
fn sources_are_not_built_over() {
    let folder = projects();
    let before = tree(&folder.path().join("a"));
    for out in ["a", "a/", "a/src", "a/../a/src/."] {
        let refused = run(folder.path(), &["build", "a", "-o", out]);
        assert_eq!(refused.code, 2, "{out}: {}", refused.out);
        assert!(
            format!("{}{}", refused.out, refused.err).contains("[F0024 command/unwritable]"),
            "{}",
            refused.err
        );
    }
    assert!(tree(&folder.path().join("a")) == before);
    assert_eq!(code(&folder, &["build", "a", "-o", "a/src/made"]), 0);
    assert_eq!(code(&folder, &["build", "a", "-o", "a/src/made", "--check"]), 0, "it is no source");
}

#[test]
fn a_project_may_lie_in_what_was_written() {
    let folder = folder(&[("dist/p/flow.toml", MANIFEST.1), ("dist/p/main.flow", &service("Orders"))]);
    for _ in 0..2 {
        assert_eq!(code(&folder, &["build", "dist/p", "-o", "dist"]), 0);
        assert_eq!(code(&folder, &["build", "dist/p"]), 0);
    }
    assert_eq!(code(&folder, &["build", "dist/p", "-o", "dist", "--check"]), 0);
    assert!(folder.path().join("dist/p/main.flow").exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_folder_is_said_to_be_none() {
    let folder = projects();
    fs::write(folder.path().join("file"), "mine").expect("written");
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).expect("linked");
    for out in ["file", "file/below", "link", "/dev/null", "/dev/full"] {
        let refused = run(folder.path(), &["build", "a", "-o", out]);
        assert_eq!(refused.code, 2, "{out}: {}", refused.out);
        assert!(!refused.out.contains("panic") && !refused.err.contains("panic"), "{out}");
    }
    assert_eq!(fs::read(folder.path().join("file")).expect("there"), b"mine");
    assert_eq!(names(folder.path()), ["a", "b", "file", "link"]);
    fs::create_dir(folder.path().join("nowhere")).expect("made");
    assert_eq!(code(&folder, &["build", "a", "-o", "link"]), 0, "the folder itself may be a link");
    assert_eq!(code(&folder, &["build", "a", "-o", "link", "--check"]), 0);
}

/// Files that were made in another order, in folders of other names.
#[test]
fn the_order_of_files_changes_nothing() {
    let flows: Vec<(String, String)> = ["Zoo", "Alpha", "Mid", "Beta"]
        .iter()
        .map(|name| (format!("src/{}/{name}.flow", name.len()), service(name)))
        .collect();
    let built = |order: &[usize]| {
        let all: Vec<(&str, &str)> = order
            .iter()
            .filter_map(|at| flows.get(*at))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let folder = folder(&[&all[..], &[MANIFEST]].concat());
        let done = run(folder.path(), &["build"]);
        assert_eq!(done.code, 0, "{}", done.out);
        tree(&folder.path().join("dist"))
    };
    let first = built(&[0, 1, 2, 3]);
    assert!(first == built(&[3, 2, 1, 0]) && first == built(&[2, 0, 3, 1]));
}
