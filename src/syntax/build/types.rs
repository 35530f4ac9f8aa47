//! Types with their constraints, and what stands around them: fields, parameters, labels.

use super::super::ast::{
    Bounds, Constraint, ConstraintKind, Expr, Field, Label, Name, Param, ParamPlace, Text, TypeExpr, TypeKind,
};
use super::super::grammar::{Pair, Rule};
use super::literals::plain_number;
use super::{Builder, foreign, label, misplaced_label, name, needless, path, settings, text};
use crate::diagnostic::syntax;
use crate::source::Span;

/// `A | B by kind`
pub(super) fn type_expression(b: &mut Builder, pair: Pair) -> TypeExpr {
    let span = b.span(&pair);
    let mut members = Vec::new();
    let mut by = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::union_by => by = part.into_inner().last().map(|last| name(b, &last)),
            Rule::variant => members.push(variant(b, part)),
            _ => members.push(type_one(b, part)),
        }
    }
    if members.len() == 1
        && by.is_none()
        && let Some(only) = members.pop()
    {
        return only;
    }
    TypeExpr { kind: TypeKind::Union { members, by }, span }
}

fn variant(b: &mut Builder, pair: Pair) -> TypeExpr {
    let span = b.span(&pair);
    let mut parts = pair.into_inner();
    let name = parts.next().map(|part| name(b, &part));
    let payload = parts.next().map(|part| variant_payload(b, part));
    let kind = match name {
        Some(name) => TypeKind::Variant { name, payload: payload.map(Box::new) },
        None => TypeKind::Broken,
    };
    TypeExpr { kind, span }
}

fn variant_payload(b: &mut Builder, pair: Pair) -> TypeExpr {
    let span = b.span(&pair);
    let broken = TypeExpr { kind: TypeKind::Broken, span };
    let Some(inner) = pair.into_inner().next() else { return broken };
    match inner.as_rule() {
        Rule::field_block => {
            let fields = b.nested(span, |b| fields(b, inner)).unwrap_or_default();
            TypeExpr { kind: TypeKind::Record(fields), span }
        }
        _ => type_one(b, inner),
    }
}

/// A type that is not a union, with what stands behind it.
pub(super) fn type_one(b: &mut Builder, pair: Pair) -> TypeExpr {
    let span = b.span(&pair);
    b.nested(span, |b| type_with_suffixes(b, pair)).unwrap_or(TypeExpr { kind: TypeKind::Broken, span })
}

fn type_with_suffixes(b: &mut Builder, pair: Pair) -> TypeExpr {
    let span = b.span(&pair);
    let mut parts = pair.into_inner();
    let Some(first) = parts.next() else { return TypeExpr { kind: TypeKind::Broken, span } };
    let params = matches!(first.as_rule(), Rule::type_params).then(|| first.clone());
    let mut ty = base(b, first);
    let mut constraints: Vec<Constraint> = Vec::new();
    for part in parts {
        let part_span = b.span(&part);
        match part.as_rule() {
            Rule::optional => {
                let inner = constrained(ty, std::mem::take(&mut constraints));
                ty = match inner.kind {
                    // `T??` is `T?`, and one level is enough for any number of marks.
                    TypeKind::Optional(_) => TypeExpr { span: inner.span.to(part_span), ..inner },
                    _ => {
                        TypeExpr { span: inner.span.to(part_span), kind: TypeKind::Optional(Box::new(inner)) }
                    }
                };
            }
            Rule::type_result => {
                let taken = match &params {
                    Some(params) => function_params(b, params.clone()),
                    None => vec![constrained(ty, std::mem::take(&mut constraints))],
                };
                let result = last_type(b, part, part_span);
                ty = TypeExpr { kind: TypeKind::Function { params: taken, result: Box::new(result) }, span };
            }
            _ => constraints.extend(constraint(b, part)),
        }
    }
    constrained(ty, constraints)
}

fn last_type(b: &mut Builder, pair: Pair, span: Span) -> TypeExpr {
    let inner = pair.into_inner().last();
    inner.map_or(TypeExpr { kind: TypeKind::Broken, span }, |inner| type_one(b, inner))
}

fn function_params(b: &mut Builder, pair: Pair) -> Vec<TypeExpr> {
    pair.into_inner().map(|part| type_expression(b, part)).collect()
}

fn constrained(ty: TypeExpr, constraints: Vec<Constraint>) -> TypeExpr {
    match constraints.last() {
        Some(last) => {
            let span = ty.span.to(last.span);
            TypeExpr { kind: TypeKind::Constrained(Box::new(ty), constraints), span }
        }
        None => ty,
    }
}

