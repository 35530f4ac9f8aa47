//! Policies as the runtime takes them, from what is written or configured.

use std::sync::Arc;

use flow_std::client::{
    ClientCertificate, ClientSettings, CredentialsPlace, KeyPlace, OAuth2, OutboundAuth, Tls, TlsVersion,
};
use flow_std::http::{CorsSettings, LimitSettings, Secret};
use flow_std::{auth, http, policy};

use super::config::{Config, Told};
use super::expr::eval;
use super::name::{fixed, fixed_list};
use super::scope::Scope;
use super::{Code, Value};
use crate::ir;

pub fn retry(config: &Config, of: &ir::Retry) -> policy::Retry {
    policy::Retry {
        times: config.count(of.times),
        on: retried(&of.on),
        backoff: config.duration(of.shortest_ms)..=config.duration(of.longest_ms),
        budget: config.part(of.budget),
    }
}

/// The runtime wants a list that lives as long as the process; the same one is kept once.
fn retried(on: &[ir::RetryOn]) -> &'static [policy::RetryOn] {
    use std::sync::{Mutex, PoisonError};
    static KNOWN: Mutex<Vec<&'static [policy::RetryOn]>> = Mutex::new(Vec::new());
    let on: Vec<policy::RetryOn> = on.iter().map(|on| retry_on(*on)).collect();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|one| ***one == *on) {
        return same;
    }
    let kept: &'static [policy::RetryOn] = Vec::leak(on);
    known.push(kept);
    kept
}

fn retry_on(on: ir::RetryOn) -> policy::RetryOn {
    match on {
        ir::RetryOn::Timeout => policy::RetryOn::Timeout,
        ir::RetryOn::Unreachable => policy::RetryOn::Unreachable,
        ir::RetryOn::Rejected => policy::RetryOn::Rejected,
        ir::RetryOn::Malformed => policy::RetryOn::Malformed,
        ir::RetryOn::Status(status) => policy::RetryOn::Status(status),
    }
}

pub fn hedge(config: &Config, of: &ir::Hedge) -> policy::Hedge {
    match of {
        ir::Hedge::After(time) => policy::Hedge::After(config.duration(*time)),
        ir::Hedge::AfterPart(part) => policy::Hedge::AfterPart(*part),
    }
}

pub fn cache(config: &Config, of: &ir::Cache) -> policy::Cache {
    policy::Cache {
        keep: config.duration(of.keep_ms),
        stale: of.stale_ms.map(|stale| config.duration(stale)),
        by: match of.by {
            ir::CacheBy::All => policy::CacheBy::All,
            ir::CacheBy::Caller => policy::CacheBy::Caller,
        },
        entries: count(config, of.entries),
    }
}

fn count(config: &Config, of: ir::Known<u32>) -> usize {
    usize::try_from(config.count(of)).unwrap_or(usize::MAX)
}

/// How much callers may send.
pub fn inbound(config: &Config, of: &ir::InboundLimit) -> LimitSettings {
    LimitSettings {
        rate: of.rate.map(|rate| config.rate(rate)),
        burst: of.burst.map(|burst| config.count(burst)),
        by: match of.by {
            ir::LimitBy::Caller => http::LimitBy::Caller,
            ir::LimitBy::Address => http::LimitBy::Address,
            ir::LimitBy::All => http::LimitBy::All,
            ir::LimitBy::Key(_) => http::LimitBy::Key,
        },
        at_once: of.at_once.map(|at_once| count(config, at_once)),
    }
}

/// Which web pages may call.
pub fn cors(code: &Code, config: &Config, service: &ir::Service, of: &ir::Cors) -> CorsSettings {
    CorsSettings {
        origins: of.origins.iter().map(|origin| text(code, config, origin)).collect(),
        headers: fixed_list(service.headers_of_pages().iter().map(String::as_str)),
        exposes: fixed_list(service.headers_for_pages().iter().map(String::as_str)),
        credentials: of.credentials,
        max_age: config.duration(of.max_age_ms),
    }
}

