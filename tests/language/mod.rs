//! The language, case by case: flow text with the expected findings as comments under the code. Every finding has to
//! be expected and every expectation found, so that a case without one is a program that checks.
//!
//! A file of this folder holds many cases. What stands above the first `////` belongs to all of them.
//!
//! ```text
//! //// name of the case
//! let x = Erp.getCustomr(id)
//! //          ^^^^^^^^^^ F0307: `Erp` has no operation `getCustomr`
//! //          contract erp.yaml:3
//! //// dependency crm
//! ```
//!
//! The carets cover the part of the finding's place that lies on that line, and what follows is how the message
//! starts; a place that begins before the carets can stand is written as `//0..8 F0307: …`. A line `contract` says
//! that the finding shows that line of a contract too. A section `dependency` is another project that the case above
//! depends on. `FLOWC_BLESS=1 cargo test language` writes what is found into the files; read the difference.

mod case;
mod expect;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// As much as `flowc` itself gives.
const STACK: usize = 32 << 20;

#[test]
fn every_case_finds_what_it_says() {
    let bless = std::env::var_os("FLOWC_BLESS").is_some();
    let files = files();
    let checked: Vec<(usize, Vec<String>)> = thread::scope(|scope| {
        let spawn = |path: &PathBuf| {
            let path = path.clone();
            let run = move || check_file(&path, bless);
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).expect("a thread")
        };
        let threads: Vec<_> = files.iter().map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().expect("a file was checked")).collect()
    });
    let cases: usize = checked.iter().map(|(cases, _)| cases).sum();
    let faults: Vec<String> = checked.into_iter().flat_map(|(_, faults)| faults).collect();
    assert!(cases > 0, "there are no cases");
    assert!(faults.is_empty(), "{} of {cases} cases differ\n\n{}", faults.len(), faults.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language")
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder of the cases");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|is| is == "flow")).collect();
    files.sort();
    files
}

/// How many cases a file has, and what differs.
fn check_file(path: &Path, bless: bool) -> (usize, Vec<String>) {
    let text = fs::read_to_string(path).expect("readable");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let std = case::read_std();
    let cases = case::cases(&text);
    let mut faults = Vec::new();
    let mut blessed: Vec<(usize, String)> = Vec::new();
    for case in &cases {
        let found = case::check(case, &std);
        let wanted = expect::expectations(case);
        let differs = expect::compare(&wanted, &found);
        if bless && (!differs.is_empty()) {
            blessed.extend(found.iter().map(|finding| (finding.line, finding.written(&text))));
        } else if bless {
            blessed.extend(wanted.iter().map(|finding| (finding.line, finding.written(&text))));
        }
        if !differs.is_empty() {
            faults.push(format!("{name}:{}: {}\n{}", case.line, case.name, differs.join("\n")));
        }
    }
    if bless {
        fs::write(path, expect::with_findings(&text, &mut blessed)).expect("writable");
        return (cases.len(), Vec::new());
    }
    (cases.len(), faults)
}
