//! The runs of operations in the store: whose they are, and what of them has to be undone. Every change of a run says
//! that the run is still ours, so that an instance which was taken for dead cannot undo what another one undoes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::record::{Head, Record, RunKey, State, lease};
use crate::http::{Level, log};
use crate::store::{Change, Expect, Key, Store, StoreError};

/// How long an instance that says nothing is believed to live.
const LEASE: Duration = Duration::from_secs(15);
/// How often it says so.
pub const RENEWAL: Duration = Duration::from_secs(5);
/// How many entries are read at once.
const PAGE: usize = 500;

static STUCK: AtomicU64 = AtomicU64::new(0);

/// How many undos could not be done when they had to be, since the start: each is tried again, or waits for an operator.
pub fn undos_stuck() -> u64 {
    STUCK.load(Ordering::Relaxed)
}

/// Where runs are kept. Cheap to clone: all clones are one journal.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    /// This process.
    instance: String,
    renewed: Mutex<Option<Instant>>,
    due: Mutex<BTreeMap<RunKey, Instant>>,
    /// Those that somebody in this process works on.
    claimed: Mutex<BTreeSet<RunKey>>,
    is_woken: Notify,
}

/// A run that is ours, and by what that is known.
#[derive(Clone, Debug)]
pub struct Hold {
    pub key: RunKey,
    pub request: String,
    /// The version of the entry by which we took it over.
    taken: Option<u64>,
}

/// A run as it stands in the store.
#[derive(Clone, Debug)]
pub struct Kept {
    pub key: RunKey,
    pub head: Head,
    taken: Option<(String, u64)>,
    pub records: Vec<Record>,
}

impl Kept {
    pub fn owner(&self) -> &str {
        self.taken.as_ref().map_or(&self.head.owner, |(owner, _)| owner)
    }

    /// Whether anything can be done without an operator.
    pub fn is_open(&self) -> bool {
        self.records.iter().any(|record| !record.state.is_for_operator())
    }
}

/// One write that is left, for an operator to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    pub run: String,
    pub operation: String,
    pub request: String,
    pub write: String,
    pub state: State,
    pub tries: u32,
    pub reason: String,
    /// Since 1970; zero for what is still under way.
    pub at: Duration,
}

impl Journal {
    pub fn new(store: Store) -> Journal {
        let inner = Inner {
            store,
            instance: crate::uuid::random().to_string(),
            renewed: Mutex::default(),
            due: Mutex::default(),
            claimed: Mutex::default(),
            is_woken: Notify::new(),
        };
        Journal { inner: Arc::new(inner) }
    }

    /// Whether no other process can have the store open: then whoever else owns a run is dead.
    pub fn is_exclusive(&self) -> bool {
        match &self.inner.store {
            Store::Memory(_) => false,
        }
    }

    // ---- a run of ours --------------------------------------------------------------------------

    pub fn new_run(&self, service: &str, request: &str) -> Hold {
        let key = RunKey { service: service.to_owned(), id: crate::uuid::random().to_string() };
        Hold { key, request: request.to_owned(), taken: None }
    }

    /// Puts a record, and with the first one of a run its head. `false` when the run is no longer ours.
    pub async fn put(&self, hold: &Hold, head: Option<&str>, record: &Record) -> Result<bool, StoreError> {
        let mut change = self.ours(hold).put(hold.key.record(record.number), record.to_bytes(), None);
        if let Some(operation) = head {
            let head = Head {
                operation: operation.to_owned(),
                owner: self.inner.instance.clone(),
                request: hold.request.clone(),
            };
            change = self.with_lease(change).put(hold.key.head(), head.to_bytes(), None);
        }
        self.inner.store.commit(change).await
    }

    /// Forgets records of a run; with its last ones, the run.
    pub async fn forget(&self, hold: &Hold, numbers: &[usize], rest: Rest) -> Result<bool, StoreError> {
        self.inner.store.commit(self.forgetting(self.ours(hold), hold, numbers, rest)).await
    }

    fn forgetting(&self, mut change: Change, hold: &Hold, numbers: &[usize], rest: Rest) -> Change {
        for number in numbers {
            change = change.delete(hold.key.record(*number));
        }
        match rest {
            Rest::Stays => change,
            Rest::Ends => change.delete(hold.key.head()).delete(hold.key.taken()),
        }
    }

    fn ours(&self, hold: &Hold) -> Change {
        let expect = hold.taken.map_or(Expect::Absent, Expect::Version);
        Change::new().expect(hold.key.taken(), expect)
    }

    // ---- who lives ------------------------------------------------------------------------------

    /// Says that this instance lives, if it has not just said so.
    pub async fn renew(&self) -> Result<(), StoreError> {
        let change = self.with_lease(Change::new());
        if !change.put.is_empty() {
            self.inner.store.commit(change).await?;
        }
        Ok(())
    }

    fn with_lease(&self, change: Change) -> Change {
        let mut renewed = lock(&self.inner.renewed);
        let now = Instant::now();
        if renewed.is_some_and(|at| now < at + RENEWAL) {
            return change;
        }
        *renewed = Some(now);
        change.put(lease(&self.inner.instance), "", LEASE)
    }

    pub fn is_ours(&self, kept: &Kept) -> bool {
        kept.owner() == self.inner.instance
    }

    pub async fn has_owner(&self, kept: &Kept) -> Result<bool, StoreError> {
        Ok(!self.is_exclusive() && self.inner.store.get(&lease(kept.owner())).await?.is_some())
    }

