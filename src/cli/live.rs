//! A project that stays at hand while its files are edited: one file's new text in, everything that is wrong with the
//! project out, as fast as one can type. What is kept is what the stages gave: the trees of all files, the contracts, and
//! what a check leaves for the next one ([`check::Kept`]).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::files::{self, Root};
use super::session::{self, Session};
use super::{contracts, stages};
use crate::check::{self, Change, Contracts, Difference, Input, Kept, Text, Texts, Unsettled, Words};
use crate::diagnostic::{Diagnostic, render};
use crate::source::{SourceId, Span};
use crate::syntax::ast::File;
use crate::syntax::{self, Parsed};

/// How much was checked again after an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// So many files with the one that was edited, and what holds for the program as a whole.
    Files(usize),
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
    words: Words,
}

/// So many edits are followed one behind the other; then places are worked out anew.
const LONGEST_WAY: usize = 500;

/// How often it may turn out that an edit reaches further.
const MOST_ROUNDS: usize = 4;

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
        let (moved, words) = (FxHashMap::default(), words(&session));
        let mut live = Live { session, read, unread, named, kept, moved, words };
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
        let Some((unit, at)) = self.find(path) else { return Reach::Nothing };
        let Some((parsed, edited, difference)) = self.parse((unit, at), text) else { return Reach::Nothing };
        let (texts, change) = match difference {
            Some(difference) => (self.reached(edited, &parsed.file, &difference), Some(difference.change)),
            None => (None, None),
        };
        let texts = texts.filter(|texts| self.learn(texts));
        if let Some(file) = self.session.units.get_mut(unit).and_then(|unit| unit.files.get_mut(at)) {
            *file = parsed.file;
        }
        self.read.retain(|found| found.span().is_none_or(|span| span.source != edited.before));
        self.read.extend(parsed.diagnostics);
        self.words.forget(edited.before);
        self.moved.extend(change.map(|change| (edited.before, (edited.now, change))));
        let done = texts.filter(|_| self.moved.len() <= LONGEST_WAY).and_then(|texts| self.look_at(texts));
        if done.is_none() {
            self.all();
        }
        self.session.sources.retire(edited.before);
        self.conclude();
        done.map_or(Reach::All, Reach::Files)
    }

    /// The tree of the new text, and how it differs from the one that is still there.
    fn parse(
        &mut self,
        (unit, at): (usize, usize),
        text: &str,
    ) -> Option<(Parsed, Text, Option<Difference>)> {
        let prefix = self.session.units.get(unit)?.root.as_ref()?.prefix.clone();
        self.session.names_start_at(&prefix);
        let before = self.session.units.get(unit)?.files.get(at)?.source;
        let name = self.session.sources.get(before).name.clone();
        let now = self.session.sources.add(name, text);
        self.words.add(now, text);
        let parsed = syntax::parse(now, text);
        let old = self.session.units.get(unit)?.files.get(at)?;
        let difference =
            check::difference((old, &self.session.sources.get(before).text), (&parsed.file, text));
        Some((parsed, Text { before, now }, difference))
    }

    /// The texts that an edit can matter to, with the old one still in its place.
    fn reached(&self, edited: Text, now: &File, difference: &Difference) -> Option<Texts> {
        let mut files = files(&self.session);
        files.push((now, &self.session.sources.get(edited.now).text));
        check::reached(edited, difference.declared.clone(), difference.renames, &files, &self.words)
    }

    /// What texts ask of contracts, where that has to be known before one of them changes.
    fn learn(&mut self, texts: &Texts) -> bool {
        !self.kept.wants_to_know(texts) || self.look_at(texts.unedited()).is_some()
    }

    /// How many texts it was enough to look at, if it was.
    fn look_at(&mut self, mut texts: Texts) -> Option<usize> {
        let (names, named) = stages::names(&self.session);
        let thin_reads = stages::thin_reads(&self.session);
        self.named = named;
        for _ in 0..MOST_ROUNDS {
            match self.kept.again(&names, thin_reads, &texts) {
                Ok(()) => return Some(texts.others.len() + 1),
                Err(Unsettled::Everything) => return None,
                Err(Unsettled::Functions(more)) => {
                    let declared = [texts.declared, more].concat();
                    let files = files(&self.session);
                    texts = check::reached(texts.edited, declared, texts.renames, &files, &self.words)?;
                }
            }
        }
        None
    }

    /// The unit and the number of a file.
    fn find(&self, path: &Path) -> Option<(usize, usize)> {
        self.session.units.iter().enumerate().find_map(|(unit, of)| {
            let name = path.strip_prefix(&of.root.as_ref()?.folder).ok()?;
            let name_of = |source| Path::new(&self.session.sources.get(source).name);
            Some((unit, of.files.iter().position(|file| name_of(file.source) == name)?))
        })
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

/// The files of authors.
fn files(session: &Session) -> Vec<(&File, &str)> {
    let files = session.units.iter().skip(1).flat_map(|unit| &unit.files);
    files.map(|file| (file, &*session.sources.get(file.source).text)).collect()
}

fn words(session: &Session) -> Words {
    let mut words = Words::default();
    files(session).into_iter().for_each(|(file, text)| words.add(file.source, text));
    words
}

fn checked(session: &Session, contracts: Contracts) -> (Kept, Vec<Diagnostic>) {
    let (names, named) = stages::names(session);
    let thin_reads = stages::thin_reads(session);
    (Kept::check(Input { names: &names, contracts, thin_reads }), named)
}
