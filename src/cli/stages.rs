//! The core's stages in a row, on what a session has read: contracts, names, types. The functions of the core
//! do no I/O, so that the files of contracts are handed to them from here.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::contracts::{self, Mention};
use super::files::Root;
use super::read::Fault;
use super::session::{Session, Unit};
use crate::check::{self, Contracts, Input};
use crate::contract::{self, ReadFault};
use crate::diagnostic::Diagnostic;
use crate::resolve::{self, resolve};
use crate::source::{SourceId, Span};

/// What all stages found, and the texts of each backend's contract, for suppressions.
pub struct Found {
    pub program: check::typed::Program,
    pub diagnostics: Vec<Diagnostic>,
    pub texts: Vec<(Span, Vec<SourceId>)>,
}

/// Checks the units of a session. The first one is std.
pub fn run(session: &mut Session) -> Found {
    let mut diagnostics = Vec::new();
    let (contracts, mentions) = load_contracts(session, &mut diagnostics);
    let units: Vec<resolve::Unit<'_>> = session.units.iter().map(unit).collect();
    let (names, found) = resolve(&units);
    diagnostics.extend(found);
    let thin_reads = session.project().is_some_and(|unit| unit.manifest.experience_may_call_systems.value);
    let output = check::check(Input { names: &names, contracts, thin_reads });
    diagnostics.extend(output.diagnostics);
    let of = |at: usize| output.contracts.all.get(at).map(|contract| contract.texts().collect());
    let texts = mentions.into_iter().filter_map(|(place, at)| Some((place, of(at)?))).collect();
    Found { program: output.program, diagnostics, texts }
}

/// A unit as names are resolved in it.
pub fn unit(unit: &Unit) -> resolve::Unit<'_> {
    let dependencies = unit.dependencies.iter().map(|(name, at)| (SmolStr::from(name), *at)).collect();
    resolve::Unit { name: SmolStr::from(&unit.manifest.name.value), files: &unit.files, dependencies }
}

/// Where a contract is mentioned, and its number.
type Mentions = Vec<(Span, usize)>;

/// Reads every contract that is named, once.
fn load_contracts(session: &mut Session, diagnostics: &mut Vec<Diagnostic>) -> (Contracts, Mentions) {
    let mut contracts = Contracts::default();
    let mut places = Vec::new();
    for at in 1..session.units.len() {
        let Some(unit) = session.units.get(at) else { continue };
        let Some(root) = unit.root.clone() else { continue };
        let mut tried: HashMap<String, Option<usize>> = HashMap::new();
        for mention in contracts::mentions(&unit.files) {
            let known = tried.get(&mention.path).copied();
            let number = known.unwrap_or_else(|| load(session, &root, &mention, &mut contracts, diagnostics));
            tried.insert(mention.path.clone(), number);
            if let Some(number) = number {
                contracts.by_path.insert((at, mention.path.clone()), number);
                places.push((mention.declaration, number));
            }
        }
    }
    (contracts, places)
}

fn load(
    session: &mut Session,
    root: &Root,
    mention: &Mention,
    contracts: &mut Contracts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let mut first = match contracts::read_contract(root, &mention.path) {
        Ok(bytes) => Some(bytes),
        Err(fault) => {
            diagnostics.push(contracts::describe(&fault, mention, root, &session.sources));
            return None;
        }
    };
    let mut read = |path: &str| match first.take() {
        Some(bytes) => Ok(bytes),
        None => contracts::read_contract(root, path).map_err(as_read_fault),
    };
    match contract::load(&mut session.sources, &mention.path, &mut read) {
        Ok(contract) => {
            contracts.all.push(contract);
            Some(contracts.all.len() - 1)
        }
        Err(faults) => {
            diagnostics.extend(faults);
            None
        }
    }
}

fn as_read_fault(fault: Fault) -> ReadFault {
    match fault {
        Fault::Missing => ReadFault::Missing,
        Fault::Outside => ReadFault::Outside,
        Fault::NotAFile(_) => ReadFault::NotAFile,
        Fault::TooLarge(_) => ReadFault::TooLarge,
        Fault::Encoding { .. } => ReadFault::Other("it is not text in UTF-8".to_owned()),
        Fault::System(why) => ReadFault::Other(why),
    }
}
