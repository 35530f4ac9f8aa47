//! Steps: reads that may overlap are put together, and what a condition tells of a value holds for the steps that
//! stand behind it.

use super::Lowering;
use super::call;
use super::coerce::coerce;
use super::expr::{Body, local_id, lower, plain};
use crate::check::typed::{self, StepKind as Typed};
use crate::ir::model::{Condition, Expr, ExprKind, Fan, Joined, Step, StepKind, Value};
use crate::ir::ty::Type;
use crate::ir::visit;

/// What an operation answers: the statuses, and the type of each.
pub struct Outcomes<'o> {
    pub all: &'o [(u16, Type)],
    /// What all good answers are to a caller.
    pub result: Type,
}

impl Outcomes<'_> {
    fn of(&self, status: Option<u16>) -> (u16, Type) {
        let found = match status {
            Some(status) => self.all.iter().find(|(declared, _)| *declared == status),
            None => self.all.first(),
        };
        found.cloned().unwrap_or((status.unwrap_or(204), Type::Unit))
    }
}

/// Lowers a block. What its conditions tell is known to the end of it.
pub fn steps(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    typed: &[typed::Step],
    outcomes: &Outcomes<'_>,
) -> Vec<Step> {
    chained(cx, body, &[typed], outcomes)
}

/// Lowers blocks that stand one behind the other. Each waits for the one before.
fn chained(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    blocks: &[&[typed::Step]],
    outcomes: &Outcomes<'_>,
) -> Vec<Step> {
    let Some((typed, behind)) = blocks.split_first() else { return Vec::new() };
    let mut lowered = Vec::new();
    for (at, step) in typed.iter().enumerate() {
        if let Typed::When { condition, then, otherwise, joined } = &step.kind {
            let mut rest: Vec<&[typed::Step]> = vec![typed.get(at + 1..).unwrap_or_default()];
            rest.extend(behind);
            rest.retain(|block| !block.is_empty());
            let when = When { condition, then, otherwise, joined };
            let (step, took_rest) = self::when(cx, body, step, &when, &rest, outcomes);
            lowered.push(step);
            if took_rest {
                return overlapped(lowered);
            }
            continue;
        }
        self::step(cx, body, step, outcomes, &mut lowered);
    }
    let mut lowered = overlapped(lowered);
    lowered.extend(chained(cx, body, behind, outcomes));
    lowered
}

fn step(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    step: &typed::Step,
    outcomes: &Outcomes<'_>,
    lowered: &mut Vec<Step>,
) {
    let place = cx.place(step.span);
    let kind = match &step.kind {
        Typed::Let { local, value } => {
            let local = local_id(*local);
            let value = self::value(cx, body, value, None);
            // What a name is bound to says what it is, down to how the contract writes it.
            if let (Some(known), Some(ty)) = (body.locals.get_mut(local.0), value_type(&value)) {
                known.ty = ty;
            }
            if from_answer(&value) {
                body.answers.insert(local);
            }
            StepKind::Let { local, value }
        }
        Typed::Do(value) => StepKind::Do(self::value(cx, body, value, None)),
        Typed::Require { condition, otherwise } => {
            // The problem is worked out where the condition does not hold: it knows nothing of it.
            let otherwise = call::fail(cx, body, otherwise);
            StepKind::Require { condition: super::condition::condition(cx, body, condition), otherwise }
        }
        Typed::Together(steps) => {
            let mut members = Vec::new();
            steps.iter().for_each(|step| self::step(cx, body, step, outcomes, &mut members));
            StepKind::Together(members)
        }
        Typed::Log { level, message, fields } => StepKind::Log {
            level: level.to_string(),
            message: lower(cx, body, message, Some(&Type::text())),
            fields: log_fields(cx, body, fields.as_ref()),
        },
        Typed::Return { status, value } => {
            return returned(cx, body, (*status, value.as_ref()), step, outcomes, lowered);
        }
        Typed::Fail(fail) => StepKind::Fail(call::fail(cx, body, fail)),
        Typed::Emit { .. } => return cx.refuse(step.span, "`emit`"),
        // Told apart by the caller.
        Typed::When { .. } => return,
    };
    lowered.push(Step { kind, place });
}

fn value_type(value: &Value) -> Option<Type> {
    match value {
        Value::Plain(expr) => (!matches!(expr.ty, Type::Unit | Type::Never)).then(|| expr.ty.clone()),
        Value::Call(call) => Some(call.ty.clone()),
        Value::Fan(fan) => Some(fan.ty.clone()),
    }
}

