//! One case: a small project, checked in process by the stages that `flowc check` calls.

use std::collections::HashMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use flowc::check::{Contracts, Input, check as check_program};
use flowc::contract::{self, ReadFault};
use flowc::diagnostic::Diagnostic;
use flowc::resolve::{Unit, resolve};
use flowc::source::{SourceId, Sources};
use flowc::syntax::ast::{ExprKind, File, Item, TextPart};
use flowc::syntax::parse;

use super::expect::{self, Finding};

/// The texts keep the lines that they have in the file, so that places need no conversion.
pub struct Case {
    pub name: String,
    pub line: usize,
    pub text: String,
    /// Other projects, by the name that the case gives them.
    pub dependencies: Vec<(String, String)>,
}

/// Takes a file apart.
pub fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut shared = String::new();
    for (at, line) in text.lines().enumerate() {
        let title = line.strip_prefix("//// ");
        if let Some(name) = title.and_then(|title| title.strip_prefix("dependency ")) {
            let case = cases.last_mut().expect("a dependency stands below a case");
            case.dependencies.push((name.to_owned(), "\n".repeat(at + 1)));
        } else if let Some(name) = title {
            let above = format!("{shared}{}", "\n".repeat(at + 1 - shared.lines().count()));
            cases.push(Case { name: name.to_owned(), line: at + 1, text: above, dependencies: Vec::new() });
        } else {
            let target = match cases.last_mut() {
                Some(case) => case.dependencies.last_mut().map_or(&mut case.text, |(_, text)| text),
                None => &mut shared,
            };
            target.push_str(line);
            target.push('\n');
        }
    }
    cases
}

/// Std as it is parsed once for all cases of a file: its texts come first, so that places stay good.
pub struct Std {
    texts: Vec<(String, Arc<str>)>,
    files: Vec<File>,
}

pub fn read_std() -> Std {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("std");
    let mut texts: Vec<(String, Arc<str>)> = fs::read_dir(folder)
        .expect("std")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "flow"))
        .map(|path| (path.display().to_string(), fs::read_to_string(path).expect("readable").into()))
        .collect();
    texts.sort();
    let mut sources = Sources::default();
    let parse_one = |(name, text): &(String, Arc<str>)| parse(sources.add(name, Arc::clone(text)), text).file;
    let files = texts.iter().map(parse_one).collect();
    Std { texts, files }
}

/// All findings of a case; a panic is one.
pub fn check(case: &Case, std: &Std) -> Vec<Finding> {
    match catch_unwind(AssertUnwindSafe(|| check_case(case, std))) {
        Ok(found) => found,
        Err(_) => vec![expect::panicked(case.line)],
    }
}

fn check_case(case: &Case, std: &Std) -> Vec<Finding> {
    let mut sources = Sources::default();
    for (name, text) in &std.texts {
        sources.add(name, Arc::clone(text));
    }
    let mut found = Vec::new();
    let mut projects = Vec::new();
    let own = std::iter::once(&case.text).chain(case.dependencies.iter().map(|(_, text)| text));
    for (at, text) in own.enumerate() {
        let source = sources.add(format!("case-{at}.flow"), text.as_str());
        let parsed = parse(source, text);
        found.extend(parsed.diagnostics);
        projects.push(vec![parsed.file]);
    }
    let flows: Vec<SourceId> = sources.iter().map(|(id, _)| id).skip(std.texts.len()).collect();
    let contracts = load_contracts(&mut sources, &projects, &mut found);
    found.extend(run(case, std, &projects, contracts));
    found.iter().map(|diagnostic| Finding::of(diagnostic, &sources, &flows, case.line)).collect()
}

fn run(case: &Case, std: &Std, projects: &[Vec<File>], contracts: Contracts) -> Vec<Diagnostic> {
    let numbers = case.dependencies.iter().enumerate().map(|(at, (name, _))| (name.into(), at + 2));
    let dependencies: HashMap<_, _> = numbers.collect();
    let mut units = vec![Unit { name: "std".into(), files: &std.files, dependencies: HashMap::new() }];
    for (at, files) in projects.iter().enumerate() {
        let dependencies = if at == 0 { dependencies.clone() } else { HashMap::new() };
        units.push(Unit { name: format!("unit{at}").into(), files, dependencies });
    }
    let (names, mut found) = resolve(&units);
    let output = check_program(Input { names: &names, contracts, thin_reads: false });
    found.extend(output.diagnostics);
    found
}

/// The contracts that the projects name, from the folder beside the cases.
fn load_contracts(sources: &mut Sources, projects: &[Vec<File>], found: &mut Vec<Diagnostic>) -> Contracts {
    let mut contracts = Contracts::default();
    for (at, files) in projects.iter().enumerate() {
        for path in files.iter().flat_map(|file| &file.items).filter_map(named_contract) {
            let known = contracts.by_path.contains_key(&(at + 1, path.clone()));
            if known {
                continue;
            }
            match contract::load(sources, &path, &mut read_contract) {
                Ok(contract) => {
                    contracts.by_path.insert((at + 1, path), contracts.all.len());
                    contracts.all.push(contract);
                }
                Err(faults) => found.extend(faults),
            }
        }
    }
    contracts
}

fn read_contract(path: &str) -> Result<Vec<u8>, ReadFault> {
    fs::read(super::folder().join("contracts").join(path)).map_err(|_| ReadFault::Missing)
}

fn named_contract(item: &Item) -> Option<String> {
    match item {
        Item::Service(service) => Some(service.implements.as_ref()?.value.clone()),
        Item::Backend(backend) => {
            let setting = backend.settings.iter().find(|setting| setting.name.text == "contract")?;
            match &setting.value.kind {
                ExprKind::Text(parts) => match parts.as_slice() {
                    [TextPart::Chars(text, _)] => Some(text.to_string()),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}
