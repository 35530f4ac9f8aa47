//! Operators: exact arithmetic on numbers, on durations and dates where that makes sense, comparisons of what
//! can be compared, `and`/`or`, and `??`.

use std::sync::Arc;

use smol_str::SmolStr;

use super::body::Body;
use super::branch::{self, Outcome};
use super::context::Context;
use super::dashed;
use super::expression::{broken, checked, infer};
use super::fit::{self, fits};
use super::ty::{EnumType, NumberRule, Scalar, Type};
use super::typed::{Expr, ExprKind};
use crate::diagnostic::{nearest, types};
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOperator, Spanned, UnaryOperator};

pub fn unary(
    cx: &mut Context<'_>,
    body: &mut Body,
    operator: Spanned<UnaryOperator>,
    of: &ast::Expr,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let (value, ty, fails) = match operator.node {
        UnaryOperator::Not => {
            (checked(cx, body, of, &Type::BOOL, "what `not` turns around"), Type::BOOL, false)
        }
        UnaryOperator::Negate => {
            let value = infer(cx, body, of, want);
            if body.config && matches!(value.kind, ExprKind::Duration(_)) {
                cx.report(types::number_range(span, "a duration from `1ms` to `365d`"));
            }
            let ty = negated(&value.ty);
            if matches!(ty, Type::Unknown) && !value.ty.is_unknown() {
                cx.report(types::not_a_number(
                    value.span,
                    "-",
                    &value.ty.to_string(),
                    value.ty.is_optional(),
                ));
            }
            let fails = matches!(&value.ty, Type::Int(rule) if rule.single().is_none());
            (value, ty, fails)
        }
    };
    let (labels, fails) = (value.labels, value.fails || fails);
    Expr { kind: ExprKind::Unary { operator: operator.node, of: Box::new(value) }, ty, labels, fails, span }
}

fn negated(ty: &Type) -> Type {
    let turned = |rule: &NumberRule| match rule.single() {
        Some(value) if rule.name.is_none() => Arc::new(NumberRule::literal(value.negated())),
        _ => Arc::new(NumberRule { scale: rule.scale, unit: rule.unit.clone(), ..NumberRule::default() }),
    };
    match ty {
        Type::Int(rule) => Type::Int(turned(rule)),
        Type::Decimal(rule) => Type::Decimal(turned(rule)),
        Type::Float(rule) => Type::Float(turned(rule)),
        Type::Scalar(Scalar::Duration) => Type::DURATION,
        _ => Type::Unknown,
    }
}

/// `==`, `<` …
pub fn compare(
    cx: &mut Context<'_>,
    body: &mut Body,
    operator: Spanned<BinaryOperator>,
    left: &ast::Expr,
    right: &ast::Expr,
    span: Span,
) -> Expr {
    let left = infer(cx, body, left, None);
    let left_type = left.ty.clone();
    let right = infer(cx, body, right, Some(&left_type));
    let equality = matches!(operator.node, BinaryOperator::Equal | BinaryOperator::NotEqual);
    let comparable = fits(cx, &left.ty, &right.ty).is_ok()
        || fits(cx, &right.ty, &left.ty).is_ok()
        || comparable_kinds(&left.ty.present(), &right.ty.present(), equality);
    if let Some((value, of)) = no_such_value(&left, &right).or_else(|| no_such_value(&right, &left)) {
        let near = nearest(&value, of.values.iter().map(SmolStr::as_str));
        let (span, ty) = (value_span(&left, &right), Type::Enum(of.clone()).to_string());
        cx.report(types::not_in_enum(span, &value, &ty, of.span, near, &of.values));
    } else if (equality && never_equal(&left.ty, &right.ty))
        || (!comparable && (equality || !is_absent(&left, &right)))
    {
        cx.report(types::never_equal(span, &left.ty.to_string(), &right.ty.to_string()));
    } else if !(equality || has_order(&left.ty) && has_order(&right.ty)) {
        let odd = if has_order(&left.ty) { &right } else { &left };
        cx.report(types::no_order(
            odd.span,
            symbol(operator.node),
            &odd.ty.to_string(),
            odd.ty.is_optional(),
        ));
    }
    units_agree(cx, &left.ty, &right.ty, operator);
    let (labels, fails) = (left.labels.with(right.labels), left.fails || right.fails);
    let kind = ExprKind::Compare { operator: operator.node, left: Box::new(left), right: Box::new(right) };
    Expr { kind, ty: Type::BOOL, labels, fails, span }
}

