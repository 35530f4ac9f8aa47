//! Family 05: maps and records.

use super::names::{circle_of, suggest};
use super::{At, Code, Diagnostic};
use crate::source::Span;

const MISSING_FIELDS: Code = Code::error("F0501", "map/missing-fields");
const EXTRA_FIELD: Code = Code::error("F0502", "map/extra-field");
const FIELD_TWICE: Code = Code::error("F0503", "map/field-twice");
const READ_ONLY: Code = Code::error("F0504", "map/read-only");
const NOT_A_RECORD: Code = Code::error("F0505", "map/not-a-record");
const SPREAD: Code = Code::error("F0506", "map/spread");
const SPREAD_TAKES_NOTHING: Code = Code::warning("W0507", "map/spread-takes-nothing");
const CIRCLE: Code = Code::error("F0508", "map/circle");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    MISSING_FIELDS,
    EXTRA_FIELD,
    FIELD_TWICE,
    READ_ONLY,
    NOT_A_RECORD,
    SPREAD,
    SPREAD_TAKES_NOTHING,
    CIRCLE,
];

/// Each missing field with its type and its declaration.
pub fn missing_fields(span: Span, target: &str, missing: &[(&str, String, Span)]) -> Diagnostic {
    let names: Vec<String> = missing.iter().take(8).map(|(name, ..)| format!("`{name}`")).collect();
    let more = if missing.len() > 8 { format!(" and {} more", missing.len() - 8) } else { String::new() };
    let noun = if missing.len() == 1 { "field" } else { "fields" };
    let message = format!("the required {noun} {}{more} of `{target}` are not set", names.join(", "));
    let message = if missing.len() == 1 { message.replace(" are not set", " is not set") } else { message };
    let mut diagnostic = Diagnostic::new(MISSING_FIELDS, span, message);
    for (name, _, declared) in missing.iter().take(3) {
        diagnostic = diagnostic.label(*declared, format!("`{name}` is required here"));
    }
    let lines: Vec<String> =
        missing.iter().take(8).map(|(name, ty, _)| format!("`{name}: …` ({ty})")).collect();
    diagnostic.help(format!("add {}", lines.join(", ")))
}

pub fn extra_field<'n>(
    name: impl Into<At<'n>>,
    target: &str,
    declared: Option<Span>,
    near: Option<&str>,
) -> Diagnostic {
    let name = name.into();
    let mut diagnostic =
        Diagnostic::new(EXTRA_FIELD, name.span, format!("`{target}` has no field `{}`", name.text));
    if let Some(declared) = declared {
        diagnostic = diagnostic.label(declared, format!("`{target}` is declared here"));
    }
    suggest(diagnostic, name.span, near, "leave it out, or add it to the type")
}

pub fn field_twice<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(FIELD_TWICE, name.span, format!("the field `{}` is set twice", name.text))
        .label(first, "first here")
        .help("leave one of the two out")
}

pub fn read_only<'n>(name: impl Into<At<'n>>, declared: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(
        READ_ONLY,
        name.span,
        format!("`{}` is given by the backend and never sent to it", name.text),
    )
    .label(declared, "`readOnly` here")
    .help("leave it out")
}

pub fn not_a_record(span: Span, map: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(NOT_A_RECORD, span, format!("the map `{map}` gives a `{ty}`, and a map gives a record"))
        .help(format!("write a function: `fn {map}(…) -> {ty} = …`"))
}

pub fn spread_not_a_record(span: Span, ty: &str, optional: bool) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(SPREAD, span, format!("`..` takes the fields of a record, and this is `{ty}`"));
    if optional {
        diagnostic.help("it may be absent: make sure above that it is there")
    } else {
        diagnostic.help("name a record")
    }
}

pub fn spread_takes_nothing(span: Span) -> Diagnostic {
    Diagnostic::new(
        SPREAD_TAKES_NOTHING,
        span,
        "`..` takes nothing: no field that is left has an equal name and a type that fits",
    )
    .help("leave it out, or set the fields by name")
}

pub fn circle(span: Span, circle: &[&str], declared: Span) -> Diagnostic {
    Diagnostic::new(CIRCLE, span, format!("{} could go on for ever", circle_of(circle)))
        .label(declared, "it comes back to this")
        .help("a map may call itself only on a part of what it was given: `for x in a.children yield category(x)`")
}
