//! Runs as they stand in the store: those that somebody left, and how they become ours.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::attempt::pause;
use super::record::{Record, RunKey, State};
use crate::http::{Level, log};
use crate::runs::{Run, RunRecord, Runs};
use crate::store::{Change, Entry, Expect, StoreError};

static STUCK: AtomicU64 = AtomicU64::new(0);

/// How many undos could not be done when they had to be, since the start: each is tried again, or waits for an operator.
pub fn undos_stuck() -> u64 {
    STUCK.load(Ordering::Relaxed)
}

/// A run with what it has noted.
#[derive(Clone, Debug)]
pub struct Kept {
    pub key: RunKey,
    pub run: RunRecord,
    entry: Entry,
    /// In the order of its writes.
    pub records: Vec<Record>,
}

impl Kept {
    /// Whether anything can be done without an operator. One that has nothing noted has to be ended.
    pub fn is_open(&self) -> bool {
        self.records.is_empty() || self.records.iter().any(|record| !record.state.is_for_operator())
    }

    pub fn is_ours(&self, runs: &Runs) -> bool {
        self.run.instance == runs.instance()
    }

    /// Makes it ours; `None` when somebody was faster.
    pub async fn take(mut self, runs: &Runs) -> Result<Option<Kept>, StoreError> {
        runs.live().await?;
        self.run.instance = runs.instance().to_owned();
        let key = self.key.record();
        let change = Change::new().expect(&key, Expect::Version(self.entry.version)).put(
            &key,
            self.run.to_bytes(),
            None,
        );
        if !runs.store().commit(change).await? {
            return Ok(None);
        }
        Ok(load(runs, &self.key).await?.filter(|kept| kept.is_ours(runs)))
    }

    pub fn hold(&self, runs: &Runs) -> Hold {
        Hold::Kept {
            runs: runs.clone(),
            key: self.key.clone(),
            request: self.run.request.clone(),
            entry: self.entry.clone(),
        }
    }
}

pub async fn load(runs: &Runs, key: &RunKey) -> Result<Option<Kept>, StoreError> {
    let found = read(runs, &key.service, &key.record()).await?;
    Ok(found.into_iter().find(|kept| kept.key == *key))
}

/// Whether nothing happens to what a run has left before an operator says so.
pub async fn is_stuck(runs: &Runs, service: &str, run: &str) -> Result<bool, StoreError> {
    let key = RunKey { service: service.to_owned(), id: run.to_owned() };
    Ok(load(runs, &key).await?.is_some_and(|kept| !kept.is_open()))
}

/// All runs of a service that have noted something, in the order in which they began.
pub async fn all(runs: &Runs, service: &str) -> Result<Vec<Kept>, StoreError> {
    read(runs, service, &RunKey::all_of(service)).await
}

async fn read(runs: &Runs, service: &str, prefix: &str) -> Result<Vec<Kept>, StoreError> {
    let mut found: BTreeMap<String, (Option<Entry>, Vec<Record>)> = BTreeMap::new();
    for (key, entry) in runs.store().all(prefix).await? {
        let rest = key.strip_prefix(&RunKey::all_of(service)).unwrap_or_default();
        match rest.split_once('/') {
            None => found.entry(rest.to_owned()).or_default().0 = Some(entry),
            Some((id, note)) => {
                let number = note.parse().unwrap_or_default();
                let record = Record::from_bytes(number, &entry.value);
                let record = record.unwrap_or_else(|| unreadable(number));
                found.entry(id.to_owned()).or_default().1.push(record);
            }
        }
    }
    let kept = found.into_iter().filter_map(|(id, (entry, records))| {
        let entry = entry?;
        let run = RunRecord::from_bytes(&entry.value).unwrap_or_else(|_| unknown());
        Some(Kept { key: RunKey { service: service.to_owned(), id }, run, entry, records })
    });
    Ok(kept.collect())
}

/// Nothing that was kept is passed over, whoever has written it.
fn unreadable(number: usize) -> Record {
    Record {
        state: State::Uncertain,
        reason: "this version cannot read it".to_owned(),
        ..Record::begun(number, "unknown")
    }
}

fn unknown() -> RunRecord {
    RunRecord { operation: "unknown".into(), instance: String::new(), request: String::new(), answer: None }
}

