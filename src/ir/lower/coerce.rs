//! The same value where another type is wanted: literals become what they stand for, everything else gets a
//! conversion where the representation differs, and nothing where only rules do.

use super::Lowering;
use super::expr::{Body, failing, made, plain};
use crate::ir::model::{Expr, ExprKind, ListItem, Literal, Operator};
use crate::ir::ty::{Type, TypeDef, TypeId};

/// A value as one of the wanted type.
pub fn coerce(cx: &Lowering<'_, '_>, body: &mut Body, value: Expr, want: &Type) -> Expr {
    if value.ty == *want || matches!(want, Type::Unit | Type::Never) && !matches!(value.ty, Type::Never) {
        return value;
    }
    if let ExprKind::Literal(literal) = &value.kind
        && let Some(literal) = literal_as(cx, literal, want.present())
    {
        let inner = plain(ExprKind::Literal(literal), want.present().clone());
        let inner = Expr { spot: value.spot, ..inner };
        return wrapped(inner, want);
    }
    match (&value.ty, want) {
        (Type::Never, _) => Expr { ty: want.clone(), ..value },
        (Type::Unit, Type::Optional(_)) => super::expr::nothing_of(&value, want.clone()),
        (Type::Unit, want) if *want != Type::Json => never_there(&value, want),
        (Type::Function(_), _) => value,
        // What is looked for is what the author has said.
        (have, want) if have.looks_like(want) && matches!(value.kind, ExprKind::Narrow(_)) => value,
        (have, want) if have.looks_like(want) => Expr { ty: want.clone(), ..value },
        (have, Type::Optional(inner)) if !have.is_optional() => {
            let present = coerce(cx, body, value, inner);
            wrapped(present, want)
        }
        (Type::Optional(have), Type::Optional(inner)) => {
            let local = body.new_local("value", (**have).clone());
            body.inherits(local, &value);
            let converted = coerce(cx, body, body.local(local), inner);
            let kind = ExprKind::IfPresent { value: Box::new(value), local, body: Box::new(converted) };
            made(kind, want.clone())
        }
        // The checker has found that it is there.
        (Type::Optional(inner), _) if !matches!(want, Type::Json) => {
            let inner = (**inner).clone();
            let present = failing(ExprKind::Present(Box::new(value)), inner);
            coerce(cx, body, present, want)
        }
        (Type::List(_), Type::List(want_list)) if is_plain_list(&value.kind) => {
            listed(cx, body, value, &want_list.item.clone(), want)
        }
        (have, want) if may_lack(cx, have, want, &mut Vec::new()) => {
            failing(ExprKind::Narrow(Box::new(value)), want.clone())
        }
        _ => made(ExprKind::Convert(Box::new(value)), want.clone()),
    }
}

fn is_plain_list(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::List(items) => items.iter().all(|item| matches!(item, ListItem::Value(_))),
        _ => false,
    }
}

/// Each element of a list that is written out becomes what is wanted.
fn listed(cx: &Lowering<'_, '_>, body: &mut Body, value: Expr, item: &Type, want: &Type) -> Expr {
    let ExprKind::List(items) = value.kind else { return value };
    let each = items.into_iter().map(|one| match one {
        ListItem::Value(one) => ListItem::Value(coerce(cx, body, one, item)),
        ListItem::Spread(_) => one,
    });
    let items = each.collect();
    made(ExprKind::List(items), want.clone())
}

/// Whether a value may be none of the wanted type, although the checker has found that this one is. Then it is looked
/// at: the value of a text that is written out somewhere is not known to be the one of an enumeration or a date.
fn may_lack(cx: &Lowering<'_, '_>, have: &Type, want: &Type, seen: &mut Vec<(TypeId, TypeId)>) -> bool {
    match (have, want) {
        (Type::List(have), Type::List(want)) => return may_lack(cx, &have.item, &want.item, seen),
        (Type::Dict(have), Type::Dict(want)) => return may_lack(cx, have, want, seen),
        (have, Type::Optional(want)) => return may_lack(cx, have.present(), want, seen),
        (Type::Text(_), want) if is_checked_text(want) => return true,
        (Type::Named(have), Type::Named(want)) if have == want || seen.contains(&(*have, *want)) => {
            return false;
        }
        (Type::Named(have), Type::Named(want)) => seen.push((*have, *want)),
        _ => {}
    }
    let of = |ty: &Type| match ty {
        Type::Named(id) => cx.out.types.get(id.0),
        _ => None,
    };
    let have_type = have;
    match (of(have), of(want)) {
        (Some(TypeDef::Record(have)), Some(TypeDef::Record(want))) => want.fields.iter().any(|field| {
            let mine = have.fields.iter().find(|mine| mine.name == field.name);
            mine.is_some_and(|mine| may_lack(cx, &mine.ty, &field.ty, seen))
        }),
        (Some(TypeDef::Record(have)), None) => match want {
            Type::Dict(values) => {
                have.fields.iter().any(|field| may_lack(cx, field.ty.present(), values, seen))
            }
            _ => false,
        },
        (Some(TypeDef::Record(_)), Some(TypeDef::Union(want))) => {
            let is_member = want.members.iter().any(|member| member.ty == *have_type);
            !is_member && want.members.iter().any(|member| may_lack(cx, have_type, &member.ty, seen))
        }
        (Some(TypeDef::Enum(have)), Some(TypeDef::Enum(want))) => {
            have.values.iter().any(|value| !want.values.contains(value))
        }
        (None, Some(TypeDef::Enum(_))) => true,
        (Some(TypeDef::Union(_)), Some(TypeDef::Record(_))) => true,
        _ => false,
    }
}

