//! Constraints on types: `matching`, `of`, `in`, `scale`, `unit`.

use std::sync::Arc;

use super::bound::{self, Held};
use super::context::Context;
use super::exact::Exact;
use super::pattern;
use super::ty::{ListType, NumberRule, StringRule, Type};
use crate::diagnostic::types;
use crate::source::Span;
use crate::syntax::ast::{Bounds, Constraint, ConstraintKind, Number, Text};

/// `base` with the constraints; one that does not go with the base is reported and left out.
pub fn constrained(cx: &mut Context<'_>, base: Type, constraints: &[Constraint]) -> Type {
    constraints.iter().fold(base, |base, constraint| match &constraint.kind {
        ConstraintKind::Matching(pattern) => matching(cx, base, pattern, constraint.span),
        ConstraintKind::Of(bounds) => sized(cx, base, bounds, constraint.span),
        ConstraintKind::In(bounds) => ranged(cx, base, bounds, constraint.span),
        ConstraintKind::Scale(places) => scaled(cx, base, places, constraint.span),
        ConstraintKind::Unit(unit) => with_unit(cx, base, unit, constraint.span),
    })
}

fn matching(cx: &mut Context<'_>, base: Type, pattern: &Text, span: Span) -> Type {
    let Type::String(rule) = &base else { return misplaced(cx, base, "matching", "a string", span) };
    if let Err(fault) = regex_syntax::parse(&pattern.value) {
        cx.report(types::bad_pattern(pattern, &pattern::reason(&fault)));
        return base;
    }
    let rule =
        StringRule { pattern: Some(pattern::of_flow(&pattern.value)), span: Some(span), ..(**rule).clone() };
    Type::String(Arc::new(StringRule { name: None, ..rule }))
}

fn sized(cx: &mut Context<'_>, base: Type, bounds: &Bounds, span: Span) -> Type {
    let Some((min, max)) = lengths(cx, bounds) else { return base };
    match &base {
        Type::String(rule) => {
            let rule = StringRule { name: None, min, max, span: Some(span), ..(**rule).clone() };
            Type::String(Arc::new(rule))
        }
        Type::List(list) => Type::List(Arc::new(ListType { item: list.item.clone(), min, max })),
        _ => misplaced(cx, base, "of", "a string or a list", span),
    }
}

fn lengths(cx: &mut Context<'_>, bounds: &Bounds) -> Option<(Option<u64>, Option<u64>)> {
    let (min, max) = exact_bounds(cx, bounds, Held::Float)?;
    let as_length = |cx: &mut Context<'_>, bound: Option<Exact>| match bound {
        None => Some(None),
        Some(exact) => match exact.to_int().and_then(|value| u64::try_from(value).ok()) {
            Some(length) => Some(Some(length)),
            None => {
                cx.report(types::bad_bounds(bounds.span, "a length is a whole number from 0"));
                None
            }
        },
    };
    Some((as_length(cx, min)?, as_length(cx, max)?))
}

fn exact_bounds(cx: &mut Context<'_>, bounds: &Bounds, held: Held) -> Option<(Option<Exact>, Option<Exact>)> {
    let min = match &bounds.from {
        Some(number) => Some(exact(cx, number, held)?),
        None => None,
    };
    let max = match &bounds.to {
        Some(number) => Some(exact(cx, number, held)?),
        None => None,
    };
    if let (Some(low), Some(high)) = (min, max)
        && low > high
    {
        cx.report(types::bad_bounds(bounds.span, "the smaller bound comes first"));
        return None;
    }
    Some((min, max))
}

/// A written number that a value of the type can be, or a finding.
pub fn exact(cx: &mut Context<'_>, number: &Number, held: Held) -> Option<Exact> {
    let exact = Exact::parse(&number.text).filter(|exact| bound::has(held, *exact));
    if exact.is_none() {
        cx.report(types::number_range(
            number.span,
            match held {
                Held::Int => "an `int` from -9223372036854775808 to 9223372036854775807",
                Held::Decimal => "a `decimal` of up to 28 digits",
                Held::Float => "a number of up to 38 digits",
            },
        ));
    }
    exact
}

fn ranged(cx: &mut Context<'_>, base: Type, bounds: &Bounds, span: Span) -> Type {
    let held = bound::held(&base).unwrap_or(Held::Float);
    let Some((min, max)) = exact_bounds(cx, bounds, held) else { return base };
    let with = |rule: &NumberRule| {
        let name = None;
        Arc::new(NumberRule {
            name,
            min,
            max,
            above_min: false,
            below_max: false,
            span: Some(span),
            ..rule.clone()
        })
    };
    match &base {
        Type::Int(rule) => Type::Int(with(rule)),
        Type::Decimal(rule) => Type::Decimal(with(rule)),
        Type::Float(rule) => Type::Float(with(rule)),
        _ => misplaced(cx, base, "in", "a number", span),
    }
}

fn scaled(cx: &mut Context<'_>, base: Type, places: &Number, span: Span) -> Type {
    let Type::Decimal(rule) = &base else { return misplaced(cx, base, "scale", "a decimal", span) };
    let scale =
        exact(cx, places, Held::Float).and_then(Exact::to_int).and_then(|value| u32::try_from(value).ok());
    match scale.filter(|scale| *scale <= 28) {
        Some(scale) => {
            let rule = NumberRule { name: None, scale: Some(scale), span: Some(span), ..(**rule).clone() };
            Type::Decimal(Arc::new(rule))
        }
        None => {
            cx.report(types::number_range(places.span, "a whole number of decimal places from 0 to 28"));
            base
        }
    }
}

fn with_unit(cx: &mut Context<'_>, base: Type, unit: &Text, span: Span) -> Type {
    let with = |rule: &NumberRule| {
        let unit = Some(unit.value.as_str().into());
        Arc::new(NumberRule { name: None, unit, span: Some(span), ..rule.clone() })
    };
    match &base {
        Type::Int(rule) => Type::Int(with(rule)),
        Type::Decimal(rule) => Type::Decimal(with(rule)),
        Type::Float(rule) => Type::Float(with(rule)),
        _ => misplaced(cx, base, "unit", "a number", span),
    }
}

fn misplaced(cx: &mut Context<'_>, base: Type, word: &str, wanted: &str, span: Span) -> Type {
    if !base.is_unknown() {
        cx.report(types::misplaced_constraint(span, word, wanted, &base));
    }
    base
}
