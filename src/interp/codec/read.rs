//! Reading: what stands in a document as a value of a type.

use std::sync::Arc;

use flow_std::codec::{Reader, Side, Slot};
use flow_std::value::{Date, DateTime, Decimal, Dict, Duration, Email, Json, Time, Uri, Uuid, Zone};

use super::Types;
use super::rule::Rule;
use super::shape::{Absent, Additional, Field, Fields, Members, Shape, Tell};
use crate::interp::{Record, Value};
use crate::ir::{DecimalRule, ListType, Type, TypeDef};

/// A value of a type whose rule is known.
pub fn value(types: &Types, ty: &Type, rule: &Rule, from: &mut Reader<'_>) -> Option<Value> {
    match ty {
        Type::Unit | Type::Never => from.skip().map(|()| Value::None),
        Type::Bool => from.bool().map(Value::Bool),
        Type::Int(_) => match rule {
            Rule::Int(rule) => from.int_of(rule),
            _ => from.int(),
        }
        .map(Value::Int),
        Type::Float(_) => match rule {
            Rule::Float(rule) => from.float_of(rule),
            _ => from.float(),
        }
        .map(Value::Float),
        Type::Decimal(of) => decimal(of, rule, from).map(Value::Decimal),
        Type::Text(_) | Type::OpenEnum(_) => text(rule, from),
        Type::Date => from.date().map(Value::Date),
        Type::Time => from.time().map(Value::Time),
        Type::DateTime => from.datetime().map(Value::DateTime),
        Type::Duration => from.duration().map(Value::Duration),
        Type::Uuid => from.uuid().map(Value::Uuid),
        Type::Email => from.email().map(|email| Value::Email(Arc::new(email))),
        Type::Uri => from.uri().map(|uri| Value::Uri(Arc::new(uri))),
        Type::Bytes => from.bytes().map(Value::Bytes),
        Type::Zone => from.from_text::<Zone>().map(|zone| Value::Zone(Arc::new(zone))),
        Type::Json | Type::Regex | Type::Pattern | Type::Function(_) => {
            from.json().map(|json| Value::Json(Arc::new(json)))
        }
        Type::List(list) => self::list(types, list, rule, from).map(Value::list),
        Type::Dict(values) => from.dict(|from| value(types, values, rule, from)).map(Value::dict),
        Type::Optional(inner) => from.optional(|from| value(types, inner, rule, from)).map(Value::from),
        Type::Named(_) => match types.shape(ty)? {
            Shape::Record(fields) => record(types, fields, from),
            Shape::Choice(known) => from.one_of(known).map(Value::Choice),
            Shape::Union(members) => union(types, members, from),
        },
    }
}

fn decimal(of: &DecimalRule, rule: &Rule, from: &mut Reader<'_>) -> Option<Decimal> {
    match (rule, of.as_text) {
        (Rule::Decimal(rule), false) => from.decimal_of(rule),
        (Rule::Decimal(rule), true) => from.decimal_text_of(rule),
        (_, false) => from.decimal(),
        (_, true) => from.decimal_text(),
    }
}

/// A text, without a copy in between.
fn text(rule: &Rule, from: &mut Reader<'_>) -> Option<Value> {
    match rule {
        Rule::Known(known) => from.open_enum(known).map(Value::text),
        Rule::Text(rule) => {
            let text = from.text()?;
            match rule.check(&text) {
                Ok(()) => Some(Value::text(&*text)),
                Err(message) => {
                    from.fault(message);
                    None
                }
            }
        }
        _ => from.text().map(|text| Value::text(&*text)),
    }
}

fn list(types: &Types, list: &ListType, rule: &Rule, from: &mut Reader<'_>) -> Option<Vec<Value>> {
    let item = |from: &mut Reader<'_>| value(types, &list.item, rule, from);
    match (list.min, list.max) {
        (None, None) => from.list(item),
        (min, max) => from.list_of(min.unwrap_or(0), max.unwrap_or(u64::MAX), item),
    }
}

