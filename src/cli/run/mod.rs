//! `flowc run`: all services of a project in this process, straight from the sources, at one address.

mod environment;
mod page;
mod served;
mod stand_ins;
mod waiting;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use flow_std::http::{Level, say, say_ended};
use flow_std::store::Store;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::arguments::{Format, RunArguments};
use super::check::{conclude_served, errors, refuse_served, scale};
use super::files::{self, Root};
use super::options::Options;
use super::output::Output;
use super::program::planned;
use super::session::{self, Session};
use super::{Exit, signal, watch as watching};
use crate::diagnostic::project::{self, Unserved};
use crate::diagnostic::render::Summary;
use crate::interp::STACK;
use crate::ir::Program;
use crate::plan::Plan;
use environment::Ways;
use page::History;
use served::{Look, Served};
use stand_ins::{Calls, StandIns, StandsIn};
use waiting::Waiting;

pub fn run(arguments: &RunArguments, options: &Options, output: &mut Output) -> Exit {
    let format = options.format.value;
    let root = match files::locate(&arguments.path) {
        Ok(root) => root,
        Err(refusal) => return refuse_served(&refusal, format, output),
    };
    let mut host = match Host::new(arguments) {
        Ok(host) => host,
        Err(reason) => return refuse_served(&project::unserved(&reason), format, output),
    };
    let exit = match arguments.watch {
        true => watched(&mut host, &root, format, output),
        false => once(&mut host, root, format, output),
    };
    host.end();
    exit
}

fn once(host: &mut Host, root: Root, format: Format, output: &mut Output) -> Exit {
    let mut session = session::open(root);
    output.progress("Checking", &scale(&session));
    let program = planned(&mut session);
    let exit = conclude_served(&session, format, output);
    let Some(program) = program else { return exit };
    match host.serve(program, &roots(&session)) {
        Ok(serving) => {
            let exit = tell(host, serving, output);
            host.wait();
            exit
        }
        Err(reason) => refuse_served(&project::unserved(&reason), format, output),
    }
}

/// What was good last goes on while something is wrong with the sources.
fn watched(host: &mut Host, root: &Root, format: Format, output: &mut Output) -> Exit {
    let told = host.told.clone();
    let is_over = move || *told.borrow();
    watching::watch(root, "Checked", output, &is_over, &mut |live, output| {
        let exit = conclude_served(live.session(), format, output);
        if Summary::of(&live.session().diagnostics).errors > 0 {
            keep(host, errors(live.session()), output);
            return exit;
        }
        let mut session: Session = session::open(root.clone());
        match planned(&mut session) {
            Some(program) => match host.serve(program, &roots(&session)) {
                Ok(serving) => tell(host, serving, output),
                Err(reason) => {
                    let unserved = project::unserved(&reason);
                    let exit = refuse_served(&unserved, format, output);
                    let alone = Session { diagnostics: vec![unserved], ..Session::default() };
                    keep(host, errors(&alone), output);
                    exit
                }
            },
            // What is checked and cannot be built yet.
            None => {
                let exit = conclude_served(&session, format, output);
                keep(host, errors(&session), output);
                exit
            }
        }
    })
}

/// Says what goes on, or that nothing does: then something else answers, which is told what was found.
fn keep(host: &mut Host, found: String, output: &mut Output) {
    if let Some(served) = &host.served {
        return output.progress("Keeping", &format!("what was good last: {}", served.scale()));
    }
    match host.hold(found) {
        Ok(at) => output.progress("Waiting", &format!("for what can be served; until then {at} answers 503")),
        // Whoever asks is kept waiting, as if nobody were there.
        Err(error) => {
            output.complaint(&format!("nothing answers until there is something to serve: {error}"))
        }
    }
}

/// The project, and those that it depends on.
fn roots(session: &Session) -> Vec<Root> {
    session.units.iter().filter_map(|unit| unit.root.clone()).collect()
}

fn tell(host: &mut Host, serving: Serving, output: &mut Output) -> Exit {
    let Serving { scale, page, stand_ins, called, keys, lacking } = serving;
    let standing = |StandsIn { backend, url }| ("Standing in", format!("for {backend} at {url}"));
    let mut lines: Vec<(&str, String)> = stand_ins.into_iter().map(standing).collect();
    let calling = |Calls { backend, url }| ("Calling", format!("{backend} at {url}"));
    lines.extend(called.into_iter().map(calling));
    lines.extend(keys.into_iter().map(|what| ("Accepting", what)));
    let refusing = |lacking| ("Refusing", format!("certificates of callers: not set are {lacking}"));
    lines.extend(lacking.map(refusing));
    lines.push(("Serving", scale));
    lines.extend(page.map(|page| ("Showing", page)));
    // After an edit, only what is new beside that it is live.
    for (verb, what) in &lines {
        if *verb == "Serving" || !host.said.contains(&(*verb, what.clone())) {
            output.progress(verb, what);
        }
    }
    host.said = lines;
    Exit::Clean
}

