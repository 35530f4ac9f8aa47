//! From a merged conjunction to the shape it describes, unions aside.

use std::sync::Arc;

use indexmap::IndexSet;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::super::Contract;
use super::super::faults::Weight;
use super::super::model::{Access, ExampleId, Property, Schema, SchemaId, Shape, UnionMember};
use super::keywords::Type;
use super::merge::{Additional, Field, Merged};
use super::{Parts, anything, literals, of, of_exact, of_parts, scalar};
use crate::diagnostic::contract as say;
use crate::source::Span;

/// The schema that a conjunction without unions describes.
pub(super) fn plain(contract: &mut Contract, parts: &Parts, mut merged: Merged) -> Schema {
    let span = merged.span.unwrap_or_else(|| contract.documents.short_span(contract.documents.root()));
    let shape = shape(contract, parts, &mut merged, span);
    finish(contract, merged, shape, span)
}

/// Puts the shape together with all that the schema says besides.
pub(super) fn finish(contract: &mut Contract, merged: Merged, shape: Shape, span: Span) -> Schema {
    let remarks = merged.remarks;
    let nullable = merged.nullable;
    let default =
        remarks.default.and_then(|place| literals::checked_default(contract, place, &shape, nullable));
    Schema {
        name: None,
        shape,
        nullable,
        doc: remarks.doc,
        default,
        example: remarks.example.map(ExampleId),
        access: remarks.access,
        deprecated: remarks.deprecated,
        labels: remarks.labels,
        span,
    }
}

fn shape(contract: &mut Contract, parts: &Parts, merged: &mut Merged, span: Span) -> Shape {
    if let Some(reason) = merged.broken.take() {
        return Shape::Any { reason };
    }
    let types = merged.types.clone().unwrap_or_else(|| inferred(merged));
    if let Some(values) = merged.values.take() {
        return scalar::spelled_out(values, &types);
    }
    match types.as_slice() {
        [] => Shape::Any { reason: String::new() },
        [one] => of_type(contract, merged, *one, span),
        [Type::Int, Type::Number] | [Type::Number, Type::Int] => {
            of_type(contract, merged, Type::Number, span)
        }
        several if several.len() >= 6 => Shape::Any { reason: String::new() },
        several => one_of_types(contract, parts, several, span),
    }
}

/// What a schema without `type` can only mean by its other keywords.
fn inferred(merged: &Merged) -> Vec<Type> {
    let has_object = !merged.fields.is_empty()
        || !merged.required.is_empty()
        || !merged.patterns.is_empty()
        || !matches!(merged.additional, Additional::Unsaid);
    let rule = &merged.rule;
    let bounds = &merged.bounds;
    if has_object {
        vec![Type::Object]
    } else if !merged.items.is_empty() || merged.tuple.is_some() {
        vec![Type::List]
    } else if rule.pattern.is_some() || rule.min.is_some() || rule.max.is_some() || merged.is_base64 {
        vec![Type::Text]
    } else if let Some(format) = &merged.format {
        scalar::type_of_format(format)
    } else if bounds.min.is_some() || bounds.max.is_some() || bounds.multiple_of.is_some() {
        vec![Type::Number]
    } else {
        Vec::new()
    }
}

fn of_type(contract: &mut Contract, merged: &mut Merged, one: Type, span: Span) -> Shape {
    match one {
        Type::Null => Shape::Null,
        Type::Bool => Shape::Bool,
        Type::Int => scalar::integer(merged),
        Type::Number => scalar::number(merged),
        Type::Text => scalar::text(merged),
        Type::List => list(contract, merged, span),
        Type::Object => object(contract, merged, span),
    }
}

/// `type: [string, integer]`: a union of the same schema read as each of its types.
fn one_of_types(contract: &mut Contract, parts: &Parts, types: &[Type], span: Span) -> Shape {
    let members = types
        .iter()
        .map(|one| {
            let parts = Parts { only: Some(*one), ..parts.clone() };
            UnionMember { schema: of_exact(contract, parts), tags: Vec::new(), span }
        })
        .collect();
    Shape::Union { members, discriminator: None, base: None }
}

fn list(contract: &mut Contract, merged: &mut Merged, span: Span) -> Shape {
    let items = std::mem::take(&mut merged.items);
    let items = match merged.tuple {
        Some(place) => {
            let what = "a type for each position of a list";
            contract.faults.add(place, Weight::Repaired, say::not_enforced(span, what));
            anything(contract, span)
        }
        None if items.is_empty() => anything(contract, span),
        None => of_parts(contract, items),
    };
    Shape::List { items, min: merged.min_items, max: merged.max_items }
}

fn object(contract: &mut Contract, merged: &mut Merged, span: Span) -> Shape {
    let fields = std::mem::take(&mut merged.fields);
    let additional = additional(contract, merged);
    if fields.is_empty() && merged.required.is_empty() {
        return match (&merged.additional, additional) {
            (_, Some(values)) => Shape::Dict { values },
            (Additional::None, None) => {
                Shape::Object { fields: Vec::new(), additional: None, is_closed: true }
            }
            (_, None) => Shape::Dict { values: anything(contract, span) },
        };
    }
    let mut properties: Vec<Property> = Vec::with_capacity(fields.len());
    let required: FxHashSet<SmolStr> = merged.required.iter().cloned().collect();
    let mut missing: IndexSet<SmolStr> = merged.required.drain(..).collect();
    missing.retain(|name| !fields.contains_key(name));
    for (name, field) in fields {
        let is_required = required.contains(&name);
        properties.push(property(contract, name, field, is_required));
    }
    for name in missing {
        let schema = additional.unwrap_or_else(|| anything(contract, span));
        properties.push(Property { name, required: true, schema, access: Access::Both, span });
    }
    let is_closed = additional.is_none() && matches!(merged.additional, Additional::None);
    Shape::Object { fields: properties, additional, is_closed }
}

fn property(contract: &mut Contract, name: SmolStr, field: Field, required: bool) -> Property {
    let documents = Arc::clone(&contract.documents);
    let mut access = Access::Both;
    for place in &field.places {
        // Beside the reference, or at its end.
        let end = super::canonical(contract, *place);
        for place in [end, *place] {
            if documents.flag_at(place, "readOnly") {
                access = Access::ReadOnly;
            } else if documents.flag_at(place, "writeOnly") {
                access = Access::WriteOnly;
            }
        }
    }
    let schema = match field.places.as_slice() {
        [one] => of(contract, *one),
        _ => of_parts(contract, field.places),
    };
    Property { name, required, schema, access, span: field.span }
}

/// What all other keys hold, if that is described.
fn additional(contract: &mut Contract, merged: &Merged) -> Option<SchemaId> {
    match (&merged.additional, merged.patterns.as_slice()) {
        (Additional::Like(places), _) => Some(of_parts(contract, places.clone())),
        (_, [pattern]) => Some(of(contract, *pattern)),
        (_, [first, ..]) => {
            let span = contract.documents.short_span(*first);
            Some(anything(contract, span))
        }
        (Additional::Unsaid | Additional::None | Additional::Anything, []) => None,
    }
}
