//! Promises: whether what a service says of its answers leaves room for a fault, and can be told from its deadline.

use super::super::context::Context;
use super::super::exact::Exact;
use super::super::security::{bare, field};
use super::super::typed::{Expr, ExprKind, Operation, Program, Service, Setting};
use super::{deadline, milliseconds};
use crate::diagnostic::settings as findings;

pub fn check(cx: &mut Context<'_>, program: &Program) {
    for service in &program.services {
        let outer = service.settings.values.get("slo");
        let own = service.operations.iter().filter_map(|operation| operation.settings.values.get("slo"));
        outer.into_iter().chain(own).for_each(|slo| without_room(cx, slo));
        for operation in &service.operations {
            let own = operation.settings.values.get("slo");
            if let Some(slo) = own.or(outer) {
                beyond_deadline(cx, service, operation, slo);
            }
        }
    }
}

/// The first fault of all breaks it.
fn without_room(cx: &mut Context<'_>, slo: &Setting) {
    let Some(availability) = field(&slo.value, "availability") else { return };
    if let ExprKind::Percent(percent) = &bare(availability).kind
        && Exact::parse(percent).is_some_and(|percent| percent >= Exact::int(100))
    {
        cx.report(findings::promise_without_room(availability.span));
    }
}

/// An answer comes at the deadline, if only a 504: the promise is kept whatever happens.
fn beyond_deadline(cx: &mut Context<'_>, service: &Service, operation: &Operation, slo: &Setting) {
    let Some((time, latency)) = field(&slo.value, "latency").and_then(latency) else { return };
    let (limit, set) = deadline(service, operation);
    if time >= limit {
        let (time, limit) = (milliseconds(time), milliseconds(limit));
        cx.report(findings::promise_beyond_deadline(latency.span, &operation.name, (&time, &limit), set));
    }
}

fn latency(expr: &Expr) -> Option<(u64, &Expr)> {
    let ExprKind::At(time, _) = &bare(expr).kind else { return None };
    match bare(time).kind {
        ExprKind::Duration(millis) => Some((millis, expr)),
        _ => None,
    }
}
