//! Whether a value of one type may stand where another is wanted: when every reading of it that the wanted
//! type allows is there. The answer to "no" says where in the value, and why, so that a message can.

use smol_str::SmolStr;

use super::context::Context;
use super::label::{Labels, deep};
use super::schema;
use super::ty::{EnumType, Field, NumberRule, Origin, RecordType, Scalar, StringRule, Type, UnionType};
use crate::contract::model::Access;
use crate::source::Span;

/// Why a value does not fit.
#[derive(Debug, Clone)]
pub struct Mismatch {
    /// The way from the value to the part that does not fit.
    pub path: Vec<SmolStr>,
    pub reason: Reason,
    pub have: Type,
    pub want: Type,
    /// Where the part that is wanted is declared.
    pub want_span: Option<Span>,
    pub have_span: Option<Span>,
}

#[derive(Debug, Clone)]
pub enum Reason {
    /// Types of different kinds.
    Kind,
    /// It may be absent.
    Optional,
    /// An enumeration of a backend may get further values.
    Open,
    /// Values that are not wanted.
    Values(Vec<SmolStr>),
    /// A number or length that may lie outside.
    Bounds,
    /// A text that need not match.
    Pattern,
    Scale,
    Unit,
    /// A required field is not there.
    Missing,
    /// JSON that has not been looked into.
    Json,
    /// Some member of the union does not fit.
    Member(SmolStr),
    /// A label would get lost.
    Label(Labels),
    /// `readOnly` where it would be sent, `writeOnly` where it would be read.
    Access,
}

/// Pairs of records and unions that are being compared: they fit unless something else is found.
type Assumed = Vec<(*const u8, *const u8)>;

/// Whether `have` may stand where `want` is wanted.
pub fn fits(cx: &mut Context<'_>, have: &Type, want: &Type) -> Result<(), Mismatch> {
    fit(cx, have, want, &mut Vec::new())
}

fn no(reason: Reason, have: &Type, want: &Type) -> Result<(), Mismatch> {
    Err(Mismatch {
        path: Vec::new(),
        reason,
        have: have.clone(),
        want: want.clone(),
        want_span: place(want),
        have_span: place(have),
    })
}

/// Where a type is declared, if it has a place of its own.
pub fn place(ty: &Type) -> Option<Span> {
    match ty {
        Type::String(rule) => rule.span,
        Type::Int(rule) | Type::Decimal(rule) | Type::Float(rule) => rule.span,
        Type::Enum(of) => of.span,
        Type::Record(record) if record.origin != Origin::Literal => Some(record.span),
        Type::Union(union) => union.span,
        Type::Optional(inner) => place(inner),
        Type::List(list) => place(&list.item),
        _ => None,
    }
}

