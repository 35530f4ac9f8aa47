//! Calls of the runtime's functions. Which function, and how each argument is handed over, is in its table.

use flow_std::functions::{Mode, Pass};
use proc_macro2::TokenStream;
use quote::quote;

use super::body::{BodyCx, closure, ok};
use super::expr::{borrowed, borrowed_any, owned};
use super::krate::ident;
use crate::ir::{Expr, ExprKind, Type};

pub fn call(cx: &BodyCx<'_, '_, '_>, whole: &Expr, name: &str, args: &[Expr]) -> TokenStream {
    let call = unquestioned(cx, name, args);
    if !is_fallible(name, args) {
        return call;
    }
    let question = cx.question(whole.from_answer);
    quote! { #call #question }
}

fn is_fallible(name: &str, args: &[Expr]) -> bool {
    flow_std::functions::find(name).is_none_or(|function| function.fallible) || lambda_fails(args)
}

fn lambda_fails(args: &[Expr]) -> bool {
    args.iter().any(|arg| match &arg.kind {
        ExprKind::Lambda { body, .. } => body.fallible,
        _ => false,
    })
}

/// The call as it stands: a `Result` where it can fail.
pub fn unquestioned(cx: &BodyCx<'_, '_, '_>, name: &str, args: &[Expr]) -> TokenStream {
    let Some(function) = flow_std::functions::find(name) else { return quote! { () } };
    let (module, function_name) = function.path.split_once("::").unwrap_or(("json", function.path));
    let module = cx.file.std(module);
    let fails = lambda_fails(args);
    let function_name = match fails {
        true => ident(&format!("try_{function_name}")),
        false => ident(function_name),
    };
    let args = args.iter().zip(function.takes).map(|(arg, pass)| match (&arg.kind, pass) {
        (ExprKind::Lambda { params, body }, Pass::Lambda(modes)) => {
            let keys = name.starts_with("dict.");
            lambda(cx, Lambda { params, modes, body, keys }, fails)
        }
        (_, Pass::Ref) if name == "json.toJson" => borrowed_any(cx, arg),
        (_, Pass::Ref) => borrowed(cx, arg),
        _ => owned(cx, arg),
    });
    let args: Vec<TokenStream> = args.collect();
    quote! { #module::#function_name(#(#args),*) }
}

struct Lambda<'l> {
    params: &'l [crate::ir::LocalId],
    modes: &'l [Mode],
    body: &'l Expr,
    /// The first parameter is a key of a dictionary, which comes as `&str` where it is looked at.
    keys: bool,
}

/// A lambda that names fewer parameters than there are ignores the rest.
fn lambda(cx: &BodyCx<'_, '_, '_>, of: Lambda<'_>, fails: bool) -> TokenStream {
    let Lambda { params, modes, body, keys } = of;
    params.iter().for_each(|local| {
        cx.bind_within(*local, &[body]);
    });
    let names: Vec<TokenStream> = modes
        .iter()
        .enumerate()
        .map(|(at, mode)| match (params.get(at), mode) {
            (None, _) => quote! { _ },
            (Some(local), _) if !reads(body, *local) => {
                let name = cx.bind(*local);
                let name = ident(&format!("_{name}"));
                quote! { #name }
            }
            (Some(local), Mode::Own) => {
                let name = cx.bind(*local);
                quote! { #name }
            }
            (Some(local), Mode::Ref) if cx.is_copy(&cx.local_type(*local)) => {
                let name = cx.bind(*local);
                quote! { &#name }
            }
            (Some(local), Mode::Ref) if keys && at == 0 && modes.len() > 1 => {
                let name = cx.bind_view(*local);
                quote! { #name }
            }
            (Some(local), Mode::Ref) => {
                let name = cx.bind_reference(*local);
                quote! { #name }
            }
        })
        .collect();
    let inner = cx.in_loop(|| cx.in_closure(|| owned(cx, body)));
    // A look at a `String` is no `&str` to a function, although it is to a call.
    let is_looked_at = |(local, mode): (&crate::ir::LocalId, &Mode)| {
        let ty = cx.local_type(*local);
        *mode == Mode::Ref && matches!(ty, Type::Text(_) | Type::OpenEnum(_) | Type::List(_))
    };
    if !fails && params.iter().zip(modes).any(is_looked_at) {
        return quote! { |#(#names),*| #inner };
    }
    match (fails, body.fallible) {
        (true, _) => {
            let inner = ok(inner);
            closure(&names, &inner)
        }
        (false, _) => closure(&names, &inner),
    }
}

fn reads(body: &Expr, wanted: crate::ir::LocalId) -> bool {
    let mut found = false;
    crate::ir::visit::locals(body, &mut |local| found |= local == wanted);
    found
}

/// A regular expression or date pattern that is written out, made once.
pub fn compiled(cx: &BodyCx<'_, '_, '_>, text: &str, ty: &Type) -> TokenStream {
    let kind = match ty {
        Type::Regex => "Regex",
        _ => "Pattern",
    };
    let name = cx.file.constant(kind, text);
    quote! { &#name }
}
