//! A project that stays at hand while its files are edited: one file's new text in, everything that is wrong with the
//! project out, as fast as one can type. What is kept is what the stages gave: the trees of all files, the contracts, and
//! what a check leaves for the next one ([`check::Kept`]).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::files::{self, Root};
use super::session::{self, Session};
use super::{contracts, stages};
use crate::check::{self, Change, Contracts, Input, Kept, Text};
use crate::diagnostic::{Diagnostic, render};
use crate::source::{SourceId, Span};
use crate::syntax;

/// How much was checked again after an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The bodies of the file, and what holds for the program as a whole.
    Bodies,
    /// Everything.
    All,
    /// The file is not one of the project.
    Nothing,
}

/// A project with what is known of it.
pub struct Live {
    session: Session,
    /// What reading and parsing found.
    read: Vec<Diagnostic>,
    /// Contracts that could not be read.
    unread: Vec<Diagnostic>,
    named: Vec<Diagnostic>,
    kept: Kept,
    /// Texts that are no more, and what became of each: what was not checked again speaks of their places.
    moved: FxHashMap<SourceId, (SourceId, Change)>,
}

impl Live {
    /// Reads and checks the project that a folder or file belongs to, or says why there is none.
    pub fn open(path: &Path) -> Result<Live, String> {
        files::locate(path).map(Live::of).map_err(|refusal| refusal.message)
    }

    pub(super) fn of(root: Root) -> Live {
        let mut session = session::open(root);
        let read = std::mem::take(&mut session.diagnostics);
        let mut unread = Vec::new();
        let (contracts, _) = stages::load_contracts(&mut session, &mut unread);
        let (kept, named) = checked(&session, contracts);
        let mut live = Live { session, read, unread, named, kept, moved: FxHashMap::default() };
        live.conclude();
        live
    }

    /// The project with all findings in order.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The projects that are read.
    pub(super) fn roots(&self) -> Vec<Root> {
        self.session.units.iter().filter_map(|unit| unit.root.clone()).collect()
    }

    /// The files of all contracts, and those that are named and could not be read.
    pub(super) fn contract_files(&self) -> Vec<PathBuf> {
        let Contracts { all, by_path } = self.kept.contracts();
        let root_of = |unit: usize| self.session.units.get(unit)?.root.as_ref();
        let paths =
            by_path.iter().filter_map(|((unit, _), number)| Some((root_of(*unit)?, all.get(*number)?)));
        let name = |source| self.session.sources.get(source).name.as_str();
        let read = paths.flat_map(|(root, one)| one.texts().map(|text| root.folder.join(name(text))));
        let units = self.session.units.iter().filter_map(|unit| Some((unit.root.as_ref()?, &unit.files)));
        let named = units.flat_map(|(root, files)| {
            contracts::mentions(files).into_iter().map(|one| root.folder.join(contracts::normal(&one.path)))
        });
        read.chain(named).collect()
    }

    /// All that there is to say, as `--format json` says it.
    pub fn report(&self) -> String {
        render::json(&self.session.diagnostics, self.session.view())
    }

    pub fn finding_count(&self) -> usize {
        self.session.diagnostics.len()
    }

    /// From now on the file has this text.
    pub fn edit(&mut self, path: &Path, text: &str) -> Reach {
        let Some((text, change)) = self.replace(path, text) else { return Reach::Nothing };
        let is_done = change.is_some_and(|change| {
            self.moved.insert(text.before, (text.now, change));
            self.bodies(text)
        });
        if !is_done {
            self.all();
        }
        self.session.sources.retire(text.before);
        self.conclude();
        if is_done { Reach::Bodies } else { Reach::All }
    }

