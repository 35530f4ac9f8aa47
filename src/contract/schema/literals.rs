//! Constants of contracts: enumeration values, defaults, bounds. Numbers are compared as decimal text, so that
//! none is ever rounded.

use std::cmp::Ordering;

use smol_str::SmolStr;

use super::super::Contract;
use super::super::documents::{Documents, Place};
use super::super::faults::Weight;
use super::super::model::{Format, Literal, Shape};
use super::super::tree::Kind;
use crate::diagnostic::contract as say;

pub(in super::super) fn literal(documents: &Documents, place: Place) -> Literal {
    match documents.kind(place) {
        Kind::Null => Literal::Null,
        Kind::True => Literal::Bool(true),
        Kind::False => Literal::Bool(false),
        Kind::Number => Literal::Number(SmolStr::new(documents.scalar(place).unwrap_or_default())),
        Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made | Kind::Alias => {
            Literal::String(SmolStr::new(documents.scalar(place).unwrap_or_default()))
        }
        Kind::List | Kind::Map | Kind::Merged => {
            let mut json = String::new();
            let mut budget = MAX_JSON;
            write_json(documents, place, &mut json, &mut budget);
            Literal::Json(json)
        }
    }
}

/// A constant larger than this is cut; aliases could make it endless.
const MAX_JSON: usize = 100_000;

fn write_json(documents: &Documents, place: Place, json: &mut String, budget: &mut usize) {
    if *budget == 0 {
        return json.push_str("null");
    }
    *budget -= 1;
    match documents.kind(place) {
        Kind::Map | Kind::Merged => {
            json.push('{');
            for (at, entry) in documents.entries(place).enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                json.push_str(&serde_json::Value::from(&*entry.name).to_string());
                json.push(':');
                write_json(documents, entry.value, json, budget);
            }
            json.push('}');
        }
        Kind::List => {
            json.push('[');
            for (at, item) in documents.items(place).enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                write_json(documents, item, json, budget);
            }
            json.push(']');
        }
        Kind::Null => json.push_str("null"),
        Kind::True => json.push_str("true"),
        Kind::False => json.push_str("false"),
        Kind::Number if is_json_number(&documents.scalar(place).unwrap_or_default()) => {
            json.push_str(&documents.scalar(place).unwrap_or_default());
        }
        Kind::Number | Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made | Kind::Alias => {
            json.push_str(
                &serde_json::Value::from(&*documents.scalar(place).unwrap_or_default()).to_string(),
            );
        }
    }
}

/// YAML also has `+1`, `.5`, `1.` and `007`.
pub(in super::super) fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
    let fraction = digits.split_once('.').map(|(_, rest)| rest);
    is_number(text)
        && !whole.is_empty()
        && whole.bytes().all(|byte| byte.is_ascii_digit())
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// A finite decimal number.
pub(in super::super) fn is_number(text: &str) -> bool {
    Decimal::parse(text).is_some()
}

/// A number whose digits fit into a decimal of a flow.
fn is_decimal(text: &str) -> bool {
    Decimal::parse(text).is_some_and(|number| {
        let digits = number.digits.len() as i64;
        digits <= 28 && number.scale <= 28 && digits - number.scale <= 28
    })
}

/// A count: `12`, also when it is written `12.0`.
pub(in super::super) fn whole(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| {
        let (whole, zeros) = text.split_once('.')?;
        if zeros.bytes().all(|byte| byte == b'0') { whole.parse().ok() } else { None }
    })
}

/// Two numbers as they are written; None where one is none.
pub(in super::super) fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (Decimal::parse(one)?, Decimal::parse(other)?);
    Some(match (one.is_negative(), other.is_negative()) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => one.compare_size(&other),
        (true, true) => other.compare_size(&one),
    })
}

/// Whether a number has no fraction.
pub(in super::super) fn is_whole(text: &str) -> bool {
    Decimal::parse(text)
        .is_some_and(|decimal| decimal.digits.is_empty() || decimal.digits.len() as i64 <= decimal.scale)
}

