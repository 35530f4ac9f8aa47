//! The process of an operation with undos is killed (SIGKILL) at each of its writes: before the write is done, when it
//! is done and not answered, and a moment after its answer; in the undos as well. The next process must bring each order
//! to an end: all of it done, or all of it undone, or kept for an operator where nobody can know; nothing undone twice
//! but what was cut off, and nothing forgotten.
//!
//! `FLOW_KILLS=300` makes it die that often.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::backend::{Asked, Backend, Reply};
use super::below::{Again, Ledger, TOKEN, environment, is_write, place};
use super::process::{PATIENCE, Process};
use super::run::client;
use super::{ask, workspace};

/// When the process dies, seen from the write that it dies at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    BeforeItIsDone,
    BeforeTheAnswer,
    AfterTheAnswer(Duration),
}

/// How one order goes.
#[derive(Clone, Copy, Debug)]
struct Plan {
    declined: bool,
    /// The number of the write, undos among them, at which the process dies; behind the last one, when all is answered.
    at: usize,
    moment: Moment,
}

/// One order, and where its process dies.
#[derive(Default)]
struct Account {
    plan: Option<Plan>,
    writes: usize,
    ledger: Ledger,
}

/// The services below `Orders`, and the process of it, while there is one.
struct World {
    account: Mutex<Account>,
    process: Mutex<Option<Process>>,
    has_died: Condvar,
}

impl World {
    fn kill(&self) {
        drop(self.process.lock().expect("no panic").take());
        self.has_died.notify_all();
    }

    fn wait_for_death(&self) {
        let process = self.process.lock().expect("no panic");
        let (process, _) = self
            .has_died
            .wait_timeout_while(process, PATIENCE, |process| process.is_some())
            .expect("no panic");
        assert!(process.is_none(), "nobody has killed it");
    }

    /// Does what is asked for, unless the process dies before it.
    fn answer(self: &Arc<World>, asked: &Asked) -> Reply {
        let mut account = self.account.lock().expect("no panic");
        if !is_write(asked) {
            return account.ledger.reply(asked);
        }
        let number = account.writes;
        account.writes += 1;
        let moment = account.plan.filter(|plan| plan.at == number).map(|plan| plan.moment);
        if moment == Some(Moment::BeforeItIsDone) {
            self.kill();
            return Reply::HangUp;
        }
        let reply = account.ledger.reply(asked);
        match moment {
            None | Some(Moment::BeforeItIsDone) => reply,
            Some(Moment::BeforeTheAnswer) => {
                self.kill();
                Reply::HangUp
            }
            Some(Moment::AfterTheAnswer(wait)) => {
                let world = Arc::clone(self);
                thread::spawn(move || {
                    // No code of ours can see where in its steps the process is then; that is the point.
                    thread::sleep(wait);
                    world.kill();
                });
                reply
            }
        }
    }

    fn begin(&self, plan: Plan, failures: Vec<u16>) {
        let mut account = self.account.lock().expect("no panic");
        let ledger = Ledger {
            declined: plan.declined,
            failures,
            last_id: account.ledger.last_id,
            ..Ledger::default()
        };
        *account = Account { plan: Some(plan), writes: 0, ledger };
    }
}

struct Orders {
    world: Arc<World>,
    _backend: Backend,
    environment: Vec<(String, String)>,
    folder: PathBuf,
}

/// The backend has the world for as long as the test runs, and the process with it.
impl Drop for Orders {
    fn drop(&mut self) {
        self.world.kill();
    }
}

