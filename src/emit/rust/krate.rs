//! What all files of one crate share: the Rust names of types, fields, functions and problems, which fields are
//! boxed, and what files have asked for (rules, conversions) and other files have to bring.

use std::cell::RefCell;

use indexmap::{IndexMap, IndexSet};
use proc_macro2::{Ident, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use super::clients::{self, ClientNames, Clients};
use crate::emit::name::{self, Scope};
use crate::emit::names;
use crate::ir::streamed::streamed;
use crate::ir::{
    DecimalRule, FloatRule, FunctionId, IntRule, Origin, ProblemId, Program, Slice, Target, TextRule, Type,
    TypeDef, TypeId, visit,
};

/// Names that emitted code uses for other things than the author's types.
pub const RESERVED: &[&str] = &[
    "Access",
    "Answer",
    "App",
    "Arc",
    "Box",
    "Bytes",
    "CallFailure",
    "Caches",
    "Caching",
    "Caller",
    "Client",
    "Clone",
    "Config",
    "Context",
    "Copy",
    "Date",
    "DateTime",
    "Debug",
    "Decimal",
    "DecimalRule",
    "DecimalText",
    "Decode",
    "Default",
    "Dict",
    "Drop",
    "Duration",
    "Elements",
    "Email",
    "Encode",
    "Endpoint",
    "Environment",
    "Eq",
    "Err",
    "Failure",
    "Fault",
    "FloatRule",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Hash",
    "HashAlgorithm",
    "InPlace",
    "Input",
    "IntRule",
    "Into",
    "Iterator",
    "Json",
    "Kept",
    "LocalEndpoint",
    "Nested",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Pattern",
    "ProblemType",
    "Reader",
    "Regex",
    "Request",
    "RequestInfo",
    "Response",
    "Result",
    "Rounding",
    "Runs",
    "Secret",
    "Self",
    "Send",
    "Side",
    "Slot",
    "Some",
    "String",
    "Style",
    "Sync",
    "TextRule",
    "Time",
    "ToOwned",
    "ToString",
    "Undo",
    "Undoing",
    "Undos",
    "Uri",
    "Uuid",
    "Vec",
    "Weekday",
    "Within",
    "Writer",
    "Zone",
];

/// What emitted code names beside the clients of backends and services: modules, and what else there is in an app.
const BESIDE_CLIENTS: &[&str] = &[
    "app",
    "backends",
    "boolean",
    "bytes",
    "callers",
    "caches",
    "client",
    "clock",
    "codec",
    "config",
    "cx",
    "date",
    "datetime",
    "decimal",
    "dict",
    "duration",
    "email",
    "env",
    "failure",
    "fault",
    "float",
    "http",
    "int",
    "json",
    "limits",
    "list",
    "local",
    "maps",
    "operations",
    "order",
    "pages",
    "peers",
    "policy",
    "problems",
    "rules",
    "runs",
    "services",
    "settings",
    "steps",
    "text",
    "time",
    "token",
    "types",
    "uri",
    "uuid",
    "value",
];

/// Where a type is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    Types,
    Backend(usize),
    /// The runtime has it.
    Std,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    Text(TextRule),
    Int(IntRule),
    Float(FloatRule),
    Decimal(DecimalRule),
}

/// What backends and services are called in all crates of a program: made once, because a program may have thousands.
pub struct Modules {
    // In an app they stand beside each other.
    backends: Vec<String>,
    services: Vec<String>,
    /// The variables that say where services are.
    addresses: Vec<String>,
}

pub fn modules(program: &Program) -> Modules {
    let mut scope = names::modules(BESIDE_CLIENTS.iter().copied());
    let mut unique = |name: &str| scope.unique(name::snake(name));
    let backends = program.backends.iter().map(|backend| unique(&backend.name)).collect();
    let services = program.services.iter().map(|service| unique(&service.name)).collect();
    Modules { backends, services, addresses: names::names(program).addresses }
}

pub struct Krate<'p> {
    pub program: &'p Program,
    pub slice: &'p Slice,
    /// The services that are emitted in it.
    pub services: Vec<usize>,
    pub is_bundle: bool,
    types: FxHashMap<TypeId, (Home, String)>,
    fields: FxHashMap<TypeId, Vec<String>>,
    boxed: FxHashSet<(TypeId, usize)>,
    functions: FxHashMap<FunctionId, String>,
    problems: FxHashMap<ProblemId, String>,
    modules: &'p Modules,
    params: FxHashMap<Target, Vec<usize>>,
    /// What is called for a list that goes through element by element, and what for a value in whole.
    called_for_elements: FxHashSet<Target>,
    called_in_whole: FxHashSet<Target>,
    backend_clients: Clients,
    service_clients: Clients,
    /// Parameters of functions that are only looked at.
    looks: FxHashSet<(FunctionId, usize)>,
    rules: RefCell<IndexMap<String, Rule>>,
    conversions: RefCell<IndexSet<(TypeId, TypeId)>>,
}

