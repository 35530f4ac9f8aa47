//! From the typed program to the intermediate form. Every part of the program is lowered once, when it is first
//! needed; what is not built yet is refused with a finding that names the construct.

mod call;
mod coerce;
mod condition;
mod expr;
mod matching;
mod operate;
mod record;
mod round;
mod service;
mod setting;
mod std_function;
mod step;
mod test;
mod types;

pub use test::{TestSpans, Tested, Waiting, lower_tests};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::model::{
    Backend, BackendOperation, Bundle, ConfigId, ConfigItem, FunctionId, Place, ProblemId, Program, Spot,
};
use super::ty::TypeId;
use crate::check::typed::{self, Signature};
use crate::check::{Effects, Explorer};
use crate::diagnostic::{Diagnostic, Severity, build as findings};
use crate::source::{SourceId, Sources, Span};

/// What is lowered, and what it was made of.
pub struct Input<'i, 'a> {
    pub program: &'i typed::Program,
    pub explorer: &'i mut Explorer<'a>,
    pub sources: &'i Sources,
    /// The texts of std.
    pub std: Vec<SourceId>,
    pub project: Project,
}

/// What `flow.toml` says.
#[derive(Debug, Clone, Default)]
pub struct Project {
    pub name: String,
    pub version: String,
    pub description: Option<String>,
    pub bundles: Vec<(String, Vec<String>, Span)>,
}

/// The program in its intermediate form, or everything in it that cannot be built yet.
pub fn lower(input: Input<'_, '_>) -> Result<Program, Vec<Diagnostic>> {
    let bundles = input.project.bundles.clone();
    let mut cx = Lowering::of(input, Purpose::Build);
    for broker in &cx.program.brokers {
        cx.refuse(broker.span, "a `broker`");
    }
    cx.out.backends = (0..cx.program.backends.len()).map(|at| cx.backend(at)).collect();
    for at in 0..cx.program.services.len() {
        let service = cx.service(at);
        cx.out.services.push(service);
    }
    cx.longest();
    cx.finish_backends();
    cx.bundles(&bundles);
    cx.routes();
    if cx.faults.iter().any(|fault| fault.severity == Severity::Error) { Err(cx.faults) } else { Ok(cx.out) }
}

struct Lowering<'i, 'a> {
    program: &'i typed::Program,
    explorer: &'i mut Explorer<'a>,
    sources: &'i Sources,
    std: Vec<SourceId>,
    docs: FxHashMap<Span, String>,
    effects: Effects,
    out: Program,
    /// Records and unions by what they are, not by what they look like: by the address of the shared type, which
    /// lives as long as the program.
    records: FxHashMap<usize, TypeId>,
    unions: FxHashMap<usize, TypeId>,
    enums: FxHashMap<(Option<SmolStr>, Vec<SmolStr>), TypeId>,
    /// Maps and functions of authors, by the place of their name.
    authors: FxHashMap<Span, &'i typed::Function>,
    functions: FxHashMap<Span, FunctionId>,
    /// Functions that are being lowered, the outermost first: one that calls itself can fail.
    lowering: Vec<FunctionId>,
    rounds: round::Rounds,
    problems: FxHashMap<Span, ProblemId>,
    backend_operations: FxHashMap<(usize, SmolStr), usize>,
    /// The operations of each backend that something calls, so far.
    backend_calls: Vec<Vec<BackendOperation>>,
    /// What a type without a name would be called: after the place where it stands.
    hint: String,
    faults: Vec<Diagnostic>,
    purpose: Purpose,
    /// What of our own operations is refused, where that is only told of those that a test reaches.
    refused: test::Refused,
}

/// What the program is lowered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Build,
    Tests,
}

impl<'i, 'a> Lowering<'i, 'a> {
    fn of(input: Input<'i, 'a>, purpose: Purpose) -> Lowering<'i, 'a> {
        let effects = input.explorer.effects(input.program);
        let docs = input.explorer.docs();
        Lowering {
            program: input.program,
            explorer: input.explorer,
            sources: input.sources,
            std: input.std,
            docs,
            effects,
            out: Program {
                project: input.project.name,
                version: input.project.version,
                description: input.project.description,
                ..Program::default()
            },
            records: FxHashMap::default(),
            unions: FxHashMap::default(),
            enums: FxHashMap::default(),
            authors: input.program.functions.iter().map(|one| (one.signature.span, one)).collect(),
            functions: FxHashMap::default(),
            lowering: Vec::new(),
            rounds: round::Rounds::default(),
            problems: FxHashMap::default(),
            backend_operations: FxHashMap::default(),
            backend_calls: input.program.backends.iter().map(|_| Vec::new()).collect(),
            hint: String::new(),
            faults: Vec::new(),
            purpose,
            refused: test::Refused::default(),
        }
    }
}

