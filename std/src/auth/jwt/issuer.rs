//! The keys of an issuer, as they were when it was last asked. One task asks, so there is never more than one request: when the
//! service starts, every few minutes after that, and sooner when a token names a key that is not known, but not as often as such
//! tokens come. Nobody waits for what is only renewed, and what is known is used while the issuer does not answer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::key::Keys;
use super::token::Token;
use crate::http::{Level, say};

/// How often keys are renewed.
const RENEWED: Duration = Duration::from_secs(300);
/// How much time lies between two requests at least, whoever asks for them.
const PAUSE: Duration = Duration::from_secs(30);
/// The same when there was no answer: at first, and twice as long each time, up to `PAUSE`.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How long keys are used of an issuer that does not answer. A key that it has called back is among them, for all that we know.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request waits for keys.
const WAIT: Duration = Duration::from_secs(2);

/// Asks the issuer.
pub type Fetch = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Keys, String>> + Send>> + Send + Sync>;

pub struct Issuer {
    fetch: Arc<Fetch>,
    known: Arc<watch::Sender<Known>>,
    /// Somebody would like to have newer keys.
    wanted: Arc<Notify>,
    has_begun: AtomicBool,
}

#[derive(Default)]
struct Known {
    /// With the time at which they came.
    keys: Option<(Arc<Keys>, Instant)>,
    /// When the issuer may be asked again; none while it is being asked.
    next: Option<Instant>,
}

impl Known {
    fn keys(&self) -> Option<Arc<Keys>> {
        let (keys, came) = self.keys.as_ref()?;
        (came.elapsed() < OLDEST).then(|| Arc::clone(keys))
    }
}

impl Issuer {
    pub fn new(fetch: Fetch) -> Issuer {
        let (known, _) = watch::channel(Known::default());
        Issuer {
            fetch: Arc::new(fetch),
            known: Arc::new(known),
            wanted: Arc::default(),
            has_begun: AtomicBool::new(false),
        }
    }

    /// Has the issuer asked from now on, if there is something to run it.
    pub fn begin(&self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            let (fetch, wanted) = (Arc::clone(&self.fetch), Arc::clone(&self.wanted));
            runtime.spawn(ask(fetch, Arc::clone(&self.known), wanted));
        }
    }

    /// The keys that are known now.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        self.known.borrow().keys()
    }

    /// The keys, among which should be that of the token: if it is not and may be a new one, they are asked for first.
    /// None where there are none.
    pub async fn keys_for(&self, token: &Token<'_>) -> Option<Arc<Keys>> {
        self.begin();
        let end = Instant::now() + WAIT;
        let mut known = self.known.subscribe();
        loop {
            let (keys, next) = {
                let now = known.borrow_and_update();
                (now.keys(), now.next)
            };
            if keys.as_ref().is_some_and(|keys| keys.fit(token)) {
                return keys;
            }
            // Whoever waits while the issuer is being asked wants nothing more.
            let must_wait = next.is_none_or(|next| next <= Instant::now());
            if next.is_some() {
                self.wanted.notify_one();
            }
            if !must_wait || !matches!(timeout_at(end, known.changed()).await, Ok(Ok(()))) {
                return keys;
            }
        }
    }
}

/// Asks the issuer again and again, until nobody is left who needs its keys.
async fn ask(fetch: Arc<Fetch>, known: Arc<watch::Sender<Known>>, wanted: Arc<Notify>) {
    let known = {
        let weak = Arc::downgrade(&known);
        drop(known);
        weak
    };
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(told) = known.upgrade() else { return };
        told.send_modify(|known| known.next = None);
        drop(told);
        let answer = fetch().await;
        let Some(told) = known.upgrade() else { return };
        let (again, at_latest) = match &answer {
            Ok(_) => (PAUSE, RENEWED),
            Err(error) => {
                say(Level::Warn, "keys not fetched", &[("reason", error)]);
                (pause, pause)
            }
        };
        pause = if answer.is_ok() { FIRST_PAUSE } else { (pause * 2).min(PAUSE) };
        let now = Instant::now();
        // Both at once: who sees that nothing more is to come sees what has come.
        told.send_modify(|known| {
            known.next = Some(now + again);
            if let Ok(keys) = answer {
                // The very same ones, if nothing has changed: what was found good with them stays so.
                let same = known.keys.take().map(|(old, _)| old).filter(|old| **old == keys);
                known.keys = Some((same.unwrap_or_else(|| Arc::new(keys)), now));
            }
        });
        drop(told);
        sleep_until(now + again).await;
        let _ = timeout_at(now + at_latest, wanted.notified()).await;
    }
}

#[cfg(test)]
mod tests;
