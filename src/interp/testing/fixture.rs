//! A small program for the tests of what is said about values.

use crate::interp::value::Value;
use crate::ir::{
    Access, Enum, Field, Member, Origin, Problem, Program, Record, Type, TypeDef, TypeId, Union,
};

pub const LINE: Type = Type::Named(TypeId(0));
pub const STATUS: Type = Type::Named(TypeId(1));
pub const ORDER: Type = Type::Named(TypeId(2));
/// A line or an order.
pub const EITHER: Type = Type::Named(TypeId(3));

pub fn program() -> Program {
    let values = vec!["new".to_owned(), "sent".to_owned()];
    let status = Enum { name: "Status".to_owned(), doc: None, origin: Origin::Flow, values };
    let member = |name: &str, ty| Member { name: name.to_owned(), ty, tags: Vec::new() };
    let members = vec![member("Line", LINE), member("Order", ORDER)];
    let either = Union { name: "Either".to_owned(), doc: None, origin: Origin::Flow, members, by: None };
    let order = [("id", Type::text()), ("items", Type::list(LINE)), ("status", STATUS.optional())];
    Program {
        types: vec![
            record("Line", &[("sku", Type::text()), ("quantity", Type::int())]),
            TypeDef::Enum(status),
            record("Order", &order),
            TypeDef::Union(either),
        ],
        problems: vec![Problem {
            name: "Declined".to_owned(),
            doc: None,
            status: 402,
            title: "The payment was declined".to_owned(),
            members: TypeId(0),
        }],
        ..Program::default()
    }
}

fn record(name: &str, fields: &[(&str, Type)]) -> TypeDef {
    let field = |(name, ty): &(&str, Type)| Field {
        name: (*name).to_owned(),
        ty: ty.clone(),
        default: None,
        nullable: false,
        access: Access::Both,
        labelled: false,
        doc: None,
    };
    let fields = fields.iter().map(field).collect();
    TypeDef::Record(Record {
        name: name.to_owned(),
        doc: None,
        origin: Origin::Flow,
        fields,
        additional: None,
    })
}

pub fn line(sku: &str, quantity: i64) -> Value {
    Value::record(vec![Value::text(sku), Value::Int(quantity)])
}

pub fn order(id: &str, items: &[(&str, i64)], status: Value) -> Value {
    let items = items.iter().map(|(sku, quantity)| line(sku, *quantity)).collect();
    Value::record(vec![Value::text(id), Value::list(items), status])
}
