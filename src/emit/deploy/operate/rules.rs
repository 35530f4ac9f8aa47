//! The rules for Prometheus: how far each promise is kept, and when somebody has to be told.

use flow_std::metrics::names::{
    BREAKER_OPEN, CALL_TRIES, LIMITS_ALONE, PANICS, REQUESTS, REQUESTS_SHED, STORE_REACHABLE, TOKEN_SECONDS,
    UNDOS_LEFT,
};
use serde_json::{Value, json};

use super::alert::{Alert, Kind, Severity};
use super::burn::{self, Promise};
use super::{Executable, Objective, objectives, query, renews};
use crate::emit::names::Names;
use crate::emit::unit::keeps;
use crate::ir::{Program, Service};

pub fn rules(program: &Program, names: &Names, executables: &[Executable<'_>]) -> Value {
    let mut groups = Vec::new();
    for (service, page) in program.services.iter().zip(&names.services) {
        let recorded: Vec<Value> = objectives(service).iter().flat_map(recordings).collect();
        if !recorded.is_empty() {
            groups.push(json!({ "name": format!("{} promises", service.name), "rules": recorded }));
        }
        let alerts: Vec<Value> = of_service(service, page).iter().map(Alert::rule).collect();
        groups.push(json!({ "name": format!("{} alerts", service.name), "rules": alerts }));
    }
    for executable in executables {
        let alerts: Vec<Value> = of_executable(executable).iter().map(Alert::rule).collect();
        groups.push(json!({ "name": format!("{} process", executable.name()), "rules": alerts }));
    }
    json!({ "groups": groups })
}

fn recordings(of: &Objective<'_>) -> Vec<Value> {
    let one = |promise: Promise<'_>, window: u64| {
        json!({
            "record": burn::recorded(window),
            "expr": promise.broken(&of.requests, &query::duration(window)),
            "labels": { "service": of.service, "slo": of.name, "objective": promise.word() },
        })
    };
    let windows = burn::windows(of);
    let promises = burn::promises(of).into_iter();
    promises.flat_map(|promise| windows.iter().map(move |window| one(promise, *window))).collect()
}

/// The alerts of a service, wherever it runs.
pub fn of_service(service: &Service, page: &str) -> Vec<Alert> {
    let mut all = Vec::new();
    for of in objectives(service) {
        for promise in burn::promises(&of) {
            all.extend(
                [Severity::Page, Severity::Ticket].map(|severity| broken(&of, promise, severity, page)),
            );
        }
    }
    let requests = query::of_service(&service.name, &[]);
    let late = query::rate(&REQUESTS, &format!("{requests},status=\"504\""), "10m");
    let every = query::rate(&REQUESTS, &requests, "10m");
    all.push(Alert {
        kind: Kind::Deadline,
        severity: Severity::Ticket,
        expr: format!("sum by (operation) ({late}) / sum by (operation) ({every}) > 0.05"),
        lasts: Some("10m"),
        labels: vec![("service", service.name.clone())],
        summary: "{{ $labels.operation }} does not answer in time".to_owned(),
        description: "{{ $value | humanizePercentage }} of the requests to {{ $labels.operation }} ended with a 504 in \
                      the last 10 minutes: its deadline was over, or the time of a call that it makes."
            .to_owned(),
        page: page.to_owned(),
    });
    all
}

fn broken(of: &Objective<'_>, promise: Promise<'_>, severity: Severity, page: &str) -> Alert {
    let (kind, what) = match promise {
        Promise::Availability(_) => (Kind::Availability, "fails"),
        Promise::Latency(_) => (Kind::Latency, "is late"),
    };
    let speed = match severity {
        Severity::Page => "so fast that all that may fail in that time is used up within days",
        Severity::Ticket => "faster than it may be",
    };
    let window = query::duration(of.slo.window_ms / 1_000);
    Alert {
        kind,
        severity,
        expr: burn::condition(of, promise, severity),
        lasts: None,
        labels: vec![
            ("service", of.service.to_owned()),
            ("slo", of.name.clone()),
            ("objective", promise.word().to_owned()),
        ],
        summary: format!("{} {what} more often than it promises", of.name),
        description: format!(
            "{} promises {} over {window}, and breaks that {speed}: \
             {{{{ $value | humanizePercentage }}}} of the requests lately.",
            of.name,
            promise.written()
        ),
        page: page.to_owned(),
    }
}

