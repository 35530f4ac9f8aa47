//! The OpenAPI 3.1 document of a service, or of all services in a bundle. It is a promise that tests hold the service
//! to: every status that it can answer is there, and every schema is exact.

mod answers;
mod operation;
mod schema;
mod security;
#[cfg(test)]
mod tests;
mod values;

pub use values::duration;

use serde_json::{Map, Value, json};

use super::name::Scope;
use super::text::yaml;
use crate::ir::{Operation, Program, Service, Type, template};
use schema::{Schemas, Side, set};
pub use security::SERVICE;
use security::Security;

/// The document of some services under one title.
pub fn document(program: &Program, title: &str, services: &[usize]) -> String {
    yaml::document(&value(program, title, services))
}

/// The same as a value.
pub fn value(program: &Program, title: &str, services: &[usize]) -> Value {
    let services: Vec<&Service> = services.iter().filter_map(|at| program.services.get(*at)).collect();
    let used = services.iter().flat_map(|service| &service.operations).flat_map(|one| types(program, one));
    let mut schemas = Schemas::new(program, used);
    let operations = services.iter().flat_map(|service| &service.operations);
    let responses = answers::components(&mut schemas, operations);
    let security = Security::of(program, &services);
    let mut paths: Map<String, Value> = Map::new();
    for service in &services {
        for operation in &service.operations {
            let path = paths.entry(template(&operation.path)).or_insert_with(|| json!({}));
            let of = operation::Of { service, is_alone: services.len() == 1 };
            let value = operation::operation(&mut schemas, &security, of, operation);
            set(path, &operation.method.to_lowercase(), Some(value));
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info(program, title, &services),
        "servers": [{ "url": "/" }],
    });
    set(&mut document, "tags", tags(&services));
    set(&mut document, "paths", Some(paths.into()));
    let mut components = json!({ "schemas": schemas.finish(), "responses": responses });
    let schemes = security.schemes();
    set(&mut components, "securitySchemes", (!schemes.is_empty()).then(|| schemes.into()));
    set(&mut document, "components", Some(components));
    document
}

fn types<'p>(program: &'p Program, operation: &'p Operation) -> Vec<(&'p Type, Side)> {
    let mut types: Vec<_> = operation.params.iter().map(|param| (&param.ty, Side::Request)).collect();
    types.extend(operation.outcomes.iter().map(|(_, ty)| (ty, Side::Answer)));
    for problem in operation.problems.iter().filter_map(|id| program.problems.get(id.0)) {
        if let Some(crate::ir::TypeDef::Record(members)) = program.types.get(problem.members.0) {
            types.extend(members.fields.iter().map(|field| (&field.ty, Side::Answer)));
        }
    }
    types
}

fn info(program: &Program, title: &str, services: &[&Service]) -> Value {
    let version = if program.version.is_empty() { "0.0.0" } else { &program.version };
    let mut info = json!({ "title": title, "version": version });
    let doc = match services {
        [one] => one.doc.clone(),
        _ => program.description.clone(),
    };
    set(&mut info, "description", doc.map(Value::from));
    if let [one] = services {
        set(&mut info, "x-owner", one.owner.clone().map(Value::from));
    }
    info
}

/// Where there are several services, each is a tag, too.
fn tags(services: &[&Service]) -> Option<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut seen = Scope::default();
    let mut add = |name: &str, doc: Option<&String>| {
        if seen.unique(name.to_owned()) == name {
            let mut tag = json!({ "name": name });
            set(&mut tag, "description", doc.cloned().map(Value::from));
            all.push(tag);
        }
    };
    for service in services {
        if services.len() > 1 {
            add(&service.name, service.doc.as_ref());
        }
        service.tags.iter().for_each(|tag| add(tag, None));
    }
    (!all.is_empty()).then(|| all.into())
}
