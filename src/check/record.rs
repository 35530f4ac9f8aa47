//! Records: the bodies of maps and `{ … }`. All required fields of the target are there, none that it does
//! not have, each fits and keeps its labels.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use super::body::{Body, Kind};
use super::context::Context;
use super::expression::{broken, fitted, infer, plain};
use super::fit::{self, fits};
use super::label::Labels;
use super::schema;
use super::ty::{Field, Fields, Origin, RecordContent, RecordType, Type};
use super::typed::{Expr, ExprKind, Signature, Spread};
use crate::contract::model::Access;
use crate::diagnostic::{labels as label_findings, mapping, nearest};
use crate::source::Span;
use crate::syntax::ast;

/// The body of `map name(…) -> T { … }`.
pub fn map_body(cx: &mut Context<'_>, body: &mut Body, decl: &ast::MapDecl, signature: &Signature) -> Expr {
    match &signature.result {
        Type::Record(record) => {
            let record = record.clone();
            against(cx, body, &decl.entries, &record, decl.name.span)
        }
        Type::Unknown => {
            let _ = free(cx, body, &decl.entries, decl.span);
            broken(decl.span)
        }
        Type::Union(_) => literal(cx, body, &decl.entries, Some(&signature.result), decl.span),
        Type::Dict(values) => dict(cx, body, &decl.entries, &values.clone(), decl.span),
        other => {
            cx.report(mapping::not_a_record(decl.result.span, &decl.name.text, &other.to_string()));
            broken(decl.span)
        }
    }
}

/// `{ … }` where a type is wanted, or freely.
pub fn literal(
    cx: &mut Context<'_>,
    body: &mut Body,
    entries: &[ast::Entry],
    want: Option<&Type>,
    span: Span,
) -> Expr {
    match want.map(Type::present) {
        Some(Type::Record(record)) => against(cx, body, entries, &record, span),
        Some(Type::Dict(values)) => dict(cx, body, entries, &values, span),
        Some(Type::Union(union)) => match best_member(cx, &union, entries) {
            Some(record) => against(cx, body, entries, &record, span),
            None => free(cx, body, entries, span),
        },
        Some(Type::Variants(variants)) => {
            match variants.others.iter().find(|other| matches!(other, Type::Record(_) | Type::Union(_))) {
                Some(other) => literal(cx, body, entries, Some(other), span),
                None => free(cx, body, entries, span),
            }
        }
        _ => free(cx, body, entries, span),
    }
}

/// The member of a union that a literal means: by the discriminator's value, else by the texts that it takes, else by the
/// most names in common.
fn best_member(
    cx: &mut Context<'_>,
    union: &super::ty::UnionType,
    entries: &[ast::Entry],
) -> Option<Arc<RecordType>> {
    let content = union.content.get()?;
    let given: Vec<&ast::Name> = entries.iter().filter_map(name_of).collect();
    let tag = content.by.as_ref().and_then(|by| tag_value(entries, by));
    let mut best: Option<((i64, usize), Arc<RecordType>)> = None;
    for member in &content.members {
        let Type::Record(record) = &member.ty else { continue };
        if tag.as_ref().is_some_and(|tag| member.tags.contains(tag)) {
            return Some(record.clone());
        }
        let fields = &schema::content(cx, record).fields;
        let known = given.iter().filter(|name| fields.contains_key(&name.text)).count();
        let missing = fields
            .iter()
            .filter(|(name, field)| field.is_required() && !given.iter().any(|given| given.text == **name));
        let texts: i64 = entries.iter().map(|entry| takes_text(fields, entry)).sum();
        let score = (texts, (known * 2).saturating_sub(missing.count()));
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, record.clone()));
        }
    }
    best.map(|(_, record)| record)
}

fn name_of(entry: &ast::Entry) -> Option<&ast::Name> {
    match entry {
        ast::Entry::Field { name, .. } => Some(name),
        ast::Entry::Spread { .. } | ast::Entry::Broken(_) => None,
    }
}

