//! Calls of operations, and the clauses behind a value: `with`, `else`, `undo`, `final`.

use std::sync::Arc;

use smol_str::SmolStr;

use super::body::Body;
use super::context::Context;
use super::expression::{fitted, infer, plain};
use super::fit;
use super::label::{Labels, deep};
use super::member::names_of;
use super::ty::Type;
use super::typed::{
    Argument, ArmBody, BackendId, Call, Expr, ExprKind, OperationId, OperationParam, OperationType,
    ParamPlace, Settings, Target,
};
use super::{failure, function, operation, record, service, setting};
use crate::diagnostic::{labels as label_findings, names, nearest, steps, types};
use crate::resolve::{self, Declared};
use crate::source::Span;
use crate::syntax::ast;

/// What a path such as `Erp.getCustomer` leads to.
pub fn target(cx: &mut Context<'_>, body: &Body, path: &[ast::Name]) -> Option<(Target, Arc<OperationType>)> {
    let ((unit, found), used) = cx.names.path(body.unit, path)?;
    let (found, used) = versioned(cx, unit, found, path, used);
    let last = path.get(used)?;
    if let Some(extra) = path.get(used + 1) {
        cx.report(names::unknown_operation(&last.text, extra, None, None));
        return None;
    }
    match found {
        Declared::Backend(decl) => {
            let id = cx.backend_id(decl)?;
            Some((Target::Backend(id), operation::of_backend(cx, id.0, last)?))
        }
        Declared::Service(decl) => own_operation(cx, unit, decl, last),
        other => {
            cx.report(names::wrong_kind(
                &path[used - 1],
                other.kind(),
                "backend or service",
                Some(other.name().span),
            ));
            None
        }
    }
}

/// `Orders.v2.place`: the version is a part of the name of the service.
fn versioned<'a>(
    cx: &Context<'a>,
    unit: resolve::UnitId,
    found: Declared<'a>,
    path: &[ast::Name],
    used: usize,
) -> (Declared<'a>, usize) {
    let (Declared::Service(service), Some(version)) = (found, path.get(used)) else { return (found, used) };
    if service.version.as_ref().is_some_and(|own| own.text == version.text) && path.len() > used + 1 {
        return (found, used + 1);
    }
    match cx.names.capital(unit, &format!("{}.{}", service.name.text, version.text)) {
        Some((_, other)) => (other, used + 1),
        None => (found, used),
    }
}

fn own_operation(
    cx: &mut Context<'_>,
    unit: resolve::UnitId,
    decl: &ast::Service,
    name: &ast::Name,
) -> Option<(Target, Arc<OperationType>)> {
    let service = cx.service_id(decl)?;
    let operations = &cx.services[service.0].operations;
    if let Some(at) = operations.iter().position(|one| one.decl.name.text == name.text) {
        let id = OperationId { service, at };
        return Some((Target::Service(id), service::shape(cx, id)?));
    }
    if cx.names.is_unread_member(unit, decl, name) {
        return None;
    }
    let known: Vec<SmolStr> = operations.iter().map(|one| one.decl.name.text.clone()).collect();
    let near = nearest(&name.text, known.iter().map(SmolStr::as_str));
    let known: Vec<&str> = known.iter().map(SmolStr::as_str).collect();
    cx.report(names::unknown_own_operation((&decl.name.text, decl.name.span), name, near, &known));
    None
}

/// Types a call of an operation. None where the operation is not known; that has been reported.
pub fn operation_call(
    cx: &mut Context<'_>,
    body: &mut Body,
    callee: &ast::Expr,
    args: &[ast::Arg],
    span: Span,
) -> Option<Call> {
    let path = names_of(callee)?;
    let Some((target, shape)) = target(cx, body, &path) else {
        for arg in args {
            let _ = infer(cx, body, &arg.value, None);
        }
        return None;
    };
    let name = path.last()?;
    let args = arguments(cx, body, name, target, &shape, args);
    let caller = args.iter().any(|arg| arg.value.labels.contains(Labels::CALLER));
    let labels = if caller { Labels::CALLER } else { Labels::NONE };
    let ty = shape.success.clone();
    let settings = Settings::default();
    Some(Call {
        target,
        shape,
        args,
        settings,
        otherwise: None,
        undo: None,
        is_final: false,
        ty,
        labels,
        span,
    })
}