impl Orders {
    fn new(name: &str) -> Orders {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder); // of an earlier run
        std::fs::create_dir_all(&folder).expect("a folder for the store");
        let world = Arc::new(World {
            account: Mutex::default(),
            process: Mutex::default(),
            has_died: Condvar::new(),
        });
        let below = Arc::clone(&world);
        let backend = Backend::start(move |asked| below.answer(asked));
        let environment = environment(&backend.url, &format!("file:{}", folder.join("orders.db").display()));
        Orders { world, _backend: backend, environment, folder }
    }

    fn start(&self) {
        let process = Process::start(workspace::shop(), "orders", &self.environment);
        *self.world.process.lock().expect("no panic") = Some(process);
    }

    fn address(&self) -> std::net::SocketAddr {
        self.world.process.lock().expect("no panic").as_ref().expect("it runs").address
    }

    fn place(&self, request: &str) -> Option<u16> {
        place(self.address(), request, "9000")
    }

    fn operator(&self, method: &str, target: &str) -> client::Answer {
        ask(self.address(), method, target, &[("Authorization", &format!("Bearer {TOKEN}"))], "")
    }

    fn left(&self) -> Vec<Value> {
        let answer = self.operator("GET", "/undos");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json().as_array().cloned().unwrap_or_default()
    }

    /// What is left when nothing is to be done any more without an operator.
    fn settled(&self) -> Vec<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = self.left();
            if left.iter().all(|one| one["state"] == "uncertain" || one["state"] == "refused") {
                return left;
            }
            assert!(Instant::now() < end, "it does not come to its end: {left:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its exit code, what it says, and what it says beside that.
    fn command(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let ended = workspace::shop()
            .command("orders")
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("it can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
    }
}

/// Every write of an order that is paid, and of one that is declined, at all three moments.
fn plans(round: u64) -> Vec<Plan> {
    let wait = |part: u64| Duration::from_micros((round * 397 + part * 611) % 4_000);
    let after_all = Plan { declined: false, at: usize::MAX, moment: Moment::BeforeItIsDone };
    let mut plans = vec![after_all];
    for (declined, writes) in [(false, 3), (true, 5)] {
        for at in 0..writes {
            let moments = [
                Moment::BeforeItIsDone,
                Moment::BeforeTheAnswer,
                Moment::AfterTheAnswer(Duration::ZERO),
                Moment::AfterTheAnswer(wait(at as u64)),
            ];
            plans.extend(moments.map(|moment| Plan { declined, at, moment }));
        }
    }
    plans
}

#[test]
fn whenever_it_dies_each_order_is_done_or_undone_or_kept() {
    let kills: usize = std::env::var("FLOW_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(33);
    let orders = Orders::new("killed");
    orders.start();
    let plans = (0..).flat_map(plans).take(kills);
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, plan) in plans.enumerate() {
        *ends.entry(round(&orders, &format!("r-{number}"), plan)).or_default() += 1;
    }
    println!("{kills} deaths: {ends:?}");
    assert!(["done", "undone", "kept"].iter().all(|end| ends.contains_key(end)), "{ends:?}");
    let _ = std::fs::remove_dir_all(&orders.folder);
}

/// One order, one death, and the process after it.
fn round(orders: &Orders, request: &str, plan: Plan) -> &'static str {
    orders.world.begin(plan, Vec::new());
    let status = orders.place(request);
    if plan.at == usize::MAX {
        orders.world.kill();
    }
    orders.world.wait_for_death();
    orders.start();
    let left = orders.settled();
    assert!(left.iter().all(|one| one["request"] == request), "another order's: {plan:?}: {left:?}");
    let end = orders.world.account.lock().expect("no panic").ledger.end(status, &left);
    come_again(orders, request, status, &left);
    for one in &left {
        let run = one["run"].as_str().unwrap_or_default();
        // The run may have more than one.
        let dropped = orders.operator("DELETE", &format!("/undos/{run}?because=looked+at"));
        assert!([204, 404].contains(&dropped.status), "{}", dropped.body);
    }
    assert!(orders.left().is_empty());
    end
}

