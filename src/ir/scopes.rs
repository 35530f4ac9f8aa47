//! The scopes that an `allow` speaks of: `caller.scopes.has("orders:write")`.

use super::model::{Expr, ExprKind, Literal, Operation, Program};
use super::ty::{Type, TypeDef};
use super::visit;

/// Those without which nobody may call. What is one of several, or hangs on something else, is not among them.
pub fn required<'p>(program: &'p Program, operation: &'p Operation) -> Vec<&'p str> {
    let mut found = Vec::new();
    if let Some(allow) = &operation.settings.allow {
        each_of_all(allow, &mut |part| found.extend(scope(program, operation, part)));
    }
    unique(found)
}

/// All that are spoken of.
pub fn named<'p>(program: &'p Program, operation: &'p Operation) -> Vec<&'p str> {
    fn walk<'p>(program: &'p Program, operation: &'p Operation, expr: &'p Expr, found: &mut Vec<&'p str>) {
        found.extend(scope(program, operation, expr));
        visit::children(expr, &mut |inner| walk(program, operation, inner, found));
    }
    let mut found = Vec::new();
    operation.settings.allow.iter().for_each(|allow| walk(program, operation, allow, &mut found));
    unique(found)
}

fn each_of_all<'e>(expr: &'e Expr, each: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::All(parts) => parts.iter().for_each(|part| each_of_all(part, each)),
        _ => each(expr),
    }
}

fn unique(mut found: Vec<&str>) -> Vec<&str> {
    found.sort_unstable();
    found.dedup();
    found
}

fn scope<'p>(program: &'p Program, operation: &'p Operation, expr: &'p Expr) -> Option<&'p str> {
    let ExprKind::Std { name, args } = &expr.kind else { return None };
    let [list, wanted] = args.as_slice() else { return None };
    match text(wanted) {
        Some(scope) if name == "list.has" && are_scopes(program, operation, list) => Some(scope),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text),
        ExprKind::Convert(inner) => text(inner),
        _ => None,
    }
}

fn are_scopes(program: &Program, operation: &Operation, list: &Expr) -> bool {
    let ExprKind::Field { of, field } = &list.kind else { return false };
    let ExprKind::Local(local) = of.kind else { return false };
    let Some(Type::Named(id)) = operation.locals.get(local.0).map(|local| &local.ty) else { return false };
    let Some(TypeDef::Record(record)) = program.types.get(id.0) else { return false };
    operation.caller == Some(local) && record.fields.get(*field).is_some_and(|field| field.name == "scopes")
}
