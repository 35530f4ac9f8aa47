//! The page of `flowc run`: what it knows of the program and of each request, who may see it, and how it looks in a
//! browser. Nothing here is about emitted services, which have no page.

mod browser;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::backend::{Asked, Backend, Reply, empty, json as reply};
use super::process::Process;
use super::run::standins::{self, Standins, Tell};
use super::workspace::Built;
use super::{ask, get};

const KEY: (&str, &str) = ("X-Api-Key", "development");

/// The shop over its stand-ins, served from its sources with the keys of a developer.
struct Shop {
    process: Process,
    _standins: Standins,
}

fn shop() -> Shop {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let standins = standins::start(&project, Tell::Nothing).unwrap_or_else(|reason| panic!("{reason}"));
    let process = Process::start(&Built::Interpreted(project), "shop", &standins.environment);
    Shop { process, _standins: standins }
}

/// The laboratory over a backend of its own.
fn lab(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Process, Backend) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/services/semantics");
    let back = Backend::start(script);
    let mut environment = super::semantics::elsewhere();
    environment.push(("BACK_URL".to_owned(), back.url.clone()));
    (Process::start(&Built::Interpreted(project), "semantics", &environment), back)
}

const ORDER: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_declined"}}"#;
const PERSON: &str =
    r#"{"firstName":"Grace","lastName":"Hopper","email":"grace@example.com","country":"US"}"#;

fn send(at: SocketAddr, target: &str, body: &str) -> u16 {
    let headers = [KEY, ("Content-Type", "application/json"), ("Idempotency-Key", target)];
    ask(at, "POST", target, &headers, body).status
}

fn read(at: SocketAddr, target: &str) -> u16 {
    ask(at, "GET", target, &[KEY], "").status
}

fn shown(at: SocketAddr, file: &str) -> Value {
    get(at, &format!("/_flow/{file}")).json()
}

/// The steps of the newest request.
fn steps(at: SocketAddr) -> Vec<Value> {
    let newest = &shown(at, "requests.json")["requests"][0];
    let whole = shown(at, &format!("requests/{}.json", newest["number"]));
    whole["steps"].as_array().cloned().unwrap_or_default()
}

fn of<'s>(steps: &'s [Value], kind: &str, name: &str) -> Vec<&'s Value> {
    steps.iter().filter(|step| step["kind"] == kind && step["name"] == name).collect()
}

fn one<'s>(steps: &'s [Value], kind: &str, name: &str) -> &'s Value {
    let found = of(steps, kind, name);
    assert_eq!(found.len(), 1, "{kind} {name} in {steps:#?}");
    found[0]
}

fn time(step: &Value, which: &str) -> u64 {
    step[which].as_u64().unwrap_or_else(|| panic!("no time {which}: {step:#}"))
}

// ---- what is told of requests -------------------------------------------------------------------

