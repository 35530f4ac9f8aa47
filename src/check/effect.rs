//! Reads and writes. What only reads may be repeated, may overlap and needs no undo; what writes must say how
//! it is taken back when a later step fails.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::context::Context;
use super::failure::covers;
use super::key;
use super::security::bare;
use super::step::always_ends;
use super::typed::{
    ArmBody, BackendId, Call, Expr, ExprKind, Failure, FailurePattern, Operation, OperationId, Program,
    ServiceId, Setting, Step, StepKind, Target, Value,
};
use super::walk;
use crate::contract::model::Status;
use crate::diagnostic::{settings as setting_findings, steps as findings};
use crate::source::Span;

/// What a call does when it is made once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It changes nothing: it may overlap with others, be tried again, be hedged and kept.
    Read,
    /// Done twice is as done once: a PUT or a DELETE, or a write with a key by which the other side knows a repeat.
    /// It may be an `undo`, which is tried until it is done.
    Idempotent,
    Write,
}

/// What each of our own operations does, worked out once for the whole program.
#[derive(Debug)]
pub struct Effects {
    operations: FxHashMap<OperationId, Effect>,
    /// What each backend lists in `reads`.
    reads: Vec<Vec<SmolStr>>,
    /// Those that are done once, however often they are called.
    once: FxHashSet<OperationId>,
}

/// A call of one of our services does what all steps of that operation do.
pub fn effects(cx: &Context<'_>, program: &Program) -> Effects {
    let reads = cx.backends.iter().map(|backend| backend.reads.clone()).collect();
    let all: Vec<(OperationId, &Operation)> = operations(program).collect();
    let once = all.iter().filter(|(_, operation)| is_once(operation)).map(|(id, _)| *id).collect();
    let mut effects = Effects { operations: FxHashMap::default(), reads, once };
    // From "all read" upwards: what calls a write writes itself, until nothing changes.
    effects.operations.extend(all.iter().map(|(id, _)| (*id, Effect::Read)));
    loop {
        let found = all.iter().map(|(id, operation)| (*id, steps_do(&effects, operation)));
        let changed: Vec<(OperationId, Effect)> =
            found.filter(|(id, effect)| effects.operations.get(id) != Some(effect)).collect();
        if changed.is_empty() {
            return effects;
        }
        effects.operations.extend(changed);
    }
}

fn operations(program: &Program) -> impl Iterator<Item = (OperationId, &Operation)> {
    program.services.iter().enumerate().flat_map(|(service, of)| {
        let id = move |at| OperationId { service: ServiceId(service), at };
        of.operations.iter().enumerate().map(move |(at, operation)| (id(at), operation))
    })
}

fn steps_do(effects: &Effects, operation: &Operation) -> Effect {
    let mut most = if emitted(&operation.steps).is_some() { Effect::Write } else { Effect::Read };
    walk::calls(&operation.steps, &mut |call| most = most.max(effects.of(call)));
    most
}

fn is_once(operation: &Operation) -> bool {
    operation.settings.values.get("idempotent").is_some_and(|setting| !is_off(setting))
}

/// The first event that the steps publish.
fn emitted(steps: &[Step]) -> Option<Span> {
    steps.iter().find_map(|step| match &step.kind {
        StepKind::Emit { .. } => Some(step.span),
        StepKind::When { then, otherwise, .. } => emitted(then).or_else(|| emitted(otherwise)),
        StepKind::Together(steps) => emitted(steps),
        StepKind::Let { .. }
        | StepKind::Do(_)
        | StepKind::Require { .. }
        | StepKind::Log { .. }
        | StepKind::Return { .. }
        | StepKind::Fail(_) => None,
    })
}

impl Effects {
    pub fn of(&self, call: &Call) -> Effect {
        let effect = self.without_key(call);
        if self.knows_repeat(call) { effect.min(Effect::Idempotent) } else { effect }
    }

