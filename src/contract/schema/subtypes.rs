//! Which schemas extend which by `allOf`. A base with a `discriminator` does not list its subtypes; they name
//! it, so the whole document must be looked through, once.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::Contract;
use super::super::documents::Place;
use super::super::refs;
use super::canonical;

/// The named schemas that have each schema among their `allOf`, in the order of the document.
pub(super) type Subtypes = FxHashMap<Place, Vec<Place>>;

/// All subtypes of a base, also those of subtypes.
pub(super) fn subtypes(contract: &mut Contract, base: Place) -> Vec<Place> {
    let direct = index(contract);
    let mut all = Vec::new();
    let mut seen = FxHashSet::from_iter([base]);
    let mut waiting = vec![base];
    while let Some(place) = waiting.pop() {
        for subtype in direct.get(&place).into_iter().flatten() {
            if seen.insert(*subtype) {
                all.push(*subtype);
                waiting.push(*subtype);
            }
        }
    }
    all
}

fn index(contract: &mut Contract) -> Arc<Subtypes> {
    if let Some(known) = &contract.schemas.subtypes {
        return Arc::clone(known);
    }
    let documents = Arc::clone(&contract.documents);
    let named: Vec<Place> = contract.schemas.named.values().copied().collect();
    let mut index = Subtypes::default();
    for place in named {
        let place = canonical(contract, place);
        let Some(all) = documents.get(place, "allOf") else { continue };
        // A schema with one part and nothing else is that part with remarks, not an extension of it.
        if super::wrapped(contract, place).is_some() {
            continue;
        }
        for member in documents.items(all) {
            if refs::reference(&documents, member).is_some() {
                let base = canonical(contract, member);
                index.entry(base).or_default().push(place);
            }
        }
    }
    let index = Arc::new(index);
    contract.schemas.subtypes = Some(Arc::clone(&index));
    index
}
