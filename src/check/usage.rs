//! Values that nobody uses: a call whose answer is bound and never read costs the caller time for nothing.

use super::body::Body;
use super::context::Context;
use super::typed::{LocalId, Step, StepKind, Value};
use super::visit;
use crate::diagnostic::{services, steps as findings};
use crate::syntax::ast;

/// Reports values of steps that nobody reads. A name that begins with `_` says that it is meant.
/// What stands in a part that could not be read may be the use.
pub fn report(cx: &mut Context<'_>, body: &Body, written: &[ast::Step], steps: &[Step]) {
    if !visit::is_broken(written) {
        walk(cx, body, steps);
    }
}

/// Reports parameters that nobody reads. Errors found since `before` may stand where they are used.
pub fn report_params(
    cx: &mut Context<'_>,
    body: &Body,
    written: &[ast::Step],
    params: &[LocalId],
    before: usize,
) {
    if visit::is_broken(written) || cx.has_errors_since(before) {
        return;
    }
    for param in params {
        let local = body.local(*param);
        // A parameter of a contract that is implemented has to be there.
        let of_contract = cx.contracts.all.iter().any(|contract| contract.owns(local.span.source));
        if !local.used && !local.name.starts_with('_') && !local.ty.is_unknown() && !of_contract {
            cx.report(services::unused_parameter(&local.name, local.span));
        }
    }
}

fn walk(cx: &mut Context<'_>, body: &Body, steps: &[Step]) {
    for step in steps {
        match &step.kind {
            StepKind::Let { local, value } => {
                let local = body.local(*local);
                let joined = body.joined.contains(&local.name);
                if !local.used && !joined && !local.name.starts_with('_') && !local.ty.is_unknown() {
                    let is_call = matches!(value, Value::Call(_) | Value::Fan(_));
                    cx.report(findings::never_used(&local.name, local.span, is_call));
                }
            }
            StepKind::When { then, otherwise, .. } => {
                walk(cx, body, then);
                walk(cx, body, otherwise);
            }
            StepKind::Together(steps) => walk(cx, body, steps),
            StepKind::Do(_)
            | StepKind::Require { .. }
            | StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { .. }
            | StepKind::Fail(_) => {}
        }
    }
}
