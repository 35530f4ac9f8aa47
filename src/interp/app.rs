//! What all operations of a program work with. It is made once, when the program starts: as if all of its services were in
//! one executable.

use std::collections::BTreeSet;
use std::sync::Arc;

use flow_std::auth::{Auth, ServiceKeys};
use flow_std::client::{Client, ClientSettings};
use flow_std::failure::CallFailure;
use flow_std::http::{Cors, Environment, Kept, Limiter};
use flow_std::local::Peer;
use flow_std::runs::Runs;
use flow_std::store::Store;
use rustc_hash::FxHashMap;

use super::callers::Callers;
use super::config::Config;
use super::name::fixed;
use super::testing::{Part, World};
use super::{Code, Value, policy};
use crate::emit::names;
use crate::ir::{
    Backend, ConfigId, Expr, ExprKind, Operation, OutboundAuth, Service, Target, label_of_pages, visit,
};

pub struct App {
    pub code: Arc<Code>,
    pub config: Arc<Config>,
    pub backends: Backends,
    /// Services that answer elsewhere, by their numbers.
    pub elsewhere: Vec<Option<Client>>,
    pub runs: Runs,
    pub peers: Vec<Arc<Peer>>,
    limits: FxHashMap<(usize, Option<usize>), Arc<Limiter>>,
    /// Which web pages may call, by services.
    pages: FxHashMap<usize, Arc<Cors>>,
    caches: FxHashMap<(usize, usize), Kept<(u16, Value)>>,
    callers: Callers,
}

/// Who answers calls.
pub enum Backends {
    /// None of those that nothing here calls.
    Real(Vec<Option<Client>>),
    /// A test.
    Given(Box<World>),
    /// One that stands in for all of them.
    Played(Box<Player>),
}

/// How calls of backends end, with the value of each parameter, in their order, and the body behind them.
pub type Player = dyn Fn(Target, &[Value]) -> Result<Value, CallFailure> + Send + Sync;

impl App {
    /// Notes everything that is missing or malformed; then there is no app. `served`: the services that are served here. A call
    /// of another one goes to where the environment says that it is, and is made here where that says nothing.
    pub fn read(code: Code, env: &mut Environment, served: &[usize]) -> Option<Arc<App>> {
        let (config, unread) = Config::read(&code, env);
        let runs = Runs::read(env, &code.program.project);
        let keys = ServiceKeys::of(env);
        let (code, config) = (Arc::new(code), Arc::new(config));
        let clients: Vec<Option<Option<Client>>> = code
            .program
            .backends
            .iter()
            .enumerate()
            .map(|(at, backend)| {
                // What is missing has been told, and says nothing more about the backend.
                if !code.slice.backends.contains_key(&at) || reads(backend, &unread) {
                    return Some(None);
                }
                let url = policy::text(&code, &config, &backend.url);
                let settings = policy::client(&code, &config, backend, url);
                let name = variable(&code, &backend.url).unwrap_or_else(|| backend.name.clone());
                env.take(&name, Client::new(fixed(&backend.name), settings)).map(Some)
            })
            .collect();
        let elsewhere = keys.as_ref().and_then(|keys| elsewhere(&code, keys, env, served));
        // What is missing has been told, and says nothing more about who may call.
        if !unread.is_empty() {
            return None;
        }
        let keys = keys?;
        let callers = Callers::read(&code, &config, &keys, env);
        let pages = pages(&code, &config, env);
        let backends = Backends::Real(clients.into_iter().collect::<Option<_>>()?);
        let app = App::with(code, config, backends, (runs?, callers?));
        Some(Arc::new(App { elsewhere: elsewhere?, pages: pages?, ..app }))
    }

    /// Without anything from outside, for tests. Nobody is kept waiting, and nothing is kept.
    pub fn given(code: Arc<Code>, world: World) -> Arc<App> {
        let config = Arc::new(Config::written(&code));
        let runs = Runs::new(Store::memory());
        let app = App::with(code, config, Backends::Given(Box::new(world)), (runs, Callers::none()));
        Arc::new(App { limits: FxHashMap::default(), caches: FxHashMap::default(), ..app })
    }

    /// Without anything from outside but what somebody plays: for those who want to know all that a program calls.
    pub fn played(code: Arc<Code>, player: Box<Player>) -> Arc<App> {
        let config = Arc::new(Config::written(&code));
        let runs = Runs::new(Store::memory());
        Arc::new(App::with(code, config, Backends::Played(player), (runs, Callers::none())))
    }

    /// What is given, in a test.
    pub fn world(&self) -> Option<&World> {
        match &self.backends {
            Backends::Real(_) | Backends::Played(_) => None,
            Backends::Given(world) => Some(world),
        }
    }

    /// Whether a test runs in which this part is passed over.
    pub fn leaves_out(&self, part: Part) -> bool {
        self.world().is_some_and(|world| world.lens.leaves_out(part))
    }

