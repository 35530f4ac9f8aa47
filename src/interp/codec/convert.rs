//! The same value in another representation, and `as`.

use std::sync::Arc;

use flow_std::Fault;
use flow_std::value::Dict;

use super::shape::{Absent, Additional, Fields, Shape};
use super::{Types, decode, to_json};
use crate::interp::{Record, Value};
use crate::ir::{self, Type, TypeDef, TypeId};

/// `x as T`.
///
/// # Errors
/// The value is none of that type.
pub fn narrow(types: &Types, value: &Value, have: &Type, want: &Type) -> Result<Value, Fault> {
    if let (Some(TypeDef::Union(union)), Type::Named(_)) = (types.def_of(have), want)
        && let Some(place) = union.members.iter().position(|one| one.ty == *want)
    {
        return match value {
            Value::Member(at, value) if *at == place => Ok((**value).clone()),
            _ => Err(Fault::new("it is another member of the union")),
        };
    }
    let read = |from: &mut flow_std::codec::Reader<'_>| decode(types, want, from);
    match (have, value) {
        (Type::Json, Value::Json(json)) => flow_std::codec::narrow(json, read),
        _ => flow_std::codec::narrow(&to_json(types, have, value), read),
    }
}

/// The same value as one of another type.
pub fn convert(types: &Types, value: Value, have: &Type, want: &Type) -> Value {
    if have.looks_like(want) {
        return value;
    }
    match (have, want, value) {
        (_, Type::Json, value) => Value::Json(Arc::new(to_json(types, have, &value))),
        (_, Type::Optional(_), Value::None) => Value::None,
        (have, Type::Optional(want), value) => convert(types, value, have.present(), want),
        (Type::Int(_), Type::Decimal(_), Value::Int(number)) => {
            Value::Decimal(flow_std::decimal::from_int(number))
        }
        (Type::Int(_), Type::Float(_), Value::Int(number)) => Value::Float(flow_std::float::from_int(number)),
        (Type::Decimal(_), Type::Float(_), Value::Decimal(number)) => {
            Value::Float(flow_std::decimal::to_float(number))
        }
        (_, Type::Text(_) | Type::OpenEnum(_), value) => shown(types, have, value),
        (Type::List(have), Type::List(want), Value::List(items)) => {
            let items = Arc::unwrap_or_clone(items).into_iter();
            Value::list(items.map(|item| convert(types, item, &have.item, &want.item)).collect())
        }
        (Type::Dict(have), Type::Dict(want), Value::Dict(entries)) => {
            Value::dict(converted_entries(types, Arc::unwrap_or_clone(entries), have, want))
        }
        (Type::Named(from), Type::Named(to), value) => named(types, value, *from, *to),
        (Type::Named(_), Type::Dict(values), Value::Record(record)) => {
            record_as_dict(types, &record, have, values)
        }
        (_, Type::Named(_), value) => into_union(types, value, have, want),
        (_, _, value) => value,
    }
}

/// A value in a text.
fn shown(types: &Types, ty: &Type, value: Value) -> Value {
    Value::text(match value {
        Value::Choice(_) => return Value::text(super::as_text(types, ty, &value)),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        Value::Duration(duration) => duration.to_string(),
        Value::Uuid(uuid) => uuid.to_string(),
        Value::Email(email) => email.to_string(),
        Value::Uri(uri) => uri.to_string(),
        Value::Bytes(bytes) => bytes.to_string(),
        Value::Json(json) => json.to_string(),
        Value::Zone(zone) => zone.to_string(),
        // Nothing else can be shown.
        other => return other,
    })
}

fn converted_entries(types: &Types, entries: Dict<Value>, have: &Type, want: &Type) -> Dict<Value> {
    entries.into_iter().map(|(key, value)| (key, convert(types, value, have, want))).collect()
}

fn named(types: &Types, value: Value, from: TypeId, to: TypeId) -> Value {
    let want = Type::Named(to);
    match (types.def(from), types.def(to), value) {
        (Some(TypeDef::Record(_)), Some(TypeDef::Record(_)), Value::Record(record)) => {
            self::record(types, &record, &Type::Named(from), &want)
        }
        (Some(TypeDef::Enum(have)), Some(TypeDef::Enum(want)), Value::Choice(at)) => {
            let same = have.values.get(at).and_then(|one| want.values.iter().position(|other| other == one));
            Value::Choice(same.unwrap_or(0))
        }
        (Some(TypeDef::Union(have)), Some(_), Value::Member(at, value)) => match have.members.get(at) {
            Some(member) => convert(types, Arc::unwrap_or_clone(value), &member.ty, &want),
            None => Value::None,
        },
        (Some(_), Some(TypeDef::Union(union)), value) => member_of(types, value, from, union),
        (_, _, value) => value,
    }
}