fn tag_value(entries: &[ast::Entry], by: &SmolStr) -> Option<SmolStr> {
    let mut tags = entries.iter().filter(|entry| name_of(entry).is_some_and(|name| name.text == *by));
    tags.find_map(written_text).map(SmolStr::from)
}

/// The text of an entry that is written out.
fn written_text(entry: &ast::Entry) -> Option<&str> {
    let ast::Entry::Field { value, .. } = entry else { return None };
    let ast::ExprKind::Text(parts) = &value.kind else { return None };
    match parts.as_slice() {
        [ast::TextPart::Chars(text, _)] => Some(text),
        _ => None,
    }
}

/// Whether a field is one of certain texts, and takes that of an entry (1) or does not (-1). Where members of a union say
/// what they are, this tells which one is meant.
fn takes_text(fields: &Fields, entry: &ast::Entry) -> i64 {
    let (Some(name), Some(text)) = (name_of(entry), written_text(entry)) else { return 0 };
    match fields.get(&name.text).map(|field| field.ty.present()) {
        Some(Type::Enum(of)) if of.values.iter().any(|value| value == text) => 1,
        Some(Type::Enum(_)) => -1,
        _ => 0,
    }
}

/// The entries against the fields of a record.
fn against(
    cx: &mut Context<'_>,
    body: &mut Body,
    entries: &[ast::Entry],
    record: &Arc<RecordType>,
    span: Span,
) -> Expr {
    let content = schema::content(cx, record);
    let mut given: Vec<(SmolStr, Expr)> = Vec::new();
    let mut places: Vec<(SmolStr, Span)> = Vec::new();
    let mut whole = plain(ExprKind::Broken, Type::Record(record.clone()), span);
    let mut complete = true;
    let mut spreads = Vec::new();
    let mut places_meant = Vec::new();
    for entry in entries {
        let ast::Entry::Field { name, value, .. } = entry else { continue };
        if let Some((_, first)) = places.iter().find(|(known, _)| *known == name.text) {
            cx.report(mapping::field_twice(name, *first));
            continue;
        }
        places.push((name.text.clone(), name.span));
        let value = match field_of(content, &name.text) {
            Some(field) => {
                let given = if is_our_own(cx, record) { Access::Both } else { field.access };
                field_value(cx, body, name, value, &Field { access: given, ..field })
            }
            None => {
                places_meant.extend(unknown_field(cx, name, record, content));
                let _ = infer(cx, body, value, None);
                continue;
            }
        };
        whole.fails |= value.fails;
        whole.labels = whole.labels.with(value.labels.without(value.labels.declared()));
        given.push((name.text.clone(), value));
    }
    places.extend(places_meant);
    for entry in entries {
        match entry {
            ast::Entry::Spread { value, span } => {
                let taken = spread(cx, body, value, *span, content, &mut places);
                complete &= taken.is_some();
                whole.fails |= taken.as_ref().is_some_and(|taken| taken.from.fails);
                spreads.extend(taken);
            }
            ast::Entry::Broken(_) => complete = false,
            ast::Entry::Field { .. } => {}
        }
    }
    if complete {
        report_missing(cx, record, content, &places, span);
    }
    given.sort_by_key(|(name, _)| content.fields.get_index_of(name));
    whole.kind = ExprKind::Record { fields: given, spreads };
    whole
}

/// A record of a contract that a service implements: what is `readOnly` there is ours to give.
fn is_our_own(cx: &Context<'_>, record: &RecordType) -> bool {
    match record.origin {
        Origin::Contract(contract, _) => {
            !cx.backends.iter().any(|backend| backend.contract == Some(contract))
        }
        Origin::Flow | Origin::Literal => false,
    }
}

fn field_of(content: &RecordContent, name: &str) -> Option<Field> {
    if let Some(field) = content.fields.get(name) {
        return Some(field.clone());
    }
    let additional = content.additional.as_ref()?;
    let span = content.fields.values().next()?.span;
    let (labels, has_default, access, doc) = (Labels::NONE, false, Access::Both, None);
    Some(Field { ty: additional.clone(), labels, has_default, access, span, doc })
}

