//! Values that are written out: literals, texts with values in them, configuration.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::body::BodyCx;
use super::expr::{is_place, owned, place};
use super::std_call;
use crate::ir::{Expr, ExprKind, Literal as Value, TextPart, Type};

pub fn none(ty: &Type) -> TokenStream {
    match ty {
        Type::Unit => quote! { () },
        _ => quote! { None },
    }
}

pub fn literal(cx: &BodyCx<'_, '_, '_>, value: &Value, ty: &Type) -> TokenStream {
    let of_std = |name: &str, text: &str| {
        let name = cx.file.std(name);
        quote! { #name::literal(#text) }
    };
    match value {
        Value::Bool(value) => quote! { #value },
        Value::Int(value) => int(*value),
        Value::Float(text) => float(text),
        Value::Decimal(text) => of_std("Decimal", text),
        Value::Text(text) if text.is_empty() => quote! { String::new() },
        Value::Text(text) => quote! { #text.to_owned() },
        Value::Duration(millis) => {
            let (duration, millis) = (cx.file.std("Duration"), int(*millis));
            quote! { #duration::millis(#millis) }
        }
        Value::Of(text) => match ty {
            Type::Date => of_std("Date", text),
            Type::Time => of_std("Time", text),
            Type::DateTime => of_std("DateTime", text),
            Type::Uuid => of_std("Uuid", text),
            Type::Email => of_std("Email", text),
            Type::Uri => of_std("Uri", text),
            Type::Zone => of_std("Zone", text),
            _ => std_call::compiled(cx, text, ty),
        },
        Value::Value(at) => match ty {
            Type::Named(id) => {
                let (name, variant) = (cx.file.named(*id), cx.file.krate.member(*id, *at));
                quote! { #name::#variant }
            }
            _ => quote! { () },
        },
    }
}

pub fn int(value: i64) -> TokenStream {
    let digits = Literal::u64_unsuffixed(value.unsigned_abs());
    match (value, value < 0) {
        (i64::MIN, _) => quote! { i64::MIN },
        (_, true) => quote! { -#digits },
        (_, false) => quote! { #digits },
    }
}

/// Digits as written; a whole number gets its point.
pub fn float(text: &str) -> TokenStream {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (quote! { - }, rest),
        None => (quote! {}, text),
    };
    let value: f64 = digits.parse().unwrap_or(0.0);
    let value = Literal::f64_unsuffixed(if value.is_finite() { value } else { 0.0 });
    quote! { #sign #value }
}

pub fn config(cx: &BodyCx<'_, '_, '_>, id: crate::ir::ConfigId, ty: &Type) -> TokenStream {
    let field = super::config::field(cx.file.krate, id);
    let config = &cx.config;
    match cx.is_copy(ty) {
        _ if cx.file.krate.program.config.get(id.0).is_some_and(|item| item.secret) => {
            quote! { #config.#field.reveal() }
        }
        true => quote! { #config.#field },
        false => quote! { #config.#field.clone() },
    }
}

pub fn text(cx: &BodyCx<'_, '_, '_>, parts: &[TextPart]) -> TokenStream {
    if let [TextPart::Value(value)] = parts {
        let value = place(cx, value);
        return quote! { #value.to_string() };
    }
    let mut format = String::new();
    let mut args = Vec::new();
    for part in parts {
        match part {
            TextPart::Chars(chars) => format.push_str(&chars.replace('{', "{{").replace('}', "}}")),
            TextPart::Value(value) => match &value.kind {
                ExprKind::Local(local) => {
                    format.push_str(&format!("{{{}}}", cx.bind(*local)));
                }
                _ => {
                    format.push_str("{}");
                    args.push(if is_place(value) { place(cx, value) } else { shown(cx, value) });
                }
            },
        }
    }
    if args.is_empty() {
        quote! { format!(#format) }
    } else {
        quote! { format!(#format, #(#args),*) }
    }
}

/// A value as an argument of `format!`.
fn shown(cx: &BodyCx<'_, '_, '_>, value: &Expr) -> TokenStream {
    match &value.kind {
        ExprKind::Literal(Value::Text(text)) => quote! { #text },
        _ => owned(cx, value),
    }
}
