//! How long the recent answers of each operation took, so that a read which takes longer than most can be told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many answers are looked at.
const KEPT: usize = 256;
/// With fewer, nobody can say what is slow.
const FEWEST: usize = 20;

#[derive(Default)]
pub struct Recent {
    times: Mutex<HashMap<&'static str, VecDeque<Duration>>>,
}

impl Recent {
    pub fn note(&self, operation: &'static str, took: Duration) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = times.entry(operation).or_default();
        if times.len() >= KEPT {
            times.pop_front();
        }
        times.push_back(took);
    }

    /// The time within which this part of the answers came.
    pub fn part(&self, operation: &'static str, part: f64) -> Option<Duration> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<_> = times.get(operation)?.iter().copied().collect();
        if times.len() < FEWEST {
            return None;
        }
        let rank = (part * times.len() as f64).ceil() as usize;
        let rank = rank.clamp(1, times.len()) - 1;
        let (_, time, _) = times.select_nth_unstable(rank);
        Some(*time)
    }
}