    /// Makes a run ours; `None` when somebody was faster.
    pub async fn take(&self, kept: &Kept) -> Result<Option<Hold>, StoreError> {
        let taken = kept.key.taken();
        let expect = kept.taken.as_ref().map_or(Expect::Absent, |(_, version)| Expect::Version(*version));
        let change = Change::new().expect(&taken, expect).put(&taken, self.inner.instance.clone(), None);
        if !self.inner.store.commit(self.with_lease(change)).await? {
            return Ok(None);
        }
        let entry = self.inner.store.get(&taken).await?;
        let hold = |version| Hold {
            key: kept.key.clone(),
            request: kept.head.request.clone(),
            taken: Some(version),
        };
        Ok(entry
            .filter(|entry| entry.value == self.inner.instance.as_bytes())
            .map(|entry| hold(entry.version)))
    }

    /// The hold of a run that is ours already.
    pub fn hold(&self, kept: &Kept) -> Hold {
        let taken = kept.taken.as_ref().map(|(_, version)| *version);
        Hold { key: kept.key.clone(), request: kept.head.request.clone(), taken }
    }

    // ---- what is there --------------------------------------------------------------------------

    pub async fn load(&self, key: &RunKey) -> Result<Option<Kept>, StoreError> {
        Ok(self.read(&key.prefix(), &key.service).await?.pop())
    }

    /// All runs of a service, in the order in which they began.
    pub async fn runs(&self, service: &str) -> Result<Vec<Kept>, StoreError> {
        self.read(&RunKey::all_of(service), service).await
    }

    async fn read(&self, prefix: &str, service: &str) -> Result<Vec<Kept>, StoreError> {
        let mut runs: BTreeMap<String, Vec<(String, Bytes, u64)>> = BTreeMap::new();
        let mut after: Option<Key> = None;
        loop {
            let page = self.inner.store.scan(prefix, after.as_deref(), PAGE).await?;
            let is_last = page.len() < PAGE;
            for (key, entry) in page {
                if let Some((id, part)) =
                    key.strip_prefix(&RunKey::all_of(service)).and_then(|key| key.split_once('/'))
                {
                    let parts = runs.entry(id.to_owned()).or_default();
                    parts.push((part.to_owned(), entry.value, entry.version));
                }
                after = Some(key);
            }
            if is_last {
                break;
            }
        }
        let kept = runs
            .into_iter()
            .filter_map(|(id, parts)| kept(RunKey { service: service.to_owned(), id }, &parts));
        Ok(kept.collect())
    }

    // ---- who works on it ------------------------------------------------------------------------

    /// Keeps everybody else in this process from a run for as long as the claim lives; `None` while another one does.
    pub fn claim(&self, key: &RunKey) -> Option<Claim> {
        let is_first = lock(&self.inner.claimed).insert(key.clone());
        is_first.then(|| Claim { journal: self.clone(), key: key.clone() })
    }

    pub fn is_claimed(&self, key: &RunKey) -> bool {
        lock(&self.inner.claimed).contains(key)
    }

    // ---- what is to be done later ---------------------------------------------------------------

    /// Has the run looked at again at that time.
    pub fn later(&self, key: RunKey, at: Instant) {
        lock(&self.inner.due).insert(key, at);
        self.inner.is_woken.notify_one();
    }

    /// Takes a run whose time has come, or says when the next one's comes.
    pub fn next_due(&self) -> Result<RunKey, Option<Instant>> {
        let mut due = lock(&self.inner.due);
        let next = due.iter().min_by_key(|(_, at)| **at).map(|(key, at)| (key.clone(), *at));
        match next {
            Some((key, at)) if at <= Instant::now() => {
                due.remove(&key);
                Ok(key)
            }
            next => Err(next.map(|(_, at)| at)),
        }
    }

    /// Returns when something was put off.
    pub async fn woken(&self) {
        self.inner.is_woken.notified().await;
    }
}

/// That a run is worked on.
#[derive(Debug)]
pub struct Claim {
    journal: Journal,
    key: RunKey,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.journal.inner.claimed).remove(&self.key);
    }
}

/// Whether something of a run is left beside what is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Stays,
    Ends,
}

fn kept(key: RunKey, parts: &[(String, Bytes, u64)]) -> Option<Kept> {
    let part = |name: &str| parts.iter().find(|(part, ..)| part == name);
    let head = part("head").and_then(|(_, bytes, _)| Head::from_bytes(bytes))?;
    let taken =
        part("taken").map(|(_, owner, version)| (String::from_utf8_lossy(owner).into_owned(), *version));
    let records = parts.iter().filter_map(|(part, bytes, _)| {
        let number = part.parse().ok()?;
        Some(Record::from_bytes(number, bytes).unwrap_or_else(|| unreadable(number)))
    });
    Some(Kept { key, head, taken, records: records.collect() })
}

/// Nothing that was kept is passed over, whoever has written it.
fn unreadable(number: usize) -> Record {
    Record {
        state: State::Uncertain,
        reason: "this version cannot read it".to_owned(),
        ..Record::begun(number, "unknown")
    }
}

impl Left {
    pub fn of(run: &Kept, record: &Record) -> Left {
        Left {
            run: run.key.id.clone(),
            operation: run.head.operation.clone(),
            request: run.head.request.clone(),
            write: record.write.clone(),
            state: record.state,
            tries: record.tries,
            reason: record.reason.clone(),
            at: record.at,
        }
    }
}

/// Tells of an undo that could not be done when it had to be.
pub fn stuck(hold: &Hold, record: &Record) {
    STUCK.fetch_add(1, Ordering::Relaxed);
    let fields = [
        ("request", hold.request.as_str()),
        ("service", hold.key.service.as_str()),
        ("run", hold.key.id.as_str()),
        ("write", record.write.as_str()),
        ("state", record.state.as_str()),
        ("reason", record.reason.as_str()),
    ];
    log::say(Level::Error, "undo stuck", &fields);
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
