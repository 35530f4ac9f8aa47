//! What a program that is run in process is told from outside: the variables of this process, and where those say nothing,
//! what is good enough for a machine of a developer. Each such value is told.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use flow_std::HashAlgorithm;
use flow_std::http::Environment;
use flow_std::store::Store;
use flow_std::text;

use crate::emit::names;
use crate::interp::callers::{DEVELOPMENT, DEVELOPMENT_KEY};
use crate::ir::{Expr, ExprKind, InboundAuth, Jwt, Program};

/// The root of a key that was thrown away: nobody has a certificate that comes from it.
const NOBODY: &str = include_str!("development.pem");

/// What stands in for variables that nobody has set, by their names.
pub fn development(program: &Program) -> BTreeMap<String, String> {
    let mut made = BTreeMap::from([(names::SERVICE_KEY.to_owned(), DEVELOPMENT_KEY.to_owned())]);
    for item in program.config.iter().filter(|item| item.secret) {
        made.insert(names::variable(&item.name), DEVELOPMENT.to_owned());
    }
    let keys = format!("{DEVELOPMENT} {}", text::hash(DEVELOPMENT, HashAlgorithm::Sha256));
    let all: Vec<usize> = (0..program.services.len()).collect();
    let ways = Ways::of(program, &all);
    made.extend(ways.keys().into_iter().map(|name| (name, keys.clone())));
    made.extend(ways.of_issuers().into_iter().map(|name| (name, DEVELOPMENT.to_owned())));
    made.extend(ways.roots().into_iter().map(|name| (name, NOBODY.to_owned())));
    made.retain(|name, _| !is_set(name) && !is_set(&format!("{name}_FILE")));
    made
}

/// A variable that is empty is one that is not set, as for emitted services.
pub fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// The ways in which callers of some services show who they are.
pub struct Ways<'p> {
    program: &'p Program,
    all: Vec<&'p InboundAuth>,
}

impl<'p> Ways<'p> {
    /// `services`: their places in the program.
    pub fn of(program: &'p Program, services: &[usize]) -> Ways<'p> {
        let services = services.iter().filter_map(|at| program.services.get(*at));
        let operations = services.flat_map(|service| &service.operations);
        Ways { program, all: operations.flat_map(|operation| &operation.settings.auth).collect() }
    }

    /// The variables with the keys of callers.
    fn keys(&self) -> BTreeSet<String> {
        let keys = self.all.iter().filter_map(|way| match way {
            InboundAuth::ApiKey { keys, .. } => Some(keys),
            InboundAuth::Public | InboundAuth::Service | InboundAuth::Jwt(_) | InboundAuth::Mtls { .. } => {
                None
            }
        });
        keys.filter_map(|keys| variable(self.program, keys)).collect()
    }

    fn tokens(&self) -> impl Iterator<Item = &'p Jwt> {
        self.all.iter().filter_map(|way| match way {
            InboundAuth::Jwt(jwt) => Some(&**jwt),
            InboundAuth::Public
            | InboundAuth::Service
            | InboundAuth::ApiKey { .. }
            | InboundAuth::Mtls { .. } => None,
        })
    }

    /// The variables that name the issuers of tokens.
    fn issuers(&self) -> BTreeSet<String> {
        self.tokens().filter_map(|jwt| variable(self.program, &jwt.issuer)).collect()
    }

    /// And those that say more of an issuer which nobody has named.
    fn of_issuers(&self) -> BTreeSet<String> {
        let of = |part: &Expr| variable(self.program, part);
        let unnamed = self.tokens().filter(|jwt| of(&jwt.issuer).is_some_and(|name| !is_set(&name)));
        let parts = unnamed.flat_map(|jwt| jwt.audiences.iter().chain(&jwt.keys).chain([&jwt.issuer]));
        parts.filter_map(of).collect()
    }

    /// Whether there are issuers that are named in the program itself.
    fn has_written_issuer(&self) -> bool {
        self.tokens().any(|jwt| variable(self.program, &jwt.issuer).is_none())
    }

