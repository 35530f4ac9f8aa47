//! The engine without a disk: for tests, and for whatever need not survive. It is shared by its clones, so that a test
//! can end a service and start it again over the same store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::table::Table;
use super::{Change, Entry, Key};
use crate::outside::wall;

#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    table: Arc<Mutex<Table>>,
}

impl MemoryStore {
    pub fn get(&self, key: &str) -> Option<Entry> {
        self.table().get(key, wall())
    }

    pub fn scan(&self, prefix: &str, after: Option<&str>, at_most: usize) -> Vec<(Key, Entry)> {
        self.table().scan(prefix, after, at_most, wall())
    }

    pub fn commit(&self, change: Change) -> bool {
        self.table().commit(change, wall())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
