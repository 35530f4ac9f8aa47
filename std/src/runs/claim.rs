//! Whose turn a request is that is to be done once. The first one takes the key; those who come while it is under way
//! wait; those who come later get its answer. When the one whose turn it was is dead, the next one begins anew, unless
//! something is there that has to be undone first, or that nobody can take back.

use std::time::Duration;

use super::record::{Answer, AnswerState, Kept, RunRecord};
use super::run::{Claimed, Fate, Run};
use super::{Runs, prefix};
use crate::http::Context;
use crate::store::{Change, Entry, Expect, Key, StoreError, part};
use crate::undo;

/// What is to be done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// What the caller tells its requests apart by.
    pub key: String,
    /// A digest of the whole request.
    pub fingerprint: String,
    /// How long the answer is kept.
    pub keep: Duration,
}

/// Whose turn it is.
#[derive(Debug)]
pub enum Claim {
    Ours(Run),
    Kept(Kept),
    /// Somebody is at it.
    Running,
    /// The key was used for another request.
    Differs,
    /// Whoever was at it is dead, and it is not known what was done.
    CutOff,
    /// Whoever was at it is dead, and an operator has to see to what is left of it.
    Stuck,
}

impl Runs {
    /// # Errors
    /// The store cannot be used; then nothing is done.
    pub async fn claim(&self, cx: &Context, want: &Want) -> Result<Claim, StoreError> {
        self.live().await?;
        let key = answer_key(cx, &want.key);
        let Some(entry) = self.store().get(&key).await? else {
            return self.take(cx, want, key, 1, Change::new(), Expect::Absent).await;
        };
        let answer = Answer::from_bytes(&entry.value)?;
        if answer.fingerprint != want.fingerprint {
            return Ok(Claim::Differs);
        }
        let is_unchanged = Expect::Version(entry.version);
        match answer.state {
            AnswerState::Done(kept) => Ok(Claim::Kept(kept)),
            AnswerState::Undone => {
                self.take(cx, want, key, answer.attempt + 1, Change::new(), is_unchanged).await
            }
            AnswerState::Running { run, instance, has_written } => {
                if self.lives(&instance).await? {
                    return Ok(Claim::Running);
                }
                let record = format!("{}{run}", prefix(cx.service()));
                match (self.store().get(&record).await?, has_written) {
                    (Some(_), _) if undo::is_stuck(self, cx.service(), &run).await? => Ok(Claim::Stuck),
                    (Some(_), _) => Ok(Claim::Running),
                    (None, true) => Ok(Claim::CutOff),
                    (None, false) => {
                        let nothing_noted = Change::new().expect(record, Expect::Absent);
                        self.take(cx, want, key, answer.attempt, nothing_noted, is_unchanged).await
                    }
                }
            }
        }
    }

    async fn take(
        &self,
        cx: &Context,
        want: &Want,
        key: Key,
        attempt: u32,
        change: Change,
        expect: Expect,
    ) -> Result<Claim, StoreError> {
        let claimed =
            Claimed { key: key.clone(), fingerprint: want.fingerprint.clone(), attempt, keep: want.keep };
        let run = Run::new(self, cx, Some(claimed.clone()));
        let running = run.running(&claimed, false).to_bytes();
        let change = change.expect(key.clone(), expect).put(key, running, claimed.kept_while_running());
        match self.store().commit(change).await {
            Ok(true) => Ok(Claim::Ours(run)),
            Ok(false) => Ok(Claim::Running),
            Err(error) => {
                // It may be ours all the same, and nobody works on it.
                run.finish_later(Fate::Failed, None);
                Err(error)
            }
        }
    }

    /// The end of a dead run of which nothing is left to be undone: its record goes, and a request that waits for its
    /// answer may begin anew, unless the run has done what nobody can take back. The change expects the record to be as
    /// it was read.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn settled(&self, run: &str, entry: &Entry) -> Result<Change, StoreError> {
        let record = RunRecord::from_bytes(&entry.value)?;
        let change = Change::new().expect(run, Expect::Version(entry.version)).delete(run);
        let Some(key) = record.answer else { return Ok(change) };
        let Some(found) = self.store().get(&key).await? else { return Ok(change) };
        let mut answer = Answer::from_bytes(&found.value)?;
        let is_its_own = |of: &str| run.rsplit('/').next() == Some(of);
        match &answer.state {
            AnswerState::Running { run, has_written: false, .. } if is_its_own(run) => {
                answer.state = AnswerState::Undone;
                let keep = answer.keep;
                let change = change.expect(key.clone(), Expect::Version(found.version));
                Ok(change.put(key, answer.to_bytes(), keep))
            }
            AnswerState::Running { .. } | AnswerState::Undone | AnswerState::Done(_) => Ok(change),
        }
    }
}

fn answer_key(cx: &Context, key: &str) -> Key {
    let operation = cx.operation().split_once('.').map_or("", |(_, operation)| operation);
    let (caller, key) = (part(&cx.who().identity()), part(key));
    format!("answers/{}/{}/{caller}/{key}", part(cx.service()), part(operation))
}
