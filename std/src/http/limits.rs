//! The bounds of a service: how long the parts of a request may take, and how much there may be at once. They have
//! defaults that suit nearly everybody, and can be set from outside by who runs the service.

use std::time::Duration;

use super::Environment;
use super::proxies::Proxies;
#[cfg(feature = "redis")]
use super::shared_limits::{PATIENCE, SharedLimits};

/// The bounds of a service.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a head may take to come in, and how long a connection may be idle: `FLOW_HEADER_TIMEOUT_MS`.
    pub header_timeout: Duration,
    /// How long a body may take to come in: `FLOW_BODY_TIMEOUT_MS`.
    pub body_timeout: Duration,
    /// How long a caller may take nothing of an answer: `FLOW_WRITE_TIMEOUT_MS`.
    pub write_timeout: Duration,
    /// How long a service that was told to end still takes new requests, while it says that it is not ready:
    /// `FLOW_DRAIN_MS`.
    pub drain: Duration,
    /// How long it then waits for what has begun: `FLOW_GRACE_MS`.
    pub grace: Duration,
    /// How many connections there may be: `FLOW_CONNECTIONS`. More have to wait.
    pub connections: u32,
    /// How many requests may be worked on: `FLOW_IN_FLIGHT`. More get a 503.
    pub in_flight: u32,
    /// How long tasks may wait too long for a processor, lately and in all, before those beyond what can be done are turned away:
    /// `FLOW_SHED_MS`. Zero: none is, ever.
    pub shed_after: Duration,
    /// Whose word it is taken for where a request comes from: `FLOW_TRUSTED_PROXIES`.
    pub proxies: Proxies,
    /// Where limits are counted together with other replicas: `FLOW_LIMITS`.
    #[cfg(feature = "redis")]
    pub shared: Option<SharedLimits>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(2),
            grace: Duration::from_secs(25),
            connections: 10_000,
            in_flight: 5_000,
            shed_after: Duration::from_millis(100),
            proxies: Proxies::default(),
            #[cfg(feature = "redis")]
            shared: None,
        }
    }
}

impl Limits {
    /// The bounds that the environment asks for; a fault is noted there.
    pub fn read(env: &mut Environment) -> Option<Limits> {
        let usual = Limits::default();
        let header_timeout = millis(env, "FLOW_HEADER_TIMEOUT_MS", usual.header_timeout);
        let body_timeout = millis(env, "FLOW_BODY_TIMEOUT_MS", usual.body_timeout);
        let write_timeout = millis(env, "FLOW_WRITE_TIMEOUT_MS", usual.write_timeout);
        let drain = millis(env, "FLOW_DRAIN_MS", usual.drain);
        let grace = millis(env, "FLOW_GRACE_MS", usual.grace);
        let connections = count(env, "FLOW_CONNECTIONS", usual.connections);
        let in_flight = count(env, "FLOW_IN_FLIGHT", usual.in_flight);
        let shed_after = millis(env, "FLOW_SHED_MS", usual.shed_after);
        let proxies = Proxies::read(env);
        #[cfg(feature = "redis")]
        let shared = shared(env);
        Some(Limits {
            header_timeout: header_timeout?,
            body_timeout: body_timeout?,
            write_timeout: write_timeout?,
            drain: drain?,
            grace: grace?,
            connections: connections?,
            in_flight: in_flight?,
            shed_after: shed_after?,
            proxies: proxies?,
            #[cfg(feature = "redis")]
            shared: shared?,
        })
    }
}

fn millis(env: &mut Environment, name: &str, usual: Duration) -> Option<Duration> {
    let usual = i64::try_from(usual.as_millis()).unwrap_or(i64::MAX);
    let millis = env.int_within(name, usual, 0..=3_600_000)?;
    Some(Duration::from_millis(millis.unsigned_abs()))
}

fn count(env: &mut Environment, name: &str, usual: u32) -> Option<u32> {
    env.int_within(name, i64::from(usual), 1..=1_000_000).and_then(|count| u32::try_from(count).ok())
}

#[cfg(feature = "redis")]
fn shared(env: &mut Environment) -> Option<Option<SharedLimits>> {
    if !env.is_set("FLOW_LIMITS") {
        return Some(None);
    }
    let url = env.text("FLOW_LIMITS")?;
    env.take("FLOW_LIMITS", SharedLimits::open(&url, PATIENCE)).map(Some)
}
