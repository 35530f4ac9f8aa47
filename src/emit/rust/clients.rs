//! What clients, their methods and the structs of their arguments are called. The names are made once for a crate,
//! because a contract may have thousands of operations.

use rustc_hash::FxHashMap;

use super::krate::{Home, RESERVED, unique_type};
use crate::emit::name::{self, Scope};
use crate::ir::{Program, Slice, TypeId};

/// The names of one client; methods and requests by the number of their operation.
#[derive(Debug, Default)]
pub struct ClientNames {
    pub client: String,
    pub methods: Vec<String>,
    /// The same methods for lists that come element by element.
    pub elements: Vec<String>,
    pub requests: Vec<String>,
}

/// Clients by the number of the backend or service.
pub type Clients = FxHashMap<usize, ClientNames>;

/// Clients of backends stand beside the types of the contract.
pub fn of_backends(program: &Program, slice: &Slice, types: &FxHashMap<TypeId, (Home, String)>) -> Clients {
    let mut scopes: FxHashMap<usize, Scope> = FxHashMap::default();
    for (home, name) in types.values() {
        if let Home::Backend(at) = home {
            scopes.entry(*at).or_insert_with(reserved).unique(name.clone());
        }
    }
    let mut clients = Clients::default();
    for at in slice.backends.keys() {
        if let Some(backend) = program.backends.get(*at) {
            let operations = backend.operations.iter().map(|operation| operation.name.as_str());
            let scope = scopes.remove(at).unwrap_or_else(reserved);
            clients.insert(*at, names(scope, &backend.name, operations));
        }
    }
    clients
}

/// Clients of other services have a file for themselves.
pub fn of_services(program: &Program, slice: &Slice) -> Clients {
    let mut clients = Clients::default();
    for at in slice.remote.keys() {
        if let Some(service) = program.services.get(*at) {
            let operations = service.operations.iter().map(|operation| operation.name.as_str());
            clients.insert(*at, names(reserved(), &service.name, operations));
        }
    }
    clients
}

fn reserved() -> Scope {
    Scope::with(RESERVED.iter().copied())
}

fn names<'n>(mut types: Scope, label: &str, operations: impl Iterator<Item = &'n str>) -> ClientNames {
    let client = unique_type(&mut types, format!("{}Client", name::camel(label)));
    let mut scope = Scope::with(["new", "client"]);
    let (mut methods, mut requests) = (Vec::new(), Vec::new());
    for operation in operations {
        methods.push(scope.unique(name::snake(operation)));
        requests.push(unique_type(&mut types, format!("{}Request", name::camel(operation))));
    }
    let elements = methods.iter().map(|method| scope.unique(format!("{method}_elements"))).collect();
    ClientNames { client, methods, elements, requests }
}
