//! The README is true: its program checks, and its error message is what the compiler says of the program with
//! one field misspelt.

use std::fs;
use std::path::Path;
use std::process::Command;

const WRITTEN: &str = "r.last_nm.trim()";
const MISSPELT: &str = "r.last_name.trim()";

#[test]
fn its_program_checks() {
    assert_eq!(check(&block("```flow")), "");
}

#[test]
fn its_error_message_is_the_real_one() {
    let program = block("```flow");
    assert!(program.contains(WRITTEN), "the field that is misspelt");
    let shown = check(&program.replace(WRITTEN, MISSPELT));
    assert_eq!(block("```text").trim_end(), shown.trim_end());
}

/// The first block that opens so.
fn block(opening: &str) -> String {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README");
    let lines = readme.lines().skip_while(|line| !line.starts_with(opening)).skip(1);
    lines.take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect()
}

fn check(program: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contracts/erp.yaml");
    fs::create_dir(folder.path().join("contracts")).expect("a folder");
    fs::copy(contract, folder.path().join("contracts/erp.yaml")).expect("copied");
    fs::write(folder.path().join("flow.toml"), "[project]\nname = \"readme\"\n").expect("written");
    fs::write(folder.path().join("main.flow"), program).expect("written");
    let run = Command::new(env!("CARGO_BIN_EXE_flowc"))
        .args(["check", "--color", "never"])
        .current_dir(folder.path())
        .output()
        .expect("flowc runs");
    String::from_utf8(run.stdout).expect("text")
}
