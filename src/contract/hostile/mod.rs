//! Hostile and broken contracts: for each class of them the answer that it must get. Large inputs are built
//! here; what bounds them are counts, so no test measures time.

mod corners;
mod documents;
mod references;

use super::model::Shape;
use super::testing::{codes, contract, load_files, with_schemas};
use crate::diagnostic::Diagnostic;

/// The findings of a document that is refused as a whole.
fn refused(bytes: &[u8]) -> Vec<Diagnostic> {
    match load_files(bytes, &[]) {
        Ok(contract) => panic!("{} was not refused", contract.title()),
        Err(findings) => findings,
    }
}

fn refused_as(bytes: &[u8], code: &str) -> Diagnostic {
    let findings = refused(bytes);
    assert_eq!(codes(&findings), [format!("error {code}")]);
    findings.into_iter().next().expect("one was counted")
}

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

/// A document with this behind its head, and no operation in it.
fn with_tail(tail: &str) -> Vec<u8> {
    format!("{HEAD}paths: {{}}\n{tail}\n").into_bytes()
}

/// A contract with one operation, `op`, whose answer has this schema (one line of flow style).
fn with_answer(schema: &str) -> super::Contract {
    contract(&format!(
        "{HEAD}paths:\n  /a:\n    get:\n      operationId: op\n      responses:\n        '200':\n          \
         description: ok\n          content: {{application/json: {{schema: {schema}}}}}\n"
    ))
}

/// What using everything about a schema says.
fn used(version: &str, schemas: &str, name: &str) -> Vec<String> {
    let mut contract = with_schemas(version, schemas);
    let id = contract.schema_named(name).expect("the test names a schema that is there");
    let mut waiting = vec![id];
    let mut seen = std::collections::HashSet::new();
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
            Shape::Union { members, .. } => waiting.extend(members.iter().map(|member| member.schema)),
            Shape::Any { .. } | Shape::Null | Shape::Bool | Shape::Int { .. } | Shape::Number { .. } => {}
            Shape::String { .. } | Shape::Enum { .. } | Shape::Literals { .. } => {}
        }
    }
    codes(&contract.findings())
}

fn line_of(text: &[u8], finding: &Diagnostic) -> usize {
    let start = finding.span().map_or(0, |span| span.start as usize);
    text.get(..start).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1
}

fn used_codes_of(schemas: &str) -> Vec<String> {
    used("3.0.3", schemas, "A")
}

/// What using the one operation of a path says, with this in its place of parameters and so on.
fn used_operation(path: &str, method: &str, content: &str) -> Vec<String> {
    let mut contract =
        contract(&format!("{HEAD}paths:\n  '{path}':\n    {method}:\n      operationId: op\n{content}"));
    contract.operation("op");
    codes(&contract.findings())
}

const OK: &str = "      responses: {'200': {description: ok}}\n";
