//! What becomes of one request, step by step, for somebody who looks on: `flowc run` shows it on its page. It goes along in
//! the context. An emitted service has none of this.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A request with more steps than this leaves the others out.
const MOST: usize = 2_000;

/// Of all facts of a request, so many bytes are kept.
const FACTS: usize = 1 << 19;

/// What stands for a fact that is not kept.
const LEFT_OUT: &str = "…";

/// A step of a request that is watched; the first one is the request itself.
#[derive(Clone)]
pub struct Watch {
    story: Arc<Story>,
    at: usize,
}

/// All that is known of one request.
pub struct Story {
    begun: Instant,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    steps: Vec<Seen>,
    left_out: usize,
    bytes: usize,
}

/// What is known of a step. Times are from the beginning of the request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The step that it is a part of, by its place.
    pub inside: Option<usize>,
    pub kind: StepKind,
    pub name: String,
    pub begun: Duration,
    pub ended: Option<Duration>,
    /// Why it has failed.
    pub failure: Option<String>,
    pub facts: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    Request,
    Operation,
    /// With all its tries.
    Call,
    /// One try of a call, as it was sent to a backend.
    Try,
    Undo,
    Fallback,
    Log,
}

impl Watch {
    /// A request begins.
    pub fn begin(name: impl Into<String>) -> Watch {
        let story = Story { begun: Instant::now(), told: Mutex::default() };
        let watch = Watch { story: Arc::new(story), at: 0 };
        watch.story.add(None, StepKind::Request, name.into());
        watch
    }

    /// A step in it begins. One that is dropped before its end was given up.
    pub fn step(&self, kind: StepKind, name: impl Into<String>) -> Watched {
        let at = self.story.add(Some(self.at), kind, name.into());
        Watched { watch: Watch { story: Arc::clone(&self.story), at }, has_ended: false }
    }

    /// Something that takes no time.
    pub fn event(&self, kind: StepKind, name: impl Into<String>) -> Watch {
        let step = self.step(kind, name);
        let watch = step.watch().clone();
        step.end(None);
        watch
    }

    /// The last word on this fact counts.
    pub fn note(&self, fact: &'static str, text: impl Into<String>) {
        let mut text = text.into();
        let mut told = self.story.told();
        if told.bytes + text.len() > FACTS {
            LEFT_OUT.clone_into(&mut text);
        }
        told.bytes += text.len();
        if let Some(step) = told.steps.get_mut(self.at) {
            step.facts.retain(|(known, _)| *known != fact);
            step.facts.push((fact, text));
        }
    }

    pub fn forget(&self, fact: &'static str) {
        self.story.change(self.at, |step| step.facts.retain(|(known, _)| *known != fact));
    }

    pub fn end(&self, failure: Option<String>) {
        let now = self.story.begun.elapsed();
        self.story.change(self.at, |step| {
            step.ended = Some(now);
            step.failure = failure;
        });
    }

    pub fn story(&self) -> &Arc<Story> {
        &self.story
    }
}

/// The steps stand in the story.
impl fmt::Debug for Watch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Watch({})", self.at)
    }
}

impl Story {
    /// The steps up to now, in the order in which they began; and how many more there were.
    pub fn read<T>(&self, read: impl FnOnce(&[Seen], usize) -> T) -> T {
        let told = self.told();
        read(&told.steps, told.left_out)
    }

    fn add(&self, inside: Option<usize>, kind: StepKind, name: String) -> usize {
        let begun = self.begun.elapsed();
        let mut told = self.told();
        if told.steps.len() >= MOST {
            told.left_out += 1;
            return MOST;
        }
        told.steps.push(Seen { inside, kind, name, begun, ended: None, failure: None, facts: Vec::new() });
        told.steps.len() - 1
    }

    fn change(&self, at: usize, change: impl FnOnce(&mut Seen)) {
        if let Some(step) = self.told().steps.get_mut(at) {
            change(step);
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A step that goes on.
pub struct Watched {
    watch: Watch,
    has_ended: bool,
}

impl Watched {
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    pub fn end(mut self, failure: Option<String>) {
        self.has_ended = true;
        self.watch.end(failure);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.has_ended {
            self.watch.end(Some(GIVEN_UP.to_owned()));
        }
    }
}

/// What is said of a step that was dropped before its end.
pub const GIVEN_UP: &str = "given up";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_in_each_other_and_one_that_is_dropped_was_given_up() {
        let request = Watch::begin("GET /");
        let operation = request.step(StepKind::Operation, "Lab.get");
        drop(operation.watch().step(StepKind::Call, "Back.get"));
        operation.watch().note("given", "{}");
        operation.watch().note("given", "{\"id\":1}");
        operation.end(None);
        let (steps, left_out) = request.story().read(|steps, left_out| (steps.to_vec(), left_out));
        let shown: Vec<_> = steps.iter().map(|step| (step.inside, &*step.name, &step.failure)).collect();
        let given_up = Some(GIVEN_UP.to_owned());
        assert_eq!(
            shown,
            [(None, "GET /", &None), (Some(0), "Lab.get", &None), (Some(1), "Back.get", &given_up)]
        );
        assert!(steps[0].ended.is_none() && steps[1].ended.is_some() && left_out == 0);
        assert_eq!(steps[1].facts, [("given", "{\"id\":1}".to_owned())]);
    }

    #[test]
    fn what_does_not_end_is_not_kept_for_ever() {
        let request = Watch::begin("GET /");
        (0..MOST + 4).for_each(|_| drop(request.event(StepKind::Log, "again")));
        assert_eq!(request.story().read(|steps, left_out| (steps.len(), left_out)), (MOST, 5));
        (0..3).for_each(|_| request.note("given", "x".repeat(FACTS / 2)));
        let given = request.story().read(|steps, _| steps[0].facts.clone());
        assert_eq!(given, [("given", LEFT_OUT.to_owned())]);
    }
}
