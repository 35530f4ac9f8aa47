//! Every failure: each call that an operation of the shop makes, failing in each way that it can. What the caller is
//! told is written down, and whatever it is, the money is where it should be: what was done is what was answered, or it
//! is taken back, or it is kept for an operator.

mod world;

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::ask;
use super::shop::{ADA, ORDER, PERSON, SHOP};
use world::{Fault, How, World, declared_statuses};

/// One operation of the shop, asked so that all goes well.
struct Flow {
    name: &'static str,
    method: &'static str,
    target: &'static str,
    key: &'static str,
    body: &'static str,
}

const fn read(name: &'static str, target: &'static str) -> Flow {
    Flow { name, method: "GET", target, key: ADA, body: "" }
}

const fn write(name: &'static str, target: &'static str, body: &'static str) -> Flow {
    Flow { name, method: "POST", target, key: SHOP, body }
}

/// Dear enough that the customer is looked at first.
const DEAR: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":200}],"payment":{"kind":"card","token":"tok_1"}}"#;

const FLOWS: &[Flow] = &[
    read("Customers.getCustomer", "/v1/customers/C000001"),
    Flow { key: SHOP, ..read("Customers.listCustomers", "/v1/customers?tier=gold&limit=2") },
    write("Stock.check", "/v1/checks", r#"[{"sku":"B2","quantity":5}]"#),
    write("Orders.place", "/v1/orders", ORDER),
    write("Orders.place (dear)", "/v1/orders", DEAR),
    write("Onboarding.start", "/v1/onboardings", PERSON),
    read("MobileShop.home", "/v1/home/C000001"),
    read("WebShop.account", "/v1/account/C000001"),
    write("WebShop.quote", "/v1/quotes", r#"{"items":[{"sku":"A1","quantity":3}]}"#),
    write(
        "WebShop.checkout",
        "/v1/account/C000001/orders",
        r#"{"items":[{"sku":"A1","quantity":2}],"payment":{"kind":"debit","mandate":"M-1815"}}"#,
    ),
];

struct Case {
    flow: &'static Flow,
    faults: Vec<Fault>,
}

#[test]
fn whatever_fails_the_money_is_where_it_should_be() {
    let cases = cases(&World::start());
    assert!(cases.len() > 300, "only {} failures", cases.len());
    let lines = run(cases);
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("every_failure_of_the_shop", lines.join("\n"));
    });
}

fn cases(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for flow in FLOWS {
        world.begin(Vec::new());
        let answer = send(world, flow);
        assert!(answer.0 < 300, "{}: {answer:?}", flow.name);
        for call in world.asked() {
            for how in ways(&call) {
                cases.push(Case { flow, faults: vec![Fault { call: call.clone(), how }] });
            }
        }
    }
    cases
}

/// How a call can fail: as its contract says, as no contract says, and as the world is.
fn ways(call: &str) -> Vec<How> {
    let mut ways: Vec<How> = declared_statuses(call).into_iter().map(How::Refused).collect();
    ways.extend(
        [418, 429, 500, 503]
            .map(How::Refused)
            .into_iter()
            .filter(|way| !ways.contains(way))
            .collect::<Vec<_>>(),
    );
    ways.extend([
        How::Silent,
        How::DoneAndSilent,
        How::Cut,
        How::DoneAndCut,
        How::DoneAndCutInside,
        How::DoneAndHtml,
        How::DoneAndOtherShape,
        How::Slow,
    ]);
    ways
}

/// Several shops side by side, since most of the time is spent waiting for what never answers.
fn run(cases: Vec<Case>) -> Vec<String> {
    const SHOPS: usize = 8;
    let (waiting, lines) =
        (Mutex::new(cases.into_iter().enumerate().collect::<VecDeque<_>>()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..SHOPS {
            scope.spawn(|| {
                let world = World::start();
                loop {
                    let next = waiting.lock().expect("no panic").pop_front();
                    let Some((at, case)) = next else { break };
                    let line = outcome(&world, &case);
                    lines.lock().expect("no panic").push((at, line));
                }
            });
        }
    });
    let mut lines = lines.into_inner().expect("no panic");
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What the caller is told, and what is left in the systems.
fn outcome(world: &World, case: &Case) -> String {
    world.begin(case.faults.clone());
    let (status, title) = send(world, case.flow);
    let is_settled = |left: &[String]| (status < 300) || left.is_empty();
    let left = world.left(is_settled);
    let mut line = case.flow.name.to_owned();
    for fault in &case.faults {
        let _ = write!(line, " | {} {:?}", fault.call, fault.how);
    }
    let _ = write!(line, " | {status} {title}");
    if !left.is_empty() {
        let _ = write!(line, " | {}", left.join(", "));
    }
    line
}

/// Whoever asks as often as this test comes again when it may.
fn send(world: &World, flow: &Flow) -> (u16, String) {
    let headers = [("X-Api-Key", flow.key), ("Content-Type", "application/json")];
    let send = || ask(world.shop.address, flow.method, flow.target, &headers, flow.body);
    let mut answer = send();
    while answer.status == 429 {
        let wait = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
        thread::sleep(Duration::from_secs(wait.expect("a 429 says when to come again")));
        answer = send();
    }
    let title = serde_json::from_str::<serde_json::Value>(&answer.body).ok();
    let title = title.and_then(|problem| Some(problem.get("title")?.as_str()?.to_owned()));
    (answer.status, title.unwrap_or_default())
}
