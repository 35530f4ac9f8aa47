//! The slow half of `tests/output`: `cargo run --release --example hostile -- FOLDER SKIP TAKE`. Where none is skipped, each text alone in each
//! field, over every kind of file; then so many texts, each in all fields at once, are written below the folder as
//! workspaces, one after the other: cargo checks them without a warning, and rustdoc finds no test in them.

mod data;
mod fields;
mod matrix;
mod payloads;
mod rust;
mod workbench;

use std::fs;
use std::path::Path;
use std::process::{Command, exit};

use flowc::emit::File;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, usual: usize| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let folder = arguments.first().map_or("target/hostile", String::as_str).to_owned();
    let (skip, take) = (number(1, 0), number(2, usize::MAX));
    let mut faults = if skip == 0 { one_by_one() } else { Vec::new() };
    for (name, payload) in payloads::payloads().iter().skip(skip).take(take) {
        faults.extend(compiled(Path::new(&folder), name, payload));
    }
    faults.iter().for_each(|fault| println!("{fault}"));
    println!("{} faults", faults.len());
    exit(i32::from(!faults.is_empty()));
}

fn one_by_one() -> Vec<String> {
    let groups: Vec<Vec<usize>> = (0..fields::FIELDS.len()).map(|field| vec![field]).collect();
    matrix::tried(&payloads::payloads(), &groups)
}

/// Fields that hold anything without making the operation one that cannot be called.
fn anywhere() -> Vec<usize> {
    (0..fields::FIELDS.len()).filter(|field| ![fields::PATH, fields::HEADER].contains(field)).collect()
}

fn compiled(folder: &Path, name: &str, payload: &str) -> Option<String> {
    let emitted = workbench::workbench().emit(&matrix::contract(&anywhere(), payload));
    let emitted = match emitted {
        Ok(emitted) => emitted,
        Err(error) => return Some(format!("{name}: refused: {error}")),
    };
    write(folder, &emitted.files);
    println!("{name}: {}", if emitted.is_whole { "whole" } else { "without its first operation" });
    let checked = cargo(folder, &["check", "--workspace", "--offline", "--message-format", "short"]);
    if !checked.0 || checked.1.contains("warning:") {
        return Some(format!("{name}: cargo check: {}", checked.1));
    }
    let tested = cargo(folder, &["test", "--doc", "--offline", "--package", "demo", "--package", "reading"]);
    let has_none = tested.0 && tested.1.matches("running 0 tests").count() == 2;
    (!has_none).then(|| format!("{name}: documentation tests: {}", tested.1))
}

/// What is the same keeps its time, so that cargo does little. Documentation tests are not kept from running here.
fn write(folder: &Path, files: &[File]) {
    let _ = fs::remove_dir_all(folder.join("services"));
    for file in files {
        let path = folder.join(&file.path);
        let text = file.text.replace("doctest = false", "doctest = true");
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

fn cargo(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let done = Command::new("cargo").args(arguments).current_dir(folder).output().expect("cargo runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    (done.status.success(), said)
}
