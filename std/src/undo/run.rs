//! One execution of an operation that has undos, as its steps see it: each write is announced, watched, and noted with
//! its undo when it is done.

use std::future::Future;
use std::sync::{Arc, Mutex};

use tokio::time::{Instant, sleep};

use super::attempt::{Undoing, pause};
use super::kept::Hold;
use super::record::{Record, RunKey, State};
use super::rewind::{Pace, Rewind, Rewound};
use super::work::{By, Claim, lock};
use crate::codec::{Encode, Side, to_json};
use crate::failure::{CallFailure, Failure};
use crate::http::Context;
use crate::runs::{Fate, Run, Runs};
use crate::store::StoreError;

/// How often it is tried to end a run that went well.
const ENDING: u32 = 5;

/// What has to be undone if a later step fails. Writes that run together share it.
pub struct Undos {
    inner: Arc<Inner>,
    has_ended: bool,
}

struct Inner {
    run: Run,
    undoing: Undoing,
    cx: Context,
    steps: Mutex<Vec<Step>>,
    _claim: Option<Claim>,
}

#[derive(Clone)]
struct Step {
    record: Record,
    fate: Sent,
    /// Whether the store holds its undo.
    is_noted: bool,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// It was not sent, or was refused: nothing has to be undone.
    Nothing,
    /// It has given its value.
    Done,
    Unknown,
}

impl Undos {
    /// For the run that the context belongs to, or else for one of its own.
    pub fn new(runs: &Runs, undoing: Undoing, cx: &Context) -> Undos {
        let (run, cx) = match cx.run() {
            Some(run) => (run.clone(), cx.clone()),
            None => {
                let run = runs.begin(cx);
                (run.clone(), cx.with_run(run))
            }
        };
        let inner = Inner {
            _claim: Claim::of(runs, &RunKey::of(&run), By::Steps),
            cx,
            run,
            undoing,
            steps: Mutex::default(),
        };
        Undos { inner: Arc::new(inner), has_ended: false }
    }

    /// What goes along with the steps of the run.
    pub fn context(&self) -> Context {
        self.inner.cx.clone()
    }

    /// Announces a write that has an undo. When this returns, a process that comes later knows of it.
    ///
    /// # Errors
    /// The store cannot be used: the write must not be sent.
    pub async fn begin(&self, write: &'static str) -> Result<Write<'_>, Failure> {
        let inner = &*self.inner;
        let record = {
            let mut steps = lock(&inner.steps);
            let record = Record::begun(steps.len(), write);
            steps.push(Step { record: record.clone(), fate: Sent::Nothing, is_noted: false });
            record
        };
        // What can no longer be sent in time is not announced.
        if !inner.cx.remaining().is_zero() {
            inner.note(&record).await?;
        }
        Ok(Write { inner, number: record.number, cx: inner.cx.undoable() })
    }

    /// Ends the run. One that went well leaves nothing behind; one that failed is undone before its caller hears of it.
    ///
    /// # Errors
    /// That of the steps, or that the good end cannot be kept: then all is undone.
    pub async fn end<T>(mut self, ended: Result<T, Failure>) -> Result<T, Failure> {
        self.has_ended = true;
        let inner = &self.inner;
        match ended {
            // Whoever keeps the answer ends the run with it.
            Ok(value) if inner.run.keeps_answer() => {
                let inner = Arc::clone(inner);
                inner.run.clone().undone_by(async move { inner.undo().await });
                Ok(value)
            }
            Ok(value) => match inner.finish().await {
                Ok(()) => Ok(value),
                Err(failure) => {
                    inner.undo().await;
                    Err(failure)
                }
            },
            Err(failure) => {
                inner.undo().await;
                Err(failure)
            }
        }
    }
}

/// A panic between two steps is a failure of the later one, too.
impl Drop for Undos {
    fn drop(&mut self) {
        if self.has_ended || !std::thread::panicking() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move { inner.undo().await });
        }
    }
}

/// A write that was announced.
pub struct Write<'u> {
    inner: &'u Inner,
    number: usize,
    cx: Context,
}

