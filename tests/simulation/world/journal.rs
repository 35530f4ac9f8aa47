//! The stores of the services. They outlive the hosts, as a disk does, and show what is kept of writes that may have to be
//! undone.

use std::collections::BTreeMap;
use std::rc::Rc;

use flow_std::store::{MemoryStore, Store};

use crate::wire::field;

/// A store for each host that services run on.
#[derive(Clone)]
pub struct Stores {
    by_host: Rc<BTreeMap<&'static str, MemoryStore>>,
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
    pub fn new(hosts: &[&'static str]) -> Stores {
        Stores { by_host: Rc::new(hosts.iter().map(|host| (*host, MemoryStore::default())).collect()) }
    }

    pub fn of(&self, host: &str) -> Store {
        Store::Memory(self.by_host.get(host).cloned().unwrap_or_default())
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
