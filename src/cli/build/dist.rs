//! The output folder: what in it has to change, and the changes. Nothing that flowc did not write is touched, no link
//! is followed, and a file whose bytes are right already keeps its time, so that cargo builds little.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::record::{self, Record, fingerprint};
use crate::emit::File;

/// What to do about files that somebody changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    Keep,
    Overwrite,
}

/// What differs between a folder and what it should be.
#[derive(Debug, Default)]
pub struct Plan<'f> {
    /// How many files there will be.
    count: usize,
    write: Vec<&'f File>,
    remove: Vec<String>,
    /// Ours, but changed by hand: to be written or removed.
    pub edited: Vec<String>,
    /// What stands in the way, and what it is.
    pub blocked: Vec<(String, &'static str)>,
    before: Record,
    after: Record,
}

/// Cargo keeps this file, and changes it. It is written when it is not there, or when flowc has other versions.
const LOCK: &str = "Cargo.lock";

pub fn plan<'f>(folder: &Path, files: &'f [File]) -> Result<Plan<'f>, String> {
    let before = match look(folder, record::PATH)? {
        Found::File(bytes) => Record::read(&String::from_utf8_lossy(&bytes)),
        Found::Nothing => Record::default(),
        Found::Other(what) => return Err(format!("`{}` {what}", record::PATH)),
    };
    let mut plan = Plan { count: files.len(), ..Plan::default() };
    for file in files {
        plan.after.add(&file.path, fingerprint(file.text.as_bytes()));
        plan.file(file, &before, look(folder, &file.path)?);
    }
    for path in before.paths().filter(|path| !plan.after.knows(path)) {
        match look(folder, path)? {
            Found::Nothing => {}
            Found::File(bytes) => {
                if !before.has(path, &fingerprint(&bytes)) {
                    plan.edited.push(path.to_owned());
                }
                plan.remove.push(path.to_owned());
            }
            // Whatever it is, it is not ours any more.
            Found::Other(_) => {}
        }
    }
    plan.before = before;
    Ok(plan)
}

impl<'f> Plan<'f> {
    fn file(&mut self, file: &'f File, before: &Record, found: Found) {
        match found {
            Found::Nothing => self.write.push(file),
            Found::Other(what) => self.blocked.push((file.path.clone(), what)),
            Found::File(bytes) if bytes == file.text.as_bytes() => {}
            Found::File(_) if file.path == LOCK => {
                if before.knows(LOCK) && !before.has(LOCK, &fingerprint(file.text.as_bytes())) {
                    self.write.push(file);
                }
            }
            Found::File(_) if !before.knows(&file.path) => {
                self.blocked.push((file.path.clone(), "is there already, and was not written by flowc"));
            }
            Found::File(bytes) => {
                if !before.has(&file.path, &fingerprint(&bytes)) {
                    self.edited.push(file.path.clone());
                }
                self.write.push(file);
            }
        }
    }

