//! A program while it is served: from its start until it is told to end, with what has begun brought to its end.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use flow_std::http::{
    Beside, Endpoint, Level, Limits, Operator, Pair, Shell, Tls, attend_operators, flush_log, live_quietly,
    open_audit, open_log, router, say, wanted_audit, wanted_log,
};
use flow_std::store::Store;
use flow_std::trace::Traces;
use flow_std::undo::{Undoing, attend};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::environment::{self, Ways};
use super::page::{self, History, Page};
use super::stand_ins::StandsIn;
use crate::diagnostic::project::Unserved;
use crate::emit::text::yaml;
use crate::emit::{openapi, page as docs_page};
use crate::interp::name::fixed;
use crate::interp::{self, App, Code};
use crate::ir::{Program, shape_of};
use crate::plan::Plan;

pub struct Served {
    /// Tells it to end.
    end: oneshot::Sender<()>,
    /// Whether all came to its end.
    life: JoinHandle<bool>,
    /// What goes on beside the requests.
    beside: Vec<JoinHandle<()>>,
    services: usize,
    /// The backends that it calls, and where.
    addresses: Vec<(String, String)>,
    /// Where it answers, without a path.
    origin: String,
    page: Option<&'static str>,
}

/// What the page has beside the program.
pub struct Look {
    pub plans: Vec<Plan>,
    pub history: Arc<History>,
    pub stand_ins: Vec<StandsIn>,
}

impl Served {
    /// `all`: the services, by their places. Without a look there is no page, and nobody watches what becomes of requests.
    pub fn start(
        program: Program,
        look: Option<Look>,
        all: Vec<usize>,
        listener: &TcpListener,
        (store, made): (Option<Store>, BTreeMap<String, String>),
    ) -> Result<Served, Unserved> {
        let services = all.len();
        let document = openapi::value(&program, &program.project, &all);
        let (contract, docs) = (fixed(&yaml::document(&document)), fixed(&docs_page::page(&document)));
        let operations = all.iter().filter_map(|at| Some((*at, program.services.get(*at)?)));
        let ids: Vec<(usize, usize)> = operations
            .flat_map(|(service, of)| (0..of.operations.len()).map(move |at| (service, at)))
            .collect();
        told_apart(&program, &ids)?;
        let (name, version) = (fixed(&program.project), fixed(&program.version));
        let development = environment::filled_in(&Ways::of(&program, &all), &made);
        let mut env = environment::environment(made);
        if let Some(store) = store {
            env = env.with_store(store);
        }
        let app = App::read(Code::new(program), &mut env, &all);
        let addresses = app.as_ref().map(|app| app.addresses()).unwrap_or_default();
        let undoings: Vec<Undoing> =
            app.iter().flat_map(|app| ids.iter().filter_map(|id| interp::undoing(app, *id))).collect();
        if let Some(app) = app.as_ref().filter(|_| !undoings.is_empty()) {
            env.undoes(&app.runs, undoings);
        }
        let beside = Beside::read(&mut env);
        let operator = Operator::read(&mut env, name, version).with_desk(beside.as_ref().map(Beside::desk));
        // Whoever has the page is alone with it.
        let operator = if look.is_some() { operator.alone() } else { operator };
        let traces = Traces::read(&mut env, name, version);
        let (limits, loudest, audit) = (Limits::read(&mut env), wanted_log(&mut env), wanted_audit(&mut env));
        let pair = Pair::read(&mut env);
        env.finish().map_err(Unserved::Environment)?;
        let (Some(app), Some(limits), Some(loudest), Some(audit), Some(pair)) =
            (app, limits, loudest, audit, pair)
        else {
            return Err(Unserved::Environment("the configuration cannot be used".to_owned()));
        };
        open_log(loudest);
        open_audit(audit);
        let listener = listener.try_clone().and_then(flow_std::outside::TcpListener::from_std);
        let listener = listener.map_err(|error| Unserved::Machine(format!("cannot listen: {error}")))?;
        let for_operators = operator.listen().map(for_operators).transpose().map_err(Unserved::Machine)?;
        let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
        // Whoever edits does not want to wait for callers to hear of it.
        let shell = Shell::new(contract, Limits { drain: Duration::ZERO, ..limits });
        let shell = shell.with_page(docs).with_operator(operator);
        let endpoints: Vec<Endpoint> = ids.iter().filter_map(|id| interp::endpoint(&app, *id)).collect();
        // Without TLS, whoever has to show a certificate is refused, and the rest is served.
        let tls = pair.map(|pair| Tls::new(pair, &endpoints)).transpose().map_err(Unserved::Environment)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shell = shell.with_tls(tls);
        traces.begin();
        let undoes = beside.map(|Beside { runs, undoings }| tokio::spawn(attend(runs, undoings)));
        let operators = for_operators.map(|listener| tokio::spawn(attend_operators(listener, shell.clone())));
        let beside = undoes.into_iter().chain(operators).collect();
        say(Level::Info, "listening", &[("service", name), ("address", &address)]);
        flush_log();
        let (end, told) = oneshot::channel();
        let told = async { drop(told.await) };
        let routes = router(endpoints, shell.clone());
        let (routes, page) = match look {
            Some(Look { plans, history, stand_ins }) => {
                page::beside(routes, Page { app, plans, history, served: all, stand_ins, development })
            }
            None => (routes, None),
        };
        let life = tokio::spawn(live_quietly(listener, routes, shell, told));
        let origin = format!("{scheme}://{address}");
        Ok(Served { end, life, beside, services, addresses, origin, page })
    }

