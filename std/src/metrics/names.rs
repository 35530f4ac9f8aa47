//! All metrics that a service has, in one list: the runtime writes them from it, the documentation of the operator is made
//! from it, and whoever writes dashboards and alerts looks here. It needs no feature, since the compiler reads it, too.

/// What can be done with the numbers of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    /// As Prometheus calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// A metric. The values of its labels come from what the service declares, and never from a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

/// The upper bounds of histograms, in microseconds: 5 ms to 10 s. The histogram of an operation has its deadline beside
/// them, and the latency that its service promises.
pub const BOUNDS: [u64; 11] =
    [5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];

/// What stands for the operation of a request that leads to none: of an unknown path, or an unknown method.
pub const NO_OPERATION: &str = "none";

/// What stands for the step of a failure that no call has led to.
pub const NO_STEP: &str = "none";

/// How a try of a call ends, as the label `outcome` of [`CALL_TRIES`] says.
pub const TRY_OUTCOMES: [&str; 9] =
    ["2xx", "3xx", "4xx", "5xx", "timeout", "unreachable", "broken_off", "rejected", "malformed"];

/// Why an operation has failed, as the label `kind` of [`OPERATION_FAILURES`] says: those of a call, and then our own.
pub const FAILURE_KINDS: [&str; 8] =
    ["status", "timeout", "unreachable", "rejected", "malformed", "deadline", "panic", "own"];

/// Whether an answer was kept, as the label `outcome` of [`CACHE`] says. One that is stale is used while, or although, no
/// new one is there.
pub const CACHE_OUTCOMES: [&str; 3] = ["hit", "stale", "miss"];

/// How an undo went, as the label `outcome` of [`UNDO`] says. One that is put off is tried again.
pub const UNDO_OUTCOMES: [&str; 4] = ["done", "put_off", "refused", "uncertain"];

/// What a connection to a backend does, as the label `state` of [`POOL_CONNECTIONS`] says.
pub const POOL_STATES: [&str; 2] = ["busy", "idle"];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, help }
}

pub const BUILD_INFO: Metric =
    gauge("flow_build_info", &["service", "version"], "Always 1; its labels say what runs.");

pub const REQUESTS: Metric = counter(
    "flow_requests_total",
    &["service", "operation", "status"],
    "Requests, by the status of the answer; 499 where the caller did not wait for it. In a bundle also the calls \
     of its services among each other.",
);

pub const REQUEST_SECONDS: Metric = histogram(
    "flow_request_seconds",
    &["service", "operation"],
    "How long requests took, from when they were read to the end of the answer.",
);

pub const REQUESTS_IN_FLIGHT: Metric =
    gauge("flow_requests_in_flight", &[], "Requests that are worked on at this moment.");

pub const REQUESTS_SHED: Metric = counter(
    "flow_requests_shed_total",
    &[],
    "Requests that were turned away with a 503 before anything was looked at, because there was too much to do.",
);

pub const REQUESTS_HUNG_UP: Metric = counter(
    "flow_requests_hung_up_total",
    &[],
    "Requests whose callers were gone before they had the whole answer.",
);

pub const REQUESTS_CUT_OFF: Metric = counter(
    "flow_requests_cut_off_total",
    &[],
    "Answers that had begun and were cut off because they could not go on.",
);

pub const HEADS_REFUSED: Metric = counter(
    "flow_heads_refused_total",
    &[],
    "Requests that were refused by their head: malformed, too long, or too slow.",
);

pub const CONNECTIONS_REFUSED: Metric = counter(
    "flow_connections_refused_total",
    &[],
    "Connections that were ended because of what their callers did: the handshake of TLS failed, or too many requests \
     were given up.",
);

pub const ACCEPT_ERRORS: Metric =
    counter("flow_accept_errors_total", &[], "Connections that the system could not give.");

pub const PANICS: Metric =
    counter("flow_panics_total", &[], "Mistakes of ours that ended a request with a 500.");

pub const OPERATION_FAILURES: Metric = counter(
    "flow_operation_failures_total",
    &["service", "operation", "step", "kind"],
    "Answers of 500 and more, by the call that led to them and how it failed.",
);

