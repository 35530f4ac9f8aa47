//! How clients show the systems of others who we are. What stands in a secret is handed on as the secret itself, which may
//! change while the service runs.

use proc_macro2::TokenStream;
use quote::quote;

use super::app::constant;
use super::config;
use super::file::FileCx;
use crate::ir::{CredentialsPlace, Expr, ExprKind, KeyPlace, OAuth2, OutboundAuth};

/// Headers that every call carries: those with a secret in them apart.
pub fn headers(file: &FileCx<'_, '_>, all: &[(String, Expr)]) -> TokenStream {
    let (secrets, plain): (Vec<_>, Vec<_>) =
        all.iter().partition(|(_, value)| file.krate.program.has_secret(value));
    let plain = plain.into_iter().map(|(name, value)| {
        let value = constant(file, value);
        quote! { (#name.to_owned(), #value) }
    });
    let secrets = secrets.into_iter().map(|(name, value)| {
        let value = secret(file, value);
        quote! { (#name.to_owned(), #value) }
    });
    let (plain, secrets): (Vec<_>, Vec<_>) = (plain.collect(), secrets.collect());
    let plain = (!plain.is_empty()).then(|| quote! { headers: vec![#(#plain),*], });
    let secrets = (!secrets.is_empty()).then(|| quote! { secret_headers: vec![#(#secrets),*], });
    quote! { #plain #secrets }
}

pub fn auth(file: &FileCx<'_, '_>, auth: &OutboundAuth) -> TokenStream {
    if let OutboundAuth::None = auth {
        return quote! {};
    }
    let of = file.from("flow_std::client", "OutboundAuth");
    let made = match auth {
        OutboundAuth::None => quote! { None },
        OutboundAuth::Forward => quote! { Forward },
        OutboundAuth::Bearer { token } => {
            let token = secret(file, token);
            quote! { Bearer { token: #token } }
        }
        OutboundAuth::Basic { user, password } => {
            let (user, password) = (constant(file, user), secret(file, password));
            quote! { Basic { user: #user, password: #password } }
        }
        OutboundAuth::ApiKey { key, place } => {
            let (key, place) = (secret(file, key), key_place(file, place));
            quote! { ApiKey { key: #key, place: #place } }
        }
        OutboundAuth::OAuth2(of) => {
            let of = oauth2(file, of);
            quote! { OAuth2(#of) }
        }
        OutboundAuth::Mtls { certificate, key } => {
            let name = file.from("flow_std::client", "ClientCertificate");
            let (certificate, key) = (secret(file, certificate), secret(file, key));
            quote! { Mtls(#name { certificate: #certificate, key: #key }) }
        }
    };
    quote! { auth: #of::#made, }
}

fn oauth2(file: &FileCx<'_, '_>, of: &OAuth2) -> TokenStream {
    let (name, places) =
        (file.from("flow_std::client", "OAuth2"), file.from("flow_std::client", "CredentialsPlace"));
    let (token, client) = (constant(file, &of.token), constant(file, &of.client));
    let secret = secret(file, &of.secret);
    let scopes: Vec<TokenStream> = of.scopes.iter().map(|scope| constant(file, scope)).collect();
    let audience = super::policy::some(of.audience.as_ref().map(|audience| constant(file, audience)));
    let credentials = match of.credentials {
        CredentialsPlace::InHeader => quote! { #places::InHeader },
        CredentialsPlace::InBody => quote! { #places::InBody },
    };
    quote! {
        #name {
            token: #token,
            client: #client,
            secret: #secret,
            scopes: vec![#(#scopes),*],
            audience: #audience,
            credentials: #credentials,
        }
    }
}

fn key_place(file: &FileCx<'_, '_>, place: &KeyPlace) -> TokenStream {
    let places = file.from("flow_std::client", "KeyPlace");
    match place {
        KeyPlace::Header(name) => quote! { #places::Header(#name.to_owned()) },
        KeyPlace::Query(name) => quote! { #places::Query(#name.to_owned()) },
        KeyPlace::Cookie(name) => quote! { #places::Cookie(#name.to_owned()) },
    }
}

/// A reference to it.
pub fn secret_ref(file: &FileCx<'_, '_>, value: &Expr) -> TokenStream {
    match of_config(file, value) {
        Some(field) => quote! { &#field },
        None => {
            let secret = secret(file, value);
            quote! { &#secret }
        }
    }
}

/// Where it is, if it is nothing but what somebody has told us.
fn of_config(file: &FileCx<'_, '_>, value: &Expr) -> Option<TokenStream> {
    let ExprKind::Config(id) = &value.kind else { return None };
    let is_secret = file.krate.program.config.get(id.0).is_some_and(|item| item.secret);
    let field = config::field(file.krate, *id);
    is_secret.then(|| quote! { config.#field })
}

/// What gives access. One that is put together from secrets is put together anew when they change.
pub fn secret(file: &FileCx<'_, '_>, value: &Expr) -> TokenStream {
    if let Some(field) = of_config(file, value) {
        return quote! { #field.clone() };
    }
    let name = file.from("flow_std::http", "Secret");
    let text = constant(file, value);
    match file.krate.program.has_secret(value) {
        true => quote! {
            #name::made({
                let config = config.clone();
                move || #text
            })
        },
        false => quote! { #name::new(#text) },
    }
}
