//! `flowc new`: a small project that checks. It is written beside its place first and then moved there, so
//! that there is either all of it or nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::Exit;
use super::manifest::is_name;
use super::output::Output;
use crate::diagnostic::render::visible;
use crate::diagnostic::{Diagnostic, project};

static TEMPLATE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/template");

pub fn new(path: &Path, output: &mut Output) -> Exit {
    match write(path) {
        Ok(name) => {
            let shown = visible(&path.to_string_lossy()).into_owned();
            output.progress("Created", &format!("project `{name}` in {shown}"));
            output.progress("Next", &format!("flowc check {shown}"));
            Exit::Clean
        }
        Err(refusal) => output.refusal(&refusal),
    }
}

fn write(path: &Path) -> Result<String, Diagnostic> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let name = name(path, &shown)?;
    refuse_what_is_there(path, &shown)?;
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let failed = |error: io::Error| project::unwritable(&shown, &error.kind().to_string());
    fs::create_dir_all(parent).map_err(failed)?;
    let draft = draft_folder(parent, &name).map_err(failed)?;
    let written = fill(&TEMPLATE, &draft, &name).and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| {
        let _ = fs::remove_dir_all(&draft); // it was made by us just now
        failed(error)
    })?;
    Ok(name)
}

/// The last part of the path is the name of the project.
fn name(path: &Path, shown: &str) -> Result<String, Diagnostic> {
    let last = path.file_name().map(|last| last.to_string_lossy().into_owned()).unwrap_or_default();
    if is_name(&last) {
        return Ok(last);
    }
    let letters = last.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let proposal = letters.trim_matches(|letter: char| letter == '-' || letter.is_ascii_digit()).to_string();
    let shown = if last.is_empty() { shown } else { &visible(&last) };
    Err(project::project_name(shown, is_name(&proposal).then_some(proposal.as_str())))
}

/// Only a new or empty folder will do, and no link to one.
fn refuse_what_is_there(path: &Path, shown: &str) -> Result<(), Diagnostic> {
    let Ok(about) = path.symlink_metadata() else { return Ok(()) };
    let used = |what| Err(project::folder_in_use(shown, what));
    match about.file_type() {
        kind if kind.is_symlink() => used("is a symbolic link"),
        kind if !kind.is_dir() => used("is there already, and is no folder"),
        _ => match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
            Ok(true) => used("is a folder that is not empty"),
            Ok(false) => Ok(()),
            Err(error) => Err(project::unwritable(shown, &error.kind().to_string())),
        },
    }
}

fn draft_folder(parent: &Path, name: &str) -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let draft = parent.join(format!(".{name}.flowc-{}-{number}", std::process::id()));
        match fs::create_dir(&draft) {
            Ok(()) => return Ok(draft),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Files whose names would mean something here as well are kept under other names in the template.
fn fill(template: &Dir<'static>, folder: &Path, name: &str) -> io::Result<()> {
    for file in template.files() {
        let text = file.contents_utf8().unwrap_or_default().replace("PROJECT", name);
        let relative = file.path().to_string_lossy().replace("dot-gitignore", ".gitignore");
        let path = folder.join(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    template.dirs().try_for_each(|inner| fill(inner, folder, name))
}
