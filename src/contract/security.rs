//! Where a system lives and what it asks of its callers.

use std::sync::Arc;

use smol_str::SmolStr;

use super::documents::{Documents, Entry, Place};
use super::faults::{Faults, Weight};
use super::model::{Place as Spot, SecurityKind, SecurityNeed, SecurityScheme, Server};
use super::{Contract, Version, refs};
use crate::diagnostic::contract as say;

/// The servers of the whole document.
pub(super) fn servers(documents: &Documents, version: Version, faults: &mut Faults) -> Vec<Server> {
    if version == Version::V2 {
        return swagger_servers(documents);
    }
    servers_at(documents, documents.root(), faults)
}

/// Those of one operation, or else of its path; none where the document's hold.
pub(super) fn servers_of(contract: &mut Contract, operation: Place, items: [Place; 2]) -> Vec<Server> {
    let documents = Arc::clone(&contract.documents);
    let [item, _] = items;
    let own = servers_at(&documents, operation, &mut contract.faults);
    if own.is_empty() { servers_at(&documents, item, &mut contract.faults) } else { own }
}

fn servers_at(documents: &Documents, holder: Place, faults: &mut Faults) -> Vec<Server> {
    let Some(list) = documents.get(holder, "servers") else { return Vec::new() };
    documents
        .items(list)
        .filter_map(|server| {
            let url = documents.get(server, "url")?;
            let text = documents.text(url)?;
            let url_with_defaults = with_defaults(documents, server, text.trim());
            let usable = check_server(documents, url, &url_with_defaults, faults);
            usable.then(|| Server { url: url_with_defaults, span: documents.span(url) })
        })
        .collect()
}

/// A templated address with the default of each variable filled in.
fn with_defaults(documents: &Documents, server: Place, template: &str) -> String {
    let Some(variables) = documents.get(server, "variables") else { return template.to_owned() };
    let mut url = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        url.push_str(before);
        let Some((name, after)) = behind.split_once('}') else {
            rest = behind;
            break;
        };
        let default = documents.at(variables, &[name, "default"]).and_then(|value| documents.scalar(value));
        match default {
            Some(default) => url.push_str(&default),
            None => url.push_str(&format!("{{{name}}}")),
        }
        rest = after;
    }
    url.push_str(rest);
    url
}

/// Whether a flow may send requests there, as far as the address tells.
fn check_server(documents: &Documents, place: Place, url: &str, faults: &mut Faults) -> bool {
    let span = documents.span(place);
    let Some((scheme, rest)) = url.split_once(':') else { return true };
    if scheme.contains(['/', '{', '?', '#', '.']) {
        return true;
    }
    let authority = rest.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or("");
    if rest.starts_with("//") && authority.contains('@') {
        faults.add(place, Weight::Always, say::server_credentials(span));
        return false;
    }
    if !["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        // `localhost:8080` is a host without a scheme, as many write it.
        let port = rest.split('/').next().unwrap_or("");
        if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
            return true;
        }
        faults.add(place, Weight::Repaired, say::server_scheme(span, scheme));
        return false;
    }
    if authority.starts_with("169.254.") || authority.starts_with("[fd00:ec2::254]") {
        faults.add(place, Weight::Repaired, say::server_metadata(span, authority));
        return false;
    }
    true
}

/// `schemes`, `host` and `basePath` of Swagger 2.0.
fn swagger_servers(documents: &Documents) -> Vec<Server> {
    let root = documents.root();
    let base = documents.text_at(root, "basePath").unwrap_or_default();
    let base = base.trim_end_matches('/');
    let Some(host) = documents.text_at(root, "host") else {
        let span = documents.key_span(root, "basePath");
        return if base.is_empty() { Vec::new() } else { vec![Server { url: base.to_owned(), span }] };
    };
    let span = documents.key_span(root, "host");
    let mut schemes: Vec<String> = match documents.get(root, "schemes") {
        Some(list) => {
            documents.items(list).filter_map(|item| Some(documents.text(item)?.into_owned())).collect()
        }
        None => Vec::new(),
    };
    if schemes.is_empty() {
        schemes.push("https".to_owned());
    }
    // The safe one is the one to take.
    schemes.sort_by_key(|scheme| scheme != "https");
    schemes
        .into_iter()
        .map(|scheme| Server { url: format!("{scheme}://{}{base}", host.trim()), span })
        .collect()
}

pub(super) fn schemes(documents: &Documents, version: Version) -> Vec<SecurityScheme> {
    let Some(map) = schemes_map(documents, version) else { return Vec::new() };
    let mut schemes = Vec::new();
    for Entry { name, key, value } in documents.entries(map) {
        let node = refs::follow(documents, value).unwrap_or(value);
        let kind = scheme_kind(documents, node);
        schemes.push(SecurityScheme { name: SmolStr::new(name), kind, span: documents.span(key) });
    }
    schemes
}

