//! A program that is ready to run: what is the same for all of its requests, worked out once.

use std::sync::{Arc, Mutex, PoisonError};

use flow_std::failure::{ProblemType, standard};
use flow_std::{Pattern, Regex};
use rustc_hash::{FxHashMap, FxHashSet};

use super::codec::{Inputs, Outgoing, Types};
use super::coverage::Seen;
use super::name::fixed;
use super::scope::Scope;
use super::streamed::Stage;
use super::{Value, expr::eval};
use crate::emit::names::problem_uri;
use crate::ir::streamed::streamed;
use crate::ir::{BackendOperation, Expr, Operation, ProblemId, Program, Slice, Target, slice};

pub struct Code {
    pub program: Program,
    /// Of all services, as if they were in one executable.
    pub slice: Slice,
    pub types: Types,
    /// What has run, where somebody wants to know it.
    pub seen: Option<Seen>,
    problems: Vec<&'static ProblemType>,
    /// Of our operations, and of those of backends.
    names: Vec<Vec<Named>>,
    backend_names: Vec<Vec<Named>>,
    /// The operations that undo something.
    undoing: FxHashSet<(usize, usize)>,
    /// How the requests of our operations are read, and those of backends are put together.
    inputs: Vec<Vec<Inputs>>,
    outgoing: Vec<Vec<Outgoing>>,
    /// The same for our own services that answer elsewhere.
    to_services: Vec<Vec<Outgoing>>,
    /// What is done with each element, of operations whose lists go through element by element.
    stages: FxHashMap<(usize, usize), Arc<[Stage]>>,
}

/// An operation as the runtime calls it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named {
    /// `Orders.place`
    pub name: &'static str,
    pub method: &'static str,
}

impl Named {
    fn new(of: &str, operation: &str, method: &str) -> Named {
        Named { name: fixed(&format!("{of}.{operation}")), method: fixed(method) }
    }
}

impl Code {
    pub fn new(program: Program) -> Code {
        let services: Vec<usize> = (0..program.services.len()).collect();
        let slice = slice(&program, &services);
        let types = Types::new(&program, &slice, &|_| Value::None);
        let mut code = Code::with(program, slice, types);
        code.types = Types::new(&code.program, &code.slice, &|default| constant(&code, default));
        code.inputs = inputs(&code);
        code.outgoing = outgoing(&code);
        code.to_services = to_services(&code);
        code.stages = stages(&code);
        code
    }

    /// For expressions by themselves: every field of every record is kept.
    pub fn whole(program: Program) -> Code {
        let types = Types::whole(&program, &|_| Value::None);
        let mut code = Code::with(program, Slice::default(), types);
        code.types = Types::whole(&code.program, &|default| constant(&code, default));
        code
    }

    fn with(program: Program, slice: Slice, types: Types) -> Code {
        let problem = |at| {
            let id = ProblemId(at);
            let of = program.problems.get(at)?;
            let (name, title, uri) = (fixed(&of.name), fixed(&of.title), fixed(&problem_uri(&program, id)));
            Some(known_problem(ProblemType { name, status: of.status, title, uri }))
        };
        let problems = (0..program.problems.len()).filter_map(problem).collect();
        let services = program.services.iter().map(|of| {
            let named = |one: &Operation| Named::new(&of.name, &one.name, &one.method);
            of.operations.iter().map(named).collect()
        });
        let backends = program.backends.iter().map(|of| {
            let named = |one: &BackendOperation| Named::new(&of.name, &one.name, &one.method);
            of.operations.iter().map(named).collect()
        });
        let has_undos = |id: &(usize, usize)| {
            let service = program.services.get(id.0);
            service.and_then(|service| service.operations.get(id.1)).is_some_and(Operation::has_undos)
        };
        Code {
            names: services.collect(),
            backend_names: backends.collect(),
            undoing: ids(&program).filter(has_undos).collect(),
            seen: None,
            problems,
            slice,
            types,
            program,
            inputs: Vec::new(),
            outgoing: Vec::new(),
            to_services: Vec::new(),
            stages: FxHashMap::default(),
        }
    }

    /// The same, and from here on it is known what has run.
    #[must_use]
    pub fn looked_at(self) -> Code {
        Code { seen: Some(Seen::default()), ..self }
    }

    pub fn named(&self, (service, at): (usize, usize)) -> Named {
        self.names.get(service).and_then(|names| names.get(at)).copied().unwrap_or_default()
    }

    pub fn backend_named(&self, (backend, at): (usize, usize)) -> Named {
        self.backend_names.get(backend).and_then(|names| names.get(at)).copied().unwrap_or_default()
    }

