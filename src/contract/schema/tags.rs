//! Discriminators: which values of the property mean which member of a union.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::super::documents::{Documents, Place};
use super::super::faults::Weight;
use super::super::model::{Discriminator, SchemaId, Shape};
use super::super::{Contract, refs};
use super::{canonical, of, try_schema};
use crate::diagnostic::contract as say;

/// The discriminator of a schema: `discriminator: {propertyName: kind}`, or `discriminator: kind` in 2.0.
pub(super) fn discriminator(documents: &Documents, holder: Place) -> Option<Discriminator> {
    let written = documents.get(holder, "discriminator")?;
    let property = documents.text(written).or_else(|| documents.text_at(written, "propertyName"))?;
    Some(Discriminator {
        property: SmolStr::new(property),
        span: documents.key_span(holder, "discriminator"),
    })
}

/// The tags of each member that the mapping names.
pub(super) fn mapped(
    contract: &mut Contract,
    holder: Place,
    members: &[Place],
) -> FxHashMap<Place, Vec<SmolStr>> {
    let documents = Arc::clone(&contract.documents);
    let mut tags: FxHashMap<Place, Vec<SmolStr>> = FxHashMap::default();
    let Some(mapping) = documents.at(holder, &["discriminator", "mapping"]) else { return tags };
    for entry in documents.entries(mapping) {
        let Some(text) = documents.text(entry.value) else { continue };
        let target = mapping_target(contract, &documents, entry.value, &text);
        let span = documents.span(entry.value);
        match target {
            Some(target) if members.contains(&target) => {
                tags.entry(target).or_default().push(SmolStr::new(&entry.name));
            }
            Some(_) => {
                let why = format!("`{}` of the mapping is no member of the union", entry.name);
                contract.faults.add(entry.value, Weight::WhenUsed, say::discriminator(span, &why));
            }
            None => {
                let why = format!("`{}` of the mapping leads to `{text}`, where no schema is", entry.name);
                contract.faults.add(entry.value, Weight::WhenUsed, say::discriminator(span, &why));
            }
        }
    }
    tags
}

/// The schemas that a mapping leads to, in its order.
pub(super) fn mapping_targets(contract: &mut Contract, holder: Place) -> Vec<Place> {
    let documents = Arc::clone(&contract.documents);
    let Some(mapping) = documents.at(holder, &["discriminator", "mapping"]) else { return Vec::new() };
    let mut targets = Vec::new();
    for entry in documents.entries(mapping) {
        let text = documents.text(entry.value).unwrap_or_default();
        if let Some(target) = mapping_target(contract, &documents, entry.value, &text)
            && !targets.contains(&target)
        {
            targets.push(target);
        }
    }
    targets
}

/// By the name of a schema, or by a reference.
fn mapping_target(contract: &mut Contract, documents: &Documents, place: Place, text: &str) -> Option<Place> {
    if let Some(named) = contract.schemas.named.get(text).copied() {
        return Some(canonical(contract, named));
    }
    let found = refs::resolve(documents, place).ok()?;
    documents.is_map(found).then(|| canonical(contract, found))
}

/// The tags of a member that no mapping names: the values that its own property is fixed to, else its name.
pub(super) fn implied(
    contract: &mut Contract,
    member: Place,
    schema: SchemaId,
    property: &str,
) -> Vec<SmolStr> {
    let fixed = fixed_values(contract, schema, property);
    if !fixed.is_empty() {
        return fixed;
    }
    contract.schemas.name(member).cloned().into_iter().collect()
}

/// The values that a property of an object is limited to.
pub(super) fn fixed_values(contract: &mut Contract, schema: SchemaId, property: &str) -> Vec<SmolStr> {
    let Some(lowered) = try_schema(contract, schema) else { return Vec::new() };
    let Shape::Object { fields, .. } = &lowered.shape else { return Vec::new() };
    let Some(field) = fields.iter().find(|field| field.name == property) else { return Vec::new() };
    match try_schema(contract, field.schema).as_deref() {
        Some(super::Schema { shape: Shape::Enum { values }, .. }) => {
            values.iter().map(|value| value.value.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Members of a union whose values must be looked up by number again.
pub(super) fn ids(contract: &mut Contract, members: &[Place]) -> Vec<SchemaId> {
    members.iter().map(|member| of(contract, *member)).collect()
}
