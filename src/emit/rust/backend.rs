//! Clients of backends: a struct for each, with a method for each operation that flows call.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use rustc_hash::FxHashMap;

use super::clients::ClientNames;
use super::file::FileCx;
use super::krate::{Home, Krate, ident};
use crate::emit::name::{self, Scope};
use crate::emit::print::doc;
use crate::ir::streamed::list_answer;
use crate::ir::{
    Argument, Backend, BackendOperation, Call, MediaKind, PathPart, Status, Style, Target, Type, WireAnswer,
    WireBody, WireParam, WirePlace, visit,
};

/// How an operation is called in Rust.
pub struct Shape {
    pub method: String,
    /// The struct that holds the arguments, where they are many.
    pub struct_name: String,
    pub params: Vec<ShapeParam>,
}

pub struct ShapeParam {
    /// The number of the parameter.
    pub at: usize,
    pub name: String,
    /// With what may be absent optional.
    pub ty: Type,
}

/// More arguments than this are a struct.
const MOST_ARGUMENTS: usize = 5;

/// The parameters of an operation that any call in the crate gives.
pub fn shape(krate: &Krate<'_>, backend: usize, operation: usize) -> Shape {
    let target = Target::Backend { backend, operation };
    let Some(of) = krate.program.backends.get(backend).and_then(|one| one.operations.get(operation)) else {
        return Shape { method: String::new(), struct_name: String::new(), params: Vec::new() };
    };
    let used = used_params(krate, target);
    let mut scope = Scope::with(["self", "cx", "call", "answer", "from"]);
    let mut params = Vec::new();
    for (at, param) in of.params.iter().enumerate() {
        let name = scope.unique(name::snake(&param.name));
        if param.required || used.contains(&at) {
            let ty = if param.required { param.ty.clone() } else { param.ty.clone().optional() };
            params.push(ShapeParam { at, name, ty });
        }
    }
    if let Some(body) = &of.body {
        let at = of.params.len();
        if body.required || used.contains(&at) {
            let ty = if body.required { body.ty.clone() } else { body.ty.clone().optional() };
            params.push(ShapeParam { at, name: scope.unique("body".to_owned()), ty });
        }
    }
    named(krate.client_of_backend(backend), operation, params)
}

/// A shape with the names of its method and its struct.
pub fn named(client: Option<&ClientNames>, operation: usize, params: Vec<ShapeParam>) -> Shape {
    let name = |names: fn(&ClientNames) -> &Vec<String>| {
        client.and_then(|client| names(client).get(operation)).cloned().unwrap_or_default()
    };
    Shape { method: name(|client| &client.methods), struct_name: name(|client| &client.requests), params }
}

/// The name of the method that gives a list element by element.
pub fn elements_name(krate: &Krate<'_>, backend: usize, operation: usize) -> String {
    let client = krate.client_of_backend(backend);
    client.and_then(|client| client.elements.get(operation)).cloned().unwrap_or_default()
}

/// The name of a client.
pub fn struct_name(client: Option<&ClientNames>) -> String {
    client.map(|client| client.client.clone()).unwrap_or_default()
}

/// The numbers of the parameters that calls in this crate give.
pub fn used_params(krate: &Krate<'_>, target: Target) -> Vec<usize> {
    krate.used_params(target)
}

/// Collects what every call of the services of a crate gives.
pub fn collect_params(krate: &Krate<'_>) -> FxHashMap<Target, Vec<usize>> {
    let mut all: FxHashMap<Target, Vec<usize>> = FxHashMap::default();
    let services = krate.services.iter().filter_map(|at| krate.program.services.get(*at));
    for operation in services.flat_map(|service| &service.operations) {
        visit::calls(&operation.steps, &mut |call: &Call| {
            let given = call.args.iter().map(|argument: &Argument| argument.param);
            all.entry(call.target).or_default().extend(given);
        });
    }
    all
}