    fn without_key(&self, call: &Call) -> Effect {
        match call.target {
            Target::Backend(BackendId(at)) => {
                let listed = self.reads.get(at).is_some_and(|reads| reads.contains(&call.shape.name));
                match call.shape.method.as_str() {
                    _ if call.shape.safe || listed => Effect::Read,
                    "PUT" | "DELETE" => Effect::Idempotent,
                    _ => Effect::Write,
                }
            }
            Target::Service(id) => self.operations.get(&id).copied().unwrap_or(Effect::Write),
        }
    }

    pub fn is_read(&self, call: &Call) -> bool {
        self.of(call) == Effect::Read
    }

    /// Whether `retry` may apply. A method that may be repeated is not enough: the first try may arrive late, after
    /// what came behind the second, and a DELETE that was done is a 404 the second time.
    pub fn is_retried(&self, call: &Call) -> bool {
        self.is_read(call) || self.is_once(call) || key::possible(call).is_some()
    }

    /// Whether the other side knows a write that is sent again: by a key that it carries, or because it is one of our
    /// own operations that are done once, since those are called with a key by themselves. One that takes a key and
    /// is not done once hands it on, or it knows nothing.
    pub fn knows_repeat(&self, call: &Call) -> bool {
        self.is_once(call) || (key::carried(call).is_some() && self.heeds_keys(call))
    }

    fn heeds_keys(&self, call: &Call) -> bool {
        match call.target {
            Target::Backend(_) => true,
            Target::Service(id) => self.operations.get(&id) != Some(&Effect::Write),
        }
    }

    fn is_once(&self, call: &Call) -> bool {
        match call.target {
            Target::Backend(_) => false,
            Target::Service(id) => self.once.contains(&id),
        }
    }
}

/// Findings about single calls and about writes before steps that can fail.
pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    for service in &program.services {
        service.operations.iter().for_each(|operation| kept_write(cx, effects, operation));
        for flow in walk::flows(service) {
            // An undo that is refused is kept for an operator: there is nobody to handle it for.
            walk::forward_calls(flow.steps, &mut |call| unhandled(cx, call));
            walk::calls(flow.steps, &mut |call| {
                policies(cx, effects, call);
                repeated_undo(cx, program, effects, call);
            });
            undone(cx, effects, flow.steps, None);
        }
    }
}

/// 404, 409, 412 and 422 have a meaning for the business; a call that handles none of those that are declared
/// probably forgot them.
fn unhandled(cx: &mut Context<'_>, call: &Call) {
    let mut declared: Vec<(u16, String, Span)> = Vec::new();
    for failure in &call.shape.failures {
        let (status, shown, span) = match failure {
            Failure::Status { status: Status::Exact(code), span, .. } => (*code, code.to_string(), *span),
            Failure::Status { .. } => continue,
            Failure::Problem { problem, span } => (problem.status, problem.name.to_string(), *span),
        };
        if matches!(status, 404 | 409 | 412 | 422) {
            declared.push((status, shown, span));
        }
    }
    let Some((_, _, first)) = declared.first().cloned() else { return };
    let patterns: Vec<&FailurePattern> =
        call.otherwise.iter().flat_map(|otherwise| &otherwise.arms).flat_map(|arm| &arm.patterns).collect();
    let handled = patterns.iter().any(|pattern| {
        declared.iter().any(|(status, _, _)| covers(pattern, &FailurePattern::Status(*status)))
            || matches!(pattern, FailurePattern::Problem(_))
    });
    if !handled {
        let mut statuses: Vec<String> = declared.iter().map(|(_, shown, _)| shown.clone()).collect();
        statuses.dedup();
        cx.report(findings::unhandled(call.span, &call.shape.name, &statuses, first));
    }
}

