//! Flows that are written by us are checked before anybody sees them, in memory. An operation that the contract
//! itself gets wrong is found and left out, with the place and the reason.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::manifest::Manifest;
use super::super::session::{Session, Unit};
use super::super::stages;
use crate::check::{self, Contracts, Explorer, Input};
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Severity};
use crate::resolve::resolve;
use crate::scaffold::{Flow, LeftOut, Plan, pass_through, reader};
use crate::source::{Position, Span};
use crate::syntax::ast::{File, Item, Member};
use crate::syntax::{self, Parsed};

/// A contract, and a session to check flows about it in.
pub struct Trial {
    session: Session,
    contract: Contract,
    /// Where flows find it.
    path: String,
    /// Its files are called by their names from here on, below this folder.
    above: usize,
    below: String,
}

/// A flow that checks without an error, and the plan that it came from.
pub struct Sound {
    pub plan: Plan,
    pub tried: Tried,
}

/// Which flow is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    PassThrough,
    /// It reads every field of every answer.
    Reader,
}

/// A flow, and what the check found in it and in its contract.
pub struct Tried {
    pub flow: Flow,
    pub diagnostics: Vec<Diagnostic>,
    file: File,
}

impl Tried {
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|found| found.severity == Severity::Error)
    }
}

impl Trial {
    /// A contract that flows find at `path`. Its files are shown without the first `above` letters of their names,
    /// and `below` instead.
    pub fn new(session: Session, contract: Contract, path: &str, above: usize, below: &str) -> Trial {
        Trial { session, contract, path: path.to_owned(), above, below: below.to_owned() }
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Checks a text as the only flow of a project.
    pub fn check(&mut self, flow: Flow) -> Tried {
        let source = self.session.sources.add("src/main.flow", flow.text.clone());
        let Parsed { file, mut diagnostics } = syntax::parse(source, &flow.text);
        let unit = Unit {
            root: None,
            manifest: Manifest::default(),
            files: vec![file],
            dependencies: HashMap::new(),
        };
        let mut units: Vec<_> = self.session.units.iter().map(stages::unit).collect();
        units.push(stages::unit(&unit));
        let (names, found) = resolve(&units);
        diagnostics.extend(found);
        let contracts = Contracts {
            all: vec![self.contract.fresh()],
            by_path: HashMap::from([((units.len() - 1, self.path.clone()), 0)]),
        };
        let output = check::check(Input { names: &names, contracts, thin_reads: false });
        diagnostics.extend(output.diagnostics);
        let file =
            unit.files.into_iter().next().unwrap_or(File { source, items: Vec::new(), comments: Vec::new() });
        Tried { flow, diagnostics, file }
    }

    /// Writes the flow of a plan, and checks it.
    pub fn attempt(&mut self, plan: &Plan, kind: Kind) -> Tried {
        let flow = match kind {
            Kind::PassThrough => pass_through(&mut self.contract.fresh(), plan),
            Kind::Reader => {
                let std: Vec<_> = self.session.units.iter().map(stages::unit).collect();
                let (names, _) = resolve(&std);
                reader(&mut Explorer::new(&names, self.contract.fresh()), plan)
            }
        };
        self.check(flow)
    }

    /// The flow of a plan without the operations that do not check; the findings where not even a flow without any
    /// operation does.
    pub fn sound(&mut self, mut plan: Plan, kind: Kind) -> Result<Sound, Vec<Diagnostic>> {
        let tried = self.attempt(&plan, kind);
        if tried.errors().next().is_none() {
            return Ok(Sound { plan, tried });
        }
        let none = self.attempt(&Plan { operations: Vec::new(), ..plan.clone() }, kind);
        let general: Vec<Diagnostic> = none.errors().cloned().collect();
        if !general.is_empty() {
            return Err(general);
        }
        plan.left_out = self.faulty(&plan, kind, tried);
        plan.operations.retain(|name| !plan.left_out.iter().any(|left| left.name == *name));
        let tried = self.attempt(&plan, kind);
        let left: Vec<Diagnostic> = tried.errors().cloned().collect();
        if left.is_empty() { Ok(Sound { plan, tried }) } else { Err(left) }
    }

    /// The operations that have an error, each with the first one. An error in the flow tells its operation by its
    /// place; one in the contract does not, so the operations are halved until those are alone that cause it.
    fn faulty(&mut self, plan: &Plan, kind: Kind, tried: Tried) -> Vec<LeftOut> {
        let mut left = self.located(&tried);
        let rest = plan.operations.iter().filter(|name| !left.iter().any(|one| one.name == **name)).cloned();
        let mut groups: Vec<Vec<SmolStr>> = vec![rest.collect()];
        while let Some(mut group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            let tried = self.attempt(&Plan { operations: group.clone(), ..plan.clone() }, kind);
            match (tried.errors().next(), group.as_slice()) {
                (None, _) => {}
                (Some(error), [name]) => left.push(LeftOut { name: name.clone(), why: self.describe(error) }),
                (Some(_), _) => {
                    groups.push(group.split_off(group.len() / 2));
                    groups.push(group);
                }
            }
        }
        left.sort_by_key(|one| plan.operations.iter().position(|name| *name == one.name));
        left
    }

    /// Errors in the flow, by the operation that they stand in.
    fn located(&self, tried: &Tried) -> Vec<LeftOut> {
        let parts: Vec<(&str, Span)> = tried.file.items.iter().flat_map(parts).collect();
        let mut left: Vec<LeftOut> = Vec::new();
        for error in tried.errors() {
            let Some(span) = error.span() else { continue };
            let Some((part, _)) = parts.iter().find(|(_, whole)| whole.contains(span)) else { continue };
            let behind = tried.flow.operations.iter().find(|(own, _)| own == part);
            let Some((_, name)) = behind else { continue };
            if !left.iter().any(|known| known.name == *name) {
                left.push(LeftOut { name: name.clone(), why: self.describe(error) });
            }
        }
        left
    }

    /// The place in the contract where there is one, and the message.
    pub fn describe(&self, error: &Diagnostic) -> String {
        let in_contract = error.labels.iter().find(|label| self.contract.owns(label.span.source));
        match in_contract.map(|label| self.place(label.span)) {
            Some(place) => format!("{} ({place})", error.message),
            None => error.message.clone(),
        }
    }

    /// `contracts/erp.yaml:12:7`
    pub fn place(&self, span: Span) -> String {
        let source = self.session.sources.get(span.source);
        let name = source.name.get(self.above..).unwrap_or(&source.name);
        let Position { line, column } = source.position(span.start as usize);
        format!("{}{name}:{line}:{column}", self.below)
    }
}

/// Names and places of the operations and functions of a declaration.
fn parts(item: &Item) -> Vec<(&str, Span)> {
    match item {
        Item::Service(service) => service
            .members
            .iter()
            .filter_map(|member| match member {
                Member::Operation(operation) => Some((operation.name.text.as_str(), operation.span)),
                Member::Handler(_) | Member::Broken(_) => None,
            })
            .collect(),
        Item::Fn(function) => vec![(function.name.text.as_str(), function.span)],
        Item::Backend(_) | Item::Type(_) | Item::Map(_) | Item::Problem(_) | Item::Broker(_) => Vec::new(),
        Item::Event(_) | Item::Test(_) | Item::Broken(_) => Vec::new(),
    }
}
