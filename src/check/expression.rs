//! Expressions: each gets its type from what it is made of, with the wanted type as a hint for literals,
//! lambdas and the words of settings.

use std::sync::Arc;

use smol_str::SmolStr;

use super::body::{Body, Kind, bind};
use super::bound::{self, Held};
use super::context::Context;
use super::declare::{self, Place};
use super::exact::Exact;
use super::fit::{self, Mismatch, fits};
use super::label::{Labels, deep};
use super::ty::{EnumType, NumberRule, Scalar, Type};
use super::typed::{Expr, ExprKind, ListItem, TextPart};
use super::{branch, calculate, call, constraint, function, member, mismatch, precise, record, setting};
use crate::diagnostic::{labels as label_findings, names, nearest, steps, types};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

/// A typed expression that cannot fail and has no labels.
pub fn plain(kind: ExprKind, ty: Type, span: Span) -> Expr {
    Expr { kind, ty, labels: Labels::NONE, fails: false, span }
}

pub fn broken(span: Span) -> Expr {
    plain(ExprKind::Broken, Type::Unknown, span)
}

/// Types an expression. `want` only helps; whether it fits is up to [`checked`].
pub fn infer(cx: &mut Context<'_>, body: &mut Body, expr: &ast::Expr, want: Option<&Type>) -> Expr {
    let span = expr.span;
    match &expr.kind {
        Ast::Int(number) => int(cx, number),
        Ast::Decimal(number) => decimal(cx, number, want),
        Ast::Duration(number, unit) => setting::duration(cx, body, number, unit, span),
        Ast::Percent(number) => setting::percent(cx, number, span),
        Ast::Rate(number, unit) => setting::rate(cx, number, unit, span),
        Ast::Size(number, unit) => setting::size(cx, number, unit, span),
        Ast::Bool(value) => plain(ExprKind::Bool(*value), Type::BOOL, span),
        Ast::None => setting::none(want, span),
        Ast::Text(parts) => text(cx, body, parts, span),
        Ast::RawText(value) => literal_text(value.clone(), span),
        Ast::Name(name) => self::name(cx, body, name, want),
        Ast::Member { of, name, optional } => member::member(cx, body, of, name, *optional, span),
        Ast::Call { callee, args } => function::call(cx, body, callee, args, span),
        Ast::Unary { operator, of } => calculate::unary(cx, body, *operator, of, want, span),
        Ast::Binary { operator, left, right } => calculate::compare(cx, body, *operator, left, right, span),
        Ast::Chain { first, rest } => calculate::chain(cx, body, first, rest, want, span),
        Ast::If { condition, then, otherwise } => {
            branch::conditional(cx, body, (condition, then, otherwise), want, span)
        }
        Ast::Match { subject, arms } => branch::matching(cx, body, subject, arms, want, span),
        Ast::For(repeat) => self::repeat(cx, body, repeat, want, span),
        Ast::List(items) => list(cx, body, items, want, span),
        Ast::Record(entries) => record::literal(cx, body, entries, want, span),
        Ast::As { value, ty } => narrow(cx, body, value, ty, span),
        Ast::Lambda { params, body: lambda } => function::lambda(cx, body, params, lambda, want, span),
        Ast::Handled(handled) => call::handled_value(cx, body, handled, want, span),
        Ast::Range(from, to) => setting::range(cx, body, from, to, span),
        Ast::Tagged { name, payload } => setting::tagged(cx, body, name, payload, want, span),
        Ast::At(value, part) => setting::at(cx, body, value, part, span),
        Ast::Defaulted(value, default) => setting::defaulted(cx, body, value, default, want, span),
        Ast::Paren(inner) => infer(cx, body, inner, want),
        Ast::Broken => broken(span),
    }
}

/// Types an expression and makes sure that it fits. `what` names the place in messages: "the field `tier`".
pub fn checked(cx: &mut Context<'_>, body: &mut Body, expr: &ast::Expr, want: &Type, what: &str) -> Expr {
    let typed = infer(cx, body, expr, Some(want));
    fitted(cx, typed, want, what, None)
}

/// Makes sure that a typed expression fits; `declared` is the place that wants it.
pub fn fitted(cx: &mut Context<'_>, typed: Expr, want: &Type, what: &str, declared: Option<Span>) -> Expr {
    match fits(cx, &typed.ty, want) {
        Ok(()) => widened(cx, typed, want),
        Err(found) => {
            let diagnostic = match odd_branch(cx, &typed, want) {
                Some((branch, found)) => mismatch::describe(cx, branch, what, &found, declared),
                None => mismatch::describe(cx, &typed, what, &found, declared),
            };
            cx.report(diagnostic);
            broken(typed.span)
        }
    }
}

