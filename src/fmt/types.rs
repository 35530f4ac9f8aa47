//! Types, fields and parameters.

use crate::source::Span;
use crate::syntax::ast::{
    Bounds, Constraint, ConstraintKind, Doc as Documentation, Expr, Field, Label, Param, ParamPlace,
    TypeExpr, TypeKind,
};

use super::comments::Context;
use super::expressions::{self, name, path};
use super::layout::{Doc, concat, group, indent};
use super::lists::{KeyValue, Placed, Spread, braces, comma_list, place, rows};

pub fn type_expression<'a>(context: &mut Context<'a>, ty: &'a TypeExpr) -> Doc<'a> {
    let lead = context.stray(ty.span.start);
    let doc = match &ty.kind {
        TypeKind::Named(names) => path(context, names),
        TypeKind::Literal(text) => context.literal(text.span),
        TypeKind::List(inner) => concat([Doc::Text("["), type_expression(context, inner), Doc::Text("]")]),
        TypeKind::Dict(inner) => {
            concat([Doc::Text("{string: "), type_expression(context, inner), Doc::Text("}")])
        }
        TypeKind::Optional(inner) => concat([type_expression(context, inner), Doc::Text("?")]),
        TypeKind::Constrained(inner, constraints) => {
            let mut parts = vec![type_expression(context, inner)];
            parts.extend(constraints.iter().map(|one| constraint(context, one)));
            concat(parts)
        }
        TypeKind::Union { members, by } => {
            let mut parts = union(context, members);
            parts.extend(by.iter().flat_map(|by| [Doc::Line, Doc::Text("by "), name(context, by)]));
            group([indent(parts)])
        }
        TypeKind::Variant { name: word, payload } => {
            let mut parts = vec![name(context, word)];
            if let Some(payload) = payload {
                parts.extend([Doc::Text(" "), type_expression(context, payload)]);
            }
            concat(parts)
        }
        TypeKind::Record(members) => fields(context, members, ty.span, FieldSpread::AsWritten),
        TypeKind::Function { params, result } => function_type(context, params, result),
        TypeKind::Broken => {
            context.broken = true;
            context.verbatim(ty.span)
        }
    };
    concat([lead, doc])
}

fn union<'a>(context: &mut Context<'a>, members: &'a [TypeExpr]) -> Vec<Doc<'a>> {
    let mut parts = vec![];
    for (number, member) in members.iter().enumerate() {
        if number > 0 {
            parts.extend([context.stray(member.span.start), Doc::Line, Doc::Text("| ")]);
        }
        parts.push(type_expression(context, member));
    }
    parts
}

fn function_type<'a>(context: &mut Context<'a>, params: &'a [TypeExpr], result: &'a TypeExpr) -> Doc<'a> {
    let bare = match params {
        [only] => !matches!(
            only.kind,
            TypeKind::Function { .. } | TypeKind::Union { .. } | TypeKind::Variant { .. }
        ),
        _ => false,
    };
    let mut parts = vec![];
    for (number, param) in params.iter().enumerate() {
        parts.push(if number > 0 { Doc::Text(", ") } else { Doc::NOTHING });
        parts.push(type_expression(context, param));
    }
    let params = concat(parts);
    let params = if bare { params } else { concat([Doc::Text("("), params, Doc::Text(")")]) };
    concat([params, Doc::Text(" => "), type_expression(context, result)])
}

fn constraint<'a>(context: &mut Context<'a>, constraint: &'a Constraint) -> Doc<'a> {
    let lead = context.stray(constraint.span.start);
    let (word, value) = match &constraint.kind {
        ConstraintKind::Matching(text) => (" matching ", context.literal(text.span)),
        ConstraintKind::Of(limits) => (" of ", bounds(limits)),
        ConstraintKind::In(limits) => (" in ", bounds(limits)),
        ConstraintKind::Scale(number) => (" scale ", Doc::Text(&number.text)),
        ConstraintKind::Unit(text) => (" unit ", context.literal(text.span)),
    };
    concat([lead, Doc::Text(word), value])
}

