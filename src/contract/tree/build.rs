//! What both readers build with: nodes in the order of the text, keys remembered so that a key given twice
//! is seen, and the limits that hold for every document.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Duplicate, Kind, MAX_DEPTH, MAX_NODES, Node, NodeId, ReadError, Tree, scalar_text};
use crate::source::SourceId;

/// Maps with more keys than this get an index.
const LARGE: usize = 24;

pub(super) struct Builder<'text> {
    pub text: &'text str,
    pub nodes: Vec<Node>,
    made: Vec<Box<str>>,
    indexes: FxHashMap<NodeId, Index>,
    merged: FxHashMap<NodeId, Vec<(NodeId, NodeId)>>,
    references: Vec<NodeId>,
    anchors: Vec<NodeId>,
    duplicates: Vec<Duplicate>,
    open: Vec<Open>,
    /// The keys of all open maps, with the hash of each.
    keys: Vec<(u32, NodeId)>,
}

/// A map or list whose end has not come yet.
struct Open {
    node: NodeId,
    first_key: usize,
    has_merge: bool,
}

/// Keys by hash and text.
#[derive(Debug)]
pub(super) struct Index(Box<[(u32, NodeId)]>);

impl Index {
    pub fn find(&self, text: &str, made: &[Box<str>], nodes: &[Node], key: &str) -> Option<NodeId> {
        let wanted = hash(key);
        let from = self.0.partition_point(|(hash, _)| *hash < wanted);
        self.0
            .get(from..)?
            .iter()
            .take_while(|(hash, _)| *hash == wanted)
            .map(|(_, id)| *id)
            .find(|id| key_text(text, made, nodes, *id) == key)
    }
}

