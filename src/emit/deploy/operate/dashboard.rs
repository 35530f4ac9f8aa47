//! The dashboard for Grafana: a row for each service, with what its callers see of it, and one for each process, with what
//! it has to do with others.

use flow_std::metrics::names::{
    ACCEPT_ERRORS, BREAKER_OPEN, CACHE, CALL_HEDGES, CALL_RETRIES, CALL_SECONDS, CALL_TRIES,
    CONNECTIONS_REFUSED, DEPRECATED, HEADS_REFUSED, LIMIT_REFUSED, LIMITS_ALONE, Metric, OPERATION_FAILURES,
    PANICS, POOL_CONNECTIONS, REQUEST_SECONDS, REQUESTS, REQUESTS_CUT_OFF, REQUESTS_HUNG_UP,
    REQUESTS_IN_FLIGHT, REQUESTS_SHED, SPANS_DROPPED, STORE_REACHABLE, TOKEN_SECONDS, UNDO, UNDOS_LEFT,
};
use serde_json::{Value, json};

use super::panel::{self, Panel, Row};
use super::query::{self, INTERVAL};
use super::{Executable, burn, objectives, renews};
use crate::emit::name;
use crate::emit::unit::keeps;
use crate::ir::{Program, Service};

/// Grafana 10.0; later ones read it, too.
const SCHEMA: u64 = 38;

/// As many characters as an identifier may have.
const LONGEST_UID: usize = 40;

