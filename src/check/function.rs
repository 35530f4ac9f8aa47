//! Calls of functions and maps: `f(x)`, `value.method(x)`, lambdas. Std's functions may have several forms,
//! told apart by what they are called on, and type variables, which are found from the arguments.

use std::sync::Arc;

use super::body::{Body, bind};
use super::context::Context;
use super::declare::{self, Place};
use super::expression::{broken, fitted, infer, plain};
use super::fit::fits;
use super::label::Labels;
use super::member::names_of;
use super::nested::nests;
use super::ty::Type;
use super::typed::{Expr, ExprKind, Signature, SignatureParam, TextPart};
use super::{calculate, mismatch, precise};
use crate::diagnostic::{labels as label_findings, names, nearest, steps, types};
use crate::resolve::{Callable, Declared, UnitId};
use crate::source::Span;
use crate::syntax::ast;

pub fn call(
    cx: &mut Context<'_>,
    body: &mut Body,
    callee: &ast::Expr,
    args: &[ast::Arg],
    span: Span,
) -> Expr {
    if is_operation(cx, body, callee) {
        cx.report(steps::call_inside(span, super::expression::in_steps(body)));
        infer_all(cx, body, args);
        return broken(span);
    }
    match &callee.kind {
        ast::ExprKind::Name(name) => {
            let candidates: Vec<_> =
                cx.names.callables(body.unit, &name.text).filter(|(_, one)| !one.is_method()).collect();
            if candidates.is_empty() {
                unknown(cx, body, name, false);
                infer_all(cx, body, args);
                return broken(span);
            }
            choose(cx, body, name, &candidates, Receiver::None, args, span)
        }
        ast::ExprKind::Member { of, name, optional } => method(cx, body, (of, name, *optional), args, span),
        _ => {
            infer_all(cx, body, args);
            // Only for the names in it: what is wrong with it is that it is called.
            let reported = cx.diagnostics.len();
            let _ = infer(cx, body, callee, None);
            cx.diagnostics.truncate(reported);
            cx.report(types::not_callable(callee.span));
            broken(span)
        }
    }
}

/// Whether the callee is an operation of a backend or of a service, by its name.
pub fn is_operation(cx: &Context<'_>, body: &Body, callee: &ast::Expr) -> bool {
    let Some(path) = names_of(callee) else { return false };
    let Some(first) = path.first() else { return false };
    if path.len() < 2 || body.find(&first.text).is_some() {
        return false;
    }
    matches!(cx.names.path(body.unit, &path), Some(((_, Declared::Backend(_) | Declared::Service(_)), _)))
}

/// Whether the callee would be an operation of something that could not be read.
pub fn is_unread(cx: &Context<'_>, body: &Body, callee: &ast::Expr) -> bool {
    let path = names_of(callee).unwrap_or_default();
    let bound = path.first().is_some_and(|first| body.find(&first.text).is_some());
    !bound && cx.names.path(body.unit, &path).is_none() && cx.names.is_unread(body.unit, &path)
}

fn unknown(cx: &mut Context<'_>, body: &mut Body, name: &ast::Name, method: bool) {
    if let Some(local) = body.find(&name.text) {
        body.locals[local.0].used = true;
        cx.report(types::not_callable(name.span));
        return;
    }
    let known = |wanted: &str| cx.names.callables(body.unit, wanted).next().is_some();
    let near = cx.names.nearest_callable(body.unit, &name.text, method);
    let other = || cx.names.nearest_callable(body.unit, &name.text, !method);
    let turned = if known(&name.text) { Some(name.text.clone()) } else { other().filter(|_| near.is_none()) };
    let finding = match turned {
        Some(turned) if method => names::method_of_nothing(name, &turned),
        Some(turned) => names::function_of_nothing(name, &turned),
        None => names::unknown_function(name, near.as_deref()),
    };
    cx.report_unknown(body.unit, std::slice::from_ref(name), finding);
}

/// So that faults inside of the arguments are reported, and their names count as used.
fn infer_all(cx: &mut Context<'_>, body: &mut Body, args: &[ast::Arg]) {
    for arg in args {
        if !matches!(arg.value.kind, ast::ExprKind::Lambda { .. }) {
            let _ = infer(cx, body, &arg.value, None);
        }
    }
}

/// What a method is called on.
enum Receiver {
    None,
    Some(Box<Expr>, bool),
}

