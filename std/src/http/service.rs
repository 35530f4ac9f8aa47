//! A service from its start to its end: `run` is all that the `main` of an emitted service consists of.

use std::future::pending;
use std::net::SocketAddr;
#[cfg(not(feature = "simulation"))]
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
#[cfg(not(feature = "simulation"))]
use futures_util::future::select;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use super::accept::accept;
use super::audit;
use super::command::{self, Command, Said, Undo};
use super::endpoint::Endpoint;
use super::environment::Environment;
use super::limits::Limits;
use super::log::{self, Level};
#[cfg(feature = "store")]
use super::operator::Beside;
use super::operator::Operator;
use super::router::{operator_router, router};
#[cfg(not(feature = "simulation"))]
use super::shed;
use super::shell::Shell;
use super::tls::{self, Pair};
use crate::outside::TcpListener;
use crate::trace::Traces;

/// What is emitted of a service.
pub struct Service {
    pub name: &'static str,
    pub version: &'static str,
    /// The text of its OpenAPI document.
    pub contract: &'static str,
    /// The same for people: a page.
    pub page: &'static str,
    /// Reads its configuration, and makes its operations with it; `None` when a fault was noted.
    pub endpoints: fn(&mut Environment) -> Option<Vec<Endpoint>>,
}

/// Runs a service until it is told to end, or does what its command line says. What keeps it from that is told in one
/// line on stderr.
pub fn run(service: Service) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run_with(service, &arguments)
}

/// The same with a command line that is not the one of the process.
pub fn run_with(service: Service, arguments: &[String]) -> ExitCode {
    let ended = match command::parse(arguments) {
        Some(Command::Serve) => in_runtime(&service).map(|()| Said::done("")),
        Some(Command::Help) => Ok(Said::done(command::HELP)),
        Some(Command::Undo(asked)) => carry_out(&service, &asked),
        None => Err(command::USAGE.to_owned()),
    };
    log::flush();
    command::told(service.name, ended)
}

#[cfg(feature = "store")]
fn carry_out(service: &Service, asked: &Undo) -> Result<Said, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no threads can be had: {error}"))?;
    runtime.block_on(async {
        let mut env = Environment::of_process();
        let loudest = log::wanted(&mut env);
        let endpoints = (service.endpoints)(&mut env);
        let beside = Beside::read(&mut env);
        env.finish()?;
        log::open_on_stderr(loudest.flatten());
        match beside.filter(|_| endpoints.is_some()) {
            Some(beside) => command::carry_out(&beside, asked).await,
            None => Err("it has no operation with undos".to_owned()),
        }
    })
}

#[cfg(not(feature = "store"))]
fn carry_out(_: &Service, _: &Undo) -> Result<Said, String> {
    Err("it has no operation with undos".to_owned())
}

fn in_runtime(service: &Service) -> Result<(), String> {
    quiet_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no threads can be had: {error}"))?;
    let ended = runtime.block_on(async {
        let told = told_to_end().map_err(|error| format!("signals cannot be had: {error}"))?;
        serve(service, Environment::of_process(), told).await
    });
    // What still runs beyond the grace is let go.
    runtime.shutdown_background();
    ended
}

