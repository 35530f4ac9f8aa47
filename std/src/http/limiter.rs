//! How often callers may come. The rate is kept with the generic cell rate algorithm: for each key one moment, the one
//! at which its allowance is full again. The keys are bounded, so that nobody can fill the memory with new ones.

use std::collections::HashMap;
#[cfg(feature = "redis")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

#[cfg(feature = "redis")]
use super::shared_limits::SharedLimits;

/// How many requests in which time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub count: u32,
    pub per: Duration,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimitBy {
    /// Those of each caller; where nobody has to say who they are, those of each address.
    Caller,
    Address,
    All,
    /// Those with the same text: the handler says which, by `Request::limit_by`, as it depends on the parameters.
    Key,
}

/// What an author says about a limit.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    pub rate: Option<Rate>,
    pub burst: Option<u32>,
    pub by: LimitBy,
    pub at_once: Option<usize>,
}

/// A limit, and what was used of it. Operations that share a limit share the `Arc`.
#[derive(Debug)]
pub struct Limiter {
    by: LimitBy,
    rate: Option<Cells>,
    at_once: Option<usize>,
    now_at_once: Arc<AtomicUsize>,
    /// Where other replicas count, too, and what the limit is called there.
    #[cfg(feature = "redis")]
    shared: OnceLock<(SharedLimits, &'static str)>,
}

/// One of the places for requests that are worked on at the same time; it is free again when this is dropped.
#[derive(Debug)]
pub struct Turn {
    taken: Arc<AtomicUsize>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a request is within the rate, and what is left of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    pub is_within: bool,
    pub limit: u64,
    pub remaining: u64,
    /// How long until all of it is there again; for a request beyond the rate, how long until the next may come.
    pub wait: Duration,
    window: Duration,
}

impl Limiter {
    pub fn new(settings: LimitSettings) -> Limiter {
        Limiter {
            by: settings.by,
            rate: settings.rate.map(|rate| Cells::new(rate, settings.burst)),
            at_once: settings.at_once,
            now_at_once: Arc::default(),
            #[cfg(feature = "redis")]
            shared: OnceLock::new(),
        }
    }

    /// From now on it is counted together with other replicas. `operation`: one of those that have it.
    #[cfg(feature = "redis")]
    pub fn share(&self, limits: &SharedLimits, operation: &'static str) {
        // The first name counts: it is the same in each replica, which all have the same operations.
        let _ = self.shared.set((limits.clone(), operation));
    }

    pub fn by(&self) -> LimitBy {
        self.by
    }

    /// A place among those who are worked on at the same time; `None` when all are taken.
    pub fn turn(&self) -> Option<Turn> {
        let turn = Turn { taken: Arc::clone(&self.now_at_once) };
        let before = self.now_at_once.fetch_add(1, Ordering::Relaxed);
        if self.at_once.is_some_and(|most| before >= most) { None } else { Some(turn) }
    }

    /// Counts a request of this key; `None` without a rate.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    pub async fn count(&self, key: &str) -> Option<Allowance> {
        let cells = self.rate.as_ref()?;
        #[cfg(feature = "redis")]
        if let Some((limits, name)) = self.shared.get()
            && let Some(counted) = limits.count(name, key, cells.interval, cells.all()).await
        {
            return Some(cells.told(counted.is_within, counted.used));
        }
        Some(cells.count(key, Instant::now()))
    }
}

impl Allowance {
    /// The fields of draft-ietf-httpapi-ratelimit-headers.
    pub fn tell(&self, headers: &mut HeaderMap) {
        // In whole seconds, never too few: else it would promise more than there is.
        let window = self.window.as_nanos().div_ceil(1_000_000_000).max(1);
        let policy = format!("\"default\";q={};w={window}", self.limit);
        let rest = format!("\"default\";r={};t={}", self.remaining, self.seconds());
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", rest)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    /// The wait in whole seconds, never too short.
    pub fn seconds(&self) -> u64 {
        self.wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)
    }
}

/// The moments at which the allowances of the keys are full again.
#[derive(Debug)]
struct Cells {
    start: Instant,
    /// Nanoseconds between two requests at exactly the rate.
    interval: u64,
    burst: u64,
    full_at: Mutex<Recent>,
}

impl Cells {
    fn new(rate: Rate, burst: Option<u32>) -> Cells {
        let interval = nanos(rate.per) / u64::from(rate.count.max(1));
        Cells {
            start: Instant::now(),
            interval: interval.max(1),
            burst: burst.map_or_else(|| unsaid_burst(rate, interval), u64::from).clamp(1, 1_000_000),
            full_at: Mutex::default(),
        }
    }

    fn count(&self, key: &str, now: Instant) -> Allowance {
        let now = nanos(now.saturating_duration_since(self.start));
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let before = full_at.get(key).unwrap_or(0).max(now);
        let after = before.saturating_add(self.interval);
        let is_within = after - now <= self.all();
        if is_within {
            full_at.set(key, after);
        }
        self.told(is_within, if is_within { after - now } else { before - now })
    }

