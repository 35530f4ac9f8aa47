//! Whether a backend takes what our callers may ask for: what one request asks of it, times the requests that the
//! limit of a service lets in. Answers from a cache cost nothing, and retries have a budget of their own.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::context::Context;
use super::super::step::always_ends;
use super::super::typed::{
    BackendId, OperationId, Program, ServiceId, Setting, Step, StepKind, Target, Value,
};
use super::super::walk;
use super::DEEPEST;
use super::fan_out::longest;
use super::policy::{self, Rate};
use crate::diagnostic::settings as findings;
use crate::source::Span;

/// How many calls of each backend one request makes at most.
type Calls = FxHashMap<BackendId, u64>;

struct Counter<'p> {
    program: &'p Program,
    known: FxHashMap<OperationId, Calls>,
    open: FxHashSet<OperationId>,
}

/// A limit of ours and one of a backend, and the operation that asks most.
struct Overrun {
    inbound: Span,
    backend: BackendId,
    operation: OperationId,
    calls: u64,
}

pub fn check(cx: &mut Context<'_>, program: &Program) {
    let mut counter = Counter { program, known: FxHashMap::default(), open: FxHashSet::default() };
    let mut overruns: Vec<Overrun> = Vec::new();
    for (service, of) in program.services.iter().enumerate() {
        for at in 0..of.operations.len() {
            let id = OperationId { service: ServiceId(service), at };
            let Some((limit, rate)) = inbound(program, id) else { continue };
            let mut calls: Vec<(BackendId, u64)> = counter.operation(id, 0).into_iter().collect();
            calls.sort_unstable();
            for (backend, calls) in calls {
                if outbound(program, backend).is_some_and(|(_, takes)| is_more(rate, calls, takes)) {
                    note(&mut overruns, Overrun { inbound: limit, backend, operation: id, calls });
                }
            }
        }
    }
    overruns.iter().for_each(|overrun| report(cx, program, overrun));
}

/// A limit that several operations share is told of once, with the one that asks most.
fn note(overruns: &mut Vec<Overrun>, found: Overrun) {
    let same = |known: &&mut Overrun| known.inbound == found.inbound && known.backend == found.backend;
    match overruns.iter_mut().find(same) {
        Some(known) if known.calls < found.calls => *known = found,
        Some(_) => {}
        None => overruns.push(found),
    }
}

fn report(cx: &mut Context<'_>, program: &Program, overrun: &Overrun) {
    let Some(operation) = program.operation(overrun.operation) else { return };
    let Some(backend) = program.backends.get(overrun.backend.0) else { return };
    let Some((_, rate)) = inbound(program, overrun.operation) else { return };
    let Some((limit, takes)) = outbound(program, overrun.backend) else { return };
    let sum = sum(rate, overrun.calls, takes, &backend.name);
    let limits = (overrun.inbound, limit);
    cx.report(findings::overrun(operation.name_span, &operation.name, &backend.name, &sum, limits));
}

/// `100/s × 3 calls = 300/s of `Erp`, which takes 200/s`
fn sum(rate: Rate, calls: u64, takes: Rate, backend: &str) -> String {
    let all = Rate { count: rate.count.saturating_mul(calls), seconds: rate.seconds };
    let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    // Both in the unit of the backend, if they were not.
    let same = match rate.seconds == takes.seconds {
        true => String::new(),
        false => format!(" = {}", shown(in_unit(all, takes.seconds))),
    };
    format!("{} × {calls} = {}{same} of `{backend}`, which takes {}", shown(rate), shown(all), shown(takes))
}

/// Rounded up.
fn in_unit(rate: Rate, seconds: u64) -> Rate {
    let count = u128::from(rate.count) * u128::from(seconds);
    let count = count.div_ceil(u128::from(rate.seconds.max(1)));
    Rate { count: u64::try_from(count).unwrap_or(u64::MAX), seconds }
}