fn base(b: &mut Builder, pair: Pair) -> TypeExpr {
    let span = b.span(&pair);
    let kind = match pair.as_rule() {
        Rule::path => TypeKind::Named(path(b, pair)),
        Rule::text => TypeKind::Literal(text(b, &pair)),
        Rule::type_list => match pair.into_inner().next() {
            Some(inner) => TypeKind::List(Box::new(type_expression(b, inner))),
            None => TypeKind::Broken,
        },
        Rule::type_dict => dictionary(b, pair),
        // Replaced by the function type that its `=>` makes.
        _ => TypeKind::Broken,
    };
    TypeExpr { kind, span }
}

/// Keys are always text.
fn dictionary(b: &mut Builder, pair: Pair) -> TypeKind {
    let whole = b.span(&pair);
    let mut parts = pair.into_inner();
    let is_text = parts.next().is_some_and(|key| key.as_str() == "string");
    let Some(value) = parts.next() else { return TypeKind::Broken };
    let value = type_expression(b, value);
    if !is_text || parts.next().is_some() {
        b.report(syntax::nameless_record(whole));
        return TypeKind::Broken;
    }
    TypeKind::Dict(Box::new(value))
}

fn constraint(b: &mut Builder, pair: Pair) -> Option<Constraint> {
    let span = b.span(&pair);
    let rule = pair.as_rule();
    let operand = pair.into_inner().last()?;
    let kind = match rule {
        Rule::matching => ConstraintKind::Matching(text(b, &operand)),
        Rule::unit => ConstraintKind::Unit(text(b, &operand)),
        Rule::scale => ConstraintKind::Scale(plain_number(b, &operand)),
        Rule::length => ConstraintKind::Of(bounds(b, operand)),
        _ => ConstraintKind::In(bounds(b, operand)),
    };
    Some(Constraint { kind, span })
}

fn bounds(b: &mut Builder, pair: Pair) -> Bounds {
    let span = b.span(&pair);
    let mut bounds = Bounds { from: None, to: None, span };
    let mut behind_dots = false;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::dots => behind_dots = true,
            _ if behind_dots => bounds.to = Some(plain_number(b, &part)),
            _ => bounds.from = Some(plain_number(b, &part)),
        }
    }
    bounds
}

// ---- fields and parameters ----------------------------------------------------------------------

pub(super) fn fields(b: &mut Builder, pair: Pair) -> Vec<Field> {
    let mut fields = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::field => fields.extend(field(b, part)),
            Rule::semicolon => needless(b, &part),
            Rule::broken_field => fields.extend(broken_field(b, &part)),
            _ => {}
        }
    }
    fields
}

/// It is known to be there, so that nobody calls it unknown.
fn broken_field(b: &mut Builder, pair: &Pair) -> Option<Field> {
    let span = b.broken(pair, Rule::field);
    let ty = TypeExpr { kind: TypeKind::Broken, span };
    Some(Field { doc: None, name: b.broken_name(pair)?, ty, default: None, labels: Vec::new(), span })
}

fn field(b: &mut Builder, pair: Pair) -> Option<Field> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let Slot { name, ty, default, labels, .. } = slot(b, pair);
    Some(Field { doc, name: name?, ty: ty?, default, labels, span })
}

pub(super) fn params(b: &mut Builder, pair: Pair) -> Vec<Param> {
    pair.into_inner().filter_map(|part| param(b, part)).collect()
}

pub(super) fn param(b: &mut Builder, pair: Pair) -> Option<Param> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let Slot { place, name, ty, default, labels } = slot(b, pair);
    let name = name?;
    let ty = ty.unwrap_or_else(|| {
        let missing = name.span.after();
        b.report(syntax::unexpected(
            missing,
            "`:` and a type",
            "`}`",
            "a parameter looks like `{id: string}`",
        ));
        TypeExpr { kind: TypeKind::Broken, span: missing }
    });
    Some(Param { doc, place, name, ty, default, labels, span })
}

struct Slot {
    place: ParamPlace,
    name: Option<Name>,
    ty: Option<TypeExpr>,
    default: Option<Expr>,
    labels: Vec<Label>,
}

/// `header "X-A" name: T = default @label`, of which a field has a part.
fn slot(b: &mut Builder, pair: Pair) -> Slot {
    let mut slot = Slot { place: ParamPlace::Plain, name: None, ty: None, default: None, labels: Vec::new() };
    let mut cookie = false;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::wrong_label => slot.labels.push(misplaced_label(b, &part)),
            Rule::place => cookie = part.as_str().starts_with("cookie"),
            Rule::text => slot.place = place(cookie, text(b, &part)),
            Rule::name => slot.name = Some(name(b, &part)),
            Rule::wrong_equals => foreign(b, &part, ":"),
            Rule::type_expression => slot.ty = Some(type_expression(b, part)),
            Rule::default => slot.default = settings::default(b, part),
            Rule::label => slot.labels.push(label(b, &part)),
            _ => {}
        }
    }
    slot
}

fn place(cookie: bool, text: Text) -> ParamPlace {
    match cookie {
        true => ParamPlace::Cookie(text),
        false => ParamPlace::Header(text),
    }
}
