//! Schemas: in one line where they are used, and each one that has a name in a section of its own.

use serde_json::Value;

use super::{code, described, fields, resolved, row, table};
use crate::emit::text::html::{Html, element, text};

/// How deep schemas without names are shown inside of each other.
const DEEPEST: usize = 8;

/// What a value looks like, in one line.
pub fn shape(document: &Value, schema: &Value) -> Html {
    inner(document, schema, 0)
}

fn inner(document: &Value, schema: &Value, depth: usize) -> Html {
    if let (Some(name), _) = resolved(document, schema) {
        return element("a", &[("href", &format!("#schema-{name}"))], text(name));
    }
    if depth >= DEEPEST {
        return text("…");
    }
    let among = ["anyOf", "oneOf", "allOf"].into_iter().find_map(|key| Some((key, schema[key].as_array()?)));
    if let Some((key, members)) = among {
        let between = if key == "allOf" { " and " } else { " or " };
        return joined(members.iter().map(|member| inner(document, member, depth + 1)), between);
    }
    if let Some(values) = schema["enum"].as_array() {
        return joined(values.iter().map(|value| code(&value.to_string())), ", ");
    }
    if !schema["const"].is_null() {
        return code(&schema["const"].to_string());
    }
    match kinds(schema).as_slice() {
        [] => text("anything"),
        many => joined(many.iter().map(|kind| of_kind(document, schema, kind, depth)), " or "),
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn of_kind(document: &Value, schema: &Value, kind: &str, depth: usize) -> Html {
    match kind {
        "array" => {
            let mut said = text("a list of ");
            said.push(inner(document, &schema["items"], depth + 1));
            said.push(text(&bounds(schema, "minItems", "maxItems")));
            said
        }
        "object" if fields(&schema["properties"]).next().is_some() => {
            let names: Vec<&str> = fields(&schema["properties"]).map(|(name, _)| name.as_str()).collect();
            text(&format!("an object with {}", names.join(", ")))
        }
        "object" => text("an object"),
        "string" => {
            let mut said = text(schema["format"].as_str().map_or("text", |format| format));
            said.push(text(&bounds(schema, "minLength", "maxLength")));
            if let Some(pattern) = schema["pattern"].as_str() {
                said.push(text(" that fits "));
                said.push(code(pattern));
            }
            said
        }
        "integer" | "number" => text(&format!(
            "{}{}",
            if kind == "integer" { "whole number" } else { "number" },
            bounds(schema, "minimum", "maximum")
        )),
        other => text(other),
    }
}

/// ` (1 to 40)`
fn bounds(schema: &Value, least: &str, most: &str) -> String {
    match (&schema[least], &schema[most]) {
        (Value::Null, Value::Null) => String::new(),
        (least, Value::Null) => format!(" (from {least})"),
        (Value::Null, most) => format!(" (up to {most})"),
        (least, most) if least == most => format!(" ({least})"),
        (least, most) => format!(" ({least} to {most})"),
    }
}

fn joined(pieces: impl Iterator<Item = Html>, between: &str) -> Html {
    let mut all = Html::default();
    for piece in pieces {
        if !all.is_empty() {
            all.push(text(between));
        }
        all.push(piece);
    }
    all
}

/// All schemas that have names.
pub fn sections(document: &Value) -> Html {
    let schemas = &document["components"]["schemas"];
    fields(schemas).map(|(name, schema)| section(document, name, schema)).collect()
}

fn section(document: &Value, name: &str, schema: &Value) -> Html {
    let mut section = element("h2", &[("id", &format!("schema-{name}"))], text(name));
    section.line(described(schema));
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let rows: Html = fields(&schema["properties"])
        .map(|(field, of)| {
            let need = if required.contains(&field.as_str()) { "required" } else { "optional" };
            row([code(field), text(need), shape(document, of), described(of)])
        })
        .collect();
    if rows.is_empty() {
        section.line(element("p", &[], shape(document, schema)));
    } else {
        section.line(table(&["field", "", "what", ""], rows));
    }
    element("section", &[], section)
}
