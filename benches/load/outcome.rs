//! How requests ended, and what that is in figures.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How one request ended; its status is 0 where there was no answer.
#[derive(Clone, Copy)]
pub struct End {
    pub due: Instant,
    /// How long after it was due it was sent.
    pub delay: Duration,
    pub took: Duration,
    pub status: u16,
}

impl End {
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[derive(Default)]
pub struct Outcomes {
    ends: Vec<End>,
}

impl Outcomes {
    pub fn add(&mut self, end: End) {
        self.ends.push(end);
    }

    pub fn join(&mut self, other: Outcomes) {
        self.ends.extend(other.ends);
    }

    pub fn count(&self) -> usize {
        self.ends.len()
    }

    pub fn good(&self) -> usize {
        self.ends.iter().filter(|end| end.is_good()).count()
    }

    pub fn share_good(&self) -> f64 {
        self.good() as f64 / self.count().max(1) as f64
    }

    /// What the good ones took, in milliseconds.
    pub fn percentile(&self, part: f64) -> f64 {
        percentile(self.ends.iter().filter(|end| end.is_good()).map(|end| end.took), part)
    }

    /// How late all were sent, in milliseconds: whoever asks too late has not asked as much as he says.
    pub fn lateness(&self, part: f64) -> f64 {
        percentile(self.ends.iter().map(|end| end.delay), part)
    }

    pub fn statuses(&self) -> String {
        let mut counts = BTreeMap::<u16, usize>::new();
        for end in &self.ends {
            *counts.entry(end.status).or_default() += 1;
        }
        let texts: Vec<String> = counts.iter().map(|(status, count)| format!("{status} × {count}")).collect();
        texts.join(", ")
    }

    /// How long after `from` it takes until nearly all of what is asked within a second is good.
    pub fn recovery(&self, from: Instant) -> Option<Duration> {
        self.recovery_to(from, 0.99)
    }

    /// The same for a part of what is asked.
    pub fn recovery_to(&self, from: Instant, part: f64) -> Option<Duration> {
        let mut after: Vec<&End> = self.ends.iter().filter(|end| end.due >= from).collect();
        after.sort_by_key(|end| end.due);
        (0..after.len()).find_map(|at| {
            let start = after[at].due;
            let second: Vec<&&End> =
                after[at..].iter().take_while(|end| end.due < start + Duration::from_secs(1)).collect();
            let good = second.iter().filter(|end| end.is_good()).count();
            (good as f64 >= part * second.len() as f64).then(|| start - from)
        })
    }

    /// The most calls for each request in any ten seconds.
    pub fn amplification(&self, calls: &[std::time::Instant]) -> f64 {
        const WINDOW: Duration = Duration::from_secs(10);
        let mut calls = calls.to_vec();
        calls.sort();
        let mut requests: Vec<std::time::Instant> = self.ends.iter().map(|end| end.due.into_std()).collect();
        requests.sort();
        let within = |all: &[std::time::Instant], from| {
            all.partition_point(|at| *at < from + WINDOW) - all.partition_point(|at| *at < from)
        };
        let last = requests.last().copied();
        let whole = requests.iter().filter(|from| last.is_some_and(|last| **from + WINDOW <= last));
        let ratio =
            |from: &std::time::Instant| within(&calls, *from) as f64 / within(&requests, *from).max(1) as f64;
        whole.map(ratio).fold(0.0, f64::max)
    }
}

fn percentile(times: impl Iterator<Item = Duration>, part: f64) -> f64 {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    let at = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    times.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}