pub fn dashboard(program: &Program, executables: &[Executable<'_>]) -> Value {
    let mut rows: Vec<Row> = program.services.iter().map(service).collect();
    rows.extend(executables.iter().map(process));
    let uid: String = format!("flow-{}", name::kebab(&program.project)).chars().take(LONGEST_UID).collect();
    json!({
        "uid": uid,
        "title": program.project,
        "tags": ["flow"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": true,
        "graphTooltip": 1,
        "time": { "from": "now-6h", "to": "now" },
        "refresh": "1m",
        "timezone": "",
        "annotations": { "list": [] },
        "links": [],
        "templating": { "list": [{
            "name": "datasource",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "hide": 0,
            "refresh": 1,
            "regex": "",
            "multi": false,
            "includeAll": false,
            "options": [],
            "current": {},
        }] },
        "panels": panel::placed(&rows),
    })
}

fn service(service: &Service) -> Row {
    let requests = query::of_service(&service.name, &[]);
    let every = query::rate(&REQUESTS, &requests, INTERVAL);
    let failed = query::rate(&REQUESTS, &format!("{requests},status=~\"5..\""), INTERVAL);
    let by = |query: &str| format!("sum by (operation) ({query})");
    let quantiles = [("p50", "0.5"), ("p95", "0.95"), ("p99", "0.99")]
        .map(|(legend, part)| (legend, query::quantile(&REQUEST_SECONDS, &requests, "le", part)));
    let promised = service.slo.as_ref();
    let share = promised.and_then(|slo| slo.availability.as_ref()?.budget()?.parse().ok());
    let time = promised.and_then(|slo| Some(slo.latency.as_ref()?.millis as f64 / 1_000.0));
    let failures = query::rate(&OPERATION_FAILURES, &requests, INTERVAL);
    let mut panels = vec![
        Panel::new("Requests by operation", "reqps", &[("{{operation}}", by(&every))]),
        Panel {
            limit: share,
            ..Panel::new("Failed", "percentunit", &[("{{operation}}", format!("{} / {}", by(&failed), by(&every)))])
        }
        .about("The part of the requests that had an answer of 500 and above. The line is what the service promises."),
        Panel { limit: time, ..Panel::new("Time", "s", &quantiles) }
            .about("How long requests took. The line is what the service promises."),
        Panel::new(
            "What failed",
            "reqps",
            &[("{{operation}}: {{step}} {{kind}}", format!("sum by (operation, step, kind) ({failures})"))],
        )
        .about("Answers of 500 and above, by the call that led to them."),
    ];
    panels.extend(burns(service));
    Row { title: service.name.clone(), panels }
}

/// How many times faster than it may be what may fail is used up.
fn burns(service: &Service) -> Option<Panel> {
    let mut queries = Vec::new();
    for of in objectives(service) {
        let Some(window) = burn::windows(&of).into_iter().nth(1) else { continue };
        for promise in burn::promises(&of) {
            let labels = burn::labels(&of, promise);
            let query = format!("{}{{{labels}}} / {}", burn::recorded(window), promise.budget());
            queries.push((query, format!("{} {}", of.name, promise.word())));
        }
    }
    let queries: Vec<_> = queries.into_iter().take(10).collect();
    let panel = Panel { limit: Some(1.0), queries, ..Panel::new("Budget used", "short", &[]) };
    let panel =
        panel.about("How many times faster than it may be what may fail is used up. Above 1 the promise is broken in the end.");
    Some(panel).filter(|panel| !panel.queries.is_empty())
}

fn process(of: &Executable<'_>) -> Row {
    let within = |metric: &Metric| query::within(of.name(), metric.name);
    let mut panels = requests(of);
    let backends = of.backends();
    if !backends.is_empty() {
        panels.extend(calls(of));
    }
    if backends.iter().any(|backend| renews(backend)) {
        let left = format!("min by (backend) ({})", within(&TOKEN_SECONDS));
        panels.push(
            Panel::new("Tokens", "s", &[("{{backend}}", left)])
                .about("How long the token for a backend is still good."),
        );
    }
    if backends.iter().any(|backend| backend.breaker.is_some()) {
        let open = format!("max by (backend) ({})", within(&BREAKER_OPEN));
        panels.push(
            Panel::new("Breakers", "short", &[("{{backend}}", open)])
                .about("1: calls are kept back; 0.5: one is let through to see; 0: all are."),
        );
    }
    if keeps_answers(of) {
        let found = sum("cache, outcome", &rate(of, &CACHE));
        panels.push(Panel::new("Caches", "ops", &[("{{cache}} {{outcome}}", found)]));
    }
    if keeps(of.unit) {
        let is_there = format!("min({})", within(&STORE_REACHABLE));
        panels.push(
            Panel::new("Store", "short", &[("reachable", is_there)])
                .about("1: it answered when it was last asked; 0: it did not."),
        );
    }
    if of.has_undos() {
        let left = format!("max({})", within(&UNDOS_LEFT));
        let done = sum("operation, outcome", &rate(of, &UNDO));
        panels.push(
            Panel::new("Undos", "short", &[("left", left), ("{{operation}} {{outcome}} a second", done)])
                .about("What is left waits for an operator at `/undos`."),
        );
    }
    Row { title: format!("{} (process)", of.name()), panels }
}

/// What becomes of connections and requests, whatever they ask for.
fn requests(of: &Executable<'_>) -> Vec<Panel> {
    let total = |metric: &Metric| format!("sum({})", rate(of, metric));
    let in_flight = query::within(of.name(), REQUESTS_IN_FLIGHT.name);
    let mut panels = vec![
        Panel::new(
            "Load",
            "short",
            &[
                ("in flight", format!("sum({in_flight})")),
                ("turned away a second", total(&REQUESTS_SHED)),
                ("hung up a second", total(&REQUESTS_HUNG_UP)),
            ],
        ),
        Panel::new(
            "Turned away at the door",
            "ops",
            &[
                ("heads", total(&HEADS_REFUSED)),
                ("connections", total(&CONNECTIONS_REFUSED)),
                ("connections not to be had", total(&ACCEPT_ERRORS)),
            ],
        )
        .about("Malformed or slow heads; handshakes of TLS that failed, and callers who gave up too many requests; \
                connections that the system could not give."),
        Panel::new(
            "Broken off and lost",
            "ops",
            &[
                ("answers cut off", total(&REQUESTS_CUT_OFF)),
                ("panics", total(&PANICS)),
                ("spans dropped", total(&SPANS_DROPPED)),
            ],
        )
        .about("What should not be: long answers that could not go on, mistakes of ours, and spans that the receiver did not \
                take."),
        Panel::new(
            "Refused by limits",
            "reqps",
            &[("{{operation}}", sum("operation", &rate(of, &LIMIT_REFUSED)))],
        ),
    ];
    if of.shares_limits() {
        panels
            .push(Panel::new("Limits counted alone", "reqps", &[("requests", total(&LIMITS_ALONE))]).about(
            "Requests that a replica counted by itself, because the Redis of `FLOW_LIMITS` did not answer.",
        ));
    }
    if of.operations().any(|operation| operation.settings.deprecated.is_some()) {
        let used = sum("operation", &rate(of, &DEPRECATED));
        panels.push(
            Panel::new("Going away", "reqps", &[("{{operation}}", used)])
                .about("Requests of operations that are deprecated. Their lines in the log say who calls."),
        );
    }
    panels
}

fn keeps_answers(of: &Executable<'_>) -> bool {
    of.backends().iter().any(|backend| backend.cache.is_some())
        || of.operations().any(|operation| operation.settings.cache.is_some())
}

/// How often in a second, in one process.
fn rate(of: &Executable<'_>, metric: &Metric) -> String {
    query::within(of.name(), &query::rate(metric, "", INTERVAL))
}

fn sum(by: &str, query: &str) -> String {
    format!("sum by ({by}) ({query})")
}

fn calls(of: &Executable<'_>) -> Vec<Panel> {
    let slowest = query::within(of.name(), &format!("rate({}_bucket[{INTERVAL}])", CALL_SECONDS.name));
    let quantile = format!("histogram_quantile(0.95, sum by (backend, le) ({slowest}))");
    let connections = sum("backend, state", &query::within(of.name(), POOL_CONNECTIONS.name));
    vec![
        Panel::new(
            "Calls by outcome",
            "reqps",
            &[("{{backend}} {{outcome}}", sum("backend, outcome", &rate(of, &CALL_TRIES)))],
        ),
        Panel::new("Time of calls (p95)", "s", &[("{{backend}}", quantile)]),
        Panel::new(
            "Tried again",
            "reqps",
            &[
                ("{{backend}} retries", sum("backend", &rate(of, &CALL_RETRIES))),
                ("{{backend}} hedges", sum("backend", &rate(of, &CALL_HEDGES))),
            ],
        ),
        Panel::new("Connections", "short", &[("{{backend}} {{state}}", connections)]),
    ]
}
