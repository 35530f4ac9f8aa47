//! The core's stages in a row, on what a session has read: contracts, names, types. The functions of the core
//! do no I/O, so that the files of contracts are handed to them from here.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::contracts::{self, Mention};
use super::files::Root;
use super::manifest::{Bundle, Manifest, Said};
use super::session::{Session, Unit};
use crate::check::typed::{OperationId, ServiceId};
use crate::check::{self, Contracts, Input};
use crate::contract;
use crate::diagnostic::{Diagnostic, Severity, project};
use crate::ir;
use crate::plan;
use crate::resolve::{self, resolve};
use crate::source::{SourceId, Span};

/// What all stages found, and the texts of each backend's contract, for suppressions.
pub struct Found {
    pub program: check::typed::Program,
    pub effects: check::Effects,
    pub diagnostics: Vec<Diagnostic>,
    pub texts: Vec<(Span, Vec<SourceId>)>,
}

/// Checks the units of a session. The first one is std.
pub fn run(session: &mut Session) -> Found {
    with_output(session, |output, diagnostics, mentions, _| found(output, diagnostics, mentions))
}

fn found(output: check::Output<'_>, diagnostics: Vec<Diagnostic>, mentions: Mentions) -> Found {
    let of = |at: usize| output.explorer.contracts().get(at).map(|contract| contract.texts().collect());
    let texts = mentions.into_iter().filter_map(|(place, at)| Some((place, of(at)?))).collect();
    let effects = output.explorer.effects(&output.program);
    Found { program: output.program, effects, diagnostics, texts }
}

/// The program of a session without errors in its intermediate form, or what of it cannot be built.
pub fn build(session: &mut Session) -> Result<ir::Program, Vec<Diagnostic>> {
    with_output(session, |mut output, _, _, session| lowered(&mut output, session))
}

/// What is made of a program without errors, or what of it cannot be.
pub type Made<T> = Result<T, Vec<Diagnostic>>;

