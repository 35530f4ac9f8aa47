//! What an operator does with undos that could not be done: looks at them, has them tried again, and drops those that he
//! has seen to himself. The service offers it at `/undos`, and on its command line while it does not run.

use super::attempt::Undoing;
use super::attend::{Force, go_on};
use super::journal::{Journal, Kept, Left, Rest};
use super::record::{Record, RunKey, State};
use crate::http::{Level, log};
use crate::store::StoreError;

/// The undos of one service, or of all that are in one executable.
#[derive(Clone)]
pub struct Desk {
    journal: Journal,
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
    pub fn new(journal: Journal, undoings: Vec<Undoing>) -> Desk {
        Desk { journal, undoings }
    }

    /// All that is left and not under way, in the order in which the runs began.
    pub async fn list(&self) -> Result<Vec<Left>, StoreError> {
        let mut left = Vec::new();
        for service in self.services() {
            for kept in self.journal.runs(service).await? {
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
        let Some(claim) = self.journal.claim(&kept.key) else { return Err(Refusal::UnderWay) };
        self.make_ours(&kept).await?;
        go_on(&self.journal, &self.undoings, &kept.key, Force::Yes).await?;
        drop(claim);
        let left = self.journal.load(&kept.key).await?;
        Ok(left.iter().flat_map(|kept| kept.records.iter().map(|record| Left::of(kept, record))).collect())
    }

    /// Forgets a run: the operator has undone it by other means, and says so.
    ///
    /// # Errors
    /// It is still there.
    pub async fn drop_run(&self, run: &str, because: &str) -> Result<(), Refusal> {
        let kept = self.find(run).await?;
        let Some(_claim) = self.journal.claim(&kept.key) else { return Err(Refusal::UnderWay) };
        self.make_ours(&kept).await?;
        let kept = self.journal.load(&kept.key).await?.ok_or(Refusal::NotFound)?;
        let numbers: Vec<usize> = kept.records.iter().map(|record| record.number).collect();
        if !self.journal.forget(&self.journal.hold(&kept), &numbers, Rest::Ends).await? {
            return Err(Refusal::UnderWay);
        }
        for record in &kept.records {
            let fields = [
                ("request", kept.head.request.as_str()),
                ("run", run),
                ("write", record.write.as_str()),
                ("because", because),
            ];
            log::say(Level::Warn, "undo dropped", &fields);
        }
        Ok(())
    }

    fn services(&self) -> Vec<&'static str> {
        let mut services: Vec<&str> = self.undoings.iter().map(Undoing::service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    async fn find(&self, run: &str) -> Result<Kept, Refusal> {
        for service in self.services() {
            let key = RunKey { service: service.to_owned(), id: run.to_owned() };
            if let Some(kept) = self.journal.load(&key).await? {
                return Ok(kept);
            }
        }
        Err(Refusal::NotFound)
    }

    async fn is_under_way(&self, kept: &Kept) -> Result<bool, StoreError> {
        match self.journal.is_ours(kept) {
            true => Ok(self.journal.is_claimed(&kept.key)),
            false => self.journal.has_owner(kept).await,
        }
    }

    /// Another instance that lives may be about to do the same.
    async fn make_ours(&self, kept: &Kept) -> Result<(), Refusal> {
        if self.journal.is_ours(kept) {
            return Ok(());
        }
        if kept.is_open() && self.journal.has_owner(kept).await? {
            return Err(Refusal::UnderWay);
        }
        self.journal.take(kept).await?.map(drop).ok_or(Refusal::UnderWay)
    }
}
