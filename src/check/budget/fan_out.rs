//! How many calls a fan-out makes: in all, and at the same time. A long list must not run over the backend behind it.

use rustc_hash::FxHashSet;

use super::super::context::Context;
use super::super::effect::Effects;
use super::super::ty::Type;
use super::super::typed::{BackendId, Call, Fan, OperationId, Program, Target, Value};
use super::super::walk;
use super::DEEPEST;
use super::policy;
use crate::diagnostic::settings as findings;

/// How many reads are in flight where the author says nothing. Writes keep their order, one by one.
const READS_AT_ONCE: u64 = 16;

/// How many calls are in flight at the same time.
pub fn at_once(effects: &Effects, fan: &Fan) -> u64 {
    match fan.at_most {
        Some(at_most) => u64::from(at_most.max(1)),
        None if effects.is_read(&fan.call) => READS_AT_ONCE,
        None => 1,
    }
}

/// How many calls there are at most, if that is known.
pub fn longest(fan: &Fan) -> Option<u64> {
    match &fan.list.ty {
        Type::List(list) => list.max,
        _ => None,
    }
}

/// How often a call is made, one after the other; a list of unknown length counts as one round.
pub fn rounds(effects: &Effects, value: &Value) -> u64 {
    match value {
        Value::Fan(fan) => longest(fan).map_or(1, |longest| longest.div_ceil(at_once(effects, fan)).max(1)),
        Value::Plain(_) | Value::Call(_) => 1,
    }
}

pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    for flow in program.services.iter().flat_map(walk::flows) {
        walk::values(flow.steps, &mut |value| {
            if let Value::Fan(fan) = value {
                bounded(cx, program, effects, fan);
                together(cx, program, effects, fan);
            }
        });
    }
}

/// Calls of any number run into the limit of the backend behind them.
fn bounded(cx: &mut Context<'_>, program: &Program, effects: &Effects, fan: &Fan) {
    if fan.at_most.is_some() || longest(fan).is_some() {
        return;
    }
    let limit = |backend| policy::of_backend(program, backend, "limit").map(|limit| limit.span);
    if let Some(limit) = behind(program, &fan.call, &limit, &mut FxHashSet::default()) {
        let at_once = at_once(effects, fan);
        cx.report(findings::unbounded_fan_out(fan.span, &fan.call.shape.name, at_once, limit));
    }
}

/// More calls at the same time than the backend takes, where none of them waits.
fn together(cx: &mut Context<'_>, program: &Program, effects: &Effects, fan: &Fan) {
    let at_once = at_once(effects, fan).min(longest(fan).unwrap_or(u64::MAX));
    let limit =
        |backend| policy::at_once_without_wait(program, backend).filter(|(takes, _)| at_once > *takes);
    if let Some((takes, limit)) = behind(program, &fan.call, &limit, &mut FxHashSet::default()) {
        cx.report(findings::too_many_at_once(fan.span, &fan.call.shape.name, (at_once, takes), limit));
    }
}

/// What is found of a backend that a call ends at, through our own services.
fn behind<T>(
    program: &Program,
    call: &Call,
    find: &dyn Fn(BackendId) -> Option<T>,
    seen: &mut FxHashSet<OperationId>,
) -> Option<T> {
    let id = match call.target {
        Target::Backend(backend) => return find(backend),
        Target::Service(id) => id,
    };
    if !seen.insert(id) || seen.len() > DEEPEST {
        return None;
    }
    let mut inner: Vec<&Call> = Vec::new();
    walk::forward_calls(&program.operation(id)?.steps, &mut |call| inner.push(call));
    inner.into_iter().find_map(|call| behind(program, call, find, seen))
}
