//! Whether further tries stay within what `flow_std` promises of them: in any ten seconds, a process sends a system no
//! more of them than three, or than a tenth of its calls.
//!
//! No system is told which of its calls are further tries. But a process asks a system the same thing once for each time
//! that it works on a request; whatever comes more often than that can only be another try of it.

use std::time::Duration;

use crate::invariants::{UNDOS, World};
use crate::ledger::{Call, NOBODY, Outcome, Process};
use crate::scenario::SYSTEMS;

/// What a budget looks at.
const WINDOW: Duration = Duration::from_secs(10);
/// How many there may be however little is asked.
const FLOOR: usize = 3;
/// As the settings have it: one in so many calls.
const ONE_IN: usize = 10;
/// The longest that a call is on its way to a system from when its budget was asked: the pause before it, the wait for
/// its turn, and a new connection.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// The first that goes beyond its budget, for each process and system.
pub fn broken(world: &World<'_>) -> Vec<String> {
    let mut processes: Vec<Process> = world.ledger.calls.iter().map(|call| call.from.clone()).collect();
    processes.sort();
    processes.dedup();
    let pairs = processes.iter().flat_map(|from| SYSTEMS.iter().map(move |system| (from, system)));
    let broken = pairs.filter_map(|(from, system)| {
        let calls = world.ledger.calls.iter().filter(|call| call.from == *from && call.system == *system);
        Calls { world, calls: calls.collect() }.beyond()
    });
    broken.collect()
}

/// What one process has sent to one system.
struct Calls<'a> {
    world: &'a World<'a>,
    calls: Vec<&'a Call>,
}

impl Calls<'_> {
    fn beyond(&self) -> Option<String> {
        let ends = self.calls.iter().map(|call| call.at);
        ends.filter_map(|end| self.beyond_until(end)).next()
    }

    fn beyond_until(&self, end: Duration) -> Option<String> {
        let late = self.late();
        // What arrives within this was asked of the budget within its window.
        let begin = end.saturating_sub(WINDOW.saturating_sub(late));
        let (again, allowed) = (self.again(begin, end), self.allowed(end.saturating_sub(WINDOW + late), end));
        if again <= allowed {
            return None;
        }
        let (call, within) = (self.calls.first()?, end - begin);
        Some(format!(
            "{:?} sent {again} further tries to {} in the {within:?} before {end:?}, and may send {allowed}",
            call.from, call.system
        ))
    }

    /// How long a call may be on its way.
    fn late(&self) -> Duration {
        self.world.scenario.longest_held() + ON_ITS_WAY
    }

    /// How many calls can only be further tries.
    fn again(&self, begin: Duration, end: Duration) -> usize {
        let forward = |call: &&&Call| {
            (begin..=end).contains(&call.at) && !UNDOS.contains(&call.operation) && call.subject != NOBODY
        };
        let mut whats: Vec<_> = self.calls.iter().filter(forward).map(|call| call.what()).collect();
        whats.sort_unstable();
        let same = whats.chunk_by(|one, other| one == other);
        same.map(|same| {
            let subject = same.first().map_or(usize::MAX, |(subject, ..)| *subject);
            same.len().saturating_sub(self.at_work(subject, begin, end))
        })
        .sum()
    }

    /// How often the process may have worked on the request in that time.
    fn at_work(&self, subject: usize, begin: Duration, end: Duration) -> usize {
        let deadline = self.world.scenario.requests.get(subject).map_or(Duration::ZERO, |one| one.deadline);
        let times = self.world.told(subject).filter(|told| {
            let until = match &told.outcome {
                // It is being worked on, and not for this one.
                Outcome::Answer { status: 409, body, .. } if body.contains("about:blank") => return false,
                Outcome::Answer { .. } => told.at,
                Outcome::HungUp | Outcome::Lost => told.sent + deadline,
            };
            told.sent <= end && begin <= until + self.late()
        });
        times.count()
    }

    /// How many there may be, of all that was sent since `begin`.
    fn allowed(&self, begin: Duration, end: Duration) -> usize {
        let is_within = |at: Duration| (begin..=end).contains(&at);
        let arrived = self.calls.iter().filter(|call| is_within(call.at)).count();
        let lost = if self.world.scenario.is_disturbed(begin, end) { self.all_that_may_be() } else { 0 };
        FLOOR.max((arrived + lost) / ONE_IN)
    }

    /// What gets lost on its way was a call, too.
    fn all_that_may_be(&self) -> usize {
        let requests = self.world.scenario.requests.iter();
        // No operation asks one system more often than that, with its undos.
        requests.map(|request| 8 * request.tries as usize).sum()
    }
}
