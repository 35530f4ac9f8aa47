//! A list that only grows, and is read without a lock: for what is counted by names that the program holds, of which
//! there are few and always the same.

use std::sync::OnceLock;

/// Values by their keys, in the order in which they were first asked for.
pub struct Chain<K, V> {
    first: OnceLock<Box<Link<K, V>>>,
}

struct Link<K, V> {
    key: K,
    value: V,
    rest: Chain<K, V>,
}

impl<K: PartialEq + Copy, V> Chain<K, V> {
    pub const fn new() -> Chain<K, V> {
        Chain { first: OnceLock::new() }
    }

    /// The value of this key; `make` makes the one that is not there.
    pub fn get(&self, key: K, make: impl Fn() -> V) -> &V {
        let mut chain = self;
        loop {
            // Of several who come at once one makes the link, and the others go on behind it if it has another key.
            let link = chain.first.get_or_init(|| Box::new(Link { key, value: make(), rest: Chain::new() }));
            if link.key == key {
                return &link.value;
            }
            chain = &link.rest;
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let mut chain = self;
        std::iter::from_fn(move || {
            let link = chain.first.get()?;
            chain = &link.rest;
            Some((link.key, &link.value))
        })
    }
}

/// How many chains there are: a bundle has some hundred operations, and nobody wants to walk past all of them.
const CHAINS: usize = 64;

/// Values by names. Which chain a name is in follows from its length and its last letters, where names differ most: to
/// read all of it would cost more than it saves.
pub struct Names<V> {
    chains: [Chain<&'static str, V>; CHAINS],
}

impl<V> Names<V> {
    pub const fn new() -> Names<V> {
        Names { chains: [const { Chain::new() }; CHAINS] }
    }

    pub fn get(&self, name: &'static str, make: impl Fn() -> V) -> &V {
        let mut last = name.bytes().rev().map(usize::from);
        let (one, other) = (last.next().unwrap_or(0), last.next().unwrap_or(0));
        let [first, ..] = &self.chains;
        let at = (name.len() + 5 * one + 11 * other) % CHAINS;
        self.chains.get(at).unwrap_or(first).get(name, make)
    }

    /// In the order of their names.
    pub fn all(&self) -> Vec<(&'static str, &V)> {
        let mut all: Vec<_> = self.chains.iter().flat_map(Chain::iter).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn each_key_has_one_value_however_many_come_at_once() {
        let chain: Chain<usize, AtomicUsize> = Chain::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..400).for_each(|number| {
                        chain.get(number % 20, AtomicUsize::default).fetch_add(1, Ordering::Relaxed);
                    });
                });
            }
        });
        let mut all: Vec<_> = chain.iter().map(|(key, value)| (key, value.load(Ordering::Relaxed))).collect();
        all.sort_unstable();
        assert_eq!(all, (0..20).map(|key| (key, 80)).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_found_again() {
        let names: Names<usize> = Names::new();
        for (at, name) in ["", "a", "Orders.place", "Orders.get"].into_iter().enumerate() {
            assert_eq!((*names.get(name, || at), *names.get(name, || 7)), (at, at));
        }
        let found: Vec<_> = names.all().into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["", "Orders.get", "Orders.place", "a"]);
    }
}
