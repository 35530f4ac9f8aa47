//! Records, enumerations and unions as Rust, each with how it is read and written.

use proc_macro2::TokenStream;
use quote::quote;

use super::codec;
use super::file::FileCx;
use super::krate::{Home, Krate};
use super::nested;
use crate::emit::print::doc;
use crate::ir::{Enum, Record, Type, TypeDef, TypeId, Union};

/// Whether a field of a record is kept. Of records that are no backend's, all are.
pub fn keeps(krate: &Krate<'_>, id: TypeId, field: usize) -> bool {
    let Some(TypeDef::Record(record)) = krate.def(id) else { return true };
    if field >= record.fields.len() {
        return record.additional.is_some() && krate.slice.types.get(&id).is_none_or(|of| of.additional);
    }
    krate.slice.types.get(&id).is_none_or(|of| of.fields.contains(&field))
}

/// The types of one home, in the order of the program.
pub fn items(file: &FileCx<'_, '_>, home: Home) -> TokenStream {
    let ids = file.krate.slice.types.keys().filter(|id| file.krate.type_name(**id).0 == home);
    ids.map(|id| item(file, *id)).collect()
}

fn item(file: &FileCx<'_, '_>, id: TypeId) -> TokenStream {
    match file.krate.def(id) {
        Some(TypeDef::Record(of)) => record(file, id, of),
        Some(TypeDef::Enum(of)) => enumeration(file, id, of),
        Some(TypeDef::Union(of)) => union(file, id, of),
        None => quote! {},
    }
}

fn described(text: Option<&String>, otherwise: &str) -> TokenStream {
    doc(text.map_or(otherwise, String::as_str))
}

fn record(file: &FileCx<'_, '_>, id: TypeId, of: &Record) -> TokenStream {
    let name = file.named(id);
    let doc = described(of.doc.as_ref(), &format!("`{}`", of.name));
    let fields =
        of.fields.iter().enumerate().filter(|(at, _)| keeps(file.krate, id, *at)).map(|(at, field)| {
            let name = file.krate.member(id, at);
            let ty = field_type(file, id, at, &field.ty);
            let doc = field.doc.as_ref().map(|text| doc_of(text));
            quote! { #doc pub #name: #ty }
        });
    let fields: Vec<TokenStream> = fields.collect();
    let additional = additional_type(file, id, of).map(|ty| quote! { pub additional: #ty });
    let all = fields.into_iter().chain(additional);
    let used = file.krate.slice.types.get(&id);
    let decode = used.is_none_or(|of| of.decoded).then(|| codec::decode_record(file, id, of));
    let encode = used.is_none_or(|of| of.encoded).then(|| codec::encode_record(file, id, of));
    let nested = used.is_some_and(|of| of.measured).then(|| nested::of_record(file, id, of));
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name { #(#all),* }
        #decode
        #encode
        #nested
    }
}

fn doc_of(text: &str) -> TokenStream {
    doc(text)
}

fn field_type(file: &FileCx<'_, '_>, id: TypeId, at: usize, ty: &Type) -> TokenStream {
    if !file.krate.is_boxed(id, at) {
        return file.ty(ty);
    }
    let inner = file.ty(ty.present());
    if ty.is_optional() {
        quote! { Option<Box<#inner>> }
    } else {
        quote! { Box<#inner> }
    }
}

pub fn additional_type(file: &FileCx<'_, '_>, id: TypeId, of: &Record) -> Option<TokenStream> {
    let values = of.additional.as_ref()?;
    if !keeps(file.krate, id, of.fields.len()) {
        return None;
    }
    let (dict, values) = (file.std("Dict"), file.ty(values));
    Some(quote! { #dict<#values> })
}

fn enumeration(file: &FileCx<'_, '_>, id: TypeId, of: &Enum) -> TokenStream {
    let name = file.named(id);
    let doc = described(of.doc.as_ref(), &format!("One of {} values.", of.values.len()));
    let variants: Vec<_> = (0..of.values.len()).map(|at| file.krate.member(id, at)).collect();
    let texts = &of.values;
    let count = proc_macro2::Literal::usize_unsuffixed(of.values.len());
    let used = file.krate.slice.types.get(&id);
    let decode = used.is_none_or(|of| of.decoded).then(|| codec::decode_enum(file, id));
    let encode = used.is_none_or(|of| of.encoded).then(|| codec::encode_text(file, id));
    let all = decode.is_some().then(|| {
        quote! {
            const ALL: [#name; #count] = [#(#name::#variants),*];
            const NAMES: [&'static str; #count] = [#(#texts),*];
        }
    });
    quote! {
        #doc
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum #name { #(#variants),* }
        impl #name {
            #all
            /// As it is written in JSON.
            pub fn as_str(self) -> &'static str {
                match self { #(#name::#variants => #texts),* }
            }
        }
        impl std::fmt::Display for #name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }
        #decode
        #encode
    }
}

fn union(file: &FileCx<'_, '_>, id: TypeId, of: &Union) -> TokenStream {
    let name = file.named(id);
    let doc = described(of.doc.as_ref(), &format!("`{}`: one of several", of.name));
    let variants = of.members.iter().enumerate().map(|(at, member)| {
        let (variant, ty) = (file.krate.member(id, at), file.ty(&member.ty));
        quote! { #variant(#ty) }
    });
    let variants: Vec<TokenStream> = variants.collect();
    let used = file.krate.slice.types.get(&id);
    let decode = used.is_none_or(|of| of.decoded).then(|| codec::decode_union(file, id, of));
    let encode = used.is_none_or(|of| of.encoded).then(|| codec::encode_union(file, id, of));
    let nested = used.is_some_and(|of| of.measured).then(|| nested::of_union(file, id, of));
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        pub enum #name { #(#variants),* }
        #decode
        #encode
        #nested
    }
}
