//! Operations that are done once: how a request says which one it is, and what stands around the steps.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::operation::param_name;
use super::policy::Settings;
use super::{backend, expr, kept, moves, remote};
use crate::ir::{Idempotent, Operation, Param, RequestKey};

/// What stands around the steps of an operation that is done once, where a request is answered.
pub struct Once {
    /// While the request is read.
    pub reading: TokenStream,
    /// The names of what is there or not: a fault has been recorded.
    pub found: Option<TokenStream>,
    /// Once all of it has been read.
    pub wanted: TokenStream,
}

pub fn request(file: &FileCx<'_, '_>, operation: &Operation) -> Option<Once> {
    let of = operation.settings.idempotent.as_ref()?;
    let keep = Settings::of_app(file).duration(&of.keep_ms);
    Some(match &of.key {
        RequestKey::Header(name) => Once {
            reading: quote! { let want = request.once_by_header(#name, #keep); },
            found: Some(quote! { want }),
            wanted: quote! {},
        },
        RequestKey::Text(_) => {
            let key = text_key(file, operation, of);
            let want = file.from("flow_std::runs", "Want");
            Once {
                reading: quote! { let fingerprint = request.fingerprint(); },
                found: None,
                wanted: quote! {
                    #key
                    let want = #want { key, fingerprint, keep: #keep };
                },
            }
        }
    })
}

/// `ending` does the steps and makes a response of what they give.
pub fn around(ending: &TokenStream) -> TokenStream {
    quote! {
        let runs = app.runs.clone();
        let steps = |cx| async move { #ending };
        runs.once(&cx, want, steps).await
    }
}

/// How it is called from within the executable: what comes before the call, what is called, and how its answer is read.
pub fn within(
    file: &FileCx<'_, '_>,
    full: &str,
    operation: &Operation,
    ending: &TokenStream,
) -> Option<(TokenStream, TokenStream, TokenStream)> {
    let of = operation.settings.idempotent.as_ref()?;
    file.from("flow_std::http", "Response");
    let keep = Settings::of_app(file).duration(&of.keep_ms);
    let http = file.std("http");
    let (before, key) = match &of.key {
        RequestKey::Header(name) => (header_key(file, full, operation, name), quote! {}),
        RequestKey::Text(_) => (quote! {}, text_key(file, operation, of)),
    };
    let input = match operation.params.is_empty() {
        true => quote! { "" },
        false => quote! { &format!("{input:?}") },
    };
    let steps = quote! {
        move |cx| async move {
            #key
            let want = #http::want_within(key, #input, #keep);
            let runs = app.runs.clone();
            let steps = |cx| async move { #ending };
            runs.once_within(&cx, want, steps).await
        }
    };
    Some((before, steps, remote::answers(file, operation)))
}

/// The key that the flow gives, if it gives one, and else that of the step which makes the call.
fn header_key(file: &FileCx<'_, '_>, full: &str, operation: &Operation, name: &str) -> TokenStream {
    let declared = operation.params.iter().position(|param| param.is_header(name));
    let Some((at, param)) = declared.and_then(|at| Some((at, operation.params.get(at)?))) else {
        return quote! { let key = cx.step_key(#full); };
    };
    let field = param_name(operation, at);
    match param.ty.is_optional() {
        false => {
            let text = backend::as_text(file, &param.ty, &quote! { input.#field });
            quote! { let key = String::from(#text); }
        }
        true => {
            let text = backend::as_text(file, param.ty.present(), &quote! { key });
            quote! {
                let key = match &input.#field {
                    Some(key) => String::from(#text),
                    None => cx.step_key(#full),
                };
            }
        }
    }
}

/// What the client of an operation that is done once sends along, before the parameters.
pub fn sent(full: &str, operation: &Operation) -> TokenStream {
    match operation.settings.idempotent.as_ref().map(|of| &of.key) {
        None => quote! {},
        Some(RequestKey::Text(_)) => quote! { call.repeatable(); },
        Some(RequestKey::Header(name)) => {
            let is_given = |param: &Param| param.is_header(name) && !param.ty.is_optional();
            match operation.params.iter().any(is_given) {
                true => quote! {},
                false => quote! { call.key(#name, &cx.step_key(#full)); },
            }
        }
    }
}

/// `let key = …;`, with the names that it is made of.
fn text_key(file: &FileCx<'_, '_>, operation: &Operation, of: &Idempotent) -> TokenStream {
    let RequestKey::Text(key) = &of.key else { return quote! {} };
    let reserved = ["app", "cx", "input", "key", "fingerprint", "want", "runs", "steps", "request"];
    let cx = BodyCx::new(file, &operation.locals, moves::Moves::default(), Fails::AsProblem, &reserved);
    let names = kept::names(&cx, operation, &[key]);
    let key = expr::owned(&cx, key);
    quote! {
        #names
        let key = #key;
    }
}
