//! Checks of one schema by its own keywords.

use std::cmp::Ordering;

use super::super::documents::{Documents, Entry, Place};
use super::super::faults::{Faults, Weight};
use super::super::model::Literal;
use super::super::schema::{bounds, literal, significant_siblings, type_names};
use super::super::{Version, patterns};
use crate::diagnostic::contract as say;

pub(in super::super) fn check_schema(
    documents: &Documents,
    faults: &mut Faults,
    version: Version,
    schema: Place,
) {
    if documents.get(schema, "$ref").is_some_and(|target| documents.text(target).is_some()) {
        if !version.is_json_schema() {
            check_siblings(documents, faults, schema);
        }
        return;
    }
    for entry in documents.entries(schema) {
        check_keyword(documents, faults, schema, &entry);
    }
}

fn check_keyword(documents: &Documents, faults: &mut Faults, schema: Place, entry: &Entry) {
    let Entry { name, key, value } = entry;
    match &**name {
        "pattern" => check_pattern(documents, faults, *value),
        "enum" => check_enum(documents, faults, schema, *value),
        "minimum" => {
            check_reach(documents, faults, schema, entry, Ordering::Greater);
            check_pair(documents, faults, schema, ["minimum", "maximum"]);
        }
        "exclusiveMinimum" => check_reach(documents, faults, schema, entry, Ordering::Greater),
        "maximum" | "exclusiveMaximum" => check_reach(documents, faults, schema, entry, Ordering::Less),
        "minLength" => check_pair(documents, faults, schema, ["minLength", "maxLength"]),
        "minItems" => check_pair(documents, faults, schema, ["minItems", "maxItems"]),
        "minProperties" => {
            check_pair(documents, faults, schema, ["minProperties", "maxProperties"]);
            check_properties(documents, faults, entry);
        }
        "maxProperties" => {
            check_count(documents, faults, name, *value);
            check_properties(documents, faults, entry);
        }
        "maxLength" | "maxItems" => check_count(documents, faults, name, *value),
        "multipleOf" => check_multiple(documents, faults, schema, entry),
        "default" => check_default(documents, faults, schema, *value),
        "not"
        | "if"
        | "dependentSchemas"
        | "dependentRequired"
        | "propertyNames"
        | "contains"
        | "unevaluatedProperties"
        | "unevaluatedItems" => {
            let fault = say::not_enforced(documents.span(*key), &format!("`{name}`"));
            faults.add(*value, Weight::Repaired, fault);
        }
        "uniqueItems" if documents.boolean(*value) == Some(true) => {
            let fault = say::not_enforced(documents.span(*key), "`uniqueItems`");
            faults.add(*value, Weight::Repaired, fault);
        }
        "properties" | "patternProperties" if !documents.is_map(*value) => {
            let fault = say::malformed(documents.short_span(*value), name, "a map", "something else");
            faults.add(*value, Weight::WhenUsed, fault);
        }
        "allOf" | "oneOf" | "anyOf" if !documents.is_list(*value) => {
            let fault = say::malformed(documents.short_span(*value), name, "a list", "something else");
            faults.add(*value, Weight::WhenUsed, fault);
        }
        _ => {}
    }
}

fn check_siblings(documents: &Documents, faults: &mut Faults, schema: Place) {
    let siblings = significant_siblings(documents, schema);
    if !siblings.is_empty() {
        let keys: Vec<String> = siblings.iter().take(4).map(|key| format!("`{key}`")).collect();
        let span = documents.key_span(schema, "$ref");
        faults.add(schema, Weight::Repaired, say::ref_siblings(span, &keys.join(", ")));
    }
}

fn check_pattern(documents: &Documents, faults: &mut Faults, place: Place) {
    let Some(pattern) = documents.text(place) else { return };
    if let Err(why) = patterns::translate(&pattern) {
        faults.add(place, Weight::Repaired, say::pattern(documents.span(place), &why));
    }
}

