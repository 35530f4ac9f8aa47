//! One run: what it notes while it goes on, and its end, which is one change of the store.
//!
//! Whoever takes a run over changes its record (or its answer, if there is no record yet). Each change that a run makes
//! expects both to be as it left them, so a run that was thought dead and is not does nothing further.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use super::record::{Answer, AnswerState, Kept, RunRecord};
use super::{Runs, prefix};
use crate::http::Context;
use crate::store::{Change, Expect, Key, StoreError};

/// How long it is until an end that could not be kept is tried to be kept again, at first and at most.
const KEEP: Duration = Duration::from_millis(100);
const KEEP_AT_MOST: Duration = Duration::from_secs(30);

/// One execution of an operation. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Run {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runs: Runs,
    id: String,
    key: Key,
    operation: &'static str,
    request: String,
    claim: Option<Claimed>,
    state: Mutex<State>,
    /// Somebody else has taken it over.
    is_lost: AtomicBool,
    undone_by: UndoneBy,
}

/// The answer that a run is going to give.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub key: Key,
    pub fingerprint: String,
    pub attempt: u32,
    pub keep: Duration,
}

#[derive(Debug, Default)]
struct State {
    /// The versions of the record and of the answer, once they are known.
    record: Option<u64>,
    answer: Option<u64>,
    notes: BTreeSet<Key>,
    has_written: bool,
    /// A change was sent of which nobody knows whether it has happened.
    is_unsure: bool,
    /// The answer is no longer its own.
    has_answered: bool,
    /// The answer that was sent at its end, whether or not it has got there.
    sent: Option<Bytes>,
}

/// What takes a run back whose end could not be kept.
#[derive(Default)]
struct UndoneBy(std::sync::Mutex<Option<BoxFuture<'static, ()>>>);

impl fmt::Debug for UndoneBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("UndoneBy")
    }
}

/// How the steps of a run have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All that was to be done is done: the notes are of no use any more.
    Done,
    /// What could be undone is; the notes that are left stay, for an operator.
    Failed,
}

impl Run {
    pub(super) fn new(runs: &Runs, cx: &Context, claim: Option<Claimed>) -> Run {
        let id = crate::uuid::fresh().to_string();
        let inner = Inner {
            runs: runs.clone(),
            key: format!("{}{id}", prefix(cx.service())),
            id,
            operation: cx.operation(),
            request: cx.request().id.clone(),
            claim,
            state: Mutex::default(),
            is_lost: AtomicBool::new(false),
            undone_by: UndoneBy::default(),
        };
        Run { inner: Arc::new(inner) }
    }

    pub fn id(&self) -> &str {
        &self.inner.id
    }

