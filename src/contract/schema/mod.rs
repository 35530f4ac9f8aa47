//! Schemas by number. A number is given as soon as something refers to a schema; what the schema is gets
//! worked out when somebody asks, once. So recursion is natural, and nobody pays for what no flow reads.

mod ambiguity;
mod flatten;
mod keywords;
mod literals;
mod merge;
mod object;
mod scalar;
mod subtypes;
mod tags;
mod union;

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::documents::{Documents, Place};
use super::faults::Weight;
use super::model::{Access, ExampleId, Format, Property, Schema, SchemaId, Shape, StringRule};
use super::parameters::Declared;
use super::{Contract, Version, refs};
use crate::diagnostic::contract as say;
use crate::source::Span;
use keywords::Type;
pub(super) use keywords::{significant_siblings, type_names};
pub(super) use literals::{is_json_number, literal};

/// Numbers as they are written.
pub(super) mod bounds {
    pub(in super::super) use super::literals::{compare, is_number, is_whole, places_of_step, whole};
}

#[derive(Debug, Default)]
pub(super) struct Schemas {
    slots: Vec<Slot>,
    by_source: FxHashMap<Source, SchemaId>,
    /// Where each place leads once references are followed.
    canonical: FxHashMap<Place, Place>,
    pub named: IndexMap<SmolStr, Place>,
    name_of: FxHashMap<Place, SmolStr>,
    /// The schemas that extend each schema by `allOf`; made when first needed.
    subtypes: Option<Arc<subtypes::Subtypes>>,
    /// How many schemas are being lowered right now, one inside the other.
    depth: usize,
}

#[derive(Debug)]
struct Slot {
    source: Source,
    span: Span,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Waiting,
    Busy,
    Done(Arc<Schema>),
}

/// What a schema is made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Parts(Parts),
    /// The form fields of a Swagger 2.0 operation.
    Form(Vec<Place>),
    Anything,
    Text,
    /// Worked out already.
    Made(u32),
}

/// All of these at once, as `allOf` has it; often just one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Parts {
    places: Vec<Place>,
    /// Unions of them that are left out, because they are what is being spelled out.
    without: Vec<(Place, Keyword)>,
    /// One of several types.
    only: Option<Type>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Keyword {
    OneOf,
    AnyOf,
    /// The subtypes of a base with a discriminator.
    Subtypes,
}

/// Unions of unions, wrappers of wrappers: deeper than this is no contract of people.
const MAX_DEPTH: usize = 64;
const MOST_STEPS_TO_A_NAME: usize = 8;

impl Schemas {
    /// With the names that the document gives.
    pub fn new(documents: &Documents, version: Version) -> Schemas {
        let mut schemas = Schemas::default();
        let keys: &[&str] =
            if version == Version::V2 { &["definitions"] } else { &["components", "schemas"] };
        let Some(map) = documents.at(documents.root(), keys) else { return schemas };
        let map = refs::follow(documents, map).unwrap_or(map);
        for entry in documents.entries(map) {
            let name = SmolStr::new(&entry.name);
            schemas.named.insert(name.clone(), entry.value);
            schemas.name_of.insert(entry.value, name);
        }
        let aliases: Vec<(SmolStr, Place)> =
            schemas.named.iter().map(|(name, place)| (name.clone(), *place)).collect();
        for (name, place) in aliases {
            if let Some(target) = schemas.unnamed_target(documents, place) {
                schemas.name_of.insert(target, name);
            }
        }
        schemas
    }

    /// How many schemas were asked for.
    pub fn lowered(&self) -> usize {
        self.slots.iter().filter(|slot| matches!(slot.state, State::Done(_))).count()
    }

    /// What a named reference leads to, if that has no name of its own. A few steps are enough for what people
    /// write, and going further would take too long where many lead along the same way.
    fn unnamed_target(&self, documents: &Documents, place: Place) -> Option<Place> {
        let mut here = place;
        for _ in 0..MOST_STEPS_TO_A_NAME {
            let Some(target) = refs::reference(documents, here) else { break };
            here = refs::resolve(documents, target).ok().filter(|next| !self.name_of.contains_key(next))?;
        }
        (here != place).then_some(here)
    }

    fn id(&mut self, source: Source, span: Span) -> SchemaId {
        if let Some(known) = self.by_source.get(&source) {
            return *known;
        }
        let id = SchemaId(self.slots.len() as u32);
        self.by_source.insert(source.clone(), id);
        self.slots.push(Slot { source, span, state: State::Waiting });
        id
    }

    /// A number for a schema that is worked out already.
    fn made(&mut self, schema: Schema) -> SchemaId {
        let span = schema.span;
        let id = self.id(Source::Made(self.slots.len() as u32), span);
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            slot.state = State::Done(Arc::new(schema));
        }
        id
    }

    fn name(&self, place: Place) -> Option<&SmolStr> {
        self.name_of.get(&place)
    }
}

