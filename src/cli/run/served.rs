//! A program while it is served: from its start until it is told to end, with what has begun brought to its end.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use flow_std::http::{Level, Limits, Shell, flush_log, live, open_log, router, say, wanted_log};
use flow_std::undo::attend;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::environment;
use super::page::{self, History, Page};
use crate::emit::openapi;
use crate::interp::name::fixed;
use crate::interp::{self, App, Code};
use crate::ir::Program;
use crate::plan::Plan;

pub struct Served {
    /// Tells it to end.
    end: oneshot::Sender<()>,
    life: JoinHandle<()>,
    undoes: JoinHandle<()>,
    services: usize,
    address: String,
    page: Option<&'static str>,
}

/// What the page has beside the program.
pub struct Look {
    pub plans: Vec<Plan>,
    pub history: Arc<History>,
}

impl Served {
    /// Without a look there is no page, and nobody watches what becomes of requests.
    pub fn start(program: Program, look: Option<Look>, listener: &TcpListener) -> Result<Served, String> {
        let all: Vec<usize> = (0..program.services.len()).collect();
        let contract = fixed(&openapi::document(&program, &program.project, &all));
        let operations = program.services.iter().enumerate();
        let ids: Vec<(usize, usize)> = operations
            .flat_map(|(service, of)| (0..of.operations.len()).map(move |at| (service, at)))
            .collect();
        let made = environment::stand_ins(&program);
        let development = environment::development(&made);
        let mut env = environment::environment(made);
        let app = App::read(Code::new(program), &mut env);
        let (limits, loudest) = (Limits::read(&mut env), wanted_log(&mut env));
        env.finish()?;
        let (Some(app), Some(limits), Some(loudest)) = (app, limits, loudest) else {
            return Err("the configuration cannot be used".to_owned());
        };
        open_log(loudest);
        let listener = listener.try_clone().and_then(tokio::net::TcpListener::from_std);
        let listener = listener.map_err(|error| format!("cannot listen: {error}"))?;
        let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
        // Whoever edits does not want to wait for callers to hear of it.
        let shell = Shell::new(contract, Limits { drain: Duration::ZERO, ..limits });
        let endpoints = ids.iter().filter_map(|id| interp::endpoint(&app, *id)).collect();
        let undoings = ids.iter().filter_map(|id| interp::undoing(&app, *id)).collect();
        let undoes = tokio::spawn(attend(app.runs.clone(), undoings));
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
            Some(Look { plans, history }) => page::beside(routes, Page { app, plans, history, development }),
            None => (routes, None),
        };
        let life = tokio::spawn(live(listener, routes, shell, told));
        Ok(Served { end, life, undoes, services: all.len(), address, page })
    }

    /// Where a browser finds the page.
    pub fn page(&self) -> Option<String> {
        Some(format!("http://{}{}", self.address, self.page?))
    }

    /// `12 services at http://127.0.0.1:8080`
    pub fn scale(&self) -> String {
        let plural = if self.services == 1 { "" } else { "s" };
        format!("{} service{plural} at http://{}", self.services, self.address)
    }

    /// Goes on until it is told to end, and then until all is done.
    pub async fn until(self, told: impl Future<Output = ()>) {
        told.await;
        let _ = self.end.send(());
        let _ = self.life.await;
        self.undoes.abort();
    }
}

/// Lines of the log do not stay where nobody sees them for longer than this.
const SEEN_AFTER: Duration = Duration::from_millis(200);

/// Writes out what was logged, for as long as it is polled.
pub async fn keep_flushing() {
    loop {
        tokio::time::sleep(SEEN_AFTER).await;
        flush_log();
    }
}

/// Ctrl-C, or whatever else tells a process to end.
#[cfg(unix)]
pub async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
pub async fn told_to_end() {
    drop(tokio::signal::ctrl_c().await);
}
