//! Two instances of a service share a store on a server. Orders are stopped at each of their writes, at all moments that
//! there are; then the instance that works on them is killed (SIGKILL), and the other one takes over. Each order must
//! come to an end as in `killed`, and its caller, who sends it again to the other instance, must be told that end.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::backend::{Asked, Backend, Reply};
use super::below::{Again, Ledger, is_write, place};
use super::process::{PATIENCE, Process};
use super::run::parts::KEYS;
use super::servers::Server;
use super::{ask, workspace};

const TOKEN: &str = "token-of-the-operator";

/// Where an order is stopped, seen from the write that it is stopped at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    BeforeItIsDone,
    BeforeTheAnswer,
    /// It goes on when all have come as far as they should, in the last moment before the death.
    AfterTheAnswer,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    declined: bool,
    /// The number of the write, undos among them; behind the last one, when all is answered.
    at: usize,
    moment: Moment,
}

struct Account {
    plan: Plan,
    writes: usize,
    is_stopped: bool,
    ledger: Ledger,
}

/// How far all orders are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Those that come to their moment are stopped.
    Stopping,
    /// The answers that are held back are given.
    Answering,
    /// The instance is dead, and nobody is stopped any more.
    Over,
}

/// The services below `Orders`, which know an order by the id of its request.
struct World {
    state: Mutex<(Phase, BTreeMap<String, Account>)>,
    changed: Condvar,
}

impl World {
    fn state(&self) -> MutexGuard<'_, (Phase, BTreeMap<String, Account>)> {
        self.state.lock().expect("no panic")
    }

    fn enter(&self, phase: Phase) {
        self.state().0 = phase;
        self.changed.notify_all();
    }

    fn wait_until(&self, is_so: impl Fn(Phase, &BTreeMap<String, Account>) -> bool) {
        let waits = |state: &mut (Phase, BTreeMap<String, Account>)| !is_so(state.0, &state.1);
        let (state, _) = self.changed.wait_timeout_while(self.state(), PATIENCE, waits).expect("no panic");
        assert!(is_so(state.0, &state.1), "it never came");
    }

    fn answer(&self, asked: &Asked) -> Reply {
        let request = asked.header("x-request-id").unwrap_or_default().to_owned();
        let mut state = self.state();
        let phase = state.0;
        let account = state.1.get_mut(&request).expect("an order that was begun");
        if !is_write(asked) {
            return account.ledger.reply(asked);
        }
        let number = account.writes;
        account.writes += 1;
        if phase == Phase::Over || account.plan.at != number {
            return account.ledger.reply(asked);
        }
        account.is_stopped = true;
        let moment = account.plan.moment;
        let reply = match moment {
            Moment::BeforeItIsDone => Reply::HangUp,
            Moment::BeforeTheAnswer | Moment::AfterTheAnswer => account.ledger.reply(asked),
        };
        drop(state);
        self.changed.notify_all();
        match moment {
            Moment::AfterTheAnswer => {
                self.wait_until(|phase, _| phase >= Phase::Answering);
                reply
            }
            Moment::BeforeItIsDone | Moment::BeforeTheAnswer => {
                self.wait_until(|phase, _| phase == Phase::Over);
                Reply::HangUp
            }
        }
    }
}

/// Every write of an order that is paid, and of one that is declined, at all three moments; and one of each that has
/// its answer before.
fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for (declined, writes) in [(false, 3), (true, 5)] {
        plans.push(Plan { declined, at: usize::MAX, moment: Moment::BeforeItIsDone });
        for at in 0..writes {
            let moments = [Moment::BeforeItIsDone, Moment::BeforeTheAnswer, Moment::AfterTheAnswer];
            plans.extend(moments.map(|moment| Plan { declined, at, moment }));
        }
    }
    plans
}

struct Replicas {
    world: Arc<World>,
    _backend: Backend,
    /// The one that is killed, and the one that goes on.
    first: Option<Process>,
    second: Process,
}

