//! Tokens that were found to be good, so that one which comes with every request of its owner is computed with once: that takes
//! from 25 µs (RSA) to 750 µs (P-384), and to look it up takes 2. What is remembered is good as long as the token is, and as long
//! as the keys are those that it was found good with. A token itself is not kept: its digest is.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::key::Keys;
use crate::value::Caller;

/// How many are remembered for certain; up to twice as many are.
const ENOUGH: usize = 2_048;

#[derive(Default)]
pub struct Seen {
    generations: Mutex<Generations>,
}

/// When the newer ones are enough, the older ones are forgotten.
#[derive(Default)]
struct Generations {
    newer: HashMap<Mark, Good>,
    older: HashMap<Mark, Good>,
}

/// The SHA-256 of a token.
pub type Mark = [u8; 32];

#[derive(Clone)]
struct Good {
    caller: Arc<Caller>,
    keys: Arc<Keys>,
    /// Since 1970.
    end: Duration,
}

pub fn mark(token: &str) -> Mark {
    Sha256::digest(token).into()
}

impl Seen {
    /// Whose token it is, if it has been found good with these keys and still is.
    pub fn find(&self, mark: &Mark, keys: &Arc<Keys>, now: Duration) -> Option<Arc<Caller>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let good = match generations.newer.get(mark) {
            Some(good) => good.clone(),
            None => {
                let good = generations.older.remove(mark)?;
                generations.put(*mark, good.clone());
                good
            }
        };
        (Arc::ptr_eq(&good.keys, keys) && now < good.end).then_some(good.caller)
    }

    pub fn remember(&self, mark: Mark, caller: Arc<Caller>, keys: Arc<Keys>, end: Duration) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.put(mark, Good { caller, keys, end });
    }
}

impl Generations {
    fn put(&mut self, mark: Mark, good: Good) {
        if self.newer.len() >= ENOUGH {
            self.older = mem::take(&mut self.newer);
        }
        self.newer.insert(mark, good);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Duration = Duration::from_secs(10);

    fn remembered(seen: &Seen, token: &str, keys: &Arc<Keys>) {
        seen.remember(mark(token), Arc::default(), Arc::clone(keys), END);
    }

    #[test]
    fn a_token_is_good_until_its_end_and_with_its_keys() {
        let (seen, keys) = (Seen::default(), Arc::new(Keys::default()));
        remembered(&seen, "a", &keys);
        let found = |token: &str, keys: &Arc<Keys>, now: u64| {
            seen.find(&mark(token), keys, Duration::from_secs(now)).is_some()
        };
        assert!(found("a", &keys, 9));
        assert!(!found("a", &keys, 10) && !found("b", &keys, 9));
        assert!(!found("a", &Arc::new(Keys::default()), 9), "a key may have been called back");
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let (seen, keys) = (Seen::default(), Arc::new(Keys::default()));
        remembered(&seen, "used", &keys);
        remembered(&seen, "unused", &keys);
        for number in 0..ENOUGH * 3 {
            remembered(&seen, &number.to_string(), &keys);
            assert!(seen.find(&mark("used"), &keys, Duration::ZERO).is_some(), "{number}");
        }
        assert!(seen.find(&mark("unused"), &keys, Duration::ZERO).is_none());
        let generations = seen.generations.lock().expect("no test panics with it");
        assert!(generations.newer.len() + generations.older.len() <= ENOUGH * 2);
    }
}