impl<'p> Krate<'p> {
    pub fn new(
        program: &'p Program,
        modules: &'p Modules,
        slice: &'p Slice,
        services: Vec<usize>,
        is_bundle: bool,
    ) -> Krate<'p> {
        let mut krate = Krate {
            program,
            slice,
            services,
            is_bundle,
            types: FxHashMap::default(),
            fields: FxHashMap::default(),
            boxed: FxHashSet::default(),
            functions: FxHashMap::default(),
            problems: FxHashMap::default(),
            modules,
            params: FxHashMap::default(),
            called_for_elements: FxHashSet::default(),
            called_in_whole: FxHashSet::default(),
            backend_clients: Clients::default(),
            service_clients: Clients::default(),
            looks: FxHashSet::default(),
            rules: RefCell::default(),
            conversions: RefCell::default(),
        };
        krate.name_types();
        krate.name_rest();
        krate.looks = super::functions::looks(&krate);
        krate.params = super::backend::collect_params(&krate);
        krate.note_calls();
        krate.backend_clients = clients::of_backends(program, slice, &krate.types);
        krate.service_clients = clients::of_services(program, slice);
        krate.boxed = super::recursion::boxed(program, slice);
        krate
    }

    fn name_types(&mut self) {
        let mut scopes: FxHashMap<Home, Scope> = FxHashMap::default();
        for id in self.slice.types.keys() {
            let Some(def) = self.program.types.get(id.0) else { continue };
            let home = match def.origin() {
                Origin::Std => Home::Std,
                Origin::Backend(backend) => Home::Backend(*backend),
                Origin::Flow | Origin::Literal | Origin::Contract => Home::Types,
            };
            let scope = scopes.entry(home).or_insert_with(|| Scope::with(RESERVED.iter().copied()));
            let wanted = name::camel(def.name());
            let name = match home {
                Home::Std => std_name(def.name()),
                Home::Types | Home::Backend(_) => unique_type(scope, wanted),
            };
            self.types.insert(*id, (home, name));
            self.fields.insert(*id, members(def));
        }
    }

    fn name_rest(&mut self) {
        let mut scope = Scope::default();
        for id in &self.slice.functions {
            if let Some(function) = self.program.functions.get(id.0) {
                self.functions.insert(*id, scope.unique(name::snake(&function.name)));
            }
        }
        let mut scope = Scope::default();
        for id in &self.slice.problems {
            if let Some(problem) = self.program.problems.get(id.0) {
                self.problems.insert(*id, scope.unique(name::shout(&name::snake(&problem.name))));
            }
        }
    }

    fn note_calls(&mut self) {
        for service in self.services.clone() {
            let operations =
                self.program.services.get(service).map_or(&[][..], |service| &service.operations);
            for (at, operation) in operations.iter().enumerate() {
                let streamed = streamed(self.program, self.slice, (service, at));
                let steps = streamed.as_ref().map_or(&operation.steps[..], |streamed| streamed.before);
                self.called_for_elements.extend(streamed.map(|streamed| streamed.target));
                visit::calls(steps, &mut |call| {
                    self.called_in_whole.insert(call.target);
                });
            }
        }
    }

    pub fn is_called_for_elements(&self, target: Target) -> bool {
        self.called_for_elements.contains(&target)
    }

    pub fn is_called_in_whole(&self, target: Target) -> bool {
        self.called_in_whole.contains(&target)
    }

    /// Whether a function takes the value of a parameter, or only looks at it.
    pub fn takes(&self, function: FunctionId, at: usize) -> bool {
        !self.looks.contains(&(function, at))
    }

    /// The numbers of the parameters that calls in this crate give.
    pub fn used_params(&self, target: Target) -> Vec<usize> {
        self.params.get(&target).cloned().unwrap_or_default()
    }

    pub fn client_of_backend(&self, at: usize) -> Option<&ClientNames> {
        self.backend_clients.get(&at)
    }

    pub fn client_of_service(&self, at: usize) -> Option<&ClientNames> {
        self.service_clients.get(&at)
    }

    pub fn def(&self, id: TypeId) -> Option<&'p TypeDef> {
        self.program.types.get(id.0)
    }

    /// The definition behind a type that has a name.
    pub fn def_of(&self, ty: &Type) -> Option<(TypeId, &'p TypeDef)> {
        match ty {
            Type::Named(id) => self.def(*id).map(|def| (*id, def)),
            _ => None,
        }
    }

    pub fn type_name(&self, id: TypeId) -> (Home, &str) {
        self.types.get(&id).map_or((Home::Types, "Unknown"), |(home, name)| (*home, name))
    }

    /// The Rust name of a field, a variant or a value, by its place.
    pub fn member(&self, id: TypeId, at: usize) -> Ident {
        let name = self.fields.get(&id).and_then(|names| names.get(at));
        ident(name.map_or("unknown", String::as_str))
    }

    /// The name by which a reader knows a field that only some operations read. Backends may have types of the same name.
    pub fn varying(&self, id: TypeId, field: usize) -> Option<String> {
        if !self.slice.unread.values().any(|fields| fields.contains(&(id, field))) {
            return None;
        }
        let Some(TypeDef::Record(record)) = self.def(id) else { return None };
        let Origin::Backend(backend) = record.origin else { return None };
        let (module, name) = (self.backend_module(backend), self.type_name(id).1);
        // Behind the last field stand the keys without a name.
        Some(match record.fields.get(field) {
            Some(field) => format!("{module}.{name}.{}", field.name),
            None => format!("{module}.{name}"),
        })
    }

    pub fn is_boxed(&self, id: TypeId, field: usize) -> bool {
        self.boxed.contains(&(id, field))
    }

    /// Whether it takes a look to know how deep a value goes, where that is asked.
    pub fn nests(&self, ty: &Type) -> bool {
        match ty {
            Type::Json => true,
            Type::List(list) => self.nests(&list.item),
            Type::Dict(inner) | Type::Optional(inner) => self.nests(inner),
            Type::Named(id) => self.slice.types.get(id).is_some_and(|of| of.measured),
            _ => false,
        }
    }

    pub fn is_copy(&self, ty: &Type) -> bool {
        ty.is_copy(&self.program.types)
    }

    pub fn function(&self, id: FunctionId) -> Ident {
        ident(self.functions.get(&id).map_or("unknown", String::as_str))
    }

    pub fn problem(&self, id: ProblemId) -> Ident {
        ident(self.problems.get(&id).map_or("UNKNOWN", String::as_str))
    }

    pub fn backend_module(&self, at: usize) -> &str {
        self.modules.backends.get(at).map_or("unknown", String::as_str)
    }

    pub fn service_module(&self, at: usize) -> &str {
        self.modules.services.get(at).map_or("unknown", String::as_str)
    }

    pub fn address(&self, service: usize) -> &str {
        self.modules.addresses.get(service).map_or("", String::as_str)
    }

    pub fn is_local(&self, service: usize) -> bool {
        self.services.contains(&service)
    }

    /// The name of the static that holds a rule; the same rule has one name.
    pub fn rule(&self, rule: Rule) -> Ident {
        let mut rules = self.rules.borrow_mut();
        if let Some((known, _)) = rules.iter().find(|(_, one)| **one == rule) {
            return ident(known);
        }
        let wanted = match rule_name(&rule) {
            Some(name) => name::shout(&name::snake(name)),
            None => "RULE".to_owned(),
        };
        let mut name = wanted.clone();
        let mut number = 2;
        while rules.contains_key(&name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        rules.insert(name.clone(), rule);
        ident(&name)
    }

    pub fn rules(&self) -> Vec<(String, Rule)> {
        self.rules.borrow().iter().map(|(name, rule)| (name.clone(), rule.clone())).collect()
    }

    /// Notes that values of one type are made of values of another.
    pub fn converts(&self, from: TypeId, to: TypeId) {
        self.conversions.borrow_mut().insert((from, to));
    }

    pub fn conversion(&self, at: usize) -> Option<(TypeId, TypeId)> {
        self.conversions.borrow().get_index(at).copied()
    }
}

