//! Checks of parameters, media types and references.

use super::super::documents::{Documents, Place, Unread};
use super::super::faults::{Faults, Weight};
use super::super::load::ReadFault;
use super::super::parameters::is_ignored_header;
use super::super::refs::RefFault;
use super::super::tree::Kind;
use crate::diagnostic::{Diagnostic, contract as say};

/// Set by the connection, never by whoever sends a request.
const FORBIDDEN: [&str; 12] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

pub(in super::super) fn check_parameter(documents: &Documents, faults: &mut Faults, node: Place) {
    if documents.text_at(node, "in").as_deref() != Some("header") {
        return;
    }
    let name = documents.scalar_at(node, "name").unwrap_or_default();
    let span = documents.get(node, "name").map_or(documents.short_span(node), |name| documents.span(name));
    if !is_token(&name) {
        faults.add(node, Weight::WhenUsed, say::header_invalid(span, &name));
    } else if FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
        faults.add(node, Weight::WhenUsed, say::header_forbidden(span, &name));
    } else if is_ignored_header(&name) {
        faults.add(node, Weight::Repaired, say::header_ignored(span, &name));
    }
}

/// A token of HTTP.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `type/subtype`, with parameters or without.
pub(in super::super) fn check_media_type(documents: &Documents, faults: &mut Faults, key: Place) {
    let name = documents.scalar(key).unwrap_or_default();
    let (essence, parameters) = name.split_once(';').unwrap_or((&name, ""));
    let good = match essence.trim_end_matches(' ').split_once('/') {
        Some((class, subtype)) => is_token(class) && is_token(subtype),
        None => false,
    };
    let quotes = parameters.matches('"').count();
    let parameters_good = quotes % 2 == 0 && !parameters.chars().any(char::is_control);
    if !good || !parameters_good {
        faults.add(key, Weight::Repaired, say::media_type_invalid(documents.span(key), &name));
    }
}

/// A part that has to be a map and is not. A key with nothing behind it says as much as no key.
pub(in super::super) fn check_map(documents: &Documents, faults: &mut Faults, place: Place, key: &str) {
    if documents.is_map(place) {
        return;
    }
    let fault = say::malformed(documents.short_span(place), key, "a map", found(documents, place));
    let is_empty = documents.kind(place) == Kind::Null;
    faults.add(place, if is_empty { Weight::Repaired } else { Weight::WhenUsed }, fault);
}

/// What a place holds, in words.
fn found(documents: &Documents, place: Place) -> &'static str {
    match documents.kind(place) {
        Kind::Null | Kind::Alias => "nothing",
        Kind::True | Kind::False => "a boolean",
        Kind::Number => "a number",
        Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made => "text",
        Kind::List => "a list",
        Kind::Map | Kind::Merged => "a map of another kind",
    }
}

pub(in super::super) fn wrong_kind(
    documents: &Documents,
    from: Place,
    place: Place,
    wanted: &str,
) -> Diagnostic {
    say::ref_kind(documents.short_span(from), wanted, documents.short_span(place), found(documents, place))
}

/// A reference that leads nowhere.
pub(in super::super) fn report_ref(
    documents: &Documents,
    faults: &mut Faults,
    target: Place,
    fault: RefFault,
) {
    let span = documents.span(target);
    let text = documents.text(target).unwrap_or_default();
    let (weight, diagnostic) = match fault {
        RefFault::External if text.trim_start().to_ascii_lowercase().starts_with("file:") => {
            (Weight::Always, say::ref_external(span, &text))
        }
        RefFault::External => (Weight::WhenUsed, say::ref_external(span, &text)),
        RefFault::Escape => (Weight::Always, say::ref_escape(span, &text)),
        RefFault::Unread(_, Unread::Fault(ReadFault::Outside)) => {
            (Weight::Always, say::ref_escape(span, &text))
        }
        RefFault::Unread(path, Unread::Fault(fault)) => {
            (Weight::WhenUsed, say::ref_unreadable(span, &path, &fault.reason()))
        }
        RefFault::Unread(path, Unread::NoTree(why)) => {
            (Weight::WhenUsed, say::ref_to_what_is_no_contract(*why, span, &path))
        }
        RefFault::Missing(nearest) => (Weight::WhenUsed, say::ref_missing(span, &text, nearest.as_deref())),
        RefFault::BadPointer => (Weight::WhenUsed, say::ref_pointer(span, &text)),
        RefFault::Cycle(way) => {
            let way: Vec<String> = way.iter().map(|name| format!("`{name}`")).collect();
            (Weight::WhenUsed, say::ref_cycle(span, &way))
        }
    };
    faults.add(target, weight, diagnostic);
}
