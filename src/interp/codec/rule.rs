//! What a value has to keep to where it comes in. A type has one rule at most, at its end: lists, dictionaries and optional
//! values have those of what is in them.

use std::sync::{Arc, PoisonError, RwLock};

use flow_std::codec::{DecimalRule, FloatRule, IntRule, TextRule};
use rustc_hash::FxHashMap;

use crate::interp::name::{fixed, fixed_list};
use crate::ir::{self, Type};

pub enum Rule {
    Free,
    /// It holds what is compiled of its pattern.
    Text(Box<TextRule>),
    Int(IntRule),
    Float(FloatRule),
    Decimal(DecimalRule),
    /// The values of an open enumeration.
    Known(&'static [&'static str]),
}

impl Rule {
    pub fn of(ty: &Type) -> Rule {
        match end(ty) {
            Type::Text(rule) if !rule.is_free() => Rule::Text(Box::new(text(rule))),
            Type::Int(rule) if !rule.is_free() => Rule::Int(int(rule)),
            Type::Float(rule) if !rule.is_free() => Rule::Float(float(rule)),
            Type::Decimal(rule) if !rule.is_free() => Rule::Decimal(decimal(rule)),
            Type::OpenEnum(values) => Rule::Known(fixed_list(values.iter().map(String::as_str))),
            _ => Rule::Free,
        }
    }
}

/// What stands at the end of a type.
fn end(ty: &Type) -> &Type {
    match ty {
        Type::List(list) => end(&list.item),
        Type::Dict(inner) | Type::Optional(inner) => end(inner),
        other => other,
    }
}

fn is_free(ty: &Type) -> bool {
    match ty {
        Type::Text(rule) => rule.is_free(),
        Type::Int(rule) => rule.is_free(),
        Type::Float(rule) => rule.is_free(),
        Type::Decimal(rule) => rule.is_free(),
        Type::OpenEnum(_) => false,
        _ => true,
    }
}

fn text(rule: &ir::TextRule) -> TextRule {
    let mut made = TextRule::new();
    if let Some(pattern) = &rule.pattern {
        made = made.matching(fixed(pattern));
    }
    made = rule.min.into_iter().fold(made, TextRule::min);
    rule.max.into_iter().fold(made, TextRule::max)
}

fn int(rule: &ir::IntRule) -> IntRule {
    let made = rule.min.into_iter().fold(IntRule::new(), IntRule::min);
    rule.max.into_iter().fold(made, IntRule::max)
}

fn float(rule: &ir::FloatRule) -> FloatRule {
    // As the compiler writes it: it has checked that these are numbers.
    let number = |text: &String| text.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(0.0);
    let made = rule.min.iter().map(number).fold(FloatRule::new(), FloatRule::min);
    let made = rule.max.iter().map(number).fold(made, FloatRule::max);
    let made = if rule.above_min { made.above_min() } else { made };
    if rule.below_max { made.below_max() } else { made }
}

fn decimal(rule: &ir::DecimalRule) -> DecimalRule {
    let made = rule.min.iter().map(|end| fixed(end)).fold(DecimalRule::new(), DecimalRule::min);
    let made = rule.max.iter().map(|end| fixed(end)).fold(made, DecimalRule::max);
    let made = if rule.above_min { made.above_min() } else { made };
    let made = if rule.below_max { made.below_max() } else { made };
    rule.scale.into_iter().fold(made, DecimalRule::scale)
}

/// The rules of types that stand in no record: each is made when it is first asked for.
#[derive(Default)]
pub struct Rules(RwLock<FxHashMap<Type, Arc<Rule>>>);

impl Rules {
    /// The rule of a type that has one.
    pub fn of(&self, ty: &Type) -> Option<Arc<Rule>> {
        let end = end(ty);
        if is_free(end) {
            return None;
        }
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(end).map(Arc::clone);
        Some(known.unwrap_or_else(|| {
            let rule = Arc::new(Rule::of(end));
            let mut rules = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(rules.entry(end.clone()).or_insert(rule))
        }))
    }
}
