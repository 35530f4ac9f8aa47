//! The world of a test: what calls are answered, what the clock shows, and what was called and logged.

use std::sync::{Mutex, MutexGuard, PoisonError};

use flow_std::clock;
use flow_std::value::Date;

use super::caller::Calling;
use super::lens::Lens;
use super::show::{key, show};
use crate::interp::value::Value;
use crate::ir::{Changing, NoAnswer, ParamPlace, ProblemId, Program, Status, Target, Type, WireAnswer};

/// How a call ends.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenAnswer {
    /// Well, with what the call gives; without a value there was no body.
    Good {
        status: u16,
        value: Option<Value>,
    },
    /// With a status that is none, and a body of the type.
    Bad {
        status: u16,
        body: Option<(Value, Type)>,
    },
    /// With a problem of one of our own services, and its members as a record.
    Problem {
        problem: ProblemId,
        members: Option<Value>,
    },
    None(NoAnswer),
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub level: String,
    pub message: String,
}

/// One for each test. It can be asked from several threads.
#[derive(Debug, Default)]
pub struct World {
    state: Mutex<State>,
    /// How the program is looked at.
    pub lens: Lens,
}

#[derive(Debug, Default)]
struct State {
    givens: Vec<Given>,
    values: Vec<(Changing, Value)>,
    calling: Calling,
    calls: Vec<Made>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Given {
    target: Target,
    args: Vec<(usize, Value)>,
    answer: GivenAnswer,
}

/// A call that was made.
#[derive(Debug, Clone)]
pub struct Made {
    pub target: Target,
    /// Of each parameter, in their order; what was not given is `None`.
    pub args: Vec<Value>,
    pub answered: Answered,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    Given(GivenAnswer),
    /// There was no body to make up.
    ByDefault(u16),
    /// By one of our own services, which runs.
    Really,
    /// The same, and it failed: the status, and what only the log of that service knows.
    Failed {
        status: u16,
        why: String,
    },
    /// By nobody: the test says too little.
    NotGiven,
}

impl World {
    /// One in which the program is looked at so.
    pub fn through(lens: Lens) -> World {
        World { lens, ..World::default() }
    }

    /// From here on, calls that fit end so.
    pub fn give(&self, target: Target, args: Vec<(usize, Value)>, answer: GivenAnswer) {
        self.state().givens.push(Given { target, args, answer });
    }

    /// From here on, the function gives this.
    pub fn give_value(&self, function: Changing, value: Value) {
        let mut state = self.state();
        state.values.retain(|(known, _)| *known != function);
        state.values.push((function, value));
    }

    /// From here on, operations are called so.
    pub fn give_caller(&self, calling: Calling) {
        self.state().calling = calling;
    }

    /// Who calls.
    pub fn calling(&self) -> Calling {
        self.state().calling.clone()
    }

    /// What is given for a function, if anything is.
    fn value(&self, function: Changing) -> Option<Value> {
        let state = self.state();
        state.values.iter().find(|(known, _)| *known == function).map(|(_, value)| value.clone())
    }

    /// What a function of the runtime gives here, by its name in the table, where that is not what it gives elsewhere.
    pub fn function(&self, name: &str, args: &[Value]) -> Option<Value> {
        match (name, args) {
            ("clock.now", []) => self.value(Changing::Now),
            ("clock.today", [Value::Zone(zone)]) => {
                self.value(Changing::Today).or_else(|| match self.value(Changing::Now)? {
                    Value::DateTime(now) => Some(Value::Date(clock::date(now, zone))),
                    _ => None,
                })
            }
            ("uuid.uuid", []) => self.value(Changing::Uuid),
            _ => None,
        }
    }

    /// What `today()` gives, whatever the clock shows.
    pub fn today(&self) -> Option<Date> {
        match self.value(Changing::Today)? {
            Value::Date(today) => Some(today),
            _ => None,
        }
    }

    /// How a call ends; nothing where an operation of our own is to run. Every call is to be told here, in the order in
    /// which they begin.
    pub fn answer(&self, program: &Program, target: Target, args: &[Value]) -> Option<GivenAnswer> {
        let mut state = self.state();
        let answered = match (best(&state.givens, target, args), target) {
            (Some(given), _) => Answered::Given(given.answer.clone()),
            (None, Target::Service { .. }) => Answered::Really,
            (None, Target::Backend { .. }) => {
                without_body(program, target).map_or(Answered::NotGiven, Answered::ByDefault)
            }
        };
        let answer = match &answered {
            Answered::Given(answer) => Some(answer.clone()),
            Answered::ByDefault(status) => Some(GivenAnswer::Good { status: *status, value: None }),
            Answered::Really | Answered::Failed { .. } => None,
            // The test fails, whatever the flow makes of this.
            Answered::NotGiven => Some(GivenAnswer::None(NoAnswer::Unreachable)),
        };
        state.calls.push(Made { target, args: args.to_vec(), answered });
        answer
    }

