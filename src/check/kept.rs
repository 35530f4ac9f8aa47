//! What a check leaves for the next one. Most edits change what is in a body and nothing that others can see of it: then
//! only that text is looked at again, and what holds for the program as a whole. After others, the texts that mention what
//! changed are looked at, too. What is found is what a check of everything would find; where that is not certain,
//! everything is checked.

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::{Context, Contracts, Input};
use super::interface::Subject;
use super::typed::Program;
use super::{backend, declare_texts, promises, pure, service, testing, tests, whole};
use crate::contract::{Asked, Contract};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resolve::{MOST_SUGGESTIONS, Names};
use crate::source::{SourceId, Span};

/// What was found, by what it depends on.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In what the declarations of a text say to others, and in its bodies.
    texts: FxHashMap<SourceId, Vec<Diagnostic>>,
    /// Of the program as a whole.
    pub promises: Vec<Diagnostic>,
    pub contracts: Vec<Diagnostic>,
}

impl Found {
    /// What was reported since the last body belongs to this one.
    pub fn in_body(&mut self, cx: &mut Context<'_>, body: Span) {
        cx.searches.count(body.source, cx.names.suggested());
        if !cx.diagnostics.is_empty() {
            self.texts.entry(body.source).or_default().append(&mut cx.diagnostics);
        }
    }

    pub fn in_declarations(&mut self, cx: &mut Context<'_>) {
        for (text, found) in std::mem::take(&mut cx.declared) {
            self.texts.entry(text).or_default().extend(found);
        }
    }

    pub fn into_all(self) -> Vec<Diagnostic> {
        self.texts.into_values().flatten().chain(self.promises).chain(self.contracts).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Diagnostic> {
        self.texts.values().flatten().chain(&self.promises).chain(&self.contracts)
    }
}

/// A program that was checked. Places in a text are those that it had when it was looked at.
#[derive(Debug)]
pub struct Kept {
    /// Without what only bodies need.
    program: Program,
    found: Found,
    functions: pure::Known,
    contracts: Contracts,
    /// What some texts ask contracts for together, by the number of the contract: of those that were looked at alone.
    asked: FxHashMap<Vec<SourceId>, Vec<FxHashSet<Asked>>>,
    /// How often the nearest name was looked for, by the text: there is a bound for the whole program.
    searches: FxHashMap<SourceId, usize>,
    /// Which declaration is at fault, as in a circle, can depend on who asked first. Then all is checked.
    is_settled: bool,
    /// How much of the contracts was asked for when it was last said what is wrong with them.
    lowered: usize,
}

/// A text as it was when it was last checked, and as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    pub before: SourceId,
    pub now: SourceId,
}

/// The texts that are looked at after an edit.
#[derive(Debug, Clone)]
pub struct Texts {
    pub edited: Text,
    /// Those that mention something of what is declared otherwise now, in order.
    pub others: Vec<SourceId>,
    /// What is declared otherwise now, and what mentions that.
    pub declared: Vec<Subject>,
    /// Names are new, or no more.
    pub renames: bool,
}

impl Texts {
    pub fn contain(&self, text: SourceId) -> bool {
        text == self.edited.now || self.others.binary_search(&text).is_ok()
    }

    /// As they were before the edit.
    pub fn unedited(&self) -> Texts {
        let before = self.edited.before;
        let (edited, others) = (Text { before, now: before }, self.others.clone());
        Texts { edited, others, declared: Vec::new(), renames: false }
    }

    fn with(&self, edited: SourceId) -> Vec<SourceId> {
        std::iter::once(edited).chain(self.others.iter().copied()).collect()
    }
}

/// The edit reaches further than the texts that were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// To who calls one of these, whose bodies say something else to their callers.
    Functions(Vec<Subject>),
    Everything,
}

