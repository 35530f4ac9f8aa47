//! Steps of operations and handlers.

use super::super::ast::{Branch, Expr, ExprKind, Fail, Number, Setting, Step, StepKind, When};
use super::super::grammar::{Pair, Rule};
use super::{Builder, expressions, foreign, literals, name, needless, path, settings};
use crate::diagnostic::syntax;
use crate::source::Span;

/// The settings and steps between the braces of an operation or handler.
pub(super) fn block(b: &mut Builder, pair: Pair) -> (Vec<Setting>, Vec<Step>) {
    let mut found = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    for part in pair.into_inner() {
        if part.as_rule() != Rule::setting {
            steps.extend(step_or_fault(b, part));
            continue;
        }
        let setting = settings::setting(b, part);
        if let (Some(setting), Some(first)) = (&setting, steps.first()) {
            b.report(syntax::setting_after_steps(setting.name.span, &setting.name.text, first.span));
        }
        found.extend(setting);
    }
    (found, steps)
}

fn step_block(b: &mut Builder, pair: Pair) -> Vec<Step> {
    let span = b.span(&pair);
    let steps = |b: &mut Builder| pair.into_inner().filter_map(|part| step_or_fault(b, part)).collect();
    b.nested(span, steps).unwrap_or_default()
}

fn step_or_fault(b: &mut Builder, pair: Pair) -> Option<Step> {
    match pair.as_rule() {
        Rule::step => Some(step(b, pair)),
        Rule::broken_step => {
            let span = b.broken(&pair, Rule::step);
            let value = Expr { kind: ExprKind::Broken, span };
            let kind = b.broken_binding(&pair).map(|name| StepKind::Let { name, value });
            Some(Step { kind: kind.unwrap_or(StepKind::Broken), span })
        }
        _ => {
            needless(b, &pair);
            None
        }
    }
}

fn step(b: &mut Builder, pair: Pair) -> Step {
    let span = b.span(&pair);
    let kind = pair.into_inner().next().and_then(|inner| step_kind(b, inner));
    Step { kind: kind.unwrap_or(StepKind::Broken), span }
}

fn step_kind(b: &mut Builder, pair: Pair) -> Option<StepKind> {
    Some(match pair.as_rule() {
        Rule::let_step => {
            let (name, value) = let_parts(b, pair)?;
            StepKind::Let { name, value }
        }
        Rule::return_step => return_step(b, pair),
        Rule::require_step => require(b, pair)?,
        Rule::when_step => StepKind::When(when(b, pair)?),
        Rule::fail => StepKind::Fail(expressions::fail(b, pair)),
        Rule::emit => emit(b, pair)?,
        Rule::log => log(b, pair)?,
        Rule::together => StepKind::Together(step_block(b, pair.into_inner().last()?)),
        _ => StepKind::Do(expressions::handled(b, pair.into_inner().last()?)),
    })
}

/// The name and value of a `let`, which tests have too.
pub(super) fn let_parts(b: &mut Builder, pair: Pair) -> Option<(super::Name, Expr)> {
    let mut named = None;
    let mut value = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::wrong_let => foreign(b, &part, "let"),
            Rule::name => named = Some(name(b, &part)),
            Rule::wrong_annotation => {
                let span = b.span(&part);
                b.report(syntax::annotated_let(span));
            }
            Rule::handled => value = Some(expressions::handled(b, part)),
            _ => {}
        }
    }
    Some((named?, value?))
}

fn return_step(b: &mut Builder, pair: Pair) -> StepKind {
    let (status, value) = status_and_value(b, pair);
    StepKind::Return { status, value }
}

/// `201 value`, with either missing.
pub(super) fn status_and_value(b: &mut Builder, pair: Pair) -> (Option<Number>, Option<Expr>) {
    let mut status = None;
    let mut value = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::answer_status => status = Some(literals::plain_number(b, &part)),
            Rule::handled => value = Some(expressions::handled(b, part)),
            Rule::expr => value = Some(expressions::expr(b, part)),
            _ => {}
        }
    }
    (status, value)
}

fn require(b: &mut Builder, pair: Pair) -> Option<StepKind> {
    let mut condition = None;
    let mut otherwise: Option<Fail> = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => condition = Some(expressions::expr(b, part)),
            Rule::fail => otherwise = Some(expressions::fail(b, part)),
            _ => {}
        }
    }
    Some(StepKind::Require { condition: condition?, otherwise: otherwise? })
}

fn when(b: &mut Builder, pair: Pair) -> Option<When> {
    let mut condition = None;
    let mut then = None;
    let mut otherwise = None;
    let mut else_span: Option<Span> = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::wrong_if => foreign(b, &part, "when"),
            Rule::expr => condition = Some(expressions::expr(b, part)),
            Rule::else_word => else_span = Some(b.span(&part)),
            Rule::step_block if else_span.is_some() => {
                otherwise = Some(Branch::Steps(step_block(b, part)));
            }
            Rule::step_block => then = Some(step_block(b, part)),
            Rule::when_step => {
                let span = b.span(&part);
                let inner = b.nested(span, |b| when(b, part)).flatten();
                otherwise = inner.map(|inner| Branch::When(Box::new(inner)));
            }
            _ => {}
        }
    }
    Some(When { condition: condition?, then: then?, otherwise })
}

fn emit(b: &mut Builder, pair: Pair) -> Option<StepKind> {
    let mut parts = pair.into_inner().skip_while(|part| part.as_rule() != Rule::path);
    let event = path(b, parts.next()?);
    let record = expressions::record(b, parts.next()?);
    Some(StepKind::Emit { event, record })
}

fn log(b: &mut Builder, pair: Pair) -> Option<StepKind> {
    let mut parts = pair.into_inner().skip_while(|part| part.as_rule() != Rule::level);
    let level = name(b, &parts.next()?);
    let message = expressions::expr(b, parts.next()?);
    let fields = parts.next().map(|fields| expressions::record(b, fields));
    Some(StepKind::Log { level, message, fields })
}
