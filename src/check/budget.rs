//! Time: whether the calls of an operation fit its deadline. Reads that do not need each other overlap, as they
//! will when the program runs; everything else waits. The sum is printed, so that the author can check it.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::context::Context;
use super::effect::Effects;
use super::exact::Exact;
use super::security::{bare, field};
use super::ty::Type;
use super::typed::{
    BackendId, Call, Expr, ExprKind, LocalId, Operation, OperationId, Program, Service, ServiceId, Setting,
    Settings, Step, StepKind, Target, Value,
};
use super::walk;
use crate::diagnostic::settings as findings;
use crate::source::Span;

/// What std says where nobody says anything.
const DEFAULT_DEADLINE: u64 = 10_000;
const DEFAULT_TIMEOUT: u64 = 2_000;
const DEFAULT_BACKOFF: u64 = 1_000;

/// How long something takes at most, and what that is made of.
#[derive(Debug, Clone, Default)]
struct Time {
    /// When every call succeeds or fails at the first try.
    first: u64,
    worst: u64,
    parts: Vec<Part>,
    /// Somebody wrote one of the times on the way.
    chosen: bool,
}

#[derive(Debug, Clone)]
struct Part {
    name: SmolStr,
    first: u64,
    worst: u64,
    tries: u64,
}

impl Time {
    fn then(&self, next: &Time) -> Time {
        Time {
            first: self.first.saturating_add(next.first),
            worst: self.worst.saturating_add(next.worst),
            parts: self.parts.iter().chain(&next.parts).cloned().collect(),
            chosen: self.chosen || next.chosen,
        }
    }

    fn later(self, other: Time) -> Time {
        if (other.worst, other.first) > (self.worst, self.first) { other } else { self }
    }
}

struct Budget<'p> {
    program: &'p Program,
    effects: &'p Effects,
    known: FxHashMap<OperationId, Time>,
    /// Operations that are being added up: a circle has been reported, and counts once.
    open: FxHashSet<OperationId>,
}

pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    let mut budget = Budget { program, effects, known: FxHashMap::default(), open: FxHashSet::default() };
    for (at, service) in program.services.iter().enumerate() {
        for (position, operation) in service.operations.iter().enumerate() {
            let id = OperationId { service: ServiceId(at), at: position };
            let time = operation_time(cx, &mut budget, id, 0);
            deadline(cx, service, operation, &time);
        }
        for flow in walk::flows(service) {
            fan_outs(cx, program, flow.steps);
        }
    }
}

fn deadline(cx: &mut Context<'_>, service: &Service, operation: &Operation, time: &Time) {
    let (limit, set) = deadline_of(service, operation);
    let chosen = set.is_some() || time.chosen;
    let shown = milliseconds(limit);
    if time.first > limit && chosen {
        cx.report(findings::deadline(operation.name_span, &shown, &first_sum(time), set));
    } else if time.worst > limit && chosen {
        cx.report(findings::worst_case(operation.name_span, &shown, &worst_sum(time), set));
    }
}

/// The deadline of an operation, and where it is written.
fn deadline_of(service: &Service, operation: &Operation) -> (u64, Option<Span>) {
    let setting =
        operation.settings.values.get("deadline").or_else(|| service.settings.values.get("deadline"));
    match setting.and_then(|setting| Some((duration(&setting.value)?, setting.span))) {
        Some((limit, span)) => (limit, Some(span)),
        None => (DEFAULT_DEADLINE, None),
    }
}

fn duration(expr: &Expr) -> Option<u64> {
    match &bare(expr).kind {
        ExprKind::Duration(milliseconds) => Some(*milliseconds),
        _ => None,
    }
}

fn milliseconds(time: u64) -> String {
    if time >= 1_000 && time.is_multiple_of(1_000) {
        format!("{}s", time / 1_000)
    } else {
        format!("{time}ms")
    }
}

/// How many parts of a sum are printed.
const SHOWN: usize = 8;

fn first_sum(time: &Time) -> String {
    let part = |part: &Part| format!("{} {}", part.name, milliseconds(part.first));
    sum(time, time.first, part)
}

fn worst_sum(time: &Time) -> String {
    let part = |part: &Part| match part.tries {
        0 | 1 => format!("{} {}", part.name, milliseconds(part.worst)),
        tries => {
            let pauses = part.worst.saturating_sub(part.first.saturating_mul(tries));
            let pauses =
                if pauses == 0 { String::new() } else { format!(" + {} of pauses", milliseconds(pauses)) };
            format!("{} {tries} × {}{pauses}", part.name, milliseconds(part.first))
        }
    };
    sum(time, time.worst, part)
}

