//! What services promise. Rules and dashboards are made of it when the service is built, so all of it is written out.

use super::known::{bare, field, setting};
use crate::check::standard::WINDOW_MS;
use crate::check::typed::{Expr as TypedExpr, ExprKind as Typed, Settings};
use crate::ir::lower::Lowering;
use crate::ir::model::{Latency, Share, Slo};

/// That of an operation, or else of its service.
pub fn slo(cx: &mut Lowering<'_, '_>, settings: &Settings) -> Option<Slo> {
    let slo = setting(settings, "slo")?;
    let availability = field(slo, "availability").and_then(|share| match &bare(share).kind {
        Typed::Percent(percent) => Some(Share { percent: percent.to_string() }),
        _ => refused(cx, share, "an `availability`"),
    });
    let latency = field(slo, "latency").and_then(|latency| self::latency(cx, latency));
    let window_ms = match field(slo, "window") {
        None => WINDOW_MS,
        Some(window) => match &bare(window).kind {
            Typed::Duration(millis) => *millis,
            _ => refused(cx, window, "a `window`")?,
        },
    };
    Some(Slo { availability, latency, window_ms })
}

fn latency(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Option<Latency> {
    let Typed::At(time, part) = &bare(expr).kind else { return refused(cx, expr, "a `latency`") };
    let Typed::Duration(millis) = &bare(time).kind else { return refused(cx, time, "a `latency`") };
    let Typed::Variant { name, .. } = &bare(part).kind else { return refused(cx, part, "a `latency`") };
    let percent = match name.as_str() {
        "p50" => "50",
        "p90" => "90",
        "p95" => "95",
        "p99" => "99",
        "p999" => "99.9",
        _ => return refused(cx, part, "a `latency`"),
    };
    Some(Latency { millis: *millis, name: name.to_string(), share: Share { percent: percent.to_owned() } })
}

fn refused<T>(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, what: &str) -> Option<T> {
    cx.refuse(expr.span, &format!("{what} that is not written out"));
    None
}
