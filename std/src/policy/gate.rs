//! The limit of what is sent to a backend, so that we do not run over it: how many tries in any stretch of a given
//! length, and how many at the same time. What is beyond waits for its turn, if it may wait, or is refused.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::settings::OutboundLimit;
use crate::http::Rate;

/// When to come again where nobody can know when there will be room.
const SOON: Duration = Duration::from_secs(1);

/// A limit, and what was used of it.
pub struct Gate {
    places: Option<Semaphore>,
    sent: Option<Sent>,
    wait: Duration,
}

/// That a try may be made; its place is free again when this is dropped.
pub struct Turn<'a> {
    _place: Option<SemaphorePermit<'a>>,
}

impl Gate {
    pub fn new(settings: OutboundLimit) -> Gate {
        let places = |at_once: usize| Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS));
        Gate {
            places: settings.at_once.map(places),
            sent: settings.rate.map(Sent::new),
            wait: settings.wait.unwrap_or_default(),
        }
    }

    /// Waits for a turn, until `deadline` at most; the error is how long it would have to wait.
    pub async fn enter(&self, deadline: Instant) -> Result<Turn<'_>, Duration> {
        let latest = deadline.min(Instant::now() + self.wait);
        // A place first: the moment of sending is counted for the rate, and nothing may delay it after that.
        let place = self.place(latest).await?;
        if let Some(sent) = &self.sent {
            let at = sent.reserve(latest)?;
            if at > Instant::now() {
                sleep_until(at).await;
            }
        }
        Ok(Turn { _place: place })
    }

    async fn place(&self, latest: Instant) -> Result<Option<SemaphorePermit<'_>>, Duration> {
        let Some(places) = &self.places else { return Ok(None) };
        if let Ok(place) = places.try_acquire() {
            return Ok(Some(place));
        }
        if latest <= Instant::now() {
            return Err(SOON);
        }
        match timeout_at(latest, places.acquire()).await {
            Ok(Ok(place)) => Ok(Some(place)),
            Ok(Err(_)) | Err(_) => Err(SOON),
        }
    }
}

/// The moments at which the last tries were sent, or will be: as many as may be in one stretch.
struct Sent {
    most: usize,
    per: Duration,
    at: Mutex<VecDeque<Instant>>,
}

impl Sent {
    fn new(rate: Rate) -> Sent {
        let most = usize::try_from(rate.count.max(1)).unwrap_or(usize::MAX);
        Sent { most, per: rate.per, at: Mutex::default() }
    }

    /// The next moment at which one may be sent, if it is not after `latest`; the error is how far away it is.
    fn reserve(&self, latest: Instant) -> Result<Instant, Duration> {
        let now = Instant::now();
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        while at.front().is_some_and(|first| *first + self.per <= now) {
            at.pop_front();
        }
        let next = match at.front() {
            Some(first) if at.len() >= self.most => *first + self.per,
            Some(_) | None => now,
        };
        if next > latest.max(now) {
            return Err(next - now);
        }
        if at.len() >= self.most {
            at.pop_front();
        }
        at.push_back(next);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::super::paused;
    use super::*;

    const LONG: Duration = Duration::from_secs(100);

    fn gate(rate: Option<Rate>, at_once: Option<usize>, wait: Option<Duration>) -> Gate {
        Gate::new(OutboundLimit { rate, at_once, wait })
    }

    fn ten_a_second() -> Option<Rate> {
        Some(Rate { count: 10, per: Duration::from_secs(1) })
    }

    #[test]
    fn never_more_than_the_rate_in_any_stretch() {
        paused(async {
            let gate = gate(ten_a_second(), None, Some(LONG));
            let start = Instant::now();
            let sent = join_all((0..100_u64).map(|number| {
                let gate = &gate;
                async move {
                    sleep_until(start + Duration::from_millis(number * 37)).await;
                    gate.enter(start + LONG).await.map(|_| Instant::now())
                }
            }));
            let mut sent: Vec<_> = sent.await.into_iter().map(|at| at.expect("there is time")).collect();
            sent.sort();
            for stretch in sent.windows(11) {
                let [first, .., last] = stretch else { panic!("a stretch of eleven") };
                assert!(*last - *first >= Duration::from_secs(1));
            }
            let last = sent.last().map(|last| *last - start);
            assert!(last.is_some_and(|last| last <= Duration::from_secs(10)), "{last:?}");
        });
    }

    #[test]
    fn what_may_not_wait_is_told_when_to_come_again() {
        paused(async {
            let gate = gate(ten_a_second(), None, None);
            let far = Instant::now() + LONG;
            let ends = join_all((0..12).map(|_| gate.enter(far))).await;
            assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 10);
            assert_eq!(ends.into_iter().find_map(Result::err), Some(Duration::from_secs(1)));
        });
    }

    #[test]
    fn nobody_waits_beyond_the_deadline() {
        paused(async {
            let gate = gate(ten_a_second(), Some(1), Some(LONG));
            let begun = Instant::now();
            for _ in 0..10 {
                assert!(gate.enter(begun).await.is_ok());
            }
            let soon = begun + Duration::from_millis(500);
            assert_eq!(gate.enter(soon).await.err(), Some(Duration::from_secs(1)));
            assert_eq!(Instant::now(), begun, "waiting would have been for nothing");
            let _place = gate.enter(begun + LONG).await;
            let soon = Instant::now() + Duration::from_millis(500);
            assert!(gate.enter(soon).await.is_err());
            assert_eq!(Instant::now(), soon);
        });
    }

    #[test]
    fn a_place_is_free_again_whoever_has_held_it() {
        paused(async {
            let gate = gate(None, Some(2), None);
            let far = Instant::now() + LONG;
            let (first, second) = (gate.enter(far).await, gate.enter(far).await);
            assert!(first.is_ok() && second.is_ok() && gate.enter(far).await.is_err());
            drop(first);
            assert!(gate.enter(far).await.is_ok());
        });
    }
}
