//! The stores of the services. They outlive the hosts, as a disk does, and show what is kept of writes that may have to be
//! undone.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use flow_std::store::{MemoryStore, Store, Trouble, TroubledStore};

use crate::scenario::{Scenario, first_of};
use crate::wire::field;

/// When all simulations begin, since the start of 1970.
pub const BEGIN: Duration = Duration::from_secs(1_767_225_600);

/// A store for each host that services run on; two of the same share one.
#[derive(Clone)]
pub struct Stores {
    by_host: Rc<BTreeMap<&'static str, MemoryStore>>,
    troubles: Vec<Trouble>,
}

/// What is kept of a write.
#[derive(Clone, Debug)]
pub struct Note {
    /// The id of the request.
    pub request: String,
    /// What was called.
    pub write: String,
    pub state: String,
}

impl Note {
    /// Whether nothing happens to it before an operator says so.
    pub fn is_for_operator(&self) -> bool {
        ["refused", "uncertain"].contains(&self.state.as_str())
    }
}

impl Stores {
    pub fn new(scenario: &Scenario) -> Stores {
        let by_host = scenario.hosts.iter().map(|host| (first_of(host), MemoryStore::default()));
        let troubles = scenario.troubles.iter().map(|(from, until, kind)| Trouble {
            from: BEGIN + *from,
            until: BEGIN + *until,
            part: 0.8,
            kind: *kind,
        });
        Stores { by_host: Rc::new(by_host.collect()), troubles: troubles.collect() }
    }

    pub fn of(&self, host: &'static str) -> Store {
        let memory = self.by_host.get(first_of(host)).cloned().unwrap_or_default();
        Store::Troubled(TroubledStore::new(memory, self.troubles.clone()))
    }

    /// The keys of the requests that a process says it is at, and that lives.
    pub fn under_way(&self) -> Vec<String> {
        let mut under_way = Vec::new();
        for store in self.by_host.values() {
            for (key, entry) in store.scan("answers/", None, 10_000) {
                let text = String::from_utf8_lossy(&entry.value).into_owned();
                let instance = format!("instances/{}", field(&text, "instance").unwrap_or_default());
                if field(&text, "state") == Some("running") && store.get(&instance).is_some() {
                    under_way.push(key);
                }
            }
        }
        under_way
    }

    /// What is kept on all hosts. The keys are `runs/SERVICE/RUN`, and for each write `runs/SERVICE/RUN/NUMBER`.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        for store in self.by_host.values() {
            let mut request = String::new();
            for (key, entry) in store.scan("runs/", None, 10_000) {
                let text = String::from_utf8_lossy(&entry.value).into_owned();
                let of = |name| field(&text, name).unwrap_or_default().to_owned();
                match key.matches('/').count() {
                    2 => request = of("request"),
                    _ => {
                        notes.push(Note { request: request.clone(), write: of("write"), state: of("state") })
                    }
                }
            }
        }
        notes
    }
}
