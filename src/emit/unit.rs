//! What becomes an executable: each service, and each bundle.

use super::names::{self, Names, SERVICE_KEY};
use super::rust::CrateKind;
use crate::ir::{InboundAuth, Layer, Operation, Program, Slice, slice};

/// A crate with everything that files about it need to know.
pub struct Unit<'p> {
    /// Of the crate, the executable and the host.
    pub name: String,
    /// `services/orders`
    pub folder: String,
    pub title: &'p str,
    pub kind: CrateKind<'p>,
    pub slice: Slice,
    /// It is what runs when all runs: a bundle, or a service that is in none.
    pub is_deployed: bool,
    /// Where it listens when all units run on one machine.
    pub port: u16,
    /// What it is told from outside, in order.
    pub variables: Vec<Variable>,
}

/// A variable of the environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub name: String,
    pub is_secret: bool,
    pub source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `env.NAME` or `secret.NAME` of the flow, by its number.
    Config(usize),
    /// The address of another service, by its number.
    Address(usize),
    /// What tokens between services are signed with.
    ServiceKey,
    /// Where the store is.
    Store,
    /// An address for operators alone.
    OperatorListen,
    /// What the runtime does without where nobody says anything.
    Wish(&'static Wish),
    /// Where a half of what TLS needs is.
    Tls(TlsFile),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFile {
    Certificate,
    Key,
}

/// A variable of the runtime that need not be set.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    name: &'static str,
    is_secret: bool,
    /// Who looks after the service wants it, and not who writes it.
    is_for_operators: bool,
    /// In words.
    pub what: &'static str,
}

static OPERATOR_TOKEN: Wish = Wish {
    name: "FLOW_OPERATOR_TOKEN",
    is_secret: true,
    is_for_operators: true,
    what: "secret of operators, at least 16 bytes: with it, `/metrics`, `/version` and `/undos` are there",
};
static TRACES: Wish = Wish {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    is_secret: false,
    is_for_operators: true,
    what: "address of an OpenTelemetry receiver, such as `http://collector:4318`; without it there are no traces",
};
static TRACES_HEADERS: Wish = Wish {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    is_secret: true,
    is_for_operators: true,
    what: "what is shown to the receiver of traces, such as `api-key=…`",
};
static AUDIT_FILE: Wish = Wish {
    name: "FLOW_AUDIT_FILE",
    is_secret: false,
    is_for_operators: false,
    what: "file that the audit log is appended to; without it, stdout",
};
static REVOKED: Wish = Wish {
    name: "FLOW_TLS_CLIENT_CRL_FILE",
    is_secret: false,
    is_for_operators: false,
    what: "file with the lists of certificates of callers that are revoked, PEM; without it, none is looked up",
};
static LIMITS: Wish = Wish {
    name: "FLOW_LIMITS",
    is_secret: false,
    is_for_operators: false,
    what: "where limits are counted together with other replicas: `redis://…`; without it, each replica counts for itself",
};
static TRUSTED_PROXIES: Wish = Wish {
    name: "FLOW_TRUSTED_PROXIES",
    is_secret: false,
    is_for_operators: false,
    what: "proxies in front of the service, as addresses and networks: their word is taken for where a request comes from",
};

const FIRST_PORT: u16 = 8080;

/// Bundles stand behind services, as they do in the program.
pub fn units<'p>(program: &'p Program, names: &Names) -> Vec<Unit<'p>> {
    let mut units = Vec::new();
    for (at, (service, name)) in program.services.iter().zip(&names.services).enumerate() {
        let is_deployed = !program.bundles.iter().any(|bundle| bundle.services.contains(&at));
        let kind = CrateKind::Service(at);
        units.push(unit(
            program,
            names,
            Place { folder: "services", name, title: &service.name },
            kind,
            is_deployed,
        ));
    }
    for (bundle, name) in program.bundles.iter().zip(&names.bundles) {
        let kind = CrateKind::Bundle(bundle);
        units.push(unit(program, names, Place { folder: "bundles", name, title: &bundle.name }, kind, true));
    }
    for (number, unit) in units.iter_mut().enumerate() {
        unit.port =
            u16::try_from(number).ok().and_then(|at| FIRST_PORT.checked_add(at)).unwrap_or(FIRST_PORT);
    }
    units
}

struct Place<'p, 'n> {
    folder: &'static str,
    name: &'n str,
    title: &'p str,
}

fn unit<'p>(
    program: &'p Program,
    names: &Names,
    place: Place<'p, '_>,
    kind: CrateKind<'p>,
    is_deployed: bool,
) -> Unit<'p> {
    let services = match kind {
        CrateKind::Service(at) => vec![at],
        CrateKind::Bundle(bundle) => bundle.services.clone(),
    };
    let slice = slice(program, &services);
    Unit {
        name: place.name.to_owned(),
        folder: format!("{}/{}", place.folder, place.name),
        title: place.title,
        variables: variables(program, names, &slice),
        kind,
        slice,
        is_deployed,
        port: FIRST_PORT,
    }
}

