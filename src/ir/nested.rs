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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::ty::{Access, Field, Member, Origin, Record, Union};
    use super::*;

    fn record(types: &[Type]) -> TypeDef {
        let field = |ty: &Type| Field {
            name: "a".to_owned(),
            ty: ty.clone(),
            default: None,
            nullable: false,
            access: Access::Both,
            labelled: false,
            doc: None,
        };
        let fields = types.iter().map(field).collect();
        TypeDef::Record(Record {
            name: "R".to_owned(),
            doc: None,
            origin: Origin::Flow,
            fields,
            additional: None,
        })
    }

    fn union(types: &[Type]) -> TypeDef {
        let member = |ty: &Type| Member { name: "m".to_owned(), ty: ty.clone(), tags: Vec::new() };
        let members = types.iter().map(member).collect();
        TypeDef::Union(Union { name: "U".to_owned(), doc: None, origin: Origin::Flow, members, by: None })
    }

    #[test]
    fn what_ends_and_what_does_not() {
        let named = |at| Type::Named(TypeId(at));
        let types = [
            record(&[Type::Bool, named(1)]),
            record(&[Type::Date]),
            record(&[Type::list(named(2)).optional()]),
            record(&[named(2)]),
            record(&[Type::Dict(Arc::new(Type::Json))]),
            union(&[named(1), named(6)]),
            record(&[named(5)]),
            union(&[named(0), named(1)]),
        ];
        let flat = Flat::of(&types);
        let ends: Vec<bool> = (0..types.len()).map(|at| flat.has(&named(at))).collect();
        assert_eq!(ends, [true, true, false, false, false, false, false, true]);
    }
}
