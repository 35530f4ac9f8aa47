//! Schemas that need a value of themselves: an object whose required field is such an object again can never
//! end. Looked for among the named schemas, by what they say themselves.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::super::Contract;
use super::super::documents::{Documents, Place};
use super::super::faults::{Faults, Stage, Weight};
use super::super::refs;
use crate::diagnostic::contract as say;

pub(super) fn check(contract: &Contract, faults: &mut Faults) {
    let documents = &contract.documents;
    let named: Vec<Place> = contract.schemas.named.values().copied().collect();
    let mut state: FxHashMap<Place, bool> = FxHashMap::default();
    for start in named {
        for place in circle(documents, start, &mut state) {
            let name =
                contract.schemas.named.iter().find(|(_, known)| **known == place).map(|(name, _)| name);
            let why = format!("`{}` requires a value of itself", name.map_or("the schema", |name| name));
            let before = faults.stage;
            if contract.touched.contains(&place) {
                faults.stage = Stage::Use;
            }
            faults.add(place, Weight::WhenUsed, say::uninhabited(documents.short_span(place), &why));
            faults.stage = before;
        }
    }
}

/// Follows what a schema needs, depth first and without recursion; gives the schemas that need themselves.
fn circle(documents: &Documents, start: Place, state: &mut FxHashMap<Place, bool>) -> Vec<Place> {
    let mut found = Vec::new();
    let mut way: Vec<(Place, Vec<Place>)> = Vec::new();
    if let Entry::Vacant(unseen) = state.entry(start) {
        unseen.insert(true);
        way.push((start, needs(documents, start)));
    }
    while let Some((place, waiting)) = way.last_mut() {
        let Some(next) = waiting.pop() else {
            state.insert(*place, false);
            way.pop();
            continue;
        };
        match state.get(&next) {
            Some(true) => found.push(next),
            Some(false) => {}
            None => {
                state.insert(next, true);
                way.push((next, needs(documents, next)));
            }
        }
    }
    found
}

/// The schemas of which every value of this one holds a value.
fn needs(documents: &Documents, schema: Place) -> Vec<Place> {
    let mut needed = Vec::new();
    let is_nullable = documents.flag_at(schema, "nullable") || documents.flag_at(schema, "x-nullable");
    let typed = documents.text_at(schema, "type");
    if is_nullable || typed.as_deref().is_some_and(|name| name != "object") {
        return needed;
    }
    let Some(required) = documents.get(schema, "required") else { return needed };
    for name in documents.items(required) {
        let Some(name) = documents.text(name) else { continue };
        let field = documents.at(schema, &["properties", &name]);
        if let Some(field) = field
            && refs::reference(documents, field).is_some()
            && !documents.flag_at(field, "nullable")
            && let Ok(target) = refs::follow(documents, field)
        {
            needed.push(target);
        }
    }
    needed
}
