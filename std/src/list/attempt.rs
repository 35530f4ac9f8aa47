//! The functions with lambdas that may fail: the first fault ends it all, and says at which element.

use std::hash::Hash;

use super::{Dict, Fault, HashSet, Ordered, as_int, each, gather, in_order};
use crate::fault::Within;

pub fn try_map<A, B>(items: Vec<A>, mut f: impl FnMut(A) -> Result<B, Fault>) -> Result<Vec<B>, Fault> {
    gather(items).enumerate().map(|(at, item)| f(item).within_item(at)).collect()
}

pub fn try_flat_map<A, B>(
    items: Vec<A>,
    mut f: impl FnMut(A) -> Result<Vec<B>, Fault>,
) -> Result<Vec<B>, Fault> {
    let mut all = Vec::new();
    for (at, item) in each(items).enumerate() {
        all.extend(gather(f(item).within_item(at)?));
    }
    Ok(all)
}

pub fn try_filter<A>(
    items: Vec<A>,
    mut keep: impl FnMut(&A) -> Result<bool, Fault>,
) -> Result<Vec<A>, Fault> {
    let mut kept = Vec::new();
    for (at, item) in each(items).enumerate() {
        if keep(&item).within_item(at)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

pub fn try_fold<A, B>(
    items: Vec<A>,
    start: B,
    mut step: impl FnMut(B, A) -> Result<B, Fault>,
) -> Result<B, Fault> {
    each(items).enumerate().try_fold(start, |made, (at, item)| step(made, item).within_item(at))
}

pub fn try_min_by<A: Clone, K: Ordered>(
    items: &[A],
    key: impl FnMut(&A) -> Result<K, Fault>,
) -> Result<Option<A>, Fault> {
    let keys = keys(items, key)?;
    let least =
        keys.iter().zip(items).reduce(|least, one| if one.0.compare(least.0).is_lt() { one } else { least });
    Ok(least.map(|(_, item)| item.clone()))
}

pub fn try_max_by<A: Clone, K: Ordered>(
    items: &[A],
    key: impl FnMut(&A) -> Result<K, Fault>,
) -> Result<Option<A>, Fault> {
    let keys = keys(items, key)?;
    let most =
        keys.iter().zip(items).reduce(|most, one| if one.0.compare(most.0).is_gt() { one } else { most });
    Ok(most.map(|(_, item)| item.clone()))
}

fn keys<A, K>(items: &[A], mut key: impl FnMut(&A) -> Result<K, Fault>) -> Result<Vec<K>, Fault> {
    each(items).enumerate().map(|(at, item)| key(item).within_item(at)).collect()
}

pub fn try_sort_by<A, K: Ordered>(
    items: Vec<A>,
    key: impl FnMut(&A) -> Result<K, Fault>,
) -> Result<Vec<A>, Fault> {
    keyed(items, key).map(in_order)
}

fn keyed<A, K>(items: Vec<A>, mut key: impl FnMut(&A) -> Result<K, Fault>) -> Result<Vec<(K, A)>, Fault> {
    each(items).enumerate().map(|(at, item)| Ok((key(&item).within_item(at)?, item))).collect()
}

pub fn try_group_by<A>(
    items: Vec<A>,
    mut key: impl FnMut(&A) -> Result<String, Fault>,
) -> Result<Dict<Vec<A>>, Fault> {
    let mut groups: Dict<Vec<A>> = Dict::new();
    for (at, item) in each(items).enumerate() {
        groups.entry(key(&item).within_item(at)?).or_default().push(item);
    }
    Ok(groups)
}

pub fn try_to_dict<A, B>(
    items: Vec<A>,
    mut key: impl FnMut(&A) -> Result<String, Fault>,
    mut value: impl FnMut(A) -> Result<B, Fault>,
) -> Result<Dict<B>, Fault> {
    let entry = |(at, item)| Ok((key(&item).within_item(at)?, value(item).within_item(at)?));
    each(items).enumerate().map(entry).collect()
}

pub fn try_distinct_by<A, K: PartialEq>(
    items: Vec<A>,
    mut key: impl FnMut(&A) -> Result<K, Fault>,
) -> Result<Vec<A>, Fault> {
    let mut seen: Vec<K> = Vec::new();
    try_filter(items, |item| {
        let key = key(item)?;
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        }
        Ok(is_new)
    })
}

pub fn try_distinct_hashed_by<A, K: Eq + Hash>(
    items: Vec<A>,
    mut key: impl FnMut(&A) -> Result<K, Fault>,
) -> Result<Vec<A>, Fault> {
    let mut seen = HashSet::new();
    try_filter(items, |item| Ok(seen.insert(key(item)?)))
}

pub fn try_find<A: Clone>(
    items: &[A],
    mut wanted: impl FnMut(&A) -> Result<bool, Fault>,
) -> Result<Option<A>, Fault> {
    for (at, item) in each(items).enumerate() {
        if wanted(item).within_item(at)? {
            return Ok(Some(item.clone()));
        }
    }
    Ok(None)
}

pub fn try_count<A>(items: &[A], mut wanted: impl FnMut(&A) -> Result<bool, Fault>) -> Result<i64, Fault> {
    let mut count = 0;
    for (at, item) in each(items).enumerate() {
        count += usize::from(wanted(item).within_item(at)?);
    }
    Ok(as_int(count))
}

pub fn try_any<A>(items: &[A], mut wanted: impl FnMut(&A) -> Result<bool, Fault>) -> Result<bool, Fault> {
    for (at, item) in each(items).enumerate() {
        if wanted(item).within_item(at)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn try_all<A>(items: &[A], mut wanted: impl FnMut(&A) -> Result<bool, Fault>) -> Result<bool, Fault> {
    try_any(items, |item| Ok(!wanted(item)?)).map(|differs| !differs)
}

pub fn try_zip<A, B, C>(
    items: Vec<A>,
    other: Vec<B>,
    mut combine: impl FnMut(A, B) -> Result<C, Fault>,
) -> Result<Vec<C>, Fault> {
    let both = gather(items).zip(other).enumerate();
    both.map(|(at, (one, other))| combine(one, other).within_item(at)).collect()
}
