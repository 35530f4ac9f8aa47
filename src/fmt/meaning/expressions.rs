//! Forgetting the places in expressions.

use crate::syntax::ast::{
    Arg, ArmBody, Entry, Expr, ExprKind, Fail, FailureArm, FailureKind, FailurePattern, For, Handled,
    ListItem, MatchArm, Otherwise, Pattern, PatternKind, TextPart, Undo, Unit,
};

use super::{forget, forget_name, forget_path, number, text, type_expression};

pub fn expression(Expr { kind, span }: &mut Expr) {
    match kind {
        ExprKind::Int(value) | ExprKind::Decimal(value) | ExprKind::Percent(value) => number(value),
        ExprKind::Duration(value, letters) | ExprKind::Size(value, letters) => {
            number(value);
            unit(letters);
        }
        ExprKind::Rate(value, name) => {
            number(value);
            forget_name(name);
        }
        ExprKind::Bool(_) | ExprKind::None | ExprKind::RawText(_) | ExprKind::Broken => {}
        ExprKind::Text(parts) => parts.iter_mut().for_each(text_part),
        ExprKind::Name(name) => forget_name(name),
        ExprKind::Member { of, name, optional: _ } => {
            expression(of);
            forget_name(name);
        }
        ExprKind::Call { callee, args } => {
            expression(callee);
            args.iter_mut().for_each(argument);
        }
        ExprKind::Unary { operator, of } => {
            forget(&mut operator.span);
            expression(of);
        }
        ExprKind::Binary { operator, left, right } => {
            forget(&mut operator.span);
            expression(left);
            expression(right);
        }
        ExprKind::Chain { first, rest } => {
            expression(first);
            for (operator, operand) in rest {
                forget(&mut operator.span);
                expression(operand);
            }
        }
        ExprKind::If { condition, then, otherwise } => {
            expression(condition);
            expression(then);
            expression(otherwise);
        }
        ExprKind::Match { subject, arms } => {
            expression(subject);
            arms.iter_mut().for_each(match_arm);
        }
        ExprKind::For(repetition) => for_expression(repetition),
        ExprKind::List(items) => items.iter_mut().for_each(list_item),
        ExprKind::Record(entries) => entries.iter_mut().for_each(forget_entry),
        ExprKind::As { value, ty } => {
            expression(value);
            type_expression(ty);
        }
        ExprKind::Lambda { params, body } => {
            params.iter_mut().for_each(forget_name);
            expression(body);
        }
        ExprKind::Handled(clauses) => handled(clauses),
        ExprKind::Range(left, right) | ExprKind::At(left, right) | ExprKind::Defaulted(left, right) => {
            expression(left);
            expression(right);
        }
        ExprKind::Tagged { name, payload } => {
            forget_name(name);
            expression(payload);
        }
        ExprKind::Paren(inner) => expression(inner),
    }
    forget(span);
}

fn unit(Unit { text: _, span }: &mut Unit) {
    forget(span);
}

fn text_part(part: &mut TextPart) {
    match part {
        TextPart::Chars(_, span) => forget(span),
        TextPart::Expr(inner) => expression(inner),
    }
}

pub fn argument(Arg { name, value, span }: &mut Arg) {
    name.iter_mut().for_each(forget_name);
    expression(value);
    forget(span);
}

fn for_expression(For { binding, list, condition, at_most, body }: &mut For) {
    forget_name(binding);
    expression(list);
    condition.iter_mut().for_each(expression);
    at_most.iter_mut().for_each(expression);
    expression(body);
}

fn list_item(item: &mut ListItem) {
    match item {
        ListItem::Value(value) => expression(value),
        ListItem::Spread(value, span) => {
            expression(value);
            forget(span);
        }
    }
}

pub fn forget_entry(entry: &mut Entry) {
    match entry {
        Entry::Field { name, value, span } => {
            forget_name(name);
            expression(value);
            forget(span);
        }
        Entry::Spread { value, span } => {
            expression(value);
            forget(span);
        }
        Entry::Broken(span) => forget(span),
    }
}

fn match_arm(MatchArm { patterns, binding, body, span }: &mut MatchArm) {
    patterns.iter_mut().for_each(pattern);
    binding.iter_mut().for_each(forget_name);
    expression(body);
    forget(span);
}

fn pattern(Pattern { kind, span }: &mut Pattern) {
    match kind {
        PatternKind::Text(value) => text(value),
        PatternKind::Number(value) => number(value),
        PatternKind::Type(path) => forget_path(path),
        PatternKind::Bool(_) | PatternKind::None | PatternKind::Wildcard | PatternKind::Broken => {}
    }
    forget(span);
}

fn handled(Handled { value, with, otherwise, undo: compensation, finally }: &mut Handled) {
    expression(value);
    with.iter_mut().for_each(expression);
    match otherwise {
        None => {}
        Some(Otherwise::Any { body, span }) => {
            arm_body(body);
            forget(span);
        }
        Some(Otherwise::Arms { arms, span }) => {
            arms.iter_mut().for_each(failure_arm);
            forget(span);
        }
    }
    compensation.iter_mut().for_each(undo);
    finally.iter_mut().for_each(forget);
}

fn failure_arm(FailureArm { patterns, binding, body, span }: &mut FailureArm) {
    patterns.iter_mut().for_each(failure_pattern);
    binding.iter_mut().for_each(forget_name);
    arm_body(body);
    forget(span);
}

pub fn failure_pattern(FailurePattern { kind, span }: &mut FailurePattern) {
    match kind {
        FailureKind::Status(status) => number(status),
        FailureKind::Named(path) => forget_path(path),
        FailureKind::StatusClass(_) | FailureKind::Wildcard | FailureKind::Broken => {}
    }
    forget(span);
}

fn arm_body(body: &mut ArmBody) {
    match body {
        ArmBody::Value(value) => expression(value),
        ArmBody::Fail(failure) => fail(failure),
    }
}

pub fn fail(Fail { problem, members, span }: &mut Fail) {
    forget_path(problem);
    members.iter_mut().for_each(expression);
    forget(span);
}

fn undo(Undo { call, with, span }: &mut Undo) {
    expression(call);
    with.iter_mut().for_each(expression);
    forget(span);
}
