//! The types of the checker. A [`Type`] is small and cheap to clone; records and unions are shared, have an
//! identity, and may refer to each other in circles, so their content is filled in once, after they are known.

use std::fmt;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::exact::Exact;
use super::label::Labels;
use crate::contract::model::{Access, SchemaId};
use crate::source::Span;

#[derive(Debug, Clone)]
pub enum Type {
    /// A finding has been reported: fits everything, so that nothing follows from it.
    Unknown,
    /// `fail …` gives no value.
    Never,
    /// Only `none`.
    None,
    Scalar(Scalar),
    String(Arc<StringRule>),
    Int(Arc<NumberRule>),
    Decimal(Arc<NumberRule>),
    Float(Arc<NumberRule>),
    List(Arc<ListType>),
    Dict(Arc<Type>),
    Optional(Arc<Type>),
    Enum(Arc<EnumType>),
    Record(Arc<RecordType>),
    Union(Arc<UnionType>),
    /// The closed alternatives of a setting.
    Variants(Arc<VariantsType>),
    Function(Arc<FunctionType>),
    /// A type variable of a std function, by its place in the declaration.
    Variable(usize, SmolStr),
}

/// Types without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    Bool,
    Date,
    Time,
    DateTime,
    Duration,
    Uuid,
    Email,
    Uri,
    Bytes,
    Json,
    Percent,
    Rate,
    Size,
    /// `404` or `4xx` in a setting
    Status,
    /// `50ms..200ms`
    Durations,
    /// `300ms at p99`
    Latency,
    /// The name of an operation of the backend at hand
    Operation,
    Regex,
    /// The pattern of a date or time
    Pattern,
    Zone,
}

impl Scalar {
    pub const ALL: [Scalar; 20] = [
        Scalar::Bool,
        Scalar::Date,
        Scalar::Time,
        Scalar::DateTime,
        Scalar::Duration,
        Scalar::Uuid,
        Scalar::Email,
        Scalar::Uri,
        Scalar::Bytes,
        Scalar::Json,
        Scalar::Percent,
        Scalar::Rate,
        Scalar::Size,
        Scalar::Status,
        Scalar::Durations,
        Scalar::Latency,
        Scalar::Operation,
        Scalar::Regex,
        Scalar::Pattern,
        Scalar::Zone,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Scalar::Bool => "bool",
            Scalar::Date => "date",
            Scalar::Time => "time",
            Scalar::DateTime => "datetime",
            Scalar::Duration => "duration",
            Scalar::Uuid => "uuid",
            Scalar::Email => "email",
            Scalar::Uri => "uri",
            Scalar::Bytes => "bytes",
            Scalar::Json => "json",
            Scalar::Percent => "percent",
            Scalar::Rate => "rate",
            Scalar::Size => "size",
            Scalar::Status => "status",
            Scalar::Durations => "durations",
            Scalar::Latency => "latency",
            Scalar::Operation => "operation",
            Scalar::Regex => "regex",
            Scalar::Pattern => "pattern",
            Scalar::Zone => "zone",
        }
    }
}

/// What is known of a string. The name is that of the alias which gave the rule.
#[derive(Debug, Clone, Default)]
pub struct StringRule {
    pub name: Option<SmolStr>,
    pub pattern: Option<SmolStr>,
    pub min: Option<u64>,
    pub max: Option<u64>,
    pub span: Option<Span>,
}

impl StringRule {
    pub fn is_free(&self) -> bool {
        self.pattern.is_none() && self.min.is_none() && self.max.is_none()
    }

    /// How many characters there are at least and at most, which the pattern may say as well.
    pub fn lengths(&self) -> (u64, Option<u64>) {
        let (min, max) = self.pattern.as_deref().map_or((0, None), super::pattern::lengths);
        let most = self.max.map_or(max, |own| Some(max.map_or(own, |max| max.min(own))));
        (min.max(self.min.unwrap_or(0)), most)
    }
}