impl Replicas {
    fn over(store: &str) -> Replicas {
        let world = Arc::new(World {
            state: Mutex::new((Phase::Stopping, BTreeMap::new())),
            changed: Condvar::new(),
        });
        let below = Arc::clone(&world);
        let backend = Backend::start(move |asked| below.answer(asked));
        let url = |service: &str| (format!("{service}_URL"), backend.url.clone());
        let mut environment: Vec<_> =
            ["CUSTOMERS", "STOCK", "SALES", "COMPLIANCE", "PAYMENTS"].map(url).into();
        let mut set = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
        set("SHOP_KEYS", KEYS);
        set("FLOW_SERVICE_TOKEN", "token-of-the-services-of-the-shop");
        set("FLOW_STORE", store);
        set("FLOW_OPERATOR_TOKEN", TOKEN);
        let start = || Process::start(workspace::shop(), "orders", &environment);
        let (first, second) = (Some(start()), start());
        Replicas { world, _backend: backend, first, second }
    }

    /// What is left when nothing is to be done any more without an operator.
    fn settled(&self) -> Vec<Value> {
        let token = format!("Bearer {TOKEN}");
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let answer = ask(self.second.address, "GET", "/undos", &[("Authorization", &token)], "");
            assert_eq!(answer.status, 200, "{}", answer.body);
            let left = answer.json().as_array().cloned().unwrap_or_default();
            if left.iter().all(|one| one["state"] == "uncertain" || one["state"] == "refused") {
                return left;
            }
            assert!(std::time::Instant::now() < end, "it does not come to its end: {left:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Places all orders with the first one, kills it when all of them are where they should be, and gives what their
/// callers were told.
fn die(replicas: &mut Replicas) -> BTreeMap<String, Option<u16>> {
    let world = Arc::clone(&replicas.world);
    let first = replicas.first.take().expect("it runs");
    let (at, other) = (first.address, replicas.second.address);
    let mut callers = BTreeMap::new();
    for (number, plan) in plans().into_iter().enumerate() {
        let request = format!("r-{number}");
        let ledger = Ledger { declined: plan.declined, ..Ledger::default() };
        world.state().1.insert(request.clone(), Account { plan, writes: 0, is_stopped: false, ledger });
        let own = request.clone();
        let caller = thread::spawn(move || place(at, &own, "12000"));
        // One after the other, so that it is never too many at once.
        match plan.at {
            usize::MAX => {
                while !caller.is_finished() {
                    thread::yield_now()
                }
            }
            _ => world.wait_until(|_, accounts| accounts.get(&request).is_some_and(|one| one.is_stopped)),
        }
        callers.insert(request, caller);
    }
    for request in ["r-1", "r-8"] {
        let writes = || world.state().1.get(request).map(|one| one.writes);
        let before = writes();
        assert_eq!(place(other, request, "300"), Some(409), "the other one works on it");
        assert_eq!(writes(), before);
    }
    world.enter(Phase::Answering);
    drop(first);
    world.enter(Phase::Over);
    callers.into_iter().map(|(request, caller)| (request, caller.join().expect("no panic"))).collect()
}

fn one_dies_and_the_other_goes_on(store: &str) {
    let mut replicas = Replicas::over(store);
    let told = die(&mut replicas);
    // An order that cannot have come to an end: from then on it is known that the first one is dead.
    replicas.second.logged(&["undoing what another process left", "\"r-1\""]);
    let left = replicas.settled();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (request, status) in told {
        let left: Vec<Value> = left.iter().filter(|one| one["request"] == *request).cloned().collect();
        let before = {
            let state = replicas.world.state();
            let account = state.1.get(&request).expect("it was begun");
            *ends.entry(account.ledger.end(status, &left)).or_default() += 1;
            let (writes, stood) = (account.writes, account.ledger.standing());
            Again { status, is_left: !left.is_empty(), writes, stood }
        };
        let millis = if left.is_empty() { "9000" } else { "300" };
        let again = [(); 2].map(|()| place(replicas.second.address, &request, millis));
        let state = replicas.world.state();
        let account = state.1.get(&request).expect("it was begun");
        before.check(again, account.writes, &account.ledger);
    }
    assert!(["done", "undone", "kept"].iter().all(|end| ends.contains_key(end)), "{ends:?}");
}

#[test]
fn over_postgres_one_dies_and_the_other_goes_on() {
    let Some(server) = Server::postgres() else { return };
    one_dies_and_the_other_goes_on(&server.url());
}

#[test]
fn over_redis_one_dies_and_the_other_goes_on() {
    let Some(server) = Server::redis() else { return };
    one_dies_and_the_other_goes_on(&server.url());
}