fn shown(rate: Rate) -> String {
    match rate.seconds {
        1 => format!("{}/s", rate.count),
        60 => format!("{}/min", rate.count),
        3_600 => format!("{}/h", rate.count),
        86_400 => format!("{}/d", rate.count),
        seconds => format!("{} in {seconds}s", rate.count),
    }
}

fn is_more(rate: Rate, calls: u64, takes: Rate) -> bool {
    let asked = u128::from(rate.count).saturating_mul(u128::from(calls)).saturating_mul(takes.seconds.into());
    asked > u128::from(takes.count).saturating_mul(rate.seconds.into())
}

fn inbound(program: &Program, id: OperationId) -> Option<(Span, Rate)> {
    let operation = program.operation(id)?;
    let service = program.services.get(id.service.0)?;
    let limit = operation.settings.values.get("limit").or_else(|| service.settings.values.get("limit"))?;
    with_rate(limit)
}

fn outbound(program: &Program, backend: BackendId) -> Option<(Span, Rate)> {
    with_rate(policy::of_backend(program, backend, "limit")?)
}

fn with_rate(limit: &Setting) -> Option<(Span, Rate)> {
    Some((limit.span, policy::rate(limit)?))
}

impl Counter<'_> {
    fn operation(&mut self, id: OperationId, depth: usize) -> Calls {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let Some(operation) = self.program.operation(id) else { return Calls::default() };
        if depth > DEEPEST || !self.open.insert(id) {
            return Calls::default();
        }
        let calls = self.steps(&operation.steps, depth);
        self.open.remove(&id);
        self.known.insert(id, calls.clone());
        calls
    }

    fn steps(&mut self, steps: &[Step], depth: usize) -> Calls {
        let mut so_far = Calls::default();
        // Of the ways that have ended above.
        let mut ended = Calls::default();
        for step in steps {
            match &step.kind {
                StepKind::Let { value, .. }
                | StepKind::Do(value)
                | StepKind::Return { value: Some(value), .. } => self.value(value, depth, &mut so_far),
                StepKind::Together(members) => add(&mut so_far, &self.steps(members, depth), 1),
                StepKind::When { then, otherwise, .. } => {
                    let mut goes_on = Calls::default();
                    for arm in [then, otherwise] {
                        let calls = self.steps(arm, depth);
                        if arm.last().is_some_and(always_ends) {
                            let mut whole = so_far.clone();
                            add(&mut whole, &calls, 1);
                            most(&mut ended, &whole);
                        } else {
                            most(&mut goes_on, &calls);
                        }
                    }
                    add(&mut so_far, &goes_on, 1);
                }
                StepKind::Require { .. }
                | StepKind::Emit { .. }
                | StepKind::Log { .. }
                | StepKind::Return { value: None, .. }
                | StepKind::Fail(_) => {}
            }
        }
        most(&mut so_far, &ended);
        so_far
    }

    /// A list of unknown length counts as one call: there is one at least.
    fn value(&mut self, value: &Value, depth: usize, calls: &mut Calls) {
        let times = match value {
            Value::Fan(fan) => longest(fan).unwrap_or(1),
            Value::Plain(_) | Value::Call(_) => 1,
        };
        let Some(call) = walk::call_of(value) else { return };
        if policy::is_cached(self.program, call) {
            return;
        }
        match call.target {
            Target::Backend(backend) => add(calls, &Calls::from_iter([(backend, 1)]), times),
            Target::Service(id) => add(calls, &self.operation(id, depth + 1), times),
        }
    }
}

fn add(calls: &mut Calls, more: &Calls, times: u64) {
    for (backend, count) in more {
        let known = calls.entry(*backend).or_default();
        *known = known.saturating_add(count.saturating_mul(times));
    }
}

fn most(calls: &mut Calls, others: &Calls) {
    for (backend, count) in others {
        let known = calls.entry(*backend).or_default();
        *known = (*known).max(*count);
    }
}