fn sum(time: &Time, total: u64, show: impl Fn(&Part) -> String) -> String {
    let mut shown: Vec<String> = time.parts.iter().take(SHOWN).map(show).collect();
    if time.parts.len() > SHOWN {
        shown.push(format!("{} more", time.parts.len() - SHOWN));
    }
    format!("{} = {}", shown.join(" + "), milliseconds(total))
}

// ---- the critical path --------------------------------------------------------------------------

/// Calls through more services than this are not followed.
const DEEPEST: usize = 64;

fn operation_time(cx: &Context<'_>, budget: &mut Budget<'_>, id: OperationId, depth: usize) -> Time {
    if let Some(known) = budget.known.get(&id) {
        return known.clone();
    }
    let Some(operation) = budget.program.operation(id) else { return Time::default() };
    if depth > DEEPEST || !budget.open.insert(id) {
        return Time::default();
    }
    let mut clock = Clock::default();
    steps_time(cx, budget, &operation.steps, &mut clock, depth);
    budget.open.remove(&id);
    budget.known.insert(id, clock.all.clone());
    clock.all
}

/// Where the time stands while the steps are gone through.
#[derive(Debug, Clone, Default)]
struct Clock {
    /// Nothing below starts before this.
    barrier: Time,
    /// When everything so far is done.
    all: Time,
    ready: FxHashMap<LocalId, Time>,
}

impl Clock {
    fn wait(&mut self) {
        self.barrier = self.all.clone();
    }
}

fn steps_time(cx: &Context<'_>, budget: &mut Budget<'_>, steps: &[Step], clock: &mut Clock, depth: usize) {
    for step in steps {
        match &step.kind {
            StepKind::Let { local, value } => value_time(cx, budget, value, Some(*local), clock, depth),
            StepKind::Do(value) | StepKind::Return { value: Some(value), .. } => {
                value_time(cx, budget, value, None, clock, depth);
            }
            StepKind::Require { .. } => clock.wait(),
            StepKind::When { then, otherwise, .. } => {
                clock.wait();
                let mut other = clock.clone();
                steps_time(cx, budget, then, clock, depth);
                steps_time(cx, budget, otherwise, &mut other, depth);
                clock.all = std::mem::take(&mut clock.all).later(other.all);
                clock.wait();
            }
            StepKind::Together(steps) => {
                clock.wait();
                let start = clock.clone();
                for step in steps {
                    let mut own = start.clone();
                    steps_time(cx, budget, std::slice::from_ref(step), &mut own, depth);
                    clock.all = std::mem::take(&mut clock.all).later(own.all);
                    clock.ready.extend(own.ready);
                }
                clock.wait();
            }
            StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { value: None, .. }
            | StepKind::Fail(_) => {}
        }
    }
}

fn value_time(
    cx: &Context<'_>,
    budget: &mut Budget<'_>,
    value: &Value,
    local: Option<LocalId>,
    clock: &mut Clock,
    depth: usize,
) {
    let mut start = clock.barrier.clone();
    walk::value_locals(value, &mut |read| {
        if let Some(ready) = clock.ready.get(&read) {
            start = std::mem::take(&mut start).later(ready.clone());
        }
    });
    let Some(call) = walk::call_of(value) else {
        if let Some(local) = local {
            clock.ready.insert(local, start);
        }
        return;
    };
    let reads = budget.effects.is_read(cx, call);
    let cost = call_time(cx, budget, call, depth);
    let cost = match value {
        Value::Fan(fan) => repeated(cost, rounds(&fan.list.ty, fan.at_most)),
        Value::Plain(_) | Value::Call(_) => cost,
    };
    let start = if reads { start } else { clock.all.clone() };
    let end = start.then(&cost);
    clock.all = std::mem::take(&mut clock.all).later(end.clone());
    if !reads {
        clock.wait();
    }
    if let Some(local) = local {
        clock.ready.insert(local, end);
    }
}

/// How many rounds a bounded fan-out takes; a list of unknown length counts as one.
fn rounds(list: &Type, at_most: Option<u32>) -> u64 {
    let longest = match list {
        Type::List(list) => list.max,
        _ => None,
    };
    match (longest, at_most) {
        (Some(longest), Some(at_most)) => longest.div_ceil(u64::from(at_most.max(1))).max(1),
        _ => 1,
    }
}

fn repeated(cost: Time, rounds: u64) -> Time {
    let parts = cost.parts.into_iter().map(|part| Part {
        name: if rounds > 1 { format!("{rounds} rounds of {}", part.name).into() } else { part.name },
        first: part.first.saturating_mul(rounds),
        worst: part.worst.saturating_mul(rounds),
        tries: part.tries,
    });
    Time {
        first: cost.first.saturating_mul(rounds),
        worst: cost.worst.saturating_mul(rounds),
        parts: parts.collect(),
        chosen: cost.chosen,
    }
}

