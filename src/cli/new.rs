//! `flowc new`: a small project that checks. It is written beside its place first and then moved there, so
//! that there is either all of it or nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::arguments::NewArguments;
use super::manifest::is_name;
use super::output::Output;
use super::{Exit, scaffold};
use crate::diagnostic::render::visible;
use crate::diagnostic::{Diagnostic, project};

static TEMPLATE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/template");

pub fn new(arguments: &NewArguments, output: &mut Output) -> Exit {
    let path = &arguments.path;
    let shown = visible(&path.to_string_lossy()).into_owned();
    let named = name(path, &shown).and_then(|name| refuse_what_is_there(path, &shown).map(|()| name));
    let name = match named {
        Ok(name) => name,
        Err(refusal) => return output.refusal(&refusal),
    };
    let files = match &arguments.contract {
        None => template(&name),
        Some(contract) => match scaffold::project(contract, &arguments.operation, &name, output) {
            Ok(files) => files,
            Err(exit) => return exit,
        },
    };
    match write(path, &shown, &name, &files) {
        Ok(()) => {
            output.progress("Created", &format!("project `{name}` in {shown}"));
            output.progress("Next", &format!("flowc run {shown} --watch"));
            Exit::Clean
        }
        Err(refusal) => output.refusal(&refusal),
    }
}

/// The files of a project, by their paths in it.
pub type Files = Vec<(String, Vec<u8>)>;

/// All of the files or nothing.
fn write(path: &Path, shown: &str, name: &str, files: &Files) -> Result<(), Diagnostic> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let failed = |error: io::Error| project::unwritable(shown, &error.kind().to_string());
    fs::create_dir_all(parent).map_err(failed)?;
    let draft = draft_folder(parent, name).map_err(failed)?;
    let written = fill(files, &draft).and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| {
        let _ = fs::remove_dir_all(&draft); // it was made by us just now
        failed(error)
    })
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

fn fill(files: &Files, folder: &Path) -> io::Result<()> {
    for (relative, content) in files {
        let path = folder.join(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}

/// The project that shows a little of everything.
fn template(name: &str) -> Files {
    let mut files = Vec::new();
    add(&TEMPLATE, name, &mut files);
    files
}

/// One file of the template that every project has.
pub fn common(path: &str) -> Vec<u8> {
    TEMPLATE.get_file(path).map(|file| file.contents().to_vec()).unwrap_or_default()
}

/// Files whose names would mean something here as well are kept under other names in the template.
fn add(template: &Dir<'static>, name: &str, files: &mut Files) {
    for file in template.files() {
        let text = file.contents_utf8().unwrap_or_default().replace("PROJECT", name);
        let relative = file.path().to_string_lossy().replace("dot-gitignore", ".gitignore");
        files.push((relative, text.into_bytes()));
    }
    template.dirs().for_each(|inner| add(inner, name, files));
}
