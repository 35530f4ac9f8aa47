//! Which web pages may call the services of a crate.

use proc_macro2::TokenStream;
use quote::quote;

use super::app::constant;
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::policy::{Settings, some};
use crate::ir::{Cors, Expr, ExprKind, Service};

/// The services that say something of it, with the names of their modules.
fn services<'k>(krate: &'k Krate<'_>) -> impl Iterator<Item = (&'k str, &'k Service, &'k Cors)> {
    krate.services.iter().filter_map(|at| {
        let service = krate.program.services.get(*at)?;
        Some((krate.service_module(*at), service, service.cors.as_ref()?))
    })
}

/// The struct with what all of them say, if there is anything.
pub fn pages(file: &FileCx<'_, '_>) -> Option<TokenStream> {
    let all: Vec<_> = services(file.krate).collect();
    if all.is_empty() {
        return None;
    }
    let (cors, arc, environment) = (
        file.from("flow_std::http", "Cors"),
        file.from("std::sync", "Arc"),
        file.from("flow_std::http", "Environment"),
    );
    let names: Vec<_> = all.iter().map(|(name, ..)| ident(name)).collect();
    let makes: Vec<TokenStream> = all.iter().map(|(_, service, of)| settings(file, service, of)).collect();
    let labels = all.iter().map(|(_, service, _)| crate::ir::label_of_pages(service));
    let config = reads_config(file).then(|| {
        let config = file.from("crate::config", "Config");
        quote! { config: &#config, }
    });
    Some(quote! {
        /// Which web pages may call.
        pub struct Pages { #(pub #names: #arc<#cors>),* }

        impl Pages {
            fn read(#config env: &mut #environment) -> Option<Pages> {
                #(let #names = env.take(#labels, #cors::new(#makes));)*
                Some(Pages { #(#names: #arc::new(#names?)),* })
            }
        }
    })
}

fn settings(file: &FileCx<'_, '_>, service: &Service, of: &Cors) -> TokenStream {
    let settings = file.from("flow_std::http", "CorsSettings");
    let origins = of.origins.iter().map(|origin| constant(file, origin));
    let (headers, exposes, credentials) =
        (service.headers_of_pages(), service.headers_for_pages(), of.credentials);
    let max_age = Settings::at_start(file).duration(&of.max_age_ms);
    quote! {
        #settings {
            origins: vec![#(#origins),*],
            headers: &[#(#headers),*],
            exposes: &[#(#exposes),*],
            credentials: #credentials,
            max_age: #max_age,
        }
    }
}

/// Whether any of it comes from outside: what is no literal is put together from variables.
pub fn reads_config(file: &FileCx<'_, '_>) -> bool {
    let is_read = |origin: &Expr| !matches!(origin.kind, ExprKind::Literal(_));
    services(file.krate).any(|(.., of)| of.origins.iter().any(is_read) || of.max_age_ms.config().is_some())
}

/// What the endpoints of a service have of it.
pub fn of_endpoint(file: &FileCx<'_, '_>, at: usize, service: &Service) -> TokenStream {
    some(service.cors.as_ref().map(|_| {
        let (arc, module) = (file.from("std::sync", "Arc"), ident(file.krate.service_module(at)));
        quote! { #arc::clone(&app.pages.#module) }
    }))
}
