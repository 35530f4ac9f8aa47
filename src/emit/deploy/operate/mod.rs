//! What operators get of a project: a dashboard for Grafana, recording and alert rules for Prometheus, and for each
//! service a page that says what can cause each alert. All of it is made of what the flows say, and of the list of metrics
//! that the runtime writes from.

mod alert;
mod burn;
mod dashboard;
mod page;
mod panel;
mod query;
mod rules;
#[cfg(test)]
mod tests;

use crate::emit::File;
use crate::emit::names::Names;
use crate::emit::rust::CrateKind;
use crate::emit::text::{json, yaml};
use crate::emit::unit::Unit;
use crate::ir::{Backend, Operation, OutboundAuth, Program, Service, Slo};

pub fn files(program: &Program, names: &Names, units: &[Unit<'_>]) -> Vec<File> {
    let deployed: Vec<Executable<'_>> =
        units.iter().filter(|unit| unit.is_deployed).map(|unit| Executable { program, unit }).collect();
    let mut files: Vec<File> = page::pages(program, names, &deployed);
    files.push(File::new(
        "deploy/prometheus/rules.yaml",
        yaml::document(&rules::rules(program, names, &deployed)),
    ));
    let dashboard = json::document(&dashboard::dashboard(program, &deployed));
    files.push(File::new("deploy/grafana/dashboard.json", dashboard));
    files
}

/// What runs as one process.
struct Executable<'e> {
    program: &'e Program,
    unit: &'e Unit<'e>,
}

impl<'e> Executable<'e> {
    fn name(&self) -> &'e str {
        &self.unit.name
    }

    fn services(&self) -> impl Iterator<Item = (usize, &'e Service)> {
        let (program, unit) = (self.program, self.unit);
        unit.slice.services.iter().filter_map(move |at| Some((*at, program.services.get(*at)?)))
    }

    /// The systems that it calls.
    fn backends(&self) -> Vec<&'e Backend> {
        self.unit.slice.backends.keys().filter_map(|at| self.program.backends.get(*at)).collect()
    }

    fn operations(&self) -> impl Iterator<Item = &'e Operation> {
        self.services().flat_map(|(_, service)| &service.operations)
    }

    fn has_undos(&self) -> bool {
        self.operations().any(Operation::has_undos)
    }

    /// It can count what its limits let through together with other replicas.
    fn shares_limits(&self) -> bool {
        self.unit.slice.features.contains("redis")
    }

    fn is_bundle(&self) -> bool {
        match self.unit.kind {
            CrateKind::Service(_) => false,
            CrateKind::Bundle(_) => true,
        }
    }
}

/// Whether we show the system something that runs out.
fn renews(backend: &Backend) -> bool {
    match backend.auth {
        OutboundAuth::OAuth2(_) => true,
        OutboundAuth::None
        | OutboundAuth::Bearer { .. }
        | OutboundAuth::Basic { .. }
        | OutboundAuth::ApiKey { .. }
        | OutboundAuth::Mtls { .. }
        | OutboundAuth::Forward => false,
    }
}

/// A promise, and what it is for.
struct Objective<'p> {
    /// `Orders`, or `Orders.place` where an operation has its own.
    name: String,
    service: &'p str,
    /// The requests that count, as labels.
    requests: String,
    slo: &'p Slo,
}

/// The promises of a service: its own, for all operations that say nothing else, and those of operations.
fn objectives(service: &Service) -> Vec<Objective<'_>> {
    let named = |at: &&Operation| format!("{}.{}", service.name, at.name);
    let others: Vec<&Operation> =
        service.operations.iter().filter(|operation| operation.settings.slo != service.slo).collect();
    let mut all = Vec::new();
    if let Some(slo) = service.slo.as_ref().filter(|_| others.len() < service.operations.len()) {
        let except: Vec<String> = others.iter().map(named).collect();
        let requests = query::of_service(&service.name, &except);
        all.push(Objective { name: service.name.clone(), service: &service.name, requests, slo });
    }
    for operation in &others {
        let Some(slo) = &operation.settings.slo else { continue };
        let name = named(operation);
        let requests = query::of_operation(&service.name, &name);
        all.push(Objective { name, service: &service.name, requests, slo });
    }
    all
}
