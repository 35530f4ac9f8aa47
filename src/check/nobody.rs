//! What may be done for nobody. An undo acts for the caller of its operation while that is under way; in the background, such
//! as after a restart, there is nobody any more: `caller.subject` is empty then, and so are the scopes and the claims. An
//! `allow` that cannot hold without a caller refuses it, and what was to be undone waits for an operator.

use super::allow::is_of_caller;
use super::context::Context;
use super::security::{bare, items, written};
use super::service::known_as;
use super::typed::{Call, Expr, ExprKind, Operation, ParamPlace, Program, Target};
use super::walk;
use crate::diagnostic::steps as findings;
use crate::syntax::ast::{BinaryOperator, UnaryOperator};

pub fn check(cx: &mut Context<'_>, program: &Program) {
    for (at, service) in program.services.iter().enumerate() {
        for flow in walk::flows(service) {
            walk::forward_calls(flow.steps, &mut |call| {
                if let Some(undo) = &call.undo {
                    refused(cx, program, undo, &known_as(&program.services, at));
                }
            });
        }
    }
}

fn refused(cx: &mut Context<'_>, program: &Program, undo: &Call, service: &str) {
    let Target::Service(id) = undo.target else { return };
    let called = program.services.get(id.service.0).and_then(|service| service.operations.get(id.at));
    let Some(operation) = called else { return };
    if let Some(allow) = operation.settings.values.get("allow")
        && holds(operation, &allow.value) == Some(false)
    {
        cx.report(findings::undo_for_nobody(undo.span, &operation.name, allow.span, service));
    }
}

/// Whether a condition holds where nobody is acted for; `None`: it depends on something else.
fn holds(operation: &Operation, condition: &Expr) -> Option<bool> {
    match &bare(condition).kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Unary { operator: UnaryOperator::Not, of } => holds(operation, of).map(|holds| !holds),
        ExprKind::Chain { first, rest } => {
            // All of them are the same: the two have different precedences.
            let decides = match rest.first()?.0 {
                BinaryOperator::And => false,
                BinaryOperator::Or => true,
                _ => return None,
            };
            let parts = [&**first].into_iter().chain(rest.iter().map(|(_, part)| part));
            let parts: Vec<Option<bool>> = parts.map(|part| holds(operation, part)).collect();
            match parts.contains(&Some(decides)) {
                true => Some(decides),
                false => parts.iter().all(Option::is_some).then_some(!decides),
            }
        }
        ExprKind::Compare { operator, left, right } => {
            let is_empty = [(left, right), (right, left)].into_iter().find_map(|(one, other)| {
                is_of_caller(operation, bare(one), "subject").then(|| emptiness(operation, other))?
            })?;
            match operator {
                BinaryOperator::Equal => Some(is_empty),
                BinaryOperator::NotEqual => Some(!is_empty),
                _ => None,
            }
        }
        ExprKind::Call { function, args, .. } if function.std && function.name == "has" => {
            match args.as_slice() {
                [Some(list), Some(value)] => has(operation, bare(list), bare(value)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `caller.scopes.has("…")`, `["web", "app"].has(caller.subject)`
fn has(operation: &Operation, list: &Expr, value: &Expr) -> Option<bool> {
    if ["scopes", "claims"].iter().any(|empty| is_of_caller(operation, list, empty)) {
        return Some(false);
    }
    let names = items(list);
    let is_other = |name: &&Expr| emptiness(operation, name) == Some(false);
    let is_asked = is_of_caller(operation, value, "subject") && !names.is_empty();
    (is_asked && names.iter().all(is_other)).then_some(false)
}

/// Whether a text is empty, where that is known: what is written out is known, and a parameter in a path is never empty.
fn emptiness(operation: &Operation, text: &Expr) -> Option<bool> {
    if let Some(written) = written(text) {
        return Some(written.is_empty());
    }
    let ExprKind::Local(local) = bare(text).kind else { return None };
    let at = operation.params.iter().position(|param| *param == local)?;
    let param = operation.shape.params.get(at)?;
    (param.place == ParamPlace::Path).then_some(false)
}
