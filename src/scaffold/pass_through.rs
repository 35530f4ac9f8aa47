//! The whole flow: the backend, the problems, and the system with one operation for each of the contract's.

use std::sync::Arc;

use crate::contract::Contract;
use crate::contract::model::Operation;

use super::names::{Taken, camel};
use super::operation::{Around, needed, operation};
use super::paths::{Route, Routes, Segment, common_version, route};
use super::signature::{Called, method};
use super::{Flow, LeftOut, Plan, access, formatted, texts};

/// The flow of a plan. Operations that no flow can call are left out, with the reason as a comment.
pub fn pass_through(contract: &mut Contract, plan: &Plan) -> Flow {
    let operations: Vec<Arc<Operation>> =
        plan.operations.iter().filter_map(|name| contract.operation(name)).collect();
    let mut taken = Taken::default();
    taken.reserve(&plan.backend);
    let is_free = plan.service != plan.backend;
    let service = taken.give(&if is_free { plan.service.clone() } else { format!("{}System", plan.service) });
    let problems: Vec<(u16, String, &str)> = needed(&operations)
        .into_iter()
        .map(|(status, name, title)| (status, taken.give(&name), title))
        .collect();
    let mut flow = Flow::default();
    let members = members(contract, plan, &operations, &problems, &mut flow);
    let mut text = backend(contract, plan, &operations);
    for (status, name, title) in &problems {
        text.push_str(&format!("problem {name} {status} {}\n", texts::literal(title)));
    }
    text.push_str(&system(plan, &service, &operations, &flow, &members));
    flow.text = formatted(text);
    flow
}

fn backend(contract: &Contract, plan: &Plan, operations: &[Arc<Operation>]) -> String {
    let title = texts::documentation(contract.title()).join(" ");
    let version = texts::remark(contract.version());
    let doc = match (title.is_empty(), version.is_empty()) {
        (true, _) => "As its contract describes it.".to_owned(),
        (false, true) => format!("{title}, as its contract describes it."),
        (false, false) => format!("{title} (version {version}), as its contract describes it."),
    };
    let mut text =
        format!("/// {doc}\nbackend {} {{\ncontract: {}\n", plan.backend, texts::literal(&plan.contract));
    for line in access::settings(contract, operations, &plan.backend) {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("}\n\n");
    text
}

fn members(
    contract: &mut Contract,
    plan: &Plan,
    operations: &[Arc<Operation>],
    problems: &[(u16, String, &str)],
    flow: &mut Flow,
) -> Vec<String> {
    let problems: Vec<(u16, String)> =
        problems.iter().map(|(status, name, _)| (*status, name.clone())).collect();
    let server = contract.servers().first().map(|server| server.url.clone());
    let around = Around { problems: &problems, server: server.as_deref() };
    let mut members = Vec::new();
    for (one, (own, route)) in operations.iter().zip(lines(operations)) {
        let called = Called::new(&plan.backend, &one.name);
        match operation(contract, &called, one, &own, &route, &around) {
            Ok(text) => {
                flow.operations.push((own, one.name.clone()));
                members.push(text);
            }
            Err(why) => flow.beyond.push(LeftOut { name: one.name.clone(), why }),
        }
    }
    members
}

/// The names and routes of our own operations. Paths that can stay as they are come first to their routes.
fn lines(operations: &[Arc<Operation>]) -> Vec<(String, Route)> {
    let version = common_version(operations.iter().map(|one| one.path.as_str()));
    let mut names = Taken::default();
    let mut lines: Vec<(String, Route)> = operations
        .iter()
        .map(|one| {
            let mut route = route(&one.path);
            if version.is_some() && matches!(route.segments.first(), Some(Segment::Text(_))) {
                route.segments.remove(0);
            }
            (names.give(&own_name(&one.name)), route)
        })
        .collect();
    let mut routes = Routes::default();
    let (same, other): (Vec<usize>, Vec<usize>) =
        (0..lines.len()).partition(|at| lines.get(*at).is_some_and(|(_, route)| route.same));
    for at in same.into_iter().chain(other) {
        if let (Some(one), Some((own, route))) = (operations.get(at), lines.get_mut(at)) {
            routes.give(method(one), route, own);
        }
    }
    lines
}

fn own_name(name: &str) -> String {
    let is_own = texts::is_word(name) && name.starts_with(|first: char| first.is_ascii_lowercase());
    if is_own && name.contains('_') && name.len() <= 60 { name.to_owned() } else { camel(name, "operation") }
}

fn system(
    plan: &Plan,
    service: &str,
    operations: &[Arc<Operation>],
    flow: &Flow,
    members: &[String],
) -> String {
    let version = common_version(operations.iter().map(|one| one.path.as_str()));
    let version = version.as_deref().unwrap_or("v1");
    let mut text = format!(
        "\n/// Passes each operation on to {}. Change what your callers should see otherwise.\n\
         system {service} {version} {{\n\
         owner: {}\n\
         // Other services of this project may call. People and partners need `jwt`, `api_key` or `mtls`.\n\
         auth: service\n",
        plan.backend,
        texts::literal(&plan.owner),
    );
    for member in members {
        text.push('\n');
        text.push_str(member);
        text.push('\n');
    }
    for left in plan.left_out.iter().chain(&flow.beyond) {
        let (name, why) = (texts::remark(&left.name), texts::remark(&left.why));
        text.push_str(&format!("\n// Left out: {name}, because {why}."));
    }
    text.push_str("\n}\n");
    text
}
