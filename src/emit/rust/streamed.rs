//! How an operation is written whose list goes through element by element.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::{BodyCx, closure, ok};
use super::{call, convert, expr, step};
use crate::ir::streamed::{Stage, Streamed, each_part};
use crate::ir::{Operation, visit};

/// The call, and what is answered.
pub fn ending(cx: &BodyCx<'_, '_, '_>, of: &Streamed<'_>, operation: &Operation) -> TokenStream {
    let (bound, call) = of.call;
    let (above, beside) = (step::comment(cx, &bound.place), step::comment(cx, &of.end.place));
    let value = call::elements(cx, call);
    let name = cx.bind(of.list);
    let mut made = quote! { #name };
    for stage in &of.stages {
        made = self::stage(cx, operation, made, stage);
    }
    let made = ok(made);
    quote! {
        #above
        let #name = #value;
        #beside
        #made
    }
}

fn stage(cx: &BodyCx<'_, '_, '_>, operation: &Operation, list: TokenStream, stage: &Stage) -> TokenStream {
    match stage {
        Stage::Keep { binding, tests } => {
            let name = cx.bind_reference(*binding);
            let name = if cx.is_copy(&cx.local_type(*binding)) {
                quote! { &#name }
            } else {
                quote! { #name }
            };
            let holds = super::branch::condition(cx, tests);
            cx.forget_reference(*binding);
            let closure = taking_along(operation, stage, closure(&[name], &holds));
            quote! { #list.filter(#closure) }
        }
        Stage::Make { binding, body } => {
            cx.bind_within(*binding, &[body]);
            let name = cx.bind(*binding);
            let made = expr::owned(cx, body);
            let made = if body.fallible { ok(made) } else { made };
            let closure = taking_along(operation, stage, closure(&[quote! { #name }], &made));
            match body.fallible {
                true => quote! { #list.try_map(#closure)? },
                false => quote! { #list.map(#closure) },
            }
        }
        Stage::Convert { have, want } if have.looks_like(want) => list,
        Stage::Convert { have, want } => {
            let made = convert::of_tokens(cx, quote! { value }, have, want);
            let closure = closure(&[quote! { value }], &made);
            quote! { #list.map(#closure) }
        }
    }
}

/// The closure runs when the steps are over: it takes the parameters that it reads.
fn taking_along(operation: &Operation, stage: &Stage<'_>, closure: TokenStream) -> TokenStream {
    let mut reads = false;
    let is_param = |local| operation.params.iter().any(|param| param.local == local);
    each_part(stage, &mut |expr| visit::locals(expr, &mut |local| reads |= is_param(local)));
    if reads {
        quote! { move #closure }
    } else {
        closure
    }
}
