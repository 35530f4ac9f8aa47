//! Expressions: sugar goes, defaults and conversions are written out, and each says whether it can fail.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::Lowering;
use super::coerce::coerce;
use super::condition::Path;
use super::matching::matching;
use super::operate::{chain, compare, unary};
use crate::check::typed::{self, ExprKind as Typed};
use crate::ir::model::{
    ArmBody, ConfigItem, ConfigKind, Expr, ExprKind, Function, FunctionId, ListItem, Literal, Local, LocalId,
    Spot, TextPart,
};
use crate::ir::ty::{Type, TypeDef};
use crate::ir::visit;

/// The names of a function or operation while it is lowered.
#[derive(Debug, Default)]
pub struct Body {
    pub locals: Vec<Local>,
    /// What is known of values that may be absent or one of several, the innermost last.
    pub known: Vec<(Path, LocalId)>,
    /// Names whose values come from a backend or another service.
    pub answers: FxHashSet<LocalId>,
    /// Names whose values are put together here.
    pub made: FxHashSet<LocalId>,
}

impl Body {
    pub fn of(cx: &mut Lowering<'_, '_>, locals: &[typed::Local]) -> Body {
        let outer = std::mem::take(&mut cx.hint);
        let lowered = |local: &typed::Local| {
            cx.hint = format!("{outer} {}", local.name);
            Local { name: local.name.to_string(), ty: cx.ty(&local.ty) }
        };
        let locals = locals.iter().map(lowered).collect();
        cx.hint = outer;
        Body { locals, ..Body::default() }
    }

    /// A name that the author did not write.
    pub fn new_local(&mut self, name: &str, ty: Type) -> LocalId {
        self.locals.push(Local { name: name.to_owned(), ty });
        LocalId(self.locals.len() - 1)
    }

    pub fn ty(&self, local: LocalId) -> Type {
        self.locals.get(local.0).map_or(Type::Json, |local| local.ty.clone())
    }

    pub fn local(&self, local: LocalId) -> Expr {
        let from_answer = self.answers.contains(&local);
        let ty = self.ty(local);
        // Where only `none` can be, nothing is bound to a name.
        let kind = if ty == Type::Unit { ExprKind::None } else { ExprKind::Local(local) };
        Expr { kind, ty, fallible: false, from_answer, spot: Spot::default() }
    }

    /// What is made of a value that came from outside came from outside, too; and so with one that was put together.
    pub fn inherits(&mut self, local: LocalId, from: &Expr) {
        if !self.is_given(from) {
            self.made.insert(local);
        }
        if from.from_answer {
            self.answers.insert(local);
        }
    }
}

pub fn local_id(local: typed::LocalId) -> LocalId {
    LocalId(local.0)
}

/// Lowers a function of the author. Its place is taken first, because it may call itself.
pub fn function(cx: &mut Lowering<'_, '_>, typed: &typed::Function) -> FunctionId {
    let id = FunctionId(cx.out.functions.len());
    cx.functions.insert(typed.signature.span, id);
    cx.hint = typed.signature.name.to_string();
    let mut body = Body::of(cx, &typed.locals);
    let result = cx.ty(&typed.signature.result);
    let params: Vec<LocalId> = typed.params.iter().map(|local| local_id(*local)).collect();
    // Who calls it meanwhile is this function itself: the call may fail for all that is known yet.
    cx.out.functions.push(Function {
        name: typed.signature.name.to_string(),
        doc: cx.doc(typed.signature.span),
        params,
        locals: Vec::new(),
        result: result.clone(),
        body: plain(ExprKind::None, Type::Unit),
        fallible: true,
        place: cx.place(typed.signature.span),
        extent: Spot::at(typed.span),
    });
    cx.lowering.push(id);
    let lowered = lower(cx, &mut body, &typed.body, Some(&result));
    cx.lowering.pop();
    if let Some(function) = cx.out.functions.get_mut(id.0) {
        function.fallible = lowered.fallible;
        function.body = lowered;
        function.locals = body.locals;
    }
    id
}

/// A constant, such as a default.
pub fn constant(cx: &mut Lowering<'_, '_>, expr: &typed::Expr, want: &Type) -> Expr {
    lower(cx, &mut Body::default(), expr, Some(want))
}

pub fn plain(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, fallible: false, from_answer: false, spot: Spot::default() }
}

/// A value of which it is known that it is not there: whose fault it is, if nothing can be made of it, stays the same.
pub fn nothing_of(value: &Expr, ty: Type) -> Expr {
    Expr { from_answer: value.from_answer, ..plain(ExprKind::None, ty) }
}

