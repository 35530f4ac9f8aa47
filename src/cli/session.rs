//! One check of one project: everything that is read, parsed and found, in one place. The stages are pure
//! functions; here they are put in a row and given files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use flow_std::sources::FLOW_FILES;

use super::files::{self, Root};
use super::manifest::{Manifest, Said, manifest};
use super::suppress::suppress;
use super::{contracts, stages};
use crate::diagnostic::render::{self, Prefix, View};
use crate::diagnostic::{Diagnostic, project};
use crate::parallel;
use crate::source::{SourceId, Sources, Span};
use crate::syntax::{self, Parsed, ast::File};

/// A project as it was read. The first unit of a session is std, the second the project that was asked for.
#[derive(Debug)]
pub struct Unit {
    pub root: Option<Root>,
    pub manifest: Manifest,
    pub files: Vec<File>,
    /// Other units, by the names that this one gives them.
    pub dependencies: HashMap<String, usize>,
}

/// What a check found, and what is needed to show it.
#[derive(Debug, Default)]
pub struct Session {
    pub sources: Sources,
    pub prefixes: Vec<Prefix>,
    pub units: Vec<Unit>,
    /// Of `flow.toml` of the project that was asked for.
    pub manifest: Option<SourceId>,
    pub manifest_is_read: bool,
    pub contract_count: usize,
    pub diagnostics: Vec<Diagnostic>,
}

impl Session {
    pub fn view(&self) -> View<'_> {
        View { sources: &self.sources, prefixes: &self.prefixes }
    }

    pub fn project(&self) -> Option<&Unit> {
        self.units.get(1)
    }

    /// From here on, texts belong to a folder that is reached so.
    pub fn names_start_at(&mut self, prefix: &str) {
        self.names_start(prefix.to_owned(), String::new());
    }

    /// At a folder that may lie above the working directory.
    pub fn names_start_above(&mut self, folder: &Path) {
        self.names_start(files::prefix(folder), files::way_here(folder));
    }

    fn names_start(&mut self, text: String, here: String) {
        let from = SourceId(u32::try_from(self.sources.iter().count()).unwrap_or(u32::MAX));
        self.prefixes.push(Prefix { from, text, here });
    }
}

/// A session with std and nothing else yet.
pub fn with_std() -> Session {
    let mut session = Session::default();
    read_std(&mut session);
    session
}

/// Reads the project and those that it depends on. Nothing is checked yet, so that a caller can say what will be.
pub fn open(root: Root) -> Session {
    let mut session = with_std();
    let mut loader = Loader { session: &mut session, known: HashMap::new(), above: Vec::new() };
    loader.load(root);
    let named =
        |unit: &Unit| contracts::mentions(&unit.files).into_iter().map(|mention| mention.path).collect();
    session.contract_count = session.units.iter().map(named).map(|all: HashSet<String>| all.len()).sum();
    session
}

/// Goes through all stages and leaves the findings in order.
pub fn check(session: &mut Session) {
    let mut found = std::mem::take(&mut session.diagnostics);
    let stages = stages::run(session);
    found.extend(stages.diagnostics);
    conclude(session, found, &stages.texts);
}

/// What of all that was found is told, and in which order. `texts` are those of the contract of each backend.
pub fn conclude(session: &mut Session, found: Vec<Diagnostic>, texts: &[(Span, Vec<SourceId>)]) {
    for secret in found.iter().filter(|one| one.shows_secret()) {
        secret.labels.iter().for_each(|label| session.sources.mask(label.span));
    }
    let files: Vec<&File> = session.units.iter().skip(1).flat_map(|unit| &unit.files).collect();
    let mut kept = suppress(found, &files, texts, &session.sources);
    render::sort(&mut kept, session.view());
    contracts::named_from_here(&mut kept, session.view());
    session.diagnostics = kept;
}

/// Std is ordinary flow text, and parsed like any other.
fn read_std(session: &mut Session) {
    session.names_start_at("<std>/");
    let texts: Vec<SourceId> =
        FLOW_FILES.iter().map(|(name, text)| session.sources.add(*name, *text)).collect();
    let (files, _) = parse(&texts, &session.sources); // a test sees to it that nothing is found
    session.units.push(Unit {
        root: None,
        manifest: Manifest { name: Said { value: "std".to_string(), span: None }, ..Manifest::default() },
        files,
        dependencies: HashMap::new(),
    });
}

