//! What the page knows of a program: its services by their layers, the systems of others, and who calls whom.

use serde_json::{Value, json};

use super::Page;
use crate::emit::openapi;
use crate::interp::Code;
use crate::ir::{Call, InboundAuth, Layer, Operation, Program, Service, Target, template, visit};

/// `number` tells the programs apart that were served one after the other.
pub fn described(number: u64, page: &Page) -> Value {
    let program = &page.app.code.program;
    let services = program.services.iter().enumerate();
    let services: Vec<Value> =
        services.map(|(at, one)| service(program, one, page.served.contains(&at))).collect();
    let stand_in = |name: &str| page.stand_ins.iter().find(|one| one.backend == name).map(|one| &one.url);
    json!({
        "number": number,
        "project": program.project,
        "version": program.version,
        "description": program.description,
        "development": page.development,
        "services": services,
        "backends": program.backends.iter().map(|backend| json!({
            "name": backend.name,
            "doc": backend.doc,
            "contract": backend.contract,
            "standIn": stand_in(&backend.name),
            "operations": backend.operations.iter().map(|one| json!({
                "name": one.name,
                "doc": one.doc,
                "method": one.method,
                "path": template(&one.path),
                "reads": one.reads,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn service(program: &Program, service: &Service, is_served: bool) -> Value {
    json!({
        "served": is_served,
        "name": service.name,
        "doc": service.doc,
        "layer": match service.layer {
            Layer::System => "system",
            Layer::Process => "process",
            Layer::Experience => "experience",
        },
        "version": service.version,
        "owner": service.owner,
        "operations": service.operations.iter().map(|one| operation(program, one)).collect::<Vec<_>>(),
    })
}

fn operation(program: &Program, operation: &Operation) -> Value {
    let mut calls: Vec<Value> = Vec::new();
    let mut note = |call: &Call, is_undo: bool| {
        let target = owner(program, call.target);
        let call = json!({ "to": target, "name": call.name, "reads": call.reads, "undoes": is_undo });
        if !calls.contains(&call) {
            calls.push(call);
        }
    };
    let mut undos: Vec<*const Call> = Vec::new();
    visit::calls(&operation.steps, &mut |call| {
        undos.extend(call.undo.as_deref().map(std::ptr::from_ref));
        note(call, undos.contains(&std::ptr::from_ref(call)));
    });
    json!({
        "name": operation.name,
        "doc": operation.doc,
        "method": operation.method,
        "path": template(&operation.path),
        "writes": operation.writes,
        "public": operation.settings.auth.iter().any(|auth| matches!(auth, InboundAuth::Public)),
        "place": format!("{}:{}", operation.place.file, operation.place.line),
        "calls": calls,
    })
}

fn owner(program: &Program, target: Target) -> &str {
    match target {
        Target::Backend { backend, .. } => program.backends.get(backend).map_or("", |of| &of.name),
        Target::Service { service, .. } => program.services.get(service).map_or("", |of| &of.name),
    }
}

/// The OpenAPI document of a service, by its name.
pub fn document(code: &Code, name: &str) -> Option<Value> {
    let at = code.program.services.iter().position(|service| service.name == name)?;
    Some(openapi::value(&code.program, name, &[at]))
}

/// Whether an operation is found below this path.
pub fn has_path(program: &Program, first: &str) -> bool {
    let operations = program.services.iter().flat_map(|service| &service.operations);
    operations.into_iter().any(|operation| {
        let path = template(&operation.path);
        path.split('/').nth(1) == Some(first)
    })
}
