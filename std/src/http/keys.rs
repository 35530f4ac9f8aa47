//! The keys that the calls of an operation carry, so that another of our services does each step once. They follow from
//! what was asked for and from the place of the call among those of its operation: a request that comes again, after a
//! crash too, makes the same calls with the same keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};

use crate::bytes::digits;

/// The keys of the calls of one operation.
#[derive(Debug, Default)]
pub struct Keys {
    base: OnceLock<String>,
    attempt: u32,
    counts: Mutex<BTreeMap<&'static str, u32>>,
}

impl Keys {
    /// `base` is what was asked for; `attempt` tells apart what is done anew after it was undone.
    #[cfg_attr(not(feature = "store"), allow(dead_code))]
    pub fn of(base: &str, attempt: u32) -> Keys {
        Keys { base: OnceLock::from(base.to_owned()), attempt, counts: Mutex::default() }
    }

    /// Those of what takes back what these have done: the same for each try.
    #[cfg_attr(not(feature = "store"), allow(dead_code))]
    pub fn undoing(&self) -> Keys {
        let base = format!("{}/undo", self.base());
        Keys { base: OnceLock::from(base), attempt: self.attempt, counts: Mutex::default() }
    }

    /// The key of the next call of `call`. One that is going to stand whatever comes is the same in each attempt.
    pub fn next(&self, call: &'static str, stays: Stays) -> String {
        let attempt = match stays {
            Stays::Always => 0,
            Stays::UnlessUndone => self.attempt,
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(call).or_default();
        *count += 1;
        let digest = Sha256::digest(format!("{}\n{attempt}\n{call}\n{count}", self.base()));
        digits(digest.get(..16).unwrap_or_default())
    }

    /// For what was never given a key, one that nobody can guess.
    fn base(&self) -> &str {
        self.base.get_or_init(|| crate::uuid::fresh().to_string())
    }
}

/// Whether what a call does is undone when a later step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    Always,
    UnlessUndone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_comes_again_makes_the_same_keys() {
        let keys = |base| {
            let keys = Keys::of(base, 1);
            [("A.a", Stays::Always), ("A.a", Stays::Always), ("A.b", Stays::Always)]
                .map(|(call, stays)| keys.next(call, stays))
        };
        let (first, again, other) = (keys("x"), keys("x"), keys("y"));
        assert_eq!(first, again);
        assert!(first[0] != first[1] && first[1] != first[2] && first[0] != other[0]);
        assert_eq!(first[0].len(), 32);
    }

    #[test]
    fn what_was_undone_has_another_key_when_it_is_done_anew() {
        let next = |attempt, stays| Keys::of("x", attempt).next("A.a", stays);
        assert_eq!(next(1, Stays::Always), next(2, Stays::Always));
        assert_ne!(next(1, Stays::UnlessUndone), next(2, Stays::UnlessUndone));
        let undoing = |attempt| Keys::of("x", attempt).undoing().next("A.a", Stays::Always);
        assert_ne!(undoing(1), next(1, Stays::Always));
    }

    #[test]
    fn what_has_no_key_makes_one_that_nobody_else_has() {
        let (one, other) = (Keys::default(), Keys::default());
        assert_ne!(one.next("A.a", Stays::Always), other.next("A.a", Stays::Always));
    }
}
