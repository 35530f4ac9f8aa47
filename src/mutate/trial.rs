//! Runs the tests on each change: only those that come to its place, the quickest first, until one notices it.

use std::sync::Arc;

use super::{Mutant, Mutants, SiteKind};
use crate::interp::testing::{Part, Places, Suite};
use crate::ir::TestCase;
use crate::parallel;

/// What came of all changes. Numbers are those of [`Mutants`].
#[derive(Debug, Default)]
pub struct Trial {
    /// Of each change.
    pub verdicts: Vec<Verdict>,
    /// The outermost sites that no test comes to.
    pub unreached: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Noticed,
    Unnoticed,
    /// No test comes there.
    Unreached,
}

/// A change that makes a test compute so many times as much as before is noticed by whoever waits for it.
const MOST_TIMES: u64 = 20;
const LEAST: u64 = 20_000;

struct Look<'t> {
    test: &'t TestCase,
    /// The sites that it comes to.
    seen: Vec<usize>,
    computed: u64,
}

/// The tests of the suite pass as the program is.
pub fn trial(suite: &Suite, mutants: &Mutants<'_>) -> Trial {
    let (places, sites) = places(mutants);
    let tests: Vec<&TestCase> = suite.tests().iter().collect();
    let mut looks = parallel::map(&tests, &|test| {
        let (seen, computed) = suite.look(test, &places);
        Look { test, seen, computed }
    });
    looks.sort_by_key(|look| look.computed);
    let mut reaching: Vec<Vec<&Look<'_>>> = vec![Vec::new(); places.len()];
    for look in &looks {
        look.seen.iter().for_each(|at| reaching.get_mut(*at).into_iter().for_each(|all| all.push(look)));
    }
    let of_site =
        |site: usize| sites.get(site).and_then(|place| reaching.get(*place)).map_or(&[][..], Vec::as_slice);
    let verdict = |mutant: &Mutant<'_>| match of_site(mutant.site) {
        [] => Verdict::Unreached,
        looks if looks.iter().any(|look| notices(suite, mutants, mutant, look)) => Verdict::Noticed,
        _ => Verdict::Unnoticed,
    };
    let verdicts = parallel::map(&mutants.all, &verdict);
    let is_reached = |site: usize| !of_site(site).is_empty();
    Trial { verdicts, unreached: unreached(mutants, &is_reached) }
}

fn notices(suite: &Suite, mutants: &Mutants<'_>, mutant: &Mutant<'_>, look: &Look<'_>) -> bool {
    let most = look.computed.saturating_mul(MOST_TIMES).max(LEAST);
    mutant.change(mutants).is_some_and(|change| suite.notices(look.test, change, most))
}

/// The places to look for, and the one of each site: several changes may be made at the same one.
fn places(mutants: &Mutants<'_>) -> (Arc<Places>, Vec<usize>) {
    let mut places = Places::default();
    let mut number = |part: Part| {
        let next = places.len();
        *places.entry(part).or_insert(next)
    };
    let sites = mutants.sites.iter().map(|site| number(site.part)).collect();
    (Arc::new(places), sites)
}

/// The outermost part around each change that no test comes to, once; not where another change tells it.
fn unreached(mutants: &Mutants<'_>, is_reached: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut outermost = Vec::new();
    for mutant in &mutants.all {
        let mut around = Some(mutant.site);
        let mut last = None;
        while let Some(site) = around.filter(|site| !is_reached(*site)) {
            last = Some(site);
            around = mutants.sites.get(site).and_then(|site| site.within);
        }
        outermost.extend(last);
    }
    outermost.sort_unstable();
    outermost.dedup();
    outermost.retain(|site| match mutants.sites.get(*site).map(|site| site.kind) {
        Some(SiteKind::Owner | SiteKind::Part) => true,
        Some(SiteKind::Told | SiteKind::Aside) | None => false,
    });
    outermost
}
