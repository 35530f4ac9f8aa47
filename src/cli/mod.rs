//! The outer ring: the only place that reads and writes files. Results go to standard output, progress and
//! counts to standard error.

mod arguments;
mod build;
mod check;
mod config;
mod contract;
mod contracts;
mod eval;
mod explain;
mod explain_program;
mod fault;
mod files;
mod format;
mod live;
mod manifest;
mod mock;
mod mutate;
mod new;
mod nodes;
mod options;
mod output;
mod program;
mod read;
mod run;
mod scaffold;
mod session;
mod signal;
mod stages;
mod suppress;
mod test;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;
use std::thread;

use clap::{CommandFactory, Parser};

pub use build::build_workspace;
pub use live::{Live, Reach};
pub use program::{program, tested};

use arguments::{Arguments, Command, SchemaName};
use output::Output;

use crate::parallel::STACK;

/// How a command ended; the same in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Clean,
    Findings,
    /// Usage, configuration, or files that cannot be read or written.
    Usage,
    /// A fault of ours, which has been reported by then.
    Fault,
    /// A `--check` found that files would change.
    WouldChange,
    /// A flow test failed.
    TestFailed,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::WouldChange => 3,
            Exit::TestFailed => 4,
            Exit::Fault => 101,
        }
    }
}

/// Runs the command line and says how it ended.
pub fn main() -> ExitCode {
    fault::install();
    let worker = thread::Builder::new().stack_size(STACK).spawn(|| run(std::env::args_os().collect()));
    let exit = match worker {
        Ok(worker) => worker.join().unwrap_or(Exit::Fault),
        Err(_) => run(std::env::args_os().collect()), // the system has no thread for us: the main one must do
    };
    ExitCode::from(exit.code())
}

fn run(words: Vec<OsString>) -> Exit {
    fault::on_demand();
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let options = match options::options(&arguments, &|name| std::env::var_os(name)) {
        Ok(options) => options,
        Err(message) => return output::bad_environment(&message),
    };
    let mut output = output::output(options.color.value, arguments.quiet);
    let exit = match &arguments.command {
        Command::Check(check) => check::check(check, &options, &mut output),
        Command::Test(arguments) => test::test(arguments, &options, &mut output),
        Command::Mutate(arguments) => mutate::mutate(arguments, &options, &mut output),
        Command::Build(arguments) => build::build(arguments, &options, &mut output),
        Command::Run(arguments) => run::run(arguments, &options, &mut output),
        Command::Eval(arguments) => eval::evaluate(arguments, &options, &mut output),
        Command::Fmt(arguments) => format::format(arguments, &mut output),
        Command::Explain { what, project, format } => match what.as_slice() {
            [word, name] if word == "flow" => explain_program::flow(name, *format, project, &mut output),
            [word, name] if word == "map" => explain_program::map(name, project, &mut output),
            [word] if word == "reveals" => explain_program::reveals(project, &mut output),
            [code, ..] => explain::explain(Some(code), &mut output),
            [] => explain::explain(None, &mut output),
        },
        Command::New(new) => new::new(new, &mut output),
        Command::Contract(arguments) => contract::contract(arguments, &options, &mut output),
        Command::Mock(arguments) => mock::mock(arguments, &mut output),
        Command::Contracts(report) => scaffold::report(report, &mut output),
        Command::Config { path } => config::config(path, &options, &mut output),
        Command::Schema { of } => schema(*of, &mut output),
        Command::Completions { shell } => completions(*shell, &mut output),
    };
    output.ended(exit)
}

fn schema(of: SchemaName, output: &mut Output) -> Exit {
    match of {
        SchemaName::Diagnostics => output.result(&crate::diagnostic::render::schema()),
    }
    Exit::Clean
}

fn completions(shell: clap_complete::Shell, output: &mut Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "flowc", &mut script);
    output.result(&String::from_utf8_lossy(&script));
    Exit::Clean
}
