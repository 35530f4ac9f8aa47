//! What is counted, by the names of operations and calls as the flow has them. A process has one set of numbers, as it has
//! one log. A name is looked up once where that can be, and else without a lock; to count is to add to an atomic.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::chain::{Chain, Names};
use super::histogram::Histogram;
use super::names::{CACHE_OUTCOMES, NO_OPERATION, TRY_OUTCOMES, UNDO_OUTCOMES};
use crate::always;
use crate::failure::CallFailure;

pub(super) static OPERATIONS: Names<OperationTally> = Names::new();
pub(super) static CALLS: Names<CallTally> = Names::new();
pub(super) static CACHES: Names<Counters<{ CACHE_OUTCOMES.len() }>> = Names::new();
pub(super) static UNDOS: Names<Counters<{ UNDO_OUTCOMES.len() }>> = Names::new();
pub(super) static LIMITS: Names<AtomicU64> = Names::new();
pub(super) static DEPRECATED: Names<AtomicU64> = Names::new();
pub(super) static SPANS_DROPPED: AtomicU64 = AtomicU64::new(0);

/// What is counted of one operation of our own.
pub struct OperationTally {
    pub(super) statuses: Chain<u16, AtomicU64>,
    pub(super) seconds: Histogram,
    /// By the step and the kind of the failure.
    pub(super) failures: Chain<(&'static str, &'static str), AtomicU64>,
}

/// The numbers of this operation, such as `Orders.place`. `bounds`: those that its histogram has beside the usual ones,
/// if nobody has asked for it before.
pub fn operation(name: &'static str, bounds: &[Duration]) -> &'static OperationTally {
    OPERATIONS.get(name, || OperationTally {
        statuses: Chain::new(),
        seconds: Histogram::new(bounds),
        failures: Chain::new(),
    })
}

/// Those of requests that lead to no operation.
pub fn no_operation() -> &'static OperationTally {
    operation(NO_OPERATION, &[])
}

impl OperationTally {
    pub fn ended(&self, status: u16, took: Duration) {
        if always::NUMBERS {
            add_one(self.statuses.get(status, AtomicU64::default));
            self.seconds.observe(took);
        }
    }

    pub fn failed(&self, step: &'static str, kind: &'static str) {
        add_one(self.failures.get((step, kind), AtomicU64::default));
    }
}

/// What is counted of the calls of one operation of others.
pub struct CallTally {
    pub(super) tries: Counters<{ TRY_OUTCOMES.len() }>,
    pub(super) seconds: Histogram,
    pub(super) retries: AtomicU64,
    pub(super) hedges: AtomicU64,
}

/// The numbers of the calls of this operation, such as `Erp.getCustomer`.
pub fn call(name: &'static str) -> &'static CallTally {
    CALLS.get(name, || CallTally {
        tries: Counters::default(),
        seconds: Histogram::new(&[]),
        retries: AtomicU64::new(0),
        hedges: AtomicU64::new(0),
    })
}

impl CallTally {
    /// A try that was answered so, or not.
    pub fn tried(&self, status: Result<u16, &CallFailure>) {
        if always::NUMBERS {
            self.tries.add(outcome(status));
        }
    }

    /// A call has ended, with all its tries.
    pub fn ended(&self, took: Duration) {
        if always::NUMBERS {
            self.seconds.observe(took);
        }
    }

    pub fn retry(&self) {
        add_one(&self.retries);
    }

    pub fn hedge(&self) {
        add_one(&self.hedges);
    }
}

/// How a try ended, by its place in `TRY_OUTCOMES`.
fn outcome(status: Result<u16, &CallFailure>) -> usize {
    match status {
        Ok(status) => class(status),
        Err(CallFailure::Status(answer)) => class(answer.status),
        Err(CallFailure::Timeout) => 4,
        Err(CallFailure::Unreachable(_)) => 5,
        Err(CallFailure::BrokenOff(_)) => 6,
        Err(CallFailure::Rejected { .. }) => 7,
        Err(CallFailure::Malformed(_)) => 8,
    }
}

fn class(status: u16) -> usize {
    usize::from(status / 100).clamp(2, 5) - 2
}

/// What was found in the cache of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Hit,
    Stale,
    Miss,
}

pub fn cache(name: &'static str, found: Found) {
    let at = match found {
        Found::Hit => 0,
        Found::Stale => 1,
        Found::Miss => 2,
    };
    CACHES.get(name, Counters::default).add(at);
}

/// How an undo went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    Done,
    /// It is tried again.
    PutOff,
    Refused,
    Uncertain,
}

#[cfg_attr(not(feature = "store"), allow(dead_code))]
pub fn undo(operation: &'static str, went: Undone) {
    let at = match went {
        Undone::Done => 0,
        Undone::PutOff => 1,
        Undone::Refused => 2,
        Undone::Uncertain => 3,
    };
    UNDOS.get(operation, Counters::default).add(at);
}

/// The requests of this operation that were beyond its limit.
pub fn refused_by_limit(operation: &'static str) -> &'static AtomicU64 {
    LIMITS.get(operation, AtomicU64::default)
}

/// The requests of this operation, which is going away.
pub fn deprecated(operation: &'static str) -> &'static AtomicU64 {
    DEPRECATED.get(operation, AtomicU64::default)
}

pub fn spans_dropped(count: u64) {
    SPANS_DROPPED.fetch_add(count, Ordering::Relaxed);
}

pub fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Some numbers that belong together.
pub struct Counters<const N: usize> {
    counts: [AtomicU64; N],
}

impl<const N: usize> Default for Counters<N> {
    fn default() -> Counters<N> {
        Counters { counts: [const { AtomicU64::new(0) }; N] }
    }
}

impl<const N: usize> Counters<N> {
    fn add(&self, at: usize) {
        self.counts.get(at).inspect(|counter| add_one(counter));
    }

    pub(super) fn read(&self) -> [u64; N] {
        std::array::from_fn(|at| self.counts.get(at).map_or(0, |count| count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Answer;

    #[test]
    fn each_end_of_a_try_has_its_name() {
        let name = |end: Result<u16, CallFailure>| {
            let status = end.as_ref().copied();
            TRY_OUTCOMES.get(outcome(status)).copied().unwrap_or_default()
        };
        let failed = |failure: CallFailure| name(Err(failure));
        assert_eq!([name(Ok(204)), name(Ok(404)), name(Ok(302)), name(Ok(99))], ["2xx", "4xx", "3xx", "2xx"]);
        assert_eq!(failed(Answer::new(503, "", "").fail()), "5xx");
        assert_eq!(failed(Answer::new(999, "", "").fail()), "5xx");
        assert_eq!(failed(CallFailure::Timeout), "timeout");
        assert_eq!(failed(CallFailure::Unreachable(String::new())), "unreachable");
        assert_eq!(failed(CallFailure::BrokenOff(String::new())), "broken_off");
        assert_eq!(failed(CallFailure::Rejected { retry_after: None }), "rejected");
        assert_eq!(failed(CallFailure::malformed("")), "malformed");
    }
}
