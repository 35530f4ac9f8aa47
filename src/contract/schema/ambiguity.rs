//! Unions without a discriminator are told apart by shape. Where two members can look alike, that is said.

use super::super::Contract;
use super::super::documents::Place;
use super::super::faults::Weight;
use super::super::model::{Property, Shape, UnionMember};
use super::{tags, try_schema};
use crate::diagnostic::contract as say;
use crate::source::Span;

/// Larger unions are looked at by their first members only: one warning says it all.
const COMPARED: usize = 24;

pub(super) fn check(contract: &mut Contract, holder: Place, members: &[UnionMember], span: Span) {
    let members: Vec<&UnionMember> = members.iter().take(COMPARED).collect();
    for (at, one) in members.iter().enumerate() {
        for other in members.iter().skip(at + 1) {
            if overlap(contract, one, other) {
                let names = (name(contract, one, at), name(contract, other, at + 1));
                let fault = say::ambiguous(span, &names.0, &names.1);
                contract.faults.add(holder, Weight::Repaired, fault);
                return;
            }
        }
    }
}

fn name(contract: &mut Contract, member: &UnionMember, at: usize) -> String {
    match try_schema(contract, member.schema).and_then(|schema| schema.name.clone()) {
        Some(name) => format!("`{name}`"),
        None => format!("member {}", at + 1),
    }
}

fn overlap(contract: &mut Contract, one: &UnionMember, other: &UnionMember) -> bool {
    let (Some(first), Some(second)) = (try_schema(contract, one.schema), try_schema(contract, other.schema))
    else {
        return false;
    };
    match (&first.shape, &second.shape) {
        (Shape::Object { fields: left, .. }, Shape::Object { fields: right, .. }) => {
            !is_apart(contract, one, left, other, right)
        }
        (Shape::Object { .. } | Shape::Dict { .. }, Shape::Object { .. } | Shape::Dict { .. }) => true,
        (Shape::List { .. }, Shape::List { .. }) => true,
        _ => false,
    }
}

/// A field that one must have and the other does not know, or one that both fix to different values.
fn is_apart(
    contract: &mut Contract,
    one: &UnionMember,
    left: &[Property],
    other: &UnionMember,
    right: &[Property],
) -> bool {
    let unknown = |of: &[Property], to: &[Property]| {
        of.iter().any(|field| field.required && !to.iter().any(|known| known.name == field.name))
    };
    if unknown(left, right) || unknown(right, left) {
        return true;
    }
    for field in left.iter().filter(|field| field.required) {
        let values = tags::fixed_values(contract, one.schema, &field.name);
        let others = tags::fixed_values(contract, other.schema, &field.name);
        if !values.is_empty() && !others.is_empty() && !values.iter().any(|value| others.contains(value)) {
            return true;
        }
    }
    false
}
