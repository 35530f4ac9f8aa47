//! All stages in a row on texts, in process: what `flowc check` finds in a project of one file with the contracts of
//! the book.

mod broken;
mod hostile;
mod live;
mod reach;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flowc::check::{Contracts, Input};
use flowc::contract;
use flowc::diagnostic::Diagnostic;
use flowc::diagnostic::render::{self, View};
use flowc::resolve::{Unit, resolve};
use flowc::source::{SourceId, Sources};
use flowc::syntax::ast::File;
use flowc::syntax::parse;

/// A project that is flawless.
pub const SHOP: &str = include_str!("shop.flow");

pub struct Checked {
    pub sources: Sources,
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// One line for each finding.
    pub fn short(&self) -> Vec<String> {
        let view = View { sources: &self.sources, prefixes: &[] };
        self.diagnostics.iter().map(|found| render::short(found, view)).collect()
    }

    pub fn ids(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|found| found.code.id).collect()
    }
}

pub fn check(text: &str) -> Checked {
    let mut sources = Sources::default();
    let std = std_files();
    for (name, text) in std_texts() {
        sources.add(name, text.as_str());
    }
    let source = sources.add("main.flow", text);
    let parsed = parse(source, text);
    let mut diagnostics = parsed.diagnostics;
    let (contracts, faults) = contracts(&mut sources);
    diagnostics.extend(faults);
    let files = [parsed.file];
    let unit = |name: &str, files| Unit { name: name.into(), files, dependencies: HashMap::new() };
    let (names, found) = resolve(&[unit("std", std), unit("shop", &files)]);
    diagnostics.extend(found);
    let output = flowc::check::check(Input { names: &names, contracts, thin_reads: false });
    diagnostics.extend(output.diagnostics);
    Checked { sources, diagnostics }
}

fn contracts(sources: &mut Sources) -> (Contracts, Vec<Diagnostic>) {
    let mut contracts = Contracts::default();
    let mut faults = Vec::new();
    for name in ["erp", "payments", "stock"] {
        let path = format!("contracts/{name}.yaml");
        let mut read = |path: &str| Ok(fs::read(root().join("docs").join(path)).expect("it is there"));
        match contract::load(sources, &path, &mut read) {
            Ok(contract) => {
                contracts.by_path.insert((1, path), contracts.all.len());
                contracts.all.push(contract);
            }
            Err(found) => faults.extend(found),
        }
    }
    (contracts, faults)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn std_texts() -> &'static [(String, String)] {
    static TEXTS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let entries = fs::read_dir(root().join("std")).expect("std is a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut paths: Vec<PathBuf> =
            paths.filter(|path| path.extension().is_some_and(|ending| ending == "flow")).collect();
        paths.sort();
        let read =
            |path: PathBuf| (path.display().to_string(), fs::read_to_string(&path).expect("std can be read"));
        paths.into_iter().map(read).collect()
    })
}

fn std_files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let texts = std_texts().iter().zip(0..);
        texts.map(|((_, text), at)| parse(SourceId(at), text).file).collect()
    })
}

#[test]
fn the_shop_is_flawless() {
    assert_eq!(check(SHOP).short(), Vec::<String>::new());
}

/// A member that has the union as the type of a field is worked out together with it.
#[test]
fn a_union_can_be_inside_of_its_own_members() {
    let [a, b, union] = [
        "type A { kind: \"a\", next: U?, name: string }\n",
        "type B { kind: \"b\", all: [U] }\n",
        "type U = A | B by kind\n",
    ];
    let used = "fn name(a: A) -> string = match a.next { A as one => one.name, B => \"b\", _ => a.name }\n";
    for order in [[a, b, union], [union, a, b], [b, union, a]] {
        let checked = check(&format!("{}{used}", order.concat()));
        assert_eq!(checked.short(), Vec::<String>::new(), "{order:?}");
    }
    let alike = b.replace("\"b\"", "\"a\"");
    assert_eq!(check(&[a, &alike, union].concat()).ids(), check(&[union, a, &alike].concat()).ids());
}
