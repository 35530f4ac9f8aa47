//! From written types to [`Type`]s. A declaration is worked out when it is first named; records and unions
//! get their identity before their content, so that they can contain themselves.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use super::constraint;
use super::context::{Context, Declared};
use super::label::Labels;
use super::ty::{
    EnumType, Field, Fields, FunctionType, Member, Origin, RecordContent, RecordType, Scalar, Type,
    UnionContent, UnionType, Variant, VariantsType,
};
use super::{operation, schema};
use crate::contract::model::Access;
use crate::diagnostic::{labels as label_findings, names, types};
use crate::resolve::{self, UnitId};
use crate::source::SourceId;
use crate::syntax::ast::{self, TypeKind};

/// Where a type is written: the unit whose names it sees, and the type variables around it.
#[derive(Clone, Copy)]
pub struct Place<'v> {
    pub unit: UnitId,
    pub variables: &'v [ast::Name],
}

impl Place<'_> {
    pub fn of(unit: UnitId) -> Place<'static> {
        Place { unit, variables: &[] }
    }
}

/// A type with the labels that its name carries (`type Ssn @secret = string`).
pub type Labelled = (Type, Labels);

/// The type that a declaration stands for.
pub fn declared(cx: &mut Context<'_>, unit: UnitId, decl: &ast::TypeDecl) -> Labelled {
    match cx.types.get(&decl.span) {
        Some(Declared::Done(ty, labels)) => return (ty.clone(), *labels),
        Some(Declared::InProgress) => {
            cx.depends_on_order = true;
            cx.report(names::alias_cycle(&decl.name));
            return (Type::Unknown, Labels::NONE);
        }
        None => {}
    }
    if cx.declaring >= LONGEST_CHAIN {
        cx.depends_on_order = true;
        cx.report(names::type_chain(&decl.name, LONGEST_CHAIN));
        return (Type::Unknown, Labels::NONE);
    }
    cx.declaring += 1;
    let labelled = cx.apart(decl.span.source, |cx| declare(cx, unit, decl));
    cx.declaring -= 1;
    finish(cx);
    labelled
}

/// Types that lead through more others than this, one behind the other, would take more stack than there is.
const LONGEST_CHAIN: usize = 1000;

fn declare(cx: &mut Context<'_>, unit: UnitId, decl: &ast::TypeDecl) -> Labelled {
    let labels = labels_of(cx, &decl.labels);
    let ty = match &decl.body {
        ast::TypeBody::Record(fields) => return record_type(cx, unit, decl, fields, labels),
        ast::TypeBody::Builtin => builtin(cx, unit, decl),
        ast::TypeBody::Alias(alias) => {
            if let TypeKind::Union { members, by } = &alias.kind
                && !members.iter().all(is_alternative_text)
                && !is_variants(cx, unit, members)
            {
                return union_type(cx, unit, decl, members, by.as_ref(), labels);
            }
            cx.types.insert(decl.span, Declared::InProgress);
            let (ty, inner) = written(cx, Place::of(unit), alias);
            cx.types.insert(decl.span, Declared::Done(named(ty, decl), labels.with(inner)));
            return declared(cx, unit, decl);
        }
    };
    cx.types.insert(decl.span, Declared::Done(ty.clone(), labels));
    (ty, labels)
}

fn record_type(
    cx: &mut Context<'_>,
    unit: UnitId,
    decl: &ast::TypeDecl,
    fields: &[ast::Field],
    labels: Labels,
) -> Labelled {
    let record = Arc::new(RecordType {
        name: decl.name.text.clone(),
        origin: Origin::Flow,
        span: decl.name.span,
        content: OnceLock::new(),
    });
    let ty = Type::Record(record.clone());
    cx.types.insert(decl.span, Declared::Done(ty.clone(), labels));
    let mut fields = self::fields(cx, unit, fields);
    for field in fields.values_mut() {
        field.labels = field.labels.with(labels);
    }
    let _ = record.content.set(RecordContent { fields, additional: None });
    (ty, labels)
}

