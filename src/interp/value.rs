//! A value of any type. Its type is known from the program, so it says no more about itself than is needed to work with it.

use std::cmp::Ordering;
use std::sync::Arc;

use flow_std::order::Ordered;
use flow_std::value::{
    Bytes, Date, DateTime, Decimal, Dict, Duration, Email, Json, Pattern, Regex, Time, Uri, Uuid, Zone,
};

/// Copies are cheap: what can be large is shared.
#[derive(Debug, Clone)]
pub enum Value {
    /// The value of an optional type that is absent; the only value of the type of what has none. A value of an optional
    /// type that is there stands for itself.
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Decimal(Decimal),
    Text(Arc<str>),
    Date(Date),
    Time(Time),
    DateTime(DateTime),
    Duration(Duration),
    Uuid(Uuid),
    Email(Arc<Email>),
    Uri(Arc<Uri>),
    Bytes(Bytes),
    Json(Arc<Json>),
    Zone(Arc<Zone>),
    Regex(Arc<Regex>),
    Pattern(Arc<Pattern>),
    List(Arc<Vec<Value>>),
    Dict(Arc<Dict<Value>>),
    Record(Arc<Record>),
    /// Of a closed enumeration, by its place.
    Choice(usize),
    /// A value of a union: which member it is, by its place.
    Member(usize, Arc<Value>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// In the order of the type. What nobody reads is `None`, whatever its type.
    pub fields: Vec<Value>,
    /// The values of keys that have no name.
    pub additional: Dict<Value>,
}

impl Value {
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(items))
    }

    pub fn dict(entries: Dict<Value>) -> Value {
        Value::Dict(Arc::new(entries))
    }

    pub fn record(fields: Vec<Value>) -> Value {
        Value::Record(Arc::new(Record { fields, additional: Dict::new() }))
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// The value, if it is there.
    pub fn present(self) -> Option<Value> {
        match self {
            Value::None => None,
            value => Some(value),
        }
    }
}

impl From<Option<Value>> for Value {
    fn from(value: Option<Value>) -> Value {
        value.unwrap_or(Value::None)
    }
}

/// Values of different types are never compared: the program is typed.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None) => true,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Int(one), Value::Int(other)) => one == other,
            (Value::Float(one), Value::Float(other)) => one == other,
            (Value::Decimal(one), Value::Decimal(other)) => one == other,
            (Value::Text(one), Value::Text(other)) => one == other,
            (Value::Date(one), Value::Date(other)) => one == other,
            (Value::Time(one), Value::Time(other)) => one == other,
            (Value::DateTime(one), Value::DateTime(other)) => one == other,
            (Value::Duration(one), Value::Duration(other)) => one == other,
            (Value::Uuid(one), Value::Uuid(other)) => one == other,
            (Value::Email(one), Value::Email(other)) => one == other,
            (Value::Uri(one), Value::Uri(other)) => one == other,
            (Value::Bytes(one), Value::Bytes(other)) => one == other,
            (Value::Json(one), Value::Json(other)) => one == other,
            (Value::Zone(one), Value::Zone(other)) => one == other,
            (Value::List(one), Value::List(other)) => one == other,
            (Value::Dict(one), Value::Dict(other)) => one == other,
            (Value::Record(one), Value::Record(other)) => one == other,
            (Value::Choice(one), Value::Choice(other)) => one == other,
            (Value::Member(at, one), Value::Member(other_at, other)) => at == other_at && one == other,
            _ => false,
        }
    }
}

impl Ordered for Value {
    fn compare(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Int(one), Value::Int(other)) => one.compare(other),
            (Value::Float(one), Value::Float(other)) => one.compare(other),
            (Value::Decimal(one), Value::Decimal(other)) => one.compare(other),
            (Value::Text(one), Value::Text(other)) => (**one).compare(other),
            (Value::Date(one), Value::Date(other)) => one.compare(other),
            (Value::Time(one), Value::Time(other)) => one.compare(other),
            (Value::DateTime(one), Value::DateTime(other)) => one.compare(other),
            (Value::Duration(one), Value::Duration(other)) => one.compare(other),
            (Value::Uuid(one), Value::Uuid(other)) => one.compare(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Value {
    /// What is asked of values of different types, which no program compares, so that their order is one all the same:
    /// sorting by anything else is a panic. Types without an order are all alike.
    fn rank(&self) -> u8 {
        match self {
            Value::Int(_) => 0,
            Value::Float(_) => 1,
            Value::Decimal(_) => 2,
            Value::Text(_) => 3,
            Value::Date(_) => 4,
            Value::Time(_) => 5,
            Value::DateTime(_) => 6,
            Value::Duration(_) => 7,
            Value::Uuid(_) => 8,
            _ => 9,
        }
    }
}
