//! What a result is known to be beyond its declared type: the length of a list that was mapped, the range of a
//! number that was clamped, the longest text that an interpolation can give. So a value that was brought into
//! range fits without another word.

use std::sync::Arc;

use super::exact::Exact;
use super::security::bare;
use super::ty::{ListType, NumberRule, StringRule, Type};
use super::typed::{Expr, TextPart};
use crate::source::Span;

/// How the length of a result relates to that of the list it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    Same,
    AtMost,
}

/// A list of items with the bounds of the list that it was made from.
pub fn sized_like(list: &Type, item: Type, length: Length) -> Type {
    let Type::List(list) = list else { return Type::list(item) };
    let min = match length {
        Length::Same => list.min,
        Length::AtMost => None,
    };
    Type::List(Arc::new(ListType { item, min, max: list.max }))
}

/// The result of a function of std, whose declared type is `ty`.
pub fn result(name: &str, args: &[Option<Expr>], ty: Type) -> Type {
    let receiver = args.first().and_then(Option::as_ref).map(|receiver| receiver.ty.present());
    let (Some(receiver), number) = (receiver, |at: usize| argument(args, at)) else { return ty };
    match (name, &ty, &receiver) {
        ("map" | "sort" | "sortBy" | "reverse", Type::List(list), Type::List(_)) => {
            sized_like(&receiver, list.item.clone(), Length::Same)
        }
        (
            "filter" | "distinct" | "distinctBy" | "drop" | "present" | "slice",
            Type::List(list),
            Type::List(_),
        ) => sized_like(&receiver, list.item.clone(), Length::AtMost),
        ("take", Type::List(list), Type::List(from)) => {
            let max = number(1).and_then(length).map(|count| from.max.map_or(count, |max| max.min(count)));
            Type::List(Arc::new(ListType { item: list.item.clone(), min: None, max: max.or(from.max) }))
        }
        ("truncate", Type::String(_), _) => {
            let max = number(1).and_then(length);
            Type::String(Arc::new(StringRule { max, ..StringRule::default() }))
        }
        ("trim" | "removePrefix" | "removeSuffix", Type::String(_), Type::String(rule)) => {
            Type::String(Arc::new(StringRule { max: rule.max, ..StringRule::default() }))
        }
        ("clamp", _, Type::Int(rule)) => Type::Int(clamped(rule, number(1), number(2))),
        ("clamp", _, Type::Decimal(rule)) => Type::Decimal(clamped(rule, number(1), number(2))),
        ("round", Type::Decimal(_), Type::Decimal(rule)) => {
            let scale =
                number(1).map_or(Some(0), Exact::to_int).and_then(|places| u32::try_from(places).ok());
            Type::Decimal(Arc::new(NumberRule { scale, unit: rule.unit.clone(), ..NumberRule::default() }))
        }
        ("toInt", Type::Int(_), Type::Decimal(rule)) => {
            Type::Int(Arc::new(NumberRule { unit: rule.unit.clone(), ..NumberRule::default() }))
        }
        ("sum", Type::Int(_) | Type::Decimal(_) | Type::Float(_), Type::List(list)) => summed(&list.item, ty),
        ("length" | "count", Type::Int(_), Type::List(list)) => counted(list.min, list.max),
        ("length", Type::Int(_), Type::String(rule)) => {
            let (min, max) = rule.lengths();
            counted(Some(min), max)
        }
        _ => ty,
    }
}

/// Where the limits of `clamp` stand, if they are written out and nothing lies between them.
pub fn reversed(args: &[Option<Expr>]) -> Option<Span> {
    let at = |at: usize| args.get(at).and_then(Option::as_ref);
    let is_reversed = argument(args, 1)? > argument(args, 2)?;
    is_reversed.then_some(at(1)?.span.to(at(2)?.span))
}

/// A number that is written out as an argument.
fn argument(args: &[Option<Expr>], at: usize) -> Option<Exact> {
    match &bare(args.get(at)?.as_ref()?).ty {
        Type::Int(rule) | Type::Decimal(rule) => rule.single(),
        _ => None,
    }
}

fn length(count: Exact) -> Option<u64> {
    count.to_int().and_then(|count| u64::try_from(count.max(0)).ok())
}

fn clamped(rule: &NumberRule, min: Option<Exact>, max: Option<Exact>) -> Arc<NumberRule> {
    let unit = rule.unit.clone();
    // The ends may be given with more places than the number has.
    let scale = [min, max]
        .into_iter()
        .flatten()
        .map(Exact::places)
        .fold(rule.scale, |scale, places| scale.map(|scale| scale.max(places)));
    Arc::new(NumberRule {
        min: min.or(rule.min),
        max: max.or(rule.max),
        scale,
        unit,
        ..NumberRule::default()
    })
}

/// A sum has the unit and the decimal places of what is added up.
fn summed(item: &Type, ty: Type) -> Type {
    let kept = |rule: &NumberRule| {
        Arc::new(NumberRule { scale: rule.scale, unit: rule.unit.clone(), ..NumberRule::default() })
    };
    match item {
        Type::Int(rule) => Type::Int(kept(rule)),
        Type::Decimal(rule) => Type::Decimal(kept(rule)),
        Type::Float(rule) => Type::Float(kept(rule)),
        _ => ty,
    }
}

fn counted(min: Option<u64>, max: Option<u64>) -> Type {
    let exact = |count: u64| i64::try_from(count).ok().map(Exact::int);
    let min = exact(min.unwrap_or(0));
    Type::Int(Arc::new(NumberRule { min, max: max.and_then(exact), ..NumberRule::default() }))
}

/// The type of a text that is put together.
pub fn text(parts: &[TextPart]) -> Type {
    let (mut min, mut max) = (0_u64, Some(0_u64));
    for part in parts {
        let (low, high) = match part {
            TextPart::Chars(chars) => {
                let count = chars.chars().count() as u64;
                (count, Some(count))
            }
            TextPart::Expr(expr) => lengths(&expr.ty),
        };
        min = min.saturating_add(low);
        max = max.zip(high).map(|(max, high)| max.saturating_add(high));
    }
    Type::String(Arc::new(StringRule { min: Some(min).filter(|min| *min > 0), max, ..StringRule::default() }))
}

fn lengths(ty: &Type) -> (u64, Option<u64>) {
    match ty {
        Type::String(rule) => rule.lengths(),
        Type::Enum(of) if !of.open => {
            let count = |value: &smol_str::SmolStr| value.chars().count() as u64;
            (of.values.iter().map(count).min().unwrap_or(0), of.values.iter().map(count).max())
        }
        Type::Int(rule) => {
            let digits = |bound: Option<Exact>| bound.map(|bound| bound.to_string().len() as u64);
            (1, digits(rule.min).zip(digits(rule.max)).map(|(low, high)| low.max(high)).or(Some(20)))
        }
        Type::Scalar(super::ty::Scalar::Uuid) => (36, Some(36)),
        Type::Scalar(super::ty::Scalar::Bool) => (4, Some(5)),
        _ => (0, None),
    }
}
