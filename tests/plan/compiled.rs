//! A project as the compiler knows it: its plans, and what the intermediate form puts together.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use flow_std::sources::FLOW_FILES;
use flowc::check::typed::{OperationId, ServiceId};
use flowc::check::{self, Contracts, Input};
use flowc::contract::{self, ReadFault};
use flowc::ir::lower::{self, Project};
use flowc::ir::{self, LocalId, Step, StepKind, visit};
use flowc::plan::{self, Plan};
use flowc::resolve::{Unit, resolve};
use flowc::source::Sources;
use flowc::syntax::{self, ast};

pub struct Compiled {
    plans: Vec<(String, Plan)>,
    ir: ir::Program,
}

impl Compiled {
    /// Name, plan, and the lines of the calls that the emitted code makes together.
    pub fn operations(&self) -> impl Iterator<Item = (&str, Plan, Vec<Vec<usize>>)> {
        let emitted = self.ir.services.iter().flat_map(|service| &service.operations);
        self.plans.iter().zip(emitted).map(|((name, plan), operation)| {
            let mut groups = Vec::new();
            add(&operation.steps, &mut groups);
            groups.sort();
            (name.as_str(), plan.clone(), groups)
        })
    }
}

pub fn with_program(root: &Path, look: impl FnOnce(&Compiled)) {
    let mut sources = Sources::default();
    let parse = |sources: &mut Sources, name: &str, text: &str| {
        let id = sources.add(name, text);
        syntax::parse(id, text).file
    };
    let std: Vec<ast::File> = FLOW_FILES.iter().map(|(name, text)| parse(&mut sources, name, text)).collect();
    let files: Vec<ast::File> = flows(root)
        .iter()
        .map(|path| {
            parse(&mut sources, &path.display().to_string(), &fs::read_to_string(path).expect("text"))
        })
        .collect();
    let mut contracts = Contracts::default();
    for path in contracts_of(&files) {
        let mut read = |path: &str| fs::read(root.join(path)).map_err(|_| ReadFault::Missing);
        let contract = contract::load(&mut sources, &path, &mut read).expect("a contract");
        contracts.by_path.insert((1, path), contracts.all.len());
        contracts.all.push(contract);
    }
    let unit = |name: &str, files| Unit { name: name.into(), files, dependencies: HashMap::new() };
    let units = [unit("std", std.as_slice()), unit("demo", files.as_slice())];
    let (names, _) = resolve(&units);
    let mut output = check::check(Input { names: &names, contracts, thin_reads: false });
    let effects = output.explorer.effects(&output.program);
    let mut plans = Vec::new();
    for (service, of) in output.program.services.iter().enumerate() {
        for at in 0..of.operations.len() {
            let input = plan::Input { program: &output.program, effects: &effects, sources: &sources };
            let plan = plan::plan(input, OperationId { service: ServiceId(service), at }).expect("a plan");
            plans.push((plan.operation.clone(), plan));
        }
    }
    let ir = lower::lower(lower::Input {
        program: &output.program,
        explorer: &mut output.explorer,
        sources: &sources,
        std: std.iter().map(|file| file.source).collect(),
        project: Project { name: "demo".to_owned(), ..Project::default() },
    });
    look(&Compiled { plans, ir: ir.expect("it can be built") });
}

fn flows(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_code = !["dist", "target", "tests", "contracts"].iter().any(|name| path.ends_with(name));
        match path.is_dir() {
            true if is_code => found.extend(flows(&path)),
            false if path.extension().is_some_and(|ending| ending == "flow") => found.push(path),
            _ => {}
        }
    }
    found.sort();
    found
}

fn contracts_of(files: &[ast::File]) -> Vec<String> {
    let mut paths = Vec::new();
    for item in files.iter().flat_map(|file| &file.items) {
        if let ast::Item::Backend(backend) = item {
            let setting = backend.settings.iter().find(|setting| setting.name.text == "contract");
            paths.extend(setting.and_then(|setting| setting.value.plain_text()));
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

fn add(steps: &[Step], groups: &mut Vec<Vec<usize>>) {
    for step in steps {
        match &step.kind {
            StepKind::Overlap(members) => groups.extend(overlapping(members)),
            StepKind::Together(members) => groups.push(members.iter().map(|one| one.place.line).collect()),
            StepKind::When { then, otherwise, .. } => {
                add(then, groups);
                add(otherwise, groups);
            }
            _ => {}
        }
    }
}

/// The calls of a run of reads, if not each of them waits for the one before it: the emitter writes such a chain as
/// steps one after the other.
fn overlapping(members: &[Step]) -> Option<Vec<usize>> {
    let mut calls: Vec<usize> = Vec::new();
    let mut last: Option<usize> = None;
    let mut is_chain = true;
    // Of each name, the calls that it is made of.
    let mut known: HashMap<LocalId, Vec<usize>> = HashMap::new();
    for (at, member) in members.iter().enumerate() {
        let mut needs = Vec::new();
        visit::step_parts(member, &mut |expr| {
            visit::locals(expr, &mut |local| needs.extend(known.get(&local).into_iter().flatten().copied()));
        });
        let (StepKind::Let { value, .. } | StepKind::Do(value)) = &member.kind else { continue };
        let is_call = visit::call_of(value).is_some();
        if is_call {
            is_chain &= last.is_none_or(|last| needs.contains(&last));
            last = Some(at);
            calls.push(member.place.line);
        }
        if let StepKind::Let { local, .. } = &member.kind {
            known.insert(*local, if is_call { vec![at] } else { needs });
        }
    }
    (!is_chain).then_some(calls)
}
