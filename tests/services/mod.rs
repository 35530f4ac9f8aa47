//! What `flowc build` writes, built and running: real services over real TCP, against systems that answer as the test
//! says. Nothing here waits for a time to pass; what has to happen is waited for, and a backend holds its answers back
//! until it has seen what it wants to see.

mod attacks;
mod backend;
mod below;
mod command;
mod conformance;
mod doubt;
mod failures;
mod killed;
mod once;
mod page;
mod partners;
pub mod process;
mod replicas;
mod semantics;
mod shop;
mod stop;
pub mod workspace;

/// The servers of the store are those of its own tests.
#[path = "../../std/tests/store/folder.rs"]
#[allow(dead_code, reason = "the store's tests need more")]
mod folder;
#[path = "../../std/tests/identity/mod.rs"]
mod identity;
#[path = "../../std/tests/store/servers.rs"]
#[allow(dead_code, reason = "the store's tests need more")]
mod servers;

/// The shop's example has a client and stand-ins; these tests ask and answer with the same.
#[path = "../../examples/shop/run"]
pub mod run {
    pub mod client;
    pub mod parts;
    #[allow(dead_code, reason = "the example tells more")]
    pub mod standins;
    pub mod wire;
}

use std::net::SocketAddr;

use run::client::{self, Answer};

/// Asks, and panics where no answer comes.
fn ask(
    at: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Answer {
    client::ask(at, method, target, headers, body)
        .unwrap_or_else(|fault| panic!("{method} {target} has no answer: {fault}"))
}

fn get(at: SocketAddr, target: &str) -> Answer {
    ask(at, "GET", target, &[], "")
}

fn post(at: SocketAddr, target: &str, body: &str) -> Answer {
    ask(at, "POST", target, &[("Content-Type", "application/json")], body)
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }

    /// Status and body, to be compared.
    fn said(&self) -> (u16, &str) {
        (self.status, &self.body)
    }
}
