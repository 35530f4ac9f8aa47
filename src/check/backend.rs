//! Backends and brokers: their settings, and the few of them that the checker itself needs early: which labels a
//! backend accepts, and which of its operations only read.

use smol_str::SmolStr;

use super::body::{Body, Kind};
use super::context::{BackendInfo, Context};
use super::label::Labels;
use super::operation;
use super::setting;
use super::typed::{Backend, Broker};
use crate::diagnostic::settings as findings;
use crate::resolve::{Declared, UnitId};
use crate::syntax::ast;

/// All backends, with what is needed of their settings before anything is typed.
pub fn declare(cx: &mut Context<'_>) {
    for unit in (1..cx.names.units.len()).map(UnitId) {
        let backends = cx.names.scope(unit).capitals.values().filter_map(|declared| match declared {
            Declared::Backend(decl) => Some(*decl),
            _ => None,
        });
        for decl in backends {
            let path = text_setting(decl, "contract");
            let contract = path.and_then(|path| cx.contracts.by_path.get(&(unit.0, path)).copied());
            let accepts = words(decl, "accepts");
            let accepts =
                accepts.iter().filter_map(|word| Labels::named(word)).fold(Labels::NONE, Labels::with);
            let reads = words(decl, "reads");
            cx.backends_by_span.insert(decl.span, cx.backends.len());
            cx.backends.push(BackendInfo { unit, decl, contract, accepts, reads });
        }
    }
}

/// The path that `contract:` names.
pub fn text_setting(decl: &ast::Backend, name: &str) -> Option<String> {
    decl.settings.iter().find(|setting| setting.name.text == name)?.value.plain_text()
}

/// The words of a list such as `[search, "find-all"]`.
fn words(decl: &ast::Backend, name: &str) -> Vec<SmolStr> {
    let Some(setting) = decl.settings.iter().find(|setting| setting.name.text == name) else {
        return Vec::new();
    };
    let ast::ExprKind::List(items) = &setting.value.kind else { return Vec::new() };
    let word = |item: &ast::ListItem| match item {
        ast::ListItem::Value(value) => as_name(value).map(|name| name.text),
        ast::ListItem::Spread(..) => None,
    };
    items.iter().filter_map(word).collect()
}

pub fn check(cx: &mut Context<'_>, at: usize) -> Backend {
    let (unit, decl) = (cx.backends[at].unit, cx.backends[at].decl);
    let mut body = Body::new(unit, Kind::Pure);
    let settings =
        setting::settings(cx, &mut body, &decl.settings, "BackendSettings", ("a backend", decl.name.span));
    if let Some(contract) = settings.values.get("contract")
        && text_setting(decl, "contract").is_none()
        && !contract.value.ty.is_unknown()
    {
        cx.report(findings::contract_not_literal(contract.value.span));
    }
    reads(cx, at);
    if !settings.values.contains_key("url") {
        server(cx, at);
    }
    Backend {
        name: decl.name.text.clone(),
        unit: cx.names.scope(unit).name.clone(),
        settings,
        contract: cx.backends[at].contract,
        span: decl.span,
        name_span: decl.name.span,
    }
}

/// Without `url`, the first server of the contract has to be an address that can be trusted as it stands.
fn server(cx: &mut Context<'_>, at: usize) {
    let (decl, Some(contract)) = (cx.backends[at].decl, cx.backends[at].contract) else { return };
    let server = cx.contracts.all[contract].servers().first().cloned();
    let (why, place) = match server {
        None => (Some("the contract names no server"), None),
        Some(server) => (server_fault(&server.url), Some(server.span)),
    };
    if let Some(why) = why {
        cx.report(findings::no_url(decl.name.span, &decl.name.text, why, place));
    }
}

/// Why an address of a contract cannot be called as it stands.
pub fn server_fault(url: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("the contract names no full address");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let local = ["localhost", "127.", "10.", "192.168.", "169.254.", "0.0.0.0", "[", "metadata."];
    match () {
        () if !scheme.eq_ignore_ascii_case("https") => Some("the address in the contract is not `https`"),
        () if url.contains('{') => Some("the address in the contract has parts to fill in"),
        () if host.contains('@') => Some("the address in the contract carries a user or a password"),
        () if local.iter().any(|start| host.to_ascii_lowercase().starts_with(start)) => {
            Some("the address in the contract is one of an inner network")
        }
        () if host.is_empty() || !host.contains('.') => Some("the address in the contract names no host"),
        () => None,
    }
}

/// `reads: [search]` names operations of the contract.
fn reads(cx: &mut Context<'_>, at: usize) {
    let decl = cx.backends[at].decl;
    let Some(setting) = decl.settings.iter().find(|setting| setting.name.text == "reads") else { return };
    let ast::ExprKind::List(items) = &setting.value.kind else { return };
    for item in items {
        if let ast::ListItem::Value(value) = item
            && let Some(name) = as_name(value)
        {
            let _ = operation::of_backend(cx, at, &name);
        }
    }
}

/// A word, or a text where the name is not a plain one.
fn as_name(value: &ast::Expr) -> Option<ast::Name> {
    match &value.kind {
        ast::ExprKind::Name(name) => Some(name.clone()),
        _ => value.plain_text().map(|text| ast::Name {
            text: text.as_str().into(),
            quoted: true,
            span: value.span,
        }),
    }
}

pub fn broker(cx: &mut Context<'_>, unit: UnitId, decl: &ast::Broker) -> Broker {
    let mut body = Body::new(unit, Kind::Pure);
    let settings =
        setting::settings(cx, &mut body, &decl.settings, "BrokerSettings", ("a broker", decl.name.span));
    Broker { name: decl.name.text.clone(), settings, span: decl.span }
}
