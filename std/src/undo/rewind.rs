//! Undoes what a run has done, the last write first. Before each try the store holds that it is made, so that the next
//! process knows of it; what is done is forgotten, and what is not is kept with its reason.

use std::time::Duration;

use tokio::time::sleep;

use super::attempt::{End, Try, Undoing, attempt, pause};
use super::kept::Hold;
use super::record::{Record, State};
use crate::http::{Context, Fate, Level, log};
use crate::metrics::{self, Undone};
use crate::outside;
use crate::store::StoreError;

/// How often an undo is tried before it counts as stuck.
pub const TRIES: u32 = 3;
/// How often it is tried to forget what is done.
const FORGETTING: u32 = 5;

/// What a run is undone with.
pub struct Rewind<'r> {
    pub undoing: &'r Undoing,
    pub hold: &'r Hold,
    pub cx: &'r Context,
    pub pace: Pace,
}

/// How much is tried in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The operation has just failed: a few tries at once, whether or not the store can be reached.
    AtOnce,
    /// One try, and the next one later. Without the store nobody knows whose the run is.
    Once,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewound {
    /// All of it.
    Undone,
    /// What is left waits for an operator.
    Kept,
    /// Something has to be tried again, but not before this has passed.
    Later(Duration),
    /// The run is somebody else's.
    Lost,
}

enum One {
    Done,
    /// It is done, and the store still has it.
    Noted,
    Kept,
    Later(Duration),
    Lost,
}

impl One {
    fn fate(&self) -> Fate {
        match self {
            One::Done | One::Noted => Fate::Undone,
            One::Kept | One::Later(_) | One::Lost => Fate::Left,
        }
    }
}

impl Rewind<'_> {
    /// `records` are in the order of the writes.
    pub async fn run(&self, records: Vec<Record>) -> Rewound {
        let (mut soonest, mut noted, mut left): (Option<Duration>, usize, usize) = (None, 0, 0);
        for mut record in records.into_iter().rev() {
            let ended = self.one(&mut record).await;
            self.cx.undid(&record.write, ended.fate());
            match ended {
                One::Done => {}
                One::Noted => noted += 1,
                One::Kept => left += 1,
                One::Later(wait) => soonest = Some(soonest.map_or(wait, |one| one.min(wait))),
                One::Lost => return Rewound::Lost,
            }
        }
        match soonest {
            Some(wait) => Rewound::Later(wait),
            None if left > 0 => Rewound::Kept,
            None if noted > 0 => Rewound::Undone,
            None => self.end().await,
        }
    }

    async fn end(&self) -> Rewound {
        match self.hold.end().await {
            Ok(true) => Rewound::Undone,
            Ok(false) => Rewound::Lost,
            Err(_) => Rewound::Later(pause(TRIES)),
        }
    }

    async fn one(&self, record: &mut Record) -> One {
        match record.state {
            State::Refused | State::Uncertain => One::Kept,
            State::Begun => {
                if record.reason.is_empty() {
                    "the process ended before it was known how it went".clone_into(&mut record.reason);
                }
                self.count(Undone::Uncertain);
                self.settle(record, State::Uncertain).await
            }
            State::Done | State::Waiting => self.undo(record).await,
        }
    }

    async fn undo(&self, record: &mut Record) -> One {
        let step = format!("{}/{}", self.hold.key().id, record.number);
        let cx = self.cx.for_undo();
        loop {
            let which = if record.tries == 0 { Try::First } else { Try::Repeat };
            record.tries = record.tries.saturating_add(1);
            record.state = State::Waiting;
            match (self.put(record).await, self.pace) {
                (Ok(true), _) | (Err(_), Pace::AtOnce) => {}
                (Ok(false), _) => return One::Lost,
                (Err(_), Pace::Once) => return One::Later(pause(record.tries)),
            }
            let wait = match attempt(self.undoing, &record.undo, cx.with_keys(&step), which).await {
                End::Done => {
                    self.count(Undone::Done);
                    self.hold.tell_done(record);
                    return self.forget(record).await;
                }
                End::Refused(reason) => {
                    record.reason = reason;
                    self.count(Undone::Refused);
                    return self.settle(record, State::Refused).await;
                }
                End::Again(reason, after) => {
                    record.reason = reason;
                    pause(record.tries).max(after.unwrap_or_default())
                }
            };
            let is_last = self.pace == Pace::Once || record.tries >= TRIES || wait >= cx.remaining();
            let is_stuck = record.tries >= TRIES || (is_last && self.pace == Pace::AtOnce);
            if is_stuck && !record.is_told {
                self.hold.tell_stuck(record);
            }
            if is_last {
                self.count(Undone::PutOff);
                // A store that cannot be reached now holds what was put before the try.
                return if self.put(record).await == Ok(false) { One::Lost } else { One::Later(wait) };
            }
            sleep(wait).await;
        }
    }

    fn count(&self, went: Undone) {
        metrics::undo(self.undoing.operation(), went);
    }

    /// Keeps it for an operator.
    async fn settle(&self, record: &mut Record, state: State) -> One {
        record.state = state;
        self.hold.tell_stuck(record);
        match self.put(record).await {
            Ok(false) => One::Lost,
            Ok(true) => One::Kept,
            Err(_) => One::Later(pause(record.tries.max(TRIES))),
        }
    }

    async fn put(&self, record: &mut Record) -> Result<bool, StoreError> {
        record.at = outside::wall();
        let put = self.hold.put(record).await;
        if let Err(error) = &put {
            self.tell("store failed", &error.to_string());
        }
        put
    }

    /// What is done and not forgotten is done again by the next process, so this does not give up at once, and later it is
    /// tried on the side.
    async fn forget(&self, record: &Record) -> One {
        for tries in 1..=FORGETTING {
            match self.hold.forget(record).await {
                Ok(true) => return One::Done,
                Ok(false) => return One::Lost,
                Err(error) if tries == FORGETTING => {
                    self.tell("an undo that is done is still in the store", &error.to_string());
                    self.hold.forget_later(record.clone());
                }
                Err(_) => sleep(pause(tries)).await,
            }
        }
        One::Noted
    }

    fn tell(&self, event: &str, reason: &str) {
        let key = self.hold.key();
        let fields = [("request", self.hold.request()), ("run", key.id.as_str()), ("reason", reason)];
        log::say(Level::Error, event, &fields);
    }
}
