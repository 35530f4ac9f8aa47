//! Which keywords constrain and which only remark, and what a `type` means.

use super::super::Version;
use super::super::documents::{Documents, Place};
use super::super::refs;

/// The types of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Type {
    Null,
    Bool,
    Int,
    Number,
    Text,
    List,
    Object,
}

impl Type {
    /// Also the names that people write although there are none such.
    pub fn named(name: &str) -> Option<Type> {
        Some(match name.to_ascii_lowercase().as_str() {
            "null" => Type::Null,
            "boolean" | "bool" => Type::Bool,
            "integer" | "int" | "long" | "int32" | "int64" => Type::Int,
            "number" | "float" | "double" | "decimal" => Type::Number,
            "string" | "file" | "date" | "datetime" | "date-time" | "uuid" | "text" => Type::Text,
            "array" | "list" => Type::List,
            "object" | "map" => Type::Object,
            _ => return None,
        })
    }
}

/// Says nothing about which values fit.
fn is_remark(key: &str) -> bool {
    key.starts_with("x-")
        || matches!(
            key,
            "title"
                | "description"
                | "summary"
                | "default"
                | "example"
                | "examples"
                | "deprecated"
                | "readOnly"
                | "writeOnly"
                | "nullable"
                | "externalDocs"
                | "xml"
                | "$comment"
                | "$schema"
                | "$id"
                | "$anchor"
                | "$defs"
                | "definitions"
        )
}

/// Remarks that change nothing for whoever uses the schema.
fn is_harmless(key: &str) -> bool {
    match key {
        "x-nullable" | "x-sensitive" => false,
        key if key.starts_with("x-") => true,
        "title" | "description" | "summary" | "example" | "examples" | "externalDocs" | "xml" => true,
        "deprecated" | "$comment" | "$schema" | "$id" | "$anchor" | "$defs" | "definitions" => true,
        _ => false,
    }
}

/// The keys beside a `$ref` that would mean something. Those that say whether null may come, and who sends a
/// field, are heeded in every version.
pub(in super::super) fn significant_siblings(documents: &Documents, place: Place) -> Vec<String> {
    let heeded = |name: &str| matches!(name, "$ref" | "nullable" | "x-nullable" | "readOnly" | "writeOnly");
    documents
        .entries(place)
        .filter(|entry| !heeded(&entry.name) && !is_harmless(&entry.name))
        .map(|entry| entry.name.into_owned())
        .collect()
}

/// Whether what stands beside a `$ref` counts. In 3.0 only what says that null may come, since answers are
/// read with tolerance.
pub(super) fn has_siblings_that_count(documents: &Documents, version: Version, place: Place) -> bool {
    documents.entries(place).any(|entry| match &*entry.name {
        "$ref" => false,
        "nullable" | "x-nullable" => documents.boolean(entry.value) == Some(true),
        name => version.is_json_schema() && !is_harmless(name),
    })
}

/// The one schema that this one only adds remarks to: a `$ref`, or `allOf`, `oneOf`, `anyOf` of one.
pub(super) fn wrapped(documents: &Documents, version: Version, place: Place) -> Option<Place> {
    let mut inner = None;
    for entry in documents.entries(place) {
        match &*entry.name {
            "$ref" if documents.text(entry.value).is_some() => {
                let target = refs::resolve(documents, entry.value).ok()?;
                if inner.replace(target).is_some() {
                    return None;
                }
            }
            "allOf" | "oneOf" | "anyOf" => {
                let mut items = documents.items(entry.value);
                let only = items.next()?;
                if items.next().is_some() || inner.replace(only).is_some() {
                    return None;
                }
            }
            "type" if is_object_or_null(documents, entry.value) => {}
            // Beside a reference in 3.0 nothing else counts.
            _ if !version.is_json_schema() && documents.get(place, "$ref").is_some() => {}
            name if is_remark(name) => {}
            _ => return None,
        }
    }
    inner
}

fn is_object_or_null(documents: &Documents, value: Place) -> bool {
    let names = |place| documents.text(place).is_some_and(|name| name == "object" || name == "null");
    if documents.is_list(value) {
        let mut all = documents.items(value);
        return all.all(names) && documents.items(value).count() > 1;
    }
    documents.text(value).is_some_and(|name| name == "object")
}

/// Whether a member of a union only narrows what stands beside the union: `required` lists and bounds.
pub(super) fn only_narrows(documents: &Documents, member: Place) -> bool {
    documents.is_map(member)
        && documents.entries(member).all(|entry| match &*entry.name {
            "required" | "not" | "pattern" | "format" | "minLength" | "maxLength" | "minimum" | "maximum" => {
                true
            }
            "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minItems" | "maxItems" => true,
            "minProperties" | "maxProperties" | "uniqueItems" | "type" | "if" | "then" | "else" => true,
            "anyOf" | "oneOf" | "allOf" => {
                documents.items(entry.value).all(|inner| narrows_shallowly(documents, inner))
            }
            "properties" => {
                documents.entries(entry.value).all(|property| is_narrow_property(documents, property.value))
            }
            name => is_remark(name),
        })
}

fn narrows_shallowly(documents: &Documents, member: Place) -> bool {
    documents.is_map(member)
        && documents.entries(member).all(|entry| {
            matches!(&*entry.name, "required" | "not" | "minProperties" | "maxProperties")
                || is_remark(&entry.name)
        })
}

/// A property that is only named, fixed or forbidden.
fn is_narrow_property(documents: &Documents, property: Place) -> bool {
    documents.boolean(property).is_some()
        || documents.is_map(property)
            && documents.entries(property).all(|entry| {
                matches!(&*entry.name, "enum" | "const" | "not" | "pattern") || is_remark(&entry.name)
            })
}

/// The names under `type`, be it one or a list.
pub(in super::super) fn type_names(documents: &Documents, place: Place) -> Vec<(Place, String)> {
    let Some(value) = documents.get(place, "type") else { return Vec::new() };
    let one = |place: Place| documents.scalar(place).map(|name| (place, name.into_owned()));
    if documents.is_list(value) {
        documents.items(value).filter_map(one).collect()
    } else {
        one(value).into_iter().collect()
    }
}