fn from_answer(value: &Value) -> bool {
    match value {
        Value::Plain(expr) => expr.from_answer,
        Value::Call(_) | Value::Fan(_) => true,
    }
}

pub fn value(cx: &mut Lowering<'_, '_>, body: &mut Body, typed: &typed::Value, want: Option<&Type>) -> Value {
    match typed {
        typed::Value::Plain(expr) => Value::Plain(lower(cx, body, expr, want)),
        typed::Value::Call(call) => Value::Call(Box::new(call::call(cx, body, call))),
        typed::Value::Fan(fan) => {
            let list = lower(cx, body, &fan.list, None);
            let binding = local_id(fan.binding);
            body.inherits(binding, &list);
            let mark = body.known.len();
            let condition =
                fan.condition.as_ref().map(|condition| super::condition::condition(cx, body, condition));
            let call = call::call(cx, body, &fan.call);
            body.known.truncate(mark);
            let ty = Type::list(call.ty.clone());
            let at_once = crate::check::budget::at_once(&cx.effects, fan);
            Value::Fan(Box::new(Fan { binding, list, condition, at_once, call, ty }))
        }
    }
}

fn log_fields(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    fields: Option<&typed::Expr>,
) -> Vec<(String, Expr)> {
    let Some(fields) = fields else { return Vec::new() };
    let ty = cx.ty(&fields.ty);
    let value = lower(cx, body, fields, None);
    match (value.kind, &ty) {
        (ExprKind::Record { fields, .. }, Type::Named(id)) => match cx.out.types.get(id.0) {
            Some(crate::ir::ty::TypeDef::Record(record)) => {
                record.fields.iter().map(|field| field.name.clone()).zip(fields).collect()
            }
            _ => Vec::new(),
        },
        (kind, _) => vec![("value".to_owned(), Expr { kind, ..value })],
    }
}

/// What is returned gets a name where it is a call, so that it may overlap with the reads above it.
fn returned(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    (status, value): (Option<u16>, Option<&typed::Value>),
    step: &typed::Step,
    outcomes: &Outcomes<'_>,
    lowered: &mut Vec<Step>,
) {
    let place = cx.place(step.span);
    let (status, want) = outcomes.of(status);
    let several = outcomes.all.len() > 1;
    let value = match value {
        None if want.is_optional() && want != Type::Unit => Some(plain(ExprKind::None, want.clone())),
        None => None,
        Some(typed::Value::Plain(expr)) => {
            let value = lower(cx, body, expr, Some(&want));
            if want == Type::Unit { None } else { Some(value) }
        }
        Some(value) => {
            let value = self::value(cx, body, value, Some(&want));
            let ty = value_type(&value).unwrap_or(Type::Unit);
            if ty == Type::Unit {
                lowered.push(Step { kind: StepKind::Do(value), place: place.clone() });
                None
            } else {
                let local = body.new_local("answer", ty);
                body.answers.insert(local);
                lowered.push(Step { kind: StepKind::Let { local, value }, place: place.clone() });
                Some(coerce(cx, body, body.local(local), &want))
            }
        }
    };
    let value = match value {
        Some(value) if several => Some(coerce(cx, body, value, &outcomes.result)),
        None if several && outcomes.result != Type::Unit => {
            Some(plain(ExprKind::None, outcomes.result.clone()))
        }
        value => value,
    };
    lowered.push(Step { kind: StepKind::Return { status, value }, place });
}

// ---- branches -----------------------------------------------------------------------------------

struct When<'w> {
    condition: &'w typed::Expr,
    then: &'w [typed::Step],
    otherwise: &'w [typed::Step],
    joined: &'w [typed::Joined],
}

