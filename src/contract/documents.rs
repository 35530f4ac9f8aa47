//! All files of one contract, read before anything is lowered, and the way around in them. A [`Place`] is a
//! node of one file; aliases of YAML are seen through everywhere, `$ref` only where [`super::refs`] is asked.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::ReadFault;
use super::tree::{Kind, NodeId, Tree};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub file: u32,
    pub node: NodeId,
}

#[derive(Debug)]
pub(super) struct Documents {
    pub files: Vec<File>,
    /// The number of each file that was read, or why it could not be.
    pub by_path: FxHashMap<String, Result<u32, Unread>>,
}

#[derive(Debug)]
pub(super) struct File {
    /// Relative to the project, normalised.
    pub path: String,
    pub tree: Tree,
}

/// Why a file that is referred to is not there as a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unread {
    Fault(ReadFault),
    /// It was read and is not what a contract may be made of; the finding says why, at its place in that file.
    NoTree(Box<Diagnostic>),
}

impl Documents {
    pub fn root(&self) -> Place {
        Place { file: 0, node: NodeId(0) }
    }

    pub fn tree(&self, place: Place) -> &Tree {
        let file = self.files.get(place.file as usize).or(self.files.first());
        &file.expect("a contract has at least the file it starts in").tree
    }

    pub fn path(&self, place: Place) -> &str {
        self.files.get(place.file as usize).map_or("", |file| &file.path)
    }

    pub fn source(&self, place: Place) -> SourceId {
        self.tree(place).source
    }

    pub fn get(&self, place: Place, key: &str) -> Option<Place> {
        let tree = self.tree(place);
        let node = tree.resolve(tree.get(place.node, key)?);
        Some(Place { node, ..place })
    }

    /// Down several keys.
    pub fn at(&self, place: Place, keys: &[&str]) -> Option<Place> {
        keys.iter().try_fold(place, |here, key| self.get(here, key))
    }

    /// The place of the key itself.
    pub fn key(&self, place: Place, key: &str) -> Option<Place> {
        let (node, _) = self.tree(place).entry(place.node, key)?;
        Some(Place { node, ..place })
    }

    /// Keys and values, in the order of the document.
    pub fn entries(&self, place: Place) -> impl Iterator<Item = Entry<'_>> {
        let tree = self.tree(place);
        tree.entries(place.node).map(move |(key, value)| Entry {
            name: tree.scalar(key).unwrap_or_default(),
            key: Place { node: key, ..place },
            value: Place { node: tree.resolve(value), ..place },
        })
    }

    pub fn items(&self, place: Place) -> impl Iterator<Item = Place> + '_ {
        let tree = self.tree(place);
        tree.items(place.node).map(move |node| Place { node: tree.resolve(node), ..place })
    }

    pub fn kind(&self, place: Place) -> Kind {
        self.tree(place).kind(place.node)
    }

    pub fn is_map(&self, place: Place) -> bool {
        matches!(self.kind(place), Kind::Map | Kind::Merged)
    }

    pub fn is_list(&self, place: Place) -> bool {
        self.kind(place) == Kind::List
    }

    /// A scalar as it is written, whatever its kind.
    pub fn scalar(&self, place: Place) -> Option<Cow<'_, str>> {
        self.tree(place).scalar(place.node)
    }

    /// The text of a string; None for numbers and the like.
    pub fn text(&self, place: Place) -> Option<Cow<'_, str>> {
        match self.kind(place) {
            Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made => self.scalar(place),
            Kind::Null | Kind::True | Kind::False | Kind::Number => None,
            Kind::List | Kind::Map | Kind::Merged | Kind::Alias => None,
        }
    }

    pub fn boolean(&self, place: Place) -> Option<bool> {
        match self.kind(place) {
            Kind::True => Some(true),
            Kind::False => Some(false),
            Kind::Quoted | Kind::Text => match self.scalar(place).as_deref() {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
            Kind::Null | Kind::Number | Kind::Escaped | Kind::Made => None,
            Kind::List | Kind::Map | Kind::Merged | Kind::Alias => None,
        }
    }

    pub fn text_at(&self, place: Place, key: &str) -> Option<Cow<'_, str>> {
        self.get(place, key).and_then(|value| self.text(value))
    }

    pub fn scalar_at(&self, place: Place, key: &str) -> Option<Cow<'_, str>> {
        self.get(place, key).and_then(|value| self.scalar(value))
    }

    pub fn flag_at(&self, place: Place, key: &str) -> bool {
        self.get(place, key).and_then(|value| self.boolean(value)).unwrap_or(false)
    }

    pub fn span(&self, place: Place) -> Span {
        self.tree(place).span(place.node)
    }

    /// A place to point at: a scalar whole, a map or list by the key that holds it. Elements of lists have no
    /// key; they are shown whole where they are small, else by how they begin.
    pub fn short_span(&self, place: Place) -> Span {
        match self.kind(place) {
            Kind::List | Kind::Map | Kind::Merged => {
                let tree = self.tree(place);
                tree.key_before(place.node).map_or_else(|| tree.start_span(place.node), |key| tree.span(key))
            }
            Kind::Null | Kind::True | Kind::False | Kind::Number | Kind::Alias => self.span(place),
            Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made => self.span(place),
        }
    }

    /// What stands for a document as a whole: the line that says its version.
    pub fn head_span(&self) -> Span {
        let root = self.root();
        let place = ["openapi", "swagger"].into_iter().find_map(|key| self.key(root, key));
        self.short_span(place.unwrap_or(root))
    }

    /// The span of a key, or of the map where the key is not there.
    pub fn key_span(&self, place: Place, key: &str) -> Span {
        match self.key(place, key) {
            Some(key) => self.span(key),
            None => self.short_span(place),
        }
    }

    /// `description`, or else `summary`.
    pub fn doc(&self, place: Place) -> Option<String> {
        let text = self.text_at(place, "description").or_else(|| self.text_at(place, "summary"))?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// What holds a place, in the words of the author: the operation, or the named part.
    pub fn surroundings(&self, place: Place) -> Option<String> {
        let path = self.tree(place).path_to(place.node);
        let step = |at: usize| path.get(at).map(|step| printable(step));
        match step(0)?.as_str() {
            "paths" => match step(2) {
                Some(method) if is_method(&method) => {
                    Some(format!("in `{} {}`", method.to_ascii_uppercase(), step(1)?))
                }
                _ => Some(format!("in path `{}`", step(1)?)),
            },
            "components" => Some(format!("in `{}` of `components/{}`", step(2)?, step(1)?)),
            kind @ ("definitions" | "parameters" | "responses" | "securityDefinitions" | "webhooks") => {
                Some(format!("in `{}` of `{kind}`", step(1)?))
            }
            _ => None,
        }
    }
}

/// Cut and without what would disturb a line of text.
fn printable(text: &str) -> String {
    text.chars().take(120).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn is_method(name: &str) -> bool {
    matches!(name, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace" | "query")
}

#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub name: Cow<'a, str>,
    pub key: Place,
    pub value: Place,
}