/// The text that is written out, and the enumeration that does not have it.
fn no_such_value(literal: &Expr, other: &Expr) -> Option<(SmolStr, Arc<EnumType>)> {
    let (Type::Enum(literal), Type::Enum(of)) = (&literal.ty, other.ty.present()) else { return None };
    let [value] = literal.values.as_slice() else { return None };
    (literal.is_literal() && !of.is_literal() && !of.values.contains(value)).then(|| (value.clone(), of))
}

/// One of the two may be absent, which is what an order cannot stand.
fn is_absent(left: &Expr, right: &Expr) -> bool {
    left.ty.is_optional() || right.ty.is_optional()
}

fn value_span(left: &Expr, right: &Expr) -> Span {
    match &left.ty {
        Type::Enum(of) if of.is_literal() => left.span,
        _ => right.span,
    }
}

fn comparable_kinds(left: &Type, right: &Type, equality: bool) -> bool {
    match (left, right) {
        (Type::Never, _) | (_, Type::Never) => equality,
        (Type::String(_) | Type::Enum(_), Type::String(_) | Type::Enum(_)) => true,
        (Type::Int(_) | Type::Decimal(_), Type::Int(_) | Type::Decimal(_)) => true,
        (Type::Float(_), Type::Float(_) | Type::Int(_) | Type::Decimal(_))
        | (Type::Int(_) | Type::Decimal(_), Type::Float(_)) => true,
        (Type::List(a), Type::List(b)) => comparable_kinds(&a.item, &b.item, equality),
        (Type::Record(_) | Type::Union(_), Type::Record(_) | Type::Union(_)) => equality,
        (a, b) => a == b,
    }
}

/// Two enumerations without a common value, or a text that an enumeration does not have.
fn never_equal(left: &Type, right: &Type) -> bool {
    match (left.present(), right.present()) {
        (Type::Enum(a), Type::Enum(b)) => {
            let open = (a.open && !b.is_literal()) || (b.open && !a.is_literal());
            !open && !a.values.iter().any(|value| b.values.contains(value))
        }
        (Type::None, present) | (present, Type::None) => !present.is_optional() && !present.is_unknown(),
        (Type::Never, _) => !right.is_optional() && !right.is_unknown() && !matches!(right, Type::None),
        (_, Type::Never) => !left.is_optional() && !left.is_unknown() && !matches!(left, Type::None),
        _ => false,
    }
}

/// Types whose values come in an order.
pub fn has_order(ty: &Type) -> bool {
    match ty {
        Type::Int(_) | Type::Decimal(_) | Type::Float(_) | Type::String(_) | Type::Unknown | Type::Never => {
            true
        }
        Type::Enum(of) => of.is_literal(),
        Type::Scalar(scalar) => matches!(
            scalar,
            Scalar::Date | Scalar::Time | Scalar::DateTime | Scalar::Duration | Scalar::Uuid | Scalar::Size
        ),
        _ => false,
    }
}

/// A run of operators of one precedence, from left to right.
pub fn chain(
    cx: &mut Context<'_>,
    body: &mut Body,
    first: &ast::Expr,
    rest: &[(Spanned<BinaryOperator>, ast::Expr)],
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let logical = match rest.first().map(|(operator, _)| operator.node) {
        Some(BinaryOperator::And) => Some(Outcome::True),
        Some(BinaryOperator::Or) => Some(Outcome::False),
        _ => None,
    };
    if let Some(outcome) = logical {
        return logic(cx, body, first, rest, outcome, span);
    }
    if dashed::is_dashed_name(cx, body, first, rest) {
        return broken(span);
    }
    let before = cx.diagnostics.len();
    let head = infer(cx, body, first, want);
    let (mut ty, mut labels, mut fails) = (head.ty.clone(), head.labels, head.fails);
    // What is wrong with the value may be what makes it look as if it were always there.
    let is_doubtful = cx.has_errors_since(before) && !ty.is_optional();
    let mut typed = Vec::with_capacity(rest.len());
    for (operator, operand) in rest {
        let hint = if operator.node == BinaryOperator::Coalesce { Some(ty.present()) } else { None };
        let operand = infer(cx, body, operand, hint.as_ref().or(want));
        let (result, can_fail) = match operator.node {
            BinaryOperator::Coalesce if is_doubtful => (ty, false),
            _ => apply(cx, *operator, &ty, &operand, span),
        };
        ty = result;
        fails |= operand.fails || can_fail;
        labels = labels.with(operand.labels);
        typed.push((operator.node, operand));
    }
    Expr { kind: ExprKind::Chain { first: Box::new(head), rest: typed }, ty, labels, fails, span }
}