/// An expression that fails when a part of it does.
pub fn made(kind: ExprKind, ty: Type) -> Expr {
    let mut whole = plain(kind, ty);
    let (mut fallible, mut from_answer) = (false, false);
    visit::children(&whole, &mut |child| {
        fallible |= child.fallible;
        from_answer |= child.from_answer;
    });
    (whole.fallible, whole.from_answer) = (fallible, from_answer);
    whole
}

/// `value ?? fallback`, where it is not known already that there is no value.
pub fn coalesced(value: Expr, fallback: Expr, ty: Type) -> Expr {
    match value.kind {
        ExprKind::None => Expr { ty, from_answer: value.from_answer || fallback.from_answer, ..fallback },
        // It is there.
        ExprKind::Convert(inner) if !inner.ty.is_optional() && inner.ty.looks_like(&ty) => {
            Expr { ty, ..*inner }
        }
        _ => made(ExprKind::Coalesce { value: Box::new(value), fallback: Box::new(fallback) }, ty),
    }
}

pub fn failing(kind: ExprKind, ty: Type) -> Expr {
    Expr { fallible: true, ..made(kind, ty) }
}

/// Lowers an expression, as a value of the wanted type if there is one.
pub fn lower(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr, want: Option<&Type>) -> Expr {
    let written = |lowered: Expr| Expr { spot: lowered.spot.or(Spot::at(expr.span)), ..lowered };
    let lowered = written(by_kind(cx, body, expr, want));
    match want {
        Some(want) => written(coerce(cx, body, lowered, want)),
        None => lowered,
    }
}

fn by_kind(cx: &mut Lowering<'_, '_>, body: &mut Body, expr: &typed::Expr, want: Option<&Type>) -> Expr {
    // What a function gives is called after the function.
    if let Typed::Call { function, .. } = &expr.kind
        && !function.std
    {
        cx.hint = function.name.to_string();
    }
    let ty = match (&expr.ty, want) {
        // Branches that have no type in common but the one that is wanted.
        (crate::check::ty::Type::Unknown, Some(want)) => want.clone(),
        _ => cx.ty(&expr.ty),
    };
    match &expr.kind {
        Typed::Int(value) => plain(ExprKind::Literal(Literal::Int(*value)), Type::int()),
        Typed::Decimal(text) => plain(ExprKind::Literal(Literal::Decimal(text.to_string())), ty),
        Typed::Duration(millis) => {
            let millis = i64::try_from(*millis).unwrap_or(i64::MAX);
            plain(ExprKind::Literal(Literal::Duration(millis)), Type::Duration)
        }
        Typed::Bool(value) => plain(ExprKind::Literal(Literal::Bool(*value)), Type::Bool),
        Typed::Size(bytes) => int(i64::try_from(*bytes).unwrap_or(i64::MAX)),
        Typed::None => plain(ExprKind::None, Type::Unit),
        Typed::Text(parts) => text(cx, body, parts, ty),
        Typed::Local(local) => super::condition::known_path(cx, body, expr)
            .unwrap_or_else(|| as_seen(cx, body.local(local_id(*local)), &ty)),
        Typed::Config { secret, name, default } => config(cx, *secret, name, default.as_deref(), ty),
        Typed::Field { of, name, optional } => field(cx, body, expr, (of, name, *optional), &ty),
        // The same value, wherever it is wanted.
        Typed::Call { function, args, .. } if function.std && function.name == "reveal" => {
            match args.first().and_then(Option::as_ref) {
                Some(value) => lower(cx, body, value, want),
                None => plain(ExprKind::None, Type::Unit),
            }
        }
        Typed::Call { function, args, optional } => {
            super::std_function::call(cx, body, (function, args, *optional), ty)
        }
        Typed::Unary { operator, of } => unary(cx, body, *operator, of, ty),
        Typed::Chain { first, rest } => chain(cx, body, expr, (first, rest), &ty),
        Typed::Compare { operator, left, right } => compare(cx, body, *operator, left, right),
        Typed::If { condition, then, otherwise } => {
            super::condition::if_then(cx, body, (condition, then, otherwise), want.unwrap_or(&ty))
        }
        Typed::Match { subject, arms } => matching(cx, body, subject, arms, want.unwrap_or(&ty)),
        Typed::For { binding, list, condition, body: inner } => {
            repeat(cx, body, (*binding, list, condition.as_deref(), inner), want, &ty)
        }
        Typed::List(items) => list(cx, body, items, want, &ty),
        Typed::Record { .. } | Typed::Dict { .. } => super::record::literal(cx, body, expr, &ty),
        Typed::Narrow(inner) => narrow(cx, body, inner, ty),
        Typed::Bounded(inner) => {
            let inner = lower(cx, body, inner, want);
            let ty = inner.ty.clone();
            failing(ExprKind::Bounded(Box::new(inner)), ty)
        }
        Typed::Lambda { params, body: inner } => lambda(cx, body, params, inner, want, ty),
        Typed::Else { value, fallback } => otherwise(cx, body, value, fallback, want.unwrap_or(&ty)),
        Typed::Widen(inner) => lower(cx, body, inner, Some(want.unwrap_or(&ty))),
        Typed::Percent(_)
        | Typed::Rate { .. }
        | Typed::Range(..)
        | Typed::Variant { .. }
        | Typed::At(..)
        | Typed::Broken => {
            cx.refuse(expr.span, "this value of a setting");
            plain(ExprKind::None, Type::Unit)
        }
    }
}