fn fit(cx: &mut Context<'_>, have: &Type, want: &Type, assumed: &mut Assumed) -> Result<(), Mismatch> {
    match (have, want) {
        (Type::Unknown | Type::Never, _) | (_, Type::Unknown) => Ok(()),
        (_, Type::Scalar(Scalar::Json)) => no_functions(have, want),
        (Type::None, Type::Optional(_) | Type::None) => Ok(()),
        (Type::Optional(have), Type::Optional(want)) => fit(cx, have, want, assumed),
        (_, Type::Optional(inner)) => fit(cx, have, inner, assumed),
        (Type::Optional(inner), _) => match fit(cx, inner, want, assumed) {
            // No default would mend a value of another kind.
            Err(found) if matches!(found.reason, Reason::Kind) => Err(found),
            _ => no(Reason::Optional, have, want),
        },
        (Type::None, _) => no(Reason::Optional, have, want),
        (Type::Scalar(Scalar::Json), _) => no(Reason::Json, have, want),
        (Type::Union(union), _) => union_fits(cx, union, have, want, assumed),
        (_, Type::Union(union)) => fits_union(cx, have, union, want, assumed),
        (_, Type::Variants(variants)) => match have {
            Type::Variants(same) if std::sync::Arc::ptr_eq(same, variants) => Ok(()),
            _ => {
                let fitting = variants.others.iter().any(|other| fit(cx, have, other, assumed).is_ok());
                if fitting { Ok(()) } else { no(Reason::Kind, have, want) }
            }
        },
        (Type::String(rule), Type::String(wanted)) => string_fits(rule, wanted, have, want),
        (Type::Enum(of), Type::String(wanted)) => enum_fits_string(cx, of, wanted, have, want),
        (Type::Scalar(Scalar::Uuid | Scalar::Email | Scalar::Uri | Scalar::Zone), Type::String(wanted)) => {
            if wanted.is_free() {
                Ok(())
            } else {
                no(Reason::Pattern, have, want)
            }
        }
        (Type::Enum(of), Type::Enum(wanted)) => enum_fits(of, wanted, have, want),
        (Type::Enum(of), Type::Scalar(scalar)) if of.is_literal() && takes_text(*scalar) => {
            match super::text::invalid(*scalar, &of.values) {
                Some(value) => no(Reason::Values(vec![value]), have, want),
                None => Ok(()),
            }
        }
        (Type::Int(rule), Type::Int(wanted) | Type::Decimal(wanted) | Type::Float(wanted)) => {
            number_fits(rule, wanted, have, want)
        }
        (Type::Decimal(rule), Type::Decimal(wanted)) | (Type::Float(rule), Type::Float(wanted)) => {
            number_fits(rule, wanted, have, want)
        }
        (Type::Decimal(rule), Type::Float(wanted)) if rule.single().is_some() => {
            number_fits(rule, wanted, have, want)
        }
        (Type::Int(rule), Type::Scalar(Scalar::Status)) => {
            match rule.single().and_then(super::exact::Exact::to_int) {
                Some(100..600) => Ok(()),
                _ => no(Reason::Bounds, have, want),
            }
        }
        (Type::Scalar(a), Type::Scalar(b)) if a == b => Ok(()),
        (Type::List(have_list), Type::List(want_list)) => {
            let item = fit(cx, &have_list.item, &want_list.item, assumed);
            item.map_err(|mismatch| inside(mismatch, "[]"))?;
            if sizes_fit((have_list.min, have_list.max), (want_list.min, want_list.max)) {
                Ok(())
            } else {
                no(Reason::Bounds, have, want)
            }
        }
        (Type::Dict(have), Type::Dict(want)) => {
            fit(cx, have, want, assumed).map_err(|mismatch| inside(mismatch, "{}"))
        }
        (Type::Record(have_record), Type::Record(want_record)) => {
            record_fits(cx, have_record, want_record, have, want, assumed)
        }
        (Type::Record(record), Type::Dict(values)) => record_fits_dict(cx, record, values, assumed),
        (Type::Function(a), Type::Function(b)) => {
            if a.params.len() > b.params.len() {
                no(Reason::Kind, have, want)
            } else {
                fit(cx, &a.result, &b.result, assumed)
            }
        }
        (Type::Variable(a, _), Type::Variable(b, _)) if a == b => Ok(()),
        _ => no(Reason::Kind, have, want),
    }
}

fn no_functions(have: &Type, want: &Type) -> Result<(), Mismatch> {
    match have {
        Type::Function(_) | Type::Variants(_) => no(Reason::Kind, have, want),
        _ => Ok(()),
    }
}

fn inside(mut mismatch: Mismatch, name: &str) -> Mismatch {
    mismatch.path.insert(0, SmolStr::from(name));
    mismatch
}

/// Texts that are written out may stand for these; they are checked at once.
pub fn takes_text(scalar: Scalar) -> bool {
    match scalar {
        Scalar::Date
        | Scalar::Time
        | Scalar::DateTime
        | Scalar::Uuid
        | Scalar::Email
        | Scalar::Uri
        | Scalar::Regex
        | Scalar::Pattern
        | Scalar::Zone => true,
        Scalar::Bool
        | Scalar::Duration
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Percent
        | Scalar::Rate
        | Scalar::Size
        | Scalar::Status
        | Scalar::Durations
        | Scalar::Latency
        | Scalar::Operation => false,
    }
}

fn string_fits(rule: &StringRule, wanted: &StringRule, have: &Type, want: &Type) -> Result<(), Mismatch> {
    if wanted.pattern.is_some() && rule.pattern != wanted.pattern {
        return no(Reason::Pattern, have, want);
    }
    // What a pattern says about the length is worked out only where a length is wanted.
    let is_sized = wanted.min.is_some() || wanted.max.is_some();
    let (min, max) = if is_sized { rule.lengths() } else { (0, None) };
    if sizes_fit((Some(min), max), (wanted.min, wanted.max)) {
        Ok(())
    } else {
        no(Reason::Bounds, have, want)
    }
}

type Sizes = (Option<u64>, Option<u64>);

fn sizes_fit((min, max): Sizes, (wanted_min, wanted_max): Sizes) -> bool {
    let low = wanted_min.is_none_or(|wanted| min.unwrap_or(0) >= wanted);
    let high = wanted_max.is_none_or(|wanted| max.is_some_and(|max| max <= wanted));
    low && high
}

fn enum_fits_string(
    cx: &mut Context<'_>,
    of: &EnumType,
    wanted: &StringRule,
    have: &Type,
    want: &Type,
) -> Result<(), Mismatch> {
    if wanted.is_free() {
        return Ok(());
    }
    if of.open && !of.is_literal() {
        return no(Reason::Open, have, want);
    }
    let unfit: Vec<SmolStr> =
        of.values.iter().filter(|value| !text_fits(cx, value, wanted)).cloned().collect();
    if unfit.is_empty() { Ok(()) } else { no(Reason::Values(unfit), have, want) }
}

