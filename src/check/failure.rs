//! `else`: which failures of a call are handled, and what stands in for them.

use super::body::{Body, bind};
use super::context::Context;
use super::expression::{broken, in_steps, infer};
use super::fit;
use super::label::Labels;
use super::record;
use super::ty::Type;
use super::typed::{
    ArmBody, Call, Fail, Failure, FailureArm, FailureBody, FailurePattern, OperationType, Otherwise, Problem,
    Target,
};
use crate::contract::model::Status;
use crate::diagnostic::{Diagnostic, labels as label_findings, names, nearest, steps, types};
use crate::resolve::Declared;
use crate::source::Span;
use crate::syntax::ast::{self, FailureKind};

/// Failures that are no answers.
pub const WORDS: [(&str, FailurePattern); 4] = [
    ("timeout", FailurePattern::Timeout),
    ("unreachable", FailurePattern::Unreachable),
    ("rejected", FailurePattern::Rejected),
    ("malformed", FailurePattern::Malformed),
];

/// An arm that takes every failure and names nothing.
pub fn takes_all(arm: &ast::FailureArm) -> bool {
    arm.binding.is_none() && arm.patterns.iter().any(|pattern| matches!(pattern.kind, FailureKind::Wildcard))
}

/// Adds an `else` to a call: its type becomes what the call or one of the arms gives.
pub fn handle(cx: &mut Context<'_>, body: &mut Body, call: &mut Call, otherwise: &ast::Otherwise) {
    let mut arms = Vec::new();
    let span = match otherwise {
        ast::Otherwise::Any { body: arm, span } => {
            let typed = arm_body(cx, body, arm, Some(&call.ty));
            arms.push(FailureArm {
                patterns: vec![FailurePattern::Any],
                binding: None,
                body: typed,
                span: *span,
            });
            *span
        }
        ast::Otherwise::Arms { arms: written, span } => {
            for arm in written {
                let typed = failure_arm(cx, body, call, arm, &arms);
                arms.push(typed);
            }
            *span
        }
    };
    for arm in &arms {
        let ArmBody::Value(value) = &arm.body else { continue };
        call.labels = call.labels.with(value.labels);
        call.ty = match fit::join(cx, &call.ty, &value.ty) {
            Some(joined) => joined,
            None => {
                cx.report(types::branches_differ(value.span, &value.ty.to_string(), &call.ty.to_string()));
                Type::Unknown
            }
        };
    }
    call.otherwise = Some(Otherwise { arms, span });
}

fn failure_arm(
    cx: &mut Context<'_>,
    body: &mut Body,
    call: &Call,
    arm: &ast::FailureArm,
    before: &[FailureArm],
) -> FailureArm {
    let mut patterns = Vec::new();
    for pattern in &arm.patterns {
        let Some(typed) = self::pattern(cx, body, call, pattern) else { continue };
        let taken =
            before.iter().flat_map(|arm| &arm.patterns).chain(&patterns).any(|known| covers(known, &typed));
        if taken {
            cx.report(types::arm_never_taken(pattern.span, "an arm above takes this failure"));
        }
        patterns.push(typed);
    }
    let mark = body.mark();
    let binding = arm.binding.as_ref().map(|name| {
        let ty = failure_body(cx, call, &patterns);
        bind(cx, body, name, ty, Labels::NONE)
    });
    let typed = arm_body(cx, body, &arm.body, Some(&call.ty));
    body.leave(mark);
    FailureArm { patterns, binding, body: typed, span: arm.span }
}

/// Whether everything that `inner` takes is taken by `outer`.
pub fn covers(outer: &FailurePattern, inner: &FailurePattern) -> bool {
    match (outer, inner) {
        (FailurePattern::Any, _) => true,
        (FailurePattern::Class(class), FailurePattern::Status(status)) => u16::from(*class) == status / 100,
        _ => outer == inner,
    }
}

/// The content of the failure that an arm takes.
fn failure_body(cx: &mut Context<'_>, call: &Call, patterns: &[FailurePattern]) -> Type {
    let mut found: Option<Type> = None;
    for pattern in patterns {
        let body = match pattern {
            FailurePattern::Problem(name) => call.shape.failures.iter().find_map(|failure| match failure {
                Failure::Problem { problem, .. } if problem.name == *name => {
                    Some(super::service::problem_type(problem))
                }
                _ => None,
            }),
            FailurePattern::Status(status) => {
                declared_body(&call.shape, *status).map(|body| super::operation::failure_type(cx, body))
            }
            _ => None,
        };
        found = match (found, body) {
            (None, body) => Some(body.unwrap_or(Type::JSON)),
            (Some(known), Some(body)) => Some(fit::join(cx, &known, &body).unwrap_or(Type::JSON)),
            (Some(_), None) => Some(Type::JSON),
        };
    }
    found.unwrap_or(Type::JSON)
}

/// The body that is declared for a status, or that none is.
fn declared_body(shape: &OperationType, wanted: u16) -> Option<Option<&FailureBody>> {
    let find = |status: Status| {
        shape.failures.iter().find_map(|failure| match failure {
            Failure::Status { status: declared, body, .. } if *declared == status => Some(body.as_ref()),
            Failure::Status { .. } | Failure::Problem { .. } => None,
        })
    };
    let class = u8::try_from(wanted / 100).unwrap_or(0);
    find(Status::Exact(wanted)).or_else(|| find(Status::Class(class))).or_else(|| find(Status::Default))
}

