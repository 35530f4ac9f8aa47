//! The budget of tries beyond the first. What fails often must not be asked more often for it: within the ten seconds
//! before a try, those beyond the first stay a small part of all calls.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The part where no retry says another: that of hedges without retries.
pub const USUAL: f64 = 0.1;
const TICK: Duration = Duration::from_millis(100);
/// The ticks of ten seconds, and the one that has just begun.
const TICKS: usize = 101;
/// How many tries beyond the first there may be in ten seconds, however little is asked.
const FLOOR: f64 = 3.0;

/// How often a backend was called in the last ten seconds, and how often once more.
pub struct Budget {
    start: Instant,
    ticks: Mutex<Ticks>,
}

struct Ticks {
    /// The number of the tick that was counted last.
    newest: u64,
    /// Each tick at its number modulo `TICKS`.
    counted: [Tick; TICKS],
}

#[derive(Clone, Copy, Default)]
struct Tick {
    calls: u32,
    more: u32,
}

impl Budget {
    pub fn new() -> Budget {
        let ticks = Ticks { newest: 0, counted: [Tick::default(); TICKS] };
        Budget { start: Instant::now(), ticks: Mutex::new(ticks) }
    }

    /// Counts a call.
    pub fn count(&self) {
        let mut ticks = self.now();
        let tick = ticks.newest();
        tick.calls = tick.calls.saturating_add(1);
    }

    /// Counts a try beyond the first, if there is one left in the budget of `part` of all calls.
    pub fn take(&self, part: f64) -> bool {
        let mut ticks = self.now();
        // The oldest tick has ended in part: its calls do not count any more, and its other tries still do.
        let oldest = (ticks.newest + 1) % TICKS as u64;
        let all = ticks.counted.iter().map(|tick| f64::from(tick.calls)).sum::<f64>();
        let more = ticks.counted.iter().map(|tick| f64::from(tick.more)).sum::<f64>();
        let calls = all - ticks.counted.get(oldest as usize).map_or(0.0, |tick| f64::from(tick.calls));
        let is_left = part > 0.0 && more + 1.0 <= (part * calls).max(FLOOR);
        if is_left {
            ticks.newest().more += 1;
        }
        is_left
    }

    /// The ticks as of now: those that have passed in the meantime are empty.
    fn now(&self) -> MutexGuard<'_, Ticks> {
        let passed = Instant::now().saturating_duration_since(self.start).as_nanos() / TICK.as_nanos();
        let now = u64::try_from(passed).unwrap_or(u64::MAX);
        let mut ticks = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = now.saturating_sub(ticks.newest).min(TICKS as u64);
        for back in 0..skipped {
            let number = (now - back) % TICKS as u64;
            if let Some(tick) = ticks.counted.get_mut(number as usize) {
                *tick = Tick::default();
            }
        }
        ticks.newest = ticks.newest.max(now);
        ticks
    }
}

impl Ticks {
    fn newest(&mut self) -> &mut Tick {
        let number = self.newest % TICKS as u64;
        &mut self.counted[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::super::paused;
    use super::*;

    #[test]
    fn a_tenth_of_the_calls_before_it_and_never_more() {
        paused(async {
            let budget = Budget::new();
            let mut more = Vec::new();
            for number in 0..10_000 {
                budget.count();
                if budget.take(0.1) {
                    more.push(number);
                }
                sleep(Duration::from_millis(5)).await;
            }
            // 2000 calls in ten seconds: a tenth of them is 200, less what the ticks are coarser than the clock.
            for last in &more {
                let within = more.iter().filter(|number| (last - 2_000..=*last).contains(*number));
                assert!(within.count() <= 200, "up to {last}");
            }
            assert!(more.len() > 950, "{}", more.len());
        });
    }

    #[test]
    fn little_used_is_never_without_any() {
        paused(async {
            let budget = Budget::new();
            budget.count();
            let taken = (0..5).filter(|_| budget.take(0.1)).count();
            assert_eq!(taken, 3);
            advance(Duration::from_secs(9)).await;
            assert!(!budget.take(0.1));
            advance(Duration::from_secs(2)).await;
            assert!(budget.take(0.1));
            advance(Duration::from_secs(1_000_000)).await;
            assert!(budget.take(0.1) && !budget.take(0.0));
        });
    }
}
