//! What is counted of the calls of one backend, since the start.

use std::sync::atomic::{AtomicU64, Ordering};

use super::breaker::BreakerState;
use crate::failure::CallFailure;

/// What was counted, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Calls that an answer from the cache did not save.
    pub calls: u64,
    /// How often something was sent.
    pub tries: u64,
    /// How often a second copy of a slow read was sent; these are among the tries.
    pub hedges: u64,
    /// Calls that failed for whatever reason, those that were rejected among them.
    pub failed: u64,
    /// Calls that our own breaker or limit did not let through.
    pub rejected: u64,
    /// Answers from the cache.
    pub kept: u64,
    /// Answers that were good in their first part and not in the rest.
    pub broken_off: u64,
    pub breaker: BreakerState,
}

#[derive(Default)]
pub struct Counters {
    calls: AtomicU64,
    tries: AtomicU64,
    hedges: AtomicU64,
    failed: AtomicU64,
    rejected: AtomicU64,
    kept: AtomicU64,
    broken_off: AtomicU64,
}

impl Counters {
    pub fn call(&self) {
        add_one(&self.calls);
    }

    pub fn sent(&self) {
        add_one(&self.tries);
    }

    pub fn hedge(&self) {
        add_one(&self.hedges);
    }

    pub fn kept(&self) {
        add_one(&self.kept);
    }

    pub fn broken_off(&self) {
        add_one(&self.broken_off);
    }

    pub fn ended<T>(&self, result: &Result<T, CallFailure>) {
        if let Err(failure) = result {
            add_one(&self.failed);
            if failure.is_rejected() {
                add_one(&self.rejected);
            }
        }
    }

    pub fn read(&self, breaker: BreakerState) -> Counts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            calls: count(&self.calls),
            tries: count(&self.tries),
            hedges: count(&self.hedges),
            failed: count(&self.failed),
            rejected: count(&self.rejected),
            kept: count(&self.kept),
            broken_off: count(&self.broken_off),
            breaker,
        }
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
