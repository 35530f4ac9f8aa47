//! Values in and out, by their types: the same functions of the runtime are called with the same rules as in the code that
//! is emitted for a type. What can be found out before a value comes is found out once, when the types are taken in.

mod answer;
mod call;
mod convert;
mod nested;
mod read;
mod request;
mod rule;
mod shape;
#[cfg(test)]
mod tests;
mod write;

use flow_std::codec::Reader;
use rustc_hash::FxHashMap;

use super::Value;
use super::name::fixed_list;
use crate::ir::{Expr, Flat, Program, Slice, Type, TypeDef, TypeId};
use rule::{Rule, Rules};
use shape::Shape;

pub use answer::{of_backend, of_service};
pub use call::Outgoing;
pub use convert::{convert, narrow};
pub use nested::bounded;
pub use request::Inputs;
pub use write::{Written, as_text, to_json};

/// What the codec knows: the types of the program, and which fields of each are kept.
pub struct Types {
    defs: Vec<TypeDef>,
    flat: Flat,
    /// In the order of the types.
    shapes: Vec<Shape>,
    rules: Rules,
    unread: FxHashMap<(usize, usize), &'static [&'static str]>,
}

impl Types {
    /// With the fields that a slice keeps. `defaults` says what the default of a field is: a constant expression.
    pub fn new(program: &Program, slice: &Slice, defaults: &dyn Fn(&Expr) -> Value) -> Types {
        let making = shape::Making { slice, defaults };
        let shapes = program.types.iter().enumerate().map(|(at, def)| making.shape(TypeId(at), def));
        let unread = slice.unread.iter().map(|(operation, fields)| {
            let names = fields.iter().filter_map(|(id, field)| Some((id, record(program, *id)?, *field)));
            let names = names.map(|(id, of, at)| match of.fields.get(at) {
                Some(field) => shape::field_name(*id, field),
                None => shape::keys_name(*id),
            });
            let names: Vec<String> = names.collect();
            (*operation, fixed_list(names.iter().map(String::as_str)))
        });
        Types {
            shapes: shapes.collect(),
            unread: unread.collect(),
            flat: Flat::of(&program.types),
            defs: program.types.clone(),
            rules: Rules::default(),
        }
    }

    /// With every field, whoever reads it.
    pub fn whole(program: &Program, defaults: &dyn Fn(&Expr) -> Value) -> Types {
        Types::new(program, &Slice::default(), defaults)
    }

    pub fn def(&self, id: TypeId) -> Option<&TypeDef> {
        self.defs.get(id.0)
    }

    /// What an operation of a service does not read of answers, though others do: for `Context::skipping`.
    pub fn unread(&self, service: usize, operation: usize) -> &'static [&'static str] {
        self.unread.get(&(service, operation)).copied().unwrap_or_default()
    }

    /// Whether a field of a record is worked out and kept at all; those without a name come behind the others.
    pub fn keeps(&self, id: TypeId, at: usize) -> bool {
        match self.shapes.get(id.0) {
            Some(Shape::Record(fields)) => fields.all.get(at).is_none_or(|field| field.is_kept),
            _ => true,
        }
    }

    fn shape(&self, ty: &Type) -> Option<&Shape> {
        match ty {
            Type::Named(id) => self.shapes.get(id.0),
            _ => None,
        }
    }

    fn def_of(&self, ty: &Type) -> Option<&TypeDef> {
        match ty {
            Type::Named(id) => self.def(*id),
            _ => None,
        }
    }
}

fn record(program: &Program, id: TypeId) -> Option<&crate::ir::Record> {
    match program.types.get(id.0)? {
        TypeDef::Record(record) => Some(record),
        TypeDef::Enum(_) | TypeDef::Union(_) => None,
    }
}

/// Reads a value. None: a fault has been noted.
pub fn decode(types: &Types, ty: &Type, from: &mut Reader<'_>) -> Option<Value> {
    match types.rules.of(ty) {
        Some(rule) => read::value(types, ty, &rule, from),
        None => read::value(types, ty, &Rule::Free, from),
    }
}
