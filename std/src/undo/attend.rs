//! Looks after the runs that had no end: those of processes that are dead, from the start on, and those whose undos have
//! to be tried again. It goes on beside the requests for as long as the service lives.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::attempt::{Undoing, pause};
use super::journal::{Hold, Journal, Kept, RENEWAL, Rest};
use super::record::{RunKey, State};
use super::rewind::{Pace, Rewind, Rewound, TRIES};
use crate::http::{Context, Level, arrived, log};
use crate::store::StoreError;
use crate::value::Caller;

/// How many runs are undone at once: those who have just come back are not to be overrun.
const AT_ONCE: usize = 8;

/// Undoes what has no end. It returns never.
pub async fn attend(journal: Journal, undoings: Vec<Undoing>) {
    let undoings: Arc<[Undoing]> = undoings.into();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut next_look = Instant::now();
    let mut is_first = true;
    loop {
        if next_look <= Instant::now() {
            next_look = Instant::now() + RENEWAL;
            // Where nobody else can be, nobody else can die.
            if is_first || !journal.is_exclusive() {
                look(&journal, &undoings).await;
            }
            is_first = false;
        }
        match journal.next_due() {
            Ok(key) => begin(&journal, &undoings, &room, key).await,
            Err(due) => {
                let end = due.map_or(next_look, |due| due.min(next_look));
                let _ = timeout_at(end, journal.woken()).await;
            }
        }
    }
}

/// Says that this instance lives, and takes over what dead ones have left.
async fn look(journal: &Journal, undoings: &[Undoing]) {
    if let Err(error) = journal.renew().await {
        return unreachable(&error);
    }
    let mut services: Vec<&str> = undoings.iter().map(Undoing::service).collect();
    services.sort_unstable();
    services.dedup();
    for service in services {
        if let Err(error) = take_over(journal, service).await {
            unreachable(&error);
        }
    }
}

async fn take_over(journal: &Journal, service: &str) -> Result<(), StoreError> {
    for kept in journal.runs(service).await? {
        if !kept.is_open() || journal.is_ours(&kept) || journal.has_owner(&kept).await? {
            continue;
        }
        if journal.take(&kept).await?.is_some() {
            let fields = [("request", kept.head.request.as_str()), ("run", kept.key.id.as_str())];
            log::say(Level::Warn, "undoing what another process left", &fields);
            journal.later(kept.key, Instant::now());
        }
    }
    Ok(())
}

fn unreachable(error: &StoreError) {
    log::say(Level::Error, "the store cannot be reached", &[("reason", &error.to_string())]);
}

async fn begin(journal: &Journal, undoings: &Arc<[Undoing]>, room: &Arc<Semaphore>, key: RunKey) {
    let Ok(place) = Arc::clone(room).acquire_owned().await else { return };
    let (journal, undoings) = (journal.clone(), Arc::clone(undoings));
    tokio::spawn(async move {
        let Some(claim) = journal.claim(&key) else { return journal.later(key, Instant::now() + RENEWAL) };
        match go_on(&journal, &undoings, &key, Force::No).await {
            Ok(Rewound::Settled | Rewound::Lost) => {}
            Ok(Rewound::Later(wait)) => journal.later(key, Instant::now() + wait),
            Err(error) => {
                unreachable(&error);
                journal.later(key, Instant::now() + pause(TRIES));
            }
        }
        drop((claim, place));
    });
}

/// Whether an undo that was refused is tried once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    No,
    Yes,
}

/// Goes on with the undos of a run that is ours.
pub async fn go_on(
    journal: &Journal,
    undoings: &[Undoing],
    key: &RunKey,
    force: Force,
) -> Result<Rewound, StoreError> {
    let Some(mut kept) = journal.load(key).await? else { return Ok(Rewound::Settled) };
    if !journal.is_ours(&kept) {
        return Ok(Rewound::Lost);
    }
    if force == Force::Yes {
        for record in kept.records.iter_mut().filter(|record| record.state == State::Refused) {
            record.state = State::Waiting;
        }
    }
    let hold = journal.hold(&kept);
    let Some(undoing) = undoings.iter().find(|one| one.operation() == kept.head.operation) else {
        return without_operation(journal, &hold, kept).await;
    };
    let request = arrived(kept.head.request.clone(), "");
    let cx = Context::new(undoing.operation(), Caller::default(), request, Duration::ZERO);
    let rewind = Rewind { journal, undoing, hold: &hold, cx: &cx, pace: Pace::Once };
    if kept.records.is_empty() {
        journal.forget(&hold, &[], Rest::Ends).await?;
    }
    Ok(rewind.run(kept.records).await)
}

/// The service was changed since: an operator has to see to it.
async fn without_operation(journal: &Journal, hold: &Hold, kept: Kept) -> Result<Rewound, StoreError> {
    for mut record in kept.records.into_iter().filter(|record| !record.state.is_for_operator()) {
        record.state = State::Refused;
        record.reason = format!("the service has no operation `{}` with undos any more", kept.head.operation);
        super::journal::stuck(hold, &record);
        journal.put(hold, None, &record).await?;
    }
    Ok(Rewound::Settled)
}