/// `and`, `or`: what the operands so far say holds in the next one.
fn logic(
    cx: &mut Context<'_>,
    body: &mut Body,
    first: &ast::Expr,
    rest: &[(Spanned<BinaryOperator>, ast::Expr)],
    outcome: Outcome,
    span: Span,
) -> Expr {
    let mark = body.mark();
    let head = checked(cx, body, first, &Type::BOOL, "a side of `and` or `or`");
    branch::refine(cx, body, first, outcome);
    let (mut labels, mut fails) = (head.labels, head.fails);
    let mut typed = Vec::with_capacity(rest.len());
    for (operator, operand) in rest {
        let value = checked(cx, body, operand, &Type::BOOL, "a side of `and` or `or`");
        branch::refine(cx, body, operand, outcome);
        labels = labels.with(value.labels);
        fails |= value.fails;
        typed.push((operator.node, value));
    }
    body.leave(mark);
    Expr { kind: ExprKind::Chain { first: Box::new(head), rest: typed }, ty: Type::BOOL, labels, fails, span }
}

/// The type of one operator applied, and whether it can fail (overflow, division by zero).
fn apply(
    cx: &mut Context<'_>,
    operator: Spanned<BinaryOperator>,
    left: &Type,
    right: &Expr,
    span: Span,
) -> (Type, bool) {
    if left.is_unknown() || right.ty.is_unknown() {
        return (Type::Unknown, false);
    }
    if operator.node == BinaryOperator::Coalesce {
        return (coalesce(cx, operator.span, left, right), false);
    }
    if let Some(result) = of_time(operator.node, left, &right.ty) {
        return (result, false);
    }
    if is_number(left) && is_number(&right.ty) {
        if !units_agree(cx, left, &right.ty, operator) {
            return (Type::Unknown, false);
        }
        return of_numbers(cx, operator, left, right);
    }
    if operator.node == BinaryOperator::Add
        && (super::schema::is_text(left) || super::schema::is_text(&right.ty))
    {
        cx.report(types::text_plus(span, operator.span));
        return (Type::Unknown, false);
    }
    let (odd, place) = if is_number(left) { (&right.ty, right.span) } else { (left, span) };
    cx.report(types::not_a_number(place, symbol(operator.node), &odd.to_string(), odd.is_optional()));
    (Type::Unknown, false)
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int(_) | Type::Decimal(_) | Type::Float(_))
}

fn coalesce(cx: &mut Context<'_>, span: Span, left: &Type, right: &Expr) -> Type {
    if !left.is_optional() {
        cx.report(types::needless_coalesce(span, &left.to_string()));
        return left.clone();
    }
    let present = left.present();
    match fit::join(cx, &present, &right.ty) {
        Some(joined) => joined,
        None => {
            cx.report(types::branches_differ(right.span, &right.ty.to_string(), &present.to_string()));
            Type::Unknown
        }
    }
}

/// Durations add up, move dates and times, and are multiplied by whole numbers.
fn of_time(operator: BinaryOperator, left: &Type, right: &Type) -> Option<Type> {
    use BinaryOperator::{Add, Divide, Multiply, Subtract};
    match (left, operator, right) {
        (Type::Scalar(Scalar::Duration), Add | Subtract, Type::Scalar(Scalar::Duration)) => {
            Some(Type::DURATION)
        }
        (Type::Scalar(Scalar::Duration), Multiply | Divide, Type::Int(_)) => Some(Type::DURATION),
        (
            Type::Scalar(time @ (Scalar::Date | Scalar::DateTime)),
            Add | Subtract,
            Type::Scalar(Scalar::Duration),
        ) => Some(Type::Scalar(*time)),
        (Type::Scalar(Scalar::DateTime), Subtract, Type::Scalar(Scalar::DateTime)) => Some(Type::DURATION),
        _ => None,
    }
}

