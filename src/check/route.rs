//! Methods and paths of a service: each can be told from the others, and names its parameters once.

use std::collections::HashMap;

use super::context::Context;
use crate::diagnostic::services as findings;
use crate::source::Span;
use crate::syntax::ast::{self, SegmentPart};

const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

pub fn check(cx: &mut Context<'_>, service: &ast::Service) {
    let mut known: HashMap<(String, String), Span> = HashMap::new();
    for member in &service.members {
        let ast::Member::Operation(operation) = member else { continue };
        let Some(signature) = &operation.signature else { continue };
        method(cx, signature);
        segments(cx, &signature.path);
        names(cx, signature);
        let key = (signature.method.text.to_string(), pattern(&signature.path));
        match known.get(&key) {
            Some(first) => cx.report(findings::same_route(signature.path.span, *first)),
            None => {
                known.insert(key, signature.path.span);
            }
        }
    }
}

/// The path with all parameters alike, as a router sees it.
fn pattern(path: &ast::Route) -> String {
    let part = |part: &SegmentPart| match part {
        SegmentPart::Text(text, _) => text.to_string(),
        SegmentPart::Param(_) => "{}".to_owned(),
    };
    path.segments
        .iter()
        .map(|segment| segment.parts.iter().map(part).collect::<String>())
        .collect::<Vec<_>>()
        .join("/")
}

fn method(cx: &mut Context<'_>, signature: &ast::Signature) {
    let method = &signature.method;
    if !METHODS.contains(&method.text.as_str()) {
        let near = crate::diagnostic::nearest(&method.text, METHODS);
        cx.report(findings::unknown_method(method, near));
    }
    let body = signature.params.iter().find(|param| param.name.text == "body" && is_plain(param));
    if let Some(body) = body
        && matches!(method.text.as_str(), "GET" | "HEAD")
    {
        cx.report(findings::body_of_read(body.span, &method.text));
    }
}

fn is_plain(param: &ast::Param) -> bool {
    matches!(param.place, ast::ParamPlace::Plain)
}

fn segments(cx: &mut Context<'_>, path: &ast::Route) {
    for segment in &path.segments {
        match segment.parts.as_slice() {
            [] if path.segments.len() > 1 => cx.report(findings::empty_segment(path.span)),
            [SegmentPart::Text(text, span)] if text == "." || text == ".." => {
                cx.report(findings::dot_segment(*span, text));
            }
            [] | [_] => {}
            _ => cx.report(findings::mixed_segment(segment.span)),
        }
    }
}

fn names(cx: &mut Context<'_>, signature: &ast::Signature) {
    let in_path =
        signature.path.segments.iter().flat_map(|segment| &segment.parts).filter_map(|part| match part {
            SegmentPart::Param(param) => Some(&**param),
            SegmentPart::Text(..) => None,
        });
    let mut known: HashMap<&str, Span> = HashMap::new();
    for param in in_path.chain(&signature.params) {
        if let Some(first) = known.insert(&param.name.text, param.name.span) {
            cx.report(findings::parameter_twice(&param.name, first));
        }
        if let ast::ParamPlace::Header(name) = &param.place {
            header(cx, name);
        }
    }
}

/// Whether it can be the name of a header.
pub fn is_header_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

/// Headers that belong to the connection, and names that are none.
fn header(cx: &mut Context<'_>, name: &ast::Text) {
    let framing = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
    ];
    if !is_header_name(&name.value) {
        cx.report(findings::bad_header(name.span, &name.value));
    } else if framing.contains(&name.value.to_ascii_lowercase().as_str()) {
        cx.report(findings::forbidden_header(name.span, &name.value));
    }
}
