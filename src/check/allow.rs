//! Who is let in by ways that contradict each other: an `allow` that asks for what no caller can show, a service that
//! nobody is called, a key beside `public`.

use super::context::Context;
use super::label::Labels;
use super::security::{bare, items, variants, written};
use super::service::known_as;
use super::typed::{Expr, ExprKind, LocalId, Operation, Program, Service, Setting, Step, StepKind};
use super::walk;
use crate::diagnostic::{labels as label_findings, nearest, settings as findings};
use crate::syntax::ast::BinaryOperator;

pub fn check(cx: &mut Context<'_>, program: &Program) {
    let names: Vec<String> = (0..program.services.len()).map(|at| known_as(&program.services, at)).collect();
    for service in &program.services {
        service.settings.values.get("auth").into_iter().for_each(|auth| beside_public(cx, auth));
        for operation in &service.operations {
            let own = operation.settings.values.get("auth");
            own.into_iter().for_each(|auth| beside_public(cx, auth));
            if let Some(auth) = own.or_else(|| service.settings.values.get("auth")) {
                never_shown(cx, operation, auth);
            }
            services(cx, operation, program, &names);
        }
    }
}

/// Where everybody may call, nobody has to show anything.
fn beside_public(cx: &mut Context<'_>, auth: &Setting) {
    let (public, others): (Vec<&Expr>, Vec<&Expr>) = items(&auth.value)
        .into_iter()
        .partition(|way| matches!(&way.kind, ExprKind::Variant { name, .. } if name == "public"));
    if let (Some(public), Some(other)) = (public.first(), others.first())
        && let ExprKind::Variant { name, .. } = &other.kind
    {
        cx.report(findings::beside_public(other.span, name, public.span));
    }
}

// ---- what callers show --------------------------------------------------------------------------

/// A condition on something of the caller that none of the ways to call brings along: of `allow`, or of a `require`.
fn never_shown(cx: &mut Context<'_>, operation: &Operation, auth: &Setting) {
    let mut conditions: Vec<&Expr> =
        operation.settings.values.get("allow").iter().map(|allow| &allow.value).collect();
    required(&operation.steps, &mut conditions);
    let ways = variants(&auth.value);
    for (wanted, from) in
        [("scopes", &["jwt", "service"][..]), ("claims", &["jwt", "service"]), ("service", &["service"])]
    {
        let brings = |(way, _): &(&smol_str::SmolStr, Option<&Expr>)| from.contains(&way.as_str());
        if ways.is_empty() || ways.iter().any(brings) {
            continue;
        }
        let mut place = None;
        for condition in &conditions {
            walk::expressions(condition, &mut |expr| {
                if place.is_none() && is_of_caller(operation, expr, wanted) {
                    place = Some(expr.span);
                }
            });
        }
        if let Some(place) = place {
            cx.report(findings::never_shown(place, wanted, from, auth.span));
        }
    }
}

/// What has to hold for the steps to go on.
fn required<'p>(steps: &'p [Step], found: &mut Vec<&'p Expr>) {
    for step in steps {
        match &step.kind {
            StepKind::Require { condition, .. } => found.push(condition),
            StepKind::When { then, otherwise, .. } => {
                required(then, found);
                required(otherwise, found);
            }
            StepKind::Together(steps) => required(steps, found),
            StepKind::Let { .. }
            | StepKind::Do(_)
            | StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { .. }
            | StepKind::Fail(_) => {}
        }
    }
}

/// `caller.scopes`
pub fn is_of_caller(operation: &Operation, expr: &Expr, field: &str) -> bool {
    match &expr.kind {
        ExprKind::Field { of, name, .. } if name == field => {
            matches!(bare(of).kind, ExprKind::Local(local) if is_caller(operation, local))
        }
        _ => false,
    }
}

/// Whether a name is that of who calls, as the language gives it.
fn is_caller(operation: &Operation, local: LocalId) -> bool {
    let local = operation.locals.get(local.0);
    local.is_some_and(|local| local.name == "caller" && local.labels.contains(Labels::CALLER))
}

// ---- services -----------------------------------------------------------------------------------

/// Names that `caller.service` is compared with.
fn services(cx: &mut Context<'_>, operation: &Operation, program: &Program, names: &[String]) {
    for name in compared_names(operation) {
        let Some(text) = written(name).filter(|text| !text.is_empty() && !names.contains(text)) else {
            continue;
        };
        let at = program.services.iter().position(|service| is_version(service, &text));
        let near = at.and_then(|at| names.get(at)).map(String::as_str);
        let near = near.or_else(|| nearest(&text, names.iter().map(String::as_str)));
        if can_be_a_service(&text) {
            cx.report(findings::unknown_service(name.span, &text, near));
        } else {
            cx.report(label_findings::no_service(name.span, &text, near));
        }
    }
}

fn compared_names(operation: &Operation) -> Vec<&Expr> {
    let mut found = Vec::new();
    walk::step_expressions(&operation.steps, &mut |expr| found.extend(compared(operation, expr)));
    for setting in operation.settings.values.values() {
        walk::expressions(&setting.value, &mut |expr| found.extend(compared(operation, expr)));
    }
    found
}

/// The values that stand beside `caller.service`: `caller.service == "Orders"`, `["Orders"].has(caller.service ?? "")`.
fn compared<'p>(operation: &Operation, expr: &'p Expr) -> Vec<&'p Expr> {
    let asks = |expr: &Expr| {
        let mut asks = false;
        walk::expressions(expr, &mut |inner| asks |= is_of_caller(operation, inner, "service"));
        asks
    };
    match &expr.kind {
        ExprKind::Compare { operator: BinaryOperator::Equal | BinaryOperator::NotEqual, left, right } => {
            match (asks(left), asks(right)) {
                (true, false) => vec![right],
                (false, true) => vec![left],
                (true, true) | (false, false) => Vec::new(),
            }
        }
        ExprKind::Call { function, args, .. } if function.std && function.name == "has" => {
            match args.as_slice() {
                [Some(list), Some(value)] if asks(value) => items(list),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// `Orders.v2`, as flows call it.
fn is_version(service: &Service, text: &str) -> bool {
    text.split_once('.').is_some_and(|(name, version)| {
        service.name == name && service.version.as_ref().is_some_and(|own| own == version)
    })
}

/// Whether a service of any project can have this name.
fn can_be_a_service(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
