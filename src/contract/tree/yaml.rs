//! YAML events to the positioned tree. Scalars mean what the core schema of YAML 1.2 says (`no` and `on` are
//! strings), tags of other schemas are ignored, and aliases are counted, never copied: what a document would
//! be if they were expanded has a bound of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError};
use rustc_hash::FxHashMap;

use super::build::Builder;
use super::{Kind, MAX_DEPTH, NodeId, ReadError, Tree};
use crate::source::SourceId;

/// How large a document may become by its aliases, in bytes, besides ten times its own size.
const EXPANSION: u64 = 16 << 20;
/// What one value counts besides its text.
const NODE_COST: u64 = 8;

/// An anchor: its node, where it stands, and how large its value is with all aliases in it expanded.
struct Anchor {
    node: NodeId,
    size: u64,
    height: usize,
}

/// A map or list that is being read.
struct Level {
    is_map: bool,
    /// The next scalar is a key.
    at_key: bool,
    anchor: usize,
    node: NodeId,
    size: u64,
    /// How many levels lie in it, those behind aliases included.
    height: usize,
}

struct Reader<'a, 'text> {
    builder: &'a mut Builder<'text>,
    levels: Vec<Level>,
    anchors: FxHashMap<usize, Anchor>,
    documents: usize,
    expanded: u64,
    allowed: u64,
}

/// How far a line is moved to the right that is not indented enough to be part of the text above it.
const SHIFT: usize = 80;
/// So many lines of one document are moved before it is given up.
const MAX_REPAIRS: usize = 64;

/// Reads YAML. Quoted text whose further lines are indented with tabs, or too little, is read as most other
/// readers do; gives the first such line.
pub(super) fn read(source: SourceId, text: &Arc<str>) -> Result<(Tree, Option<usize>), ReadError> {
    let mut lines = BTreeSet::new();
    let mut first_fault = None;
    loop {
        let read = Builder::with(source, text, |builder| read_repaired(builder, &lines));
        let fault = match read {
            // Only text may be mended like this: structure is never guessed.
            Ok(tree) if lines.iter().all(|line| tree.is_in_quotes(*line)) => {
                return Ok((tree, lines.first().copied()));
            }
            Ok(_) => return Err(first_fault.unwrap_or(ReadError::Empty)),
            Err(fault) => fault,
        };
        let line = match &fault {
            ReadError::Syntax { start, what, .. } if what.contains("indentation") => line_start(text, *start),
            _ => return Err(first_fault.unwrap_or(fault)),
        };
        if lines.len() >= MAX_REPAIRS || !lines.insert(line) {
            return Err(first_fault.unwrap_or(fault));
        }
        first_fault.get_or_insert(fault);
    }
}

fn line_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or("");
    before.rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

fn read_repaired(builder: &mut Builder, lines: &BTreeSet<usize>) -> Result<(), ReadError> {
    if lines.is_empty() {
        return read_text(builder, builder.text, &[]);
    }
    let mut repaired = String::with_capacity(builder.text.len() + lines.len() * SHIFT);
    let mut moved = Vec::new();
    let mut from = 0;
    for line in lines {
        repaired.push_str(builder.text.get(from..*line).unwrap_or(""));
        repaired.push_str(&" ".repeat(SHIFT));
        moved.push(repaired.len());
        let rest = builder.text.get(*line..).unwrap_or("");
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        repaired.push_str(&" ".repeat(blank));
        from = line + blank;
    }
    repaired.push_str(builder.text.get(from..).unwrap_or(""));
    read_text(builder, &repaired, &moved)
}

/// `text` is the builder's own, but for some more columns before each place of `moved`.
fn read_text(builder: &mut Builder, text: &str, moved: &[usize]) -> Result<(), ReadError> {
    let mut options = granit_parser::options! { flow_nesting_limit: 255, block_nesting_limit: 255 };
    options.set_emit_comments(false);
    let allowed = EXPANSION + 10 * text.len() as u64;
    let mut reader = Reader {
        builder,
        levels: Vec::new(),
        anchors: FxHashMap::default(),
        documents: 0,
        expanded: 0,
        allowed,
    };
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let place = |offset: usize| {
        let offset = base + offset;
        offset.saturating_sub(SHIFT * moved.partition_point(|behind| *behind <= offset))
    };
    for event in Parser::new_from_str_with_options(body, options) {
        let (event, span) = event.map_err(|fault| scan_fault(body, place, &fault))?;
        let range = span.byte_range().unwrap_or_default();
        let (start, end) = (place(range.start), place(range.end));
        reader.event(event, (start, end.max(start)))?;
    }
    Ok(())
}

fn scan_fault(text: &str, place: impl Fn(usize) -> usize, fault: &ScanError) -> ReadError {
    let start = fault.marker().byte_offset().unwrap_or(0).min(text.len());
    let end =
        text.get(start..).and_then(|rest| rest.chars().next()).map_or(start, |one| start + one.len_utf8());
    let what: String = fault.info().lines().next().unwrap_or_default().to_owned();
    let (start, end) = (place(start), place(end));
    if what.contains("nesting") || what.contains("recursion") {
        return ReadError::Limit { start, end, what };
    }
    ReadError::Syntax { start, end, what }
}

