//! What all operations of a crate work with: clients, configuration, ways to say who calls, limits.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::body::{BodyCx, Fails};
use super::callers::Ways;
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::policy::{Settings, some};
use super::{backend, expr, kept, local, moves, outbound, pages};
use crate::ir::{Backend, Expr, InboundLimit, LimitBy, Operation, Program, Service, Tls};

pub fn operations<'p>(krate: &Krate<'p>) -> impl Iterator<Item = &'p Operation> {
    let program: &'p Program = krate.program;
    let services: Vec<&'p Service> =
        krate.services.iter().filter_map(|at| program.services.get(*at)).collect();
    services.into_iter().flat_map(|service| &service.operations)
}

/// `orders`, or `orders_place` where an operation has a limit of its own.
pub fn limit_field(krate: &Krate<'_>, service: usize, operation: &Operation) -> Ident {
    let module = krate.service_module(service);
    match operation.settings.limit.as_ref().is_some_and(|limit| limit.own) {
        true => ident(&format!("{module}_{}", crate::emit::name::snake(&operation.name))),
        false => ident(module),
    }
}

fn limits<'p>(krate: &Krate<'p>) -> Vec<(Ident, &'p InboundLimit)> {
    let mut limits: Vec<(Ident, &'p InboundLimit)> = Vec::new();
    for at in &krate.services {
        let Some(service) = krate.program.services.get(*at) else { continue };
        for operation in &service.operations {
            if let Some(limit) = &operation.settings.limit {
                let name = limit_field(krate, *at, operation);
                if !limits.iter().any(|(known, _)| *known == name) {
                    limits.push((name, limit));
                }
            }
        }
    }
    limits
}

pub fn file(krate: &Krate<'_>) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let (arc, environment, config) = (
        file.from("std::sync", "Arc"),
        file.from("flow_std::http", "Environment"),
        file.from("crate::config", "Config"),
    );
    let clients = clients(&file);
    let ways = Ways::of(krate);
    let limits = limits(krate);
    let fields = clients.iter().map(|client| {
        let (name, ty) = (&client.name, &client.ty);
        quote! { pub #name: #ty }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let callers = ways.items(&file);
    let limited = (!limits.is_empty()).then(|| limiters(&file, &limits));
    let (caches, peers, pages) = (kept::make(&file), local::peers(&file), pages::pages(&file));
    let callers_field = callers.is_some().then(|| quote! { pub callers: Callers, });
    let limits_field = limited.is_some().then(|| quote! { pub limits: Limits, });
    let pages_field = pages.is_some().then(|| quote! { pub pages: Pages, });
    let caches_field = caches.is_some().then(|| quote! { pub caches: Caches, });
    let peers_field = peers.is_some().then(|| quote! { pub peers: Peers, });
    let service_keys = needs_keys(krate, &ways).then(|| {
        let keys = file.from("flow_std::auth", "ServiceKeys");
        quote! { let service_keys = #keys::of(env); }
    });
    let makes = clients.iter().map(|client| {
        let (name, make) = (&client.name, &client.make);
        quote! { let #name = #make; }
    });
    let makes: Vec<TokenStream> = makes.collect();
    let callers_make = callers.is_some().then(|| ways.make());
    let pages_make = pages.is_some().then(|| {
        let config_arg = pages::reads_config(&file).then(|| quote! { &config, });
        quote! { let pages = Pages::read(#config_arg env); }
    });
    let done = clients.iter().map(|client| {
        let name = &client.name;
        quote! { #name: #name? }
    });
    let done: Vec<TokenStream> = done.collect();
    let callers_done = callers.is_some().then(|| quote! { callers: callers?, });
    let pages_done = pages.is_some().then(|| quote! { pages: pages?, });
    let limits_config = limits_read(&limits).then(|| quote! { &config });
    let limits_done = limited.is_some().then(|| quote! { limits: Limits::new(#limits_config), });
    let caches_done = caches.map(|make| quote! { caches: #make, });
    let peers_done = peers.is_some().then(|| quote! { peers: Peers::default(), });
    let (callers_items, limit_items) = (callers, limited);
    let configured = |tokens: TokenStream| (!krate.slice.config.is_empty()).then_some(tokens);
    let config_field = configured(quote! { pub config: #config, });
    let config_read = configured(quote! { let config = #config::read(env); });
    let config_there = configured(quote! { let config = config?; });
    let config_done = configured(quote! { config });
    let keeps = krate.slice.features.contains("store");
    let runs = file.from("flow_std::runs", "Runs");
    let runs_field = keeps.then(|| quote! { pub runs: #runs, });
    let runs_read = keeps.then(|| {
        let name = name_of(krate);
        quote! { let runs = #runs::read(env, #name); }
    });
    let runs_done = keeps.then(|| quote! { runs: runs?, });
    let body = quote! {
        #config_read
        #runs_read
        #service_keys
        #config_there
        #(#makes)*
        #callers_make
        #pages_make
        Some(#arc::new(App {
            #callers_done #limits_done #pages_done #caches_done #runs_done #peers_done #(#done,)* #config_done
        }))
    };
    let reads_env = body.to_string().contains("env");
    let env = super::krate::ident(if reads_env { "env" } else { "_env" });
    file.finish(
        "What the operations work with. It is made once, when the service starts.",
        quote! {
            /// Shared by all requests.
            pub struct App {
                #config_field
                #callers_field
                #limits_field
                #pages_field
                #runs_field
                #caches_field
                #peers_field
                #(#fields),*
            }

            impl App {
                /// Notes everything that is missing or malformed; then there is no app.
                pub fn read(#env: &mut #environment) -> Option<#arc<App>> { #body }
            }
            #callers_items
            #limit_items
            #pages
            #peers
        },
    )
}

/// What the store of the crate is called.
fn name_of<'k>(krate: &'k Krate<'_>) -> &'k str {
    let first = krate.services.first().and_then(|at| krate.program.services.get(*at));
    match krate.program.bundles.iter().find(|bundle| krate.is_bundle && bundle.services == krate.services) {
        Some(bundle) => &bundle.name,
        None => first.map_or("", |service| service.name.as_str()),
    }
}

fn needs_keys(krate: &Krate<'_>, ways: &Ways<'_>) -> bool {
    ways.has_service() || !krate.slice.remote.is_empty()
}

// ---- clients ------------------------------------------------------------------------------------

struct Client {
    name: Ident,
    ty: TokenStream,
    make: TokenStream,
}

fn clients(file: &FileCx<'_, '_>) -> Vec<Client> {
    let krate = file.krate;
    let mut clients = Vec::new();
    for at in krate.slice.backends.keys() {
        if let Some(backend) = krate.program.backends.get(*at) {
            clients.push(backend_client(file, *at, backend));
        }
    }
    for at in krate.slice.remote.keys() {
        if let Some(service) = krate.program.services.get(*at) {
            clients.push(service_client(file, *at, service, krate.address(*at)));
        }
    }
    clients
}

fn backend_client(file: &FileCx<'_, '_>, at: usize, of: &Backend) -> Client {
    let module = file.krate.backend_module(at);
    let (name, parent) = (ident(module), file.from("crate::backends", module));
    let struct_name = ident(&backend::struct_name(file.krate.client_of_backend(at)));
    let (client, settings) =
        (file.from("flow_std::client", "Client"), file.from("flow_std::client", "ClientSettings"));
    let url = constant(file, &of.url);
    let known = Settings::at_start(file);
    let (timeout, connect) = (known.duration(&of.timeout_ms), known.duration(&of.connect_timeout_ms));
    let max_body = known.size(&of.max_body);
    let (policies, tls) = (policies(&known, of), tls(file, &of.tls));
    let (headers, auth) = (outbound::headers(file, &of.headers), outbound::auth(file, &of.auth));
    let label = &of.name;
    let make = quote! {
        {
            let settings = #settings {
                timeout: #timeout,
                connect_timeout: #connect,
                #policies
                max_body: #max_body,
                #tls
                #headers
                #auth
                ..#settings::new(#url)
            };
            env.take(#label, #client::new(#label, settings)).map(#parent::#struct_name::new)
        }
    };
    Client { name, ty: quote! { #parent::#struct_name }, make }
}

fn policies(known: &Settings<'_, '_, '_>, of: &Backend) -> TokenStream {
    let mut all = TokenStream::new();
    let mut add = |name: &str, value: Option<TokenStream>| {
        if let Some(value) = value {
            let name = ident(name);
            all.extend(quote! { #name: Some(#value), });
        }
    };
    add("retry", of.retry.as_ref().map(|retry| known.retry(retry)));
    add("hedge", of.hedge.as_ref().map(|hedge| known.hedge(hedge)));
    add("breaker", of.breaker.as_ref().map(|breaker| known.breaker(breaker)));
    add("limit", of.limit.as_ref().map(|limit| known.outbound_limit(limit)));
    add("cache", of.cache.as_ref().map(|cache| known.cache(cache)));
    all
}

fn tls(file: &FileCx<'_, '_>, of: &Tls) -> TokenStream {
    let mut fields = TokenStream::new();
    for (name, value) in [("ca", &of.ca), ("server_name", &of.server_name)] {
        if let Some(value) = value {
            let (name, value) = (ident(name), constant(file, value));
            fields.extend(quote! { #name: Some(#value), });
        }
    }
    if of.only_tls13 {
        let version = file.from("flow_std::client", "TlsVersion");
        fields.extend(quote! { oldest: #version::Tls13, });
    }
    if fields.is_empty() {
        return quote! {};
    }
    let name = file.from("flow_std::client", "Tls");
    let is_whole = of.ca.is_some() && of.server_name.is_some() && of.only_tls13;
    let rest = (!is_whole).then(|| quote! { ..#name::default() });
    quote! { tls: #name { #fields #rest }, }
}

fn service_client(file: &FileCx<'_, '_>, at: usize, service: &Service, address: &str) -> Client {
    let module = file.krate.service_module(at);
    let (name, parent) = (ident(module), file.from("crate::services", module));
    let struct_name = ident(&backend::struct_name(file.krate.client_of_service(at)));
    let (client, settings) =
        (file.from("flow_std::client", "Client"), file.from("flow_std::client", "ClientSettings"));
    let label = &service.name;
    let of_service = quote! { #settings::service(url, keys.clone()) };
    let of_service = match file.krate.program.forwards() {
        true => quote! { #settings { hands_on: true, ..#of_service } },
        false => of_service,
    };
    let make = quote! {
        match (env.url(#address), &service_keys) {
            (Some(url), Some(keys)) => {
                let settings = #of_service;
                env.take(#address, #client::new(#label, settings)).map(#parent::#struct_name::new)
            }
            _ => None,
        }
    };
    Client { name, ty: quote! { #parent::#struct_name }, make }
}

/// A value that is known at start.
pub fn constant(file: &FileCx<'_, '_>, value: &Expr) -> TokenStream {
    expr::owned(&at_start(file), value)
}

pub fn at_start<'f>(file: &'f FileCx<'_, '_>) -> BodyCx<'f, 'f, 'f> {
    let mut cx = BodyCx::new(file, &[], moves::Moves::default(), Fails::On, &[]);
    cx.config = quote! { config };
    cx
}

// ---- limits -------------------------------------------------------------------------

fn limiters(file: &FileCx<'_, '_>, limits: &[(Ident, &InboundLimit)]) -> TokenStream {
    let known = Settings::at_start(file);
    let (arc, limiter, settings, by) = (
        file.from("std::sync", "Arc"),
        file.from("flow_std::http", "Limiter"),
        file.from("flow_std::http", "LimitSettings"),
        file.from("flow_std::http", "LimitBy"),
    );
    let names: Vec<&Ident> = limits.iter().map(|(name, _)| name).collect();
    let makes = limits.iter().map(|(_, limit)| {
        let rate = some(limit.rate.as_ref().map(|rate| known.rate(rate)));
        let burst = some(limit.burst.as_ref().map(|burst| known.count(burst)));
        let at_once = some(limit.at_once.as_ref().map(|count| known.count_as(count, "usize")));
        let whose = match limit.by {
            LimitBy::Caller => quote! { #by::Caller },
            LimitBy::Address => quote! { #by::Address },
            LimitBy::All => quote! { #by::All },
            LimitBy::Key(_) => quote! { #by::Key },
        };
        quote! { #limiter::new(#settings { rate: #rate, burst: #burst, by: #whose, at_once: #at_once }) }
    });
    let makes: Vec<TokenStream> = makes.collect();
    let config = limits_read(limits).then(|| {
        let config = file.from("crate::config", "Config");
        quote! { config: &#config }
    });
    quote! {
        /// How much callers may send.
        pub struct Limits { #(pub #names: #arc<#limiter>),* }

        impl Limits {
            fn new(#config) -> Limits {
                Limits { #(#names: #arc::new(#makes)),* }
            }
        }
    }
}

/// Whether any of them reads the configuration.
fn limits_read(limits: &[(Ident, &InboundLimit)]) -> bool {
    limits.iter().any(|(_, limit)| {
        let counts = [limit.burst, limit.at_once].into_iter().flatten();
        limit.rate.is_some_and(|rate| rate.config().is_some())
            || counts.into_iter().any(|count| count.config().is_some())
    })
}
