//! Types as they are represented and checked at the edges: what a value looks like in Rust, in JSON, and which
//! rules it keeps. Records, enumerations and unions have numbers, so that they can contain each other.

use std::sync::Arc;

/// The number of a record, enumeration or union in [`super::Program::types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub usize);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// There is no value: an answer without a body.
    Unit,
    /// The end: no value ever comes out of it.
    Never,
    Bool,
    Int(IntRule),
    Float(FloatRule),
    Decimal(DecimalRule),
    Text(TextRule),
    /// Text that a backend draws from a list which may grow.
    OpenEnum(Arc<[String]>),
    Date,
    Time,
    DateTime,
    Duration,
    Uuid,
    Email,
    Uri,
    /// Base64 in JSON; as they are in a part or body of their own.
    Bytes,
    Json,
    Zone,
    Regex,
    Pattern,
    List(Arc<ListType>),
    Dict(Arc<Type>),
    Optional(Arc<Type>),
    Named(TypeId),
    Function(Arc<FunctionType>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TextRule {
    /// The alias that gave the rule: `CustomerId`.
    pub name: Option<String>,
    /// Anchored by the runtime.
    pub pattern: Option<String>,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct IntRule {
    pub name: Option<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct FloatRule {
    pub name: Option<String>,
    /// As written.
    pub min: Option<String>,
    pub max: Option<String>,
    pub above_min: bool,
    pub below_max: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DecimalRule {
    pub name: Option<String>,
    pub min: Option<String>,
    pub max: Option<String>,
    pub above_min: bool,
    pub below_max: bool,
    pub scale: Option<u32>,
    /// The contract keeps it in a JSON string.
    pub as_text: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListType {
    pub item: Type,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionType {
    pub params: Vec<Type>,
    pub result: Type,
}

impl TextRule {
    pub fn is_free(&self) -> bool {
        self.pattern.is_none() && self.min.is_none() && self.max.is_none()
    }
}

impl IntRule {
    pub fn is_free(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}

impl FloatRule {
    pub fn is_free(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}

impl DecimalRule {
    pub fn is_free(&self) -> bool {
        self.min.is_none() && self.max.is_none() && self.scale.is_none()
    }
}

impl Type {
    pub fn text() -> Type {
        Type::Text(TextRule::default())
    }

    pub fn int() -> Type {
        Type::Int(IntRule::default())
    }

    pub fn list(item: Type) -> Type {
        Type::List(Arc::new(ListType { item, min: None, max: None }))
    }

    pub fn optional(self) -> Type {
        match self {
            Type::Optional(_) | Type::Unit => self,
            Type::Never => Type::Unit,
            other => Type::Optional(Arc::new(other)),
        }
    }

    pub fn is_optional(&self) -> bool {
        matches!(self, Type::Optional(_) | Type::Unit)
    }

    /// `T` of `T?`, and every other type itself.
    pub fn present(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether the values of both look alike in memory: rules do not count.
    pub fn looks_like(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Text(_) | Type::OpenEnum(_), Type::Text(_) | Type::OpenEnum(_))
            | (Type::Int(_), Type::Int(_))
            | (Type::Float(_), Type::Float(_))
            | (Type::Decimal(_), Type::Decimal(_)) => true,
            (Type::List(a), Type::List(b)) => a.item.looks_like(&b.item),
            (Type::Dict(a), Type::Dict(b)) | (Type::Optional(a), Type::Optional(b)) => a.looks_like(b),
            (a, b) => a == b,
        }
    }

    /// Whether its values are one text each, wherever texts stand.
    pub fn is_scalar(&self, types: &[TypeDef]) -> bool {
        match self {
            Type::Named(id) => matches!(types.get(id.0), Some(TypeDef::Enum(_))),
            Type::Bool
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
            | Type::Zone => true,
            Type::Unit
            | Type::Never
            | Type::Json
            | Type::Regex
            | Type::Pattern
            | Type::List(_)
            | Type::Dict(_)
            | Type::Optional(_)
            | Type::Function(_) => false,
        }
    }

    /// Whether copying it costs nothing, so that nobody borrows it.
    pub fn is_copy(&self, types: &[TypeDef]) -> bool {
        match self {
            Type::Unit
            | Type::Never
            | Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal(_)
            | Type::Date
            | Type::Time
            | Type::DateTime
            | Type::Duration
            | Type::Uuid => true,
            Type::Optional(inner) => inner.is_copy(types),
            Type::Named(id) => matches!(types.get(id.0), Some(TypeDef::Enum(_))),
            Type::Text(_)
            | Type::OpenEnum(_)
            | Type::Email
            | Type::Uri
            | Type::Bytes
            | Type::Json
            | Type::Zone
            | Type::Regex
            | Type::Pattern
            | Type::List(_)
            | Type::Dict(_)
            | Type::Function(_) => false,
        }
    }
}

/// Where a type comes from, which says how it is named and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Declared by the author.
    Flow,
    /// Of std: the runtime has it.
    Std,
    /// Written as a literal, or put together by the compiler.
    Literal,
    /// Of the contract of a backend, by its number among the backends; of a contract that a service implements.
    Backend(usize),
    Contract,
}

#[derive(Debug, Clone)]
pub enum TypeDef {
    Record(Record),
    Enum(Enum),
    Union(Union),
}

impl TypeDef {
    pub fn name(&self) -> &str {
        match self {
            TypeDef::Record(record) => &record.name,
            TypeDef::Enum(of) => &of.name,
            TypeDef::Union(union) => &union.name,
        }
    }

    /// The place of a field of a record.
    pub fn position(&self, field: &str) -> Option<usize> {
        match self {
            TypeDef::Record(record) => record.fields.iter().position(|one| one.name == field),
            TypeDef::Enum(_) | TypeDef::Union(_) => None,
        }
    }

    pub fn origin(&self) -> &Origin {
        match self {
            TypeDef::Record(record) => &record.origin,
            TypeDef::Enum(of) => &of.origin,
            TypeDef::Union(union) => &union.origin,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Record {
    pub name: String,
    pub doc: Option<String>,
    pub origin: Origin,
    pub fields: Vec<Field>,
    /// The values of all keys that are not named.
    pub additional: Option<Type>,
}

#[derive(Debug, Clone)]
pub struct Field {
    /// In the flow and in JSON.
    pub name: String,
    /// Optional where it may be absent.
    pub ty: Type,
    /// What it is where it is not given.
    pub default: Option<super::Expr>,
    /// The key has to be there although the value may be null.
    pub nullable: bool,
    pub access: Access,
    /// It is about a person, or gives access: it never goes into a log.
    pub labelled: bool,
    pub doc: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Both,
    ReadOnly,
    WriteOnly,
}

/// A closed enumeration of texts.
#[derive(Debug, Clone)]
pub struct Enum {
    pub name: String,
    pub doc: Option<String>,
    pub origin: Origin,
    pub values: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Union {
    pub name: String,
    pub doc: Option<String>,
    pub origin: Origin,
    pub members: Vec<Member>,
    /// The field that tells the members apart.
    pub by: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub name: String,
    pub ty: Type,
    /// The values of the discriminator that mean this member.
    pub tags: Vec<String>,
}
