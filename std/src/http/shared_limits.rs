//! Limits that several replicas of a service share (`FLOW_LIMITS`): what was used of them is in Redis, and changed there by
//! one script in one round trip, by the clock of that server, so that replicas whose clocks differ agree.
//!
//! A limit must not become what a service fails of. Redis has a bounded time to answer; when it does not, each replica
//! holds the limit by itself until it does again: never more open than that, and never closed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::log::{self, Level};
use crate::redis::{Connection, RedisError, Reply, Target};

/// How long a request waits for Redis.
pub const PATIENCE: Duration = Duration::from_millis(50);
/// How long Redis is left alone after it did not answer.
const REST: Duration = Duration::from_secs(1);
/// How long an answer, or a connection, is still of use to those who come later.
const ANSWER: Duration = Duration::from_secs(3);
/// How many ask at the same time; the others count alone.
const AT_ONCE: usize = 64;
/// Keys that are longer stand there as their digests.
const LONGEST_KEY: usize = 128;

/// The moment at which the allowance of a key is full again, in microseconds by the clock of the server. It counts from
/// 2023 on, because a float has no room for the fractions of larger numbers.
///
/// Arguments: microseconds between two requests at exactly the rate, and those of all that may come at once.
const SCRIPT: &str = "
local interval, all = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = (time[1] - 1700000000) * 1000000 + time[2]
local before = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local after = before + interval
if after - now > all then return { 0, math.floor(before - now) } end
redis.call('SET', KEYS[1], string.format('%.17g', after), 'PX', math.ceil((after - now) / 1000) + 1)
return { 1, math.floor(after - now) }";

/// What replicas know of limits together. Cheap to clone.
#[derive(Clone)]
pub struct SharedLimits {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    /// How long a request waits.
    patience: Duration,
    room: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    /// The name that the server has for the script.
    script: OnceLock<Bytes>,
    /// Until when nobody asks; `None` as long as it answers.
    rests: Mutex<Option<Instant>>,
    alone: AtomicU64,
}

/// Without the URL, which holds a password.
impl fmt::Debug for SharedLimits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedLimits")
    }
}

/// What the script says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub is_within: bool,
    /// How long until the allowance is full again, in nanoseconds.
    pub used: u64,
}

impl SharedLimits {
    /// The error goes on behind `FLOW_LIMITS`. The server is asked when the first request is counted.
    pub fn open(url: &str, patience: Duration) -> Result<SharedLimits, String> {
        let inner = Inner {
            target: Target::of(url)?,
            patience,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            idle: Mutex::default(),
            script: OnceLock::new(),
            rests: Mutex::default(),
            alone: AtomicU64::new(0),
        };
        Ok(SharedLimits { inner: Arc::new(inner) })
    }

    /// How many requests were counted by this replica alone, because Redis did not answer.
    pub fn alone(&self) -> u64 {
        self.inner.alone.load(Ordering::Relaxed)
    }

    /// Counts a request of this key; times are in nanoseconds. `None`: the replica has to do it alone.
    pub async fn count(&self, limit: &str, key: &str, interval: u64, all: u64) -> Option<Counted> {
        let counted = self.asked(limit, key, interval, all).await;
        if counted.is_none() {
            self.inner.alone.fetch_add(1, Ordering::Relaxed);
        }
        counted
    }

    async fn asked(&self, limit: &str, key: &str, interval: u64, all: u64) -> Option<Counted> {
        if !self.inner.may_be_asked() {
            return None;
        }
        let place = Arc::clone(&self.inner.room).try_acquire_owned().ok()?;
        let (inner, key) = (Arc::clone(&self.inner), name(limit, key));
        // In a task of its own: what comes too late for this request, a connection above all, is there for the next.
        let asked = tokio::spawn(async move {
            let answer = timeout(ANSWER, inner.ask(&key, interval, all)).await;
            drop(place);
            answer
        });
        let late = || RedisError::Unreachable("it does not answer in time".to_owned());
        let answer = timeout(self.inner.patience, asked).await.ok().and_then(|ended| ended.ok()?.ok());
        match answer.unwrap_or_else(|| Err(late())) {
            Ok(counted) => {
                self.inner.is_back();
                Some(counted)
            }
            Err(error) => {
                self.inner.is_gone(&error);
                None
            }
        }
    }
}