impl Kept {
    /// Checks everything.
    pub fn check(input: Input<'_>) -> Kept {
        let mut cx = Context::new(input);
        let (program, found, functions) = whole(&mut cx);
        let Program { backends, services, tests, .. } = program;
        let program = Program { backends, services, tests, ..Program::default() };
        let (asked, searches) = (FxHashMap::default(), cx.searches.by_text);
        let (contracts, is_settled) = (cx.contracts, !cx.depends_on_order);
        let lowered = lowered(&contracts);
        Kept { program, found, functions, contracts, asked, searches, is_settled, lowered }
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

    /// Whether texts have to be looked at before one of them changes: what is wrong with a contract depends on what is
    /// used of it, and so on what they do not use any more.
    pub fn wants_to_know(&self, texts: &Texts) -> bool {
        let before = texts.with(texts.edited.before);
        self.is_settled && !self.found.contracts.is_empty() && !self.asked.contains_key(&before)
    }

    /// Checks some texts again, where no other has a reason to be otherwise than it was. What is kept is of no use any
    /// more when that is not enough, unless it is said which functions are the reason.
    pub fn again(&mut self, names: &Names<'_>, thin_reads: bool, texts: &Texts) -> Result<(), Unsettled> {
        if !self.is_settled || (texts.renames && self.others_are_wrong(texts)) {
            return Err(Unsettled::Everything);
        }
        let mut contracts = std::mem::take(&mut self.contracts);
        contracts.all.iter_mut().for_each(|contract| drop(contract.note()));
        let mut cx = Context::new(Input { names, contracts, thin_reads });
        declare_texts(&mut cx, &mut Program::default(), &|text| texts.contain(text));
        let found = self.numbered(&cx).and_then(|()| self.texts(&mut cx, texts));
        let kept = found.and_then(|found| self.keep(&mut cx, texts, found));
        self.contracts = cx.contracts;
        kept.and_then(|()| self.asked_for(texts))
    }

    /// With another name there can be something nearer to one that is unknown, wherever that stands.
    fn others_are_wrong(&self, texts: &Texts) -> bool {
        let is_other = |text: SourceId| text != texts.edited.before && !texts.contain(text);
        let others = self.found.texts.iter().filter(|(text, _)| is_other(**text));
        others.flat_map(|(_, found)| found).any(|found| found.severity == Severity::Error)
    }

    /// Backends and services are known by the numbers that they had.
    fn numbered(&self, cx: &Context<'_>) -> Result<(), Unsettled> {
        let backends = cx.backends.iter().map(|backend| &backend.decl.name.text);
        let services = cx.services.iter().map(|service| &service.decl.name.text);
        let is_same = backends.eq(self.program.backends.iter().map(|backend| &backend.name))
            && services.eq(self.program.services.iter().map(|service| &service.name));
        if is_same { Ok(()) } else { Err(Unsettled::Everything) }
    }

    fn texts(&mut self, cx: &mut Context<'_>, texts: &Texts) -> Result<Found, Unsettled> {
        let mut found = Found::default();
        pure::functions_of(cx, texts, &mut self.functions, &mut found)?;
        pure::defaults_that_fail(cx);
        for at in 0..cx.backends.len() {
            let place = cx.backends[at].decl.span;
            if texts.contain(place.source) {
                self.program.backends[at] = backend::check(cx, at);
                found.in_body(cx, place);
            }
        }
        for at in 0..cx.services.len() {
            let place = cx.services[at].decl.span;
            if texts.contain(place.source) {
                self.program.services[at] = service::check(cx, at);
                found.in_body(cx, place);
            }
        }
        let before = texts.edited.before;
        self.program.tests.retain(|test| test.span.source != before && !texts.contain(test.span.source));
        for (unit, test) in tests(cx) {
            if texts.contain(test.span.source) {
                self.program.tests.push(testing::check(cx, unit, test));
                found.in_body(cx, test.span);
            }
        }
        found.in_declarations(cx);
        promises(cx, &self.program);
        found.promises = std::mem::take(&mut cx.diagnostics);
        Ok(found)
    }

    /// What was found in other texts, because their declarations were asked for, is known.
    fn keep(&mut self, cx: &mut Context<'_>, texts: &Texts, mut found: Found) -> Result<(), Unsettled> {
        if cx.depends_on_order {
            return Err(Unsettled::Everything);
        }
        for text in texts.with(texts.edited.before) {
            self.found.texts.remove(&text);
            self.searches.remove(&text);
        }
        for text in texts.with(texts.edited.now) {
            self.found.texts.extend(found.texts.remove(&text).map(|found| (text, found)));
            self.searches.extend(cx.searches.by_text.remove(&text).map(|count| (text, count)));
        }
        self.found.promises = found.promises;
        let enough = self.searches.values().sum::<usize>() <= MOST_SUGGESTIONS;
        if enough { Ok(()) } else { Err(Unsettled::Everything) }
    }

    /// What is wrong with contracts, now that the texts ask for something else. What they do not ask for any more, nobody
    /// may ask for.
    fn asked_for(&mut self, texts: &Texts) -> Result<(), Unsettled> {
        let asked: Vec<FxHashSet<Asked>> = self.contracts.all.iter_mut().map(Contract::note).collect();
        let Text { before: old, now } = texts.edited;
        if !self.found.contracts.is_empty() && old != now {
            let known = self.asked.get(&texts.with(old)).ok_or(Unsettled::Everything)?;
            if !known.iter().zip(&asked).all(|(before, now)| before.is_subset(now)) {
                return Err(Unsettled::Everything);
            }
        }
        self.asked.retain(|known, _| !known.iter().any(|text| *text == old || texts.contain(*text)));
        self.asked.insert(texts.with(now), asked);
        let lowered = lowered(&self.contracts);
        if lowered > self.lowered {
            self.lowered = lowered;
            self.found.contracts = self.contracts.all.iter().flat_map(Contract::findings).collect();
        }
        Ok(())
    }
}

fn lowered(contracts: &Contracts) -> usize {
    contracts.all.iter().map(Contract::lowered).sum()
}
