//! Who may talk to whom. Everything that is not said here is closed: a service reaches the names of hosts, the
//! services that its flows call, the systems behind them, and the receiver of traces, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::kubernetes::{labels, metadata};
use super::{OPERATOR_PORT, PORT, TRACES_PORT};
use crate::emit::name::{self, Scope};
use crate::emit::unit::{Unit, host_of, is_open};
use crate::ir::{Expr, ExprKind, InboundAuth, Literal, OutboundAuth, Program, visit};

/// A policy for what is known here, and one for each system of others, for the servers that give out its tokens and the keys
/// of ours, and for what replicas share: where those are, only their operators know.
pub fn policies(program: &Program, units: &[Unit<'_>], unit: &Unit<'_>) -> Vec<Value> {
    let mut all = vec![own(program, units, unit)];
    let mut names = Scope::default();
    for backend in unit.slice.backends.keys().filter_map(|at| program.backends.get(*at)) {
        let name = names.unique_kebab(name::kebab(&backend.name));
        all.push(to_system(program, unit, &backend.url, ("flow/backend", &backend.name), &name));
        if let OutboundAuth::OAuth2(of) = &backend.auth {
            let name = names.unique_kebab(format!("{name}-tokens"));
            all.push(to_system(program, unit, &of.token, ("flow/backend", &backend.name), &name));
        }
    }
    for (issuer, service) in issuers(program, unit) {
        let name = names.unique_kebab("issuer".to_owned());
        all.push(to_system(program, unit, issuer, ("flow/issuer-for", service), &name));
    }
    for (feature, name, port, variable) in SHARED {
        if unit.slice.features.contains(feature) {
            let name = names.unique_kebab(name.to_owned());
            all.push(outside(unit, &name, json!({ "flow/variable": variable }), None, port));
        }
    }
    all
}

/// What replicas share, if their operators want it: the feature that needs it, its name, its usual port, and who says where it is.
const SHARED: [(&str, &str, u16, &str); 2] =
    [("store", "store", 5432, "FLOW_STORE"), ("redis", "limits", 6379, "FLOW_LIMITS")];

/// Where the keys of tokens come from, each once, and the first service that takes such tokens.
fn issuers<'p>(program: &'p Program, unit: &Unit<'_>) -> Vec<(&'p Expr, &'p str)> {
    let mut known = BTreeSet::new();
    let services = unit.slice.services.iter().filter_map(|at| program.services.get(*at));
    let ways = services.flat_map(|service| {
        let ways = service.operations.iter().flat_map(|operation| &operation.settings.auth);
        ways.map(move |way| (way, service.name.as_str()))
    });
    ways.filter_map(|(way, service)| match way {
        InboundAuth::Jwt(jwt) => Some((jwt.keys.as_ref().unwrap_or(&jwt.issuer), service)),
        InboundAuth::Public
        | InboundAuth::Service
        | InboundAuth::ApiKey { .. }
        | InboundAuth::Mtls { .. } => None,
    })
    .filter(|(url, _)| known.insert((known_url(program, url), variables(program, url))))
    .collect()
}

fn own(program: &Program, units: &[Unit<'_>], unit: &Unit<'_>) -> Value {
    let http = json!([{ "protocol": "TCP", "port": PORT }]);
    let hosts: BTreeMap<&str, &Unit<'_>> = unit
        .slice
        .remote
        .keys()
        .filter_map(|service| host_of(units, *service))
        .map(|host| (host.name.as_str(), host))
        .collect();
    let services = hosts
        .values()
        .filter(|host| host.name != unit.name)
        .map(|host| json!({ "to": [{ "podSelector": { "matchLabels": labels(host) } }], "ports": http }));
    let traces = json!({ "to": [operators()], "ports": [{ "protocol": "TCP", "port": TRACES_PORT }] });
    let egress: Vec<Value> = [dns()].into_iter().chain(services).chain([traces]).collect();
    let scraped = json!({ "from": [operators()], "ports": [{ "protocol": "TCP", "port": OPERATOR_PORT }] });
    let ingress: Value = if is_open(program, unit) {
        json!([{ "ports": http }, scraped])
    } else {
        let callers: Vec<Value> = units
            .iter()
            .filter(|other| other.is_deployed && other.name != unit.name)
            .filter(|other| other.slice.remote.keys().any(|at| unit.slice.services.contains(at)))
            .map(|other| json!({ "podSelector": { "matchLabels": labels(other) } }))
            .collect();
        match callers.is_empty() {
            true => json!([scraped]),
            false => json!([{ "from": callers, "ports": http }, scraped]),
        }
    };
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(&unit.name, unit),
        "spec": {
            "podSelector": { "matchLabels": labels(unit) },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        },
    })
}

