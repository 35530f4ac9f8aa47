//! Whom a service acts for goes along with the calls that it makes. So an answer can depend on the caller of a caller: what another
//! service says to one is not to be kept for all.

use std::collections::HashSet;

use super::context::Context;
use super::label::Labels;
use super::security::{Shared, shared_by, variants};
use super::typed::{
    Call, Expr, ExprKind, Local, LocalId, Operation, OperationId, Program, Service, ServiceId, Settings,
    Target,
};
use super::walk;
use crate::diagnostic::labels as findings;
use crate::source::Span;

pub fn check(cx: &mut Context<'_>, program: &Program) {
    let depending = depending(program);
    for service in &program.services {
        for operation in service.operations.iter().filter(|operation| has_callers(service, operation)) {
            kept(cx, operation, &depending);
            walk::calls(&operation.steps, &mut |call| kept_call(cx, call, &depending));
        }
    }
}

/// An answer that is kept for everybody, and made of one that somebody else would not have got.
fn kept(cx: &mut Context<'_>, operation: &Operation, depending: &HashSet<OperationId>) {
    let Some(cache) = shared(&operation.settings) else { return };
    let mut found: Option<Span> = None;
    walk::forward_calls(&operation.steps, &mut |call| {
        if depends(call, depending) {
            found.get_or_insert(call.span);
        }
    });
    if let Some(call) = found {
        cx.report(findings::acting_in_shared_cache(cache, call));
    }
}

fn kept_call(cx: &mut Context<'_>, call: &Call, depending: &HashSet<OperationId>) {
    if let Some(cache) = shared(&call.settings).filter(|_| depends(call, depending)) {
        cx.report(findings::acting_in_shared_cache(cache, call.span));
    }
}

/// The cache for everybody.
fn shared(settings: &Settings) -> Option<Span> {
    let cache = settings.values.get("cache")?;
    match shared_by(&cache.value)? {
        Shared::Said | Shared::Unsaid => Some(cache.span),
    }
}

fn depends(call: &Call, depending: &HashSet<OperationId>) -> bool {
    matches!(call.target, Target::Service(id) if depending.contains(&id))
}

/// Where everybody may call and nobody has to say who it is, nobody is acted for.
fn has_callers(service: &Service, operation: &Operation) -> bool {
    let auth = operation.settings.values.get("auth").or_else(|| service.settings.values.get("auth"));
    auth.is_some_and(|auth| variants(&auth.value).iter().any(|(name, _)| *name != "public"))
}

/// The operations whose answer depends on whom they are called for: those that look, and those that call one of these in turn.
fn depending(program: &Program) -> HashSet<OperationId> {
    let all = program.services.iter().enumerate().flat_map(|(at, service)| {
        let id = move |operation| OperationId { service: ServiceId(at), at: operation };
        let operations = service.operations.iter().enumerate();
        operations.filter(|(_, one)| has_callers(service, one)).map(move |(at, one)| (id(at), one))
    });
    let (looking, mut waiting): (Vec<_>, Vec<_>) = all.partition(|(_, operation)| looks(operation));
    let mut found: HashSet<OperationId> = looking.into_iter().map(|(id, _)| id).collect();
    loop {
        let before = found.len();
        waiting.retain(|(id, operation)| {
            let mut calls = false;
            walk::forward_calls(&operation.steps, &mut |call| calls |= depends(call, &found));
            if calls {
                found.insert(*id);
            }
            !calls
        });
        if found.len() == before {
            return found;
        }
    }
}

/// Whether it looks at more of the caller than which service it is: that is the same for all whom the service acts for.
fn looks(operation: &Operation) -> bool {
    let is_one = |local: &Local| local.name == "caller" && local.labels.contains(Labels::CALLER);
    let locals = operation.locals.iter().enumerate();
    let callers: Vec<LocalId> =
        locals.filter(|(_, local)| is_one(local)).map(|(at, _)| LocalId(at)).collect();
    let is_caller = |local: LocalId| callers.contains(&local);
    let (mut all, mut services) = (0, 0);
    let mut look = |expr: &Expr| match &expr.kind {
        ExprKind::Local(local) if is_caller(*local) => all += 1,
        ExprKind::Field { of, name, .. } if name == "service" => {
            services += usize::from(matches!(of.kind, ExprKind::Local(local) if is_caller(local)));
        }
        _ => {}
    };
    walk::step_expressions(&operation.steps, &mut look);
    for setting in operation.settings.values.values() {
        walk::expressions(&setting.value, &mut look);
    }
    all > services
}
