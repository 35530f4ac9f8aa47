//! Walks over the typed program: all calls of some steps, all names that an expression reads.

use super::typed::{
    ArmBody, Call, Expr, ExprKind, Fail, ListItem, LocalId, Service, Step, StepKind, TextPart, Value,
};
use crate::source::Span;

/// The steps of an operation or a handler, with the place that stands for them.
pub struct Flow<'p> {
    pub steps: &'p [Step],
    pub span: Span,
}

/// All flows of a service: those of its operations, then those of its handlers.
pub fn flows(service: &Service) -> impl Iterator<Item = Flow<'_>> {
    let operations = service.operations.iter().map(|one| Flow { steps: &one.steps, span: one.name_span });
    let handlers = service.handlers.iter().map(|one| Flow { steps: &one.steps, span: one.span });
    operations.chain(handlers)
}

/// Every call in the steps, and every `undo`, in reading order.
pub fn calls<'p>(steps: &'p [Step], seen: &mut dyn FnMut(&'p Call)) {
    forward_calls(steps, &mut |call| {
        seen(call);
        call.undo.iter().for_each(|undo| seen(undo));
    });
}

/// Every call that is made while all goes well.
pub fn forward_calls<'p>(steps: &'p [Step], seen: &mut dyn FnMut(&'p Call)) {
    values(steps, &mut |value| call_of(value).into_iter().for_each(&mut *seen));
}

/// Every value that a step computes, in reading order.
pub fn values<'p>(steps: &'p [Step], seen: &mut dyn FnMut(&'p Value)) {
    for step in steps {
        match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => seen(value),
            StepKind::Return { value, .. } => value.iter().for_each(&mut *seen),
            StepKind::When { then, otherwise, .. } => {
                values(then, seen);
                values(otherwise, seen);
            }
            StepKind::Together(steps) => values(steps, seen),
            StepKind::Require { .. } | StepKind::Emit { .. } | StepKind::Log { .. } | StepKind::Fail(_) => {}
        }
    }
}

/// Every expression in the steps.
pub fn step_expressions<'p>(steps: &'p [Step], seen: &mut dyn FnMut(&'p Expr)) {
    for step in steps {
        match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => value_expressions(value, seen),
            StepKind::Return { value, .. } => value.iter().for_each(|value| value_expressions(value, seen)),
            StepKind::Require { condition, otherwise } => {
                expressions(condition, seen);
                otherwise.members.iter().for_each(|members| expressions(members, seen));
            }
            StepKind::When { condition, then, otherwise, .. } => {
                expressions(condition, seen);
                step_expressions(then, seen);
                step_expressions(otherwise, seen);
            }
            StepKind::Together(steps) => step_expressions(steps, seen),
            StepKind::Emit { record, .. } => expressions(record, seen),
            StepKind::Log { message, fields, .. } => {
                expressions(message, seen);
                fields.iter().for_each(|fields| expressions(fields, seen));
            }
            StepKind::Fail(fail) => fail.members.iter().for_each(|members| expressions(members, seen)),
        }
    }
}

fn value_expressions<'p>(value: &'p Value, seen: &mut dyn FnMut(&'p Expr)) {
    match value {
        Value::Plain(expr) => expressions(expr, seen),
        Value::Call(call) => call_expressions(call, seen),
        Value::Fan(fan) => {
            expressions(&fan.list, seen);
            fan.condition.iter().for_each(|condition| expressions(condition, seen));
            call_expressions(&fan.call, seen);
        }
    }
}

fn call_expressions<'p>(call: &'p Call, seen: &mut dyn FnMut(&'p Expr)) {
    call.args.iter().for_each(|arg| expressions(&arg.value, seen));
    call.settings.values.values().for_each(|setting| expressions(&setting.value, seen));
    for arm in call.otherwise.iter().flat_map(|otherwise| &otherwise.arms) {
        match &arm.body {
            ArmBody::Value(value) => expressions(value, seen),
            ArmBody::Fail(fail) => fail.members.iter().for_each(|members| expressions(members, seen)),
        }
    }
    call.undo.iter().for_each(|undo| call_expressions(undo, seen));
}

