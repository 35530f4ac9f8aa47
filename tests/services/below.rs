//! The services below `Orders`, as one that keeps account of what was done and what of it was undone; and what has to
//! hold of an order whose process has died.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::Value;

use super::backend::{Asked, Reply, empty, json};
use super::run::client;
use super::run::parts::KEYS;

/// What an operator of `Orders` shows.
pub const TOKEN: &str = "token-of-the-operator";

const ORDER: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_1"}}"#;

/// Places an order for a caller who does not wait longer than so many milliseconds, and gives the status, unless the
/// process has died before it could say one.
pub fn place(at: SocketAddr, request: &str, millis: &str) -> Option<u16> {
    let headers = [
        ("Flow-Deadline", millis),
        ("Content-Type", "application/json"),
        ("X-Api-Key", "key-of-the-shop"),
        ("X-Request-Id", request),
        ("Idempotency-Key", request),
    ];
    client::ask(at, "POST", "/v1/orders", &headers, ORDER).ok().map(|answer| answer.status)
}

/// What `Orders` is told, over services that are all at this address and the store at that one.
pub fn environment(services: &str, store: &str) -> Vec<(String, String)> {
    let url = |service: &str| (format!("{service}_URL"), services.to_owned());
    let mut environment: Vec<_> = ["CUSTOMERS", "STOCK", "SALES", "COMPLIANCE", "PAYMENTS"].map(url).into();
    let mut set = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
    set("SHOP_KEYS", KEYS);
    set("FLOW_SERVICE_KEY", "a key of the services of the shop");
    set("FLOW_STORE", store);
    set("FLOW_OPERATOR_TOKEN", TOKEN);
    environment
}

/// What was done for one order, and how often each was undone.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Whether the payment is declined.
    pub declined: bool,
    /// How the undos fail, in turn.
    pub failures: Vec<u16>,
    /// By its id: which write it was, and how often it was undone.
    pub done: BTreeMap<String, (&'static str, usize)>,
    /// Undos of what was not there any more.
    pub repeated: usize,
    pub last_id: usize,
}

/// Whether a request changes anything: the others may come as often as they will.
pub fn is_write(asked: &Asked) -> bool {
    !asked.line.starts_with("GET ") && !asked.line.contains("/checks")
}

impl Ledger {
    /// Does what is asked for, and writes it down.
    pub fn reply(&mut self, asked: &Asked) -> Reply {
        let parts: Vec<&str> = asked.line.split(['/', ' ', '?']).collect();
        let [method, _, _, rest @ ..] = parts.as_slice() else { return empty(404) };
        match (*method, rest) {
            ("GET", ["customers", id]) => json(200, format!(
                r#"{{"id":"{id}","name":"Ada L","tier":"gold","since":"2020-01-31","blocked":false,"addresses":[]}}"#
            )),
            ("POST", ["checks"]) => json(200, r#"{"missing":[]}"#),
            ("GET", ["products", sku]) => json(200, format!(r#"{{"sku":"{sku}","name":"Thing","price":9.5}}"#)),
            ("POST", ["sales-orders"]) => self.make("Sales.create", |id| format!(
                r#"{{"id":"{id}","customerId":"C000001","status":"new","total":19,"placed":"2026-01-31"}}"#
            )),
            ("POST", ["orders", _, "holds"]) => {
                self.make("Stock.reserve", |id| format!(r#"{{"id":"{id}","expires":"2030-01-01T00:00:00Z"}}"#))
            }
            ("POST", ["orders", _, "charges", ..]) => {
                self.make("Payments.charge", |id| format!(r#"{{"id":"{id}","amount":1900}}"#))
            }
            ("DELETE", ["sales-orders", id] | ["holds", id]) => self.unmake(id, || empty(204)),
            ("POST", ["charges", id, "refund"]) => {
                self.unmake(id, || json(200, format!(r#"{{"id":"{id}","amount":1900}}"#)))
            }
            _ => empty(404),
        }
    }

    fn make(&mut self, name: &'static str, answer: impl Fn(&str) -> String) -> Reply {
        let declined =
            r#"{"type":"urn:problem:shop:declined","title":"The payment was declined","status":402}"#;
        if name == "Payments.charge" && self.declined {
            return Reply::Answer(402, "application/problem+json", declined.to_owned());
        }
        self.last_id += 1;
        let id = format!("X-{}", self.last_id);
        self.done.insert(id.clone(), (name, 0));
        json(201, answer(&id))
    }

    fn unmake(&mut self, id: &str, answer: impl Fn() -> Reply) -> Reply {
        if let Some(status) = self.failures.pop() {
            return empty(status);
        }
        match self.done.get_mut(id) {
            Some((_, undone)) if *undone == 0 => {
                *undone += 1;
                answer()
            }
            _ => {
                self.repeated += 1;
                empty(404)
            }
        }
    }

    /// How many writes are done and not undone.
    pub fn standing(&self) -> usize {
        self.done.values().filter(|(_, undone)| *undone == 0).count()
    }

    /// Whether an order whose process has died is at an end that may be: all of it done, all of it undone, or kept for an
    /// operator where nobody can know. `status`: what its caller was told, if anything. `left`: what the operator is told
    /// of it.
    pub fn end(&self, status: Option<u16>, left: &[Value]) -> &'static str {
        let told = format!("{status:?}, {self:?}, {left:?}");
        assert!(self.repeated <= 1, "more than the one that was cut off is undone again: {told}");
        let is_done = self.done.len() == 3 && self.standing() == 3 && left.is_empty();
        assert!(is_done || status != Some(201), "{told}");
        // Or it has ended just before it could say so; then its answer was kept, as whoever comes again will see.
        if is_done {
            return "done";
        }
        for (write, undone) in self.done.values() {
            let is_kept = left.iter().any(|one| one["write"] == *write && one["state"] == "uncertain");
            assert!(*undone == 1 || is_kept, "{write} is forgotten: {told}");
            assert!(*undone == 0 || !is_kept, "{write} is undone and kept: {told}");
        }
        if left.is_empty() { "undone" } else { "kept" }
    }
}

/// S041: what a caller is told who sends an order again whose process has died. It gets the answer that was kept, or
/// else the order is placed, once; and if nobody can know what was done, an operator comes first.
pub struct Again {
    /// What the caller was told the first time.
    pub status: Option<u16>,
    pub is_left: bool,
    /// How many writes there had been by then, and how many of them stood.
    pub writes: usize,
    pub stood: usize,
}

impl Again {
    /// `told`: what it was told now, twice. `writes`: how many writes there are by now.
    pub fn check(&self, told: [Option<u16>; 2], writes: usize, ledger: &Ledger) {
        let why = format!("{:?}, then {told:?}, {ledger:?}", self.status);
        let end = if ledger.declined { 402 } else { 201 };
        assert_eq!(told[0], told[1], "{why}");
        match (self.status, self.is_left) {
            (Some(status), _) => {
                let same = (Some(status), self.writes);
                assert_eq!((told[0], writes), same, "what was answered is answered again: {why}");
            }
            (None, true) => {
                assert_eq!((told[0], writes), (Some(409), self.writes), "an operator comes first: {why}");
            }
            // It has ended just before it could say so.
            (None, false) if writes == self.writes || self.stood == 3 => {
                assert_eq!((told[0], writes), (Some(end), self.writes), "{why}");
            }
            (None, false) => {
                let placed = if ledger.declined { 0 } else { 3 };
                assert_eq!((told[0], ledger.standing()), (Some(end), self.stood + placed), "{why}");
            }
        }
    }
}
