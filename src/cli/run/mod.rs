//! `flowc run`: all services of a project in this process, straight from the sources, at one address.

mod environment;
mod page;
mod served;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use super::arguments::RunArguments;
use super::check::{conclude, refuse, scale};
use super::options::Options;
use super::output::Output;
use super::program::planned;
use super::{Exit, files, session};
use crate::diagnostic::project;
use served::{Look, Served};

/// Expressions inside of expressions take more of a stack than what is emitted for them.
const STACK: usize = 16 << 20;

pub fn run(arguments: &RunArguments, options: &Options, output: &mut Output) -> Exit {
    let format = options.format.value;
    let root = match files::locate(&arguments.path) {
        Ok(root) => root,
        Err(refusal) => return refuse(refusal, format, output),
    };
    let mut session = session::open(root);
    output.progress("Checking", &scale(&session));
    let program = planned(&mut session);
    let exit = conclude(&session, format, &[], output);
    let Some((program, plans)) = program else { return exit };
    let look = (!arguments.no_page).then(|| Look { plans, history: Arc::default() });
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|error| format!("no threads can be had: {error}"))
        .and_then(|runtime| {
            let at = arguments.listen.map_or_else(environment::listen, Ok)?;
            let listener = listen(at)?;
            let ended = runtime.block_on(async {
                let served = Served::start(program, look, &listener)?;
                output.progress("Serving", &served.scale());
                if let Some(page) = served.page() {
                    output.progress("Showing", &page);
                }
                let flushing = tokio::spawn(served::keep_flushing());
                served.until(served::told_to_end()).await;
                flushing.abort();
                flow_std::http::flush_log();
                Ok(())
            });
            runtime.shutdown_background();
            ended
        });
    match ended {
        Ok(()) => Exit::Clean,
        Err(reason) => refuse(project::unserved(&reason), format, output),
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