/// The call that a value makes, once or many times.
pub fn call_of(value: &Value) -> Option<&Call> {
    match value {
        Value::Plain(_) => None,
        Value::Call(call) => Some(call),
        Value::Fan(fan) => Some(&fan.call),
    }
}

/// Every name that a value reads.
pub fn value_locals(value: &Value, seen: &mut dyn FnMut(LocalId)) {
    match value {
        Value::Plain(expr) => locals(expr, seen),
        Value::Call(call) => call_locals(call, seen),
        Value::Fan(fan) => {
            locals(&fan.list, seen);
            fan.condition.iter().for_each(|condition| locals(condition, seen));
            call_locals(&fan.call, seen);
        }
    }
}

fn call_locals(call: &Call, seen: &mut dyn FnMut(LocalId)) {
    call.args.iter().for_each(|arg| locals(&arg.value, seen));
    call.settings.values.values().for_each(|setting| locals(&setting.value, seen));
    for arm in call.otherwise.iter().flat_map(|otherwise| &otherwise.arms) {
        arm_locals(&arm.body, seen);
    }
}

fn arm_locals(body: &ArmBody, seen: &mut dyn FnMut(LocalId)) {
    match body {
        ArmBody::Value(value) => locals(value, seen),
        ArmBody::Fail(Fail { members, .. }) => members.iter().for_each(|members| locals(members, seen)),
    }
}

/// Every name that an expression reads.
pub fn locals(expr: &Expr, seen: &mut dyn FnMut(LocalId)) {
    expressions(expr, &mut |inner| {
        if let ExprKind::Local(local) = &inner.kind {
            seen(*local);
        }
    });
}

/// The expression and every one inside of it, outermost first.
pub fn expressions<'p>(expr: &'p Expr, seen: &mut dyn FnMut(&'p Expr)) {
    seen(expr);
    let mut each = |expr: &'p Expr| expressions(expr, seen);
    match &expr.kind {
        ExprKind::Local(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Percent(_)
        | ExprKind::Rate { .. }
        | ExprKind::Size(_)
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::Broken => {}
        ExprKind::Text(parts) => {
            for part in parts {
                if let TextPart::Expr(part) = part {
                    each(part);
                }
            }
        }
        ExprKind::Config { default, .. } => default.iter().for_each(|default| each(default)),
        ExprKind::Field { of, .. } | ExprKind::Unary { of, .. } => each(of),
        ExprKind::Narrow(inner)
        | ExprKind::Bounded(inner)
        | ExprKind::Widen(inner)
        | ExprKind::Lambda { body: inner, .. } => each(inner),
        ExprKind::Variant { payload, .. } => payload.iter().for_each(|payload| each(payload)),
        ExprKind::Call { args, .. } => args.iter().flatten().for_each(each),
        ExprKind::Chain { first, rest } => {
            each(first);
            rest.iter().for_each(|(_, operand)| each(operand));
        }
        ExprKind::Compare { left, right, .. } | ExprKind::Range(left, right) | ExprKind::At(left, right) => {
            each(left);
            each(right);
        }
        ExprKind::If { condition, then, otherwise } => {
            each(condition);
            each(then);
            each(otherwise);
        }
        ExprKind::Match { subject, arms } => {
            each(subject);
            arms.iter().for_each(|arm| each(&arm.body));
        }
        ExprKind::For { list, condition, body, .. } => {
            each(list);
            condition.iter().for_each(|condition| each(condition));
            each(body);
        }
        ExprKind::List(items) => {
            for item in items {
                match item {
                    ListItem::Value(value) | ListItem::Spread(value) => each(value),
                }
            }
        }
        ExprKind::Record { fields, spreads } => {
            fields.iter().for_each(|(_, value)| each(value));
            spreads.iter().for_each(|spread| each(&spread.from));
        }
        ExprKind::Dict { values, spreads } => {
            values.iter().for_each(|(_, value)| each(value));
            spreads.iter().for_each(each);
        }
        ExprKind::Else { value, fallback } => {
            each(value);
            match &**fallback {
                ArmBody::Value(value) => each(value),
                ArmBody::Fail(Fail { members, .. }) => members.iter().for_each(each),
            }
        }
    }
}