/// What is known of a number. Both ends are inside; an exclusive bound of a contract on an integer has been
/// moved by one, on other numbers the flags say so.
#[derive(Debug, Clone, Default)]
pub struct NumberRule {
    pub name: Option<SmolStr>,
    pub min: Option<Exact>,
    pub max: Option<Exact>,
    pub above_min: bool,
    pub below_max: bool,
    /// Decimal places.
    pub scale: Option<u32>,
    pub unit: Option<SmolStr>,
    pub span: Option<Span>,
}

impl NumberRule {
    pub fn literal(value: Exact) -> NumberRule {
        NumberRule { min: Some(value), max: Some(value), ..NumberRule::default() }
    }

    /// The one value that it can have.
    pub fn single(&self) -> Option<Exact> {
        self.min.filter(|min| Some(*min) == self.max)
    }

    /// `above 0 and at most 100`: ends that are themselves outside come from contracts, and flows have no form for
    /// them.
    pub fn open_ends(&self) -> String {
        let least = self.min.map(|min| match self.above_min {
            true => format!("above {min}"),
            false => format!("at least {min}"),
        });
        let greatest = self.max.map(|max| match self.below_max {
            true => format!("below {max}"),
            false => format!("at most {max}"),
        });
        let ends: Vec<String> = least.into_iter().chain(greatest).collect();
        ends.join(" and ")
    }

    /// Every number that `self` allows is allowed by `outer`.
    pub fn within(&self, outer: &NumberRule) -> bool {
        let low = match (self.min, outer.min) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => {
                mine > theirs || (mine == theirs && (self.above_min || !outer.above_min))
            }
        };
        let high = match (self.max, outer.max) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => {
                mine < theirs || (mine == theirs && (self.below_max || !outer.below_max))
            }
        };
        low && high
    }
}

#[derive(Debug, Clone)]
pub struct ListType {
    pub item: Type,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct EnumType {
    pub name: Option<SmolStr>,
    pub values: Vec<SmolStr>,
    /// It comes from a backend, which may add values.
    pub open: bool,
    pub span: Option<Span>,
}

impl EnumType {
    /// Texts that are written out at the place, and no declared enumeration.
    pub fn is_literal(&self) -> bool {
        self.name.is_none() && self.span.is_none()
    }
}

pub type Fields = IndexMap<SmolStr, Field>;

#[derive(Debug)]
pub struct RecordType {
    pub name: SmolStr,
    pub origin: Origin,
    /// The declaration, in a flow or in a contract.
    pub span: Span,
    pub content: OnceLock<RecordContent>,
}

#[derive(Debug)]
pub struct RecordContent {
    pub fields: Fields,
    /// The type of all keys that are not named.
    pub additional: Option<Type>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Declared in a `.flow` file.
    Flow,
    /// Written as a literal.
    Literal,
    /// A schema of the backend with this number.
    Contract(usize, SchemaId),
}

#[derive(Debug, Clone)]
pub struct Field {
    pub ty: Type,
    pub labels: Labels,
    pub has_default: bool,
    pub access: Access,
    pub span: Span,
    pub doc: Option<SmolStr>,
}

impl Field {
    /// Whether a value of the record must give it.
    pub fn is_required(&self) -> bool {
        !self.has_default
            && !self.ty.is_optional()
            && !self.ty.is_unknown()
            && self.access != Access::ReadOnly
    }
}

#[derive(Debug)]
pub struct UnionType {
    pub name: Option<SmolStr>,
    pub span: Option<Span>,
    pub origin: Origin,
    pub content: OnceLock<UnionContent>,
}

#[derive(Debug)]
pub struct UnionContent {
    pub members: Vec<Member>,
    /// The field that tells the members apart.
    pub by: Option<SmolStr>,
}

#[derive(Debug, Clone)]
pub struct Member {
    /// As a `match` names it.
    pub name: SmolStr,
    pub ty: Type,
    /// The values of the discriminator that mean this member.
    pub tags: Vec<SmolStr>,
}

#[derive(Debug)]
pub struct VariantsType {
    pub name: SmolStr,
    pub variants: Vec<Variant>,
    /// Ordinary types that may stand there as well, such as `status` in `[Failure | status]`.
    pub others: Vec<Type>,
}

#[derive(Debug, Clone)]
pub struct Variant {
    pub name: SmolStr,
    pub payload: Option<Type>,
    pub labels: Labels,
}

#[derive(Debug)]
pub struct FunctionType {
    pub params: Vec<Type>,
    pub result: Type,
}

impl Type {
    pub const BOOL: Type = Type::Scalar(Scalar::Bool);
    pub const JSON: Type = Type::Scalar(Scalar::Json);
    pub const DURATION: Type = Type::Scalar(Scalar::Duration);

