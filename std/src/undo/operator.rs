//! What an operator does with undos that could not be done: looks at them, has them tried again, and drops those that he
//! has seen to himself. The service offers it at `/undos`, and on its command line while it does not run.

use super::attempt::Undoing;
use super::attend::{Force, go_on, services};
use super::kept::{self, Kept, Left};
use super::record::{Record, RunKey, State};
use super::work::{By, Claim};
use crate::runs::Runs;
use crate::store::StoreError;

/// The undos of one service, or of all that are in one executable.
#[derive(Clone)]
pub struct Desk {
    runs: Runs,
    undoings: Vec<Undoing>,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    NotFound,
    /// It is worked on right now, here or by another instance.
    UnderWay,
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Store(error)
    }
}

impl Desk {
    pub fn new(runs: Runs, undoings: Vec<Undoing>) -> Desk {
        Desk { runs, undoings }
    }

    /// All that is left and not under way, in the order in which the runs began.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn list(&self) -> Result<Vec<Left>, StoreError> {
        let mut left = Vec::new();
        for service in services(&self.undoings) {
            for kept in kept::all(&self.runs, service).await? {
                let is_under_way = self.is_under_way(&kept).await?;
                let shown = |record: &&Record| match record.state {
                    State::Begun | State::Done => !is_under_way,
                    State::Waiting | State::Refused | State::Uncertain => true,
                };
                left.extend(kept.records.iter().filter(shown).map(|record| Left::of(&kept, record)));
            }
        }
        Ok(left)
    }

    /// Tries what is left of a run once more, what was refused too, and gives what is left then.
    ///
    /// # Errors
    /// It was not tried.
    pub async fn run(&self, run: &str) -> Result<Vec<Left>, Refusal> {
        let kept = self.find(run).await?;
        let Some(claim) = Claim::of(&self.runs, &kept.key, By::Undoing) else {
            return Err(Refusal::UnderWay);
        };
        let kept = self.make_ours(kept).await?;
        go_on(&self.runs, &self.undoings, &kept.key, Force::Yes).await?;
        drop(claim);
        let left = kept::load(&self.runs, &kept.key).await?;
        Ok(left.iter().flat_map(|kept| kept.records.iter().map(|record| Left::of(kept, record))).collect())
    }

    /// Forgets a run: the operator has undone it by other means, and says so.
    ///
    /// # Errors
    /// It is still there.
    pub async fn drop_run(&self, run: &str, because: &str) -> Result<(), Refusal> {
        let kept = self.find(run).await?;
        let Some(_claim) = Claim::of(&self.runs, &kept.key, By::Undoing) else {
            return Err(Refusal::UnderWay);
        };
        let kept = self.make_ours(kept).await?;
        let hold = kept.hold(&self.runs);
        for record in &kept.records {
            if !hold.forget(record).await? {
                return Err(Refusal::UnderWay);
            }
            hold.tell_dropped(record, because);
        }
        if hold.end().await? { Ok(()) } else { Err(Refusal::UnderWay) }
    }

    async fn find(&self, run: &str) -> Result<Kept, Refusal> {
        for service in services(&self.undoings) {
            let key = RunKey { service: service.to_owned(), id: run.to_owned() };
            if let Some(kept) = kept::load(&self.runs, &key).await? {
                return Ok(kept);
            }
        }
        Err(Refusal::NotFound)
    }

    async fn is_under_way(&self, kept: &Kept) -> Result<bool, StoreError> {
        match kept.is_ours(&self.runs) {
            true => Ok(self.runs.work().has_steps(&kept.key)),
            false => self.runs.lives(&kept.run.instance).await,
        }
    }

    /// Another instance that lives may be about to do the same.
    async fn make_ours(&self, kept: Kept) -> Result<Kept, Refusal> {
        if kept.is_ours(&self.runs) {
            return Ok(kept);
        }
        if kept.is_open() && self.runs.lives(&kept.run.instance).await? {
            return Err(Refusal::UnderWay);
        }
        kept.take(&self.runs).await?.ok_or(Refusal::UnderWay)
    }
}