fn rule_name(rule: &Rule) -> Option<&str> {
    match rule {
        Rule::Text(rule) => rule.name.as_deref(),
        Rule::Int(rule) => rule.name.as_deref(),
        Rule::Float(rule) => rule.name.as_deref(),
        Rule::Decimal(rule) => rule.name.as_deref(),
    }
}

pub fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Records of std that the runtime calls otherwise.
fn std_name(name: &str) -> String {
    match name {
        "Request" => "RequestInfo".to_owned(),
        other => name::camel(other),
    }
}

/// Fields are small, variants and values large.
fn members(def: &TypeDef) -> Vec<String> {
    match def {
        TypeDef::Record(record) => {
            let mut scope = Scope::default();
            let fields = record.fields.iter().map(|field| scope.unique(name::snake(&field.name)));
            let mut names: Vec<String> = fields.collect();
            names.push(scope.unique("additional".to_owned()));
            names
        }
        TypeDef::Enum(of) => {
            let mut scope = Scope::with(["Self"]);
            of.values.iter().map(|value| scope.unique(name::camel(value))).collect()
        }
        TypeDef::Union(union) => {
            let mut scope = Scope::with(["Self"]);
            union.members.iter().map(|member| scope.unique(name::camel(&member.name))).collect()
        }
    }
}

/// Types are told apart by a number without a sign before it.
pub fn unique_type(scope: &mut Scope, wanted: String) -> String {
    let mut number = 1;
    let mut name = wanted.clone();
    while scope.is_taken(&name) {
        number += 1;
        name = format!("{wanted}{number}");
    }
    scope.unique(name)
}
