//! What is undone when a later step fails: an enum of all undos of an operation, so that they can be kept and read again,
//! and the lines around a write that say how far it is.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::body::{BodyCx, Fails};
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::{call, codec, expr, moves, operation};
use crate::emit::name::{self, Scope};
use crate::emit::print::doc;
use crate::ir::{
    Argument, ArmBody, Call, Expr, ExprKind, Local, LocalId, Operation, Place, Spot, Step, StepKind, Type,
    Value, visit,
};

/// One way in which an operation undoes something.
pub struct Variant {
    name: String,
    fields: Vec<Field>,
    /// The call, with the fields as its arguments.
    call: Call,
    shape: String,
}

struct Field {
    name: String,
    ty: Type,
}

/// Those of an operation. Calls that only differ in what their arguments are made of are the same one.
pub fn variants(krate: &Krate<'_>, operation: &Operation) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut names = Scope::with(["Self"]);
    visit::calls(&operation.steps, &mut |call| {
        let Some(undo) = &call.undo else { return };
        let shape = shape(undo);
        if variants.iter().any(|known| known.shape == shape) {
            return;
        }
        let name = super::krate::unique_type(&mut names, name::camel(&undo.name));
        variants.push(variant(krate, undo, name, shape));
    });
    variants
}

/// All of a call but the values of its arguments.
fn shape(undo: &Call) -> String {
    let types: Vec<(usize, &Type)> = undo.args.iter().map(|one| (one.param, &one.value.ty)).collect();
    let bare = Call { args: Vec::new(), place: Place::default(), ..undo.clone() };
    format!("{bare:?} {types:?}")
}

fn variant(krate: &Krate<'_>, undo: &Call, name: String, shape: String) -> Variant {
    let mut scope = Scope::with(["app", "cx", "from", "name", "object", "self", "to", "undo"]);
    let mut fields = Vec::new();
    let mut args = Vec::new();
    for argument in &undo.args {
        let name = krate.program.parameter(undo.target, argument.param).unwrap_or("body");
        let name = scope.unique(name::snake(name));
        let ty = argument.value.ty.clone();
        let kind = ExprKind::Local(LocalId(fields.len()));
        let value = Expr { kind, ty: ty.clone(), fallible: false, from_answer: false, spot: Spot::default() };
        args.push(Argument { value, ..*argument });
        fields.push(Field { name, ty });
    }
    Variant { name, fields, call: Call { args, ..undo.clone() }, shape }
}

// ---- around a write -----------------------------------------------------------------------------

/// Announces a write that has an undo.
pub fn begin(value: &Value) -> TokenStream {
    match value {
        // Each call of a fan-out does so itself.
        Value::Plain(_) | Value::Fan(_) => quote! {},
        Value::Call(call) => begin_of(call),
    }
}