/// The branch that makes the whole not fit.
fn odd_branch<'e>(cx: &mut Context<'_>, whole: &'e Expr, want: &Type) -> Option<(&'e Expr, Mismatch)> {
    let branches: Vec<&Expr> = match &whole.kind {
        ExprKind::If { then, otherwise, .. } => vec![then, otherwise],
        ExprKind::Match { arms, .. } => arms.iter().map(|arm| &arm.body).collect(),
        _ => return None,
    };
    branches.into_iter().find_map(|branch| {
        let found = fits(cx, &branch.ty, want).err()?;
        Some(odd_branch(cx, branch, want).unwrap_or((branch, found)))
    })
}

/// The value as one of the wanted type.
fn widened(cx: &mut Context<'_>, typed: Expr, want: &Type) -> Expr {
    if typed.ty == *want || typed.ty.is_unknown() || want.is_unknown() {
        return typed;
    }
    // JSON has no fields that could carry the labels of what it is made from.
    let inside = if want.present() == Type::JSON { deep(cx, &typed.ty) } else { Labels::NONE };
    let (labels, fails, span) = (typed.labels.with(inside), typed.fails, typed.span);
    Expr { kind: ExprKind::Widen(Box::new(typed)), ty: want.clone(), labels, fails, span }
}

fn int(cx: &mut Context<'_>, number: &ast::Number) -> Expr {
    match constraint::exact(cx, number, Held::Int).and_then(Exact::to_int) {
        Some(value) => {
            let ty = Type::Int(Arc::new(NumberRule::literal(Exact::int(value))));
            plain(ExprKind::Int(value), ty, number.span)
        }
        None => broken(number.span),
    }
}

fn decimal(cx: &mut Context<'_>, number: &ast::Number, want: Option<&Type>) -> Expr {
    // `1e9` is a whole number.
    if !number.text.contains('.') && Exact::parse(&number.text).and_then(Exact::to_int).is_some() {
        return int(cx, number);
    }
    // Of a float, the digits beyond its own are as if they were not written.
    let held =
        want.map(Type::present).and_then(|want| bound::held(&want)).filter(|held| *held == Held::Float);
    match constraint::exact(cx, number, held.unwrap_or(Held::Decimal)) {
        Some(value) => {
            let ty = Type::Decimal(Arc::new(NumberRule::literal(value)));
            // Zeros at the end are part of what was written: `12.50` is a price.
            let has_exponent = number.text.contains(['e', 'E']);
            let text = if has_exponent { value.to_string() } else { number.text.replace('_', "") };
            plain(ExprKind::Decimal(text.into()), ty, number.span)
        }
        None => broken(number.span),
    }
}

/// A text that is written out has the type of just this text.
pub fn literal_text(value: String, span: Span) -> Expr {
    let values = vec![SmolStr::from(&value)];
    let ty = Type::Enum(Arc::new(EnumType { name: None, values, open: false, span: None }));
    plain(ExprKind::Text(vec![TextPart::Chars(value)]), ty, span)
}

fn text(cx: &mut Context<'_>, body: &mut Body, parts: &[ast::TextPart], span: Span) -> Expr {
    if let [] | [ast::TextPart::Chars(..)] = parts {
        let value = parts.iter().map(|part| match part {
            ast::TextPart::Chars(text, _) => text.clone(),
            ast::TextPart::Expr(_) => String::new(),
        });
        return literal_text(value.collect(), span);
    }
    let mut typed = Vec::new();
    let mut whole = plain(ExprKind::Broken, Type::string(), span);
    for part in parts {
        match part {
            ast::TextPart::Chars(text, _) => typed.push(TextPart::Chars(text.clone())),
            ast::TextPart::Expr(expr) => {
                let part = interpolated(cx, body, expr);
                whole.labels = whole.labels.with(part.labels);
                whole.fails |= part.fails;
                typed.push(TextPart::Expr(part));
            }
        }
    }
    whole.ty = precise::text(&typed);
    whole.kind = ExprKind::Text(typed);
    whole
}

fn interpolated(cx: &mut Context<'_>, body: &mut Body, expr: &ast::Expr) -> Expr {
    if let Ast::Int(number) = &expr.kind {
        cx.report(types::number_in_text(expr.span, &number.text));
    }
    let part = infer(cx, body, expr, None);
    let problem = match &part.ty {
        Type::Optional(_) | Type::None => Some("it may be absent"),
        Type::Record(_) | Type::List(_) | Type::Dict(_) | Type::Union(_) | Type::Function(_) => {
            Some("it has no one form as text")
        }
        Type::Scalar(Scalar::Json | Scalar::Bytes) => Some("it has no one form as text"),
        _ => None,
    };
    if let Some(problem) = problem {
        cx.report(types::not_in_text(part.span, &part.ty.to_string(), problem, part.ty.is_optional()));
    }
    part
}

