//! Methods on dictionaries. A dictionary is taken by reference, so results are copies.

use crate::excess::each;
use crate::fault::Fault;
use crate::order::count;
use crate::value::Dict;

pub fn get<A: Clone>(dict: &Dict<A>, key: &str) -> Option<A> {
    dict.get(key).cloned()
}

pub fn has<A>(dict: &Dict<A>, key: &str) -> bool {
    dict.contains_key(key)
}

pub fn keys<A>(dict: &Dict<A>) -> Vec<String> {
    dict.keys().cloned().collect()
}

pub fn values<A: Clone>(dict: &Dict<A>) -> Vec<A> {
    dict.values().cloned().collect()
}

pub fn entries<A: Clone, B>(dict: &Dict<A>, mut f: impl FnMut(String, A) -> B) -> Vec<B> {
    each(dict).map(|(key, value)| f(key.clone(), value.clone())).collect()
}

pub fn try_entries<A: Clone, B>(
    dict: &Dict<A>,
    mut f: impl FnMut(String, A) -> Result<B, Fault>,
) -> Result<Vec<B>, Fault> {
    each(dict).map(|(key, value)| f(key.clone(), value.clone())).collect()
}

pub fn map_values<A: Clone, B>(dict: &Dict<A>, mut f: impl FnMut(A) -> B) -> Dict<B> {
    each(dict).map(|(key, value)| (key.clone(), f(value.clone()))).collect()
}

pub fn try_map_values<A: Clone, B>(
    dict: &Dict<A>,
    mut f: impl FnMut(A) -> Result<B, Fault>,
) -> Result<Dict<B>, Fault> {
    each(dict).map(|(key, value)| Ok((key.clone(), f(value.clone())?))).collect()
}

pub fn filter<A: Clone>(dict: &Dict<A>, mut keep: impl FnMut(&str, &A) -> bool) -> Dict<A> {
    let kept = each(dict).filter(|(key, value)| keep(key, value));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

pub fn try_filter<A: Clone>(
    dict: &Dict<A>,
    mut keep: impl FnMut(&str, &A) -> Result<bool, Fault>,
) -> Result<Dict<A>, Fault> {
    let mut kept = Dict::new();
    for (key, value) in each(dict) {
        if keep(key, value)? {
            kept.insert(key.clone(), value.clone());
        }
    }
    Ok(kept)
}

/// Where both have a key, the value of the other one counts.
pub fn merge<A: Clone>(dict: &Dict<A>, other: &Dict<A>) -> Dict<A> {
    let mut both = dict.clone();
    both.extend(other.iter().map(|(key, value)| (key.clone(), value.clone())));
    both
}

pub fn without<A: Clone>(dict: &Dict<A>, key: &str) -> Dict<A> {
    filter(dict, |one, _| one != key)
}

pub fn length<A>(dict: &Dict<A>) -> i64 {
    count(dict.len())
}

pub fn is_empty<A>(dict: &Dict<A>) -> bool {
    dict.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dict(entries: &[(&str, i64)]) -> Dict<i64> {
        entries.iter().map(|(key, value)| (key.to_string(), *value)).collect()
    }

    #[test]
    fn what_is_in_it() {
        let one = dict(&[("x", 1), ("y", 2)]);
        assert_eq!((get(&one, "x"), get(&one, "z"), has(&one, "x")), (Some(1), None, true));
        assert_eq!((keys(&one), values(&one)), (vec!["x".to_string(), "y".to_string()], vec![1, 2]));
        assert_eq!(entries(&one, |key, value| format!("{key}={value}")), ["x=1", "y=2"]);
        assert_eq!((length(&one), is_empty(&one)), (2, false));
    }

    #[test]
    fn new_ones() {
        let one = dict(&[("x", 1), ("y", 2)]);
        assert_eq!(map_values(&one, |n| n + 1), dict(&[("x", 2), ("y", 3)]));
        assert_eq!(keys(&filter(&one, |key, _| key == "y")), ["y"]);
        let merged = merge(&one, &dict(&[("z", 3), ("x", 9)]));
        assert_eq!((keys(&merged).join(""), get(&merged, "x")), ("xyz".to_string(), Some(9)));
        assert_eq!(keys(&without(&one, "x")), ["y"]);
        assert_eq!(keys(&without(&one, "z")), ["x", "y"]);
    }

    #[test]
    fn the_first_fault_ends_it() {
        let one = dict(&[("x", 1), ("y", 2)]);
        let fault = || Fault::new("no");
        assert_eq!(try_entries(&one, |_, value| Ok(value)), Ok(vec![1, 2]));
        assert_eq!(
            try_map_values(&one, |n| crate::int::add(n, i64::MAX)).map(|_| ()),
            Err(crate::int::overflow())
        );
        assert_eq!(try_filter(&one, |_, n| if *n == 1 { Ok(true) } else { Err(fault()) }), Err(fault()));
    }
}
