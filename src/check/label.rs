//! Labels: what must not leak. A set of them travels with every value. Besides the two that authors write
//! there is one that the compiler adds: whether a value depends on who calls.

use std::fmt;
use std::sync::Arc;

use super::context::Context;
use super::schema;
use super::ty::{RecordType, Type};

/// A small set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Labels(u8);

impl Labels {
    pub const NONE: Labels = Labels(0);
    pub const PERSONAL: Labels = Labels(1);
    pub const SECRET: Labels = Labels(2);
    /// It depends on the caller: what a shared cache must not hold.
    pub const CALLER: Labels = Labels(4);

    /// The names that authors may write.
    pub const NAMES: [&'static str; 2] = ["personal", "secret"];

    pub fn named(name: &str) -> Option<Labels> {
        match name {
            "personal" => Some(Labels::PERSONAL),
            "secret" => Some(Labels::SECRET),
            _ => None,
        }
    }

    #[must_use]
    pub fn with(self, other: Labels) -> Labels {
        Labels(self.0 | other.0)
    }

    #[must_use]
    pub fn without(self, other: Labels) -> Labels {
        Labels(self.0 & !other.0)
    }

    pub fn contains(self, other: Labels) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Only what authors write.
    #[must_use]
    pub fn declared(self) -> Labels {
        self.without(Labels::CALLER)
    }
}

/// `@personal @secret`
impl fmt::Display for Labels {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            Labels::NAMES.iter().filter(|name| Labels::named(name).is_some_and(|label| self.contains(label)));
        let shown: Vec<String> = names.map(|name| format!("@{name}")).collect();
        write!(out, "{}", shown.join(" "))
    }
}

/// The labels of all that lies inside of a type: what leaks when the whole value is shown.
pub fn deep(cx: &mut Context<'_>, ty: &Type) -> Labels {
    fn walk(cx: &mut Context<'_>, ty: &Type, seen: &mut Vec<*const RecordType>) -> Labels {
        match ty {
            Type::List(list) => walk(cx, &list.item, seen),
            Type::Dict(inner) | Type::Optional(inner) => walk(cx, inner, seen),
            Type::Union(union) => {
                let members =
                    union.content.get().map(|content| content.members.as_slice()).unwrap_or_default();
                members.iter().fold(Labels::NONE, |labels, member| labels.with(walk(cx, &member.ty, seen)))
            }
            Type::Record(record) => {
                let identity = Arc::as_ptr(record);
                if seen.contains(&identity) || seen.len() > MOST_RECORDS {
                    return Labels::NONE;
                }
                seen.push(identity);
                let fields = &schema::content(cx, record).fields;
                fields.values().fold(Labels::NONE, |labels, field| {
                    labels.with(field.labels.declared()).with(walk(cx, &field.ty, seen))
                })
            }
            _ => Labels::NONE,
        }
    }
    walk(cx, ty, &mut Vec::new())
}

/// Contracts can hold thousands of records in one knot; labels that lie deeper are not looked for.
const MOST_RECORDS: usize = 256;
