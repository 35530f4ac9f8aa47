//! What was written, in memory and with bounds: a mock that runs for days must not grow without end. What is the oldest
//! goes first.

use flow_std::value::Json;
use indexmap::{IndexMap, IndexSet};

/// The collections that anybody has come by, by their paths: `/customers/7/orders`.
#[derive(Debug, Default)]
pub struct Store {
    collections: IndexMap<String, Held>,
    bytes: usize,
}

/// What one collection has.
#[derive(Debug, Default)]
pub struct Held {
    items: IndexMap<String, Item>,
    /// Whether an id that is not here does not exist. As long as nothing is known, any does.
    pub is_known: bool,
    /// How many ids were made.
    pub made: u64,
    /// Ids that were there once.
    gone: IndexSet<String>,
}

#[derive(Debug)]
struct Item {
    value: Json,
    bytes: usize,
}

const MOST_COLLECTIONS: usize = 1_000;
const MOST_ITEMS: usize = 1_000;
const MOST_BYTES: usize = 64 << 20;

impl Store {
    pub fn get(&self, path: &str) -> Option<&Held> {
        self.collections.get(path)
    }

    pub fn get_mut(&mut self, path: &str) -> Option<&mut Held> {
        self.collections.get_mut(path)
    }

    /// A collection that somebody comes by for the first time.
    pub fn open(&mut self, path: &str, is_known: bool) {
        if self.collections.len() >= MOST_COLLECTIONS
            && let Some((_, oldest)) = self.collections.shift_remove_index(0)
        {
            self.bytes -= oldest.items.values().map(|item| item.bytes).sum::<usize>();
        }
        self.collections.insert(path.to_owned(), Held { is_known, ..Held::default() });
    }

    pub fn put(&mut self, path: &str, id: String, value: Json) {
        let Some(held) = self.collections.get_mut(path) else { return };
        let bytes = value.to_string().len() + id.len();
        held.gone.shift_remove(&id);
        self.bytes += bytes;
        if let Some(before) = held.items.insert(id, Item { value, bytes }) {
            self.bytes -= before.bytes;
        }
        if held.items.len() > MOST_ITEMS {
            self.bytes -= held.forget_oldest();
        }
        while self.bytes > MOST_BYTES {
            let full = self.collections.values_mut().find(|held| !held.items.is_empty());
            match full {
                Some(held) => self.bytes -= held.forget_oldest(),
                None => break,
            }
        }
    }

    pub fn remove(&mut self, path: &str, id: &str) {
        let Some(held) = self.collections.get_mut(path) else { return };
        held.is_known = true;
        if held.gone.len() >= MOST_ITEMS {
            held.gone.shift_remove_index(0);
        }
        held.gone.insert(id.to_owned());
        self.bytes -= held.items.shift_remove(id).map_or(0, |item| item.bytes);
    }
}

impl Held {
    pub fn get(&self, id: &str) -> Option<&Json> {
        self.items.get(id).map(|item| &item.value)
    }

    /// Whether an id was there and was removed.
    pub fn is_gone(&self, id: &str) -> bool {
        self.gone.contains(id)
    }

    /// In the order in which they came.
    pub fn items(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.items.iter().map(|(id, item)| (id.as_str(), &item.value))
    }

    fn forget_oldest(&mut self) -> usize {
        self.items.shift_remove_index(0).map_or(0, |(_, item)| item.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let mut store = Store::default();
        store.open("/a", false);
        (0..MOST_ITEMS + 5).for_each(|at| store.put("/a", at.to_string(), Json::Null));
        let held = store.get("/a").expect("it is open");
        assert_eq!((held.items().count(), held.items().next()), (MOST_ITEMS, Some(("5", &Json::Null))));
        (0..MOST_COLLECTIONS).for_each(|at| store.open(&format!("/{at}"), false));
        assert!(store.get("/a").is_none());
        assert_eq!(store.bytes, 0);
    }

    #[test]
    fn bytes_have_a_bound() {
        let mut store = Store::default();
        store.open("/a", false);
        let large = Json::Text("x".repeat(1 << 20));
        (0..70).for_each(|at| store.put("/a", at.to_string(), large.clone()));
        assert!(store.bytes <= MOST_BYTES);
        assert!(store.get("/a").is_some_and(|held| held.get("0").is_none() && held.get("69").is_some()));
        let before = store.bytes;
        store.put("/a", "69".to_owned(), Json::Null);
        store.remove("/a", "69");
        assert!(store.bytes < before && store.get("/a").is_some_and(|held| held.is_gone("69")));
    }
}
