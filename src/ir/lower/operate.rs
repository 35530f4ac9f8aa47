//! Operators: what stands before, between and behind values.

use super::Lowering;
use super::coerce::coerce;
use super::expr::{Body, bool, coalesced, int, lower, made, plain};
use crate::check::typed::{self, BinaryOperator, UnaryOperator};
use crate::ir::model::{Comparison, Expr, ExprKind, Literal, Operator};
use crate::ir::ty::Type;

pub fn unary(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    operator: UnaryOperator,
    of: &typed::Expr,
    ty: Type,
) -> Expr {
    let value = lower(cx, body, of, None);
    match (operator, &value.kind) {
        (UnaryOperator::Not, _) => made(ExprKind::Not(Box::new(value)), Type::Bool),
        (UnaryOperator::Negate, ExprKind::Literal(Literal::Int(number))) if *number != i64::MIN => {
            int(-number)
        }
        (UnaryOperator::Negate, ExprKind::Literal(Literal::Decimal(text))) => {
            plain(ExprKind::Literal(Literal::Decimal(format!("-{text}"))), ty)
        }
        (UnaryOperator::Negate, ExprKind::Literal(Literal::Duration(millis))) => {
            plain(ExprKind::Literal(Literal::Duration(millis.saturating_neg())), ty)
        }
        (UnaryOperator::Negate, _) => {
            let exact = matches!(value.ty, Type::Int(_) | Type::Duration);
            let whole = made(ExprKind::Negate(Box::new(value)), ty);
            Expr { fallible: whole.fallible || exact, ..whole }
        }
    }
}

pub fn chain(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    whole: &typed::Expr,
    (first, rest): (&typed::Expr, &[(BinaryOperator, typed::Expr)]),
    ty: &Type,
) -> Expr {
    match rest.first().map(|(operator, _)| *operator) {
        Some(BinaryOperator::And | BinaryOperator::Or) => super::condition::logic(cx, body, whole),
        Some(BinaryOperator::Coalesce) => coalesce(cx, body, first, rest, ty),
        _ => {
            let mut value = lower(cx, body, first, None);
            for (operator, operand) in rest {
                let right = lower(cx, body, operand, None);
                value = super::coerce::arithmetic(cx, body, arithmetic_operator(*operator), value, right);
            }
            value
        }
    }
}

fn coalesce(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    first: &typed::Expr,
    rest: &[(BinaryOperator, typed::Expr)],
    ty: &Type,
) -> Expr {
    let mut value = lower(cx, body, first, None);
    for (at, (_, operand)) in rest.iter().enumerate() {
        let is_last = at + 1 == rest.len();
        let present = ty.present().clone();
        let optional = present.clone().optional();
        value = coerce(cx, body, value, &optional);
        let want = if is_last && !ty.is_optional() { present } else { optional };
        let fallback = lower(cx, body, operand, Some(&want));
        value = coalesced(value, fallback, want);
    }
    value
}

fn arithmetic_operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Subtract => Operator::Subtract,
        BinaryOperator::Multiply => Operator::Multiply,
        BinaryOperator::Divide => Operator::Divide,
        BinaryOperator::Remainder => Operator::Remainder,
        _ => Operator::Add,
    }
}

pub fn compare(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    operator: BinaryOperator,
    left: &typed::Expr,
    right: &typed::Expr,
) -> Expr {
    let operator = match operator {
        BinaryOperator::NotEqual => Comparison::NotEqual,
        BinaryOperator::Less => Comparison::Less,
        BinaryOperator::LessOrEqual => Comparison::LessOrEqual,
        BinaryOperator::Greater => Comparison::Greater,
        BinaryOperator::GreaterOrEqual => Comparison::GreaterOrEqual,
        _ => Comparison::Equal,
    };
    let left = lower(cx, body, left, None);
    let right = lower(cx, body, right, None);
    if let Some(is_equal) = known_presence(&left, &right).or_else(|| known_presence(&right, &left)) {
        match operator {
            Comparison::Equal => return bool(is_equal),
            Comparison::NotEqual => return bool(!is_equal),
            _ => {}
        }
    }
    let (left, right) = super::coerce::comparable(cx, body, left, right);
    made(ExprKind::Compare { operator, left: Box::new(left), right: Box::new(right) }, Type::Bool)
}

/// Whether a value is `none`, where a condition further up has told.
fn known_presence(value: &Expr, none: &Expr) -> Option<bool> {
    match (&none.kind, &value.ty) {
        (ExprKind::None, Type::Unit) => Some(true),
        (ExprKind::None, Type::Optional(_) | Type::Json) => None,
        (ExprKind::None, _) => Some(false),
        _ => None,
    }
}
