//! The shop under load and trouble: what the mobile screen and an order take when each system takes 20 ms, how many
//! tries an outage costs, what comes through when three times too much comes in, and what a long time at the knee
//! with one call in ten failing does to answers, tries and memory.
//!
//! `cargo bench --bench load` is the whole of it: emitted services built with `--release`, and a quarter of an hour.
//! `cargo bench --bench load -- short` takes a minute, with the services as the tests have built them, and ends with a
//! failure where a bound is broken that does not depend on the machine. The services are pinned to the first processor,
//! and this program to the others, where `taskset` is there.

mod load;
mod outcome;
#[allow(dead_code, reason = "these systems let everybody in")]
#[path = "../../examples/shop/run/parts.rs"]
mod parts;
mod scenes;
mod shop;
mod systems;

use std::process::ExitCode;
use std::time::Duration;

use scenes::Plan;
use shop::Build;

/// A minute in all.
const SHORT: Plan = Plan {
    build: Build::Development,
    screens: 40,
    outage: Duration::from_secs(12),
    overload: Duration::from_secs(6),
    soak: Duration::from_secs(10),
};

const WHOLE: Plan = Plan {
    build: Build::Release,
    screens: 400,
    outage: Duration::from_secs(60),
    overload: Duration::from_secs(10),
    soak: Duration::from_secs(600),
};

fn main() -> ExitCode {
    let plan = if std::env::args().any(|word| word == "short") { SHORT } else { WHOLE };
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(broken) => {
            eprintln!("error: {broken}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: &Plan) -> Result<(), String> {
    let folder = shop::build(plan.build, scenes::is_wanted("outage"))?;
    // Before there are threads, so that there are as many as processors are left.
    shop::step_aside();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|fault| format!("no threads can be had: {fault}"))?;
    runtime.block_on(scenes::all(plan, folder))
}