    pub fn string() -> Type {
        Type::String(Arc::default())
    }

    pub fn int() -> Type {
        Type::Int(Arc::default())
    }

    pub fn decimal() -> Type {
        Type::Decimal(Arc::default())
    }

    pub fn float() -> Type {
        Type::Float(Arc::default())
    }

    pub fn list(item: Type) -> Type {
        Type::List(Arc::new(ListType { item, min: None, max: None }))
    }

    pub fn dict(values: Type) -> Type {
        Type::Dict(Arc::new(values))
    }

    /// `T?`; an optional of an optional is one optional.
    pub fn optional(self) -> Type {
        match self {
            Type::Unknown | Type::Optional(_) | Type::None => self,
            Type::Never => Type::None,
            _ => Type::Optional(Arc::new(self)),
        }
    }

    pub fn is_optional(&self) -> bool {
        matches!(self, Type::Optional(_) | Type::None)
    }

    /// `T` of `T?`, and every other type itself.
    pub fn present(&self) -> Type {
        match self {
            Type::Optional(inner) => (**inner).clone(),
            Type::None => Type::Never,
            other => other.clone(),
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Type::Unknown)
    }

    /// The type without what is known only of one value: a literal's own value, the length of a list.
    pub fn widened(&self) -> Type {
        match self {
            Type::Enum(of) if of.is_literal() => Type::string(),
            Type::Int(rule) if rule.single().is_some() && rule.name.is_none() => Type::int(),
            Type::Decimal(rule) if rule.single().is_some() && rule.name.is_none() => Type::decimal(),
            Type::List(list) => Type::list(list.item.widened()),
            Type::Optional(inner) => inner.widened().optional(),
            other => other.clone(),
        }
    }
}

/// Types are the same when every value of one is read alike by the other; names and places do not count.
impl PartialEq for Type {
    fn eq(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Unknown, Type::Unknown) | (Type::Never, Type::Never) | (Type::None, Type::None) => true,
            (Type::Scalar(a), Type::Scalar(b)) => a == b,
            (Type::String(a), Type::String(b)) => {
                Arc::ptr_eq(a, b) || (a.pattern == b.pattern && a.min == b.min && a.max == b.max)
            }
            (Type::Int(a), Type::Int(b))
            | (Type::Decimal(a), Type::Decimal(b))
            | (Type::Float(a), Type::Float(b)) => {
                Arc::ptr_eq(a, b) || (a.within(b) && b.within(a) && a.scale == b.scale && a.unit == b.unit)
            }
            (Type::List(a), Type::List(b)) => a.item == b.item && a.min == b.min && a.max == b.max,
            (Type::Dict(a), Type::Dict(b)) | (Type::Optional(a), Type::Optional(b)) => a == b,
            (Type::Enum(a), Type::Enum(b)) => Arc::ptr_eq(a, b) || (a.values == b.values && a.open == b.open),
            (Type::Record(a), Type::Record(b)) => Arc::ptr_eq(a, b),
            (Type::Union(a), Type::Union(b)) => Arc::ptr_eq(a, b),
            (Type::Variants(a), Type::Variants(b)) => Arc::ptr_eq(a, b),
            (Type::Function(a), Type::Function(b)) => a.params == b.params && a.result == b.result,
            (Type::Variable(a, _), Type::Variable(b, _)) => a == b,
            _ => false,
        }
    }
}

