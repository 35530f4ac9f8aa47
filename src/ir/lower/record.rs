//! Record literals: every field of the record is written out, in its order, whether it was given, taken over by a
//! spread, or is a default.

use super::Lowering;
use super::coerce::coerce;
use super::expr::{Body, lower, made, member, plain};
use crate::check::typed::{self, ExprKind as Typed};
use crate::ir::model::{Expr, ExprKind, LocalId};
use crate::ir::ty::{Field, Origin, Type, TypeDef};
use crate::ir::visit;

pub fn literal(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr, ty: &Type) -> Expr {
    match &expr.kind {
        Typed::Record { fields, spreads } => record(cx, body, fields, spreads, ty),
        Typed::Dict { values, spreads } => dict(cx, body, values, spreads, ty),
        _ => plain(ExprKind::None, Type::Unit),
    }
}

/// What a spread takes its fields from, and which.
struct Source {
    value: Expr,
    fields: Vec<smol_str::SmolStr>,
}

fn record(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    given: &[(smol_str::SmolStr, typed::Expr)],
    spreads: &[typed::Spread],
    ty: &Type,
) -> Expr {
    let Type::Named(id) = ty.present() else { return plain(ExprKind::None, Type::Unit) };
    let Some(TypeDef::Record(def)) = cx.out.types.get(id.0) else { return plain(ExprKind::None, Type::Unit) };
    let def = def.clone();
    let mut bound: Vec<(LocalId, Expr)> = Vec::new();
    let sources: Vec<Source> = spreads.iter().map(|spread| source(cx, body, spread, &mut bound)).collect();
    let mut fields = Vec::with_capacity(def.fields.len() + 1);
    for (at, field) in def.fields.iter().enumerate() {
        let given = given.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
        let is_labelled = match given {
            Some(value) => !value.labels.declared().is_empty(),
            None => taken_from(&sources, field).is_some_and(|source| has_label(cx, source, field)),
        };
        if is_labelled && !field.labelled {
            cx.out.exposed.insert((*id, at));
        }
        let value = match given {
            Some(value) => given_field(cx, body, value, field),
            None => taken_field(cx, body, &sources, field),
        };
        if field.labelled {
            expose(cx, &value);
        }
        fields.push(value);
    }
    if let Some(values) = &def.additional {
        fields.push(additional(cx, body, given, &def.fields, values));
    }
    let mut whole = made(ExprKind::Record { of: *id, fields }, Type::Named(*id));
    for (local, value) in bound.into_iter().rev() {
        let ty = whole.ty.clone();
        whole = made(ExprKind::Bind { local, value: Box::new(value), body: Box::new(whole) }, ty);
    }
    whole
}

/// A value that is more than a name is computed once.
fn source(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    spread: &typed::Spread,
    bound: &mut Vec<(LocalId, Expr)>,
) -> Source {
    let value = lower(cx, body, &spread.from, None);
    let is_path = is_path(&value);
    let value = if is_path {
        value
    } else {
        let local = body.new_local("rest", value.ty.clone());
        body.inherits(local, &value);
        bound.push((local, value));
        body.local(local)
    };
    Source { value, fields: spread.fields.clone() }
}

fn is_path(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Local(_) => true,
        ExprKind::Field { of, .. } => is_path(of),
        _ => false,
    }
}

fn given_field(cx: &mut Lowering<'_, '_>, body: &mut Body, value: &typed::Expr, field: &Field) -> Expr {
    let Some(default) = &field.default else { return lower(cx, body, value, Some(&field.ty)) };
    let lowered = lower(cx, body, value, None);
    or_default(cx, body, lowered, field, default)
}

/// A value that may be absent, where a default stands for it then.
fn or_default(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    value: Expr,
    field: &Field,
    default: &Expr,
) -> Expr {
    if !value.ty.is_optional() {
        return coerce(cx, body, value, &field.ty);
    }
    let value = coerce(cx, body, value, &field.ty.clone().optional());
    super::expr::coalesced(value, default.clone(), field.ty.clone())
}

fn taken_field(cx: &mut Lowering<'_, '_>, body: &mut Body, sources: &[Source], field: &Field) -> Expr {
    match (taken_from(sources, field), &field.default) {
        (Some(source), default) => {
            let value = member(cx, source.value.clone(), &field.name.as_str().into(), &field.ty);
            match default {
                Some(default) => or_default(cx, body, value, field, default),
                None => coerce(cx, body, value, &field.ty),
            }
        }
        (None, Some(default)) => default.clone(),
        (None, None) => plain(ExprKind::None, field.ty.clone()),
    }
}

fn taken_from<'s>(sources: &'s [Source], field: &Field) -> Option<&'s Source> {
    sources.iter().find(|source| source.fields.iter().any(|name| *name == field.name))
}

/// What a labelled value is made of is no less about a person, wherever a backend says nothing of it.
fn expose(cx: &mut Lowering<'_, '_>, value: &Expr) {
    visit::every(value, &mut |part| {
        if let ExprKind::Field { of, field } = &part.kind
            && let Type::Named(id) = of.ty.present()
            && let Some(TypeDef::Record(record)) = cx.out.types.get(id.0)
            && matches!(record.origin, Origin::Backend(_))
        {
            cx.out.exposed.insert((*id, *field));
        }
    });
}

/// Whether the field of the same name carries a label there.
fn has_label(cx: &Lowering<'_, '_>, source: &Source, field: &Field) -> bool {
    let Type::Named(id) = source.value.ty.present() else { return false };
    let Some(TypeDef::Record(record)) = cx.out.types.get(id.0) else { return false };
    let found = record.fields.iter().enumerate().find(|(_, one)| one.name == field.name);
    found.is_some_and(|(at, one)| one.labelled || cx.out.exposed.contains(&(*id, at)))
}

fn additional(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    given: &[(smol_str::SmolStr, typed::Expr)],
    fields: &[Field],
    values: &Type,
) -> Expr {
    let extra = given.iter().filter(|(name, _)| !fields.iter().any(|field| field.name == name.as_str()));
    let entries =
        extra.map(|(name, value)| (name.to_string(), lower(cx, body, value, Some(values)))).collect();
    let ty = Type::Dict(std::sync::Arc::new(values.clone()));
    made(ExprKind::Dict { entries, spreads: Vec::new() }, ty)
}

fn dict(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    values: &[(smol_str::SmolStr, typed::Expr)],
    spreads: &[typed::Expr],
    ty: &Type,
) -> Expr {
    let ty = ty.present().clone();
    let Type::Dict(item) = &ty else { return plain(ExprKind::None, Type::Unit) };
    let entries =
        values.iter().map(|(name, value)| (name.to_string(), lower(cx, body, value, Some(item)))).collect();
    let spreads = spreads.iter().map(|spread| lower(cx, body, spread, Some(&ty))).collect();
    made(ExprKind::Dict { entries, spreads }, ty)
}
