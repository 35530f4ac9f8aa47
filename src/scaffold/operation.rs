//! One pass-through operation: its line, and the steps that call the backend and hand its answer on.

use smol_str::SmolStr;

use crate::contract::Contract;
use crate::contract::model::{Media, MediaKind, Operation, Shape, Status};

use super::paths::Route;
use super::signature::{Called, Signature, signature};
use super::texts;
use super::types::{self, Way};

/// Failures that mean something to the caller: each is a problem of ours.
pub const PROBLEMS: [(u16, &str, &str); 4] = [
    (404, "NotFound", "There is no such thing"),
    (409, "Conflict", "This is at odds with what is there"),
    (412, "PreconditionFailed", "It has changed in the meantime"),
    (422, "Unprocessable", "This cannot be processed"),
];

/// How an operation ends well.
#[derive(Debug, Clone, Default)]
struct Success {
    status: u16,
    /// None where the answer has no body.
    ty: Option<String>,
    /// The status of an answer without a body, where there is one besides.
    or_empty: Option<u16>,
}

/// What all operations of a flow share.
pub struct Around<'a> {
    /// The names of the problems, by status.
    pub problems: &'a [(u16, String)],
    /// Where the document is served from.
    pub server: Option<&'a str>,
}

/// The text of an operation, or why there can be none.
pub fn operation(
    contract: &mut Contract,
    called: &Called<'_>,
    operation: &Operation,
    own_name: &str,
    route: &Route,
    around: &Around<'_>,
) -> Result<String, String> {
    let signature = signature(contract, called, operation, route)?;
    let success = success(contract, called, operation);
    let problems = problems(operation, around);
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        operation.doc.iter().flat_map(|doc| texts::documentation(doc)).map(|line| format!("/// {line}")),
    );
    lines.push(format!("{own_name}: {} {{", line(&signature, &success, &problems)));
    lines.extend(
        remarks(operation, &signature, route, around).into_iter().map(|remark| format!("// {remark}")),
    );
    lines.extend(steps(called, &signature, &success, &problems));
    lines.push("}".to_owned());
    Ok(lines.join("\n"))
}

fn line(signature: &Signature, success: &Success, problems: &[(u16, String)]) -> String {
    let mut line = format!("{} {}", signature.method, signature.path);
    if !signature.parameters.is_empty() {
        line.push_str(&format!(" ({})", signature.parameters.join(", ")));
    }
    let mut outcomes = vec![match (&success.ty, success.status) {
        (Some(ty), 200) => ty.clone(),
        (Some(ty), status) => format!("{status} {ty}"),
        (None, status) => status.to_string(),
    }];
    outcomes.extend(success.or_empty.map(|status| status.to_string()));
    outcomes.extend(problems.iter().map(|(_, name)| name.clone()));
    line + " -> " + &outcomes.join(" | ")
}

fn problems(operation: &Operation, around: &Around<'_>) -> Vec<(u16, String)> {
    let declared = |status: u16| operation.responses.iter().any(|one| one.status == Status::Exact(status));
    around.problems.iter().filter(|(status, _)| declared(*status)).cloned().collect()
}

/// What the reader should know before changing anything.
fn remarks(operation: &Operation, signature: &Signature, route: &Route, around: &Around<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    let method = operation.method.as_str();
    if !route.same || signature.method != method {
        remarks.push(format!("In the contract: {method} {}", texts::remark(&operation.path)));
    }
    if operation.deprecated {
        remarks.push("The contract calls this deprecated.".to_owned());
    }
    if let Some(server) = operation.servers.first()
        && around.server != Some(server.url.as_str())
    {
        let address = texts::remark(&server.url);
        remarks.push(format!("The contract serves this from {address}, and the backend has one address."));
    }
    remarks.extend(signature.remarks.iter().cloned());
    remarks
}

