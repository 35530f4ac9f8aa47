//! As if top to bottom: random flows, run in strict order, as compiled, and as interpreted, in worlds where calls fail and are slow at
//! random. The answer, the writes, the undos and their order must be the same.
//!
//! `ORDER_FLOWS=10000 cargo test --test main -- --ignored order::many` runs many, `ORDER_SEED=7 cargo test --test main --
//! order::random` only that one, and `ORDER_SHRINK=1` makes the first that fails as small as it gets.

mod compare;
pub mod compiled;
mod flow;
mod generate;
mod interpreted;
mod print;
mod shrink;
mod strict;
#[allow(dead_code, reason = "the strict run has no time")]
pub mod world;

use std::fmt::Write;
use std::sync::Mutex;

use compiled::{Ask, Seen};
use flow::Flow;
use strict::Run;
use world::Dice;

/// So many flows are looked at wherever the tests run; what they take is what compiling them takes.
const FEW: u64 = 160;
/// Those of which the compiled run was another one once, beyond these few.
const ONCE_WRONG: [u64; 2] = [2556, 4256];
/// So many are built at a time.
const BATCH: u64 = 400;
/// So many are interpreted wherever the tests run: seconds.
const INTERPRETED: u64 = 400;
/// In how many worlds each flow runs: all ways to fail and to be slow.
const WORLDS: u64 = 16;

/// There is one folder to build in.
static BUILDS: Mutex<()> = Mutex::new(());

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn random_flows_do_what_they_say_from_top_to_bottom() {
    match number("ORDER_SEED") {
        Some(seed) => check([seed]),
        None => check((0..FEW).chain(ONCE_WRONG)),
    }
}

#[test]
fn random_flows_do_what_they_say_when_they_are_interpreted() {
    match number("ORDER_SEED") {
        Some(seed) => check_by(interpreted::run, [seed]),
        None => check_by(interpreted::run, (0..INTERPRETED).chain(ONCE_WRONG)),
    }
}

#[test]
#[ignore = "interprets tens of thousands of flows: minutes"]
fn many_random_flows_do_what_they_say_when_they_are_interpreted() {
    let (from, count) = (number("ORDER_FROM").unwrap_or(0), number("ORDER_FLOWS").unwrap_or(10_000));
    let starts = (from..from + count).step_by(usize::try_from(BATCH).unwrap_or(1));
    for at in starts {
        check_by(interpreted::run, at..(from + count).min(at + BATCH));
    }
    println!("{count} flows do what they say");
}

#[test]
#[ignore = "compiles thousands of flows: an hour"]
fn many_random_flows_do_what_they_say() {
    let (from, count) = (number("ORDER_FROM").unwrap_or(0), number("ORDER_FLOWS").unwrap_or(10_000));
    let mut at = from;
    while at < from + count {
        let end = (from + count).min(at + BATCH);
        check(at..end);
        println!("seeds {at} to {} do what they say", end - 1);
        at = end;
    }
}

fn check(seeds: impl IntoIterator<Item = u64>) {
    let _one = BUILDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    check_by(compiled::run, seeds);
}

/// One way to run flows that are not run by hand.
type Way = fn(&[Flow], &[Ask]) -> Vec<Seen>;

fn check_by(way: Way, seeds: impl IntoIterator<Item = u64>) {
    let flows: Vec<Flow> = seeds.into_iter().map(generate::flow).collect();
    let found = differences(way, &flows, &|flow| worlds(flow.seed));
    let Some(first) = found.first() else { return };
    let mut said = String::new();
    let first = match number("ORDER_SHRINK") {
        Some(_) => shrink::smaller(way, first.clone()),
        None => first.clone(),
    };
    let _ = writeln!(said, "{}", first.shown());
    let seeds: Vec<u64> = found.iter().map(|one| one.seed).collect();
    panic!(
        "{} of {} flows differ, those of the seeds {seeds:?}. One of them:\n{said}",
        found.len(),
        flows.len()
    );
}

/// A flow that does not do what it says, in one of its worlds.
#[derive(Clone, Debug)]
pub struct Difference {
    /// As it was made; the flow may be a smaller one.
    seed: u64,
    flow: Flow,
    world: u64,
    parameter: i64,
    reason: String,
    strict: Run,
    seen: Seen,
}

/// The first of each flow.
fn differences(way: Way, flows: &[Flow], worlds: &dyn Fn(&Flow) -> Vec<(u64, i64)>) -> Vec<Difference> {
    let asks: Vec<Ask> = flows
        .iter()
        .enumerate()
        .flat_map(|(at, flow)| {
            worlds(flow).into_iter().map(move |(world, parameter)| Ask { flow: at, world, parameter })
        })
        .collect();
    let all = way(flows, &asks);
    assert_eq!(all.len(), asks.len(), "each is answered");
    let mut found: Vec<Difference> = Vec::new();
    for (ask, seen) in asks.iter().zip(all) {
        let flow = &flows[ask.flow];
        let strict = strict::run(flow, ask.world, ask.parameter);
        let Some(reason) = compare::difference(&strict, &seen) else { continue };
        if found.last().is_none_or(|last| last.seed != flow.seed) {
            let (world, parameter, flow) = (ask.world, ask.parameter, flow.clone());
            found.push(Difference { seed: flow.seed, flow, world, parameter, reason, strict, seen });
        }
    }
    found
}

fn worlds(seed: u64) -> Vec<(u64, i64)> {
    let mut dice = Dice::new(seed);
    let base = (dice.next() >> 1) / WORLDS * WORLDS;
    (0..WORLDS).map(|at| (base + at, dice.small(12))).collect()
}

impl Difference {
    fn shown(&self) -> String {
        let strict = &self.strict;
        let mut said = format!("seed {}, in world {} with p = {}\n", self.seed, self.world, self.parameter);
        said += &format!("{}\n{}\n", print::operation(&self.flow), self.reason);
        said += &format!("  strict: {:?}\n", strict.answer);
        for group in &strict.groups {
            said += &format!("    {:?}\n", group.lanes);
        }
        said += &format!("    reads {:?}\n    and perhaps {:?}\n", strict.reads, strict.spared);
        said += &format!("  not by hand: {} {} {}\n", self.seen.status, self.seen.degraded, self.seen.body);
        said += &format!("    {:?}\n", self.seen.trace);
        said + &format!(
            "again: ORDER_SEED={} ORDER_SHRINK=1 cargo test --test main -- order::random",
            self.seed
        )
    }
}
