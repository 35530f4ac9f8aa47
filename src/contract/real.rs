//! Published contracts, as their owners wrote them. Where the folder of them is at hand, every operation and
//! every schema that can be reached from one is lowered.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::model::{Operation, SchemaId, Shape};
use super::{Contract, ReadFault, load};
use crate::source::Sources;

/// The documents that are not compressed; none where the folder is not at hand.
fn documents() -> (PathBuf, Vec<String>) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/contracts");
    let folder = std::env::var_os("FLOWC_CONTRACTS").map_or(beside, PathBuf::from);
    let listed = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = listed
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)))
        .collect();
    names.sort();
    (folder, names)
}

fn schemas_of(operation: &Operation) -> Vec<SchemaId> {
    let bodies = operation.body.iter().flat_map(|body| &body.content);
    let answers = operation.responses.iter().flat_map(|response| &response.content);
    let content = bodies.chain(answers).filter_map(|media| media.schema);
    operation.parameters.iter().map(|parameter| parameter.schema).chain(content).collect()
}

/// Lowers all that can be reached; gives how many schemas that were.
fn lower_all(contract: &mut Contract) -> usize {
    let names: Vec<String> = contract.operation_names().map(str::to_owned).collect();
    let mut waiting: Vec<SchemaId> = Vec::new();
    for name in names {
        let operation = contract.operation(&name).expect("each operation that is listed is there");
        waiting.extend(schemas_of(&operation));
    }
    let mut seen = HashSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        match &contract.schema(id).shape {
            Shape::List { items, .. } => waiting.push(*items),
            Shape::Dict { values } => waiting.push(*values),
            Shape::Object { fields, additional, .. } => {
                waiting.extend(fields.iter().map(|field| field.schema).chain(*additional));
            }
            Shape::Union { members, base, .. } => {
                assert!(members.len() > 1, "a union has at least two members");
                waiting.extend(members.iter().map(|member| member.schema).chain(*base));
            }
            Shape::Any { .. } | Shape::Null | Shape::Bool | Shape::Int { .. } | Shape::Number { .. } => {}
            Shape::String { .. } | Shape::Enum { .. } | Shape::Literals { .. } => {}
        }
    }
    seen.len()
}

#[test]
fn published_contracts_lower_without_an_error() {
    let (folder, names) = documents();
    for name in names {
        let mut sources = Sources::default();
        let loaded = load(&mut sources, &name, &mut |path| {
            std::fs::read(folder.join(path)).map_err(|_| ReadFault::Missing)
        });
        // One document of the collection is there because it must be refused.
        if name.contains("yamlbomb") {
            assert!(loaded.is_err(), "{name}");
            continue;
        }
        let mut contract = loaded.unwrap_or_else(|findings| panic!("{name}: {findings:?}"));
        let schemas = lower_all(&mut contract);
        let has_content = contract.operation_names().next().is_none() || schemas > 0 || name.contains("OAI");
        assert!(has_content, "{name} has operations and no schema");
        let errors: Vec<_> = contract
            .findings()
            .into_iter()
            .filter(|finding| finding.severity == crate::diagnostic::Severity::Error)
            // What lies on other people's servers stays there.
            .filter(|finding| finding.code.name != "contract/ref-external")
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}
