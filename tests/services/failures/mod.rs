//! Every failure: each call that an operation of the shop makes, failing in each way that it can. What the caller is
//! told is written down, and whatever it is, the money is where it should be: what was done is what was answered, or it
//! is taken back, or it is kept for an operator.

mod world;

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::ask;
use super::process::{PATIENCE, Process};
use super::shop::{ADA, ORDER, PERSON, SHOP};
use world::{Fault, How, OPERATOR, World, declared_statuses};

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
    fault: Fault,
}

#[test]
fn whatever_fails_the_money_is_where_it_should_be() {
    let cases = cases(&World::start());
    assert!(cases.len() > 300, "only {} failures", cases.len());
    let ends = run(cases);
    let lost: Vec<&str> =
        ends.iter().filter(|end| !end.lost.is_empty()).map(|end| end.line.as_str()).collect();
    assert!(lost.is_empty(), "left, and known to nobody:\n{}", lost.join("\n"));
    let lines: Vec<String> = ends.into_iter().map(|end| end.line).collect();
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("every_failure_of_the_shop", lines.join("\n"));
    });
}

fn cases(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for flow in FLOWS {
        let shop = world.begin(Vec::new());
        let answer = send(&shop, flow);
        assert!(answer.0 < 300, "{}: {answer:?}", flow.name);
        for call in world.asked() {
            for how in ways(&call) {
                cases.push(Case { flow, fault: Fault { call: call.clone(), how } });
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
fn run(cases: Vec<Case>) -> Vec<End> {
    const SHOPS: usize = 8;
    let (waiting, ends) =
        (Mutex::new(cases.into_iter().enumerate().collect::<VecDeque<_>>()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..SHOPS {
            scope.spawn(|| {
                let world = World::start();
                loop {
                    let next = waiting.lock().expect("no panic").pop_front();
                    let Some((at, case)) = next else { break };
                    let end = outcome(&world, &case);
                    ends.lock().expect("no panic").push((at, end));
                }
            });
        }
    });
    let mut ends = ends.into_inner().expect("no panic");
    ends.sort_by_key(|(at, _)| *at);
    ends.into_iter().map(|(_, end)| end).collect()
}

/// How a case ended.
struct End {
    line: String,
    /// What is left in the systems although the caller was told of a failure, and no operator is told of it.
    lost: Vec<String>,
}

fn outcome(world: &World, case: &Case) -> End {
    let shop = world.begin(vec![case.fault.clone()]);
    let (status, title) = send(&shop, case.flow);
    let (left, kept) = settled(world, &shop, status);
    let mut line =
        format!("{} | {} {:?} | {status} {title}", case.flow.name, case.fault.call, case.fault.how);
    for (what, list) in [("left", &left), ("kept", &kept)] {
        if !list.is_empty() {
            let _ = write!(line, " | {what}: {}", list.join(", "));
        }
    }
    let is_known = |deed: &String| {
        WRITES.iter().any(|(known, write)| known == deed && kept.iter().any(|entry| entry.starts_with(write)))
    };
    let lost =
        if status < 300 { Vec::new() } else { left.into_iter().filter(|deed| !is_known(deed)).collect() };
    End { line, lost }
}

/// What is left, and what the operator is told of, once no undo is under way any more.
fn settled(world: &World, shop: &Process, status: u16) -> (Vec<String>, Vec<String>) {
    let began = Instant::now();
    loop {
        let (left, kept) = (world.left(), kept(shop));
        let is_known = kept.len() >= left.len();
        if status < 300 || is_known || began.elapsed() > PATIENCE / 4 {
            return (left, kept);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What does each deed for the flow that has an undo for it.
const WRITES: &[(&str, &str)] = &[
    ("ERP_URL POST /b7/SLS_ORD", "Sales.create"),
    ("LAGER_URL POST /v2/holds", "Stock.reserve"),
    ("ZAHL_URL POST /v1/charges", "Payments.charge"),
    ("ERP_URL POST /b7/CUST_MSTR", "Customers.createCustomer"),
    ("CRM_URL POST /api/contacts", "Contacts.create"),
];

/// What the operator is shown: the write, and how it stands.
fn kept(shop: &Process) -> Vec<String> {
    let token = format!("Bearer {OPERATOR}");
    let answer = ask(shop.address, "GET", "/undos", &[("Authorization", &token)], "");
    let entries = answer.json();
    let text = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = entries.as_array().cloned().unwrap_or_default();
    let mut kept: Vec<String> =
        entries.iter().map(|entry| format!("{} {}", text(entry, "write"), text(entry, "state"))).collect();
    kept.sort();
    kept
}

fn send(shop: &Process, flow: &Flow) -> (u16, String) {
    let headers =
        [("X-Api-Key", flow.key), ("Content-Type", "application/json"), ("Idempotency-Key", "the-only-one")];
    let answer = ask(shop.address, flow.method, flow.target, &headers, flow.body);
    let title = serde_json::from_str::<serde_json::Value>(&answer.body).ok();
    let title = title.and_then(|problem| Some(problem.get("title")?.as_str()?.to_owned()));
    (answer.status, title.unwrap_or_default())
}