/// Which parameters take arguments by place: those of the path, then the body; of our own operations all, as
/// they are declared.
fn by_place(target: Target, shape: &OperationType) -> Vec<usize> {
    let indices = |wanted: fn(&OperationParam) -> bool| {
        shape.params.iter().enumerate().filter(move |(_, param)| wanted(param)).map(|(at, _)| at)
    };
    match target {
        Target::Service(_) => (0..shape.params.len()).collect(),
        Target::Backend(_) => indices(|param| param.place == ParamPlace::Path)
            .chain(indices(|param| param.place == ParamPlace::Body))
            .collect(),
    }
}

/// The arguments of a call, or of a `given` in a test, against the parameters.
pub fn arguments(
    cx: &mut Context<'_>,
    body: &mut Body,
    name: &ast::Name,
    target: Target,
    shape: &Arc<OperationType>,
    args: &[ast::Arg],
) -> Vec<Argument> {
    let placed = placed(cx, name, target, shape, args);
    whole_and_parts(cx, shape, &placed);
    // What has no place is still read, so that its names count as used.
    placed.refused.iter().for_each(|arg| drop(infer(cx, body, &arg.value, None)));
    let complete = placed.refused.is_empty();
    let mut typed: Vec<Argument> = Vec::new();
    for (param, arg) in &placed.direct {
        let param = *param;
        if Some(param) == body_param(shape) && !placed.fields.is_empty() {
            // Which of the two is meant is not known.
            let _ = infer(cx, body, &arg.value, None);
            continue;
        }
        let value = argument(cx, body, target, &shape.params[param], &arg.value);
        typed.push(Argument { param, value, span: arg.span });
    }
    let whole =
        placed.direct.iter().find(|(param, _)| Some(*param) == body_param(shape)).map(|(_, arg)| arg.span);
    if let (Some(param), false) = (body_param(shape), placed.fields.is_empty()) {
        // Where an argument was refused, it may be the field that is missing.
        let refused = placed.refused.first().map(|arg| arg.span).or(whole).map(ast::Entry::Broken);
        let fields = placed.fields.into_iter().filter_map(as_entry);
        let entries: Vec<ast::Entry> = fields.chain(refused).collect();
        let span = name.span;
        let want = shape.params[param].ty.present();
        let value = record::literal(cx, body, &entries, Some(&want), span);
        typed.push(Argument { param, value, span });
    }
    if complete {
        missing(cx, name, shape, &typed);
    }
    typed
}

fn whole_and_parts(cx: &mut Context<'_>, shape: &OperationType, placed: &PlacedArgs<'_>) {
    let whole = placed.direct.iter().find(|(param, _)| Some(*param) == body_param(shape));
    if let (Some((_, whole)), Some(field)) = (whole, placed.fields.first()) {
        cx.report(types::body_twice(whole.span, field.span));
    }
}

fn as_entry(arg: &ast::Arg) -> Option<ast::Entry> {
    Some(ast::Entry::Field { name: arg.name.clone()?, value: arg.value.clone(), span: arg.span })
}

fn body_param(shape: &OperationType) -> Option<usize> {
    shape.params.iter().position(|param| param.place == ParamPlace::Body)
}

struct PlacedArgs<'e> {
    direct: Vec<(usize, &'e ast::Arg)>,
    /// Fields of the body that are given as arguments.
    fields: Vec<&'e ast::Arg>,
    /// Arguments without a parameter. Where there is none of them, what is missing is really missing.
    refused: Vec<&'e ast::Arg>,
}