fn call_time(cx: &Context<'_>, budget: &mut Budget<'_>, call: &Call, depth: usize) -> Time {
    let (one_try, policy, chosen, owner) = match call.target {
        Target::Backend(BackendId(at)) => {
            let backend = &budget.program.backends[at];
            let written =
                setting(&call.settings, "timeout").or_else(|| setting(&backend.settings, "timeout"));
            let timeout = written.and_then(|setting| duration(&setting.value));
            let one = Time {
                first: timeout.unwrap_or(DEFAULT_TIMEOUT),
                chosen: written.is_some(),
                ..Time::default()
            };
            (one, Some(&backend.settings), written.is_some(), &backend.name)
        }
        Target::Service(id) => {
            let time = operation_time(cx, budget, id, depth + 1);
            let service = &budget.program.services[id.service.0];
            let limit =
                budget.program.operation(id).map_or(u64::MAX, |operation| deadline_of(service, operation).0);
            let written = setting(&call.settings, "timeout").and_then(|setting| duration(&setting.value));
            let limit = written.map_or(limit, |timeout| timeout.min(limit));
            let one = Time { first: time.first.min(limit), worst: time.worst.min(limit), ..time };
            let chosen = one.chosen || written.is_some();
            (one, None, chosen, &service.name)
        }
    };
    let first = one_try.first;
    let once = if policy.is_some() { first } else { one_try.worst };
    let repeats = budget.effects.is_read(cx, call) || budget.effects.knows_repeat(call);
    let (tries, pauses) = if repeats { tries(&call.settings, policy) } else { (1, 0) };
    let worst = once.saturating_mul(tries).saturating_add(pauses);
    let name = format!("{owner}.{}", call.shape.name).into();
    Time { first, worst, parts: vec![Part { name, first, worst, tries }], chosen }
}

fn setting<'s>(settings: &'s Settings, name: &str) -> Option<&'s Setting> {
    settings.values.get(name)
}

/// How often a call is tried, and the longest pauses between.
fn tries(call: &Settings, backend: Option<&Settings>) -> (u64, u64) {
    let Some(retry) = setting(call, "retry").or_else(|| setting(backend?, "retry")) else { return (1, 0) };
    if !matches!(bare(&retry.value).kind, ExprKind::Record { .. }) {
        return (1, 0);
    }
    let times = field(&retry.value, "times").and_then(whole).unwrap_or(1);
    let longest = match field(&retry.value, "backoff").map(|backoff| &bare(backoff).kind) {
        Some(ExprKind::Range(_, to)) => duration(to).unwrap_or(DEFAULT_BACKOFF),
        _ => DEFAULT_BACKOFF,
    };
    (times.saturating_add(1), times.saturating_mul(longest))
}

fn whole(expr: &Expr) -> Option<u64> {
    match &bare(expr).ty {
        Type::Int(rule) => rule.single().and_then(Exact::to_int).and_then(|value| u64::try_from(value).ok()),
        _ => None,
    }
}

// ---- fan-out ------------------------------------------------------------------------------------

/// Calls of any number at once would run into the limit of the backend behind them.
fn fan_outs(cx: &mut Context<'_>, program: &Program, steps: &[Step]) {
    for step in steps {
        match &step.kind {
            StepKind::Let { value, .. }
            | StepKind::Do(value)
            | StepKind::Return { value: Some(value), .. } => {
                if let Value::Fan(fan) = value {
                    let bounded = fan.at_most.is_some()
                        || matches!(&fan.list.ty, Type::List(list) if list.max.is_some());
                    if let (false, Some(limit)) =
                        (bounded, limit_behind(program, &fan.call, &mut FxHashSet::default()))
                    {
                        cx.report(findings::unbounded_fan_out(fan.span, &fan.call.shape.name, limit));
                    }
                }
            }
            StepKind::When { then, otherwise, .. } => {
                fan_outs(cx, program, then);
                fan_outs(cx, program, otherwise);
            }
            StepKind::Together(steps) => fan_outs(cx, program, steps),
            StepKind::Require { .. }
            | StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { value: None, .. }
            | StepKind::Fail(_) => {}
        }
    }
}

/// The limit of the backend that a call ends at, through our own services.
fn limit_behind(program: &Program, call: &Call, seen: &mut FxHashSet<OperationId>) -> Option<Span> {
    match call.target {
        Target::Backend(BackendId(at)) => {
            setting(&program.backends[at].settings, "limit").map(|limit| limit.span)
        }
        Target::Service(id) => {
            if !seen.insert(id) || seen.len() > DEEPEST {
                return None;
            }
            let mut inner: Vec<&Call> = Vec::new();
            walk::calls(&program.operation(id)?.steps, &mut |call| inner.push(call));
            inner.into_iter().find_map(|call| limit_behind(program, call, seen))
        }
    }
}
