//! Strings, numbers, and values that are spelled out.

use smol_str::SmolStr;

use super::super::model::{EnumValue, Format, Literal, NumberBounds, Shape};
use super::keywords::Type;
use super::literals;
use super::merge::Merged;
use crate::source::Span;

/// `enum` and `const`, null aside.
pub(super) fn spelled_out(values: Vec<(Literal, Span)>, types: &[Type]) -> Shape {
    if values.is_empty() {
        return Shape::Null;
    }
    let is_text = types == [Type::Text];
    let is_number = matches!(types, [Type::Int | Type::Number]);
    let values: Vec<(Literal, Span)> = values
        .into_iter()
        .map(|(value, span)| match value {
            // YAML reads `no: 1` and the like as numbers and booleans where text is meant.
            Literal::Number(text) if is_text => (Literal::String(text), span),
            Literal::Bool(value) if is_text => (Literal::String(SmolStr::new(value.to_string())), span),
            Literal::String(text) if is_number && literals::is_number(&text) => (Literal::Number(text), span),
            other => (other, span),
        })
        .collect();
    let strings: Vec<EnumValue> = values
        .iter()
        .filter_map(|(value, span)| match value {
            Literal::String(text) => Some(EnumValue { value: text.clone(), span: *span }),
            Literal::Null | Literal::Bool(_) | Literal::Number(_) | Literal::Json(_) => None,
        })
        .collect();
    if strings.len() == values.len() {
        return Shape::Enum { values: strings };
    }
    let has = |wanted: bool| values.iter().any(|(value, _)| *value == Literal::Bool(wanted));
    if values.len() == 2 && has(true) && has(false) {
        return Shape::Bool;
    }
    Shape::Literals { values: values.into_iter().map(|(value, _)| value).collect() }
}

pub(super) fn integer(merged: &mut Merged) -> Shape {
    Shape::Int { bounds: bounds(merged) }
}

pub(super) fn number(merged: &mut Merged) -> Shape {
    let format = merged.format.as_deref();
    if format.is_some_and(is_integer_format) {
        return integer(merged);
    }
    Shape::Number { binary: matches!(format, Some("float" | "double")), bounds: bounds(merged) }
}

fn bounds(merged: &mut Merged) -> NumberBounds {
    NumberBounds { format: merged.format.clone(), ..std::mem::take(&mut merged.bounds) }
}

fn is_integer_format(format: &str) -> bool {
    matches!(
        format,
        "int8"
            | "int16"
            | "int32"
            | "int64"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "uint"
            | "int"
            | "integer"
            | "long"
    )
}

pub(super) fn text(merged: &mut Merged) -> Shape {
    let format = match merged.format.as_deref() {
        _ if merged.is_file => Format::Binary,
        _ if merged.is_base64 => Format::Bytes,
        Some(format) => format_of(format),
        None => Format::Plain,
    };
    Shape::String { format, rule: std::mem::take(&mut merged.rule) }
}

/// Formats that are not known say nothing.
fn format_of(format: &str) -> Format {
    match format.to_ascii_lowercase().as_str() {
        "date" => Format::Date,
        "time" | "partial-time" => Format::Time,
        "date-time" | "datetime" => Format::DateTime,
        "duration" => Format::Duration,
        "uuid" | "guid" => Format::Uuid,
        "email" | "idn-email" => Format::Email,
        "uri" | "url" | "iri" => Format::Uri,
        "byte" | "base64" => Format::Bytes,
        "binary" | "file" => Format::Binary,
        "decimal" | "bignum" | "double" | "float" | "number" | "integer" => Format::Decimal,
        other if is_integer_format(other) => Format::Decimal,
        _ => Format::Plain,
    }
}

/// `format` without `type`.
pub(super) fn type_of_format(format: &str) -> Vec<Type> {
    match format {
        "float" | "double" | "decimal" => vec![Type::Number],
        other if is_integer_format(other) => vec![Type::Int],
        other if format_of(other) != Format::Plain => vec![Type::Text],
        _ => Vec::new(),
    }
}
