//! Parameters: those of the path item, overridden by those of the operation, in every place and style.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::documents::{Documents, Place as Node};
use super::faults::Weight;
use super::model::{Parameter, Place, Style};
use super::{Contract, Version, media, schema};
use crate::diagnostic::contract as say;

/// A parameter that was found, before it is lowered. Swagger 2.0 has bodies and form fields among them.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub name: SmolStr,
    /// `path`, `query`, `header`, `cookie`, `querystring`, `body`, `formData`
    pub place: SmolStr,
    pub node: Node,
}

/// All parameters that an operation has, each once.
pub(super) fn declared(contract: &mut Contract, operation: Node, items: [Node; 2]) -> Vec<Declared> {
    let [followed, written] = items;
    let mut all: Vec<Declared> = Vec::new();
    let mut known: FxHashMap<(SmolStr, SmolStr), usize> = FxHashMap::default();
    let mut levels = vec![followed, operation];
    if written != followed {
        levels.insert(0, written);
    }
    for level in levels {
        let from_here = of_level(contract, level);
        for parameter in from_here {
            match known.get(&(parameter.name.clone(), parameter.place.clone())) {
                Some(at) => {
                    if let Some(overridden) = all.get_mut(*at) {
                        *overridden = parameter;
                    }
                }
                None => {
                    known.insert((parameter.name.clone(), parameter.place.clone()), all.len());
                    all.push(parameter);
                }
            }
        }
    }
    all
}

/// What stands under `parameters` of one path item or operation.
fn of_level(contract: &mut Contract, level: Node) -> Vec<Declared> {
    let documents = Arc::clone(&contract.documents);
    let Some(list) = documents.get(level, "parameters").and_then(|list| contract.through(list)) else {
        return Vec::new();
    };
    // Some generators write a map of names where a list belongs.
    let written: Vec<Node> = if documents.is_map(list) {
        documents.entries(list).map(|entry| entry.value).collect()
    } else {
        documents.items(list).collect()
    };
    let mut found: Vec<Declared> = Vec::new();
    for place in written {
        let Some(node) = contract.follow(place, "a parameter") else { continue };
        contract.touch(node);
        let name = SmolStr::new(documents.scalar_at(node, "name").unwrap_or_default());
        let place = SmolStr::new(documents.scalar_at(node, "in").unwrap_or_default());
        let first = found.iter().find(|other| other.name == name && other.place == place);
        if let Some(first) = first {
            let spans = (documents.key_span(node, "name"), documents.key_span(first.node, "name"));
            contract.faults.add(node, Weight::Repaired, say::parameter_twice(spans.0, spans.1, &name));
            continue;
        }
        found.push(Declared { name, place, node });
    }
    found
}

/// Path parameters in the order of the template, then the rest in the order of the document.
pub(super) fn lower(
    contract: &mut Contract,
    declared: &[Declared],
    path_key: Node,
    path: &str,
) -> Vec<Parameter> {
    let documents = Arc::clone(&contract.documents);
    let mut parameters = Vec::new();
    let template = template_names(path);
    // A pair of braces with nothing in between was reported with the path.
    for name in template.iter().filter(|name| !name.is_empty()) {
        let found = declared.iter().find(|one| one.place == "path" && one.name == *name);
        match found {
            Some(found) => parameters.extend(one(contract, found, Place::Path)),
            None => {
                let span = documents.span(path_key);
                contract.faults.add(path_key, Weight::Repaired, say::path_parameter_undeclared(span, name));
                parameters.push(undeclared(contract, name, span));
            }
        }
    }
    for found in declared {
        let span = documents.key_span(found.node, "name");
        match place_of(&found.place) {
            Some(Place::Path) => {
                if !template.contains(&found.name) {
                    let fault = say::path_parameter_unused(span, &found.name, path);
                    contract.faults.add(found.node, Weight::Repaired, fault);
                }
            }
            Some(place) => parameters.extend(one(contract, found, place)),
            None if matches!(found.place.as_str(), "body" | "formData") => {}
            None => {
                let fault =
                    say::malformed(span, "in", "`path`, `query`, `header` or `cookie`", "something else");
                contract.faults.add(found.node, Weight::Repaired, fault);
            }
        }
    }
    parameters
}