/// The other variables that the runtime reads.
const STORE: &str = "FLOW_STORE";
const OPERATOR_LISTEN: &str = "FLOW_OPERATOR_LISTEN";
const TLS_CERTIFICATE: &str = "FLOW_TLS_CERTIFICATE_FILE";
const TLS_KEY: &str = "FLOW_TLS_KEY_FILE";

fn variables(program: &Program, names: &Names, slice: &Slice) -> Vec<Variable> {
    let mut all = Vec::new();
    for id in &slice.config {
        let Some(item) = program.config.get(id.0) else { continue };
        let source = Source::Config(id.0);
        all.push(Variable { name: names::variable(&item.name), is_secret: item.secret, source });
    }
    for at in slice.remote.keys() {
        let Some(name) = names.addresses.get(*at) else { continue };
        all.push(Variable { name: name.clone(), is_secret: false, source: Source::Address(*at) });
    }
    if needs_service_key(program, slice) {
        let source = Source::ServiceKey;
        all.push(Variable { name: SERVICE_KEY.to_owned(), is_secret: true, source });
    }
    if slice.features.contains("store") {
        all.push(Variable { name: STORE.to_owned(), is_secret: false, source: Source::Store });
    }
    let name = OPERATOR_LISTEN.to_owned();
    all.push(Variable { name, is_secret: false, source: Source::OperatorListen });
    all.extend(wishes(program, slice).into_iter().map(Variable::wished));
    if asks_for_certificates(program, slice) {
        all.extend([TlsFile::Certificate, TlsFile::Key].map(|file| {
            let name = match file {
                TlsFile::Certificate => TLS_CERTIFICATE,
                TlsFile::Key => TLS_KEY,
            };
            Variable { name: name.to_owned(), is_secret: false, source: Source::Tls(file) }
        }));
    }
    all.sort_by(|left, right| left.name.cmp(&right.name));
    all.dedup_by(|left, right| left.name == right.name);
    all
}

/// What a service may be told beside what it needs.
fn wishes(program: &Program, slice: &Slice) -> Vec<&'static Wish> {
    let mut all = vec![&OPERATOR_TOKEN, &TRACES, &TRACES_HEADERS];
    if operations(program, slice).any(Operation::is_audited) {
        all.push(&AUDIT_FILE);
    }
    if asks_for_certificates(program, slice) {
        all.push(&REVOKED);
    }
    if slice.features.contains("redis") {
        all.extend([&LIMITS, &TRUSTED_PROXIES]);
    }
    all
}

impl Variable {
    fn wished(wish: &'static Wish) -> Variable {
        Variable { name: wish.name.to_owned(), is_secret: wish.is_secret, source: Source::Wish(wish) }
    }
}

/// Callers can show a certificate to one that speaks TLS itself, and to no other. All others may.
fn asks_for_certificates(program: &Program, slice: &Slice) -> bool {
    let mut ways = operations(program, slice).flat_map(|one| &one.settings.auth);
    ways.any(|auth| matches!(auth, InboundAuth::Mtls { .. }))
}

/// `https`, where it cannot do without.
pub fn scheme(unit: &Unit<'_>) -> &'static str {
    let speaks_tls = unit.variables.iter().any(|variable| matches!(variable.source, Source::Tls(_)));
    if speaks_tls { "https" } else { "http" }
}

fn operations<'p>(program: &'p Program, slice: &Slice) -> impl Iterator<Item = &'p Operation> {
    let services = slice.services.iter().filter_map(|at| program.services.get(*at));
    services.flat_map(|service| &service.operations)
}

impl Source {
    /// Whether a service does without it when nobody says anything.
    pub fn is_for_operators(self) -> bool {
        match self {
            Source::OperatorListen => true,
            Source::Wish(wish) => wish.is_for_operators,
            Source::Config(_) | Source::Address(_) | Source::ServiceKey | Source::Store | Source::Tls(_) => {
                false
            }
        }
    }
}

/// It keeps something that has to survive it.
pub fn keeps(unit: &Unit<'_>) -> bool {
    unit.slice.features.contains("store")
}

/// It calls other services, or is called by them.
pub fn needs_service_key(program: &Program, slice: &Slice) -> bool {
    let mut ways = operations(program, slice).flat_map(|one| &one.settings.auth);
    !slice.remote.is_empty() || ways.any(|auth| matches!(auth, InboundAuth::Service))
}

/// The deployed unit that a service runs in.
pub fn host_of<'u, 'p>(units: &'u [Unit<'p>], service: usize) -> Option<&'u Unit<'p>> {
    units.iter().filter(|unit| unit.is_deployed).find(|unit| unit.slice.services.contains(&service))
}

/// Whether others than the services of the project call it: an experience is made for them, and so is what takes
/// anything but the token of the services.
pub fn is_open(program: &Program, unit: &Unit<'_>) -> bool {
    let mut services = unit.slice.services.iter().filter_map(|at| program.services.get(*at));
    services.any(|service| {
        let mut ways = service.operations.iter().flat_map(|operation| &operation.settings.auth);
        service.layer == Layer::Experience || ways.any(|auth| !matches!(auth, InboundAuth::Service))
    })
}