fn placed<'e>(
    cx: &mut Context<'_>,
    name: &ast::Name,
    target: Target,
    shape: &Arc<OperationType>,
    args: &'e [ast::Arg],
) -> PlacedArgs<'e> {
    let order = by_place(target, shape);
    let mut placed = PlacedArgs { direct: Vec::new(), fields: Vec::new(), refused: Vec::new() };
    let mut next = 0;
    for arg in args {
        let at = match &arg.name {
            None => {
                next += 1;
                match order.get(next - 1) {
                    Some(at) => *at,
                    None => {
                        let by_name: Vec<&str> = (0..shape.params.len())
                            .filter(|at| !order.contains(at))
                            .map(|at| shape.params[at].name.as_str())
                            .collect();
                        let (count, declared) = (order.len(), shape.span);
                        cx.report(types::too_many_arguments(arg.span, &name.text, count, declared, &by_name));
                        placed.refused.push(arg);
                        continue;
                    }
                }
            }
            Some(wanted) => match named(shape, &wanted.text, &placed) {
                Some(at) => at,
                None if is_body_field(cx, shape, &wanted.text) => {
                    placed.fields.push(arg);
                    continue;
                }
                None => {
                    unknown_parameter(cx, name, shape, wanted);
                    placed.refused.push(arg);
                    continue;
                }
            },
        };
        if placed.direct.iter().any(|(taken, _)| *taken == at) {
            cx.report(types::argument_twice(arg.span, &shape.params[at].name));
            placed.refused.push(arg);
        } else {
            placed.direct.push((at, arg));
        }
    }
    placed
}

/// The parameter of a name. Where a path and a query have one of the same name, each is given once, in order.
fn named(shape: &OperationType, name: &str, placed: &PlacedArgs<'_>) -> Option<usize> {
    let all = || shape.params.iter().enumerate().filter(|(_, param)| param.name == name).map(|(at, _)| at);
    let free = all().find(|at| !placed.direct.iter().any(|(taken, _)| taken == at));
    free.or_else(|| all().next())
}

fn is_body_field(cx: &mut Context<'_>, shape: &OperationType, name: &str) -> bool {
    let body = body_param(shape).map(|at| shape.params[at].ty.present());
    match body {
        Some(Type::Record(record)) => super::schema::content(cx, &record).fields.contains_key(name),
        _ => false,
    }
}

fn unknown_parameter(cx: &mut Context<'_>, name: &ast::Name, shape: &OperationType, wanted: &ast::Name) {
    let mut known: Vec<SmolStr> = shape.params.iter().map(|param| param.name.clone()).collect();
    if let Some(Type::Record(record)) = body_param(shape).map(|at| shape.params[at].ty.present()) {
        known.extend(super::schema::content(cx, &record).fields.keys().cloned());
    }
    let near = nearest(&wanted.text, known.iter().map(SmolStr::as_str));
    cx.report(types::unknown_parameter(wanted, &name.text, shape.span, near));
}

fn missing(cx: &mut Context<'_>, name: &ast::Name, shape: &OperationType, given: &[Argument]) {
    for (at, param) in shape.params.iter().enumerate() {
        if param.required && !given.iter().any(|argument| argument.param == at) {
            let ty = param.ty.to_string();
            cx.report(types::missing_argument(name.span, &name.text, &param.name, &ty, param.span));
        }
    }
}

fn argument(
    cx: &mut Context<'_>,
    body: &mut Body,
    target: Target,
    param: &OperationParam,
    value: &ast::Expr,
) -> Expr {
    let value = infer(cx, body, value, Some(&param.ty));
    let labels = value.labels.declared();
    let want = if param.required { param.ty.clone() } else { param.ty.clone().optional() };
    let value = fitted(cx, value, &want, &format!("the argument `{}`", param.name), Some(param.span));
    let labels = labels.with(if in_url(param.place) { deep(cx, &value.ty) } else { Labels::NONE });
    if in_url(param.place) && !labels.is_empty() {
        cx.report(label_findings::into_url(value.span, labels, &param.name, param.span));
    } else if !labels.without(param.labels).is_empty()
        && !backend_accepts(cx, target, labels.without(param.labels))
    {
        cx.report(label_findings::into_field(value.span, labels, &param.name, param.span));
    }
    value
}

fn in_url(place: ParamPlace) -> bool {
    match place {
        ParamPlace::Path | ParamPlace::Query => true,
        ParamPlace::Header | ParamPlace::Cookie | ParamPlace::Body => false,
    }
}

fn backend_accepts(cx: &Context<'_>, target: Target, labels: Labels) -> bool {
    match target {
        Target::Backend(BackendId(at)) => cx.backends[at].accepts.contains(labels),
        Target::Service(_) => false,
    }
}

// ---- clauses ------------------------------------------------------------------------------------