impl Write<'_> {
    /// What goes along with its call.
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// Makes the call, and remembers whether it may have changed anything.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn watch<T>(
        &self,
        call: impl Future<Output = Result<T, CallFailure>>,
    ) -> Result<T, CallFailure> {
        if self.cx.remaining().is_zero() {
            return Err(CallFailure::Timeout);
        }
        // Until it has ended, nobody knows.
        self.inner.change(self.number, |step| step.fate = Sent::Unknown);
        self.inner.cx.wrote();
        let ended = call.await;
        self.inner.change(self.number, |step| match &ended {
            Ok(_) => step.fate = Sent::Done,
            // Of several tries, one may have done it without an answer.
            Err(failure) if failure.has_done_nothing() && !self.cx.is_in_doubt() => {
                step.fate = Sent::Nothing;
                self.inner.cx.settled(1);
            }
            Err(failure) => step.record.reason = failure.to_string(),
        });
        ended
    }

    /// Whether the call has given its value, and no fallback stands in for it.
    pub fn is_done(&self) -> bool {
        lock(&self.inner.steps).get(self.number).is_some_and(|step| step.fate == Sent::Done)
    }

    /// Says how the write is undone. When this returns, a process that comes later knows how.
    ///
    /// # Errors
    /// The store cannot be used: the step has failed, and the write is undone with the others.
    pub async fn done(&self, undo: &impl Encode) -> Result<(), Failure> {
        let undo = to_json(undo, Side::Backend);
        let record = self.inner.change(self.number, |step| {
            step.record.state = State::Done;
            step.record.undo = undo.into();
        });
        let Some(record) = record else { return Err(Failure::internal("a write that was not announced")) };
        self.inner.note(&record).await?;
        self.inner.change(self.number, |step| step.is_noted = true);
        Ok(())
    }
}

impl Inner {
    fn change(&self, number: usize, change: impl FnOnce(&mut Step)) -> Option<Record> {
        let mut steps = lock(&self.steps);
        let step = steps.get_mut(number)?;
        change(step);
        Some(step.record.clone())
    }

    async fn note(&self, record: &Record) -> Result<(), Failure> {
        self.run.note(&record.name(), record.to_bytes()).await.map_err(|error| unusable(&error))
    }

    /// The good end: one commit, and nothing has to be undone any more.
    async fn finish(&self) -> Result<(), Failure> {
        let mut tries = 1;
        loop {
            match self.run.finish(Fate::Done, None).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Failure::unavailable("the run was taken over")),
                // What a later process would undo must not be told as done.
                Err(error) if tries == ENDING || self.cx.remaining().is_zero() => {
                    return Err(unusable(&error));
                }
                Err(_) => sleep(pause(tries)).await,
            }
            tries += 1;
        }
    }

    async fn undo(&self) {
        let steps = std::mem::take(&mut *lock(&self.steps));
        if self.run.is_lost() {
            return self.undo_rest(steps).await;
        }
        let hold = Hold::Live(self.run.clone());
        let (nothing, something): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| step.fate == Sent::Nothing);
        for step in nothing {
            // Nobody is kept waiting for a note of nothing.
            if hold.forget(&step.record).await.is_err() {
                hold.forget_later(step.record);
            }
        }
        let count = something.len();
        let rewound = self.rewind(&hold).run(something.into_iter().map(known).collect()).await;
        if rewound == Rewound::Undone {
            self.cx.settled(count);
        }
        if !self.run.keeps_answer() {
            let _ = self.run.finish(Fate::Failed, None).await;
        }
        self.later(&hold, rewound);
    }

    fn rewind<'r>(&'r self, hold: &'r Hold) -> Rewind<'r> {
        Rewind { undoing: &self.undoing, hold, cx: &self.cx, pace: Pace::AtOnce }
    }

    fn later(&self, hold: &Hold, rewound: Rewound) {
        match rewound {
            Rewound::Undone | Rewound::Kept | Rewound::Lost => {}
            Rewound::Later(wait) => self.run.runs().work().later(hold.key(), Instant::now() + wait),
        }
    }

    /// Whoever has taken the run over knows of all writes but those whose undos could not be noted any more.
    async fn undo_rest(&self, steps: Vec<Step>) {
        let is_own = |step: &Step| step.record.state == State::Done && !step.is_noted;
        let records: Vec<Record> = steps.into_iter().filter(is_own).map(|step| step.record).collect();
        if records.is_empty() {
            return;
        }
        let own = self.run.runs().begin(&self.cx);
        let hold = Hold::Live(own.clone());
        let rewound = self.rewind(&hold).run(records).await;
        let _ = own.finish(Fate::Failed, None).await;
        self.later(&hold, rewound);
    }
}

fn unusable(error: &StoreError) -> Failure {
    Failure::unavailable(format!("the store: {error}")).retry_after(1)
}

/// The record of a write, with what is known of it when its run has failed.
fn known(step: Step) -> Record {
    match (step.fate, step.record.state) {
        (Sent::Done, State::Begun) => Record {
            reason: "it is done, and how it is undone could not be worked out".to_owned(),
            ..step.record
        },
        _ => step.record,
    }
}
