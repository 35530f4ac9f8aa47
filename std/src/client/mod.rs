//! Calls of backends, and of other services of the project over HTTP. All that is the same for each operation is here,
//! compiled once and not generic: what is emitted for a call is its address, its parameters, and how its answer is read.
//!
//! Calls are tried as often as the settings of the backend say, on kept-alive connections if there are some. No redirect
//! is followed: an answer from elsewhere is not the one that the contract describes, and our credentials are meant for
//! one host.

mod address;
mod attempt;
mod call;
mod connect;
mod exchange;
mod outgoing;
mod room;
mod settings;
pub(crate) mod tls;
mod told;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use address::Base;
pub use call::Call;
use connect::Connector;
use room::Room;
use settings::Constant;
pub use settings::{ClientSettings, KeyPlace, OutboundAuth, Tls, TlsVersion};

use crate::failure::Answer;
use crate::policy::{Answers, Counts, Effect, Policies, Upstream};

/// How long a connection is kept that nobody uses: less than the five seconds after which common servers close theirs,
/// since a write that meets a closing connection cannot be sent again.
const IDLE: Duration = Duration::from_secs(4);
/// How many bytes the head of an answer may have.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;

/// One backend, and its connections. A clone is the same backend.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What all calls of a backend share. What is fetched in the background holds it, too.
struct Shared {
    name: &'static str,
    base: Base,
    constant: Constant,
    timeout: Duration,
    max_body: usize,
    calling: Option<&'static str>,
    room: Room,
    http: legacy::Client<Connector, Full<Bytes>>,
    policies: Policies,
    upstream: Upstream,
    answers: Arc<Answers<Answer>>,
}

impl Client {
    /// The error says which setting of which backend is wrong, without its value.
    pub fn new(name: &'static str, settings: ClientSettings) -> Result<Client, String> {
        let of_backend = |error: String| format!("backend {name}: {error}");
        let base = Base::parse(&settings.url).map_err(|error| of_backend(format!("its address {error}")))?;
        let constant = Constant::of(&settings).map_err(of_backend)?;
        let connector = match base.is_https() {
            true => Connector::tls(settings.connect_timeout, &settings.tls).map_err(of_backend)?,
            false => Connector::plain(settings.connect_timeout),
        };
        let policies = settings.policies();
        let at_once = settings.at_once.clamp(1, Semaphore::MAX_PERMITS);
        let shared = Shared {
            name,
            base,
            constant,
            timeout: settings.timeout,
            max_body: settings.max_body,
            calling: settings.calling,
            room: Room::new(at_once),
            http: pool(connector, at_once),
            upstream: Upstream::new(&policies),
            answers: Arc::new(Answers::new(outgoing::weight)),
            policies,
        };
        Ok(Client { shared: Arc::new(shared) })
    }

    /// The name of the backend.
    pub fn name(&self) -> &'static str {
        self.shared.name
    }

    /// Begins a call of an operation such as `Erp.getCustomer`, which changes nothing.
    pub fn read(&self, operation: &'static str, method: &'static str) -> Call<'_> {
        Call::new(&self.shared, operation, method, Effect::Read)
    }

    /// Begins a call of an operation that may change something.
    pub fn write(&self, operation: &'static str, method: &'static str) -> Call<'_> {
        Call::new(&self.shared, operation, method, Effect::Write)
    }

    /// What has been counted since the start.
    pub fn counts(&self) -> Counts {
        self.shared.upstream.counts()
    }
}

fn pool(connector: Connector, at_once: usize) -> legacy::Client<Connector, Full<Bytes>> {
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(at_once)
        .http1_max_buf_size(MAX_HEAD)
        .http1_max_headers(MAX_HEADERS)
        .retry_canceled_requests(true)
        .build(connector)
}
