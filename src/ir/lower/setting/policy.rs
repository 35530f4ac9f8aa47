//! Policies of backends, calls and operations. What is not said is filled in with what std says.

use super::known::{self, bare, field, is_none, setting};
use crate::check::standard::{
    AT_ONCE_RANGE, BACKOFF_MS, BUDGET, ENTRIES, ENTRIES_RANGE, OF, OF_RANGE, OPENS, RESTS_MS, TIMES,
    TIMES_RANGE,
};
use crate::check::typed::{self, Expr as TypedExpr, ExprKind as Typed, Settings};
use crate::ir::lower::Lowering;
use crate::ir::lower::expr::{Body, lower};
use crate::ir::model::{
    Breaker, Cache, CacheBy, CallSettings, Hedge, Known, OutboundLimit, Own, Retry, RetryOn, Tls,
};
use crate::ir::ty::Type;

/// What is tried again where nothing is said.
const RETRY_ON: [RetryOn; 5] = [
    RetryOn::Timeout,
    RetryOn::Unreachable,
    RetryOn::Status(502),
    RetryOn::Status(503),
    RetryOn::Status(504),
];

pub fn retry(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<Retry> {
    record(cx, expr, "retry")?;
    let times = field(expr, "times").and_then(|times| known::count(cx, times, "times", TIMES_RANGE));
    let on = field(expr, "on").and_then(|on| retry_on(cx, on));
    let (shortest, longest) = match field(expr, "backoff") {
        None => (None, None),
        Some(backoff) => match &backoff.kind {
            Typed::Range(from, to) => {
                (known::duration(cx, from, "backoff"), known::duration(cx, to, "backoff"))
            }
            _ => {
                cx.refuse(backoff.span, "a `backoff` that is not written as `50ms..1s`");
                (None, None)
            }
        },
    };
    let budget = field(expr, "budget").and_then(|budget| known::part(cx, budget, "budget"));
    Some(Retry {
        times: times.unwrap_or(Known::Written(TIMES)),
        on: on.unwrap_or_else(|| RETRY_ON.to_vec()),
        shortest_ms: shortest.unwrap_or(Known::Written(BACKOFF_MS.0)),
        longest_ms: longest.unwrap_or(Known::Written(BACKOFF_MS.1)),
        budget: budget.unwrap_or(Known::Written(BUDGET)),
    })
}

/// A record that is written out; its fields can still come from `env`.
pub fn record(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> Option<()> {
    match &bare(expr).kind {
        Typed::Record { spreads, .. } if spreads.is_empty() => Some(()),
        _ => {
            cx.refuse(expr.span, &format!("a `{name}` that is not written out"));
            None
        }
    }
}

fn retry_on(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<Vec<RetryOn>> {
    let Typed::List(items) = &expr.kind else {
        cx.refuse(expr.span, "an `on` that is not written out");
        return None;
    };
    let mut on = Vec::new();
    for item in items {
        let one = match item {
            typed::ListItem::Value(value) => failure(bare(value)),
            typed::ListItem::Spread(_) => None,
        };
        match one {
            Some(one) if on.contains(&one) => {}
            Some(one) => on.push(one),
            None => cx.refuse(expr.span, "an `on` that is not written out"),
        }
    }
    Some(on)
}

fn failure(expr: &TypedExpr) -> Option<RetryOn> {
    match &expr.kind {
        Typed::Int(status) => u16::try_from(*status).ok().map(RetryOn::Status),
        Typed::Variant { name, payload: None } => match name.as_str() {
            "timeout" => Some(RetryOn::Timeout),
            "unreachable" => Some(RetryOn::Unreachable),
            "rejected" => Some(RetryOn::Rejected),
            "malformed" => Some(RetryOn::Malformed),
            _ => None,
        },
        _ => None,
    }
}

pub fn hedge(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<Hedge> {
    let Typed::Variant { payload: Some(payload), .. } = &bare(expr).kind else {
        cx.refuse(expr.span, "a `hedge` that is not written out");
        return None;
    };
    let payload = bare(payload);
    let Typed::Variant { name, .. } = &payload.kind else {
        return known::duration(cx, payload, "hedge").map(Hedge::After);
    };
    let part = match name.as_str() {
        "p50" => 0.5,
        "p90" => 0.9,
        "p99" => 0.99,
        "p999" => 0.999,
        _ => 0.95,
    };
    Some(Hedge::AfterPart(part))
}

pub fn breaker(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<Breaker> {
    record(cx, expr, "breaker")?;
    let opens = field(expr, "opens").and_then(|opens| known::part(cx, opens, "opens"));
    let of = field(expr, "of").and_then(|of| known::count(cx, of, "of", OF_RANGE));
    let rests = field(expr, "rests").and_then(|rests| known::duration(cx, rests, "rests"));
    Some(Breaker {
        opens: opens.unwrap_or(Known::Written(OPENS)),
        of: of.unwrap_or(Known::Written(OF)),
        rests_ms: rests.unwrap_or(Known::Written(RESTS_MS)),
    })
}

/// A limit that limits nothing is none.
pub fn outbound_limit(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<OutboundLimit> {
    record(cx, expr, "limit")?;
    let rate = field(expr, "rate").and_then(|rate| known::rate(cx, rate, "rate"));
    let at_once = field(expr, "at_once").and_then(|one| known::count(cx, one, "at_once", AT_ONCE_RANGE));
    let wait_ms = field(expr, "wait").and_then(|wait| known::duration(cx, wait, "wait"));
    (rate.is_some() || at_once.is_some()).then_some(OutboundLimit { rate, at_once, wait_ms })
}

/// A duration alone, or a record. `unsaid`: who shares the answers where nothing is said.
pub fn cache(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &TypedExpr, unsaid: CacheBy) -> Option<Cache> {
    if !matches!(bare(expr).kind, Typed::Record { .. }) {
        let keep_ms = known::duration(cx, expr, "cache")?;
        return Some(Cache {
            keep_ms,
            stale_ms: None,
            by: unsaid,
            key: None,
            entries: Known::Written(ENTRIES),
        });
    }
    record(cx, expr, "cache")?;
    let keep_ms = known::duration(cx, field(expr, "keep")?, "keep")?;
    let stale_ms = field(expr, "stale").and_then(|stale| known::duration(cx, stale, "stale"));
    let by = match field(expr, "by").map(|by| &by.kind) {
        Some(Typed::Variant { name, .. }) if name == "caller" => CacheBy::Caller,
        Some(_) => CacheBy::All,
        None => unsaid,
    };
    let key = field(expr, "key").map(|key| lower(cx, body, key, Some(&Type::text())));
    let entries = field(expr, "entries").and_then(|one| known::count(cx, one, "entries", ENTRIES_RANGE));
    Some(Cache { keep_ms, stale_ms, by, key, entries: entries.unwrap_or(Known::Written(ENTRIES)) })
}

pub fn tls(cx: &mut Lowering<'_, '_>, settings: &Settings) -> Tls {
    let Some(expr) = setting(settings, "tls") else { return Tls::default() };
    if record(cx, expr, "tls").is_none() {
        return Tls::default();
    }
    let only_tls13 = matches!(field(expr, "oldest").map(|one| &one.kind), Some(Typed::Variant { name, .. }) if name == "tls13");
    let mut text = |name: &str| field(expr, name).map(|one| super::text(cx, one));
    Tls { ca: text("ca"), server_name: text("server_name"), only_tls13 }
}

// ---- of one call --------------------------------------------------------------------------------

pub fn of_call(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    settings: &Settings,
    unsaid: CacheBy,
) -> CallSettings {
    let timeout = setting(settings, "timeout");
    CallSettings {
        timeout_ms: timeout.and_then(|timeout| known::duration(cx, timeout, "timeout")),
        retry: own(settings, "retry", |expr| retry(cx, expr)),
        hedge: own(settings, "hedge", |expr| hedge(cx, expr)),
        cache: own(settings, "cache", |expr| cache(cx, body, expr, unsaid)),
    }
}

fn own<T>(settings: &Settings, name: &str, read: impl FnOnce(&TypedExpr) -> Option<T>) -> Own<T> {
    match settings.values.get(name).map(|setting| &setting.value) {
        None => Own::Outer,
        Some(value) if is_none(value) => Own::Off,
        // What cannot be read has been refused.
        Some(value) => read(value).map_or(Own::Off, Own::This),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again_is_what_std_says() {
        let std = flow_std::sources::FLOW_FILES.iter().find(|(name, _)| *name == "settings.flow");
        let std = std.expect("std has settings").1;
        let on = "[timeout, unreachable, 502, 503, 504]";
        assert_eq!(RETRY_ON.len(), on.split(',').count());
        assert!(std.contains(&format!("= {on}")), "std/settings.flow has no `{on}`");
    }
}