fn method(
    cx: &mut Context<'_>,
    body: &mut Body,
    (of, name, optional): (&ast::Expr, &ast::Name, bool),
    args: &[ast::Arg],
    span: Span,
) -> Expr {
    if let Some(unit) = other_unit(cx, body, of) {
        let own = cx.names.scope(unit).callables.get(&name.text).and_then(|twins| twins.first());
        if let Some(callable) = own {
            return choose(cx, body, name, &[(unit, *callable)], Receiver::None, args, span);
        }
        infer_all(cx, body, args);
        let known = cx.names.scope(unit).callables.keys().map(smol_str::SmolStr::as_str);
        let near = nearest(&name.text, known).map(smol_str::SmolStr::from);
        cx.report(names::unknown_function(name, near.as_deref()));
        return broken(span);
    }
    let receiver = infer(cx, body, of, None);
    let absent = receiver.ty.is_optional();
    let candidates: Vec<_> =
        cx.names.callables(body.unit, &name.text).filter(|(_, one)| one.is_method()).collect();
    if receiver.ty.is_unknown() {
        infer_all(cx, body, args);
        return broken(span);
    }
    if candidates.is_empty() {
        unknown(cx, body, name, true);
        infer_all(cx, body, args);
        return broken(span);
    }
    let present = receiver.ty.present();
    let mut fitting: Vec<_> =
        candidates.iter().copied().filter(|(unit, one)| accepts(cx, *unit, *one, &present)).collect();
    // Every value fits `json`, so its methods come last.
    fitting.sort_by_key(|(unit, one)| takes_any_json(cx, *unit, *one));
    if fitting.is_empty() {
        let takes =
            signature(cx, candidates[0].0, candidates[0].1).params.first().map(|param| param.ty.to_string());
        cx.report(types::no_such_method(name, &receiver.ty.to_string(), takes.as_deref()));
        infer_all(cx, body, args);
        return broken(span);
    }
    if absent && !optional {
        let declared = mismatch::declared_at(cx, &receiver);
        cx.report(types::member_of_optional(name.span, &name.text, &receiver.ty.to_string(), declared));
    } else if optional && !absent {
        cx.report(types::needless_question_mark(name.span, &receiver.ty.to_string()));
    }
    choose(cx, body, name, &fitting[..1], Receiver::Some(Box::new(receiver), optional && absent), args, span)
}

/// `crm.customer(x)`: the project that is meant.
fn other_unit(cx: &Context<'_>, body: &Body, of: &ast::Expr) -> Option<UnitId> {
    let ast::ExprKind::Name(first) = &of.kind else { return None };
    if body.find(&first.text).is_some() {
        return None;
    }
    cx.names.dependency(body.unit, &first.text)
}

fn accepts(cx: &mut Context<'_>, unit: UnitId, callable: Callable<'_>, receiver: &Type) -> bool {
    let signature = signature(cx, unit, callable);
    let Some(first) = signature.params.first() else { return false };
    let mut bindings = vec![None; signature.variables];
    bind_variables(cx, &first.ty, receiver, &mut bindings);
    fits(cx, receiver, &substituted(&first.ty, &bindings)).is_ok()
}

fn takes_any_json(cx: &mut Context<'_>, unit: UnitId, callable: Callable<'_>) -> bool {
    signature(cx, unit, callable).params.first().is_some_and(|first| first.ty == Type::JSON)
}

