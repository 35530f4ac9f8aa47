//! One text of a contract as a positioned tree, whether it was JSON or YAML. The nodes lie in one array in
//! the order of the text, so that reading 20 MB allocates a handful of times; strings stay in the text until
//! somebody asks for them. An alias stays a reference: a bomb of aliases is never expanded.

mod build;
mod encoding;
mod json;
mod yaml;

pub(super) use encoding::{EncodingFault, decode};

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{SourceId, Span};
use build::{Builder, Index};

/// What keeps a hostile document from costing more than it is worth. Real contracts stay far below each.
/// Maps and lists that are shown whole have at most so many bytes.
const SMALL: usize = 60;

pub(super) const MAX_DEPTH: usize = 128;
pub(super) const MAX_NODES: usize = 32 << 20;
pub(super) const MAX_BYTES: usize = 256 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    /// The bytes of the node are the text.
    Text,
    /// The same between quotation marks.
    Quoted,
    /// JSON text with escapes, between quotation marks.
    Escaped,
    /// Text that stands nowhere in the document as it is: YAML folds, joins and unescapes.
    Made,
    List,
    Map,
    /// A YAML map with a merge key `<<`.
    Merged,
    Alias,
}

/// `link` is, for a map or list, the node behind its last child; for made text, its number; for an alias,
/// the node that it stands for; else unused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    pub link: u32,
}

#[derive(Debug)]
pub(super) struct Tree {
    pub source: SourceId,
    pub text: Arc<str>,
    nodes: Vec<Node>,
    made: Vec<Box<str>>,
    /// The keys of each large map, sorted, for looking them up.
    indexes: FxHashMap<NodeId, Index>,
    /// What maps with merge keys hold in the end: keys and values, own ones first.
    merged: FxHashMap<NodeId, Vec<(NodeId, NodeId)>>,
    /// The values of all keys `$ref`, in the order of the text.
    pub references: Vec<NodeId>,
    /// The values of all keys `$anchor`, `$id` and `$dynamicAnchor`.
    pub anchors: Vec<NodeId>,
    pub duplicates: Vec<Duplicate>,
    /// The first line within quotation marks that YAML would have indented otherwise.
    pub misindented: Option<Span>,
}

/// A key that a map has twice: the map, the first key and the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duplicate {
    pub map: NodeId,
    pub first: NodeId,
    pub second: NodeId,
}

/// Why a text is not a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ReadError {
    Syntax { start: usize, end: usize, what: String },
    Limit { start: usize, end: usize, what: String },
    SecondDocument { start: usize },
    Empty,
}

/// Reads JSON or YAML, by what it looks like: JSON is read as such even when the file is named otherwise.
pub(super) fn read(source: SourceId, name: &str, text: Arc<str>) -> Result<Tree, ReadError> {
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if body.is_empty() {
        return Err(ReadError::Empty);
    }
    if text.len() > MAX_BYTES {
        let what = format!("the document is larger than {} MiB", MAX_BYTES >> 20);
        return Err(ReadError::Limit { start: 0, end: 0, what });
    }
    let named_json = name.to_ascii_lowercase().ends_with(".json");
    if named_json || body.starts_with(['{', '[']) {
        let read = Builder::with(source, &text, json::read);
        // Flow-style YAML looks like JSON at first.
        if named_json || !matches!(read, Err(ReadError::Syntax { .. })) {
            return read;
        }
    }
    let (mut tree, misindented) = yaml::read(source, &text)?;
    tree.misindented = misindented.map(|line| Span::new(source, line, line));
    Ok(tree)
}