    /// Puts the tree of the new text in the place of the old one, and tells the two apart. If others see the same of
    /// both, the change is there.
    fn replace(&mut self, path: &Path, text: &str) -> Option<(Text, Option<Change>)> {
        let (unit, at) = self.find(path)?;
        self.learn(self.session.units.get(unit)?.files.get(at)?.source);
        let prefix = self.session.units.get(unit)?.root.as_ref()?.prefix.clone();
        self.session.names_start_at(&prefix);
        let file = self.session.units.get_mut(unit)?.files.get_mut(at)?;
        let before = file.source;
        let name = self.session.sources.get(before).name.clone();
        let now = self.session.sources.add(name, text);
        let parsed = syntax::parse(now, text);
        let old = std::mem::replace(file, parsed.file);
        let change = check::change((&old, &self.session.sources.get(before).text), (file, text));
        self.read.retain(|found| found.span().is_none_or(|span| span.source != before));
        self.read.extend(parsed.diagnostics);
        Some((Text { before, now }, change))
    }

    /// What a text asks of contracts, where that has to be known before it changes.
    fn learn(&mut self, text: SourceId) {
        if self.kept.wants_to_know(text) && !self.bodies(Text { before: text, now: text }) {
            self.all();
        }
    }

    /// The unit and the number of a file.
    fn find(&self, path: &Path) -> Option<(usize, usize)> {
        self.session.units.iter().enumerate().find_map(|(unit, of)| {
            let name = path.strip_prefix(&of.root.as_ref()?.folder).ok()?;
            let name_of = |source| Path::new(&self.session.sources.get(source).name);
            Some((unit, of.files.iter().position(|file| name_of(file.source) == name)?))
        })
    }

    /// Whether it was enough to look at the bodies of one text.
    fn bodies(&mut self, text: Text) -> bool {
        let (names, named) = stages::names(&self.session);
        self.named = named;
        self.kept.again(&names, stages::thin_reads(&self.session), text).is_ok()
    }

    fn all(&mut self) {
        self.moved.clear();
        let contracts = if self.unread.is_empty() && self.names_the_same_contracts() {
            self.kept.fresh_contracts()
        } else {
            self.unread.clear();
            stages::load_contracts(&mut self.session, &mut self.unread).0
        };
        (self.kept, self.named) = checked(&self.session, contracts);
    }

    fn names_the_same_contracts(&self) -> bool {
        let units = self.session.units.iter().enumerate().skip(1);
        let named: HashSet<(usize, String)> = units
            .flat_map(|(at, unit)| {
                contracts::mentions(&unit.files).into_iter().map(move |one| (at, one.path))
            })
            .collect();
        let known = &self.kept.contracts().by_path;
        named.len() == known.len() && named.iter().all(|one| known.contains_key(one))
    }

    /// Brings together what the stages found, at the places where it is now.
    fn conclude(&mut self) {
        let named = self.read.iter().chain(&self.unread).chain(&self.named);
        let mut found: Vec<Diagnostic> = named.chain(self.kept.diagnostics()).cloned().collect();
        for one in &mut found {
            one.labels.iter_mut().for_each(|label| label.span = self.now(label.span));
            let edits = one.fix.iter_mut().flat_map(|fix| &mut fix.edits);
            edits.for_each(|edit| edit.span = self.now(edit.span));
        }
        let texts = self.texts_of_contracts();
        session::conclude(&mut self.session, found, &texts);
    }

    fn now(&self, mut span: Span) -> Span {
        while let Some((source, change)) = self.moved.get(&span.source) {
            span = change.place(span, *source);
        }
        span
    }

    /// By the place of the declaration that names the contract.
    fn texts_of_contracts(&self) -> Vec<(Span, Vec<SourceId>)> {
        let Contracts { all, by_path } = self.kept.contracts();
        let mut texts = Vec::new();
        for (at, unit) in self.session.units.iter().enumerate().skip(1) {
            for mention in contracts::mentions(&unit.files) {
                let contract = by_path.get(&(at, mention.path)).and_then(|number| all.get(*number));
                texts.extend(contract.map(|contract| (mention.declaration, contract.texts().collect())));
            }
        }
        texts
    }
}

fn checked(session: &Session, contracts: Contracts) -> (Kept, Vec<Diagnostic>) {
    let (names, named) = stages::names(session);
    let thin_reads = stages::thin_reads(session);
    (Kept::check(Input { names: &names, contracts, thin_reads }), named)
}