/// Types the arguments against the only candidate, or the first whose number of parameters fits.
fn choose(
    cx: &mut Context<'_>,
    body: &mut Body,
    name: &ast::Name,
    candidates: &[(UnitId, Callable<'_>)],
    receiver: Receiver,
    args: &[ast::Arg],
    span: Span,
) -> Expr {
    let Some((unit, callable)) = candidates.first().copied() else { return broken(span) };
    let signature = signature(cx, unit, callable);
    let (receiver, optional) = match receiver {
        Receiver::None => (None, false),
        Receiver::Some(value, optional) => (Some(*value), optional),
    };
    let mut whole = plain(ExprKind::Broken, Type::Unknown, span);
    let mut bindings: Vec<Option<Type>> = vec![None; signature.variables];
    let mut values: Vec<Option<Expr>> = signature.params.iter().map(|_| None).collect();
    let offset = usize::from(receiver.is_some());
    if let (Some(receiver), Some(first)) = (receiver, signature.params.first()) {
        if let Some(odd) = unordered(&first.ty, &receiver.ty.present()) {
            cx.report(types::no_order(name.span, &name.text, &odd.to_string(), odd.is_optional()));
        }
        bind_variables(cx, &first.ty, &receiver.ty.present(), &mut bindings);
        whole.labels = receiver.labels;
        whole.fails = receiver.fails;
        values[0] = Some(receiver);
    }
    let placed = placed(cx, name, &signature, offset, args);
    let any_refused = placed.len() < args.len();
    let refused = args.iter().filter(|arg| !placed.iter().any(|(_, _, known)| known.span == arg.span));
    refused.for_each(|arg| infer_all(cx, body, std::slice::from_ref(arg)));
    for (at, param, arg) in placed {
        let outside = std::mem::replace(&mut body.given, whole.labels);
        let value = argument(cx, body, &param, arg, &mut bindings);
        body.given = outside;
        whole.labels = whole.labels.with(value.labels);
        whole.fails |= value.fails;
        values[at] = Some(value);
    }
    // What was refused may be what is missing.
    if !any_refused {
        missing(cx, name, &signature, &values);
    }
    // What the arguments leave open has been reported with them.
    let result = without_variables(&substituted(&signature.result, &bindings));
    whole.ty = if optional { result.optional() } else { result };
    whole.fails |= signature.fails || cx.failing.contains(&callable.span());
    let own = cx.function_labels.get(&callable.span()).copied().unwrap_or_default();
    whole.labels = whole.labels.with(signature.result_labels).with(own);
    special(cx, &signature, &values, &mut whole);
    if signature.std {
        whole.ty = precise::result(&signature.name, &values, whole.ty);
        if signature.name == "fold" && nests(cx, &whole.ty) {
            values.iter_mut().flatten().for_each(bounded);
            whole.fails = true;
        }
    }
    whole.kind = ExprKind::Call { function: signature, args: values, optional };
    whole
}

/// What a lambda gives is looked at each time: a step of `fold` can put what it was given into something else, once for each
/// element.
fn bounded(value: &mut Expr) {
    match &mut value.kind {
        ExprKind::Lambda { body, .. } => {
            let inner = std::mem::replace(&mut **body, broken(value.span));
            let (ty, labels, span) = (inner.ty.clone(), inner.labels, inner.span);
            **body = Expr { kind: ExprKind::Bounded(Box::new(inner)), ty, labels, fails: true, span };
            value.fails = true;
        }
        ExprKind::Widen(inner) => bounded(inner),
        _ => {}
    }
}

/// Whether a text is written out and says nothing.
fn is_blank(text: &Expr) -> bool {
    match &text.kind {
        ExprKind::Widen(inner) => is_blank(inner),
        ExprKind::Text(parts) => parts.iter().all(|part| match part {
            TextPart::Chars(chars) => chars.trim().is_empty(),
            TextPart::Expr(_) => false,
        }),
        _ => false,
    }
}

/// `reveal` takes labels off, a keyed digest too: the text cannot be had back from it.
fn special(cx: &mut Context<'_>, signature: &Signature, values: &[Option<Expr>], whole: &mut Expr) {
    if !signature.std {
        return;
    }
    match signature.name.as_str() {
        "reveal" => {
            whole.labels = whole.labels.without(Labels::PERSONAL).without(Labels::SECRET);
            let reason = values.get(1).and_then(Option::as_ref);
            if reason.is_some_and(is_blank) {
                cx.report(label_findings::reveal_without_reason(whole.span));
            }
        }
        "toJson" => {
            let of = values.first().and_then(Option::as_ref).map(|value| value.ty.clone());
            whole.labels = whole.labels.with(super::label::deep(cx, &of.unwrap_or(Type::Unknown)));
        }
        // What the function makes of an element has its own labels.
        "map" | "flatMap" => {
            let of = |at: usize| values.get(at).and_then(Option::as_ref).map(|value| value.labels);
            let caller = of(0).unwrap_or_default();
            whole.labels = caller.without(caller.declared()).with(of(1).unwrap_or_default());
        }
        "clamp" => {
            if let Some(limits) = precise::reversed(values) {
                cx.report(types::bad_bounds(limits, "the smaller limit comes first"));
            }
        }
        "hmac" => whole.labels = whole.labels.without(Labels::SECRET).without(Labels::PERSONAL),
        "length" | "isEmpty" | "isBlank" | "count" => whole.labels = whole.labels.without(Labels::PERSONAL),
        _ => {}
    }
}

type Placed<'e> = (usize, SignatureParam, &'e ast::Arg);

/// Which argument goes to which parameter: by name, or by place.
fn placed<'e>(
    cx: &mut Context<'_>,
    name: &ast::Name,
    signature: &Signature,
    offset: usize,
    args: &'e [ast::Arg],
) -> Vec<Placed<'e>> {
    let mut placed: Vec<Placed<'e>> = Vec::new();
    let mut next = offset;
    for arg in args {
        let at = match &arg.name {
            Some(wanted) => {
                match signature.params.iter().skip(offset).position(|param| param.name == wanted.text) {
                    Some(at) => at + offset,
                    None => {
                        let known = signature.params.iter().skip(offset).map(|param| param.name.as_str());
                        let near = nearest(&wanted.text, known);
                        cx.report(types::unknown_parameter(wanted, &name.text, signature.span, near));
                        continue;
                    }
                }
            }
            None => {
                next += 1;
                next - 1
            }
        };
        match signature.params.get(at) {
            None => {
                let takes = signature.params.len() - offset;
                cx.report(types::too_many_arguments(arg.span, &name.text, takes, signature.span, &[]));
            }
            Some(_) if placed.iter().any(|(taken, _, _)| *taken == at) => {
                cx.report(types::argument_twice(arg.span, &signature.params[at].name));
            }
            Some(param) => placed.push((at, param.clone(), arg)),
        }
    }
    // Lambdas last: what they are given is found from the other arguments.
    placed.sort_by_key(|(at, _, arg)| (matches!(arg.value.kind, ast::ExprKind::Lambda { .. }), *at));
    placed
}

