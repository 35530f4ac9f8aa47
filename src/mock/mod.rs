//! A server for one contract: it answers from the examples, or with values that are made from the schemas; it remembers
//! what was written where the paths show a collection; and it says where a request is not what the contract says. All of
//! that is one pure step from state and request to the answer; the sockets are beside it.
//!
//! ```text
//!  Request ──route──▶ operation ──check──▶ what it says, faults ──answer──▶ Answer
//!                                                  state ◀──perform──▶
//! ```
//!
//! Nothing is lowered before somebody asks for it, so that a contract of 20 MB is served at once.

mod answer;
mod check;
mod collections;
#[cfg(test)]
mod corner_tests;
mod draft;
mod failure;
mod first;
mod item;
mod kind;
mod list;
mod message;
mod perform;
mod route;
mod serve;
mod settings;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;
mod xml;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use answer::answer;
pub use message::{Answer, Request};
pub use serve::{Line, StandIn, Tell, start};
pub use settings::{Credentials, Fail, Latency, Settings};

use crate::contract::Contract;
use crate::standin::Chance;
use collections::{Collection, Role};
use kind::Kind;
use route::Routes;
use store::Store;

/// A contract with all that a server of it remembers.
#[derive(Debug)]
pub struct Mock {
    contract: Contract,
    settings: Settings,
    routes: Routes,
    collections: Vec<Collection>,
    /// By the number of a route: which collection it belongs to, and what it does there.
    roles: FxHashMap<usize, (usize, Role)>,
    kinds: FxHashMap<usize, Option<Arc<Kind>>>,
    store: Store,
    /// For what happens by chance: failures and latencies.
    luck: Chance,
    /// What there is to say besides the answer at hand.
    remarks: Vec<String>,
    /// What was said before.
    said: FxHashSet<String>,
}

/// No more than that is said besides answers.
const MOST_REMARKS: usize = 1_000;

pub fn mock(contract: Contract, settings: Settings) -> Mock {
    let routes = route::routes(&contract);
    let (collections, roles) = collections::collections(&routes.all);
    let luck = Chance::seeded(settings.seed.unwrap_or(0), &["luck"]);
    Mock {
        contract,
        settings,
        routes,
        collections,
        roles,
        kinds: FxHashMap::default(),
        store: Store::default(),
        luck,
        remarks: Vec::new(),
        said: FxHashSet::default(),
    }
}

impl Mock {
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The path that the operations are found under: empty, or `/b7`.
    pub fn base(&self) -> &str {
        self.routes.base()
    }

    /// Says something once.
    fn remark(&mut self, text: String) {
        if self.said.len() < MOST_REMARKS && self.said.insert(text.clone()) {
            self.remarks.push(text);
        }
    }
}
