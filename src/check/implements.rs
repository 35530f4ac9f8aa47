//! Contract first: `process Orders v1 implements "…" { place { steps } }`. The signatures come from the
//! document; each of its operations has to be there.

use smol_str::SmolStr;

use super::context::Context;
use super::operation;
use super::typed::{OperationParam, OperationType};
use crate::diagnostic::{nearest, services as findings};
use crate::syntax::ast;

/// The shape of an operation without a signature.
pub fn shape(
    cx: &mut Context<'_>,
    service: &ast::Service,
    contract: Option<usize>,
    decl: &ast::Operation,
) -> Option<OperationType> {
    if service.implements.is_none() {
        cx.report(findings::no_signature(&decl.name, service.name.span));
        return None;
    }
    let contract = contract?;
    let Some(shape) = operation::of_contract(cx, contract, &decl.name.text) else {
        let known: Vec<SmolStr> = cx.contracts.all[contract].operation_names().map(SmolStr::from).collect();
        let near = nearest(&decl.name.text, known.iter().map(SmolStr::as_str));
        let place = cx.contracts.all[contract].span();
        cx.report(findings::not_in_contract(&decl.name, place, near));
        return None;
    };
    let params = shape.params.iter().map(as_own).collect();
    Some(OperationType { params, ..(*shape).clone() })
}

/// A parameter under a name that steps can write: `X-Request-Id` becomes `xRequestId`.
fn as_own(param: &OperationParam) -> OperationParam {
    OperationParam { name: plain_name(&param.name), ..param.clone() }
}

fn plain_name(wire: &str) -> SmolStr {
    let mut name = String::new();
    for word in wire
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
    {
        let mut letters = word.chars();
        let Some(first) = letters.next() else { continue };
        match name.is_empty() {
            true => name.push(first.to_ascii_lowercase()),
            false => name.push(first.to_ascii_uppercase()),
        }
        name.extend(letters);
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("p{name}").into()
    } else {
        name.into()
    }
}

/// Every operation of the contract is there.
pub fn complete(cx: &mut Context<'_>, service: usize) {
    let (decl, Some(contract)) = (cx.services[service].decl, cx.services[service].contract) else { return };
    let names: Vec<SmolStr> = cx.contracts.all[contract].operation_names().map(SmolStr::from).collect();
    let there = |name: &SmolStr| {
        decl.members.iter().any(|member| match member {
            ast::Member::Operation(operation) => operation.name.text == *name,
            ast::Member::Handler(_) => false,
            // What stands in a broken region is not known.
            ast::Member::Broken(_) => true,
        })
    };
    let mut missing: Vec<&str> = names.iter().filter(|name| !there(name)).map(SmolStr::as_str).collect();
    // An operation that the contract does not have has been reported; the one that it is meant to be is not missing.
    for member in &decl.members {
        if let ast::Member::Operation(operation) = member
            && !names.contains(&operation.name.text)
            && let Some(meant) = nearest(&operation.name.text, missing.iter().copied())
        {
            missing.retain(|name| *name != meant);
        }
    }
    if !missing.is_empty() {
        let place = cx.contracts.all[contract].span();
        cx.report(findings::not_implemented(decl.name.span, &decl.name.text, &missing, place));
    }
}