/// Goes down the dependencies.
struct Loader<'a> {
    session: &'a mut Session,
    known: HashMap<PathBuf, usize>,
    /// The projects between the first one and this one, to see circles.
    above: Vec<(PathBuf, String)>,
}

/// A chain of projects longer than this is a mistake.
const DEEPEST_CHAIN: usize = 32;

impl Loader<'_> {
    fn load(&mut self, root: Root) -> usize {
        self.session.names_start_at(&root.prefix);
        let texts = files::read_project(&root, &mut self.session.sources);
        let (manifest, faults) = manifest(texts.manifest, &self.session.sources.get(texts.manifest).text);
        if self.session.manifest.is_none() {
            self.session.manifest = Some(texts.manifest);
            self.session.manifest_is_read = texts.manifest_is_read;
        }
        self.session.diagnostics.extend(texts.diagnostics);
        if texts.manifest_is_read {
            self.session.diagnostics.extend(faults);
        }
        let (files, diagnostics) = parse(&texts.flows, &self.session.sources);
        self.session.diagnostics.extend(diagnostics);
        let index = self.session.units.len();
        self.known.insert(root.folder.clone(), index);
        self.above.push((root.folder.clone(), manifest.name.value.clone()));
        let unit = Unit {
            root: Some(root.clone()),
            manifest: manifest.clone(),
            files,
            dependencies: HashMap::new(),
        };
        self.session.units.push(unit);
        for dependency in &manifest.dependencies {
            if let Some(other) = self.dependency(&root, &dependency.name, &dependency.path, dependency.span)
                && let Some(unit) = self.session.units.get_mut(index)
            {
                unit.dependencies.insert(dependency.name.clone(), other);
            }
        }
        self.above.pop();
        index
    }

    fn dependency(&mut self, of: &Root, name: &str, path: &str, place: Span) -> Option<usize> {
        let root = match files::dependency_root(of, path) {
            Ok(root) => root,
            Err(reason) => {
                self.session.diagnostics.push(project::dependency(place, name, reason));
                return None;
            }
        };
        if let Some(start) = self.above.iter().position(|(folder, _)| *folder == root.folder) {
            let circle = self.above.get(start..).unwrap_or(&[]).iter().chain(self.above.get(start));
            let names: Vec<String> = circle.map(|(_, name)| name.clone()).collect();
            self.session.diagnostics.push(project::dependency_cycle(place, &names));
            return None;
        }
        if self.above.len() >= DEEPEST_CHAIN {
            let reason = "stands at the end of a chain of more than 32 projects";
            self.session.diagnostics.push(project::dependency(place, name, reason));
            return None;
        }
        match self.known.get(&root.folder) {
            Some(index) => Some(*index),
            None => Some(self.load(root)),
        }
    }
}

/// Parses texts side by side on the cores that are there.
fn parse(texts: &[SourceId], sources: &Sources) -> (Vec<File>, Vec<Diagnostic>) {
    let parsed = parallel::map(texts, &|text| parse_one(*text, sources));
    let (files, diagnostics): (Vec<File>, Vec<Vec<Diagnostic>>) = parsed.into_iter().unzip();
    (files, diagnostics.into_iter().flatten().collect())
}

fn parse_one(text: SourceId, sources: &Sources) -> (File, Vec<Diagnostic>) {
    let Parsed { file, diagnostics } = syntax::parse(text, &sources.get(text).text);
    (file, diagnostics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_is_flawless() {
        let mut session = Session::default();
        read_std(&mut session);
        let texts: Vec<SourceId> = session.sources.iter().map(|(id, _)| id).collect();
        assert!(!texts.is_empty());
        let (_, diagnostics) = parse(&texts, &session.sources);
        let shown: String = diagnostics.iter().map(|found| render::short(found, session.view())).collect();
        assert!(shown.is_empty(), "{shown}");
    }
}
