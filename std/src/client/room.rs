//! How many calls are in flight to a backend at the same time, each on a connection of its own. Some more may wait for
//! their turn; beyond that they would only wait for what they cannot get in time, so they are refused at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

/// How many may wait for each place, and how many at least.
const FOR_EACH: usize = 4;
const FEWEST: usize = 64;

pub struct Room {
    places: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Room {
    pub fn new(at_once: usize) -> Room {
        Room {
            places: Semaphore::new(at_once),
            waiting: AtomicUsize::new(0),
            most_waiting: at_once.saturating_mul(FOR_EACH).max(FEWEST),
        }
    }

    /// Waits for a place until `end`; none if there was none.
    pub async fn place(&self, end: Instant) -> Option<SemaphorePermit<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            return Some(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= self.most_waiting {
            return None;
        }
        timeout_at(end, self.places.acquire()).await.ok()?.ok()
    }
}

/// One that waits; it does no more when this is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
