//! All numbers of a service at one moment, as they are written for Prometheus.

use std::sync::atomic::{AtomicU64, Ordering};

use super::names::{self, Metric};
use super::page::Page;
use super::tally::{CACHES, CALLS, CallTally, DEPRECATED, LIMITS, OPERATIONS, SPANS_DROPPED, UNDOS};
use crate::http::{Shell, service_of};
use crate::policy::BreakerState;

/// What the numbers of a service are read with, beside its shell.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    pub service: &'static str,
    pub version: &'static str,
    /// What has to be asked for: how many undos are left, and whether the store answers.
    pub undos_left: Option<usize>,
    pub store: Option<bool>,
}

/// The text that is answered to Prometheus.
pub fn text(shell: &Shell, beside: Beside) -> String {
    let mut page = Page::default();
    page.sample(&names::BUILD_INFO, &[beside.service, beside.version], 1);
    operations(&mut page, shell);
    calls(&mut page);
    backends(&mut page);
    for (name, counts) in CACHES.all() {
        for (outcome, count) in names::CACHE_OUTCOMES.iter().zip(counts.read()) {
            page.sample(&names::CACHE, &[name, outcome], count);
        }
    }
    for (operation, counts) in UNDOS.all() {
        for (outcome, count) in names::UNDO_OUTCOMES.iter().zip(counts.read()) {
            page.sample(&names::UNDO, &[operation, outcome], count);
        }
    }
    if let Some(left) = beside.undos_left {
        page.sample(&names::UNDOS_LEFT, &[], left);
    }
    if let Some(answers) = beside.store {
        page.sample(&names::STORE_REACHABLE, &[], u8::from(answers));
    }
    page.sample(&names::SPANS_DROPPED, &[], read(&SPANS_DROPPED));
    page.finish()
}

fn operations(page: &mut Page, shell: &Shell) {
    let all = OPERATIONS.all();
    for (name, tally) in &all {
        let mut statuses: Vec<_> = tally.statuses.iter().collect();
        statuses.sort_by_key(|(status, _)| *status);
        for (status, count) in statuses {
            let labels = [service_of(name), name, &status.to_string()];
            page.sample(&names::REQUESTS, &labels, read(count));
        }
    }
    for (name, tally) in &all {
        page.histogram(&names::REQUEST_SECONDS, &[service_of(name), name], &tally.seconds);
    }
    let counts = shell.counts();
    page.sample(&names::REQUESTS_IN_FLIGHT, &[], shell.in_flight());
    page.sample(&names::REQUESTS_SHED, &[], read(&counts.shed));
    page.sample(&names::REQUESTS_HUNG_UP, &[], read(&counts.hung_up));
    page.sample(&names::REQUESTS_CUT_OFF, &[], read(&counts.cut_off));
    page.sample(&names::HEADS_REFUSED, &[], read(&counts.refused_heads));
    page.sample(&names::CONNECTIONS_REFUSED, &[], read(&counts.refused_connections));
    page.sample(&names::ACCEPT_ERRORS, &[], read(&counts.accept_errors));
    page.sample(&names::PANICS, &[], read(&counts.panics));
    for (name, tally) in &all {
        for ((step, kind), count) in tally.failures.iter() {
            let labels = [service_of(name), name, step, kind];
            page.sample(&names::OPERATION_FAILURES, &labels, read(count));
        }
    }
    for (name, count) in LIMITS.all() {
        page.sample(&names::LIMIT_REFUSED, &[name], read(count));
    }
    #[cfg(feature = "redis")]
    if let Some(shared) = &shell.limits().shared {
        page.sample(&names::LIMITS_ALONE, &[], shared.alone());
    }
    for (name, count) in DEPRECATED.all() {
        page.sample(&names::DEPRECATED, &[name], read(count));
    }
}

fn calls(page: &mut Page) {
    let all = CALLS.all();
    for (name, tally) in &all {
        for (outcome, count) in names::TRY_OUTCOMES.iter().zip(tally.tries.read()) {
            page.sample(&names::CALL_TRIES, &[service_of(name), name, outcome], count);
        }
    }
    for (name, tally) in &all {
        page.histogram(&names::CALL_SECONDS, &[service_of(name), name], &tally.seconds);
    }
    by_backend(page, &names::CALL_RETRIES, &all, |tally| &tally.retries);
    by_backend(page, &names::CALL_HEDGES, &all, |tally| &tally.hedges);
}

