//! How callers of a crate show who they are: each way is made once, when the service starts.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::app::{at_start, constant, operations};
use super::expr;
use super::file::FileCx;
use super::krate::{Krate, ident};
use super::outbound;
use super::policy::Settings;
use crate::emit::names;
use crate::ir::{Expr, ExprKind, InboundAuth, Jwt, JwtAlgorithm, KeyPlace, visit};

/// The ways of all operations of a crate, each once; nothing has to be made for `public`.
pub struct Ways<'p> {
    all: Vec<&'p InboundAuth>,
}

impl<'p> Ways<'p> {
    pub fn of(krate: &Krate<'p>) -> Ways<'p> {
        let mut ways = Ways { all: Vec::new() };
        for auth in operations(krate).flat_map(|operation| &operation.settings.auth) {
            if !matches!(auth, InboundAuth::Public) && !ways.all.iter().any(|known| same(known, auth)) {
                ways.all.push(auth);
            }
        }
        ways
    }

    pub fn has_service(&self) -> bool {
        self.all.iter().any(|way| matches!(way, InboundAuth::Service))
    }

    /// Whether something can be wrong with what they are told.
    fn can_fail(&self) -> bool {
        self.all.iter().any(|way| !matches!(way, InboundAuth::Service))
    }

    fn reads_config(&self) -> bool {
        self.all.iter().any(|way| match way {
            InboundAuth::Public | InboundAuth::Service => false,
            InboundAuth::ApiKey { keys, .. } => reads_config(keys),
            InboundAuth::Mtls { ca } => reads_config(ca),
            InboundAuth::Jwt(jwt) => {
                let texts = jwt.audiences.iter().chain(&jwt.keys).chain([&jwt.issuer]);
                jwt.leeway_ms.config().is_some() || texts.into_iter().any(reads_config)
            }
        })
    }

    /// `service`, `api_key`, `api_key_2`, `jwt`
    fn field(&self, wanted: &InboundAuth) -> Ident {
        let kind = kind(wanted);
        let mut alike = self.all.iter().filter(|way| self::kind(way) == kind);
        match alike.position(|known| same(known, wanted)) {
            Some(0) | None => ident(kind),
            Some(at) => ident(&format!("{kind}_{}", at + 1)),
        }
    }

    /// The call that makes them, where the application is made.
    pub fn make(&self) -> TokenStream {
        let config = self.reads_config().then(|| quote! { &config, });
        let keys = self.has_service().then(|| quote! { service_keys.as_ref(), });
        let env = self.can_fail().then(|| quote! { env });
        quote! { let callers = Callers::read(#config #keys #env); }
    }

    /// The type that holds them; none where there is nothing to hold.
    pub fn items(&self, file: &FileCx<'_, '_>) -> Option<TokenStream> {
        if self.all.is_empty() {
            return None;
        }
        let auth = file.from("flow_std::auth", "Auth");
        let names: Vec<Ident> = self.all.iter().map(|way| self.field(way)).collect();
        let makes: Vec<TokenStream> = self.all.iter().map(|way| self.made(file, way)).collect();
        let done = self.all.iter().zip(&names).map(|(way, name)| match way {
            InboundAuth::Service => quote! { service: #auth::service(service_keys?) },
            InboundAuth::Public
            | InboundAuth::ApiKey { .. }
            | InboundAuth::Jwt(_)
            | InboundAuth::Mtls { .. } => {
                quote! { #name: #name? }
            }
        });
        let done: Vec<TokenStream> = done.collect();
        let config = self.reads_config().then(|| {
            let config = file.from("crate::config", "Config");
            quote! { config: &#config, }
        });
        let keys = self.has_service().then(|| {
            let keys = file.from("flow_std::auth", "ServiceKeys");
            quote! { service_keys: Option<&#keys>, }
        });
        let env = self.can_fail().then(|| {
            let environment = file.from("flow_std::http", "Environment");
            quote! { env: &mut #environment }
        });
        Some(quote! {
            /// How callers show who they are.
            pub struct Callers { #(pub #names: #auth),* }

            impl Callers {
                fn read(#config #keys #env) -> Option<Callers> {
                    #(#makes)*
                    Some(Callers { #(#done),* })
                }
            }
        })
    }

    fn made(&self, file: &FileCx<'_, '_>, way: &InboundAuth) -> TokenStream {
        let name = self.field(way);
        let auth = file.from("flow_std::auth", "Auth");
        match way {
            InboundAuth::Public | InboundAuth::Service => quote! {},
            InboundAuth::ApiKey { keys, place } => {
                let (what, place) = (variable(file.krate, keys, "keys"), placed(file, place));
                let keys = outbound::secret_ref(file, keys);
                quote! {
                    let keys = #auth::api_key(#keys, #place);
                    let #name = env.take(#what, keys);
                }
            }
            InboundAuth::Mtls { ca } => {
                let (what, ca) =
                    (variable(file.krate, ca, "auth: mtls"), expr::borrowed(&at_start(file), ca));
                quote! { let #name = env.take(#what, #auth::mtls(#ca)); }
            }
            InboundAuth::Jwt(jwt) => {
                let what = variable(file.krate, jwt.keys.as_ref().unwrap_or(&jwt.issuer), "auth: jwt");
                let settings = tokens(file, jwt);
                quote! { let #name = env.take(#what, #auth::jwt(#settings)); }
            }
        }
    }
}

/// What an operation accepts.
pub fn field(krate: &Krate<'_>, wanted: &InboundAuth) -> Ident {
    Ways::of(krate).field(wanted)
}

fn reads_config(expr: &Expr) -> bool {
    let mut reads = matches!(expr.kind, ExprKind::Config(_));
    visit::children(expr, &mut |inner| reads |= reads_config(inner));
    reads
}

fn kind(way: &InboundAuth) -> &'static str {
    match way {
        InboundAuth::Public => "public",
        InboundAuth::Service => "service",
        InboundAuth::ApiKey { .. } => "api_key",
        InboundAuth::Jwt(_) => "jwt",
        InboundAuth::Mtls { .. } => "mtls",
    }
}

fn same(one: &InboundAuth, other: &InboundAuth) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

fn placed(file: &FileCx<'_, '_>, place: &KeyPlace) -> TokenStream {
    let places = file.from("flow_std::auth", "Place");
    match place {
        KeyPlace::Header(name) => quote! { #places::Header(#name) },
        KeyPlace::Query(name) => quote! { #places::Query(#name) },
        KeyPlace::Cookie(name) => quote! { #places::Cookie(#name) },
    }
}

fn tokens(file: &FileCx<'_, '_>, jwt: &Jwt) -> TokenStream {
    let (settings, names) =
        (file.from("flow_std::auth", "JwtSettings"), file.from("flow_std::auth", "JwtAlgorithm"));
    let issuer = constant(file, &jwt.issuer);
    let audiences = jwt.audiences.iter().map(|audience| constant(file, audience));
    let audiences: Vec<TokenStream> = audiences.collect();
    let keys = match &jwt.keys {
        Some(keys) => {
            let keys = constant(file, keys);
            quote! { Some(#keys) }
        }
        None => quote! { None },
    };
    let algorithms: Vec<Ident> = jwt.algorithms.iter().map(|one| ident(algorithm(*one))).collect();
    let (scopes, leeway) = (&jwt.scopes, Settings::at_start(file).duration(&jwt.leeway_ms));
    quote! {
        #settings {
            issuer: #issuer,
            audiences: vec![#(#audiences),*],
            keys: #keys,
            algorithms: vec![#(#names::#algorithms),*],
            scopes: #scopes.to_owned(),
            leeway: #leeway,
        }
    }
}

fn algorithm(of: JwtAlgorithm) -> &'static str {
    match of {
        JwtAlgorithm::Rs256 => "Rs256",
        JwtAlgorithm::Rs384 => "Rs384",
        JwtAlgorithm::Rs512 => "Rs512",
        JwtAlgorithm::Ps256 => "Ps256",
        JwtAlgorithm::Ps384 => "Ps384",
        JwtAlgorithm::Ps512 => "Ps512",
        JwtAlgorithm::Es256 => "Es256",
        JwtAlgorithm::Es384 => "Es384",
        JwtAlgorithm::Eddsa => "Eddsa",
    }
}

/// The variable that a fault is about.
fn variable(krate: &Krate<'_>, value: &Expr, otherwise: &str) -> String {
    match &value.kind {
        ExprKind::Config(id) => match krate.program.config.get(id.0) {
            Some(item) => names::variable(&item.name),
            None => otherwise.to_owned(),
        },
        _ => otherwise.to_owned(),
    }
}