/// A program has limits of its own, and Redis may have other things.
fn name(limit: &str, key: &str) -> String {
    match key.len() {
        0..=LONGEST_KEY => format!("flow-limit/{limit}/{key}"),
        _ => format!("flow-limit/{limit}/{:x}", <sha2::Sha256 as sha2::Digest>::digest(key.as_bytes())),
    }
}

impl Inner {
    async fn ask(&self, key: &str, interval: u64, all: u64) -> Result<Counted, RedisError> {
        let mut connection = self.connection().await?;
        let (interval, all) = (micros(interval), micros(all));
        let arguments = [b"1".as_slice(), key.as_bytes(), interval.as_bytes(), all.as_bytes()];
        let script = self.script(&mut connection).await?;
        let known = [&[b"EVALSHA".as_slice(), &script], arguments.as_slice()].concat();
        let mut reply = connection.ask(&known).await?;
        // The server was started anew, or has forgotten its scripts.
        if reply.as_ref().is_err_and(|error| error.is_refusal("NOSCRIPT")) {
            let whole = [&[b"EVAL".as_slice(), SCRIPT.as_bytes()], arguments.as_slice()].concat();
            reply = connection.ask(&whole).await?;
        }
        self.idle().push(connection);
        match reply? {
            Reply::List(parts) => counted(&parts),
            Reply::Nothing | Reply::Number(_) | Reply::Text(_) => Err(unexpected()),
        }
    }

    async fn connection(&self) -> Result<Connection, RedisError> {
        while let Some(mut connection) = self.pop() {
            if connection.is_open() {
                return Ok(connection);
            }
        }
        Connection::open(&self.target).await
    }

    async fn script(&self, connection: &mut Connection) -> Result<Bytes, RedisError> {
        if let Some(known) = self.script.get() {
            return Ok(known.clone());
        }
        match connection.ask(&[b"SCRIPT", b"LOAD", SCRIPT.as_bytes()]).await?? {
            Reply::Text(name) => Ok(self.script.get_or_init(|| name).clone()),
            Reply::Nothing | Reply::Number(_) | Reply::List(_) => Err(unexpected()),
        }
    }

    /// When the rest is over, one asks, and the others wait for what comes of it.
    fn may_be_asked(&self) -> bool {
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        match *rests {
            None => true,
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                *rests = Some(Instant::now() + REST);
                true
            }
        }
    }

    fn is_gone(&self, error: &RedisError) {
        let rests = Some(Instant::now() + REST);
        let before =
            std::mem::replace(&mut *self.rests.lock().unwrap_or_else(PoisonError::into_inner), rests);
        if before.is_none() {
            log::say(Level::Warn, "limits not shared", &[("reason", &error.to_string())]);
        }
    }

    fn is_back(&self) {
        let before = self.rests.lock().unwrap_or_else(PoisonError::into_inner).take();
        if before.is_some() {
            log::say(Level::Info, "limits shared again", &[]);
        }
    }

    fn pop(&self) -> Option<Connection> {
        self.idle().pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counted(parts: &[Reply]) -> Result<Counted, RedisError> {
    match parts {
        [Reply::Number(is_within), Reply::Number(used)] => {
            let used = u64::try_from(*used).unwrap_or(0).saturating_mul(1_000);
            Ok(Counted { is_within: *is_within == 1, used })
        }
        _ => Err(unexpected()),
    }
}

/// The fraction counts: a rate of 3/s is none of whole microseconds.
fn micros(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1_000, nanos % 1_000)
}

fn unexpected() -> RedisError {
    RedisError::Unreachable("an answer that was not asked for".to_owned())
}
