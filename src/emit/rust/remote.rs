//! Clients of other services of the project, which are called over HTTP as their emitted documents say.

use proc_macro2::TokenStream;
use quote::quote;

use super::backend::{self, Exchange, Shape, ShapeParam};
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::once;
use crate::emit::name::{self, Scope};
use crate::ir::{Operation, ParamPlace, PathPart, Service, Style, Target, Type};

/// The parameters of an operation that any call in the crate gives.
pub fn shape(krate: &Krate<'_>, service: usize, operation: usize) -> Shape {
    let Some(of) = krate.program.services.get(service).and_then(|one| one.operations.get(operation)) else {
        return Shape { method: String::new(), struct_name: String::new(), params: Vec::new() };
    };
    let used = backend::used_params(krate, Target::Service { service, operation });
    let mut scope = Scope::with(["self", "cx", "call", "answer", "from"]);
    let mut params = Vec::new();
    for (at, param) in of.params.iter().enumerate() {
        let name = scope.unique(name::snake(&param.name));
        let required = !param.ty.is_optional() && param.default.is_none();
        if required || used.contains(&at) {
            let ty = if required { param.ty.clone() } else { param.ty.clone().optional() };
            params.push(ShapeParam { at, name, ty });
        }
    }
    backend::named(krate.client_of_service(service), operation, params)
}

/// The module of a service that is called.
pub fn module(krate: &Krate<'_>, at: usize, operations: &[usize]) -> Result<(String, String), String> {
    let Some(service) = krate.program.services.get(at) else { return Err("no such service".to_owned()) };
    let file = FileCx::new(krate, None);
    let name = ident(&backend::struct_name(krate.client_of_service(at)));
    let (mut methods, mut structs) = (Vec::new(), Vec::new());
    for number in operations {
        let Some(operation) = service.operations.get(*number) else { continue };
        let shape = shape(krate, at, *number);
        let (method, request) = self::method(&file, service, operation, &shape);
        methods.push(method);
        structs.push(request);
    }
    let client =
        backend::client_struct(&file, &name, service.doc.as_deref().unwrap_or(&service.name), &methods);
    let items = quote! {
        #client
        #(#structs)*
    };
    let text =
        file.finish(&format!("The service {}, as others of the project call it.", service.name), items)?;
    Ok((krate.service_module(at).to_owned(), text))
}

fn method(
    file: &FileCx<'_, '_>,
    service: &Service,
    operation: &Operation,
    shape: &Shape,
) -> (TokenStream, TokenStream) {
    let is_struct = !backend::parameters(file, shape).1.is_empty();
    let full = format!("{}.{}", service.name, operation.name);
    let mut lines = Vec::from_iter(Some(once::sent(&full, operation)).filter(|line| !line.is_empty()));
    for part in &operation.path {
        match part {
            PathPart::Text(text) => lines.push(quote! { call.path(#text); }),
            PathPart::Param(wanted) => {
                let is = |param: &crate::ir::Param| param.is_in_path() && param.wire == *wanted;
                let at = operation.params.iter().position(is);
                let of = shape.params.iter().find(|one| Some(one.at) == at);
                lines.extend(of.map(|of| line(file, operation, of, is_struct)));
            }
        }
    }
    for of in &shape.params {
        let is_path = operation.params.get(of.at).is_some_and(crate::ir::Param::is_in_path);
        if !is_path {
            lines.push(line(file, operation, of, is_struct));
        }
    }
    let request = Exchange {
        name: full,
        begins: if operation.writes { "write" } else { "read" },
        method: &operation.method,
        path: crate::ir::template(&operation.path),
        doc: operation.doc.as_deref(),
        result: &operation.result,
        lines,
        answers: answers(file, operation),
    };
    backend::client_method(file, shape, &request)
}

fn line(file: &FileCx<'_, '_>, operation: &Operation, of: &ShapeParam, is_struct: bool) -> TokenStream {
    let Some(param) = operation.params.get(of.at) else { return quote! {} };
    let name = ident(&of.name);
    let value = if is_struct {
        quote! { request.#name }
    } else {
        quote! { #name }
    };
    let inner = if of.ty.is_optional() {
        quote! { #name }
    } else {
        value.clone()
    };
    let ty = of.ty.present();
    let wire = &param.wire;
    let line = match &param.place {
        ParamPlace::Path(style) => styled(file, "segment", *style, wire, ty, &inner),
        ParamPlace::Body { kind: crate::ir::MediaKind::Binary, media_type } => {
            quote! { call.binary(#inner, #media_type); }
        }
        ParamPlace::Body { .. } => {
            let value = backend::encodable(file, ty, &inner);
            quote! { call.json(#value); }
        }
        ParamPlace::Query(style) => styled(file, "query", *style, wire, ty, &inner),
        ParamPlace::Header(style) if param.is_key && backend::is_scalar(file, ty) => {
            styled(file, "key", *style, wire, ty, &inner)
        }
        ParamPlace::Header(style) => styled(file, "header", *style, wire, ty, &inner),
        ParamPlace::Cookie(style) => styled(file, "cookie", *style, wire, ty, &inner),
    };
    if of.ty.is_optional() {
        quote! { if let Some(#name) = #value { #line } }
    } else {
        line
    }
}

fn styled(
    file: &FileCx<'_, '_>,
    method: &str,
    style: Style,
    name: &str,
    ty: &Type,
    value: &TokenStream,
) -> TokenStream {
    if backend::is_scalar(file, ty) && style != Style::Json {
        let (method, text) = (ident(method), backend::as_text(file, ty, value));
        return quote! { call.#method(#name, #text); };
    }
    let method = ident(&format!("{method}_value"));
    let (style, value) = (backend::style_tokens(file, style), backend::encodable(file, ty, value));
    quote! { call.#method(#style, #name, #value); }
}

pub fn answers(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
    let arms = operation.outcomes.iter().map(|(status, ty)| {
        let status = proc_macro2::Literal::u16_unsuffixed(*status);
        let value = match (ty, &operation.result) {
            (Type::Unit, Type::Unit) => quote! { Ok(()) },
            (Type::Unit, _) => quote! { Ok(None) },
            (ty, result) => {
                let value = match ty {
                    Type::Bytes => quote! { answer.binary("application/octet-stream") },
                    ty => {
                        let decoder = super::codec::decoder(file, ty);
                        quote! { answer.json(#decoder, "body") }
                    }
                };
                match ty.looks_like(result) {
                    true => value,
                    false => {
                        let converted = super::convert::in_file(file, quote! { value }, ty, result);
                        let closure = super::body::closure(&[quote! { value }], &converted);
                        quote! { #value.map(#closure) }
                    }
                }
            }
        };
        quote! { #status => #value, }
    });
    let arms: Vec<TokenStream> = arms.collect();
    quote! { match answer.status() { #(#arms)* _ => Err(answer.fail()), } }
}
