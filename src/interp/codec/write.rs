//! Writing: a value of a type as it stands in a document, or as one text.

use std::borrow::Cow;

use flow_std::codec::{AsText, Encode, Writer};
use flow_std::value::Json;

use super::Types;
use super::shape::{Additional, Fields, Shape};
use crate::interp::{Record, Value};
use crate::ir::{DecimalRule, Type};

/// A value that the runtime can write.
#[derive(Clone, Copy)]
pub struct Written<'v> {
    types: &'v Types,
    ty: &'v Type,
    value: &'v Value,
    decimals: Decimals,
}

/// How decimals are written that a contract keeps in strings.
#[derive(Clone, Copy)]
enum Decimals {
    AsTheContractSays,
    /// Beyond the records of the contract nobody knows of that.
    Numbers,
}

impl<'v> Written<'v> {
    /// As its contract keeps it: for what is sent to a backend or to another service.
    pub fn new(types: &'v Types, ty: &'v Type, value: &'v Value) -> Written<'v> {
        Written { types, ty, value, decimals: Decimals::AsTheContractSays }
    }

    /// As everybody else reads it: for answers to our callers, members of problems, fields of the log, keys of caches, and
    /// for what becomes JSON in the flow.
    pub fn plain(types: &'v Types, ty: &'v Type, value: &'v Value) -> Written<'v> {
        Written { types, ty, value, decimals: Decimals::Numbers }
    }

    /// A part of it.
    fn part(self, ty: &'v Type, value: &'v Value) -> Written<'v> {
        Written { ty, value, ..self }
    }

    fn compound(self, to: &mut Writer) {
        let (types, ty) = (self.types, self.ty);
        match (self.value, ty) {
            (Value::List(items), Type::List(list)) => {
                to.list(items.iter().map(|item| self.part(&list.item, item)));
            }
            (Value::Dict(entries), Type::Dict(values)) => {
                let mut object = to.object();
                for (key, value) in &**entries {
                    object.entry(key, &self.part(values, value));
                }
                object.end();
            }
            (value, Type::Named(_)) => match (types.shape(ty), value) {
                (Some(Shape::Record(fields)), Value::Record(record)) => {
                    self::record(types, fields, record, to);
                }
                (Some(Shape::Union(members)), Value::Member(at, value)) => {
                    if let Some(member) = members.all.get(*at) {
                        Written::new(types, &member.ty, value).encode(to);
                    }
                }
                (Some(Shape::Choice(known)), Value::Choice(at)) => to.string(known.get(*at).unwrap_or(&"")),
                _ => to.null(),
            },
            // A program is typed, so there is nothing else.
            _ => to.null(),
        }
    }
}

impl Encode for Written<'_> {
    fn encode(&self, to: &mut Writer) {
        if let (Type::Optional(inner), false) = (self.ty, self.value.is_none()) {
            return self.part(inner, self.value).encode(to);
        }
        match self.value {
            Value::None => to.null(),
            Value::Bool(truth) => to.bool(*truth),
            Value::Int(number) => to.int(*number),
            Value::Float(number) => to.float(*number),
            Value::Decimal(number) => match (self.ty, self.decimals) {
                (Type::Decimal(DecimalRule { as_text: true, .. }), Decimals::AsTheContractSays) => {
                    to.decimal_text(*number);
                }
                _ => to.decimal(*number),
            },
            Value::Text(text) => to.string(text),
            Value::Date(date) => date.encode(to),
            Value::Time(time) => time.encode(to),
            Value::DateTime(moment) => moment.encode(to),
            Value::Duration(duration) => duration.encode(to),
            Value::Uuid(uuid) => uuid.encode(to),
            Value::Email(email) => email.encode(to),
            Value::Uri(uri) => uri.encode(to),
            Value::Bytes(bytes) => bytes.encode(to),
            Value::Json(json) => json.encode(to),
            Value::Zone(zone) => zone.encode(to),
            Value::Regex(regex) => to.string(regex.source()),
            Value::Pattern(pattern) => to.string(pattern.source()),
            Value::List(_) | Value::Dict(_) | Value::Record(_) | Value::Choice(_) | Value::Member(..) => {
                self.compound(to);
            }
        }
    }
}

fn record(types: &Types, fields: &Fields, record: &Record, to: &mut Writer) {
    let mut object = to.object();
    for (field, value) in fields.all.iter().zip(&record.fields) {
        let is_left_out = field.is_left_out && value.is_none();
        if field.is_kept && !is_left_out && object.takes(field.access) {
            object.field(field.escaped, &Written::new(types, &field.ty, value));
        }
    }
    if let Additional::Kept(ty, _, _) = &fields.additional {
        for (name, value) in &record.additional {
            object.entry(name, &Written::plain(types, ty, value));
        }
    }
    object.end();
}

/// A value in its JSON form, without what is never answered to callers (`writeOnly`).
pub fn to_json(types: &Types, ty: &Type, value: &Value) -> Json {
    flow_std::json::from(&Written::plain(types, ty, value))
}

/// A value that is one text, as it stands in a path, a query, a header or a cookie.
pub fn as_text<'v>(types: &Types, ty: &Type, value: &'v Value) -> Cow<'v, str> {
    match value {
        Value::Bool(truth) => truth.as_text(),
        Value::Int(number) => number.as_text(),
        Value::Float(number) => number.as_text(),
        Value::Decimal(number) => number.as_text(),
        Value::Text(text) => Cow::Borrowed(text),
        Value::Date(date) => date.as_text(),
        Value::Time(time) => time.as_text(),
        Value::DateTime(moment) => moment.as_text(),
        Value::Duration(duration) => duration.as_text(),
        Value::Uuid(uuid) => uuid.as_text(),
        Value::Email(email) => email.as_text(),
        Value::Uri(uri) => uri.as_text(),
        Value::Bytes(bytes) => bytes.as_text(),
        Value::Zone(zone) => zone.as_text(),
        Value::Choice(at) => match types.shape(ty.present()) {
            Some(Shape::Choice(known)) => Cow::Borrowed(known.get(*at).copied().unwrap_or_default()),
            _ => Cow::Borrowed(""),
        },
        // All others are more than a text, and go by their JSON where they are put together.
        Value::None
        | Value::Json(_)
        | Value::Regex(_)
        | Value::Pattern(_)
        | Value::List(_)
        | Value::Dict(_)
        | Value::Record(_)
        | Value::Member(..) => Cow::Owned(to_json(types, ty, value).to_string()),
    }
}

/// Whether the values of a type are one text.
pub fn is_scalar(types: &Types, ty: &Type) -> bool {
    ty.is_scalar(&types.defs)
}