impl Tree {
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// The node itself, or what the alias stands for.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        let node = self.node(id);
        match node.kind {
            Kind::Alias => NodeId(node.link),
            _ => id,
        }
    }

    pub fn node(&self, id: NodeId) -> Node {
        let outside = Node { kind: Kind::Null, start: 0, end: 0, link: 0 };
        self.nodes.get(id.0 as usize).copied().unwrap_or(outside)
    }

    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(self.resolve(id)).kind
    }

    /// The node behind this one and all that is in it.
    pub fn next(&self, id: NodeId) -> NodeId {
        let node = self.node(id);
        match node.kind {
            Kind::Map | Kind::Merged | Kind::List => NodeId(node.link),
            _ => NodeId(id.0 + 1),
        }
    }

    pub fn span(&self, id: NodeId) -> Span {
        let node = self.node(id);
        Span { source: self.source, start: node.start, end: node.end }
    }

    /// The text of a scalar, whatever its kind: `200` is `"200"`. None for lists and maps.
    pub fn scalar(&self, id: NodeId) -> Option<Cow<'_, str>> {
        let node = self.node(self.resolve(id));
        scalar_text(&self.text, &self.made, node)
    }

    /// Keys and values of a map; nothing for any other node.
    pub fn entries(&self, id: NodeId) -> Entries<'_> {
        let id = self.resolve(id);
        let node = self.node(id);
        match node.kind {
            Kind::Map => Entries::Plain { tree: self, next: id.0 + 1, end: node.link },
            Kind::Merged => {
                Entries::Merged(self.merged.get(&id).map(Vec::as_slice).unwrap_or_default().iter())
            }
            _ => Entries::Plain { tree: self, next: 0, end: 0 },
        }
    }

    /// The elements of a list; nothing for any other node.
    pub fn items(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let id = self.resolve(id);
        let list = (self.node(id).kind == Kind::List).then_some(id);
        list.into_iter().flat_map(|list| self.items_in_text(list))
    }

    /// The key and the value of one entry of a map.
    pub fn entry(&self, map: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let map = self.resolve(map);
        match self.indexes.get(&map) {
            Some(index) => {
                let found = index.find(&self.text, &self.made, &self.nodes, key)?;
                Some((found, self.next(found)))
            }
            None => self.entries(map).find(|(found, _)| self.is(*found, key)),
        }
    }

    pub fn get(&self, map: NodeId, key: &str) -> Option<NodeId> {
        self.entry(map, key).map(|(_, value)| value)
    }

    /// Whether a scalar reads `wanted`, without making a string of it.
    pub fn is(&self, id: NodeId, wanted: &str) -> bool {
        let node = self.node(id);
        match node.kind {
            Kind::Quoted => {
                (node.end - node.start) as usize == wanted.len() + 2
                    && self.scalar(id).is_some_and(|text| text == wanted)
            }
            _ => self.scalar(id).is_some_and(|text| text == wanted),
        }
    }

    /// The key that holds a map or list, where a key does. Keys stand right before their values.
    pub fn key_before(&self, held: NodeId) -> Option<NodeId> {
        let before = NodeId(held.0.checked_sub(1)?);
        let (key, value) = (self.nodes.get(before.0 as usize)?, self.nodes.get(held.0 as usize)?);
        let between = self.text.get(key.end as usize..value.start as usize)?;
        between.trim_start().starts_with(':').then_some(before)
    }

    /// How a map or list begins: all of it where that is little, else its first key or sign.
    pub fn start_span(&self, node: NodeId) -> Span {
        let span = self.span(node);
        let text = self.text.get(span.range()).unwrap_or("");
        if text.len() <= SMALL && !text.trim_end().contains('\n') {
            return Span { end: span.start + text.trim_end().len() as u32, ..span };
        }
        match self.nodes.get(node.0 as usize + 1) {
            Some(first) if first.start == span.start && first.end < span.end => {
                Span { end: first.end, ..span }
            }
            _ => Span { end: span.end.min(span.start + 1), ..span },
        }
    }

    /// Whether a place in the text lies within quoted text.
    fn is_in_quotes(&self, offset: usize) -> bool {
        let behind = self.nodes.partition_point(|node| (node.start as usize) < offset);
        let around = behind.checked_sub(1).and_then(|at| self.nodes.get(at));
        around.is_some_and(|node| {
            let text = self.text.get(node.start as usize..node.end as usize).unwrap_or("");
            offset < node.end as usize && text.starts_with(['"', '\''])
        })
    }

    /// The keys and positions that lead from the root to a node.
    pub fn path_to(&self, wanted: NodeId) -> Vec<String> {
        let mut path = Vec::new();
        let mut here = self.root();
        while here != wanted {
            let inner = match self.node(here).kind {
                Kind::Map | Kind::Merged => self.step_in_map(here, wanted),
                Kind::List => self
                    .items_in_text(here)
                    .enumerate()
                    .find(|(_, item)| wanted < self.next(*item))
                    .map(|(at, item)| (at.to_string(), item)),
                _ => None,
            };
            let Some((step, inner)) = inner else { break };
            path.push(step);
            if inner > wanted {
                break;
            }
            here = inner;
        }
        path
    }

    /// The map or list that a node lies in.
    pub fn parent(&self, wanted: NodeId) -> Option<NodeId> {
        let mut here = self.root();
        loop {
            let inner = match self.node(here).kind {
                Kind::Map | Kind::Merged => self.step_in_map(here, wanted).map(|(_, inner)| inner),
                Kind::List => self.items_in_text(here).find(|item| wanted < self.next(*item)),
                _ => None,
            }?;
            if inner >= wanted {
                return Some(here);
            }
            here = inner;
        }
    }

    /// The elements of a list as they stand in the text, aliases as such.
    fn items_in_text(&self, list: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(list).link;
        let mut next = list.0 + 1;
        std::iter::from_fn(move || {
            let item = NodeId(next);
            (next < end).then(|| {
                next = self.next(item).0;
                item
            })
        })
    }

    /// Through the entries as they stand in the text, also where they are merged.
    fn step_in_map(&self, map: NodeId, wanted: NodeId) -> Option<(String, NodeId)> {
        let end = self.node(map).link;
        Entries::Plain { tree: self, next: map.0 + 1, end }
            .find(|(_, value)| wanted < self.next(*value))
            .map(|(key, value)| (self.scalar(key).unwrap_or_default().into_owned(), value))
    }
}

