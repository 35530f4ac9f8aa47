//! Checks of one operation and of the path that it stands under.

use super::super::documents::{Documents, Place};
use super::super::faults::{Faults, Weight};
use super::super::media;
use super::super::model::Method;
use super::parts::check_map;
use crate::diagnostic::contract as say;

pub(in super::super) fn check_operation(
    documents: &Documents,
    faults: &mut Faults,
    operation: Place,
    path_key: Place,
    path: &str,
    method: Method,
) {
    check_path(documents, faults, path_key, path);
    match documents.get(operation, "responses") {
        Some(responses) if documents.entries(responses).next().is_some() => {
            for entry in documents.entries(responses) {
                if !entry.name.starts_with("x-") && media::status(&entry.name).is_none() {
                    let fault = say::status_invalid(documents.span(entry.key), &entry.name);
                    faults.add(entry.key, Weight::WhenUsed, fault);
                }
            }
        }
        Some(responses) if !documents.is_map(responses) => {
            check_map(documents, faults, responses, "responses");
        }
        _ => faults.add(operation, Weight::Repaired, say::no_responses(documents.short_span(operation))),
    }
    if matches!(method, Method::Get | Method::Head)
        && let Some(body) = documents.get(operation, "requestBody")
    {
        let span = documents.key_span(operation, "requestBody");
        faults.add(body, Weight::Repaired, say::body_of_safe_method(span, method.as_str()));
    }
}

pub(super) fn check_path(documents: &Documents, faults: &mut Faults, key: Place, path: &str) {
    let span = documents.span(key);
    let why = if path.is_empty() {
        Some("is empty")
    } else if !path.starts_with('/') {
        Some("does not begin with `/`")
    } else if path.contains("//") {
        Some("has an empty segment")
    } else if path.chars().any(|letter| letter.is_control() || letter == ' ') {
        Some("holds a character that no URL may hold")
    } else if !braces_match(path) {
        Some("has a brace without its other half")
    } else if path.contains("{}") {
        Some("has a parameter without a name")
    } else {
        None
    };
    if let Some(why) = why {
        let shown: String = path.escape_debug().take(120).collect();
        faults.add(key, Weight::WhenUsed, say::path_shape(span, &shown, why));
    }
    if let Some(name) = twice(path) {
        faults.add(key, Weight::Repaired, say::path_parameter_twice(span, name));
    }
}

fn braces_match(path: &str) -> bool {
    let mut open = false;
    for letter in path.chars() {
        match (letter, open) {
            ('{', false) => open = true,
            ('}', true) => open = false,
            ('{', true) | ('}', false) => return false,
            _ => {}
        }
    }
    !open
}

/// A parameter that stands twice in a template.
fn twice(path: &str) -> Option<&str> {
    let names: Vec<&str> = path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
    names
        .iter()
        .enumerate()
        .find(|(at, name)| names.iter().take(*at).any(|other| other == *name))
        .map(|(_, name)| *name)
}
