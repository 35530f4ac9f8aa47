//! What is known of an operation beyond its own end: who does it, what it has done so far, and what it has answered. A
//! run is one execution of an operation. It belongs to an instance, which is one start of a process and lives for as long
//! as it renews its lease: when the lease is over, whatever the instance had begun is for others to bring to an end.
//!
//! | key | what stands there |
//! | --- | --- |
//! | `instances/<instance>` | a lease: it is there for as long as the instance lives |
//! | `answers/<service>/<operation>/<caller>/<key>` | a request that is done once: who does it, or its answer |
//! | `runs/<service>/<run>` | a run that has notes |
//! | `runs/<service>/<run>/<note>` | what the run has noted: what is to be undone if it does not come to its end |

mod claim;
mod lease;
mod record;
mod run;

use std::sync::Arc;

use crate::http::{Context, Environment};
use crate::store::{Store, StoreError};
use crate::undo::Work;

pub use claim::{Claim, Want};
pub use record::{Answer, AnswerState, Kept, RunRecord};
pub use run::{Fate, Run};

/// The runs of this process. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Runs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    instance: String,
    lease: lease::Lease,
    work: Work,
}

impl Runs {
    /// Over the store that the environment names. `service` is what the process is called.
    pub fn read(env: &mut Environment, service: &str) -> Option<Runs> {
        env.store(service).map(Runs::new)
    }

    pub fn new(store: Store) -> Runs {
        let inner = Inner {
            store,
            instance: crate::uuid::fresh().to_string(),
            lease: lease::Lease::default(),
            work: Work::default(),
        };
        Runs { inner: Arc::new(inner) }
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The name of this instance, which no other has.
    pub fn instance(&self) -> &str {
        &self.inner.instance
    }

    pub(crate) fn work(&self) -> &Work {
        &self.inner.work
    }

    /// A run of an operation that is not `idempotent`. Nothing of it is stored until it notes something.
    pub fn begin(&self, cx: &Context) -> Run {
        Run::new(self, cx, None)
    }

    /// Whether the instance of this name lives.
    ///
    /// # Errors
    /// The store cannot be asked.
    pub async fn lives(&self, instance: &str) -> Result<bool, StoreError> {
        match instance == self.instance() {
            true => Ok(true),
            // Nobody else can be there.
            false if self.store().is_exclusive() => Ok(false),
            false => Ok(self.store().get(&lease::key(instance)).await?.is_some()),
        }
    }
}

/// `runs/<service>/`: what all keys of the runs of a service begin with.
pub fn prefix(service: &str) -> String {
    format!("runs/{}/", crate::store::part(service))
}