    /// One of our own operations, which was called and ran, has failed.
    pub fn failed(&self, target: Target, status: u16, why: &str) {
        let mut state = self.state();
        let is_it = |made: &&mut Made| made.target == target && made.answered == Answered::Really;
        if let Some(made) = state.calls.iter_mut().rev().find(is_it) {
            made.answered = Answered::Failed { status, why: why.to_owned() };
        }
    }

    pub fn log(&self, line: Line) {
        self.state().lines.push(line);
    }

    /// What was called and logged since the last time that this was asked.
    pub fn take(&self) -> (Vec<Made>, Vec<Line>) {
        let mut state = self.state();
        (std::mem::take(&mut state.calls), std::mem::take(&mut state.lines))
    }

    /// A thread that panicked with it has left nothing half done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The given that says most about the call; of those that say as much, the last one.
fn best<'g>(givens: &'g [Given], target: Target, args: &[Value]) -> Option<&'g Given> {
    let fitting = givens.iter().filter(|given| given.target == target && fits(&given.args, args));
    fitting.max_by_key(|given| given.args.len())
}

/// Whether a call has these arguments, and whatever others.
pub fn fits(wanted: &[(usize, Value)], args: &[Value]) -> bool {
    wanted.iter().all(|(param, value)| args.get(*param).unwrap_or(&Value::None) == value)
}

/// The status of an answer that has nothing in it: nobody needs to say what that is.
fn without_body(program: &Program, target: Target) -> Option<u16> {
    let Target::Backend { backend, operation } = target else { return None };
    let operation = program.backends.get(backend)?.operations.get(operation)?;
    let status = |answer: &WireAnswer| match answer.status {
        Status::Exact(status) => status,
        Status::Class(_) | Status::Default => 204,
    };
    let is_empty = operation.answers.iter().all(|answer| answer.ty == Type::Unit);
    is_empty.then(|| operation.answers.first().map_or(204, status))
}

// ---- how calls look -----------------------------------------------------------------------------

/// `Erp.getCustomer`
pub fn name(program: &Program, target: Target) -> String {
    let names = match target {
        Target::Backend { backend, operation } => program
            .backends
            .get(backend)
            .and_then(|of| Some((of.name.as_str(), of.operations.get(operation)?.name.as_str()))),
        Target::Service { service, operation } => program
            .services
            .get(service)
            .and_then(|of| Some((of.name.as_str(), of.operations.get(operation)?.name.as_str()))),
    };
    names.map_or_else(|| "an operation".to_owned(), |(owner, name)| format!("{owner}.{}", key(name)))
}

impl Made {
    /// `Erp.getCustomer(cust_no: "C1") -> 404`
    pub fn show(&self, program: &Program) -> String {
        let params = parameters(program, self.target);
        let shown =
            self.args.iter().enumerate().filter(|(_, value)| !value.is_none()).map(|(param, value)| {
                let (name, ty) = params.get(param).copied().unwrap_or(("", &Type::Json));
                format!("{}: {}", key(name), show(program, value, ty))
            });
        let shown: Vec<String> = shown.collect();
        let ended = match &self.answered {
            Answered::Given(answer) => format!(" -> {}", answer.show(program)),
            Answered::ByDefault(status) => format!(" -> {status}"),
            Answered::Really => String::new(),
            Answered::Failed { status, why } => format!(" -> {status}: {why}"),
            Answered::NotGiven => " -> nothing is given".to_owned(),
        };
        format!("{}({}){ended}", name(program, self.target), shown.join(", "))
    }
}

impl GivenAnswer {
    fn show(&self, program: &Program) -> String {
        match self {
            GivenAnswer::Good { status, .. } | GivenAnswer::Bad { status, .. } => status.to_string(),
            GivenAnswer::Problem { problem, .. } => match program.problems.get(problem.0) {
                Some(problem) => format!("{} {}", problem.status, problem.name),
                None => "a problem".to_owned(),
            },
            GivenAnswer::None(why) => match why {
                NoAnswer::Timeout => "timeout".to_owned(),
                NoAnswer::Unreachable => "unreachable".to_owned(),
                NoAnswer::Rejected => "rejected".to_owned(),
                NoAnswer::Malformed => "malformed".to_owned(),
            },
        }
    }
}

