//! Settings: what is known at start becomes plain data; what is not built yet is refused by name, never skipped.

mod caller;
mod cors;
mod known;
mod outbound;
mod policy;
mod slo;

use super::Lowering;
use super::expr::{Body, lower};
use crate::check::server_fault;
use crate::check::standard::{
    AT_ONCE_RANGE, BACKEND_MAX_BODY, CONNECT_TIMEOUT_MS, DEADLINE_MS, KEEP_MS, SERVICE_MAX_BODY, TIMEOUT_MS,
};
use crate::check::typed::{self, Expr as TypedExpr, ExprKind as Typed, Settings};
use crate::ir::model::{
    Audit, AuthPlace, Backend, Cache, CacheBy, Deprecation, Expr, ExprKind, Idempotent, InboundLimit,
    KeyPlace, Known, LimitBy, Literal, OperationSettings, RequestKey, Spot,
};
use crate::ir::ty::Type;
pub use cors::cors;
pub use known::bare;
use known::{field, is_none, plain_text, setting, written};
pub use policy::of_call;
pub use slo::slo;

pub fn backend(cx: &mut Lowering<'_, '_>, at: usize) -> Backend {
    let program = cx.program;
    let backend = &program.backends[at];
    let settings = &backend.settings;
    let url = match settings.values.get("url") {
        Some(url) if !is_none(&url.value) => text(cx, &url.value),
        _ => literal(&server(cx, backend)),
    };
    Backend {
        name: backend.name.to_string(),
        doc: cx.doc(backend.name_span),
        contract: settings.values.get("contract").and_then(|one| plain_text(&one.value)).unwrap_or_default(),
        url,
        auth: outbound::auth(cx, settings),
        timeout_ms: duration(cx, settings, "timeout", TIMEOUT_MS),
        connect_timeout_ms: duration(cx, settings, "connect_timeout", CONNECT_TIMEOUT_MS),
        retry: setting(settings, "retry").and_then(|retry| policy::retry(cx, retry)),
        hedge: setting(settings, "hedge").and_then(|hedge| policy::hedge(cx, hedge)),
        breaker: setting(settings, "breaker").and_then(|breaker| policy::breaker(cx, breaker)),
        limit: setting(settings, "limit").and_then(|limit| policy::outbound_limit(cx, limit)),
        cache: setting(settings, "cache").and_then(|cache| backend_cache(cx, cache)),
        max_body: size(cx, settings, "max_body", BACKEND_MAX_BODY),
        tls: policy::tls(cx, settings),
        headers: headers(cx, settings),
        operations: Vec::new(),
        place: cx.place(backend.name_span),
    }
}

/// All calls of a backend would have the same key, so that it told nothing apart.
fn backend_cache(cx: &mut Lowering<'_, '_>, cache: &TypedExpr) -> Option<Cache> {
    if let Some(key) = field(cache, "key") {
        cx.refuse(key.span, "the `key` of a `cache` that is for all calls of a backend");
    }
    policy::cache(cx, &mut Body::default(), cache, CacheBy::All)
}

/// The address that the contract names; the check has made sure that there is a good one.
fn server(cx: &Lowering<'_, '_>, backend: &typed::Backend) -> String {
    let contract = backend.contract.and_then(|contract| cx.explorer.contracts().get(contract));
    let server = contract.and_then(|contract| contract.servers().first());
    server
        .filter(|server| server_fault(&server.url).is_none())
        .map(|server| server.url.clone())
        .unwrap_or_default()
}

fn literal(text: &str) -> Expr {
    super::expr::plain(ExprKind::Literal(Literal::Text(text.to_owned())), Type::text())
}