pub const LIMIT_REFUSED: Metric = counter(
    "flow_limit_refused_total",
    &["operation"],
    "Requests that were beyond the limit of their operation.",
);

pub const LIMITS_ALONE: Metric = counter(
    "flow_limits_alone_total",
    &[],
    "Requests that this replica counted by itself, because the Redis of `FLOW_LIMITS` did not answer.",
);

pub const DEPRECATED: Metric =
    counter("flow_deprecated_total", &["operation"], "Requests of operations that are going away.");

pub const CALL_TRIES: Metric = counter(
    "flow_call_tries_total",
    &["backend", "operation", "outcome"],
    "Tries of calls, by how they ended. A rejected one was not sent.",
);

pub const CALL_SECONDS: Metric = histogram(
    "flow_call_seconds",
    &["backend", "operation"],
    "How long calls took, with all their tries and the pauses between them.",
);

pub const CALL_RETRIES: Metric = counter(
    "flow_call_retries_total",
    &["backend"],
    "Tries of calls that were sent once more after one had failed.",
);

pub const CALL_HEDGES: Metric =
    counter("flow_call_hedges_total", &["backend"], "Second copies of slow reads.");

pub const BREAKER_OPEN: Metric = gauge(
    "flow_breaker_open",
    &["backend"],
    "Whether the breaker keeps calls back: 1 when it is open, 0.5 while it lets one try through, 0 when it is closed.",
);

pub const POOL_CONNECTIONS: Metric =
    gauge("flow_pool_connections", &["backend", "state"], "Connections to a backend.");

pub const CACHE: Metric = counter(
    "flow_cache_total",
    &["cache", "outcome"],
    "What was found in the cache of a backend, or of an operation.",
);

pub const TOKEN_SECONDS: Metric = gauge(
    "flow_token_seconds",
    &["backend"],
    "How long the token for a backend is still good; 0 when none can be had. It is not there while nobody wants one.",
);

pub const UNDO: Metric = counter("flow_undo_total", &["operation", "outcome"], "Undos, by how they went.");

pub const UNDOS_LEFT: Metric =
    gauge("flow_undos_left", &[], "Undos that could not be done so far, as `/undos` lists them.");

pub const STORE_REACHABLE: Metric =
    gauge("flow_store_reachable", &[], "Whether the store has answered when it was last asked: 1 or 0.");

pub const SPANS_DROPPED: Metric = counter(
    "flow_spans_dropped_total",
    &[],
    "Spans that were not exported: the receiver did not take them, or too many waited for it.",
);

/// All of them, in the order in which they are written.
pub const ALL: [&Metric; 27] = [
    &BUILD_INFO,
    &REQUESTS,
    &REQUEST_SECONDS,
    &REQUESTS_IN_FLIGHT,
    &REQUESTS_SHED,
    &REQUESTS_HUNG_UP,
    &REQUESTS_CUT_OFF,
    &HEADS_REFUSED,
    &CONNECTIONS_REFUSED,
    &ACCEPT_ERRORS,
    &PANICS,
    &OPERATION_FAILURES,
    &LIMIT_REFUSED,
    &LIMITS_ALONE,
    &DEPRECATED,
    &CALL_TRIES,
    &CALL_SECONDS,
    &CALL_RETRIES,
    &CALL_HEDGES,
    &BREAKER_OPEN,
    &POOL_CONNECTIONS,
    &CACHE,
    &TOKEN_SECONDS,
    &UNDO,
    &UNDOS_LEFT,
    &STORE_REACHABLE,
    &SPANS_DROPPED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prometheus_and_each_is_there_once() {
        for (at, metric) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(at + 1).all(|other| other.name != metric.name), "{}", metric.name);
            let is_total = metric.name.ends_with("_total");
            assert_eq!(metric.kind == Kind::Counter, is_total, "{}", metric.name);
            assert!(metric.kind != Kind::Histogram || metric.name.ends_with("_seconds"), "{}", metric.name);
            assert!(metric.help.ends_with('.') && metric.name.starts_with("flow_"), "{}", metric.name);
        }
        assert!(BOUNDS.is_sorted());
    }
}
