//! Operations: first only their names, for the whole document; each one's own content when it is asked for.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::documents::{Documents, Entry, Place};
use super::faults::{Faults, Weight};
use super::model::{Method, Operation};
use super::{Contract, Version, media, parameters, refs, security};
use crate::diagnostic::contract as say;
use crate::source::Span;

#[derive(Debug, Default)]
pub(super) struct Index {
    operations: Vec<Indexed>,
    by_name: FxHashMap<SmolStr, usize>,
    /// Operation ids that several operations have: the first of them, and where the fault is noted.
    contested: FxHashMap<SmolStr, (usize, Place)>,
    /// The names that TRACE operations would have, if TRACE were offered.
    traces: FxHashMap<SmolStr, Span>,
}

/// An operation before it is lowered.
#[derive(Debug)]
pub(super) struct Indexed {
    pub name: SmolStr,
    pub name_span: Span,
    pub path: SmolStr,
    pub path_key: Place,
    /// The path item, and the one that it refers to; usually the same.
    pub items: [Place; 2],
    pub method: Method,
    pub operation: Place,
    lowered: Option<Arc<Operation>>,
}

impl Index {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|operation| operation.name.as_str())
    }

    /// How many operations were asked for.
    pub fn lowered(&self) -> usize {
        self.operations.iter().filter(|operation| operation.lowered.is_some()).count()
    }

    /// Where the document has a TRACE operation that would have this name.
    pub fn trace(&self, name: &str) -> Option<Span> {
        self.traces.get(name).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Indexed> {
        self.operations.iter()
    }
}

/// Lists all operations under `paths`.
pub(super) fn index(documents: &Documents, version: Version, faults: &mut Faults) -> Index {
    let mut index = Index::default();
    let Some(paths) = documents.get(documents.root(), "paths") else { return index };
    let paths = refs::follow(documents, paths).unwrap_or(paths);
    for Entry { name: path, key, value: item } in documents.entries(paths) {
        if path.starts_with("x-") {
            continue;
        }
        let followed = refs::follow(documents, item).unwrap_or(item);
        let items = [followed, item];
        add_methods(documents, &mut index, &path, key, items);
        if version == Version::V32 {
            add_additional(documents, &mut index, &path, key, items, faults);
        }
    }
    name_all(documents, &mut index, faults);
    index
}

fn add_methods(documents: &Documents, index: &mut Index, path: &str, path_key: Place, items: [Place; 2]) {
    let [followed, written] = items;
    let both = [Some(followed), (written != followed).then_some(written)];
    for item in both.into_iter().flatten() {
        for Entry { name, key, value } in documents.entries(item) {
            if let Some(method) = method(&name) {
                index.operations.push(indexed(documents, path, path_key, items, method, key, value));
            } else if name == "trace" {
                let id = documents.text_at(value, "operationId");
                let name = id.map_or_else(|| derived_name("TRACE", path), |id| SmolStr::new(id.trim()));
                index.traces.insert(name, documents.span(key));
            }
        }
    }
}

/// OpenAPI 3.2 has room for methods of any name.
fn add_additional(
    documents: &Documents,
    index: &mut Index,
    path: &str,
    path_key: Place,
    items: [Place; 2],
    faults: &mut Faults,
) {
    let [item, _] = items;
    let Some(additional) = documents.get(item, "additionalOperations") else { return };
    for Entry { name, key, value } in documents.entries(additional) {
        match method(&name.to_ascii_lowercase()) {
            Some(method) => {
                index.operations.push(indexed(documents, path, path_key, items, method, key, value));
            }
            None => faults.add(key, Weight::Repaired, say::method_unknown(documents.span(key), &name)),
        }
    }
}

/// The method of a key of a path item. TRACE is none that a flow may call.
fn method(key: &str) -> Option<Method> {
    Some(match key {
        "get" => Method::Get,
        "head" => Method::Head,
        "options" => Method::Options,
        "put" => Method::Put,
        "post" => Method::Post,
        "delete" => Method::Delete,
        "patch" => Method::Patch,
        "query" => Method::Query,
        _ => return None,
    })
}

/// With the operation id as its name, or none yet.
fn indexed(
    documents: &Documents,
    path: &str,
    path_key: Place,
    items: [Place; 2],
    method: Method,
    key: Place,
    value: Place,
) -> Indexed {
    let operation = refs::follow(documents, value).unwrap_or(value);
    let id = documents.get(operation, "operationId");
    let name = id.and_then(|id| documents.scalar(id)).unwrap_or_default();
    Indexed {
        name: SmolStr::new(name.trim()),
        name_span: documents.span(id.unwrap_or(key)),
        path: SmolStr::new(path),
        path_key,
        items,
        method,
        operation,
        lowered: None,
    }
}