/// A value with clauses where no call stands: only `else` makes sense, behind something that can fail.
pub fn handled_value(
    cx: &mut Context<'_>,
    body: &mut Body,
    handled: &ast::Handled,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let value = infer(cx, body, &handled.value, want);
    let is_broken = value.ty.is_unknown();
    for (clause, place) in [
        ("with", handled.with.as_ref().map(|with| with.span)),
        ("undo", handled.undo.as_ref().map(|undo| undo.span)),
        ("final", handled.finally),
    ] {
        if let (Some(place), false) = (place, is_broken) {
            cx.report(steps::clause_without_call(place, clause));
        }
    }
    let Some(otherwise) = &handled.otherwise else { return value };
    let (fallback, place) = match otherwise {
        ast::Otherwise::Any { body: arm, span } => (arm, *span),
        ast::Otherwise::Arms { arms, span } => match arms.as_slice() {
            [arm] if failure::takes_all(arm) => (&arm.body, *span),
            _ => {
                if !is_broken {
                    cx.report(steps::arms_without_call(*span));
                }
                return value;
            }
        },
    };
    // That the `as` itself is needless has been said.
    let is_narrowed = matches!(value.kind, ExprKind::Narrow(_));
    if !value.fails && !is_broken && !is_narrowed {
        cx.report(steps::else_never_taken(place, value.span, value.ty.is_optional()));
    }
    with_fallback(cx, body, value, fallback, want, span)
}

fn with_fallback(
    cx: &mut Context<'_>,
    body: &mut Body,
    value: Expr,
    fallback: &ast::ArmBody,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let hint = want.cloned().unwrap_or_else(|| value.ty.clone());
    let fallback = failure::arm_body(cx, body, fallback, Some(&hint));
    let (ty, labels, fails) = match &fallback {
        ArmBody::Value(other) => match fit::join(cx, &value.ty, &other.ty) {
            Some(joined) => (joined, other.labels, other.fails),
            None => {
                cx.report(types::branches_differ(other.span, &other.ty.to_string(), &value.ty.to_string()));
                (Type::Unknown, other.labels, false)
            }
        },
        ArmBody::Fail(_) => (value.ty.clone(), Labels::NONE, false),
    };
    let labels = labels.with(value.labels);
    let kind = ExprKind::Else { value: Box::new(value), fallback: Box::new(fallback) };
    Expr { labels, fails, ..plain(kind, ty, span) }
}

/// A call with its clauses, but without `undo`: that may name what the call gives, so it comes after the binding.
pub fn with_clauses(cx: &mut Context<'_>, body: &mut Body, mut call: Call, handled: &ast::Handled) -> Call {
    if let Some(with) = &handled.with {
        call.settings = call_settings(cx, body, with);
    }
    if let Some(otherwise) = &handled.otherwise {
        failure::handle(cx, body, &mut call, otherwise);
    }
    call.is_final = handled.finally.is_some();
    if let (Some(place), Some(undo)) = (handled.finally, &handled.undo) {
        cx.report(steps::final_and_undo(place, undo.span));
    }
    call
}

fn call_settings(cx: &mut Context<'_>, body: &mut Body, with: &ast::Expr) -> Settings {
    let ast::ExprKind::Record(entries) = &with.kind else { return Settings::default() };
    let written: Vec<ast::Setting> = entries
        .iter()
        .filter_map(|entry| match entry {
            ast::Entry::Field { name, value, span } => {
                Some(ast::Setting { name: name.clone(), value: value.clone(), span: *span })
            }
            ast::Entry::Spread { .. } | ast::Entry::Broken(_) => None,
        })
        .collect();
    setting::settings(cx, body, &written, "CallSettings", ("a call", with.span))
}

/// The `undo` of a call: a call of its own, that may name what was bound.
pub fn undo(cx: &mut Context<'_>, body: &mut Body, undo: &ast::Undo) -> Option<Box<Call>> {
    let ast::ExprKind::Call { callee, args } = &undo.call.kind else {
        cx.report(steps::undo_not_a_call(undo.call.span));
        return None;
    };
    if function::is_unread(cx, body, callee) {
        return None;
    }
    if !function::is_operation(cx, body, callee) {
        cx.report(steps::undo_not_a_call(undo.call.span));
        return None;
    }
    let mut call = operation_call(cx, body, callee, args, undo.call.span)?;
    if let Some(with) = &undo.with {
        call.settings = call_settings(cx, body, with);
    }
    Some(Box::new(call))
}