/// The field that was probably meant is not missing, too.
fn unknown_field(
    cx: &mut Context<'_>,
    name: &ast::Name,
    record: &RecordType,
    content: &RecordContent,
) -> Option<(SmolStr, Span)> {
    let near = nearest(&name.text, content.fields.keys().map(SmolStr::as_str));
    let place = (record.origin != Origin::Literal).then_some(record.span);
    cx.report(mapping::extra_field(name, &record.name, place, near));
    near.map(|near| (SmolStr::from(near), name.span))
}

fn field_value(
    cx: &mut Context<'_>,
    body: &mut Body,
    name: &ast::Name,
    value: &ast::Expr,
    field: &Field,
) -> Expr {
    // In a test it is a backend that answers so.
    if field.access == Access::ReadOnly && body.kind != Kind::Test {
        cx.report(mapping::read_only(name, field.span));
    }
    super::setting::secret_literal(cx, body, value, field);
    let value = infer(cx, body, value, Some(&field.ty));
    let what = format!("the field `{}`", name.text);
    let want = if field.has_default { field.ty.clone().optional() } else { field.ty.clone() };
    let value = fitted(cx, value, &want, &what, Some(field.span));
    let lost = value.labels.declared().without(field.labels);
    if !lost.is_empty() && !fit::accepted(cx, field, lost) {
        cx.report(match body.in_problem {
            true => label_findings::into_problem(value.span, lost),
            false if body.config => label_findings::into_setting(value.span, lost, &name.text),
            false => label_findings::into_field(value.span, lost, &name.text, field.span),
        });
    }
    value
}

/// `..a`: takes what the target still lacks and `a` has under the same name, where it fits.
fn spread(
    cx: &mut Context<'_>,
    body: &mut Body,
    value: &ast::Expr,
    span: Span,
    content: &RecordContent,
    places: &mut Vec<(SmolStr, Span)>,
) -> Option<Spread> {
    let from = infer(cx, body, value, None);
    let Type::Record(source) = &from.ty else {
        if !from.ty.is_unknown() {
            cx.report(mapping::spread_not_a_record(from.span, &from.ty.to_string(), from.ty.is_optional()));
        }
        return None;
    };
    let source_fields = schema::content(cx, source);
    let mut fields = Vec::new();
    for (name, field) in &content.fields {
        let Some(mine) = source_fields.fields.get(name) else { continue };
        if !places.iter().any(|(known, _)| known == name) && can_take(cx, mine, from.labels, field) {
            places.push((name.clone(), span));
            fields.push(name.clone());
        }
    }
    if fields.is_empty() {
        cx.report(mapping::spread_takes_nothing(span));
    }
    Some(Spread { from, fields })
}

/// Whether a field may be taken over: it fits, and no label gets lost.
fn can_take(cx: &mut Context<'_>, mine: &Field, owner: Labels, field: &Field) -> bool {
    if mine.access == Access::WriteOnly || field.access == Access::ReadOnly {
        return false;
    }
    let have = if mine.has_default { mine.ty.present() } else { mine.ty.clone() };
    let want = if field.has_default { field.ty.clone().optional() } else { field.ty.clone() };
    let lost = mine.labels.with(owner).declared().without(field.labels);
    fits(cx, &have, &want).is_ok() && (lost.is_empty() || fit::accepted(cx, field, lost))
}

fn report_missing(
    cx: &mut Context<'_>,
    record: &RecordType,
    content: &RecordContent,
    places: &[(SmolStr, Span)],
    span: Span,
) {
    let missing: Vec<(&SmolStr, &Field)> = content
        .fields
        .iter()
        .filter(|(name, field)| field.is_required() && !places.iter().any(|(known, _)| known == *name))
        .collect();
    if missing.is_empty() {
        return;
    }
    let shown: Vec<(&str, String, Span)> =
        missing.iter().map(|(name, field)| (name.as_str(), field.ty.to_string(), field.span)).collect();
    cx.report(mapping::missing_fields(span, &record.name, &shown));
}

