//! The projects in `examples/` check without a finding, and stand there in the one style.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowc::contract::{ReadFault, load};
use flowc::source::Sources;
use flowc::standin::{self, Answer};

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

/// A stand-in can answer from every contract, each operation with a success, and JSON is JSON.
#[test]
fn every_contract_of_the_examples_has_answers() {
    for path in projects().iter().flat_map(|project| contracts(project)) {
        let answers = answers(&path);
        assert!(!answers.is_empty(), "{}", path.display());
        for answer in &answers {
            let is_json = answer.media_type.as_ref().is_some_and(|media| media.ends_with("json"));
            let parsed = serde_json::from_slice::<serde_json::Value>(&answer.body);
            assert!(!is_json || parsed.is_ok(), "{}: {answer:?}", path.display());
            let of_same = |other: &&Answer| other.operation == answer.operation;
            let succeeds = answers.iter().filter(of_same).any(|other| other.status < 300);
            assert!(succeeds, "{}: {}", path.display(), answer.operation);
        }
    }
}

/// What the stand-ins of the shop answer, in full: the happy paths and the words that ask for something else.
#[test]
fn the_systems_around_the_shop_agree() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let mut shown = String::new();
    for path in contracts(&shop) {
        shown.push_str(&format!("{}\n", path.file_name().unwrap_or_default().to_string_lossy()));
        for answer in answers(&path) {
            let word = answer.word.as_deref().map_or(String::new(), |word| format!(" [{word}]"));
            let body = String::from_utf8_lossy(&answer.body);
            let head = format!("{} {} {}{word}", answer.method.as_str(), answer.path, answer.status);
            shown.push_str(format!("  {head} {body}").trim_end());
            shown.push('\n');
        }
    }
    insta::assert_snapshot!(shown);
}

/// The contracts of a project, in the order of their names.
fn contracts(project: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.join("contracts")).expect("the contracts");
    let is_contract =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json" || ending == "yaml");
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(is_contract).collect();
    found.sort();
    found
}

fn answers(path: &Path) -> Vec<Answer> {
    let read = &mut |_: &str| fs::read(path).map_err(|fault| ReadFault::Other(fault.to_string()));
    let name = path.to_string_lossy();
    let mut contract = load(&mut Sources::default(), &name, read).expect("a good contract");
    standin::answers(&mut contract)
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
