//! Maps and functions of the flows.

use proc_macro2::TokenStream;
use quote::quote;
use rustc_hash::FxHashSet;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::krate::Krate;
use super::{expr, moves};
use crate::emit::print::doc;
use crate::ir::{Function, FunctionId};

pub fn file(krate: &Krate<'_>) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let items = krate
        .slice
        .functions
        .iter()
        .filter_map(|id| Some(function(&file, *id, krate.program.functions.get(id.0)?)));
    let items: Vec<TokenStream> = items.collect();
    file.finish("The maps and functions of the flows.", quote! { #(#items)* })
}

fn function(file: &FileCx<'_, '_>, id: FunctionId, of: &Function) -> TokenStream {
    let moves = moves::of_expr(&of.params, &of.body);
    let mut read = FxHashSet::default();
    crate::ir::visit::locals(&of.body, &mut |local| drop(read.insert(local)));
    let cx = BodyCx::new(file, &of.locals, moves, Fails::On, &["value"]).reading(read);
    let name = file.krate.function(id);
    let params = of.params.iter().map(|local| {
        let mut used = false;
        crate::ir::visit::locals(&of.body, &mut |read| used |= read == *local);
        let name = cx.bind(*local);
        let name = if used { name } else { super::krate::ident(&format!("_{name}")) };
        let ty = file.ty(&cx.local_type(*local));
        quote! { #name: #ty }
    });
    let params: Vec<TokenStream> = params.collect();
    let body = expr::owned(&cx, &of.body);
    let result = file.ty(&of.result);
    let place = format!("{}:{}", of.place.file, of.place.line);
    let what = match &of.doc {
        Some(text) => doc(&format!("{text}\n\n{place}")),
        None => doc(&format!("'{}', {place}", of.name)),
    };
    let (result, body) = match of.fallible {
        true => {
            let fault = file.std("Fault");
            (quote! { Result<#result, #fault> }, quote! { Ok(#body) })
        }
        false => (result, body),
    };
    quote! { #what pub fn #name(#(#params),*) -> #result { #body } }
}