fn schemes_map(documents: &Documents, version: Version) -> Option<Place> {
    let keys: &[&str] =
        if version == Version::V2 { &["securityDefinitions"] } else { &["components", "securitySchemes"] };
    documents.at(documents.root(), keys)
}

/// Warns of weak schemes that a `security` list names; one that is only declared harms nobody.
pub(super) fn check_named(contract: &Contract, faults: &mut Faults, list: Place) {
    let documents = &contract.documents;
    let Some(map) = schemes_map(documents, contract.version) else { return };
    for alternative in documents.items(list) {
        for Entry { name, .. } in documents.entries(alternative) {
            let Some(scheme) = contract.security_schemes.iter().find(|scheme| *scheme.name == *name) else {
                continue;
            };
            if let Some(place) = documents.get(map, &name) {
                check_scheme(scheme, place, faults);
            }
        }
    }
}

fn scheme_kind(documents: &Documents, node: Place) -> SecurityKind {
    let text = |key| documents.text_at(node, key).unwrap_or_default();
    match text("type").as_ref() {
        "apiKey" => {
            let place = match text("in").as_ref() {
                "query" => Spot::Query,
                "cookie" => Spot::Cookie,
                _ => Spot::Header,
            };
            SecurityKind::ApiKey { place, name: SmolStr::new(text("name")) }
        }
        "basic" => SecurityKind::Basic,
        "http" => match text("scheme").to_ascii_lowercase().as_str() {
            "basic" => SecurityKind::Basic,
            "bearer" => SecurityKind::Bearer,
            other => SecurityKind::Other(format!("http {other}")),
        },
        "oauth2" => oauth2(documents, node),
        "openIdConnect" => SecurityKind::OpenIdConnect { url: text("openIdConnectUrl").into_owned() },
        "mutualTLS" => SecurityKind::MutualTls,
        other => SecurityKind::Other(other.to_owned()),
    }
}

/// All flows together: `flows:` of OpenAPI 3, or the one of Swagger 2.0.
fn oauth2(documents: &Documents, node: Place) -> SecurityKind {
    let flows: Vec<Place> = match documents.get(node, "flows") {
        Some(flows) => documents.entries(flows).map(|entry| entry.value).collect(),
        None => vec![node],
    };
    let mut token_urls: Vec<String> = Vec::new();
    let mut scopes: Vec<SmolStr> = Vec::new();
    for flow in flows {
        if let Some(url) = documents.text_at(flow, "tokenUrl")
            && !token_urls.iter().any(|known| *known == url)
        {
            token_urls.push(url.into_owned());
        }
        let Some(named) = documents.get(flow, "scopes") else { continue };
        for entry in documents.entries(named) {
            if !scopes.iter().any(|known| known.as_str() == entry.name) {
                scopes.push(SmolStr::new(entry.name));
            }
        }
    }
    SecurityKind::OAuth2 { token_urls, scopes }
}

fn check_scheme(scheme: &SecurityScheme, place: Place, faults: &mut Faults) {
    let (what, owasp) = match &scheme.kind {
        SecurityKind::ApiKey { place: Spot::Query, .. } => {
            ("puts its key into the URL, where logs and caches keep it", "OWASP API2:2023")
        }
        SecurityKind::Basic => ("sends the password with every request", "OWASP API2:2023"),
        SecurityKind::OAuth2 { token_urls, .. } if token_urls.iter().any(|url| url.starts_with("http:")) => {
            ("fetches tokens over http, where everybody on the way can read them", "OWASP API8:2023")
        }
        SecurityKind::ApiKey { .. }
        | SecurityKind::OAuth2 { .. }
        | SecurityKind::Bearer
        | SecurityKind::OpenIdConnect { .. }
        | SecurityKind::MutualTls
        | SecurityKind::Other(_) => return,
    };
    faults.add(place, Weight::Repaired, say::weak_security(scheme.span, &scheme.name, what, owasp));
}

/// What an operation asks for: its own `security`, else that of the document.
pub(super) fn needs(contract: &mut Contract, operation: Place) -> Vec<Vec<SecurityNeed>> {
    let documents = Arc::clone(&contract.documents);
    let own = documents.get(operation, "security");
    let Some(list) = own.or_else(|| documents.get(documents.root(), "security")) else { return Vec::new() };
    let mut faults = std::mem::take(&mut contract.faults);
    check_named(contract, &mut faults, list);
    contract.faults = faults;
    let mut alternatives = Vec::new();
    for alternative in documents.items(list) {
        let mut together = Vec::new();
        for Entry { name, key, value } in documents.entries(alternative) {
            if !contract.security_schemes.iter().any(|scheme| scheme.name.as_str() == name) {
                let fault = say::security_unknown(documents.span(key), &name);
                contract.faults.add(key, Weight::Repaired, fault);
            }
            let scopes = documents.items(value).filter_map(|item| documents.scalar(item)).map(SmolStr::new);
            together.push(SecurityNeed {
                scheme: SmolStr::new(&name),
                scopes: scopes.collect(),
                span: documents.span(key),
            });
        }
        alternatives.push(together);
    }
    alternatives
}
