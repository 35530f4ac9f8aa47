//! The requests that came in of late, with their steps. It outlives a program that is read again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flow_std::http::{GIVEN_UP, Seen, StepKind, Watch};
use serde_json::{Value, json};

/// So many are kept.
const KEPT: usize = 200;

#[derive(Default)]
pub struct History {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The newest one last.
    requests: VecDeque<Arc<Visited>>,
    /// Of all that came in.
    count: u64,
    /// How often a request has begun or ended.
    changes: u64,
    /// How often a program was started.
    programs: u64,
}

/// One request.
pub struct Visited {
    number: u64,
    program: u64,
    at: SystemTime,
    begun: Instant,
    pub watch: Watch,
    end: OnceLock<End>,
}

/// How a request was answered.
#[derive(Debug)]
pub struct End {
    /// None for a caller who did not wait.
    pub status: Option<u16>,
    pub took: Duration,
    pub id: Option<String>,
    /// It was done before, and the answer was kept.
    pub is_replayed: bool,
    /// The problem that was answered. No problem has anything in it that carries a label.
    pub problem: Option<String>,
}

impl History {
    /// A program starts, again perhaps. Its number tells a page that what it shows is of another one.
    pub fn start_program(&self) -> u64 {
        let mut inner = self.inner();
        inner.programs += 1;
        inner.programs
    }

    pub fn begin(&self, program: u64, name: String) -> Arc<Visited> {
        let mut inner = self.inner();
        inner.count += 1;
        inner.changes += 1;
        let visited = Arc::new(Visited {
            number: inner.count,
            program,
            at: SystemTime::now(),
            begun: Instant::now(),
            watch: Watch::begin(name),
            end: OnceLock::new(),
        });
        inner.requests.push_back(Arc::clone(&visited));
        if inner.requests.len() > KEPT {
            inner.requests.pop_front();
        }
        visited
    }

    pub fn end(&self, visited: &Visited, end: End) {
        let failure = if end.status.is_none() { Some(GIVEN_UP.to_owned()) } else { None };
        if visited.end.set(end).is_ok() {
            visited.watch.end(failure);
            self.inner().changes += 1;
        }
    }

    /// All of them in short, the newest one first.
    pub fn list(&self) -> Value {
        let (requests, changes, programs) = {
            let inner = self.inner();
            (inner.requests.clone(), inner.changes, inner.programs)
        };
        let requests: Vec<Value> = requests.iter().rev().map(|visited| visited.summary()).collect();
        json!({ "changes": changes, "program": programs, "requests": requests })
    }

    /// What tells a page whether there is anything new.
    pub fn state(&self) -> String {
        let inner = self.inner();
        format!("{}.{}", inner.programs, inner.changes)
    }

    pub fn one(&self, number: u64) -> Option<Value> {
        let visited = self.inner().requests.iter().find(|one| one.number == number).cloned()?;
        Some(visited.whole())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visited {
    pub fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    fn summary(&self) -> Value {
        self.watch.story().read(|steps, _| self.in_short(steps))
    }

    fn in_short(&self, steps: &[Seen]) -> Value {
        let count = |is: &dyn Fn(&Seen) -> bool| steps.iter().filter(|step| is(step)).count();
        let tries = count(&|step| step.kind == StepKind::Try && step.failure.is_some());
        let root = steps.first();
        let fact = |name| root.and_then(|step| step.facts.iter().find(|(known, _)| *known == name));
        json!({
            "number": self.number,
            "program": self.program,
            "at": self.at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64),
            "name": root.map(|step| step.name.as_str()).unwrap_or_default(),
            "operation": fact("operation").map(|(_, text)| text),
            "calls": count(&|step| step.kind == StepKind::Call),
            "undone": count(&|step| step.kind == StepKind::Undo),
            "failedTries": tries,
            "fallbacks": count(&|step| step.kind == StepKind::Fallback),
            "end": self.end.get().map(|end| json!({
                "status": end.status,
                "took": micros(end.took),
                "id": end.id,
                "replayed": end.is_replayed,
                "problem": end.problem,
            })),
        })
    }

    fn whole(&self) -> Value {
        self.watch.story().read(|steps, left_out| {
            let mut whole = self.in_short(steps);
            whole["steps"] = steps.iter().map(step).collect();
            whole["leftOut"] = left_out.into();
            whole["now"] = micros(self.took());
            whole
        })
    }
}

fn step(step: &Seen) -> Value {
    let facts: serde_json::Map<String, Value> =
        step.facts.iter().map(|(name, text)| ((*name).to_owned(), text.as_str().into())).collect();
    json!({
        "inside": step.inside,
        "kind": kind(step.kind),
        "name": step.name,
        "begun": micros(step.begun),
        "ended": step.ended.map(micros),
        "failure": step.failure,
        "facts": facts,
    })
}

fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Request => "request",
        StepKind::Operation => "operation",
        StepKind::Call => "call",
        StepKind::Try => "try",
        StepKind::Undo => "undo",
        StepKind::Fallback => "fallback",
        StepKind::Log => "log",
    }
}

fn micros(time: Duration) -> Value {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_kept_and_the_newest_comes_first() {
        let history = History::default();
        for number in 0..KEPT + 3 {
            history.begin(1, format!("GET /{number}"));
        }
        let list = history.list();
        let requests = list["requests"].as_array().expect("a list");
        assert_eq!((requests.len(), &requests[0]["name"]), (KEPT, &json!("GET /202")));
        assert!(history.one(3).is_none() && history.one(4).is_some());
    }

    #[test]
    fn a_request_ends_once() {
        let history = History::default();
        let visited = history.begin(1, "GET /".to_owned());
        let end = |status| End {
            status,
            took: Duration::from_millis(1),
            id: None,
            is_replayed: false,
            problem: None,
        };
        let before = history.state();
        history.end(&visited, end(Some(200)));
        let after = history.state();
        history.end(&visited, end(None));
        assert_eq!(history.list()["requests"][0]["end"]["status"], 200);
        assert!(before != after && after == history.state());
    }
}