impl<'text> Builder<'text> {
    /// Runs a reader over a text and closes the tree.
    pub fn with(
        source: SourceId,
        text: &'text Arc<str>,
        reader: impl FnOnce(&mut Builder<'text>) -> Result<(), ReadError>,
    ) -> Result<Tree, ReadError> {
        let mut builder = Builder {
            text,
            nodes: Vec::with_capacity((text.len() / 16).min(MAX_NODES)),
            made: Vec::new(),
            indexes: FxHashMap::default(),
            merged: FxHashMap::default(),
            references: Vec::new(),
            anchors: Vec::new(),
            duplicates: Vec::new(),
            open: Vec::new(),
            keys: Vec::new(),
        };
        reader(&mut builder)?;
        if builder.nodes.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(Tree {
            source,
            text: Arc::clone(text),
            nodes: builder.nodes,
            made: builder.made,
            indexes: builder.indexes,
            merged: builder.merged,
            references: builder.references,
            anchors: builder.anchors,
            duplicates: builder.duplicates,
            misindented: None,
        })
    }

    pub fn next_id(&self) -> NodeId {
        NodeId(self.nodes.len() as u32)
    }

    pub fn push(&mut self, kind: Kind, start: usize, end: usize, link: u32) -> Result<NodeId, ReadError> {
        let id = self.next_id();
        if self.nodes.len() >= MAX_NODES {
            let what = format!("the document has more than {MAX_NODES} values");
            return Err(ReadError::Limit { start, end, what });
        }
        self.nodes.push(Node { kind, start: start as u32, end: end as u32, link });
        Ok(id)
    }

    /// A scalar whose text is not in the document as it is.
    pub fn push_made(&mut self, text: &str, start: usize, end: usize) -> Result<NodeId, ReadError> {
        self.made.push(text.into());
        self.push(Kind::Made, start, end, self.made.len() as u32 - 1)
    }

    pub fn open(&mut self, kind: Kind, start: usize) -> Result<NodeId, ReadError> {
        if self.open.len() >= MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} levels of nesting, at `{}`", self.pointer());
            return Err(ReadError::Limit { start, end: start + 1, what });
        }
        let node = self.push(kind, start, start, u32::MAX)?;
        self.open.push(Open { node, first_key: self.keys.len(), has_merge: false });
        Ok(node)
    }

    /// The end of the innermost map or list.
    pub fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let behind = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(open.node.0 as usize) {
            node.end = (end as u32).max(node.start);
            node.link = behind;
        }
        let keys = self.keys.split_off(open.first_key);
        if open.has_merge {
            self.merge(open.node, &keys);
        }
        self.find_duplicates(open.node, keys, open.has_merge);
    }

    pub fn is_open(&self, id: NodeId) -> bool {
        self.nodes.get(id.0 as usize).is_some_and(|node| node.link == u32::MAX && is_container(node.kind))
    }

    /// Says that this scalar, just pushed, is a key of the innermost map.
    pub fn key(&mut self, id: NodeId) {
        let text = key_text(self.text, &self.made, &self.nodes, id);
        let hash = hash(&text);
        if text.starts_with('$') {
            let value = NodeId(id.0 + 1);
            match &*text {
                "$ref" => self.references.push(value),
                "$anchor" | "$id" | "$dynamicAnchor" => self.anchors.push(value),
                _ => {}
            }
        }
        self.keys.push((hash, id));
    }

    pub fn has_merge_key(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.has_merge = true;
        }
    }

    fn find_duplicates(&mut self, map: NodeId, mut keys: Vec<(u32, NodeId)>, merged: bool) {
        let (text, made, nodes) = (self.text, &self.made, &self.nodes);
        let text_of = |id: NodeId| key_text(text, made, nodes, id);
        if keys.len() > LARGE {
            keys.sort_unstable_by(|one, other| {
                one.0
                    .cmp(&other.0)
                    .then_with(|| text_of(one.1).cmp(&text_of(other.1)))
                    .then(one.1.cmp(&other.1))
            });
            for pair in keys.windows(2) {
                let [one, other] = pair else { continue };
                if one.0 == other.0 && text_of(one.1) == text_of(other.1) {
                    self.duplicates.push(Duplicate { map, first: one.1, second: other.1 });
                }
            }
            if !merged {
                self.indexes.insert(map, Index(keys.into_boxed_slice()));
            }
            return;
        }
        for (at, (hash, key)) in keys.iter().enumerate() {
            let before = keys.iter().take(at);
            let mut same = before.filter(|(other, id)| other == hash && text_of(*id) == text_of(*key));
            if let Some((_, first)) = same.next() {
                self.duplicates.push(Duplicate { map, first: *first, second: *key });
            }
        }
    }

    /// The entries of a map with `<<`: its own, then those of each merged map that are not there yet.
    fn merge(&mut self, map: NodeId, keys: &[(u32, NodeId)]) {
        if let Some(node) = self.nodes.get_mut(map.0 as usize) {
            node.kind = Kind::Merged;
        }
        let text_of = |id: NodeId| key_text(self.text, &self.made, &self.nodes, id);
        let (merges, own): (Vec<NodeId>, Vec<NodeId>) =
            keys.iter().map(|(_, key)| *key).partition(|key| text_of(*key) == "<<");
        let mut pairs: Vec<(NodeId, NodeId)> = own.into_iter().map(|key| (key, NodeId(key.0 + 1))).collect();
        let mut seen: FxHashSet<String> = pairs.iter().map(|(key, _)| text_of(*key).into_owned()).collect();
        for merged in merges.iter().flat_map(|key| self.merge_sources(NodeId(key.0 + 1))) {
            for (key, value) in self.entries_of(merged) {
                if seen.insert(text_of(key).into_owned()) {
                    pairs.push((key, value));
                }
            }
        }
        self.merged.insert(map, pairs);
    }

    /// `<<: *a`, `<<: [*a, *b]` or a map in place.
    fn merge_sources(&self, value: NodeId) -> Vec<NodeId> {
        let value = self.resolve(value);
        let Some(node) = self.nodes.get(value.0 as usize) else { return Vec::new() };
        if node.kind != Kind::List {
            return vec![value];
        }
        let mut sources = Vec::new();
        let mut next = value.0 + 1;
        while next < node.link {
            sources.push(self.resolve(NodeId(next)));
            next = self.behind(NodeId(next));
        }
        sources
    }

    fn entries_of(&self, map: NodeId) -> Vec<(NodeId, NodeId)> {
        let Some(node) = self.nodes.get(map.0 as usize) else { return Vec::new() };
        match node.kind {
            Kind::Merged => self.merged.get(&map).cloned().unwrap_or_default(),
            Kind::Map => {
                let mut pairs = Vec::new();
                let mut next = map.0 + 1;
                while next < node.link {
                    pairs.push((NodeId(next), NodeId(next + 1)));
                    next = self.behind(NodeId(next + 1));
                }
                pairs
            }
            _ => Vec::new(),
        }
    }

    fn resolve(&self, id: NodeId) -> NodeId {
        match self.nodes.get(id.0 as usize) {
            Some(node) if node.kind == Kind::Alias => NodeId(node.link),
            _ => id,
        }
    }

    fn behind(&self, id: NodeId) -> u32 {
        match self.nodes.get(id.0 as usize) {
            Some(node) if is_container(node.kind) => node.link,
            _ => id.0 + 1,
        }
    }

    /// Where the reader is, as a JSON pointer, cut off where it gets long.
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for (at, open) in self.open.iter().enumerate().take(12) {
            let end = self.open.get(at + 1).map_or(self.keys.len(), |inner| inner.first_key);
            let key = self.keys.get(open.first_key..end).and_then(<[_]>::last);
            pointer.push('/');
            match key {
                Some((_, key)) => {
                    let text = key_text(self.text, &self.made, &self.nodes, *key);
                    pointer.extend(text.chars().take(40).filter(|letter| !letter.is_control()));
                }
                None => pointer.push('0'),
            }
        }
        if self.open.len() > 12 { pointer + "/…" } else { pointer }
    }
}

fn is_container(kind: Kind) -> bool {
    matches!(kind, Kind::Map | Kind::Merged | Kind::List)
}

fn key_text<'a>(
    text: &'a str,
    made: &'a [Box<str>],
    nodes: &[Node],
    id: NodeId,
) -> std::borrow::Cow<'a, str> {
    let Some(mut node) = nodes.get(id.0 as usize).copied() else { return "".into() };
    if node.kind == Kind::Alias {
        node = nodes.get(node.link as usize).copied().unwrap_or(node);
    }
    scalar_text(text, made, node).unwrap_or_default()
}

/// Folded to 32 bits; equal hashes are always compared by text.
fn hash(text: &str) -> u32 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}
