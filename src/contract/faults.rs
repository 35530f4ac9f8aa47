//! Findings about a contract. One rule stands above all: a corner that is odd is a warning as long as no flow
//! uses it. So each fault is kept with its place, together with whether lowering came by; the check of unused
//! corners comes last and adds only what is new.

use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use super::documents::{Documents, Place};
use crate::diagnostic::{Diagnostic, Severity, contract as say};
use crate::source::Span;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The document as a whole is unreadable, ambiguous or dangerous.
    Always,
    /// There is no good way to go on with this corner.
    WhenUsed,
    /// It was repaired, in a way that the message tells.
    Repaired,
}

#[derive(Debug, Clone)]
struct Fault {
    diagnostic: Diagnostic,
    weight: Weight,
    used: bool,
}

/// Who comes by: the lowering of what a flow uses, or the check of everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Use,
    Lint,
}

/// How many unused corners are told one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// As many as do not bother those who only use the contract.
    Few,
    /// The same, where there are no flows to speak of.
    Alone,
    /// For those who look after the contract.
    All,
}

#[derive(Debug, Clone)]
pub(super) struct Faults {
    pub stage: Stage,
    pub telling: Telling,
    found: IndexMap<(Place, &'static str), Fault>,
    /// Unused corners beyond those that are kept.
    beyond: FxHashSet<(Place, &'static str)>,
    /// How many unused corners the check of the whole document kept, by code.
    kept: IndexMap<&'static str, usize>,
}

/// So many unused corners of one code are told one by one, and so many of a contract together; beyond that
/// they are counted. Few enough that a contract of a thousand odd corners is one line.
const SHOWN_UNUSED: usize = 3;
const SHOWN_UNUSED_IN_ALL: usize = 5;
/// So many of one code that do concern a flow: those that were repaired, and errors.
const SHOWN_USED: usize = 3;
const SHOWN_ERRORS: usize = 100;
/// Where all are asked for, there is still a bound.
const MOST_OF_A_CODE: usize = 10_000;

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            stage: Stage::Use,
            telling: Telling::Few,
            found: IndexMap::new(),
            beyond: FxHashSet::default(),
            kept: IndexMap::new(),
        }
    }
}

impl Faults {
    pub fn add(&mut self, place: Place, weight: Weight, diagnostic: Diagnostic) {
        let key = (place, diagnostic.code.id);
        let used = self.stage == Stage::Use;
        if let Some(known) = self.found.get_mut(&key) {
            known.used |= used;
            return;
        }
        if !used && weight != Weight::Always && !self.keeps(key) {
            return;
        }
        self.found.insert(key, Fault { diagnostic, weight, used });
    }

