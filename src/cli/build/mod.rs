//! `flowc build`: from the sources to a workspace of services. Everything is known before anything is written, so that
//! a finding leaves the output folder as it was.

pub(super) mod compile;
pub(super) mod dist;
mod record;

use std::path::{Path, PathBuf};

use super::Exit;
use super::arguments::{BuildArguments, Format};
use super::check::{conclude_built, refuse, scale};
use super::files::{self, Root};
use super::options::Options;
use super::output::Output;
use super::program::{lowered, shown};
use super::session::{self, Session};
use crate::diagnostic::render::visible;
use crate::diagnostic::{Diagnostic, project};
use crate::emit::{self, File};
use dist::{Force, Plan};

pub fn build(arguments: &BuildArguments, options: &Options, output: &mut Output) -> Exit {
    let format = options.format.value;
    let root = match files::locate(&arguments.path) {
        Ok(root) => root,
        Err(refusal) => return refuse(refusal, format, output),
    };
    let folder = folder(&root, arguments.out.as_deref());
    let mut session = session::open(root);
    if let Some(refusal) = among_sources(&session, &folder) {
        return refuse(refusal, format, output);
    }
    output.progress("Checking", &scale(&session));
    let Some(files) = emitted(&mut session) else {
        return conclude_built(&session, format, &arguments.deny, output);
    };
    let plan = match dist::plan(&folder.path, &files) {
        Ok(plan) => plan,
        Err(reason) => return refuse(project::unbuilt(&folder.shown, &reason), format, output),
    };
    let force = if arguments.force { Force::Overwrite } else { Force::Keep };
    if !arguments.check {
        session.diagnostics.extend(findings(&plan, &folder, force));
    }
    match conclude_built(&session, format, &arguments.deny, output) {
        Exit::Clean if arguments.check => differences(&plan, &folder, output),
        Exit::Clean => generate(&files, &plan, &folder, arguments, format, output),
        other => other,
    }
}

/// For those who use flowc as a library: builds a project into a folder, or says why not.
pub fn build_workspace(project: &Path, out: &Path) -> Result<(), String> {
    let root = files::locate(project).map_err(|refusal| refusal.message)?;
    let folder = folder(&root, Some(out));
    let mut session = session::open(root);
    if let Some(refusal) = among_sources(&session, &folder) {
        return Err(refusal.message);
    }
    let Some(files) = emitted(&mut session) else { return Err(shown(&session)) };
    let plan = dist::plan(&folder.path, &files)?;
    session.diagnostics = findings(&plan, &folder, Force::Keep);
    if !session.diagnostics.is_empty() {
        return Err(shown(&session));
    }
    dist::write(&folder.path, &files, &plan)
}

/// The folder that is written to.
struct Folder {
    path: PathBuf,
    /// As the user would name it.
    shown: String,
}

fn folder(root: &Root, out: Option<&Path>) -> Folder {
    match out {
        Some(out) => Folder { path: out.to_path_buf(), shown: visible(&out.to_string_lossy()).into_owned() },
        None => Folder { path: root.folder.join("dist"), shown: format!("{}dist", root.prefix) },
    }
}

/// Flows below what was written are not read as part of a project: the sources would be lost to it.
fn among_sources(session: &Session, folder: &Folder) -> Option<Diagnostic> {
    let unit = session.project()?;
    let (root, out) = (&unit.root.as_ref()?.folder, folder.path.canonicalize().ok()?);
    let below = out.strip_prefix(root).ok()?;
    let mut names = unit.files.iter().map(|file| session.sources.get(file.source).name.as_str());
    let is_among = below == Path::new("") || names.any(|name| Path::new(name).starts_with(below));
    is_among.then(|| project::unbuilt(&folder.shown, "the sources of the project are in it"))
}

impl Folder {
    fn below(&self, path: &str) -> String {
        format!("{}/{path}", self.shown.trim_end_matches('/'))
    }
}

/// Everything that the project becomes. Nothing if there are errors; the session has them all.
fn emitted(session: &mut Session) -> Option<Vec<File>> {
    let program = lowered(session)?;
    // What is printed and is not what was meant is a fault of ours, which is saved and reported as such.
    Some(emit::files(&program).unwrap_or_else(|fault| {
        if std::env::var_os("FLOWC_DEBUG").is_some() {
            eprintln!("{fault}");
        }
        std::panic::panic_any(fault)
    }))
}

/// Files that must not be written over without a word, or not at all.
fn findings(plan: &Plan<'_>, folder: &Folder, force: Force) -> Vec<Diagnostic> {
    let blocked = plan.blocked.iter().map(|(path, what)| project::in_the_way(&folder.below(path), what));
    let edited = plan.edited.iter().filter(|_| force == Force::Keep);
    blocked.chain(edited.map(|path| project::edited(&folder.below(path)))).collect()
}

/// What `--check` lists.
fn differences(plan: &Plan<'_>, folder: &Folder, output: &mut Output) -> Exit {
    let differences = plan.differences();
    for (path, how) in &differences {
        output.result(&format!("{}: {how}\n", folder.below(path)));
    }
    if differences.is_empty() { Exit::Clean } else { Exit::WouldChange }
}

fn generate(
    files: &[File],
    plan: &Plan<'_>,
    folder: &Folder,
    arguments: &BuildArguments,
    format: Format,
    output: &mut Output,
) -> Exit {
    output.progress("Generating", &format!("{} ({})", folder.shown, plan.scale()));
    if let Err(reason) = dist::write(&folder.path, files, plan) {
        return refuse(project::unbuilt(&folder.shown, &reason), format, output);
    }
    if !arguments.bin {
        return Exit::Clean;
    }
    match compile::compile(&folder.path, &folder.shown, compile::Goal::Release, output) {
        Ok(executables) => {
            executables.iter().for_each(|path| output.result(&format!("{}\n", compile::from_here(path))));
            Exit::Clean
        }
        Err(refusal) => output.refusal(&refusal),
    }
}
