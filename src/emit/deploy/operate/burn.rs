//! How fast a promise is being broken: alerts by burn rate, over a long window that makes them certain and a short one
//! that ends them soon (Google's SRE workbook, "Alerting on SLOs"). The windows are those of a promise over 30 days, and
//! longer or shorter as the window of the promise is.

use std::collections::BTreeSet;

use super::{Objective, alert, page, query};
use crate::emit::text::quoted;
use crate::ir::{Latency, Share};

const DAYS_30: u64 = 30 * 24 * 3_600;

/// Prometheus looks every 15 to 60 seconds: of less than this there are too few numbers.
const SHORTEST: u64 = 120;

/// What may fail is used up so many times faster than it may be.
struct Burn {
    times: &'static str,
    long: u64,
    short: u64,
    severity: alert::Severity,
}

const BURNS: [Burn; 4] = [
    Burn { times: "14.4", long: 3_600, short: 300, severity: alert::Severity::Page },
    Burn { times: "6", long: 6 * 3_600, short: 1_800, severity: alert::Severity::Page },
    Burn { times: "3", long: 24 * 3_600, short: 2 * 3_600, severity: alert::Severity::Ticket },
    Burn { times: "1", long: 72 * 3_600, short: 6 * 3_600, severity: alert::Severity::Ticket },
];

/// What is promised, of the two things that can be.
#[derive(Clone, Copy)]
pub enum Promise<'p> {
    Availability(&'p Share),
    Latency(&'p Latency),
}

pub fn promises<'p>(objective: &Objective<'p>) -> Vec<Promise<'p>> {
    let availability = objective.slo.availability.as_ref().map(Promise::Availability);
    let latency = objective.slo.latency.as_ref().map(Promise::Latency);
    availability.into_iter().chain(latency).collect()
}

impl Promise<'_> {
    pub fn word(self) -> &'static str {
        match self {
            Promise::Availability(_) => "availability",
            Promise::Latency(_) => "latency",
        }
    }

    /// As the flow says it: `99.9%`, `300ms at p99`.
    pub fn written(self) -> String {
        match self {
            Promise::Availability(share) => format!("{}%", share.percent),
            Promise::Latency(latency) => {
                format!("{} at {}", page::time(latency.millis), latency.name)
            }
        }
    }

    /// What may fail, as a part of one.
    pub fn budget(self) -> String {
        let share = match self {
            Promise::Availability(share) => share,
            Promise::Latency(latency) => &latency.share,
        };
        share.budget().unwrap_or_default()
    }

    /// The part of the requests that broke it, over a time.
    pub fn broken(self, requests: &str, over: &str) -> String {
        match self {
            Promise::Availability(_) => query::failed(requests, over),
            Promise::Latency(latency) => query::slower(requests, latency.millis, over),
        }
    }
}

/// The windows that something is looked at over, the shortest first.
pub fn windows(of: &Objective<'_>) -> BTreeSet<u64> {
    BURNS.iter().flat_map(|burn| burn.windows(of)).collect()
}

/// What is recorded over a window.
pub fn recorded(window: u64) -> String {
    format!("flow:slo_broken:ratio_rate{}", query::duration(window))
}

/// The labels of what is recorded.
pub fn labels(of: &Objective<'_>, promise: Promise<'_>) -> String {
    format!("slo={},objective=\"{}\"", quoted(&of.name), promise.word())
}

/// What has to hold for an alert of this severity.
pub fn condition(of: &Objective<'_>, promise: Promise<'_>, severity: alert::Severity) -> String {
    let (labels, budget) = (labels(of, promise), promise.budget());
    let fast = BURNS.iter().filter(|burn| burn.severity == severity).map(|burn| {
        let both = burn
            .windows(of)
            .map(|window| format!("{}{{{labels}}} > ({} * {budget})", recorded(window), burn.times));
        format!("({})", both.join(" and "))
    });
    fast.collect::<Vec<_>>().join(" or ")
}

impl Burn {
    fn windows(&self, of: &Objective<'_>) -> [u64; 2] {
        let window = of.slo.window_ms / 1_000;
        let scaled = |time: u64| time.saturating_mul(window) / DAYS_30;
        let short = scaled(self.short).max(SHORTEST);
        [scaled(self.long).max(short * 2), short]
    }
}