    /// Where a browser finds the page.
    pub fn page(&self) -> Option<String> {
        Some(format!("{}{}", self.origin, self.page?))
    }

    /// The backends that it calls, and where.
    pub fn addresses(&self) -> &[(String, String)] {
        &self.addresses
    }

    /// `12 services at http://127.0.0.1:8080`
    pub fn scale(&self) -> String {
        let plural = if self.services == 1 { "" } else { "s" };
        format!("{} service{plural} at {}", self.services, self.origin)
    }

    /// Takes no more from now on. The future waits until all is done that has begun, and has whether it is. The log does
    /// not say it: where another program goes on in the place of this one, nothing has ended for those who read it.
    pub fn end(self) -> impl Future<Output = bool> + Send + 'static {
        let Served { end, life, beside, .. } = self;
        let _ = end.send(());
        async move {
            let is_done = life.await.unwrap_or(false);
            beside.iter().for_each(JoinHandle::abort);
            Traces::flush().await;
            is_done
        }
    }
}

fn for_operators(address: SocketAddr) -> Result<flow_std::outside::TcpListener, String> {
    let listener = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        flow_std::outside::TcpListener::from_std(listener)
    });
    listener.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// The services that are asked for, or all.
pub fn wanted(program: &Program, only: &[String]) -> Result<Vec<usize>, String> {
    let known = |name: &String| program.services.iter().position(|service| service.name == *name);
    let unknown: Vec<&str> = only.iter().filter(|name| known(name).is_none()).map(String::as_str).collect();
    match (unknown.as_slice(), only) {
        ([], []) => Ok((0..program.services.len()).collect()),
        ([], only) => Ok(only.iter().filter_map(known).collect()),
        (unknown, _) => {
            let all: Vec<&str> = program.services.iter().map(|service| service.name.as_str()).collect();
            Err(format!("there is no service `{}`; there are {}", unknown.join("`, `"), all.join(", ")))
        }
    }
}

/// At one address, no two operations may have the same method and path.
fn told_apart(program: &Program, ids: &[(usize, usize)]) -> Result<(), Unserved> {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    let (mut same, mut last) = (Vec::new(), None);
    for (service, at) in ids {
        let Some(of) = program.services.get(*service) else { continue };
        let Some(operation) = of.operations.get(*at) else { continue };
        let name = format!("{}.{}", of.name, operation.name);
        let route = (operation.method.clone(), shape_of(&operation.path));
        if let Some(other) = seen.insert(route.clone(), name.clone()) {
            same.push(format!("`{other}` and `{name}` both answer `{} {}`", route.0, route.1));
            last = Some(of.name.to_string());
        }
    }
    match last {
        None => Ok(()),
        Some(service) => Err(Unserved::Overlap { reason: same.join(", "), service }),
    }
}