/// The schema at a place of a document.
pub(super) fn of(contract: &mut Contract, place: Place) -> SchemaId {
    of_parts(contract, vec![place])
}

/// The schema that is all of these at once.
fn of_parts(contract: &mut Contract, places: Vec<Place>) -> SchemaId {
    let mut distinct = Vec::with_capacity(places.len());
    for place in places {
        let place = canonical(contract, place);
        if !distinct.contains(&place) {
            distinct.push(place);
        }
    }
    of_exact(contract, Parts { places: distinct, without: Vec::new(), only: None })
}

fn of_exact(contract: &mut Contract, parts: Parts) -> SchemaId {
    let span = parts.places.first().map_or_else(
        || contract.documents.short_span(contract.documents.root()),
        |place| contract.documents.short_span(*place),
    );
    contract.schemas.id(Source::Parts(parts), span)
}

pub(super) fn anything(contract: &mut Contract, span: Span) -> SchemaId {
    contract.schemas.id(Source::Anything, span)
}

pub(super) fn plain_string(contract: &mut Contract, span: Span) -> SchemaId {
    contract.schemas.id(Source::Text, span)
}

/// The body that the form fields of Swagger 2.0 make together.
pub(super) fn form(contract: &mut Contract, fields: &[&Declared], span: Span) -> SchemaId {
    contract.schemas.id(Source::Form(fields.iter().map(|field| field.node).collect()), span)
}

pub(super) fn names(contract: &Contract) -> impl Iterator<Item = &str> {
    contract.schemas.named.keys().map(SmolStr::as_str)
}

pub(super) fn named(contract: &mut Contract, name: &str) -> Option<SchemaId> {
    let place = *contract.schemas.named.get(name)?;
    Some(of(contract, place))
}

fn is_schema(documents: &Documents, place: Place) -> bool {
    documents.is_map(place) || documents.boolean(place).is_some()
}

/// Through references that add nothing of their own. Where one leads nowhere, the place of that reference.
fn canonical(contract: &mut Contract, place: Place) -> Place {
    if let Some(known) = contract.schemas.canonical.get(&place) {
        return *known;
    }
    let documents = Arc::clone(&contract.documents);
    let mut here = place;
    let mut way = Vec::new();
    let mut seen = FxHashSet::default();
    while let Some(target) = refs::reference(&documents, here) {
        if let Some(known) = contract.schemas.canonical.get(&here) {
            here = *known;
            break;
        }
        if !seen.insert(here) || keywords::has_siblings_that_count(&documents, contract.version, here) {
            break;
        }
        let Ok(next) = refs::resolve(&documents, target) else { break };
        if !is_schema(&documents, next) {
            break;
        }
        way.push(here);
        here = next;
    }
    for step in way {
        contract.schemas.canonical.insert(step, here);
    }
    here
}

/// A schema, lowered now if it was not yet. One that is being lowered right now, or is wrapped too deeply,
/// is anything.
pub(super) fn schema(contract: &mut Contract, id: SchemaId) -> Arc<Schema> {
    match try_schema(contract, id) {
        Some(schema) => schema,
        None => {
            let span = contract.schemas.slots.get(id.0 as usize).map(|slot| slot.span);
            let span = span.unwrap_or_else(|| contract.documents.short_span(contract.documents.root()));
            let reason = "it is defined by itself, or nested too deeply".to_owned();
            Arc::new(bare(Shape::Any { reason }, span))
        }
    }
}

/// None where it is being lowered right now.
fn try_schema(contract: &mut Contract, id: SchemaId) -> Option<Arc<Schema>> {
    let slot = contract.schemas.slots.get_mut(id.0 as usize)?;
    match &slot.state {
        State::Done(schema) => return Some(Arc::clone(schema)),
        State::Busy => return None,
        State::Waiting => {}
    }
    if contract.schemas.depth >= MAX_DEPTH {
        return None;
    }
    slot.state = State::Busy;
    let (source, span) = (slot.source.clone(), slot.span);
    contract.schemas.depth += 1;
    let schema = Arc::new(lower(contract, source, span));
    contract.schemas.depth -= 1;
    if let Some(slot) = contract.schemas.slots.get_mut(id.0 as usize) {
        slot.state = State::Done(Arc::clone(&schema));
    }
    Some(schema)
}

fn lower(contract: &mut Contract, source: Source, span: Span) -> Schema {
    match source {
        Source::Parts(parts) => lower_parts(contract, &parts, span),
        Source::Form(fields) => lower_form(contract, &fields, span),
        Source::Anything | Source::Made(_) => bare(Shape::Any { reason: String::new() }, span),
        Source::Text => bare(Shape::String { format: Format::Plain, rule: StringRule::default() }, span),
    }
}

