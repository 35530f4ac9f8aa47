//! From what the grammar read to the tree. Each file has the forms of one kind; here is what they share:
//! places, names, texts, documentation, and the bound on nesting that keeps every later stage's recursion
//! safe. Forms that other languages have (`wrong_…` in the grammar) are reported where they are built, and
//! taken for what they mean.

mod declarations;
mod expressions;
mod literals;
mod operators;
mod scenarios;
mod services;
mod settings;
mod steps;
mod types;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::ast::{Comment, Doc, Item, Label, Name, Path, Text};
use super::characters;
use super::grammar::{Pair, Pairs};
use super::repair::Repaired;
use super::scan::{DocBlock, NESTING};
use super::secrets;
use crate::diagnostic::{Diagnostic, labels, syntax};
use crate::source::{SourceId, Span};

pub(super) use expressions::handled as expression;

/// Forms nest a little deeper than brackets, since some need none.
const DEPTH: usize = NESTING + 32;

/// White space and comments between two pieces of code, in the author's text.
type Gap = std::ops::Range<usize>;

pub(super) struct Builder<'t> {
    pub(super) source: SourceId,
    pub(super) text: &'t Repaired<'t>,
    /// Blocks that no form has taken up yet, by the place of the code below them.
    docs: FxHashMap<usize, DocBlock>,
    stray_docs: Vec<DocBlock>,
    gaps: Vec<Gap>,
    pub(super) diagnostics: Vec<Diagnostic>,
    broken: Vec<Span>,
    depth: usize,
}

pub(super) fn builder<'t>(
    source: SourceId,
    text: &'t Repaired<'t>,
    blocks: Vec<DocBlock>,
    gaps: Vec<Gap>,
) -> Builder<'t> {
    let mut docs = FxHashMap::default();
    let mut stray_docs = Vec::new();
    for block in blocks {
        match block.next {
            Some(next) => stray_docs.extend(docs.insert(next, block)),
            None => stray_docs.push(block),
        }
    }
    Builder { source, text, docs, stray_docs, gaps, diagnostics: Vec::new(), broken: Vec::new(), depth: 0 }
}

pub(super) fn items(b: &mut Builder, pairs: Pairs) -> Vec<Item> {
    pairs.filter_map(|pair| declarations::item(b, pair)).collect()
}

impl Builder<'_> {
    /// The place of a form. The grammar reads white space and comments in front of a part that may be missing,
    /// so they can end up within the pair; they are no part of the form.
    pub(super) fn span(&self, pair: &Pair) -> Span {
        let span = pair.as_span();
        self.form(span.start(), span.end())
    }

    /// From the first to the last character of code between two offsets of the mended text.
    pub(super) fn form(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.text.original(start), self.code_end(self.text.original(end)))
    }

    /// Exactly what stands between two offsets of the mended text.
    pub(super) fn range(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.text.original(start), self.text.original(end))
    }

    /// The end of the code before `offset`, which is one of the author's text and does not lie in a text.
    fn code_end(&self, offset: usize) -> usize {
        let next = self.gaps.partition_point(|gap| gap.start < offset);
        let gap = next.checked_sub(1).and_then(|at| self.gaps.get(at)).filter(|gap| offset <= gap.end);
        match (gap, self.text.byte_before(offset)) {
            (Some(gap), _) => gap.start,
            (None, Some(b' ' | b'\t' | b'\n' | b'\r')) => offset - 1,
            (None, _) => offset,
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Keys and tokens do not belong in a source.
    fn refuse_secret(&mut self, text: &str, span: Span) {
        if let Some(what) = secrets::secret_in(text) {
            self.report(labels::secret_literal(span, what));
        }
    }

    pub(super) fn mark_broken(&mut self, span: Span) {
        self.broken.push(span);
    }

    /// The documentation right above a form.
    fn doc(&mut self, pair: &Pair) -> Option<Doc> {
        if self.docs.is_empty() {
            return None;
        }
        let start = self.text.original(pair.as_span().start());
        self.docs.remove(&start).map(|block| block.doc)
    }

    /// Documentation that nothing took up becomes comments, and a finding unless it stands in a region that
    /// could not be read.
    pub(super) fn leave_docs(&mut self, comments: &mut Vec<Comment>) {
        let mut left = std::mem::take(&mut self.stray_docs);
        left.extend(self.docs.drain().map(|(_, block)| block));
        left.sort_by_key(|block| block.doc.span);
        for DocBlock { doc, lines, .. } in left {
            if !self.broken.iter().any(|broken| broken.contains(doc.span)) {
                self.report(syntax::stray_documentation(doc.span));
            }
            let texts = doc.text.split('\n').map(str::to_owned);
            comments.extend(texts.zip(lines).map(|(text, span)| Comment { text, span }));
        }
        comments.sort_by_key(|comment| comment.span);
    }

    /// Runs `build` one level deeper; `None`, and a finding, when that is too deep.
    fn nested<T>(&mut self, span: Span, build: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH {
            let said = self.diagnostics.iter().rev().any(|earlier| earlier.code.name == "flow/nesting");
            if !said {
                self.report(syntax::nesting(Span { end: span.start, ..span }, NESTING));
            }
            return None;
        }
        self.depth += 1;
        let built = build(self);
        self.depth -= 1;
        Some(built)
    }
}

// ---- words that many forms share ----------------------------------------------------------------

fn name(b: &mut Builder, pair: &Pair) -> Name {
    let written = pair.as_str();
    let span = b.span(pair);
    let Some(inside) = written.strip_prefix('"') else {
        return Name { text: SmolStr::new(written), quoted: false, span };
    };
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    if let Some(mark) = inside.chars().find(|letter| characters::is_deceptive_in_name(*letter)) {
        b.report(syntax::mark_in_name(span, &characters::name(mark)));
    }
    let text = literals::unescape(b, inside, pair.as_span().start() + 1);
    Name { text: SmolStr::new(text), quoted: true, span }
}

fn path(b: &mut Builder, pair: Pair) -> Path {
    let span = b.span(&pair);
    let names = pair.into_inner().map(|part| name(b, &part)).collect();
    Path { names, span }
}

/// The name is without the `@`, the span with it.
fn label(b: &mut Builder, pair: &Pair) -> Label {
    let span = b.span(pair);
    let text = SmolStr::new(pair.as_str().trim_start_matches('@').trim());
    Label { name: Name { text, quoted: false, span }, span }
}

fn misplaced_label(b: &mut Builder, pair: &Pair) -> Label {
    let label = label(b, pair);
    b.report(syntax::label_before_name(label.span, &format!("@{}", label.name.text)));
    label
}

fn text(b: &mut Builder, pair: &Pair) -> Text {
    let span = b.span(pair);
    let written = pair.as_str();
    let value = match written.strip_prefix('\'') {
        Some(raw) => raw.strip_suffix('\'').unwrap_or(raw).to_owned(),
        None => {
            let start = pair.as_span().start() + 1;
            let inside = written.strip_prefix('"').and_then(|inside| inside.strip_suffix('"'));
            literals::unescape(b, inside.unwrap_or(""), start)
        }
    };
    b.refuse_secret(&value, span);
    Text { value, span }
}

/// One of the `wrong_…` rules whose right form is one word or sign.
fn foreign(b: &mut Builder, pair: &Pair, right: &str) {
    let span = b.span(pair);
    b.report(syntax::foreign(span, pair.as_str(), right));
}

/// A stray `;` or `,` between the elements of a list.
fn needless(b: &mut Builder, pair: &Pair) {
    let span = b.span(pair);
    b.report(syntax::needless(span, pair.as_str()));
}
