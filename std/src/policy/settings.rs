//! The settings of the policies, as `settings.flow` documents them. They are plain data, known when a service starts.

use std::iter::once;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::answers::Key;
use crate::http::{Context, Rate};

/// What stands around the calls of one backend.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
    pub breaker: Option<Breaker>,
    pub limit: Option<OutboundLimit>,
    pub cache: Option<Cache>,
}

/// What is tried again, and how often.
#[derive(Clone, Debug)]
pub struct Retry {
    /// How many times at most, after the first try.
    pub times: u32,
    pub on: &'static [RetryOn],
    /// The shortest and the longest bound that a pause is drawn below.
    pub backoff: RangeInclusive<Duration>,
    /// Which part of all calls may be tries beyond the first: `0.1` is one in ten.
    pub budget: f64,
}

/// What is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryOn {
    Timeout,
    Unreachable,
    Rejected,
    Malformed,
    Status(u16),
}

/// When a second copy of a slow read is sent.
#[derive(Clone, Copy, Debug)]
pub enum Hedge {
    /// When the first one has taken as long as this.
    After(Duration),
    /// When it has taken longer than this part of the recent ones: `0.95` is 95 in 100.
    AfterPart(f64),
}

/// When to leave a failing system alone.
#[derive(Clone, Copy, Debug)]
pub struct Breaker {
    /// Which part of the recent tries has to fail.
    pub opens: f64,
    /// How many recent tries are looked at.
    pub of: u32,
    pub rests: Duration,
}

/// How much is sent at most. Every try counts.
#[derive(Clone, Copy, Debug)]
pub struct OutboundLimit {
    pub rate: Option<Rate>,
    pub at_once: Option<usize>,
    /// How long a try may wait for its turn; without it, one beyond the limit is rejected at once.
    pub wait: Option<Duration>,
}

/// How long an answer may be used again, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    pub keep: Duration,
    /// How long after that it is still used while a new one is fetched, or when none can be had.
    pub stale: Option<Duration>,
    pub by: CacheBy,
    /// How many answers are kept.
    pub entries: usize,
}

/// Who may get an answer that was made for somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheBy {
    All,
    Caller,
}

impl Cache {
    /// What tells an answer apart from others: `parts` are all that it depends on beside the caller. None where the
    /// answer is for a caller that nobody knows.
    pub fn key(&self, shelf: &'static str, cx: &Context, parts: &[&[u8]]) -> Option<Key> {
        let caller = match self.by {
            CacheBy::All => String::new(),
            CacheBy::Caller if cx.who().identity().is_empty() => return None,
            CacheBy::Caller => format!("{:?}", cx.caller()),
        };
        Some(Key::new(shelf, once(caller.as_bytes()).chain(parts.iter().copied())))
    }
}

/// What a call may change, which decides whether it can be sent more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Read,
    Write,
    /// A write that carries an idempotency key: the other side does it once.
    KeyedWrite,
}

impl Effect {
    pub fn is_repeatable(self) -> bool {
        match self {
            Effect::Read | Effect::KeyedWrite => true,
            Effect::Write => false,
        }
    }
}
