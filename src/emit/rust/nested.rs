//! How it is seen how deep a value goes: only what may hold its own kind is looked at.

use proc_macro2::TokenStream;
use quote::quote;

use super::file::FileCx;
use super::types::keeps;
use crate::ir::{Record, TypeId, Union};

pub fn of_record(file: &FileCx<'_, '_>, id: TypeId, of: &Record) -> TokenStream {
    let (name, nested) = (file.named(id), file.from("flow_std::nested", "Nested"));
    let kept = of.fields.iter().enumerate().filter(|(at, _)| keeps(file.krate, id, *at));
    let named =
        kept.filter(|(_, field)| file.krate.nests(&field.ty)).map(|(at, _)| file.krate.member(id, at));
    let additional =
        of.additional.iter().filter(|ty| keeps(file.krate, id, of.fields.len()) && file.krate.nests(ty));
    let all = named.chain(additional.map(|_| super::krate::ident("additional")));
    let fit = all.map(|member| quote! { self.#member.fits(levels - 1) });
    let fit: Vec<TokenStream> = std::iter::once(quote! { levels > 0 }).chain(fit).collect();
    quote! {
        impl #nested for #name {
            fn fits(&self, levels: u32) -> bool { #(#fit)&&* }
        }
    }
}

/// What is one of several is no level of its own.
pub fn of_union(file: &FileCx<'_, '_>, id: TypeId, of: &Union) -> TokenStream {
    let (name, nested) = (file.named(id), file.from("flow_std::nested", "Nested"));
    let (nesting, flat): (Vec<usize>, Vec<usize>) = (0..of.members.len())
        .partition(|at| of.members.get(*at).is_some_and(|one| file.krate.nests(&one.ty)));
    let nesting = nesting.into_iter().map(|at| file.krate.member(id, at));
    let nesting = nesting.map(|variant| quote! { #name::#variant(value) => value.fits(levels), });
    let flat = flat.into_iter().map(|at| file.krate.member(id, at));
    let flat: Vec<TokenStream> = flat.map(|variant| quote! { #name::#variant(_) }).collect();
    let flat = (!flat.is_empty()).then(|| quote! { #(#flat)|* => true });
    quote! {
        impl #nested for #name {
            fn fits(&self, levels: u32) -> bool { match self { #(#nesting)* #flat } }
        }
    }
}
