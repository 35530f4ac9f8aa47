//! Calls between services of one executable: how an operation is called as a function, and what is remembered of the
//! services that are called so.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::file::FileCx;
use super::krate::{Krate, ident};
use super::once;
use super::operation::param_name;
use super::policy::Settings;
use super::{backend, endpoint};
use crate::emit::print::doc;
use crate::ir::{Operation, Param, ParamPlace, Service, Target, Type, visit};

/// How it is called by another service of the same executable.
pub fn call(
    file: &FileCx<'_, '_>,
    service: &Service,
    (service_number, number): (usize, usize),
    operation: &Operation,
    module: &str,
) -> TokenStream {
    let (context, call_failure, app, arc) = (
        file.from("flow_std::http", "Context"),
        file.from("flow_std::failure", "CallFailure"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let (local, endpoint) = (file.from("flow_std", "local"), file.from("flow_std::local", "LocalEndpoint"));
    let full = format!("{}.{}", service.name, operation.name);
    let writes = operation.writes;
    let deadline = Settings::of_app(file).duration(&operation.settings.deadline_ms);
    let limit = endpoint::limit(file, service_number, operation);
    let audit = audit(file, operation);
    let key = endpoint::limit_key_within(file, &full, operation);
    let (key, limit_key) = match key {
        Some(key) => (quote! { let limit_key = #key; }, quote! { Some(limit_key) }),
        None => (quote! {}, quote! { None }),
    };
    let result = file.ty(&operation.result);
    let run = ident(module);
    let takes = match operation.params.is_empty() {
        true => quote! { Input {} },
        false => quote! { input },
    };
    let once = once::within(file, &full, operation, &endpoint::ending(operation, &run, &takes));
    let (before, steps, answer) = match once {
        Some((before, steps, answer)) => (before, steps, Some(answer)),
        None if operation.outcomes.len() > 1 => {
            (quote! {}, quote! { move |cx| async move { Ok(#run(app, cx, input).await?.1) } }, None)
        }
        None => (quote! {}, quote! { move |cx| #run(app, cx, input) }, None),
    };
    let repeat = repeat(file, operation);
    let input = match answer.is_some() && operation.params.is_empty() {
        true => quote! { _input },
        false => quote! { input },
    };
    let target = Target::Service { service: service_number, operation: number };
    let with = has_policies(file.krate, target).then(|| with(file, operation));
    let called = match with.is_some() {
        false => quote! { #local::call(cx, &to, #steps).await },
        true => quote! { #local::call_with(cx, &to, &peer, with, #steps).await },
    };
    let with = with.map(|with| {
        let peer = ident(file.krate.service_module(service_number));
        quote! { #with let peer = #arc::clone(&app.peers.#peer); }
    });
    let call = match answer {
        Some(answer) => quote! { #with let answer = #called?; #answer },
        None => quote! { #with #called },
    };
    let what = doc("Calls it from another service of this executable, as if it were elsewhere.");
    quote! {
        #what
        pub async fn call(app: &#arc<#app>, cx: &#context, #input: Input) -> Result<#result, #call_failure> {
            #key
            let to = #endpoint {
                operation: #full,
                writes: #writes,
                repeat: #repeat,
                deadline: #deadline,
                limit: #limit,
                audit: #audit,
                limit_key: #limit_key,
            };
            #before
            let app = #arc::clone(app);
            #call
        }
    }
}

/// What a call tells the audit log of its parameters.
fn audit(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    if !operation.is_audited() {
        return quote! { None };
    }
    let is_shown = |param: &Param| param.is_in_path() && !param.labelled;
    let params = operation.params.iter().enumerate().filter(|(_, param)| is_shown(param));
    let params = params.map(|(at, param)| {
        let (name, field) = (&param.wire, param_name(operation, at));
        let text = match (&param.place, param.ty.present()) {
            (ParamPlace::Path(style), ty) if !backend::is_scalar(file, ty) => {
                let (text, style) = (file.codec("param_text"), backend::style_tokens(file, *style));
                quote! { #text(#style, &input.#field) }
            }
            (_, Type::Text(_) | Type::OpenEnum(_)) => quote! { input.#field.clone() },
            (_, Type::Named(_) | Type::Email | Type::Uri) => quote! { input.#field.as_str().to_owned() },
            _ => {
                file.codec("AsText");
                quote! { input.#field.as_text().into_owned() }
            }
        };
        quote! { (#name.to_owned(), #text) }
    });
    let params: Vec<TokenStream> = params.collect();
    quote! { Some(vec![#(#params),*]) }
}

/// Whether it can be called again without harm.
fn repeat(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let repeat = file.from("flow_std::http", "Repeat");
    match operation.is_repeatable() {
        true => quote! { #repeat::Safe },
        false => quote! { #repeat::Unsafe },
    }
}

/// What stands behind `with` at the call, and what tells its answers apart.
fn with(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let (local, policy) = (file.std("local"), file.std("policy"));
    let keys = operation.params.iter().enumerate().filter(|(_, param)| param.is_key).map(|(at, param)| {
        let name = param_name(operation, at);
        match param.ty.is_optional() {
            true => quote! { input.#name.is_some() },
            false => quote! { true },
        }
    });
    let keys: Vec<TokenStream> = keys.collect();
    let is_keyed = match keys.is_empty() {
        _ if operation.settings.idempotent.is_some() => quote! { true },
        true => quote! { false },
        false => quote! { #(#keys)||* },
    };
    let fields = (0..operation.params.len()).map(|at| {
        let name = param_name(operation, at);
        quote! { &input.#name }
    });
    let fields: Vec<TokenStream> = fields.collect();
    quote! { let with = #local::With::of(cx, #is_keyed, || #policy::parameters(&[#(#fields),*])); }
}

/// Whether a call in the crate has a retry, a hedge or a cache of its own.
pub fn has_policies(krate: &Krate<'_>, target: Target) -> bool {
    let mut found = false;
    let services = krate.services.iter().filter_map(|at| krate.program.services.get(*at));
    for operation in services.flat_map(|service| &service.operations) {
        visit::calls(&operation.steps, &mut |call| {
            found |= call.target == target && call.settings.has_policies();
        });
    }
    found
}

/// The services of the crate that are called with policies: one field of `Peers` for each.
pub fn peers(file: &FileCx<'_, '_>) -> Option<TokenStream> {
    let krate = file.krate;
    let is_called = |service: &&usize| {
        let operations = krate.slice.local.get(*service).into_iter().flatten();
        operations.into_iter().any(|operation| {
            has_policies(krate, Target::Service { service: **service, operation: *operation })
        })
    };
    let called = krate.services.iter().filter(is_called).map(|at| ident(krate.service_module(*at)));
    let names: Vec<Ident> = called.collect();
    if names.is_empty() {
        return None;
    }
    let (arc, peer) = (file.from("std::sync", "Arc"), file.from("flow_std::local", "Peer"));
    Some(quote! {
        /// What is remembered of the services of this executable that are called with policies.
        #[derive(Default)]
        pub struct Peers { #(pub #names: #arc<#peer>),* }
    })
}
