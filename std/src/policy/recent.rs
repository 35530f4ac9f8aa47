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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_recent_answers_came_within_a_time() {
        let recent = Recent::default();
        for number in 1..20 {
            recent.note("a", Duration::from_millis(number));
        }
        assert_eq!(recent.part("a", 0.5), None, "too few to say");
        for number in 20..=100 {
            recent.note("a", Duration::from_millis(number));
        }
        for (part, millis) in [(0.5, 50), (0.95, 95), (0.999, 100), (0.0, 1)] {
            assert_eq!(recent.part("a", part), Some(Duration::from_millis(millis)), "{part}");
        }
        assert_eq!(recent.part("b", 0.5), None);
        for _ in 0..KEPT {
            recent.note("a", Duration::from_secs(1));
        }
        assert_eq!(recent.part("a", 0.0), Some(Duration::from_secs(1)));
    }
}
