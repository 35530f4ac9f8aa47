//! `oneOf` and `anyOf`. Most of them are no unions at all: something or null, a string or one of its well-known
//! values, one member, alternative `required` lists. What is left is told apart by discriminator or by shape.

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::Contract;
use super::super::documents::{Documents, Place};
use super::super::faults::Weight;
use super::super::model::{
    Discriminator, EnumValue, Format, Literal, NumberBounds, Schema, SchemaId, Shape, StringRule, UnionMember,
};
use super::flatten::View;
use super::merge::{Additional, Merged};
use super::{
    Keyword, Parts, canonical, flatten, keywords, merge, object, of, of_exact, subtypes, tags, try_schema,
};
use crate::diagnostic::contract as say;
use crate::source::Span;

/// The schema of a conjunction: a union where it has one that tells more than its base, else what is plain.
pub(super) fn or_plain(contract: &mut Contract, parts: &Parts, view: &View, merged: Merged) -> Schema {
    for (holder, keyword) in &view.unions {
        if merged.broken.is_some() || merged.values.is_some() {
            break;
        }
        if let Some(found) = members(contract, parts, &merged, *holder, *keyword) {
            return assemble(contract, parts, merged, *holder, found);
        }
    }
    object::plain(contract, parts, merged)
}

/// The members of a union as they were found: where each is written, and its schema together with the base.
struct Found {
    places: Vec<Place>,
    schemas: Vec<SchemaId>,
    has_null: bool,
    base: Option<SchemaId>,
}

/// None where the union says nothing that changes the shape.
fn members(
    contract: &mut Contract,
    parts: &Parts,
    merged: &Merged,
    holder: Place,
    keyword: Keyword,
) -> Option<Found> {
    let documents = Arc::clone(&contract.documents);
    let key = match keyword {
        Keyword::OneOf => "oneOf",
        Keyword::AnyOf => "anyOf",
        Keyword::Subtypes => return found_subtypes(contract, parts, holder),
    };
    let list = documents.get(holder, key)?;
    let mut written = Vec::new();
    collect(&documents, list, &mut written, 0);
    let has_null = written.iter().any(|member| is_null(&documents, *member));
    written.retain(|member| !is_null(&documents, *member));
    written.retain(|member| agrees(contract, &documents, merged, *member));
    if written.is_empty() && !has_null {
        return None;
    }
    let has_shape = has_own_shape(merged);
    if has_shape && written.iter().all(|member| narrows(&documents, merged, *member)) {
        let span = documents.key_span(holder, key);
        let what = format!("`{key}` of conditions");
        let fault = say::not_enforced(span, &what);
        contract.faults.add(list, Weight::Repaired, fault);
        return None;
    }
    let thin = is_thin(merged);
    let mut schemas = Vec::with_capacity(written.len());
    for member in &written {
        let alone = thin || extends(contract, *member, holder);
        schemas.push(if alone {
            of(contract, *member)
        } else {
            with_base(contract, parts, *member, holder, keyword)
        });
    }
    let base = (!thin).then(|| {
        let mut base = parts.clone();
        base.without.push((holder, keyword));
        of_exact(contract, base)
    });
    let places = written.into_iter().map(|member| canonical(contract, member)).collect();
    Some(Found { places, schemas, has_null, base })
}

/// The members of a list, with nameless unions among them opened.
fn collect(documents: &Documents, list: Place, into: &mut Vec<Place>, depth: usize) {
    for member in documents.items(list) {
        let inner = ["oneOf", "anyOf"].iter().find_map(|key| {
            let alone = documents
                .entries(member)
                .all(|entry| entry.name == *key || matches!(&*entry.name, "title" | "description"));
            documents.get(member, key).filter(|_| alone)
        });
        match inner {
            Some(inner) if depth < 8 && into.len() < 10_000 => {
                collect(documents, inner, into, depth + 1);
            }
            _ => into.push(member),
        }
    }
}