/// Who looks after the services: Prometheus, and the receiver of traces. Only the cluster knows where they are, so their
/// namespace says it by a label.
fn operators() -> Value {
    json!({ "namespaceSelector": { "matchLabels": { "flow/operators": "true" } } })
}

fn dns() -> Value {
    json!({
        "to": [{
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } },
            "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
        }],
        "ports": [{ "protocol": "UDP", "port": 53 }, { "protocol": "TCP", "port": 53 }],
    })
}

/// An address that nobody has: until an operator says where the system is, nothing gets there.
const NOWHERE: &str = "192.0.2.1/32";

/// To a backend, to where its tokens come from, or to an issuer of tokens.
fn to_system(program: &Program, unit: &Unit<'_>, url: &Expr, (of, whose): (&str, &str), name: &str) -> Value {
    let known = known_url(program, url);
    let (cidr, port) = known.as_deref().map_or((None, 443), address);
    let mut about = json!({ of: whose });
    if let Some(fields) = about.as_object_mut() {
        known.iter().for_each(|url| {
            fields.insert("flow/url".to_owned(), Value::from(url.clone()));
        });
        variables(program, url).first().iter().for_each(|variable| {
            fields.insert("flow/variable".to_owned(), Value::from((*variable).clone()));
        });
    }
    outside(unit, name, about, cidr, port)
}

/// To somewhere outside: `about` says to operators what it is.
fn outside(unit: &Unit<'_>, name: &str, about: Value, cidr: Option<String>, port: u16) -> Value {
    let mut meta = metadata(&format!("{}-to-{name}", unit.name), unit);
    if let Some(fields) = meta.as_object_mut() {
        fields.insert("annotations".to_owned(), about);
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": meta,
        "spec": {
            "podSelector": { "matchLabels": labels(unit) },
            "policyTypes": ["Egress"],
            "egress": [{
                "to": [{ "ipBlock": { "cidr": cidr.unwrap_or_else(|| NOWHERE.to_owned()) } }],
                "ports": [{ "protocol": "TCP", "port": port }],
            }],
        },
    })
}

/// The address of a backend if the flow says it, or a default of it.
fn known_url(program: &Program, url: &Expr) -> Option<String> {
    match &url.kind {
        ExprKind::Literal(Literal::Text(text) | Literal::Of(text)) => Some(text.clone()),
        ExprKind::Config(id) => crate::emit::settings::default(program, id.0),
        ExprKind::Convert(inner) => known_url(program, inner),
        _ => None,
    }
}

fn variables(program: &Program, url: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    visit::every(url, &mut |expr| {
        if let ExprKind::Config(id) = &expr.kind {
            names.extend(program.config.get(id.0).map(|item| crate::emit::names::variable(&item.name)));
        }
    });
    names
}

/// The network of a URL whose host is an address, and its port.
fn address(url: &str) -> (Option<String>, u16) {
    let (usual, rest) = match url.strip_prefix("http://") {
        Some(rest) => (80, rest),
        None => (443, url.strip_prefix("https://").unwrap_or(url)),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().unwrap_or(usual))
        }
        _ => (authority, usual),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let cidr = host.parse::<std::net::IpAddr>().ok().map(|ip| {
        let bits = if ip.is_ipv4() { 32 } else { 128 };
        format!("{ip}/{bits}")
    });
    (cidr, port)
}
