//! The same value in another representation. Records and unions are converted by `From`, which `types.rs` brings.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::{BodyCx, closure};
use super::expr::{borrowed_any, owned};
use super::file::FileCx;
use crate::ir::{Expr, ExprKind, Literal, Type, TypeDef};

pub fn converted(cx: &BodyCx<'_, '_, '_>, inner: &Expr, want: &Type) -> TokenStream {
    match want {
        Type::Json => {
            let json = cx.file.std("json");
            let value = borrowed_any(cx, inner);
            quote! { #json::from(#value) }
        }
        Type::Text(_) | Type::OpenEnum(_) if is_enum(cx.file, &inner.ty) => {
            let value = match &inner.kind {
                ExprKind::Literal(Literal::Value(at)) => value_text(cx.file, &inner.ty, *at),
                _ => None,
            };
            match value {
                Some(text) => quote! { #text.to_owned() },
                None => {
                    let value = super::expr::place(cx, inner);
                    quote! { #value.as_str().to_owned() }
                }
            }
        }
        _ => of_tokens(cx, owned(cx, inner), &inner.ty, want),
    }
}

fn is_enum(file: &FileCx<'_, '_>, ty: &Type) -> bool {
    matches!(file.krate.def_of(ty), Some((_, TypeDef::Enum(_))))
}

fn value_text(file: &FileCx<'_, '_>, ty: &Type, at: usize) -> Option<String> {
    match file.krate.def_of(ty) {
        Some((_, TypeDef::Enum(of))) => of.values.get(at).cloned(),
        _ => None,
    }
}

/// A value that is written already.
pub fn of_tokens(cx: &BodyCx<'_, '_, '_>, value: TokenStream, have: &Type, want: &Type) -> TokenStream {
    in_file(cx.file, value, have, want)
}

pub fn in_file(file: &FileCx<'_, '_>, value: TokenStream, have: &Type, want: &Type) -> TokenStream {
    if have.looks_like(want) {
        return value;
    }
    match (have, want) {
        // What has nothing in it says nothing of what could be in it.
        (Type::Unit, Type::Optional(_)) => quote! { None },
        (Type::List(have), Type::List(_)) if have.item == Type::Never => quote! { Vec::new() },
        (Type::Dict(have), Type::Dict(_)) if **have == Type::Never => {
            let dict = file.std("Dict");
            quote! { #dict::new() }
        }
        (Type::Optional(have), Type::Optional(want)) => {
            let inner = in_file(file, quote! { value }, have, want);
            let closure = closure(&[quote! { value }], &collected_as(file, inner, want));
            quote! { #value.map(#closure) }
        }
        (_, Type::Optional(inner)) => {
            let value = in_file(file, value, have, inner);
            quote! { Some(#value) }
        }
        (_, Type::Json) => {
            let json = file.std("json");
            quote! { #json::from(&#value) }
        }
        (Type::Int(_), Type::Decimal(_)) => {
            let decimal = file.std("decimal");
            quote! { #decimal::from_int(#value) }
        }
        (Type::Int(_), Type::Float(_)) => {
            let float = file.std("float");
            quote! { #float::from_int(#value) }
        }
        (Type::Decimal(_), Type::Float(_)) => {
            let decimal = file.std("decimal");
            quote! { #decimal::to_float(#value) }
        }
        (_, Type::Text(_) | Type::OpenEnum(_)) if is_enum(file, have) => {
            quote! { #value.as_str().to_owned() }
        }
        (_, Type::Text(_) | Type::OpenEnum(_)) => quote! { #value.to_string() },
        (Type::List(have), Type::List(want)) => {
            let inner = in_file(file, quote! { item }, &have.item, &want.item);
            let closure = closure(&[quote! { item }], &inner);
            quote! { #value.into_iter().map(#closure).collect() }
        }
        (Type::Dict(have), Type::Dict(want)) => {
            let inner = in_file(file, quote! { value }, have, want);
            quote! { #value.into_iter().map(|(key, value)| (key, #inner)).collect() }
        }
        (Type::Named(from), Type::Named(to)) => {
            file.krate.converts(*from, *to);
            let name = file.named(*to);
            quote! { #name::from(#value) }
        }
        (Type::Named(from), Type::Dict(values)) => record_as_dict(file, value, *from, values),
        (_, Type::Named(to)) => into_union(file, value, have, *to),
        _ => value,
    }
}

/// What is wrapped does not say what it is collected into.
pub fn collected_as(file: &FileCx<'_, '_>, tokens: TokenStream, ty: &Type) -> TokenStream {
    let into = match ty {
        Type::Dict(_) => {
            let dict = file.std("Dict");
            quote! { #dict<_> }
        }
        _ => quote! { Vec<_> },
    };
    super::expr::collected(tokens, &into)
}

fn record_as_dict(
    file: &FileCx<'_, '_>,
    value: TokenStream,
    from: crate::ir::TypeId,
    values: &Type,
) -> TokenStream {
    let dict = file.std("Dict");
    let Some(TypeDef::Record(record)) = file.krate.def(from) else { return value };
    let pairs = record.fields.iter().enumerate().map(|(at, field)| {
        let (name, member) = (&field.name, file.krate.member(from, at));
        match field.ty.is_optional() && !values.is_optional() {
            true => {
                let inner = in_file(file, quote! { value }, field.ty.present(), values);
                quote! { if let Some(value) = from.#member { entries.insert(#name.to_owned(), #inner); } }
            }
            false => {
                let inner = in_file(file, quote! { from.#member }, &field.ty, values);
                quote! { entries.insert(#name.to_owned(), #inner); }
            }
        }
    });
    let pairs: Vec<TokenStream> = pairs.collect();
    quote! { { let from = #value; let mut entries = #dict::new(); #(#pairs)* entries } }
}

/// The member of a union that a value is.
fn into_union(file: &FileCx<'_, '_>, value: TokenStream, have: &Type, to: crate::ir::TypeId) -> TokenStream {
    let Some(TypeDef::Union(union)) = file.krate.def(to) else { return value };
    let exact = union.members.iter().position(|member| member.ty.looks_like(have));
    let same_kind = |member: &crate::ir::Member| {
        std::mem::discriminant(&member.ty) == std::mem::discriminant(have)
            || matches!((have, &member.ty), (Type::Int(_), Type::Decimal(_) | Type::Float(_)))
    };
    let Some(at) = exact.or_else(|| union.members.iter().position(same_kind)) else { return value };
    let (name, variant) = (file.named(to), file.krate.member(to, at));
    let inner = in_file(file, value, have, &union.members[at].ty);
    quote! { #name::#variant(#inner) }
}

/// `impl From<A> for B`, for the conversions that were asked for.
pub fn implementation(file: &FileCx<'_, '_>, from: crate::ir::TypeId, to: crate::ir::TypeId) -> TokenStream {
    let (from_name, to_name) = (file.named(from), file.named(to));
    let body = match (file.krate.def(from), file.krate.def(to)) {
        (Some(TypeDef::Record(have)), Some(TypeDef::Record(want))) => record(file, (from, have), (to, want)),
        (Some(TypeDef::Enum(have)), Some(TypeDef::Enum(want))) => {
            let arms = have.values.iter().enumerate().map(|(at, value)| {
                let other = want.values.iter().position(|other| other == value).unwrap_or(0);
                let (a, b) = (file.krate.member(from, at), file.krate.member(to, other));
                quote! { #from_name::#a => #to_name::#b }
            });
            let arms: Vec<TokenStream> = arms.collect();
            quote! { match from { #(#arms),* } }
        }
        (Some(TypeDef::Union(have)), Some(_)) => {
            let arms = have.members.iter().enumerate().map(|(at, member)| {
                let variant = file.krate.member(from, at);
                let inner = in_file(file, quote! { value }, &member.ty, &Type::Named(to));
                quote! { #from_name::#variant(value) => #inner }
            });
            let arms: Vec<TokenStream> = arms.collect();
            quote! { match from { #(#arms),* } }
        }
        (Some(_), Some(TypeDef::Union(_))) => member_of(file, from, to),
        _ => quote! { from },
    };
    quote! {
        impl From<#from_name> for #to_name {
            fn from(from: #from_name) -> #to_name { #body }
        }
    }
}

/// A record or enumeration as the member of a union that it fits.
fn member_of(file: &FileCx<'_, '_>, from: crate::ir::TypeId, to: crate::ir::TypeId) -> TokenStream {
    let Some(TypeDef::Union(union)) = file.krate.def(to) else { return quote! { from } };
    let exact = union.members.iter().position(|member| member.ty == Type::Named(from));
    let at = exact.or_else(|| union.members.iter().position(|member| fits(file, from, &member.ty)));
    let Some(at) = at else { return quote! { from } };
    let (name, variant) = (file.named(to), file.krate.member(to, at));
    let inner = in_file(file, quote! { from }, &Type::Named(from), &union.members[at].ty);
    quote! { #name::#variant(#inner) }
}

/// Whether a record has all that another asks for.
fn fits(file: &FileCx<'_, '_>, from: crate::ir::TypeId, want: &Type) -> bool {
    let Type::Named(to) = want else { return false };
    match (file.krate.def(from), file.krate.def(*to)) {
        (Some(TypeDef::Record(have)), Some(TypeDef::Record(want))) => want
            .fields
            .iter()
            .all(|field| field.ty.is_optional() || have.fields.iter().any(|mine| mine.name == field.name)),
        (Some(TypeDef::Enum(have)), Some(TypeDef::Enum(want))) => {
            have.values.iter().all(|value| want.values.contains(value))
        }
        _ => false,
    }
}

type Named<'r> = (crate::ir::TypeId, &'r crate::ir::Record);

fn record(file: &FileCx<'_, '_>, (from, have): Named<'_>, (to, want): Named<'_>) -> TokenStream {
    let krate = file.krate;
    let fields = want.fields.iter().enumerate().filter(|(at, _)| super::types::keeps(krate, to, *at)).map(
        |(at, field)| {
            let name = krate.member(to, at);
            let mine = have.fields.iter().position(|mine| mine.name == field.name);
            let value = match mine {
                Some(mine) => {
                    let member = krate.member(from, mine);
                    let value = quote! { from.#member };
                    let ty = &have.fields[mine].ty;
                    let value = match (krate.is_boxed(from, mine), ty.is_optional()) {
                        (true, true) => quote! { #value.map(|value| *value) },
                        (true, false) => quote! { *#value },
                        (false, _) => value,
                    };
                    match &field.default {
                        // A default stands for null, too.
                        Some(default) if ty.is_optional() && !field.ty.is_optional() => {
                            let value = in_file(file, value, ty, &field.ty.clone().optional());
                            let default = super::constant(file, default);
                            quote! { #value.unwrap_or_else(|| #default) }
                        }
                        _ => in_file(file, value, ty, &field.ty),
                    }
                }
                None => match &field.default {
                    Some(default) => super::constant(file, default),
                    None => quote! { None },
                },
            };
            let value = match (krate.is_boxed(to, at), field.ty.is_optional()) {
                (true, true) => quote! { #value.map(Box::new) },
                (true, false) => quote! { Box::new(#value) },
                (false, _) => value,
            };
            quote! { #name: #value }
        },
    );
    let fields: Vec<TokenStream> = fields.collect();
    let additional = want.additional.as_ref().map(|values| {
        let dict = file.std("Dict");
        match &have.additional {
            Some(mine) => {
                let value = in_file(
                    file,
                    quote! { from.additional },
                    &Type::Dict(std::sync::Arc::new(mine.clone())),
                    &Type::Dict(std::sync::Arc::new(values.clone())),
                );
                quote! { additional: #value }
            }
            None => quote! { additional: #dict::new() },
        }
    });
    let name = file.named(to);
    let all = fields.into_iter().chain(additional);
    quote! { #name { #(#all),* } }
}

/// `x as T` as a `Result<_, Fault>`.
pub fn narrowed(cx: &BodyCx<'_, '_, '_>, inner: &Expr, want: &Type) -> TokenStream {
    if let (Type::Named(union), Type::Named(member)) = (&inner.ty, want)
        && let Some(TypeDef::Union(def)) = cx.file.krate.def(*union)
        && let Some(at) = def.members.iter().position(|one| one.ty == Type::Named(*member))
    {
        let fault = cx.file.std("Fault");
        let (name, variant) = (cx.file.named(*union), cx.file.krate.member(*union, at));
        let value = owned(cx, inner);
        return quote! {
            match #value {
                #name::#variant(value) => Ok(value),
                _ => Err(#fault::new("it is another member of the union")),
            }
        };
    }
    let narrow = cx.file.codec("narrow");
    let decoder = super::codec::any_decoder(cx.file, want);
    let value = borrowed_any(cx, inner);
    match inner.ty {
        Type::Json => quote! { #narrow(#value, #decoder) },
        _ => {
            let json = cx.file.std("json");
            quote! { #narrow(&#json::from(#value), #decoder) }
        }
    }
}