/// A record from the fields of another one that have the same names.
fn record(types: &Types, record: &Record, from: &Type, to: &Type) -> Value {
    let (Some(Shape::Record(have)), Some(Shape::Record(want))) = (types.shape(from), types.shape(to)) else {
        return Value::None;
    };
    let mut next = 0;
    let fields = want.all.iter().map(|field| {
        let mine = have.place(field.name, &mut next).filter(|_| field.is_kept);
        let found = mine.and_then(|at| have.all.get(at).zip(record.fields.get(at)));
        let may_be_none = found.is_some() && field.ty.is_optional();
        let made =
            found.map_or(Value::None, |(mine, value)| convert(types, value.clone(), &mine.ty, &field.ty));
        match &field.absent {
            // A default stands for null, too.
            Absent::Default(default) if made.is_none() && !may_be_none && field.is_kept => default.clone(),
            _ => made,
        }
    });
    Value::Record(Arc::new(Record {
        fields: fields.collect(),
        additional: additional(types, record, have, want),
    }))
}

fn additional(types: &Types, record: &Record, have: &Fields, want: &Fields) -> Dict<Value> {
    match (&have.additional, &want.additional) {
        (Additional::Kept(have, _, _), Additional::Kept(want, _, _)) => {
            converted_entries(types, record.additional.clone(), have, want)
        }
        _ => Dict::new(),
    }
}

/// The fields of a record by their names. What is not there has no entry, unless entries may be absent themselves.
fn record_as_dict(types: &Types, record: &Record, from: &Type, values: &Type) -> Value {
    let Some(Shape::Record(fields)) = types.shape(from) else { return Value::None };
    let present = fields
        .all
        .iter()
        .zip(&record.fields)
        .filter(|(field, value)| !value.is_none() || !field.ty.is_optional() || values.is_optional());
    let entries = present.map(|(field, value)| {
        let have = if value.is_none() { &field.ty } else { field.ty.present() };
        (field.name.to_owned(), convert(types, value.clone(), have, values))
    });
    Value::dict(entries.collect())
}

/// The member of a union that a value without a name is.
fn into_union(types: &Types, value: Value, have: &Type, want: &Type) -> Value {
    let Some(TypeDef::Union(union)) = types.def_of(want) else { return value };
    let exact = union.members.iter().position(|member| member.ty.looks_like(have));
    let is_same_kind = |member: &ir::Member| {
        std::mem::discriminant(&member.ty) == std::mem::discriminant(have)
            || matches!((have, &member.ty), (Type::Int(_), Type::Decimal(_) | Type::Float(_)))
    };
    member(types, value, have, union, exact.or_else(|| union.members.iter().position(is_same_kind)))
}

/// The member of a union that a value with a name fits.
fn member_of(types: &Types, value: Value, from: TypeId, union: &ir::Union) -> Value {
    let have = Type::Named(from);
    let exact = union.members.iter().position(|member| member.ty == have);
    let place = exact.or_else(|| union.members.iter().position(|member| fits(types, from, &member.ty)));
    member(types, value, &have, union, place)
}

fn member(types: &Types, value: Value, have: &Type, union: &ir::Union, place: Option<usize>) -> Value {
    match place.and_then(|at| Some((at, union.members.get(at)?))) {
        Some((at, member)) => Value::Member(at, Arc::new(convert(types, value, have, &member.ty))),
        None => value,
    }
}

/// Whether a record has all that another asks for, or an enumeration no value that another has not.
fn fits(types: &Types, from: TypeId, want: &Type) -> bool {
    match (types.def(from), types.def_of(want)) {
        (Some(TypeDef::Record(have)), Some(TypeDef::Record(want))) => want
            .fields
            .iter()
            .all(|field| field.ty.is_optional() || have.fields.iter().any(|mine| mine.name == field.name)),
        (Some(TypeDef::Enum(have)), Some(TypeDef::Enum(want))) => {
            have.values.iter().all(|value| want.values.contains(value))
        }
        _ => false,
    }
}
