//! A program while it is served: from its start until it is told to end, with what has begun brought to its end.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use flow_std::http::{
    Beside, Endpoint, Level, Limits, Pair, Shell, Tls, flush_log, live, open_log, router, say, wanted_log,
};
use flow_std::store::Store;
use flow_std::undo::{Undoing, attend};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::environment;
use super::page::{self, History, Page};
use super::stand_ins::StandsIn;
use crate::diagnostic::project::Unserved;
use crate::emit::openapi;
use crate::interp::name::fixed;
use crate::interp::{self, App, Code};
use crate::ir::{Program, shape_of};
use crate::plan::Plan;

pub struct Served {
    /// Tells it to end.
    end: oneshot::Sender<()>,
    life: JoinHandle<()>,
    undoes: Option<JoinHandle<()>>,
    services: usize,
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
    /// Without a look there is no page, and nobody watches what becomes of requests.
    pub fn start(
        program: Program,
        look: Option<Look>,
        only: &[String],
        listener: &TcpListener,
        (store, made): (Option<Store>, BTreeMap<String, String>),
    ) -> Result<Served, Unserved> {
        let all = wanted(&program, only).map_err(Unserved::Options)?;
        let services = all.len();
        let contract = fixed(&openapi::document(&program, &program.project, &all));
        let operations = all.iter().filter_map(|at| Some((*at, program.services.get(*at)?)));
        let ids: Vec<(usize, usize)> = operations
            .flat_map(|(service, of)| (0..of.operations.len()).map(move |at| (service, at)))
            .collect();
        told_apart(&program, &ids).map_err(Unserved::Options)?;
        let development = environment::filled_in(&program, &made);
        let mut env = environment::environment(made);
        if let Some(store) = store {
            env = env.with_store(store);
        }
        let app = App::read(Code::new(program), &mut env, &all);
        let undoings: Vec<Undoing> =
            app.iter().flat_map(|app| ids.iter().filter_map(|id| interp::undoing(app, *id))).collect();
        if let Some(app) = app.as_ref().filter(|_| !undoings.is_empty()) {
            env.undoes(&app.runs, undoings);
        }
        let beside = Beside::read(&mut env);
        let (limits, loudest) = (Limits::read(&mut env), wanted_log(&mut env));
        let pair = Pair::read(&mut env);
        env.finish().map_err(Unserved::Environment)?;
        let (Some(app), Some(limits), Some(loudest), Some(pair)) = (app, limits, loudest, pair) else {
            return Err(Unserved::Environment("the configuration cannot be used".to_owned()));
        };
        open_log(loudest);
        let listener = listener.try_clone().and_then(flow_std::outside::TcpListener::from_std);
        let listener = listener.map_err(|error| Unserved::Machine(format!("cannot listen: {error}")))?;
        let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
        // Whoever edits does not want to wait for callers to hear of it.
        let shell = Shell::new(contract, Limits { drain: Duration::ZERO, ..limits });
        let endpoints: Vec<Endpoint> = ids.iter().filter_map(|id| interp::endpoint(&app, *id)).collect();
        // Without TLS, whoever has to show a certificate is refused, and the rest is served.
        let tls = pair.map(|pair| Tls::new(pair, &endpoints)).transpose().map_err(Unserved::Environment)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shell = shell.with_tls(tls);
        let (shell, undoes) = match beside {
            Some(Beside { runs, undoings, operator }) => {
                (shell.with_operator(operator), Some(tokio::spawn(attend(runs, undoings))))
            }
            None => (shell, None),
        };
        say(
            Level::Info,
            "listening",
            &[("service", fixed(&app.code.program.project)), ("address", &address)],
        );
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
        let life = tokio::spawn(live(listener, routes, shell, told));
        let origin = format!("{scheme}://{address}");
        Ok(Served { end, life, undoes, services, origin, page })
    }

    /// Where a browser finds the page.
    pub fn page(&self) -> Option<String> {
        Some(format!("{}{}", self.origin, self.page?))
    }

    /// `12 services at http://127.0.0.1:8080`
    pub fn scale(&self) -> String {
        let plural = if self.services == 1 { "" } else { "s" };
        format!("{} service{plural} at {}", self.services, self.origin)
    }

    /// Takes no more from now on. The future waits until all is done that has begun.
    pub fn end(self) -> impl Future<Output = ()> + Send + 'static {
        let Served { end, life, undoes, .. } = self;
        let _ = end.send(());
        async move {
            let _ = life.await;
            undoes.iter().for_each(JoinHandle::abort);
        }
    }
}

/// The services that are asked for, or all.
fn wanted(program: &Program, only: &[String]) -> Result<Vec<usize>, String> {
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
fn told_apart(program: &Program, ids: &[(usize, usize)]) -> Result<(), String> {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut same = Vec::new();
    for (service, at) in ids {
        let Some(of) = program.services.get(*service) else { continue };
        let Some(operation) = of.operations.get(*at) else { continue };
        let name = format!("{}.{}", of.name, operation.name);
        let route = (operation.method.clone(), shape_of(&operation.path));
        if let Some(other) = seen.insert(route.clone(), name.clone()) {
            same.push(format!("`{other}` and `{name}` both answer `{} {}`", route.0, route.1));
        }
    }
    match same.is_empty() {
        true => Ok(()),
        false => {
            Err(format!("{}; say with `--only` which services to serve at one address", same.join(", ")))
        }
    }
}