/// Policies that repeat a call, or answer without it, are for reads, and for writes that carry a key.
fn policies(cx: &mut Context<'_>, effects: &Effects, call: &Call) {
    if effects.is_read(call) {
        return;
    }
    for (name, needs_key) in [("retry", true), ("hedge", false), ("cache", false)] {
        let Some(setting) = call.settings.values.get(name) else { continue };
        let is_safe = needs_key && effects.knows_repeat(call);
        if !is_off(setting) && !is_safe {
            let (operation, method) = (&call.shape.name, &call.shape.method);
            let key = key::missing(call).filter(|_| needs_key);
            cx.report(setting_findings::repeats_write(
                setting.span,
                (name, operation, method),
                call.shape.span,
                key,
            ));
        }
    }
}

pub fn is_off(setting: &Setting) -> bool {
    matches!(bare(&setting.value).kind, ExprKind::None)
}

/// An answer that is kept stands for steps that are not done: they must have nothing to do but to answer.
fn kept_write(cx: &mut Context<'_>, effects: &Effects, operation: &Operation) {
    let Some(cache) = operation.settings.values.get("cache") else { return };
    if is_off(cache) {
        return;
    }
    let mut writes = None;
    walk::calls(&operation.steps, &mut |call| {
        if writes.is_none() && !effects.is_read(call) {
            writes = Some(call.span);
        }
    });
    let writes = writes.or_else(|| emitted(&operation.steps));
    if let Some(writes) = writes {
        cx.report(setting_findings::kept_write(cache.span, &operation.name, writes));
    }
}

/// An undo is tried until it is done, so it must not matter that it is done twice; and it has to do something.
fn repeated_undo(cx: &mut Context<'_>, program: &Program, effects: &Effects, call: &Call) {
    let Some(undo) = &call.undo else { return };
    match effects.of(undo) {
        Effect::Read if calls_something(program, undo) => {
            cx.report(findings::undo_reads(undo.span, &undo.shape.name, undo.shape.span));
        }
        Effect::Read => {}
        Effect::Idempotent => {
            let needs_key = match undo.target {
                Target::Backend(_) => effects.without_key(undo) == Effect::Write,
                Target::Service(_) => true,
            };
            let key = key::carried(undo).filter(|key| needs_key && key::changes(program, key));
            if let Some(key) = key {
                cx.report(findings::undo_with_new_keys(undo.span, &undo.shape.name, key.span));
            }
        }
        Effect::Write => {
            let (declared, method) = writing(program, effects, undo);
            let key = key::missing(undo);
            cx.report(findings::repeated_undo(undo.span, &undo.shape.name, (declared, &method), key));
        }
    }
}

/// One of our own operations that calls nothing yet is still to be written.
fn calls_something(program: &Program, call: &Call) -> bool {
    let Target::Service(id) = call.target else { return true };
    let mut calls = false;
    let steps = program.operation(id).map(|operation| operation.steps.as_slice()).unwrap_or_default();
    walk::calls(steps, &mut |_| calls = true);
    calls
}

/// The declaration that makes a call a write, through our own services.
fn writing(program: &Program, effects: &Effects, call: &Call) -> (Span, SmolStr) {
    let mut at = call;
    // As many steps down as there are operations: a circle ends.
    for _ in 0..effects.operations.len() {
        let Target::Service(id) = at.target else { break };
        let mut inner: Option<&Call> = None;
        let steps = program.operation(id).map(|operation| operation.steps.as_slice()).unwrap_or_default();
        walk::calls(steps, &mut |call| {
            inner = inner.or((effects.of(call) == Effect::Write).then_some(call));
        });
        let Some(next) = inner else { break };
        at = next;
    }
    (at.shape.span, at.shape.method.clone())
}