fn text_fits(cx: &mut Context<'_>, value: &SmolStr, rule: &StringRule) -> bool {
    let length = value.chars().count() as u64;
    let sized = rule.min.is_none_or(|min| length >= min) && rule.max.is_none_or(|max| length <= max);
    sized && rule.pattern.as_ref().is_none_or(|pattern| cx.matches(pattern, value).unwrap_or(true))
}

fn enum_fits(of: &EnumType, wanted: &EnumType, have: &Type, want: &Type) -> Result<(), Mismatch> {
    let unfit: Vec<SmolStr> =
        of.values.iter().filter(|value| !wanted.values.contains(value)).cloned().collect();
    if !unfit.is_empty() {
        return no(Reason::Values(unfit), have, want);
    }
    if of.open && !wanted.open { no(Reason::Open, have, want) } else { Ok(()) }
}

fn number_fits(rule: &NumberRule, wanted: &NumberRule, have: &Type, want: &Type) -> Result<(), Mismatch> {
    let literal = rule.single().is_some() && rule.name.is_none();
    // Where no unit is wanted, any will do.
    let differs = wanted.unit.is_some() && wanted.unit != rule.unit;
    if differs && !(rule.unit.is_none() && literal) {
        return no(Reason::Unit, have, want);
    }
    if let Some(places) = wanted.scale {
        let has = rule.scale.or_else(|| rule.single().map(super::exact::Exact::places));
        let whole = matches!(have, Type::Int(_));
        if !whole && has.is_none_or(|has| has > places) {
            return no(Reason::Scale, have, want);
        }
    }
    if rule.within(wanted) { Ok(()) } else { no(Reason::Bounds, have, want) }
}

fn record_fits(
    cx: &mut Context<'_>,
    have: &std::sync::Arc<RecordType>,
    want: &std::sync::Arc<RecordType>,
    have_type: &Type,
    want_type: &Type,
    assumed: &mut Assumed,
) -> Result<(), Mismatch> {
    let pair = (std::sync::Arc::as_ptr(have).cast(), std::sync::Arc::as_ptr(want).cast());
    if pair.0 == pair.1 || assumed.contains(&pair) {
        return Ok(());
    }
    assumed.push(pair);
    let mine = schema::content(cx, have);
    let wanted = schema::content(cx, want);
    for (name, field) in &wanted.fields {
        let step = |mismatch| inside(mismatch, name);
        match mine.fields.get(name) {
            Some(given) if is_never_sent(given, field) && field.is_required() => {
                return no(Reason::Access, &given.ty, &field.ty).map_err(step);
            }
            Some(given) if is_never_sent(given, field) => {}
            Some(given) if field.access != Access::ReadOnly => {
                field_fits(cx, given, field, assumed).map_err(step)?
            }
            Some(_) => {}
            None if field.is_required() => {
                let mut missing = no(Reason::Missing, have_type, want_type).map_err(step);
                if let Err(mismatch) = &mut missing {
                    mismatch.want_span = Some(field.span);
                }
                return missing;
            }
            None => {}
        }
    }
    Ok(())
}

/// `writeOnly` in the contract that it comes from, and not where it goes.
fn is_never_sent(given: &Field, field: &Field) -> bool {
    given.access == Access::WriteOnly && field.access == Access::Both
}

fn field_fits(
    cx: &mut Context<'_>,
    given: &Field,
    field: &Field,
    assumed: &mut Assumed,
) -> Result<(), Mismatch> {
    let inside = if field.ty.present() == Type::JSON { deep(cx, &given.ty) } else { Labels::NONE };
    let lost = given.labels.with(inside).declared().without(field.labels);
    if !lost.is_empty() && !accepted(cx, field, lost) {
        let mut refused = no(Reason::Label(lost), &given.ty, &field.ty);
        if let Err(mismatch) = &mut refused {
            mismatch.want_span = Some(field.span);
            mismatch.have_span = Some(given.span);
        }
        return refused;
    }
    let have = if field.has_default { given.ty.present() } else { given.ty.clone() };
    fit(cx, &have, &field.ty, assumed).map_err(|mut mismatch| {
        if mismatch.path.is_empty() {
            mismatch.want_span = Some(field.span);
            mismatch.have_span = Some(given.span);
        }
        mismatch
    })
}