pub fn int(value: i64) -> Expr {
    plain(ExprKind::Literal(Literal::Int(value)), Type::int())
}

pub fn bool(value: bool) -> Expr {
    plain(ExprKind::Literal(Literal::Bool(value)), Type::Bool)
}

/// A value of which the checker knows more than its declaration says: that it is there.
fn as_seen(cx: &Lowering<'_, '_>, value: Expr, seen: &Type) -> Expr {
    match (&value.ty, seen) {
        (Type::Optional(_), Type::Unit) => nothing_of(&value, Type::Unit),
        (Type::Optional(inner), seen) if !seen.is_optional() => {
            let ty = (**inner).clone();
            failing(ExprKind::Present(Box::new(value)), ty)
        }
        (Type::Named(union), Type::Named(member)) if union != member => match cx.out.types.get(union.0) {
            Some(TypeDef::Union(_)) => failing(ExprKind::Narrow(Box::new(value)), seen.clone()),
            _ => value,
        },
        _ => value,
    }
}

fn text(cx: &mut Lowering<'_, '_>, body: &mut Body, parts: &[typed::TextPart], ty: Type) -> Expr {
    if let [] | [typed::TextPart::Chars(_)] = parts {
        let chars = parts.iter().map(|part| match part {
            typed::TextPart::Chars(chars) => chars.clone(),
            typed::TextPart::Expr(_) => String::new(),
        });
        return plain(ExprKind::Literal(Literal::Text(chars.collect())), Type::text());
    }
    let parts = parts.iter().map(|part| match part {
        typed::TextPart::Chars(chars) => TextPart::Chars(chars.clone()),
        typed::TextPart::Expr(value) => TextPart::Value(lower(cx, body, value, None)),
    });
    let parts = parts.collect();
    made(ExprKind::Text(parts), ty)
}

fn config(
    cx: &mut Lowering<'_, '_>,
    secret: bool,
    name: &SmolStr,
    default: Option<&typed::Expr>,
    ty: Type,
) -> Expr {
    let default = default.map(|default| constant(cx, default, &ty)).and_then(|default| match default.kind {
        ExprKind::Literal(literal) => Some(literal),
        _ => None,
    });
    let kind = ConfigKind::Value(ty.clone());
    let id = cx.config_item(ConfigItem { name: name.to_string(), secret, kind, default });
    plain(ExprKind::Config(id), ty)
}

fn field(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    expr: &typed::Expr,
    (of, name, optional): (&typed::Expr, &SmolStr, bool),
    ty: &Type,
) -> Expr {
    if let Some(known) = super::condition::known_path(cx, body, expr) {
        return known;
    }
    let owner = lower(cx, body, of, None);
    if optional && owner.ty == Type::Unit {
        return nothing_of(&owner, Type::Unit);
    }
    if optional && owner.ty.is_optional() {
        let local = body.new_local("value", owner.ty.present().clone());
        body.inherits(local, &owner);
        let inner = member(cx, body.local(local), name, ty.present());
        let inner_type = inner.ty.clone().optional();
        let kind = ExprKind::IfPresent { value: Box::new(owner), local, body: Box::new(inner) };
        return as_seen(cx, made(kind, inner_type), ty);
    }
    if owner.ty == Type::Unit {
        return super::coerce::never_there(&owner, ty.present());
    }
    let value = member(cx, owner, name, ty);
    as_seen(cx, value, ty)
}

