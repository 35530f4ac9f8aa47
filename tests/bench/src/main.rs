//! Emitted services against services that do the same and were written by hand: processor time a request, throughput on
//! one core, latency, memory, time to start, size.
//!
//! ```sh
//! cargo run --release --manifest-path tests/bench/Cargo.toml --target-dir target/bench -- --help
//! ```
//!
//! Every service runs on the first core, with one thread for its requests; this program, with the callers and the systems
//! behind the services, has the others. The services take turns in each round, so that what else the machine does
//! falls on all of them. Processor time is what to look at: the other figures need a machine that does nothing else.

mod backend;
mod builds;
mod contestant;
mod cores;
mod documents;
mod figures;
mod instructions;
mod load;
mod measure;
mod process;
mod same;
mod table;
mod wire;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use builds::Places;
use clap::{Parser, ValueEnum};
use contestant::Contestant;
use cores::Cores;
use workload::Workload;

/// Measures emitted services against services that do the same and were written by hand.
#[derive(Parser)]
struct Arguments {
    /// How often each service has its turn
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// Seconds of each turn, half of them at full speed, half at a fixed rate
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,

    /// Workloads, such as `W1,W4`; all if left out
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,

    /// Services, such as `flowc,b`; all if left out
    #[arg(long, value_enum, value_delimiter = ',')]
    services: Vec<Contestant>,

    /// Measure what was built before
    #[arg(long)]
    no_build: bool,

    /// The page to write the tables to
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let places = Places::find();
    let workloads = chosen(&arguments.only)?;
    let contestants = match arguments.services.as_slice() {
        [] => Contestant::value_variants(),
        some => some,
    };
    if !arguments.no_build {
        for contestant in contestants {
            eprintln!("building {}", contestant.name());
            contestant.build(&places, &workloads)?;
        }
    }
    let cores = Cores::split()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|fault| fault.to_string())?;
    let local = tokio::task::LocalSet::new();
    let bench = measure::Bench { places, cores, rounds: arguments.rounds, seconds: arguments.seconds };
    let (mut tables, mut comparisons) = (Vec::new(), Vec::new());
    for workload in workloads {
        let comparison = runtime.block_on(local.run_until(bench.workload(workload, contestants)))?;
        let table = table::of(&comparison);
        println!("{table}");
        tables.push(table);
        comparisons.push(comparison);
    }
    let summary = table::summary(&comparisons, contestants);
    println!("{summary}");
    match &arguments.out {
        Some(page) => table::write(page, &format!("{summary}\n{}", tables.join("\n"))),
        None => Ok(()),
    }
}

fn chosen(names: &[String]) -> Result<Vec<&'static Workload>, String> {
    if names.is_empty() {
        return Ok(workload::ALL.iter().collect());
    }
    let find = |name: &String| workload::ALL.iter().find(|workload| workload.name.eq_ignore_ascii_case(name));
    names.iter().map(|name| find(name).ok_or_else(|| format!("there is no workload `{name}`"))).collect()
}
