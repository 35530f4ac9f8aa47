//! Methods on lists. Lists whose elements go into the result are taken by value, others by reference. Each function
//! with a lambda has a twin `try_…` for lambdas that may fail.

use std::collections::HashSet;
use std::hash::Hash;

#[cfg(feature = "decimal")]
use crate::Decimal;
use crate::excess::{beat, each, gather, take_text};
use crate::fault::Fault;
use crate::order::{Ordered, count as as_int, positions};
use crate::value::{Dict, Duration};

mod attempt;

pub use attempt::*;

pub fn map<A, B>(items: Vec<A>, f: impl FnMut(A) -> B) -> Vec<B> {
    gather(items).map(f).collect()
}

pub fn flat_map<A, B>(items: Vec<A>, mut f: impl FnMut(A) -> Vec<B>) -> Vec<B> {
    each(items).flat_map(|item| gather(f(item))).collect()
}

pub fn filter<A>(mut items: Vec<A>, mut keep: impl FnMut(&A) -> bool) -> Vec<A> {
    items.retain(|item| {
        beat();
        keep(item)
    });
    items
}

pub fn fold<A, B>(items: Vec<A>, start: B, step: impl FnMut(B, A) -> B) -> B {
    each(items).fold(start, step)
}

pub fn sum_int(items: &[i64]) -> Result<i64, Fault> {
    items.iter().try_fold(0, |sum, item| crate::int::add(sum, *item))
}

#[cfg(feature = "decimal")]
pub fn sum_decimal(items: &[Decimal]) -> Result<Decimal, Fault> {
    items.iter().try_fold(Decimal::ZERO, |sum, item| crate::decimal::add(sum, *item))
}

pub fn sum_float(items: &[f64]) -> f64 {
    items.iter().fold(0.0, |sum, item| sum + item)
}

pub fn sum_duration(items: &[Duration]) -> Result<Duration, Fault> {
    items.iter().try_fold(Duration::ZERO, |sum, item| crate::duration::add(sum, *item))
}

/// The first one of equals.
pub fn min<A: Ordered + Clone>(items: &[A]) -> Option<A> {
    items.iter().reduce(|least, item| if item.compare(least).is_lt() { item } else { least }).cloned()
}

/// The first one of equals.
pub fn max<A: Ordered + Clone>(items: &[A]) -> Option<A> {
    items.iter().reduce(|most, item| if item.compare(most).is_gt() { item } else { most }).cloned()
}

pub fn min_by<A: Clone, K: Ordered>(items: &[A], mut key: impl FnMut(&A) -> K) -> Option<A> {
    let keyed = each(items).map(|item| (key(item), item));
    let least = keyed.reduce(|least, one| if one.0.compare(&least.0).is_lt() { one } else { least });
    least.map(|(_, item)| item.clone())
}

pub fn max_by<A: Clone, K: Ordered>(items: &[A], mut key: impl FnMut(&A) -> K) -> Option<A> {
    let keyed = each(items).map(|item| (key(item), item));
    let most = keyed.reduce(|most, one| if one.0.compare(&most.0).is_gt() { one } else { most });
    most.map(|(_, item)| item.clone())
}

pub fn sort<A: Ordered>(mut items: Vec<A>) -> Vec<A> {
    items.sort_by(Ordered::compare);
    items
}

pub fn sort_by<A, K: Ordered>(items: Vec<A>, mut key: impl FnMut(&A) -> K) -> Vec<A> {
    in_order(each(items).map(|item| (key(&item), item)).collect())
}

/// The elements in the order of their keys, each of which is made once.
fn in_order<A, K: Ordered>(mut keyed: Vec<(K, A)>) -> Vec<A> {
    keyed.sort_by(|one, other| one.0.compare(&other.0));
    keyed.into_iter().map(|(_, item)| item).collect()
}

pub fn reverse<A>(mut items: Vec<A>) -> Vec<A> {
    items.reverse();
    items
}

pub fn group_by<A>(items: Vec<A>, mut key: impl FnMut(&A) -> String) -> Dict<Vec<A>> {
    let mut groups: Dict<Vec<A>> = Dict::new();
    for item in each(items) {
        groups.entry(key(&item)).or_default().push(item);
    }
    groups
}

pub fn to_dict<A, B>(
    items: Vec<A>,
    mut key: impl FnMut(&A) -> String,
    mut value: impl FnMut(A) -> B,
) -> Dict<B> {
    each(items).map(|item| (key(&item), value(item))).collect()
}