/// Goes through the steps from the last to the first: `failing` is the next step below that can fail.
fn undone(
    cx: &mut Context<'_>,
    effects: &Effects,
    steps: &[Step],
    mut failing: Option<Span>,
) -> Option<Span> {
    for step in steps.iter().rev() {
        match &step.kind {
            StepKind::Let { value, .. }
            | StepKind::Do(value)
            | StepKind::Return { value: Some(value), .. } => {
                if let Some(call) = walk::call_of(value) {
                    // Of several, one can fail when others are done.
                    let sibling = matches!(value, Value::Fan(_)).then_some(step.span);
                    lasting(cx, effects, call, failing.or(sibling.filter(|_| can_fail(value))));
                }
                failing = if can_fail(value) { Some(step.span) } else { failing };
            }
            StepKind::Together(members) => failing = undone_together(cx, effects, members, failing),
            StepKind::When { condition, then, otherwise, .. } => {
                let first =
                    undone(cx, effects, then, failing.filter(|_| !then.last().is_some_and(always_ends)));
                let second = undone(
                    cx,
                    effects,
                    otherwise,
                    failing.filter(|_| !otherwise.last().is_some_and(always_ends)),
                );
                failing = can_fail_itself(condition).or(first).or(second).or(failing);
            }
            StepKind::Require { .. } | StepKind::Fail(_) => failing = Some(step.span),
            StepKind::Emit { record, .. } => failing = can_fail_itself(record).or(failing),
            StepKind::Log { message, fields, .. } => {
                let found = fields.as_ref().and_then(can_fail_itself);
                failing = can_fail_itself(message).or(found).or(failing);
            }
            StepKind::Return { value: None, .. } => {}
        }
    }
    failing
}

/// Members of one `together` do not wait for each other: one can fail when another is done.
fn undone_together(
    cx: &mut Context<'_>,
    effects: &Effects,
    members: &[Step],
    below: Option<Span>,
) -> Option<Span> {
    let value = |step: &'_ Step| match &step.kind {
        StepKind::Let { value, .. } | StepKind::Do(value) => can_fail(value),
        _ => false,
    };
    let failing: Vec<bool> = members.iter().map(value).collect();
    for (at, member) in members.iter().enumerate() {
        let other =
            members.iter().zip(&failing).enumerate().find(|(other, (_, fails))| *other != at && **fails);
        let sibling = other.map(|(_, (step, _))| step.span);
        if let StepKind::Let { value, .. } | StepKind::Do(value) = &member.kind
            && let Some(call) = walk::call_of(value)
        {
            lasting(cx, effects, call, sibling.or(below));
        }
    }
    members.iter().zip(&failing).find(|(_, fails)| **fails).map(|(step, _)| step.span).or(below)
}

/// A write whose effect stays although the operation fails.
fn lasting(cx: &mut Context<'_>, effects: &Effects, call: &Call, failing: Option<Span>) {
    if let Some(failing) = failing
        && call.undo.is_none()
        && !call.is_final
        && !effects.is_read(call)
    {
        cx.report(findings::no_undo(call.span, &call.shape.name, failing));
    }
}

/// Whether the value of a step can fail: by a conversion, or by a call.
pub fn can_fail(value: &Value) -> bool {
    match value {
        Value::Plain(expr) => expr.fails,
        Value::Call(call) => call_fails(call),
        Value::Fan(fan) => {
            let condition = fan.condition.as_ref().is_some_and(|condition| condition.fails);
            fan.list.fails || condition || call_fails(&fan.call)
        }
    }
}

/// A call can fail unless every failure of it has a value to go on with; and so can what it is made of.
fn call_fails(call: &Call) -> bool {
    let arms = || call.otherwise.iter().flat_map(|otherwise| &otherwise.arms);
    let of_arm = |body: &ArmBody| match body {
        ArmBody::Value(value) => value.fails,
        ArmBody::Fail(_) => true,
    };
    let goes_on = arms()
        .any(|arm| arm.patterns.contains(&FailurePattern::Any) && matches!(arm.body, ArmBody::Value(_)));
    !goes_on || arms().any(|arm| of_arm(&arm.body)) || call.args.iter().any(|arg| arg.value.fails)
}

/// The place of an expression that can fail.
fn can_fail_itself(expr: &Expr) -> Option<Span> {
    expr.fails.then_some(expr.span)
}
