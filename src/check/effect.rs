//! Reads and writes. What only reads may be repeated, may overlap and needs no undo; what writes must say how
//! it is taken back when a later step fails.

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::Context;
use super::failure::covers;
use super::security::bare;
use super::typed::{
    ArmBody, Call, ExprKind, Failure, FailurePattern, Operation, OperationId, OperationParam, ParamPlace,
    Program, Setting, Step, StepKind, Target, Value,
};
use super::walk;
use crate::contract::model::Status;
use crate::diagnostic::{settings as setting_findings, steps as findings};
use crate::source::Span;

/// Which of our own operations only read, worked out once for the whole program.
pub struct Effects {
    reads: FxHashMap<OperationId, bool>,
    /// Those that are done once, however often they are called.
    once: FxHashSet<OperationId>,
}

/// A call of one of our services is a read when all steps of that operation are.
pub fn effects(cx: &Context<'_>, program: &Program) -> Effects {
    let all: Vec<OperationId> = operations(program).collect();
    let once = all.iter().copied().filter(|id| is_once(program, *id)).collect();
    let mut effects = Effects { reads: FxHashMap::default(), once };
    // From "all read" downwards: what calls a write writes itself, until nothing changes.
    effects.reads.extend(all.iter().map(|id| (*id, true)));
    loop {
        let changed: Vec<OperationId> = all
            .iter()
            .copied()
            .filter(|id| effects.reads.get(id) == Some(&true) && !steps_read(cx, program, &effects, *id))
            .collect();
        if changed.is_empty() {
            return effects;
        }
        effects.reads.extend(changed.into_iter().map(|id| (id, false)));
    }
}

fn operations(program: &Program) -> impl Iterator<Item = OperationId> {
    program.services.iter().enumerate().flat_map(|(service, of)| {
        (0..of.operations.len()).map(move |at| OperationId { service: super::typed::ServiceId(service), at })
    })
}

fn steps_read(cx: &Context<'_>, program: &Program, effects: &Effects, id: OperationId) -> bool {
    let Some(operation) = program.operation(id) else { return false };
    let mut reads = emitted(&operation.steps).is_none();
    walk::calls(&operation.steps, &mut |call| reads &= effects.is_read(cx, call));
    reads
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
    pub fn is_read(&self, cx: &Context<'_>, call: &Call) -> bool {
        match call.target {
            Target::Backend(id) => call.shape.safe || cx.backends[id.0].reads.contains(&call.shape.name),
            Target::Service(id) => self.reads.get(&id).copied().unwrap_or(call.shape.safe),
        }
    }
}

impl Effects {
    /// Whether the other side knows a write that is sent again: by a key that it carries, or because it is one of our
    /// own operations that are done once.
    pub fn knows_repeat(&self, call: &Call) -> bool {
        let is_once = match call.target {
            Target::Backend(_) => false,
            Target::Service(id) => self.once.contains(&id),
        };
        is_once || call.args.iter().any(|argument| is_key(&call.shape.params[argument.param]))
    }
}

fn is_once(program: &Program, id: OperationId) -> bool {
    let setting = program.operation(id).and_then(|operation| operation.settings.values.get("idempotent"));
    setting.is_some_and(|setting| !matches!(setting.value.kind, super::typed::ExprKind::None))
}

/// Whether a parameter is such a key: a header that says so by its name.
pub fn is_key(param: &OperationParam) -> bool {
    let says_so = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "").contains("idempot");
    param.place == ParamPlace::Header && (says_so(&param.name) || says_so(&param.wire))
}

/// Findings about single calls and about writes before steps that can fail.
pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    for service in &program.services {
        service.operations.iter().for_each(|operation| kept_write(cx, effects, operation));
        for flow in walk::flows(service) {
            walk::calls(flow.steps, &mut |call| {
                unhandled(cx, call);
                policies(cx, effects, call);
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
    if effects.is_read(cx, call) {
        return;
    }
    for (name, needs_key) in [("retry", true), ("hedge", false), ("cache", false)] {
        let Some(setting) = call.settings.values.get(name) else { continue };
        let is_safe = needs_key && effects.knows_repeat(call);
        if !is_off(setting) && !is_safe {
            let (operation, method) = (&call.shape.name, &call.shape.method);
            cx.report(setting_findings::repeats_write(
                setting.span,
                name,
                operation,
                method,
                call.shape.span,
            ));
        }
    }
}

fn is_off(setting: &Setting) -> bool {
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
        if writes.is_none() && !effects.is_read(cx, call) {
            writes = Some(call.span);
        }
    });
    let writes = writes.or_else(|| emitted(&operation.steps));
    if let Some(writes) = writes {
        cx.report(setting_findings::kept_write(cache.span, &operation.name, writes));
    }
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
                    lasting(cx, effects, call, failing);
                }
                failing = if can_fail(value) { Some(step.span) } else { failing };
            }
            StepKind::Together(inner) => {
                for (at, member) in inner.iter().enumerate() {
                    let sibling =
                        inner.iter().enumerate().find(|(other, _)| *other != at).map(|(_, step)| step.span);
                    if let StepKind::Let { value, .. } | StepKind::Do(value) = &member.kind
                        && let Some(call) = walk::call_of(value)
                    {
                        lasting(cx, effects, call, sibling.or(failing));
                    }
                }
                failing = Some(step.span);
            }
            StepKind::When { then, otherwise, .. } => {
                let first = undone(cx, effects, then, failing);
                let second = undone(cx, effects, otherwise, failing);
                failing = first.or(second);
            }
            StepKind::Require { .. } | StepKind::Fail(_) => failing = Some(step.span),
            StepKind::Emit { .. } | StepKind::Log { .. } | StepKind::Return { value: None, .. } => {}
        }
    }
    failing
}

/// A write whose effect stays although the operation fails.
fn lasting(cx: &mut Context<'_>, effects: &Effects, call: &Call, failing: Option<Span>) {
    if let Some(failing) = failing
        && call.undo.is_none()
        && !call.is_final
        && !effects.is_read(cx, call)
    {
        cx.report(findings::no_undo(call.span, &call.shape.name, failing));
    }
}

/// Any call can, unless every failure of it has a value to go on with.
fn can_fail(value: &Value) -> bool {
    // A conversion fails when an answer is not what its contract says: that cannot be planned for.
    let Some(call) = walk::call_of(value) else { return false };
    !call
        .otherwise
        .iter()
        .flat_map(|otherwise| &otherwise.arms)
        .any(|arm| arm.patterns.contains(&FailurePattern::Any) && matches!(arm.body, ArmBody::Value(_)))
}
