//! What a check leaves for the next one. Most edits change what is in a body and nothing that others can see of it: then
//! only the bodies of that text are looked at again, and what holds for the program as a whole. What is found is what a
//! check of everything would find; where that is not certain, everything is checked.

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::{Context, Contracts, Input};
use super::typed::Program;
use super::{backend, promises, pure, service, testing, tests, whole};
use crate::contract::{Asked, Contract};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resolve::{MOST_SUGGESTIONS, Names};
use crate::source::{SourceId, Span};

/// What was found, by what it depends on.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In what declarations say to others.
    pub declared: Vec<Diagnostic>,
    /// In bodies, by the text that they stand in.
    bodies: FxHashMap<SourceId, Vec<Diagnostic>>,
    /// Of the program as a whole.
    pub promises: Vec<Diagnostic>,
    pub contracts: Vec<Diagnostic>,
}

impl Found {
    /// What was reported since the last body belongs to this one.
    pub fn in_body(&mut self, cx: &mut Context<'_>, body: Span) {
        if !cx.diagnostics.is_empty() {
            self.bodies.entry(body.source).or_default().append(&mut cx.diagnostics);
        }
    }

    pub fn into_all(self) -> Vec<Diagnostic> {
        let bodies = self.bodies.into_values().flatten();
        self.declared.into_iter().chain(bodies).chain(self.promises).chain(self.contracts).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Diagnostic> {
        let bodies = self.bodies.values().flatten();
        self.declared.iter().chain(bodies).chain(&self.promises).chain(&self.contracts)
    }
}

/// A program that was checked. Places in a text are those that it had when it was looked at.
#[derive(Debug)]
pub struct Kept {
    /// Without functions and tests, which only their own bodies need.
    program: Program,
    found: Found,
    functions: pure::Known,
    contracts: Contracts,
    /// What the bodies of a text ask contracts for, by the number of the contract: of those that were looked at alone.
    asked: FxHashMap<SourceId, Vec<FxHashSet<Asked>>>,
    /// How often the nearest name was looked for: there is a bound for the whole program.
    suggested: usize,
}

/// A text as it was when it was last checked, and as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    pub before: SourceId,
    pub now: SourceId,
}

/// The edit reaches further than the bodies of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsettled;

impl Kept {
    /// Checks everything.
    pub fn check(input: Input<'_>) -> Kept {
        let names = input.names;
        let mut cx = Context::new(input);
        let (mut program, found, functions) = whole(&mut cx);
        program.functions.clear();
        program.tests.clear();
        let (contracts, asked, suggested) = (cx.contracts, FxHashMap::default(), names.suggested());
        Kept { program, found, functions, contracts, asked, suggested }
    }

    /// All that is known to be wrong.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.all()
    }

    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// The contracts that were read. None of them has been asked anything yet.
    pub fn fresh_contracts(&self) -> Contracts {
        let all = self.contracts.all.iter().map(Contract::fresh).collect();
        Contracts { all, by_path: self.contracts.by_path.clone() }
    }

    /// Whether a text has to be looked at before it changes: what is wrong with a contract depends on what is used of it,
    /// and so on what one text does not use any more.
    pub fn wants_to_know(&self, text: SourceId) -> bool {
        self.is_settled() && !self.found.contracts.is_empty() && !self.asked.contains_key(&text)
    }

    /// Checks the bodies of one text again, where all declarations are what they were. What is kept is of no use any more
    /// when that is not enough.
    pub fn again(&mut self, names: &Names<'_>, thin_reads: bool, text: Text) -> Result<(), Unsettled> {
        if !self.is_settled() {
            return Err(Unsettled);
        }
        let mut contracts = std::mem::take(&mut self.contracts);
        contracts.all.iter_mut().for_each(|contract| drop(contract.note()));
        let lowered = lowered(&contracts);
        let mut cx = Context::new(Input { names, contracts, thin_reads });
        backend::declare(&mut cx);
        service::declare(&mut cx);
        cx.diagnostics.clear(); // they are known
        let done = self.bodies(&mut cx, text);
        self.contracts = cx.contracts;
        done.and_then(|()| self.asked_for(lowered, text))
    }

    /// Which declaration is at fault, as in a circle, can depend on who asked first.
    fn is_settled(&self) -> bool {
        self.found.declared.iter().all(|found| found.severity != Severity::Error)
    }

    fn bodies(&mut self, cx: &mut Context<'_>, text: Text) -> Result<(), Unsettled> {
        pure::functions_of(cx, text.now, &mut self.functions)?;
        if (cx.backends.len(), cx.services.len())
            != (self.program.backends.len(), self.program.services.len())
        {
            return Err(Unsettled);
        }
        for at in 0..cx.backends.len() {
            if cx.backends[at].decl.span.source == text.now {
                self.program.backends[at] = backend::check(cx, at);
            }
        }
        for at in 0..cx.services.len() {
            if cx.services[at].decl.span.source == text.now {
                self.program.services[at] = service::check(cx, at);
            }
        }
        for (unit, test) in tests(cx) {
            if test.span.source == text.now {
                let _ = testing::check(cx, unit, test);
            }
        }
        self.found.bodies.remove(&text.before);
        self.found.bodies.insert(text.now, std::mem::take(&mut cx.diagnostics));
        promises(cx, &self.program);
        self.found.promises = std::mem::take(&mut cx.diagnostics);
        let enough = self.suggested + cx.names.suggested() <= MOST_SUGGESTIONS;
        if enough { Ok(()) } else { Err(Unsettled) }
    }

    /// What is wrong with contracts, now that the text asks for something else. What it does not ask for any more, nobody
    /// may ask for.
    fn asked_for(&mut self, before: usize, text: Text) -> Result<(), Unsettled> {
        let asked: Vec<FxHashSet<Asked>> = self.contracts.all.iter_mut().map(Contract::note).collect();
        if !self.found.contracts.is_empty() && text.before != text.now {
            let known = self.asked.get(&text.before).ok_or(Unsettled)?;
            if !known.iter().zip(&asked).all(|(before, now)| before.is_subset(now)) {
                return Err(Unsettled);
            }
        }
        self.asked.remove(&text.before);
        self.asked.insert(text.now, asked);
        if lowered(&self.contracts) > before {
            self.found.contracts = self.contracts.all.iter().flat_map(Contract::findings).collect();
        }
        Ok(())
    }
}

fn lowered(contracts: &Contracts) -> usize {
    contracts.all.iter().map(Contract::lowered).sum()
}