/// A record of the fields of a problem or an event.
pub fn record_of(cx: &mut Context<'_>, unit: UnitId, name: &ast::Name, fields: &[ast::Field]) -> Type {
    let fields = self::fields(cx, unit, fields);
    let content = OnceLock::from(RecordContent { fields, additional: None });
    Type::Record(Arc::new(RecordType {
        name: name.text.clone(),
        origin: Origin::Flow,
        span: name.span,
        content,
    }))
}

/// The fields of a record, a problem or an event.
pub fn fields(cx: &mut Context<'_>, unit: UnitId, written_fields: &[ast::Field]) -> Fields {
    let mut fields = Fields::default();
    for field in written_fields {
        if let Some(first) = fields.get(&field.name.text) {
            let first = first.span;
            cx.report(types::field_twice(&field.name, first));
            continue;
        }
        let (ty, inner) = written(cx, Place::of(unit), &field.ty);
        let labels = labels_of(cx, &field.labels).with(inner);
        let doc = field.doc.as_ref().map(|doc| SmolStr::from(&doc.text));
        let has_default = field.default.as_ref().is_some_and(is_value);
        let span = field.name.span;
        fields.insert(
            field.name.text.clone(),
            Field { ty, labels, has_default, access: Access::Both, span, doc },
        );
    }
    fields
}

/// The type of a parameter for those who read it: with a default it is always there.
pub fn inside(param: &ast::Param, ty: &Type) -> Type {
    if param.default.as_ref().is_some_and(is_value) { ty.present() } else { ty.clone() }
}

/// A default of `none` leaves an optional what it is.
fn is_value(default: &ast::Expr) -> bool {
    !matches!(default.kind, ast::ExprKind::None)
}

pub fn labels_of(cx: &mut Context<'_>, written: &[ast::Label]) -> Labels {
    written.iter().fold(Labels::NONE, |labels, label| match Labels::named(&label.name.text) {
        Some(known) => labels.with(known),
        None => {
            let near = crate::diagnostic::nearest(&label.name.text, Labels::NAMES);
            cx.report(names::unknown_label(&label.name, near));
            labels
        }
    })
}

fn builtin(cx: &mut Context<'_>, unit: UnitId, decl: &ast::TypeDecl) -> Type {
    if unit != UnitId::STD {
        cx.report(names::only_std(decl.span, "a type without a body"));
        return Type::Unknown;
    }
    builtin_named(&decl.name.text).unwrap_or(Type::Unknown)
}

fn builtin_named(name: &str) -> Option<Type> {
    match name {
        "string" => Some(Type::string()),
        "int" => Some(Type::int()),
        "decimal" => Some(Type::decimal()),
        "float" => Some(Type::float()),
        _ => Scalar::ALL.into_iter().find(|scalar| scalar.as_str() == name).map(Type::Scalar),
    }
}

/// The type that an author wrote at a place.
pub fn written(cx: &mut Context<'_>, place: Place<'_>, ty: &ast::TypeExpr) -> Labelled {
    let plain = |ty| (ty, Labels::NONE);
    match &ty.kind {
        TypeKind::Named(path) => path_type(cx, place, path),
        TypeKind::List(item) => {
            let (item, labels) = written(cx, place, item);
            (Type::list(item), labels)
        }
        TypeKind::Dict(values) => {
            let (values, labels) = written(cx, place, values);
            (Type::dict(values), labels)
        }
        TypeKind::Optional(inner) => {
            let (inner, labels) = written(cx, place, inner);
            (inner.optional(), labels)
        }
        TypeKind::Constrained(base, constraints) => {
            let (base_type, labels) = written(cx, place, base);
            (constraint::constrained(cx, base_type, constraints), labels)
        }
        TypeKind::Union { members, by } => plain(inline_union(cx, place, ty, members, by.as_ref())),
        TypeKind::Literal(text) => {
            plain(text_enum(cx, std::slice::from_ref(ty)).unwrap_or_else(|| literal(text)))
        }
        TypeKind::Variant { .. } => plain(variants(cx, place, std::slice::from_ref(ty), &SmolStr::default())),
        TypeKind::Record(fields) => {
            let name = ast::Name { text: "record".into(), quoted: false, span: ty.span };
            plain(record_of(cx, place.unit, &name, fields))
        }
        TypeKind::Function { params, result } => {
            let params = params.iter().map(|param| written(cx, place, param).0).collect();
            let result = written(cx, place, result).0;
            plain(Type::Function(Arc::new(FunctionType { params, result })))
        }
        TypeKind::Broken => plain(Type::Unknown),
    }
}

