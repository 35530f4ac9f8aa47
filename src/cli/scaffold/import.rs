//! A contract from somewhere on this machine, with the local files that it refers to. They keep their places
//! relative to each other below `contracts/`.
//!
//! The contract is somebody else's text, and what it refers to ends up in the project, so it may not point
//! anywhere: at most three folders up from where it lies, never at the home folder or above it, at nothing hidden,
//! and at JSON and YAML only. Nothing is ever fetched.

use std::path::{Component, Path, PathBuf};

use super::super::contracts;
use super::super::read::{self, Fault};
use super::super::session::Session;
use crate::contract::{self, Contract, ReadFault};
use crate::diagnostic::render::visible;
use crate::diagnostic::{Diagnostic, project};

#[derive(Debug)]
pub struct Imported {
    pub contract: Contract,
    /// Where it goes, from the folder of the project: `contracts/erp.yaml`.
    pub root: String,
    /// Its name in messages.
    pub shown: String,
    /// How much of the names of its texts is left out in the project, where they lie below `contracts/`.
    pub above: usize,
    /// All of its files, by their paths in the project.
    pub files: Vec<(String, Vec<u8>)>,
}

pub enum Failed {
    /// There is no such file.
    Refused(Diagnostic),
    /// It is no contract that anything could be made of.
    Faulty(Vec<Diagnostic>),
}

/// Its texts come into the session, named as the working directory reaches them.
pub fn import(path: &Path, session: &mut Session) -> Result<Imported, Failed> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    if shown.contains("://") {
        return Err(Failed::Refused(project::never_fetched(&shown)));
    }
    let missing = || Failed::Refused(project::no_such_contract(&shown));
    let real = path.canonicalize().map_err(|_| missing())?;
    let folder = real.parent().ok_or_else(missing)?;
    let around = highest(folder, std::env::home_dir().as_deref());
    let start = real.strip_prefix(&around).ok().and_then(Path::to_str).map(slashed).ok_or_else(missing)?;
    session.names_start_above(&around);
    let sources = &mut session.sources;
    let mut read = |wanted: &str| match wanted == start || is_data(wanted) {
        true => read_below(&around, wanted).map_err(contracts::read_fault),
        false => Err(ReadFault::Other("only JSON and YAML are taken along".to_owned())),
    };
    let contract = contract::load(sources, &start, &mut read).map_err(Failed::Faulty)?;
    let paths: Vec<String> = contract.texts().map(|text| sources.get(text).name.clone()).collect();
    let above = common_folder(&paths);
    let place = |path: &str| format!("contracts/{}", path.get(above..).unwrap_or(path));
    let mut taken = Vec::with_capacity(paths.len());
    for path in &paths {
        let bytes = read_below(&around, path).map_err(|_| missing())?;
        taken.push((place(path), bytes));
    }
    session.names_start_at("");
    Ok(Imported { contract, root: place(&start), shown, above, files: taken })
}

fn read_below(folder: &Path, path: &str) -> Result<Vec<u8>, Fault> {
    read::read_bytes(&read::inside(folder, path)?, contracts::LARGEST)
}

fn slashed(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}

/// References may climb so many folders.
const HIGHEST: usize = 3;

/// The highest folder that references may reach.
fn highest(folder: &Path, home: Option<&Path>) -> PathBuf {
    let is_private = |folder: &Path| {
        let is_root = folder.parent().is_none();
        let holds_home = home.is_some_and(|home| home.starts_with(folder));
        let is_hidden = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        is_root || holds_home || is_hidden
    };
    let above = folder.ancestors().skip(1).take(HIGHEST).take_while(|above| !is_private(above));
    above.last().unwrap_or(folder).to_path_buf()
}

/// JSON or YAML, and nothing hidden.
fn is_data(path: &str) -> bool {
    let path = Path::new(path);
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let hidden = path.components().any(|component| match component {
        Component::Normal(name) => name.to_string_lossy().starts_with('.'),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => false,
    });
    !hidden && matches!(extension.as_deref(), Some("json" | "yaml" | "yml"))
}

/// How much of the paths is the folder that all of them lie in, with its slash.
fn common_folder(paths: &[String]) -> usize {
    let Some(first) = paths.first() else { return 0 };
    let mut common = first.rfind('/').map_or(0, |at| at + 1);
    for path in paths {
        while common > 0 && path.get(..common) != first.get(..common) {
            let shorter = first.get(..common - 1).and_then(|folder| folder.rfind('/'));
            common = shorter.map_or(0, |at| at + 1);
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_climb_three_folders_but_not_to_the_home_folder() {
        let home = Some(Path::new("/h/me"));
        assert_eq!(highest(Path::new("/a/b/c/d/e"), home), Path::new("/a/b"));
        assert_eq!(highest(Path::new("/a"), home), Path::new("/a"));
        assert_eq!(highest(Path::new("/h/me/specs/api"), home), Path::new("/h/me/specs"));
        assert_eq!(highest(Path::new("/h/me"), home), Path::new("/h/me"));
        assert_eq!(highest(Path::new("/a/.b/c/d"), home), Path::new("/a/.b/c"));
    }

    #[test]
    fn only_data_is_taken_along() {
        assert!(is_data("../common/a.YAML") && is_data("a.json"));
        assert!(!is_data(".kube/config.yaml") && !is_data("id_rsa") && !is_data("a/.env.json"));
    }

    #[test]
    fn files_keep_their_places() {
        let common =
            |paths: &[&str]| common_folder(&paths.iter().map(|path| path.to_string()).collect::<Vec<_>>());
        assert_eq!(common(&["a/b/c.yaml", "a/d/e.yaml"]), 2);
        assert_eq!(common(&["a/b/c.yaml", "a/b/d/e.yaml"]), 4);
        assert_eq!(common(&["a/b.yaml", "c.yaml"]), 0);
        assert_eq!(common(&["ab/c.yaml", "a/c.yaml"]), 0);
    }
}
