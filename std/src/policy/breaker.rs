//! The breaker: a system that fails most of the time is left alone for a while, and then asked once. While it rests, a
//! call fails at once instead of waiting for what will not come.
//!
//! A system that is well when it is asked once and fails again under load would be switched on and off without end: when
//! it fails again soon after a rest, the next rest is longer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::settings::Breaker;

/// How often a rest may double.
const DOUBLINGS: u32 = 2;
/// How long to stay away where nobody knows it better: one try is on its way to find out.
const SOON: Duration = Duration::from_secs(1);

/// What the breaker does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It lets everything through.
    Closed,
    /// It lets nothing through.
    Open,
    /// It lets one try through, to see.
    HalfOpen,
}

/// A breaker, and what it has seen.
pub struct Fuse {
    settings: Breaker,
    seen: Mutex<Seen>,
}

struct Seen {
    phase: Phase,
    /// Grows whenever the phase changes: what was let through before says nothing about now.
    generation: u64,
    /// Whether the recent tries have failed.
    recent: VecDeque<bool>,
    failed: usize,
    closed: Instant,
    doublings: u32,
}

#[derive(Clone, Copy)]
enum Phase {
    Closed,
    Open { until: Instant },
    Probing,
}

/// That a try may be made. How it ends has to be told; one that is dropped before it has ended counts for nothing.
pub struct Pass<'a> {
    fuse: &'a Fuse,
    generation: u64,
}

impl Fuse {
    pub fn new(settings: Breaker) -> Fuse {
        let seen = Seen {
            phase: Phase::Closed,
            generation: 0,
            recent: VecDeque::new(),
            failed: 0,
            closed: Instant::now(),
            doublings: 0,
        };
        Fuse { settings, seen: Mutex::new(seen) }
    }

    /// Asks to be let through; the error is how long nobody will be.
    pub fn ask(&self) -> Result<Pass<'_>, Duration> {
        let mut seen = self.seen();
        match seen.phase {
            Phase::Closed => {}
            Phase::Probing => return Err(SOON),
            Phase::Open { until } => {
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                seen.turn(Phase::Probing);
            }
        }
        Ok(Pass { fuse: self, generation: seen.generation })
    }

    /// Notes a failure of what had already counted as a success.
    pub fn failed_late(&self) {
        let mut seen = self.seen();
        if let Phase::Closed = seen.phase {
            seen.note(&self.settings, true);
        }
    }

    pub fn state(&self) -> BreakerState {
        match self.seen().phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open { until } if until <= Instant::now() => BreakerState::HalfOpen,
            Phase::Open { .. } => BreakerState::Open,
            Phase::Probing => BreakerState::HalfOpen,
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    pub fn ended(self, has_failed: bool) {
        let mut seen = self.fuse.seen();
        if seen.generation != self.generation {
            return;
        }
        match (seen.phase, has_failed) {
            (Phase::Probing, true) => seen.open(&self.fuse.settings),
            (Phase::Probing, false) => seen.close(),
            (Phase::Closed | Phase::Open { .. }, _) => seen.note(&self.fuse.settings, has_failed),
        }
    }
}

/// The one try that was to show how the system is may have been given up; then the next one does.
impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut seen = self.fuse.seen();
        if seen.generation == self.generation && matches!(seen.phase, Phase::Probing) {
            seen.turn(Phase::Open { until: Instant::now() });
        }
    }
}

impl Seen {
    fn note(&mut self, settings: &Breaker, has_failed: bool) {
        let of = usize::try_from(settings.of.max(1)).unwrap_or(usize::MAX);
        while self.recent.len() >= of {
            if self.recent.pop_front() == Some(true) {
                self.failed -= 1;
            }
        }
        self.recent.push_back(has_failed);
        self.failed += usize::from(has_failed);
        let is_bad = self.failed as f64 >= settings.opens * of as f64 && self.failed > 0;
        if self.recent.len() == of && is_bad {
            let is_soon = self.generation > 0 && self.closed.elapsed() < rest(settings, self.doublings);
            self.doublings = if is_soon { (self.doublings + 1).min(DOUBLINGS) } else { 0 };
            self.open(settings);
        }
    }

