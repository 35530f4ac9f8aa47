//! Values as their authors would write them. They are those of the author's own test, so nothing is hidden.

use flow_std::value::{Dict, Json};

use crate::interp::value::{Record, Value};
use crate::ir::{Program, Type, TypeDef};

/// In one line: `{ sku: "A1", quantity: 2 }`.
pub fn show(program: &Program, value: &Value, ty: &Type) -> String {
    match value {
        Value::None => "none".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) => quoted(text),
        Value::Date(date) => quoted(&date.to_string()),
        Value::Time(time) => quoted(&time.to_string()),
        Value::DateTime(moment) => quoted(&moment.to_string()),
        Value::Duration(duration) => quoted(&duration.to_string()),
        Value::Uuid(uuid) => quoted(&uuid.to_string()),
        Value::Email(email) => quoted(&email.to_string()),
        Value::Uri(uri) => quoted(&uri.to_string()),
        Value::Bytes(bytes) => quoted(&bytes.to_string()),
        Value::Zone(zone) => quoted(&zone.to_string()),
        Value::Json(json) => json.to_string(),
        // Nobody can write one into a test, and none is ever part of an answer.
        Value::Regex(_) | Value::Pattern(_) => "a pattern".to_owned(),
        Value::List(items) => {
            let inner = item_type(ty);
            let items: Vec<String> = items.iter().map(|item| show(program, item, inner)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Dict(entries) => braced(entries_shown(program, entries, dict_type(ty))),
        Value::Record(record) => braced(fields_shown(program, record, ty)),
        Value::Choice(at) => match definition(program, ty) {
            Some(TypeDef::Enum(of)) => {
                of.values.get(*at).map_or_else(|| at.to_string(), |value| quoted(value))
            }
            _ => at.to_string(),
        },
        Value::Member(at, inner) => show(program, inner, member_type(program, ty, *at)),
    }
}

pub fn quoted(text: &str) -> String {
    Json::Text(text.to_owned()).to_string()
}

/// What a value with no type of its own has.
const ANY: &Type = &Type::Json;

pub fn item_type(ty: &Type) -> &Type {
    match ty.present() {
        Type::List(list) => &list.item,
        _ => ANY,
    }
}

pub fn dict_type(ty: &Type) -> &Type {
    match ty.present() {
        Type::Dict(values) => values,
        _ => ANY,
    }
}

pub fn definition<'p>(program: &'p Program, ty: &Type) -> Option<&'p TypeDef> {
    match ty.present() {
        Type::Named(id) => program.types.get(id.0),
        _ => None,
    }
}

pub fn member_type<'p>(program: &'p Program, ty: &Type, at: usize) -> &'p Type {
    match definition(program, ty) {
        Some(TypeDef::Union(union)) => union.members.get(at).map_or(ANY, |member| &member.ty),
        _ => ANY,
    }
}

/// The fields of a record with their names and types, and the type of the keys that have no name.
pub fn fields_of<'p>(program: &'p Program, ty: &Type) -> (Vec<(&'p str, &'p Type)>, &'p Type) {
    match definition(program, ty) {
        Some(TypeDef::Record(def)) => {
            let fields = def.fields.iter().map(|field| (field.name.as_str(), &field.ty)).collect();
            (fields, def.additional.as_ref().unwrap_or(ANY))
        }
        _ => (Vec::new(), ANY),
    }
}

/// What is absent is left out.
fn fields_shown(program: &Program, record: &Record, ty: &Type) -> Vec<String> {
    let (fields, rest) = fields_of(program, ty);
    let there = fields.iter().zip(&record.fields).filter(|(_, value)| !value.is_none());
    let mut shown: Vec<String> =
        there.map(|((name, ty), value)| format!("{}: {}", key(name), show(program, value, ty))).collect();
    shown.extend(entries_shown(program, &record.additional, rest));
    shown
}

fn entries_shown(program: &Program, entries: &Dict<Value>, ty: &Type) -> Vec<String> {
    entries.iter().map(|(name, value)| format!("{}: {}", key(name), show(program, value, ty))).collect()
}

fn braced(parts: Vec<String>) -> String {
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

/// A name that is none in flow is quoted.
pub fn key(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_plain { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn values_look_as_they_are_written() {
        let program = fixture::program();
        let order = fixture::order("O1", &[("A-1", 2)], Value::Choice(1));
        assert_eq!(
            show(&program, &order, &fixture::ORDER),
            r#"{ id: "O1", items: [{ sku: "A-1", quantity: 2 }], status: "sent" }"#
        );
        assert_eq!(show(&program, &Value::None, &fixture::ORDER), "none");
        let mut entries = Dict::new();
        entries.insert("a b".to_owned(), Value::Bool(true));
        assert_eq!(
            show(&program, &Value::dict(entries), &Type::Dict(Type::Bool.into())),
            r#"{ "a b": true }"#
        );
    }
}
