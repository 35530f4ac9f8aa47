//! Policies, and the values that settings are made of: all of them are known when a service starts.

use super::{ConfigId, Expr};

/// A value that is written out, or read from a variable at start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known<T> {
    Written(T),
    Config(ConfigId),
}

/// What a variable that stands in a setting is read as. The bounds of counts are checked at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingType {
    Duration,
    Size,
    Rate,
    Percent,
    Count { min: u32, max: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub count: u64,
    pub per_seconds: u64,
}

/// What is tried again. Durations are in milliseconds, parts from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    pub times: Known<u32>,
    pub on: Vec<RetryOn>,
    pub shortest_ms: Known<u64>,
    pub longest_ms: Known<u64>,
    pub budget: Known<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    Timeout,
    Unreachable,
    Rejected,
    Malformed,
    Status(u16),
}

/// When a second copy of a read is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hedge {
    After(Known<u64>),
    /// When it takes longer than this part of the recent ones.
    AfterPart(f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    pub opens: Known<f64>,
    pub of: Known<u32>,
    pub rests_ms: Known<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutboundLimit {
    pub rate: Option<Known<Rate>>,
    pub at_once: Option<Known<u32>>,
    pub wait_ms: Option<Known<u64>>,
}

#[derive(Debug, Clone)]
pub struct Cache {
    pub keep_ms: Known<u64>,
    pub stale_ms: Option<Known<u64>>,
    pub by: CacheBy,
    /// Tells answers apart, beside the parameters.
    pub key: Option<Expr>,
    pub entries: Known<u32>,
}

/// Who may get an answer that was made for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheBy {
    All,
    Caller,
}

/// What a connection trusts beyond the roots of the machine.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    pub ca: Option<Expr>,
    pub server_name: Option<Expr>,
    /// Nothing older than TLS 1.3.
    pub only_tls13: bool,
}

/// What one call says, where it says more than its backend does.
#[derive(Debug, Clone, Default)]
pub struct CallSettings {
    pub timeout_ms: Option<Known<u64>>,
    pub retry: Own<Retry>,
    pub hedge: Own<Hedge>,
    pub cache: Own<Cache>,
}

/// What an inner block says of something that an outer one may say, too.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Own<T> {
    /// Nothing: the outer one counts.
    #[default]
    Outer,
    /// `none`
    Off,
    This(T),
}

impl CallSettings {
    /// Whether something stands around the call beside its time.
    pub fn has_policies(&self) -> bool {
        self.retry.this().is_some() || self.hedge.this().is_some() || self.cache.this().is_some()
    }
}

impl<T> Own<T> {
    pub fn this(&self) -> Option<&T> {
        match self {
            Own::This(value) => Some(value),
            Own::Outer | Own::Off => None,
        }
    }
}

impl<T> Known<T> {
    pub fn config(&self) -> Option<ConfigId> {
        match self {
            Known::Written(_) => None,
            Known::Config(id) => Some(*id),
        }
    }
}
