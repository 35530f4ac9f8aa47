//! The shop, built and running: `cargo run --release --example shop`.
//!
//! 1. `flowc` writes the services of `examples/shop` to `target/shop`, and cargo builds them there.
//! 2. For each system of others (ERP, CRM, stock, …) a stand-in starts, which answers from the system's contract.
//! 3. Each service starts as a process of its own, told by its environment where the others are.
//! 4. What to try is printed, as commands for curl.
//!
//! It runs until ctrl-C. A terminal sends that to all processes in its foreground group; the services are started
//! into the group of this one, so that they end with it. With `--check` the commands are run once instead, their
//! answers are shown, and the exit code says whether they were the right ones; then the services are ended one by one.

mod run {
    pub mod client;
    pub mod parts;
    pub mod services;
    pub mod standins;
    pub mod tries;
    pub mod wire;
    pub mod workspace;
}

use std::path::Path;
use std::process::ExitCode;

use run::{services, standins, tries, workspace};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_check = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: cargo run --release --example shop [-- --check]");
            return ExitCode::from(2);
        }
    };
    match run(is_check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(is_check: bool) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (project, target) = (root.join("examples/shop"), root.join("target/shop"));
    workspace::build(&project, &target)?;
    let standins = standins::start(&project, standins::Tell::Everything)?;
    let services = services::start(&target, &standins)?;
    if is_check {
        return tries::check(&services, &standins);
    }
    tries::print(&services);
    services.wait()
}
