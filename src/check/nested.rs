//! Which values can hold values of their own type, or JSON: those of which the type does not say how deep they go.

use std::sync::Arc;

use super::context::Context;
use super::schema;
use super::ty::{Scalar, Type};

/// Contracts can hold thousands of records in one knot: what goes so far is taken for one that nests.
const LONGEST_WAY: usize = 256;

/// Whether values of this type can be put into each other again and again.
pub fn nests(cx: &mut Context<'_>, ty: &Type) -> bool {
    Walk::default().nests(cx, ty)
}

/// By the addresses of records and unions.
#[derive(Default)]
struct Walk {
    open: Vec<usize>,
    flat: Vec<usize>,
}

impl Walk {
    fn nests(&mut self, cx: &mut Context<'_>, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => *scalar == Scalar::Json,
            Type::List(list) => self.nests(cx, &list.item),
            Type::Dict(inner) | Type::Optional(inner) => self.nests(cx, inner),
            Type::Record(record) => self.within(Arc::as_ptr(record) as usize, |walk| {
                let content = schema::content(cx, record);
                let fields = content.fields.values().map(|field| &field.ty);
                fields.chain(&content.additional).any(|ty| walk.nests(cx, ty))
            }),
            Type::Union(union) => self.within(Arc::as_ptr(union) as usize, |walk| {
                let members = union.content.get().map_or(&[][..], |content| &content.members);
                members.iter().any(|member| walk.nests(cx, &member.ty))
            }),
            Type::Unknown
            | Type::Never
            | Type::None
            | Type::String(_)
            | Type::Int(_)
            | Type::Decimal(_)
            | Type::Float(_)
            | Type::Enum(_)
            | Type::Variants(_)
            | Type::Function(_)
            | Type::Variable(..) => false,
        }
    }

    fn within(&mut self, address: usize, inside: impl FnOnce(&mut Walk) -> bool) -> bool {
        if self.flat.contains(&address) {
            return false;
        }
        if self.open.contains(&address) || self.open.len() >= LONGEST_WAY {
            return true;
        }
        self.open.push(address);
        let nests = inside(self);
        self.open.pop();
        if !nests {
            self.flat.push(address);
        }
        nests
    }
}
