//! Conditions, and what they tell of values that may be absent: below `x != none`, `x` has a name of its own that
//! is always there.

use smol_str::SmolStr;

use super::Lowering;
use super::coerce::{coerce, never_there};
use super::expr::{Body, bool, local_id, lower, made, member};
use crate::check::typed::{self, BinaryOperator, ExprKind as Typed, UnaryOperator};
use crate::ir::model::{Condition, Expr, ExprKind, LocalId, Test};
use crate::ir::ty::Type;

/// The way to a value: a name, and the fields behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub local: LocalId,
    pub fields: Vec<SmolStr>,
}

impl Path {
    /// What a part of it is called.
    pub fn last_name(&self, body: &Body) -> String {
        match self.fields.last() {
            Some(field) => field.to_string(),
            None => body.locals.get(self.local.0).map_or_else(String::new, |local| local.name.clone()),
        }
    }
}

pub fn path_of(expr: &typed::Expr) -> Option<Path> {
    match &expr.kind {
        Typed::Local(local) => Some(Path { local: local_id(*local), fields: Vec::new() }),
        Typed::Field { of, name, .. } => {
            let mut path = path_of(of)?;
            path.fields.push(name.clone());
            Some(path)
        }
        Typed::Widen(inner) => path_of(inner),
        _ => None,
    }
}

/// The name that a value has been given because something is known of it.
pub fn known_path(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr) -> Option<Expr> {
    let path = path_of(expr)?;
    let (_, local) = body.known.iter().rev().find(|(known, _)| *known == path)?.clone();
    let value = body.local(local);
    let ty = cx.ty(&expr.ty);
    if ty.is_optional() && !value.ty.is_optional() {
        // Both hold: it is there, and here it is looked at as if it might not be.
        return Some(coerce(cx, body, value, &ty));
    }
    Some(value)
}

/// What has to hold for `expr` to be true. What it tells is known from here on, until the caller forgets it.
pub fn condition(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr) -> Condition {
    let mut tests = Vec::new();
    push(cx, body, expr, true, &mut tests);
    tests
}

/// What has to hold for `expr` to be false.
pub fn negation(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr) -> Condition {
    let mut tests = Vec::new();
    push(cx, body, expr, false, &mut tests);
    tests
}

fn push(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    expr: &typed::Expr,
    outcome: bool,
    tests: &mut Vec<Test>,
) {
    match &expr.kind {
        Typed::Widen(inner) => push(cx, body, inner, outcome, tests),
        Typed::Unary { operator: UnaryOperator::Not, of } => push(cx, body, of, !outcome, tests),
        Typed::Chain { first, rest } if splits(rest, outcome) => {
            push(cx, body, first, outcome, tests);
            for (_, operand) in rest {
                push(cx, body, operand, outcome, tests);
            }
        }
        Typed::Compare { operator, left, right } => {
            let same = match operator {
                BinaryOperator::Equal => outcome,
                BinaryOperator::NotEqual => !outcome,
                _ => return holds(cx, body, expr, outcome, tests),
            };
            match (is_none(left), is_none(right)) {
                (false, true) if !same && present(cx, body, left, tests) => {}
                (true, false) if !same && present(cx, body, right, tests) => {}
                (false, false) if same && is_written(right) && present(cx, body, left, tests) => {
                    holds(cx, body, expr, outcome, tests);
                }
                _ => holds(cx, body, expr, outcome, tests),
            }
        }
        _ => holds(cx, body, expr, outcome, tests),
    }
}

/// `a and b` is true when both are; `a or b` is false when both are.
fn splits(rest: &[(BinaryOperator, typed::Expr)], outcome: bool) -> bool {
    let wanted = if outcome { BinaryOperator::And } else { BinaryOperator::Or };
    rest.iter().all(|(operator, _)| *operator == wanted)
}

fn holds(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    expr: &typed::Expr,
    outcome: bool,
    tests: &mut Vec<Test>,
) {
    let value = lower(cx, body, expr, None);
    let value = if value.ty == Type::Unit { never_there(&value, &Type::Bool) } else { value };
    let value = if outcome { value } else { made(ExprKind::Not(Box::new(value)), Type::Bool) };
    tests.push(Test::Holds(value));
}

fn is_none(expr: &typed::Expr) -> bool {
    match &expr.kind {
        Typed::None => true,
        Typed::Widen(inner) => is_none(inner),
        _ => false,
    }
}

fn is_written(expr: &typed::Expr) -> bool {
    match &expr.kind {
        Typed::Text(_) | Typed::Int(_) | Typed::Bool(_) => true,
        Typed::Widen(inner) => is_written(inner),
        _ => false,
    }
}

