//! What all requests of a service share: its bounds, whether it is going to end, and what is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use http::HeaderValue;
use http::header::CONNECTION;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::cors::Pages;
use super::limits::Limits;
use super::operator::Operator;
use super::shed::Pressure;
use super::tls::Tls;

/// What all requests of a service share.
#[derive(Clone)]
pub struct Shell {
    inner: Arc<Inner>,
    /// The documentation of the service, if it has one.
    page: Option<&'static str>,
    operator: Option<Operator>,
    tls: Option<Tls>,
}

struct Inner {
    contract: &'static str,
    limits: Limits,
    connections: Arc<Semaphore>,
    in_flight: Arc<Semaphore>,
    is_ready: AtomicBool,
    ends: watch::Sender<bool>,
    pressure: Pressure,
    pages: OnceLock<Pages>,
    counts: Counts,
}

/// What is counted from the start of a service on.
#[derive(Debug, Default)]
pub struct Counts {
    pub requests: AtomicU64,
    pub panics: AtomicU64,
    /// Requests whose callers did not wait for the answer.
    pub hung_up: AtomicU64,
    /// Requests whose answers had begun, and were cut off because they could not go on.
    pub cut_off: AtomicU64,
    /// Requests that were turned away because there was too much to do.
    pub shed: AtomicU64,
    pub refused_heads: AtomicU64,
    /// Connections that were ended because of what their callers did: handshakes that failed, too.
    pub refused_connections: AtomicU64,
    pub accept_errors: AtomicU64,
}

impl Shell {
    /// `contract`: the text of the service's OpenAPI document.
    pub fn new(contract: &'static str, limits: Limits) -> Shell {
        let connections = Arc::new(Semaphore::new(limits.connections as usize));
        let in_flight = Arc::new(Semaphore::new(limits.in_flight as usize));
        let pressure = Pressure::new(limits.shed_after);
        let inner = Inner {
            contract,
            limits,
            connections,
            in_flight,
            is_ready: AtomicBool::new(true),
            ends: watch::Sender::new(false),
            pressure,
            pages: OnceLock::new(),
            counts: Counts::default(),
        };
        Shell { inner: Arc::new(inner), page: None, operator: None, tls: None }
    }

    /// The same shell, which speaks TLS, where there is any.
    #[must_use]
    pub fn with_tls(self, tls: Option<Tls>) -> Shell {
        Shell { tls, ..self }
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// The same shell, which has a page that documents the service, too.
    #[must_use]
    pub fn with_page(self, page: &'static str) -> Shell {
        Shell { page: Some(page), ..self }
    }

    pub(super) fn page(&self) -> Option<&'static str> {
        self.page
    }

    /// The same shell, which answers an operator, too.
    #[must_use]
    pub fn with_operator(self, operator: Operator) -> Shell {
        Shell { operator: Some(operator), ..self }
    }

    pub(super) fn operator(&self) -> Option<&Operator> {
        self.operator.as_ref()
    }

    /// Says which pages may call its operations. A shell has one router, and so is told once.
    pub(super) fn is_for(&self, pages: Pages) {
        let _ = self.inner.pages.set(pages);
    }

    /// The pages that may call, where it is not known what a request leads to.
    pub(super) fn pages(&self) -> &Pages {
        self.inner.pages.get_or_init(Pages::default)
    }

    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub fn counts(&self) -> &Counts {
        &self.inner.counts
    }

    pub(super) fn contract(&self) -> &'static str {
        self.inner.contract
    }

    /// Whether new requests should come here.
    pub fn is_ready(&self) -> bool {
        self.inner.is_ready.load(Ordering::Relaxed)
    }

    /// From now on `/readyz` says no, and each answer asks its caller to make a new connection, somewhere else.
    pub(super) fn retire(&self) {
        self.inner.is_ready.store(false, Ordering::Relaxed);
    }

    /// Puts that on an answer, if it is so.
    pub(super) fn part(&self, answer: &mut http::Response<Body>) {
        if !self.is_ready() {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    /// A place for a connection, once there is one.
    pub(super) async fn connection(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.inner.connections).acquire_owned().await.ok()
    }

    /// A place for a request; `None` when all are taken.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.inner.in_flight).try_acquire_owned().ok()
    }

    /// Has more to do than can be done, for as long as what comes back is kept.
    #[cfg(test)]
    pub(super) fn press_hard(&self) -> Vec<OwnedSemaphorePermit> {
        (0..1_000).for_each(|_| self.note(Duration::from_secs(1)));
        (0..100).filter_map(|_| self.place()).collect()
    }

    /// Whether as many requests are worked on as can be.
    pub(super) fn is_full(&self) -> bool {
        self.inner.pressure.is_full(self.in_flight())
    }

    /// A task has waited so long until it had its turn.
    #[cfg_attr(feature = "simulation", allow(dead_code))]
    pub(super) fn note(&self, waited: Duration) {
        self.inner.pressure.note(waited, self.in_flight(), self.inner.limits.in_flight);
    }

    /// How many requests are worked on.
    pub fn in_flight(&self) -> u32 {
        let free = u32::try_from(self.inner.in_flight.available_permits()).unwrap_or(u32::MAX);
        self.inner.limits.in_flight.saturating_sub(free)
    }

    /// Tells the connections to end after the request that they are in.
    pub(super) fn end(&self) {
        self.inner.ends.send_replace(true);
    }

    /// Is told when the service ends.
    pub(super) fn ending(&self) -> watch::Receiver<bool> {
        self.inner.ends.subscribe()
    }

    /// Waits until there are no connections, and then until there is no work that goes on without one.
    pub(super) async fn finished(&self) {
        let inner = &self.inner;
        // The places are taken all at once, so this waits for the last one. None is ever closed.
        let _connections = inner.connections.acquire_many(inner.limits.connections).await;
        let _work = inner.in_flight.acquire_many(inner.limits.in_flight).await;
    }
}