fn dict(cx: &mut Context<'_>, body: &mut Body, entries: &[ast::Entry], values: &Type, span: Span) -> Expr {
    let mut whole = plain(ExprKind::Broken, Type::dict(values.clone()), span);
    let mut given: Vec<(SmolStr, Expr)> = Vec::new();
    let mut spreads = Vec::new();
    for entry in entries {
        match entry {
            ast::Entry::Field { name, value, .. } => {
                let value = infer(cx, body, value, Some(values));
                let value = fitted(cx, value, values, &format!("the value of `{}`", name.text), None);
                whole.labels = whole.labels.with(value.labels);
                whole.fails |= value.fails;
                given.push((name.text.clone(), value));
            }
            ast::Entry::Spread { value, .. } => {
                let value = infer(cx, body, value, Some(&Type::dict(values.clone())));
                let want = Type::dict(values.clone());
                let value = fitted(cx, value, &want, "what `..` takes", None);
                whole.labels = whole.labels.with(value.labels);
                spreads.push(value);
            }
            ast::Entry::Broken(_) => {}
        }
    }
    whole.kind = ExprKind::Dict { values: given, spreads };
    whole
}

/// A record of its own: its type is what is written.
fn free(cx: &mut Context<'_>, body: &mut Body, entries: &[ast::Entry], span: Span) -> Expr {
    let mut whole = plain(ExprKind::Broken, Type::Unknown, span);
    let mut fields = Fields::default();
    let mut spreads = Vec::new();
    let mut given: Vec<(SmolStr, Expr)> = Vec::new();
    for entry in entries {
        match entry {
            ast::Entry::Field { name, value, .. } => {
                let value = infer(cx, body, value, None);
                if let Some(first) = fields.get(&name.text) {
                    let first = first.span;
                    cx.report(mapping::field_twice(name, first));
                    continue;
                }
                whole.fails |= value.fails;
                whole.labels = whole.labels.with(value.labels.without(value.labels.declared()));
                fields.insert(
                    name.text.clone(),
                    own_field(value.ty.clone(), value.labels.declared(), name.span),
                );
                given.push((name.text.clone(), value));
            }
            ast::Entry::Spread { value, .. } => {
                spreads.extend(free_spread(cx, body, value, &mut fields));
            }
            ast::Entry::Broken(_) => {}
        }
    }
    let content = OnceLock::from(RecordContent { fields, additional: None });
    let name = SmolStr::new_static("record");
    whole.ty = Type::Record(Arc::new(RecordType { name, origin: Origin::Literal, span, content }));
    whole.kind = ExprKind::Record { fields: given, spreads };
    whole
}

fn own_field(ty: Type, labels: Labels, span: Span) -> Field {
    Field { ty, labels, has_default: false, access: Access::Both, span, doc: None }
}

fn free_spread(
    cx: &mut Context<'_>,
    body: &mut Body,
    value: &ast::Expr,
    fields: &mut Fields,
) -> Option<Spread> {
    let from = infer(cx, body, value, None);
    let Type::Record(source) = &from.ty else {
        if !from.ty.is_unknown() {
            cx.report(mapping::spread_not_a_record(from.span, &from.ty.to_string(), from.ty.is_optional()));
        }
        return None;
    };
    let mut taken = Vec::new();
    for (name, field) in &schema::content(cx, source).fields {
        if !fields.contains_key(name) && field.access != Access::WriteOnly {
            fields.insert(name.clone(), field.clone());
            taken.push(name.clone());
        }
    }
    Some(Spread { from, fields: taken })
}

/// The same record with nothing required: a test may look at some of the fields.
pub fn partial(cx: &mut Context<'_>, record: &Arc<RecordType>) -> Arc<RecordType> {
    let content = schema::content(cx, record);
    let mut fields = content.fields.clone();
    for field in fields.values_mut() {
        field.has_default = true;
        field.access = Access::Both;
        field.labels = Labels::PERSONAL.with(Labels::SECRET);
    }
    let content = OnceLock::from(RecordContent { fields, additional: content.additional.clone() });
    Arc::new(RecordType { name: record.name.clone(), origin: record.origin, span: record.span, content })
}
