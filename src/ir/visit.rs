//! Walks over the parts of expressions and steps, so that nobody else has to know all forms.

use rustc_hash::FxHashSet;

use super::model::{
    Arm, ArmBody, Call, Condition, Expr, ExprKind, Fail, Fan, ListItem, LocalId, Step, StepKind, Test,
    TextPart, Value,
};

/// The expressions right inside of an expression, in the order in which they are evaluated.
pub fn children<'e>(expr: &'e Expr, each: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::None | ExprKind::Local(_) | ExprKind::Config(_) => {}
        ExprKind::Text(parts) => {
            for part in parts {
                if let TextPart::Value(value) = part {
                    each(value);
                }
            }
        }
        ExprKind::Field { of, .. } | ExprKind::Common { of, .. } | ExprKind::Key { of, .. } => each(of),
        ExprKind::Call { args, .. } | ExprKind::Std { args, .. } => args.iter().for_each(each),
        ExprKind::Lambda { body, .. } => each(body),
        ExprKind::Not(inner)
        | ExprKind::Negate(inner)
        | ExprKind::Narrow(inner)
        | ExprKind::Bounded(inner)
        | ExprKind::Convert(inner)
        | ExprKind::Present(inner) => each(inner),
        ExprKind::Arithmetic { left, right, .. } | ExprKind::Compare { left, right, .. } => {
            each(left);
            each(right);
        }
        ExprKind::All(parts) | ExprKind::AnyOf(parts) => parts.iter().for_each(each),
        ExprKind::Coalesce { value, fallback } => {
            each(value);
            each(fallback);
        }
        ExprKind::IfPresent { value, body, .. } | ExprKind::Bind { value, body, .. } => {
            each(value);
            each(body);
        }
        ExprKind::If { condition, then, otherwise } => {
            condition_parts(condition, each);
            each(then);
            each(otherwise);
        }
        ExprKind::Match { subject, arms } => {
            each(subject);
            arms.iter().for_each(|arm| each(&arm.body));
        }
        ExprKind::For { list, condition, body, .. } => {
            each(list);
            condition.iter().for_each(|condition| condition_parts(condition, each));
            each(body);
        }
        ExprKind::List(items) => {
            for item in items {
                match item {
                    ListItem::Value(value) | ListItem::Spread(value) => each(value),
                }
            }
        }
        ExprKind::Record { fields, .. } => fields.iter().for_each(each),
        ExprKind::Dict { entries, spreads } => {
            entries.iter().for_each(|(_, value)| each(value));
            spreads.iter().for_each(each);
        }
        ExprKind::Else { value, fallback } => {
            each(value);
            arm_body(fallback, each);
        }
    }
}

/// The expression and every one inside of it, outermost first.
pub fn every<'e>(expr: &'e Expr, seen: &mut dyn FnMut(&'e Expr)) {
    seen(expr);
    children(expr, &mut |child| every(child, seen));
}

pub fn condition_parts<'e>(condition: &'e Condition, each: &mut dyn FnMut(&'e Expr)) {
    for test in condition {
        match test {
            Test::Holds(expr) | Test::Present { value: expr, .. } => each(expr),
        }
    }
}

pub fn arm_body<'e>(body: &'e ArmBody, each: &mut dyn FnMut(&'e Expr)) {
    match body {
        ArmBody::Value(value) => each(value),
        ArmBody::Fail(fail) => fail_parts(fail, each),
    }
}

pub fn fail_parts<'e>(fail: &'e Fail, each: &mut dyn FnMut(&'e Expr)) {
    fail.detail.iter().chain(&fail.instance).for_each(&mut *each);
    fail.members.iter().for_each(|(_, value)| each(value));
}

/// The outermost expressions of a call, its arms and its undo among them.
pub fn call_parts<'e>(call: &'e Call, each: &mut dyn FnMut(&'e Expr)) {
    call.args.iter().for_each(|argument| each(&argument.value));
    call.settings.cache.this().into_iter().flat_map(|cache| &cache.key).for_each(&mut *each);
    call.arms.iter().for_each(|Arm { body, .. }| arm_body(body, each));
    call.undo.iter().for_each(|undo| call_parts(undo, each));
}

pub fn value_parts<'e>(value: &'e Value, each: &mut dyn FnMut(&'e Expr)) {
    match value {
        Value::Plain(expr) => each(expr),
        Value::Call(call) => call_parts(call, each),
        Value::Fan(fan) => {
            let Fan { list, condition, call, .. } = &**fan;
            each(list);
            condition.iter().for_each(|condition| condition_parts(condition, each));
            call_parts(call, each);
        }
    }
}

/// The outermost expressions of a step; those of the steps inside of it, too.
pub fn step_parts<'e>(step: &'e Step, each: &mut dyn FnMut(&'e Expr)) {
    match &step.kind {
        StepKind::Let { value, .. } | StepKind::Do(value) => value_parts(value, each),
        StepKind::Overlap(steps) | StepKind::Together(steps) => {
            steps.iter().for_each(|step| step_parts(step, each));
        }
        StepKind::Require { condition, otherwise } => {
            condition_parts(condition, each);
            fail_parts(otherwise, each);
        }
        StepKind::When { condition, then, otherwise, joined } => {
            condition_parts(condition, each);
            then.iter().chain(otherwise).for_each(|step| step_parts(step, each));
            for one in joined {
                each(&one.then);
                each(&one.otherwise);
            }
        }
        StepKind::Log { message, fields, .. } => {
            each(message);
            fields.iter().for_each(|(_, value)| each(value));
        }
        StepKind::Return { value, .. } => value.iter().for_each(each),
        StepKind::Fail(fail) => fail_parts(fail, each),
    }
}

/// The call of a value, if it is one.
pub fn call_of(value: &Value) -> Option<&Call> {
    match value {
        Value::Plain(_) => None,
        Value::Call(call) => Some(call),
        Value::Fan(fan) => Some(&fan.call),
    }
}

/// Every call of the steps, every undo behind its call.
pub fn calls<'e>(steps: &'e [Step], seen: &mut dyn FnMut(&'e Call)) {
    for step in steps {
        match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => {
                if let Some(call) = call_of(value) {
                    seen(call);
                    call.undo.iter().for_each(|undo| seen(undo));
                }
            }
            StepKind::Overlap(steps) | StepKind::Together(steps) => calls(steps, seen),
            StepKind::When { then, otherwise, .. } => {
                calls(then, seen);
                calls(otherwise, seen);
            }
            StepKind::Require { .. } | StepKind::Log { .. } | StepKind::Return { .. } | StepKind::Fail(_) => {
            }
        }
    }
}

/// Every name that an expression reads.
pub fn locals(expr: &Expr, seen: &mut dyn FnMut(LocalId)) {
    every(expr, &mut |inner| {
        if let ExprKind::Local(local) = &inner.kind {
            seen(*local);
        }
    });
}

/// The names that an expression binds for its own parts.
pub fn bound_in(expr: &Expr, bound: &mut FxHashSet<LocalId>) {
    match &expr.kind {
        ExprKind::Lambda { params, .. } => bound.extend(params.iter().copied()),
        ExprKind::For { binding, .. } => bound.extend([*binding]),
        ExprKind::Bind { local, .. } | ExprKind::IfPresent { local, .. } => bound.extend([*local]),
        ExprKind::Match { arms, .. } => bound.extend(arms.iter().filter_map(|arm| arm.binding)),
        ExprKind::If { condition, .. } => bound.extend(condition.iter().filter_map(|test| match test {
            Test::Present { local, .. } => Some(*local),
            Test::Holds(_) => None,
        })),
        _ => {}
    }
}
