//! One pass over the characters before the grammar sees them. It keeps comments and documentation with their
//! places, bounds the nesting, closes what was left open, and takes out what cannot stand in code. What it
//! mends it reports, so the grammar can rely on brackets and texts that end, and recovers in linear time.

mod brackets;
mod strangers;
mod texts;

use std::ops::Range;

use super::ast::{Comment, Doc};
use super::repair::Repair;
use crate::diagnostic::{Diagnostic, syntax};
use crate::source::{SourceId, Span};

/// How deep brackets, texts and the values in them may stand in each other.
pub(super) const NESTING: usize = 128;

/// Beyond these the parser gets a larger stack.
const SHALLOW: usize = 24;
const SHALLOW_WORDS: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) comments: Vec<Comment>,
    pub(super) docs: Vec<DocBlock>,
    /// Where nothing but white space and comments stands, ascending, except single bytes.
    pub(super) gaps: Vec<Range<usize>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) repairs: Vec<Repair>,
    /// Where a fault has been reported that makes any further one there its consequence.
    pub(super) muted: Vec<Range<usize>>,
    pub(super) depth: Depth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Depth {
    #[default]
    Shallow,
    /// Fine, but for a stack of ordinary size perhaps too much.
    Deep,
    /// Reported; nothing below may recurse over this text.
    TooDeep,
}

#[derive(Debug)]
pub(super) struct DocBlock {
    pub(super) doc: Doc,
    /// One place for each line of it.
    pub(super) lines: Vec<Span>,
    /// Where the code begins that it documents.
    pub(super) next: Option<usize>,
}

/// The text is read a second time when brackets do not match: then the indentation of the declarations
/// concerned tells which bracket it was.
pub(super) fn scan(source: SourceId, text: &str) -> Scan {
    let mut first = Scanner::new(source, text, Vec::new());
    first.run();
    if first.unbalanced.is_empty() || first.scan.depth == Depth::TooDeep {
        return first.scan;
    }
    let mut second = Scanner::new(source, text, first.unbalanced);
    second.run();
    second.scan
}

struct Scanner<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    scan: Scan,
    open: Vec<Open>,
    line_start: usize,
    /// Of the current line: its first code has been met.
    code_met: bool,
    indent: usize,
    /// The last piece of code.
    last: Range<usize>,
    /// Where the declaration starts in which we are.
    region: usize,
    /// Regions whose brackets are to be matched by indentation, ascending.
    mended: Vec<usize>,
    unbalanced: Vec<usize>,
    reported: Option<usize>,
    /// Within the path of an operation, outside its parameters: how many brackets are open.
    path: Option<usize>,
    /// Words that nest without brackets, since the last separator.
    nesting_words: usize,
    doc_pending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Brace,
    Paren,
    Bracket,
    /// `"…"`
    Text,
    /// `{…}` in a text
    Hole,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    at: usize,
    /// Of the line on which it was opened.
    indent: usize,
    /// The end of the code of that line, once known, when nothing was left open behind it.
    line_end: Option<usize>,
}