/// The decimal places that a step allows: two of 0.01, none of 1. Other steps, such as 0.05, are about more than places.
pub(in super::super) fn places_of_step(text: &str) -> Option<u32> {
    let step = Decimal::parse(text).filter(|step| step.digits == "1" && !step.negative)?;
    u32::try_from(1 - step.scale).ok()
}

/// `0.digits` times ten to the power of `scale`; no zero at either end of the digits.
struct Decimal {
    negative: bool,
    digits: String,
    scale: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = format!("{whole}{fraction}");
        if all_digits.is_empty() || !all_digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = all_digits.trim_start_matches('0');
        let leading = (all_digits.len() - significant.len()) as i64;
        let scale = whole.len() as i64 - leading + i64::from(exponent);
        let digits = significant.trim_end_matches('0').to_owned();
        Some(Decimal { negative, digits, scale })
    }

    fn is_negative(&self) -> bool {
        self.negative && !self.digits.is_empty()
    }

    fn compare_size(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.scale.cmp(&other.scale).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

/// A default, if it is one of the values that the schema allows.
pub(super) fn checked_default(
    contract: &mut Contract,
    place: Place,
    shape: &Shape,
    nullable: bool,
) -> Option<Literal> {
    let documents = std::sync::Arc::clone(&contract.documents);
    let found = literal(&documents, place);
    match fit(found, shape, nullable) {
        Ok(fitting) => Some(fitting),
        Err(wanted) => {
            let span = documents.short_span(place);
            contract.faults.add(place, Weight::Repaired, say::value(span, "the default", wanted));
            None
        }
    }
}

/// The literal as a value of the shape; numbers and booleans become text where text is wanted.
fn fit(literal: Literal, shape: &Shape, nullable: bool) -> Result<Literal, &'static str> {
    let written = match &literal {
        Literal::Number(text) | Literal::String(text) => Some(text.clone()),
        Literal::Bool(value) => Some(SmolStr::new(if *value { "true" } else { "false" })),
        Literal::Null | Literal::Json(_) => None,
    };
    match (shape, &literal) {
        // A default of null says that there is none.
        (_, Literal::Null) if nullable => Ok(literal),
        (Shape::Any { .. } | Shape::Union { .. }, _) => Ok(literal),
        (_, Literal::Null) => Err("a value of the schema"),
        (Shape::Bool, Literal::Bool(_)) => Ok(literal),
        (Shape::Bool, _) => Err("a boolean"),
        (Shape::Int { .. }, Literal::Number(text)) if is_whole(text) => Ok(literal),
        (Shape::Int { .. }, Literal::String(text)) if is_whole(text) => Ok(Literal::Number(text.clone())),
        (Shape::Int { .. }, _) => Err("an integer"),
        (Shape::Number { binary: false, .. }, Literal::Number(text) | Literal::String(text))
            if is_number(text) && !is_decimal(text) =>
        {
            Err("a decimal of up to 28 digits")
        }
        (Shape::Number { .. }, Literal::Number(text)) if is_number(text) => Ok(literal),
        (Shape::Number { .. }, Literal::String(text)) if is_number(text) => Ok(Literal::Number(text.clone())),
        (Shape::Number { .. }, _) => Err("a number"),
        (Shape::String { format: Format::Binary, .. }, _) => Err("raw bytes"),
        (Shape::String { .. }, _) => written.map(Literal::String).ok_or("text"),
        (Shape::Enum { values }, _) => written
            .filter(|text| values.iter().any(|value| value.value == *text))
            .map(Literal::String)
            .ok_or("one of the values listed"),
        (Shape::Literals { values }, _) if values.contains(&literal) => Ok(literal),
        (Shape::Literals { .. }, _) => Err("one of the values listed"),
        (Shape::List { .. }, Literal::Json(json)) if json.starts_with('[') => Ok(literal),
        (Shape::List { .. }, _) => Err("a list"),
        (Shape::Object { .. } | Shape::Dict { .. }, Literal::Json(json)) if json.starts_with('{') => {
            Ok(literal)
        }
        (Shape::Object { .. } | Shape::Dict { .. }, _) => Err("an object"),
        (Shape::Null, _) => Err("null"),
    }
}
