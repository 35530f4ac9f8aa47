//! Calls of backends, and of other services of the project over HTTP. All that is the same for each operation is here,
//! compiled once and not generic: what is emitted for a call is its address, its parameters, and how its answer is read.
//!
//! A call is tried once, on a kept-alive connection if there is one. No redirect is followed: an answer from elsewhere
//! is not the one that the contract describes, and our credentials are meant for one host.

mod address;
mod call;
mod connect;
mod exchange;
mod settings;
pub(crate) mod tls;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use address::Base;
pub use call::Call;
use connect::Connector;
use settings::Constant;
pub use settings::{ClientSettings, KeyPlace, OutboundAuth};

/// How long a connection is kept that nobody uses: less than the five seconds after which common servers close theirs,
/// since a write that meets a closing connection cannot be sent again.
const IDLE: Duration = Duration::from_secs(4);
/// How many bytes the head of an answer may have.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;

/// One backend, and its connections.
pub struct Client {
    name: &'static str,
    base: Base,
    constant: Constant,
    timeout: Duration,
    max_body: usize,
    calling: Option<&'static str>,
    room: Semaphore,
    http: legacy::Client<Connector, Full<Bytes>>,
}

impl Client {
    /// The error says which setting of which backend is wrong, without its value.
    pub fn new(name: &'static str, settings: ClientSettings) -> Result<Client, String> {
        let of_backend = |error: String| format!("backend {name}: {error}");
        let base = Base::parse(&settings.url).map_err(|error| of_backend(format!("its address {error}")))?;
        let constant = Constant::of(&settings).map_err(of_backend)?;
        let connector = match base.is_https() {
            true => Connector::tls(settings.connect_timeout, settings.ca.as_deref()).map_err(of_backend)?,
            false => Connector::plain(settings.connect_timeout),
        };
        let at_once = settings.at_once.clamp(1, Semaphore::MAX_PERMITS);
        Ok(Client {
            name,
            base,
            constant,
            timeout: settings.timeout,
            max_body: settings.max_body,
            calling: settings.calling,
            room: Semaphore::new(at_once),
            http: pool(connector, at_once),
        })
    }

    /// The name of the backend.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Begins a call of an operation such as `Erp.getCustomer`.
    pub fn call(&self, operation: &'static str, method: &'static str) -> Call<'_> {
        Call::new(self, operation, method)
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
