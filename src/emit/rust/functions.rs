//! Maps and functions of the flows.

use proc_macro2::TokenStream;
use quote::quote;
use rustc_hash::{FxHashMap, FxHashSet};

use super::body::{BodyCx, Fails, ok, standing};
use super::file::FileCx;
use super::krate::Krate;
use super::{expr, moves};
use crate::emit::print::doc;
use crate::ir::{Function, FunctionId, Type};

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
    let krate = file.krate;
    let moves = moves::of_expr(&of.params, &of.body, &|function, at| krate.takes(function, at));
    let mut read = FxHashMap::default();
    crate::ir::visit::locals(&of.body, &mut |local| {
        *read.entry(local).or_default() += 1;
    });
    let cx = BodyCx::new(file, &of.locals, moves, Fails::On, &[]).reading(read);
    let name = file.krate.function(id);
    let params = of.params.iter().enumerate().map(|(at, local)| {
        let looks = !krate.takes(id, at);
        let mut used = false;
        crate::ir::visit::locals(&of.body, &mut |read| used |= read == *local);
        let name = if looks { cx.bind_view(*local) } else { cx.bind(*local) };
        let name = if used { name } else { super::krate::ident(&format!("_{name}")) };
        let ty = cx.local_type(*local);
        let ty = if looks { file.borrowed(&ty, &quote! {}) } else { file.ty(&ty) };
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
            (quote! { Result<#result, #fault> }, ok(body))
        }
        false => (result, standing(body)),
    };
    quote! { #what pub fn #name(#(#params),*) -> #result { #body } }
}

/// The parameters that functions only look at: none of them is taken by the body, nor by a function that the body
/// hands it to. Found from "all of them" downwards.
pub fn looks(krate: &Krate<'_>) -> FxHashSet<(FunctionId, usize)> {
    let types = &krate.program.types;
    let functions: Vec<(FunctionId, &Function)> = krate
        .slice
        .functions
        .iter()
        .filter_map(|id| Some((*id, krate.program.functions.get(id.0)?)))
        .collect();
    let mut looks = FxHashSet::default();
    for (id, function) in &functions {
        for (at, local) in function.params.iter().enumerate() {
            if function.locals.get(local.0).is_some_and(|local| has_view(&local.ty, krate)) {
                looks.insert((*id, at));
            }
        }
    }
    loop {
        let takes = |function: FunctionId, at: usize| !looks.contains(&(function, at));
        let taken: Vec<(FunctionId, usize)> = functions
            .iter()
            .flat_map(|(id, function)| {
                let consumed = moves::consumed(&function.params, &function.body, &takes, types);
                let at =
                    function.params.iter().enumerate().filter(move |(_, local)| consumed.contains(local));
                at.map(|(at, _)| (*id, at)).collect::<Vec<_>>()
            })
            .filter(|key| looks.contains(key))
            .collect();
        if taken.is_empty() {
            return looks;
        }
        taken.iter().for_each(|key| {
            looks.remove(key);
        });
    }
}

/// Types that are handed over by reference.
fn has_view(ty: &Type, krate: &Krate<'_>) -> bool {
    match ty {
        Type::Text(_) | Type::OpenEnum(_) | Type::List(_) | Type::Dict(_) | Type::Json => true,
        Type::Named(_) => !krate.is_copy(ty),
        _ => false,
    }
}
