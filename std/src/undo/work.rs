//! What this process has to do about runs: which of them somebody works on, and which are to be looked at again, and when.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::record::RunKey;
use crate::runs::Runs;

#[derive(Debug, Default)]
pub struct Work {
    claimed: Mutex<BTreeMap<RunKey, By>>,
    due: Mutex<BTreeMap<RunKey, Instant>>,
    is_woken: Notify,
}

/// That a run is worked on: nobody else in this process does, for as long as this lives.
#[derive(Debug)]
pub struct Claim {
    runs: Runs,
    key: RunKey,
}

/// What is done about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its steps go on.
    Steps,
    /// It is undone, or dropped.
    Undoing,
}

impl Claim {
    /// `None` while there is another one.
    pub fn of(runs: &Runs, key: &RunKey, by: By) -> Option<Claim> {
        let mut claimed = lock(&runs.work().claimed);
        if claimed.contains_key(key) {
            return None;
        }
        claimed.insert(key.clone(), by);
        Some(Claim { runs: runs.clone(), key: key.clone() })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.runs.work().claimed).remove(&self.key);
    }
}

impl Work {
    pub fn has_steps(&self, key: &RunKey) -> bool {
        lock(&self.claimed).get(key) == Some(&By::Steps)
    }

    /// Has a run looked at again at that time.
    pub fn later(&self, key: RunKey, at: Instant) {
        lock(&self.due).insert(key, at);
        self.is_woken.notify_one();
    }

    /// Takes a run whose time has come; the error is when the next one's comes.
    pub fn next_due(&self) -> Result<RunKey, Option<Instant>> {
        let mut due = lock(&self.due);
        let next = due.iter().min_by_key(|(_, at)| **at).map(|(key, at)| (key.clone(), *at));
        match next {
            Some((key, at)) if at <= Instant::now() => {
                due.remove(&key);
                Ok(key)
            }
            next => Err(next.map(|(_, at)| at)),
        }
    }

    /// Returns when something was put off.
    pub async fn woken(&self) {
        self.is_woken.notified().await;
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