fn literal(text: &ast::Text) -> Type {
    Type::Enum(Arc::new(EnumType {
        name: None,
        values: vec![SmolStr::from(&text.value)],
        open: false,
        span: Some(text.span),
    }))
}

fn is_alternative_text(member: &ast::TypeExpr) -> bool {
    matches!(member.kind, TypeKind::Literal(_))
}

/// `"gold" | "silver"`, each value once.
fn text_enum(cx: &mut Context<'_>, members: &[ast::TypeExpr]) -> Option<Type> {
    let mut values: indexmap::IndexMap<SmolStr, crate::source::Span> = indexmap::IndexMap::new();
    for member in members {
        let TypeKind::Literal(text) = &member.kind else { return None };
        let value = SmolStr::from(&text.value);
        if let Some(first) = values.get(&value) {
            cx.report(types::value_twice(text, *first));
        } else {
            values.insert(value, text.span);
        }
    }
    let span = members.first()?.span.to(members.last()?.span);
    let values = values.into_keys().collect();
    Some(Type::Enum(Arc::new(EnumType { name: None, values, open: false, span: Some(span) })))
}

fn inline_union(
    cx: &mut Context<'_>,
    place: Place<'_>,
    whole: &ast::TypeExpr,
    members: &[ast::TypeExpr],
    by: Option<&ast::Name>,
) -> Type {
    if let Some(values) = members.iter().all(is_alternative_text).then(|| text_enum(cx, members)).flatten() {
        return values;
    }
    if is_variants(cx, place.unit, members) {
        return variants(cx, place, members, &SmolStr::default());
    }
    let union = Arc::new(UnionType {
        name: None,
        span: Some(whole.span),
        origin: Origin::Flow,
        content: OnceLock::new(),
    });
    fill_union(cx, place, &union, members, by);
    Type::Union(union)
}

fn union_type(
    cx: &mut Context<'_>,
    unit: UnitId,
    decl: &ast::TypeDecl,
    members: &[ast::TypeExpr],
    by: Option<&ast::Name>,
    labels: Labels,
) -> Labelled {
    let union = Arc::new(UnionType {
        name: Some(decl.name.text.clone()),
        span: Some(decl.name.span),
        origin: Origin::Flow,
        content: OnceLock::new(),
    });
    let ty = Type::Union(union.clone());
    cx.types.insert(decl.span, Declared::Done(ty.clone(), labels));
    fill_union(cx, Place::of(unit), &union, members, by);
    (ty, labels)
}

fn fill_union(
    cx: &mut Context<'_>,
    place: Place<'_>,
    union: &Arc<UnionType>,
    written_members: &[ast::TypeExpr],
    by: Option<&ast::Name>,
) {
    let mut members: Vec<Member> = Vec::new();
    for member in written_members {
        let (ty, _) = written(cx, place, member);
        match (&ty, &member.kind) {
            (Type::Unknown, _) => {}
            (_, TypeKind::Named(path)) => {
                let name = path.names.last().map(|name| name.text.clone()).unwrap_or_default();
                members.push(Member { tags: Vec::new(), name, ty });
            }
            // `string | [string]` in a setting: nobody matches over settings.
            _ if place.unit == UnitId::STD => {
                members.push(Member { name: "list".into(), ty, tags: Vec::new() })
            }
            _ => cx.report(types::union_member(member.span, &ty)),
        }
    }
    cx.unfinished.push(Unfinished { union: union.clone(), members, by: by.cloned() });
    finish(cx);
}

/// A union whose members may still be worked out: one of them can have it as the type of a field. How they are told apart
/// is known when their fields are.
pub(super) struct Unfinished {
    union: Arc<UnionType>,
    members: Vec<Member>,
    by: Option<ast::Name>,
}