fn record(types: &Types, fields: &Fields, from: &mut Reader<'_>) -> Option<Value> {
    let mut slots = vec![Slot::Absent; fields.all.len()];
    let mut additional = Dict::new();
    let mut next = 0;
    from.object(&mut |from, name| {
        let place = fields.place(name, &mut next);
        let found = place.and_then(|at| fields.all.get(at).zip(slots.get_mut(at)));
        match (found, &fields.additional) {
            (Some((field, slot)), _) if is_wanted(field, from) => {
                from.set(name, slot, |from| value(types, &field.read_as, &field.rule, from));
            }
            // Fields that do not travel this way, or that nobody keeps, are not among those that the contract does not
            // name.
            (Some(_), Additional::Kept(..)) | (_, Additional::Skipped) => {
                from.skip();
            }
            (None, Additional::Kept(_, _, Some(varying))) if !from.reads(varying) => {
                from.skip();
            }
            (None, Additional::Kept(ty, rule, _)) => {
                from.entry(name, &mut additional, |from| value(types, ty, rule, from));
            }
            (_, Additional::Unknown) => from.unknown(name),
        }
    })?;
    let mut is_whole = true;
    // All of them are looked at, so that everything is told that is missing.
    let values = slots.into_iter().zip(&fields.all).map(|(slot, field)| {
        settled(types, slot, field, from).unwrap_or_else(|| {
            is_whole = false;
            Value::None
        })
    });
    let fields = values.collect();
    is_whole.then(|| Value::Record(Arc::new(Record { fields, additional })))
}

/// Whether a field is read on this way.
fn is_wanted(field: &Field, from: &Reader<'_>) -> bool {
    field.is_kept && from.takes(field.access) && field.varying.is_none_or(|name| from.reads(name))
}

/// The value of a field, when the object has been read.
fn settled(types: &Types, slot: Slot<Value>, field: &Field, from: &mut Reader<'_>) -> Option<Value> {
    match &field.absent {
        _ if !field.is_kept => Some(Value::None),
        Absent::Nothing => slot.or(|| Value::None),
        Absent::Default(default) => {
            slot.or(|| Value::None).map(|value| value.present().unwrap_or_else(|| default.clone()))
        }
        Absent::Missing { only_from_callers } => {
            let is_due = is_wanted(field, from) && (!only_from_callers || from.side() == Side::Caller);
            match is_due {
                true => slot.required(from, field.name),
                false => slot.or(|| blank(types, &field.ty, 0)),
            }
        }
    }
}

fn union(types: &Types, members: &Members, from: &mut Reader<'_>) -> Option<Value> {
    let read = |at: usize, from: &mut Reader<'_>| {
        let member = members.all.get(at)?;
        let value = value(types, &member.ty, &member.rule, from)?;
        Some(Value::Member(at, Arc::new(value)))
    };
    match &members.by {
        Tell::Tag { field, known, members } => {
            let tag = from.tag_of(field, known)?;
            read(*members.get(tag)?, from)
        }
        Tell::Trying { otherwise } => {
            let found = (0..members.all.len()).find_map(|at| from.attempt(|from| read(at, from)));
            if found.is_none() {
                from.fault(otherwise.as_str());
                from.skip();
            }
            found
        }
    }
}

/// How deep a value goes that stands where nobody looks: a type that needs itself has none.
const DEEPEST: usize = 64;

/// A value that stands where nobody looks.
fn blank(types: &Types, ty: &Type, depth: usize) -> Value {
    match ty {
        Type::Unit | Type::Never | Type::Optional(_) => Value::None,
        Type::Bool => Value::Bool(false),
        Type::Int(_) => Value::Int(0),
        Type::Float(_) => Value::Float(0.0),
        Type::Decimal(_) => Value::Decimal(Decimal::ZERO),
        Type::Text(_) | Type::OpenEnum(_) => Value::text(""),
        Type::Date => Value::Date(Date::literal("1970-01-01")),
        Type::Time => Value::Time(Time::literal("00:00:00")),
        Type::DateTime => Value::DateTime(DateTime::literal("1970-01-01T00:00:00Z")),
        Type::Duration => Value::Duration(Duration::millis(0)),
        Type::Uuid => Value::Uuid(Uuid::literal("00000000-0000-0000-0000-000000000000")),
        Type::Email => Value::Email(Arc::new(Email::literal("nobody@example.com"))),
        Type::Uri => Value::Uri(Arc::new(Uri::literal("about:blank"))),
        Type::Zone => Value::Zone(Arc::new(Zone::literal("UTC"))),
        Type::Bytes => Value::Bytes(flow_std::value::Bytes::default()),
        Type::Json | Type::Regex | Type::Pattern | Type::Function(_) => Value::Json(Arc::new(Json::Null)),
        Type::List(_) => Value::list(Vec::new()),
        Type::Dict(_) => Value::dict(Dict::new()),
        Type::Named(_) if depth == DEEPEST => Value::None,
        Type::Named(_) => match types.def_of(ty) {
            Some(TypeDef::Enum(_)) => Value::Choice(0),
            Some(TypeDef::Union(union)) => union
                .members
                .first()
                .map_or(Value::None, |first| Value::Member(0, Arc::new(blank(types, &first.ty, depth + 1)))),
            Some(TypeDef::Record(record)) => {
                Value::record(record.fields.iter().map(|field| blank(types, &field.ty, depth + 1)).collect())
            }
            None => Value::None,
        },
    }
}
