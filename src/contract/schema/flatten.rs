//! `allOf` and `$ref` taken apart: all schemas that a value must fit at once. A conjunction does not grow by
//! saying the same thing twice, so each place is visited once, however often it is reached.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::super::documents::{Documents, Place};
use super::super::faults::Weight;
use super::super::{Contract, lint, refs};
use super::{Keyword, Parts};
use crate::diagnostic::contract as say;

/// The conjunction: bases before what extends them, the outermost last.
#[derive(Debug, Default)]
pub(super) struct View {
    pub leaves: Vec<Place>,
    pub unions: Vec<(Place, Keyword)>,
    pub visited: FxHashSet<Place>,
    /// Why no value fits, or what could not be found.
    pub broken: Option<String>,
}

enum Step {
    Enter(Place),
    Leave(Place),
}

pub(super) fn flatten(contract: &mut Contract, parts: &Parts) -> View {
    let documents = Arc::clone(&contract.documents);
    let mut view = View::default();
    let mut open: Vec<Place> = Vec::new();
    let mut is_open: FxHashSet<Place> = FxHashSet::default();
    let mut steps: Vec<Step> = parts.places.iter().rev().map(|place| Step::Enter(*place)).collect();
    while let Some(step) = steps.pop() {
        match step {
            Step::Enter(place) if is_open.contains(&place) => {
                view.broken = Some(report_way(contract, &open, place));
            }
            Step::Enter(place) => {
                if view.visited.insert(place) {
                    open.push(place);
                    is_open.insert(place);
                    steps.push(Step::Leave(place));
                    enter(contract, &documents, place, &mut steps, &mut view);
                }
            }
            Step::Leave(place) => {
                open.pop();
                is_open.remove(&place);
                if documents.is_map(place) {
                    view.leaves.push(place);
                }
            }
        }
    }
    find_unions(contract, &documents, parts, &mut view);
    view
}

/// Puts what a schema refers to and consists of onto the pile.
fn enter(
    contract: &mut Contract,
    documents: &Documents,
    place: Place,
    steps: &mut Vec<Step>,
    view: &mut View,
) {
    contract.touch(place);
    if !documents.is_map(place) {
        match documents.boolean(place) {
            Some(true) => {}
            Some(false) => view.broken = Some("the schema is `false`, which nothing fits".to_owned()),
            None => {
                let span = documents.short_span(place);
                contract.faults.add(place, Weight::WhenUsed, say::malformed(span, "schema", "a map", "none"));
                view.broken = Some("the schema is not a map".to_owned());
            }
        }
        return;
    }
    lint::check_schema(documents, &mut contract.faults, contract.version, place);
    if let Some(all) = documents.get(place, "allOf") {
        let members: Vec<Place> = documents.items(all).collect();
        steps.extend(members.into_iter().rev().map(Step::Enter));
    }
    if let Some(target) = refs::reference(documents, place) {
        match refs::resolve(documents, target) {
            Ok(found) => {
                if documents.is_map(found) || documents.boolean(found).is_some() {
                    steps.push(Step::Enter(found));
                } else {
                    contract.report_kind(target, found, "a schema");
                    view.broken = Some("the reference does not lead to a schema".to_owned());
                }
            }
            Err(fault) => {
                contract.report_ref(target, fault);
                view.broken = Some("the reference leads nowhere".to_owned());
            }
        }
    }
}

/// The unions among the leaves, except those that are being spelled out.
fn find_unions(contract: &mut Contract, documents: &Documents, parts: &Parts, view: &mut View) {
    for leaf in view.leaves.clone() {
        let mut has_union = false;
        for (keyword, key) in [(Keyword::OneOf, "oneOf"), (Keyword::AnyOf, "anyOf")] {
            let Some(members) = documents.get(leaf, key) else { continue };
            has_union = true;
            if parts.without.contains(&(leaf, keyword)) {
                continue;
            }
            // A base that lists its subtypes, reached from one of them.
            let from_inside = !parts.places.contains(&leaf)
                && documents
                    .items(members)
                    .any(|member| view.visited.contains(&super::canonical(contract, member)));
            if !from_inside {
                view.unions.push((leaf, keyword));
            }
        }
        let is_base =
            !has_union && parts.places.contains(&leaf) && documents.get(leaf, "discriminator").is_some();
        if is_base && !parts.without.contains(&(leaf, Keyword::Subtypes)) && parts.places.len() == 1 {
            view.unions.push((leaf, Keyword::Subtypes));
        }
    }
}

/// A schema that is defined by itself alone; gives the reason for people.
pub(super) fn report_cycle(contract: &mut Contract, place: Place) -> String {
    report_way(contract, &[place], place)
}

fn report_way(contract: &mut Contract, open: &[Place], again: Place) -> String {
    let from = open.iter().position(|place| *place == again).unwrap_or(0);
    let round = open.iter().skip(from).chain([&again]);
    let mut names: Vec<String> = round
        .filter_map(|place| contract.schemas.name(*place))
        .map(|name| format!("`{name}`"))
        .take(8)
        .collect();
    if names.is_empty() {
        names.push("a nameless schema".to_owned());
    }
    if names.len() == 1 {
        names.push(names.first().cloned().unwrap_or_default());
    }
    let span = contract.documents.short_span(again);
    contract.faults.add(again, Weight::WhenUsed, say::ref_cycle(span, &names));
    "it is defined by itself alone".to_owned()
}
