//! What a program computes: each case is a `fn …() -> bool` that has to be true once it is Rust. The cases are the
//! `Example:` lines of std and the files of flow beside this one. All of them are emitted as one service, which is
//! compiled once, with a `main` that calls each and prints those that are false or fail.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowc::emit::name;
use flowc::interp::{Code, Scope, Value, eval};
use flowc::source::SourceId;
use flowc::syntax::ast::Item;

/// A function that takes nothing and says whether it holds.
struct Case {
    name: String,
    /// Of the examples: what is written in std.
    says: String,
}

#[test]
#[ignore = "builds a workspace with cargo: minutes where nothing is there yet"]
fn what_is_computed_is_what_the_flow_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = project(folder.path());
    let out = folder.path().join("dist");
    if let Err(why) = flowc::cli::build_workspace(folder.path(), &out) {
        panic!("{why}");
    }
    fs::write(out.join("services/cases/src/main.rs"), main(&cases)).expect("written");
    let said = cargo(&out);
    assert!(said.is_empty(), "these do not hold:\n{said}");
}

/// The same cases, in process.
#[test]
fn what_is_interpreted_is_what_the_flow_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = project(folder.path());
    let program = flowc::cli::program(folder.path()).unwrap_or_else(|why| panic!("{why}"));
    let asked = std::thread::Builder::new().stack_size(flowc::interp::STACK).spawn(move || {
        let code = Code::new(program);
        cases.iter().filter_map(|case| Some(format!("{}\n", wrong(&code, case)?))).collect::<String>()
    });
    let said = asked.expect("a thread").join().expect("no panic");
    assert!(said.is_empty(), "these do not hold:\n{said}");
}

/// What is wrong with a case, if anything is.
fn wrong(code: &Code, case: &Case) -> Option<String> {
    let function = code.program.functions.iter().find(|function| function.name == case.name);
    let function = function.expect("each case is called");
    let mut scope = Scope::new(code, &[], function.locals.len());
    match eval(&mut scope, &function.body) {
        Ok(Value::Bool(true)) => None,
        Ok(value) => Some(format!("{}: {}: is {value:?}", case.name, case.says)),
        Err(stop) => Some(format!("{}: {}: fails: {}", case.name, case.says, stop.message())),
    }
}

/// Writes a project of all cases into a folder.
fn project(folder: &Path) -> Vec<Case> {
    let (examples, mut cases) = examples();
    fs::write(folder.join("flow.toml"), "[project]\nname = \"semantics\"\n").expect("written");
    fs::write(folder.join("examples.flow"), examples).expect("written");
    for path in files("tests/semantics") {
        let text = fs::read_to_string(&path).expect("a file of cases");
        fs::write(folder.join(path.file_name().expect("a name")), &text).expect("written");
        cases.extend(cases_of(&text));
    }
    assert!(cases.len() > 240, "there are {} cases only", cases.len());
    fs::write(folder.join("service.flow"), service(&cases)).expect("written");
    cases
}

/// All files of flow in a folder, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "flow")).collect();
    files.sort();
    files
}

/// Each `Example:` line of std as a function.
fn examples() -> (String, Vec<Case>) {
    let (mut flow, mut cases) = (String::new(), Vec::new());
    for path in files("std") {
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a file of std");
        let lines = text.lines().filter_map(|line| line.strip_prefix("/// Example: `")?.strip_suffix('`'));
        for (at, says) in lines.enumerate() {
            let name = format!("{file}Example{at}");
            let _ = writeln!(flow, "fn {name}() -> bool = {says}\n");
            cases.push(Case { name, says: says.to_owned() });
        }
    }
    (flow, cases)
}

/// The functions of a file that take nothing and give a `bool`.
fn cases_of(text: &str) -> Vec<Case> {
    let items = flowc::syntax::parse(SourceId(0), text).file.items;
    let cases = items.into_iter().filter_map(|item| match item {
        Item::Fn(one) if one.params.is_empty() && is_bool(text, one.result.span.range()) => {
            Some(Case { name: one.name.text.to_string(), says: String::new() })
        }
        _ => None,
    });
    cases.collect()
}

fn is_bool(text: &str, range: std::ops::Range<usize>) -> bool {
    text.get(range) == Some("bool")
}

/// Only what an operation reaches is emitted.
fn service(cases: &[Case]) -> String {
    let calls: Vec<String> = cases.iter().map(|case| format!("{}()", case.name)).collect();
    format!(
        "system Cases v1 {{\n  auth: public\n\n  all: GET /all -> [bool] {{\n    return [{}]\n  }}\n}}\n",
        calls.join(", ")
    )
}

/// Calls every case; some can fail, and some cannot.
fn main(cases: &[Case]) -> String {
    let mut calls = String::new();
    for case in cases {
        let function = name::snake(&case.name);
        let says = format!("{}: {}", case.name, case.says);
        let _ = writeln!(calls, "    {says:?}.tell(cases::maps::{function}());");
    }
    format!("{HEAD}\nfn main() {{\n{calls}}}\n")
}

const HEAD: &str = r#"use flow_std::Fault;

trait Tell<T> {
    fn tell(&self, outcome: T);
}

impl Tell<bool> for str {
    fn tell(&self, outcome: bool) {
        if !outcome {
            println!("{self}: is false");
        }
    }
}

impl Tell<Result<bool, Fault>> for str {
    fn tell(&self, outcome: Result<bool, Fault>) {
        match outcome {
            Ok(outcome) => self.tell(outcome),
            Err(fault) => println!("{self}: fails: {fault:?}"),
        }
    }
}
"#;

/// Builds and runs; what was built for another run is used again.
fn cargo(out: &Path) -> String {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shop/target");
    let ran = Command::new("cargo")
        .args(["run", "--quiet", "--package", "cases"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(out)
        .output()
        .expect("cargo runs");
    let heard = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && !heard.contains("warning"), "{heard}");
    String::from_utf8_lossy(&ran.stdout).into_owned()
}
