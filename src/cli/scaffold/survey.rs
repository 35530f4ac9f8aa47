//! Goes over all schemas that the operations of a contract lead to, and counts those that are no more than `json`
//! although the contract says more, by the reason.

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::contract::Contract;
use crate::contract::model::{Media, Operation, SchemaId, Shape};

pub fn json_reasons(contract: &mut Contract) -> IndexMap<String, usize> {
    let names: Vec<SmolStr> = contract.operation_names().map(SmolStr::from).collect();
    let mut queue: Vec<SchemaId> = Vec::new();
    for name in names {
        if let Some(operation) = contract.operation(&name) {
            queue.extend(schemas_of(&operation));
        }
    }
    let mut seen: FxHashSet<SchemaId> = FxHashSet::default();
    let mut reasons: IndexMap<String, usize> = IndexMap::new();
    while let Some(id) = queue.pop() {
        if !seen.insert(id) {
            continue;
        }
        let schema = contract.schema(id);
        if let Shape::Any { reason } = &schema.shape
            && !reason.is_empty()
        {
            *reasons.entry(reason.clone()).or_default() += 1;
        }
        queue.extend(parts(&schema.shape));
    }
    reasons.sort_unstable_keys();
    reasons
}

fn schemas_of(operation: &Operation) -> Vec<SchemaId> {
    let schema = |media: &Media| media.schema;
    let parameters = operation.parameters.iter().map(|parameter| parameter.schema);
    let body = operation.body.iter().flat_map(|body| &body.content).filter_map(schema);
    let answers = operation.responses.iter().flat_map(|response| &response.content).filter_map(schema);
    parameters.chain(body).chain(answers).collect()
}

fn parts(shape: &Shape) -> Vec<SchemaId> {
    match shape {
        Shape::List { items, .. } => vec![*items],
        Shape::Dict { values } => vec![*values],
        Shape::Object { fields, additional, .. } => {
            fields.iter().map(|field| field.schema).chain(*additional).collect()
        }
        Shape::Union { members, base, .. } => {
            members.iter().map(|member| member.schema).chain(*base).collect()
        }
        Shape::Any { .. } | Shape::Null | Shape::Bool | Shape::Int { .. } | Shape::Number { .. } => {
            Vec::new()
        }
        Shape::String { .. } | Shape::Enum { .. } | Shape::Literals { .. } => Vec::new(),
    }
}
