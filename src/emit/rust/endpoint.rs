//! What the shell of a service has to know of an operation, and the handler between the shell and the steps.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::krate::ident;
use super::once::{self, Once};
use super::policy::Settings;
use super::{expr, kept, moves, pages};
use crate::emit::print::doc;
use crate::ir::streamed::Streamed;
use crate::ir::{
    Caching, InboundAuth, Known, LimitBy, MediaKind, Operation, ParamPlace, Service, Type, scopes, visit,
};

pub fn endpoint(
    file: &FileCx<'_, '_>,
    service: &Service,
    number: usize,
    operation: &Operation,
) -> TokenStream {
    let (endpoint, app, arc) = (
        file.from("flow_std::http", "Endpoint"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let full = format!("{}.{}", service.name, operation.name);
    let (verb, path) = (&operation.method, crate::ir::template(&operation.path));
    let writes = operation.writes;
    let known = Settings::of_app(file);
    let deadline = known.duration(&operation.settings.deadline_ms);
    let max_body = known.size(&operation.settings.max_body);
    let body_kind = file.from("flow_std::http", "BodyKind");
    let body = match operation.params.iter().find_map(|param| match &param.place {
        ParamPlace::Body { kind, .. } => Some(*kind),
        _ => None,
    }) {
        None => quote! { #body_kind::None },
        Some(MediaKind::Form) => quote! { #body_kind::Form },
        Some(MediaKind::Multipart) => quote! { #body_kind::Multipart },
        Some(MediaKind::Binary) => quote! { #body_kind::Binary },
        Some(MediaKind::Text | MediaKind::Events) => quote! { #body_kind::Text },
        Some(MediaKind::Json | MediaKind::JsonLines) => quote! { #body_kind::Json },
    };
    let auth = auth(file, operation);
    let limit = limit(file, number, operation);
    let cors = pages::of_endpoint(file, number, service);
    let caching = caching(file, operation);
    let degraded = match &operation.settings.degraded {
        Some(header) => quote! { Some(#header) },
        None => quote! { None },
    };
    let deprecated = deprecated(file, operation);
    let audit = audit(operation);
    let promised = match operation.settings.slo.as_ref().and_then(|slo| slo.latency.as_ref()) {
        Some(latency) => {
            let time = known.duration(&Known::Written(latency.millis));
            quote! { Some(#time) }
        }
        None => quote! { None },
    };
    let what = doc("What the shell of the service has to know of it.");
    quote! {
        #what
        pub fn endpoint(app: &#arc<#app>) -> #endpoint {
            let app = #arc::clone(app);
            #endpoint {
                operation: #full,
                method: #verb,
                path: #path,
                writes: #writes,
                deadline: #deadline,
                max_body: #max_body,
                body: #body,
                auth: #auth,
                limit: #limit,
                cors: #cors,
                caching: #caching,
                degraded: #degraded,
                deprecated: #deprecated,
                audit: #audit,
                promised: #promised,
                handler: Box::new(move |request| Box::pin(answer(#arc::clone(&app), request))),
            }
        }
    }
}

fn auth(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let ways = operation.settings.auth.iter().map(|way| match way {
        InboundAuth::Public => {
            let auth = file.from("flow_std::auth", "Auth");
            quote! { #auth::Public }
        }
        InboundAuth::Service
        | InboundAuth::ApiKey { .. }
        | InboundAuth::Jwt(_)
        | InboundAuth::Mtls { .. } => {
            let field = super::callers::field(file.krate, way);
            let wanting = wanting(file, operation, way);
            quote! { app.callers.#field.clone() #wanting }
        }
    });
    let ways: Vec<TokenStream> = ways.collect();
    quote! { vec![#(#ways),*] }
}

/// The scopes without which nobody may call, for those who show a token without them.
fn wanting(file: &FileCx<'_, '_>, operation: &Operation, way: &InboundAuth) -> Option<TokenStream> {
    let scopes = scopes::required(file.krate.program, operation);
    let is_told = matches!(way, InboundAuth::Jwt(_)) && !scopes.is_empty();
    is_told.then(|| quote! { .wanting(&[#(#scopes),*]) })
}

pub fn limit(file: &FileCx<'_, '_>, service: usize, operation: &Operation) -> TokenStream {
    match &operation.settings.limit {
        None => quote! { None },
        Some(_) => {
            let arc = file.from("std::sync", "Arc");
            let field = super::app::limit_field(file.krate, service, operation);
            quote! { Some(#arc::clone(&app.limits.#field)) }
        }
    }
}

/// The parameters that the audit log may show.
fn audit(operation: &Operation) -> TokenStream {
    if !operation.is_audited() {
        return quote! { None };
    }
    let shown = operation.path_params().filter(|param| !param.labelled).map(|param| &param.wire);
    let shown: Vec<&String> = shown.collect();
    quote! { Some(&[#(#shown),*]) }
}

fn caching(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let name = file.from("flow_std::http", "Caching");
    match operation.caching() {
        Caching::Never => quote! { #name::Never },
        Caching::Asked => quote! { #name::Asked },
        Caching::Own => quote! { #name::Own },
        Caching::All { vary } => quote! { #name::All { vary: &[#(#vary),*] } },
    }
}

fn deprecated(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let Some(of) = &operation.settings.deprecated else { return quote! { None } };
    let name = file.from("flow_std::http", "Deprecation");
    let since = of.since_header();
    let sunset = match of.sunset_header() {
        Some(date) => quote! { Some(#date) },
        None => quote! { None },
    };
    let link = match &of.link {
        Some(link) => quote! { Some(#link) },
        None => quote! { None },
    };
    quote! { Some(#name { since: #since, sunset: #sunset, link: #link }) }
}

pub fn handle(
    file: &FileCx<'_, '_>,
    operation: &Operation,
    streamed: Option<&Streamed<'_>>,
    module: &str,
) -> TokenStream {
    let (request, response, failure, app, arc) = (
        file.from("flow_std::http", "Request"),
        file.from("flow_std::http", "Response"),
        file.from("flow_std::failure", "Failure"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let run = ident(module);
    let once = once::request(file, operation);
    let reading = once.as_ref().map(|once| &once.reading);
    let key = limit_key(file, operation);
    let (reads, takes) = match operation.params.is_empty() {
        true => (quote! {}, quote! { Input {} }),
        false => (quote! { let input = read(&mut request); #key #reading }, quote! { input }),
    };
    let found = once.as_ref().and_then(|once| once.found.as_ref());
    let mutable =
        (!operation.params.is_empty() || !key.is_empty() || found.is_some()).then(|| quote! { mut });
    let reads = if operation.params.is_empty() {
        quote! { #key #reading }
    } else {
        reads
    };
    let read = (!operation.params.is_empty()).then(|| quote! { input });
    let checked = checked(&failure, &[read, found.cloned()]);
    let page = operation.settings.pages.then(|| quote! { let page = request.page(); });
    let ending = match streamed {
        Some(_) => in_parts(operation, &run, &takes),
        None if operation.settings.pages => paged(file, operation, &run, &takes),
        None => ending(operation, &run, &takes),
    };
    let ending = match once {
        Some(Once { wanted, .. }) => {
            let around = once::around(&ending);
            quote! { #wanted #around }
        }
        None => ending,
    };
    let what = doc("Takes a request, and gives its answer.");
    quote! {
        #what
        async fn answer(app: #arc<#app>, #mutable request: #request) -> Result<#response, #failure> {
            #reads
            #page
            let cx = request.finish()?;
            #checked
            #ending
        }
    }
}

/// What was read is there, or a fault has been recorded.
fn checked(failure: &Ident, names: &[Option<TokenStream>]) -> TokenStream {
    let names: Vec<&TokenStream> = names.iter().flatten().collect();
    let there = match names.as_slice() {
        [] => return quote! {},
        [one] => quote! { let Some(#one) = #one },
        many => quote! { let (#(Some(#many)),*) = (#(#many),*) },
    };
    quote! {
        #there else {
            return Err(#failure::internal("a parameter was refused without a fault"));
        };
    }
}

/// The answer goes out while its elements come in.
fn in_parts(operation: &Operation, run: &Ident, takes: &TokenStream) -> TokenStream {
    let status = operation.outcomes.first().map_or(200, |one| one.0);
    let status = proc_macro2::Literal::u16_unsuffixed(status);
    quote! {
        let elements = #run(app, cx, #takes).await?;
        Ok(Response::elements(#status, elements))
    }
}

/// The answer says in a header, too, where the list goes on.
fn paged(file: &FileCx<'_, '_>, operation: &Operation, run: &Ident, takes: &TokenStream) -> TokenStream {
    let status = proc_macro2::Literal::u16_unsuffixed(operation.outcomes.first().map_or(200, |one| one.0));
    let record = file.krate.def_of(&operation.result);
    let next = record.and_then(|(id, def)| Some(file.krate.member(id, def.position("next")?)));
    let next = next.unwrap_or_else(|| ident("next"));
    quote! {
        let value = #run(app, cx, #takes).await?;
        Ok(page.link(Response::json(#status, &value), value.#next.as_deref()))
    }
}

pub fn ending(operation: &Operation, run: &Ident, takes: &TokenStream) -> TokenStream {
    let several = operation.outcomes.len() > 1;
    let first = operation.outcomes.first().map_or((204, Type::Unit), Clone::clone);
    let status = proc_macro2::Literal::u16_unsuffixed(first.0);
    match (several, &first.1, &operation.result) {
        (true, _, Type::Unit) => quote! {
            let (status, ()) = #run(app, cx, #takes).await?;
            Ok(Response::empty(status))
        },
        (true, _, result) if result.is_optional() => quote! {
            let (status, value) = #run(app, cx, #takes).await?;
            match value {
                Some(value) => Ok(Response::json(status, &value)),
                None => Ok(Response::empty(status)),
            }
        },
        (true, ..) => quote! {
            let (status, value) = #run(app, cx, #takes).await?;
            Ok(Response::json(status, &value))
        },
        (false, Type::Unit, _) => quote! {
            #run(app, cx, #takes).await?;
            Ok(Response::empty(#status))
        },
        (false, Type::Bytes, _) => quote! {
            let value = #run(app, cx, #takes).await?;
            Ok(Response::binary(#status, "application/octet-stream", value))
        },
        (false, ..) => quote! {
            let value = #run(app, cx, #takes).await?;
            Ok(Response::json(#status, &value))
        },
    }
}

/// A limit by a text over the parameters, the caller and the request.
fn limit_key(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let Some((names, key)) = limit_text(file, operation, &["app", "request"]) else { return quote! {} };
    let context = reads_context(operation).then(|| quote! { let cx = request.context(); });
    let counted = quote! {
        #context
        #names
        let key = #key;
        request.limit_by(&key).await;
    };
    match operation.params.is_empty() {
        true => quote! { #counted },
        false => quote! { if let Some(input) = &input { #counted } },
    }
}

/// The same where it is called from within the executable: what the call is counted by.
pub fn limit_key_within(file: &FileCx<'_, '_>, full: &str, operation: &Operation) -> Option<TokenStream> {
    let reserved = ["app", "to", "with", "peer", "answer", "steps"];
    let (names, key) = limit_text(file, operation, &reserved)?;
    let local = file.std("local");
    let context = reads_context(operation).then(|| quote! { let cx = #local::inside(cx, #full); });
    let is_fallible = matches!(
        operation.settings.limit.as_ref().map(|limit| &limit.by), Some(LimitBy::Key(key)) if key.fallible
    );
    Some(match is_fallible {
        false => quote! { { #context #names #key } },
        true => {
            let failure = file.from("flow_std::failure", "Failure");
            quote! {
                {
                    let key = || -> Result<String, #failure> { #context #names Ok(#key) };
                    key().map_err(|failure| #local::refused(#full, &failure))?
                }
            }
        }
    })
}

/// The names that the text of a limit is made of, and the text.
fn limit_text(
    file: &FileCx<'_, '_>,
    operation: &Operation,
    reserved: &[&str],
) -> Option<(TokenStream, TokenStream)> {
    let Some(LimitBy::Key(key)) = operation.settings.limit.as_ref().map(|limit| &limit.by) else {
        return None;
    };
    let reserved = [reserved, &["cx", "input", "key", "limit_key"]].concat();
    let cx = BodyCx::new(file, &operation.locals, moves::Moves::default(), Fails::AsProblem, &reserved);
    let names = kept::names(&cx, operation, &[key]);
    Some((names, expr::owned(&cx, key)))
}

/// Whether the text of a limit is made of the caller or the request.
fn reads_context(operation: &Operation) -> bool {
    let Some(LimitBy::Key(key)) = operation.settings.limit.as_ref().map(|limit| &limit.by) else {
        return false;
    };
    let mut found = false;
    visit::locals(key, &mut |local| found |= [operation.caller, operation.request].contains(&Some(local)));
    found
}