/// Gives an optional value a name that is there. False where it has no path, or is there anyway.
fn present(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr, tests: &mut Vec<Test>) -> bool {
    let Some(path) = path_of(expr) else { return false };
    if let Typed::Field { of, optional: true, name } = &expr.kind
        && of.ty.is_optional()
    {
        // Where `a?.b` is there, `a` is there too.
        if !present(cx, body, of, tests) {
            return false;
        }
        let owner = known_path(cx, body, of).unwrap_or_else(|| lower(cx, body, of, None));
        if owner.ty.is_optional() {
            return false;
        }
        let ty = cx.ty(&expr.ty);
        let value = member(cx, owner, name, ty.present());
        return bind(body, path, value, tests);
    }
    let value = lower(cx, body, expr, None);
    bind(body, path, value, tests)
}

fn bind(body: &mut Body, path: Path, value: Expr, tests: &mut Vec<Test>) -> bool {
    let Type::Optional(inner) = &value.ty else { return !matches!(value.kind, ExprKind::None) };
    let name = path.last_name(body);
    let local = body.new_local(&name, (**inner).clone());
    body.inherits(local, &value);
    body.known.push((path, local));
    tests.push(Test::Present { value, local });
    true
}

/// Whether knowing that `expr` is false tells that something is there.
pub fn tells_when_false(expr: &typed::Expr) -> bool {
    match &expr.kind {
        Typed::Widen(inner) => tells_when_false(inner),
        Typed::Unary { operator: UnaryOperator::Not, of } => tells_when_true(of),
        Typed::Chain { first, rest } if splits(rest, false) => {
            tells_when_false(first) || rest.iter().any(|(_, operand)| tells_when_false(operand))
        }
        Typed::Compare { operator: BinaryOperator::Equal, left, right } => {
            (is_none(right) && left.ty.is_optional() && path_of(left).is_some())
                || (is_none(left) && right.ty.is_optional() && path_of(right).is_some())
        }
        _ => false,
    }
}

pub fn tells_when_true(expr: &typed::Expr) -> bool {
    match &expr.kind {
        Typed::Widen(inner) => tells_when_true(inner),
        Typed::Unary { operator: UnaryOperator::Not, of } => tells_when_false(of),
        Typed::Chain { first, rest } if splits(rest, true) => {
            tells_when_true(first) || rest.iter().any(|(_, operand)| tells_when_true(operand))
        }
        Typed::Compare { operator: BinaryOperator::NotEqual, left, right } => {
            (is_none(right) && left.ty.is_optional() && path_of(left).is_some())
                || (is_none(left) && right.ty.is_optional() && path_of(right).is_some())
        }
        Typed::Compare { operator: BinaryOperator::Equal, left, right } => {
            left.ty.is_optional() && is_written(right) && path_of(left).is_some()
        }
        _ => false,
    }
}

/// `if c then a else b`
pub fn if_then(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    (condition, then, otherwise): (&typed::Expr, &typed::Expr, &typed::Expr),
    want: &Type,
) -> Expr {
    let mark = body.known.len();
    let turned = tells_when_false(condition);
    let (tests, first, second) = match turned {
        true => (negation(cx, body, condition), otherwise, then),
        false => (self::condition(cx, body, condition), then, otherwise),
    };
    let first = lower(cx, body, first, Some(want));
    body.known.truncate(mark);
    let second = lower(cx, body, second, Some(want));
    let kind = ExprKind::If { condition: tests, then: Box::new(first), otherwise: Box::new(second) };
    made(kind, want.clone())
}

/// `and` and `or` as values.
pub fn logic(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr) -> Expr {
    let Typed::Chain { first, rest } = &expr.kind else { return lower(cx, body, expr, None) };
    let is_and = rest.first().is_some_and(|(operator, _)| *operator == BinaryOperator::And);
    let operands: Vec<&typed::Expr> =
        std::iter::once(&**first).chain(rest.iter().map(|(_, operand)| operand)).collect();
    let mark = body.known.len();
    let whole = joined(cx, body, &operands, is_and);
    body.known.truncate(mark);
    whole
}

/// As long as no operand tells anything, they stand side by side; what one tells holds in those behind it.
fn joined(cx: &mut Lowering<'_, '_>, body: &mut Body, operands: &[&typed::Expr], is_and: bool) -> Expr {
    let tells = |operand: &&typed::Expr| match is_and {
        true => tells_when_true(operand),
        false => tells_when_false(operand),
    };
    let quiet = operands.iter().take_while(|operand| !tells(operand)).count();
    let mut parts: Vec<Expr> =
        operands.iter().take(quiet).map(|operand| lower(cx, body, operand, None)).collect();
    if let Some((teller, behind)) = operands.get(quiet..).and_then(<[_]>::split_first) {
        let tests = match is_and {
            true => condition(cx, body, teller),
            false => negation(cx, body, teller),
        };
        let then = if behind.is_empty() { bool(is_and) } else { joined(cx, body, behind, is_and) };
        let kind =
            ExprKind::If { condition: tests, then: Box::new(then), otherwise: Box::new(bool(!is_and)) };
        parts.push(made(kind, Type::Bool));
    }
    match parts.len() {
        1 => parts.remove(0),
        _ if is_and => made(ExprKind::All(parts), Type::Bool),
        _ => made(ExprKind::AnyOf(parts), Type::Bool),
    }
}