/// Fields of a backend take the labels that the backend `accepts`; which backend is known by the contract's text.
pub fn accepted(cx: &Context<'_>, field: &Field, labels: Labels) -> bool {
    cx.backends.iter().any(|backend| {
        backend.accepts.contains(labels)
            && backend.contract.is_some_and(|contract| cx.contracts.all[contract].owns(field.span.source))
    })
}

fn record_fits_dict(
    cx: &mut Context<'_>,
    record: &RecordType,
    values: &Type,
    assumed: &mut Assumed,
) -> Result<(), Mismatch> {
    let content = schema::content(cx, record);
    for (name, field) in &content.fields {
        fit(cx, &field.ty.present(), values, assumed).map_err(|mismatch| inside(mismatch, name))?;
    }
    Ok(())
}

fn union_fits(
    cx: &mut Context<'_>,
    union: &std::sync::Arc<UnionType>,
    have: &Type,
    want: &Type,
    assumed: &mut Assumed,
) -> Result<(), Mismatch> {
    if let Type::Union(other) = want {
        let pair = (std::sync::Arc::as_ptr(union).cast(), std::sync::Arc::as_ptr(other).cast());
        if pair.0 == pair.1 || assumed.contains(&pair) {
            return Ok(());
        }
        assumed.push(pair);
    }
    let Some(content) = union.content.get() else { return Ok(()) };
    for member in &content.members {
        if fit(cx, &member.ty, want, assumed).is_err() {
            return no(Reason::Member(member.name.clone()), have, want);
        }
    }
    Ok(())
}

/// A value fits a union when it fits one of the members; the closest one explains why it does not.
fn fits_union(
    cx: &mut Context<'_>,
    have: &Type,
    union: &UnionType,
    want: &Type,
    assumed: &mut Assumed,
) -> Result<(), Mismatch> {
    let Some(content) = union.content.get() else { return Ok(()) };
    let kind = schema::json_kind(have);
    let mut best: Option<Mismatch> = None;
    for member in &content.members {
        match fit(cx, have, &member.ty, assumed) {
            Ok(()) => return Ok(()),
            Err(mismatch) if schema::json_kind(&member.ty) == kind => {
                let closer = best.as_ref().is_none_or(|best| mismatch.path.len() > best.path.len());
                best = if closer { Some(mismatch) } else { best };
            }
            Err(_) => {}
        }
    }
    best.map_or_else(|| no(Reason::Kind, have, want), Err)
}

/// The least type that both fit, for the arms of a branch. None where there is none.
pub fn join(cx: &mut Context<'_>, a: &Type, b: &Type) -> Option<Type> {
    if fits(cx, a, b).is_ok() && !a.is_unknown() {
        return Some(b.clone());
    }
    if fits(cx, b, a).is_ok() {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::None, other) | (other, Type::None) => Some(other.clone().optional()),
        (Type::Optional(_), _) | (_, Type::Optional(_)) => {
            Some(join(cx, &a.present(), &b.present())?.optional())
        }
        (Type::Enum(a), Type::Enum(b)) => {
            let mut values = a.values.clone();
            values.extend(b.values.iter().filter(|value| !a.values.contains(value)).cloned());
            let span = a.span.or(b.span);
            let of = EnumType { name: None, values, open: a.open || b.open, span };
            Some(Type::Enum(std::sync::Arc::new(of)))
        }
        (Type::Int(_), Type::Int(_)) => Some(Type::int()),
        (Type::Int(_) | Type::Decimal(_), Type::Int(_) | Type::Decimal(_)) => Some(join_numbers(a, b)),
        (Type::Float(_), Type::Float(_)) => Some(Type::float()),
        (Type::List(a), Type::List(b)) => Some(Type::list(join(cx, &a.item, &b.item)?)),
        (Type::Dict(a), Type::Dict(b)) => Some(Type::dict(join(cx, a, b)?)),
        _ if schema::is_text(a) && schema::is_text(b) => {
            let free = |ty: &Type| {
                matches!(
                    ty,
                    Type::String(_)
                        | Type::Enum(_)
                        | Type::Scalar(Scalar::Uuid | Scalar::Email | Scalar::Uri)
                )
            };
            (free(a) && free(b)).then(Type::string)
        }
        _ => None,
    }
}

fn join_numbers(a: &Type, b: &Type) -> Type {
    let rule = |ty: &Type| match ty {
        Type::Decimal(rule) | Type::Int(rule) => Some((rule.scale, rule.unit.clone())),
        _ => None,
    };
    match (rule(a), rule(b)) {
        (Some((scale, unit)), Some((other, other_unit))) if unit == other_unit => {
            let scale = scale.zip(other).map(|(a, b)| a.max(b));
            Type::Decimal(std::sync::Arc::new(NumberRule { scale, unit, ..NumberRule::default() }))
        }
        _ => Type::decimal(),
    }
}
