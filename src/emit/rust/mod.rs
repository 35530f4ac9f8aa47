//! The Rust code of a crate: one file for each kind of thing, each made of tokens and printed through one door.

mod absent;
mod app;
mod backend;
mod body;
mod branch;
mod call;
mod callers;
mod clients;
mod codec;
mod config;
mod convert;
mod endpoint;
mod expr;
mod file;
mod functions;
mod kept;
mod krate;
mod literal;
mod local;
mod moves;
mod nested;
mod once;
mod operation;
mod operator;
mod outbound;
mod overlap;
mod pages;
mod policy;
mod recursion;
mod remote;
mod request;
mod std_call;
mod step;
mod streamed;
mod types;
mod undo;

use proc_macro2::TokenStream;
use quote::quote;

use super::File;
use crate::ir::{Bundle, Expr, Program, Slice};
use body::{BodyCx, Fails};
use file::FileCx;
use krate::{Home, Krate, ident};
pub use krate::{Modules, modules};

/// What a crate is: one service, or several in one executable.
#[derive(Debug, Clone, Copy)]
pub enum CrateKind<'a> {
    /// By its number in the program.
    Service(usize),
    Bundle(&'a Bundle),
}

/// The sources of a crate; their paths start at its folder. `crate_name` is its name as Rust knows it.
pub fn crate_files(
    program: &Program,
    modules: &Modules,
    slice: &Slice,
    kind: CrateKind<'_>,
    crate_name: &str,
) -> Result<Vec<File>, String> {
    let (services, is_bundle, title) = match kind {
        CrateKind::Service(at) => {
            (vec![at], false, program.services.get(at).map_or("", |service| service.name.as_str()))
        }
        CrateKind::Bundle(bundle) => (bundle.services.clone(), true, bundle.name.as_str()),
    };
    let krate = Krate::new(program, modules, slice, services, is_bundle);
    let mut files = Vec::new();
    let mut add = |path: &str, text: String| files.push(File { path: path.to_owned(), text });
    let mut backends = Vec::new();
    for (at, operations) in &slice.backends {
        let operations: Vec<usize> = operations.iter().copied().collect();
        let (module, text) = backend::module(&krate, *at, &operations)?;
        add(&format!("src/backends/{module}.rs"), text);
        backends.push(module);
    }
    // Types of backends whose operations are not called.
    for at in 0..program.backends.len() {
        let is_needed = slice.types.keys().any(|id| krate.type_name(*id).0 == Home::Backend(at));
        if !slice.backends.contains_key(&at) && is_needed {
            let module = krate.backend_module(at).to_owned();
            add(&format!("src/backends/{module}.rs"), only_types(&krate, at)?);
            backends.push(module);
        }
    }
    let mut remotes = Vec::new();
    for (at, operations) in &slice.remote {
        let operations: Vec<usize> = operations.iter().copied().collect();
        let (module, text) = remote::module(&krate, *at, &operations)?;
        add(&format!("src/services/{module}.rs"), text);
        remotes.push(module);
    }
    for at in krate.services.clone() {
        let Some(service) = program.services.get(at) else { continue };
        let folder = match is_bundle {
            true => format!("src/operations/{}", krate.service_module(at)),
            false => "src/operations".to_owned(),
        };
        let modules = operation::modules(service);
        for (number, module) in modules.iter().enumerate() {
            add(&format!("{folder}/{module}.rs"), operation::file(&krate, at, number, module)?);
        }
        add(&format!("{folder}/mod.rs"), operations_module(&krate, service, &modules)?);
    }
    if is_bundle {
        let modules: Vec<String> =
            krate.services.iter().map(|at| krate.service_module(*at).to_owned()).collect();
        add("src/operations/mod.rs", services_module(&krate, &modules)?);
    }
    add("src/app.rs", app::file(&krate)?);
    add("src/main.rs", main(&krate, crate_name)?);
    let mut modules = vec!["app", "operations"];
    if let Some(text) = kept::file(&krate)? {
        add("src/caches.rs", text);
        modules.push("caches");
    }
    if !slice.config.is_empty() {
        add("src/config.rs", config::file(&krate)?);
        modules.push("config");
    }
    if !slice.functions.is_empty() {
        add("src/maps.rs", functions::file(&krate)?);
        modules.push("maps");
    }
    if !slice.problems.is_empty() {
        add("src/problems.rs", problems(&krate)?);
        modules.push("problems");
    }
    // Asked for by the files above: the types come before the rules that they name.
    if slice.types.keys().any(|id| krate.type_name(*id).0 == Home::Types) || krate.conversion(0).is_some() {
        add("src/types.rs", own_types(&krate)?);
        modules.push("types");
    }
    if !krate.rules().is_empty() {
        add("src/rules.rs", rules(&krate)?);
        modules.push("rules");
    }
    if !backends.is_empty() {
        add(
            "src/backends/mod.rs",
            plain_modules(&krate, "The backends, as far as they are called.", &backends)?,
        );
        modules.push("backends");
    }
    if !remotes.is_empty() {
        add(
            "src/services/mod.rs",
            plain_modules(&krate, "Other services of the project, which are called over HTTP.", &remotes)?,
        );
        modules.push("services");
    }
    modules.sort_unstable();
    add("src/lib.rs", library(&krate, title, &modules)?);
    Ok(files)
}

