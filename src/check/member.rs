//! `a.b` and `a?.b`: fields of records, values of dictionaries, `env` and `secret`, and what the caller has.

use smol_str::SmolStr;

use super::body::{Body, Kind};
use super::context::Context;
use super::expression::{broken, infer, plain};
use super::label::Labels;
use super::mismatch;
use super::schema;
use super::ty::{Origin, RecordType, Scalar, Type};
use super::typed::{Expr, ExprKind};
use crate::contract::model::Access;
use crate::diagnostic::{names, nearest, types};
use crate::resolve::UnitId;
use crate::source::Span;
use crate::syntax::ast;

pub fn member(
    cx: &mut Context<'_>,
    body: &mut Body,
    of: &ast::Expr,
    name: &ast::Name,
    optional: bool,
    span: Span,
) -> Expr {
    if let Some(config) = config(cx, body, of, name, span) {
        return config;
    }
    if let Some(other) = dependency(cx, body, of) {
        let near = cx.names.nearest_capital(other, &name.text);
        cx.report(names::unknown_name(name, near.as_deref()));
        return broken(span);
    }
    if let Some(found) = qualified(cx, body, of) {
        let (kind, declared) = found;
        let whole = ast::Name { text: source_text(of), quoted: false, span: of.span };
        cx.report(names::wrong_kind(&whole, kind, "value", Some(declared)));
        return broken(span);
    }
    let value = infer(cx, body, of, None);
    // Where the owner may be absent, that has been said, and nothing follows from it.
    let reached = optional || !value.ty.is_optional();
    let refined = path_of(of).filter(|_| reached).and_then(|mut path| {
        path.push(name.text.clone());
        body.refined(&path).cloned()
    });
    let field = field(cx, &value, name, optional);
    let (ty, own) = field.unwrap_or((Type::Unknown, Labels::NONE));
    let ty = refined.unwrap_or(ty);
    let (labels, fails) = (own.with(inherited(&value)), value.fails);
    let kind = ExprKind::Field { of: Box::new(value), name: name.text.clone(), optional };
    Expr { kind, ty, labels, fails, span }
}

/// A field has its own labels; what the record carries as a whole (`@personal` on a parameter, the caller) stays.
fn inherited(value: &Expr) -> Labels {
    value.labels
}

/// The type and labels of a field; a finding where there is none.
fn field(cx: &mut Context<'_>, value: &Expr, name: &ast::Name, optional: bool) -> Option<(Type, Labels)> {
    let present = value.ty.present();
    let absent = value.ty.is_optional();
    if absent && !optional {
        let declared = mismatch::declared_at(cx, value);
        cx.report(types::member_of_optional(name.span, &name.text, &value.ty.to_string(), declared));
    } else if optional && !absent && !value.ty.is_unknown() {
        cx.report(types::needless_question_mark(name.span, &value.ty.to_string()));
    }
    let (ty, labels) = match &present {
        Type::Record(record) => record_field(cx, record, name)?,
        Type::Dict(values) => ((**values).clone().optional(), Labels::NONE),
        Type::Unknown | Type::Never => return None,
        Type::Union(union) => common_field(cx, union, name)?,
        Type::Scalar(Scalar::Json) => {
            cx.report(types::json_not_narrowed(name.span, &name.text));
            return None;
        }
        other => {
            let near =
                cx.names.callables(crate::resolve::UnitId::STD, &name.text).next().map(|_| name.text.clone());
            cx.report(types::no_fields(name.span, &name.text, &other.to_string(), near.as_deref()));
            return None;
        }
    };
    Some((if optional && absent { ty.optional() } else { ty }, labels))
}