/// `type: null`, `enum: [null]`, `const: null`, and the `nullable: true` that some write as a member.
fn is_null(documents: &Documents, member: Place) -> bool {
    if documents.kind(member) == super::super::tree::Kind::Null {
        return true;
    }
    let Some(first) = documents
        .entries(member)
        .find(|entry| !matches!(&*entry.name, "description" | "title" | "x-nullable"))
    else {
        return false;
    };
    let null = |place| {
        documents.scalar(place).as_deref() == Some("null")
            || documents.kind(place) == super::super::tree::Kind::Null
    };
    match &*first.name {
        "type" => {
            let says_null =
                null(first.value) || documents.is_list(first.value) && documents.items(first.value).all(null);
            says_null || is_nullable_nothing(documents, member)
        }
        "enum" => documents.items(first.value).all(null) && documents.items(first.value).next().is_some(),
        "const" => documents.kind(first.value) == super::super::tree::Kind::Null,
        "nullable" => is_nullable_nothing(documents, member),
        _ => false,
    }
}

/// `{type: object, nullable: true}` beside a reference: how OpenAPI 3.0 says "or null".
fn is_nullable_nothing(documents: &Documents, member: Place) -> bool {
    let mut nullable = false;
    let nothing_else = documents.entries(member).all(|entry| match &*entry.name {
        "nullable" => {
            nullable = documents.boolean(entry.value) == Some(true);
            true
        }
        "type" => documents.text(entry.value).as_deref() == Some("object"),
        name => matches!(name, "description" | "title"),
    });
    nullable && nothing_else
}

fn has_own_shape(merged: &Merged) -> bool {
    !merged.fields.is_empty() || merged.types.is_some() || !merged.items.is_empty()
}

/// A base that says nothing beyond a type: the members stand for themselves.
fn is_thin(merged: &Merged) -> bool {
    merged.fields.is_empty()
        && merged.required.is_empty()
        && merged.items.is_empty()
        && merged.patterns.is_empty()
        && !matches!(merged.additional, Additional::Like(_))
        && merged.format.is_none()
        && merged.rule == StringRule::default()
        && merged.bounds == NumberBounds::default()
        && merged.types.as_ref().is_none_or(|types| *types == [keywords::Type::Object] || types.len() > 1)
}

/// Whether a member may be of the type that stands beside the union.
fn agrees(contract: &mut Contract, documents: &Documents, merged: &Merged, member: Place) -> bool {
    let Some(types) = &merged.types else { return true };
    let member = canonical(contract, member);
    let own: Vec<keywords::Type> = keywords::type_names(documents, member)
        .iter()
        .filter_map(|(_, name)| keywords::Type::named(name))
        .collect();
    own.is_empty() || !merge::intersect(types, &own).is_empty()
}

/// Whether a member only says which of the base's fields must be there, or the like.
fn narrows(documents: &Documents, merged: &Merged, member: Place) -> bool {
    if !keywords::only_narrows(documents, member) {
        return false;
    }
    let properties = documents.get(member, "properties");
    let types = keywords::type_names(documents, member);
    let same_type = types.iter().all(|(_, name)| {
        keywords::Type::named(name)
            .is_some_and(|one| merged.types.as_ref().is_some_and(|types| types.contains(&one)))
    });
    let declares = documents.get(member, "required").is_some() || properties.is_none();
    same_type
        && declares
        && properties.is_none_or(|properties| {
            documents.entries(properties).all(|entry| merged.fields.contains_key(entry.name.as_ref()))
        })
}

/// Whether a member has the holder of the union among its own parts already.
fn extends(contract: &mut Contract, member: Place, holder: Place) -> bool {
    let member = canonical(contract, member);
    if contract.documents.get(member, "allOf").is_none() {
        return false;
    }
    let parts = Parts { places: vec![member], without: Vec::new(), only: None };
    flatten::flatten(contract, &parts).visited.contains(&holder)
}

fn with_base(
    contract: &mut Contract,
    parts: &Parts,
    member: Place,
    holder: Place,
    keyword: Keyword,
) -> SchemaId {
    let mut both = parts.clone();
    both.without.push((holder, keyword));
    let member = canonical(contract, member);
    if !both.places.contains(&member) {
        both.places.push(member);
    }
    of_exact(contract, both)
}