/// Finishes the unions that were met, when no declaration is being worked out any more.
fn finish(cx: &mut Context<'_>) {
    if cx.declaring > 0 {
        return;
    }
    for Unfinished { union, mut members, by } in std::mem::take(&mut cx.unfinished) {
        let text = union.span.map_or(SourceId(0), |span| span.source);
        cx.apart(text, |cx| {
            for member in &mut members {
                member.tags = tags(cx, &member.ty, by.as_ref());
            }
            let _ = union.content.set(UnionContent { members, by: by.map(|name| name.text) });
            schema::check_told_apart(cx, &union);
        });
    }
}

/// The values of the field `by` that mean a member: it has to be an enumeration of its own there.
fn tags(cx: &mut Context<'_>, member: &Type, by: Option<&ast::Name>) -> Vec<SmolStr> {
    let (Some(by), Type::Record(record)) = (by, member) else { return Vec::new() };
    let field = schema::content(cx, record).fields.get(&by.text).cloned();
    match field.map(|field| (field.ty, field.span)) {
        Some((Type::Enum(values), _)) => values.values.clone(),
        Some((_, span)) => {
            cx.report(types::discriminator_not_enum(by, &record.name, Some(span)));
            Vec::new()
        }
        None => {
            cx.report(types::discriminator_not_enum(by, &record.name, Some(record.span)));
            Vec::new()
        }
    }
}

/// Variants are the lower-case words of settings: `public | jwt { … }`.
fn is_variants(cx: &mut Context<'_>, unit: UnitId, members: &[ast::TypeExpr]) -> bool {
    members.iter().any(|member| match &member.kind {
        TypeKind::Variant { .. } => true,
        TypeKind::Named(path) => match path.names.as_slice() {
            [name] if is_variant_word(cx, unit, name) => true,
            // `Failure | status`: the variants of another type of settings, and more.
            [_] if unit == UnitId::STD => matches!(path_type(cx, Place::of(unit), path).0, Type::Variants(_)),
            _ => false,
        },
        _ => false,
    })
}

fn is_variant_word(cx: &Context<'_>, unit: UnitId, name: &ast::Name) -> bool {
    name.text.starts_with(|first: char| first.is_ascii_lowercase())
        && cx.names.capital(unit, &name.text).is_none()
}

fn variants(cx: &mut Context<'_>, place: Place<'_>, members: &[ast::TypeExpr], name: &SmolStr) -> Type {
    if place.unit != UnitId::STD {
        if let Some(first) = members.iter().find(|member| matches!(member.kind, TypeKind::Variant { .. })) {
            cx.report(names::only_std(first.span, "a variant with a payload"));
        } else {
            for member in members {
                let _ = written(cx, place, member);
            }
        }
        return Type::Unknown;
    }
    let mut variants = Vec::new();
    let mut others = Vec::new();
    for member in members {
        match &member.kind {
            TypeKind::Variant { name, payload } => {
                let (payload, labels) = match payload {
                    Some(payload) => {
                        let (ty, labels) = written(cx, place, payload);
                        (Some(ty), labels)
                    }
                    None => (None, Labels::NONE),
                };
                variants.push(Variant { name: name.text.clone(), payload, labels });
            }
            TypeKind::Named(path)
                if path.names.len() == 1 && is_variant_word(cx, place.unit, &path.names[0]) =>
            {
                let name = path.names[0].text.clone();
                variants.push(Variant { name, payload: None, labels: Labels::NONE });
            }
            _ => match written(cx, place, member).0 {
                Type::Variants(inner) => {
                    variants.extend(inner.variants.iter().cloned());
                    others.extend(inner.others.iter().cloned());
                }
                other => others.push(other),
            },
        }
    }
    Type::Variants(Arc::new(VariantsType { name: name.clone(), variants, others }))
}

