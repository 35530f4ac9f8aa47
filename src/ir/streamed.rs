//! Operations whose answer is a list that goes through element by element: which they are. This is the one place that says
//! so; docs/steps.md says it to authors.
//!
//! An element that has gone out cannot be taken back, and one that is gone cannot be read again. So everything that needs
//! the list in whole, or has to know that all of it is good, keeps an operation from it. What is left are reads that end
//! in nothing but a list, of which each element is made of one that a backend has answered.

use rustc_hash::FxHashSet;

use super::model::{
    Arm, ArmBody, Backend, BackendOperation, Call, Condition, Expr, ExprKind, FailurePattern, LocalId,
    MediaKind, Operation, Own, Program, Status, Step, StepKind, Target, Test, Value,
};
use super::ty::{ListType, Type};
use super::{Slice, visit};

/// What such an operation does.
pub struct Streamed<'p> {
    /// The steps in front of the call.
    pub before: &'p [Step],
    pub target: Target,
    /// Where it stands, too.
    pub call: (&'p Step, &'p Call),
    pub list: LocalId,
    pub end: &'p Step,
    pub stages: Vec<Stage<'p>>,
}

/// What is done with each element.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'p> {
    Keep { binding: LocalId, tests: &'p Condition },
    Make { binding: LocalId, body: &'p Expr },
    Convert { have: &'p Type, want: &'p Type },
}

/// What is streamed of an operation, if anything is.
pub fn streamed<'p>(
    program: &'p Program,
    slice: &Slice,
    (service, at): (usize, usize),
) -> Option<Streamed<'p>> {
    let operation = program.services.get(service)?.operations.get(at)?;
    // Another service of the same executable gets a value, and its own answer has not begun when it gets it.
    let is_called = slice.local.get(&service).is_some_and(|called| called.contains(&at));
    if is_called || !may_go_out_in_parts(operation) {
        return None;
    }
    let [before @ .., bound, end] = operation.steps.as_slice() else { return None };
    let StepKind::Let { local, value: Value::Call(call) } = &bound.kind else { return None };
    let StepKind::Return { value: Some(value), .. } = &end.kind else { return None };
    // What is returned before is a list in whole.
    if before.iter().any(returns) || !may_come_in_parts(program, call) {
        return None;
    }
    let stages = stages(operation, value, *local)?;
    if takes_along_twice(program, operation, &stages) {
        return None;
    }
    Some(Streamed { before, target: call.target, call: (bound, call), list: *local, end, stages })
}

fn returns(step: &Step) -> bool {
    match &step.kind {
        StepKind::Return { .. } => true,
        StepKind::When { then, otherwise, .. } => then.iter().chain(otherwise).any(returns),
        StepKind::Let { .. }
        | StepKind::Do(_)
        | StepKind::Overlap(_)
        | StepKind::Require { .. }
        | StepKind::Together(_)
        | StepKind::Log { .. }
        | StepKind::Fail(_) => false,
    }
}

/// A cache, and the answer of what is done once, are kept in whole. A bound on the list is known to hold at its end.
fn may_go_out_in_parts(operation: &Operation) -> bool {
    let settings = &operation.settings;
    operation.method == "GET"
        && !operation.writes
        && settings.cache.is_none()
        && settings.idempotent.is_none()
        && operation.outcomes.len() == 1
        && list_item(&operation.result).is_some()
}

fn may_come_in_parts(program: &Program, call: &Call) -> bool {
    let Some((backend, operation)) = called(program, call.target) else { return false };
    let is_kept = match &call.settings.cache {
        Own::Outer => backend.cache.is_some(),
        Own::Off => false,
        Own::This(_) => true,
    };
    // The place of a call under a limit is free again when its first part is there, which is too early.
    let is_counted = backend.limit.as_ref().is_some_and(|limit| limit.at_once.is_some());
    operation.reads
        && call.undo.is_none()
        && !is_kept
        && !is_counted
        && call.gives.looks_like(&call.ty)
        && list_answer(operation).is_some()
        && call.arms.iter().all(is_before_the_list)
}

/// An arm that takes care of an answer which breaks off, or turns out to be wrong, needs to know it in time. What an arm
/// gives instead is a list in whole.
fn is_before_the_list(arm: &Arm) -> bool {
    let is_known_at_once = |pattern: &FailurePattern| match pattern {
        FailurePattern::Status(_)
        | FailurePattern::Class(_)
        | FailurePattern::Problem(_)
        | FailurePattern::Rejected => true,
        FailurePattern::Timeout
        | FailurePattern::Unreachable
        | FailurePattern::Malformed
        | FailurePattern::Any => false,
    };
    matches!(arm.body, ArmBody::Fail(_)) && arm.patterns.iter().all(is_known_at_once)
}

