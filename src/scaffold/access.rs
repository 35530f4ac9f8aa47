//! How the backend is reached: its address, and how we show it who we are, as far as the contract tells.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::contract::Contract;
use crate::contract::model::{Operation, Place, SecurityKind, SecurityScheme};

use super::names::screaming;
use super::texts;

/// The settings of the backend besides `contract`, each with the remark above it.
pub fn settings(contract: &Contract, operations: &[Arc<Operation>], backend: &str) -> Vec<String> {
    let prefix = screaming(backend);
    let mut lines = Vec::new();
    // Whoever runs it for the first time has a stand-in, and calls nobody's production by it.
    lines.extend(
        address(contract).map(|address| format!("// The contract says: {}", texts::remark(&address))),
    );
    lines.push(format!("url: env.{prefix}_URL"));
    let needs = most_wanted(contract, operations);
    let mut auth: Option<String> = None;
    let mut headers: Vec<String> = Vec::new();
    let mut remarks: Vec<String> = Vec::new();
    for scheme in &needs {
        let Some(scheme) = contract.security_schemes().iter().find(|known| known.name == *scheme) else {
            continue;
        };
        match (&auth, written(scheme, &prefix, needs.len(), &scopes(operations, &scheme.name))) {
            (None, Some(text)) => auth = Some(text),
            (_, written) => match second_header(scheme, &prefix, written.is_some()) {
                Some(header) => headers.push(header),
                None => remarks.push(format!(
                    "// The contract also asks for `{}`, which has no setting of its own here.",
                    texts::remark(&scheme.name)
                )),
            },
        }
    }
    lines.extend(remarks);
    lines.extend(auth.map(|auth| format!("auth: {auth}")));
    if !headers.is_empty() {
        lines.push(format!("headers: {{ {} }}", headers.join(", ")));
    }
    lines
}

/// The first server, where it can be called as it stands.
fn address(contract: &Contract) -> Option<String> {
    let server = contract.servers().first()?;
    crate::check::server_fault(&server.url).is_none().then(|| server.url.to_string())
}

/// The schemes that, together, most of the operations accept; the first such alternative of the document.
fn most_wanted(contract: &Contract, operations: &[Arc<Operation>]) -> Vec<SmolStr> {
    let mut counted: indexmap::IndexMap<Vec<SmolStr>, usize> = indexmap::IndexMap::new();
    for operation in operations {
        let alternatives = operation.security.iter().filter(|needs| !needs.is_empty());
        // A single one is easier to have than several together.
        for needs in alternatives {
            let schemes = needs.iter().map(|need| need.scheme.clone()).collect();
            *counted.entry(schemes).or_default() += 1;
        }
    }
    let known = |schemes: &[SmolStr]| {
        let is_known = |name: &SmolStr| {
            contract.security_schemes().iter().any(|scheme| scheme.name == *name && is_written(&scheme.kind))
        };
        schemes.iter().any(is_known)
    };
    let mut best: Option<(&Vec<SmolStr>, usize)> = None;
    for (schemes, count) in &counted {
        let better = best.is_none_or(|(chosen, most)| {
            (*count, std::cmp::Reverse(schemes.len())) > (most, std::cmp::Reverse(chosen.len()))
        });
        if known(schemes) && better {
            best = Some((schemes, *count));
        }
    }
    best.map(|(schemes, _)| schemes.clone()).unwrap_or_default()
}

fn is_written(kind: &SecurityKind) -> bool {
    match kind {
        SecurityKind::ApiKey { name, .. } => is_token(name),
        SecurityKind::Basic
        | SecurityKind::Bearer
        | SecurityKind::OAuth2 { .. }
        | SecurityKind::OpenIdConnect { .. } => true,
        SecurityKind::MutualTls | SecurityKind::Other(_) => false,
    }
}

/// What the operations ask a token of this scheme to allow, each once.
fn scopes<'o>(operations: &'o [Arc<Operation>], scheme: &str) -> Vec<&'o SmolStr> {
    let needs = operations.iter().flat_map(|operation| &operation.security).flatten();
    let mut all: Vec<&SmolStr> =
        needs.filter(|need| need.scheme == scheme).flat_map(|need| &need.scopes).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// `bearer { … }`
fn written(scheme: &SecurityScheme, prefix: &str, together: usize, scopes: &[&SmolStr]) -> Option<String> {
    Some(match &scheme.kind {
        SecurityKind::ApiKey { place, name } if is_token(name) => {
            let key = if together > 1 { screaming(name) } else { "KEY".to_owned() };
            let place = match place {
                Place::Query => "query",
                Place::Cookie => "cookie",
                Place::Header | Place::Path => "header",
            };
            format!("api_key {{ key: secret.{prefix}_{key}, place: {place} {} }}", texts::literal(name))
        }
        SecurityKind::Basic => {
            format!("basic {{ user: env.{prefix}_USER, password: secret.{prefix}_PASSWORD }}")
        }
        SecurityKind::Bearer => format!("bearer {{ token: secret.{prefix}_TOKEN }}"),
        SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect { .. } => {
            let scopes: Vec<String> = scopes.iter().map(|scope| texts::literal(scope)).collect();
            let asked = match scopes.is_empty() {
                true => String::new(),
                false => format!(", scopes: [{}]", scopes.join(", ")),
            };
            format!(
                "oauth2 {{ token: env.{prefix}_TOKEN_URL, client: env.{prefix}_CLIENT, secret: secret.{prefix}_SECRET{asked} }}"
            )
        }
        SecurityKind::MutualTls => return None,
        SecurityKind::ApiKey { .. } | SecurityKind::Other(_) => return None,
    })
}

/// A key that is asked for besides another one goes along as a header.
fn second_header(scheme: &SecurityScheme, prefix: &str, can_be_written: bool) -> Option<String> {
    match &scheme.kind {
        SecurityKind::ApiKey { place: Place::Header, name } if can_be_written => {
            Some(format!("{}: secret.{prefix}_{}", texts::name(name), screaming(name)))
        }
        SecurityKind::ApiKey { .. }
        | SecurityKind::Basic
        | SecurityKind::Bearer
        | SecurityKind::OAuth2 { .. }
        | SecurityKind::OpenIdConnect { .. }
        | SecurityKind::MutualTls
        | SecurityKind::Other(_) => None,
    }
}

/// What a header may be called.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