fn bounds(bounds: &Bounds) -> Doc<'_> {
    let from = bounds.from.as_ref().map_or(Doc::NOTHING, |number| Doc::Text(&number.text));
    let to = bounds.to.as_ref().map_or(Doc::NOTHING, |number| Doc::Text(&number.text));
    concat([from, Doc::Text(".."), to])
}

/// Whether the fields of a record share a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FieldSpread {
    /// Never: the record is a declaration of its own.
    Never,
    /// If they fit, and the author did not spread them.
    AsWritten,
}

/// `{ … }` around fields. The span ends with the closing brace.
pub fn fields<'a>(
    context: &mut Context<'a>,
    fields: &'a [Field],
    span: Span,
    spread: FieldSpread,
) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let spread = match (spread, fields.first()) {
        (FieldSpread::AsWritten, Some(first)) => Spread::as_written(context, field_span(first).start),
        (FieldSpread::AsWritten, None) => Spread::IfTooLong,
        (FieldSpread::Never, _) => Spread::Always,
    };
    let placed = place(context, fields, field_span, close, field);
    braces(context, rows(placed), spread, close)
}

fn field_span(field: &Field) -> Span {
    with_doc(field.span, &field.doc)
}

fn field<'a>(context: &mut Context<'a>, field: &'a Field) -> KeyValue<'a> {
    let doc = documentation(context, &field.doc);
    let key = concat([context.stray(field.span.start), name(context, &field.name), Doc::Text(":")]);
    let ty = type_expression(context, &field.ty);
    let rest = default_and_labels(context, &field.default, &field.labels);
    KeyValue { doc, key, value: concat([ty, rest]) }
}

fn default_and_labels<'a>(
    context: &mut Context<'a>,
    default: &'a Option<Expr>,
    labels: &'a [Label],
) -> Doc<'a> {
    let mut parts = vec![];
    if let Some(default) = default {
        parts.extend([Doc::Text(" = "), expressions::expression(context, default)]);
    }
    parts.push(self::labels(context, labels));
    concat(parts)
}

pub fn labels<'a>(context: &mut Context<'a>, labels: &'a [Label]) -> Doc<'a> {
    let label =
        |label: &'a Label| [context.stray(label.span.start), Doc::Text(" @"), name(context, &label.name)];
    concat(labels.iter().flat_map(label).collect::<Vec<_>>())
}

/// `(a: A, b: B = 1)`
pub fn parameters<'a>(context: &mut Context<'a>, params: &'a [Param], close: u32) -> Doc<'a> {
    let placed: Vec<Placed<'a, Doc<'a>>> =
        place(context, params, |param| with_doc(param.span, &param.doc), close, parameter);
    comma_list(context, ["(", ")"], placed, close)
}

pub fn parameter<'a>(context: &mut Context<'a>, param: &'a Param) -> Doc<'a> {
    let mut parts = vec![documentation(context, &param.doc)];
    match &param.place {
        ParamPlace::Plain => {}
        ParamPlace::Header(text) => {
            parts.extend([Doc::Text("header "), context.literal(text.span), Doc::Text(" ")])
        }
        ParamPlace::Cookie(text) => {
            parts.extend([Doc::Text("cookie "), context.literal(text.span), Doc::Text(" ")])
        }
    }
    parts.push(name(context, &param.name));
    if param.ty.span.start < param.ty.span.end {
        parts.extend([Doc::Text(": "), type_expression(context, &param.ty)]);
    }
    parts.push(default_and_labels(context, &param.default, &param.labels));
    concat(parts)
}

/// The lines of a documentation, each with its line end.
pub fn documentation<'a>(context: &mut Context<'a>, doc: &Option<Documentation>) -> Doc<'a> {
    let Some(doc) = doc else { return Doc::NOTHING };
    let lead = context.leading(doc.span.start);
    let lines = context.slice(doc.span).lines().map(str::trim).filter(|line| line.starts_with("///"));
    let lines = lines.flat_map(|line| [Doc::Text(line), Doc::HardLine]);
    concat(std::iter::once(lead).chain(lines))
}

/// The place of a declaration together with its documentation.
pub fn with_doc(span: Span, doc: &Option<Documentation>) -> Span {
    match doc {
        Some(doc) if doc.span.start < span.start => doc.span.to(span),
        _ => span,
    }
}
