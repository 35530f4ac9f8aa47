//! An operation: how its request is read, who may call, its steps, and its answer.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use rustc_hash::FxHashMap;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::step::{self, Ends};
use super::{endpoint, kept, moves, request, undo};
use crate::emit::name::{self, Scope};
use crate::emit::names;
use crate::emit::print::doc;
use crate::ir::streamed::{Streamed, list_item, streamed};
use crate::ir::{LocalId, Operation, Service, Type, visit};

/// The module of each operation of a service, in order. The function in it has the same name, beside others.
pub fn modules(service: &Service) -> Vec<String> {
    let mut scope = names::modules([
        "answer",
        "app",
        "attempt",
        "call",
        "cx",
        "endpoint",
        "fan_out",
        "fan_out_writes",
        "input",
        "join",
        "join3",
        "join4",
        "join5",
        "read",
        "request",
        "try_join",
        "try_join3",
        "try_join4",
        "try_join5",
        "undoing",
    ]);
    if service.operations.iter().any(|operation| operation.settings.pages) {
        scope.unique("page".to_owned());
    }
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
    let read = request::read(&file, operation);
    let shell = endpoint::endpoint(&file, of, service, operation);
    let streamed = streamed(krate.program, krate.slice, (service, at));
    let handle = endpoint::handle(&file, operation, streamed.as_ref(), module);
    let unread = unread(krate, service, at);
    let variants = undo::variants(krate, operation);
    let label = format!("{}.{}", of.name, operation.name);
    let undos =
        (!variants.is_empty()).then(|| undo::items(&file, &label, module, &variants, !unread.is_empty()));
    let is_skipping = !unread.is_empty();
    let steps = match &streamed {
        Some(streamed) => run_in_parts(&file, of, operation, streamed, (module, is_skipping)),
        None => run(&file, (of, service), operation, (module, is_skipping), variants),
    };
    let is_called = krate.slice.local.get(&service).is_some_and(|called| called.contains(&at));
    let local = is_called.then(|| super::local::call(&file, of, (service, at), operation, module));
    let title = format!(
        "'{}.{}': '{} {}'.",
        of.name,
        operation.name,
        operation.method,
        crate::ir::template(&operation.path)
    );
    file.finish(&title, quote! { #unread #input #shell #handle #read #steps #undos #local })
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

// ---- the steps ----------------------------------------------------------------------------------

fn run(
    file: &FileCx<'_, '_>,
    (service, number): (&Service, usize),
    operation: &Operation,
    (module, skips): (&str, bool),
    variants: Vec<undo::Variant>,
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
    let is_kept = operation.settings.cache.is_some();
    let allow = operation.settings.allow.as_ref().filter(|_| !is_kept);
    let moves = moves::of_steps(&params, allow, &operation.steps, &takes);
    let reserved = ["app", "cx", "input", "undos", "failure", "steps", "write"];
    let has_undos = !variants.is_empty();
    let mut cx = BodyCx::new(file, &operation.locals, moves, Fails::AsProblem, &reserved)
        .reading(read_names(allow, &operation.steps));
    cx.undos = variants;
    cx.skips.set(skips);
    let scope = scope_names(&cx, operation);
    let fields = input_names(&cx, operation);
    let allow = allow.and_then(|_| self::allow(&cx, operation));
    let several = operation.outcomes.len() > 1;
    let steps = step::steps(&cx, &Ends { with_status: several }, &operation.steps);
    let steps = without_last_return(steps);
    let result = kept::answer_type(file, operation);
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
    let inner = ident(&format!("{module}_steps"));
    if let Some(before) = kept::before_steps(file, number, operation, &inner) {
        return quote! {
            #what
            pub async fn #name(app: #arc<#app>, cx: #context, input: Input) -> Result<#result, #failure> {
                #before
            }

            async fn #inner(#app_name: #arc<#app>, #cx_name: #context, #takes_input) -> Result<#result, #failure> {
                #scope #fields #steps #ends
            }
        };
    }
    if !has_undos {
        return quote! {
            #what
            pub async fn #name(#app_name: #arc<#app>, #cx_name: #context, #takes_input) -> Result<#result, #failure> {
                #scope #fields #allow #steps #ends
            }
        };
    }
    let undos = file.from("flow_std::undo", "Undos");
    quote! {
        #what
        pub async fn #name(app: #arc<#app>, cx: #context, input: Input) -> Result<#result, #failure> {
            let undos = #undos::new(&app.runs, undoing(&app), &cx);
            let ended = #inner(app, undos.context(), input, &undos).await;
            undos.end(ended).await
        }

        async fn #inner(
            #app_name: #arc<#app>, #cx_name: #context, #takes_input, undos: &#undos,
        ) -> Result<#result, #failure> {
            #scope #fields #allow #steps #ends
        }
    }
}

/// The steps of an operation whose answer goes out while it comes in.
fn run_in_parts(
    file: &FileCx<'_, '_>,
    service: &Service,
    operation: &Operation,
    streamed: &Streamed<'_>,
    (module, skips): (&str, bool),
) -> TokenStream {
    let (context, failure, app, arc, elements) = (
        file.from("flow_std::http", "Context"),
        file.from("flow_std::failure", "Failure"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
        file.from("flow_std::client", "Elements"),
    );
    let (allow, krate) = (operation.settings.allow.as_ref(), file.krate);
    let mut params: Vec<LocalId> = operation.params.iter().map(|param| param.local).collect();
    params.extend(operation.caller.iter().chain(&operation.request));
    let moves = moves::of_steps(&params, allow, &operation.steps, &|function, at| krate.takes(function, at));
    let reserved = ["app", "cx", "input", "failure"];
    let cx = BodyCx::new(file, &operation.locals, moves, Fails::AsProblem, &reserved)
        .reading(read_names(allow, &operation.steps));
    cx.skips.set(skips);
    let (scope, fields) = (scope_names(&cx, operation), input_names(&cx, operation));
    let allow = self::allow(&cx, operation);
    let steps = step::steps(&cx, &Ends { with_status: false }, streamed.before);
    let ending = super::streamed::ending(&cx, streamed, operation);
    let (name, item) = (ident(module), list_item(&operation.result).map(|item| file.ty(item)));
    let usual = || {
        format!(
            "The steps of '{}.{}'. The list goes out element by element, while it comes in.",
            service.name, operation.name
        )
    };
    let what = doc(&operation.doc.clone().unwrap_or_else(usual));
    let input = ident(if operation.params.is_empty() { "_input" } else { "input" });
    quote! {
        #what
        pub async fn #name(app: #arc<#app>, cx: #context, #input: Input) -> Result<#elements<#item>, #failure> {
            #scope #fields #allow #steps #ending
        }
    }
}

/// What turns a caller away who may not have the answer.
pub fn allow(cx: &BodyCx<'_, '_, '_>, operation: &Operation) -> Option<TokenStream> {
    let allow = operation.settings.allow.as_ref()?;
    let failure = cx.file.from("flow_std::failure", "Failure");
    let test = super::operator::fails(cx, allow);
    Some(quote! { if #test { return Err(#failure::forbidden()); } })
}

/// The names that the condition and the steps read.
fn read_names(allow: Option<&crate::ir::Expr>, steps: &[crate::ir::Step]) -> FxHashMap<LocalId, usize> {
    let mut read = FxHashMap::default();
    let mut look = |expr: &crate::ir::Expr| {
        visit::locals(expr, &mut |local| {
            *read.entry(local).or_default() += 1;
        });
    };
    allow.into_iter().for_each(&mut look);
    steps.iter().for_each(|step| visit::step_parts(step, &mut look));
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