fn name(cx: &mut Context<'_>, body: &mut Body, name: &ast::Name, want: Option<&Type>) -> Expr {
    let local = body.find(&name.text).filter(|_| !setting::is_variant(name, want));
    if let Some(local) = local {
        body.locals[local.0].used = true;
        let known = body.local(local);
        let (labels, span) = (known.labels, name.span);
        let ty = body.refined(std::slice::from_ref(&name.text)).unwrap_or(&known.ty).clone();
        return Expr { kind: ExprKind::Local(local), ty, labels, fails: false, span };
    }
    if let Some(variant) = setting::bare_variant(cx, name, want) {
        return variant;
    }
    if matches!(name.text.as_str(), "env" | "secret") {
        cx.report(names::wrong_kind(name, "source of configuration", "value, such as `env.NAME`,", None));
        return broken(name.span);
    }
    if let Some((_, declared)) = cx.names.capital(body.unit, &name.text) {
        cx.report(names::wrong_kind(name, declared.kind(), "value", Some(declared.name().span)));
        return broken(name.span);
    }
    if let Some((_, callable)) = cx.names.callables(body.unit, &name.text).next() {
        cx.report(names::wrong_kind(name, "function", "value", Some(callable.name().span)));
        return broken(name.span);
    }
    if let Some(apart) = body.apart.iter().map(|id| body.local(*id)).find(|local| local.name == name.text) {
        let bound = apart.span;
        cx.report(steps::needs_sibling(name, bound));
        return broken(name.span);
    }
    if name.text == "caller" && body.no_caller {
        cx.report(label_findings::no_caller(name.span));
        return broken(name.span);
    }
    let near = nearest(&name.text, body.visible_names()).map(SmolStr::from);
    let capital = name.text.starts_with(|first: char| first.is_ascii_uppercase());
    let near = near.or_else(|| cx.names.nearest_capital(body.unit, &name.text).filter(|_| capital));
    if let Some(meant) = near.as_ref().and_then(|near| body.find(near)) {
        body.locals[meant.0].used = true;
    }
    let elsewhere = body.locals.iter_mut().find(|local| local.name == name.text).map(|local| {
        local.used = true;
        local.span
    });
    if !body.unread {
        let unknown = match elsewhere {
            Some(bound) => names::out_of_sight(name, bound),
            None => names::unknown_name(name, near.as_deref()),
        };
        cx.report_unknown(body.unit, std::slice::from_ref(name), unknown);
    }
    broken(name.span)
}

/// `for x in xs where c yield e`, without a call: a pure expression.
fn repeat(cx: &mut Context<'_>, body: &mut Body, repeat: &ast::For, want: Option<&Type>, span: Span) -> Expr {
    if let Some(bound) = &repeat.at_most {
        cx.report(steps::bound_without_call(bound.span));
    }
    let list = infer(cx, body, &repeat.list, None);
    let item = item_type(cx, &list, "`for`");
    let mark = body.mark();
    let binding = bind(cx, body, &repeat.binding, item, list.labels);
    let condition = repeat.condition.as_ref().map(|condition| self::condition(cx, body, condition));
    let item_want = match want.map(Type::present) {
        Some(Type::List(list)) => Some(list.item.clone()),
        _ => None,
    };
    let result = infer(cx, body, &repeat.body, item_want.as_ref());
    body.leave(mark);
    let fails = list.fails || result.fails || condition.as_ref().is_some_and(|condition| condition.fails);
    // The item has the labels of the list; what is made of it shows whether it still has them.
    let labels = list.labels.without(list.labels.declared()).with(result.labels);
    let length = if condition.is_some() { precise::Length::AtMost } else { precise::Length::Same };
    let ty = precise::sized_like(&list.ty, result.ty.clone(), length);
    let condition = condition.map(Box::new);
    let kind = ExprKind::For { binding, list: Box::new(list), condition, body: Box::new(result) };
    Expr { kind, ty, labels, fails, span }
}

/// What a list is made of; anything else is a finding.
pub fn item_type(cx: &mut Context<'_>, list: &Expr, what: &str) -> Type {
    match &list.ty {
        Type::List(list) => list.item.clone(),
        Type::Unknown | Type::Never => Type::Unknown,
        other => {
            cx.report(types::not_a_list(list.span, what, &other.to_string(), other.is_optional()));
            Type::Unknown
        }
    }
}

/// A condition: a `bool`. What it says of optional values holds from here on, until the mark is left.
pub fn condition(cx: &mut Context<'_>, body: &mut Body, expr: &ast::Expr) -> Expr {
    let typed = checked(cx, body, expr, &Type::BOOL, "a condition");
    branch::refine(cx, body, expr, branch::Outcome::True);
    typed
}

