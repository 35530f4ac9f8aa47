//! What is read, written and converted is what an emitted service would read, write and make of it.

mod change;
mod compared;
/// What is emitted for the types of `emit::shapes`.
mod emitted {
    include!("../../../emit/shapes.txt");
}
mod random;
mod reading;
mod wire;
mod writing;

use std::collections::BTreeSet;
use std::sync::Arc;

use flow_std::codec::{Side, from_json};

use super::*;
use crate::emit::fixture::{field, record};
use crate::interp::Value;
use crate::ir::*;

pub fn named(at: usize) -> Type {
    Type::Named(TypeId(at))
}

pub fn dict(values: Type) -> Type {
    Type::Dict(Arc::new(values))
}

pub fn short() -> Type {
    Type::Text(TextRule { pattern: Some("[a-z]+".to_owned()), max: Some(3), ..TextRule::default() })
}

pub fn in_string() -> Type {
    Type::Decimal(DecimalRule { as_text: true, ..DecimalRule::default() })
}

pub fn enumeration(values: &[&str]) -> TypeDef {
    let values = values.iter().map(ToString::to_string).collect();
    TypeDef::Enum(Enum { name: "Enum".to_owned(), doc: None, origin: Origin::Flow, values })
}

/// Members without tags are told apart by trying.
pub fn union(members: &[(&str, Type, &[&str])]) -> TypeDef {
    let member = |(name, ty, tags): &(&str, Type, &[&str])| Member {
        name: (*name).to_owned(),
        ty: ty.clone(),
        tags: tags.iter().map(ToString::to_string).collect(),
    };
    TypeDef::Union(Union {
        name: "Union".to_owned(),
        doc: None,
        origin: Origin::Flow,
        members: members.iter().map(member).collect(),
        by: Some("kind".to_owned()),
    })
}

pub fn literal(text: &str) -> Expr {
    let kind = ExprKind::Literal(Literal::Text(text.to_owned()));
    Expr { kind, ty: Type::text(), fallible: false, from_answer: false, spot: Spot::default() }
}

pub fn evaluated(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Value::text(text.as_str()),
        other => panic!("{other:?} is no default of these tests"),
    }
}

pub fn program(types: Vec<TypeDef>) -> Program {
    Program { types, ..Program::default() }
}

pub fn whole(types: Vec<TypeDef>) -> Types {
    Types::whole(&program(types), &evaluated)
}

/// The value, or all faults with their places.
pub fn read_by(types: &Types, ty: &Type, side: Side, json: &str) -> Result<Value, Vec<String>> {
    let read = from_json(json.as_bytes(), side, "body", |from| decode(types, ty, from));
    read.map_err(|faults| faults.iter().map(|fault| format!("{} {}", fault.at, fault.message)).collect())
}

pub fn written_for(types: &Types, ty: &Type, side: Side, value: &Value) -> String {
    let bytes = flow_std::codec::to_json(&Written::new(types, ty, value), side);
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// The only fault of what does not fit.
pub fn fault(types: &Types, ty: &Type, side: Side, json: &str) -> String {
    match read_by(types, ty, side, json) {
        Err(faults) => faults.join("; "),
        Ok(value) => panic!("{json} was read as {value:?}"),
    }
}