/// The names and types of what a call is given, by their numbers.
fn parameters(program: &Program, target: Target) -> Vec<(&str, &Type)> {
    match target {
        Target::Backend { backend, operation } => {
            let operations = program.backends.get(backend).map(|backend| &backend.operations);
            let Some(operation) = operations.and_then(|all| all.get(operation)) else { return Vec::new() };
            let params = operation.params.iter().map(|param| (param.name.as_str(), &param.ty));
            params.chain(operation.body.iter().map(|body| ("body", &body.ty))).collect()
        }
        Target::Service { service, operation } => {
            let operations = program.services.get(service).map(|service| &service.operations);
            let Some(operation) = operations.and_then(|all| all.get(operation)) else { return Vec::new() };
            let name = |place: &ParamPlace, name| match place {
                ParamPlace::Body { .. } => "body",
                ParamPlace::Path(_)
                | ParamPlace::Query(_)
                | ParamPlace::Header(_)
                | ParamPlace::Cookie(_) => name,
            };
            operation
                .params
                .iter()
                .map(|param| (name(&param.place, param.name.as_str()), &param.ty))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Target = Target::Service { service: 0, operation: 0 };
    const BACKEND: Target = Target::Backend { backend: 0, operation: 0 };

    fn ask(world: &World, target: Target, args: &[&str]) -> Option<GivenAnswer> {
        let args: Vec<Value> = args.iter().map(|value| Value::text(*value)).collect();
        world.answer(&Program::default(), target, &args)
    }

    fn bad(status: u16) -> GivenAnswer {
        GivenAnswer::Bad { status, body: None }
    }

    fn give(world: &World, args: &[(usize, &str)], status: u16) {
        let args = args.iter().map(|(param, value)| (*param, Value::text(*value))).collect();
        world.give(BACKEND, args, bad(status));
    }

    #[test]
    fn what_says_more_counts_before_what_says_less_and_of_equals_the_last() {
        let world = World::default();
        give(&world, &[(0, "C1")], 404);
        give(&world, &[], 500);
        assert_eq!(ask(&world, BACKEND, &["C1"]), Some(bad(404)));
        assert_eq!(ask(&world, BACKEND, &["C2", "x"]), Some(bad(500)));
        give(&world, &[], 503);
        assert_eq!(ask(&world, BACKEND, &["C2"]), Some(bad(503)));
        give(&world, &[(0, "C1")], 409);
        give(&world, &[(0, "C1"), (1, "x")], 422);
        assert_eq!(ask(&world, BACKEND, &["C1"]), Some(bad(409)));
        assert_eq!(ask(&world, BACKEND, &["C1", "x"]), Some(bad(422)));
        let made: Vec<Answered> = world.take().0.into_iter().map(|made| made.answered).collect();
        let expected = [404, 500, 503, 409, 422].map(|status| Answered::Given(bad(status)));
        assert_eq!(made, expected);
        assert!(world.take().0.is_empty(), "they have been told");
    }

    #[test]
    fn what_is_not_given_runs_if_it_is_ours_and_is_told_if_it_is_not() {
        let world = World::default();
        assert_eq!(ask(&world, OWN, &[]), None);
        assert_eq!(ask(&world, BACKEND, &[]), Some(GivenAnswer::None(NoAnswer::Unreachable)));
        let made: Vec<Answered> = world.take().0.into_iter().map(|made| made.answered).collect();
        assert_eq!(made, [Answered::Really, Answered::NotGiven]);
    }

    #[test]
    fn an_argument_that_is_left_out_is_none() {
        let none = [(0, Value::None)];
        assert!(fits(&none, &[]) && fits(&none, &[Value::None]));
        assert!(!fits(&none, &[Value::Int(1)]));
    }

    #[test]
    fn the_last_value_of_a_function_counts() {
        let world = World::default();
        assert_eq!(world.value(Changing::Uuid), None);
        world.give_value(Changing::Uuid, Value::text("a"));
        world.give_value(Changing::Uuid, Value::text("b"));
        assert_eq!((world.value(Changing::Uuid), world.value(Changing::Now)), (Some(Value::text("b")), None));
    }
}