    /// In the order of the paths.
    pub fn differences(&self) -> Vec<(&str, &'static str)> {
        let mut all: Vec<(&str, &'static str)> = Vec::new();
        for file in &self.write {
            let how = if self.before.knows(&file.path) { "differs" } else { "is missing" };
            all.push((&file.path, how));
        }
        all.extend(self.remove.iter().map(|path| (path.as_str(), "is not emitted any more")));
        all.extend(self.blocked.iter().map(|(path, what)| (path.as_str(), *what)));
        all.sort_unstable();
        all
    }

    /// `42 files, 3 written, 1 removed`
    pub fn scale(&self) -> String {
        let plural = if self.count == 1 { "" } else { "s" };
        let mut text = format!("{} file{plural}", self.count);
        for (count, what) in [(self.write.len(), "written"), (self.remove.len(), "removed")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        if self.write.is_empty() && self.remove.is_empty() {
            text.push_str(", none changed");
        }
        text
    }
}

/// Does what was planned, unless another build has been here since then.
pub fn write(folder: &Path, files: &[File], planned: &Plan<'_>) -> Result<(), String> {
    if planned.write.is_empty() && planned.remove.is_empty() && planned.before == planned.after {
        return Ok(());
    }
    let turn = turn(folder);
    let plan = plan(folder, files)?;
    if (&plan.edited, &plan.blocked) != (&planned.edited, &planned.blocked) {
        return Err("it was changed while this build ran".to_owned());
    }
    let done = carry_out(folder, &plan);
    drop(turn);
    done
}

/// One build after the other: what another one began is at its end while this is held. Where there is no such lock,
/// there is none. With it, no draft is anybody's any more.
fn turn(folder: &Path) -> Option<fs::File> {
    let own = folder.join(record::FOLDER);
    if !cfg!(unix) || own.symlink_metadata().is_ok_and(|about| !about.is_dir()) {
        return None;
    }
    fs::create_dir_all(&own).ok()?;
    let turn = fs::File::open(&own).ok()?;
    turn.lock().ok()?;
    for entry in fs::read_dir(&own).ok()?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(DRAFT) {
            let _ = fs::remove_file(entry.path()); // of a build that was cut off
        }
    }
    Some(turn)
}

/// The record knows of a file before it is written, so that nothing is ever lost to us.
fn carry_out(folder: &Path, plan: &Plan<'_>) -> Result<(), String> {
    let both = plan.before.with(&plan.after).text();
    let done = plan.after.text();
    put(folder, record::PATH, both.as_bytes())?;
    for file in &plan.write {
        put(folder, &file.path, file.text.as_bytes())?;
    }
    for path in &plan.remove {
        remove(folder, path)?;
    }
    if plan.before.text() != done || both != done {
        put(folder, record::PATH, done.as_bytes())?;
    }
    Ok(())
}

enum Found {
    Nothing,
    File(Vec<u8>),
    /// What it is instead, as the end of a sentence.
    Other(&'static str),
}

/// What is at a path, without following a link on the way. The output folder itself may be one.
fn look(folder: &Path, path: &str) -> Result<Found, String> {
    let mut place = folder.to_path_buf();
    let mut parts = path.split('/').peekable();
    match fs::metadata(folder) {
        Ok(about) if !about.is_dir() => return Ok(Found::Other("is below something that is no folder")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error.kind().to_string()),
    }
    while let Some(part) = parts.next() {
        place.push(part);
        let about = match place.symlink_metadata() {
            Ok(about) => about.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error.kind().to_string()),
        };
        let is_last = parts.peek().is_none();
        match (is_last, about) {
            (_, about) if about.is_symlink() => return Ok(Found::Other("is, or is below, a symbolic link")),
            (false, about) if !about.is_dir() => {
                return Ok(Found::Other("is below something that is no folder"));
            }
            (true, about) if about.is_dir() => return Ok(Found::Other("is a folder")),
            (true, about) if !about.is_file() => return Ok(Found::Other("is there already, and is no file")),
            _ => {}
        }
    }
    fs::read(&place).map(Found::File).map_err(|error| error.kind().to_string())
}

/// The new content is complete before it takes the place of the old one.
fn put(folder: &Path, path: &str, bytes: &[u8]) -> Result<(), String> {
    let place = folder.join(path);
    let own = folder.join(record::FOLDER);
    let draft = own.join(format!("{DRAFT}{}", std::process::id()));
    let write = || {
        fs::create_dir_all(&own)?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = fs::File::create_new(&draft)?;
        file.write_all(bytes)?;
        fs::rename(&draft, &place)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&draft);
        format!("{path}: {}", error.kind())
    })
}

/// Where a file is written first: drafts are ours, and in nobody's way.
const DRAFT: &str = "draft-";

/// With the folders above it that are empty then.
fn remove(folder: &Path, path: &str) -> Result<(), String> {
    let place = folder.join(path);
    fs::remove_file(&place).map_err(|error| format!("{path}: {}", error.kind()))?;
    let above = place.ancestors().skip(1).take_while(|above| *above != folder);
    for above in above {
        if fs::remove_dir(above).is_err() {
            break; // somebody else has something there
        }
    }
    Ok(())
}
