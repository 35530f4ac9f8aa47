//! `flowc mock`: serves contracts until it is told to end. Where each one is served is the result; requests, and what was
//! wrong with them, are progress.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::arguments::MockArguments;
use super::output::Output;
use super::session::Session;
use super::{Exit, contracts, files, signal};
use crate::contract::{self, Contract};
use crate::diagnostic::render::{self, visible};
use crate::diagnostic::{Severity, nearest};
use crate::mock::{self, Credentials, Line, Mock, Settings, StandIn, Tell};
use crate::parallel::STACK;

/// Lines that wait to be written; further ones are left out, so that a terminal that stands still holds nobody up.
const MOST_WAITING: usize = 10_000;

/// How much of a target is shown.
const LONGEST_TARGET: usize = 300;

/// A contract that can be served.
struct Served {
    /// As it was named on the command line.
    path: String,
    /// In front of the lines of its requests.
    name: String,
    mock: Mock,
    about: String,
}

pub fn mock(arguments: &MockArguments, output: &mut Output) -> Exit {
    let settings = Settings {
        seed: arguments.seed,
        latency: arguments.latency.unwrap_or_default(),
        fails: arguments.fail.clone(),
        credentials: Credentials::Wanted,
    };
    let (mut served, mut exit, mut nowhere) = (Vec::new(), Exit::Clean, None);
    for path in &arguments.contracts {
        match read(path, output) {
            Ok(Some(contract)) => served.push(of(path, contract, settings.clone())),
            Ok(None) => exit = Exit::Findings,
            Err(refused) => nowhere = Some(refused),
        }
    }
    if let Some(refused) = nowhere {
        exit = if served.is_empty() { refused } else { Exit::Findings };
    }
    if let Some(complaint) = unknown_operation(&settings, &served) {
        output.complaint(&complaint);
        return Exit::Usage;
    }
    if served.is_empty() {
        return exit;
    }
    match serve(served, arguments, output) {
        Ok(()) => exit,
        Err(complaint) => {
            output.complaint(&complaint);
            Exit::Usage
        }
    }
}

/// Reads a contract, and says what is odd about it. None where it cannot be served, an exit where there is none.
fn read(path: &Path, output: &mut Output) -> Result<Option<Contract>, Exit> {
    let (root, inside) = files::locate_contract(path).map_err(|refusal| output.refusal(&refusal))?;
    let mut session = Session::default();
    session.names_start_at(&root.prefix);
    let mut read = |path: &str| contracts::read_file(&root, path).map_err(contracts::read_fault);
    let (contract, mut found) = match contract::load(&mut session.sources, &inside, &mut read) {
        Ok(contract) => {
            let found = contract.findings_of_itself();
            (Some(contract), found)
        }
        Err(found) => (None, found),
    };
    render::sort(&mut found, session.view());
    contracts::named_from_here(&mut found, session.view());
    for finding in &found {
        output.finding(finding, session.view());
    }
    let is_usable = contract.is_some() || found.iter().all(|finding| finding.severity == Severity::Warning);
    if contract.as_ref().is_some_and(|contract| contract.operations().next().is_none()) {
        output.warning(&format!("`{}` has no operations, so nothing of it can be asked for", path.display()));
    }
    Ok(contract.filter(|_| is_usable))
}

fn of(path: &Path, contract: Contract, settings: Settings) -> Served {
    let count = match contract.operations().count() {
        1 => "1 operation".to_owned(),
        count => format!("{count} operations"),
    };
    let about = format!("{} {}", contract.title(), contract.version());
    Served {
        path: path.display().to_string(),
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        about: format!("{}, {count}", about.trim()),
        mock: mock::mock(contract, settings),
    }
}

/// An operation that is to fail and that no contract has.
fn unknown_operation(settings: &Settings, served: &[Served]) -> Option<String> {
    let known: Vec<&str> = served.iter().flat_map(|one| one.mock.contract().operation_names()).collect();
    let named = settings.fails.iter().filter_map(|fail| fail.operation.as_deref());
    let unknown = named.into_iter().find(|name| !known.contains(name) && !served.is_empty())?;
    let help = match nearest(unknown, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`flowc contract FILE` lists the operations".to_owned(),
    };
    Some(format!("`--fail`: no contract has an operation `{unknown}`; {help}"))
}

/// Until the process is told to end.
fn serve(served: Vec<Served>, arguments: &MockArguments, output: &mut Output) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map_err(|fault| format!("no threads can be had: {fault}"))?;
    let (sender, lines) = sync_channel(MOST_WAITING);
    let told = runtime
        .block_on(async { signal::told_to_end() })
        .map_err(|fault| format!("signals cannot be had: {fault}"))?;
    let mut running = Vec::new();
    for (place, one) in served.into_iter().enumerate() {
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        let port = if arguments.port == 0 { 0 } else { arguments.port.saturating_add(place) };
        let at = SocketAddr::new(arguments.host, port);
        let started = runtime.block_on(mock::start(one.mock, at, teller(one.name, sender.clone())));
        let stand_in = started.map_err(|fault| format!("cannot listen on {at}: {}", fault.kind()))?;
        let line = format!("{}  {}  {}", stand_in.url, one.path, one.about);
        output.result(&format!("{}\n", visible(&line)));
        running.push(stand_in);
    }
    output.is_heard(); // whoever waits for the addresses has them
    runtime.spawn(end(told, running, sender));
    tell(&lines, output);
    runtime.shutdown_background();
    Ok(())
}

/// What is not done by then is let go.
async fn end(told: impl Future<Output = ()>, running: Vec<StandIn>, lines: SyncSender<Told>) {
    told.await;
    for stand_in in running {
        stand_in.end().await;
    }
    let _ = lines.send(Told::End); // nobody listens who has ended by himself
}

/// What the servers have to say.
enum Told {
    /// Of the contract of this name.
    Line(String, Line),
    End,
}

fn teller(name: String, lines: SyncSender<Told>) -> Tell {
    Arc::new(move |line| {
        let _ = lines.try_send(Told::Line(name.clone(), line)); // a line that is left out is no reason to stop
    })
}

/// `09:14:07Z`: when a line is told is when it was answered.
fn time_of_day() -> String {
    let seconds = flow_std::outside::wall().as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Writes what is told, up to the end.
fn tell(lines: &Receiver<Told>, output: &mut Output) {
    while let Ok(Told::Line(name, line)) = lines.recv() {
        let operation = line.operation.as_deref().unwrap_or("-");
        let Line { method, target, status, took, .. } = &line;
        let shown: String = target.chars().take(LONGEST_TARGET).collect();
        output.progress(
            &name,
            &format!("{} {method} {shown} {status} {operation} {} ms", time_of_day(), took.as_millis()),
        );
        for fault in &line.faults {
            output.warning(&format!("{operation}: {} {}", fault.at, fault.message));
        }
        for remark in &line.remarks {
            output.warning(remark);
        }
    }
}