fn found_subtypes(contract: &mut Contract, parts: &Parts, holder: Place) -> Option<Found> {
    let mut places = subtypes::subtypes(contract, holder);
    for target in tags::mapping_targets(contract, holder) {
        let known = places.contains(&target);
        if !known && (target == holder || extends(contract, target, holder)) {
            places.push(target);
        }
    }
    if places.iter().all(|place| *place == holder) {
        return None;
    }
    let mut base = parts.clone();
    base.without.push((holder, Keyword::Subtypes));
    let base = of_exact(contract, base);
    let mut schemas = tags::ids(contract, &places);
    for (place, schema) in places.iter().zip(&mut schemas) {
        if *place == holder {
            *schema = base;
        }
    }
    Some(Found { places, schemas, has_null: false, base: Some(base) })
}

/// A member with what it is.
struct Member {
    place: Place,
    schema: SchemaId,
    lowered: Option<Arc<Schema>>,
    span: Span,
}

fn assemble(
    contract: &mut Contract,
    parts: &Parts,
    mut merged: Merged,
    holder: Place,
    found: Found,
) -> Schema {
    let documents = Arc::clone(&contract.documents);
    let span = merged.span.unwrap_or_else(|| documents.short_span(holder));
    merged.nullable |= found.has_null;
    let places = found.places.clone();
    let mut all: Vec<Member> = Vec::new();
    for (place, schema) in found.places.into_iter().zip(found.schemas) {
        if all.iter().any(|known| known.schema == schema) {
            continue;
        }
        let lowered = try_schema(contract, schema);
        merged.nullable |= lowered.as_ref().is_some_and(|schema| schema.nullable);
        all.push(Member { place, schema, lowered, span: documents.short_span(place) });
    }
    all.retain(|member| !member.lowered.as_ref().is_some_and(|schema| schema.shape == Shape::Null));
    if let Some(anything) = all.iter().find_map(|member| shape_of(member).filter(|shape| is_anything(shape)))
    {
        return object::finish(contract, merged, anything.clone(), span);
    }
    let discriminator = tags::discriminator(&documents, holder);
    if discriminator.is_none() {
        join_alike(contract, &mut all, span);
    }
    match all.as_slice() {
        [] if merged.nullable => object::finish(contract, merged, Shape::Null, span),
        [] => object::plain(contract, parts, merged),
        [one] => only_member(contract, merged, one, span),
        _ => {
            let members = tagged(contract, holder, &places, &all, discriminator.as_ref());
            if discriminator.is_none() {
                super::ambiguity::check(contract, holder, &members, span);
            }
            let shape = Shape::Union { members, discriminator, base: found.base };
            object::finish(contract, merged, shape, span)
        }
    }
}

fn shape_of(member: &Member) -> Option<&Shape> {
    member.lowered.as_ref().map(|schema| &schema.shape)
}

fn is_anything(shape: &Shape) -> bool {
    matches!(shape, Shape::Any { reason } if reason.is_empty())
}

/// A union of one is that one, with the remarks that stand beside it.
fn only_member(contract: &mut Contract, merged: Merged, one: &Member, span: Span) -> Schema {
    let Some(lowered) = &one.lowered else {
        let reason = flatten::report_cycle(contract, one.place);
        return object::finish(contract, merged, Shape::Any { reason }, span);
    };
    let nullable = merged.nullable || lowered.nullable;
    let mut schema = object::finish(contract, merged, lowered.shape.clone(), span);
    schema.name = lowered.name.clone();
    schema.nullable = nullable;
    schema.doc = schema.doc.or_else(|| lowered.doc.clone());
    schema.default = schema.default.or_else(|| lowered.default.clone());
    schema.example = schema.example.or(lowered.example);
    schema.deprecated |= lowered.deprecated;
    schema.labels.extend(lowered.labels.iter().cloned());
    schema
}

fn tagged(
    contract: &mut Contract,
    holder: Place,
    places: &[Place],
    all: &[Member],
    discriminator: Option<&Discriminator>,
) -> Vec<UnionMember> {
    let mut mapped = match discriminator {
        Some(_) => tags::mapped(contract, holder, places),
        None => Default::default(),
    };
    let mut members = Vec::with_capacity(all.len());
    for member in all {
        let tags = match discriminator {
            Some(discriminator) => mapped.remove(&member.place).unwrap_or_else(|| {
                tags::implied(contract, member.place, member.schema, &discriminator.property)
            }),
            None => Vec::new(),
        };
        members.push(UnionMember { schema: member.schema, tags, span: member.span });
    }
    members
}

