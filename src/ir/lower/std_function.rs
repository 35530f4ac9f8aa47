//! Calls of functions: those of authors by their number, those of std by their name in the runtime's table, with
//! every default written out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Lowering;
use super::expr::{Body, failing, local_id, lower, made, nothing_of, plain};
use crate::check::ty;
use crate::check::typed::{self, Signature};
use crate::ir::model::{Expr, ExprKind};
use crate::ir::ty::{FunctionType, Type};

type Called<'e> = (&'e Arc<Signature>, &'e [Option<typed::Expr>], bool);

pub fn call(cx: &mut Lowering<'_, '_>, body: &mut Body, called: Called<'_>, ty: Type) -> Expr {
    let (signature, args, optional) = called;
    let receiver = args.first().and_then(Option::as_ref).filter(|_| optional);
    let Some(receiver) = receiver else {
        let args = arguments(cx, body, (signature, &ty), args, None);
        return applied(cx, body, signature, args, ty);
    };
    let value = lower(cx, body, receiver, None);
    if value.ty == Type::Unit {
        return nothing_of(&value, Type::Unit);
    }
    let local = body.new_local("value", value.ty.present().clone());
    body.inherits(local, &value);
    // What is there may give what is not.
    let inner_type = match &signature.result {
        ty::Type::Optional(_) => ty,
        _ => ty.present().clone(),
    };
    let receiver = Some(body.local(local));
    let args = arguments(cx, body, (signature, &inner_type), args, receiver);
    let inner = applied(cx, body, signature, args, inner_type);
    let whole = inner.ty.clone().optional();
    made(ExprKind::IfPresent { value: Box::new(value), local, body: Box::new(inner) }, whole)
}

fn arguments(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    (signature, result): (&Signature, &Type),
    args: &[Option<typed::Expr>],
    receiver: Option<Expr>,
) -> Vec<Expr> {
    let mut known = FxHashMap::default();
    stand_for(&signature.result, result, &mut known);
    let own = cx.authors.get(&signature.span).copied();
    let mut lowered = Vec::with_capacity(args.len());
    for (at, (param, arg)) in signature.params.iter().zip(args).enumerate() {
        let want = match &param.ty {
            ty::Type::Variable(at, _) => known.get(at).cloned(),
            ty if has_variables(ty) => None,
            ty => Some(cx.ty(ty)),
        };
        if let (0, Some(receiver)) = (at, &receiver) {
            lowered.push(match &want {
                Some(want) => super::coerce::coerce(cx, body, receiver.clone(), want),
                None => receiver.clone(),
            });
            continue;
        }
        // What a lambda is given lies in the other arguments.
        if let Some(typed::Expr { kind: typed::ExprKind::Lambda { params, .. }, .. }) = arg
            && !lowered.iter().all(|arg| body.is_given(arg))
        {
            body.made.extend(params.iter().copied().map(local_id));
        }
        let own = own.and_then(|own| own.defaults.get(at)).and_then(Option::as_ref);
        let default = param.default.as_deref().or(own);
        // Inside, a parameter with a default is always there.
        let want = if default.is_some_and(is_value) { want.map(|want| want.present().clone()) } else { want };
        lowered.push(match (arg, default) {
            (Some(arg), Some(default)) => given_or_default(cx, body, arg, default, want.as_ref()),
            (Some(arg), None) => lower(cx, body, arg, want.as_ref()),
            (None, Some(default)) => super::expr::constant(cx, default, &want.unwrap_or(Type::Json)),
            (None, None) => plain(ExprKind::None, want.unwrap_or(Type::Unit)),
        });
    }
    lowered
}

/// A default of `none` leaves an optional what it is.
fn is_value(default: &typed::Expr) -> bool {
    match &default.kind {
        typed::ExprKind::None => false,
        typed::ExprKind::Widen(inner) => is_value(inner),
        _ => true,
    }
}

/// A parameter with a default takes a value that may be absent, too.
fn given_or_default(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    arg: &typed::Expr,
    default: &typed::Expr,
    want: Option<&Type>,
) -> Expr {
    let Some(want) = want else { return lower(cx, body, arg, None) };
    let value = lower(cx, body, arg, None);
    if want.is_optional() || !value.ty.is_optional() {
        return super::coerce::coerce(cx, body, value, want);
    }
    let value = super::coerce::coerce(cx, body, value, &want.clone().optional());
    let fallback = super::expr::constant(cx, default, want);
    super::expr::coalesced(value, fallback, want.clone())
}

