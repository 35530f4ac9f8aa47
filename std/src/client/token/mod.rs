//! The token of `oauth2` for one backend: fetched once for all who wait for it, and again in the background before it runs
//! out, while the old one still serves. One that the backend does not take is thrown away. Where none can be had, calls
//! fail at once, and the token server is asked less and less often.
//!
//! Time is that of the monotonic clock: setting the clock of the machine makes no token run out, or last longer.

mod fetch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::settings::{ClientSettings, OAuth2};
use crate::failure::CallFailure;
use crate::http::{Level, Secret, log};
use crate::outside;
use fetch::{Granted, Issuer, NoToken};

/// How long a token is taken to be good at most, whatever is said of it.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// A token is not used up to its last moment: clocks differ, and a request takes time. This long before, or a tenth of its
/// life.
const LEEWAY: Duration = Duration::from_secs(30);
/// When a token is renewed: at random between these parts of its life, so that many replicas do not do it together.
const RENEWED: (f64, f64) = (0.7, 0.8);
/// How long the token server is left alone after a failure: twice as long after each further one.
const REST: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// The longest rest that the token server can ask for itself.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// How long a token is kept at least although the backend does not take it, if the one before was not taken either: it is
/// not the token then.
const BETWEEN_REFUSED: Duration = Duration::from_secs(10);

/// The tokens for one backend, one after the other.
pub struct Tokens {
    backend: &'static str,
    issuer: Issuer,
    state: Mutex<State>,
    /// Somebody has come back from the token server, with or without a token.
    fetched: Notify,
}

#[derive(Default)]
struct State {
    present: Option<Arc<Token>>,
    refresh: Option<Secret>,
    is_fetching: bool,
    /// Failures in a row, when the next request may be made, and what went wrong.
    failures: u32,
    rests_until: Option<Instant>,
    why: String,
    /// When a token was thrown away because the backend did not take it.
    refused: Option<Instant>,
}

/// A token, ready to be sent.
pub struct Token {
    pub header: HeaderValue,
    renewed_from: Instant,
    ends: Instant,
}

/// What is to be done when the backend has not taken a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another token may do: the call is sent once more.
    TryAnother,
    /// It is not the token.
    Stands,
}

enum Now {
    Here(Arc<Token>),
    Coming,
    /// Why there is none.
    Missing(String),
}

impl Tokens {
    pub fn new(backend: &'static str, of: &OAuth2, settings: &ClientSettings) -> Result<Tokens, String> {
        let issuer = Issuer::new(backend, of, settings)?;
        Ok(Tokens { backend, issuer, state: Mutex::default(), fetched: Notify::new() })
    }

    /// The token that is good now. It is waited for until `end` where there is none.
    ///
    /// # Errors
    /// There is none, so nothing can be sent.
    pub async fn present(self: &Arc<Tokens>, end: Instant) -> Result<Arc<Token>, CallFailure> {
        loop {
            // Before the state is looked at, so that nothing is missed in between.
            let fetched = self.fetched.notified();
            match self.now() {
                Now::Here(token) => return Ok(token),
                Now::Missing(why) => return Err(CallFailure::Unreachable(format!("no token: {why}"))),
                Now::Coming => {}
            }
            if timeout_at(end, fetched).await.is_err() {
                return Err(CallFailure::Unreachable("no token in time".to_owned()));
            }
        }
    }

    /// Notes that the backend did not take this token.
    pub fn refused(&self, token: &Arc<Token>) -> Refused {
        let mut state = self.lock();
        match &state.present {
            Some(present) if Arc::ptr_eq(present, token) => {}
            // Somebody else was faster.
            Some(_) | None => return Refused::TryAnother,
        }
        let now = Instant::now();
        if state.refused.is_some_and(|before| now < before + BETWEEN_REFUSED) {
            return Refused::Stands;
        }
        state.refused = Some(now);
        state.present = None;
        Refused::TryAnother
    }

    /// How long the present token is still good.
    pub fn left(&self) -> Option<Duration> {
        let left = self.lock().present.as_ref()?.ends.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The same for an operator: zero where none can be had, and none where nobody has asked for one since the last one ran
    /// out. Whoever is called seldom must not look like whoever gets no tokens.
    pub fn told(&self) -> Option<Duration> {
        self.left().or_else(|| (self.lock().failures > 0).then_some(Duration::ZERO))
    }

    fn now(self: &Arc<Tokens>) -> Now {
        let mut state = self.lock();
        let now = Instant::now();
        let good = state.present.clone().filter(|token| now < token.ends);
        let is_due = good.as_ref().is_none_or(|token| now >= token.renewed_from);
        if is_due && !state.is_fetching && state.rests_until.is_none_or(|until| now >= until) {
            state.is_fetching = true;
            tokio::spawn(Fetching { tokens: Arc::clone(self) }.run(state.refresh.clone()));
        }
        match good {
            Some(token) => Now::Here(token),
            None if state.is_fetching => Now::Coming,
            None => Now::Missing(state.why.clone()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One way to the token server, for all who wait. It goes on when the one who began it hangs up, and whatever becomes of
/// it, nobody waits for it any more when it is over.
struct Fetching {
    tokens: Arc<Tokens>,
}

impl Fetching {
    async fn run(self, refresh: Option<Secret>) {
        let begun = Instant::now();
        let ended = self.tokens.issuer.token(refresh).await;
        let backend = self.tokens.backend;
        let mut state = self.tokens.lock();
        match ended {
            Ok(granted) => state.took(granted, begun),
            Err(none) => {
                log::say(Level::Warn, "no token", &[("backend", backend), ("reason", &none.why)]);
                state.failed(none);
            }
        }
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.tokens.lock().is_fetching = false;
        self.tokens.fetched.notify_waiters();
    }
}

impl State {
    fn took(&mut self, granted: Granted, begun: Instant) {
        let life = granted.life.min(LONGEST);
        let part = RENEWED.0 + (RENEWED.1 - RENEWED.0) * outside::random_part();
        self.present = Some(Arc::new(Token {
            header: granted.header,
            renewed_from: begun + life.mul_f64(part),
            ends: begun + life - LEEWAY.min(life / 10),
        }));
        self.refresh = granted.refresh;
        (self.failures, self.rests_until) = (0, None);
    }

    fn failed(&mut self, none: NoToken) {
        let doubled = REST.0.saturating_mul(1 << self.failures.min(16)).min(REST.1);
        let rest = doubled.mul_f64(0.5 + outside::random_part() / 2.0);
        let asked = none.retry_after.map_or(Duration::ZERO, Duration::from_secs).min(LONGEST_REST);
        self.failures += 1;
        self.rests_until = Some(Instant::now() + rest.max(asked));
        if none.is_refused {
            self.refresh = None;
        }
        self.why = none.why;
    }
}
