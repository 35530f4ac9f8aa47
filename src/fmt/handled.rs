//! What may stand behind a value: `with`, `else`, `undo`, `final`, in the order in which the author wrote them.

use crate::source::Span;
use crate::syntax::ast::{ArmBody, Fail, FailureArm, FailureKind, FailurePattern, Handled, Otherwise, Undo};

use super::comments::Context;
use super::expressions::{expression, name, path};
use super::layout::{Doc, concat, group, indent};
use super::lists::{KeyValue, Spread, braces, place, rows};

pub fn handled<'a>(context: &mut Context<'a>, handled: &'a Handled) -> Doc<'a> {
    let value = expression(context, &handled.value);
    let clauses = clauses(handled);
    if let [(_, only)] = clauses.as_slice()
        && only.ends_with_braces()
    {
        return concat([value, Doc::Text(" "), clause(context, only)]);
    }
    let mut rest = vec![];
    for (start, one) in &clauses {
        rest.extend([context.stray(*start), Doc::Line, clause(context, one)]);
    }
    group([value, indent(rest)])
}

enum Clause<'a> {
    With(&'a crate::syntax::ast::Expr),
    Else(&'a Otherwise),
    Undo(&'a Undo),
    Final,
}

impl Clause<'_> {
    /// Such a clause stays on the line of its value, however long it is.
    fn ends_with_braces(&self) -> bool {
        match self {
            Clause::With(_) | Clause::Else(Otherwise::Arms { .. }) => true,
            Clause::Else(Otherwise::Any { .. }) | Clause::Undo(_) | Clause::Final => false,
        }
    }
}

/// The clauses in the order of the text, each with the place where it is known to begin.
fn clauses(handled: &Handled) -> Vec<(u32, Clause<'_>)> {
    let mut clauses = vec![];
    clauses.extend(handled.with.as_ref().map(|with| (with.span.start, Clause::With(with))));
    clauses.extend(
        handled
            .otherwise
            .as_ref()
            .map(|otherwise| (otherwise_span(otherwise).start, Clause::Else(otherwise))),
    );
    clauses.extend(handled.undo.as_ref().map(|undo| (undo.span.start, Clause::Undo(undo))));
    clauses.extend(handled.finally.map(|span| (span.start, Clause::Final)));
    clauses.sort_by_key(|(start, _)| *start);
    clauses
}

fn otherwise_span(otherwise: &Otherwise) -> Span {
    match otherwise {
        Otherwise::Any { span, .. } | Otherwise::Arms { span, .. } => *span,
    }
}

fn clause<'a>(context: &mut Context<'a>, clause: &Clause<'a>) -> Doc<'a> {
    match clause {
        Clause::With(record) => concat([Doc::Text("with "), expression(context, record)]),
        Clause::Else(Otherwise::Any { body, .. }) => concat([Doc::Text("else "), arm_body(context, body)]),
        Clause::Else(Otherwise::Arms { arms, span }) => {
            concat([Doc::Text("else "), failure_arms(context, arms, *span)])
        }
        Clause::Undo(undo) => {
            let mut parts = vec![Doc::Text("undo "), expression(context, &undo.call)];
            if let Some(with) = &undo.with {
                parts.extend([Doc::Text(" with "), expression(context, with)]);
            }
            concat(parts)
        }
        Clause::Final => Doc::Text("final"),
    }
}

fn failure_arms<'a>(context: &mut Context<'a>, arms: &'a [FailureArm], span: Span) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let as_written = |first: &FailureArm| Spread::as_written(context, first.span.start);
    let spread = arms.first().map_or(Spread::IfTooLong, as_written);
    let build = |context: &mut Context<'a>, arm: &'a FailureArm| KeyValue::whole(failure_arm(context, arm));
    let placed = place(context, arms, |arm| arm.span, close, build);
    braces(context, rows(placed), spread, close)
}

fn failure_arm<'a>(context: &mut Context<'a>, arm: &'a FailureArm) -> Doc<'a> {
    let mut parts = vec![];
    for (number, pattern) in arm.patterns.iter().enumerate() {
        parts.push(if number > 0 { Doc::Text(" | ") } else { Doc::NOTHING });
        parts.push(failure_pattern(context, pattern));
    }
    if let Some(binding) = &arm.binding {
        parts.extend([Doc::Text(" as "), name(context, binding)]);
    }
    parts.extend([Doc::Text(" => "), arm_body(context, &arm.body)]);
    concat(parts)
}

pub fn failure_pattern<'a>(context: &mut Context<'a>, pattern: &'a FailurePattern) -> Doc<'a> {
    let lead = context.stray(pattern.span.start);
    let doc = match &pattern.kind {
        FailureKind::Status(number) => Doc::Text(&number.text),
        FailureKind::StatusClass(_) => context.verbatim(pattern.span),
        FailureKind::Named(names) => path(context, names),
        FailureKind::Wildcard => Doc::Text("_"),
        FailureKind::Broken => {
            context.broken = true;
            context.verbatim(pattern.span)
        }
    };
    concat([lead, doc])
}

fn arm_body<'a>(context: &mut Context<'a>, body: &'a ArmBody) -> Doc<'a> {
    match body {
        ArmBody::Value(value) => expression(context, value),
        ArmBody::Fail(failure) => fail(context, failure),
    }
}

pub fn fail<'a>(context: &mut Context<'a>, fail: &'a Fail) -> Doc<'a> {
    let lead = context.stray(fail.span.start);
    let mut parts = vec![lead, Doc::Text("fail "), path(context, &fail.problem)];
    if let Some(members) = &fail.members {
        parts.extend([Doc::Text(" "), expression(context, members)]);
    }
    concat(parts)
}