impl Lowering<'_, '_> {
    fn place(&self, span: Span) -> Place {
        let source = self.sources.get(span.source);
        let line = source.position(span.start as usize).line;
        Place { file: source.name.clone(), line, spot: Spot::at(span) }
    }

    fn doc(&self, name: Span) -> Option<String> {
        self.docs.get(&name).cloned()
    }

    fn is_std(&self, span: Span) -> bool {
        self.std.contains(&span.source)
    }

    /// Says that something cannot be built yet: once, although a setting of a service holds for each operation.
    fn refuse(&mut self, span: Span, what: &str) {
        let fault = findings::not_yet(span, what);
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Lowers what tests do without: it is not told that some of it cannot be built yet.
    fn aside<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.faults.len();
        let lowered = lower(self);
        match self.purpose {
            Purpose::Build => {}
            Purpose::Tests => self.faults.truncate(mark),
        }
        lowered
    }

    /// Every operation of a backend that something calls is known.
    fn finish_backends(&mut self) {
        for (backend, operations) in self.out.backends.iter_mut().zip(std::mem::take(&mut self.backend_calls))
        {
            backend.operations = operations;
        }
    }

    /// The number of a variable. One that is read in two places is read once, and its default counts for both.
    fn config_item(&mut self, item: ConfigItem) -> ConfigId {
        let is_same =
            |one: &ConfigItem| one.name == item.name && one.secret == item.secret && one.kind == item.kind;
        let known = self.out.config.iter().position(is_same);
        let at = known.unwrap_or(self.out.config.len());
        match self.out.config.get_mut(at) {
            Some(known) if known.default.is_none() => known.default = item.default,
            Some(_) => {}
            None => self.out.config.push(item),
        }
        ConfigId(at)
    }

    fn function(&mut self, signature: &Signature) -> Option<FunctionId> {
        if let Some(known) = self.functions.get(&signature.span) {
            return Some(*known);
        }
        let typed = *self.authors.get(&signature.span)?;
        Some(expr::function(self, typed))
    }

    fn problem(&mut self, problem: &typed::Problem) -> ProblemId {
        if let Some(known) = self.problems.get(&problem.span) {
            return *known;
        }
        let id = ProblemId(self.out.problems.len());
        self.problems.insert(problem.span, id);
        // Its place is taken before its members are lowered: those may fail nothing, but keep the order.
        let members = types::problem_members(self, problem);
        self.out.problems.push(super::Problem {
            name: problem.name.to_string(),
            doc: self.doc(problem.span),
            status: problem.status,
            title: problem.title.clone(),
            members,
        });
        id
    }

    fn backend(&mut self, at: usize) -> Backend {
        setting::backend(self, at)
    }

    fn bundles(&mut self, bundles: &[(String, Vec<String>, Span)]) {
        for (name, services, span) in bundles {
            let of = |wanted: &String| {
                self.program.services.iter().position(|one| service::is_called(one, wanted))
            };
            let mut numbers: Vec<usize> = services.iter().filter_map(of).collect();
            let mut seen = Vec::new();
            numbers.retain(|at| {
                !seen.contains(at) && {
                    seen.push(*at);
                    true
                }
            });
            // Unknown names have been reported by the check.
            if numbers.is_empty() {
                self.faults.push(findings::empty_bundle(*span, name));
            }
            self.out.bundles.push(Bundle { name: name.clone(), services: numbers });
        }
    }

    /// In a bundle all services answer at one address.
    fn routes(&mut self) {
        for bundle in &self.out.bundles {
            let mut seen: FxHashMap<(String, String), String> = FxHashMap::default();
            for at in &bundle.services {
                let (Some(service), Some(typed)) =
                    (self.out.services.get(*at), self.program.services.get(*at))
                else {
                    continue;
                };
                for operation in &service.operations {
                    let name = format!("{}.{}", service.name, operation.name);
                    let key = (operation.method.clone(), super::shape_of(&operation.path));
                    if let Some(other) = seen.insert(key.clone(), name.clone()) {
                        let (span, bundle) = (typed.name_span, &bundle.name);
                        self.faults.push(findings::same_route(span, bundle, &name, &other, &key.1));
                    }
                }
            }
        }
    }
}