    /// Whether there is room for one more unused corner of that code; where there is none, it is counted.
    /// Places whose text must not be shown: addresses with credentials.
    pub fn secrets(&self) -> impl Iterator<Item = Span> + '_ {
        let is_secret = |fault: &&Fault| {
            fault.weight == Weight::Always && fault.diagnostic.code.name == "contract/server"
        };
        self.found.values().filter(is_secret).filter_map(|fault| fault.diagnostic.span())
    }

    fn keeps(&mut self, key: (Place, &'static str)) -> bool {
        let most = match self.telling {
            Telling::Few | Telling::Alone => SHOWN_UNUSED,
            Telling::All => MOST_OF_A_CODE,
        };
        let kept = self.kept.entry(key.1).or_default();
        if *kept >= most {
            self.beyond.insert(key);
            return false;
        }
        *kept += 1;
        true
    }

    /// Something that loading sees although nothing uses it yet. It is kept, because a flow may still come by.
    pub fn add_unused(&mut self, place: Place, weight: Weight, diagnostic: Diagnostic) {
        let key = (place, diagnostic.code.id);
        self.found.entry(key).or_insert(Fault { diagnostic, weight, used: false });
    }

    /// Lowering came by a place that may have a fault already.
    pub fn use_known(&mut self, place: Place) {
        for ((known, _), fault) in &mut self.found {
            fault.used |= *known == place;
        }
    }

    /// What to tell: what concerns a flow, up to a number of each kind; the rest one by one where it is little.
    pub fn report(&self, documents: &Documents) -> Vec<Diagnostic> {
        let mut told: Vec<Diagnostic> = Vec::new();
        let mut shown: IndexMap<(&'static str, Severity), (usize, Diagnostic)> = IndexMap::new();
        let folded = self.folded();
        for ((place, code), fault) in &self.found {
            let diagnostic = Diagnostic { severity: severity(fault), ..fault.diagnostic.clone() };
            if is_unused_corner(fault) {
                if !folded.contains_key(code) {
                    told.push(situate(diagnostic, documents, *place));
                }
                continue;
            }
            let (count, last) =
                shown.entry((*code, diagnostic.severity)).or_insert_with(|| (0, diagnostic.clone()));
            *count += 1;
            if *count <= most_shown(diagnostic.severity) || self.telling == Telling::All {
                *last = diagnostic.clone();
                told.push(situate(diagnostic, documents, *place));
            }
        }
        if self.telling != Telling::All {
            told.extend(shown.into_values().filter_map(|(count, last)| more(count, &last)));
        }
        told.extend(summary(&folded, self.telling, documents));
        told
    }

    /// The unused corners that are only counted, by code.
    fn folded(&self) -> IndexMap<&'static str, Folded> {
        let mut counts: IndexMap<&'static str, Folded> = IndexMap::new();
        for ((_, code), fault) in self.found.iter().filter(|(_, fault)| is_unused_corner(fault)) {
            counts.entry(code).or_insert(Folded { name: fault.diagnostic.code.name, count: 0 }).count += 1;
        }
        for (_, code) in &self.beyond {
            if let Some(folded) = counts.get_mut(code) {
                folded.count += 1;
            }
        }
        let most = match self.telling {
            Telling::Few | Telling::Alone => SHOWN_UNUSED,
            Telling::All => MOST_OF_A_CODE,
        };
        let few: usize = counts.values().map(|folded| folded.count).filter(|count| *count <= most).sum();
        if few <= SHOWN_UNUSED_IN_ALL || self.telling == Telling::All {
            counts.retain(|_, folded| folded.count > most);
        }
        counts.sort_by(|_, one, _, other| other.count.cmp(&one.count).then(one.name.cmp(other.name)));
        counts
    }
}

struct Folded {
    name: &'static str,
    count: usize,
}

fn is_unused_corner(fault: &Fault) -> bool {
    !fault.used && fault.weight != Weight::Always
}

/// Of those of one kind that concern a flow.
fn most_shown(severity: Severity) -> usize {
    match severity {
        Severity::Error => SHOWN_ERRORS,
        Severity::Warning => SHOWN_USED,
    }
}

/// Stands for those of one kind that are not told one by one although they concern a flow.
fn more(count: usize, last: &Diagnostic) -> Option<Diagnostic> {
    let beyond = count.checked_sub(most_shown(last.severity)).filter(|beyond| *beyond > 0)?;
    Some(say::more(last, last.span()?, beyond))
}

fn summary(
    folded: &IndexMap<&'static str, Folded>,
    telling: Telling,
    documents: &Documents,
) -> Option<Diagnostic> {
    let (file, span) = (documents.path(documents.root()), documents.head_span());
    let counts: Vec<(&str, usize)> = folded.values().map(|folded| (folded.name, folded.count)).collect();
    let say = match telling {
        Telling::Few | Telling::All => say::unused_corners,
        Telling::Alone => say::odd_corners,
    };
    (!counts.is_empty()).then(|| say(span, file, &counts))
}

fn severity(fault: &Fault) -> Severity {
    match fault.weight {
        Weight::Always => fault.diagnostic.code.severity,
        Weight::WhenUsed if fault.used => fault.diagnostic.code.severity,
        Weight::WhenUsed | Weight::Repaired => Severity::Warning,
    }
}

/// Says in which operation or named schema the place lies, where the message has nothing to say there.
fn situate(diagnostic: Diagnostic, documents: &Documents, place: Place) -> Diagnostic {
    let Some(surroundings) = documents.surroundings(place) else { return diagnostic };
    let said = diagnostic.labels.first().map(|label| label.text.clone()).unwrap_or_default();
    if said.is_empty() {
        diagnostic.here(surroundings)
    } else {
        diagnostic.here(format!("{surroundings}: {said}"))
    }
}
