//! What is undone when a later step fails.

use proc_macro2::TokenStream;
use quote::quote;
use rustc_hash::FxHashSet;

use super::body::BodyCx;
use super::call;
use super::step::bound_in;
use crate::ir::{Call, LocalId, Value, visit};

/// Says how the write that was just done is undone.
pub fn push(cx: &BodyCx<'_, '_, '_>, value: &Value) -> TokenStream {
    match value {
        Value::Plain(_) | Value::Fan(_) => quote! {},
        Value::Call(call) => push_of(cx, call),
    }
}

pub fn push_of(cx: &BodyCx<'_, '_, '_>, call: &Call) -> TokenStream {
    let Some(undo) = &call.undo else { return quote! {} };
    let mut read: Vec<LocalId> = Vec::new();
    let mut seen = FxHashSet::default();
    visit::call_parts(undo, &mut |expr| {
        visit::every(expr, &mut |inner| bound_in(inner, &mut seen));
        visit::locals(expr, &mut |local| read.push(local));
    });
    read.retain(|local| seen.insert(*local) && !cx.is_copy(&cx.local_type(*local)));
    let outer = read.iter().map(|local| {
        let name = cx.bind(*local);
        match cx.is_reference(*local) {
            true => quote! { let #name = (*#name).clone(); },
            false => quote! { let #name = #name.clone(); },
        }
    });
    let outer: Vec<TokenStream> = outer.collect();
    let inner = read.iter().map(|local| {
        let name = cx.bind(*local);
        quote! { let #name = #name.clone(); }
    });
    let inner: Vec<TokenStream> = inner.collect();
    let were: Vec<LocalId> = read.iter().copied().filter(|local| cx.is_reference(*local)).collect();
    were.iter().for_each(|local| cx.forget_reference(*local));
    let (app, context) = (cx.around("app"), cx.around("cx"));
    let held = cx.holds.replace(true);
    let was_shared = cx.shared.replace(false);
    let future = call::future(cx, undo);
    cx.holds.set(held);
    cx.shared.set(was_shared);
    were.iter().for_each(|local| cx.mark_reference(*local));
    let name = &undo.name;
    let arc = cx.file.from("std::sync", "Arc");
    quote! {
        undos.push(#name, #context, {
            let app = #arc::clone(#app);
            #(#outer)*
            move |cx| {
                let app = #arc::clone(&app);
                #(#inner)*
                async move { #future.await.map(drop) }
            }
        });
    }
}
