//! Idempotency keys of calls: which argument is one, and which of them do not what a key is for.

use super::context::Context;
use super::effect::Effects;
use super::security::{bare, written};
use super::typed::{
    Call, Expr, ExprKind, LocalId, Operation, OperationParam, ParamPlace, Program, Step, StepKind, Target,
    Value,
};
use super::walk;
use crate::diagnostic::steps as findings;
use crate::source::Span;

/// The functions of std that give something new each time.
pub const CHANGING: [&str; 3] = ["now", "today", "uuid"];

/// Whether a parameter is a key: a header that says so by its name.
pub fn is_key(param: &OperationParam) -> bool {
    let is_one = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "").contains("idempot");
    param.place == ParamPlace::Header && (is_one(&param.name) || is_one(&param.wire))
}

/// The key that a call carries, if that is never absent: without one, a repeat is another write.
pub fn carried(call: &Call) -> Option<&Expr> {
    possible(call).filter(|key| !key.ty.is_optional())
}

/// The key that a call carries when there is one.
pub fn possible(call: &Call) -> Option<&Expr> {
    let keys = call.args.iter().filter(|argument| is_key(&call.shape.params[argument.param]));
    keys.map(|key| bare(&key.value)).find(|key| !matches!(key.kind, ExprKind::None))
}

/// The place of a key that may be absent.
pub fn missing(call: &Call) -> Option<Span> {
    possible(call).filter(|key| key.ty.is_optional()).map(|key| key.span)
}

/// Whether an expression is another one each time that it is worked out.
pub fn changes(program: &Program, key: &Expr) -> bool {
    changes_within(program, key, &mut Vec::new())
}

fn changes_within(program: &Program, expr: &Expr, seen: &mut Vec<Span>) -> bool {
    let mut called = Vec::new();
    walk::expressions(expr, &mut |inner| {
        if let ExprKind::Call { function, .. } = &inner.kind {
            called.push(function);
        }
    });
    called.into_iter().any(|function| {
        if function.std {
            return CHANGING.contains(&function.name.as_str());
        }
        if seen.contains(&function.span) {
            return false;
        }
        seen.push(function.span);
        let own = program.functions.iter().find(|own| own.signature.span == function.span);
        own.is_some_and(|own| changes_within(program, &own.body, seen))
    })
}

/// Findings about keys that are the same for writes that are not the same.
pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    for service in &program.services {
        for flow in walk::flows(service) {
            walk::calls(flow.steps, &mut |call| constant(cx, effects, call));
        }
        service.operations.iter().for_each(|operation| replayed(cx, program, operation));
    }
}

fn constant(cx: &mut Context<'_>, effects: &Effects, call: &Call) {
    if let Some(key) = possible(call).filter(|key| written(key).is_some() && !effects.is_read(call)) {
        cx.report(findings::constant_key_of_call(key.span, &call.shape.name));
    }
}

/// A write that was taken back has to be another one when it is done again, and its key says that it is the same.
fn replayed(cx: &mut Context<'_>, program: &Program, operation: &Operation) {
    let mut undone = Vec::new();
    walk::forward_calls(&operation.steps, &mut |call| {
        let Target::Backend(_) = call.target else { return };
        let key = possible(call).filter(|key| written(key).is_none());
        undone.extend(call.undo.as_ref().zip(key).map(|(undo, key)| (call, undo, key)));
    });
    // Few operations have one, and all of their steps would be looked through for it.
    if undone.is_empty() {
        return;
    }
    let mut told = operation.params.clone();
    add_told(program, &operation.steps, &mut told);
    for (call, undo, key) in undone {
        if is_told(program, key, &told) {
            cx.report(findings::replayed(key.span, &call.shape.name, undo.span));
        }
    }
}

/// Adds the names that stand for nothing but what the request says.
fn add_told(program: &Program, steps: &[Step], told: &mut Vec<LocalId>) {
    for step in steps {
        match &step.kind {
            StepKind::Let { local, value: Value::Plain(value) } if is_told(program, value, told) => {
                told.push(*local);
            }
            StepKind::When { then, otherwise, .. } => {
                add_told(program, then, told);
                add_told(program, otherwise, told);
            }
            StepKind::Together(members) => add_told(program, members, told),
            StepKind::Let { .. }
            | StepKind::Do(_)
            | StepKind::Require { .. }
            | StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { .. }
            | StepKind::Fail(_) => {}
        }
    }
}

/// Whether an expression is made of the request alone, so that it is the same when the request comes again.
fn is_told(program: &Program, expr: &Expr, told: &[LocalId]) -> bool {
    let mut is_told = !changes(program, expr);
    walk::locals(expr, &mut |local| is_told &= told.contains(&local));
    is_told
}