/// A field of a record, a key of a dictionary, a field that all members of a union have.
pub fn member(cx: &Lowering<'_, '_>, owner: Expr, name: &SmolStr, ty: &Type) -> Expr {
    let of = Box::new(owner);
    match &of.ty {
        Type::Named(id) => match cx.out.types.get(id.0) {
            Some(TypeDef::Record(record)) => {
                match record.fields.iter().position(|field| field.name == name.as_str()) {
                    Some(field) => {
                        let ty = record.fields[field].ty.clone();
                        made(ExprKind::Field { of, field }, ty)
                    }
                    None => {
                        let ty = record.additional.clone().unwrap_or(Type::Json).optional();
                        made(ExprKind::Key { of, name: name.to_string() }, ty)
                    }
                }
            }
            _ => made(ExprKind::Common { of, name: name.to_string() }, ty.clone()),
        },
        Type::Dict(values) => {
            let ty = (**values).clone().optional();
            made(ExprKind::Key { of, name: name.to_string() }, ty)
        }
        _ => made(ExprKind::Key { of, name: name.to_string() }, ty.clone()),
    }
}

type Repeat<'e> = (typed::LocalId, &'e typed::Expr, Option<&'e typed::Expr>, &'e typed::Expr);

fn repeat(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    (binding, list, condition, inner): Repeat<'_>,
    want: Option<&Type>,
    ty: &Type,
) -> Expr {
    let list = lower(cx, body, list, None);
    let binding = local_id(binding);
    body.inherits(binding, &list);
    let mark = body.known.len();
    let condition = condition.map(|condition| super::condition::condition(cx, body, condition));
    let whole = match want.map(Type::present) {
        Some(want @ Type::List(_)) => want.clone(),
        _ => ty.clone(),
    };
    let item = match &whole {
        Type::List(list) => Some(list.item.clone()),
        _ => None,
    };
    let inner = lower(cx, body, inner, item.as_ref());
    body.known.truncate(mark);
    let kind = ExprKind::For { binding, list: Box::new(list), condition, body: Box::new(inner) };
    made(kind, whole)
}

fn list(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    items: &[typed::ListItem],
    want: Option<&Type>,
    ty: &Type,
) -> Expr {
    let whole = match want.map(Type::present) {
        Some(want @ Type::List(_)) => want.clone(),
        _ => ty.clone(),
    };
    let item_type = match &whole {
        Type::List(list) => Some(list.item.clone()),
        _ => None,
    };
    let mut lowered = Vec::with_capacity(items.len());
    for item in items {
        lowered.push(match item {
            typed::ListItem::Value(value) => ListItem::Value(lower(cx, body, value, item_type.as_ref())),
            typed::ListItem::Spread(value) if is_empty_list(value) => continue,
            typed::ListItem::Spread(value) => {
                let list = item_type.clone().map(Type::list);
                ListItem::Spread(lower(cx, body, value, list.as_ref()))
            }
        });
    }
    made(ExprKind::List(lowered), whole)
}

fn is_empty_list(list: &typed::Expr) -> bool {
    matches!(&super::setting::bare(list).kind, Typed::List(items) if items.is_empty())
}

fn narrow(cx: &mut Lowering<'_, '_>, body: &mut Body, inner: &typed::Expr, ty: Type) -> Expr {
    if let Typed::Config { secret, name, default } = &inner.kind {
        if *secret && !matches!(&ty, Type::Text(rule) if rule.is_free()) {
            cx.refuse(inner.span, "a secret that is read as anything but a text");
        }
        return config(cx, *secret, name, default.as_deref(), ty);
    }
    let value = lower(cx, body, inner, None);
    if value.ty == ty {
        return value;
    }
    failing(ExprKind::Narrow(Box::new(value)), ty)
}

fn lambda(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    params: &[typed::LocalId],
    inner: &typed::Expr,
    want: Option<&Type>,
    ty: Type,
) -> Expr {
    let params = params.iter().map(|local| local_id(*local)).collect();
    let result = match want {
        Some(Type::Function(function)) => Some(function.result.clone()),
        _ => None,
    };
    let inner = lower(cx, body, inner, result.as_ref());
    made(ExprKind::Lambda { params, body: Box::new(inner) }, want.cloned().unwrap_or(ty))
}

fn otherwise(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    value: &typed::Expr,
    fallback: &typed::ArmBody,
    want: &Type,
) -> Expr {
    let value = lower(cx, body, value, Some(want));
    let fallback = match fallback {
        typed::ArmBody::Value(other) => ArmBody::Value(lower(cx, body, other, Some(want))),
        typed::ArmBody::Fail(fail) => ArmBody::Fail(super::call::fail(cx, body, fail)),
    };
    let fallible = match &fallback {
        ArmBody::Value(value) => value.fallible,
        ArmBody::Fail(_) => false,
    };
    let from_answer = value.from_answer;
    let kind = ExprKind::Else { value: Box::new(value), fallback: Box::new(fallback) };
    Expr { kind, ty: want.clone(), fallible, from_answer, spot: Spot::default() }
}