fn called(program: &Program, target: Target) -> Option<(&Backend, &BackendOperation)> {
    let Target::Backend { backend, operation } = target else { return None };
    let backend = program.backends.get(backend)?;
    Some((backend, backend.operations.get(operation)?))
}

/// The status and the elements of the only good answer, if that is a list and nothing else.
pub fn list_answer(operation: &BackendOperation) -> Option<(u16, &Type)> {
    let [answer] = operation.answers.as_slice() else { return None };
    let (Status::Exact(status), Some(MediaKind::Json)) = (answer.status, answer.kind) else { return None };
    let is_result = answer.ty.looks_like(&operation.result);
    list_item(&answer.ty).filter(|_| is_result).map(|item| (status, item))
}

/// The elements of a list that may have any number of them.
pub fn list_item(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(list) => match &**list {
            ListType { item, min: None, max: None } => Some(item),
            _ => None,
        },
        _ => None,
    }
}

/// From the list to what is answered: each element by itself, of nothing but it and the parameters of the operation.
fn stages<'p>(operation: &Operation, value: &'p Expr, list: LocalId) -> Option<Vec<Stage<'p>>> {
    match &value.kind {
        ExprKind::Local(local) => (*local == list).then(Vec::new),
        ExprKind::Convert(inner) => {
            let mut stages = stages(operation, inner, list)?;
            let (have, want) = (list_item(&inner.ty)?, list_item(&value.ty)?);
            stages.push(Stage::Convert { have, want });
            Some(stages)
        }
        ExprKind::For { binding, list: inner, condition, body } => {
            let mut stages = stages(operation, inner, list)?;
            let of_it = |expr: &Expr| is_made_of_it(operation, *binding, expr);
            if let Some(tests) = condition {
                let is_plain =
                    |test: &Test| matches!(test, Test::Holds(expr) if !expr.fallible && of_it(expr));
                tests.iter().all(is_plain).then_some(())?;
                stages.push(Stage::Keep { binding: *binding, tests });
            }
            of_it(body).then_some(())?;
            stages.push(Stage::Make { binding: *binding, body });
            Some(stages)
        }
        ExprKind::Std { name, args } if name == "list.map" => {
            let [inner, Expr { kind: ExprKind::Lambda { params, body }, .. }] = args.as_slice() else {
                return None;
            };
            let [binding] = params.as_slice() else { return None };
            let mut stages = stages(operation, inner, list)?;
            (!body.fallible && is_made_of_it(operation, *binding, body)).then_some(())?;
            stages.push(Stage::Make { binding: *binding, body });
            Some(stages)
        }
        _ => None,
    }
}

/// What is made of an element runs when the steps are over: all that it reads goes along with it.
fn is_made_of_it(operation: &Operation, binding: LocalId, expr: &Expr) -> bool {
    let mut own: FxHashSet<LocalId> = operation.params.iter().map(|param| param.local).collect();
    own.insert(binding);
    let mut is_own = true;
    visit::every(expr, &mut |inner| visit::bound_in(inner, &mut own));
    visit::every(expr, &mut |inner| match &inner.kind {
        ExprKind::Local(local) => is_own &= own.contains(local),
        ExprKind::Config(_) => is_own = false,
        _ => {}
    });
    is_own
}

/// What goes along with one stage is not there for another one, unless copying it costs nothing.
fn takes_along_twice(program: &Program, operation: &Operation, stages: &[Stage<'_>]) -> bool {
    let read_by = |stage: &Stage<'_>, wanted: LocalId| {
        let mut reads = false;
        each_part(stage, &mut |expr| visit::locals(expr, &mut |local| reads |= local == wanted));
        reads
    };
    operation
        .params
        .iter()
        .filter(|param| !param.ty.is_copy(&program.types))
        .any(|param| stages.iter().filter(|stage| read_by(stage, param.local)).count() > 1)
}

pub fn each_part<'p>(stage: &Stage<'p>, each: &mut dyn FnMut(&'p Expr)) {
    match stage {
        Stage::Keep { tests, .. } => visit::condition_parts(tests, each),
        Stage::Make { body, .. } => each(body),
        Stage::Convert { .. } => {}
    }
}
