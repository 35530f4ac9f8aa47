//! Bodies and responses: what is sent and received, by media type and status.

use std::sync::Arc;

use smol_str::SmolStr;

use super::documents::{Documents, Entry, Place};
use super::faults::Weight;
use super::model::{Body, Media, MediaKind, Method, Response, SchemaId, Status};
use super::parameters::Declared;
use super::{Contract, Version, examples, lint, schema};
use crate::diagnostic::contract as say;
use crate::source::Span;

/// The body of a request, where the operation has one.
pub(super) fn body(
    contract: &mut Contract,
    operation: Place,
    declared: &[Declared],
    method: Method,
) -> Option<Body> {
    let documents = Arc::clone(&contract.documents);
    if contract.version == Version::V2 {
        return body_of_parameters(contract, operation, declared);
    }
    let written = documents.get(operation, "requestBody")?;
    let node = contract.follow(written, "a request body")?;
    contract.touch(node);
    if matches!(method, Method::Get | Method::Head) && documents.get(node, "content").is_some() {
        let span = documents.key_span(operation, "requestBody");
        contract.faults.add(written, Weight::Repaired, say::body_of_safe_method(span, method.as_str()));
    }
    let content = match documents.get(node, "content") {
        Some(content) => content_of(contract, content),
        None => Vec::new(),
    };
    if content.is_empty() {
        return None;
    }
    Some(Body {
        required: documents.flag_at(node, "required"),
        content,
        doc: documents.doc(node),
        span: documents.key_span(operation, "requestBody"),
    })
}

/// Swagger 2.0 has the body among the parameters, whole or as form fields.
fn body_of_parameters(contract: &mut Contract, operation: Place, declared: &[Declared]) -> Option<Body> {
    let documents = Arc::clone(&contract.documents);
    let consumes = media_types(&documents, operation, "consumes");
    if let Some(body) = declared.iter().find(|parameter| parameter.place == "body") {
        let node = body.node;
        let schema = documents.get(node, "schema").map(|schema| schema::of(contract, schema));
        let types = or_json(consumes, documents.short_span(node));
        let content = types.into_iter().map(|(name, span)| media(&name, schema, span)).collect();
        return Some(Body {
            required: documents.flag_at(node, "required"),
            content: preferred(content),
            doc: documents.doc(node),
            span: documents.key_span(node, "name"),
        });
    }
    let fields: Vec<&Declared> = declared.iter().filter(|parameter| parameter.place == "formData").collect();
    let first = fields.first()?;
    let span = documents.key_span(first.node, "name");
    let has_file =
        fields.iter().any(|field| documents.text_at(field.node, "type").as_deref() == Some("file"));
    let default = if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
    let mut types = consumes;
    types.retain(|(name, _)| match kind(name) {
        MediaKind::Multipart => true,
        MediaKind::Form => !has_file,
        MediaKind::Json | MediaKind::JsonLines | MediaKind::Events | MediaKind::Text | MediaKind::Binary => {
            false
        }
    });
    if types.is_empty() {
        types.push((SmolStr::new_static(default), span));
    }
    let required = fields.iter().any(|field| documents.flag_at(field.node, "required"));
    let schema = schema::form(contract, &fields, span);
    let content = types.into_iter().map(|(name, span)| media(&name, Some(schema), span)).collect();
    Some(Body { required, content: preferred(content), doc: None, span })
}

/// `consumes` or `produces` of the operation, else of the document.
fn media_types(documents: &Documents, operation: Place, key: &str) -> Vec<(SmolStr, Span)> {
    let list = documents.get(operation, key).or_else(|| documents.get(documents.root(), key));
    let Some(list) = list else { return Vec::new() };
    documents
        .items(list)
        .filter_map(|item| Some((SmolStr::new(documents.text(item)?), documents.span(item))))
        .collect()
}

fn or_json(types: Vec<(SmolStr, Span)>, span: Span) -> Vec<(SmolStr, Span)> {
    if types.is_empty() { vec![(SmolStr::new_static("application/json"), span)] } else { types }
}

fn media(name: &str, schema: Option<SchemaId>, span: Span) -> Media {
    Media { media_type: SmolStr::new(name), kind: kind(name), schema, examples: Vec::new(), span }
}

/// A map of media types.
pub(super) fn content(contract: &mut Contract, content: Place) -> Vec<Media> {
    content_of(contract, content)
}

fn content_of(contract: &mut Contract, content: Place) -> Vec<Media> {
    let documents = Arc::clone(&contract.documents);
    let Some(content) = contract.through(content) else { return Vec::new() };
    contract.touch(content);
    lint::check_map(&documents, &mut contract.faults, content, "content");
    let mut media = Vec::new();
    for Entry { name, key, value } in documents.entries(content) {
        let span = documents.span(key);
        lint::check_media_type(&documents, &mut contract.faults, key);
        // From OpenAPI 3.2 on, a media type may be a reference.
        let Some(value) = contract.follow(value, "a media type") else { continue };
        contract.touch(value);
        let schema = documents.get(value, "schema").or_else(|| documents.get(value, "itemSchema"));
        let schema = schema.map(|schema| schema::of(contract, schema));
        let examples = examples::of_media(&documents, value);
        media.push(Media {
            media_type: SmolStr::new(name.trim()),
            kind: kind(&name),
            schema,
            examples,
            span,
        });
    }
    preferred(media)
}

