//! Two instances of a service share a store on a server. Orders are stopped at each of their writes, at all moments that
//! there are; then the instance that works on them is killed (SIGKILL), and the other one takes over. Each order must
//! come to an end as in `killed`, and its caller, who sends it again to the other instance, must be told that end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::backend::{Asked, Backend, Reply};
use super::below::{Again, Ledger, TOKEN, environment, is_write, place};
use super::process::{PATIENCE, Process};
use super::servers::{Line, Server};
use super::{ask, workspace};

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
    environment: Vec<(String, String)>,
}

impl Replicas {
    fn over(store: &str) -> Replicas {
        let world = Arc::new(World {
            state: Mutex::new((Phase::Stopping, BTreeMap::new())),
            changed: Condvar::new(),
        });
        let below = Arc::clone(&world);
        let backend = Backend::start(move |asked| below.answer(asked));
        let environment = environment(&backend.url, store);
        Replicas { world, _backend: backend, environment }
    }

    fn start(&self) -> Process {
        Process::start(workspace::shop(), "orders", &self.environment)
    }

    /// Places all orders, and returns when each is where it should be.
    fn place_all(&self, at: SocketAddr) -> BTreeMap<String, JoinHandle<Option<u16>>> {
        let mut callers = BTreeMap::new();
        for (number, plan) in plans().into_iter().enumerate() {
            let request = format!("r-{number}");
            let ledger = Ledger { declined: plan.declined, ..Ledger::default() };
            let account = Account { plan, writes: 0, is_stopped: false, ledger };
            self.world.state().1.insert(request.clone(), account);
            let own = request.clone();
            let caller = thread::spawn(move || place(at, &own, "12000"));
            // One after the other, so that it is never too many at once.
            match plan.at {
                usize::MAX => assert!(wait_for(&caller), "it has an answer"),
                _ => self
                    .world
                    .wait_until(|_, accounts| accounts.get(&request).is_some_and(|one| one.is_stopped)),
            }
            callers.insert(request, caller);
        }
        callers
    }

    /// As long as the first one lives, the other one leaves its orders alone.
    fn leaves_alone(&self, other: &Process) {
        let writes = || self.world.state().1.values().map(|one| one.writes).collect::<Vec<_>>();
        let before = writes();
        for request in ["r-1", "r-8"] {
            assert_eq!(place(other.address, request, "3000"), Some(409), "it is under way");
        }
        // It has looked at all that is there when it began, and does so again for the operator.
        for _ in 0..20 {
            let left = left(other);
            // Those are the undos that the first one is at.
            assert!(left.iter().all(|one| one["state"] == "waiting"), "{left:?}");
        }
        assert_eq!(writes(), before);
    }

    /// Kills the first one, and gives what the callers of each order were told.
    fn die(
        &self,
        first: Process,
        callers: BTreeMap<String, JoinHandle<Option<u16>>>,
    ) -> BTreeMap<String, Option<u16>> {
        self.world.enter(Phase::Answering);
        drop(first);
        self.world.enter(Phase::Over);
        callers.into_iter().map(|(request, caller)| (request, caller.join().expect("no panic"))).collect()
    }

    /// How the order has ended, which its caller then sends again.
    fn end(&self, other: &Process, request: &str, status: Option<u16>, left: &[Value]) -> &'static str {
        let (end, before) = {
            let state = self.world.state();
            let account = state.1.get(request).expect("it was begun");
            let (writes, stood) = (account.writes, account.ledger.standing());
            let before = Again { status, is_left: !left.is_empty(), writes, stood };
            (account.ledger.end(status, left), before)
        };
        // Who comes before the operator would wait for him.
        let millis = if left.is_empty() { "9000" } else { "300" };
        let again = [(); 2].map(|()| place(other.address, request, millis));
        let state = self.world.state();
        let account = state.1.get(request).expect("it was begun");
        before.check(again, account.writes, &account.ledger);
        end
    }
}

fn wait_for(caller: &JoinHandle<Option<u16>>) -> bool {
    let end = Instant::now() + PATIENCE;
    while !caller.is_finished() && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
    caller.is_finished()
}

fn left(of: &Process) -> Vec<Value> {
    let answer = ask(of.address, "GET", "/undos", &[("Authorization", &format!("Bearer {TOKEN}"))], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json().as_array().cloned().unwrap_or_default()
}

/// What is left when nothing is to be done any more without an operator.
fn settled(of: &Process) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = left(of);
        if left.iter().all(|one| one["state"] == "uncertain" || one["state"] == "refused") {
            return left;
        }
        assert!(Instant::now() < end, "it does not come to its end: {left:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn one_dies_and_the_other_goes_on(store: &str) {
    let replicas = Replicas::over(store);
    let first = replicas.start();
    let callers = replicas.place_all(first.address);
    let second = replicas.start();
    replicas.leaves_alone(&second);
    let told = replicas.die(first, callers);
    // An order that cannot have come to an end: from then on it is known that the first one is dead.
    second.logged(&["undoing what another process left", "\"r-1\""]);
    let left = settled(&second);
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (request, status) in told {
        let left: Vec<Value> = left.iter().filter(|one| one["request"] == *request).cloned().collect();
        *ends.entry(replicas.end(&second, &request, status, &left)).or_default() += 1;
    }
    println!("{} orders: {ends:?}", ends.values().sum::<usize>());
    assert!(["done", "undone", "kept"].iter().all(|end| ends.contains_key(end)), "{ends:?}");
}

#[test]
fn over_postgres_one_dies_and_the_other_goes_on() {
    let Some(server) = Server::postgres(Line::Plain) else { return };
    one_dies_and_the_other_goes_on(&server.url());
}

#[test]
fn over_redis_one_dies_and_the_other_goes_on() {
    let Some(server) = Server::redis(Line::Plain) else { return };
    one_dies_and_the_other_goes_on(&server.url());
}