fn has_variables(ty: &ty::Type) -> bool {
    match ty {
        ty::Type::Variable(..) => true,
        ty::Type::List(list) => has_variables(&list.item),
        ty::Type::Dict(inner) | ty::Type::Optional(inner) => has_variables(inner),
        ty::Type::Function(function) => {
            function.params.iter().any(has_variables) || has_variables(&function.result)
        }
        _ => false,
    }
}

fn applied(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    signature: &Arc<Signature>,
    args: Vec<Expr>,
    ty: Type,
) -> Expr {
    if !signature.std {
        let Some(function) = cx.function(signature) else { return plain(ExprKind::None, Type::Unit) };
        let args = super::round::bounded(cx, body, function, signature, args);
        let known = cx.out.functions.get(function.0);
        let (fallible, result) =
            known.map_or((true, ty), |function| (function.fallible, function.result.clone()));
        let whole = made(ExprKind::Call { function, args }, result);
        return Expr { fallible: whole.fallible || fallible, ..whole };
    }
    let args = agreeing(cx, body, signature, args, &ty);
    let name = table_name(signature, &args);
    let fallible = flow_std::functions::find(&name).is_none_or(|function| function.fallible);
    let kind = ExprKind::Std { name, args };
    if fallible { failing(kind, ty) } else { made(kind, ty) }
}

/// What a variable of the result stands for, lambdas give, too.
fn agreeing(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    signature: &Signature,
    args: Vec<Expr>,
    result: &Type,
) -> Vec<Expr> {
    let mut known = FxHashMap::default();
    stand_for(&signature.result, result, &mut known);
    let wanted = |param: &ty::Type| match param {
        ty::Type::Function(function) => match &function.result {
            ty::Type::Variable(at, _) => known.get(at).cloned(),
            _ => None,
        },
        _ => None,
    };
    let wanted: Vec<Option<Type>> = signature.params.iter().map(|param| wanted(&param.ty)).collect();
    let each = args.into_iter().enumerate().map(|(at, arg)| match wanted.get(at) {
        Some(Some(want)) => giving(cx, body, arg, want),
        _ => arg,
    });
    each.collect()
}

/// The lambda, with a result of the wanted type.
fn giving(cx: &mut Lowering<'_, '_>, body: &mut Body, lambda: Expr, want: &Type) -> Expr {
    match (lambda.kind, lambda.ty) {
        (ExprKind::Lambda { params, body: inner }, Type::Function(function)) => {
            let inner = super::coerce::coerce(cx, body, *inner, want);
            let ty = FunctionType { params: function.params.clone(), result: want.clone() };
            made(ExprKind::Lambda { params, body: Box::new(inner) }, Type::Function(Arc::new(ty)))
        }
        (kind, ty) => Expr { kind, ty, ..lambda },
    }
}

fn stand_for(param: &ty::Type, is: &Type, known: &mut FxHashMap<usize, Type>) {
    match (param, is) {
        (ty::Type::Variable(at, _), is) => drop(known.entry(*at).or_insert_with(|| is.clone())),
        (ty::Type::List(param), Type::List(is)) => stand_for(&param.item, &is.item, known),
        (ty::Type::Dict(param), Type::Dict(is)) => stand_for(param, is, known),
        (ty::Type::Optional(param), Type::Optional(is)) => stand_for(param, is, known),
        _ => {}
    }
}

/// `text.padLeft`: what it is called on, and its name. Of the forms of `sum` the runtime has one for each number.
fn table_name(signature: &Signature, args: &[Expr]) -> String {
    let name = signature.name.as_str();
    let owner = match signature.params.first() {
        Some(first) if signature.method => owner(&first.ty),
        _ => match name {
            "uuid" => return "uuid.uuid".to_owned(),
            _ => "clock",
        },
    };
    if name == "toJson" {
        return "json.toJson".to_owned();
    }
    match (owner, name, args.first().map(|list| &list.ty)) {
        ("list", "sum", Some(Type::List(list))) => {
            let suffix = match &list.item {
                Type::Int(_) => "int",
                Type::Decimal(_) => "decimal",
                Type::Duration => "duration",
                _ => "float",
            };
            format!("list.sum_{suffix}")
        }
        _ => format!("{owner}.{name}"),
    }
}

fn owner(ty: &ty::Type) -> &'static str {
    match ty {
        ty::Type::String(_) | ty::Type::Enum(_) => "text",
        ty::Type::Int(_) => "int",
        ty::Type::Decimal(_) => "decimal",
        ty::Type::Float(_) => "float",
        ty::Type::List(_) => "list",
        ty::Type::Dict(_) => "dict",
        ty::Type::Variable(..) => "order",
        ty::Type::Scalar(ty::Scalar::Bool) => "boolean",
        ty::Type::Scalar(scalar) => scalar.as_str(),
        _ => "json",
    }
}