fn check_enum(documents: &Documents, faults: &mut Faults, schema: Place, list: Place) {
    let mut values = documents.items(list).peekable();
    if values.peek().is_none() {
        let span = documents.key_span(schema, "enum");
        // Beside `allOf` it is left over from a generator, and the other parts say what fits.
        let alone = documents.get(schema, "allOf").is_none();
        let weight = if alone { Weight::WhenUsed } else { Weight::Repaired };
        faults.add(list, weight, say::uninhabited(span, "the list of values is empty"));
        return;
    }
    let types: Vec<String> = type_names(documents, schema).into_iter().map(|(_, name)| name).collect();
    let [only] = types.as_slice() else { return };
    for value in values {
        let wrong = match (only.as_str(), literal(documents, value)) {
            ("string", Literal::Json(_)) => Some("text"),
            ("integer", Literal::Number(text) | Literal::String(text)) if !bounds::is_whole(&text) => {
                Some("an integer")
            }
            ("number", Literal::String(text)) if !bounds::is_number(&text) => Some("a number"),
            ("integer" | "number", Literal::Bool(_) | Literal::Json(_)) => Some("a number"),
            ("boolean", Literal::Number(_) | Literal::String(_) | Literal::Json(_)) => Some("a boolean"),
            _ => None,
        };
        if let Some(wanted) = wrong {
            let fault = say::value(documents.short_span(value), "a value of the enumeration", wanted);
            faults.add(value, Weight::Repaired, fault);
        }
    }
}

/// The lower bound of a pair, against the upper one.
fn check_pair(documents: &Documents, faults: &mut Faults, schema: Place, [low, high]: [&str; 2]) {
    let Some(low_place) = documents.get(schema, low) else { return };
    let low_text = documents.scalar(low_place).unwrap_or_default();
    let span = documents.span(low_place);
    if low != "minimum" {
        check_count(documents, faults, low, low_place);
    }
    let high_text = documents.scalar_at(schema, high);
    if let Some(high_text) = high_text
        && bounds::compare(&low_text, &high_text) == Some(Ordering::Greater)
    {
        let why = format!("`{low}` is {low_text} and `{high}` is {high_text}: nothing lies between them");
        faults.add(low_place, Weight::WhenUsed, say::range(span, &why));
    }
}

fn check_count(documents: &Documents, faults: &mut Faults, key: &str, place: Place) {
    let text = documents.scalar(place).unwrap_or_default();
    let is_count = matches!(
        key,
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
    );
    if is_count && bounds::whole(&text).is_none() {
        // Larger than any count of ours is no bound at all.
        let is_huge = bounds::is_number(&text) && bounds::is_whole(&text) && !text.starts_with('-');
        if !is_huge {
            let why = format!("`{key}` is {text}, and should be a count");
            faults.add(place, Weight::Repaired, say::range(documents.short_span(place), &why));
        }
    }
}

/// How many properties there are is not counted.
fn check_properties(documents: &Documents, faults: &mut Faults, entry: &Entry) {
    let text = documents.scalar(entry.value).unwrap_or_default();
    let is_free = entry.name == "minProperties" && bounds::whole(&text) == Some(0);
    if !is_free {
        let fault = say::not_enforced(documents.span(entry.key), &format!("`{}`", entry.name));
        faults.add(entry.value, Weight::Repaired, fault);
    }
}

/// Decimal places are enforced, and nothing else that a step may say.
fn check_multiple(documents: &Documents, faults: &mut Faults, schema: Place, entry: &Entry) {
    let place = entry.value;
    let text = documents.scalar(place).unwrap_or_default();
    if bounds::compare(&text, "0") != Some(Ordering::Greater) {
        let why = format!("`multipleOf` is {text}, and should be greater than zero");
        return faults.add(place, Weight::Repaired, say::range(documents.short_span(place), &why));
    }
    if is_binary(documents, schema) || bounds::places_of_step(&text).is_none() {
        let fault = say::not_enforced(documents.span(entry.key), &format!("`multipleOf: {text}`"));
        faults.add(place, Weight::Repaired, fault);
    }
}