fn record_field(cx: &mut Context<'_>, record: &RecordType, name: &ast::Name) -> Option<(Type, Labels)> {
    let content = schema::content(cx, record);
    if let Some(field) = content.fields.get(&name.text) {
        if field.access == Access::WriteOnly {
            cx.report(types::write_only(name.span, &name.text, field.span));
            return None;
        }
        let ty = if field.has_default { field.ty.present() } else { field.ty.clone() };
        return Some((ty, field.labels));
    }
    if let Some(additional) = &content.additional {
        return Some((additional.clone().optional(), Labels::NONE));
    }
    let near = nearest(&name.text, content.fields.keys().map(SmolStr::as_str));
    let place = (record.origin != Origin::Literal).then_some(record.span);
    let all: Vec<&str> = content.fields.keys().map(SmolStr::as_str).collect();
    cx.report(types::unknown_field(name, &record.name, place, near, &all));
    None
}

/// A field that every member of a union has can be read without `match`.
fn common_field(
    cx: &mut Context<'_>,
    union: &super::ty::UnionType,
    name: &ast::Name,
) -> Option<(Type, Labels)> {
    let content = union.content.get()?;
    let mut common: Option<(Type, Labels)> = None;
    for member in &content.members {
        let field = match &member.ty {
            Type::Record(record) => schema::content(cx, record).fields.get(&name.text).cloned(),
            _ => None,
        };
        let Some(field) = field else {
            let union_name = union.name.clone().unwrap_or_else(|| "the union".into());
            cx.report(types::field_of_union(name.span, &name.text, &union_name, &member.name, union.span));
            return None;
        };
        common = Some(match common {
            None => (field.ty, field.labels),
            Some((ty, labels)) => {
                let joined = super::fit::join(cx, &ty, &field.ty).unwrap_or(Type::JSON);
                (joined, labels.with(field.labels))
            }
        });
    }
    common
}

/// `env.NAME`, `secret.NAME`: configuration, read once at start.
fn config(
    cx: &mut Context<'_>,
    body: &mut Body,
    of: &ast::Expr,
    name: &ast::Name,
    span: Span,
) -> Option<Expr> {
    let ast::ExprKind::Name(source) = &of.kind else { return None };
    let secret = match source.text.as_str() {
        "secret" => true,
        "env" => false,
        _ => return None,
    };
    if body.find(&source.text).is_some() {
        return None;
    }
    if !body.config && body.kind != Kind::Steps {
        cx.report(types::config_here(span, &source.text));
        return Some(broken(span));
    }
    let labels = if secret { Labels::SECRET } else { Labels::NONE };
    let kind = ExprKind::Config { secret, name: name.text.clone(), default: None };
    Some(Expr { labels, ..plain(kind, Type::string(), span) })
}

/// `crm.x` where the other project has no such name: what it has is found by the whole path.
fn dependency(cx: &Context<'_>, body: &Body, of: &ast::Expr) -> Option<UnitId> {
    let ast::ExprKind::Name(first) = &of.kind else { return None };
    if body.find(&first.text).is_some() {
        return None;
    }
    cx.names.dependency(body.unit, &first.text)
}

/// `Erp.x` outside of a call: a backend, a service or another project is no value.
fn qualified(cx: &Context<'_>, body: &Body, of: &ast::Expr) -> Option<(&'static str, Span)> {
    let path = names_of(of)?;
    let first = path.first()?;
    if body.find(&first.text).is_some() {
        return None;
    }
    let ((_, declared), _) = cx.names.path(body.unit, &path)?;
    Some((declared.kind(), declared.name().span))
}

fn source_text(of: &ast::Expr) -> SmolStr {
    let names = names_of(of).unwrap_or_default();
    names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".").into()
}

/// The names of `a.b.c`.
pub fn names_of(expr: &ast::Expr) -> Option<Vec<ast::Name>> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Some(vec![name.clone()]),
        ast::ExprKind::Member { of, name, .. } => {
            let mut names = names_of(of)?;
            names.push(name.clone());
            Some(names)
        }
        _ => None,
    }
}

/// The same, as the key of what is known about it.
pub fn path_of(expr: &ast::Expr) -> Option<Vec<SmolStr>> {
    match &expr.kind {
        ast::ExprKind::Paren(inner) => path_of(inner),
        _ => Some(names_of(expr)?.into_iter().map(|name| name.text).collect()),
    }
}
