//! Calls of backends, and of other services of the project over HTTP. All that is the same for each operation is here,
//! compiled once and not generic: what is emitted for a call is its address, its parameters, and how its answer is read.
//!
//! Calls are tried as often as the settings of the backend say, on kept-alive connections if there are some. No redirect
//! is followed: an answer from elsewhere is not the one that the contract describes, and our credentials are meant for
//! one host.

mod address;
mod attempt;
mod call;
mod calling;
mod connect;
mod constant;
mod elements;
mod exchange;
mod head;
mod line;
mod outgoing;
mod pool;
mod refused;
mod rest;
mod room;
mod settings;
pub(crate) mod tls;
mod token;
mod told;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;

pub use address::Base;
pub use call::Call;
use calling::Calling;
pub(crate) use connect::Connector;
use constant::Constant;
pub use elements::Elements;
pub(crate) use elements::Written;
pub(crate) use outgoing::{Outgoing, Sending};
pub(crate) use pool::Pool;
use room::Room;
pub(crate) use settings::own_name;
pub use settings::{
    ClientCertificate, ClientSettings, CredentialsPlace, KeyPlace, OAuth2, OutboundAuth, Tls, TlsVersion,
};
use token::Tokens;

use crate::failure::Answer;
use crate::http::Live;
use crate::policy::{Answers, Counts, Effect, Policies, Upstream};

/// The backends of this process, for whoever reads its numbers. Of two with the same name the later one is shown, which is
/// the one that takes the place of the other.
static ALL: Mutex<BTreeMap<&'static str, Weak<Shared>>> = Mutex::new(BTreeMap::new());

/// The backends of this process, in the order of their names.
pub(crate) fn all() -> Vec<Client> {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|_, shared| shared.strong_count() > 0);
    all.values().filter_map(Weak::upgrade).map(|shared| Client { shared }).collect()
}

/// One backend, and its connections. A clone is the same backend.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What all calls of a backend share. What is fetched in the background holds it, too.
struct Shared {
    name: &'static str,
    base: Base,
    constant: Live<Constant>,
    /// Those of `oauth2`.
    tokens: Option<Arc<Tokens>>,
    /// Whether the token of our own caller goes along.
    forwards: bool,
    timeout: Duration,
    max_body: usize,
    /// How a service of the same project is told who calls it.
    calling: Option<Calling>,
    hands_on: bool,
    room: Room,
    pool: Arc<Pool>,
    policies: Policies,
    upstream: Upstream,
    answers: Arc<Answers<Answer>>,
}

impl Client {
    /// The error says which setting of which backend is wrong, without its value.
    pub fn new(name: &'static str, settings: ClientSettings) -> Result<Client, String> {
        let shared = Shared::new(name, &settings).map_err(|error| format!("backend {name}: {error}"))?;
        let shared = Arc::new(shared);
        ALL.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::downgrade(&shared));
        Ok(Client { shared })
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

    pub(crate) fn has_breaker(&self) -> bool {
        self.shared.upstream.has_breaker()
    }

    /// How many connections are used, and how many are kept for the next calls.
    pub(crate) fn connections(&self) -> [usize; 2] {
        [self.shared.room.taken(), self.shared.pool.kept()]
    }

    /// What has been counted since the start.
    pub fn counts(&self) -> Counts {
        self.shared.upstream.counts()
    }

    /// What an operator is told of it: none while nobody wants one.
    pub(crate) fn token_told(&self) -> Option<Duration> {
        self.shared.tokens.as_ref()?.told()
    }

    /// How long the token of `oauth2` is still good. None where there is none now.
    pub fn token_left(&self) -> Option<Duration> {
        self.shared.tokens.as_ref()?.left()
    }
}

impl Shared {
    fn new(name: &'static str, settings: &ClientSettings) -> Result<Shared, String> {
        let of_address = |error: String| format!("its address {error}");
        let base = Base::parse(&settings.url).map_err(of_address)?;
        let host = base.name().map_err(of_address)?;
        let tokens = match &settings.auth {
            OutboundAuth::OAuth2(oauth2) => Some(Arc::new(Tokens::new(name, oauth2, settings)?)),
            OutboundAuth::None
            | OutboundAuth::Bearer { .. }
            | OutboundAuth::Basic { .. }
            | OutboundAuth::ApiKey { .. }
            | OutboundAuth::Mtls(_)
            | OutboundAuth::Forward => None,
        };
        let connector = Connector::new(name, &base, settings)?;
        let policies = settings.policies();
        let at_once = settings.at_once.clamp(1, Semaphore::MAX_PERMITS);
        Ok(Shared {
            name,
            base,
            constant: constant::live(name, settings, host)?,
            tokens,
            forwards: matches!(settings.auth, OutboundAuth::Forward),
            timeout: settings.timeout,
            max_body: settings.max_body,
            calling: settings.calling.clone().map(|keys| Calling::new(keys, name)),
            hands_on: settings.hands_on,
            room: Room::new(at_once),
            pool: Pool::new(connector),
            upstream: Upstream::new(&policies),
            answers: Arc::new(Answers::new(outgoing::weight)),
            policies,
        })
    }
}