fn path_type(cx: &mut Context<'_>, place: Place<'_>, path: &ast::Path) -> Labelled {
    let unknown = (Type::Unknown, Labels::NONE);
    let Some(first) = path.names.first() else { return unknown };
    if let Some(at) = place.variables.iter().position(|variable| variable.text == first.text) {
        return (Type::Variable(at, first.text.clone()), Labels::NONE);
    }
    let Some(((unit, found), used)) = cx.names.path(place.unit, &path.names) else {
        let missing = match cx.names.dependency(place.unit, &first.text) {
            Some(_) => path.names.get(1).unwrap_or(first),
            None => first,
        };
        let projects = cx.names.scope(place.unit).dependencies.keys().map(SmolStr::as_str);
        let project = crate::diagnostic::nearest(&missing.text, projects).map(SmolStr::from);
        let near =
            project.filter(|_| path.names.len() > 1).or_else(|| nearest_type(cx, place.unit, &missing.text));
        cx.report_unknown(place.unit, &path.names, names::unknown_type(missing, near.as_deref()));
        return unknown;
    };
    match (found, &path.names[used..]) {
        (resolve::Declared::Type(decl), []) => declared(cx, unit, decl),
        (resolve::Declared::Event(decl), []) => {
            (operation::event(cx, unit, decl).record.clone(), Labels::NONE)
        }
        (resolve::Declared::Backend(decl), [schema]) => (schema::named(cx, decl, schema), Labels::NONE),
        (resolve::Declared::Backend(decl), [operation, part]) => {
            (operation::part_type(cx, decl, operation, part), Labels::NONE)
        }
        (other, _) => {
            cx.report(names::wrong_kind(
                &path.names[used - 1],
                other.kind(),
                "type",
                Some(other.name().span),
            ));
            unknown
        }
    }
}

/// People who come from other languages write `String`, `integer`, `boolean` …
fn nearest_type(cx: &Context<'_>, unit: UnitId, wanted: &str) -> Option<SmolStr> {
    let custom = match wanted.to_ascii_lowercase().as_str() {
        "str" | "text" | "varchar" | "char" => "string",
        "integer" | "long" | "int32" | "int64" | "i32" | "i64" | "u32" | "u64" | "short" => "int",
        "boolean" => "bool",
        "number" | "double" | "real" | "f64" | "f32" => "float",
        "money" | "bigdecimal" | "numeric" => "decimal",
        "timestamp" | "instant" => "datetime",
        "any" | "object" | "unknown" => "json",
        "url" => "uri",
        "binary" | "blob" | "buffer" => "bytes",
        "guid" => "uuid",
        _ => return cx.names.nearest_capital(unit, wanted),
    };
    Some(custom.into())
}

/// An alias gives its name to what it stands for.
fn named(ty: Type, decl: &ast::TypeDecl) -> Type {
    let name = Some(decl.name.text.clone());
    match ty {
        Type::String(rule) => {
            let mut rule = (*rule).clone();
            rule.name = name;
            rule.span = rule.span.or(Some(decl.name.span));
            Type::String(Arc::new(rule))
        }
        Type::Int(rule) => Type::Int(Arc::new(named_number(&rule, decl))),
        Type::Decimal(rule) => Type::Decimal(Arc::new(named_number(&rule, decl))),
        Type::Float(rule) => Type::Float(Arc::new(named_number(&rule, decl))),
        Type::Enum(of) => {
            let mut of = (*of).clone();
            of.name = name;
            of.span = Some(decl.name.span);
            Type::Enum(Arc::new(of))
        }
        Type::Variants(of) => Type::Variants(Arc::new(VariantsType {
            name: decl.name.text.clone(),
            variants: of.variants.clone(),
            others: of.others.clone(),
        })),
        other => other,
    }
}

fn named_number(rule: &super::ty::NumberRule, decl: &ast::TypeDecl) -> super::ty::NumberRule {
    super::ty::NumberRule {
        name: Some(decl.name.text.clone()),
        span: rule.span.or(Some(decl.name.span)),
        ..rule.clone()
    }
}

/// A label on the declaration of a problem's or an event's field is reported where it would leak.
pub fn refuse_labels(cx: &mut Context<'_>, fields: &Fields, what: &str) {
    for (name, field) in fields {
        if !field.labels.declared().is_empty() {
            cx.report(label_findings::declared_in(name, field.labels, what, field.span));
        }
    }
}