/// Kinds of JSON text that cannot be told apart by looking at a value.
#[derive(Clone, Copy, PartialEq)]
enum Alike {
    Text,
    Number,
    Bool,
}

/// Strings of several formats, numbers of several sizes: members of one JSON kind become one member.
fn join_alike(contract: &mut Contract, all: &mut Vec<Member>, span: Span) {
    for kind in [Alike::Text, Alike::Number, Alike::Bool] {
        let of_kind = |member: &Member| shape_of(member).and_then(alike) == Some(kind);
        if all.iter().filter(|member| of_kind(member)).count() < 2 {
            continue;
        }
        let shapes: Vec<Shape> =
            all.iter().filter(|member| of_kind(member)).filter_map(shape_of).cloned().collect();
        let shape = match kind {
            Alike::Text => joined_text(&shapes),
            Alike::Number => joined_number(&shapes),
            Alike::Bool => Shape::Bool,
        };
        let joined = contract.schemas.made(super::bare(shape, span));
        let lowered = try_schema(contract, joined);
        let mut first = true;
        all.retain_mut(|member| {
            if shape_of(member).and_then(alike) != Some(kind) {
                return true;
            }
            if first {
                (member.schema, member.lowered) = (joined, lowered.clone());
            }
            std::mem::replace(&mut first, false)
        });
    }
}

fn alike(shape: &Shape) -> Option<Alike> {
    match shape {
        Shape::String { .. } | Shape::Enum { .. } => Some(Alike::Text),
        Shape::Int { .. } | Shape::Number { .. } => Some(Alike::Number),
        Shape::Literals { values } if values.iter().all(|value| matches!(value, Literal::Number(_))) => {
            Some(Alike::Number)
        }
        Shape::Bool => Some(Alike::Bool),
        Shape::Literals { values } if values.iter().all(|value| matches!(value, Literal::Bool(_))) => {
            Some(Alike::Bool)
        }
        Shape::Literals { .. } | Shape::Any { .. } | Shape::Null | Shape::List { .. } => None,
        Shape::Object { .. } | Shape::Dict { .. } | Shape::Union { .. } => None,
    }
}

/// All values together where all are spelled out; else a string, of a format only if all agree.
fn joined_text(shapes: &[Shape]) -> Shape {
    let mut values: Vec<EnumValue> = Vec::new();
    let mut open = false;
    let mut formats: Vec<(Format, StringRule)> = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Enum { values: more } => {
                values.extend(more.iter().cloned());
            }
            Shape::String { format, rule } => {
                open = true;
                formats.push((*format, rule.clone()));
            }
            _ => open = true,
        }
    }
    if !open {
        let mut seen: rustc_hash::FxHashSet<SmolStr> = Default::default();
        values.retain(|value| seen.insert(value.value.clone()));
        return Shape::Enum { values };
    }
    let (format, rule) = match formats.as_slice() {
        [first, rest @ ..] if values.is_empty() && rest.iter().all(|other| other == first) => first.clone(),
        [(format, _), rest @ ..] if values.is_empty() && rest.iter().all(|other| other.0 == *format) => {
            (*format, StringRule::default())
        }
        _ => (Format::Plain, StringRule::default()),
    };
    Shape::String { format, rule }
}

fn joined_number(shapes: &[Shape]) -> Shape {
    let all_listed: Vec<&[Literal]> = shapes
        .iter()
        .filter_map(
            |shape| if let Shape::Literals { values } = shape { Some(values.as_slice()) } else { None },
        )
        .collect();
    if all_listed.len() == shapes.len() {
        let mut values: Vec<Literal> = Vec::new();
        for value in all_listed.into_iter().flatten() {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        return Shape::Literals { values };
    }
    let whole = shapes.iter().all(|shape| match shape {
        Shape::Int { .. } => true,
        Shape::Literals { values } => values.iter().all(|value| match value {
            Literal::Number(text) => super::literals::is_whole(text),
            Literal::Null | Literal::Bool(_) | Literal::String(_) | Literal::Json(_) => false,
        }),
        _ => false,
    });
    let bounds = NumberBounds::default();
    if whole { Shape::Int { bounds } } else { Shape::Number { binary: false, bounds } }
}