fn of_numbers(
    cx: &mut Context<'_>,
    operator: Spanned<BinaryOperator>,
    left: &Type,
    right: &Expr,
) -> (Type, bool) {
    let divides = matches!(operator.node, BinaryOperator::Divide | BinaryOperator::Remainder);
    if divides && single(&right.ty).is_some_and(|value| value.is_zero()) {
        cx.report(types::division_by_zero(right.span));
        return (Type::Unknown, false);
    }
    let never_zero = single(&right.ty).is_some();
    let unit = |ty: &Type| rule(ty).and_then(|rule| rule.unit.clone());
    let unit = match (operator.node, unit(left), unit(&right.ty)) {
        // How many times the one is the other: a plain number.
        (BinaryOperator::Divide, Some(_), Some(_)) => None,
        (_, left, right) => left.or(right),
    };
    let with =
        |scale: Option<u32>| Arc::new(NumberRule { scale, unit: unit.clone(), ..NumberRule::default() });
    match (left, &right.ty) {
        (Type::Int(_), Type::Int(_)) => (Type::Int(with(None)), true),
        (Type::Float(_), Type::Float(_) | Type::Int(_)) | (Type::Int(_), Type::Float(_)) => {
            (Type::Float(with(None)), false)
        }
        (Type::Float(_), Type::Decimal(other)) if other.single().is_some() => {
            (Type::Float(with(None)), false)
        }
        (Type::Decimal(other), Type::Float(_)) if other.single().is_some() => {
            (Type::Float(with(None)), false)
        }
        (Type::Float(_), _) | (_, Type::Float(_)) => {
            cx.report(types::float_and_decimal(right.span, symbol(operator.node)));
            (Type::Unknown, false)
        }
        _ => (Type::Decimal(with(result_scale(operator.node, left, &right.ty))), !divides || !never_zero),
    }
}

/// Sums and differences keep the decimal places that both sides have; products of an amount and a whole
/// number keep those of the amount.
fn result_scale(operator: BinaryOperator, left: &Type, right: &Type) -> Option<u32> {
    let scale = |ty: &Type| match ty {
        Type::Int(_) => Some(0),
        other => {
            rule(other).and_then(|rule| rule.scale.or_else(|| rule.single().map(super::exact::Exact::places)))
        }
    };
    match operator {
        BinaryOperator::Add | BinaryOperator::Subtract => Some(scale(left)?.max(scale(right)?)),
        BinaryOperator::Multiply => Some(scale(left)? + scale(right)?),
        _ => None,
    }
}

fn rule(ty: &Type) -> Option<&NumberRule> {
    match ty {
        Type::Int(rule) | Type::Decimal(rule) | Type::Float(rule) => Some(rule),
        _ => None,
    }
}

fn single(ty: &Type) -> Option<super::exact::Exact> {
    rule(ty).and_then(NumberRule::single)
}

/// Amounts of different units, or of different declared scales, do not add up and do not compare.
fn units_agree(cx: &mut Context<'_>, left: &Type, right: &Type, operator: Spanned<BinaryOperator>) -> bool {
    let (left_type, right_type) = (left.present(), right.present());
    let (Some(a), Some(b)) = (rule(&left_type), rule(&right_type)) else { return true };
    let multiplies = matches!(operator.node, BinaryOperator::Multiply | BinaryOperator::Divide);
    let literal = |rule: &NumberRule| rule.single().is_some() && rule.name.is_none();
    let units = match (&a.unit, &b.unit) {
        (Some(a), Some(b)) => a == b && operator.node != BinaryOperator::Multiply,
        (None, None) => true,
        (Some(_), None) => multiplies || literal(b),
        (None, Some(_)) => multiplies || literal(a),
    };
    let scales = match (a.scale, b.scale) {
        (Some(a), Some(b)) => a == b || multiplies,
        _ => true,
    };
    if a.unit.is_some() && a.unit == b.unit && operator.node == BinaryOperator::Multiply {
        cx.report(types::amounts_multiplied(operator.span, &left_type.to_string()));
        return false;
    }
    if !units || !scales {
        let (left, right) = (left_type.to_string(), right_type.to_string());
        cx.report(types::units_differ(operator.span, symbol(operator.node), &left, &right, [a.span, b.span]));
    }
    units && scales
}

pub fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Remainder => "%",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::And => "and",
        BinaryOperator::Or => "or",
        BinaryOperator::Coalesce => "??",
    }
}