/// The arguments of a call as they are written: one by one, or as a struct where they are many.
pub fn arguments(module: &str, shape: &Shape, values: &[(String, TokenStream)]) -> TokenStream {
    if shape.params.len() <= MOST_ARGUMENTS {
        let values = values.iter().map(|(_, value)| value);
        return quote! { #(#values),* };
    }
    let path: syn::Path = match syn::parse_str(&format!("{module}::{}", shape.struct_name)) {
        Ok(path) => path,
        Err(_) => return quote! {},
    };
    let fields = values.iter().map(|(name, value)| {
        let name = ident(name);
        match name == value.to_string() {
            true => quote! { #name },
            false => quote! { #name: #value },
        }
    });
    quote! { #path { #(#fields),* } }
}

/// The parameters of a method, and the struct that they need.
pub fn parameters(file: &FileCx<'_, '_>, shape: &Shape) -> (TokenStream, TokenStream) {
    if shape.params.len() <= MOST_ARGUMENTS {
        let params = shape.params.iter().map(|param| {
            let (name, ty) = (ident(&param.name), file.borrowed(&param.ty, &quote! {}));
            quote! { #name: #ty }
        });
        let params: Vec<TokenStream> = params.collect();
        return (quote! { #(, #params)* }, quote! {});
    }
    let lifetime = quote! { 'a };
    let mut borrows = false;
    let fields: Vec<TokenStream> = shape
        .params
        .iter()
        .map(|param| {
            let (name, ty) = (ident(&param.name), file.borrowed(&param.ty, &lifetime));
            borrows |= ty.to_string().contains("'a");
            quote! { pub #name: #ty }
        })
        .collect();
    let name = ident(&shape.struct_name);
    let generics = borrows.then(|| quote! { <'a> });
    let anonymous = borrows.then(|| quote! { <'_> });
    let what = doc(&format!("What `{}` takes.", shape.method));
    (
        quote! { , request: #name #anonymous },
        quote! {
            #what
            #[derive(Clone, Debug)]
            pub struct #name #generics { #(#fields),* }
        },
    )
}

/// The value of a parameter inside of the method.
fn read(shape: &Shape, param: &ShapeParam) -> TokenStream {
    let name = ident(&param.name);
    if shape.params.len() <= MOST_ARGUMENTS {
        quote! { #name }
    } else {
        quote! { request.#name }
    }
}

/// The module of a backend.
pub fn module(krate: &Krate<'_>, at: usize, operations: &[usize]) -> Result<(String, String), String> {
    let Some(backend) = krate.program.backends.get(at) else { return Err("no such backend".to_owned()) };
    let file = FileCx::new(krate, Some(Home::Backend(at)));
    let name = ident(&struct_name(krate.client_of_backend(at)));
    let mut methods = Vec::new();
    let mut structs = Vec::new();
    for number in operations {
        let Some(operation) = backend.operations.get(*number) else { continue };
        let shape = shape(krate, at, *number);
        let target = Target::Backend { backend: at, operation: *number };
        let exchange = exchange(&file, backend, operation, &shape);
        let (method, request) = client_method(&file, &shape, &exchange);
        if krate.is_called_in_whole(target) || !krate.is_called_for_elements(target) {
            methods.push(method);
        }
        if krate.is_called_for_elements(target) {
            let name = elements_name(krate, at, *number);
            methods.extend(elements_method(&file, &shape, &exchange, operation, &name));
        }
        structs.push(request);
    }
    let types = super::types::items(&file, Home::Backend(at));
    let client = client_struct(&file, &name, backend.doc.as_deref().unwrap_or(&backend.name), &methods);
    let items = quote! {
        #client
        #(#structs)*
        #types
    };
    let text = file.finish(
        &format!(
            "The backend {}: what is called of it, and the parts of its contract that are read or sent.",
            backend.name
        ),
        items,
    )?;
    Ok((krate.backend_module(at).to_owned(), text))
}

/// The struct of a client with its methods.
pub fn client_struct(
    file: &FileCx<'_, '_>,
    name: &Ident,
    text: &str,
    methods: &[TokenStream],
) -> TokenStream {
    let client = file.from("flow_std::client", "Client");
    let what = doc(text);
    quote! {
        #what
        pub struct #name { client: #client }
        impl #name {
            /// Over a client that knows where it answers.
            pub fn new(client: #client) -> #name { #name { client } }
            #(#methods)*
        }
    }
}

fn exchange<'e>(
    file: &FileCx<'_, '_>,
    backend: &Backend,
    operation: &'e BackendOperation,
    shape: &Shape,
) -> Exchange<'e> {
    let mut lines: Vec<TokenStream> =
        operation.path.iter().map(|part| path_part(file, operation, shape, part)).collect();
    for (at, param) in operation.params.iter().enumerate() {
        if param.place != WirePlace::Path
            && let Some(of) = shape.params.iter().find(|one| one.at == at)
        {
            lines.push(parameter(file, param, of, &read(shape, of)));
        }
    }
    if let Some(body) = &operation.body
        && let Some(of) = shape.params.iter().find(|one| one.at == operation.params.len())
    {
        let value = read(shape, of);
        lines.push(optional(of, &value, |value| body_line(file, body, value)));
    }
    if backend.cache.is_some() && operation.reads && operation.labelled {
        lines.push(quote! { call.for_caller(); });
    }
    Exchange {
        name: format!("{}.{}", backend.name, operation.name),
        begins: if operation.reads { "read" } else { "write" },
        method: &operation.method,
        path: crate::ir::template(&operation.path),
        doc: operation.doc.as_deref(),
        result: &operation.result,
        lines,
        answers: answers(file, operation),
    }
}

/// What a method of a client sends, and what it makes of the answer.
pub struct Exchange<'e> {
    /// `Erp.getCustomer`
    pub name: String,
    /// `read`, or `write`
    pub begins: &'static str,
    pub method: &'e str,
    pub path: String,
    pub doc: Option<&'e str>,
    pub result: &'e Type,
    pub lines: Vec<TokenStream>,
    pub answers: TokenStream,
}

/// A method of a client, and the struct that it needs where its arguments are many.
pub fn client_method(file: &FileCx<'_, '_>, shape: &Shape, of: &Exchange<'_>) -> (TokenStream, TokenStream) {
    let call_failure = file.from("flow_std::failure", "CallFailure");
    let context = file.from("flow_std::http", "Context");
    let name = ident(&shape.method);
    let what = about(of, "");
    let (params, request) = parameters(file, shape);
    let (result, full, verb, begins) = (file.ty(of.result), &of.name, of.method, ident(of.begins));
    let (lines, answers) = (&of.lines, &of.answers);
    let method = quote! {
        #what
        pub async fn #name(&self, cx: &#context #params) -> Result<#result, #call_failure> {
            let mut call = self.client.#begins(#full, #verb);
            #(#lines)*
            call.answer(cx, |answer| #answers).await
        }
    };
    (method, request)
}

/// What a method does. `how` stands behind the path.
fn about(of: &Exchange<'_>, how: &str) -> TokenStream {
    let mut text = format!("'{} {}'{how}", of.method, of.path);
    if let Some(line) = of.doc.and_then(|doc| doc.lines().next()) {
        text = format!("{text}: {line}");
    }
    doc(&text)
}

/// The method for the elements of a list, each as soon as it has come in.
fn elements_method(
    file: &FileCx<'_, '_>,
    shape: &Shape,
    of: &Exchange<'_>,
    operation: &BackendOperation,
    name: &str,
) -> Option<TokenStream> {
    let (status, item) = list_answer(operation)?;
    let (call_failure, context, elements) = (
        file.from("flow_std::failure", "CallFailure"),
        file.from("flow_std::http", "Context"),
        file.from("flow_std::client", "Elements"),
    );
    let (name, what) = (ident(name), about(of, ", element by element"));
    let (params, _) = parameters(file, shape);
    let (item, decoder) = (file.ty(item), super::codec::any_decoder(file, item));
    let (full, verb, lines) = (&of.name, of.method, &of.lines);
    let status = proc_macro2::Literal::u16_unsuffixed(status);
    Some(quote! {
        #what
        pub async fn #name(&self, cx: &#context #params) -> Result<#elements<#item>, #call_failure> {
            let mut call = self.client.read(#full, #verb);
            #(#lines)*
            call.elements(cx, #status, #decoder).await
        }
    })
}

fn path_part(
    file: &FileCx<'_, '_>,
    operation: &BackendOperation,
    shape: &Shape,
    part: &PathPart,
) -> TokenStream {
    let wanted = match part {
        PathPart::Text(text) => return quote! { call.path(#text); },
        PathPart::Param(name) => name,
    };
    let at = operation.params.iter().position(|one| one.place == WirePlace::Path && one.name == *wanted);
    let found =
        at.and_then(|at| Some((operation.params.get(at)?, shape.params.iter().find(|one| one.at == at)?)));
    let Some((param, of)) = found else { return quote! {} };
    let value = read(shape, of);
    optional(of, &value, |value| match (&param.style, is_scalar(file, &param.ty)) {
        (Style::Simple { .. }, true) => {
            let text = as_text(file, &param.ty, value);
            quote! { call.segment(#wanted, #text); }
        }
        (style, _) => {
            let (style, value) = (style_tokens(file, *style), encodable(file, &param.ty, value));
            quote! { call.segment_value(#style, #wanted, #value); }
        }
    })
}

/// A line for a value that may be absent.
fn optional(
    of: &ShapeParam,
    value: &TokenStream,
    line: impl FnOnce(&TokenStream) -> TokenStream,
) -> TokenStream {
    if !of.ty.is_optional() {
        return line(value);
    }
    let name = ident(&of.name);
    let inner = line(&quote! { #name });
    quote! { if let Some(#name) = #value { #inner } }
}

fn parameter(file: &FileCx<'_, '_>, param: &WireParam, of: &ShapeParam, value: &TokenStream) -> TokenStream {
    let name = &param.name;
    optional(of, value, |value| {
        let plain = is_scalar(file, &param.ty) && !matches!(param.style, Style::Json);
        let method = match param.place {
            WirePlace::Query | WirePlace::Path => "query",
            WirePlace::Header if plain && param.is_key => "key",
            WirePlace::Header => "header",
            WirePlace::Cookie => "cookie",
        };
        if plain {
            let (method, text) = (ident(method), as_text(file, &param.ty, value));
            return quote! { call.#method(#name, #text); };
        }
        let method = ident(&format!("{method}_value"));
        let (style, value) = (style_tokens(file, param.style), encodable(file, &param.ty, value));
        quote! { call.#method(#style, #name, #value); }
    })
}

pub fn style_tokens(file: &FileCx<'_, '_>, style: Style) -> TokenStream {
    let of = file.codec("Style");
    let exploded =
        |plain: &str, explode: bool| if explode { format!("{plain}Exploded") } else { plain.to_owned() };
    let name = match style {
        Style::Simple { explode } => exploded("Simple", explode),
        Style::Label { explode } => exploded("Label", explode),
        Style::Matrix { explode } => exploded("Matrix", explode),
        // Texts with another sign between them are one text: exploded or not, lists of them repeat the name.
        Style::Form { explode }
        | Style::SpaceDelimited { explode: explode @ true }
        | Style::PipeDelimited { explode: explode @ true } => exploded("Form", explode),
        Style::SpaceDelimited { .. } => "SpaceDelimited".to_owned(),
        Style::PipeDelimited { .. } => "PipeDelimited".to_owned(),
        Style::TabDelimited => "TabDelimited".to_owned(),
        Style::DeepObject => "DeepObject".to_owned(),
        Style::Json => "Json".to_owned(),
    };
    let name = ident(&name);
    quote! { #of::#name }
}

/// Whether a value is one text.
pub fn is_scalar(file: &FileCx<'_, '_>, ty: &Type) -> bool {
    ty.is_scalar(&file.krate.program.types)
}

/// A reference to the text that a value is.
pub fn as_text(file: &FileCx<'_, '_>, ty: &Type, value: &TokenStream) -> TokenStream {
    match ty {
        Type::Text(_) | Type::OpenEnum(_) => value.clone(),
        Type::Named(_) => quote! { #value.as_str() },
        Type::Email | Type::Uri => quote! { #value.as_str() },
        _ => {
            file.codec("AsText");
            quote! { &#value.as_text() }
        }
    }
}

/// A reference to something that can be encoded. Values that cost nothing to copy come as they are.
pub fn encodable(file: &FileCx<'_, '_>, ty: &Type, value: &TokenStream) -> TokenStream {
    if let Some(texts) = super::codec::texts(file, quote! { (*#value) }, ty) {
        return match ty {
            Type::Decimal(_) => {
                let text = file.codec("DecimalText");
                quote! { &#text(#value) }
            }
            _ => quote! { &#texts },
        };
    }
    match ty {
        // A slice has no size of its own.
        Type::Text(_) | Type::OpenEnum(_) | Type::List(_) => quote! { &#value },
        ty if file.krate.is_copy(ty) => quote! { &#value },
        _ => quote! { #value },
    }
}

fn body_line(file: &FileCx<'_, '_>, body: &WireBody, value: &TokenStream) -> TokenStream {
    match body.kind {
        MediaKind::Json => {
            let value = encodable(file, &body.ty, value);
            quote! { call.json(#value); }
        }
        MediaKind::Form => {
            let value = encodable(file, &body.ty, value);
            quote! { call.form(#value, &[]); }
        }
        MediaKind::Multipart => {
            let parts = binary_parts(file, &body.ty);
            let value = encodable(file, &body.ty, value);
            quote! { call.multipart(#value, &[#(#parts),*]); }
        }
        MediaKind::JsonLines => quote! { call.json_lines(#value); },
        MediaKind::Text | MediaKind::Events => {
            let text = as_text(file, &body.ty, value);
            quote! { call.text(#text); }
        }
        MediaKind::Binary => {
            let media_type = &body.media_type;
            quote! { call.binary(#value, #media_type); }
        }
    }
}

/// Fields of a multipart body that are bytes: they go out as they are.
fn binary_parts(file: &FileCx<'_, '_>, ty: &Type) -> Vec<TokenStream> {
    let Some((id, crate::ir::TypeDef::Record(record))) = file.krate.def_of(ty) else { return Vec::new() };
    let part = file.from("flow_std::codec::multipart", "Part");
    let is_bytes = |ty: &Type| match ty.present() {
        Type::Bytes => true,
        Type::List(list) => matches!(list.item, Type::Bytes),
        _ => false,
    };
    let kept = record.fields.iter().enumerate().filter(|(at, _)| super::types::keeps(file.krate, id, *at));
    kept.filter(|(_, field)| is_bytes(&field.ty))
        .map(|(_, field)| {
            let name = &field.name;
            quote! { (#name, #part::Binary) }
        })
        .collect()
}

fn answers(file: &FileCx<'_, '_>, operation: &BackendOperation) -> TokenStream {
    let arms = operation.answers.iter().map(|answer| {
        let (pattern, value) = (pattern(answer.status), answer_value(file, answer, &operation.result));
        quote! { #pattern => #value, }
    });
    let arms: Vec<TokenStream> = arms.collect();
    quote! { match answer.status() { #(#arms)* _ => Err(answer.fail()), } }
}

fn pattern(status: Status) -> TokenStream {
    let number = proc_macro2::Literal::u16_unsuffixed;
    match status {
        Status::Exact(code) => {
            let code = number(code);
            quote! { #code }
        }
        Status::Class(class) => {
            let (low, high) = (number(u16::from(class) * 100), number(u16::from(class) * 100 + 99));
            quote! { #low..=#high }
        }
        // A contract that declares nothing but `default` means the good answer by it.
        Status::Default => quote! { 200..=299 },
    }
}

/// What an answer gives, as the result that all answers of the operation have in common.
fn answer_value(file: &FileCx<'_, '_>, answer: &WireAnswer, result: &Type) -> TokenStream {
    let Some(kind) = answer.kind else {
        return match result {
            Type::Unit => quote! { Ok(()) },
            _ => quote! { Ok(None) },
        };
    };
    let value = match kind {
        MediaKind::Json | MediaKind::Form | MediaKind::Multipart => {
            let decoder = super::codec::decoder(file, &answer.ty);
            quote! { answer.json(#decoder, "body") }
        }
        MediaKind::JsonLines => {
            let decoder = match &answer.ty {
                Type::List(list) => super::codec::decoder(file, &list.item),
                other => super::codec::decoder(file, other),
            };
            quote! { answer.json_lines(#decoder, "body") }
        }
        MediaKind::Text | MediaKind::Events => {
            let media_type = &answer.media_type;
            quote! { answer.text(#media_type) }
        }
        MediaKind::Binary => {
            let media_type = &answer.media_type;
            quote! { answer.binary(#media_type) }
        }
    };
    if *result == Type::Unit {
        return quote! { Ok(()) };
    }
    if answer.ty.looks_like(result) {
        return value;
    }
    let converted = super::convert::in_file(file, quote! { value }, &answer.ty, result);
    let closure = super::body::closure(&[quote! { value }], &converted);
    quote! { #value.map(#closure) }
}
