//! Findings about a contract. One rule stands above all: a corner that is odd is a warning as long as no flow
//! uses it. So each fault is kept with its place, together with whether lowering came by; the check of unused
//! corners comes last and adds only what is new.

use indexmap::IndexMap;

use super::documents::{Documents, Place};
use crate::diagnostic::{Diagnostic, Severity, contract as say};

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

#[derive(Debug, Clone)]
pub(super) struct Faults {
    pub stage: Stage,
    found: IndexMap<(Place, &'static str), Fault>,
    /// Unused corners seen, by code.
    kept: IndexMap<&'static str, usize>,
    /// Unused corners beyond those that are kept, by code.
    beyond: IndexMap<&'static str, usize>,
}

/// So many of one code are told in full where nothing uses them, and where something does.
const SHOWN_UNUSED: usize = 3;
const SHOWN_USED: usize = 10;

impl Default for Faults {
    fn default() -> Faults {
        Faults { stage: Stage::Use, found: IndexMap::new(), kept: IndexMap::new(), beyond: IndexMap::new() }
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
        if !used && weight != Weight::Always {
            let kept = self.kept.entry(key.1).or_default();
            *kept += 1;
            if *kept > SHOWN_UNUSED {
                *self.beyond.entry(key.1).or_default() += 1;
                return;
            }
        }
        self.found.insert(key, Fault { diagnostic, weight, used });
    }

    /// Something that loading sees although nothing uses it yet.
    pub fn add_unused(&mut self, place: Place, weight: Weight, diagnostic: Diagnostic) {
        let stage = std::mem::replace(&mut self.stage, Stage::Lint);
        self.add(place, weight, diagnostic);
        self.stage = stage;
    }

    /// Lowering came by a place that may have a fault already.
    pub fn use_known(&mut self, place: Place) {
        for ((known, _), fault) in &mut self.found {
            fault.used |= *known == place;
        }
    }

    /// What to tell: errors all, warnings up to a number of each kind.
    pub fn report(&self, documents: &Documents) -> Vec<Diagnostic> {
        let mut told: Vec<Diagnostic> = Vec::new();
        let mut hidden: IndexMap<&'static str, (usize, Diagnostic)> = IndexMap::new();
        let mut shown: IndexMap<(&'static str, bool), usize> = IndexMap::new();
        for ((place, code), fault) in &self.found {
            let mut diagnostic = fault.diagnostic.clone();
            diagnostic.severity = severity(fault);
            if diagnostic.severity == Severity::Warning {
                let count = shown.entry((*code, fault.used)).or_default();
                *count += 1;
                if *count > if fault.used { SHOWN_USED } else { SHOWN_UNUSED } {
                    hidden.entry(code).or_insert((0, diagnostic)).0 += 1;
                    continue;
                }
            }
            told.push(situate(diagnostic, documents, *place));
        }
        self.add_summaries(&mut told, hidden);
        told
    }

    fn add_summaries(
        &self,
        told: &mut Vec<Diagnostic>,
        mut hidden: IndexMap<&'static str, (usize, Diagnostic)>,
    ) {
        for (code, count) in &self.beyond {
            let like = told.iter().rev().find(|diagnostic| diagnostic.code.id == *code).cloned();
            match (hidden.get_mut(code), like) {
                (Some((known, _)), _) => *known += count,
                (None, Some(like)) => drop(hidden.insert(code, (*count, like))),
                (None, None) => {}
            }
        }
        for (count, mut like) in hidden.into_values() {
            like.severity = Severity::Warning;
            if let Some(span) = like.span() {
                told.push(say::more(&like, span, count));
            }
        }
    }
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