pub fn begin_of(call: &Call) -> TokenStream {
    let name = &call.name;
    match call.undo {
        Some(_) => quote! { let write = undos.begin(#name).await?; },
        None => quote! {},
    }
}

/// Says how the write that was just done is undone.
pub fn done(cx: &BodyCx<'_, '_, '_>, value: &Value) -> TokenStream {
    match value {
        Value::Plain(_) | Value::Fan(_) => quote! {},
        Value::Call(call) => done_of(cx, call),
    }
}

pub fn done_of(cx: &BodyCx<'_, '_, '_>, call: &Call) -> TokenStream {
    let Some(undo) = &call.undo else { return quote! {} };
    let shape = shape(undo);
    let Some(variant) = cx.undos.iter().find(|one| one.shape == shape) else { return quote! {} };
    let held = cx.holds.replace(true);
    let values = variant.fields.iter().zip(&undo.args).map(|(field, argument)| {
        let name = ident(&field.name);
        let value = call::argument(cx, undo.target, argument, expr::owned);
        match name == value.to_string() {
            true => quote! { #name },
            false => quote! { #name: #value },
        }
    });
    let values: Vec<TokenStream> = values.collect();
    cx.holds.set(held);
    let undo = literal(variant, &values);
    let done = quote! { write.done(&#undo).await?; };
    // Where a fallback stands in for what was not done, there is nothing to undo.
    match call.arms.iter().any(|arm| matches!(arm.body, ArmBody::Value(_))) {
        true => quote! { if write.is_done() { #done } },
        false => done,
    }
}

fn literal(variant: &Variant, fields: &[TokenStream]) -> TokenStream {
    let name = ident(&variant.name);
    match fields.is_empty() {
        true => quote! { Undo::#name },
        false => quote! { Undo::#name { #(#fields),* } },
    }
}

fn pattern(variant: &Variant) -> TokenStream {
    let fields: Vec<TokenStream> = variant
        .fields
        .iter()
        .map(|field| {
            let name = ident(&field.name);
            quote! { #name }
        })
        .collect();
    literal(variant, &fields)
}

// ---- what is kept -------------------------------------------------------------------------------

/// The enum of the undos of an operation, how they are kept, and how they are done.
pub fn items(
    file: &FileCx<'_, '_>,
    label: &str,
    module: &str,
    variants: &[Variant],
    skips: bool,
) -> TokenStream {
    let what =
        doc(&format!("How what '{module}' has done is taken back. It is kept until nothing has to be."));
    let cases = variants.iter().map(|variant| {
        let name = ident(&variant.name);
        let fields = variant.fields.iter().map(|field| {
            let (name, ty) = (ident(&field.name), file.ty(&field.ty));
            quote! { #name: #ty }
        });
        let fields: Vec<TokenStream> = fields.collect();
        match fields.is_empty() {
            true => quote! { #name },
            false => quote! { #name { #(#fields),* } },
        }
    });
    let cases: Vec<TokenStream> = cases.collect();
    let (run, encode, decode) = (run(file, variants, skips), encode(file, variants), decode(file, variants));
    let undoing = undoing(file, label);
    quote! {
        #what
        #[derive(Clone, Debug)]
        enum Undo { #(#cases),* }
        #run
        #encode
        #decode
        #undoing
    }
}

fn undoing(file: &FileCx<'_, '_>, label: &str) -> TokenStream {
    let (undoing, arc, app) = (
        file.from("flow_std::undo", "Undoing"),
        file.from("std::sync", "Arc"),
        file.from("crate::app", "App"),
    );
    let what = doc("Undoes what was kept, also of a process that has ended.");
    quote! {
        #what
        pub fn undoing(app: &#arc<#app>) -> #undoing {
            let app = #arc::clone(app);
            #undoing::new(#label, move |undo: Undo, cx| {
                let app = #arc::clone(&app);
                async move { undo.run(&app, &cx).await }
            })
        }
    }
}

fn run(file: &FileCx<'_, '_>, variants: &[Variant], skips: bool) -> TokenStream {
    let (context, call_failure, app, arc) = (
        file.from("flow_std::http", "Context"),
        file.from("flow_std::failure", "CallFailure"),
        file.from("crate::app", "App"),
        file.from("std::sync", "Arc"),
    );
    let arms = variants.iter().map(|variant| {
        let (pattern, future) = (pattern(variant), future(file, variant, skips));
        quote! { #pattern => #future.await.map(drop) }
    });
    let arms: Vec<TokenStream> = arms.collect();
    quote! {
        impl Undo {
            async fn run(self, app: &#arc<#app>, cx: &#context) -> Result<(), #call_failure> {
                match self { #(#arms),* }
            }
        }
    }
}

/// The call, over the fields as names.
fn future(file: &FileCx<'_, '_>, variant: &Variant, skips: bool) -> TokenStream {
    let locals: Vec<Local> =
        variant.fields.iter().map(|field| Local { name: field.name.clone(), ty: field.ty.clone() }).collect();
    let ids: Vec<LocalId> = (0..locals.len()).map(LocalId).collect();
    let step =
        Step { kind: StepKind::Do(Value::Call(Box::new(variant.call.clone()))), place: Place::default() };
    let steps = [step];
    let takes = |function, at| file.krate.takes(function, at);
    let moves = moves::of_steps(&ids, None, &steps, &takes);
    let cx = BodyCx::new(file, &locals, moves, Fails::AsProblem, &["app", "cx"]);
    cx.skips.set(skips);
    cx.shared.set(true);
    ids.iter().for_each(|id| drop(cx.bind(*id)));
    let [Step { kind: StepKind::Do(Value::Call(made)), .. }] = &steps else { return quote! {} };
    call::future(&cx, made)
}

fn encode(file: &FileCx<'_, '_>, variants: &[Variant]) -> TokenStream {
    let (encode, writer) = (file.codec("Encode"), file.codec("Writer"));
    let arms = variants.iter().map(|variant| {
        let (pattern, tag) = (pattern(variant), &variant.name);
        let fields = variant.fields.iter().map(|field| {
            let (name, wire) = (ident(&field.name), &field.name);
            let method = if field.ty.is_optional() {
                quote! { optional }
            } else {
                quote! { field }
            };
            let value = match codec::texts(file, quote! { (*#name) }, &field.ty) {
                Some(value) => quote! { &#value },
                None => quote! { #name },
            };
            quote! { .#method(#wire, #value) }
        });
        let fields: Vec<TokenStream> = fields.collect();
        quote! { #pattern => object.field("undo", &#tag) #(#fields)* }
    });
    let arms: Vec<TokenStream> = arms.collect();
    quote! {
        impl #encode for Undo {
            fn encode(&self, to: &mut #writer) {
                let mut object = to.object();
                match self { #(#arms),* };
                object.end();
            }
        }
    }
}

fn decode(file: &FileCx<'_, '_>, variants: &[Variant]) -> TokenStream {
    let (decode, reader) = (file.codec("Decode"), file.codec("Reader"));
    let tags = variants.iter().map(|variant| &variant.name);
    let tags: Vec<&String> = tags.collect();
    let arms = variants.iter().enumerate().map(|(at, variant)| {
        let read = read(file, variant);
        // The last one needs no number: there is none behind it.
        match at + 1 == variants.len() {
            true => quote! { _ => { #read } },
            false => {
                let at = proc_macro2::Literal::usize_unsuffixed(at);
                quote! { #at => { #read } }
            }
        }
    });
    let arms: Vec<TokenStream> = arms.collect();
    let body = match variants {
        [one] => {
            let read = read(file, one);
            quote! { from.tag_of("undo", &[#(#tags),*])?; #read }
        }
        _ => quote! { match from.tag_of("undo", &[#(#tags),*])? { #(#arms),* } },
    };
    quote! {
        impl #decode for Undo {
            fn decode(from: &mut #reader<'_>) -> Option<Undo> { #body }
        }
    }
}

fn read(file: &FileCx<'_, '_>, variant: &Variant) -> TokenStream {
    if variant.fields.is_empty() {
        let whole = literal(variant, &[]);
        return quote! { from.skip()?; Some(#whole) };
    }
    let slot = file.codec("Slot");
    let names: Vec<Ident> = variant.fields.iter().map(|field| ident(&field.name)).collect();
    let arms = variant.fields.iter().map(|field| {
        let (name, wire, value) = (ident(&field.name), &field.name, codec::decoder(file, &field.ty));
        quote! { #wire => from.set(name, &mut #name, #value) }
    });
    let arms: Vec<TokenStream> = arms.collect();
    let values = variant.fields.iter().map(|field| {
        let (name, wire) = (ident(&field.name), &field.name);
        match field.ty.is_optional() {
            true => quote! { #name: #name.optional()? },
            false => quote! { #name: #name.required(from, #wire)? },
        }
    });
    let values: Vec<TokenStream> = values.collect();
    let whole = literal(variant, &values);
    quote! {
        #(let mut #names = #slot::Absent;)*
        from.object(&mut |from, name| match name {
            "undo" => { from.skip(); }
            #(#arms,)*
            _ => from.unknown(name),
        })?;
        Some(#whole)
    }
}

/// The undos of all operations of a crate, for what earlier processes have left.
pub fn of_crate(krate: &Krate<'_>) -> Vec<TokenStream> {
    let mut all = Vec::new();
    for at in &krate.services {
        let Some(service) = krate.program.services.get(*at) else { continue };
        for one in service.operations.iter().filter(|one| one.has_undos()) {
            let path = operation::path(krate, *at, one);
            let path = path.strip_prefix("crate::").unwrap_or(&path);
            if let Ok(path) = syn::parse_str::<syn::Path>(path) {
                all.push(quote! { #path::undoing(&app) });
            }
        }
    }
    all
}
