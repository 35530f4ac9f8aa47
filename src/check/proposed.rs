//! Types as a help proposes them: in words that compile, which those of a contract need not have.

use super::exact::Exact;
use super::ty::{NumberRule, Type};

/// The type as it can be written. Where it cannot, it is the next narrower one.
pub fn written(ty: &Type) -> String {
    match ty {
        Type::String(rule) if rule.name.is_none() => match &rule.pattern {
            Some(pattern) => {
                let sizes = Type::String(std::sync::Arc::new(super::ty::StringRule {
                    pattern: None,
                    ..(**rule).clone()
                }));
                let sizes = sizes.to_string();
                let sizes = sizes.strip_prefix("string").unwrap_or_default();
                format!("string matching {}{sizes}", crate::syntax::pattern(pattern))
            }
            None => ty.to_string(),
        },
        Type::Decimal(rule) if is_open(rule) => Type::Decimal(closed(rule).into()).to_string(),
        Type::Float(rule) if is_open(rule) => Type::Float(closed(rule).into()).to_string(),
        Type::Optional(inner) => format!("{}?", written(inner)),
        _ => ty.to_string(),
    }
}

/// How a value is checked against a type: `as` takes a name.
pub fn checked_as(want: &Type) -> String {
    let written = written(want);
    if let Some(rule) = rule(want).filter(|rule| is_open(rule)) {
        return format!(
            "a flow cannot say `{}`: give a type the ends that may come, `type T = {written}`, and check it: `… as T else …`",
            rule.open_ends()
        );
    }
    match written.contains(' ') {
        true => format!("give the type a name, `type T = {written}`, and check it: `… as T else …`"),
        false => format!("check it: `… as {written} else …`"),
    }
}

fn rule(ty: &Type) -> Option<&NumberRule> {
    match ty {
        Type::Int(rule) | Type::Decimal(rule) | Type::Float(rule) if rule.name.is_none() => Some(rule),
        _ => None,
    }
}

fn is_open(rule: &NumberRule) -> bool {
    rule.name.is_none() && (rule.above_min || rule.below_max)
}

/// With ends that are themselves inside: a hundredth from those of the contract, or less where there is less room.
pub fn closed(rule: &NumberRule) -> NumberRule {
    let places = rule.scale.map_or(2..=28, |scale| scale..=scale);
    let ends = places.filter_map(|places| {
        let step = Exact::scaled(1, i32::try_from(places).ok()?);
        let min = if rule.above_min { rule.min.map(|min| min.plus(step)) } else { rule.min.map(Some) };
        let max =
            if rule.below_max { rule.max.map(|max| max.plus(step.negated())) } else { rule.max.map(Some) };
        let is_room = match (min.flatten(), max.flatten()) {
            (Some(min), Some(max)) => min <= max,
            _ => true,
        };
        is_room.then_some((min.flatten(), max.flatten()))
    });
    let (min, max) = ends.into_iter().next().unwrap_or((rule.min, rule.max));
    NumberRule { min, max, above_min: false, below_max: false, ..rule.clone() }
}