    fn open(&mut self, settings: &Breaker) {
        self.turn(Phase::Open { until: Instant::now() + rest(settings, self.doublings) });
    }

    fn close(&mut self) {
        self.turn(Phase::Closed);
        self.closed = Instant::now();
    }

    fn turn(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        self.recent.clear();
        self.failed = 0;
    }
}

fn rest(settings: &Breaker, doublings: u32) -> Duration {
    settings.rests.saturating_mul(1 << doublings)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::super::paused;
    use super::*;

    const REST: Duration = Duration::from_secs(3);

    fn fuse() -> Fuse {
        Fuse::new(Breaker { opens: 0.5, of: 4, rests: REST })
    }

    /// Notes tries, each of which has failed where a letter is `x`.
    fn tries(fuse: &Fuse, ends: &str) {
        for end in ends.chars() {
            fuse.ask().map(|pass| pass.ended(end == 'x')).expect("it is closed");
        }
    }

    #[test]
    fn it_opens_when_enough_of_enough_has_failed() {
        paused(async {
            for (ends, state) in [
                ("xxx", BreakerState::Closed),
                ("xooo", BreakerState::Closed),
                ("xoxo", BreakerState::Open),
                ("xoooxooo", BreakerState::Closed),
                ("ooooxx", BreakerState::Open),
            ] {
                let fuse = fuse();
                tries(&fuse, ends);
                assert_eq!(fuse.state(), state, "{ends}");
            }
        });
    }

    #[test]
    fn after_a_rest_one_may_see_how_it_is() {
        paused(async {
            let fuse = fuse();
            tries(&fuse, "xxxx");
            assert_eq!(fuse.ask().err(), Some(REST));
            advance(REST).await;
            assert_eq!(fuse.state(), BreakerState::HalfOpen);
            let probe = fuse.ask().expect("the rest is over");
            assert!((0..100).all(|_| fuse.ask().is_err()), "only one at a time");
            probe.ended(true);
            assert_eq!((fuse.state(), fuse.ask().err()), (BreakerState::Open, Some(REST)));
            advance(REST).await;
            tries(&fuse, "o");
            assert_eq!(fuse.state(), BreakerState::Closed);
            tries(&fuse, "ooxo");
        });
    }

    #[test]
    fn a_probe_that_was_given_up_is_made_by_the_next_one() {
        paused(async {
            let fuse = fuse();
            tries(&fuse, "xxxx");
            advance(REST).await;
            drop(fuse.ask().expect("the rest is over"));
            tries(&fuse, "o");
            assert_eq!(fuse.state(), BreakerState::Closed);
        });
    }

    #[test]
    fn what_was_sent_before_it_opened_says_nothing_after() {
        paused(async {
            let fuse = fuse();
            let (slow, late, later) = (fuse.ask(), fuse.ask(), fuse.ask());
            tries(&fuse, "xxxx");
            slow.expect("it was closed").ended(false);
            assert_eq!(fuse.state(), BreakerState::Open);
            advance(REST).await;
            let probe = fuse.ask().expect("the rest is over");
            late.expect("it was closed").ended(false);
            drop(later);
            assert!(fuse.ask().is_err(), "the probe is still on its way");
            probe.ended(false);
        });
    }

    #[test]
    fn one_that_fails_again_soon_after_a_rest_rests_longer() {
        paused(async {
            let fuse = fuse();
            for rest in [REST, 2 * REST, 4 * REST, 4 * REST] {
                tries(&fuse, "xxxx");
                assert_eq!(fuse.ask().err(), Some(rest));
                advance(rest).await;
                tries(&fuse, "o");
            }
            advance(4 * REST).await;
            tries(&fuse, "xxxx");
            assert_eq!(fuse.ask().err(), Some(REST));
        });
    }
}
