//! A store in memory that cannot be relied on at some times, as one behind a network cannot: for simulations.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::{Change, Entry, Key, MemoryStore, StoreError};
use crate::outside::{random_part, wall};

#[derive(Clone, Debug, Default)]
pub struct TroubledStore {
    memory: MemoryStore,
    troubles: Arc<[Trouble]>,
}

/// Something is wrong from one time to another, both counted from the start of 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    pub from: Duration,
    pub until: Duration,
    /// With so much of what is asked.
    pub part: f64,
    pub kind: TroubleKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// Nothing is done, and there is an error.
    Fails,
    /// It is done, and there is an error all the same.
    Unsure,
    /// It is done, after up to so long.
    Slow(Duration),
}

impl TroubledStore {
    pub fn new(memory: MemoryStore, troubles: Vec<Trouble>) -> TroubledStore {
        TroubledStore { memory, troubles: troubles.into() }
    }

    pub async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.meet(|| self.memory.get(key)).await
    }

    pub async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<(Key, Entry)>, StoreError> {
        self.meet(|| self.memory.scan(prefix, after, at_most)).await
    }

    pub async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        self.meet(|| self.memory.commit(change)).await
    }

    /// Does it, as well as it goes at the moment.
    async fn meet<T>(&self, act: impl FnOnce() -> T) -> Result<T, StoreError> {
        let now = wall();
        let trouble = self.troubles.iter().find(|trouble| (trouble.from..trouble.until).contains(&now));
        match trouble.filter(|trouble| random_part() < trouble.part).map(|trouble| trouble.kind) {
            None => Ok(act()),
            Some(TroubleKind::Fails) => Err(failed()),
            Some(TroubleKind::Unsure) => {
                act();
                Err(failed())
            }
            // Whoever stops waiting does so before it is done, or after.
            Some(TroubleKind::Slow(longest)) => {
                sleep(longest.mul_f64(random_part())).await;
                let done = act();
                sleep(longest.mul_f64(random_part())).await;
                Ok(done)
            }
        }
    }
}

fn failed() -> StoreError {
    StoreError::new("the store is in trouble")
}