fn steps(
    called: &Called<'_>,
    signature: &Signature,
    success: &Success,
    problems: &[(u16, String)],
) -> Vec<String> {
    let mut call = format!("{}({})", called.path, signature.arguments.join(", "));
    if !problems.is_empty() {
        let arms: Vec<String> =
            problems.iter().map(|(status, name)| format!("{status} => fail {name}")).collect();
        call.push_str(&format!(" else {{ {} }}", arms.join(", ")));
    }
    let status = if success.status == 200 { String::new() } else { format!("{} ", success.status) };
    match (&success.ty, success.or_empty) {
        (None, _) => vec![call],
        (Some(_), None) => vec![format!("return {status}{call}")],
        (Some(_), Some(empty)) => vec![
            format!("let answer = {call}"),
            format!("when answer == none {{ return {empty} }}"),
            format!("return {status}answer"),
        ],
    }
}

/// The good answers of the contract as one of ours.
fn success(contract: &mut Contract, called: &Called<'_>, operation: &Operation) -> Success {
    let is_good = |status: Status| match status {
        Status::Exact(code) => (200..300).contains(&code),
        Status::Class(class) => class == 2,
        Status::Default => false,
    };
    let any_good = operation.responses.iter().any(|one| is_good(one.status));
    let good = operation
        .responses
        .iter()
        .filter(|one| is_good(one.status) || (!any_good && one.status == Status::Default));
    let (mut full, mut empty): (Vec<(Status, &Media)>, Vec<Status>) = (Vec::new(), Vec::new());
    for response in good {
        match response.content.first() {
            Some(media) if !is_nothing(contract, media) => full.push((response.status, media)),
            Some(_) | None => empty.push(response.status),
        }
    }
    let exact = |status: Status, otherwise: u16| match status {
        Status::Exact(code) => code,
        Status::Class(_) | Status::Default => otherwise,
    };
    let through = || format!("{}.Response", called.path);
    let ty = match full.as_slice() {
        [] => None,
        [(_, media)] => Some(media_type(contract, called.backend, media).unwrap_or_else(through)),
        _ => Some(through()),
    };
    let status = match (full.first(), empty.first()) {
        (Some((status, _)), _) => exact(*status, 200),
        (None, Some(status)) => exact(*status, 204),
        (None, None) => 204,
    };
    let or_empty = full.first().and(empty.first()).map(|status| exact(*status, 204));
    Success { status, ty, or_empty: or_empty.filter(|empty| *empty != status) }
}

/// A schema that is only null says that there is no body.
fn is_nothing(contract: &mut Contract, media: &Media) -> bool {
    let is_text = matches!(media.kind, MediaKind::Text | MediaKind::Events | MediaKind::Binary);
    !is_text && media.schema.is_some_and(|schema| contract.schema(schema).shape == Shape::Null)
}

fn media_type(contract: &mut Contract, backend: &str, media: &Media) -> Option<String> {
    match (media.kind, media.schema) {
        (MediaKind::Binary, _) => Some("bytes".to_owned()),
        (MediaKind::Text | MediaKind::Events, _) => Some("string".to_owned()),
        (MediaKind::JsonLines, _) => None,
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, None) => Some("json".to_owned()),
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, Some(schema)) => {
            let written = types::written(contract, backend, schema, Way::Received)?;
            if contract.schema(schema).name.is_some() { Some(written.text) } else { spelled(written) }
        }
    }
}

fn spelled(written: types::Written) -> Option<String> {
    if written.optional { written.or_absent() } else { Some(written.text) }
}

/// The problems that any of the operations needs, with their names.
pub fn needed(operations: &[std::sync::Arc<Operation>]) -> Vec<(u16, SmolStr, &'static str)> {
    let statuses: Vec<Status> =
        operations.iter().flat_map(|one| &one.responses).map(|response| response.status).collect();
    PROBLEMS
        .iter()
        .filter(|(status, _, _)| statuses.contains(&Status::Exact(*status)))
        .map(|(status, name, title)| (*status, SmolStr::new_static(name), *title))
        .collect()
}
