//! Types as the flow and the contract of the backend write them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::types::{Def, Field, Ty, World};

/// The aliases that have rules.
pub const HEAD: &str = "type Small = int in -5..50\n\ntype Money = decimal in 0..1000 scale 2\n\n\
    type Code = string matching \"[A-Z]{2}[0-9]{2}\"\n\ntype Short = string of 1..4\n\n";

pub fn name(world: &World, ty: &Ty) -> String {
    match ty {
        Ty::Bool => "bool".to_owned(),
        Ty::Int => "int".to_owned(),
        Ty::Small => "Small".to_owned(),
        Ty::Float => "float".to_owned(),
        Ty::Decimal => "decimal".to_owned(),
        Ty::Money => "Money".to_owned(),
        Ty::Text => "string".to_owned(),
        Ty::Code => "Code".to_owned(),
        Ty::Short => "Short".to_owned(),
        Ty::Date => "date".to_owned(),
        Ty::Time => "time".to_owned(),
        Ty::DateTime => "datetime".to_owned(),
        Ty::Duration => "duration".to_owned(),
        Ty::Uuid => "uuid".to_owned(),
        Ty::Email => "email".to_owned(),
        Ty::Uri => "uri".to_owned(),
        Ty::Bytes => "bytes".to_owned(),
        Ty::Json => "json".to_owned(),
        Ty::List(item) => format!("[{}]", name(world, item)),
        Ty::Dict(item) => format!("{{string: {}}}", name(world, item)),
        Ty::Opt(inner) => format!("{}?", name(world, inner)),
        Ty::Named(at) if world.is_open(*at) => format!("Back.T{at}"),
        Ty::Named(at) => format!("T{at}"),
    }
}

/// A name of a field where it is declared or read.
pub fn word(name: &str) -> String {
    match name.contains(' ') {
        true => format!("{name:?}"),
        false => name.to_owned(),
    }
}

pub fn types(world: &World) -> String {
    let mut out = HEAD.to_owned();
    for (at, def) in world.defs.iter().enumerate().take(world.foreign) {
        match def {
            Def::Enum(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                let _ = writeln!(out, "type T{at} = {}\n", words.join(" | "));
            }
            Def::Union { members, is_tagged } => {
                let members: Vec<String> = members.iter().map(|at| format!("T{at}")).collect();
                let by = if *is_tagged { " by kind" } else { "" };
                let _ = writeln!(out, "type T{at} = {}{by}\n", members.join(" | "));
            }
            Def::Record { fields } => {
                let _ = writeln!(out, "type T{at} {{\n{}}}\n", record(world, fields));
            }
        }
    }
    out
}

fn record(world: &World, fields: &[Field]) -> String {
    let line = |field: &Field| {
        let default = field.default.map(|default| format!(" = {default}")).unwrap_or_default();
        format!("  {}: {}{default}\n", word(&field.name), name(world, &field.ty))
    };
    fields.iter().map(line).collect()
}

/// The contract: operations that give back what they are sent, by their names, and those that write.
pub fn contract(world: &World, asks: &[(String, Vec<(String, Ty)>)]) -> String {
    let mut paths = serde_json::Map::new();
    for (name, fields) in asks {
        let answer = object(fields);
        let operation = json!({
            "operationId": name,
            "parameters": if name.starts_with("ask") { whose() } else { json!([]) },
            "requestBody": {"required": true, "content": {"application/json": {"schema": {}}}},
            "responses": {"200": {"description": "what was sent", "content": {"application/json": {"schema": answer}}}},
        });
        paths.insert(format!("/{name}"), json!({ "post": operation }));
    }
    paths.extend(writes());
    let mut schemas = serde_json::Map::new();
    for (at, def) in world.defs.iter().enumerate().skip(world.foreign) {
        let schema = match def {
            Def::Enum(words) => json!({"type": "string", "enum": words}),
            Def::Record { fields } => {
                let fields: Vec<(String, Ty)> =
                    fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect();
                let mut object = object(&fields);
                if has_more(at) {
                    object["additionalProperties"] = json!({"type": "integer", "format": "int64"});
                }
                object
            }
            Def::Union { .. } => json!({}),
        };
        schemas.insert(format!("T{at}"), schema);
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "What random functions are fed with", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    document.to_string()
}

/// Which run of which program it is for, and which call of it.
fn whose() -> Value {
    let number = |name: &str| json!({"name": name, "in": "query", "required": true, "schema": {"type": "integer", "format": "int64"}});
    json!([number("run"), number("step")])
}

fn writes() -> serde_json::Map<String, Value> {
    let body = json!({"required": true, "content": {"application/json": {"schema": {}}}});
    let thing = object(&[
        ("value".to_owned(), Ty::Int),
        ("word".to_owned(), Ty::Text.optional()),
        ("more".to_owned(), Ty::List(Box::new(Ty::Int))),
    ]);
    let made = json!({"200": {"description": "made", "content": {"application/json": {"schema": thing}}}});
    let done = json!({"204": {"description": "done"}});
    let mut undone = whose();
    if let Value::Array(all) = &mut undone {
        all.push(json!({"name": "of", "in": "query", "required": true, "schema": {"type": "string"}}));
    }
    let all = json!({
        "/make": {"post": {"operationId": "make", "parameters": whose(), "requestBody": body, "responses": made}},
        "/note": {"put": {"operationId": "note", "parameters": whose(), "requestBody": body, "responses": done}},
        "/undo": {"delete": {"operationId": "undo", "parameters": undone, "responses": done}},
    });
    match all {
        Value::Object(all) => all,
        _ => serde_json::Map::new(),
    }
}

/// Whether a record of the backend has keys beyond those that have names.
pub fn has_more(at: usize) -> bool {
    at.is_multiple_of(3)
}

fn object(fields: &[(String, Ty)]) -> Value {
    let required = fields.iter().filter(|(_, ty)| !matches!(ty, Ty::Opt(_))).map(|(name, _)| name);
    let required: Vec<&String> = required.collect();
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|(name, ty)| (name.clone(), schema(ty))).collect();
    let mut object = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn schema(ty: &Ty) -> Value {
    match ty {
        Ty::Bool => json!({"type": "boolean"}),
        Ty::Int => json!({"type": "integer", "format": "int64"}),
        Ty::Small => json!({"type": "integer", "format": "int64", "minimum": -5, "maximum": 50}),
        Ty::Float => json!({"type": "number", "format": "double"}),
        Ty::Decimal | Ty::Money => json!({"type": "number"}),
        Ty::Text | Ty::Time | Ty::Duration | Ty::Bytes => json!({"type": "string"}),
        Ty::Code => json!({"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}$"}),
        Ty::Short => json!({"type": "string", "minLength": 1, "maxLength": 4}),
        Ty::Date => json!({"type": "string", "format": "date"}),
        Ty::DateTime => json!({"type": "string", "format": "date-time"}),
        Ty::Uuid => json!({"type": "string", "format": "uuid"}),
        Ty::Email => json!({"type": "string", "format": "email"}),
        Ty::Uri => json!({"type": "string", "format": "uri"}),
        Ty::Json => json!({}),
        Ty::List(item) => json!({"type": "array", "items": schema(item)}),
        Ty::Dict(item) => json!({"type": "object", "additionalProperties": schema(item)}),
        Ty::Opt(inner) => match schema(inner) {
            Value::Object(mut schema) if !schema.contains_key("$ref") => {
                schema.insert("nullable".to_owned(), Value::Bool(true));
                Value::Object(schema)
            }
            other => other,
        },
        Ty::Named(at) => json!({"$ref": format!("#/components/schemas/T{at}")}),
    }
}
