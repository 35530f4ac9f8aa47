//! Runs the emitted services of the shop, unchanged, in a simulated world: `simulation --seed N` for one seed, with all
//! that happened, `simulation --seeds A..B` for many, and `--first A..B` for many until one fails. Each seed is a process
//! of its own, so that nothing that one leaves behind can reach another one.

mod budget;
mod callers;
mod ends;
mod invariants;
mod journal;
mod ledger;
mod random;
mod scenario;
mod services;
mod simulate;
mod systems;
mod wire;
mod wishes;

use std::ops::Range;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--seed", seed] => one(seed, true),
        ["--quiet-seed", seed] => one(seed, false),
        ["--seeds", seeds] => many(seeds, Stop::AtTheEnd),
        ["--first", seeds] => many(seeds, Stop::AtTheFirst),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: simulation --seed N | --seeds A..B | --first A..B");
    ExitCode::from(2)
}

fn one(seed: &str, is_told: bool) -> ExitCode {
    let Ok(seed) = seed.parse() else { return usage() };
    let report = simulate::simulate(seed, is_told);
    if is_told {
        println!("{:#?}", report.scenario);
        report.trace.iter().for_each(|line| println!("{line}"));
    }
    for fault in &report.faults {
        println!("seed {seed}: {fault}");
    }
    println!("seed {seed}: trace {:016x}", report.hash);
    if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether to go on when a seed has failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    AtTheEnd,
    AtTheFirst,
}

fn many(seeds: &str, stop: Stop) -> ExitCode {
    let ends = seeds.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let Some((from, to)) = ends else { return usage() };
    let begun = Instant::now();
    let failed = failures(from..to, stop);
    let took = begun.elapsed().as_secs_f64();
    match failed.first() {
        None => {
            println!("{} seeds in {took:.1} s: all is well", to - from);
            ExitCode::SUCCESS
        }
        Some((seed, told)) => {
            print!("{told}");
            println!(
                "{} of {} seeds failed in {took:.1} s; replay one with --seed {seed}",
                failed.len(),
                to - from
            );
            let seeds: Vec<String> = failed.iter().map(|(seed, _)| seed.to_string()).collect();
            println!("failed: {}", seeds.join(" "));
            ExitCode::FAILURE
        }
    }
}

/// The seeds that failed, in order, with what they told.
fn failures(seeds: Range<u64>, stop: Stop) -> Vec<(u64, String)> {
    let next = AtomicU64::new(seeds.start);
    let failed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    if let Err(told) = in_process(seed) {
                        failed.lock().expect("no worker panics").push((seed, told));
                        if stop == Stop::AtTheFirst {
                            next.store(seeds.end, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no worker panics");
    failed.sort();
    failed
}

fn in_process(seed: u64) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let run = Command::new(program).args(["--quiet-seed", &seed.to_string()]).output();
    let output = run.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let told = [output.stdout, output.stderr].concat();
    Err(format!("seed {seed}: {}\n{}", output.status, String::from_utf8_lossy(&told)))
}