/// JSON before form before multipart before the rest; plain `application/json` before its relatives.
fn preferred(mut media: Vec<Media>) -> Vec<Media> {
    media.sort_by_key(|media| (media.kind, rank(essence(&media.media_type).as_str())));
    media
}

fn rank(essence: &str) -> u8 {
    match essence {
        "application/json" => 0,
        "*/*" | "application/*" => 2,
        _ => 1,
    }
}

/// A media type without its parameters, in small letters.
fn essence(media_type: &str) -> SmolStr {
    SmolStr::new(media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
}

pub(super) fn kind(media_type: &str) -> MediaKind {
    let essence = essence(media_type);
    let (class, subtype) = essence.split_once('/').unwrap_or((&essence, ""));
    match (class, subtype) {
        ("application" | "text", "json") | ("*", _) | ("", _) | ("application", "*") => MediaKind::Json,
        (_, "x-ndjson" | "ndjson" | "jsonl" | "x-jsonlines" | "jsonlines" | "json-seq" | "stream+json") => {
            MediaKind::JsonLines
        }
        (_, subtype) if subtype.ends_with("+json") || subtype == "json" => MediaKind::Json,
        ("application", "x-www-form-urlencoded") => MediaKind::Form,
        ("multipart", _) => MediaKind::Multipart,
        ("text", "event-stream") => MediaKind::Events,
        ("text", _) => MediaKind::Text,
        (_, subtype) if subtype == "xml" || subtype.ends_with("+xml") || subtype.ends_with("yaml") => {
            MediaKind::Text
        }
        ("application", "javascript" | "graphql" | "jwt" | "jose" | "sql") => MediaKind::Text,
        _ => MediaKind::Binary,
    }
}

pub(super) fn responses(contract: &mut Contract, operation: Place) -> Vec<Response> {
    let documents = Arc::clone(&contract.documents);
    let Some(map) = documents.get(operation, "responses").and_then(|map| contract.through(map)) else {
        return Vec::new();
    };
    contract.touch(map);
    let mut responses: Vec<Response> = Vec::new();
    for Entry { name, key, value } in documents.entries(map) {
        if name.starts_with("x-") {
            continue;
        }
        // What is no status was reported with the operation.
        let Some(status) = status(&name) else { continue };
        if responses.iter().any(|known| known.status == status) {
            continue;
        }
        let content = response_content(contract, operation, value, key, status);
        let doc = contract.follow(value, "a response").and_then(|node| documents.doc(node));
        responses.push(Response { status, content, doc, span: documents.span(key) });
    }
    responses
}

fn response_content(
    contract: &mut Contract,
    operation: Place,
    written: Place,
    key: Place,
    status: Status,
) -> Vec<Media> {
    let documents = Arc::clone(&contract.documents);
    let Some(node) = contract.follow(written, "a response") else { return Vec::new() };
    contract.touch(node);
    let content = if contract.version == Version::V2 {
        produced(contract, operation, node)
    } else {
        documents.get(node, "content").map(|content| content_of(contract, content)).unwrap_or_default()
    };
    let bodiless = matches!(status, Status::Exact(100..=199 | 204 | 205 | 304));
    if bodiless && content.iter().any(|media| media.schema.is_some()) {
        let name = documents.scalar(key).unwrap_or_default();
        let fault = say::status_without_body(documents.span(key), &name);
        contract.faults.add(key, Weight::Repaired, fault);
        return Vec::new();
    }
    if bodiless { Vec::new() } else { content }
}

/// Swagger 2.0: one schema for all media types of `produces`.
fn produced(contract: &mut Contract, operation: Place, response: Place) -> Vec<Media> {
    let documents = Arc::clone(&contract.documents);
    let Some(written) = documents.get(response, "schema") else { return Vec::new() };
    let is_file = documents.text_at(written, "type").as_deref() == Some("file");
    let schema = schema::of(contract, written);
    let produces = media_types(&documents, operation, "produces");
    let span = documents.key_span(response, "schema");
    let types = if produces.is_empty() && is_file {
        vec![(SmolStr::new_static("application/octet-stream"), span)]
    } else {
        or_json(produces, span)
    };
    let with_examples = |(name, _): (SmolStr, Span)| Media {
        examples: examples::of_response(&documents, response, &name),
        ..media(&name, Some(schema), span)
    };
    preferred(types.into_iter().map(with_examples).collect())
}

/// `200`, `4XX`, `default`.
pub(super) fn status(text: &str) -> Option<Status> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("default") {
        return Some(Status::Default);
    }
    let class = |digit: u8| (b'1'..=b'5').contains(&digit).then(|| Status::Class(digit - b'0'));
    match text.as_bytes() {
        [digit, b'X' | b'x', b'X' | b'x'] => class(*digit),
        [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => text.parse().ok().map(Status::Exact),
        _ => None,
    }
}
