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
mod elements;
mod exchange;
mod outgoing;
mod pool;
mod rest;
mod room;
mod settings;
pub(crate) mod tls;
mod told;

use std::sync::Arc;
use std::time::Duration;

use http::header::HOST;
use tokio::sync::Semaphore;

use address::Base;
pub use call::Call;
use connect::Connector;
pub use elements::Elements;
pub(crate) use elements::Written;
use pool::Pool;
use room::Room;
use settings::Constant;
pub use settings::{ClientSettings, KeyPlace, OutboundAuth, Tls, TlsVersion};

use crate::auth::ServiceKeys;
use crate::failure::Answer;
use crate::policy::{Answers, Counts, Effect, Policies, Upstream};

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
    /// What tokens for a service of the same project are signed with.
    calling: Option<ServiceKeys>,
    room: Room,
    pool: Arc<Pool>,
    policies: Policies,
    upstream: Upstream,
    answers: Arc<Answers<Answer>>,
}

impl Client {
    /// The error says which setting of which backend is wrong, without its value.
    pub fn new(name: &'static str, settings: ClientSettings) -> Result<Client, String> {
        let of_backend = |error: String| format!("backend {name}: {error}");
        let base = Base::parse(&settings.url).map_err(|error| of_backend(format!("its address {error}")))?;
        let mut constant = Constant::of(&settings).map_err(of_backend)?;
        let host = base.name().map_err(|error| of_backend(format!("its address {error}")))?;
        constant.headers.entry(HOST).or_insert(host);
        let connector = Connector::new(&base, settings.connect_timeout, &settings.tls).map_err(of_backend)?;
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
            pool: Pool::new(connector),
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