/// `/a/{b}.{c}` has b and c; each once.
pub(super) fn template_names(path: &str) -> Vec<SmolStr> {
    let mut names: Vec<SmolStr> = Vec::new();
    let path = path.split('#').next().unwrap_or(path);
    for part in path.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}') {
            // `{+path}` and `{path*}` are URI templates that some contracts borrow.
            let name = SmolStr::new(name.trim());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn place_of(place: &str) -> Option<Place> {
    match place {
        "path" => Some(Place::Path),
        "query" | "querystring" => Some(Place::Query),
        "header" => Some(Place::Header),
        "cookie" => Some(Place::Cookie),
        _ => None,
    }
}

fn undeclared(contract: &mut Contract, name: &SmolStr, span: crate::source::Span) -> Parameter {
    Parameter {
        name: name.clone(),
        span,
        place: Place::Path,
        required: true,
        schema: schema::plain_string(contract, span),
        style: Style::Simple { explode: false },
        doc: None,
    }
}

fn one(contract: &mut Contract, declared: &Declared, place: Place) -> Option<Parameter> {
    let documents = Arc::clone(&contract.documents);
    let node = declared.node;
    super::lint::check_parameter(&documents, &mut contract.faults, node);
    if place == Place::Header && is_ignored_header(&declared.name) {
        return None;
    }
    let (schema, style) = schema_and_style(contract, &documents, node, place);
    Some(Parameter {
        name: declared.name.clone(),
        span: documents.get(node, "name").map_or(documents.short_span(node), |name| documents.span(name)),
        place,
        required: place == Place::Path || documents.flag_at(node, "required"),
        schema,
        style,
        doc: documents.doc(node),
    })
}

/// OpenAPI 3 says that these are ignored: media types and security say the same.
pub(super) fn is_ignored_header(name: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|ignored| name.eq_ignore_ascii_case(ignored))
}

fn schema_and_style(
    contract: &mut Contract,
    documents: &Documents,
    node: Node,
    place: Place,
) -> (super::model::SchemaId, Style) {
    if contract.version == Version::V2 {
        return (schema::of(contract, node), collection_style(documents, node, place));
    }
    if let Some(schema) = documents.get(node, "schema") {
        return (schema::of(contract, schema), style(documents, node, place));
    }
    if let Some(content) = documents.get(node, "content") {
        let media = media::content(contract, content);
        if let Some(schema) = media.first().and_then(|media| media.schema) {
            return (schema, Style::Json);
        }
    }
    // Written as in Swagger 2.0, with `type` beside `name`.
    if documents.get(node, "type").is_some() {
        return (schema::of(contract, node), style(documents, node, place));
    }
    (schema::anything(contract, documents.short_span(node)), style(documents, node, place))
}

fn style(documents: &Documents, node: Node, place: Place) -> Style {
    let stated = documents.text_at(node, "style");
    let default = match place {
        Place::Query | Place::Cookie => "form",
        Place::Path | Place::Header => "simple",
    };
    let stated = stated.as_deref().unwrap_or(default);
    let explode = documents.get(node, "explode").and_then(|value| documents.boolean(value));
    let explode = explode.unwrap_or(stated == "form");
    match stated {
        "label" => Style::Label { explode },
        "matrix" => Style::Matrix { explode },
        "form" | "cookie" => Style::Form { explode },
        "spaceDelimited" => Style::SpaceDelimited { explode },
        "pipeDelimited" => Style::PipeDelimited { explode },
        "deepObject" => Style::DeepObject,
        _ if default == "form" => Style::Form { explode },
        _ => Style::Simple { explode },
    }
}

/// `collectionFormat` of Swagger 2.0.
fn collection_style(documents: &Documents, node: Node, place: Place) -> Style {
    let format = documents.text_at(node, "collectionFormat");
    let in_query = matches!(place, Place::Query | Place::Cookie);
    match format.as_deref() {
        Some("multi") => Style::Form { explode: true },
        Some("ssv") => Style::SpaceDelimited { explode: false },
        Some("tsv") => Style::TabDelimited,
        Some("pipes") => Style::PipeDelimited { explode: false },
        _ if in_query => Style::Form { explode: false },
        _ => Style::Simple { explode: false },
    }
}