/// What all stages found, and what is made of the program where that is nothing that is wrong.
pub fn made<T>(
    session: &mut Session,
    make: impl FnOnce(&mut check::Output<'_>, &Session) -> Made<T>,
) -> (Found, Option<Made<T>>) {
    with_output(session, |mut output, found, mentions, session| {
        let has_errors = found.iter().any(|found| found.severity == Severity::Error);
        let made = (!has_errors).then(|| make(&mut output, session));
        (self::found(output, found, mentions), made)
    })
}

pub fn lowered(output: &mut check::Output<'_>, session: &Session) -> Made<ir::Program> {
    ir::lower::lower(input(output, session))
}

/// The same, with the plans of all operations.
pub fn planned(output: &mut check::Output<'_>, session: &Session) -> Made<(ir::Program, Vec<plan::Plan>)> {
    let program = lowered(output, session)?;
    let effects = output.explorer.effects(&output.program);
    let input = plan::Input { program: &output.program, effects: &effects, sources: &session.sources };
    let services = output.program.services.iter().enumerate();
    let ids = services.flat_map(|(service, of)| {
        (0..of.operations.len()).map(move |at| OperationId { service: ServiceId(service), at })
    });
    Ok((program, ids.filter_map(|id| plan::plan(input, id)).collect()))
}

/// What is lowered.
fn input<'i, 'a>(output: &'i mut check::Output<'a>, session: &'i Session) -> ir::lower::Input<'i, 'a> {
    let std = session.units.first().into_iter().flat_map(|unit| &unit.files).map(|file| file.source);
    ir::lower::Input {
        program: &output.program,
        explorer: &mut output.explorer,
        sources: &session.sources,
        std: std.collect(),
        project: session.project().map(project).unwrap_or_default(),
    }
}

/// What all stages found, and the program with those of its tests whose name is asked for. There is none with errors.
pub fn tests(session: &mut Session, filter: &str) -> (Found, Option<ir::lower::Tested>) {
    with_output(session, |mut output, found, mentions, session| {
        let own: Vec<SourceId> =
            session.project().into_iter().flat_map(|unit| &unit.files).map(|file| file.source).collect();
        let is_asked =
            |test: &check::typed::Test| own.contains(&test.span.source) && test.name.contains(filter);
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        let has_errors = session.diagnostics.iter().chain(&found).any(is_error);
        let input = (!has_errors).then(|| input(&mut output, session));
        let tested = input.map(|input| ir::lower::lower_tests(input, &is_asked));
        (self::found(output, found, mentions), tested)
    })
}

/// What `flow.toml` says of a build.
fn project(unit: &Unit) -> ir::lower::Project {
    let text = |said: &Option<Said<String>>| said.as_ref().map(|said| said.value.clone());
    let manifest = &unit.manifest;
    let services = |bundle: &Bundle| bundle.services.iter().map(|one| one.value.clone()).collect();
    ir::lower::Project {
        name: manifest.name.value.clone(),
        version: text(&manifest.version).unwrap_or_else(|| "0.1.0".to_owned()),
        description: text(&manifest.description),
        bundles: manifest
            .bundles
            .iter()
            .map(|bundle| (bundle.name.clone(), services(bundle), bundle.span))
            .collect(),
    }
}

/// Goes through all stages, and hands on what came out of the last one while the names are still there.
fn with_output<T>(
    session: &mut Session,
    then: impl FnOnce(check::Output<'_>, Vec<Diagnostic>, Mentions, &Session) -> T,
) -> T {
    let mut diagnostics = Vec::new();
    let (contracts, mentions) = load_contracts(session, &mut diagnostics);
    let session = &*session;
    let (names, found) = names(session);
    diagnostics.extend(found);
    let mut output = check::check(Input { names: &names, contracts, thin_reads: thin_reads(session) });
    diagnostics.append(&mut output.diagnostics);
    then(output, diagnostics, mentions, session)
}

/// Who is called what, in the units of a session and in `flow.toml`.
pub fn names(session: &Session) -> (resolve::Names<'_>, Vec<Diagnostic>) {
    let units: Vec<resolve::Unit<'_>> = session.units.iter().map(unit).collect();
    let (names, mut diagnostics) = resolve(&units);
    let manifest = session.project().map(|unit| &unit.manifest);
    diagnostics.extend(manifest.into_iter().flat_map(|manifest| unknown_services(manifest, &names)));
    (names, diagnostics)
}

/// Whether experiences may read from systems without a warning.
pub fn thin_reads(session: &Session) -> bool {
    session.project().is_some_and(|unit| unit.manifest.experience_may_call_systems.value)
}

/// A unit as names are resolved in it.
pub fn unit(unit: &Unit) -> resolve::Unit<'_> {
    let dependencies = unit.dependencies.iter().map(|(name, at)| (SmolStr::from(name), *at)).collect();
    resolve::Unit { name: SmolStr::from(&unit.manifest.name.value), files: &unit.files, dependencies }
}

/// What `flow.toml` puts into bundles has to be there.
fn unknown_services(manifest: &Manifest, names: &resolve::Names<'_>) -> Vec<Diagnostic> {
    let Some(scope) = names.units.get(1) else { return Vec::new() };
    let is_service = |declared: &resolve::Declared<'_>| matches!(declared, resolve::Declared::Service(_));
    let services = scope.capitals.iter().filter(|(_, declared)| is_service(declared));
    let known: Vec<&str> = services.map(|(name, _)| name.as_str()).collect();
    let named = manifest.bundles.iter().flat_map(|bundle| &bundle.services);
    named
        .filter(|said| !known.contains(&said.value.as_str()))
        .filter_map(|said| Some(project::unknown_service(said.span?, &said.value, &known)))
        .collect()
}

/// Where a contract is mentioned, and its number.
pub type Mentions = Vec<(Span, usize)>;

/// Reads every contract that is named, once.
pub fn load_contracts(session: &mut Session, diagnostics: &mut Vec<Diagnostic>) -> (Contracts, Mentions) {
    let mut contracts = Contracts::default();
    let mut places = Vec::new();
    for at in 1..session.units.len() {
        let Some(unit) = session.units.get(at) else { continue };
        let Some(root) = unit.root.clone() else { continue };
        let mut tried: HashMap<String, Option<usize>> = HashMap::new();
        for mention in contracts::mentions(&unit.files) {
            let path = contracts::normal(&mention.path);
            let known = tried.get(&path).copied();
            let number = known.unwrap_or_else(|| load(session, &root, &mention, &mut contracts, diagnostics));
            tried.insert(path, number);
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
    let mut first = match contracts::read_file(root, &mention.path) {
        Ok(bytes) => Some(bytes),
        Err(fault) => {
            diagnostics.push(contracts::describe(&fault, mention, root, &session.sources));
            return None;
        }
    };
    session.names_start_at(&root.prefix);
    let mut read = |path: &str| match first.take() {
        Some(bytes) => Ok(bytes),
        None => contracts::read_file(root, path).map_err(contracts::read_fault),
    };
    match contract::load(&mut session.sources, &contracts::normal(&mention.path), &mut read) {
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