/// How a backend is reached, and what stands around its calls.
pub fn client(code: &Arc<Code>, config: &Arc<Config>, of: &ir::Backend, url: String) -> ClientSettings {
    let text = |value: &ir::Expr| text(code, config, value);
    let secret = |value: &ir::Expr| secret(code, config, value);
    let (secret_headers, headers): (Vec<_>, Vec<_>) =
        of.headers.iter().partition(|(_, value)| code.program.has_secret(value));
    ClientSettings {
        timeout: config.duration(of.timeout_ms),
        connect_timeout: config.duration(of.connect_timeout_ms),
        retry: of.retry.as_ref().map(|of| retry(config, of)),
        hedge: of.hedge.as_ref().map(|of| hedge(config, of)),
        breaker: of.breaker.map(|of| policy::Breaker {
            opens: config.part(of.opens),
            of: config.count(of.of),
            rests: config.duration(of.rests_ms),
        }),
        limit: of.limit.map(|of| policy::OutboundLimit {
            rate: of.rate.map(|rate| config.rate(rate)),
            at_once: of.at_once.map(|at_once| count(config, at_once)),
            wait: of.wait_ms.map(|wait| config.duration(wait)),
        }),
        cache: of.cache.as_ref().map(|of| cache(config, of)),
        max_body: config.size(of.max_body),
        tls: Tls {
            ca: of.tls.ca.as_ref().map(text),
            server_name: of.tls.server_name.as_ref().map(text),
            oldest: if of.tls.only_tls13 { TlsVersion::Tls13 } else { TlsVersion::default() },
        },
        headers: headers.into_iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        secret_headers: secret_headers
            .into_iter()
            .map(|(name, value)| (name.clone(), secret(value)))
            .collect(),
        auth: auth(&of.auth, text, secret),
        ..ClientSettings::new(url)
    }
}

fn auth(
    of: &ir::OutboundAuth,
    text: impl Fn(&ir::Expr) -> String,
    secret: impl Fn(&ir::Expr) -> Secret,
) -> OutboundAuth {
    match of {
        ir::OutboundAuth::None => OutboundAuth::None,
        ir::OutboundAuth::Bearer { token } => OutboundAuth::Bearer { token: secret(token) },
        ir::OutboundAuth::Basic { user, password } => {
            OutboundAuth::Basic { user: text(user), password: secret(password) }
        }
        ir::OutboundAuth::ApiKey { key, place } => {
            OutboundAuth::ApiKey { key: secret(key), place: key_place(place) }
        }
        ir::OutboundAuth::OAuth2(of) => OutboundAuth::OAuth2(OAuth2 {
            token: text(&of.token),
            client: text(&of.client),
            secret: secret(&of.secret),
            scopes: of.scopes.iter().map(&text).collect(),
            audience: of.audience.as_ref().map(&text),
            credentials: match of.credentials {
                ir::CredentialsPlace::InHeader => CredentialsPlace::InHeader,
                ir::CredentialsPlace::InBody => CredentialsPlace::InBody,
            },
        }),
        ir::OutboundAuth::Mtls { certificate, key } => {
            OutboundAuth::Mtls(ClientCertificate { certificate: secret(certificate), key: secret(key) })
        }
        ir::OutboundAuth::Forward => OutboundAuth::Forward,
    }
}

fn key_place(place: &ir::KeyPlace) -> KeyPlace {
    match place {
        ir::KeyPlace::Header(name) => KeyPlace::Header(name.clone()),
        ir::KeyPlace::Query(name) => KeyPlace::Query(name.clone()),
        ir::KeyPlace::Cookie(name) => KeyPlace::Cookie(name.clone()),
    }
}

/// A text that is known at start.
pub fn text(code: &Code, config: &Config, of: &ir::Expr) -> String {
    match eval(&mut Scope::new(code, &config.values, 0), of) {
        Ok(Value::Text(text)) => text.to_string(),
        Ok(Value::Uri(uri)) => uri.to_string(),
        Ok(_) | Err(_) => String::new(),
    }
}

/// What gives access, as it is now and whenever it has changed.
pub fn secret(code: &Arc<Code>, config: &Arc<Config>, of: &ir::Expr) -> Secret {
    if let ir::ExprKind::Config(id) = &of.kind
        && let Some(Told::Secret(secret)) = config.values.get(id.0)
    {
        return secret.clone();
    }
    if !code.program.has_secret(of) {
        return Secret::new(text(code, config, of));
    }
    let (code, config, of) = (Arc::clone(code), Arc::clone(config), of.clone());
    Secret::made(move || text(&code, &config, &of))
}

/// Where the keys of callers stand.
pub fn caller_key(place: &ir::KeyPlace) -> auth::Place {
    match place {
        ir::KeyPlace::Header(name) => auth::Place::Header(fixed(name)),
        ir::KeyPlace::Query(name) => auth::Place::Query(fixed(name)),
        ir::KeyPlace::Cookie(name) => auth::Place::Cookie(fixed(name)),
    }
}