/// The alerts of what runs as one process.
pub fn of_executable(of: &Executable<'_>) -> Vec<Alert> {
    let name = of.name();
    let alert = |kind, severity, expr: String, lasts, (summary, description): (&str, &str)| Alert {
        kind,
        severity,
        expr,
        lasts: Some(lasts),
        labels: vec![("service", name.to_owned())],
        summary: summary.replace("NAME", name),
        description: description.replace("NAME", name),
        page: name.to_owned(),
    };
    let within = |labels: &str| query::within(name, labels);
    let absent = format!("absent({})", query::is_there(name));
    let mut all = vec![alert(Kind::Absent, Severity::Page, absent, "5m", ABSENT)];
    let panics = within(&format!("increase({}[15m])", PANICS.name));
    all.push(alert(Kind::Panics, Severity::Ticket, format!("sum({panics}) > 0"), "0m", PANICKED));
    let shed = within(&query::rate(&REQUESTS_SHED, "", "5m"));
    all.push(alert(Kind::Overload, Severity::Ticket, format!("sum({shed}) > 0"), "10m", OVERLOADED));
    if of.shares_limits() {
        let alone = within(&query::rate(&LIMITS_ALONE, "", "5m"));
        all.push(alert(Kind::Alone, Severity::Ticket, format!("sum({alone}) > 0"), "10m", ALONE));
    }
    let backends = of.backends();
    if backends.iter().any(|backend| backend.breaker.is_some()) {
        let open = within(BREAKER_OPEN.name);
        let expr = format!("max by (backend) ({open}) == 1");
        all.push(alert(Kind::Breaker, Severity::Ticket, expr, "5m", OPEN));
    }
    if backends.iter().any(|backend| renews(backend)) {
        // A token that nobody needs may run out.
        let (left, used) = (within(TOKEN_SECONDS.name), within(&query::rate(&CALL_TRIES, "", "5m")));
        let expr = format!("min by (backend) ({left}) < 10 and on (backend) sum by (backend) ({used}) > 0");
        all.push(alert(Kind::Token, Severity::Page, expr, "2m", NOT_RENEWED));
    }
    if of.has_undos() {
        let expr = format!("max({}) > 0", within(UNDOS_LEFT.name));
        all.push(alert(Kind::Undos, Severity::Page, expr, "5m", LEFT));
    }
    if keeps(of.unit) {
        let expr = format!("min({}) == 0", within(STORE_REACHABLE.name));
        all.push(alert(Kind::Store, Severity::Page, expr, "2m", UNREACHABLE));
    }
    all
}

const ABSENT: (&str, &str) = (
    "NAME is not there",
    "Prometheus has seen no process of NAME for 5 minutes: none runs, or none can be asked.",
);
const PANICKED: (&str, &str) = (
    "NAME has a mistake of its own",
    "{{ $value | humanize }} requests ended in a panic in the last 15 minutes, and with a 500.",
);
const OVERLOADED: (&str, &str) = (
    "NAME has more to do than it can",
    "{{ $value | humanize }} requests a second are turned away with a 503 before anything is looked at.",
);
const ALONE: (&str, &str) = (
    "NAME counts its limits without the other replicas",
    "{{ $value | humanize }} requests a second are counted by one replica alone: the Redis of `FLOW_LIMITS` does not answer.",
);
const OPEN: (&str, &str) = (
    "NAME leaves {{ $labels.backend }} alone",
    "The breaker of {{ $labels.backend }} has been open for 5 minutes: its calls fail at once, as `rejected`.",
);
const NOT_RENEWED: (&str, &str) = (
    "NAME has no good token for {{ $labels.backend }}",
    "The token for {{ $labels.backend }} is good for {{ $value | humanizeDuration }} more and is not renewed, while calls \
     are made that need it.",
);
const LEFT: (&str, &str) = (
    "NAME could not undo what it had done",
    "{{ $value }} undos are left: systems hold what a failed request has written, until somebody sees to it at `/undos`.",
);
const UNREACHABLE: (&str, &str) = (
    "NAME cannot reach its store",
    "Operations with `idempotent` or `undo` answer with a 503 until the store answers again.",
);
