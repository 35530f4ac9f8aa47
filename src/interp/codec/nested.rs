//! How deep a value goes. Looked at is what is looked at in what is emitted: what may hold its own kind.

use flow_std::Fault;
use flow_std::nested::{DEEPEST, Nested, too_deep};

use super::Types;
use super::shape::{Additional, Shape};
use crate::interp::Value;
use crate::ir::Type;

/// The value, if it is no deeper than what is read may be.
///
/// # Errors
/// It is.
pub fn bounded(types: &Types, ty: &Type, value: Value) -> Result<Value, Fault> {
    if fits(types, ty, &value, DEEPEST) { Ok(value) } else { Err(too_deep()) }
}

fn fits(types: &Types, ty: &Type, value: &Value, levels: u32) -> bool {
    if types.flat.has(ty) {
        return true;
    }
    match (value, ty.present(), types.shape(ty.present())) {
        (Value::Json(json), ..) => json.fits(levels),
        (Value::List(items), Type::List(list), _) => {
            levels > 0 && items.iter().all(|item| fits(types, &list.item, item, levels - 1))
        }
        (Value::Dict(entries), Type::Dict(of), _) => {
            levels > 0 && entries.values().all(|value| fits(types, of, value, levels - 1))
        }
        (Value::Record(record), _, Some(Shape::Record(fields))) => {
            let named = fields.all.iter().map(|field| &field.ty).zip(&record.fields);
            let additional = match &fields.additional {
                Additional::Kept(ty, ..) => Some(ty),
                Additional::Skipped | Additional::Unknown => None,
            };
            let unnamed =
                additional.iter().flat_map(|ty| record.additional.values().map(move |value| (*ty, value)));
            levels > 0 && named.chain(unnamed).all(|(ty, value)| fits(types, ty, value, levels - 1))
        }
        (Value::Member(at, value), _, Some(Shape::Union(members))) => {
            members.all.get(*at).is_none_or(|member| fits(types, &member.ty, value, levels))
        }
        _ => true,
    }
}