fn missing(cx: &mut Context<'_>, name: &ast::Name, signature: &Signature, values: &[Option<Expr>]) {
    for (param, value) in signature.params.iter().zip(values) {
        if value.is_none() && !param.optional {
            cx.report(types::missing_argument(
                name.span,
                &name.text,
                &param.name,
                &param.ty.to_string(),
                param.span,
            ));
        }
    }
}

fn argument(
    cx: &mut Context<'_>,
    body: &mut Body,
    param: &SignatureParam,
    arg: &ast::Arg,
    bindings: &mut [Option<Type>],
) -> Expr {
    let hint = match substituted(&param.ty, bindings) {
        function @ Type::Function(_) => function,
        other => without_variables(&other),
    };
    let value = infer(cx, body, &arg.value, Some(&hint));
    bind_variables(cx, &param.ty, &value.ty, bindings);
    let want = substituted(&param.ty, bindings);
    let lost = value.labels.declared().without(param.labels);
    let value_labels = value.labels;
    if let Some(odd) = unordered(&param.ty, &value.ty) {
        cx.report(types::no_order(value.span, &param.name, &odd.to_string(), odd.is_optional()));
    }
    let mut fitted = fitted(cx, value, &want, &format!("the argument `{}`", param.name), Some(param.span));
    // Std passes labels on; what a parameter declares stays inside of it.
    fitted.labels = if param.labels.is_empty() { value_labels } else { lost };
    fitted
}

/// A type variable called `Ordered` stands for types whose values come in an order.
fn unordered(param: &Type, given: &Type) -> Option<Type> {
    match (param, given) {
        (Type::Variable(_, name), given) => {
            (name == "Ordered" && !calculate::has_order(given)).then(|| given.clone())
        }
        (Type::List(param), Type::List(given)) => unordered(&param.item, &given.item),
        (Type::Function(param), Type::Function(given)) => unordered(&param.result, &given.result),
        _ => None,
    }
}

/// `x => e`: its parameters get their types from where it stands.
pub fn lambda(
    cx: &mut Context<'_>,
    body: &mut Body,
    params: &[ast::Name],
    expr: &ast::Expr,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let Some(Type::Function(wanted)) = want else {
        if !want.is_some_and(Type::is_unknown) {
            cx.report(types::lambda_here(span));
        }
        return broken(span);
    };
    if params.len() > wanted.params.len() {
        cx.report(types::lambda_parameters(span, params.len(), wanted.params.len()));
        return broken(span);
    }
    let mark = body.mark();
    let bound = params
        .iter()
        .zip(&wanted.params)
        .map(|(name, ty)| bind(cx, body, name, without_variables(ty), body.given))
        .collect();
    let hint = without_variables(&wanted.result);
    let result = infer(cx, body, expr, Some(&hint).filter(|hint| !hint.is_unknown()));
    body.leave(mark);
    let (labels, fails) = (result.labels, result.fails);
    let function = super::ty::FunctionType { params: wanted.params.clone(), result: result.ty.clone() };
    let kind = ExprKind::Lambda { params: bound, body: Box::new(result) };
    Expr { kind, ty: Type::Function(Arc::new(function)), labels, fails, span }
}