    pub fn operation(&self) -> &'static str {
        self.inner.operation
    }

    /// The id of the request that began it.
    pub fn request(&self) -> &str {
        &self.inner.request
    }

    /// Whether the answer is kept: then whoever gives it ends the run.
    pub fn keeps_answer(&self) -> bool {
        self.inner.claim.is_some()
    }

    /// Whether it has turned out that somebody else has taken it over.
    pub fn is_lost(&self) -> bool {
        self.inner.is_lost.load(Ordering::Relaxed)
    }

    /// Leaves the end of the run to whoever keeps its answer, and says how all is undone where that cannot be kept.
    pub fn undone_by(&self, undo: impl Future<Output = ()> + Send + 'static) {
        *self.inner.undone_by.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(undo));
    }

    /// Undoes the run because its end could not be kept. `false`: there is nothing to undo.
    pub async fn undo(&self) -> bool {
        let Some(undo) = self.take_undo() else { return false };
        undo.await;
        true
    }

    fn take_undo(&self) -> Option<BoxFuture<'static, ()>> {
        self.inner.undone_by.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn runs(&self) -> &Runs {
        &self.inner.runs
    }

    /// The key of its record; those of its notes begin with it and a `/`.
    pub fn key(&self) -> &str {
        &self.inner.key
    }

    /// What the keys of its calls are made of: the same for each try to do what was asked for. What is undone when a try
    /// fails must be done anew by the next one, and is told apart by the number of the attempt.
    pub(crate) fn key_base(&self) -> (&str, u32) {
        match &self.inner.claim {
            Some(claim) => (&claim.key, claim.attempt),
            None => (&self.inner.id, 1),
        }
    }

    /// Keeps a note until the run has come to its end, or it is forgotten. It is durable when this returns.
    ///
    /// # Errors
    /// The store cannot be used, or somebody else has taken the run over: nothing may be done any more.
    pub async fn note(&self, name: &str, value: impl Into<Bytes>) -> Result<(), StoreError> {
        self.inner.runs.live().await?;
        let key = format!("{}/{name}", self.inner.key);
        let mut state = self.state().await;
        let mut change = self.fence(&mut state).await?.put(key.clone(), value, None);
        let is_first = state.record.is_none();
        if is_first {
            change = change.put(self.inner.key.clone(), self.record().to_bytes(), None);
        }
        self.commit(&mut state, change).await?;
        state.notes.insert(key);
        if is_first {
            // Until its version is known, nothing is known of it.
            state.is_unsure = true;
            state.record = self.record_version().await?;
            state.is_unsure = false;
        }
        Ok(())
    }

    /// Takes a note out.
    ///
    /// # Errors
    /// The store cannot be used, or somebody else has taken the run over.
    pub async fn forget(&self, name: &str) -> Result<(), StoreError> {
        let key = format!("{}/{name}", self.inner.key);
        let mut state = self.state().await;
        let mut change = self.fence(&mut state).await?.delete(key.clone());
        // A run that has no answer to give any more is there for its notes only.
        let has_ended = state.has_answered || self.inner.claim.is_none();
        let is_last = has_ended && state.notes.iter().all(|note| *note == key);
        if is_last {
            change = change.delete(self.inner.key.clone());
        }
        self.commit(&mut state, change).await?;
        state.notes.remove(&key);
        if is_last {
            state.record = None;
        }
        Ok(())
    }

    /// Has to be called before a write is sent that can neither be sent again nor be undone: then nobody begins the
    /// run anew when it is cut off.
    ///
    /// # Errors
    /// The store cannot be used, or somebody else has taken the run over: the write must not be sent.
    pub async fn writes(&self) -> Result<(), StoreError> {
        let Some(claim) = &self.inner.claim else { return Ok(()) };
        let mut state = self.state().await;
        if state.has_written || state.has_answered {
            return Ok(());
        }
        let running = self.running(claim, true).to_bytes();
        let change = self.fence(&mut state).await?;
        let change = change.put(claim.key.clone(), running, claim.kept_while_running());
        state.answer = None;
        self.commit(&mut state, change).await?;
        state.has_written = true;
        Ok(())
    }

    /// The end, in one change: the answer is kept for those who ask again (`None`: they may try again), and the notes
    /// go that nobody needs any more. `false`: somebody else has taken the run over, and nothing was changed.
    ///
    /// # Errors
    /// The store cannot be used. It may be tried again.
    pub async fn finish(&self, fate: Fate, kept: Option<Kept>) -> Result<bool, StoreError> {
        let mut state = self.state().await;
        let Some(fence) = self.fence_or_lost(&mut state).await? else { return Ok(false) };
        let mut change = if state.has_answered { fence } else { self.end(fence, kept, &state) };
        if state.record.is_some() && (fate == Fate::Done || state.notes.is_empty()) {
            change = change.delete(self.inner.key.clone());
        }
        if fate == Fate::Done {
            change.delete.extend(state.notes.iter().cloned());
        }
        if let Some(claim) = &self.inner.claim {
            let answer = change.put.iter().find(|(key, ..)| *key == claim.key);
            state.sent = answer.map(|(_, value, _)| value.clone());
        }
        let is_kept = match change.put.is_empty() && change.delete.is_empty() {
            true => true,
            false => self.send(&mut state, change).await?,
        };
        if is_kept {
            state.has_answered = true;
            drop(self.take_undo());
        }
        Ok(is_kept)
    }

    /// Ends it as soon as the store can be used. Until then, those who ask again are told that it is under way.
    pub fn finish_later(&self, fate: Fate, kept: Option<Kept>) {
        let run = self.clone();
        tokio::spawn(async move {
            let mut pause = KEEP;
            loop {
                sleep(pause).await;
                if run.finish(fate, kept.clone()).await.is_ok() {
                    return;
                }
                pause = pause.saturating_mul(2).min(KEEP_AT_MOST);
            }
        });
    }

    fn end(&self, change: Change, kept: Option<Kept>, state: &State) -> Change {
        match (&self.inner.claim, kept) {
            (None, _) => change,
            // The next one must not be answered with what was undone.
            (Some(claim), None) if state.record.is_some() => {
                let answer = claim.answer(AnswerState::Undone);
                change.put(claim.key.clone(), answer.to_bytes(), claim.keep)
            }
            (Some(claim), None) => change.delete(claim.key.clone()),
            (Some(claim), Some(kept)) => {
                let answer = claim.answer(AnswerState::Done(kept));
                change.put(claim.key.clone(), answer.to_bytes(), claim.keep)
            }
        }
    }

    async fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().await
    }

    async fn commit(&self, state: &mut State, change: Change) -> Result<(), StoreError> {
        match self.send(state, change).await? {
            true => Ok(()),
            false => {
                self.inner.is_lost.store(true, Ordering::Relaxed);
                Err(lost())
            }
        }
    }

    async fn send(&self, state: &mut State, change: Change) -> Result<bool, StoreError> {
        // Whoever stops waiting for it does not know, either.
        state.is_unsure = true;
        let sent = self.inner.runs.store().commit(change).await;
        state.is_unsure = sent.is_err();
        sent
    }

    async fn fence(&self, state: &mut State) -> Result<Change, StoreError> {
        let fence = self.fence_or_lost(state).await?;
        self.inner.is_lost.fetch_or(fence.is_none(), Ordering::Relaxed);
        fence.ok_or_else(lost)
    }

    /// A change that happens only while the run is ours. `None`: it is not.
    async fn fence_or_lost(&self, state: &mut State) -> Result<Option<Change>, StoreError> {
        if state.is_unsure {
            self.look(state).await?;
        }
        let mut change = Change::new();
        if let Some(claim) = self.inner.claim.as_ref().filter(|_| !state.has_answered) {
            if state.answer.is_none() {
                state.answer = self.version(&claim.key, |value| self.is_ours(value)).await?;
            }
            match state.answer {
                Some(version) => change = change.expect(claim.key.clone(), Expect::Version(version)),
                // It is there, although nobody could say so when it was sent.
                None if self.is_sent(claim, state).await? => state.has_answered = true,
                None => return Ok(None),
            }
        }
        let expect = state.record.map_or(Expect::Absent, Expect::Version);
        Ok(Some(change.expect(self.inner.key.clone(), expect)))
    }

    /// Whether the answer in the store is the one that was sent.
    async fn is_sent(&self, claim: &Claimed, state: &State) -> Result<bool, StoreError> {
        let Some(sent) = &state.sent else { return Ok(false) };
        Ok(self.version(&claim.key, |value| value == sent).await?.is_some())
    }

    /// Finds out how things stand in the store.
    async fn look(&self, state: &mut State) -> Result<(), StoreError> {
        let prefix = format!("{}/", self.inner.key);
        state.record = self.record_version().await?;
        state.answer = None;
        state.notes.clear();
        let notes = self.inner.runs.store().all(&prefix).await?;
        state.notes.extend(notes.into_iter().map(|(key, _)| key));
        state.is_unsure = false;
        Ok(())
    }

    async fn record_version(&self) -> Result<Option<u64>, StoreError> {
        let instance = self.inner.runs.instance();
        let is_ours = |value: &Bytes| RunRecord::from_bytes(value).is_ok_and(|one| one.instance == instance);
        self.version(&self.inner.key, is_ours).await
    }

    async fn version(&self, key: &str, fits: impl Fn(&Bytes) -> bool) -> Result<Option<u64>, StoreError> {
        let entry = self.inner.runs.store().get(key).await?;
        Ok(entry.filter(|entry| fits(&entry.value)).map(|entry| entry.version))
    }

    fn is_ours(&self, value: &Bytes) -> bool {
        let state = Answer::from_bytes(value).map(|answer| answer.state);
        matches!(state, Ok(AnswerState::Running { run, .. }) if run == self.inner.id)
    }

    fn record(&self) -> RunRecord {
        RunRecord {
            operation: self.inner.operation.to_owned(),
            instance: self.inner.runs.instance().to_owned(),
            request: self.inner.request.clone(),
            answer: self.inner.claim.as_ref().map(|claim| claim.key.clone()),
        }
    }

    pub(super) fn running(&self, claim: &Claimed, has_written: bool) -> Answer {
        let (run, instance) = (self.inner.id.clone(), self.inner.runs.instance().to_owned());
        claim.answer(AnswerState::Running { run, instance, has_written })
    }
}

fn lost() -> StoreError {
    StoreError::new("the run was taken over, because its instance did not renew its lease")
}

impl Claimed {
    fn answer(&self, state: AnswerState) -> Answer {
        Answer { fingerprint: self.fingerprint.clone(), attempt: self.attempt, keep: self.keep, state }
    }

    /// It must not vanish while the run goes on, however short its answer is kept.
    pub(super) fn kept_while_running(&self) -> Duration {
        self.keep.max(Duration::from_secs(24 * 60 * 60))
    }
}