/// Gives a name to operations that have none or one that others have too, always the same for the same
/// document. An id that stands for several operations names none of them.
fn name_all(documents: &Documents, index: &mut Index, faults: &mut Faults) {
    let mut by_id: FxHashMap<SmolStr, Vec<usize>> = FxHashMap::default();
    for (at, operation) in index.operations.iter().enumerate() {
        by_id.entry(operation.name.clone()).or_default().push(at);
    }
    let taken: FxHashMap<SmolStr, usize> = by_id
        .iter()
        .filter(|(id, _)| !id.is_empty())
        .filter_map(|(id, all)| Some((id.clone(), *all.first()?)))
        .collect();
    index.by_name = taken;
    let mut contested: Vec<(SmolStr, Vec<usize>)> =
        by_id.into_iter().filter(|(id, all)| id.is_empty() || all.len() > 1).collect();
    contested.sort_unstable_by(|one, other| one.1.cmp(&other.1));
    for (id, all) in contested {
        for at in &all {
            derive_name(index, *at);
        }
        if !id.is_empty() {
            index.by_name.remove(&id);
            report_contested(documents, index, &id, &all, faults);
        }
    }
}

fn derive_name(index: &mut Index, at: usize) {
    let Some(operation) = index.operations.get_mut(at) else { return };
    operation.name = free_name(&index.by_name, derived_name(operation.method.as_str(), &operation.path));
    index.by_name.insert(operation.name.clone(), at);
}

fn report_contested(
    documents: &Documents,
    index: &mut Index,
    id: &SmolStr,
    all: &[usize],
    faults: &mut Faults,
) {
    let [first, others @ ..] = all else { return };
    let Some(first_operation) = index.operations.get(*first) else { return };
    for other in others {
        let Some(other) = index.operations.get(*other) else { continue };
        let place = documents.get(other.operation, "operationId").unwrap_or(other.operation);
        let names = [first_operation.name.as_str(), other.name.as_str()];
        let fault = say::duplicate_operation_id(other.name_span, first_operation.name_span, id, names);
        faults.add_unused(place, Weight::WhenUsed, fault);
        index.contested.entry(id.clone()).or_insert((*first, place));
    }
}

fn free_name(taken: &FxHashMap<SmolStr, usize>, wanted: SmolStr) -> SmolStr {
    if !taken.contains_key(&wanted) {
        return wanted;
    }
    let mut numbered = (2..).map(|number: u64| SmolStr::new(format!("{wanted}{number}")));
    numbered.find(|name| !taken.contains_key(name)).unwrap_or(wanted)
}

/// `GET /customers/{id}/orders` is `getCustomersByIdOrders`.
fn derived_name(method: &str, path: &str) -> SmolStr {
    let mut name = method.to_ascii_lowercase();
    for segment in path.split(['/', '?', '&', '#']) {
        for (at, part) in segment.split('{').enumerate() {
            let (parameter, rest) = part.split_once('}').unwrap_or(("", part));
            if at > 0 {
                name.push_str("By");
                push_words(&mut name, parameter);
            }
            push_words(&mut name, rest);
        }
    }
    SmolStr::new(name)
}

fn push_words(name: &mut String, text: &str) {
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(letters.as_str());
    }
}

/// An operation by its name in flows, lowered.
pub(super) fn operation(contract: &mut Contract, name: &str) -> Option<Arc<Operation>> {
    let at = match contract.index.by_name.get(name) {
        Some(at) => *at,
        None => {
            let (at, fault) = *contract.index.contested.get(name)?;
            contract.faults.use_known(fault);
            at
        }
    };
    let indexed = contract.index.operations.get(at)?;
    if let Some(known) = &indexed.lowered {
        return Some(Arc::clone(known));
    }
    let lowered = Arc::new(lower(contract, at)?);
    if let Some(indexed) = contract.index.operations.get_mut(at) {
        indexed.lowered = Some(Arc::clone(&lowered));
    }
    Some(lowered)
}

fn lower(contract: &mut Contract, at: usize) -> Option<Operation> {
    let indexed = contract.index.operations.get(at)?;
    let (operation, items, path_key) = (indexed.operation, indexed.items, indexed.path_key);
    let (name, span, method) = (indexed.name.clone(), indexed.name_span, indexed.method);
    let full_path = indexed.path.clone();
    contract.touch(operation);
    contract.touch(path_key);
    let documents = Arc::clone(&contract.documents);
    super::lint::check_operation(&documents, &mut contract.faults, operation, path_key, &full_path, method);
    let declared = parameters::declared(contract, operation, items);
    let parameters = parameters::lower(contract, &declared, path_key, &full_path);
    let body = media::body(contract, operation, &declared, method);
    let responses = media::responses(contract, operation);
    Some(Operation {
        name,
        span,
        method,
        path: SmolStr::new(full_path.split('#').next().unwrap_or(&full_path)),
        path_span: documents.span(path_key),
        doc: documents.doc(operation),
        deprecated: documents.flag_at(operation, "deprecated"),
        servers: security::servers_of(contract, operation, items),
        parameters,
        body,
        responses,
        security: security::needs(contract, operation),
    })
}