/// The calls are in the order of their names, so those of a backend stand together.
fn by_backend(
    page: &mut Page,
    metric: &'static Metric,
    all: &[(&'static str, &CallTally)],
    count: impl Fn(&CallTally) -> &AtomicU64,
) {
    for of_backend in all.chunk_by(|(one, _), (other, _)| service_of(one) == service_of(other)) {
        let backend = of_backend.first().map_or("", |(name, _)| service_of(name));
        let sum: u64 = of_backend.iter().map(|(_, tally)| read(count(tally))).sum();
        page.sample(metric, &[backend], sum);
    }
}

fn backends(page: &mut Page) {
    let all = crate::client::all();
    for one in all.iter().filter(|one| one.has_breaker()) {
        page.sample(&names::BREAKER_OPEN, &[one.name()], openness(one.counts().breaker));
    }
    for one in &all {
        for (state, count) in names::POOL_STATES.iter().zip(one.connections()) {
            page.sample(&names::POOL_CONNECTIONS, &[one.name(), state], count);
        }
    }
    for one in &all {
        if let Some(left) = one.token_told() {
            page.sample(&names::TOKEN_SECONDS, &[one.name()], left.as_secs());
        }
    }
}

fn openness(of: BreakerState) -> &'static str {
    match of {
        BreakerState::Closed => "0",
        BreakerState::HalfOpen => "0.5",
        BreakerState::Open => "1",
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// What a series of this process stands at, such as `flow_panics_total`; `None` where there is none.
#[cfg(test)]
pub(crate) fn number(series: &str) -> Option<f64> {
    let beside = Beside { service: "Test", version: "1", undos_left: None, store: None };
    of(&text(&Shell::new("", crate::http::Limits::default()), beside), series)
}

#[cfg(test)]
fn of(text: &str, series: &str) -> Option<f64> {
    let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
    text.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Limits;

    #[test]
    fn each_number_of_the_shell_has_its_own_series() {
        let shell = Shell::new("", Limits::default());
        let counts = shell.counts();
        let all = [
            ("flow_requests_shed_total", &counts.shed),
            ("flow_requests_hung_up_total", &counts.hung_up),
            ("flow_requests_cut_off_total", &counts.cut_off),
            ("flow_heads_refused_total", &counts.refused_heads),
            ("flow_connections_refused_total", &counts.refused_connections),
            ("flow_accept_errors_total", &counts.accept_errors),
            ("flow_panics_total", &counts.panics),
        ];
        for (at, (_, count)) in (1..).zip(all) {
            count.store(at, Ordering::Relaxed);
        }
        let beside = Beside { service: "Test", version: "1", undos_left: Some(3), store: Some(false) };
        let text = text(&shell, beside);
        for (at, (series, _)) in (1_u32..).zip(all) {
            assert_eq!(of(&text, series), Some(f64::from(at)), "{series}");
        }
        assert_eq!(of(&text, "flow_undos_left"), Some(3.0));
        assert_eq!(of(&text, "flow_store_reachable"), Some(0.0));
    }

    #[test]
    fn what_a_service_does_not_have_is_not_there() {
        for series in ["flow_undos_left", "flow_store_reachable", "flow_limits_alone_total"] {
            assert_eq!(number(series), None, "{series}");
        }
    }

    #[cfg(feature = "redis")]
    #[tokio::test]
    async fn what_is_counted_alone_is_told() {
        let shared =
            crate::http::SharedLimits::open("redis://127.0.0.1:1", std::time::Duration::from_secs(5));
        let shared = shared.expect("it is a URL");
        let shell = Shell::new("", Limits { shared: Some(shared.clone()), ..Limits::default() });
        assert_eq!(shared.count("A.b", "ada", 1, 1).await, None);
        let beside = Beside { service: "Test", version: "1", undos_left: None, store: None };
        assert_eq!(of(&text(&shell, beside), "flow_limits_alone_total"), Some(1.0));
    }

    #[test]
    fn a_breaker_that_keeps_calls_back_is_one() {
        let all = [BreakerState::Closed, BreakerState::HalfOpen, BreakerState::Open];
        assert_eq!(all.map(openness), ["0", "0.5", "1"]);
    }
}
