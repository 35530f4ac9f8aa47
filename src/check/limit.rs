//! Whether a `limit` limits anything. One that does not looks like a protection, and is none.

use super::context::Context;
use super::security::{bare, field};
use super::typed::{Expr, ExprKind, Program, Setting};
use crate::diagnostic::settings as findings;

pub fn check(cx: &mut Context<'_>, program: &Program) {
    for backend in &program.backends {
        backend.settings.values.get("limit").into_iter().for_each(|limit| limits(cx, limit));
    }
    for service in &program.services {
        let operations = service.operations.iter().map(|operation| &operation.settings);
        for settings in std::iter::once(&service.settings).chain(operations) {
            settings.values.get("limit").into_iter().for_each(|limit| limits(cx, limit));
        }
    }
}

fn limits(cx: &mut Context<'_>, limit: &Setting) {
    // What is taken over from elsewhere may have it.
    let ExprKind::Record { spreads, .. } = &bare(&limit.value).kind else { return };
    if !spreads.is_empty() || given(&limit.value, "rate").is_some() {
        return;
    }
    let of_no_use = ["burst", "by"].into_iter().find_map(|name| Some((name, given(&limit.value, name)?)));
    match (given(&limit.value, "at_once"), of_no_use) {
        (None, _) => cx.report(findings::limits_nothing(limit.value.span)),
        (Some(_), Some((name, value))) => {
            cx.report(findings::without_rate(value.span, name, limit.value.span));
        }
        (Some(_), None) => {}
    }
}

/// A field that says something.
fn given<'e>(limit: &'e Expr, name: &str) -> Option<&'e Expr> {
    field(limit, name).filter(|value| !matches!(bare(value).kind, ExprKind::None))
}
