//! The configuration of a crate: every variable that its flows name, read and checked once, at start.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::file::FileCx;
use super::krate::{Krate, ident};
use crate::emit::name::{self, Scope};
use crate::emit::names;
use crate::emit::print::doc;
use crate::ir::{ConfigId, ConfigItem, ConfigKind, Type};

/// The field of `Config` that holds a value.
pub fn field(krate: &Krate<'_>, id: ConfigId) -> Ident {
    let mut scope = Scope::with(["env"]);
    let mut found = String::from("unknown");
    for one in &krate.slice.config {
        if let Some(item) = krate.program.config.get(one.0) {
            let name = scope.unique(name::snake(&item.name.to_lowercase()));
            if *one == id {
                found = name;
            }
        }
    }
    ident(&found)
}

pub fn file(krate: &Krate<'_>) -> Result<String, String> {
    let file = FileCx::new(krate, None);
    let environment = file.from("flow_std::http", "Environment");
    let items: Vec<(Ident, &ConfigItem)> = krate
        .slice
        .config
        .iter()
        .filter_map(|id| Some((field(krate, *id), krate.program.config.get(id.0)?)))
        .collect();
    let fields = items.iter().map(|(name, item)| {
        let ty = match &item.kind {
            ConfigKind::Value(_) if item.secret => {
                let secret = file.from("flow_std::http", "Secret");
                quote! { #secret }
            }
            ConfigKind::Value(ty) => file.ty(ty),
            ConfigKind::Setting(ty) => super::policy::config_type(*ty),
        };
        let kind = if item.secret { "The secret" } else { "The variable" };
        let what = doc(&format!("{kind} '{}'.", item.name));
        quote! { #what pub #name: #ty }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let lines = items.iter().map(|(name, item)| {
        let value = read(&file, item);
        quote! { let #name = #value; }
    });
    let lines: Vec<TokenStream> = lines.collect();
    let names = items.iter().map(|(name, _)| quote! { #name: #name? });
    let names: Vec<TokenStream> = names.collect();
    file.finish(
        "What the service is told from outside: variables of the environment, and secrets, which may also stand in files.",
        quote! {
            /// Checked when the service starts.
            #[derive(Clone)]
            pub struct Config { #(#fields),* }

            impl Config {
                /// Notes everything that is missing or malformed, so that one message can list it all.
                pub fn read(env: &mut #environment) -> Option<Config> {
                    #(#lines)*
                    Some(Config { #(#names),* })
                }
            }
        },
    )
}

fn read(file: &FileCx<'_, '_>, item: &ConfigItem) -> TokenStream {
    let variable = names::variable(&item.name);
    if item.secret {
        return quote! { env.secret(#variable) };
    }
    let default = item.default_text();
    let ty = match &item.kind {
        ConfigKind::Value(ty) => ty,
        ConfigKind::Setting(ty) => {
            let reader = super::policy::config_reader(file, *ty);
            return match default {
                Some(default) => quote! { env.quantity_or(#variable, #default, #reader) },
                None => quote! { env.quantity(#variable, #reader) },
            };
        }
    };
    match (ty, default) {
        (Type::Text(rule), None) if rule.is_free() => quote! { env.text(#variable) },
        (Type::Text(rule), Some(default)) if rule.is_free() => quote! { env.text_or(#variable, #default) },
        (ty, default) => {
            let decoder = super::codec::any_decoder(file, ty);
            match default {
                Some(default) => quote! { env.value_or(#variable, #default, #decoder) },
                None => quote! { env.value(#variable, #decoder) },
            }
        }
    }
}
