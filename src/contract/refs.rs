//! `$ref`: to a place in the same file, or in another file of the project. Nothing is ever fetched, and no
//! path leads out of the project. Files were read before; here one only finds the way.

use rustc_hash::FxHashSet;

use super::documents::{Documents, Place, Unread};
use super::tree::{Kind, NodeId};

/// Why a reference leads nowhere.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RefFault {
    /// `http:`, `file:` and the like
    External,
    /// Out of the project
    Escape,
    Unread(String, Unread),
    /// No such place; the nearest name, where there is one
    Missing(Option<String>),
    /// `~2`, a bad percent escape
    BadPointer,
    /// The names on the way round
    Cycle(Vec<String>),
}

/// A reference taken apart: the file, if it is another one, and the place in it.
pub(super) struct Target<'a> {
    pub file: Result<Option<String>, RefFault>,
    pub fragment: &'a str,
}

/// More steps than this on one way are a circle, or might as well be.
const MAX_STEPS: usize = 100_000;

/// The text of the `$ref` of a map, where it has one that is a string.
pub(super) fn reference(documents: &Documents, place: Place) -> Option<Place> {
    let target = documents.get(place, "$ref")?;
    documents.text(target).map(|_| target)
}

/// From a place through all references to one that is none. On a fault, also the `$ref` at which it shows.
pub(super) fn follow(documents: &Documents, place: Place) -> Result<Place, (Place, RefFault)> {
    let mut here = place;
    let mut seen = FxHashSet::default();
    let mut way = Vec::new();
    while let Some(target) = reference(documents, here) {
        if !seen.insert(here) || seen.len() > MAX_STEPS {
            return Err(circle(documents, &way, target));
        }
        way.push(target);
        here = resolve(documents, target).map_err(|fault| (target, fault))?;
    }
    Ok(here)
}

/// A circle of references with the names that it goes through. It is one circle wherever one comes into it, so
/// it begins with the reference that stands first.
fn circle(documents: &Documents, way: &[Place], target: Place) -> (Place, RefFault) {
    let from = way.iter().position(|step| *step == target).unwrap_or(0);
    let mut round = way.get(from..).unwrap_or_default().to_vec();
    let first = round.iter().enumerate().min_by_key(|(_, step)| **step).map_or(0, |(at, _)| at);
    round.rotate_left(first);
    let first = round.first().copied().unwrap_or(target);
    let names = round.iter().chain([&first]).take(MOST_NAMES);
    let names = names.map(|step| last_name(&documents.text(*step).unwrap_or_default())).collect();
    (first, RefFault::Cycle(names))
}

const MOST_NAMES: usize = 8;

/// The last part of a reference, which is the name of what it means.
pub(super) fn last_name(reference: &str) -> String {
    let name = reference.rsplit(['/', '#']).next().unwrap_or(reference);
    unescape(name).unwrap_or_else(|| name.to_owned())
}

/// One step: the place that the text of a `$ref` means.
pub(super) fn resolve(documents: &Documents, target: Place) -> Result<Place, RefFault> {
    let text = documents.text(target).unwrap_or_default();
    let Target { file, fragment } = take_apart(documents.path(target), &text);
    let root = match file {
        Ok(None) => Place { node: NodeId(0), ..target },
        Ok(Some(path)) => match documents.by_path.get(&path) {
            Some(Ok(file)) => Place { file: *file, node: NodeId(0) },
            Some(Err(unread)) => return Err(RefFault::Unread(path, unread.clone())),
            None => return by_identifier(documents, target, &text).ok_or(RefFault::Missing(None)),
        },
        Err(fault) => return by_identifier(documents, target, &text).ok_or(fault),
    };
    walk(documents, root, fragment)
}

/// Takes a reference apart, seen from the file that it stands in.
pub(super) fn take_apart<'a>(from: &str, reference: &'a str) -> Target<'a> {
    let reference = reference.trim();
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    if file.is_empty() {
        return Target { file: Ok(None), fragment };
    }
    let file = if is_external(file) { Err(RefFault::External) } else { join(from, file) };
    Target { file: file.map(Some), fragment }
}

/// A scheme (`http:`, `file:`, also `C:`), a host (`//h`) or an absolute path.
fn is_external(file: &str) -> bool {
    let scheme = file.split(['/', '\\', '?']).next().unwrap_or("").contains(':');
    scheme || file.starts_with(['/', '\\'])
}