fn list(
    cx: &mut Context<'_>,
    body: &mut Body,
    items: &[ast::ListItem],
    want: Option<&Type>,
    span: Span,
) -> Expr {
    // What is not known yet is found from the items.
    let item_want = want.and_then(wanted_item).filter(|want| !want.is_unknown());
    let mut item_type = item_want.clone().unwrap_or(Type::Never);
    let mut whole = plain(ExprKind::Broken, Type::Unknown, span);
    let mut typed = Vec::new();
    for item in items {
        let (value, spread) = match item {
            ast::ListItem::Value(expr) => (infer(cx, body, expr, item_want.as_ref()), false),
            ast::ListItem::Spread(expr, _) => (infer(cx, body, expr, want), true),
        };
        whole.labels = whole.labels.with(value.labels);
        whole.fails |= value.fails;
        let own = if spread { self::item_type(cx, &value, "`..`") } else { value.ty.clone() };
        item_type = joined_item(cx, &value, own, item_type, item_want.as_ref());
        typed.push(if spread { ListItem::Spread(value) } else { ListItem::Value(value) });
    }
    let length =
        items.iter().all(|item| matches!(item, ast::ListItem::Value(_))).then_some(items.len() as u64);
    whole.ty = Type::List(Arc::new(super::ty::ListType { item: item_type, min: length, max: length }));
    whole.kind = ExprKind::List(typed);
    whole
}

/// The item type that a list literal should have, also inside of optional types and unions of settings.
fn wanted_item(want: &Type) -> Option<Type> {
    match want.present() {
        Type::List(list) => Some(list.item.clone()),
        Type::Variants(variants) => variants.others.iter().find_map(wanted_item),
        Type::Union(union) => union.content.get()?.members.iter().find_map(|member| wanted_item(&member.ty)),
        _ => None,
    }
}

fn joined_item(cx: &mut Context<'_>, value: &Expr, own: Type, so_far: Type, want: Option<&Type>) -> Type {
    if let Some(want) = want {
        if let Err(found) = fits(cx, &own, want) {
            let diagnostic = mismatch::describe(cx, value, "an item of the list", &found, None);
            cx.report(diagnostic);
        }
        return so_far;
    }
    match fit::join(cx, &so_far, &own) {
        Some(joined) => joined,
        None => {
            cx.report(types::items_differ(value.span, &own.to_string(), &so_far.to_string()));
            Type::Unknown
        }
    }
}

/// `x as T`: JSON, an open enumeration, a string or a union is looked into; that can fail.
fn narrow(cx: &mut Context<'_>, body: &mut Body, value: &ast::Expr, ty: &ast::TypeExpr, span: Span) -> Expr {
    let (want, labels) = declare::written(cx, Place::of(body.unit), ty);
    let value = infer(cx, body, value, None);
    let can = match (value.ty.present(), want.present()) {
        (Type::Unknown, _) | (_, Type::Unknown) => true,
        (Type::Scalar(Scalar::Json), _) => true,
        (Type::String(_) | Type::Enum(_), to) => super::schema::is_text(&to) || setting::is_config(&value),
        (Type::Union(_), _) => true,
        (
            Type::Int(_) | Type::Decimal(_) | Type::Float(_),
            Type::Int(_) | Type::Decimal(_) | Type::Float(_),
        ) => true,
        (Type::List(_), Type::List(_)) => true,
        (have, want) => fits(cx, &have, &want).is_ok(),
    };
    if !can {
        let advice = mismatch::conversion(&value.ty.present(), &want);
        cx.report(types::cannot_narrow(
            span,
            &value.ty.to_string(),
            &want.to_string(),
            ty.span,
            advice.as_deref(),
        ));
        return broken(span);
    }
    if value.ty.is_optional() && !want.is_optional() {
        cx.report(types::narrow_optional(span, &value.ty.to_string(), &want.to_string()));
        return broken(span);
    }
    let sure = fits(cx, &value.ty, &want).is_ok() && !value.ty.is_unknown();
    if sure && !want.is_unknown() && value.ty == want {
        cx.report(types::needless_narrow(span, &want.to_string()));
    }
    let labels = labels.with(value.labels);
    // Configuration is looked into once, at start.
    let fails = !sure && !setting::is_config(&value);
    Expr { kind: ExprKind::Narrow(Box::new(value)), ty: want, labels, fails, span }
}

/// Whether steps may stand around this expression.
pub fn in_steps(body: &Body) -> bool {
    match body.kind {
        Kind::Steps => true,
        Kind::Pure | Kind::Test => false,
    }
}