    fn with(
        code: Arc<Code>,
        config: Arc<Config>,
        backends: Backends,
        (runs, callers): (Runs, Callers),
    ) -> App {
        let mut limits = FxHashMap::default();
        let mut caches = FxHashMap::default();
        for (service, of) in code.program.services.iter().enumerate() {
            for (at, operation) in of.operations.iter().enumerate() {
                if let Some(limit) = &operation.settings.limit {
                    let key = limit_key((service, at), operation);
                    let made = || Arc::new(Limiter::new(policy::inbound(&config, limit)));
                    limits.entry(key).or_insert_with(made);
                }
                if let Some(cache) = &operation.settings.cache {
                    let name = fixed(&format!("{}.{}", of.name, operation.name));
                    caches.insert((service, at), Kept::new(name, policy::cache(&config, cache)));
                }
            }
        }
        let peers = code.program.services.iter().map(|_| Arc::new(Peer::new())).collect();
        let (elsewhere, pages) = (Vec::new(), FxHashMap::default());
        App { code, config, backends, elsewhere, runs, peers, limits, pages, caches, callers }
    }

    pub fn operation(&self, (service, at): (usize, usize)) -> Option<&Operation> {
        self.code.program.services.get(service)?.operations.get(at)
    }

    /// `Orders.place`
    pub fn name(&self, id: (usize, usize)) -> &'static str {
        self.code.named(id).name
    }

    pub fn limiter(&self, id: (usize, usize), operation: &Operation) -> Option<Arc<Limiter>> {
        self.limits.get(&limit_key(id, operation)).filter(|_| operation.settings.limit.is_some()).cloned()
    }

    pub fn cors(&self, service: usize) -> Option<Arc<Cors>> {
        self.pages.get(&service).cloned()
    }

    pub fn cache(&self, id: (usize, usize)) -> Option<&Kept<(u16, Value)>> {
        self.caches.get(&id)
    }

    /// The ways in which callers of an operation show who they are.
    pub fn auth(&self, operation: &Operation) -> Vec<Auth> {
        self.callers.of(&self.code, operation)
    }
}

/// Whether a backend cannot be reached without one of these variables.
fn reads(backend: &Backend, unread: &BTreeSet<ConfigId>) -> bool {
    let auth: Vec<&Expr> = match &backend.auth {
        OutboundAuth::None | OutboundAuth::Forward => Vec::new(),
        OutboundAuth::Bearer { token } => vec![token],
        OutboundAuth::Basic { user, password } => vec![user, password],
        OutboundAuth::ApiKey { key, .. } => vec![key],
        OutboundAuth::OAuth2(of) => {
            let more = of.scopes.iter().chain(&of.audience);
            [&of.token, &of.client, &of.secret].into_iter().chain(more).collect()
        }
        OutboundAuth::Mtls { certificate, key } => vec![certificate, key],
    };
    let headers = backend.headers.iter().map(|(_, value)| value);
    let mut parts = auth.into_iter().chain([&backend.url]).chain(headers);
    parts.any(|part| is_unread(part, unread))
}

fn is_unread(expr: &Expr, unread: &BTreeSet<ConfigId>) -> bool {
    let mut found = false;
    visit::every(expr, &mut |part| {
        found |= matches!(&part.kind, ExprKind::Config(id) if unread.contains(id));
    });
    found
}

/// The variable that a setting is, by its name.
pub fn variable(code: &Code, expr: &Expr) -> Option<String> {
    let ExprKind::Config(id) = expr.kind else { return None };
    Some(names::variable(&code.program.config.get(id.0)?.name))
}

/// An operation has a limit of its own, or the one that all of its service share.
fn limit_key((service, at): (usize, usize), operation: &Operation) -> (usize, Option<usize>) {
    let is_own = operation.settings.limit.as_ref().is_some_and(|limit| limit.own);
    (service, is_own.then_some(at))
}

/// The clients of services that are not served here, and of which the environment says where they are.
fn elsewhere(
    code: &Code,
    keys: &ServiceKeys,
    env: &mut Environment,
    served: &[usize],
) -> Option<Vec<Option<Client>>> {
    let addresses = names::names(&code.program).addresses;
    let client = |(at, (service, address)): (usize, (&Service, &String))| {
        if served.contains(&at) || !env.is_set(address) {
            return Some(None);
        }
        let settings = ClientSettings {
            hands_on: code.program.forwards(),
            ..ClientSettings::service(env.url(address)?, keys.clone())
        };
        env.take(address, Client::new(fixed(&service.name), settings)).map(Some)
    };
    let clients: Vec<_> = code.program.services.iter().zip(&addresses).enumerate().map(client).collect();
    clients.into_iter().collect()
}

/// What the services say of web pages.
fn pages(code: &Code, config: &Config, env: &mut Environment) -> Option<FxHashMap<usize, Arc<Cors>>> {
    let mut all = Vec::new();
    for (at, service) in code.program.services.iter().enumerate() {
        let Some(cors) = &service.cors else { continue };
        let made = Cors::new(policy::cors(code, config, service, cors));
        all.push((at, env.take(&label_of_pages(service), made)));
    }
    all.into_iter().map(|(at, made)| Some((at, Arc::new(made?)))).collect()
}
