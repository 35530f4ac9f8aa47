//! Operations whose answers are kept: the caches of a crate, and what stands before the steps of such an operation.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::operation::param_name;
use super::policy::Settings;
use super::{expr, moves};
use crate::emit::name;
use crate::ir::{Cache, Expr, Operation, visit};

/// The field of `Caches` for an operation.
fn field(krate: &Krate<'_>, service: usize, operation: &Operation) -> Ident {
    ident(&format!("{}_{}", krate.service_module(service), name::snake(&operation.name)))
}

fn cached<'p>(krate: &Krate<'p>) -> Vec<(usize, &'p Operation, &'p Cache)> {
    let services = krate.services.iter().filter_map(|at| Some((*at, krate.program.services.get(*at)?)));
    services
        .flat_map(|(at, service)| service.operations.iter().map(move |operation| (at, operation)))
        .filter_map(|(at, operation)| Some((at, operation, operation.settings.cache.as_ref()?)))
        .collect()
}

/// How the caches are made where the application is, if there are any.
pub fn make(file: &FileCx<'_, '_>) -> Option<TokenStream> {
    let all = cached(file.krate);
    if all.is_empty() {
        return None;
    }
    let (caches, config) =
        (file.from("crate::caches", "Caches"), reads_config(&all).then(|| quote! { &config }));
    Some(quote! { #caches::empty(#config) })
}

fn reads_config(all: &[(usize, &Operation, &Cache)]) -> bool {
    all.iter().any(|(_, _, cache)| {
        let stale = cache.stale_ms.and_then(|stale| stale.config());
        [cache.keep_ms.config(), cache.entries.config(), stale].iter().any(Option::is_some)
    })
}

/// The file of the caches: one for each operation whose answers are kept.
pub fn file(krate: &Krate<'_>) -> Result<Option<String>, String> {
    let all = cached(krate);
    if all.is_empty() {
        return Ok(None);
    }
    let file = &FileCx::new(krate, None);
    let kept = file.from("flow_std::http", "Kept");
    let known = Settings::at_start(file);
    let names: Vec<Ident> = all.iter().map(|(service, of, _)| field(krate, *service, of)).collect();
    let types = all.iter().map(|(_, operation, _)| answer_type(file, operation));
    let types: Vec<TokenStream> = types.collect();
    let makes = all.iter().map(|(service, operation, cache)| {
        let service = krate.program.services.get(*service).map_or("", |service| &service.name);
        let (full, cache) = (format!("{service}.{}", operation.name), known.cache(cache));
        quote! { #kept::new(#full, #cache) }
    });
    let makes: Vec<TokenStream> = makes.collect();
    let param = reads_config(&all).then(|| {
        let config = file.from("crate::config", "Config");
        quote! { config: &#config }
    });
    let items = quote! {
        /// One for each operation.
        pub struct Caches { #(pub #names: #kept<#types>),* }

        impl Caches {
            /// Without any answers.
            pub fn empty(#param) -> Caches {
                Caches { #(#names: #makes),* }
            }
        }
    };
    file.finish("Answers of operations, which are used again for as long as their settings say.", items)
        .map(Some)
}

/// What the steps of an operation give.
pub fn answer_type(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let result = file.ty(&operation.result);
    match operation.outcomes.len() > 1 {
        true => quote! { (u16, #result) },
        false => result,
    }
}

/// What stands before the steps: `allow` is asked for each caller, whether or not there is an answer already.
pub fn before_steps(
    file: &FileCx<'_, '_>,
    service: usize,
    operation: &Operation,
    steps: &Ident,
) -> Option<TokenStream> {
    let cache = operation.settings.cache.as_ref()?;
    let field = field(file.krate, service, operation);
    let reserved = ["app", "cx", "input", "key", "steps"];
    let cx = BodyCx::new(file, &operation.locals, moves::Moves::default(), Fails::AsProblem, &reserved);
    let read: Vec<&Expr> = operation.settings.allow.iter().chain(&cache.key).collect();
    let names = names(&cx, operation, &read);
    let allow = super::operation::allow(&cx, operation);
    let (arc, policy) = (file.from("std::sync", "Arc"), file.std("policy"));
    let fields = (0..operation.params.len()).map(|at| {
        let name = param_name(operation, at);
        quote! { &input.#name }
    });
    let key = cache.key.as_ref().map(|key| {
        let key = expr::borrowed(&cx, key);
        // A look at a text that is made here is one already; one at a slice needs a place of its own.
        let is_look = key.to_string().starts_with("& format");
        if is_look {
            key
        } else {
            quote! { &#key }
        }
    });
    let parts: Vec<TokenStream> = fields.chain(key).collect();
    Some(quote! {
        #names
        #allow
        let key = #policy::parameters(&[#(#parts),*]);
        let steps = |cx| #steps(#arc::clone(&app), cx, input);
        app.caches.#field.get(&cx, &key, steps).await
    })
}

/// The names that some expressions read, as looks at what they stand for.
pub fn names(cx: &BodyCx<'_, '_, '_>, operation: &Operation, exprs: &[&Expr]) -> TokenStream {
    let mut read = Vec::new();
    exprs.iter().for_each(|expr| visit::locals(expr, &mut |local| read.push(local)));
    let mut lines = TokenStream::new();
    for (local, value) in
        [(operation.caller, quote! { cx.caller() }), (operation.request, quote! { cx.request() })]
    {
        if let Some(local) = local.filter(|local| read.contains(local)) {
            let name = cx.bind_reference(local);
            lines.extend(quote! { let #name = #value; });
        }
    }
    for (at, param) in operation.params.iter().enumerate().filter(|(_, param)| read.contains(&param.local)) {
        let (name, field) = (cx.bind_reference(param.local), param_name(operation, at));
        let look = (!cx.file.krate.is_copy(&param.ty)).then(|| quote! { & });
        lines.extend(quote! { let #name = #look input.#field; });
    }
    lines
}