    fn certificates(&self) -> impl Iterator<Item = &'p Expr> {
        self.all.iter().filter_map(|way| match way {
            InboundAuth::Mtls { ca } => Some(ca),
            InboundAuth::Public | InboundAuth::Service | InboundAuth::ApiKey { .. } | InboundAuth::Jwt(_) => {
                None
            }
        })
    }

    /// The variables with the roots of callers' certificates.
    fn roots(&self) -> BTreeSet<String> {
        self.certificates().filter_map(|ca| variable(self.program, ca)).collect()
    }
}

/// Why callers cannot show the certificates that operations ask for, if they cannot.
pub fn lacks_for_certificates(ways: &Ways<'_>, made: &BTreeMap<String, String>) -> Option<String> {
    ways.certificates().next()?;
    let roots = ways.roots();
    let files = ["FLOW_TLS_CERTIFICATE_FILE", "FLOW_TLS_KEY_FILE"].into_iter().filter(|name| !is_set(name));
    let lacking = files.chain(roots.iter().map(String::as_str).filter(|name| made.contains_key(*name)));
    let lacking: Vec<&str> = lacking.collect();
    if lacking.is_empty() { None } else { Some(lacking.join(", ")) }
}

fn variable(program: &Program, value: &Expr) -> Option<String> {
    match value.kind {
        ExprKind::Config(id) => program.config.get(id.0).map(|item| names::variable(&item.name)),
        _ => None,
    }
}

/// Where to answer, when the command line does not say it: what is served so is for this machine, unless `LISTEN` says more.
pub fn listen() -> Result<SocketAddr, String> {
    let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    match (read("LISTEN"), read("PORT")) {
        (Some(address), _) => address
            .parse()
            .map_err(|_| format!("LISTEN must be an address such as `127.0.0.1:8080`, not `{address}`")),
        (None, Some(port)) => match port.parse() {
            Ok(port) => Ok(SocketAddr::from(([127, 0, 0, 1], port))),
            Err(_) => Err(format!("PORT must be from 0 to 65535, not `{port}`")),
        },
        (None, None) => Ok(SocketAddr::from(([127, 0, 0, 1], 8080))),
    }
}

/// What callers may show in place of what nobody has set, said for people.
pub fn accepted(ways: &Ways<'_>, made: &BTreeMap<String, String>) -> Vec<String> {
    let word = DEVELOPMENT;
    let unset = |all: BTreeSet<String>, what: &str| {
        let unset = all.into_iter().filter(|variable| made.contains_key(variable));
        let said = unset.map(|variable| format!("`{word}` as the {what} of a caller: {variable} is not set"));
        said.collect::<Vec<_>>()
    };
    let keys = unset(ways.keys(), "key");
    let tokens = unset(ways.issuers(), "token");
    let is_ours = made.contains_key(names::SERVICE_KEY) && ways.has_written_issuer();
    let written = is_ours.then(|| format!("`{word}` as the token of a caller, beside those of its issuer"));
    keys.into_iter().chain(tokens).chain(written).collect()
}

/// What forms are filled in with: what stands in for what nobody has set.
pub fn filled_in(ways: &Ways<'_>, made: &BTreeMap<String, String>) -> serde_json::Value {
    let has_keys = made.values().any(|keys| keys.starts_with(&format!("{DEVELOPMENT} ")));
    let is_ours = made.contains_key(names::SERVICE_KEY);
    let has_tokens = ways.issuers().iter().any(|name| made.contains_key(name));
    serde_json::json!({
        "apiKey": has_keys.then_some(DEVELOPMENT),
        "serviceToken": is_ours.then_some(DEVELOPMENT),
        "token": (has_tokens || is_ours && ways.has_written_issuer()).then_some(DEVELOPMENT),
    })
}

/// What operations store: in memory, unless somebody names a place.
pub fn store(project: &str) -> Result<Store, String> {
    match std::env::var("FLOW_STORE") {
        Ok(url) => Store::open(Some(&url), project).map_err(|error| format!("FLOW_STORE {error}")),
        Err(_) => Ok(Store::memory()),
    }
}

/// `made` has nothing that somebody has set, but for addresses of systems that are to have a stand-in all the same.
pub fn environment(made: BTreeMap<String, String>) -> Environment {
    let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    Environment::new(move |name| made.get(name).cloned().or_else(|| read(name)))
}
