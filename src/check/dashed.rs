//! `Seats.list-shows(city)`: a name of a contract that has a dash in it. Outside of quotes it reads as a difference, of
//! which each side would be a finding that leads astray.

use super::body::Body;
use super::context::Context;
use super::member::names_of;
use crate::diagnostic::{Diagnostic, names, nearest};
use crate::resolve::Declared;
use crate::syntax::ast::{self, BinaryOperator, ExprKind, Spanned};

/// Whether a run of operators is the name of an operation; if so, that is reported.
pub fn is_dashed_name(
    cx: &mut Context<'_>,
    body: &Body,
    first: &ast::Expr,
    rest: &[(Spanned<BinaryOperator>, ast::Expr)],
) -> bool {
    match finding(cx, body, first, rest) {
        Some(finding) => cx.report(finding),
        None => return false,
    }
    true
}

/// What is said of the longest name of an operation that stands there without a blank. Where the backend has none of that
/// name, the whole is one that is misspelt: what is in front of the dash is no value in any case.
fn finding(
    cx: &mut Context<'_>,
    body: &Body,
    first: &ast::Expr,
    rest: &[(Spanned<BinaryOperator>, ast::Expr)],
) -> Option<Diagnostic> {
    let path = names_of(first)?;
    let ((_, Declared::Backend(decl)), used) = cx.names.path(body.unit, &path)? else { return None };
    let (Some(start), None) = (path.get(used), path.get(used + 1)) else { return None };
    let backend = cx.backend_id(decl)?;
    let contract = &cx.contracts.all[cx.backends[backend.0].contract?];
    let owner = &decl.name.text;
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
        if contract.operation_names().any(|known| known == name) {
            found = Some(names::dashed_operation(owner, &name, span));
        }
        if !matches!(operand.kind, ExprKind::Name(_)) {
            break;
        }
    }
    if found.is_some() || span == start.span {
        return found;
    }
    let near = cx.names.may_suggest().then(|| nearest(&name, contract.operation_names())).flatten();
    let whole = ast::Name { text: name.as_str().into(), quoted: false, span };
    Some(names::unknown_operation(owner, &whole, Some(contract.span()), near))
}

/// The name that an operand begins with.
fn first_name(expr: &ast::Expr) -> Option<&ast::Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Call { callee: inner, .. } | ExprKind::Member { of: inner, .. } => first_name(inner),
        _ => None,
    }
}
