//! Looks after the runs that had no end: those of processes that are dead, from the start on, and those whose undos have
//! to be tried again. It goes on beside the requests for as long as the service lives.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::attempt::{Undoing, pause};
use super::kept::{self, Kept};
use super::record::{RunKey, State};
use super::rewind::{Pace, Rewind, Rewound, TRIES};
use super::work::{By, Claim};
use crate::http::{Context, Level, arrived, log};
use crate::runs::Runs;
use crate::store::StoreError;
use crate::value::Caller;

/// How many runs are undone at once: those who have just come back are not to be overrun.
const AT_ONCE: usize = 8;
/// How often it is looked for runs whose instances are dead.
const LOOK: Duration = Duration::from_secs(5);

/// Undoes what has no end. It returns never.
pub async fn attend(runs: Runs, undoings: Vec<Undoing>) {
    let undoings: Arc<[Undoing]> = undoings.into();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut next_look = Instant::now();
    loop {
        if next_look <= Instant::now() {
            next_look = Instant::now() + LOOK;
            look(&runs, &undoings).await;
        }
        match runs.work().next_due() {
            Ok(key) => begin(&runs, &undoings, &room, key).await,
            Err(due) => {
                let end = due.map_or(next_look, |due| due.min(next_look));
                let _ = timeout_at(end, runs.work().woken()).await;
            }
        }
    }
}

/// Takes over what dead instances have left.
async fn look(runs: &Runs, undoings: &[Undoing]) {
    for service in services(undoings) {
        if let Err(error) = take_over(runs, service).await {
            unreachable(&error);
        }
    }
}

pub fn services(undoings: &[Undoing]) -> Vec<&'static str> {
    let mut services: Vec<&str> = undoings.iter().map(Undoing::service).collect();
    services.sort_unstable();
    services.dedup();
    services
}

async fn take_over(runs: &Runs, service: &str) -> Result<(), StoreError> {
    for kept in kept::all(runs, service).await? {
        if !kept.is_open() || runs.lives(&kept.run.instance).await? {
            continue;
        }
        if let Some(kept) = kept.take(runs).await? {
            let fields = [("request", kept.run.request.as_str()), ("run", kept.key.id.as_str())];
            log::say(Level::Warn, "undoing what another process left", &fields);
            runs.work().later(kept.key, Instant::now());
        }
    }
    Ok(())
}

fn unreachable(error: &StoreError) {
    log::say(Level::Error, "store failed", &[("reason", &error.to_string())]);
}

async fn begin(runs: &Runs, undoings: &Arc<[Undoing]>, room: &Arc<Semaphore>, key: RunKey) {
    let Ok(place) = Arc::clone(room).acquire_owned().await else { return };
    let (runs, undoings) = (runs.clone(), Arc::clone(undoings));
    tokio::spawn(async move {
        let Some(claim) = Claim::of(&runs, &key, By::Undoing) else {
            return runs.work().later(key, Instant::now() + LOOK);
        };
        match go_on(&runs, &undoings, &key, Force::No).await {
            Ok(Rewound::Undone | Rewound::Kept | Rewound::Lost) => {}
            Ok(Rewound::Later(wait)) => runs.work().later(key, Instant::now() + wait),
            Err(error) => {
                unreachable(&error);
                runs.work().later(key, Instant::now() + pause(TRIES));
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
    runs: &Runs,
    undoings: &[Undoing],
    key: &RunKey,
    force: Force,
) -> Result<Rewound, StoreError> {
    let Some(mut kept) = kept::load(runs, key).await? else { return Ok(Rewound::Undone) };
    if !kept.is_ours(runs) {
        return Ok(Rewound::Lost);
    }
    if force == Force::Yes {
        let can_be_tried = |state, is_known| state == State::Refused && is_known;
        for record in &mut kept.records {
            if can_be_tried(record.state, !record.undo.is_empty()) {
                record.state = State::Waiting;
            }
        }
    }
    let Some(undoing) = undoings.iter().find(|one| one.operation() == kept.run.operation) else {
        return without_operation(runs, kept).await;
    };
    let request = arrived(kept.run.request.clone(), "");
    let cx = Context::new(undoing.operation(), Caller::default(), request, Duration::ZERO);
    let hold = kept.hold(runs);
    Ok(Rewind { undoing, hold: &hold, cx: &cx, pace: Pace::Once }.run(kept.records).await)
}

/// The service was changed since: an operator has to see to it.
async fn without_operation(runs: &Runs, kept: Kept) -> Result<Rewound, StoreError> {
    let hold = kept.hold(runs);
    for mut record in kept.records.into_iter().filter(|record| !record.state.is_for_operator()) {
        record.state = State::Refused;
        record.reason = format!("the service has no operation `{}` with undos any more", kept.run.operation);
        hold.tell_stuck(&mut record);
        hold.put(&record).await?;
    }
    Ok(Rewound::Kept)
}
