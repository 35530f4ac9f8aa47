//! What of a program goes into one crate: the services that it has, and everything that they reach. Of a record that
//! a backend's contract declares only the fields that somebody reads are decoded, so that nothing else in an answer
//! can break a flow; which ones those are is found out here, for the crate as a whole and each type by itself.

mod reach;
mod reads;
pub mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::model::{ConfigId, FunctionId, ProblemId, Program};
use super::ty::{Record, Type, TypeDef, TypeId};
use reach::Reach;
use reads::Reads;

/// The part of a program that one crate is made of. Numbers are those of the program; all is in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slice {
    pub services: Vec<usize>,
    pub functions: BTreeSet<FunctionId>,
    pub problems: BTreeSet<ProblemId>,
    pub types: IndexMap<TypeId, Use>,
    /// Backends, and their operations that are called.
    pub backends: BTreeMap<usize, BTreeSet<usize>>,
    /// Services that are called over HTTP, and their operations.
    pub remote: BTreeMap<usize, BTreeSet<usize>>,
    /// Services of this crate that others of it call, and their operations.
    pub local: BTreeMap<usize, BTreeSet<usize>>,
    pub config: BTreeSet<ConfigId>,
    /// Functions of the runtime, by their names in its table.
    pub std: BTreeSet<String>,
    /// Fields of backends' records that some operations of the crate read and others do not: of each operation (its
    /// service and place), those that it does not. Behind the last field of a record stand the keys without a name.
    pub unread: BTreeMap<(usize, usize), BTreeSet<(TypeId, usize)>>,
    /// Features of the runtime: `decimal`, `digest`, `redis`, `regex`, `store`, `time`.
    pub features: BTreeSet<&'static str>,
}

/// How a type is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// Something that came in is read as one.
    pub decoded: bool,
    /// One is written into a request or an answer.
    pub encoded: bool,
    /// It is looked at how deep one goes.
    pub measured: bool,
    /// The fields of a record that are kept, by their places: all of those that are read or written.
    pub fields: BTreeSet<usize>,
    /// Of a record of a backend: the fields of an answer that somebody reads. All others may be whatever they are.
    pub read: BTreeSet<usize>,
    /// The values of the keys that have no name are kept, too.
    pub additional: bool,
}

/// The slice of some services, which are emitted into one crate.
pub fn slice(program: &Program, services: &[usize]) -> Slice {
    let reads = Reads::new(program);
    let mut reach = Reach::new(program, services, reads.clone());
    for at in services {
        if let Some(service) = program.services.get(*at) {
            reach.service(service);
            service.operations.iter().for_each(|operation| reach.operation(operation));
        }
    }
    reach.functions();
    let mut slice = reach.finish();
    slice.unread = unread(program, &slice, &reads);
    slice
}

/// What each operation does not read although another one of the crate does: a flow is not to break because of a
/// field that only its neighbour looks at.
fn unread(
    program: &Program,
    whole: &Slice,
    reads: &Reads<'_>,
) -> BTreeMap<(usize, usize), BTreeSet<(TypeId, usize)>> {
    let mut unread = BTreeMap::new();
    for at in &whole.services {
        let Some(service) = program.services.get(*at) else { continue };
        for (number, operation) in service.operations.iter().enumerate() {
            let mut reach = Reach::new(program, &whole.services, reads.clone());
            reach.operation(operation);
            reach.functions();
            let own = reach.finish();
            let fields: BTreeSet<(TypeId, usize)> = own
                .types
                .iter()
                .filter(|(_, of)| of.decoded)
                .flat_map(|(id, of)| {
                    let all = whole.types.get(id);
                    let more = all.filter(|all| all.additional && !of.additional);
                    let more = more.and_then(|_| record(program, *id)).map(|record| record.fields.len());
                    let read = all.map(|whole| whole.read.clone()).unwrap_or_default();
                    let unread = read.into_iter().filter(|field| !of.read.contains(field));
                    unread.chain(more).map(|field| (*id, field))
                })
                .filter(|(id, _)| is_backends(program, *id))
                .collect();
            if !fields.is_empty() {
                unread.insert((*at, number), fields);
            }
        }
    }
    unread
}

fn is_backends(program: &Program, id: TypeId) -> bool {
    matches!(program.types.get(id.0).map(TypeDef::origin), Some(super::ty::Origin::Backend(_)))
}

/// The types right inside of a type.
fn inside(ty: &Type, each: &mut dyn FnMut(&Type)) {
    match ty {
        Type::List(list) => each(&list.item),
        Type::Dict(inner) | Type::Optional(inner) => each(inner),
        Type::Function(function) => {
            function.params.iter().for_each(&mut *each);
            each(&function.result);
        }
        Type::Unit
        | Type::Never
        | Type::Bool
        | Type::Int(_)
        | Type::Float(_)
        | Type::Decimal(_)
        | Type::Text(_)
        | Type::OpenEnum(_)
        | Type::Date
        | Type::Time
        | Type::DateTime
        | Type::Duration
        | Type::Uuid
        | Type::Email
        | Type::Uri
        | Type::Bytes
        | Type::Json
        | Type::Zone
        | Type::Regex
        | Type::Pattern
        | Type::Named(_) => {}
    }
}

/// Every named type that a type mentions by itself.
fn named(ty: &Type, each: &mut dyn FnMut(TypeId)) {
    if let Type::Named(id) = ty {
        each(*id);
    }
    inside(ty, &mut |inner| named(inner, each));
}

fn record(program: &Program, id: TypeId) -> Option<&Record> {
    match program.types.get(id.0)? {
        TypeDef::Record(record) => Some(record),
        TypeDef::Enum(_) | TypeDef::Union(_) => None,
    }
}
