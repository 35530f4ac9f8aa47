//! Operators: what is exact goes through the runtime, comparisons are Rust's own.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::BodyCx;
use super::branch::{is_test, opposite_test};
use super::expr::{borrowed, owned, place};
use super::krate::ident;
use crate::ir::{Comparison, Expr, ExprKind, Literal as Value, Operator, Type};

pub fn negation(cx: &BodyCx<'_, '_, '_>, inner: &Expr) -> TokenStream {
    if let Some(test) = opposite_test(cx, inner) {
        return test;
    }
    match &inner.kind {
        ExprKind::Not(inner) => owned(cx, inner),
        ExprKind::Compare { operator, left, right } if !matches!(left.ty.present(), Type::Float(_)) => {
            compare(cx, opposite(*operator), left, right)
        }
        ExprKind::Literal(Value::Bool(value)) => {
            let value = !value;
            quote! { #value }
        }
        _ => {
            let tokens = owned(cx, inner);
            match inner.kind {
                ExprKind::All(_)
                | ExprKind::AnyOf(_)
                | ExprKind::Compare { .. }
                | ExprKind::If { .. }
                | ExprKind::Match { .. } => quote! { !(#tokens) },
                _ => quote! { !#tokens },
            }
        }
    }
}

/// That a condition does not hold, as it stands behind an `if`: where several are joined, each is turned around if that takes
/// fewer negations.
pub fn fails(cx: &BodyCx<'_, '_, '_>, condition: &Expr) -> TokenStream {
    let (parts, operator) = match &condition.kind {
        ExprKind::All(parts) => (parts, quote! { || }),
        ExprKind::AnyOf(parts) => (parts, quote! { && }),
        _ => return negation(cx, condition),
    };
    let turned: Vec<TokenStream> = parts.iter().map(|part| negation(cx, part)).collect();
    let differs = |part: &&Expr, wanted: Comparison| matches!(&part.kind, ExprKind::Compare { operator, .. } if *operator == wanted);
    let has_not = |tokens: &TokenStream| tokens.to_string().starts_with('!');
    let before = parts.iter().filter(|part| has_not(&owned(cx, part)) || differs(part, Comparison::NotEqual));
    let after = parts.iter().zip(&turned);
    let after = after.filter(|(part, tokens)| has_not(tokens) || differs(part, Comparison::Equal));
    if after.count() > before.count() {
        return negation(cx, condition);
    }
    let mut whole = TokenStream::new();
    for (at, (part, tokens)) in parts.iter().zip(turned).enumerate() {
        if at > 0 {
            whole.extend(operator.clone());
        }
        whole.extend(match part.kind {
            ExprKind::Not(ref inner) if !is_single(inner) => quote! { (#tokens) },
            _ => tokens,
        });
    }
    whole
}

/// It needs no parentheses between others.
fn is_single(expr: &Expr) -> bool {
    is_test(expr)
        || !matches!(
            expr.kind,
            ExprKind::All(_) | ExprKind::AnyOf(_) | ExprKind::If { .. } | ExprKind::Match { .. }
        )
}

fn opposite(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

pub fn negated(cx: &BodyCx<'_, '_, '_>, whole: &Expr, inner: &Expr) -> TokenStream {
    let value = owned(cx, inner);
    let module = match &inner.ty {
        Type::Int(_) => "int",
        Type::Duration => "duration",
        Type::Decimal(_) => {
            let module = cx.file.std("decimal");
            return quote! { #module::neg(#value) };
        }
        _ => return quote! { -(#value) },
    };
    let (module, question) = (cx.file.std(module), cx.question(whole.from_answer));
    quote! { #module::neg(#value) #question }
}

pub fn arithmetic(
    cx: &BodyCx<'_, '_, '_>,
    whole: &Expr,
    operator: Operator,
    left: &Expr,
    right: &Expr,
) -> TokenStream {
    if matches!(whole.ty, Type::Float(_)) {
        let (a, b) = (place(cx, left), place(cx, right));
        let operator = match operator {
            Operator::Add => quote! { + },
            Operator::Subtract => quote! { - },
            Operator::Multiply => quote! { * },
            Operator::Divide => quote! { / },
            Operator::Remainder => quote! { % },
        };
        return quote! { #a #operator #b };
    }
    let (a, b) = (owned(cx, left), owned(cx, right));
    let (module, function) = match (&left.ty, &right.ty, operator) {
        (Type::DateTime, Type::DateTime, _) => ("datetime", "between"),
        (Type::DateTime, _, Operator::Subtract) => ("datetime", "minus"),
        (Type::DateTime, ..) => ("datetime", "plus"),
        (Type::Date, _, Operator::Subtract) => ("date", "minus"),
        (Type::Date, ..) => ("date", "plus"),
        (Type::Duration, ..) => ("duration", operator_name(operator)),
        (Type::Decimal(_), ..) => ("decimal", operator_name(operator)),
        _ => ("int", operator_name(operator)),
    };
    let (module, function) = (cx.file.std(module), ident(function));
    let question = cx.question(whole.from_answer);
    quote! { #module::#function(#a, #b) #question }
}

fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "add",
        Operator::Subtract => "sub",
        Operator::Multiply => "mul",
        Operator::Divide => "div",
        Operator::Remainder => "rem",
    }
}

pub fn logic(cx: &BodyCx<'_, '_, '_>, parts: &[Expr], operator: &TokenStream) -> TokenStream {
    let parts = parts.iter().map(|part| {
        let tokens = owned(cx, part);
        if is_single(part) {
            tokens
        } else {
            quote! { (#tokens) }
        }
    });
    let mut whole = TokenStream::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            whole.extend(operator.clone());
        }
        whole.extend(part);
    }
    whole
}

pub fn compare(cx: &BodyCx<'_, '_, '_>, operator: Comparison, left: &Expr, right: &Expr) -> TokenStream {
    // Two values that are there are compared as what they are.
    let (left, right) = match (wrapped(left), wrapped(right)) {
        (Some(one), Some(other)) if one.ty.looks_like(&other.ty) => (one, other),
        _ => (left, right),
    };
    let equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
    let same = operator == Comparison::Equal;
    for (value, other) in [(left, right), (right, left)] {
        if matches!(other.kind, ExprKind::None) && equality {
            let value = place(cx, value);
            return if same {
                quote! { #value.is_none() }
            } else {
                quote! { #value.is_some() }
            };
        }
        if let (ExprKind::Literal(Value::Bool(wanted)), Type::Bool, true) = (&other.kind, &value.ty, equality)
        {
            let is_plain = *wanted == same;
            return if is_plain { owned(cx, value) } else { negation(cx, value) };
        }
        let is_empty = matches!(&other.kind, ExprKind::Literal(Value::Text(text)) if text.is_empty());
        if is_empty && equality && matches!(value.ty, Type::Text(_) | Type::OpenEnum(_)) {
            let value = place(cx, value);
            return if same {
                quote! { #value.is_empty() }
            } else {
                quote! { !#value.is_empty() }
            };
        }
    }
    let (a, b) = match (&left.ty, equality) {
        (Type::Optional(inner), true) if matches!(**inner, Type::Text(_) | Type::OpenEnum(_)) => {
            (optional_text(cx, left), optional_text(cx, right))
        }
        _ => (operand(cx, left, equality), operand(cx, right, equality)),
    };
    let operator = match operator {
        Comparison::Equal => quote! { == },
        Comparison::NotEqual => quote! { != },
        Comparison::Less => quote! { < },
        Comparison::LessOrEqual => quote! { <= },
        Comparison::Greater => quote! { > },
        Comparison::GreaterOrEqual => quote! { >= },
    };
    quote! { #a #operator #b }
}

/// The value in an optional one that is there.
fn wrapped(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Convert(inner) if expr.ty.is_optional() && !inner.ty.is_optional() => Some(inner),
        _ => None,
    }
}

/// As `Option<&str>`: within `Some`, a `&String` does not become one by itself.
fn optional_text(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    let is_view = |inner: &Expr| matches!(inner.kind, ExprKind::Local(local) if cx.is_view(local));
    match wrapped(expr) {
        Some(inner) if matches!(inner.ty, Type::Text(_) | Type::OpenEnum(_)) => match inner.kind {
            ExprKind::Literal(_) => borrowed(cx, expr),
            _ if is_view(inner) => borrowed(cx, expr),
            _ => {
                let value = place(cx, inner);
                quote! { Some(#value.as_str()) }
            }
        },
        _ => borrowed(cx, expr),
    }
}

fn operand(cx: &BodyCx<'_, '_, '_>, expr: &Expr, equality: bool) -> TokenStream {
    match (&expr.kind, &expr.ty) {
        (ExprKind::Literal(Value::Text(text)), Type::Text(_) | Type::OpenEnum(_)) => quote! { #text },
        (ExprKind::Local(local), ty) if cx.is_reference(*local) => {
            let name = place(cx, expr);
            match ty {
                _ if cx.is_view(*local) => name,
                Type::Text(_) | Type::OpenEnum(_) if !equality => quote! { #name.as_str() },
                _ => quote! { *#name },
            }
        }
        (_, Type::Text(_) | Type::OpenEnum(_)) if !equality => {
            let value = place(cx, expr);
            quote! { #value.as_str() }
        }
        _ => {
            let value = place(cx, expr);
            match expr.kind {
                _ if is_test(expr) => value,
                ExprKind::If { .. }
                | ExprKind::Match { .. }
                | ExprKind::Compare { .. }
                | ExprKind::All(_)
                | ExprKind::AnyOf(_) => quote! { (#value) },
                _ => value,
            }
        }
    }
}
