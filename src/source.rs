//! Texts and places in them. Every later stage speaks of the author's files only through a [`Span`],
//! so that any finding can point at the line that caused it, in a `.flow` file or in a contract.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The number of a text in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes in one text. Always on character borders of that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub source: SourceId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let start = clamp(start);
        Span { source, start, end: clamp(end).max(start) }
    }

    /// From the start of `self` to the end of `last`, which lies behind it in the same text.
    pub fn to(self, last: Span) -> Span {
        Span { end: last.end.max(self.end), ..self }
    }

    /// From the start of `self` to the end of `last`, which lies inside of it.
    pub fn upto(self, last: Span) -> Span {
        Span { end: last.end, ..self }
    }

    /// The empty span at the end of this one, where something is missing.
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }

    pub fn contains(self, inner: Span) -> bool {
        self.source == inner.source && self.start <= inner.start && inner.end <= self.end
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The character border at an offset, or the nearest one before it.
pub fn border_before(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Texts are bounded far below 4 GiB where they are read, so this only keeps the arithmetic total.
fn clamp(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// One text with the name that users know it by: its path, relative to the project, with `/`.
#[derive(Debug)]
pub struct Source {
    pub name: String,
    /// Shared, because the tree of a contract borrows its strings from here for as long as it lives.
    pub text: Arc<str>,
    line_starts: OnceLock<Vec<u32>>,
    /// How many characters start before each multiple of [`STRIDE`] bytes.
    characters: OnceLock<Vec<u32>>,
    /// Where secrets stand in the text, from start to end: no rendering shows them.
    masked: BTreeMap<usize, usize>,
}

/// Counting characters starts from the nearest of these, so that a document of 20 MB on one line costs as
/// little for each finding as one with line breaks.
const STRIDE: usize = 1024;

/// A place as editors count it: both numbers start at 1, the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Source {
    fn new(name: String, text: Arc<str>) -> Source {
        let (line_starts, characters) = (OnceLock::new(), OnceLock::new());
        Source { name, text, line_starts, characters, masked: BTreeMap::new() }
    }

    /// Where a byte offset lies. Lines end with LF, CR LF or a lone CR.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start as usize <= offset).saturating_sub(1);
        let start = starts.get(line).copied().unwrap_or(0) as usize;
        Position {
            line: line + 1,
            column: self.characters_before(offset) - self.characters_before(start) + 1,
        }
    }

    /// How many characters start before a byte offset that is not behind the end.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let counts = self.characters.get_or_init(|| {
            let strides = bytes.chunks(STRIDE).scan(0, |count, stride| {
                *count += clamp(characters_in(stride));
                Some(*count)
            });
            std::iter::once(0).chain(strides).collect()
        });
        let known = counts.get(offset / STRIDE).copied().unwrap_or(0) as usize;
        known + characters_in(bytes.get(offset - offset % STRIDE..offset).unwrap_or(&[]))
    }

    pub fn is_masked(&self, offset: usize) -> bool {
        self.masked.range(..=offset).next_back().is_some_and(|(_, end)| offset < *end)
    }

    /// The byte at which a line (counted from 1) starts.
    pub fn line_start(&self, line: usize) -> Option<usize> {
        self.line_starts().get(line.checked_sub(1)?).map(|start| *start as usize)
    }

    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let ends_line = |at: &usize| match bytes[*at] {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            std::iter::once(0).chain((0..bytes.len()).filter(ends_line).map(|at| clamp(at + 1))).collect()
        })
    }
}

fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xBF)).count()
}

/// All texts of one run. A text is never removed, so a [`SourceId`] stays good.
#[derive(Debug, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

impl Sources {
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(clamp(self.sources.len()));
        self.sources.push(Source::new(name.into(), text.into()));
        id
    }

    /// The text of an id that [`Sources::add`] gave.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// From now on no rendering shows the text there.
    pub fn mask(&mut self, span: Span) {
        if let Some(source) = self.sources.get_mut(span.source.0 as usize) {
            let Range { start, end } = span.range();
            source.masked.insert(start, end);
        }
    }

    /// Gives the memory of a text back that nobody looks at any more. Its number stays what it is.
    pub fn retire(&mut self, id: SourceId) {
        if let Some(source) = self.sources.get_mut(id.0 as usize) {
            *source = Source::new(std::mem::take(&mut source.name), Arc::from(""));
        }
    }

    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or("")
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(at, source)| (SourceId(clamp(at)), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_all_three_line_ends() {
        let mut sources = Sources::default();
        let id = sources.add("a.flow", "é1\r\nx\ry\nz");
        let at = |offset| {
            let Position { line, column } = sources.get(id).position(offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 2), "é is two bytes and one column");
        assert_eq!(at(5), (2, 1));
        assert_eq!(at(7), (3, 1));
        assert_eq!(at(9), (4, 1));
        assert_eq!(at(999), (4, 2), "past the end is the end");
    }

    #[test]
    fn columns_of_a_long_line_count_characters() {
        let mut sources = Sources::default();
        let id = sources.add("a.json", format!("x\n{}", "aé".repeat(STRIDE)));
        let line = sources.get(id);
        for pair in [0, 1, STRIDE / 3, STRIDE / 3 + 1, STRIDE - 1, STRIDE] {
            assert_eq!(line.position(2 + pair * 3), Position { line: 2, column: pair * 2 + 1 });
        }
    }

    #[test]
    fn a_span_joins_and_contains() {
        let id = SourceId(0);
        let whole = Span::new(id, 2, 4).to(Span::new(id, 7, 9));
        assert_eq!(whole, Span::new(id, 2, 9));
        assert!(whole.contains(Span::new(id, 3, 9)));
        assert!(!whole.contains(Span::new(SourceId(1), 3, 9)));
    }
}
