//! What all operations of a program work with. It is made once, when the program starts: as if all of its services were in
//! one executable.

use std::collections::BTreeSet;
use std::sync::Arc;

use flow_std::client::{Client, ClientSettings};
use flow_std::failure::CallFailure;
use flow_std::http::{Auth, Environment, Kept, Limiter, Secret};
use flow_std::local::Peer;
use flow_std::runs::Runs;
use flow_std::store::Store;
use rustc_hash::FxHashMap;

use super::config::Config;
use super::name::fixed;
use super::testing::World;
use super::{Code, Value, policy};
use crate::emit::names;
use crate::ir::{
    Backend, ConfigId, Expr, ExprKind, InboundAuth, Operation, OutboundAuth, Service, Target, visit,
};

pub struct App {
    pub code: Arc<Code>,
    pub config: Config,
    pub backends: Backends,
    /// Services that answer elsewhere, by their numbers.
    pub elsewhere: Vec<Option<Client>>,
    pub runs: Runs,
    pub peers: Vec<Arc<Peer>>,
    limits: FxHashMap<(usize, Option<usize>), Arc<Limiter>>,
    caches: FxHashMap<(usize, usize), Kept<(u16, Value)>>,
    /// Tokens of services, and keys by what the program says of them.
    service: Auth,
    keys: Vec<(String, Auth)>,
}

/// Who answers calls.
pub enum Backends {
    /// None of those that nothing here calls.
    Real(Vec<Option<Client>>),
    /// A test.
    Given(World),
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
        let token = env.secret("FLOW_SERVICE_TOKEN");
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
        let elsewhere = token.as_ref().and_then(|token| elsewhere(&code, token, env, served));
        let keys = keys(&code, &config, (env, &unread));
        let token = token.filter(|_| unread.is_empty())?;
        let backends = Backends::Real(clients.into_iter().collect::<Option<_>>()?);
        let app = App::with(Arc::new(code), config, backends, (runs?, &token, keys?));
        Some(Arc::new(App { elsewhere: elsewhere?, ..app }))
    }

    /// Without anything from outside, for tests. Nobody is kept waiting, and nothing is kept.
    pub fn given(code: Arc<Code>, world: World) -> Arc<App> {
        let config = Config::written(&code);
        let (runs, token) = (Runs::new(Store::memory()), Secret::new(""));
        let app = App::with(code, config, Backends::Given(world), (runs, &token, Vec::new()));
        Arc::new(App { limits: FxHashMap::default(), caches: FxHashMap::default(), ..app })
    }

    /// Without anything from outside but what somebody plays: for those who want to know all that a program calls.
    pub fn played(code: Arc<Code>, player: Box<Player>) -> Arc<App> {
        let config = Config::written(&code);
        let (runs, token) = (Runs::new(Store::memory()), Secret::new(""));
        Arc::new(App::with(code, config, Backends::Played(player), (runs, &token, Vec::new())))
    }

    /// What is given, in a test.
    pub fn world(&self) -> Option<&World> {
        match &self.backends {
            Backends::Real(_) | Backends::Played(_) => None,
            Backends::Given(world) => Some(world),
        }
    }

    fn with(
        code: Arc<Code>,
        config: Config,
        backends: Backends,
        (runs, token, keys): (Runs, &Secret, Vec<(String, Auth)>),
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
        let (elsewhere, service) = (Vec::new(), Auth::service(token));
        App { service, code, config, backends, elsewhere, runs, peers, limits, caches, keys }
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

    pub fn cache(&self, id: (usize, usize)) -> Option<&Kept<(u16, Value)>> {
        self.caches.get(&id)
    }

    /// The ways in which callers of an operation show who they are.
    pub fn auth(&self, operation: &Operation) -> Vec<Auth> {
        let way = |way: &InboundAuth| match way {
            InboundAuth::Public => Some(Auth::Public),
            InboundAuth::Service => Some(self.service.clone()),
            InboundAuth::ApiKey { .. } => {
                let name = format!("{way:?}");
                self.keys.iter().find(|(known, _)| *known == name).map(|(_, auth)| auth.clone())
            }
        };
        operation.settings.auth.iter().filter_map(way).collect()
    }
}

/// Whether a backend cannot be reached without one of these variables.
fn reads(backend: &Backend, unread: &BTreeSet<ConfigId>) -> bool {
    let auth = match &backend.auth {
        OutboundAuth::None => [None, None],
        OutboundAuth::Bearer { token } => [Some(token), None],
        OutboundAuth::Basic { user, password } => [Some(user), Some(password)],
        OutboundAuth::ApiKey { key, .. } => [Some(key), None],
    };
    let headers = backend.headers.iter().map(|(_, value)| value);
    let mut parts = auth.into_iter().flatten().chain([&backend.url]).chain(headers);
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
fn variable(code: &Code, expr: &Expr) -> Option<String> {
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
    token: &Secret,
    env: &mut Environment,
    served: &[usize],
) -> Option<Vec<Option<Client>>> {
    let calling = served.first().and_then(|at| code.program.services.get(*at));
    let calling = fixed(calling.map_or("", |service| &service.name));
    let addresses = names::names(&code.program).addresses;
    let client = |(at, (service, address)): (usize, (&Service, &String))| {
        if served.contains(&at) || !env.is_set(address) {
            return Some(None);
        }
        let settings = ClientSettings::service(env.url(address)?, calling, token.clone());
        env.take(address, Client::new(fixed(&service.name), settings)).map(Some)
    };
    let clients: Vec<_> = code.program.services.iter().zip(&addresses).enumerate().map(client).collect();
    clients.into_iter().collect()
}

/// The keys of callers, each list of them once.
fn keys(
    code: &Code,
    config: &Config,
    (env, unread): (&mut Environment, &BTreeSet<ConfigId>),
) -> Option<Vec<(String, Auth)>> {
    let mut known: Vec<(String, Option<Auth>)> = Vec::new();
    let operations = code.program.services.iter().flat_map(|service| &service.operations);
    for way in operations.flat_map(|operation| &operation.settings.auth) {
        let InboundAuth::ApiKey { keys, place } = way else { continue };
        let name = format!("{way:?}");
        if known.iter().all(|(other, _)| *other != name) {
            if is_unread(keys, unread) {
                continue;
            }
            let text = Secret::new(policy::text(code, config, keys));
            let variable = variable(code, keys).unwrap_or_else(|| "the keys of callers".to_owned());
            let auth = env.take(&variable, Auth::api_key(&text, policy::caller_key(place)));
            known.push((name, auth));
        }
    }
    known.into_iter().map(|(name, auth)| Some((name, auth?))).collect()
}
