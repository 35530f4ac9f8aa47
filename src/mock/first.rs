//! What a collection has when nobody has written to it: the examples that the contract gives of its things, or else one
//! that is made.

use flow_std::value::Json;

use super::Mock;
use super::check::fits;
use super::draft::{Draft, Wish, declared, draft, success};
use super::item::{fresh, id_place, id_text, id_value, is_id, view};
use super::kind::{Kind, kind};
use super::list::{items_of, list_place};
use crate::standin::{Chance, Way};

/// Comes by a collection: the first time, it gets what the contract has for it.
pub fn open(mock: &mut Mock, number: usize, path: &str) {
    let (Some(kind), None) = (kind(mock, number), mock.store.get(path)) else { return };
    let Some(collection) = mock.collections.get(number) else { return };
    let names = [&collection.read, &collection.list].map(Clone::clone);
    let asked = [&collection.read, &collection.remove, &collection.merge, &collection.replace];
    let asked: Vec<_> = asked.into_iter().flatten().cloned().collect();
    let is_writable = collection.is_writable();
    let (mut given, mut made) = (Vec::new(), Vec::new());
    for name in names.iter().flatten() {
        let (is_given, things) = first_things(mock, number, name, &kind);
        if is_given { given.extend(things) } else { made.extend(things) }
    }
    let has_id = kind.id.as_ref().is_some_and(|(_, id)| mock.contract.schema(*id).example.is_some());
    let is_given = has_id || mock.contract.schema(kind.schema).example.is_some() || !given.is_empty();
    let mut operations = asked.iter().filter_map(|name| mock.contract.operation(name));
    let says_missing = operations.any(|operation| declared(&operation, 404).is_some());
    mock.store.open(path, is_writable && says_missing && is_given);
    let things = match made.into_iter().next().filter(|_| given.is_empty()) {
        Some(made) => vec![addressable(mock, &kind, made)],
        None => given,
    };
    for thing in things {
        if let Some(id) = id_of(&thing, &kind)
            && mock.store.get(path).is_some_and(|held| held.get(&id).is_none())
        {
            mock.store.put(path, id, thing);
        }
    }
}

/// A thing that was made, with an id that a path can have.
fn addressable(mock: &mut Mock, kind: &Kind, thing: Json) -> Json {
    let schemas = kind.id_schemas();
    match id_of(&thing, kind) {
        Some(id) if !is_id(&mut mock.contract, &schemas, &id) => {
            let mut chance = Chance::seeded(mock.settings.seed.unwrap_or(0), &["first"]);
            let id = fresh(&mut mock.contract, &schemas, None, &mut chance, &|_| false).unwrap_or(id);
            with_id(mock, thing, kind, &id)
        }
        _ => thing,
    }
}

/// What the contract has in the answer of an operation, and whether that are examples.
fn first_things(mock: &mut Mock, number: usize, name: &str, kind: &Kind) -> (bool, Vec<Json>) {
    let Some(operation) = mock.contract.operation(name) else { return (false, Vec::new()) };
    let Some((status, response)) = success(&operation) else { return (false, Vec::new()) };
    let examples = response.content.first().map(|media| media.examples.as_slice()).unwrap_or_default();
    let mut documents = Vec::new();
    for example in examples.iter().filter_map(|example| example.name.as_deref()) {
        let wish = Wish { example: Some(example), ..Wish::default() };
        documents.push(draft(mock, &operation, status, response, wish));
    }
    if documents.is_empty() {
        documents.push(draft(mock, &operation, status, response, Wish::default()));
    }
    let is_given = documents.iter().all(|draft| draft.is_example);
    let mut things = Vec::new();
    for draft in documents {
        things.extend(things_of(mock, number, &draft));
    }
    // What a list shows of a thing may be less than the thing itself.
    let contract = &mut mock.contract;
    let mut whole = |thing: Json| match fits(contract, kind.schema, &thing, Way::Answer) {
        true => thing,
        false => view(contract, kind.schema, &thing, None),
    };
    let mut things: Vec<Json> = things.into_iter().map(&mut whole).collect();
    things.retain(|thing| fits(&mut mock.contract, kind.schema, thing, Way::Answer));
    (is_given, things)
}

/// The things in an answer: one, or those of a list.
pub fn things_of(mock: &mut Mock, number: usize, draft: &Draft) -> Vec<Json> {
    let Some(collection) = mock.collections.get(number) else { return Vec::new() };
    let (template, parameter) = (collection.template.clone(), collection.parameter.clone());
    let Some(schema) = draft.media.as_ref().and_then(|media| media.schema) else { return Vec::new() };
    if let Some(place) = id_place(&mut mock.contract, schema, &template, &parameter) {
        return unwrapped(&draft.value, place.envelope.as_deref()).into_iter().collect();
    }
    match list_place(&mut mock.contract, schema, &template, &parameter) {
        Some(place) => items_of(&draft.value, &place),
        None => Vec::new(),
    }
}

fn unwrapped(value: &Json, envelope: Option<&str>) -> Option<Json> {
    match (envelope, value) {
        (None, value) => Some(value.clone()),
        (Some(name), Json::Object(fields)) => fields.get(name).cloned(),
        (Some(_), _) => None,
    }
}

/// The id of a thing, as a path has it.
pub fn id_of(thing: &Json, kind: &Kind) -> Option<String> {
    let (Some((field, _)), Json::Object(fields)) = (&kind.id, thing) else { return None };
    fields.get(field.as_str()).and_then(id_text)
}

/// The thing with this id in it.
pub fn with_id(mock: &mut Mock, thing: Json, kind: &Kind, id: &str) -> Json {
    let (Some((field, schema)), Json::Object(mut fields)) = (&kind.id, thing.clone()) else { return thing };
    let Some(value) = id_value(&mut mock.contract, *schema, id) else { return thing };
    fields.insert(field.to_string(), value);
    Json::Object(fields)
}
