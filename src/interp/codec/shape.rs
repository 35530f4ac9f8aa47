//! The types that have names, made ready: what stands between quotes, by which key a field is found, and what holds where
//! it is not there.

use flow_std::codec;
use rustc_hash::FxHashMap;

use super::rule::Rule;
use crate::interp::Value;
use crate::interp::name::{fixed, fixed_list};
use crate::ir::{self, Expr, Origin, Slice, Type, TypeDef, TypeId};

pub enum Shape {
    Record(Fields),
    /// The values of a closed enumeration.
    Choice(&'static [&'static str]),
    Union(Members),
}

pub struct Fields {
    /// In the order of the type.
    pub all: Vec<Field>,
    places: FxHashMap<&'static str, usize>,
    pub additional: Additional,
}

pub struct Field {
    pub name: &'static str,
    /// The name as it stands between quotes in JSON.
    pub escaped: &'static str,
    pub ty: Type,
    /// A default stands for null, too.
    pub read_as: Type,
    pub rule: Rule,
    pub is_kept: bool,
    pub access: codec::Access,
    /// The name by which a reader knows a field that only some operations read.
    pub varying: Option<&'static str>,
    /// What holds where it is absent.
    pub absent: Absent,
    /// It is left out where there is none, and null otherwise.
    pub is_left_out: bool,
}

pub enum Absent {
    Default(Value),
    /// Nothing, which is what it may be.
    Nothing,
    /// A fault, if it travels this way and is read. What nobody reads in an answer is kept because it is sent: only our
    /// callers have to give it.
    Missing {
        only_from_callers: bool,
    },
}

/// What is made of keys that have no name.
pub enum Additional {
    /// With the name by which a reader knows them, where only some operations read them.
    Kept(Type, Rule, Option<&'static str>),
    Skipped,
    Unknown,
}

pub struct Members {
    pub all: Vec<Member>,
    pub by: Tell,
}

pub struct Member {
    pub ty: Type,
    pub rule: Rule,
}

/// How members are told apart.
pub enum Tell {
    /// By the value of a field: all values that are known, and of each the place of its member.
    Tag { field: String, known: &'static [&'static str], members: Vec<usize> },
    /// By trying; what is said where none fits.
    Trying { otherwise: String },
}

impl Fields {
    /// The place of a field. Most objects have their fields in the order of the type: `next` is where the next one is
    /// likely to be.
    pub fn place(&self, name: &str, next: &mut usize) -> Option<usize> {
        let at = match self.all.get(*next) {
            Some(field) if field.name == name => *next,
            _ => *self.places.get(name)?,
        };
        *next = at + 1;
        Some(at)
    }
}

/// The name by which a reader knows a field. No other type of the program has the same.
pub fn field_name(id: TypeId, field: &ir::Field) -> String {
    format!("{}.{}", id.0, field.name)
}

/// The same for the keys without a name.
pub fn keys_name(id: TypeId) -> String {
    id.0.to_string()
}

pub struct Making<'m> {
    pub slice: &'m Slice,
    pub defaults: &'m dyn Fn(&Expr) -> Value,
}

impl Making<'_> {
    pub fn shape(&self, id: TypeId, def: &TypeDef) -> Shape {
        match def {
            TypeDef::Record(record) => Shape::Record(self.fields(id, record)),
            TypeDef::Enum(of) => Shape::Choice(fixed_list(of.values.iter().map(String::as_str))),
            TypeDef::Union(union) => Shape::Union(members(union)),
        }
    }

    fn fields(&self, id: TypeId, record: &ir::Record) -> Fields {
        let all: Vec<Field> =
            record.fields.iter().enumerate().map(|(at, field)| self.field((id, record), at, field)).collect();
        let keeps = self.used(id, record).is_none_or(|of| of.additional);
        let additional = match &record.additional {
            Some(ty) if keeps => {
                let varying = self.is_varying(id, record.fields.len()).then(|| fixed(&keys_name(id)));
                Additional::Kept(ty.clone(), Rule::of(ty), varying)
            }
            Some(_) => Additional::Skipped,
            None => Additional::Unknown,
        };
        let places = all.iter().enumerate().map(|(at, field)| (field.name, at)).collect();
        Fields { all, places, additional }
    }

    /// The runtime has all of what is its own.
    fn used(&self, id: TypeId, record: &ir::Record) -> Option<&ir::Use> {
        self.slice.types.get(&id).filter(|_| record.origin != Origin::Std)
    }

    fn is_varying(&self, id: TypeId, at: usize) -> bool {
        self.slice.unread.values().any(|fields| fields.contains(&(id, at)))
    }

    fn field(&self, (id, record): (TypeId, &ir::Record), at: usize, field: &ir::Field) -> Field {
        let is_varying = self.is_varying(id, at);
        let used = self.used(id, record);
        let is_backends = matches!(record.origin, Origin::Backend(_));
        let is_read = used.is_none_or(|of| of.read.contains(&at));
        let read_as = match &field.default {
            Some(_) => field.ty.clone().optional(),
            None => field.ty.clone(),
        };
        Field {
            name: fixed(&field.name),
            escaped: escaped(&field.name),
            rule: Rule::of(&field.ty),
            is_kept: used.is_none_or(|of| of.fields.contains(&at)),
            access: access(field.access),
            varying: is_varying.then(|| fixed(&field_name(id, field))),
            absent: match &field.default {
                Some(default) => Absent::Default((self.defaults)(default)),
                None if field.ty.is_optional() => Absent::Nothing,
                None => Absent::Missing { only_from_callers: is_backends && !is_read },
            },
            is_left_out: field.ty.is_optional() && !field.nullable,
            ty: field.ty.clone(),
            read_as,
        }
    }
}

fn access(access: ir::Access) -> codec::Access {
    match access {
        ir::Access::Both => codec::Access::Both,
        ir::Access::ReadOnly => codec::Access::ReadOnly,
        ir::Access::WriteOnly => codec::Access::WriteOnly,
    }
}

fn escaped(name: &str) -> &'static str {
    let quoted = codec::to_json(&name, codec::Side::Caller);
    let inner = quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or_default();
    fixed(std::str::from_utf8(inner).unwrap_or(name))
}

fn members(union: &ir::Union) -> Members {
    let all = union.members.iter().map(|one| Member { ty: one.ty.clone(), rule: Rule::of(&one.ty) });
    let by = match &union.by {
        Some(field) if union.members.iter().all(|one| !one.tags.is_empty()) => {
            let tags = union.members.iter().enumerate();
            let tags = tags.flat_map(|(at, one)| one.tags.iter().map(move |tag| (tag.as_str(), at)));
            let (known, members): (Vec<&str>, Vec<usize>) = tags.unzip();
            Tell::Tag { field: field.clone(), known: fixed_list(known), members }
        }
        _ => {
            let names: Vec<&str> = union.members.iter().map(|one| one.name.as_str()).collect();
            Tell::Trying { otherwise: format!("must be one of {}", names.join(", ")) }
        }
    };
    Members { all: all.collect(), by }
}