fn lower_parts(contract: &mut Contract, parts: &Parts, span: Span) -> Schema {
    if let [place] = parts.places.as_slice()
        && let Err((at, fault @ refs::RefFault::Cycle(_))) = refs::follow(&contract.documents, *place)
    {
        contract.report_ref(at, fault);
        return bare(Shape::Any { reason: "the reference leads back to itself".to_owned() }, span);
    }
    if let [place] = parts.places.as_slice()
        && parts.without.is_empty()
        && parts.only.is_none()
        && let Some(wrapped) = wrapped(contract, *place)
    {
        return wrapper(contract, *place, wrapped, span);
    }
    let view = flatten::flatten(contract, parts);
    let mut merged = merge::merge(contract, parts, &view, span);
    if let Some(conflict) = merged.conflict.take() {
        if let Some(last) = redeclared(contract, parts, &conflict) {
            return (*schema(contract, last)).clone();
        }
        let span = contract.documents.key_span(conflict.leaf, conflict.key);
        contract.faults.add(conflict.leaf, Weight::WhenUsed, say::uninhabited(span, conflict.why));
        merged.broken = Some(conflict.why.to_owned());
    }
    let mut schema = union::or_plain(contract, parts, &view, merged);
    if let [place] = parts.places.as_slice()
        && parts.without.is_empty()
        && parts.only.is_none()
    {
        let name = contract.schemas.name(*place).cloned();
        schema.name = name.or(schema.name);
    }
    schema
}

/// The schema that a place only adds remarks to. A named schema that is all of a base with a discriminator is
/// one of its subtypes, even if it adds nothing.
fn wrapped(contract: &mut Contract, place: Place) -> Option<Place> {
    let documents = Arc::clone(&contract.documents);
    let inner = keywords::wrapped(&documents, contract.version, place)
        .filter(|inner| is_schema(&documents, *inner))?;
    let extends = contract.schemas.name(place).is_some() && documents.get(place, "allOf").is_some();
    if extends {
        let base = canonical(contract, inner);
        if documents.get(base, "discriminator").is_some() {
            return None;
        }
    }
    Some(inner)
}

/// A field that is declared again with values that exclude the earlier ones: the later declaration is meant.
fn redeclared(contract: &mut Contract, parts: &Parts, conflict: &merge::Conflict) -> Option<SchemaId> {
    let [_, .., last] = parts.places.as_slice() else { return None };
    if !parts.without.is_empty() || parts.only.is_some() {
        return None;
    }
    let span = contract.documents.key_span(conflict.leaf, conflict.key);
    contract.faults.add(conflict.leaf, Weight::Repaired, say::redeclared(span));
    Some(of(contract, *last))
}

/// A schema that only adds remarks to another one: that one, with the remarks.
fn wrapper(contract: &mut Contract, place: Place, wrapped: Place, span: Span) -> Schema {
    let documents = Arc::clone(&contract.documents);
    contract.touch(place);
    super::lint::check_schema(&documents, &mut contract.faults, contract.version, place);
    let inner = of(contract, wrapped);
    let Some(target) = try_schema(contract, inner) else {
        let reason = flatten::report_cycle(contract, place);
        return bare(Shape::Any { reason }, span);
    };
    let mut schema = (*target).clone();
    let remarks = merge::remarks(contract, place);
    schema.nullable |= remarks.nullable;
    schema.deprecated |= remarks.deprecated;
    schema.doc = remarks.doc.or(schema.doc);
    schema.access = if remarks.access == Access::Both { schema.access } else { remarks.access };
    schema.labels.extend(remarks.labels);
    schema.example = remarks.example.map(ExampleId).or(schema.example);
    if let Some(default) = remarks.default {
        schema.default = literals::checked_default(contract, default, &schema.shape, schema.nullable);
    }
    schema.name = contract.schemas.name(place).cloned().or(schema.name);
    schema
}

fn lower_form(contract: &mut Contract, nodes: &[Place], span: Span) -> Schema {
    let documents = Arc::clone(&contract.documents);
    let fields = nodes
        .iter()
        .map(|node| Property {
            name: SmolStr::new(documents.scalar_at(*node, "name").unwrap_or_default()),
            required: documents.flag_at(*node, "required"),
            schema: of(contract, *node),
            access: Access::Both,
            span: documents.key_span(*node, "name"),
        })
        .collect();
    bare(Shape::Object { fields, additional: None, is_closed: false }, span)
}

/// A schema about which nothing is known but its shape.
fn bare(shape: Shape, span: Span) -> Schema {
    Schema {
        name: None,
        shape,
        nullable: false,
        doc: None,
        default: None,
        example: None,
        access: Access::Both,
        deprecated: false,
        labels: Vec::new(),
        span,
    }
}

#[cfg(test)]
mod tests;