/// What is served, and what stands in for what nobody has said.
struct Serving {
    scale: String,
    page: Option<String>,
    stand_ins: Vec<StandsIn>,
    /// Systems that are called where they are.
    called: Vec<Calls>,
    /// What callers may show in place of what nobody has set.
    keys: Vec<String>,
    /// Variables without which nobody can show a certificate that an operation asks for.
    lacking: Option<String>,
}

/// What stays while the program is another one: the address, the threads, what operations have stored, and what became of
/// requests.
struct Host {
    runtime: Runtime,
    listener: TcpListener,
    only: Vec<String>,
    /// What the page shows of requests; none without a page.
    history: Option<Arc<History>>,
    store: Option<Store>,
    served: Option<Served>,
    /// What answers while nothing is served.
    waiting: Option<Waiting>,
    stand_ins: StandIns,
    /// What was told of the program that is served.
    said: Vec<(&'static str, String)>,
    /// Whether the process was told to end.
    told: watch::Receiver<bool>,
}

impl Host {
    fn new(arguments: &RunArguments) -> Result<Host, Unserved> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
        let runtime =
            runtime.map_err(|error| Unserved::Machine(format!("no threads can be had: {error}")))?;
        let listen = arguments.listen.map_or_else(environment::listen, Ok);
        let listener = self::listen(listen.map_err(Unserved::Environment)?).map_err(Unserved::Options)?;
        let (tell, told) = watch::channel(false);
        let inside = runtime.enter();
        let is_told = signal::told_to_end()
            .map_err(|error| Unserved::Machine(format!("signals cannot be had: {error}")))?;
        runtime.spawn(async move {
            is_told.await;
            let _ = tell.send(true);
        });
        runtime.spawn(flow_std::http::keep_flushing());
        drop(inside);
        let only = arguments.only.clone();
        let history = (!arguments.no_page).then(Arc::default);
        let stand_ins = StandIns::asked(&arguments.stand_in);
        Ok(Host {
            runtime,
            listener,
            only,
            history,
            store: None,
            served: None,
            waiting: None,
            stand_ins,
            said: Vec::new(),
            told,
        })
    }

    /// Serves a program in the place of the one before, and says what.
    fn serve(
        &mut self,
        (mut program, plans): (Program, Vec<Plan>),
        roots: &[Root],
    ) -> Result<Serving, Unserved> {
        let all = served::wanted(&program, &self.only).map_err(Unserved::Options)?;
        let mut made = environment::development(&program);
        let stand_ins = self.runtime.block_on(self.stand_ins.stand_in(&program, roots, &mut made));
        let stand_ins = stand_ins.map_err(Unserved::Options)?;
        stand_ins::put_in(&mut program, &stand_ins);
        let ways = Ways::of(&program, &all);
        let keys = environment::accepted(&ways, &made);
        let lacking = environment::lacks_for_certificates(&ways, &made);
        // Whatever is wrong with it is told with all that is.
        self.store = self.store.take().or_else(|| environment::store(&program.project).ok());
        let _runtime = self.runtime.enter();
        let look = self.history.clone().map(|history| Look { plans, history, stand_ins: stand_ins.clone() });
        let served = Served::start(program, look, all, &self.listener, (self.store.clone(), made))?;
        let (scale, page) = (served.scale(), served.page());
        let called = stand_ins::others(served.addresses(), &stand_ins);
        if let Some(before) = self.served.replace(served) {
            self.runtime.spawn(before.end());
        }
        // Before it is said that there are services: whoever asks then is not to get the answer of before.
        if let Some(waiting) = self.waiting.take() {
            self.runtime.block_on(waiting.end());
        }
        Ok(Serving { scale, page, stand_ins, called, keys, lacking })
    }

    /// Has everybody told that nothing is served, and why. Where that is said.
    fn hold(&mut self, found: String) -> std::io::Result<String> {
        let _runtime = self.runtime.enter();
        let waiting = match self.waiting.take() {
            Some(waiting) => waiting,
            None => Waiting::start(&self.listener, self.history.is_some())?,
        };
        waiting.tell(found);
        Ok(self.waiting.insert(waiting).origin().to_owned())
    }

    /// Until the process is told to end.
    fn wait(&mut self) {
        let _ = self.runtime.block_on(self.told.wait_for(|is_told| *is_told));
    }

    /// Brings to its end what has begun.
    fn end(self) {
        if let Some(served) = self.served {
            say(Level::Info, "ending", &[]);
            say_ended(self.runtime.block_on(served.end()));
        }
        flow_std::http::flush_log();
        self.runtime.shutdown_background();
    }
}

/// Bound once: what comes in while the program is read again waits in it.
fn listen(at: SocketAddr) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(at).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|error| format!("cannot listen on {at}: {error}"))
}
