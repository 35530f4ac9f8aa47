//! Which fields have to be boxed: those through which a record would contain itself.

use rustc_hash::FxHashSet;

use crate::ir::{Program, Slice, Type, TypeDef, TypeId};

/// Every field of a record that leads back to the record without a list or dictionary between.
pub fn boxed(program: &Program, slice: &Slice) -> FxHashSet<(TypeId, usize)> {
    let mut boxed = FxHashSet::default();
    for id in slice.types.keys() {
        let Some(TypeDef::Record(record)) = program.types.get(id.0) else { continue };
        for (at, field) in record.fields.iter().enumerate() {
            if let Some(start) = held(&field.ty)
                && reaches(program, start, *id, &mut FxHashSet::default())
            {
                boxed.insert((*id, at));
            }
        }
    }
    boxed
}

/// The type that a value holds within itself.
fn held(ty: &Type) -> Option<TypeId> {
    match ty {
        Type::Named(id) => Some(*id),
        Type::Optional(inner) => held(inner),
        _ => None,
    }
}

fn reaches(program: &Program, from: TypeId, wanted: TypeId, seen: &mut FxHashSet<TypeId>) -> bool {
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == wanted {
            return true;
        }
        if !seen.insert(id) {
            continue;
        }
        match program.types.get(id.0) {
            Some(TypeDef::Record(record)) => {
                open.extend(record.fields.iter().filter_map(|field| held(&field.ty)));
            }
            Some(TypeDef::Union(union)) => {
                open.extend(union.members.iter().filter_map(|member| held(&member.ty)));
            }
            Some(TypeDef::Enum(_)) | None => {}
        }
    }
    false
}
