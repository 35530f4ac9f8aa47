//! `Seats.list-shows(city)`: a name of a contract that has a dash in it. Outside of quotes it reads as a difference, of
//! which each side would be a finding that leads astray.

use super::body::Body;
use super::context::Context;
use super::member::names_of;
use crate::diagnostic::names;
use crate::resolve::Declared;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOperator, ExprKind, Spanned};

/// Whether a run of operators is the name of an operation; if so, that is reported.
pub fn is_dashed_name(
    cx: &mut Context<'_>,
    body: &Body,
    first: &ast::Expr,
    rest: &[(Spanned<BinaryOperator>, ast::Expr)],
) -> bool {
    let found = operation(cx, body, first, rest);
    let is_one = found.is_some();
    if let Some((backend, name, span)) = found {
        cx.report(names::dashed_operation(&backend, &name, span));
    }
    is_one
}

/// The backend, and the longest name of an operation of it that stands there without a blank, with its place.
fn operation(
    cx: &mut Context<'_>,
    body: &Body,
    first: &ast::Expr,
    rest: &[(Spanned<BinaryOperator>, ast::Expr)],
) -> Option<(String, String, Span)> {
    let path = names_of(first)?;
    let ((_, Declared::Backend(decl)), used) = cx.names.path(body.unit, &path)? else { return None };
    let (Some(start), None) = (path.get(used), path.get(used + 1)) else { return None };
    let backend = cx.backend_id(decl)?;
    let contract = cx.backends[backend.0].contract?;
    let mut name = start.text.to_string();
    let (mut span, mut found) = (start.span, None);
    for (operator, operand) in rest {
        let Some(next) = first_name(operand) else { break };
        let is_close = span.end == operator.span.start && operator.span.end == next.span.start;
        if operator.node != BinaryOperator::Subtract || !is_close {
            break;
        }
        name = format!("{name}-{}", next.text);
        span = span.to(next.span);
        if cx.contracts.all[contract].operation_names().any(|known| known == name) {
            found = Some((decl.name.text.to_string(), name.clone(), span));
        }
        if !matches!(operand.kind, ExprKind::Name(_)) {
            break;
        }
    }
    found
}

/// The name that an operand begins with.
fn first_name(expr: &ast::Expr) -> Option<&ast::Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Call { callee: inner, .. } | ExprKind::Member { of: inner, .. } => first_name(inner),
        _ => None,
    }
}