/// A text that is known at start: written out, or put together from `env` and `secret`.
fn text(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Expr {
    let text = lower(cx, &mut Body::default(), expr, Some(&Type::text()));
    if text.fallible {
        cx.refuse(expr.span, "a setting that is worked out in a way that can fail");
    }
    text
}

fn duration(cx: &mut Lowering<'_, '_>, settings: &Settings, name: &str, usual: u64) -> Known<u64> {
    let written = setting(settings, name).and_then(|value| known::duration(cx, value, name));
    written.unwrap_or(Known::Written(usual))
}

fn size(cx: &mut Lowering<'_, '_>, settings: &Settings, name: &str, usual: u64) -> Known<u64> {
    let written = setting(settings, name).and_then(|value| known::size(cx, value, name));
    written.unwrap_or(Known::Written(usual))
}

fn headers(cx: &mut Lowering<'_, '_>, settings: &Settings) -> Vec<(String, Expr)> {
    let Some(setting) = settings.values.get("headers") else { return Vec::new() };
    let values = match &bare(&setting.value).kind {
        Typed::Dict { values, spreads } if spreads.is_empty() => values,
        Typed::Record { fields, spreads } if spreads.is_empty() => fields,
        Typed::None => return Vec::new(),
        _ => {
            cx.refuse(setting.span, "`headers` that are not written out");
            return Vec::new();
        }
    };
    values.iter().map(|(name, value)| (name.to_string(), text(cx, value))).collect()
}

fn key_place(cx: &mut Lowering<'_, '_>, place: Option<&TypedExpr>) -> KeyPlace {
    let default = KeyPlace::Header("X-Api-Key".to_owned());
    let Some(Typed::Variant { name, payload: Some(payload) }) = place.map(|place| &bare(place).kind) else {
        return default;
    };
    let Some(text) = written(cx, payload, "the name of a place") else { return default };
    match name.as_str() {
        "query" => KeyPlace::Query(text),
        "cookie" => KeyPlace::Cookie(text),
        _ => KeyPlace::Header(text),
    }
}

// ---- services and operations --------------------------------------------------------------------

/// The settings of a service that its operations do not have.
pub fn service_texts(cx: &mut Lowering<'_, '_>, settings: &Settings) -> (Option<String>, Vec<String>) {
    let owner = settings.values.get("owner").and_then(|owner| written(cx, &owner.value, "an `owner`"));
    let Some(tags) = settings.values.get("tags") else { return (owner, Vec::new()) };
    let Typed::List(items) = &bare(&tags.value).kind else {
        if !is_none(&tags.value) {
            cx.refuse(tags.span, "`tags` that are not written out");
        }
        return (owner, Vec::new());
    };
    let tags = items.iter().filter_map(|item| match item {
        typed::ListItem::Value(value) => written(cx, value, "a tag"),
        typed::ListItem::Spread(value) => {
            cx.refuse(value.span, "`tags` that are not written out");
            None
        }
    });
    (owner, tags.collect())
}

/// An operation that goes on behind its answer.
pub fn refuse_async(cx: &mut Lowering<'_, '_>, own: &Settings) {
    if let Some(setting) = own.values.get("async")
        && !matches!(bare(&setting.value).kind, Typed::Bool(false))
    {
        cx.refuse(setting.span, "`async: true`");
    }
}

/// What holds for an operation: its own settings before those of the service.
pub fn operation(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    (outer, own): (&Settings, &Settings),
    unsaid: CacheBy,
) -> OperationSettings {
    let inner = |name: &str| own.values.get(name).or_else(|| outer.values.get(name));
    let holder = |name: &str| if own.values.contains_key(name) { own } else { outer };
    let allow = own.values.get("allow").filter(|allow| !matches!(bare(&allow.value).kind, Typed::Bool(true)));
    OperationSettings {
        deadline_ms: duration(cx, holder("deadline"), "deadline", DEADLINE_MS),
        max_body: size(cx, holder("max_body"), "max_body", SERVICE_MAX_BODY),
        auth: inner("auth").map(|auth| caller::inbound(cx, &auth.value)).unwrap_or_default(),
        auth_place: AuthPlace {
            spot: inner("auth").map(|auth| Spot::at(auth.value.span)).unwrap_or_default(),
            own: own.values.contains_key("auth"),
        },
        allow: allow.map(|allow| lower(cx, body, &allow.value, Some(&Type::Bool))),
        limit: inner("limit").and_then(|limit| {
            let own = own.values.contains_key("limit");
            self::limit(cx, body, &limit.value, own)
        }),
        cache: setting(own, "cache").and_then(|cache| policy::cache(cx, body, cache, unsaid)),
        idempotent: setting(own, "idempotent").and_then(|once| idempotent(cx, body, once)),
        degraded: own.values.get("degraded").and_then(|degraded| header_name(cx, &degraded.value)),
        pages: own.values.get("pages").is_some_and(|pages| flag(cx, &pages.value, "pages")),
        deprecated: inner("deprecated").and_then(|deprecated| deprecation(cx, &deprecated.value)),
        slo: slo(cx, holder("slo")),
        audit: inner("audit").map(|setting| audit(cx, &setting.value)).unwrap_or_default(),
    }
}

/// Whether a setting is on, as it is written out.
fn flag(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> bool {
    match bare(expr).kind {
        Typed::Bool(value) => value,
        Typed::None => false,
        _ => {
            cx.refuse(expr.span, &format!("`{name}` that are not written out"));
            false
        }
    }
}

fn audit(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Audit {
    match &bare(expr).kind {
        Typed::Variant { name, .. } => match name.as_str() {
            "writes" => Audit::Writes,
            "everything" => Audit::Everything,
            _ => Audit::Off,
        },
        _ => {
            cx.refuse(expr.span, "an `audit` that is not written out");
            Audit::Off
        }
    }
}

fn idempotent(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &TypedExpr) -> Option<Idempotent> {
    let key = field(expr, "key")?;
    let key = match &key.kind {
        Typed::Variant { name, payload: Some(_) } if name == "header" => {
            RequestKey::Header(header_name(cx, key)?)
        }
        _ => RequestKey::Text(lower(cx, body, key, Some(&Type::text()))),
    };
    let keep_ms = match field(expr, "keep") {
        Some(keep) => known::duration(cx, keep, "keep")?,
        None => Known::Written(KEEP_MS),
    };
    Some(Idempotent { key, keep_ms })
}

fn header_name(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<String> {
    match &bare(expr).kind {
        Typed::Variant { payload: Some(payload), .. } => written(cx, payload, "the name of a header"),
        _ => None,
    }
}

fn limit(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &TypedExpr, own: bool) -> Option<InboundLimit> {
    if is_none(expr) {
        return None;
    }
    let rate = field(expr, "rate").and_then(|rate| known::rate(cx, rate, "rate"));
    let burst = field(expr, "burst").and_then(|burst| known::count(cx, burst, "burst", AT_ONCE_RANGE));
    let at_once = field(expr, "at_once");
    let at_once = at_once.and_then(|one| known::count(cx, one, "at_once", AT_ONCE_RANGE));
    let by = match field(expr, "by").map(|by| &by.kind) {
        Some(Typed::Variant { name, payload }) => match (name.as_str(), payload) {
            ("address", _) => LimitBy::Address,
            ("all", _) => LimitBy::All,
            ("key", Some(key)) => LimitBy::Key(lower(cx, body, key, Some(&Type::text()))),
            _ => LimitBy::Caller,
        },
        _ => LimitBy::Caller,
    };
    Some(InboundLimit { rate, burst, by, at_once, own })
}

fn deprecation(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<Deprecation> {
    let since = written(cx, field(expr, "since")?, "a date")?;
    let sunset = field(expr, "sunset").and_then(|sunset| written(cx, sunset, "a date"));
    let link = field(expr, "link").and_then(|link| written(cx, link, "a link"));
    Some(Deprecation { since, sunset, link })
}
