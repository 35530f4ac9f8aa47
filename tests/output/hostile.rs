//! K042 to K052 for what is emitted: each of the 33 text fields of a contract with texts that try to become code, a
//! path, a key or markup, over every kind of file. `cargo run --release --example hostile` has them one by one and
//! lets cargo and rustdoc at a sample; here, fields that do not hinder each other have the text at the same time.

use flowc::emit::File;

use super::workbench::{Emitted, Workbench, workbench};
use super::{data, fields, payloads};

/// The 33 fields in groups, so that each text is tried in each field.
const GROUPS: [&[usize]; 7] = [
    &fields::DESCRIBING,
    &[8, 11, 13, 16, 20, 21, 24, 28],
    &[14, 18, 26, 27],
    &[3],
    &[30, 31],
    &[fields::PATH],
    &[fields::HEADER],
];

/// A text in some fields of a contract that is usual otherwise.
pub fn contract(fields: &[usize], payload: &str) -> String {
    fields::contract(&|at, usual| match fields.contains(&at) {
        true if at == fields::PATH => format!("/a/{{id}}/{payload}"),
        true => payload.to_owned(),
        false => usual.to_owned(),
    })
}

/// What harmless contracts of the same form give: with an address and a key that are used, or that cannot be.
pub struct Usual(Vec<Vec<File>>);

impl Usual {
    pub fn of(bench: &Workbench) -> Usual {
        let emit = |fields: &[usize], text: &str| {
            let emitted = bench.emit(&contract(fields, text)).expect("a harmless contract is emitted");
            assert!(emitted.is_whole);
            let own = Usual(vec![emitted.files.clone()]);
            let faults = own.faults(&emitted);
            assert!(faults.is_empty(), "{faults:#?}");
            emitted.files
        };
        Usual(vec![emit(&[], ""), emit(&[3], "no address"), emit(&[31], "no header"), emit(&[30, 31], "")])
    }

    /// A message for each file that is not as it is meant.
    pub fn faults(&self, emitted: &Emitted) -> Vec<String> {
        let mut faults: Vec<String> = data::paths(&emitted.files).err().into_iter().collect();
        for file in emitted.files.iter().filter(|file| !file.path.starts_with("runtime/")) {
            let fault = self.fault(file).err();
            faults.extend(fault.map(|fault| format!("{}: {fault}", file.path)));
        }
        let runtime = |files: &[File]| -> Vec<File> {
            files.iter().filter(|file| file.path.starts_with("runtime/")).cloned().collect()
        };
        if self.0.iter().any(|usual| runtime(&emitted.files) != runtime(usual)) {
            faults.push("the runtime is another".to_owned());
        }
        faults
    }

    /// A file is good if it is like one of the usual ones.
    fn fault(&self, file: &File) -> Result<(), String> {
        let mut ending = Ok(());
        for usual in &self.0 {
            ending = data::check(file, usual.iter().find(|one| one.path == file.path));
            if ending.is_ok() {
                break;
            }
        }
        ending
    }
}

#[test]
fn no_text_of_a_contract_is_more_than_text() {
    let all = payloads::payloads();
    assert!(all.len() >= 24 && (0..33).all(|field| GROUPS.iter().any(|group| group.contains(&field))));
    let half = all.len() / 2;
    let (first, second) = all.split_at(half);
    let other = first.to_vec();
    let worker = std::thread::spawn(move || tried(&other));
    let mut found = tried(second);
    found.extend(worker.join().expect("no panic"));
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

fn tried(payloads: &[(&'static str, String)]) -> Vec<String> {
    let bench = workbench();
    let usual = Usual::of(&bench);
    let mut found = Vec::new();
    for (name, payload) in payloads {
        for group in GROUPS {
            let label =
                format!("{name} in {:?}", group.iter().map(|at| fields::FIELDS[*at]).collect::<Vec<_>>());
            match bench.emit(&contract(group, payload)) {
                Err(error) => found.push(format!("{label}: refused: {error}")),
                Ok(emitted) => {
                    if !emitted.is_whole && !may_be_left_out(group, payload) {
                        found.push(format!("{label}: left out"));
                    }
                    found.extend(usual.faults(&emitted).iter().map(|fault| format!("{label}: {fault}")));
                }
            }
        }
    }
    found
}

/// The name of a header has few letters, and so have paths; braces in them are for parameters.
fn may_be_left_out(group: &[usize], payload: &str) -> bool {
    let is_plain =
        |more: &str| payload.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter));
    match group {
        [fields::HEADER] => payload.is_empty() || !is_plain("_-"),
        [fields::PATH] => !is_plain("_-./"),
        _ => false,
    }
}

/// Where a text only describes, the code around it is the usual one, token by token.
#[test]
fn descriptions_change_no_code() {
    let bench = workbench();
    let usual = bench.emit(&contract(&[], "")).expect("emitted").files;
    for (name, payload) in payloads::payloads() {
        let emitted = bench.emit(&contract(&fields::DESCRIBING, &payload)).expect("emitted");
        assert_eq!(emitted.files.len(), usual.len(), "{name}");
        for (own, usual) in emitted.files.iter().zip(&usual).filter(|(own, _)| own.path.ends_with(".rs")) {
            assert_eq!(own.path, usual.path, "{name}");
            let (own, usual) = (code(&own.text), code(&usual.text));
            assert!(own == usual, "{name}: {own:#?}");
        }
    }
}

/// The lines without documentation.
fn code(text: &str) -> Vec<&str> {
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("///") && !line.starts_with("//!")
    };
    text.lines().filter(is_code).collect()
}

/// The same contract gives the same bytes, whatever order anything is hashed in.
#[test]
fn the_same_contract_gives_the_same_bytes() {
    let hostile = contract(&[8, 11, 16, 21, 24, 28], "x\"; {} ../ 客户");
    let emit = || workbench().emit(&hostile).expect("emitted").files;
    let threads: Vec<_> = (0..3)
        .map(|_| {
            std::thread::spawn({
                let hostile = hostile.clone();
                move || workbench().emit(&hostile).expect("emitted").files
            })
        })
        .collect();
    let first = emit();
    for thread in threads {
        assert!(thread.join().expect("no panic") == first);
    }
}
