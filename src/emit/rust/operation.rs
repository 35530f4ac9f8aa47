//! An operation: how its request is read, who may call, its steps, and its answer.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use rustc_hash::FxHashMap;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::step::{self, Ends};
use super::{call, codec, expr, moves};
use crate::emit::name::{self, Scope};
use crate::emit::names;
use crate::emit::print::doc;
use crate::ir::{
    InboundAuth, LimitBy, LocalId, MediaKind, Operation, Param, ParamPlace, PathPart, Service, Style, Type,
    TypeDef, visit,
};

/// `/v1/orders/{id}`
pub fn template(path: &[PathPart]) -> String {
    let part = |part: &PathPart| match part {
        PathPart::Text(text) => text.clone(),
        PathPart::Param(name) => format!("{{{name}}}"),
    };
    path.iter().map(part).collect()
}

/// The module of each operation of a service, in order. The function in it has the same name, beside others.
pub fn modules(service: &Service) -> Vec<String> {
    let mut scope = names::modules([
        "answer",
        "attempt",
        "call",
        "endpoint",
        "fan_out",
        "fan_out_writes",
        "join",
        "join3",
        "join4",
        "join5",
        "read",
        "try_join",
        "try_join3",
        "try_join4",
        "try_join5",
    ]);
    service.operations.iter().map(|operation| scope.unique(name::snake(&operation.name))).collect()
}

/// `crate::operations::orders::place`
pub fn path(krate: &Krate<'_>, service: usize, operation: &Operation) -> String {
    let Some(of) = krate.program.services.get(service) else { return "crate".to_owned() };
    let at = of.operations.iter().position(|one| std::ptr::eq(one, operation)).unwrap_or(0);
    let module = modules(of).into_iter().nth(at).unwrap_or_default();
    match krate.is_bundle {
        true => format!("crate::operations::{}::{module}", krate.service_module(service)),
        false => format!("crate::operations::{module}"),
    }
}

pub fn param_name(operation: &Operation, at: usize) -> Ident {
    let mut scope = Scope::with(["request"]);
    let mut names = operation.params.iter().map(|param| scope.unique(name::snake(&param.name)));
    ident(&names.nth(at).unwrap_or_default())
}

