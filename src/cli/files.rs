//! Where a project is, and which files it has.

use std::fs;
use std::path::{Path, PathBuf};

use super::read::{self, Fault};
use crate::diagnostic::render::visible;
use crate::diagnostic::{Diagnostic, project};
use crate::source::{SourceId, Sources, Span};

/// The bounds of a project. They are far above what people write, and keep a wrong folder from being read whole.
const MOST_ENTRIES: usize = 200_000;
const DEEPEST: usize = 64;
pub const LARGEST_FLOW: u64 = 16 << 20;
const LARGEST_TOGETHER: u64 = 256 << 20;
const LARGEST_MANIFEST: u64 = 1 << 20;

/// A folder with a `flow.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Canonical, so that other paths can be compared with it.
    pub folder: PathBuf,
    /// How the working directory reaches it: empty, or ending in `/`.
    pub prefix: String,
}

/// The project that a folder or `.flow` file belongs to: the nearest `flow.toml` upward.
pub fn locate(path: &Path) -> Result<Root, Diagnostic> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let about = fs::metadata(path).map_err(|_| project::no_such_path(&shown))?;
    let real = path.canonicalize().map_err(|_| project::no_such_path(&shown))?;
    let is_ours =
        path.extension().is_some_and(|extension| extension == "flow") || path.ends_with("flow.toml");
    let folder = match real.parent() {
        _ if about.is_dir() => real.as_path(),
        Some(parent) if is_ours => parent,
        _ => return Err(project::not_a_project(&shown)),
    };
    match folder.ancestors().find(|folder| has_manifest(folder)) {
        Some(folder) => Ok(Root { folder: folder.to_path_buf(), prefix: prefix(folder) }),
        None => Err(project::not_found(&shown)),
    }
}

/// A contract that is named on the command line: the folder that its references may not leave (its project's,
/// else its own), and the path from there.
pub fn locate_contract(path: &Path) -> Result<(Root, String), Diagnostic> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let real = path.canonicalize().map_err(|_| project::no_such_contract(&shown))?;
    let own = real.parent().ok_or_else(|| project::no_such_contract(&shown))?;
    let folder = own.ancestors().find(|folder| has_manifest(folder)).unwrap_or(own);
    let inside = real.strip_prefix(folder).map(slashed).unwrap_or_default();
    Ok((Root { folder: folder.to_path_buf(), prefix: prefix(folder) }, inside))
}

/// A project named by another one: no searching upward.
pub fn dependency_root(of: &Root, path: &str) -> Result<Root, &'static str> {
    if Path::new(path).is_absolute() {
        return Err("is named by an absolute path, which is another one on each machine");
    }
    let folder = of.folder.join(path).canonicalize().map_err(|_| "is not there")?;
    if !folder.is_dir() || !has_manifest(&folder) {
        return Err("is not a folder with a `flow.toml`");
    }
    Ok(Root { prefix: prefix(&folder), folder })
}

fn has_manifest(folder: &Path) -> bool {
    folder.join("flow.toml").symlink_metadata().is_ok()
}

/// Whether `flowc build` has written a folder, whatever it is called.
fn is_output(folder: &Path) -> bool {
    folder.join(".flowc/files").symlink_metadata().is_ok()
}

/// The way from the working directory to a folder, with `/`. Where there is none, the whole path.
pub fn prefix(folder: &Path) -> String {
    let relative = std::env::current_dir().and_then(|here| here.canonicalize()).ok().and_then(|here| {
        let common = here.ancestors().find(|above| folder.starts_with(above))?;
        common.parent()?; // nothing in common but `/`
        let up = here.strip_prefix(common).ok()?.components().count();
        Some([vec![".."; up].join("/"), slashed(folder.strip_prefix(common).ok()?)])
    });
    let parts = relative.unwrap_or_else(|| [slashed(folder), String::new()]);
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| part + "/").collect()
}

/// The way from a folder down to the working directory, with `/`. Empty where that is not below it.
pub fn way_here(folder: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let way = here.strip_prefix(folder).map(slashed).unwrap_or_default();
    if way.is_empty() { way } else { way + "/" }
}

fn slashed(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() }
}

/// The texts of a project as they came in. All names are relative to the project, in order.
#[derive(Debug)]
pub struct Texts {
    pub manifest: SourceId,
    pub manifest_is_read: bool,
    pub flows: Vec<SourceId>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The `.flow` files below a folder that `flowc fmt` is given, as paths. In a project these are the ones that
/// belong to it; what cannot be read is reported as by a check.
pub fn flows_below(folder: &Path, root: &Root, sources: &mut Sources) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    let manifest = sources.add("flow.toml", "");
    let start = Span::new(manifest, 0, 0);
    let mut walk = Walk { root, start, sources, entries: 0, found: Vec::new(), diagnostics: Vec::new() };
    walk.folder(folder, "", 0);
    let Walk { mut found, diagnostics, .. } = walk;
    found.sort();
    (found.into_iter().map(|name| folder.join(name)).collect(), diagnostics)
}

