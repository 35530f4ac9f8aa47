//! Time, as a sum of calls. When something is done is the end of a way through the calls before it; ways share their
//! beginnings, so each call is one link that knows the one before it.

use smol_str::SmolStr;

/// What a call costs.
#[derive(Debug, Clone)]
pub struct Cost {
    pub name: SmolStr,
    /// How often it is made, one after the other.
    pub rounds: u64,
    /// One try.
    pub first: u64,
    /// All tries with all pauses, each after the wait for its turn.
    pub worst: u64,
    pub tries: u64,
    pub pauses: u64,
    /// How long one try waits for its turn.
    pub waits: u64,
    /// Somebody wrote one of these times.
    pub chosen: bool,
}

impl Cost {
    pub fn first_in_all(&self) -> u64 {
        self.first.saturating_mul(self.rounds)
    }

    pub fn worst_in_all(&self) -> u64 {
        self.worst.saturating_mul(self.rounds)
    }

    /// `500ms`, `13 rounds × 500ms`
    pub fn first_terms(&self) -> String {
        match self.rounds {
            1 => milliseconds(self.first),
            rounds => format!("{rounds} rounds × {}", milliseconds(self.first)),
        }
    }

    /// `3 × (200ms of waiting + 500ms) + 150ms of pauses`
    pub fn worst_terms(&self) -> String {
        let one = self.one_worst();
        match self.rounds {
            1 => one,
            rounds if one.contains(' ') => format!("{rounds} rounds × ({one})"),
            rounds => format!("{rounds} rounds × {one}"),
        }
    }

    fn one_worst(&self) -> String {
        let tries = self.tries.max(1);
        let answer =
            milliseconds((self.worst.saturating_sub(self.pauses) / tries).saturating_sub(self.waits));
        let one = match self.waits {
            0 => answer,
            waits => format!("{} of waiting + {answer}", milliseconds(waits)),
        };
        let all = match tries {
            1 => one,
            tries if self.waits > 0 => format!("{tries} × ({one})"),
            tries => format!("{tries} × {one}"),
        };
        match self.pauses {
            0 => all,
            pauses => format!("{all} + {} of pauses", milliseconds(pauses)),
        }
    }
}

/// A moment, counted from the start in milliseconds, and the way to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    pub total: u64,
    pub chosen: bool,
    last: Option<usize>,
}

/// When every call succeeds or fails at the first try, and when all goes as badly as it can: two different ways may
/// be the longest ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moment {
    pub first: Sum,
    pub worst: Sum,
}

impl Moment {
    pub fn later(self, other: Moment) -> Moment {
        Moment { first: self.first.later(other.first), worst: self.worst.later(other.worst) }
    }
}

impl Sum {
    fn later(self, other: Sum) -> Sum {
        if other.total > self.total { other } else { self }
    }
}

/// All ways: each link is a call, and the link before it.
#[derive(Debug, Default)]
pub struct Ways {
    links: Vec<(usize, Option<usize>)>,
    costs: Vec<Cost>,
}

/// How many parts of a sum are printed.
const SHOWN: usize = 8;

impl Ways {
    /// When a call is done that begins at a moment, and its number among all.
    pub fn then(&mut self, start: Moment, cost: Cost) -> (Moment, usize) {
        let at = self.costs.len();
        let (first, worst, chosen) = (cost.first_in_all(), cost.worst_in_all(), cost.chosen);
        self.costs.push(cost);
        let end = Moment {
            first: self.link(start.first, at, first, chosen),
            worst: self.link(start.worst, at, worst, chosen),
        };
        (end, at)
    }

    fn link(&mut self, start: Sum, cost: usize, time: u64, chosen: bool) -> Sum {
        self.links.push((cost, start.last));
        Sum {
            total: start.total.saturating_add(time),
            chosen: start.chosen || chosen,
            last: Some(self.links.len() - 1),
        }
    }

    /// The numbers of the calls on the way to a moment, from the first on.
    pub fn path(&self, to: Sum) -> Vec<usize> {
        let mut path = Vec::new();
        let mut next = to.last;
        while let Some((cost, before)) = next.and_then(|at| self.links.get(at)) {
            path.push(*cost);
            next = *before;
        }
        path.reverse();
        path
    }

    pub fn cost(&self, at: usize) -> Option<&Cost> {
        self.costs.get(at)
    }

    /// Each call on the way to a moment: `Sales.create 500ms`.
    pub fn terms(&self, to: Sum, terms: fn(&Cost) -> String) -> Vec<String> {
        let path = self.path(to);
        let costs = path.iter().filter_map(|at| self.cost(*at));
        costs.map(|cost| format!("{} {}", cost.name, terms(cost))).collect()
    }

    /// `Erp.getCustomer 500ms + Stock.check 800ms = 1300ms`
    pub fn first(&self, to: Sum) -> String {
        self.sum(to, Cost::first_terms)
    }

    pub fn worst(&self, to: Sum) -> String {
        self.sum(to, Cost::worst_terms)
    }

    fn sum(&self, to: Sum, terms: impl Fn(&Cost) -> String) -> String {
        let path = self.path(to);
        let costs = path.iter().take(SHOWN).filter_map(|at| self.cost(*at));
        let mut shown: Vec<String> = costs.map(|cost| format!("{} {}", cost.name, terms(cost))).collect();
        if path.len() > SHOWN {
            shown.push(format!("{} more", path.len() - SHOWN));
        }
        format!("{} = {}", shown.join(" + "), milliseconds(to.total))
    }
}

/// `500ms`, `3s`
pub fn milliseconds(time: u64) -> String {
    if time >= 1_000 && time.is_multiple_of(1_000) {
        format!("{}s", time / 1_000)
    } else {
        format!("{time}ms")
    }
}
