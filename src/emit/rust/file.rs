//! One file of Rust while it is made: what it uses from elsewhere, and its comments.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

use super::krate::{Home, Krate, Rule, ident};
use crate::emit::name;
use crate::emit::print::{self, Comments};
use crate::ir::{Type, TypeId};

pub struct FileCx<'k, 'p> {
    pub krate: &'k Krate<'p>,
    /// The module whose own types need no path.
    home: Option<Home>,
    uses: RefCell<BTreeMap<String, BTreeSet<String>>>,
    /// Patterns that are made once: their type and text, by name.
    constants: RefCell<Vec<(String, String, String)>>,
    pub comments: Comments,
}

impl<'k, 'p> FileCx<'k, 'p> {
    pub fn new(krate: &'k Krate<'p>, home: Option<Home>) -> FileCx<'k, 'p> {
        FileCx {
            krate,
            home,
            uses: RefCell::default(),
            constants: RefCell::default(),
            comments: Comments::default(),
        }
    }

    /// A name from elsewhere: `use path::name;`
    pub fn from(&self, path: &str, name: &str) -> Ident {
        self.uses.borrow_mut().entry(path.to_owned()).or_default().insert(name.to_owned());
        ident(name)
    }

    /// A value type or module of the runtime.
    pub fn std(&self, name: &str) -> Ident {
        self.from("flow_std", name)
    }

    pub fn codec(&self, name: &str) -> Ident {
        self.from("flow_std::codec", name)
    }

    /// The name of a pattern that is made once: `MM_DD_YYYY`.
    pub fn constant(&self, kind: &str, text: &str) -> Ident {
        let mut constants = self.constants.borrow_mut();
        if let Some((known, ..)) = constants.iter().find(|(_, one, of)| one == kind && of == text) {
            return ident(known);
        }
        self.std(kind);
        let wanted = name::shout(&name::snake(text));
        let mut name = wanted.clone();
        let mut number = 2;
        while constants.iter().any(|(known, ..)| *known == name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        constants.push((name.clone(), kind.to_owned(), text.to_owned()));
        ident(&name)
    }

    /// The name of a type in this file.
    pub fn named(&self, id: TypeId) -> TokenStream {
        let (home, name) = self.krate.type_name(id);
        let name_ident = ident(name);
        match home {
            _ if self.home == Some(home) => quote! { #name_ident },
            Home::Std => {
                let name = self.std(name);
                quote! { #name }
            }
            // A backend may have a type of the same name.
            Home::Types if matches!(self.home, Some(Home::Backend(_))) => {
                let module = self.from("crate", "types");
                quote! { #module::#name_ident }
            }
            Home::Types => {
                let name = self.from("crate::types", name);
                quote! { #name }
            }
            Home::Backend(backend) => {
                let module = self.from("crate::backends", self.krate.backend_module(backend));
                quote! { #module::#name_ident }
            }
        }
    }

    /// The Rust type that stands for a type.
    pub fn ty(&self, ty: &Type) -> TokenStream {
        let of_std = |name: &str| {
            let name = self.std(name);
            quote! { #name }
        };
        match ty {
            Type::Unit | Type::Never => quote! { () },
            Type::Bool => quote! { bool },
            Type::Int(_) => quote! { i64 },
            Type::Float(_) => quote! { f64 },
            Type::Decimal(_) => of_std("Decimal"),
            Type::Text(_) | Type::OpenEnum(_) => quote! { String },
            Type::Date => of_std("Date"),
            Type::Time => of_std("Time"),
            Type::DateTime => of_std("DateTime"),
            Type::Duration => of_std("Duration"),
            Type::Uuid => of_std("Uuid"),
            Type::Email => of_std("Email"),
            Type::Uri => of_std("Uri"),
            Type::Bytes => of_std("Bytes"),
            Type::Json => of_std("Json"),
            Type::Zone => of_std("Zone"),
            Type::Regex => of_std("Regex"),
            Type::Pattern => of_std("Pattern"),
            Type::List(list) => {
                let item = self.ty(&list.item);
                quote! { Vec<#item> }
            }
            Type::Dict(values) => {
                let (dict, values) = (self.std("Dict"), self.ty(values));
                quote! { #dict<#values> }
            }
            Type::Optional(inner) => {
                let inner = self.ty(inner);
                quote! { Option<#inner> }
            }
            Type::Named(id) => self.named(*id),
            // Lambdas are written where they are called.
            Type::Function(_) => quote! { () },
        }
    }

    /// The type of a parameter that only looks at its value.
    pub fn borrowed(&self, ty: &Type, lifetime: &TokenStream) -> TokenStream {
        match ty {
            Type::Text(_) | Type::OpenEnum(_) => quote! { & #lifetime str },
            Type::List(list) => {
                let item = self.ty(&list.item);
                quote! { & #lifetime [#item] }
            }
            Type::Optional(inner) => {
                let inner = self.borrowed(inner, lifetime);
                quote! { Option<#inner> }
            }
            ty if self.krate.is_copy(ty) => self.ty(ty),
            ty => {
                let ty = self.ty(ty);
                quote! { & #lifetime #ty }
            }
        }
    }

    pub fn rule(&self, rule: Rule) -> TokenStream {
        let module = self.from("crate", "rules");
        let name = self.krate.rule(rule);
        quote! { #module::#name }
    }

    /// The text of the file: its documentation, what it uses, its items.
    pub fn finish(&self, doc: &str, items: TokenStream) -> Result<String, String> {
        let doc = print::module_doc(doc);
        let uses = self.uses.borrow();
        let mut lines = Vec::new();
        let constants = self.constants.borrow();
        let constants = constants.iter().map(|(name, kind, text)| {
            let (name, kind) = (ident(name), ident(kind));
            quote! { static #name: #kind = #kind::new(#text); }
        });
        let items = quote! { #(#constants)* #items };
        let mut words = BTreeSet::new();
        idents(items.clone(), &mut words);
        let mut sorted: Vec<_> = uses.iter().collect();
        // As rustfmt has it: what is taken from a module itself stands behind its parts.
        sorted.sort_by_key(|(path, names)| sort_key(path, names));
        for (path, names) in sorted {
            let path: syn::Path = syn::parse_str(path).map_err(|error| error.to_string())?;
            let names: Vec<Ident> =
                names.iter().filter(|name| is_used(name, &words)).map(|name| ident(name)).collect();
            lines.push(match names.as_slice() {
                [] => continue,
                [one] => quote! { use #path::#one; },
                several => quote! { use #path::{#(#several),*}; },
            });
        }
        print::file(quote! { #doc #(#lines)* #items }, &self.comments)
    }
}

fn sort_key(path: &str, names: &BTreeSet<String>) -> String {
    match names.len() {
        1 => format!("{path}::{}", names.first().map_or("", String::as_str)),
        _ => format!("{path}::{{"),
    }
}

/// All words of code.
pub fn idents(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => drop(into.insert(word.to_string())),
            TokenTree::Group(group) => idents(group.stream(), into),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Traits are used by their methods.
fn is_used(name: &str, words: &BTreeSet<String>) -> bool {
    let methods: &[&str] = match name {
        "Decode" => &["decode"],
        "Encode" => &["encode"],
        "InPlace" => &["or_bad_gateway", "or_bad_request"],
        "Within" => &["within", "within_item"],
        "AsText" => &["as_text"],
        _ => &[],
    };
    words.contains(name) || methods.iter().any(|method| words.contains(*method))
}