/// As the author would write it.
impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unknown => write!(out, "?"),
            Type::Never => write!(out, "never"),
            Type::None => write!(out, "none"),
            Type::Scalar(scalar) => write!(out, "{}", scalar.as_str()),
            Type::String(rule) => write_string(out, rule),
            Type::Int(rule) => write_number(out, "int", rule),
            Type::Decimal(rule) => write_number(out, "decimal", rule),
            Type::Float(rule) => write_number(out, "float", rule),
            Type::List(list) => {
                write!(out, "[{}]", list.item)?;
                write_size(out, list.min, list.max)
            }
            Type::Dict(values) => write!(out, "{{string: {values}}}"),
            Type::Optional(inner) => match &**inner {
                Type::Enum(of) if of.name.is_none() => write!(out, "({inner})?"),
                Type::Union(of) if of.name.is_none() => write!(out, "({inner})?"),
                _ => write!(out, "{inner}?"),
            },
            Type::Enum(of) => write_enum(out, of),
            Type::Record(record) => write!(out, "{}", record.name),
            Type::Union(union) => write_union(out, union),
            Type::Variants(variants) => write_variants(out, variants),
            Type::Function(function) => {
                let params: Vec<String> = function.params.iter().map(Type::to_string).collect();
                write!(out, "({}) => {}", params.join(", "), function.result)
            }
            Type::Variable(_, name) => write!(out, "{name}"),
        }
    }
}

fn write_string(out: &mut fmt::Formatter<'_>, rule: &StringRule) -> fmt::Result {
    if let Some(name) = &rule.name {
        return write!(out, "{name}");
    }
    write!(out, "string")?;
    if let Some(pattern) = &rule.pattern {
        // What a contract means by a pattern without `^` and `$`.
        write!(out, " matching {}", crate::syntax::pattern(&pattern.replace("(?s:.*)", ".*")))?;
    }
    write_size(out, rule.min, rule.max)
}

fn write_size(out: &mut fmt::Formatter<'_>, min: Option<u64>, max: Option<u64>) -> fmt::Result {
    let show = |bound: Option<u64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    match (min, max) {
        (None, None) => Ok(()),
        _ => write!(out, " of {}..{}", show(min), show(max)),
    }
}

fn write_number(out: &mut fmt::Formatter<'_>, word: &str, rule: &NumberRule) -> fmt::Result {
    if let Some(name) = &rule.name {
        return write!(out, "{name}");
    }
    if let Some(value) = rule.single() {
        return write!(out, "{value}");
    }
    write!(out, "{word}")?;
    let show = |bound: Option<Exact>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    if rule.above_min || rule.below_max {
        write!(out, " {}", rule.open_ends())?;
    } else if rule.min.is_some() || rule.max.is_some() {
        write!(out, " in {}..{}", show(rule.min), show(rule.max))?;
    }
    if let Some(scale) = rule.scale {
        write!(out, " scale {scale}")?;
    }
    match &rule.unit {
        Some(unit) => write!(out, " unit \"{unit}\""),
        None => Ok(()),
    }
}

/// How many alternatives a message spells out.
const SHOWN: usize = 6;

fn write_enum(out: &mut fmt::Formatter<'_>, of: &EnumType) -> fmt::Result {
    if let Some(name) = &of.name {
        return write!(out, "{name}");
    }
    let shown: Vec<String> = of.values.iter().take(SHOWN).map(|value| format!("\"{value}\"")).collect();
    write!(out, "{}", shown.join(" | "))?;
    if of.values.len() > SHOWN { write!(out, " | …") } else { Ok(()) }
}

fn write_variants(out: &mut fmt::Formatter<'_>, of: &VariantsType) -> fmt::Result {
    if !of.name.is_empty() {
        return write!(out, "{}", of.name);
    }
    let words = of.variants.iter().map(|variant| variant.name.to_string());
    let all: Vec<String> = words.chain(of.others.iter().map(Type::to_string)).collect();
    write!(out, "{}", all.join(" | "))
}

fn write_union(out: &mut fmt::Formatter<'_>, union: &UnionType) -> fmt::Result {
    if let Some(name) = &union.name {
        return write!(out, "{name}");
    }
    let members = union.content.get().map(|content| content.members.as_slice()).unwrap_or_default();
    let shown: Vec<&str> = members.iter().take(SHOWN).map(|member| member.name.as_str()).collect();
    write!(out, "{}", shown.join(" | "))?;
    if members.len() > SHOWN { write!(out, " | …") } else { Ok(()) }
}