impl<'t> Scanner<'t> {
    fn new(source: SourceId, text: &'t str, mended: Vec<usize>) -> Scanner<'t> {
        Scanner {
            source,
            text,
            at: 0,
            scan: Scan::default(),
            open: Vec::new(),
            line_start: 0,
            code_met: false,
            indent: 0,
            last: 0..0,
            region: 0,
            mended,
            unbalanced: Vec::new(),
            reported: None,
            path: None,
            nesting_words: 0,
            doc_pending: false,
        }
    }

    fn run(&mut self) {
        if self.text.starts_with('\u{FEFF}') {
            self.replace(0..'\u{FEFF}'.len_utf8(), "");
            self.at = '\u{FEFF}'.len_utf8();
            self.line_start = self.at;
        }
        while let Some(byte) = self.byte(0) {
            match self.open.last().map(|open| open.kind) {
                Some(Kind::Text) => self.in_text(byte),
                _ => self.in_code(byte),
            }
            if self.scan.depth == Depth::TooDeep {
                return;
            }
        }
        self.end_texts();
        self.end_region(self.at..self.at);
        self.gap(self.at);
    }

    fn in_code(&mut self, byte: u8) {
        let start = self.at;
        match byte {
            b'\n' | b'\r' => self.end_line(),
            b' ' | b'\t' => {
                self.at += 1;
                self.path = self.path.filter(|depth| *depth != self.open.len());
            }
            b'/' if self.byte(1) == Some(b'/') && !self.in_path() => self.comment(),
            b'{' | b'(' | b'[' => self.open(byte),
            b'"' | b'\'' | b')' | b']' if self.in_path() => self.step(1),
            b'}' | b')' | b']' => self.close(byte),
            b'"' => self.open_text(),
            b'\'' => self.raw(),
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            0x80.. | 0x7F | 0..0x20 => self.stranger(),
            b',' | b';' => {
                self.step(1);
                self.nesting_words = 0;
            }
            b'=' => {
                self.step(1);
                self.count_nesting_word();
            }
            _ => self.step(1),
        }
        debug_assert!(self.at > start, "each turn eats something");
    }

    fn in_path(&self) -> bool {
        self.path == Some(self.open.len())
    }

    /// Takes `length` bytes as a piece of code.
    fn step(&mut self, length: usize) {
        self.code(self.at..self.at + length);
    }

    fn code(&mut self, range: Range<usize>) {
        self.gap(range.start);
        if !self.code_met {
            self.code_met = true;
            self.indent = range.start - self.line_start;
        }
        if std::mem::take(&mut self.doc_pending)
            && let Some(block) = self.scan.docs.last_mut()
        {
            block.next = Some(range.start);
        }
        self.at = range.end;
        self.last = range;
    }

    /// Code goes on at `next`.
    fn gap(&mut self, next: usize) {
        if next > self.last.end + 1 {
            self.scan.gaps.push(self.last.end..next);
        }
    }

    fn word(&mut self) {
        let length = self.rest().bytes().take_while(|byte| is_word(*byte)).count();
        self.step(length);
        match self.text.get(self.last.clone()).unwrap_or("") {
            "if" | "for" | "else" => self.count_nesting_word(),
            "let" | "return" | "require" => self.nesting_words = 0,
            "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" | "TRACE" => {
                let blanks = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                if blanks > 0 && self.byte(blanks) == Some(b'/') {
                    self.at += blanks;
                    self.path = Some(self.open.len());
                }
            }
            _ => {}
        }
    }

    fn count_nesting_word(&mut self) {
        self.nesting_words += 1;
        if self.nesting_words > SHALLOW_WORDS {
            self.scan.depth = Depth::Deep;
        }
    }

    fn end_line(&mut self) {
        self.end_texts();
        let (line_start, line_end) = (self.line_start, self.last.end);
        for open in self.open.iter_mut().rev() {
            let inline = matches!(open.kind, Kind::Paren | Kind::Bracket) && open.at >= line_start;
            if !inline {
                break;
            }
            open.line_end = Some(line_end);
        }
        self.path = None;
        self.at += 1;
        self.line_start = self.at;
        self.code_met = false;
        if let Some(length) = declaration_word(self.rest()) {
            self.end_region(self.at..self.at + length);
            self.region = self.at;
        }
    }

    fn comment(&mut self) {
        let line = self.rest();
        let line = line.split(['\n', '\r']).next().unwrap_or(line);
        let span = self.span(self.at..self.at + line.len());
        self.check_quiet(line, self.at);
        let slashes = line.bytes().take_while(|byte| *byte == b'/').count();
        let written = line.get(slashes.min(3)..).unwrap_or("");
        let written = written.strip_prefix(' ').unwrap_or(written).trim_end();
        if slashes == 3 {
            self.doc_line(written, span);
        } else {
            let written = line.get(2..).unwrap_or("");
            let text = written.strip_prefix(' ').unwrap_or(written).trim_end().to_owned();
            self.scan.comments.push(Comment { text, span });
        }
        self.at += line.len();
    }

    fn doc_line(&mut self, written: &str, span: Span) {
        if let Some(block) = self.scan.docs.last_mut().filter(|_| self.doc_pending) {
            block.doc.text.push('\n');
            block.doc.text.push_str(written);
            block.doc.span = block.doc.span.to(span);
            block.lines.push(span);
            return;
        }
        self.scan.docs.push(DocBlock {
            doc: Doc { text: written.to_owned(), span },
            lines: vec![span],
            next: None,
        });
        // Behind code of the same line it documents nothing.
        self.doc_pending = !self.code_met;
    }

    fn replace(&mut self, range: Range<usize>, insert: &str) {
        let repair = Repair { at: range.start, remove: range.len(), insert: insert.to_owned() };
        self.scan.repairs.push(repair);
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.scan.diagnostics.push(diagnostic);
    }

    fn refuse_nesting(&mut self, at: usize) {
        self.scan.depth = Depth::TooDeep;
        self.report(syntax::nesting(self.span(at..at + 1), NESTING));
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of the word when a line begins with a declaration: `type Name`, `test "…"`, `system A`.
pub(super) fn declaration_word(line: &str) -> Option<usize> {
    const WORDS: [&str; 12] = [
        "type",
        "map",
        "fn",
        "problem",
        "event",
        "backend",
        "broker",
        "system",
        "process",
        "experience",
        "test",
        "function",
    ];
    let length = line.bytes().take_while(u8::is_ascii_lowercase).count();
    let word = line.get(..length).filter(|word| WORDS.contains(word))?;
    let rest = line.get(length..)?;
    let after = rest.trim_start_matches([' ', '\t']);
    let named = after.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '"'));
    (after.len() < rest.len() && named).then_some(word.len())
}