fn is_checked_text(ty: &Type) -> bool {
    matches!(ty, Type::Date | Type::Time | Type::DateTime | Type::Uuid | Type::Email | Type::Uri | Type::Zone)
}

/// What stands behind a test that says it is there is asked for as if it were, though the program knows that it never is:
/// nobody gets there.
pub fn never_there(value: &Expr, want: &Type) -> Expr {
    let absent = super::expr::nothing_of(value, want.clone().optional());
    failing(ExprKind::Present(Box::new(absent)), want.clone())
}

/// A value that is there, where one may be absent.
fn wrapped(value: Expr, want: &Type) -> Expr {
    match want {
        Type::Optional(_) => made(ExprKind::Convert(Box::new(value)), want.clone()),
        _ => value,
    }
}

/// What a literal is where another type is wanted; nothing where it is none of that type.
fn literal_as(cx: &Lowering<'_, '_>, literal: &Literal, want: &Type) -> Option<Literal> {
    match (literal, want) {
        (Literal::Text(text), Type::Named(id)) => match cx.out.types.get(id.0) {
            Some(TypeDef::Enum(of)) => of.values.iter().position(|value| value == text).map(Literal::Value),
            _ => None,
        },
        (
            Literal::Text(text),
            Type::Date
            | Type::Time
            | Type::DateTime
            | Type::Uuid
            | Type::Email
            | Type::Uri
            | Type::Zone
            | Type::Regex
            | Type::Pattern,
        ) => Some(Literal::Of(text.clone())),
        (Literal::Text(_), Type::Text(_) | Type::OpenEnum(_)) => Some(literal.clone()),
        (Literal::Int(value), Type::Decimal(_)) => Some(Literal::Decimal(value.to_string())),
        (Literal::Int(value), Type::Float(_)) => Some(Literal::Float(value.to_string())),
        (Literal::Decimal(text), Type::Float(_)) => Some(Literal::Float(text.clone())),
        (Literal::Int(_), Type::Int(_))
        | (Literal::Decimal(_), Type::Decimal(_))
        | (Literal::Bool(_), Type::Bool)
        | (Literal::Duration(_), Type::Duration) => Some(literal.clone()),
        _ => None,
    }
}

/// Both sides of a comparison in one representation.
pub fn comparable(cx: &Lowering<'_, '_>, body: &mut Body, left: Expr, right: Expr) -> (Expr, Expr) {
    if matches!(left.kind, ExprKind::None) || matches!(right.kind, ExprKind::None) {
        return (left, right);
    }
    let want = common(cx, &left, &right);
    (coerce(cx, body, left, &want), coerce(cx, body, right, &want))
}

fn common(cx: &Lowering<'_, '_>, left: &Expr, right: &Expr) -> Type {
    let present = common_present(cx, left, right);
    if left.ty.is_optional() || right.ty.is_optional() { present.optional() } else { present }
}

fn common_present(cx: &Lowering<'_, '_>, left: &Expr, right: &Expr) -> Type {
    let (a, b) = (left.ty.present(), right.ty.present());
    let is_text = |ty: &Type| matches!(ty, Type::Text(_) | Type::OpenEnum(_));
    let closed = |ty: &Type| match ty {
        Type::Named(id) => matches!(cx.out.types.get(id.0), Some(TypeDef::Enum(_))),
        _ => false,
    };
    let is_written = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Text(_)));
    match () {
        () if a == b => a.clone(),
        () if is_written(left) && !is_text(b) => b.clone(),
        () if is_written(right) && !is_text(a) => a.clone(),
        () if closed(a) || closed(b) => Type::text(),
        () if is_text(a) => a.clone(),
        () if matches!(a, Type::Float(_)) || matches!(b, Type::Float(_)) => Type::Float(Default::default()),
        () if matches!(a, Type::Decimal(_)) => a.clone(),
        () if matches!(b, Type::Decimal(_)) => b.clone(),
        () if matches!(a, Type::Json) || matches!(b, Type::Json) => Type::Json,
        () => a.clone(),
    }
}

/// An operator applied to numbers, durations, dates.
pub fn arithmetic(
    cx: &Lowering<'_, '_>,
    body: &mut Body,
    operator: Operator,
    left: Expr,
    right: Expr,
) -> Expr {
    let (left, right, ty, fallible) = match (&left.ty, &right.ty) {
        (Type::Int(_), Type::Int(_)) => (left, right, Type::int(), true),
        (Type::Float(_), _) | (_, Type::Float(_)) => {
            let float = Type::Float(Default::default());
            let left = coerce(cx, body, left, &float);
            let right = coerce(cx, body, right, &float);
            (left, right, float, false)
        }
        (Type::Decimal(_) | Type::Int(_), Type::Decimal(_)) | (Type::Decimal(_), Type::Int(_)) => {
            let decimal = Type::Decimal(Default::default());
            let left = coerce(cx, body, left, &decimal);
            let right = coerce(cx, body, right, &decimal);
            (left, right, decimal, true)
        }
        (Type::DateTime, Type::DateTime) => (left, right, Type::Duration, true),
        (other, _) => {
            let ty = other.clone();
            (left, right, ty, true)
        }
    };
    let whole = made(ExprKind::Arithmetic { operator, left: Box::new(left), right: Box::new(right) }, ty);
    Expr { fallible: whole.fallible || fallible, ..whole }
}