/// Its caller sends the order again, and nobody dies.
fn come_again(orders: &Orders, request: &str, status: Option<u16>, left: &[Value]) {
    let before = {
        let mut account = orders.world.account.lock().expect("no panic");
        account.plan = None;
        let (writes, stood) = (account.writes, account.ledger.standing());
        Again { status, is_left: !left.is_empty(), writes, stood }
    };
    // Who comes before the operator would wait for him.
    let millis = if left.is_empty() { "9000" } else { "300" };
    let again = [(); 2].map(|()| place(orders.address(), request, millis));
    let account = orders.world.account.lock().expect("no panic");
    before.check(again, account.writes, &account.ledger);
}

#[test]
fn an_undo_that_fails_three_times_is_done_in_the_end_and_never_told_as_done_before() {
    let orders = Orders::new("stuck");
    orders.start();
    let no_death = Plan { declined: true, at: usize::MAX, moment: Moment::BeforeItIsDone };
    orders.world.begin(no_death, vec![503, 500, 503]);
    assert_eq!(orders.place("r-stuck"), Some(402));
    {
        let process = orders.world.process.lock().expect("no panic");
        let process = process.as_ref().expect("it runs");
        process.logged(&["undo stuck", "r-stuck", "Stock.reserve", "waiting"]);
        process.logged(&["undo done", "\"info\"", "r-stuck", "Stock.reserve"]);
        // The other one was never told as stuck.
        assert_eq!(process.lines_with("undo done").len(), 1);
    }
    assert_eq!(orders.settled(), Vec::<Value>::new());
    let ledger = &orders.world.account.lock().expect("no panic").ledger;
    assert_eq!(ledger.done.len(), 2);
    assert!(ledger.done.values().all(|(_, undone)| *undone == 1), "{:?}", ledger.done);
}

#[test]
fn an_operator_sees_and_repeats_what_was_refused() {
    let orders = Orders::new("operator");
    orders.start();
    let no_death = Plan { declined: true, at: usize::MAX, moment: Moment::BeforeItIsDone };
    orders.world.begin(no_death, vec![409]);
    assert_eq!(orders.place("r-refused"), Some(402));
    let left = orders.settled();
    let [one] = left.as_slice() else { panic!("{left:?}") };
    let run = one["run"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (&one["write"], &one["state"], &one["tries"]),
        (&"Stock.reserve".into(), &"refused".into(), &1.into())
    );
    assert_eq!(ask(orders.address(), "GET", "/undos", &[], "").status, 401);
    assert_eq!(orders.operator("DELETE", &format!("/undos/{run}")).status, 400);
    let (code, _, why) = orders.command(&["undo", "list"]);
    assert!(code == Some(1) && why.starts_with("Orders: FLOW_STORE "), "the file is held: {why}");
    orders.world.kill();
    let line = |tries: &str| {
        let whose = "Orders.place: Stock.reserve  request r-refused";
        format!("{run}  refused  {tries}  {whose}\n    status 409 of Stock.release\n")
    };
    assert_eq!(orders.command(&["undo", "list"]), (Some(0), line("1 try"), String::new()));
    orders.world.account.lock().expect("no panic").ledger.failures.push(409);
    let (code, said, log) = orders.command(&["undo", "run", &run]);
    assert_eq!((code, said), (Some(1), line("2 tries")), "it is refused again");
    assert!(log.contains("undo stuck") && !log.contains("undo done"), "{log}");
    let (code, said, log) = orders.command(&["undo", "run", &run]);
    assert_eq!((code, said.as_str()), (Some(0), "nothing is left to undo\n"));
    let whose = format!(
        "\"request\":\"r-refused\",\"service\":\"Orders\",\"run\":\"{run}\",\"write\":\"Stock.reserve\""
    );
    assert!(log.contains(&format!("\"event\":\"undo done\",{whose},\"tries\":\"3\"")), "{log}");
    let (code, _, why) = orders.command(&["undo", "drop", &run, "--because", "of nothing"]);
    assert!(code == Some(1) && why.contains("there is no run"), "{why}");
}
