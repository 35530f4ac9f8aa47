//! Flows that are written for contracts of all kinds: hostile texts in every place, and documents that are damaged.

mod damage;
mod hostile;

use smol_str::SmolStr;

use super::super::session;
use super::trial::{Kind, Sound, Trial};
use crate::contract::{Contract, ReadFault};
use crate::diagnostic::Diagnostic;
use crate::scaffold::Plan;
use crate::source::Sources;

/// A contract that is given as text, and a plan for all of its operations; none where it is none as a whole.
fn contract(sources: &mut Sources, text: &[u8]) -> Option<(Contract, Plan)> {
    let name = if text.first() == Some(&b'{') { "contracts/api.json" } else { "contracts/api.yaml" };
    let read = &mut |path: &str| match path == name {
        true => Ok(text.to_vec()),
        false => Err(ReadFault::Missing),
    };
    let contract = crate::contract::load(sources, name, read).ok()?;
    let plan = Plan {
        backend: "Api".to_owned(),
        service: "Demo".to_owned(),
        owner: "demo".to_owned(),
        contract: name.to_owned(),
        operations: contract.operation_names().map(SmolStr::from).collect(),
        left_out: Vec::new(),
    };
    Some((contract, plan))
}

fn trial(text: &[u8]) -> Option<(Trial, Plan)> {
    let mut session = session::with_std();
    let (contract, plan) = contract(&mut session.sources, text)?;
    let path = plan.contract.clone();
    Some((Trial::new(session, contract, &path, 0, ""), plan))
}

/// Both flows without what does not check.
fn both(text: &[u8]) -> Option<[Result<Sound, Vec<Diagnostic>>; 2]> {
    let (mut trial, plan) = trial(text)?;
    Some([Kind::PassThrough, Kind::Reader].map(|kind| trial.sound(plan.clone(), kind)))
}
