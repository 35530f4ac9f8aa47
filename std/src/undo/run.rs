//! One execution of an operation that has undos, as its steps see it: each write is announced, watched, and noted with
//! its undo when it is done.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::{Instant, sleep};

use super::attempt::{Undoing, has_done_nothing, pause};
use super::journal::{Claim, Hold, Journal, Rest, lock};
use super::record::{Record, State};
use super::rewind::{Pace, Rewind, Rewound};
use crate::codec::{Encode, Side, to_json};
use crate::failure::{CallFailure, Failure};
use crate::http::Context;

/// How often it is tried to end a run that went well.
const ENDING: u32 = 5;

/// What has to be undone if a later step fails. Writes that run together share it.
pub struct Undos {
    run: Arc<Run>,
    has_ended: bool,
}

struct Run {
    journal: Journal,
    undoing: Undoing,
    cx: Context,
    hold: Hold,
    /// Whether the store may hold something of it, and whether it surely holds its head.
    is_kept: AtomicBool,
    has_head: AtomicBool,
    /// Whether another instance has taken it over.
    is_lost: AtomicBool,
    steps: Mutex<Vec<Step>>,
    _claim: Option<Claim>,
}

#[derive(Clone)]
struct Step {
    record: Record,
    fate: Fate,
    /// Whether its undo is in the store.
    is_noted: bool,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It was not sent, or was refused: nothing has to be undone.
    Nothing,
    /// It was sent, and is done for all that is known.
    Sent,
    Unknown,
}

impl Undos {
    pub fn new(journal: &Journal, undoing: Undoing, cx: &Context) -> Undos {
        let hold = journal.new_run(undoing.service(), &cx.request().id);
        let run = Run {
            journal: journal.clone(),
            _claim: journal.claim(&hold.key),
            hold,
            undoing,
            cx: cx.clone(),
            is_kept: AtomicBool::new(false),
            has_head: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
            steps: Mutex::default(),
        };
        Undos { run: Arc::new(run), has_ended: false }
    }

    /// Announces a write that has an undo. When this returns, a process that comes later knows of it.
    ///
    /// # Errors
    /// The store cannot be reached: the write must not be sent.
    pub async fn begin(&self, write: &'static str) -> Result<Write<'_>, Failure> {
        let run = &*self.run;
        let record = {
            let mut steps = lock(&run.steps);
            let record = Record::begun(steps.len(), write);
            steps.push(Step { record: record.clone(), fate: Fate::Nothing, is_noted: false });
            record
        };
        let begun = Write { run, number: record.number };
        // What can no longer be sent in time is not announced.
        if !run.cx.remaining().is_zero() {
            run.put(&record).await?;
        }
        Ok(begun)
    }

    /// Ends the run. One that went well leaves nothing behind; one that failed is undone before its caller hears of it.
    ///
    /// # Errors
    /// That of the steps, or that nobody can know of the good end: then all is undone.
    pub async fn end<T>(mut self, ended: Result<T, Failure>) -> Result<T, Failure> {
        self.has_ended = true;
        let failure = match ended {
            Ok(value) => match self.run.finish().await {
                Ok(()) => return Ok(value),
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        self.run.undo().await;
        Err(failure)
    }
}

/// A panic between two steps is a failure of the later one, too.
impl Drop for Undos {
    fn drop(&mut self) {
        if self.has_ended || !std::thread::panicking() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let run = Arc::clone(&self.run);
            runtime.spawn(async move { run.undo().await });
        }
    }
}

/// A write that was announced.
pub struct Write<'u> {
    run: &'u Run,
    number: usize,
}

impl Write<'_> {
    /// Makes the call, and remembers whether it may have changed anything.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn watch<T>(
        &self,
        call: impl Future<Output = Result<T, CallFailure>>,
    ) -> Result<T, CallFailure> {
        if self.run.cx.remaining().is_zero() {
            return Err(CallFailure::Timeout);
        }
        // Until it has ended, nobody knows.
        self.run.change(self.number, |step| step.fate = Fate::Unknown);
        let ended = call.await;
        self.run.change(self.number, |step| match &ended {
            Ok(_) => step.fate = Fate::Sent,
            Err(failure) if has_done_nothing(failure) => step.fate = Fate::Nothing,
            Err(failure) => step.record.reason = failure.to_string(),
        });
        ended
    }

    /// Whether the call has given its value, and no fallback stands in for it.
    pub fn is_done(&self) -> bool {
        lock(&self.run.steps).get(self.number).is_some_and(|step| step.fate == Fate::Sent)
    }

    /// Says how the write is undone. When this returns, a process that comes later knows how.
    ///
    /// # Errors
    /// The store cannot be reached: the step has failed, and the write is undone with the others.
    pub async fn done(&self, undo: &dyn Encode) -> Result<(), Failure> {
        let undo = to_json(undo, Side::Backend);
        let record = self.run.change(self.number, |step| {
            step.record.state = State::Done;
            step.record.undo = undo.into();
        });
        let Some(record) = record else { return Err(Failure::internal("a write that was not announced")) };
        self.run.put(&record).await?;
        self.run.change(self.number, |step| step.is_noted = true);
        Ok(())
    }
}