/// A branch. Where one arm ends the operation, and the other one gives a name to something (it binds it, or its
/// condition says that it is there), the steps behind the branch move into that other arm, where the name is known.
fn when(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    step: &typed::Step,
    when: &When<'_>,
    rest: &[&[typed::Step]],
    outcomes: &Outcomes<'_>,
) -> (Step, bool) {
    let place = cx.place(step.span);
    let turned = super::condition::tells_when_false(when.condition);
    let tells = turned || super::condition::tells_when_true(when.condition);
    let mark = body.known.len();
    let (condition, first, second): (Condition, _, _) = match turned {
        true => (super::condition::negation(cx, body, when.condition), when.otherwise, when.then),
        false => (super::condition::condition(cx, body, when.condition), when.then, when.otherwise),
    };
    let goes_on = |arm: &[typed::Step], other: &[typed::Step], names: bool| {
        names && ends(other) && !ends(arm) && !rest.is_empty()
    };
    let first_goes_on = goes_on(first, second, tells || binds(first));
    let second_goes_on = goes_on(second, first, binds(second));
    let arm = |cx: &mut Lowering<'_, '_>, body: &mut Body, arm: &[typed::Step], goes_on: bool| {
        let lowered = match goes_on {
            true => chained(cx, body, &[&[arm], rest].concat(), outcomes),
            false => steps(cx, body, arm, outcomes),
        };
        body.known.truncate(mark);
        lowered
    };
    let then = arm(cx, body, first, first_goes_on);
    let otherwise = arm(cx, body, second, second_goes_on);
    let joined = joined(cx, body, when.joined, turned);
    let step = Step { kind: StepKind::When { condition, then, otherwise, joined }, place };
    (step, first_goes_on || second_goes_on)
}

/// Whether steps give a name to something that is visible below them.
fn binds(steps: &[typed::Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        Typed::Let { .. } => true,
        Typed::Together(steps) => binds(steps),
        Typed::When { then, otherwise, joined, .. } => {
            !joined.is_empty() || (ends(then) && binds(otherwise)) || (ends(otherwise) && binds(then))
        }
        Typed::Do(_)
        | Typed::Require { .. }
        | Typed::Emit { .. }
        | Typed::Log { .. }
        | Typed::Return { .. }
        | Typed::Fail(_) => false,
    })
}

fn ends(steps: &[typed::Step]) -> bool {
    steps.last().is_some_and(|step| match &step.kind {
        Typed::Return { .. } | Typed::Fail(_) => true,
        Typed::When { then, otherwise, .. } => ends(then) && ends(otherwise),
        _ => false,
    })
}

fn joined(cx: &mut Lowering<'_, '_>, body: &mut Body, joined: &[typed::Joined], turned: bool) -> Vec<Joined> {
    let mut lowered = Vec::new();
    for one in joined {
        let local = local_id(one.local);
        let ty = body.ty(local);
        let arm = |body: &mut Body, id: typed::LocalId| {
            let value = body.local(local_id(id));
            coerce(cx, body, value, &ty)
        };
        let (mut then, mut otherwise) = (arm(body, one.then), arm(body, one.otherwise));
        if turned {
            std::mem::swap(&mut then, &mut otherwise);
        }
        if then.from_answer || otherwise.from_answer {
            body.answers.insert(local);
        }
        lowered.push(Joined { local, then, otherwise });
    }
    lowered
}

// ---- what may overlap ---------------------------------------------------------------------------

/// Puts runs of reads, and what is made of them, into one step. Everything else is waited for.
fn overlapped(steps: Vec<Step>) -> Vec<Step> {
    let mut whole: Vec<Step> = Vec::new();
    let mut run: Vec<Step> = Vec::new();
    for step in steps {
        if may_overlap(&step) {
            run.push(step);
        } else {
            close(&mut run, &mut whole);
            whole.push(step);
        }
    }
    close(&mut run, &mut whole);
    whole
}

fn may_overlap(step: &Step) -> bool {
    match &step.kind {
        StepKind::Let { value, .. } | StepKind::Do(value) => {
            visit::call_of(value).is_none_or(|call| call.reads)
        }
        StepKind::Log { .. } => true,
        StepKind::Overlap(_)
        | StepKind::Require { .. }
        | StepKind::When { .. }
        | StepKind::Together(_)
        | StepKind::Return { .. }
        | StepKind::Fail(_) => false,
    }
}

/// A run with at least two calls is one step; a single call has nothing to overlap with.
fn close(run: &mut Vec<Step>, whole: &mut Vec<Step>) {
    let is_call = |step: &&Step| match &step.kind {
        StepKind::Let { value, .. } | StepKind::Do(value) => visit::call_of(value).is_some(),
        _ => false,
    };
    if run.iter().filter(is_call).count() < 2 {
        whole.append(run);
        return;
    }
    // What stands before the first call and behind the last one has nothing to wait for together.
    let first = run.iter().position(|step| is_call(&step)).unwrap_or(0);
    let last = run.iter().rposition(|step| is_call(&step)).map_or(run.len(), |at| at + 1);
    let behind = run.split_off(last);
    let calls = run.split_off(first);
    whole.append(run);
    let place = calls.first().map(|step| step.place.clone()).unwrap_or_default();
    whole.push(Step { kind: StepKind::Overlap(calls), place });
    whole.extend(behind);
}
