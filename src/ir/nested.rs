//! Which types hold themselves, or JSON: those of which the values go as deep as they were made.

use rustc_hash::FxHashSet;

use super::ty::{Type, TypeDef, TypeId};

/// The types of which all that is in them is known to end.
#[derive(Debug, Default)]
pub struct Flat {
    types: FxHashSet<TypeId>,
}

impl Flat {
    pub fn of(types: &[TypeDef]) -> Flat {
        let mut flat = Flat::default();
        // What holds only what ends, ends: nothing that holds itself is ever among these.
        loop {
            let known = flat.types.len();
            for (at, def) in types.iter().enumerate() {
                if inside(def).into_iter().all(|ty| flat.has(ty)) {
                    flat.types.insert(TypeId(at));
                }
            }
            if flat.types.len() == known {
                return flat;
            }
        }
    }

    pub fn has(&self, ty: &Type) -> bool {
        match ty {
            Type::Json => false,
            Type::List(list) => self.has(&list.item),
            Type::Dict(inner) | Type::Optional(inner) => self.has(inner),
            Type::Named(id) => self.types.contains(id),
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
            | Type::Zone
            | Type::Regex
            | Type::Pattern
            | Type::Function(_) => true,
        }
    }
}

fn inside(def: &TypeDef) -> Vec<&Type> {
    match def {
        TypeDef::Record(record) => {
            record.fields.iter().map(|field| &field.ty).chain(&record.additional).collect()
        }
        TypeDef::Union(union) => union.members.iter().map(|member| &member.ty).collect(),
        TypeDef::Enum(_) => Vec::new(),
    }
}