/// Answers operators at an address of their own, for as long as it is polled. What callers do there is to leave them
/// alone: neither their connections nor their requests are counted with those of others.
pub async fn attend_operators(listener: TcpListener, shell: Shell) {
    let limits =
        Limits { connections: 64, in_flight: 64, shed_after: Duration::ZERO, ..shell.limits().clone() };
    accept(listener, operator_router(shell), Shell::new("", limits), pending()).await;
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// From now on the undos that are left are done, beside the requests.
#[cfg(feature = "store")]
fn attended(operator: Operator, beside: Option<Beside>) -> Operator {
    let Some(beside) = beside else { return operator };
    let desk = beside.desk();
    tokio::spawn(crate::undo::attend(beside.runs, beside.undoings));
    operator.with_desk(Some(desk))
}

/// Serves with what this environment says until `told`: all that a service does, without the process around it. It is
/// how a simulation has several services in one process.
///
/// # Errors
/// What is wrong with the environment, or why it cannot listen.
pub async fn serve(
    service: &Service,
    mut env: Environment,
    told: impl Future<Output = ()>,
) -> Result<(), String> {
    let address = env.listen();
    let limits = Limits::read(&mut env);
    let loudest = log::wanted(&mut env);
    let audit = audit::wanted(&mut env);
    let pair = Pair::read(&mut env);
    let endpoints = (service.endpoints)(&mut env);
    #[cfg(feature = "store")]
    let beside = Beside::read(&mut env);
    let operator = Operator::read(&mut env, service.name, service.version);
    let traces = Traces::read(&mut env, service.name, service.version);
    env.finish()?;
    let (Some(address), Some(limits), Some(loudest), Some(audit), Some(pair), Some(endpoints)) =
        (address, limits, loudest, audit, pair, endpoints)
    else {
        return Err("the configuration cannot be used".to_owned());
    };
    log::open(loudest);
    audit::open(audit);
    let tls = tls::spoken(pair, &endpoints)?;
    let listener = listen(address).await?;
    let for_operators = match operator.listen() {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    #[cfg(feature = "store")]
    let operator = attended(operator, beside);
    let shell = Shell::new(service.contract, limits).with_page(service.page);
    let shell = shell.with_tls(tls).with_operator(operator);
    let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    log::say(
        Level::Info,
        "listening",
        &[("service", service.name), ("version", service.version), ("address", &address)],
    );
    tokio::spawn(keep_flushing());
    traces.begin();
    let operators = for_operators.map(|listener| tokio::spawn(attend_operators(listener, shell.clone())));
    let life = live(listener, router(endpoints, shell.clone()), shell.clone(), told);
    watched(shell, life).await;
    Traces::flush().await;
    operators.iter().for_each(JoinHandle::abort);
    Ok(())
}

/// With an eye on how much there is to do. Both are polled by the thread that runs the service, which does none of it.
#[cfg(not(feature = "simulation"))]
async fn watched(shell: Shell, life: impl Future<Output = ()>) {
    if shell.limits().shed_after.is_zero() {
        return life.await;
    }
    select(pin!(life), pin!(shed::watch(shell))).await;
}

/// A simulated world has no processors that could be too few.
#[cfg(feature = "simulation")]
async fn watched(_: Shell, life: impl Future<Output = ()>) {
    life.await;
}

/// Serves until `told`, and then brings to its end what has begun: first the service says that it is not ready, while
/// it goes on, so that those who send requests here learn of it; then it takes no more; then it waits.
pub async fn live(listener: TcpListener, router: Router, shell: Shell, told: impl Future<Output = ()>) {
    let told = async {
        told.await;
        log::say(Level::Info, "ending", &[]);
    };
    say_ended(live_quietly(listener, router, shell, told).await);
}

/// The last line of a log. `is_done`: whether all came to its end that had begun.
pub fn say_ended(is_done: bool) {
    log::say(Level::Info, "ended", &[("complete", if is_done { "yes" } else { "no" })]);
}

/// The same for what ends while its process goes on, so that the log need not say it. Whether all came to its end.
pub async fn live_quietly(
    listener: TcpListener,
    router: Router,
    shell: Shell,
    told: impl Future<Output = ()>,
) -> bool {
    let retired = async {
        told.await;
        shell.retire();
        // Not even for a moment, where nobody has to learn of it.
        if !shell.limits().drain.is_zero() {
            tokio::time::sleep(shell.limits().drain).await;
        }
    };
    accept(listener, router, shell.clone(), retired).await;
    shell.end();
    timeout(shell.limits().grace, shell.finished()).await.is_ok()
}

#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        let (first, second) = (std::pin::pin!(terminated.recv()), std::pin::pin!(interrupted.recv()));
        futures_util::future::select(first, second).await;
    })
}

#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Writes out what was logged, for as long as it is polled: lines do not stay where nobody sees them for longer than this.
pub async fn keep_flushing() {
    let mut beat = interval(Duration::from_millis(200));
    loop {
        beat.tick().await;
        log::flush();
    }
}

/// The message of a panic can hold what nobody may read: only where it happened is told.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        log::say(Level::Error, "panic", &[("at", &place)]);
    }));
}
