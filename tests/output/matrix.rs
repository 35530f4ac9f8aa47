//! Texts in fields of contracts, and what is wrong with what is emitted for them.

use flowc::emit::File;

use super::workbench::{Emitted, Workbench, workbench};
use super::{data, fields};

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
        let forms: [(&[usize], &str); 6] = [
            (&[], ""),
            (&[3], "no address"),
            (&[31], "no header"),
            (&[3, 31], "no header"),
            (&[30, 31], ""),
            (&[3, 30, 31], ""),
        ];
        Usual(forms.iter().map(|(fields, text)| emit(fields, text)).collect())
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

/// Each text in each group of fields.
pub fn tried<G: AsRef<[usize]>>(payloads: &[(&'static str, String)], groups: &[G]) -> Vec<String> {
    let bench = workbench();
    let usual = Usual::of(&bench);
    let mut found = Vec::new();
    for (name, payload) in payloads {
        for group in groups.iter().map(AsRef::as_ref) {
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
