//! One simulation from its seed to its end: a network of hosts with the services, the systems and the callers on them,
//! on one thread and in a time of its own. When all callers have their answers, the dust settles; when nothing happens
//! any more, the services are told to end.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::watch;
use turmoil::{Builder, Sim};

use crate::callers;
use crate::invariants;
use crate::journal::{BEGIN, Note, Stores};
use crate::ledger::{Ledger, Shared};
use crate::random::Random;
use crate::scenario::{Scenario, StormKind};
use crate::services;
use crate::systems::{self, CALM};

/// What goes on without a note in a store shows itself within this.
const QUIET: Duration = Duration::from_secs(5);
/// How often it is looked whether all is quiet.
const LOOK: Duration = Duration::from_millis(500);
/// By then a simulation has ended, or something in it never does.
const LONGEST: Duration = Duration::from_secs(300);

/// What came of it.
pub struct Report {
    pub hash: u64,
    pub scenario: Scenario,
    /// What must not be, in words.
    pub faults: Vec<String>,
    pub trace: Vec<String>,
}

pub fn simulate(seed: u64, is_told: bool) -> Report {
    flow_std::outside::seed(seed);
    let scenario = Scenario::of_seed(seed);
    let ledger = Ledger::new(Random::new(seed, 2), is_told);
    let (tell, told) = watch::channel(false);
    let waiting = Rc::new(Cell::new(scenario.requests.len()));
    let stores = Stores::new(&scenario);
    let mut sim = world(seed, &scenario, &ledger, &stores, &told, &waiting);
    let mut next_look = Duration::ZERO;
    let (mut faults, mut under_way) = (Vec::new(), Vec::new());
    let mut happened = Happened::default();
    while sim.elapsed() < LONGEST && ledger.borrow().ended.len() < scenario.hosts.len() {
        if let Err(error) = sim.step() {
            faults.push(format!("a host failed: {error}"));
            break;
        }
        happened.go_on(&scenario, &mut sim, &ledger);
        let quiet_since = ledger.borrow().last_change.max(scenario.last_event()).max(CALM);
        let is_quiet = waiting.get() == 0 && sim.elapsed() > quiet_since + QUIET;
        if is_quiet && sim.elapsed() > next_look {
            next_look = sim.elapsed() + LOOK;
            under_way = stores.under_way();
            if stores.notes().iter().all(Note::is_for_operator) && under_way.is_empty() {
                tell.send_replace(true);
            }
        }
    }
    drop(sim);
    faults.extend(under_way.iter().map(|key| format!("nobody is at {key}, and nobody else gets at it")));
    let ledger = ledger.borrow();
    faults.extend(invariants::broken(&scenario, &ledger, &stores.notes()));
    Report { hash: ledger.hash(), faults, trace: ledger.lines().to_vec(), scenario }
}

fn world<'a>(
    seed: u64,
    scenario: &Scenario,
    ledger: &Shared,
    stores: &Stores,
    told: &watch::Receiver<bool>,
    waiting: &Rc<Cell<usize>>,
) -> Sim<'a> {
    let mut sim = Builder::new()
        .rng_seed(seed)
        .epoch(UNIX_EPOCH + BEGIN)
        .simulation_duration(LONGEST * 2)
        .tick_duration(scenario.tick)
        .min_message_latency(Duration::ZERO)
        .max_message_latency(scenario.latency)
        .tcp_capacity(1024)
        .build();
    for weather in &scenario.weather {
        let (weather, ledger) = (weather.clone(), ledger.clone());
        sim.host(weather.system, move || systems::serve(weather.clone(), ledger.clone()));
    }
    for host in scenario.hosts.iter().copied() {
        let (store, told, ledger) = (stores.of(host), told.clone(), ledger.clone());
        sim.host(host, move || services::run(host, store.clone(), told.clone(), ledger.clone()));
    }
    let (scenario, ledger, waiting) = (scenario.clone(), ledger.clone(), waiting.clone());
    sim.client("callers", async move {
        for (number, request) in scenario.requests.iter().cloned().enumerate() {
            let (ledger, waiting) = (ledger.clone(), waiting.clone());
            let hosts = [number, number + 1].map(|turn| scenario.entrance(request.wish, turn));
            tokio::task::spawn_local(async move {
                callers::ask_for(number, request, hosts, ledger).await;
                waiting.set(waiting.get() - 1);
            });
        }
        // The simulation goes on as long as there is a client.
        std::future::pending().await
    });
    sim
}

/// Which of the events of a scenario have begun, and which have ended.
#[derive(Default)]
struct Happened {
    storms_begun: Vec<usize>,
    storms_ended: Vec<usize>,
    crashes_begun: Vec<usize>,
    crashes_ended: Vec<usize>,
}

impl Happened {
    fn go_on(&mut self, scenario: &Scenario, sim: &mut Sim<'_>, ledger: &Shared) {
        let now = sim.elapsed();
        for (place, storm) in scenario.storms.iter().enumerate() {
            let (one, other) = storm.hosts;
            if is_due(now >= storm.from, place, &mut self.storms_begun) {
                ledger.borrow_mut().note_at(now, &format!("{storm:?} begins"));
                match storm.kind {
                    StormKind::Lost => sim.partition(one, other),
                    StormKind::LostOneWay => sim.partition_oneway(one, other),
                    StormKind::Held => sim.hold(one, other),
                }
            }
            if is_due(now >= storm.until, place, &mut self.storms_ended) {
                ledger.borrow_mut().note_at(now, &format!("{storm:?} ends"));
                sim.release(one, other);
                sim.repair(one, other);
            }
        }
        for (place, crash) in scenario.crashes.iter().enumerate() {
            if is_due(now >= crash.at, place, &mut self.crashes_begun) {
                ledger.borrow_mut().dies(now, crash.host);
                sim.crash(crash.host);
            }
            if is_due(now >= crash.until, place, &mut self.crashes_ended) {
                ledger.borrow_mut().note_at(now, &format!("{} is back", crash.host));
                sim.bounce(crash.host);
            }
        }
    }
}

/// Whether it is time for something that has not happened yet.
fn is_due(is_time: bool, place: usize, happened: &mut Vec<usize>) -> bool {
    let is_due = is_time && !happened.contains(&place);
    if is_due {
        happened.push(place);
    }
    is_due
}