impl Run {
    fn change(&self, number: usize, change: impl FnOnce(&mut Step)) -> Option<Record> {
        let mut steps = lock(&self.steps);
        let step = steps.get_mut(number)?;
        change(step);
        Some(step.record.clone())
    }

    async fn put(&self, record: &Record) -> Result<(), Failure> {
        let head = (!self.has_head.load(Ordering::Relaxed)).then(|| self.undoing.operation());
        self.is_kept.store(true, Ordering::Relaxed);
        match self.journal.put(&self.hold, head, record).await {
            Ok(true) => {
                self.has_head.store(true, Ordering::Relaxed);
                Ok(())
            }
            Ok(false) => Err(self.lost()),
            Err(error) => Err(Failure::unavailable(format!("the store: {error}"))),
        }
    }

    fn lost(&self) -> Failure {
        self.is_lost.store(true, Ordering::Relaxed);
        Failure::unavailable("another instance took this one for dead, and undoes what it did")
    }

    /// The good end: one commit, and nothing has to be undone any more.
    async fn finish(&self) -> Result<(), Failure> {
        let numbers: Vec<usize> = lock(&self.steps).iter().map(|step| step.record.number).collect();
        if numbers.is_empty() || !self.is_kept.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut tries = 1;
        loop {
            match self.journal.forget(&self.hold, &numbers, Rest::Ends).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(self.lost()),
                // What a later process would undo must not be told as done.
                Err(error) if tries == ENDING || self.cx.remaining().is_zero() => {
                    return Err(Failure::unavailable(format!("the store: {error}")));
                }
                Err(_) => sleep(pause(tries)).await,
            }
            tries += 1;
        }
    }

    async fn undo(&self) {
        let steps = std::mem::take(&mut *lock(&self.steps));
        if self.is_lost.load(Ordering::Relaxed) {
            return self.undo_rest(steps).await;
        }
        let (nothing, something): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| step.fate == Fate::Nothing);
        self.forget(&nothing, if something.is_empty() { Rest::Ends } else { Rest::Stays }).await;
        let records = something.into_iter().map(known).collect();
        match self.rewind().run(records).await {
            Rewound::Settled | Rewound::Lost => {}
            Rewound::Later(wait) => self.journal.later(self.hold.key.clone(), Instant::now() + wait),
        }
    }

    fn rewind(&self) -> Rewind<'_> {
        Rewind {
            journal: &self.journal,
            undoing: &self.undoing,
            hold: &self.hold,
            cx: &self.cx,
            pace: Pace::AtOnce,
        }
    }

    /// A record of nothing that stays would be looked at by an operator, and that is all.
    async fn forget(&self, steps: &[Step], rest: Rest) {
        let numbers: Vec<usize> = steps.iter().map(|step| step.record.number).collect();
        if !numbers.is_empty() && self.is_kept.load(Ordering::Relaxed) {
            let _ = self.journal.forget(&self.hold, &numbers, rest).await;
        }
    }

    /// Whoever has taken the run over knows of all writes but those whose undos could not be noted any more.
    async fn undo_rest(&self, steps: Vec<Step>) {
        let own = self.journal.new_run(self.undoing.service(), &self.hold.request);
        let is_own = |step: &Step| step.record.state == State::Done && !step.is_noted;
        let records = steps.into_iter().filter(is_own).map(|step| step.record).collect();
        let rewind = Rewind { hold: &own, ..self.rewind() };
        if let Rewound::Later(wait) = rewind.run(records).await {
            self.journal.later(own.key.clone(), Instant::now() + wait);
        }
    }
}

/// The record of a write, with what is known of it when its run has failed.
fn known(step: Step) -> Record {
    match (step.fate, step.record.state) {
        (Fate::Sent, State::Begun) => Record {
            reason: "it is done, and how it is undone could not be worked out".to_owned(),
            ..step.record
        },
        _ => step.record,
    }
}
