//! Who may do what: scopes that a backend asks for, identifiers that any caller could guess, answers that must
//! not be kept for somebody else.

use smol_str::SmolStr;

use super::acting;
use super::context::Context;
use super::label::{Labels, deep};
use super::ty::Type;
use super::typed::{
    ArmBody, Backend, Call, Expr, ExprKind, Fail, ListItem, LocalId, Operation, OperationParam, ParamPlace,
    Program, Service, Step, StepKind, Target, TextPart, Value,
};
use super::walk;
use crate::diagnostic::labels as findings;
use crate::source::Span;

pub fn check(cx: &mut Context<'_>, program: &Program) {
    acting::check(cx, program);
    for service in &program.services {
        for flow in walk::flows(service) {
            walk::calls(flow.steps, &mut |call| {
                scopes(cx, program, call);
                shared_answer(cx, program, call);
            });
        }
        for operation in &service.operations {
            identifiers(cx, service, operation);
            shared_cache(cx, operation);
        }
    }
}

/// The value without what only widens it.
pub fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Widen(inner) => bare(inner),
        _ => expr,
    }
}

/// The variants of a setting: one, or a list of them.
pub fn variants(expr: &Expr) -> Vec<(&SmolStr, Option<&Expr>)> {
    match &bare(expr).kind {
        ExprKind::Variant { name, payload } => vec![(name, payload.as_deref())],
        ExprKind::List(items) => items
            .iter()
            .flat_map(|item| match item {
                ListItem::Value(value) | ListItem::Spread(value) => variants(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A field of a record that is written out.
pub fn field<'e>(record: &'e Expr, name: &str) -> Option<&'e Expr> {
    match &bare(record).kind {
        ExprKind::Record { fields, .. } => {
            fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
        }
        _ => None,
    }
}

/// What stands in a list that is written out.
pub fn items(list: &Expr) -> Vec<&Expr> {
    match &bare(list).kind {
        ExprKind::List(items) => items
            .iter()
            .map(|item| match item {
                ListItem::Value(value) | ListItem::Spread(value) => bare(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A text that is written out.
pub fn written(expr: &Expr) -> Option<String> {
    let ExprKind::Text(parts) = &bare(expr).kind else { return None };
    let chars = |part: &TextPart| match part {
        TextPart::Chars(chars) => Some(chars.to_string()),
        TextPart::Expr(_) => None,
    };
    parts.iter().map(chars).collect()
}

// ---- scopes -------------------------------------------------------------------------------------

/// The contract states which scopes a call needs; the token has to be asked for them.
fn scopes(cx: &mut Context<'_>, program: &Program, call: &Call) {
    let Target::Backend(id) = call.target else { return };
    let Some((asked, place)) = asked_scopes(&program.backends[id.0]) else { return };
    let mut missing: Option<(Vec<SmolStr>, Span)> = None;
    for alternative in &call.shape.security {
        let lacking: Vec<SmolStr> = alternative
            .iter()
            .flat_map(|need| &need.scopes)
            .filter(|scope| !asked.contains(scope))
            .cloned()
            .collect();
        match (lacking.is_empty(), alternative.first()) {
            (true, _) | (_, None) => return,
            (false, Some(need)) if missing.as_ref().is_none_or(|(known, _)| lacking.len() < known.len()) => {
                missing = Some((lacking, need.span));
            }
            (false, Some(_)) => {}
        }
    }
    if let Some((missing, declared)) = missing {
        let missing: Vec<&str> = missing.iter().map(SmolStr::as_str).collect();
        cx.report(findings::missing_scopes(call.span, &call.shape.name, &missing, place, declared));
    }
}

/// The scopes that the backend's `oauth2` asks for, where they are written out.
fn asked_scopes(backend: &Backend) -> Option<(Vec<SmolStr>, Span)> {
    let auth = &backend.settings.values.get("auth")?.value;
    let (_, payload) = variants(auth).into_iter().find(|(name, _)| *name == "oauth2")?;
    let payload = payload?;
    let Some(scopes) = field(payload, "scopes") else { return Some((Vec::new(), bare(auth).span)) };
    let ExprKind::List(items) = &bare(scopes).kind else { return None };
    let mut asked = Vec::new();
    for item in items {
        let ListItem::Value(value) = item else { return None };
        match &bare(value).ty {
            Type::Enum(of) if of.is_literal() => asked.extend(of.values.iter().cloned()),
            _ => return None,
        }
    }
    Some((asked, scopes.span))
}

// ---- identifiers --------------------------------------------------------------------------------

/// Behind `auth` for people, a parameter that names one thing wants an `allow`, or everybody reads everything.
fn identifiers(cx: &mut Context<'_>, service: &Service, operation: &Operation) {
    let auth = operation.settings.values.get("auth").or_else(|| service.settings.values.get("auth"));
    let ways = auth.map(|auth| variants(&auth.value)).unwrap_or_default();
    let shown = ways.iter().find_map(|(way, _)| match way.as_str() {
        "jwt" => Some("a token"),
        "api_key" => Some("a key"),
        _ => None,
    });
    let is_public = ways.iter().any(|(way, _)| *way == "public");
    // Where everybody may call, that has been said aloud.
    let Some(shown) = shown.filter(|_| !is_public) else { return };
    let mut allowed: Vec<LocalId> = Vec::new();
    let allow = operation.settings.values.get("allow").or_else(|| service.settings.values.get("allow"));
    if let Some(allow) = allow {
        walk::locals(&allow.value, &mut |local| allowed.push(local));
    }
    for (param, local) in operation.shape.params.iter().zip(&operation.params) {
        if is_identifier(param) && !allowed.contains(local) {
            cx.report(findings::identifier_without_allow(
                param.span,
                &param.name,
                shown,
                allow.is_some(),
                operation.name_span,
            ));
        }
    }
}

fn is_identifier(param: &OperationParam) -> bool {
    let name = param.name.as_str();
    let named = name == "id" || name.ends_with("Id") || name.ends_with("_id") || name.ends_with("Ids");
    match param.place {
        ParamPlace::Path => true,
        ParamPlace::Query => named,
        ParamPlace::Header | ParamPlace::Cookie | ParamPlace::Body => false,
    }
}

// ---- caches -------------------------------------------------------------------------------------

/// An answer that is kept for everybody must be the same for everybody.
fn shared_cache(cx: &mut Context<'_>, operation: &Operation) {
    let Some(cache) = operation.settings.values.get("cache") else { return };
    let Some(by) = shared_by(&cache.value) else { return };
    if let Some(answer) = depends_on_caller(&operation.steps) {
        cx.report(findings::caller_in_shared_cache(cache.span, answer));
        return;
    }
    // Said for everybody in so many words; without a word, labelled answers are kept for each caller.
    let labels = deep(cx, &operation.shape.success);
    if by == Shared::Said && !labels.is_empty() {
        cx.report(findings::labelled_in_shared_cache(cache.span, labels, operation.shape.span));
    }
}

/// That a cache is for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// In so many words.
    Said,
    /// As nobody says anything else.
    Unsaid,
}

/// None where there is no cache, or one for each caller.
pub fn shared_by(cache: &Expr) -> Option<Shared> {
    if matches!(bare(cache).kind, ExprKind::None) {
        return None;
    }
    match field(cache, "by") {
        Some(by) if variants(by).first().is_some_and(|(name, _)| *name == "caller") => None,
        Some(_) => Some(Shared::Said),
        None => Some(Shared::Unsaid),
    }
}

/// What a backend or another service answers with labels is not kept for everybody either.
fn shared_answer(cx: &mut Context<'_>, program: &Program, call: &Call) {
    let of_backend = || match call.target {
        Target::Backend(id) => program.backends[id.0].settings.values.get("cache"),
        Target::Service(_) => None,
    };
    let Some(cache) = call.settings.values.get("cache").or_else(of_backend) else { return };
    if shared_by(&cache.value) != Some(Shared::Said) {
        return;
    }
    let labels = deep(cx, &call.shape.success);
    if !labels.is_empty() {
        cx.report(findings::labelled_in_shared_cache(cache.span, labels, call.shape.span));
    }
}

/// A place where the caller decides what is answered: a value that is returned, or a condition on the way.
fn depends_on_caller(steps: &[Step]) -> Option<Span> {
    let of = |labels: Labels, span: Span| labels.contains(Labels::CALLER).then_some(span);
    steps.iter().find_map(|step| match &step.kind {
        StepKind::Return { value: Some(value), .. } => {
            let (labels, span) = match value {
                Value::Plain(expr) => (expr.labels, expr.span),
                Value::Call(call) => (call.labels, call.span),
                Value::Fan(fan) => (fan.call.labels.with(fan.list.labels), fan.span),
            };
            of(labels, span).or_else(|| value_failures(value))
        }
        StepKind::Require { condition, otherwise } => {
            of(condition.labels, condition.span).or_else(|| failure(otherwise))
        }
        StepKind::When { condition, then, otherwise, .. } => of(condition.labels, condition.span)
            .or_else(|| depends_on_caller(then))
            .or_else(|| depends_on_caller(otherwise)),
        StepKind::Let { value, .. } | StepKind::Do(value) => value_failures(value),
        StepKind::Together(steps) => depends_on_caller(steps),
        StepKind::Fail(fail) => failure(fail),
        StepKind::Emit { .. } | StepKind::Log { .. } | StepKind::Return { value: None, .. } => None,
    })
}

/// A failure is not kept, but all get it who wait for the same answer.
fn failure(fail: &Fail) -> Option<Span> {
    let members = fail.members.as_ref()?;
    members.labels.contains(Labels::CALLER).then_some(members.span)
}

fn value_failures(value: &Value) -> Option<Span> {
    let arms = walk::call_of(value)?.otherwise.iter().flat_map(|otherwise| &otherwise.arms);
    arms.into_iter().find_map(|arm| match &arm.body {
        ArmBody::Fail(fail) => failure(fail),
        ArmBody::Value(_) => None,
    })
}