fn pattern(
    cx: &mut Context<'_>,
    body: &Body,
    call: &Call,
    pattern: &ast::FailurePattern,
) -> Option<FailurePattern> {
    match &pattern.kind {
        FailureKind::Broken => None,
        FailureKind::Wildcard => Some(FailurePattern::Any),
        FailureKind::StatusClass(class) => Some(FailurePattern::Class(*class)),
        FailureKind::Status(number) => {
            let status = super::operation::status_of(cx, number, 100..600)?;
            undeclared_status(cx, call, status, number.span);
            Some(FailurePattern::Status(status))
        }
        FailureKind::Named(path) => named(cx, body, call, path),
    }
}

fn undeclared_status(cx: &mut Context<'_>, call: &Call, status: u16, span: Span) {
    if (200..300).contains(&status) {
        cx.report(steps::success_in_else(span, status));
        return;
    }
    let declared = match call.target {
        Target::Backend(_) => declared_body(&call.shape, status).is_some(),
        // What every service can answer by itself.
        Target::Service(_) => true,
    };
    if !declared && !matches!(status, 401 | 403 | 429 | 500..600) {
        cx.report(steps::undeclared_status(span, status, &call.shape.name, call.shape.span));
    }
}

fn named(cx: &mut Context<'_>, body: &Body, call: &Call, path: &ast::Path) -> Option<FailurePattern> {
    let last = path.names.last()?;
    if let ([word], Some((_, failure))) =
        (path.names.as_slice(), WORDS.iter().find(|(word, _)| *word == path.names[0].text))
    {
        let _ = word;
        return Some(failure.clone());
    }
    let declared = call.shape.failures.iter().any(|failure| match failure {
        Failure::Problem { problem, .. } => problem.name == last.text,
        Failure::Status { .. } => false,
    });
    if declared {
        return Some(FailurePattern::Problem(last.text.clone()));
    }
    match cx.names.path(body.unit, &path.names) {
        Some(((_, Declared::Problem(_)), _)) => {
            cx.report(steps::problem_not_answered(path.span, &last.text, &call.shape.name, call.shape.span));
        }
        Some(((_, other), _)) => {
            cx.report(names::wrong_kind(last, other.kind(), "problem", Some(other.name().span)));
        }
        None => {
            let known = call.shape.failures.iter().filter_map(|failure| match failure {
                Failure::Problem { problem, .. } => Some(problem.name.as_str()),
                Failure::Status { .. } => None,
            });
            let near = nearest(&last.text, WORDS.iter().map(|(word, _)| *word).chain(known));
            cx.report_unknown(body.unit, &path.names, steps::unknown_failure(last, near));
        }
    }
    None
}

/// What an arm gives: a value, or the end.
pub fn arm_body(cx: &mut Context<'_>, body: &mut Body, arm: &ast::ArmBody, want: Option<&Type>) -> ArmBody {
    match arm {
        ast::ArmBody::Value(value) => ArmBody::Value(infer(cx, body, value, want)),
        ast::ArmBody::Fail(fail) if in_steps(body) => ArmBody::Fail(self::fail(cx, body, fail)),
        ast::ArmBody::Fail(fail) => {
            cx.report(steps::fail_outside_steps(fail.span));
            ArmBody::Value(broken(fail.span))
        }
    }
}

/// Outcomes stand in the operation's line, or in the contract that its service implements.
fn undeclared(cx: &Context<'_>, span: Span, problem: &Problem, shape: &OperationType) -> Diagnostic {
    let (name, operation) = (&problem.name, &shape.name);
    match cx.contracts.all.iter().any(|contract| contract.owns(shape.span.source)) {
        true => steps::not_of_contract(span, name, problem.status, operation, shape.span),
        false => steps::undeclared_problem(span, name, operation, shape.span),
    }
}

/// `fail Problem { members }`: the operation must declare the problem.
pub fn fail(cx: &mut Context<'_>, body: &mut Body, fail: &ast::Fail) -> Fail {
    let (span, unit) = (fail.span, body.unit);
    let Some(last) = fail.problem.names.last() else { return Fail { problem: None, members: None, span } };
    let problem = match cx.names.path(unit, &fail.problem.names) {
        Some(((unit, Declared::Problem(decl)), used)) if used == fail.problem.names.len() => {
            super::operation::problem(cx, unit, decl)
        }
        Some(((_, other), _)) => {
            cx.report(names::wrong_kind(last, other.kind(), "problem", Some(other.name().span)));
            return Fail { problem: None, members: None, span };
        }
        None => {
            let near = cx.names.nearest_capital(unit, &last.text);
            cx.report_unknown(unit, &fail.problem.names, steps::unknown_problem(last, near.as_deref()));
            return Fail { problem: None, members: None, span };
        }
    };
    if let Some(shape) = body.answers.clone() {
        let declared = shape.failures.iter().any(|failure| match failure {
            Failure::Problem { problem: known, .. } => known.span == problem.span,
            Failure::Status { status, .. } => {
                *status == Status::Exact(problem.status) || *status == Status::Default
            }
        });
        if !declared {
            cx.report(undeclared(cx, fail.problem.span, &problem, &shape));
        }
    }
    let want = super::service::problem_type(&problem);
    body.in_problem = true;
    let members = match fail.members.as_ref().map(|members| (&members.kind, members.span)) {
        Some((ast::ExprKind::Record(entries), place)) => {
            Some(record::literal(cx, body, entries, Some(&want), place))
        }
        _ => {
            if problem.members.values().any(super::ty::Field::is_required) {
                let _ = record::literal(cx, body, &[], Some(&want), span);
            }
            None
        }
    };
    body.in_problem = false;
    if let Some(members) = &members {
        let leaked = super::label::deep(cx, &members.ty);
        if !leaked.is_empty() {
            cx.report(label_findings::into_problem(members.span, leaked));
        }
    }
    Fail { problem: Some(problem), members, span }
}
