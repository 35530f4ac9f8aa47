//! Runs the tests on each change: only those that come to its place, the quickest first, until one notices it.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{Mutant, Mutants, Site, SiteKind};
use crate::interp::testing::{Part, Places, Suite};
use crate::ir::TestCase;
use crate::parallel;
use crate::source::Span;

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
    /// Nor is a change of all that is around it.
    Inside,
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
    let mut verdicts = parallel::map(&mutants.all, &verdict);
    let unmissed = unmissed(mutants, &verdicts);
    for (mutant, verdict) in mutants.all.iter().zip(&mut verdicts) {
        let whole = around(&unmissed, mutant.span).filter(|whole| !mutant.is_whole || *whole != mutant.span);
        if *verdict == Verdict::Unnoticed && whole.is_some() {
            *verdict = Verdict::Inside;
        }
    }
    let is_reached = |site: usize| !of_site(site).is_empty();
    let mut unreached = unreached(mutants, &is_reached);
    let is_missed = |site: &Site| around(&unmissed, site.span).is_none();
    unreached.retain(|site| mutants.sites.get(*site).is_some_and(is_missed));
    Trial { verdicts, unreached }
}

fn notices(suite: &Suite, mutants: &Mutants<'_>, mutant: &Mutant<'_>, look: &Look<'_>) -> bool {
    let most = look.computed.saturating_mul(MOST_TIMES).max(LEAST);
    mutant.change(mutants).is_some_and(|change| suite.notices(look.test, change, most))
}

/// The outermost values that nobody misses.
fn unmissed(mutants: &Mutants<'_>, verdicts: &[Verdict]) -> Vec<Span> {
    let unnoticed = mutants.all.iter().zip(verdicts).filter(|(_, verdict)| **verdict == Verdict::Unnoticed);
    let mut wholes: Vec<Span> =
        unnoticed.filter(|(mutant, _)| mutant.is_whole).map(|(mutant, _)| mutant.span).collect();
    wholes.sort_by_key(|span| (span.source, span.start, Reverse(span.end)));
    wholes.dedup_by(|inner, outer| outer.contains(*inner));
    wholes
}

/// The value that nobody misses around a place, or right at it.
fn around(unmissed: &[Span], place: Span) -> Option<Span> {
    let before = unmissed.partition_point(|whole| (whole.source, whole.start) <= (place.source, place.start));
    let last = before.checked_sub(1).and_then(|last| unmissed.get(last));
    last.copied().filter(|whole| whole.contains(place))
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
        Some(SiteKind::Owner | SiteKind::Part | SiteKind::Auth | SiteKind::Allow) => true,
        Some(SiteKind::Told) | None => false,
    });
    outermost
}
