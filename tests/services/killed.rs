//! The process of an operation with undos is killed (SIGKILL) at each of its writes: before the write is done, when it
//! is done and not answered, and a moment after its answer; in the undos as well. The next process must bring each order
//! to an end: all of it done, or all of it undone, or kept for an operator where nobody can know; nothing undone twice
//! but what was cut off, and nothing forgotten.
//!
//! `FLOW_KILLS=300` makes it die that often.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::backend::{Asked, Backend, Reply, empty, json};
use super::process::{PATIENCE, Process};
use super::run::client;
use super::run::parts::KEYS;
use super::{ask, workspace};

const TOKEN: &str = "token-of-the-operator";
const ORDER: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_1"}}"#;

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

/// What was done, and how often each was undone.
#[derive(Default)]
struct Ledger {
    plan: Option<Plan>,
    writes: usize,
    /// How the undos fail, in turn.
    failures: Vec<u16>,
    /// By its id: which write it was, and how often it was undone.
    done: BTreeMap<String, (&'static str, usize)>,
    /// Undos of what was not there any more.
    repeated: usize,
    last_id: usize,
}

/// The services below `Orders`, and the process of it, while there is one.
struct World {
    ledger: Mutex<Ledger>,
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

    fn answer(self: &Arc<World>, asked: &Asked) -> Reply {
        let parts: Vec<&str> = asked.line.split(['/', ' ', '?']).collect();
        let [method, _, _, rest @ ..] = parts.as_slice() else { return empty(404) };
        match (*method, rest) {
            ("GET", ["customers", id]) => json(200, format!(
                r#"{{"id":"{id}","name":"Ada L","tier":"gold","since":"2020-01-31","blocked":false,"addresses":[]}}"#
            )),
            ("POST", ["checks"]) => json(200, r#"{"missing":[]}"#),
            ("GET", ["products", sku]) => json(200, format!(r#"{{"sku":"{sku}","name":"Thing","price":9.5}}"#)),
            ("POST", ["sales-orders"]) => self.write("Sales.create", |id| format!(
                r#"{{"id":"{id}","customerId":"C000001","status":"new","total":19,"placed":"2026-01-31"}}"#
            )),
            ("POST", ["orders", _, "holds"]) => {
                self.write("Stock.reserve", |id| format!(r#"{{"id":"{id}","expires":"2030-01-01T00:00:00Z"}}"#))
            }
            ("POST", ["orders", _, "charges", ..]) => {
                self.write("Payments.charge", |id| format!(r#"{{"id":"{id}","amount":1900}}"#))
            }
            ("DELETE", ["sales-orders", id] | ["holds", id]) => self.undo(id, || empty(204)),
            ("POST", ["charges", id, "refund"]) => {
                self.undo(id, || json(200, format!(r#"{{"id":"{id}","amount":1900}}"#)))
            }
            _ => empty(404),
        }
    }

    fn write(self: &Arc<World>, name: &'static str, answer: impl Fn(&str) -> String) -> Reply {
        let declined =
            r#"{"type":"urn:problem:shop:declined","title":"The payment was declined","status":402}"#;
        self.at_a_write(|ledger| {
            if name == "Payments.charge" && ledger.plan.is_some_and(|plan| plan.declined) {
                return Reply::Answer(402, "application/problem+json", declined.to_owned());
            }
            ledger.last_id += 1;
            let id = format!("X-{}", ledger.last_id);
            ledger.done.insert(id.clone(), (name, 0));
            json(201, answer(&id))
        })
    }

    fn undo(self: &Arc<World>, id: &str, answer: impl Fn() -> Reply) -> Reply {
        self.at_a_write(|ledger| {
            if let Some(status) = ledger.failures.pop() {
                return empty(status);
            }
            match ledger.done.get_mut(id) {
                Some((_, undone)) if *undone == 0 => {
                    *undone += 1;
                    answer()
                }
                _ => {
                    ledger.repeated += 1;
                    empty(404)
                }
            }
        })
    }

    /// Does a write, unless the process dies before it.
    fn at_a_write(self: &Arc<World>, work: impl FnOnce(&mut Ledger) -> Reply) -> Reply {
        let mut ledger = self.ledger.lock().expect("no panic");
        let number = ledger.writes;
        ledger.writes += 1;
        let moment = ledger.plan.filter(|plan| plan.at == number).map(|plan| plan.moment);
        if moment == Some(Moment::BeforeItIsDone) {
            self.kill();
            return Reply::HangUp;
        }
        let reply = work(&mut ledger);
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
        let world =
            Arc::new(World { ledger: Mutex::default(), process: Mutex::default(), has_died: Condvar::new() });
        let below = Arc::clone(&world);
        let backend = Backend::start(move |asked| below.answer(asked));
        let url = |service: &str| (format!("{service}_URL"), backend.url.clone());
        let mut environment: Vec<_> =
            ["CUSTOMERS", "STOCK", "SALES", "COMPLIANCE", "PAYMENTS"].map(url).into();
        let mut set = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
        set("SHOP_KEYS", KEYS);
        set("FLOW_SERVICE_TOKEN", "token-of-the-services-of-the-shop");
        set("FLOW_STORE", &format!("file:{}", folder.join("orders.db").display()));
        set("FLOW_OPERATOR_TOKEN", TOKEN);
        Orders { world, _backend: backend, environment, folder }
    }

    fn start(&self) {
        let process = Process::start(workspace::shop(), "orders", &self.environment);
        *self.world.process.lock().expect("no panic") = Some(process);
    }

    fn address(&self) -> std::net::SocketAddr {
        self.world.process.lock().expect("no panic").as_ref().expect("it runs").address
    }

    /// The status, unless the process has died before it could say one.
    fn place(&self, request: &str) -> Option<u16> {
        self.place_within("9000", request)
    }

    /// The same for a caller who does not wait longer than so many milliseconds.
    fn place_within(&self, millis: &str, request: &str) -> Option<u16> {
        let headers = [
            ("Flow-Deadline", millis),
            ("Content-Type", "application/json"),
            ("X-Api-Key", "key-of-the-shop"),
            ("X-Request-Id", request),
            ("Idempotency-Key", request),
        ];
        client::ask(self.address(), "POST", "/v1/orders", &headers, ORDER).ok().map(|answer| answer.status)
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

    fn command(&self, arguments: &[&str]) -> (bool, String) {
        let ended = Command::new(workspace::shop().join("orders"))
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("it can be started");
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.success(), String::from_utf8_lossy(&said).into_owned())
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
    {
        let mut ledger = orders.world.ledger.lock().expect("no panic");
        *ledger = Ledger { plan: Some(plan), last_id: ledger.last_id, ..Ledger::default() };
    }
    let status = orders.place(request);
    if plan.at == usize::MAX {
        orders.world.kill();
    }
    orders.world.wait_for_death();
    orders.start();
    let left = orders.settled();
    let ledger = orders.world.ledger.lock().expect("no panic");
    let told = format!("{plan:?}: {status:?}, {:?}, {left:?}", ledger.done);
    assert!(left.iter().all(|one| one["request"] == request), "another order's: {told}");
    assert!(ledger.repeated <= 1, "more than the one that was cut off is undone again: {told}");
    let all_stand = ledger.done.len() == 3 && ledger.done.values().all(|(_, undone)| *undone == 0);
    let is_done = all_stand && left.is_empty();
    assert!(is_done || status != Some(201), "{told}");
    // Or it has ended just before it could say so; then its answer was kept, as whoever comes again will see.
    if is_done {
        drop(ledger);
        come_again(orders, request, status, &left);
        return "done";
    }
    for (write, undone) in ledger.done.values() {
        let is_kept = left.iter().any(|one| one["write"] == *write && one["state"] == "uncertain");
        assert!(*undone == 1 || is_kept, "{write} is forgotten: {told}");
        assert!(*undone == 0 || !is_kept, "{write} is undone and kept: {told}");
    }
    drop(ledger);
    come_again(orders, request, status, &left);
    for one in &left {
        let run = one["run"].as_str().unwrap_or_default();
        // The run may have more than one.
        let dropped = orders.operator("DELETE", &format!("/undos/{run}?because=looked+at"));
        assert!([204, 404].contains(&dropped.status), "{}", dropped.body);
    }
    assert!(orders.left().is_empty());
    if left.is_empty() { "undone" } else { "kept" }
}

/// S041: its caller sends the order again. It gets the answer that was kept, or else the order is placed, once.
fn come_again(orders: &Orders, request: &str, status: Option<u16>, left: &[Value]) {
    let standing = |ledger: &Ledger| ledger.done.values().filter(|(_, undone)| *undone == 0).count();
    let (writes, stood) = {
        let mut ledger = orders.world.ledger.lock().expect("no panic");
        let declined = ledger.plan.is_some_and(|plan| plan.declined);
        ledger.plan = Some(Plan { declined, at: usize::MAX, moment: Moment::BeforeItIsDone });
        (ledger.writes, standing(&ledger))
    };
    // Who comes before the operator would wait for him.
    let millis = if left.is_empty() { "9000" } else { "300" };
    let again = [orders.place_within(millis, request), orders.place_within(millis, request)];
    let ledger = orders.world.ledger.lock().expect("no panic");
    let told = format!("{request}: {status:?}, then {again:?}, {:?}", ledger.done);
    let is_declined = ledger.plan.is_some_and(|plan| plan.declined);
    assert_eq!(again[0], again[1], "{told}");
    match (status, left) {
        (Some(_), _) => {
            assert_eq!(
                (again[0], ledger.writes),
                (status, writes),
                "what was answered is answered again: {told}"
            );
        }
        // It has ended just before it could say so.
        (None, []) if ledger.writes == writes || stood == 3 => {
            let end = if is_declined { 402 } else { 201 };
            assert_eq!((again[0], ledger.writes), (Some(end), writes), "{told}");
        }
        (None, []) if is_declined => assert_eq!((again[0], standing(&ledger)), (Some(402), stood), "{told}"),
        (None, []) => assert_eq!((again[0], standing(&ledger)), (Some(201), stood + 3), "{told}"),
        (None, _) => {
            assert_eq!((again[0], ledger.writes), (Some(409), writes), "an operator comes first: {told}")
        }
    }
}

#[test]
fn an_undo_that_fails_three_times_is_done_in_the_end_and_never_told_as_done_before() {
    let orders = Orders::new("stuck");
    orders.start();
    let no_death = Plan { declined: true, at: usize::MAX, moment: Moment::BeforeItIsDone };
    {
        let mut ledger = orders.world.ledger.lock().expect("no panic");
        ledger.plan = Some(no_death);
        ledger.failures = vec![503, 500, 503];
    }
    assert_eq!(orders.place("r-stuck"), Some(402));
    {
        let process = orders.world.process.lock().expect("no panic");
        process.as_ref().expect("it runs").logged(&["undo stuck", "r-stuck", "Stock.reserve", "waiting"]);
    }
    assert_eq!(orders.settled(), Vec::<Value>::new());
    let ledger = orders.world.ledger.lock().expect("no panic");
    assert_eq!(ledger.done.len(), 2);
    assert!(ledger.done.values().all(|(_, undone)| *undone == 1), "{:?}", ledger.done);
}

#[test]
fn an_operator_sees_and_repeats_what_was_refused() {
    let orders = Orders::new("operator");
    orders.start();
    {
        let mut ledger = orders.world.ledger.lock().expect("no panic");
        ledger.plan = Some(Plan { declined: true, at: usize::MAX, moment: Moment::BeforeItIsDone });
        ledger.failures = vec![409];
    }
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
    let (is_good, said) = orders.command(&["undo", "list"]);
    assert!(!is_good && said.starts_with("Orders: FLOW_STORE "), "the file is held: {said}");
    orders.world.kill();
    let (is_good, said) = orders.command(&["undo", "list"]);
    let line = format!(
        "{run}  refused  1 try  Orders.place: Stock.reserve  request r-refused\n    status 409 of Stock.release\n"
    );
    assert_eq!((is_good, said), (true, line));
    let (is_good, said) = orders.command(&["undo", "run", &run]);
    assert_eq!((is_good, said.as_str()), (true, "nothing is left to undo\n"));
    let (is_good, said) = orders.command(&["undo", "drop", &run, "--because", "of nothing"]);
    assert!(!is_good && said.contains("there is no run"), "{said}");
    let (is_good, said) = orders.command(&["undone"]);
    assert!(!is_good && said.contains("undo list | undo run"), "{said}");
}
