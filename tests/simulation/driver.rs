//! The simulation from the command line: `cargo run --example simulation -- --seeds 0..10000` for many seeds,
//! `-- --seed N` for one of them with all that happened, and `-- --plant NAME --seeds 0..500` with a fault in it.

mod plants;
mod workspace;

use std::process::{Command, ExitCode};

use workspace::Runtime;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let plant = match arguments.first().map(String::as_str) {
        Some("--plant") if arguments.len() > 1 => arguments.drain(..2).nth(1),
        _ => None,
    };
    let runtime = if plant.is_some() { Runtime::Planted } else { Runtime::AsItIs };
    let program = match workspace::build(runtime) {
        Ok(program) => program,
        Err(reason) => {
            eprintln!("error: {reason}");
            return ExitCode::FAILURE;
        }
    };
    let mut run = Command::new(program);
    let ended = run.args(arguments).envs(plant.map(|name| ("PLANT", name))).status();
    if ended.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