/// The file of an operation.
pub fn file(krate: &Krate<'_>, service: usize, at: usize, module: &str) -> Result<String, String> {
    let Some(of) = krate.program.services.get(service) else { return Err("no such service".to_owned()) };
    let Some(operation) = of.operations.get(at) else { return Err("no such operation".to_owned()) };
    let file = FileCx::new(krate, None);
    let input = input(&file, operation);
    let read = read(&file, operation);
    let endpoint = endpoint(&file, of, service, operation);
    let handle = handle(&file, operation, module);
    let unread = unread(krate, service, at);
    let steps = run(&file, of, operation, (module, !unread.is_empty()));
    let is_called = krate.slice.local.get(&service).is_some_and(|called| called.contains(&at));
    let local = is_called.then(|| local(&file, of, service, operation, module));
    let title =
        format!("'{}.{}': '{} {}'.", of.name, operation.name, operation.method, template(&operation.path));
    file.finish(&title, quote! { #unread #input #endpoint #handle #read #steps #local })
}

/// Fields of answers that other operations read and this one does not.
fn unread(krate: &Krate<'_>, service: usize, at: usize) -> TokenStream {
    let Some(fields) = krate.slice.unread.get(&(service, at)) else { return quote! {} };
    let names: Vec<String> = fields.iter().filter_map(|(id, field)| krate.varying(*id, *field)).collect();
    let what =
        doc("What these steps do not read of answers, though other operations do: it may be whatever it is.");
    quote! { #what static UNREAD: &[&str] = &[#(#names),*]; }
}

fn input(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let fields = operation.params.iter().enumerate().map(|(at, param)| {
        let (name, ty) = (param_name(operation, at), file.ty(&param.ty));
        let doc = param.doc.as_deref().map(doc);
        quote! { #doc pub #name: #ty }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let what = doc("What a request carries.");
    quote! { #what #[derive(Clone, Debug)] pub struct Input { #(#fields),* } }
}

// ---- the request --------------------------------------------------------------------------------

fn read(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let request = file.from("flow_std::http", "Request");
    if operation.params.is_empty() {
        return quote! {};
    }
    let lines = operation.params.iter().enumerate().map(|(at, param)| {
        let (name, value) = (param_name(operation, at), self::param(file, param));
        quote! { let #name = #value; }
    });
    let lines: Vec<TokenStream> = lines.collect();
    let fields = (0..operation.params.len()).map(|at| {
        let name = param_name(operation, at);
        quote! { #name: #name? }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let what = doc("Reads and checks all parameters, so that all that does not fit is told at once.");
    quote! {
        #what
        fn read(request: &mut #request) -> Option<Input> {
            #(#lines)*
            Some(Input { #(#fields),* })
        }
    }
}

fn param(file: &FileCx<'_, '_>, param: &Param) -> TokenStream {
    let wire = &param.wire;
    let present = param.ty.present();
    let decoder = codec::any_decoder(file, present);
    let source = match &param.place {
        ParamPlace::Path => quote! { request.path(#wire) },
        ParamPlace::Query(style) => {
            let form = form(file, *style, present);
            quote! { request.query(#wire) #form }
        }
        ParamPlace::Header(style) => {
            let form = form(file, *style, present);
            quote! { request.header(#wire) #form }
        }
        ParamPlace::Cookie(style) => {
            let form = form(file, *style, present);
            quote! { request.cookie(#wire) #form }
        }
        ParamPlace::Body { kind, .. } => return body(param, *kind, &decoder),
    };
    match (&param.default, param.ty.is_optional()) {
        (Some(default), _) => {
            let default = super::constant(file, default);
            let default = codec::thunk(&default);
            quote! { #source.or(#default, #decoder) }
        }
        (None, true) => quote! { #source.optional(#decoder) },
        (None, false) => quote! { #source.required(#decoder) },
    }
}

fn form(file: &FileCx<'_, '_>, style: Style, ty: &Type) -> TokenStream {
    match (style, ty) {
        (Style::Json, _) => quote! { .json() },
        (Style::DeepObject, ty) => {
            let fields = match file.krate.def_of(ty) {
                Some((_, TypeDef::Record(record))) => {
                    record.fields.iter().map(|field| field.name.clone()).collect()
                }
                _ => Vec::new(),
            };
            let style = super::backend::style_tokens(file, style);
            quote! { .styled(#style).fields(&[#(#fields),*]) }
        }
        (Style::Form { .. }, Type::List(_)) => {
            let style = super::backend::style_tokens(file, style);
            quote! { .styled(#style).list() }
        }
        (Style::Simple { .. }, Type::List(_)) => quote! { .list() },
        _ => quote! {},
    }
}

fn body(param: &Param, kind: MediaKind, decoder: &TokenStream) -> TokenStream {
    match (kind, param.ty.is_optional()) {
        (MediaKind::Binary, true) => quote! { request.binary_body().map(Some) },
        (MediaKind::Binary, false) => quote! { request.binary_body() },
        (_, true) => quote! { request.optional_body(#decoder) },
        (_, false) => quote! { request.body(#decoder) },
    }
}

// ---- the shell ----------------------------------------------------------------------------------

fn endpoint(file: &FileCx<'_, '_>, service: &Service, number: usize, operation: &Operation) -> TokenStream {
    let (endpoint, app, arc) = (
        file.from("flow_std::http", "Endpoint"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let full = format!("{}.{}", service.name, operation.name);
    let (verb, path) = (&operation.method, template(&operation.path));
    let writes = operation.writes;
    let deadline = call::duration(operation.settings.deadline_ms);
    let max_body = proc_macro2::Literal::u64_unsuffixed(operation.settings.max_body);
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
    let degraded = match &operation.settings.degraded {
        Some(header) => quote! { Some(#header) },
        None => quote! { None },
    };
    let deprecated = deprecated(file, operation);
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
                degraded: #degraded,
                deprecated: #deprecated,
                handler: Box::new(move |request| Box::pin(answer(#arc::clone(&app), request))),
            }
        }
    }
}

fn auth(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let ways = operation.settings.auth.iter().map(|way| match way {
        InboundAuth::Public => {
            let auth = file.from("flow_std::http", "Auth");
            quote! { #auth::Public }
        }
        InboundAuth::Service => quote! { app.callers.service.clone() },
        InboundAuth::ApiKey { .. } => {
            let field = super::app::key_field(file.krate, way);
            quote! { app.callers.#field.clone() }
        }
    });
    let ways: Vec<TokenStream> = ways.collect();
    quote! { vec![#(#ways),*] }
}

fn limit(file: &FileCx<'_, '_>, service: usize, operation: &Operation) -> TokenStream {
    match &operation.settings.limit {
        None => quote! { None },
        Some(_) => {
            let arc = file.from("std::sync", "Arc");
            let field = super::app::limit_field(file.krate, service, operation);
            quote! { Some(#arc::clone(&app.limits.#field)) }
        }
    }
}

fn deprecated(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let Some(of) = &operation.settings.deprecated else { return quote! { None } };
    let name = file.from("flow_std::http", "Deprecation");
    let since = super::app::deprecation_since(&of.since);
    let sunset = match of.sunset.as_deref().map(super::app::http_date) {
        Some(date) => quote! { Some(#date) },
        None => quote! { None },
    };
    let link = match &of.link {
        Some(link) => quote! { Some(#link) },
        None => quote! { None },
    };
    quote! { Some(#name { since: #since, sunset: #sunset, link: #link }) }
}

fn handle(file: &FileCx<'_, '_>, operation: &Operation, module: &str) -> TokenStream {
    let (request, response, failure, app, arc) = (
        file.from("flow_std::http", "Request"),
        file.from("flow_std::http", "Response"),
        file.from("flow_std::failure", "Failure"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let run = ident(module);
    let key = limit_key(file, operation);
    let (reads, takes) = match operation.params.is_empty() {
        true => (quote! {}, quote! { Input {} }),
        false => (quote! { let input = read(&mut request); #key }, quote! { input }),
    };
    let mutable = (!operation.params.is_empty() || !key.is_empty()).then(|| quote! { mut });
    let reads = if operation.params.is_empty() { key.clone() } else { reads };
    let checked = match operation.params.is_empty() {
        true => quote! {},
        false => quote! {
            let Some(input) = input else {
                return Err(#failure::internal("a parameter was refused without a fault"));
            };
        },
    };
    let ending = ending(operation, &run, &takes);
    let what = doc("Takes a request, and gives its answer.");
    quote! {
        #what
        async fn answer(app: #arc<#app>, #mutable request: #request) -> Result<#response, #failure> {
            #reads
            let cx = request.finish()?;
            #checked
            #ending
        }
    }
}

fn ending(operation: &Operation, run: &Ident, takes: &TokenStream) -> TokenStream {
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

/// A limit by a text over the parameters.
fn limit_key(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let Some(LimitBy::Key(key)) = operation.settings.limit.as_ref().map(|limit| &limit.by) else {
        return quote! {};
    };
    let cx =
        BodyCx::new(file, &operation.locals, moves::Moves::default(), Fails::AsProblem, &["app", "request"]);
    let mut read = Vec::new();
    visit::locals(key, &mut |local| read.push(local));
    let used = operation.params.iter().enumerate().filter(|(_, param)| read.contains(&param.local));
    let names = used.map(|(at, param)| {
        let (name, field) = (cx.bind_reference(param.local), param_name(operation, at));
        quote! { let #name = &input.#field; }
    });
    let names: Vec<TokenStream> = names.collect();
    let key = expr::borrowed(&cx, key);
    quote! { if let Some(input) = &input { #(#names)* request.limit_by(#key); } }
}

// ---- the steps ----------------------------------------------------------------------------------

fn run(
    file: &FileCx<'_, '_>,
    service: &Service,
    operation: &Operation,
    (module, skips): (&str, bool),
) -> TokenStream {
    let (context, failure, app, arc) = (
        file.from("flow_std::http", "Context"),
        file.from("flow_std::failure", "Failure"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let mut params: Vec<LocalId> = operation.params.iter().map(|param| param.local).collect();
    params.extend(operation.caller.iter().chain(&operation.request));
    let krate = file.krate;
    let takes = |function, at| krate.takes(function, at);
    let moves = moves::of_steps(&params, operation.settings.allow.as_ref(), &operation.steps, &takes);
    let reserved = ["app", "cx", "input", "undos", "failure", "steps"];
    let cx = BodyCx::new(file, &operation.locals, moves, Fails::AsProblem, &reserved)
        .reading(read_names(operation));
    cx.skips.set(skips);
    let scope = scope_names(&cx, operation);
    let fields = input_names(&cx, operation);
    let allow = operation.settings.allow.as_ref().map(|allow| {
        let not = crate::ir::Expr {
            kind: crate::ir::ExprKind::Not(Box::new(allow.clone())),
            ty: Type::Bool,
            fallible: allow.fallible,
            from_answer: false,
        };
        let test = expr::owned(&cx, &not);
        quote! { if #test { return Err(#failure::forbidden()); } }
    });
    let several = operation.outcomes.len() > 1;
    let steps = step::steps(&cx, &Ends { with_status: several }, &operation.steps);
    let steps = without_last_return(steps);
    let result = file.ty(&operation.result);
    let result = if several {
        quote! { (u16, #result) }
    } else {
        result
    };
    let ends = ends_open(operation).then(|| match several {
        true => {
            let status =
                proc_macro2::Literal::u16_unsuffixed(operation.outcomes.first().map_or(204, |one| one.0));
            match operation.result {
                Type::Unit => quote! { Ok((#status, ())) },
                _ => quote! { Ok((#status, None)) },
            }
        }
        false => quote! { Ok(()) },
    });
    let name = ident(module);
    let text = operation
        .doc
        .clone()
        .unwrap_or_else(|| format!("The steps of '{}.{}'.", service.name, operation.name));
    let what = doc(&text);
    let takes_input = if operation.params.is_empty() {
        quote! { _input: Input }
    } else {
        quote! { input: Input }
    };
    let uses = |word: &str| {
        let all = quote! { #scope #allow #steps }.to_string();
        all.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|one| one == word)
    };
    let app_name = if uses("app") {
        quote! { app }
    } else {
        quote! { _app }
    };
    let cx_name = if uses("cx") {
        quote! { cx }
    } else {
        quote! { _cx }
    };
    let has_undo = {
        let mut found = false;
        visit::calls(&operation.steps, &mut |call| found |= call.undo.is_some());
        found
    };
    if !has_undo {
        return quote! {
            #what
            pub async fn #name(#app_name: #arc<#app>, #cx_name: #context, #takes_input) -> Result<#result, #failure> {
                #scope #fields #allow #steps #ends
            }
        };
    }
    let undos = file.from("flow_std::steps", "Undos");
    let inner = ident(&format!("{module}_steps"));
    quote! {
        #what
        pub async fn #name(app: #arc<#app>, cx: #context, input: Input) -> Result<#result, #failure> {
            let undos = #undos::new();
            let ended = #inner(app, cx, input, &undos).await;
            if ended.is_err() {
                undos.run().await;
            }
            ended
        }

        async fn #inner(
            app: #arc<#app>, cx: #context, #takes_input, undos: &#undos,
        ) -> Result<#result, #failure> {
            #scope #fields #allow #steps #ends
        }
    }
}

/// The names that the condition and the steps read.
fn read_names(operation: &Operation) -> FxHashMap<LocalId, usize> {
    let mut read = FxHashMap::default();
    let mut look = |expr: &crate::ir::Expr| {
        visit::locals(expr, &mut |local| {
            *read.entry(local).or_default() += 1;
        });
    };
    operation.settings.allow.iter().for_each(&mut look);
    operation.steps.iter().for_each(|step| visit::step_parts(step, &mut look));
    read
}

/// The steps may come to their end without a `return`.
fn ends_open(operation: &Operation) -> bool {
    !operation.steps.last().is_some_and(always_ends)
}

fn always_ends(step: &crate::ir::Step) -> bool {
    match &step.kind {
        crate::ir::StepKind::Return { .. } | crate::ir::StepKind::Fail(_) => true,
        crate::ir::StepKind::When { then, otherwise, .. } => {
            then.last().is_some_and(always_ends) && otherwise.last().is_some_and(always_ends)
        }
        _ => false,
    }
}

/// `return x;` at the end is `x`.
fn without_last_return(steps: TokenStream) -> TokenStream {
    let Ok(block) = syn::parse2::<syn::Block>(quote! { { #steps } }) else { return steps };
    let mut statements = block.stmts;
    if let Some(last) = statements.last_mut() {
        settle(last);
    }
    quote! { #(#statements)* }
}

fn settle(statement: &mut syn::Stmt) {
    match statement {
        syn::Stmt::Expr(syn::Expr::Return(ending), semicolon) => {
            if let Some(value) = ending.expr.take() {
                *semicolon = None;
                *statement = syn::Stmt::Expr(*value, None);
            }
        }
        syn::Stmt::Expr(syn::Expr::If(branch), _) => settle_if(branch),
        _ => {}
    }
}

fn settle_if(branch: &mut syn::ExprIf) {
    let Some((_, otherwise)) = &mut branch.else_branch else { return };
    if let Some(last) = branch.then_branch.stmts.last_mut() {
        settle(last);
    }
    match &mut **otherwise {
        syn::Expr::Block(block) => {
            if let Some(last) = block.block.stmts.last_mut() {
                settle(last);
            }
        }
        syn::Expr::If(inner) => settle_if(inner),
        _ => {}
    }
}

fn scope_names(cx: &BodyCx<'_, '_, '_>, operation: &Operation) -> TokenStream {
    let reads = |wanted: LocalId| cx.is_read(wanted);
    let mut lines = TokenStream::new();
    if let Some(local) = operation.caller.filter(|local| reads(*local)) {
        let name = cx.bind_reference(local);
        lines.extend(quote! { let #name = cx.caller(); });
    }
    if let Some(local) = operation.request.filter(|local| reads(*local)) {
        let name = cx.bind_reference(local);
        lines.extend(quote! { let #name = cx.request(); });
    }
    lines
}

fn input_names(cx: &BodyCx<'_, '_, '_>, operation: &Operation) -> TokenStream {
    let reads = |wanted: LocalId| cx.is_read(wanted);
    if operation.params.is_empty() {
        return quote! {};
    }
    let fields = operation.params.iter().enumerate().map(|(at, param)| {
        let field = param_name(operation, at);
        if !reads(param.local) {
            return quote! { #field: _ };
        }
        let name = cx.bind(param.local);
        if name == field {
            quote! { #field }
        } else {
            quote! { #field: #name }
        }
    });
    let fields: Vec<TokenStream> = fields.collect();
    quote! { let Input { #(#fields),* } = input; }
}

/// How it is called by another service of the same executable.
fn local(
    file: &FileCx<'_, '_>,
    service: &Service,
    number: usize,
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
    let deadline = call::duration(operation.settings.deadline_ms);
    let limit = limit(file, number, operation);
    let result = file.ty(&operation.result);
    let run = ident(module);
    let several = operation.outcomes.len() > 1;
    let steps = match several {
        true => quote! { move |cx| async move { Ok(#run(app, cx, input).await?.1) } },
        false => quote! { move |cx| #run(app, cx, input) },
    };
    let what = doc("Calls it from another service of this executable, as if it were elsewhere.");
    quote! {
        #what
        pub async fn call(app: &#arc<#app>, cx: &#context, input: Input) -> Result<#result, #call_failure> {
            let to = #endpoint { operation: #full, writes: #writes, deadline: #deadline, limit: #limit };
            let app = #arc::clone(app);
            #local::call(cx, &to, #steps).await
        }
    }
}
