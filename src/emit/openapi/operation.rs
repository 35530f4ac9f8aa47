//! One operation of a document: what it takes, who may call it, what it answers.

use serde_json::{Value, json};

use super::schema::{Schemas, Side, set};
use super::{Security, answers, values};
use crate::ir::{MediaKind, Operation, Param, ParamPlace, RequestKey, Service, Style, Type};

/// Where an operation stands.
#[derive(Clone, Copy)]
pub struct Of<'s> {
    pub service: &'s Service,
    /// The document is about this service and no other.
    pub is_alone: bool,
}

pub fn operation(
    schemas: &mut Schemas<'_>,
    security: &Security<'_>,
    of: Of<'_>,
    operation: &Operation,
) -> Value {
    let (id, mut tags) = if of.is_alone {
        (operation.name.clone(), Vec::new())
    } else {
        (format!("{}.{}", of.service.name, operation.name), vec![of.service.name.clone()])
    };
    tags.extend(of.service.tags.iter().filter(|tag| **tag != of.service.name).cloned());
    let mut value = json!({ "operationId": id });
    set(&mut value, "tags", (!tags.is_empty()).then(|| tags.into()));
    set(&mut value, "description", operation.doc.clone().map(Value::from));
    deprecation(&mut value, operation);
    set(&mut value, "security", Some(security.required(operation)));
    let is_body = |param: &&Param| matches!(param.place, ParamPlace::Body { .. });
    let params: Vec<Value> = operation
        .params
        .iter()
        .filter(|param| !is_body(param))
        .map(|param| parameter(schemas, param))
        .collect();
    let params = with_key(params, operation);
    set(&mut value, "parameters", (!params.is_empty()).then(|| params.into()));
    let body = operation.params.iter().find(is_body).and_then(|param| request_body(schemas, param));
    set(&mut value, "requestBody", body);
    set(&mut value, "responses", Some(answers::responses(schemas, operation)));
    value
}

/// The header that tells requests apart has to be there, whether or not the steps read it.
fn with_key(mut params: Vec<Value>, operation: &Operation) -> Vec<Value> {
    let Some(RequestKey::Header(name)) = operation.settings.idempotent.as_ref().map(|once| &once.key) else {
        return params;
    };
    let is_it = |param: &Value| {
        let of = param["name"].as_str().unwrap_or_default();
        param["in"] == "header" && of.eq_ignore_ascii_case(name)
    };
    match params.iter_mut().find(|param| is_it(param)) {
        Some(param) => set(param, "required", Some(true.into())),
        None => params.push(json!({
            "name": name,
            "in": "header",
            "required": true,
            "description": "The same for a request that is sent again: it is done once",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        })),
    }
    params
}

fn deprecation(value: &mut Value, operation: &Operation) {
    let Some(deprecation) = &operation.settings.deprecated else { return };
    set(value, "deprecated", Some(true.into()));
    set(value, "x-deprecated-since", Some(deprecation.since.clone().into()));
    set(value, "x-sunset", deprecation.sunset.clone().map(Value::from));
    set(value, "externalDocs", deprecation.link.clone().map(|link| json!({ "url": link })));
}

/// What may stand in one segment of a path. `.` and `..` are refused too; most clients resolve them before they ask.
const SEGMENT: &str = r"^[^\x00-\x1f\x7f-\x9f/\\]*$";

fn parameter(schemas: &mut Schemas<'_>, param: &Param) -> Value {
    let (place, style) = match &param.place {
        ParamPlace::Path(style) => ("path", *style),
        ParamPlace::Query(style) => ("query", *style),
        ParamPlace::Header(style) => ("header", *style),
        ParamPlace::Cookie(style) => ("cookie", *style),
        ParamPlace::Body { .. } => ("query", Style::Form { explode: true }),
    };
    let mut value = json!({ "name": param.wire, "in": place, "required": is_required(param) });
    set(&mut value, "description", param.doc.clone().map(Value::from));
    let mut schema = schemas.schema(param.ty.present(), Side::Request);
    if place == "path" {
        segment(&mut schema, &param.ty);
    }
    let default = param.default.as_ref().and_then(|default| values::constant(schemas.program(), default));
    set(&mut schema, "default", default.filter(|value| !value.is_null()));
    set(&mut schema, "x-sensitive", param.labelled.then(|| true.into()));
    let is_plain = !matches!(param.ty.present(), Type::List(_) | Type::Dict(_) | Type::Named(_) | Type::Json);
    if style == Style::Json {
        set(&mut value, "content", Some(json!({ "application/json": { "schema": schema } })));
        return value;
    }
    if !is_plain {
        styled(&mut value, style);
    }
    set(&mut value, "schema", Some(schema));
    value
}

/// What a schema says more of what stands in a path: without a letter, or without an element, it would be another one.
fn segment(schema: &mut Value, ty: &Type) {
    match ty {
        Type::Text(rule) => {
            let at_least = rule.min.unwrap_or(0) == 0;
            set(schema, "minLength", at_least.then(|| 1.into()));
            set(schema, "pattern", rule.pattern.is_none().then(|| SEGMENT.into()));
        }
        Type::List(list) => {
            set(schema, "minItems", (list.min.unwrap_or(0) == 0).then(|| 1.into()));
            if let (Some(items), Type::Text(rule)) = (schema.get_mut("items"), &list.item) {
                set(items, "pattern", rule.pattern.is_none().then(|| SEGMENT.into()));
            }
        }
        _ => {}
    }
}

fn styled(value: &mut Value, style: Style) {
    let (name, explode) = match style {
        Style::Simple { explode } => ("simple", explode),
        Style::Label { explode } => ("label", explode),
        Style::Matrix { explode } => ("matrix", explode),
        Style::Form { explode } => ("form", explode),
        Style::SpaceDelimited { explode } => ("spaceDelimited", explode),
        Style::PipeDelimited { explode } => ("pipeDelimited", explode),
        Style::DeepObject => ("deepObject", true),
        // It has no name in OpenAPI 3, and what has content has no style.
        Style::TabDelimited | Style::Json => return,
    };
    set(value, "style", Some(name.into()));
    set(value, "explode", Some(explode.into()));
}

fn request_body(schemas: &mut Schemas<'_>, param: &Param) -> Option<Value> {
    let ParamPlace::Body { media_type, kind } = &param.place else { return None };
    let schema = match kind {
        MediaKind::Binary => json!({ "type": "string", "format": "binary" }),
        MediaKind::Json
        | MediaKind::Form
        | MediaKind::Multipart
        | MediaKind::JsonLines
        | MediaKind::Events
        | MediaKind::Text => {
            let schema = schemas.schema(param.ty.present(), Side::Request);
            // An optional body may be left out, or be null.
            let is_null = param.ty.is_optional() && *kind == MediaKind::Json;
            if is_null { super::schema::nullable(schema) } else { schema }
        }
    };
    let mut body = json!({});
    set(&mut body, "description", param.doc.clone().map(Value::from));
    set(&mut body, "required", Some(is_required(param).into()));
    set(&mut body, "content", Some(json!({ media_type: { "schema": schema } })));
    Some(body)
}

fn is_required(param: &Param) -> bool {
    param.is_in_path() || (!param.ty.is_optional() && param.default.is_none())
}