/// For elements of any kind, which takes the square of their number: where they can be hashed, `distinct_hashed` is
/// for long lists that others send.
pub fn distinct<A: PartialEq>(items: Vec<A>) -> Vec<A> {
    let mut kept: Vec<A> = Vec::new();
    for item in each(items) {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

/// `distinct` for elements with a hash.
pub fn distinct_hashed<A: Eq + Hash + Clone>(items: Vec<A>) -> Vec<A> {
    let mut seen = HashSet::with_capacity(items.len());
    filter(items, |item| seen.insert(item.clone()))
}

/// As with `distinct`, there is `distinct_hashed_by`.
pub fn distinct_by<A, K: PartialEq>(items: Vec<A>, mut key: impl FnMut(&A) -> K) -> Vec<A> {
    let mut seen: Vec<K> = Vec::new();
    filter(items, |item| {
        let key = key(item);
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        }
        is_new
    })
}

/// `distinct_by` for keys with a hash.
pub fn distinct_hashed_by<A, K: Eq + Hash>(items: Vec<A>, mut key: impl FnMut(&A) -> K) -> Vec<A> {
    let mut seen = HashSet::new();
    filter(items, |item| seen.insert(key(item)))
}

pub fn take<A>(mut items: Vec<A>, count: i64) -> Vec<A> {
    items.truncate(positions(items.len(), count.max(0), None).0);
    items
}

pub fn drop<A>(items: Vec<A>, count: i64) -> Vec<A> {
    slice(items, count.max(0), None)
}

pub fn slice<A>(items: Vec<A>, from: i64, to: Option<i64>) -> Vec<A> {
    let (from, to) = positions(items.len(), from, to);
    items.into_iter().take(to).skip(from).collect()
}

pub fn first<A: Clone>(items: &[A]) -> Option<A> {
    items.first().cloned()
}

pub fn last<A: Clone>(items: &[A]) -> Option<A> {
    items.last().cloned()
}

/// A negative position counts from the end.
pub fn get<A: Clone>(items: &[A], index: i64) -> Option<A> {
    let from_end = || items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    let index = usize::try_from(index).ok().or_else(from_end)?;
    items.get(index).cloned()
}

pub fn find<A: Clone>(items: &[A], mut wanted: impl FnMut(&A) -> bool) -> Option<A> {
    each(items).find(|item| wanted(item)).cloned()
}

pub fn index_of<A: PartialEq>(items: &[A], value: A) -> Option<i64> {
    items.iter().position(|item| *item == value).map(as_int)
}

pub fn length<A>(items: &[A]) -> i64 {
    as_int(items.len())
}

pub fn count<A>(items: &[A], mut wanted: impl FnMut(&A) -> bool) -> i64 {
    as_int(each(items).filter(|item| wanted(item)).count())
}

pub fn is_empty<A>(items: &[A]) -> bool {
    items.is_empty()
}

pub fn has<A: PartialEq>(items: &[A], value: A) -> bool {
    items.contains(&value)
}

pub fn any<A>(items: &[A], wanted: impl FnMut(&A) -> bool) -> bool {
    each(items).any(wanted)
}

pub fn all<A>(items: &[A], wanted: impl FnMut(&A) -> bool) -> bool {
    each(items).all(wanted)
}

pub fn flatten<A>(items: Vec<Vec<A>>) -> Vec<A> {
    items.into_iter().flatten().collect()
}

pub fn present<A>(items: Vec<Option<A>>) -> Vec<A> {
    items.into_iter().flatten().collect()
}

pub fn zip<A, B, C>(items: Vec<A>, other: Vec<B>, mut combine: impl FnMut(A, B) -> C) -> Vec<C> {
    gather(items).zip(other).map(|(one, other)| combine(one, other)).collect()
}

/// Lists of so many elements each; of one where less is asked for.
pub fn chunks<A>(items: Vec<A>, length: i64) -> Vec<Vec<A>> {
    let length = usize::try_from(length).unwrap_or_default().max(1);
    let mut chunks: Vec<Vec<A>> = Vec::new();
    for item in items {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < length => chunk.push(item),
            _ => chunks.push(vec![item]),
        }
    }
    chunks
}

pub fn join(items: &[String], separator: &str) -> String {
    take_text(items.iter().fold(0, |sum, item| sum.saturating_add(item.len() + separator.len())));
    items.join(separator)
}

#[cfg(test)]
mod tests;
