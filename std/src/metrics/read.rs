//! All numbers of a service at one moment, as they are written for Prometheus.

use std::sync::atomic::{AtomicU64, Ordering};

use super::names::{self, Metric};
use super::page::Page;
use super::tally::{CACHES, CALLS, CallTally, DEPRECATED, LIMITS, OPERATIONS, SPANS_DROPPED, TOKENS, UNDOS};
use crate::http::{Shell, service_of};
use crate::outside;

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
    #[cfg(feature = "client")]
    backends(&mut page);
    for (name, counts) in CACHES.all() {
        for (outcome, count) in names::CACHE_OUTCOMES.iter().zip(counts.read()) {
            page.sample(&names::CACHE, &[name, outcome], count);
        }
    }
    let now = outside::wall().as_secs();
    for (backend, until) in TOKENS.all() {
        let left = until.load(Ordering::Relaxed).saturating_sub(now);
        page.sample(&names::TOKEN_SECONDS, &[backend], left);
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

#[cfg(feature = "client")]
fn backends(page: &mut Page) {
    use crate::policy::BreakerState;
    let all = crate::client::all();
    for one in all.iter().filter(|one| one.has_breaker()) {
        let open = match one.counts().breaker {
            BreakerState::Closed => "0",
            BreakerState::HalfOpen => "0.5",
            BreakerState::Open => "1",
        };
        page.sample(&names::BREAKER_OPEN, &[one.name()], open);
    }
    for one in &all {
        for (state, count) in names::POOL_STATES.iter().zip(one.connections()) {
            page.sample(&names::POOL_CONNECTIONS, &[one.name(), state], count);
        }
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
