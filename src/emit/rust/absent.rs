//! Values that may be absent or fail, and what stands in for them.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::{BodyCx, closure, ok, standing};
use super::branch::is_text;
use super::expr::{is_boxed, is_place, owned, place};
use crate::ir::{ArmBody, Expr, ExprKind, Literal, LocalId, Type};

pub fn coalesce(cx: &BodyCx<'_, '_, '_>, value: &Expr, fallback: &Expr) -> TokenStream {
    let subject = owned(cx, value);
    let is_optional = fallback.ty.is_optional();
    let is_cheap = is_cheap(cx, fallback);
    let other = owned(cx, fallback);
    let other = if fallback.fallible { standing(other) } else { other };
    match (fallback.fallible, is_optional, is_cheap) {
        (true, true, _) => quote! { match #subject { Some(value) => Some(value), None => #other } },
        (true, false, _) => quote! { match #subject { Some(value) => value, None => #other } },
        (false, false, _) if is_default(fallback) => quote! { #subject.unwrap_or_default() },
        (false, true, true) => quote! { #subject.or(#other) },
        (false, true, false) => quote! { #subject.or_else(|| #other) },
        (false, false, true) => quote! { #subject.unwrap_or(#other) },
        (false, false, false) => quote! { #subject.unwrap_or_else(|| #other) },
    }
}

/// What `Default` would give as well.
fn is_default(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(items) => items.is_empty(),
        ExprKind::Literal(Literal::Text(text)) => text.is_empty(),
        ExprKind::Literal(Literal::Int(value)) => *value == 0,
        ExprKind::Literal(Literal::Bool(value)) => !value,
        ExprKind::Dict { entries, spreads } => entries.is_empty() && spreads.is_empty(),
        _ => false,
    }
}

/// What costs nothing to have at hand.
fn is_cheap(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(_)) => false,
        ExprKind::Literal(Literal::Of(_) | Literal::Decimal(_) | Literal::Duration(_)) => false,
        ExprKind::Literal(_) | ExprKind::None => true,
        ExprKind::Local(_) | ExprKind::Field { .. } => {
            is_place(expr) && (cx.is_copy(&expr.ty) || cx.may_move(expr))
        }
        _ => false,
    }
}

/// What is made of a value that is there.
pub fn if_present(cx: &BodyCx<'_, '_, '_>, value: &Expr, local: LocalId, body: &Expr) -> TokenStream {
    if_present_as(cx, value, (local, body), |inner| inner)
}

/// The same, with something done to what is made of the value.
pub fn if_present_as(
    cx: &BodyCx<'_, '_, '_>,
    value: &Expr,
    (local, body): (LocalId, &Expr),
    finished: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    cx.bind_within(local, &[body]);
    let is_copy = cx.is_copy(&cx.local_type(local));
    let by_value = is_copy || !is_place(value) || cx.may_move(value);
    if matches!(body.kind, ExprKind::Local(same) if same == local) {
        return owned(cx, value);
    }
    let subject = match by_value && !(is_copy && is_place(value)) {
        true => owned(cx, value),
        false => place(cx, value),
    };
    let name = if by_value { cx.bind(local) } else { cx.bind_reference(local) };
    let inner = finished(owned(cx, body));
    let is_nested = body.ty.is_optional();
    if body.fallible {
        let inner = if is_nested {
            inner
        } else {
            quote! { Some(#inner) }
        };
        let subject = if by_value { subject } else { looked_at(cx, value, subject) };
        return quote! { match #subject { Some(#name) => #inner, None => None } };
    }
    // What looks at a list takes a slice, which only a call makes of a reference.
    let is_slice = !by_value && matches!(cx.local_type(local), Type::List(_));
    let closure = match is_slice && inner.to_string().starts_with("list ::") {
        true => quote! { |#name| #inner },
        false => closure(&[quote! { #name }], &inner),
    };
    // So does what looks at a text, and what is called by its name takes no other look.
    let is_named = !closure.to_string().starts_with('|');
    let ty = cx.local_type(local);
    let is_view = is_text(&ty) || matches!(ty, Type::List(_));
    let subject = match (by_value, is_named && is_view) {
        (true, _) => subject,
        (false, true) => quote! { #subject.as_deref() },
        (false, false) => looked_at(cx, value, subject),
    };
    if is_nested {
        quote! { #subject.and_then(#closure) }
    } else {
        quote! { #subject.map(#closure) }
    }
}

/// A look at an optional value, whether it stands in a box or not.
pub fn looked_at(cx: &BodyCx<'_, '_, '_>, value: &Expr, subject: TokenStream) -> TokenStream {
    match is_boxed(cx, value) {
        true => quote! { #subject.as_deref() },
        false => quote! { #subject.as_ref() },
    }
}

/// `value else fallback`
pub fn otherwise(cx: &BodyCx<'_, '_, '_>, value: &Expr, fallback: &ArmBody) -> TokenStream {
    let attempt = attempt(cx, value);
    match fallback {
        ArmBody::Value(other) => {
            let is_cheap = is_cheap(cx, other);
            let is_fallible = other.fallible;
            let is_default = is_default(other);
            let other = owned(cx, other);
            match (is_fallible, is_cheap) {
                (true, _) => quote! { match #attempt { Ok(value) => value, Err(_) => #other } },
                (false, _) if is_default => quote! { #attempt.unwrap_or_default() },
                (false, true) => quote! { #attempt.unwrap_or(#other) },
                (false, false) => quote! { #attempt.unwrap_or_else(|_| #other) },
            }
        }
        ArmBody::Fail(fail) => {
            let failure = super::call::problem(cx, fail);
            quote! { match #attempt { Ok(value) => value, Err(_) => return Err(#failure) } }
        }
    }
}

/// The value as a `Result<_, Fault>`.
fn attempt(cx: &BodyCx<'_, '_, '_>, value: &Expr) -> TokenStream {
    let args_are_safe = |args: &[Expr]| args.iter().all(|arg| !arg.fallible);
    match &value.kind {
        ExprKind::Call { function, args } if args_are_safe(args) => {
            super::expr::function_call(cx, *function, args)
        }
        ExprKind::Narrow(inner) if !inner.fallible => super::convert::narrowed(cx, inner, &value.ty),
        ExprKind::Std { name, args } if args_are_safe(args) => super::std_call::unquestioned(cx, name, args),
        _ => {
            let attempt = cx.file.from("flow_std::fault", "attempt");
            let inner = ok(cx.in_closure(|| owned(cx, value)));
            quote! { #attempt(|| #inner) }
        }
    }
}