/// A relative path from the folder of a file, with `.` and `..` worked in.
fn join(from: &str, relative: &str) -> Result<String, RefFault> {
    let relative = percent_decode(relative).ok_or(RefFault::BadPointer)?.replace('\\', "/");
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in relative.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop().ok_or(RefFault::Escape)?),
            step if step.contains('\0') => return Err(RefFault::BadPointer),
            step => steps.push(step),
        }
    }
    Ok(steps.join("/"))
}

fn walk(documents: &Documents, root: Place, fragment: &str) -> Result<Place, RefFault> {
    if fragment.is_empty() {
        return Ok(root);
    }
    let Some(pointer) = fragment.strip_prefix('/') else {
        return by_anchor(documents, root, fragment).ok_or(RefFault::Missing(None));
    };
    let mut here = root;
    for step in pointer.split('/') {
        let step = unescape(step).ok_or(RefFault::BadPointer)?;
        here = down(documents, here, &step)?;
    }
    Ok(here)
}

/// One step of a pointer; through a reference where the place itself is one.
fn down(documents: &Documents, here: Place, step: &str) -> Result<Place, RefFault> {
    if let Some(found) = child(documents, here, step) {
        return Ok(found);
    }
    let through = match reference(documents, here) {
        Some(_) => one_more(documents, here),
        None => None,
    };
    let found = through.and_then(|through| child(documents, through, step));
    found.ok_or_else(|| {
        let names: Vec<_> = documents.entries(here).take(10_000).map(|entry| entry.name).collect();
        let nearest = crate::diagnostic::nearest(step, names.iter().map(|name| &**name));
        RefFault::Missing(nearest.map(str::to_owned))
    })
}

/// Where a reference on the way of another leads; only by plain pointers, so that no circle can form.
fn one_more(documents: &Documents, here: Place) -> Option<Place> {
    let target = reference(documents, here)?;
    let text = documents.text(target)?;
    let Target { file, fragment } = take_apart(documents.path(target), &text);
    let root = match file.ok()? {
        None => Place { node: NodeId(0), ..target },
        Some(path) => Place { file: *documents.by_path.get(&path)?.as_ref().ok()?, node: NodeId(0) },
    };
    let mut place = root;
    for step in fragment.split('/').filter(|step| !step.is_empty()) {
        place = child(documents, place, &unescape(step)?)?;
    }
    Some(place)
}

fn child(documents: &Documents, here: Place, step: &str) -> Option<Place> {
    match documents.kind(here) {
        Kind::List => documents.items(here).nth(step.parse().ok()?),
        _ => documents.get(here, step),
    }
}

/// `#name`, as JSON Schema 2020-12 has it.
fn by_anchor(documents: &Documents, root: Place, name: &str) -> Option<Place> {
    identified(documents, root.file, |text| text.trim_start_matches('#') == name)
}

/// A reference that is, word for word, the `$id` of a schema of the same file.
fn by_identifier(documents: &Documents, target: Place, text: &str) -> Option<Place> {
    let (identifier, fragment) = text.split_once('#').unwrap_or((text, ""));
    let found = identified(documents, target.file, |id| id.trim_end_matches('#') == identifier)?;
    walk(documents, found, fragment).ok()
}

/// The map that holds an identifying key with a value of that kind.
fn identified(documents: &Documents, file: u32, wanted: impl Fn(&str) -> bool) -> Option<Place> {
    let tree = &documents.files.get(file as usize)?.tree;
    let value = tree.anchors.iter().find(|value| tree.scalar(**value).is_some_and(|text| wanted(&text)))?;
    Some(Place { file, node: tree.parent(*value)? })
}

/// One step of a pointer as it was before it was written into a reference.
fn unescape(step: &str) -> Option<String> {
    let step = percent_decode(step)?;
    if !step.contains('~') {
        return Some(step);
    }
    let mut parts = step.split('~');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let letter = match part.as_bytes().first() {
            Some(b'0') => '~',
            Some(b'1') => '/',
            _ => return None,
        };
        text.push(letter);
        text.push_str(part.get(1..)?);
    }
    Some(text)
}

fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let high = digit()?;
        let low = digit()?;
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).ok()
}