impl<'text> Reader<'_, 'text> {
    fn event(&mut self, event: Event<'_>, (start, end): (usize, usize)) -> Result<(), ReadError> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(ReadError::SecondDocument { start });
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let untagged = tag.is_none_or(|tag| !tag.is_yaml_core_schema_tag("str"));
                let plain = matches!(style, ScalarStyle::Plain) && untagged;
                self.scalar(&text, plain, anchor, (start, end))
            }
            Event::SequenceStart(_, anchor, _) => self.open(Kind::List, anchor, start),
            Event::MappingStart(_, anchor, _) => self.open(Kind::Map, anchor, start),
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(end);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, (start, end)),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        plain: bool,
        anchor: usize,
        (start, end): (usize, usize),
    ) -> Result<(), ReadError> {
        let node = match (plain, text) {
            (true, "" | "~" | "null" | "Null" | "NULL") => self.builder.push(Kind::Null, start, end, 0)?,
            _ => self.push_text(text, plain, start, end)?,
        };
        if self.takes_key() {
            if text == "<<" {
                self.builder.has_merge_key();
            }
            self.builder.key(node);
        }
        let size = text.len() as u64 + NODE_COST;
        self.define(anchor, Anchor { node, size, height: 0 });
        self.count(size, 0);
        Ok(())
    }

    /// Points into the document where the text stands there as it is, and keeps a copy where it does not.
    fn push_text(&mut self, text: &str, plain: bool, start: usize, end: usize) -> Result<NodeId, ReadError> {
        let document: &'text str = self.builder.text;
        if plain && document.get(start..end) == Some(text) {
            return self.builder.push(plain_kind(text), start, end, 0);
        }
        if end >= start + 2 && document.get(start + 1..end - 1) == Some(text) {
            return self.builder.push(Kind::Quoted, start, end, 0);
        }
        self.builder.push_made(text, start, end)
    }

    fn open(&mut self, kind: Kind, anchor: usize, start: usize) -> Result<(), ReadError> {
        if self.takes_key() {
            let what = "a key of a map must be a single value".to_owned();
            return Err(ReadError::Syntax { start, end: start, what });
        }
        let node = self.builder.open(kind, start)?;
        let is_map = kind == Kind::Map;
        self.levels.push(Level { is_map, at_key: is_map, anchor, node, size: NODE_COST, height: 1 });
        self.define(anchor, Anchor { node, size: 0, height: 0 });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(level) = self.levels.pop() else { return };
        self.builder.close(self.content_end(end));
        let Level { anchor, node, size, height, .. } = level;
        self.define(anchor, Anchor { node, size, height });
        self.count(size, height);
    }

    /// A block ends where the next thing starts; what is shown ends with its last line.
    fn content_end(&self, end: usize) -> usize {
        let text = self.builder.text.get(..end).unwrap_or("");
        text.trim_end().len()
    }

    fn alias(&mut self, anchor: usize, (start, end): (usize, usize)) -> Result<(), ReadError> {
        let Some(&Anchor { node: target, size, height }) = self.anchors.get(&anchor) else {
            let what = "no such anchor above".to_owned();
            return Err(ReadError::Syntax { start, end, what });
        };
        let at = self.builder.nodes.get(target.0 as usize).map_or(0, |node| node.start as usize);
        if self.builder.is_open(target) {
            let what = "the anchored value holds an alias of itself".to_owned();
            return Err(ReadError::Limit { start: at, end: at + 1, what });
        }
        self.expanded = self.expanded.saturating_add(size);
        if self.expanded > self.allowed {
            let what = "the aliases of this anchor would make the document many times as large".to_owned();
            return Err(ReadError::Limit { start: at, end: at + 1, what });
        }
        if self.levels.len() + height > MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} levels of nesting, by way of this anchor");
            return Err(ReadError::Limit { start: at, end: at + 1, what });
        }
        let node = self.builder.push(Kind::Alias, start, end, target.0)?;
        if self.takes_key() {
            self.builder.key(node);
        }
        self.count(size, height);
        Ok(())
    }

    /// Whether a value that comes now is a key; the one behind it is then not.
    fn takes_key(&mut self) -> bool {
        match self.levels.last_mut() {
            Some(level) if level.is_map => {
                level.at_key = !level.at_key;
                !level.at_key
            }
            _ => false,
        }
    }

    fn define(&mut self, number: usize, anchor: Anchor) {
        if number > 0 {
            self.anchors.insert(number, anchor);
        }
    }

    fn count(&mut self, size: u64, height: usize) {
        if let Some(level) = self.levels.last_mut() {
            level.height = level.height.max(height + 1);
            level.size = level.size.saturating_add(size);
        }
    }
}

/// What a plain scalar is by the core schema. Null is told apart before.
fn plain_kind(text: &str) -> Kind {
    match text {
        "true" | "True" | "TRUE" => Kind::True,
        "false" | "False" | "FALSE" => Kind::False,
        _ if is_number(text) => Kind::Number,
        _ => Kind::Text,
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let radix = |prefix: &str, of: fn(&u8) -> bool| {
        text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.as_bytes().iter().all(of))
    };
    radix("0x", u8::is_ascii_hexdigit)
        || radix("0o", |byte| (b'0'..=b'7').contains(byte))
        || is_decimal(unsigned)
}

/// `1`, `1.5`, `.5`, `1.`, each also with an exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_good = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    exponent_good && all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}
