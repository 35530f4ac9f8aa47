//! Calls of backends and of other services: what is handed over, and what happens when they fail.

use proc_macro2::TokenStream;
use quote::quote;

use super::backend::Shape;
use super::body::BodyCx;
use super::expr::{borrowed, owned};
use super::krate::ident;
use super::policy::{Settings, some};
use crate::ir::{Argument, Arm, ArmBody, Call, Expr, Fail, FailurePattern, Own, Target, Type};

/// The future of a call: it gives a `Result<_, CallFailure>`.
pub fn future(cx: &BodyCx<'_, '_, '_>, call: &Call) -> TokenStream {
    let context = context(cx, call);
    match call.target {
        Target::Backend { backend, operation } => {
            let field = ident(cx.file.krate.backend_module(backend));
            let (method, args) = backend_call(cx, backend, operation, call);
            quote! { app.#field.#method(#context, #args) }
        }
        Target::Service { service, operation } if cx.file.krate.is_local(service) => {
            local_call(cx, service, operation, call, &context)
        }
        Target::Service { service, operation } => {
            let field = ident(cx.file.krate.service_module(service));
            let (method, args) = remote_call(cx, service, operation, call);
            quote! { app.#field.#method(#context, #args) }
        }
    }
}

/// The context, with what this call has for itself.
fn context(cx: &BodyCx<'_, '_, '_>, call: &Call) -> TokenStream {
    let known = Settings { file: cx.file, config: cx.config.clone() };
    let settings = &call.settings;
    let mut own = TokenStream::new();
    if cx.skips.get() && matches!(call.target, Target::Backend { .. }) {
        own.extend(quote! { .skipping(UNREAD) });
    }
    if let Some(timeout) = &settings.timeout_ms {
        let timeout = known.duration(timeout);
        own.extend(quote! { .with_timeout(#timeout) });
    }
    if let Some(retry) = overridden(&settings.retry, |retry| known.retry(retry)) {
        own.extend(quote! { .with_retry(#retry) });
    }
    if let Some(hedge) = overridden(&settings.hedge, |hedge| known.hedge(hedge)) {
        own.extend(quote! { .with_hedge(#hedge) });
    }
    if let Some(cache) = overridden(&settings.cache, |cache| known.cache(cache)) {
        let key = settings.cache.this().and_then(|cache| cache.key.as_ref());
        let key = some(key.map(|key| owned(cx, key)));
        own.extend(quote! { .with_cache(#cache, #key) });
    }
    // What has an undo is announced, and goes by what was made for it.
    match (call.undo.is_some(), own.is_empty()) {
        (true, true) => quote! { write.context() },
        (true, false) => quote! { &write.context() #own },
        (false, true) => cx.around("cx"),
        (false, false) => quote! { &cx #own },
    }
}

/// What stands in place of the backend's own policy, if anything does.
fn overridden<T>(own: &Own<T>, written: impl FnOnce(&T) -> TokenStream) -> Option<TokenStream> {
    match own {
        Own::Outer => None,
        Own::Off => Some(quote! { None }),
        Own::This(value) => Some(some(Some(written(value)))),
    }
}

/// A time as the standard library has it.
pub fn duration(millis: u64) -> TokenStream {
    let (unit, count) =
        if millis.is_multiple_of(1000) { ("from_secs", millis / 1000) } else { ("from_millis", millis) };
    let (unit, count) = (ident(unit), proc_macro2::Literal::u64_unsuffixed(count));
    quote! { std::time::Duration::#unit(#count) }
}

fn backend_call(
    cx: &BodyCx<'_, '_, '_>,
    backend: usize,
    operation: usize,
    call: &Call,
) -> (proc_macro2::Ident, TokenStream) {
    let krate = cx.file.krate;
    let shape = super::backend::shape(krate, backend, operation);
    let method = ident(&shape.method);
    let values = arguments(cx, &shape, call);
    let module = cx.file.krate.backend_module(backend).to_owned();
    let args = super::backend::arguments(&format!("crate::backends::{module}"), &shape, &values);
    (method, args)
}

fn remote_call(
    cx: &BodyCx<'_, '_, '_>,
    service: usize,
    operation: usize,
    call: &Call,
) -> (proc_macro2::Ident, TokenStream) {
    let shape = super::remote::shape(cx.file.krate, service, operation);
    let method = ident(&shape.method);
    let values = arguments(cx, &shape, call);
    let module = cx.file.krate.service_module(service).to_owned();
    let args = super::backend::arguments(&format!("crate::services::{module}"), &shape, &values);
    (method, args)
}

/// What is handed over for each parameter: a look at the value, or that there is none.
fn arguments(cx: &BodyCx<'_, '_, '_>, shape: &Shape, call: &Call) -> Vec<(String, TokenStream)> {
    let values = shape.params.iter().map(|param| {
        let given = call.args.iter().find(|argument| argument.param == param.at);
        let value = match given {
            Some(given) => argument(cx, call.target, given, borrowed),
            None => quote! { None },
        };
        (param.name.clone(), value)
    });
    values.collect()
}

/// The value of an argument, which has the name of its parameter as its place.
pub fn argument(
    cx: &BodyCx<'_, '_, '_>,
    target: Target,
    of: &Argument,
    write: fn(&BodyCx<'_, '_, '_>, &Expr) -> TokenStream,
) -> TokenStream {
    match cx.file.krate.program.parameter(target, of.param) {
        Some(name) => cx.within(name, || write(cx, &of.value)),
        None => write(cx, &of.value),
    }
}

/// A service of the same executable takes the values themselves.
fn local_call(
    cx: &BodyCx<'_, '_, '_>,
    service: usize,
    operation: usize,
    call: &Call,
    context: &TokenStream,
) -> TokenStream {
    let krate = cx.file.krate;
    let Some(target) = krate.program.services.get(service).and_then(|one| one.operations.get(operation))
    else {
        return quote! { () };
    };
    let module = super::operation::path(krate, service, target);
    let path: syn::Path = match syn::parse_str(&module) {
        Ok(path) => path,
        Err(_) => return quote! { () },
    };
    let fields = target.params.iter().enumerate().map(|(at, param)| {
        let field = super::operation::param_name(target, at);
        let given = call.args.iter().find(|argument| argument.param == at);
        let value = match (given, &param.default) {
            (Some(given), Some(default)) => cx.within(&param.name, || or_default(cx, &given.value, default)),
            (Some(given), None) => argument(cx, call.target, given, owned),
            (None, Some(default)) => owned(cx, default),
            (None, None) => quote! { None },
        };
        if field == value.to_string() {
            quote! { #field }
        } else {
            quote! { #field: #value }
        }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let app = cx.around("app");
    quote! { #path::call(#app, #context, #path::Input { #(#fields),* }) }
}

/// The argument of a parameter with a default may be absent.
fn or_default(cx: &BodyCx<'_, '_, '_>, value: &Expr, default: &Expr) -> TokenStream {
    match &value.kind {
        crate::ir::ExprKind::Convert(inner)
            if !inner.ty.is_optional() && inner.ty.looks_like(&default.ty) =>
        {
            owned(cx, inner)
        }
        _ if !value.ty.is_optional() => owned(cx, value),
        _ => {
            let (value, default) = (owned(cx, value), owned(cx, default));
            quote! { #value.unwrap_or_else(|| #default) }
        }
    }
}

// ---- failures -----------------------------------------------------------------------------------

/// The value of a call, with what its arms make of failures. It stands where `return` ends the operation.
pub fn value(cx: &BodyCx<'_, '_, '_>, call: &Call) -> TokenStream {
    let future = future(cx, call);
    match call.undo {
        Some(_) => handled(cx, call, &quote! { write.watch(#future).await }),
        None => handled(cx, call, &quote! { #future.await }),
    }
}

/// The elements of a list that a call gives, with what its arms make of failures.
pub fn elements(cx: &BodyCx<'_, '_, '_>, call: &Call) -> TokenStream {
    let Target::Backend { backend, operation } = call.target else { return value(cx, call) };
    let krate = cx.file.krate;
    let (field, context) = (ident(krate.backend_module(backend)), context(cx, call));
    let (_, args) = backend_call(cx, backend, operation, call);
    let method = ident(&super::backend::elements_name(krate, backend, operation));
    handled(cx, call, &quote! { app.#field.#method(#context, #args).await })
}

fn handled(cx: &BodyCx<'_, '_, '_>, call: &Call, result: &TokenStream) -> TokenStream {
    let converts = !call.gives.looks_like(&call.ty);
    if call.arms.is_empty() {
        return quote! { #result? };
    }
    let arms = call.arms.iter().map(|arm| self::arm(cx, call, arm));
    let arms: Vec<TokenStream> = arms.collect();
    let takes_all = call.arms.iter().any(|arm| arm.patterns.contains(&FailurePattern::Any));
    let rest = (!takes_all).then(|| quote! { Err(failure) => return Err(failure.into()) });
    let good = match converts {
        true => super::convert::of_tokens(cx, quote! { value }, &call.gives, &call.ty),
        false => quote! { value },
    };
    let all = arms.into_iter().chain(rest);
    match call.ty == Type::Unit {
        true => quote! { match #result { Ok(()) => {} #(#all),* } },
        false => quote! { match #result { Ok(value) => #good, #(#all),* } },
    }
}

fn arm(cx: &BodyCx<'_, '_, '_>, call: &Call, arm: &Arm) -> TokenStream {
    let tests =
        arm.patterns.iter().filter(|pattern| **pattern != FailurePattern::Any).map(|one| test(cx, one));
    let tests: Vec<TokenStream> = tests.collect();
    let bound = arm.binding.map(|local| {
        let name = cx.bind(local);
        let decoder = super::codec::decoder(cx.file, &cx.local_type(local));
        quote! { let #name = failure.body(#decoder)?; }
    });
    let takes_all = arm.patterns.contains(&FailurePattern::Any);
    let name = match (takes_all, bound.is_some()) {
        (true, false) => quote! { _ },
        _ => quote! { failure },
    };
    let guard = (!takes_all).then(|| quote! { if #(#tests)||* });
    let body = match &arm.body {
        ArmBody::Value(value) => {
            let taken = &call.name;
            let value = match value.ty == Type::Unit || matches!(call.ty, Type::Unit) {
                true => quote! {},
                false => owned(cx, value),
            };
            quote! { { #bound cx.degraded(#taken); #value } }
        }
        ArmBody::Fail(fail) => {
            let failure = problem(cx, fail);
            match bound {
                Some(bound) => quote! { { #bound return Err(#failure); } },
                None => quote! { return Err(#failure) },
            }
        }
    };
    quote! { Err(#name) #guard => #body }
}

fn test(cx: &BodyCx<'_, '_, '_>, pattern: &FailurePattern) -> TokenStream {
    match pattern {
        FailurePattern::Status(status) => {
            let status = proc_macro2::Literal::u16_unsuffixed(*status);
            quote! { failure.is_status(#status) }
        }
        FailurePattern::Class(class) => {
            let class = proc_macro2::Literal::u8_unsuffixed(*class);
            quote! { failure.is_class(#class) }
        }
        FailurePattern::Timeout => quote! { failure.is_timeout() },
        FailurePattern::Unreachable => quote! { failure.is_unreachable() },
        FailurePattern::Rejected => quote! { failure.is_rejected() },
        FailurePattern::Malformed => quote! { failure.is_malformed() },
        FailurePattern::Problem(id) => {
            let problem = problem_name(cx, *id);
            quote! { failure.is_problem(&#problem) }
        }
        FailurePattern::Any => quote! { true },
    }
}

fn problem_name(cx: &BodyCx<'_, '_, '_>, id: crate::ir::ProblemId) -> TokenStream {
    let module = cx.file.from("crate", "problems");
    let name = cx.file.krate.problem(id);
    quote! { #module::#name }
}

/// The failure that a problem is.
pub fn problem(cx: &BodyCx<'_, '_, '_>, fail: &Fail) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let name = problem_name(cx, fail.problem);
    let mut whole = quote! { #failure::problem(&#name) };
    if let Some(detail) = &fail.detail {
        whole = with_text(cx, whole, "detail", detail);
    }
    if let Some(instance) = &fail.instance {
        whole = with_text(cx, whole, "instance", instance);
    }
    for (member, value) in &fail.members {
        let value = cx.within(member, || super::expr::borrowed_any(cx, value));
        whole = quote! { #whole.member(#member, #value) };
    }
    whole
}

fn with_text(cx: &BodyCx<'_, '_, '_>, whole: TokenStream, method: &str, text: &Expr) -> TokenStream {
    let method = ident(method);
    if text.ty.is_optional() {
        let text = owned(cx, text);
        return quote! { #whole.#method(#text.unwrap_or_default()) };
    }
    let text = match &text.kind {
        crate::ir::ExprKind::Literal(crate::ir::Literal::Text(text)) => quote! { #text },
        _ => owned(cx, text),
    };
    quote! { #whole.#method(#text) }
}