/// A value that needs nothing around it.
pub fn constant(file: &FileCx<'_, '_>, value: &Expr) -> TokenStream {
    let cx = BodyCx::new(file, &[], moves::Moves::default(), Fails::On, &[]);
    expr::owned(&cx, value)
}

/// A decoder applied to a reader.
pub fn called(decoder: &TokenStream, to: &TokenStream) -> TokenStream {
    let text = decoder.to_string();
    match text.strip_prefix("| from | ") {
        Some(body) => match body.parse::<TokenStream>() {
            Ok(body) => quote! { #body },
            Err(_) => quote! { (#decoder)(#to) },
        },
        None => quote! { #decoder(#to) },
    }
}

fn only_types(krate: &Krate<'_>, at: usize) -> Result<String, String> {
    let file = FileCx::new(krate, Some(Home::Backend(at)));
    let types = types::items(&file, Home::Backend(at));
    let name = krate.program.backends.get(at).map_or("", |backend| backend.name.as_str());
    file.finish(&format!("Parts of the contract of {name}."), types)
}

fn own_types(krate: &Krate<'_>) -> Result<String, String> {
    let file = FileCx::new(krate, Some(Home::Types));
    let types = types::items(&file, Home::Types);
    let mut conversions = Vec::new();
    // Conversions ask for further ones.
    let mut at = 0;
    while let Some((from, to)) = krate.conversion(at) {
        conversions.push(convert::implementation(&file, from, to));
        at += 1;
    }
    file.finish("The data of the flows.", quote! { #types #(#conversions)* })
}

fn plain_modules(krate: &Krate<'_>, doc: &str, names: &[String]) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let mut names = names.to_vec();
    names.sort_unstable();
    let names = names.iter().map(|name| ident(name));
    file.finish(doc, quote! { #(pub mod #names;)* })
}

fn services_module(krate: &Krate<'_>, names: &[String]) -> Result<String, String> {
    let each = names.iter().map(|name| ident(name));
    let all = quote! {
        let mut all = Vec::new();
        #(all.extend(#each::endpoints(app));)*
        all
    };
    endpoints_module(
        krate,
        "The operations of all services of this executable.",
        names,
        &quote! { app },
        &all,
    )
}

fn operations_module(
    krate: &Krate<'_>,
    service: &crate::ir::Service,
    names: &[String],
) -> Result<String, String> {
    let each = names.iter().map(|name| ident(name));
    let app = if service.operations.is_empty() {
        quote! { _app }
    } else {
        quote! { app }
    };
    let doc = format!("The operations of {}.", service.name);
    endpoints_module(krate, &doc, names, &app, &quote! { vec![#(#each::endpoint(app)),*] })
}

/// The modules below, and all of their endpoints.
fn endpoints_module(
    krate: &Krate<'_>,
    doc: &str,
    names: &[String],
    app_name: &TokenStream,
    all: &TokenStream,
) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let (app, arc, endpoint) = (
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
        file.from("flow_std::http", "Endpoint"),
    );
    let mut names = names.to_vec();
    names.sort_unstable();
    let names = names.iter().map(|name| ident(name));
    file.finish(
        doc,
        quote! {
            #(pub mod #names;)*

            /// All of them, for the shell.
            pub fn endpoints(#app_name: &#arc<#app>) -> Vec<#endpoint> {
                #all
            }
        },
    )
}

fn main(krate: &Krate<'_>, crate_name: &str) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let code = file.from("std::process", "ExitCode");
    let run = file.from("flow_std::http", "run");
    let allocator = file.from("flow_std", "Allocator");
    let library = ident(crate_name);
    file.finish(
        "Runs the service until it is told to end.",
        quote! {
            #[global_allocator]
            static ALLOCATOR: #allocator = #allocator;

            fn main() -> #code { #run(#library::service()) }
        },
    )
}

fn library(krate: &Krate<'_>, title: &str, modules: &[&str]) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let (service, environment, endpoint) = (
        file.from("flow_std::http", "Service"),
        file.from("flow_std::http", "Environment"),
        file.from("flow_std::http", "Endpoint"),
    );
    let router = file.from("axum", "Router");
    let shell = file.from("flow_std::http", "Shell");
    let modules = modules.iter().map(|name| ident(name));
    let first = krate.services.first().and_then(|at| krate.program.services.get(*at));
    let doc = match (krate.is_bundle, first.and_then(|service| service.doc.as_deref())) {
        (false, Some(doc)) => format!("{title}: {doc}"),
        (false, None) => title.to_owned(),
        (true, _) => {
            format!("{title}: several services in one executable, which call each other as functions.")
        }
    };
    let version = &krate.program.version;
    let undoings = undo::of_crate(krate);
    let undoes = (!undoings.is_empty()).then(|| quote! { env.undoes(&app.runs, vec![#(#undoings),*]); });
    file.finish(
        &doc,
        quote! {
            #(pub mod #modules;)*

            /// What the shell runs.
            pub fn service() -> #service {
                #service {
                    name: #title,
                    version: #version,
                    contract: include_str!("../openapi.yaml"),
                    page: include_str!("../docs.html"),
                    endpoints,
                }
            }

            /// The operations, made with what the environment says.
            pub fn endpoints(env: &mut #environment) -> Option<Vec<#endpoint>> {
                let app = app::App::read(env)?;
                #undoes
                Some(operations::endpoints(&app))
            }

            /// The same as a router, for tests and for servers of your own.
            pub fn router(env: &mut #environment, shell: #shell) -> Option<#router> {
                Some(flow_std::http::router(endpoints(env)?, shell))
            }
        },
    )
}

fn problems(krate: &Krate<'_>) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let kind = file.from("flow_std::failure", "ProblemType");
    let items = krate.slice.problems.iter().filter_map(|id| {
        let problem = krate.program.problems.get(id.0)?;
        let (name, uri) = (krate.problem(*id), super::names::problem_uri(krate.program, *id));
        let what = super::print::doc(problem.doc.as_deref().unwrap_or(&problem.title));
        let (label, title) = (&problem.name, &problem.title);
        let status = proc_macro2::Literal::u16_unsuffixed(problem.status);
        Some(quote! {
            #what
            pub static #name: #kind =
                #kind { name: #label, status: #status, title: #title, uri: #uri };
        })
    });
    let items: Vec<TokenStream> = items.collect();
    file.finish("The problems that the flows answer with.", quote! { #(#items)* })
}

fn rules(krate: &Krate<'_>) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let items = krate.rules().into_iter().map(|(name, rule)| rule_item(&file, &name, &rule));
    let items: Vec<TokenStream> = items.collect();
    file.finish("What values have to keep to where they come in.", quote! { #(#items)* })
}

fn rule_item(file: &FileCx<'_, '_>, name: &str, rule: &krate::Rule) -> TokenStream {
    use krate::Rule;
    let name = ident(name);
    let text = |bound: &Option<String>| bound.clone();
    match rule {
        Rule::Text(rule) => {
            let ty = file.codec("TextRule");
            let pattern = rule.pattern.as_ref().map(|pattern| quote! { .matching(#pattern) });
            let min = rule.min.map(proc_macro2::Literal::u64_unsuffixed).map(|min| quote! { .min(#min) });
            let max = rule.max.map(proc_macro2::Literal::u64_unsuffixed).map(|max| quote! { .max(#max) });
            quote! { pub static #name: #ty = #ty::new() #pattern #min #max; }
        }
        Rule::Int(rule) => {
            let ty = file.codec("IntRule");
            let min = rule.min.map(literal::int).map(|min| quote! { .min(#min) });
            let max = rule.max.map(literal::int).map(|max| quote! { .max(#max) });
            quote! { pub static #name: #ty = #ty::new() #min #max; }
        }
        Rule::Float(rule) => {
            let ty = file.codec("FloatRule");
            let number = |bound: &Option<String>| bound.as_ref().map(|bound| literal::float(bound));
            let min = number(&rule.min).map(|min| quote! { .min(#min) });
            let max = number(&rule.max).map(|max| quote! { .max(#max) });
            let above = rule.above_min.then(|| quote! { .above_min() });
            let below = rule.below_max.then(|| quote! { .below_max() });
            quote! { pub static #name: #ty = #ty::new() #min #max #above #below; }
        }
        Rule::Decimal(rule) => {
            let ty = file.codec("DecimalRule");
            let min = text(&rule.min).map(|min| quote! { .min(#min) });
            let max = text(&rule.max).map(|max| quote! { .max(#max) });
            let above = rule.above_min.then(|| quote! { .above_min() });
            let below = rule.below_max.then(|| quote! { .below_max() });
            let scale =
                rule.scale.map(proc_macro2::Literal::u32_unsuffixed).map(|scale| quote! { .scale(#scale) });
            quote! { pub static #name: #ty = #ty::new() #min #max #above #below #scale; }
        }
    }
}
