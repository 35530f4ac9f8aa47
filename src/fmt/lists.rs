//! What all things in brackets have in common: elements with comments above and behind them, empty lines that
//! the author put in between, and brackets that stand on one line or on several.

use crate::source::Span;

use super::comments::Context;
use super::layout::{Doc, Row, concat, group, indent, table};

/// An element with what stands around it.
pub struct Placed<'a, T> {
    /// Whether an empty line stands in front of it and its comments.
    pub blank: bool,
    pub lead: Doc<'a>,
    pub body: T,
    pub trail: Doc<'a>,
}

/// Lay out elements in order, each with its comments. `close` is where the closing bracket stands.
pub fn place<'a, T, U>(
    context: &mut Context<'a>,
    elements: &'a [T],
    span: impl Fn(&T) -> Span,
    close: u32,
    mut build: impl FnMut(&mut Context<'a>, &'a T) -> U,
) -> Vec<Placed<'a, U>> {
    let mut placed = Vec::with_capacity(elements.len());
    for (number, element) in elements.iter().enumerate() {
        let place = span(element);
        let blank = context.blank_before(context.start_with_comments(place.start));
        let lead = context.leading(place.start);
        let body = build(context, element);
        let limit = elements.get(number + 1).map_or(close, |next| span(next).start);
        let end = context.end_of_code(place.end.min(limit));
        let trail = context.trailing(end, limit);
        placed.push(Placed { blank, lead, body, trail });
    }
    placed
}

/// `(a, b)`, `[a, b]`: on one line, or each element on its own, with commas.
pub fn comma_list<'a>(
    context: &mut Context<'a>,
    brackets: [&'static str; 2],
    elements: Vec<Placed<'a, Doc<'a>>>,
    close: u32,
) -> Doc<'a> {
    let [open, shut] = brackets;
    let dangling = context.dangling(close);
    if elements.is_empty() && dangling.is_empty() {
        return concat([Doc::Text(open), Doc::Text(shut)]);
    }
    let last = elements.len().saturating_sub(1);
    let mut inner = vec![];
    for (number, element) in elements.into_iter().enumerate() {
        inner.push(if number == 0 { Doc::SoftLine } else { Doc::Line });
        let comma = if number == last { Doc::NOTHING } else { Doc::Text(",") };
        inner.extend([element.lead, element.body, comma, element.trail]);
    }
    inner.extend(dangling);
    group([Doc::Text(open), indent(inner), Doc::SoftLine, Doc::Text(shut)])
}

/// How the lines of a block in braces are chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Always one line for each element.
    Always,
    /// On one line if that is long enough.
    IfTooLong,
}

impl Spread {
    /// What the author of a text in braces chose: a line end behind the opening brace means several lines.
    pub fn as_written(context: &Context, first: u32) -> Spread {
        match context.lines_before(context.start_with_comments(first)) {
            0 => Spread::IfTooLong,
            _ => Spread::Always,
        }
    }
}

/// `{ a: 1, b: 2 }`: on one line with commas, or one row a line without.
pub fn braces<'a>(context: &mut Context<'a>, rows: Vec<Row<'a>>, spread: Spread, close: u32) -> Doc<'a> {
    let dangling = context.dangling(close);
    if rows.is_empty() && dangling.is_empty() {
        return Doc::Text("{}");
    }
    let line = || if spread == Spread::Always { Doc::HardLine } else { Doc::Line };
    let rows = if rows.is_empty() { Doc::NOTHING } else { concat([line(), table(rows)]) };
    let inner = std::iter::once(rows).chain(dangling);
    group([Doc::Text("{"), indent(inner), line(), Doc::Text("}")])
}

/// Whether an empty line stands between the elements of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Where the author left one.
    AsWritten,
    Always,
}

/// A block whose elements never share a line.
pub fn block<'a>(context: &mut Context<'a>, parts: Vec<Doc<'a>>, close: u32) -> Doc<'a> {
    let dangling = context.dangling(close);
    if parts.is_empty() && dangling.is_empty() {
        return Doc::Text("{}");
    }
    let inner = parts.into_iter().chain(dangling);
    concat([Doc::Text("{"), indent(inner), Doc::HardLine, Doc::Text("}")])
}

/// Elements below each other, as the first parts of a block. Each brings its own line end.
pub fn lines<'a>(mut elements: Vec<Placed<'a, Doc<'a>>>) -> Vec<Doc<'a>> {
    if let Some(first) = elements.first_mut() {
        first.blank = false;
    }
    more_lines(elements)
}

/// The same below other parts of the block.
pub fn more_lines<'a>(elements: Vec<Placed<'a, Doc<'a>>>) -> Vec<Doc<'a>> {
    let line = |element: Placed<'a, Doc<'a>>| {
        let line = if element.blank { Doc::EmptyLine } else { Doc::HardLine };
        concat([line, element.lead, element.body, element.trail])
    };
    elements.into_iter().map(line).collect()
}

/// Rows of a table from what was placed.
pub fn rows<'a>(elements: Vec<Placed<'a, KeyValue<'a>>>) -> Vec<Row<'a>> {
    let row = |Placed { blank, lead, body, trail }: Placed<'a, KeyValue<'a>>| Row {
        blank,
        lead: concat([lead, body.doc]),
        key: body.key,
        value: body.value,
        trail,
    };
    elements.into_iter().map(row).collect()
}

/// `key: value`, with the documentation above.
pub struct KeyValue<'a> {
    pub doc: Doc<'a>,
    pub key: Doc<'a>,
    pub value: Doc<'a>,
}

impl<'a> KeyValue<'a> {
    /// A row without a key.
    pub fn whole(value: Doc<'a>) -> KeyValue<'a> {
        KeyValue { doc: Doc::NOTHING, key: Doc::NOTHING, value }
    }
}

/// Lay out a part; if something in it could not be read, copy it as it is.
pub fn guarded<'a>(
    context: &mut Context<'a>,
    span: Span,
    build: impl FnOnce(&mut Context<'a>) -> Doc<'a>,
) -> Doc<'a> {
    let around = std::mem::replace(&mut context.broken, false);
    let built = build(context);
    let broken = std::mem::replace(&mut context.broken, around);
    if broken { context.verbatim(span) } else { built }
}
