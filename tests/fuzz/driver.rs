//! A fuzzer that runs on any compiler: `cargo run --release --example fuzz -- SEED SECONDS`. It changes the texts of
//! the repository at random and holds the parsers, the formatter and the checker to what must be true of any text.
//! What breaks them is left in `target/fuzz`: the text at hand is written there before it is tried, so that it is there
//! even after an overflow of the stack. A text that takes longer than [`PATIENCE`] ends the run.

mod corpus;
mod mutate;
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What one text may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let seed = arguments.next().unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(arguments.next().unwrap_or(60));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    fs::create_dir_all(&folder).expect("a folder for what is found");
    let worker = thread::Builder::new().stack_size(32 << 20).spawn(move || run(seed, end, &folder));
    let faults = worker.expect("a thread").join().expect("the fuzzer itself does not panic");
    exit(i32::from(faults > 0));
}

fn run(seed: u64, end: Instant, folder: &Path) -> u64 {
    let seeds = corpus::corpus();
    let mut random = mutate::Random::new(seed);
    let current = folder.join(format!("current-{seed}"));
    let tried = watched(current.clone());
    let (mut count, mut faults, mut said) = (0_u64, 0_u64, Instant::now());
    while Instant::now() < end {
        let (ending, text) = &seeds[random.below(seeds.len())];
        let (_, other) = &seeds[random.below(seeds.len())];
        let text = mutate::mutate(&mut random, text, other);
        fs::write(&current, &text).expect("written");
        let tried_now = catch_unwind(AssertUnwindSafe(|| match ending.as_str() {
            "flow" => targets::flow(&text),
            ending => targets::contract(&format!("contract.{ending}"), &text),
        }));
        count += 1;
        tried.store(count, Ordering::Relaxed);
        if tried_now.is_err() {
            faults += 1;
            fs::write(folder.join(format!("fault-{seed}-{faults}.{ending}")), &text).expect("written");
        }
        if said.elapsed() > Duration::from_secs(60) {
            println!("{count} texts, {faults} faults, peak memory {}", peak());
            said = Instant::now();
        }
    }
    println!("{count} texts, {faults} faults, peak memory {}", peak());
    faults
}

/// Ends the run when the count stands still.
fn watched(current: PathBuf) -> Arc<AtomicU64> {
    let tried = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&tried);
    thread::spawn(move || {
        let mut last = u64::MAX;
        loop {
            thread::sleep(PATIENCE);
            let now = count.load(Ordering::Relaxed);
            if now == last {
                println!("no end after text {now}: {}", current.display());
                exit(2);
            }
            last = now;
        }
    });
    tried
}

fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or("unknown".to_owned(), |peak| peak.trim().to_owned())
}