    /// `used`: how long until all of the allowance is there again.
    fn told(&self, is_within: bool, used: u64) -> Allowance {
        let all = self.all();
        let wait = if is_within { used } else { used.saturating_add(self.interval).saturating_sub(all) };
        Allowance {
            is_within,
            limit: self.burst,
            remaining: all.saturating_sub(used) / self.interval,
            wait: Duration::from_nanos(wait),
            window: Duration::from_nanos(all),
        }
    }

    /// The time in which as many requests come at the rate as may come at once.
    fn all(&self) -> u64 {
        self.interval.saturating_mul(self.burst)
    }
}

/// How many come at once without a pause to speak of: who says `100/min` does not mean that the second request of a page
/// is refused because it comes within 600 ms of the first.
const UNSAID_BURST: u64 = 10;

/// Those of one second, and not fewer than [`UNSAID_BURST`], but never more than the rate has in its own time.
fn unsaid_burst(rate: Rate, interval: u64) -> u64 {
    let of_a_second = 1_000_000_000_u64.checked_div(interval).unwrap_or(u64::MAX);
    of_a_second.max(UNSAID_BURST.min(u64::from(rate.count)))
}

/// How many keys are kept in each half.
const KEYS: usize = 10_000;

/// The keys that came last, in two halves: when the younger half is full, the older one is forgotten. That is nearly
/// the order of their last use, without a list through all of them.
#[derive(Debug, Default)]
struct Recent {
    young: HashMap<Box<str>, u64>,
    old: HashMap<Box<str>, u64>,
}

impl Recent {
    fn get(&self, key: &str) -> Option<u64> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn set(&mut self, key: &str, value: u64) {
        if let Some(slot) = self.young.get_mut(key) {
            *slot = value;
            return;
        }
        if self.young.len() >= KEYS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key.into(), value);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(count: u32, burst: Option<u32>) -> Cells {
        Cells::new(Rate { count, per: Duration::from_secs(60) }, burst)
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let cells = cells(60, Some(3));
        let at = |millis| cells.start + Duration::from_millis(millis);
        let remaining: Vec<_> = (0..3).map(|_| cells.count("a", at(0)).remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        let beyond = cells.count("a", at(0));
        assert_eq!((beyond.is_within, beyond.seconds()), (false, 1));
        assert!(cells.count("b", at(0)).is_within);
        assert!(!cells.count("a", at(999)).is_within);
        assert!(cells.count("a", at(1_000)).is_within);
        assert!(!cells.count("a", at(1_000)).is_within);
    }

    #[test]
    fn ten_times_the_rate_gets_the_rate_and_the_burst() {
        let cells = Cells::new(Rate { count: 100, per: Duration::from_secs(1) }, Some(50));
        let within =
            (0..10_000).filter(|at| cells.count("a", cells.start + Duration::from_millis(*at)).is_within);
        assert_eq!(within.count(), 1_049);
    }

    #[test]
    fn without_a_burst_those_of_one_second_or_ten_may_come_at_once() {
        assert_eq!(cells(6_000, None).burst, 100);
        assert_eq!(cells(30, None).burst, 10);
        assert_eq!(cells(3, None).burst, 3);
        assert_eq!(cells(1, None).burst, 1);
        let cells = |count| Cells::new(Rate { count, per: Duration::from_secs(1) }, None).burst;
        assert_eq!([cells(1), cells(5), cells(10), cells(200)], [1, 5, 10, 200]);
    }

    #[test]
    fn what_is_told_of_the_rate_is_never_more_than_the_rate() {
        let policy = |count, burst| {
            let mut headers = HeaderMap::new();
            let cells = cells(count, Some(burst));
            cells.count("a", cells.start).tell(&mut headers);
            headers["ratelimit-policy"].to_str().expect("a text").to_owned()
        };
        // 2.5 seconds, and 0.5.
        assert_eq!(policy(120, 5), "\"default\";q=5;w=3");
        assert_eq!(policy(120, 1), "\"default\";q=1;w=1");
        assert_eq!(policy(120, 4), "\"default\";q=4;w=2");
    }

    #[test]
    fn the_keys_are_bounded() {
        let cells = cells(60, Some(1));
        for index in 0..(5 * KEYS) {
            cells.count(&index.to_string(), cells.start);
        }
        let recent = cells.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(recent.young.len() + recent.old.len() <= 2 * KEYS);
    }

    #[test]
    fn the_places_are_counted() {
        let limit =
            Limiter::new(LimitSettings { rate: None, burst: None, by: LimitBy::All, at_once: Some(1) });
        let first = limit.turn();
        assert!(first.is_some() && limit.turn().is_none());
        drop(first);
        assert!(limit.turn().is_some());
        assert!(limit.rate.is_none());
    }
}
