//! What the tests of this folder have in common: contracts from text, and what came of them.

use super::model::{Schema, Shape};
use super::{Contract, ReadFault, load};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

/// Loads `api.yaml` (or `.json`, by its looks) among other files.
pub(super) fn load_files(root: &[u8], others: &[(&str, &str)]) -> Result<Contract, Vec<Diagnostic>> {
    let name = if root.first() == Some(&b'{') { "api.json" } else { "api.yaml" };
    let mut sources = Sources::default();
    load(&mut sources, name, &mut |path| {
        if path == name {
            return Ok(root.to_vec());
        }
        let found = others.iter().find(|(known, _)| *known == path);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or(ReadFault::Missing)
    })
}

pub(super) fn contract(text: &str) -> Contract {
    load_files(text.as_bytes(), &[]).expect("the document is good as a whole")
}

/// A 3.0 document with these schemas, each line of them indented by four.
pub(super) fn with_schemas(version: &str, schemas: &str) -> Contract {
    let text = format!(
        "openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}"
    );
    contract(&text)
}

pub(super) fn schema(contract: &mut Contract, name: &str) -> Schema {
    let id = contract.schema_named(name).expect("the test names a schema that is there");
    (*contract.schema(id)).clone()
}

pub(super) fn field(contract: &mut Contract, of: &Schema, name: &str) -> Schema {
    let Shape::Object { fields, .. } = &of.shape else { panic!("no object: {of:?}") };
    let field = fields.iter().find(|field| field.name == name).expect("the test names a field that is there");
    (*contract.schema(field.schema)).clone()
}

/// `error contract/limit` and the like, in order.
pub(super) fn codes(findings: &[Diagnostic]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            format!("{severity} {}", finding.code.name)
        })
        .collect()
}