/// A run that is ours: each change expects that it still is.
#[derive(Clone, Debug)]
pub enum Hold {
    /// Its steps have just failed.
    Live(Run),
    /// It was left.
    Kept { runs: Runs, key: RunKey, request: String, entry: Entry },
}

impl Hold {
    pub fn key(&self) -> RunKey {
        match self {
            Hold::Live(run) => RunKey::of(run),
            Hold::Kept { key, .. } => key.clone(),
        }
    }

    pub fn request(&self) -> &str {
        match self {
            Hold::Live(run) => run.request(),
            Hold::Kept { request, .. } => request,
        }
    }

    /// Durable when this returns; `false` when the run is no longer ours.
    pub async fn put(&self, record: &Record) -> Result<bool, StoreError> {
        match self {
            Hold::Live(run) => still_ours(run, run.note(&record.name(), record.to_bytes()).await),
            Hold::Kept { runs, key, .. } => {
                let change = self.ours().put(key.note(record), record.to_bytes(), None);
                runs.store().commit(change).await
            }
        }
    }

    pub async fn forget(&self, record: &Record) -> Result<bool, StoreError> {
        match self {
            Hold::Live(run) => still_ours(run, run.forget(&record.name()).await),
            Hold::Kept { runs, key, .. } => runs.store().commit(self.ours().delete(key.note(record))).await,
        }
    }

    /// Forgets it as soon as the store can be used: it has been undone, or was nothing, and this process alone knows.
    pub fn forget_later(&self, record: Record) {
        let hold = self.clone();
        tokio::spawn(async move {
            let mut tries = 1;
            loop {
                sleep(pause(tries)).await;
                if hold.forget(&record).await.is_ok() {
                    break;
                }
                tries = tries.saturating_add(1);
            }
            // That was perhaps the last that was left of the run.
            if let Hold::Kept { runs, key, .. } = hold {
                runs.work().later(key, Instant::now());
            }
        });
    }

    /// Nothing of it is left. A run whose steps have just failed is ended by whoever gives its answer.
    pub async fn end(&self) -> Result<bool, StoreError> {
        match self {
            Hold::Live(_) => Ok(true),
            Hold::Kept { runs, key, entry, .. } => {
                let change = runs.settled(&key.record(), entry).await?;
                runs.store().commit(change).await
            }
        }
    }

    fn ours(&self) -> Change {
        match self {
            Hold::Live(_) => Change::new(),
            Hold::Kept { key, entry, .. } => {
                Change::new().expect(key.record(), Expect::Version(entry.version))
            }
        }
    }

    /// Tells of an undo that could not be done when it had to be.
    pub fn tell_stuck(&self, record: &mut Record) {
        STUCK.fetch_add(1, Ordering::Relaxed);
        record.is_told = true;
        let why = [("state", record.state.as_str()), ("reason", record.reason.as_str())];
        self.say(Level::Error, "undo stuck", record, &why);
    }

    /// Tells that it is done, to who was told that it could not be.
    pub fn tell_done(&self, record: &Record) {
        if record.is_told {
            self.say(Level::Info, "undo done", record, &[("tries", &record.tries.to_string())]);
        }
    }

    pub fn tell_dropped(&self, record: &Record, because: &str) {
        let why = [("state", record.state.as_str()), ("because", because)];
        self.say(Level::Warn, "undo dropped", record, &why);
    }

    fn say(&self, level: Level, event: &str, record: &Record, beside: &[(&'static str, &str)]) {
        let key = self.key();
        let whose = [
            ("request", self.request()),
            ("service", key.service.as_str()),
            ("run", key.id.as_str()),
            ("write", record.write.as_str()),
        ];
        log::say(level, event, &[&whose, beside].concat());
    }
}

/// Whether a change was made, or somebody else has the run.
fn still_ours(run: &Run, changed: Result<(), StoreError>) -> Result<bool, StoreError> {
    match changed {
        Ok(()) => Ok(true),
        Err(_) if run.is_lost() => Ok(false),
        Err(error) => Err(error),
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
    /// Since 1970; zero for what was never tried.
    pub at: Duration,
}

impl Left {
    pub fn of(kept: &Kept, record: &Record) -> Left {
        Left {
            run: kept.key.id.clone(),
            operation: kept.run.operation.clone(),
            request: kept.run.request.clone(),
            write: record.write.clone(),
            state: record.state,
            tries: record.tries,
            reason: record.reason.clone(),
            at: record.at,
        }
    }
}
