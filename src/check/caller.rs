//! Who calls in a test: `given caller -> { subject: "ada" }`. It is one that `auth` could let in, or nobody ever calls so.

use super::body::Body;
use super::context::Context;
use super::security::{bare, field, variants, written};
use super::service::known_as;
use super::ty::Type;
use super::typed::{Expr, ExprKind, GivenCaller, Program, TestStepKind};
use super::{setting, testing};
use crate::diagnostic::{nearest, settings as setting_findings, testing as findings};
use crate::syntax::ast;

/// What comes with which ways to call.
const FROM: [(&str, &[&str]); 4] = [
    ("subject", &["jwt", "api_key", "mtls"]),
    ("scopes", &["jwt"]),
    ("claims", &["jwt"]),
    ("service", &["service"]),
];

/// Whether a `given` says who calls.
pub fn is_meant(target: &ast::Path) -> bool {
    target.names.first().is_some_and(|name| name.text == "caller")
}

pub fn given(
    cx: &mut Context<'_>,
    body: &mut Body,
    target: &ast::Path,
    args: Option<&[ast::Arg]>,
    answer: &ast::Answer,
) -> Option<GivenCaller> {
    if target.names.len() > 1 {
        cx.report(findings::part_of_caller(target.span));
        return None;
    }
    for arg in args.unwrap_or_default() {
        cx.report(findings::arguments_of_caller(arg.span));
    }
    let ty = setting::std_type(cx, "Caller")?;
    let value = match answer {
        ast::Answer::Value(value) => testing::part(cx, body, value, &ty.clone().optional()),
        ast::Answer::Status(number, _) => {
            cx.report(findings::status_of_caller(number.span));
            return None;
        }
        ast::Answer::Failure(word) => {
            cx.report(findings::status_of_caller(word.span));
            return None;
        }
    };
    let value = Some(value).filter(|value| !matches!(bare(value).kind, ExprKind::None));
    Some(GivenCaller { ty, value })
}

/// Whether anybody can call so, as far as that is written out.
pub fn check(cx: &mut Context<'_>, program: &Program) {
    let ways = ways(program);
    let names: Vec<String> = (0..program.services.len()).map(|at| known_as(&program.services, at)).collect();
    for step in program.tests.iter().flat_map(|test| &test.steps) {
        if let TestStepKind::GivenCaller(GivenCaller { value: Some(value), .. }) = &step.kind {
            callable(cx, value, ways.as_deref(), &names);
        }
    }
}

/// The ways of all services; nothing where some are not written out.
fn ways(program: &Program) -> Option<Vec<&str>> {
    let mut all = Vec::new();
    for service in &program.services {
        let operations = service.operations.iter().map(|of| &of.settings);
        for auth in operations.chain([&service.settings]).filter_map(|of| of.values.get("auth")) {
            let named = variants(&auth.value);
            if named.is_empty() {
                return None;
            }
            all.extend(named.into_iter().map(|(name, _)| name.as_str()));
        }
    }
    Some(all)
}

fn callable(cx: &mut Context<'_>, caller: &Expr, ways: Option<&[&str]>, names: &[String]) {
    let said = |name: &str| field(caller, name).filter(|value| !is_empty(value));
    let is_whole = matches!(&bare(caller).kind, ExprKind::Record { spreads, .. } if spreads.is_empty());
    if is_whole && said("subject").is_none() && said("service").is_none() && !is_unknown(caller) {
        cx.report(findings::nameless_caller(caller.span));
        return;
    }
    // What is known of whom a service acts for may have come to the front door of another project.
    let own = ["subject", "scopes", "claims"];
    let acts_for_others = |name: &str| said("service").is_some() && own.contains(&name);
    let none_comes = |from: &[&str]| ways.is_some_and(|ways| !ways.iter().any(|way| from.contains(way)));
    for (name, from) in FROM {
        if let Some(value) = said(name).filter(|_| !acts_for_others(name) && none_comes(from)) {
            cx.report(findings::no_such_caller(value.span, name, from));
            return;
        }
    }
    let service = said("service").and_then(|value| Some((value.span, written(value)?)));
    if let Some((span, name)) = service.filter(|(_, name)| !names.contains(name)) {
        let near = nearest(&name, names.iter().map(String::as_str));
        cx.report(setting_findings::unknown_service(span, &name, near));
    }
}

/// A list without anything in it, an empty text, or `none`: as if nothing were said.
fn is_empty(value: &Expr) -> bool {
    match &bare(value).kind {
        ExprKind::None => true,
        ExprKind::List(items) => items.is_empty(),
        _ => written(value).is_some_and(|text| text.is_empty()),
    }
}

fn is_unknown(caller: &Expr) -> bool {
    match &bare(caller).kind {
        ExprKind::Record { fields, .. } => fields.iter().any(|(_, value)| value.ty == Type::Unknown),
        _ => true,
    }
}