/// No answer comes before both are asked for.
#[test]
fn calls_in_flight_together_overlap() {
    let both = Barrier::new(2);
    let (lab, _back) = lab(move |asked| {
        both.wait();
        let id = asked.line.rsplit('/').next().unwrap_or_default();
        reply(200, super::semantics::thing(id))
    });
    assert_eq!(get(lab.address, "/v1/both").status, 200);
    let steps = steps(lab.address);
    let calls = of(&steps, "call", "Back.getThing");
    assert_eq!(calls.len(), 2, "{steps:#?}");
    assert!(time(calls[0], "begun") <= time(calls[1], "begun"));
    assert!(time(calls[1], "begun") < time(calls[0], "ended"), "{calls:#?}");
    assert_eq!(calls[0]["facts"]["given"], r#"{"id":"a"}"#);
    assert!(
        calls[1]["facts"]["gave"].as_str().is_some_and(|gave| gave.contains(r#""id":"b""#)),
        "{calls:#?}"
    );
}

#[test]
fn each_try_is_told_with_its_reason() {
    let count = AtomicUsize::new(0);
    let (lab, _back) = lab(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => empty(503),
        _ => reply(200, r#"{"id":"a"}"#),
    });
    assert_eq!(read(lab.address, "/v1/read/a"), 200);
    let steps = steps(lab.address);
    assert_eq!(one(&steps, "call", "Frail.getThing")["failure"], Value::Null);
    let tries = of(&steps, "try", "Frail.getThing");
    let failures: Vec<&Value> = tries.iter().map(|one| &one["failure"]).collect();
    assert_eq!(failures, [&Value::from("status 503 of Frail.getThing"), &Value::Null]);
    assert!(time(tries[0], "ended") <= time(tries[1], "begun"));
    assert_eq!(shown(lab.address, "requests.json")["requests"][0]["failedTries"], 1);
}

#[test]
fn an_order_that_fails_is_told_with_what_was_undone_and_without_what_is_secret() {
    let Shop { process: shop, _standins } = shop();
    let at = shop.address;
    assert_eq!(send(at, "/v1/orders", ORDER), 402);
    let steps = steps(at);
    let charge = one(&steps, "call", "Payments.charge");
    assert_eq!(charge["failure"], "status 402 of Payments.charge");
    assert!(charge["facts"]["given"].as_str().is_some_and(|given| given.contains(r#""token":"•••""#)));
    let (release, cancel) = (one(&steps, "undo", "Stock.release"), one(&steps, "undo", "Sales.cancel"));
    assert!(time(charge, "ended") <= time(release, "begun"));
    assert!(time(release, "ended") <= time(cancel, "begun"), "the last write is undone first");
    let operation = one(&steps, "operation", "Orders.place");
    assert_eq!(
        (&operation["failure"], &operation["inside"]),
        (&"The payment was declined".into(), &0.into())
    );
    assert_eq!(release["inside"], charge["inside"], "both are of the operation");
    // Sent again, it is not done again.
    assert_eq!(send(at, "/v1/orders", ORDER), 402);
    let newest = &shown(at, "requests.json")["requests"][0];
    assert_eq!((&newest["end"]["replayed"], &newest["calls"]), (&true.into(), &0.into()));
}

#[test]
fn nothing_that_carries_a_label_is_shown_wherever_it_goes() {
    let Shop { process: shop, _standins } = shop();
    let at = shop.address;
    let statuses = [
        send(at, "/v1/orders", ORDER),
        send(at, "/v1/onboardings", PERSON),
        read(at, "/v1/customers/C000001"),
        read(at, "/v1/account/C000001"),
    ];
    assert_eq!(statuses, [402, 201, 200, 200]);
    let count = shown(at, "requests.json")["requests"].as_array().map_or(0, Vec::len);
    let all: String =
        (1..=count).map(|number| get(at, &format!("/_flow/requests/{number}.json")).body).collect();
    assert!(all.contains("Grace") && all.contains("SO-100002") && all.contains("•••"));
    // Neither in requests, nor in what is sent to a backend that accepts it, nor in its answers.
    for secret in ["tok_declined", "grace@example.com", "ada@example.com", "development"] {
        assert!(!all.contains(secret), "{secret} is shown");
    }
}

#[test]
fn kept_answers_fallbacks_and_log_lines_are_told() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let standins = standins::start(&project, Tell::Nothing).unwrap_or_else(|reason| panic!("{reason}"));
    let dead = Backend::start(|_| empty(500));
    let mut environment = standins.environment.clone();
    environment.push(("CRM_URL".to_owned(), dead.url.clone()));
    let shop = Process::start(&Built::Interpreted(project), "semantics", &environment);
    let at = shop.address;
    assert_eq!(read(at, "/v1/home/C000001"), 200);
    let screen = steps(at);
    let fallback = one(&screen, "fallback", "Profiles.activities");
    assert_eq!(fallback["facts"]["because"], "status 502 of Profiles.activities");
    let quote = r#"{"items":[{"sku":"A1","quantity":3}]}"#;
    assert_eq!([send(at, "/v1/quotes", quote), send(at, "/v1/quotes", quote)], [200, 200]);
    let again = steps(at);
    let product = one(&again, "operation", "Sales.product");
    assert_eq!(product["facts"]["kept"], "by the cache of the operation");
    assert!(of(&again, "call", "Erp.getMaterial").is_empty());
    send(at, "/v1/orders", ORDER);
    let order = steps(at);
    let line = one(&order, "log", "a small order");
    assert_eq!(line["facts"]["fields"], r#"{"customer":"C000001"}"#);
}

#[test]
fn what_was_refused_is_told_too() {
    let Shop { process: shop, _standins } = shop();
    let at = shop.address;
    assert_eq!(get(at, "/v1/account/C000001").status, 401);
    assert_eq!(send(at, "/v1/orders", "{"), 400);
    assert_eq!(get(at, "/v1/nowhere").status, 404);
    assert_eq!(get(at, "/livez").status, 200);
    let list = shown(at, "requests.json");
    let told: Vec<(&Value, &Value, &Value)> = list["requests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (&one["name"], &one["operation"], &one["end"]["status"]))
        .collect();
    let told: Vec<String> = told.iter().map(|(name, of, status)| format!("{name} {of} {status}")).collect();
    assert_eq!(
        told,
        [
            r#""GET /v1/nowhere" null 404"#,
            r#""POST /v1/orders" "Orders.place" 400"#,
            r#""GET /v1/account/C000001" "WebShop.account" 401"#,
        ]
    );
}

// ---- what is told of the program ----------------------------------------------------------------

#[test]
fn the_program_is_told_with_its_documents_and_plans() {
    let Shop { process: shop, _standins } = shop();
    let at = shop.address;
    let program = shown(at, "program.json");
    assert_eq!(program["services"].as_array().map(Vec::len), Some(12));
    assert_eq!(program["development"]["apiKey"], "development");
    let orders = program["services"].as_array().into_iter().flatten().find(|one| one["name"] == "Orders");
    let place = orders.and_then(|orders| orders["operations"].get(1)).cloned().unwrap_or_default();
    assert_eq!(
        (&place["name"], &place["method"], &place["path"]),
        (&"place".into(), &"POST".into(), &"/v1/orders".into())
    );
    let cancels =
        serde_json::json!({ "to": "Sales", "name": "Sales.cancel", "reads": false, "undoes": true });
    assert!(place["calls"].as_array().is_some_and(|calls| calls.contains(&cancels)), "{place:#}");
    assert_eq!(shown(at, "openapi/Orders.json")["paths"]["/v1/orders"]["post"]["operationId"], "place");
    assert!(get(at, "/_flow/plan/Orders.place.svg").body.starts_with("<svg"));
    for file in [
        "",
        "page.js",
        "dom.js",
        "graph.js",
        "timeline.js",
        "page.css",
        "icon.svg",
        "swagger-ui/swagger-ui-bundle.js",
        "swagger-ui/LICENSE",
    ] {
        assert_eq!(get(at, &format!("/_flow/{file}")).status, 200, "{file}");
    }
    for nothing in [
        "../Cargo.toml",
        "nothing",
        "openapi/Nobody.json",
        "plan/Orders.nothing.svg",
        "requests/9.json",
        "requests/x.json",
    ] {
        assert_eq!(get(at, &format!("/_flow/{nothing}")).status, 404, "{nothing}");
    }
}

// ---- who may see it -----------------------------------------------------------------------------

#[test]
fn nobody_sees_the_page_under_another_name_or_changes_anything_through_it() {
    let Shop { process: shop, _standins } = shop();
    let at = shop.address;
    let status = |method: &str, host: &str, target: &str| {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(at).expect("it listens");
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it is open");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.get(9..12).unwrap_or_default().to_owned()
    };
    assert_eq!(status("GET", "localhost:8080", "/_flow/requests.json"), "200");
    assert_eq!(status("GET", "shop.example.com", "/_flow/requests.json"), "403");
    assert_eq!(status("GET", "shop.example.com:8080", "/_flow/"), "403");
    assert_eq!(status("POST", "localhost", "/_flow/"), "405");
    assert_eq!(status("GET", "shop.example.com", "/livez"), "200", "the services have any name");
    let answer = get(at, "/_flow/");
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(get(at, "/_flow").header("location"), Some("/_flow/"));
}

/// A project whose own paths begin with the page's goes without it.
#[test]
fn a_program_keeps_its_own_paths() {
    let folder = tempfile::tempdir().expect("a folder");
    let flow =
        "system Own v1 {\n  auth: public\n\n  get: GET /thing -> string {\n    return \"own\"\n  }\n}\n";
    for (flow, status) in
        [(flow.to_owned(), 200), (flow.replace("Own v1", "Own").replace("/thing", "/_flow/thing"), 404)]
    {
        std::fs::write(folder.path().join("flow.toml"), "[project]\nname = \"own\"\n").expect("written");
        std::fs::write(folder.path().join("main.flow"), flow).expect("written");
        let process = Process::start(&Built::Interpreted(folder.path().to_path_buf()), "semantics", &[]);
        assert_eq!(get(process.address, "/_flow/").status, status);
    }
}
