//! What must be true of every simulation when the dust has settled, whatever went wrong in it.

use std::time::Duration;

use crate::budget;
use crate::journal::Note;
use crate::ledger::{Effect, Kind, Ledger, Outcome, Told};
use crate::scenario::{Request, Scenario};
use crate::wire::field;

/// What is not as it must be.
pub fn broken(scenario: &Scenario, ledger: &Ledger, notes: &[Note]) -> Vec<String> {
    let world = World { scenario, ledger, notes };
    let mut faults = world.left_running();
    faults.extend(budget::broken(&world));
    for (subject, request) in scenario.requests.iter().enumerate() {
        faults.extend(world.answers_in_time(subject, request));
        faults.extend(world.nothing_goes_on(subject, request));
        faults.extend(world.done_once(subject));
        faults.extend(world.undone_once(subject));
        faults.extend(world.all_or_nothing(subject));
    }
    faults
}

pub struct World<'a> {
    pub scenario: &'a Scenario,
    pub ledger: &'a Ledger,
    notes: &'a [Note],
}

/// What the timers of a service allow themselves beyond the deadline, and the work of a busy moment.
const SLACK: Duration = Duration::from_millis(30);

/// What takes something back.
pub const UNDOS: &[&str] = &["cancelOrder", "releaseHold", "refundCharge"];

impl World<'_> {
    pub fn told(&self, subject: usize) -> impl Iterator<Item = &Told> {
        self.ledger.answers.iter().filter(move |told| told.subject == subject)
    }

    fn effects(&self, subject: usize) -> impl Iterator<Item = &Effect> {
        self.ledger.effects.iter().filter(move |effect| effect.subject == subject)
    }

    fn left_running(&self) -> Vec<String> {
        let (ended, hosts) = (&self.ledger.ended, self.scenario.hosts());
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
            let Outcome::Answer { status, body } = &told.outcome else { continue };
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
        let end = begun + request.deadline + self.scenario.hop();
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

    /// However often something is sent, it is done once.
    fn done_once(&self, subject: usize) -> Vec<String> {
        let mut faults = Vec::new();
        for kind in [Kind::Order, Kind::Hold, Kind::Charge] {
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

    /// An answered success is one; after a failure nothing is left; and where nobody knows, it is one of the two.
    fn all_or_nothing(&self, subject: usize) -> Vec<String> {
        let Some(last) = self.told(subject).last() else {
            return vec![format!("request {subject} never ended")];
        };
        match &last.outcome {
            Outcome::Answer { status: 201, body } => self.really_placed(subject, body),
            Outcome::Answer { status: 409, body }
                if body.contains("about:blank") && self.is_placed(subject) =>
            {
                Vec::new()
            }
            Outcome::Answer { .. } => self.nothing_left(subject),
            Outcome::HungUp | Outcome::Lost if self.is_placed(subject) => Vec::new(),
            Outcome::HungUp | Outcome::Lost => self.nothing_left(subject),
        }
    }

    fn really_placed(&self, subject: usize, body: &str) -> Vec<String> {
        let order = body.split_once("\"order\"").and_then(|(_, order)| field(order, "id"));
        let ids = [
            (Kind::Order, order),
            (Kind::Hold, field(body, "holdId")),
            (Kind::Charge, field(body, "paidWith")),
        ];
        let mut faults = Vec::new();
        for (kind, id) in ids {
            let effect =
                self.effects(subject).find(|effect| effect.kind == kind && Some(effect.id.as_str()) == id);
            if !effect.is_some_and(Effect::stands) {
                faults.push(format!("request {subject} was told that {id:?} is its {kind:?}: {effect:?}"));
            }
        }
        let is_more = |effect: &&Effect| {
            effect.stands()
                && !ids.iter().any(|(_, id)| *id == Some(effect.id.as_str()))
                && !self.is_kept(effect)
        };
        let more = self.effects(subject).filter(is_more);
        faults.extend(more.map(|effect| format!("request {subject} was done, and there is also {effect:?}")));
        let cents: Vec<u64> = self
            .effects(subject)
            .filter(|one| one.stands() && one.kind != Kind::Hold)
            .map(|one| one.cents)
            .collect();
        if cents.windows(2).any(|two| two.first() != two.last()) {
            faults.push(format!("request {subject} costs one thing and was charged another: {cents:?}"));
        }
        faults
    }

    fn is_placed(&self, subject: usize) -> bool {
        [Kind::Order, Kind::Hold, Kind::Charge].iter().all(|kind| {
            self.effects(subject).filter(|effect| effect.kind == *kind && effect.stands()).count() == 1
        })
    }

    /// What was done is undone, or kept for an operator.
    fn nothing_left(&self, subject: usize) -> Vec<String> {
        let left = self.effects(subject).filter(|effect| effect.stands() && !self.is_kept(effect));
        left.map(|effect| format!("request {subject} failed, and left {effect:?}")).collect()
    }

    fn is_kept(&self, effect: &Effect) -> bool {
        let (request, write) = (format!("request-{}", effect.subject), effect.kind.write());
        self.notes.iter().any(|note| note.request == request && note.write == write && note.is_for_operator())
    }

    /// Whether an answer from then may not have come through.
    fn is_unsure(&self, at: Duration) -> bool {
        self.scenario.is_disturbed(at.saturating_sub(self.scenario.hop() * 4), at + Duration::from_secs(4))
    }
}