fn is_binary(documents: &Documents, schema: Place) -> bool {
    documents.text_at(schema, "format").is_some_and(|format| matches!(&*format, "float" | "double"))
}

/// A bound that no number of ours reaches, from its wrong side: nothing fits.
fn check_reach(documents: &Documents, faults: &mut Faults, schema: Place, entry: &Entry, wrong: Ordering) {
    let types: Vec<String> = type_names(documents, schema).into_iter().map(|(_, name)| name).collect();
    let (least, greatest) = match types.as_slice() {
        [only] if only == "integer" => ("-9223372036854775808", "9223372036854775807"),
        [only] if only == "number" && is_binary(documents, schema) => {
            ("-1.7976931348623157e308", "1.7976931348623157e308")
        }
        [only] if only == "number" => ("-79228162514264337593543950335", "79228162514264337593543950335"),
        _ => return,
    };
    let (word, reached) = match wrong {
        Ordering::Greater => ("greatest", greatest),
        Ordering::Less | Ordering::Equal => ("least", least),
    };
    let text = documents.scalar(entry.value).unwrap_or_default();
    if bounds::compare(&text, reached) == Some(wrong) {
        let why = format!("`{}` is {text}, and the {word} number that can be held is {reached}", entry.name);
        faults.add(entry.value, Weight::WhenUsed, say::range(documents.short_span(entry.value), &why));
    }
}

/// A default that no value of ours can hold. Whether it is one of the schema is seen when that is lowered.
fn check_default(documents: &Documents, faults: &mut Faults, schema: Place, place: Place) {
    let types = type_names(documents, schema);
    let [(_, only)] = types.as_slice() else { return };
    let (found, span) = (literal(documents, place), documents.short_span(place));
    let wanted = match (only.as_str(), &found) {
        (_, Literal::Null) => None,
        ("integer", Literal::Number(text)) => return check_integer(documents, faults, schema, place, text),
        ("integer", Literal::String(text)) if bounds::is_whole(text) => None,
        ("integer", _) => Some("an integer"),
        ("number", Literal::Number(text) | Literal::String(text)) if bounds::is_number(text) => None,
        ("number", Literal::Number(text)) => {
            let why = format!("the default {text} is no finite number");
            return faults.add(place, Weight::Repaired, say::range(span, &why));
        }
        ("number", _) => Some("a number"),
        ("boolean", Literal::Bool(_)) => None,
        ("boolean", Literal::String(text)) if matches!(text.as_str(), "true" | "false") => None,
        ("boolean", _) => Some("a boolean"),
        ("string", Literal::Json(_)) => Some("text"),
        ("array", Literal::Json(json)) if json.starts_with('[') => None,
        ("array", _) => Some("a list"),
        ("object", Literal::Json(json)) if json.starts_with('{') => None,
        ("object", _) => Some("an object"),
        _ => None,
    };
    if let Some(wanted) = wanted {
        faults.add(place, Weight::Repaired, say::value(span, "the default", wanted));
    }
}

fn check_integer(documents: &Documents, faults: &mut Faults, schema: Place, place: Place, text: &str) {
    let span = documents.short_span(place);
    if !bounds::is_whole(text) {
        return faults.add(place, Weight::Repaired, say::value(span, "the default", "an integer"));
    }
    let format = documents.text_at(schema, "format");
    let (low, high) = match format.as_deref() {
        Some("int32") => ("-2147483648", "2147483647"),
        _ => ("-9223372036854775808", "18446744073709551615"),
    };
    let below = bounds::compare(text, low) == Some(Ordering::Less);
    let above = bounds::compare(text, high) == Some(Ordering::Greater);
    if below || above {
        let why = format!("the default {text} does not fit into {}", format.as_deref().unwrap_or("64 bits"));
        faults.add(place, Weight::Repaired, say::range(span, &why));
    }
}