/// Reads `flow.toml` and every `.flow` file.
pub fn read_project(root: &Root, sources: &mut Sources) -> Texts {
    let mut diagnostics = Vec::new();
    let manifest = {
        let path = root.folder.join("flow.toml");
        let text =
            read::inside(&root.folder, "flow.toml").and_then(|_| read::read_text(&path, LARGEST_MANIFEST));
        add(sources, "flow.toml".to_string(), text, &mut diagnostics)
    };
    let manifest_is_read = diagnostics.is_empty();
    let start = Span::new(manifest, 0, 0);
    let mut walk = Walk { root, start, sources, entries: 0, found: Vec::new(), diagnostics };
    walk.folder(&root.folder, "", 0);
    let Walk { mut found, mut diagnostics, .. } = walk;
    found.sort();
    let mut flows = Vec::with_capacity(found.len());
    let mut left = LARGEST_TOGETHER;
    for name in found {
        let text = read::read_text(&root.folder.join(&name), LARGEST_FLOW.min(left));
        left = left.saturating_sub(text.as_ref().map_or(0, |text| text.len() as u64));
        flows.push(add(sources, name, text, &mut diagnostics));
    }
    if flows.is_empty() && diagnostics.is_empty() {
        diagnostics.push(project::empty(start));
    }
    Texts { manifest, manifest_is_read, flows, diagnostics }
}

/// A text that could not be read is there as far as it could be, so that there is something to point at.
fn add(
    sources: &mut Sources,
    name: String,
    text: Result<String, Fault>,
    diagnostics: &mut Vec<Diagnostic>,
) -> SourceId {
    match text {
        Ok(text) => sources.add(name, text),
        Err(fault) => {
            let readable = match &fault {
                Fault::Encoding { readable, .. } => readable.clone(),
                Fault::Missing
                | Fault::Outside
                | Fault::NotAFile(_)
                | Fault::TooLarge(_)
                | Fault::System(_) => String::new(),
            };
            let end = readable.len();
            let source = sources.add(name.clone(), readable);
            diagnostics.push(read::describe(&fault, Span::new(source, end, end), &name));
            source
        }
    }
}

struct Walk<'a> {
    root: &'a Root,
    /// Where to point when nothing better is there.
    start: Span,
    sources: &'a mut Sources,
    entries: usize,
    found: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Walk<'_> {
    /// Links to folders are not followed, so this ends.
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) {
        if depth > DEEPEST {
            self.diagnostics.push(project::too_deep(self.start, name, DEEPEST));
            return;
        }
        let mut entries = match fs::read_dir(folder) {
            Ok(entries) => entries.flatten().take(MOST_ENTRIES + 1 - self.entries).collect::<Vec<_>>(),
            Err(error) => {
                let shown = if name.is_empty() { "." } else { name };
                self.diagnostics.push(project::unreadable(self.start, shown, &error.kind().to_string()));
                return;
            }
        };
        self.entries += entries.len();
        if self.entries > MOST_ENTRIES {
            self.diagnostics.push(project::too_many_files(self.start, MOST_ENTRIES));
            return;
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.entry(&entry, name, depth);
            if self.entries > MOST_ENTRIES {
                return;
            }
        }
    }

    fn entry(&mut self, entry: &fs::DirEntry, folder: &str, depth: usize) {
        let os_name = entry.file_name();
        let lossy = os_name.to_string_lossy();
        let name = if folder.is_empty() { lossy.to_string() } else { format!("{folder}/{lossy}") };
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_flow = Path::new(&os_name).extension().is_some_and(|extension| extension == "flow");
        let skipped = lossy.starts_with('.') || (is_folder && (lossy == "target" || lossy == "dist"));
        if skipped || !(is_folder || is_flow) {
            return;
        }
        if os_name.to_str().is_none() || visible(&lossy) != lossy {
            if is_flow {
                self.diagnostics.push(project::file_name(self.start, &visible(&name)));
            }
        } else if is_folder && !is_flow {
            if !has_manifest(&entry.path()) && !is_output(&entry.path()) {
                self.folder(&entry.path(), &name, depth + 1);
            }
        } else {
            self.flow(&entry.path(), name);
        }
    }

    /// Something that is called like a flow: it is read only if it is a file of this project.
    fn flow(&mut self, path: &Path, name: String) {
        match path.canonicalize() {
            Ok(real) if !real.starts_with(&self.root.folder) => {
                add(self.sources, name, Err(Fault::Outside), &mut self.diagnostics);
            }
            _ => self.found.push(name),
        }
    }
}