    /// What is called by this name.
    pub fn target(&self, name: &str) -> Option<Target> {
        let place = |all: &[Vec<Named>]| {
            let mut owners = all.iter().enumerate();
            owners.find_map(|(at, named)| Some((at, named.iter().position(|one| one.name == name)?)))
        };
        let backend = place(&self.backend_names);
        let backend = backend.map(|(backend, operation)| Target::Backend { backend, operation });
        let service =
            || place(&self.names).map(|(service, operation)| Target::Service { service, operation });
        backend.or_else(service)
    }

    pub fn has_undos(&self, id: (usize, usize)) -> bool {
        self.undoing.contains(&id)
    }

    pub fn inputs(&self, (service, at): (usize, usize)) -> Option<&Inputs> {
        self.inputs.get(service)?.get(at)
    }

    pub fn outgoing(&self, (backend, at): (usize, usize)) -> Option<&Outgoing> {
        self.outgoing.get(backend)?.get(at)
    }

    pub fn to_service(&self, (service, at): (usize, usize)) -> Option<&Outgoing> {
        self.to_services.get(service)?.get(at)
    }

    /// What is done with each element of the list that an operation answers, if that goes through element by element.
    pub fn stages(&self, id: (usize, usize)) -> Option<&Arc<[Stage]>> {
        self.stages.get(&id)
    }

    pub fn problem(&self, id: ProblemId) -> &'static ProblemType {
        self.problems.get(id.0).copied().unwrap_or_else(|| standard(500))
    }
}

fn inputs(code: &Code) -> Vec<Vec<Inputs>> {
    let of = |operation| Inputs::new(&code.types, operation, &|default| constant(code, default));
    code.program.services.iter().map(|service| service.operations.iter().map(of).collect()).collect()
}

fn outgoing(code: &Code) -> Vec<Vec<Outgoing>> {
    let backends = code.program.backends.iter();
    let all = backends.map(|backend| {
        let of = |operation| Outgoing::to_backend(&code.types, backend, operation);
        backend.operations.iter().map(of).collect()
    });
    all.collect()
}

fn to_services(code: &Code) -> Vec<Vec<Outgoing>> {
    let of = |operation| Outgoing::to_service(&code.types, operation);
    code.program.services.iter().map(|service| service.operations.iter().map(of).collect()).collect()
}

fn stages(code: &Code) -> FxHashMap<(usize, usize), Arc<[Stage]>> {
    let stages = |id| {
        let of = streamed(&code.program, &code.slice, id)?;
        Some((id, of.stages.into_iter().map(Stage::of).collect()))
    };
    ids(&code.program).filter_map(stages).collect()
}

/// All operations, by their service and place.
fn ids(program: &Program) -> impl Iterator<Item = (usize, usize)> {
    let services = program.services.iter().enumerate();
    services.flat_map(|(service, of)| (0..of.operations.len()).map(move |at| (service, at)))
}

/// The runtime wants problems that live as long as the process. The same one is kept once.
fn known_problem(of: ProblemType) -> &'static ProblemType {
    static KNOWN: Mutex<Vec<&'static ProblemType>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|one| ***one == of) {
        return same;
    }
    let kept: &'static ProblemType = Box::leak(Box::new(of));
    known.push(kept);
    kept
}

/// A regular expression that is written out. It compiles itself when it is first used, and is kept for that.
pub fn regex(text: &str) -> Arc<Regex> {
    static KNOWN: Mutex<Option<FxHashMap<String, Arc<Regex>>>> = Mutex::new(None);
    kept(&KNOWN, text, Regex::new)
}

/// A pattern of dates that is written out.
pub fn pattern(text: &str) -> Arc<Pattern> {
    static KNOWN: Mutex<Option<FxHashMap<String, Arc<Pattern>>>> = Mutex::new(None);
    kept(&KNOWN, text, Pattern::new)
}

type Known<T> = Mutex<Option<FxHashMap<String, Arc<T>>>>;

fn kept<T>(known: &Known<T>, text: &str, make: impl FnOnce(&'static str) -> T) -> Arc<T> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    match known.get(text) {
        Some(one) => Arc::clone(one),
        None => {
            let one = Arc::new(make(fixed(text)));
            known.insert(text.to_owned(), Arc::clone(&one));
            one
        }
    }
}

/// A default reads nothing, so that it can be worked out at any time.
fn constant(code: &Code, expr: &Expr) -> Value {
    eval(&mut Scope::new(code, &[], 0), expr).unwrap_or(Value::None)
}
