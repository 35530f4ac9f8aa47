//! Addresses that are written out. What comes from the environment is looked at when a program starts; what stands in the
//! flow is known now, and a service that can never start is a fault of the flow.

use flow_std::client::Base;

use super::context::Context;
use super::security::{bare, field, variants, written};
use super::typed::{Expr, ExprKind, Program};
use crate::diagnostic::settings as findings;

pub fn check(cx: &mut Context<'_>, program: &Program) {
    for backend in &program.backends {
        let settings = &backend.settings.values;
        settings.get("url").into_iter().for_each(|url| look(cx, &url.value, any));
        for payload in settings.get("auth").into_iter().flat_map(|auth| payloads(&auth.value, "oauth2")) {
            field(payload, "token").into_iter().for_each(|token| look(cx, token, for_a_secret));
        }
    }
    for service in &program.services {
        let operations = service.operations.iter().map(|operation| &operation.settings);
        for settings in std::iter::once(&service.settings).chain(operations) {
            let auth = settings.values.get("auth");
            for payload in auth.into_iter().flat_map(|auth| payloads(&auth.value, "jwt")) {
                // Without `keys`, they are found at the issuer.
                let place = field(payload, "keys").filter(|keys| !matches!(bare(keys).kind, ExprKind::None));
                let place = place.or_else(|| field(payload, "issuer"));
                place.into_iter().for_each(|place| look(cx, place, for_keys));
            }
        }
    }
}

fn payloads<'e>(auth: &'e Expr, way: &str) -> Vec<&'e Expr> {
    variants(auth).into_iter().filter(|(name, _)| *name == way).filter_map(|(_, payload)| payload).collect()
}

/// The address itself, or the one that counts where the environment says none.
fn look(cx: &mut Context<'_>, value: &Expr, fault: fn(&str) -> Option<String>) {
    let value = match &bare(value).kind {
        ExprKind::Config { default: Some(default), .. } => default,
        _ => value,
    };
    if let Some(fault) = written(value).and_then(|text| fault(&text)) {
        cx.report(findings::bad_address(value.span, &fault));
    }
}

fn any(text: &str) -> Option<String> {
    Base::parse(text).err()
}

/// A secret goes there.
fn for_a_secret(text: &str) -> Option<String> {
    if text.contains('#') {
        return Some("must have no fragment".to_owned());
    }
    private(text, "must begin with `https://`: a secret goes there")
}

/// What comes from there opens doors.
fn for_keys(text: &str) -> Option<String> {
    private(text, "must begin with `https://`: whoever changes the keys on the way can sign tokens")
}

fn private(text: &str, open: &str) -> Option<String> {
    let base = text.split_once('?').map_or(text, |(base, _)| base);
    match Base::parse(base) {
        Ok(base) if base.is_https() || base.is_loopback() => None,
        Ok(_) => Some(open.to_owned()),
        Err(fault) => Some(fault),
    }
}
