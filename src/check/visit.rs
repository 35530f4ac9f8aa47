//! A walk over expressions as they were written, for questions that need no types.

use crate::resolve::Callable;
use crate::syntax::ast::{
    ArmBody, Branch, Entry, Expr, ExprKind, Fail, ListItem, Otherwise, Step, StepKind, TextPart, When,
};

/// Every expression in the body of a map or function, outermost first.
pub fn callable(callable: Callable<'_>, seen: &mut dyn FnMut(&Expr)) {
    match callable {
        Callable::Map(decl) => entries(&decl.entries, seen),
        Callable::Fn(decl) => decl.body.iter().for_each(|body| expr(body, seen)),
    }
}

fn entries(entries: &[Entry], seen: &mut dyn FnMut(&Expr)) {
    for entry in entries {
        match entry {
            Entry::Field { value, .. } | Entry::Spread { value, .. } => expr(value, seen),
            Entry::Broken(_) => {}
        }
    }
}

/// The expression and every one inside of it.
pub fn expr(of: &Expr, seen: &mut dyn FnMut(&Expr)) {
    seen(of);
    match &of.kind {
        ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(..)
        | ExprKind::Percent(_)
        | ExprKind::Rate(..)
        | ExprKind::Size(..)
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::RawText(_)
        | ExprKind::Name(_)
        | ExprKind::Broken => {}
        ExprKind::Text(parts) => {
            for part in parts {
                if let TextPart::Expr(part) = part {
                    expr(part, seen);
                }
            }
        }
        ExprKind::Member { of, .. } | ExprKind::Unary { of, .. } => expr(of, seen),
        ExprKind::Paren(inner) | ExprKind::Tagged { payload: inner, .. } => expr(inner, seen),
        ExprKind::Lambda { body, .. } => expr(body, seen),
        ExprKind::As { value, .. } => expr(value, seen),
        ExprKind::Call { callee, args } => {
            expr(callee, seen);
            args.iter().for_each(|arg| expr(&arg.value, seen));
        }
        ExprKind::Binary { left, right, .. }
        | ExprKind::Range(left, right)
        | ExprKind::At(left, right)
        | ExprKind::Defaulted(left, right) => {
            expr(left, seen);
            expr(right, seen);
        }
        ExprKind::Chain { first, rest } => {
            expr(first, seen);
            rest.iter().for_each(|(_, operand)| expr(operand, seen));
        }
        ExprKind::If { condition, then, otherwise } => {
            expr(condition, seen);
            expr(then, seen);
            expr(otherwise, seen);
        }
        ExprKind::Match { subject, arms } => {
            expr(subject, seen);
            arms.iter().for_each(|arm| expr(&arm.body, seen));
        }
        ExprKind::For(repeat) => {
            expr(&repeat.list, seen);
            repeat.condition.iter().chain(&repeat.at_most).for_each(|part| expr(part, seen));
            expr(&repeat.body, seen);
        }
        ExprKind::List(items) => {
            for item in items {
                match item {
                    ListItem::Value(value) | ListItem::Spread(value, _) => expr(value, seen),
                }
            }
        }
        ExprKind::Record(fields) => entries(fields, seen),
        ExprKind::Handled(handled) => {
            expr(&handled.value, seen);
            handled.with.iter().for_each(|with| expr(with, seen));
            if let Some(undo) = &handled.undo {
                expr(&undo.call, seen);
            }
            match &handled.otherwise {
                Some(Otherwise::Any { body, .. }) => arm(body, seen),
                Some(Otherwise::Arms { arms, .. }) => arms.iter().for_each(|one| arm(&one.body, seen)),
                None => {}
            }
        }
    }
}

/// Whether a part of the steps could not be read.
pub fn is_broken(steps: &[Step]) -> bool {
    let broken = std::cell::Cell::new(false);
    let mut seen = |found: &Expr| broken.set(broken.get() || matches!(found.kind, ExprKind::Broken));
    self::steps(steps, &mut seen, &mut || broken.set(true));
    broken.get()
}

/// Every expression of the steps, and every step that could not be read.
fn steps(steps: &[Step], seen: &mut dyn FnMut(&Expr), unread: &mut dyn FnMut()) {
    for step in steps {
        match &step.kind {
            StepKind::Broken => unread(),
            StepKind::Let { value, .. } | StepKind::Do(value) => expr(value, seen),
            StepKind::Require { condition, otherwise } => {
                expr(condition, seen);
                otherwise.members.iter().for_each(|members| expr(members, seen));
            }
            StepKind::When(when) => self::when(when, seen, unread),
            StepKind::Together(inner) => self::steps(inner, seen, unread),
            StepKind::Emit { record, .. } => expr(record, seen),
            StepKind::Log { message, fields, .. } => {
                expr(message, seen);
                fields.iter().for_each(|fields| expr(fields, seen));
            }
            StepKind::Return { value, .. } => value.iter().for_each(|value| expr(value, seen)),
            StepKind::Fail(fail) => fail.members.iter().for_each(|members| expr(members, seen)),
        }
    }
}

fn when(when: &When, seen: &mut dyn FnMut(&Expr), unread: &mut dyn FnMut()) {
    expr(&when.condition, seen);
    steps(&when.then, seen, unread);
    match &when.otherwise {
        Some(Branch::Steps(otherwise)) => steps(otherwise, seen, unread),
        Some(Branch::When(next)) => self::when(next, seen, unread),
        None => {}
    }
}

fn arm(body: &ArmBody, seen: &mut dyn FnMut(&Expr)) {
    match body {
        ArmBody::Value(value) => expr(value, seen),
        ArmBody::Fail(Fail { members, .. }) => members.iter().for_each(|members| expr(members, seen)),
    }
}
