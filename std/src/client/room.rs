//! How many calls are in flight to a backend at the same time, each on a connection of its own. Some more may wait for
//! their turn; beyond that they would only wait for what they cannot get in time, so they are refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// How many may wait for each place, and how many at least.
const FOR_EACH: usize = 4;
const FEWEST: usize = 64;
/// Which part of the time of a call may be spent with waiting.
const PART: u32 = 4;

pub struct Room {
    places: Arc<Semaphore>,
    all: usize,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Room {
    pub fn new(at_once: usize) -> Room {
        Room {
            places: Arc::new(Semaphore::new(at_once)),
            all: at_once,
            waiting: AtomicUsize::new(0),
            most_waiting: at_once.saturating_mul(FOR_EACH).max(FEWEST),
        }
    }

    /// How many are in flight.
    pub fn taken(&self) -> usize {
        self.all.saturating_sub(self.places.available_permits())
    }

    /// Waits for a place for a call that may take until `end`, but no longer than a part of that time: whoever got one
    /// at the end of it would only keep it from those who have some left.
    pub async fn place(&self, end: Instant) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= self.most_waiting {
            return None;
        }
        let time = end.saturating_duration_since(Instant::now());
        timeout(time / PART, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }
}

/// One that waits; it does no more when this is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;
    use crate::policy::paused;

    const TIME: Duration = Duration::from_secs(4);

    #[test]
    fn not_more_wait_than_can_get_a_place_and_not_too_long() {
        paused(async {
            let (room, begun) = (Room::new(1), Instant::now());
            let held = room.place(Instant::now() + TIME).await;
            let mut waiting: Vec<_> =
                (0..FEWEST).map(|_| Box::pin(room.place(Instant::now() + TIME))).collect();
            assert!(waiting.iter_mut().all(|place| place.now_or_never().is_none()));
            assert!(
                room.place(Instant::now() + TIME).now_or_never().is_some_and(|place| place.is_none()),
                "at once"
            );
            drop(held);
            let place = waiting.remove(0).await;
            assert!(place.is_some() && waiting.remove(0).await.is_none(), "it was too long");
            assert_eq!(begun.elapsed().as_secs(), 1, "there is time left for what has got a place");
            drop(waiting);
            assert_eq!(room.waiting.load(Ordering::Relaxed), 0);
        });
    }
}
