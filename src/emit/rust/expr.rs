//! Expressions as Rust. A value is written in one of three ways: [`owned`] where it is taken, [`place`] where it is
//! looked into, [`borrowed`] where a reference is wanted.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::BodyCx;
use super::convert::converted;
use super::literal::{config, literal, none, text};
use super::operator::{arithmetic, compare, logic, negated, negation};
use super::{absent, branch, std_call};
use crate::ir::{Expr, ExprKind, ListItem, Literal as Value, Type, TypeDef};

/// The value itself.
pub fn owned(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Literal(value) => literal(cx, value, &expr.ty),
        ExprKind::None => none(&expr.ty),
        ExprKind::Text(parts) => text(cx, parts),
        ExprKind::Local(_) | ExprKind::Field { .. } => taken(cx, expr),
        ExprKind::Config(id) => config(cx, *id, &expr.ty),
        ExprKind::Common { of, name } => branch::common(cx, of, name, &expr.ty),
        ExprKind::Key { of, name } => key(cx, of, name),
        ExprKind::Call { function, args } => {
            let call = function_call(cx, *function, args);
            match cx.file.krate.program.functions.get(function.0).is_some_and(|function| function.fallible) {
                true => {
                    let question = cx.question(expr.from_answer);
                    quote! { #call #question }
                }
                false => call,
            }
        }
        ExprKind::Std { name, args } => std_call::call(cx, expr, name, args),
        // Only a function takes one; what is written there is written in `std_call`.
        ExprKind::Lambda { body, .. } => owned(cx, body),
        ExprKind::Not(inner) => negation(cx, inner),
        ExprKind::Negate(inner) => negated(cx, expr, inner),
        ExprKind::Arithmetic { operator, left, right } => arithmetic(cx, expr, *operator, left, right),
        ExprKind::All(parts) => logic(cx, parts, &quote! { && }),
        ExprKind::AnyOf(parts) => logic(cx, parts, &quote! { || }),
        ExprKind::Compare { operator, left, right } => compare(cx, *operator, left, right),
        ExprKind::Coalesce { value, fallback } => absent::coalesce(cx, value, fallback),
        ExprKind::IfPresent { value, local, body } => absent::if_present(cx, value, *local, body),
        ExprKind::If { condition, then, otherwise } => branch::if_then(cx, condition, then, otherwise),
        ExprKind::Match { subject, arms } => branch::matching(cx, subject, arms),
        ExprKind::For { binding, list, condition, body } => {
            branch::repeat(cx, *binding, list, condition.as_ref(), body)
        }
        ExprKind::List(items) => list(cx, items),
        ExprKind::Record { of, fields } => record(cx, *of, fields),
        ExprKind::Dict { entries, spreads } => dict(cx, entries, spreads),
        ExprKind::Bind { local, value, body } => {
            let value = owned(cx, value);
            let name = cx.bind(*local);
            let body = owned(cx, body);
            quote! { { let #name = #value; #body } }
        }
        ExprKind::Narrow(inner) => {
            let narrowed = super::convert::narrowed(cx, inner, &expr.ty);
            let question = cx.question(expr.from_answer);
            quote! { #narrowed #question }
        }
        ExprKind::Bounded(inner) if cx.file.krate.nests(&expr.ty) => {
            let bounded = cx.file.from("flow_std", "nested");
            let value = owned(cx, inner);
            let question = cx.question(expr.from_answer);
            quote! { #bounded::bounded(#value) #question }
        }
        // Of what it could hold of its own kind, nothing is kept.
        ExprKind::Bounded(inner) => owned(cx, inner),
        ExprKind::Else { value, fallback } => absent::otherwise(cx, value, fallback),
        ExprKind::Convert(inner) => converted(cx, inner, &expr.ty),
        ExprKind::Present(inner) => {
            let fault = cx.file.std("Fault");
            let value = owned(cx, inner);
            let question = cx.question(expr.from_answer);
            quote! { #value.ok_or_else(|| #fault::new("a value is absent")) #question }
        }
    }
}

/// Where the value is, or the value itself where it is nowhere yet.
pub fn place(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Local(local) => {
            let name = cx.bind(*local);
            quote! { #name }
        }
        ExprKind::Field { of, field } => {
            let Type::Named(id) = &of.ty else { return owned(cx, expr) };
            let (of, name) = (place(cx, of), cx.file.krate.member(*id, *field));
            quote! { #of.#name }
        }
        // What stands behind it belongs to the whole.
        ExprKind::Arithmetic { .. } if matches!(expr.ty, Type::Float(_)) => {
            let value = owned(cx, expr);
            quote! { (#value) }
        }
        _ => owned(cx, expr),
    }
}

pub fn is_place(expr: &Expr) -> bool {
    super::moves::path_of(expr).is_some()
}

/// The only item of a list, where it is a name whose value would be copied into it.
fn only_copied(cx: &BodyCx<'_, '_, '_>, items: &[ListItem]) -> Option<TokenStream> {
    let [ListItem::Value(item)] = items else { return None };
    let ExprKind::Local(local) = item.kind else { return None };
    let is_copied = owned(cx, item).to_string().ends_with(". clone ()");
    (is_copied && !cx.is_reference(local)).then(|| place(cx, item))
}

/// A reference to the value; the value itself where copying costs nothing.
pub fn borrowed(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match (&expr.kind, &expr.ty) {
        (ExprKind::Literal(Value::Text(text)), Type::Text(_) | Type::OpenEnum(_)) => quote! { #text },
        (ExprKind::Literal(Value::Of(text)), Type::Regex | Type::Pattern) => {
            std_call::compiled(cx, text, &expr.ty)
        }
        (ExprKind::None, Type::Optional(_) | Type::Unit) => quote! { None },
        (ExprKind::Convert(inner), Type::Optional(_)) if !inner.ty.is_optional() => {
            let Type::Optional(present) = &expr.ty else { return owned(cx, expr) };
            let inner = match inner.ty.looks_like(present) {
                true => borrowed(cx, inner),
                false => {
                    let value = converted(cx, inner, present);
                    if cx.is_copy(present) {
                        value
                    } else {
                        quote! { & #value }
                    }
                }
            };
            quote! { Some(#inner) }
        }
        (ExprKind::Convert(inner), Type::Text(_) | Type::OpenEnum(_))
            if matches!(cx.file.krate.def_of(&inner.ty), Some((_, TypeDef::Enum(_)))) =>
        {
            let value = place(cx, inner);
            quote! { #value.as_str() }
        }
        (kind, Type::Optional(inner)) if !cx.is_copy(inner) => {
            let value = match kind {
                ExprKind::IfPresent { value, local, body } => {
                    absent::if_present_as(cx, value, (*local, body), |made| {
                        super::convert::collected_as(cx.file, made, inner)
                    })
                }
                _ => place(cx, expr),
            };
            match &**inner {
                Type::Text(_) | Type::OpenEnum(_) | Type::List(_) => quote! { #value.as_deref() },
                _ => absent::looked_at(cx, expr, value),
            }
        }
        (_, ty) if cx.is_copy(ty) => owned(cx, expr),
        (ExprKind::Local(local), _) if cx.is_reference(*local) => place(cx, expr),
        (ExprKind::List(items), _) => {
            if let Some(one) = only_copied(cx, items) {
                return quote! { std::slice::from_ref(&#one) };
            }
            let items = plain_items(cx, items);
            match items {
                Some(items) => quote! { &[#(#items),*] },
                None => {
                    let value = owned(cx, expr);
                    quote! { & #value }
                }
            }
        }
        (ExprKind::If { .. } | ExprKind::Match { .. }, Type::List(_) | Type::Dict(_)) => {
            let (value, ty) = (place(cx, expr), cx.file.ty(&expr.ty));
            match value.to_string().contains("collect ()") {
                // Within a branch, nothing tells what is collected.
                true => quote! { &{ let all: #ty = #value; all } },
                false => quote! { & #value },
            }
        }
        _ => {
            let value = super::convert::collected_as(cx.file, place(cx, expr), &expr.ty);
            quote! { & #value }
        }
    }
}

/// What goes on into something else need not be collected first.
fn uncollected(tokens: TokenStream) -> TokenStream {
    let mut all: Vec<proc_macro2::TokenTree> = tokens.into_iter().collect();
    if ends_in_collect(&all) {
        // `.`, `collect`, `()`
        all.truncate(all.len().saturating_sub(3));
    }
    all.into_iter().collect()
}

fn ends_in_collect(all: &[proc_macro2::TokenTree]) -> bool {
    let [.., proc_macro2::TokenTree::Ident(word), proc_macro2::TokenTree::Group(_)] = all else {
        return false;
    };
    word == "collect"
}

/// Behind a `&`, nothing else tells what is collected.
pub fn collected(tokens: TokenStream, into: &TokenStream) -> TokenStream {
    let mut all: Vec<proc_macro2::TokenTree> = tokens.into_iter().collect();
    if ends_in_collect(&all) {
        let group = all.pop();
        all.extend(quote! { ::<#into> });
        all.extend(group);
    }
    all.into_iter().collect()
}

/// Whether it is a field that stands in a box.
pub fn is_boxed(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Field { of, field } => match &of.ty {
            Type::Named(id) => cx.file.krate.is_boxed(*id, *field),
            _ => false,
        },
        _ => false,
    }
}

/// A name or field whose value is wanted: moved where it is the last use, else copied.
fn taken(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    let value = place(cx, expr);
    if let ExprKind::Local(local) = &expr.kind
        && cx.is_view(*local)
    {
        return match expr.ty {
            Type::List(_) => quote! { #value.to_vec() },
            _ => quote! { #value.to_owned() },
        };
    }
    let boxed = is_boxed(cx, expr);
    let is_temporary = !is_place(expr);
    let moves = is_temporary || cx.may_move(expr) || (cx.is_copy(&expr.ty) && !boxed);
    match (boxed, moves, expr.ty.is_optional()) {
        (true, true, true) => quote! { #value.map(|value| *value) },
        (true, true, false) => quote! { *#value },
        (true, false, true) => quote! { #value.as_deref().cloned() },
        (true, false, false) => quote! { (*#value).clone() },
        (false, true, _) => value,
        (false, false, _) => quote! { #value.clone() },
    }
}

// ---- parts --------------------------------------------------------------------------------------

fn key(cx: &BodyCx<'_, '_, '_>, of: &Expr, name: &str) -> TokenStream {
    let place = place(cx, of);
    match &of.ty {
        Type::Named(_) => quote! { #place.additional.get(#name).cloned() },
        Type::Json => {
            let json = cx.file.std("json");
            quote! { #json::get(&#place, #name) }
        }
        _ => quote! { #place.get(#name).cloned() },
    }
}

pub fn function_call(cx: &BodyCx<'_, '_, '_>, function: crate::ir::FunctionId, args: &[Expr]) -> TokenStream {
    let name = cx.file.krate.function(function);
    let maps = cx.file.from("crate", "maps");
    let args = args.iter().enumerate().map(|(at, arg)| match cx.file.krate.takes(function, at) {
        true => owned(cx, arg),
        false => borrowed(cx, arg),
    });
    quote! { #maps::#name(#(#args),*) }
}

fn list(cx: &BodyCx<'_, '_, '_>, items: &[ListItem]) -> TokenStream {
    if let Some(items) = plain_items(cx, items) {
        return if items.is_empty() {
            quote! { Vec::new() }
        } else {
            quote! { vec![#(#items),*] }
        };
    }
    let pushes = items.iter().map(|item| match item {
        ListItem::Value(value) => {
            let value = owned(cx, value);
            quote! { items.push(#value); }
        }
        ListItem::Spread(value) => {
            let value = uncollected(owned(cx, value));
            quote! { items.extend(#value); }
        }
    });
    quote! { { let mut items = Vec::new(); #(#pushes)* items } }
}

/// The items of a list without spreads.
fn plain_items(cx: &BodyCx<'_, '_, '_>, items: &[ListItem]) -> Option<Vec<TokenStream>> {
    let is_plain = items.iter().all(|item| matches!(item, ListItem::Value(_)));
    is_plain.then(|| {
        let values = items.iter().enumerate().map(|(at, item)| match item {
            ListItem::Value(value) | ListItem::Spread(value) => cx.within_index(at, || owned(cx, value)),
        });
        values.collect()
    })
}

fn record(cx: &BodyCx<'_, '_, '_>, of: crate::ir::TypeId, fields: &[Expr]) -> TokenStream {
    let name = cx.file.named(of);
    let krate = cx.file.krate;
    let named = match krate.def(of) {
        Some(TypeDef::Record(record)) => record.fields.as_slice(),
        _ => &[],
    };
    let mut written = Vec::new();
    for (at, value) in fields.iter().enumerate() {
        if !super::types::keeps(krate, of, at) {
            continue;
        }
        let field = krate.member(of, at);
        let tokens = match named.get(at) {
            Some(named) => cx.within(&named.name, || owned(cx, value)),
            // The keys that have no name have their own.
            None => owned(cx, value),
        };
        let tokens = match (krate.is_boxed(of, at), value.ty.is_optional(), &value.kind) {
            (true, true, ExprKind::None) => tokens,
            (true, true, _) => quote! { #tokens.map(Box::new) },
            (true, false, _) => quote! { Box::new(#tokens) },
            (false, _, _) => tokens,
        };
        written.push(match field == tokens.to_string() {
            true => quote! { #field },
            false => quote! { #field: #tokens },
        });
    }
    quote! { #name { #(#written),* } }
}

fn dict(cx: &BodyCx<'_, '_, '_>, entries: &[(String, Expr)], spreads: &[Expr]) -> TokenStream {
    let dict = cx.file.std("Dict");
    if spreads.is_empty() {
        let pairs = entries.iter().map(|(name, value)| {
            let value = cx.within(name, || owned(cx, value));
            quote! { (#name.to_owned(), #value) }
        });
        let pairs: Vec<TokenStream> = pairs.collect();
        return if pairs.is_empty() {
            quote! { #dict::new() }
        } else {
            quote! { #dict::from_iter([#(#pairs),*]) }
        };
    }
    let spreads = spreads.iter().map(|spread| {
        let spread = uncollected(owned(cx, spread));
        quote! { entries.extend(#spread); }
    });
    let inserts = entries.iter().map(|(name, value)| {
        let value = cx.within(name, || owned(cx, value));
        quote! { entries.insert(#name.to_owned(), #value); }
    });
    quote! { { let mut entries = #dict::new(); #(#spreads)* #(#inserts)* entries } }
}

/// A reference to a value whatever its type, for the functions of the codec.
pub fn borrowed_any(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match &expr.kind {
        // A trait object is made of a reference to something that has a size.
        ExprKind::Local(local) if cx.is_view(*local) => {
            let view = place(cx, expr);
            quote! { &#view }
        }
        ExprKind::Local(local) if cx.is_reference(*local) => place(cx, expr),
        ExprKind::Literal(Value::Text(text)) => quote! { &#text },
        ExprKind::List(items) if items.is_empty() => {
            let ty = list_item(cx, &expr.ty);
            quote! { &Vec::<#ty>::new() }
        }
        ExprKind::None => {
            let ty = cx.file.ty(expr.ty.present());
            quote! { &None::<#ty> }
        }
        _ => {
            let value = super::convert::collected_as(cx.file, place(cx, expr), &expr.ty);
            quote! { & #value }
        }
    }
}

fn list_item(cx: &BodyCx<'_, '_, '_>, ty: &Type) -> TokenStream {
    match ty {
        Type::List(list) => cx.file.ty(&list.item),
        _ => quote! { () },
    }
}