/// A variable that is not found yet fits everything.
fn without_variables(ty: &Type) -> Type {
    substitute(ty, &|_| Some(Type::Unknown))
}

/// Finds type variables by laying a parameter's type beside an argument's.
fn bind_variables(cx: &mut Context<'_>, param: &Type, arg: &Type, bindings: &mut [Option<Type>]) {
    match (param, arg) {
        (Type::Variable(at, _), arg) => {
            let Some(slot) = bindings.get_mut(*at) else { return };
            let joined = match slot.take() {
                None => arg.clone(),
                Some(known) if known.is_unknown() => arg.clone(),
                Some(known) => super::fit::join(cx, &known, arg).unwrap_or(known),
            };
            bindings[*at] = Some(joined);
        }
        (Type::List(param), Type::List(arg)) => bind_variables(cx, &param.item, &arg.item, bindings),
        (Type::Dict(param), Type::Dict(arg)) => bind_variables(cx, param, arg, bindings),
        (Type::Optional(param), arg) => bind_variables(cx, param, &arg.present(), bindings),
        (Type::Function(param), Type::Function(arg)) => {
            bind_variables(cx, &param.result, &arg.result, bindings)
        }
        _ => {}
    }
}

fn substituted(ty: &Type, bindings: &[Option<Type>]) -> Type {
    substitute(ty, &|at| bindings.get(at).cloned().flatten())
}

fn substitute(ty: &Type, of: &dyn Fn(usize) -> Option<Type>) -> Type {
    match ty {
        Type::Variable(at, _) => of(*at).unwrap_or_else(|| ty.clone()),
        Type::List(list) => Type::List(Arc::new(super::ty::ListType {
            item: substitute(&list.item, of),
            min: list.min,
            max: list.max,
        })),
        Type::Dict(values) => Type::dict(substitute(values, of)),
        Type::Optional(inner) => substitute(inner, of).optional(),
        Type::Function(function) => Type::Function(Arc::new(super::ty::FunctionType {
            params: function.params.iter().map(|param| substitute(param, of)).collect(),
            result: substitute(&function.result, of),
        })),
        other => other.clone(),
    }
}

// ---- signatures ---------------------------------------------------------------------------------

/// How a map or function is called, worked out once.
pub fn signature(cx: &mut Context<'_>, unit: UnitId, callable: Callable<'_>) -> Arc<Signature> {
    if let Some(known) = cx.signatures.get(&callable.span()) {
        return known.clone();
    }
    let (variables, result, fails) = match callable {
        Callable::Map(decl) => (&[] as &[ast::Name], &decl.result, false),
        Callable::Fn(decl) => (decl.variables.as_slice(), &decl.result, decl.fails.is_some()),
    };
    let place = Place { unit, variables };
    let (params, (result, result_labels)) = cx.apart(callable.span().source, |cx| {
        let params = callable.params().iter().map(|param| self::param(cx, place, param)).collect();
        (params, declare::written(cx, place, result))
    });
    let signature = Arc::new(Signature {
        name: callable.name().text.clone(),
        params,
        result,
        result_labels,
        fails,
        variables: variables.len(),
        method: callable.is_method(),
        std: unit == UnitId::STD,
        span: callable.name().span,
    });
    cx.signatures.insert(callable.span(), signature.clone());
    signature
}

fn param(cx: &mut Context<'_>, place: Place<'_>, param: &ast::Param) -> SignatureParam {
    let (ty, inner) = declare::written(cx, place, &param.ty);
    let labels = declare::labels_of(cx, &param.labels).with(inner);
    let optional = param.default.is_some() || ty.is_optional();
    let is_std = place.unit == UnitId::STD;
    let default = if is_std { super::pure::default(cx, place.unit, param, &ty).map(Arc::new) } else { None };
    SignatureParam { name: param.name.text.clone(), ty, labels, optional, default, span: param.name.span }
}
