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
