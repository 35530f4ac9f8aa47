//! K042 to K052 for what is emitted: each of the 33 text fields of a contract with texts that try to become code, a
//! path, a key or markup, over every kind of file. `cargo run --release --example hostile` has them one by one and
//! lets cargo and rustdoc at a sample; here, fields that do not hinder each other have the text at the same time.

use super::matrix::contract;
use super::workbench::workbench;
use super::{fields, matrix, payloads};

/// Fields that only describe: the code is the same whatever they hold.
const DESCRIBING: [usize; 16] = [0, 1, 2, 4, 5, 6, 9, 10, 12, 17, 19, 22, 23, 25, 29, 32];

/// What Rust has names for, without what hinders an operation.
const NAMES: &[usize] = &[8, 11, 13, 16, 20, 21, 24, 28];

/// The 33 fields in groups, so that each text is tried in each field.
const GROUPS: [&[usize]; 5] =
    [&DESCRIBING, NAMES, &[3, 14, 18, 26, 27, 30, 31], &[fields::PATH], &[fields::HEADER]];

#[test]
fn no_text_of_a_contract_is_more_than_text() {
    let mut all = payloads::payloads();
    let words: Vec<_> = payloads::words().collect();
    all.truncate(all.len() - words.len());
    assert!(all.len() >= 24 && (0..33).all(|field| GROUPS.iter().any(|group| group.contains(&field))));
    let second = all.split_off(all.len() / 2);
    let worker = std::thread::spawn(move || matrix::tried(&second, &GROUPS));
    let mut found = matrix::tried(&all, &GROUPS);
    found.extend(matrix::tried(&words, &[NAMES]));
    found.extend(worker.join().expect("no panic"));
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

/// Where a text only describes, the code around it is the usual one, token by token.
#[test]
fn descriptions_change_no_code() {
    let bench = workbench();
    let usual = bench.emit(&contract(&[], "")).expect("emitted").files;
    for (name, payload) in payloads::payloads().iter().take(24) {
        let emitted = bench.emit(&contract(&DESCRIBING, payload)).expect("emitted");
        assert_eq!(emitted.files.len(), usual.len(), "{name}");
        for (own, usual) in emitted.files.iter().zip(&usual).filter(|(own, _)| own.path.ends_with(".rs")) {
            assert_eq!(own.path, usual.path, "{name}");
            let (own, usual) = (code(&own.text), code(&usual.text));
            assert!(own == usual, "{name}: {own:#?}");
        }
    }
}

/// The lines without documentation and places in flows.
fn code(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect()
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

/// What a contract says of the way that a field travels holds where anything may travel, too.
#[test]
fn a_field_of_the_other_way_is_no_additional_one() {
    let thing = r##"{ "type": "object", "additionalProperties": { "type": "string" }, "properties": {
        "made": { "type": "string", "readOnly": true }, "word": { "type": "string", "writeOnly": true } } }"##;
    let usual: serde_json::Value = serde_json::from_str(&contract(&[], "")).expect("JSON");
    let mut document = usual;
    document["components"]["schemas"]["Thing"] = serde_json::from_str(thing).expect("JSON");
    let emitted = workbench().emit(&document.to_string()).expect("emitted");
    let api =
        emitted.files.iter().find(|file| file.path == "services/demo/src/backends/api.rs").expect("there");
    let (passed, other) = (api.text.find("\"made\" | \"word\" =>"), api.text.find("_ => from.entry("));
    assert!(passed.is_some_and(|at| other.is_some_and(|other| at < other)), "{}", api.text);
}