/// The entries of a map, as pairs of key and value.
pub(super) enum Entries<'a> {
    Plain { tree: &'a Tree, next: u32, end: u32 },
    Merged(std::slice::Iter<'a, (NodeId, NodeId)>),
}

impl Iterator for Entries<'_> {
    type Item = (NodeId, NodeId);

    fn next(&mut self) -> Option<(NodeId, NodeId)> {
        match self {
            Entries::Plain { tree, next, end } => {
                if *next >= *end {
                    return None;
                }
                let key = NodeId(*next);
                let value = tree.next(key);
                *next = tree.next(value).0;
                Some((key, value))
            }
            Entries::Merged(pairs) => pairs.next().copied(),
        }
    }
}

fn scalar_text<'a>(text: &'a str, made: &'a [Box<str>], node: Node) -> Option<Cow<'a, str>> {
    let (start, end) = (node.start as usize, node.end as usize);
    let inside = || text.get(start + 1..end.saturating_sub(1)).unwrap_or("");
    match node.kind {
        Kind::Null | Kind::True | Kind::False | Kind::Number | Kind::Text => {
            Some(Cow::Borrowed(text.get(start..end).unwrap_or("")))
        }
        Kind::Quoted => Some(Cow::Borrowed(inside())),
        Kind::Escaped => Some(Cow::Owned(json::unescape(inside()))),
        Kind::Made => Some(Cow::Borrowed(made.get(node.link as usize).map_or("", |text| text))),
        Kind::List | Kind::Map | Kind::Merged | Kind::Alias => None,
    }
}

#[cfg(test)]
mod tests;
