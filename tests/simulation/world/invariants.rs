//! What must be true of every simulation when the dust has settled, whatever went wrong in it.

use std::time::Duration;

use crate::journal::Note;
use crate::ledger::{Effect, Kind, Ledger, Outcome, Told};
use crate::scenario::{Request, Scenario};
use crate::{budget, ends};

/// What is not as it must be.
pub fn broken(scenario: &Scenario, ledger: &Ledger, notes: &[Note]) -> Vec<String> {
    let world = World { scenario, ledger, notes };
    let mut faults = world.left_running();
    faults.extend(budget::broken(&world));
    for (subject, request) in scenario.requests.iter().enumerate() {
        faults.extend(world.answers_in_time(subject, request));
        faults.extend(world.nothing_goes_on(subject, request));
        faults.extend(world.ends_with_caller(subject, request));
        faults.extend(world.done_once(subject));
        faults.extend(world.undone_once(subject));
        faults.extend(ends::broken(&world, subject, request));
    }
    faults
}

pub struct World<'a> {
    pub scenario: &'a Scenario,
    pub ledger: &'a Ledger,
    pub notes: &'a [Note],
}

/// What the timers of a service allow themselves beyond the deadline, and the work of a busy moment.
const SLACK: Duration = Duration::from_millis(30);

/// What takes something back.
pub const UNDOS: &[&str] = &["cancelOrder", "releaseHold", "refundCharge", "blockCustomer", "delete-contact"];

impl World<'_> {
    pub fn told(&self, subject: usize) -> impl Iterator<Item = &Told> {
        self.ledger.answers.iter().filter(move |told| told.subject == subject)
    }

    pub fn effects(&self, subject: usize) -> impl Iterator<Item = &Effect> {
        self.ledger.effects.iter().filter(move |effect| effect.subject == subject)
    }

    fn left_running(&self) -> Vec<String> {
        let (ended, hosts) = (&self.ledger.ended, &self.scenario.hosts);
        let missing = hosts.iter().filter(|host| !ended.iter().any(|(name, _)| name == *host));
        let mut faults: Vec<String> = missing.map(|host| format!("{host} has not ended")).collect();
        // What flushes the log, and what looks after the connections to each backend.
        let usual = 1 + 12;
        let busy = ended.iter().filter(|(_, left)| *left > usual);
        faults.extend(busy.map(|(host, left)| format!("{host} has ended with {left} tasks left")));
        let open = self.notes.iter().filter(|note| !note.is_for_operator());
        faults.extend(open.map(|note| format!("nobody looks after {note:?}")));
        faults
    }

    /// Every answer comes within its deadline, and none says that something of ours is broken.
    fn answers_in_time(&self, subject: usize, request: &Request) -> Vec<String> {
        let mut faults = Vec::new();
        for told in self.told(subject) {
            let Outcome::Answer { status, body, .. } = &told.outcome else { continue };
            if *status == 500 {
                faults.push(format!("request {subject} got a 500: {body}"));
            }
            let latest = told.sent + request.deadline + self.scenario.hop() * 4 + SLACK;
            if told.at > latest && !self.scenario.is_disturbed(told.sent, told.at) {
                faults
                    .push(format!("request {subject} was answered at {:?}, later than {latest:?}", told.at));
            }
        }
        faults
    }

    /// After the deadline nothing is begun any more and nothing is waited for, but to take back what was done.
    fn nothing_goes_on(&self, subject: usize, request: &Request) -> Vec<String> {
        let Some(last) = self.told(subject).last() else { return Vec::new() };
        let is_forward = |operation: &str| !UNDOS.contains(&operation);
        let calls =
            self.ledger.calls.iter().filter(|call| call.subject == subject && is_forward(call.operation));
        // The service had the request by the time at which the first call for it came to a system.
        let Some(begun) = calls.clone().map(|call| call.at).find(|at| *at >= last.sent) else {
            return Vec::new();
        };
        let end = begun + request.deadline + self.scenario.hop() * request.wish.layers();
        let begun_late = calls.filter(|call| call.at > end).map(|call| (call.at, format!("{call:?}")));
        let gone =
            self.ledger.gone.iter().filter(|gone| gone.subject == subject && is_forward(gone.operation));
        let gone_late = gone
            .filter(|gone| gone.at > end + self.scenario.hop() * 2 + SLACK)
            .map(|gone| (gone.at, format!("{gone:?}")));
        begun_late
            .chain(gone_late)
            .filter(|(at, _)| !self.scenario.is_disturbed(last.sent, *at))
            .map(|(_, what)| format!("request {subject} ended at {end:?}, and then came {what}"))
            .collect()
    }

    /// What only reads ends with its caller.
    fn ends_with_caller(&self, subject: usize, request: &Request) -> Vec<String> {
        let Some(last) = self.told(subject).last().filter(|_| request.wish.is_read()) else {
            return Vec::new();
        };
        let end = last.at + self.scenario.hop() * (request.wish.layers() + 2);
        let late = self.ledger.calls.iter().filter(|call| call.subject == subject && call.at > end);
        late.filter(|call| !self.scenario.is_disturbed(last.sent, call.at))
            .map(|call| format!("request {subject} had its end at {:?}, and then came {call:?}", last.at))
            .collect()
    }

    /// However often something is sent, it is done once.
    fn done_once(&self, subject: usize) -> Vec<String> {
        let mut faults = Vec::new();
        for kind in [Kind::Order, Kind::Hold, Kind::Charge, Kind::Customer, Kind::Contact] {
            let standing = self.effects(subject).filter(|effect| effect.kind == kind && effect.is_clean);
            let count = standing.filter(|effect| effect.stands()).count();
            if count > 1 {
                faults.push(format!("request {subject} has {count} times its {kind:?}"));
            }
        }
        faults
    }

    /// What was taken back, and known to be, is not taken back again.
    fn undone_once(&self, subject: usize) -> Vec<String> {
        let again = self.effects(subject).filter(|effect| {
            let known = effect.undone.iter().find(|undone| undone.is_clean && !self.is_unsure(undone.asked));
            known.is_some_and(|known| effect.undone.iter().any(|undone| undone.asked > known.asked))
        });
        again.map(|effect| format!("request {subject}: undone again: {effect:?}")).collect()
    }

    /// Whether an answer from then may not have come through, or nobody could keep that it had.
    fn is_unsure(&self, at: Duration) -> bool {
        let until = at + Duration::from_secs(4);
        self.scenario.is_disturbed(at.saturating_sub(self.scenario.hop() * 4), until)
            || self.scenario.is_troubled(at, until)
    }
}
