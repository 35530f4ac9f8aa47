//! How the request of an operation is read and checked.

use proc_macro2::TokenStream;
use quote::quote;

use super::codec;
use super::file::FileCx;
use super::operation::param_name;
use crate::emit::print::doc;
use crate::ir::{MediaKind, Operation, Param, ParamPlace, Style, Type, TypeDef};

pub fn read(file: &FileCx<'_, '_>, operation: &Operation) -> TokenStream {
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
        ParamPlace::Path(style) => {
            let form = form(file, *style, present);
            quote! { request.path(#wire) #form }
        }
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
