//! What the things in a collection are: their schema, their id, and what a caller can say of them.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Mock;
use super::collections::Collection;
use super::draft::success;
use super::item::{self, IdPlace, id_place};
use super::list::list_place;
use crate::contract::Contract;
use crate::contract::model::{Media, MediaKind, Operation, Place, SchemaId};

/// The things of one collection.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Of a thing, without what it may be wrapped in.
    pub schema: SchemaId,
    /// The field that is its id, and the schema of that. Without one, only the path says it.
    pub id: Option<(SmolStr, SchemaId)>,
    /// The schemas that paths have for the id.
    pub in_paths: Vec<SchemaId>,
    /// The fields that a caller can send.
    pub sayable: Vec<SmolStr>,
}

/// None where the contract does not say what the things are.
pub fn kind(mock: &mut Mock, number: usize) -> Option<Arc<Kind>> {
    if let Some(known) = mock.kinds.get(&number) {
        return known.clone();
    }
    let found = mock.collections.get(number).and_then(|collection| find(&mut mock.contract, collection));
    let found = found.map(Arc::new);
    mock.kinds.insert(number, found.clone());
    found
}

fn find(contract: &mut Contract, collection: &Collection) -> Option<Kind> {
    let sayable = sayable(contract, collection);
    let in_paths = in_paths(contract, collection);
    let (template, parameter) = (collection.template.as_str(), collection.parameter.as_str());
    let whole = [&collection.read, &collection.create, &collection.replace, &collection.merge];
    let mut without_id = None;
    for name in whole.into_iter().flatten() {
        let Some(schema) = answered(contract, name) else { continue };
        if let Some(place) = id_place(contract, schema, template, parameter) {
            let schema = inside(contract, schema, place.envelope.as_deref());
            let id = id(contract, schema, &place);
            return Some(Kind { schema, id, in_paths, sayable });
        }
        without_id = without_id.or(Some(schema));
    }
    if let Some(schema) = collection.list.as_ref().and_then(|name| answered(contract, name))
        && let Some(list) = list_place(contract, schema, template, parameter)
        && let Some(place) = id_place(contract, list.items, template, parameter)
    {
        return Some(Kind { schema: list.items, id: id(contract, list.items, &place), in_paths, sayable });
    }
    // What has no id of its own may still be put under one.
    let schema = without_id.filter(|schema| !item::fields(contract, *schema).is_empty())?;
    Some(Kind { schema, id: None, in_paths, sayable })
}

fn id(contract: &mut Contract, schema: SchemaId, place: &IdPlace) -> Option<(SmolStr, SchemaId)> {
    let fields = item::fields(contract, schema);
    let field = fields.iter().find(|field| field.name == place.field)?;
    Some((place.field.clone(), field.schema))
}

fn in_paths(contract: &mut Contract, collection: &Collection) -> Vec<SchemaId> {
    let names = [&collection.read, &collection.replace, &collection.merge, &collection.remove];
    let mut all = Vec::new();
    for name in names.into_iter().flatten() {
        let Some(operation) = contract.operation(name) else { continue };
        let mut parameters = operation.parameters.iter().filter(|one| one.place == Place::Path);
        let schema = parameters.find(|one| one.name == collection.parameter).map(|one| one.schema);
        all.extend(schema.filter(|schema| !all.contains(schema)));
    }
    all
}

impl Kind {
    /// What an id has to keep: the schema of the field that it is, and those that paths have for it.
    pub fn id_schemas(&self) -> Vec<SchemaId> {
        let field = self.id.as_ref().map(|(_, schema)| *schema);
        field.into_iter().chain(self.in_paths.iter().copied()).collect()
    }
}

/// The schema of what stands in an envelope.
pub fn inside(contract: &mut Contract, schema: SchemaId, envelope: Option<&str>) -> SchemaId {
    let Some(name) = envelope else { return schema };
    let fields = item::fields(contract, schema);
    fields.iter().find(|field| field.name == name).map_or(schema, |field| field.schema)
}

/// The schema of the success that an operation answers with.
fn answered(contract: &mut Contract, name: &str) -> Option<SchemaId> {
    let operation = contract.operation(name)?;
    let (_, response) = success(&operation)?;
    json(&response.content)
}

fn json(content: &[Media]) -> Option<SchemaId> {
    content.iter().find(|media| media.kind == MediaKind::Json)?.schema
}

fn sayable(contract: &mut Contract, collection: &Collection) -> Vec<SmolStr> {
    let names = [&collection.create, &collection.replace, &collection.merge];
    let mut all: Vec<SmolStr> = Vec::new();
    for name in names.into_iter().flatten() {
        let Some(operation) = contract.operation(name) else { continue };
        let Some(schema) = sent(&operation) else { continue };
        let outer = item::fields(contract, schema);
        let inner: Vec<_> = outer.iter().flat_map(|field| item::fields(contract, field.schema)).collect();
        // What is wrapped is named inside.
        let fields = if outer.len() == 1 && !inner.is_empty() { inner } else { outer };
        all.extend(fields.into_iter().map(|field| field.name));
    }
    all
}

fn sent(operation: &Operation) -> Option<SchemaId> {
    let body = operation.body.as_ref()?;
    let is_form =
        |media: &&Media| matches!(media.kind, MediaKind::Json | MediaKind::Form | MediaKind::Multipart);
    body.content.iter().find(is_form)?.schema
}
