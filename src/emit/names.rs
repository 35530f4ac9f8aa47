//! Names that files of different kinds have to agree on: crates, variables, the addresses of problems.

use super::name::{self, Scope};
use crate::ir::{ProblemId, Program};

/// The secret that the services of a project show each other.
pub const SERVICE_KEY: &str = "FLOW_SERVICE_KEY";

/// By the numbers of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// Crates, folders, executables and hosts of services.
    pub services: Vec<String>,
    pub bundles: Vec<String>,
    /// The variables that say where services are, for those that call them: `CUSTOMERS_URL`.
    pub addresses: Vec<String>,
}

pub fn names(program: &Program) -> Names {
    let mut crates = Scope::with(TAKEN.iter().chain(DEVICES).copied());
    // Bundles come first: their names are those that the author chose for an executable.
    let bundles = program.bundles.iter().map(|one| crates.unique_kebab(name::kebab(&one.name))).collect();
    let services = program.services.iter().map(|one| crates.unique_kebab(name::kebab(&one.name))).collect();
    let config = program.config.iter().map(|item| item.name.as_str());
    let mut variables = Scope::with(config.chain([SERVICE_KEY, "LISTEN", "PORT"]));
    let address = |of: &crate::ir::Service| variables.unique(format!("{}_URL", name::shout(&of.name)));
    let addresses = program.services.iter().map(address).collect();
    Names { services, bundles, addresses }
}

/// What a crate must not be called: what cargo refuses, what the language has, and what stands beside it.
const TAKEN: &[&str] = &[
    "alloc",
    "axum",
    "build",
    "bytes",
    "core",
    "deploy",
    "deps",
    "examples",
    "flow-std",
    "fmt",
    "http",
    "incremental",
    "indexmap",
    "kustomization",
    "proc-macro",
    "runtime",
    "rustc",
    "std",
    "target",
    "test",
    "tokio",
];

/// Modules beside each other, with names that files can have everywhere and that no crate has.
pub fn modules<'a>(taken: impl IntoIterator<Item = &'a str>) -> Scope {
    Scope::with(
        ["axum", "core", "flow_std", "mod", "std", "tokio"]
            .into_iter()
            .chain(DEVICES.iter().copied())
            .chain(taken),
    )
}

/// Files and folders of these names cannot be made on Windows, whatever stands behind a point.
const DEVICES: &[&str] = &[
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

/// The variable of a configuration item: its name, which is one already unless it is hostile.
pub fn variable(name: &str) -> String {
    let is_good = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_variable = name.len() <= 256
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(is_good);
    if is_variable { name.to_owned() } else { name::shout(name) }
}

/// The `type` of a problem: a name that stays the same wherever the service runs.
pub fn problem_uri(program: &Program, id: ProblemId) -> String {
    let of = program.problems.get(id.0).map_or("", |problem| problem.name.as_str());
    format!("urn:problem:{}:{}", name::kebab(&program.project), name::kebab(of))
}

/// The name of a crate in Rust.
pub fn crate_in_rust(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Bundle, ConfigItem, ConfigKind, Layer, Place, Service, Type};

    fn service(name: &str) -> Service {
        Service {
            name: name.to_owned(),
            doc: None,
            layer: Layer::System,
            version: None,
            owner: None,
            tags: Vec::new(),
            slo: None,
            cors: None,
            operations: Vec::new(),
            place: Place::default(),
        }
    }

    #[test]
    fn nothing_is_called_the_same() {
        let config = ConfigItem {
            name: "ORDERS_URL".to_owned(),
            secret: false,
            kind: ConfigKind::Value(Type::text()),
            default: None,
        };
        let program = Program {
            services: ["Orders", "orders", "Tokio", "Shop"].map(service).to_vec(),
            bundles: vec![Bundle { name: "shop".to_owned(), services: vec![0] }],
            config: vec![config],
            ..Program::default()
        };
        let names = names(&program);
        assert_eq!(names.bundles, ["shop"]);
        assert_eq!(names.services, ["orders", "orders-2", "tokio-2", "shop-2"]);
        assert_eq!(names.addresses, ["ORDERS_URL_2", "ORDERS_URL_3", "TOKIO_URL", "SHOP_URL"]);
    }
}
