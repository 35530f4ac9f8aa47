//! Types of every kind, for the comparison of what is emitted for them with what the interpreter does: `shapes.txt` beside
//! this file is what is emitted, and is compiled into the tests of the interpreter.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fixture::{expr, field, program, record};
use crate::ir::*;

pub const WIDE: TypeId = TypeId(0);
pub const CHOICE: TypeId = TypeId(1);
pub const TRIED: TypeId = TypeId(2);
pub const TAGGED: TypeId = TypeId(3);
pub const SENT: TypeId = TypeId(4);
pub const PART: TypeId = TypeId(5);
pub const OPEN: TypeId = TypeId(6);
pub const OTHER: TypeId = TypeId(7);
pub const OTHER_CHOICE: TypeId = TypeId(8);
pub const OTHER_UNION: TypeId = TypeId(9);

/// What is made of what.
pub const CONVERSIONS: [(TypeId, TypeId); 5] =
    [(OPEN, OTHER), (CHOICE, OTHER_CHOICE), (OPEN, OTHER_UNION), (TRIED, OTHER_UNION), (CHOICE, OTHER_UNION)];

fn short() -> Type {
    Type::Text(TextRule { pattern: Some("[a-z]+".to_owned()), max: Some(3), ..TextRule::default() })
}

fn number(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Every kind of type, each under a name.
pub fn kinds() -> Vec<(&'static str, Type)> {
    let as_text = DecimalRule { as_text: true, ..DecimalRule::default() };
    let float = FloatRule { min: number("0"), above_min: true, ..FloatRule::default() };
    let decimal =
        DecimalRule { max: number("100"), below_max: true, scale: Some(2), ..DecimalRule::default() };
    let list = |item, min, max| Type::List(Arc::new(ListType { item, min, max }));
    vec![
        ("truth", Type::Bool),
        ("count", Type::int()),
        ("few", Type::Int(IntRule { min: Some(-1), max: Some(9), ..IntRule::default() })),
        ("ratio", Type::Float(FloatRule::default())),
        ("part", Type::Float(float)),
        ("sum", Type::Decimal(DecimalRule::default())),
        ("price", Type::Decimal(decimal.clone())),
        ("inString", Type::Decimal(as_text.clone())),
        ("sums", list(Type::Decimal(DecimalRule { as_text: true, ..decimal }), Some(1), Some(2))),
        ("byName", Type::Dict(Arc::new(Type::Decimal(as_text).optional()))),
        (
            "table",
            Type::list(Type::list(Type::Decimal(DecimalRule { as_text: true, ..DecimalRule::default() }))),
        ),
        ("text", Type::text()),
        ("short", short()),
        ("open", Type::OpenEnum(Arc::from(["a".to_owned(), "b".to_owned()]))),
        ("date", Type::Date),
        ("time", Type::Time),
        ("moment", Type::DateTime),
        ("span", Type::Duration),
        ("uuid", Type::Uuid),
        ("email", Type::Email),
        ("uri", Type::Uri),
        ("bytes", Type::Bytes),
        ("any \"json\"", Type::Json),
        ("zone", Type::Zone),
        ("choice", Type::Named(CHOICE)),
        ("tried", Type::Named(TRIED)),
        ("nested", Type::list(Type::Dict(Arc::new(short())))),
    ]
}

fn all(make: impl Fn(&str, Type) -> Field) -> Vec<Field> {
    kinds().into_iter().map(|(name, ty)| make(name, ty)).collect()
}

fn enumeration(name: &str, values: &[&str]) -> TypeDef {
    let values = values.iter().map(ToString::to_string).collect();
    TypeDef::Enum(Enum { name: name.to_owned(), doc: None, origin: Origin::Flow, values })
}

fn union(name: &str, by: Option<&str>, members: &[(&str, Type, &[&str])]) -> TypeDef {
    let member = |(name, ty, tags): &(&str, Type, &[&str])| Member {
        name: (*name).to_owned(),
        ty: ty.clone(),
        tags: tags.iter().map(ToString::to_string).collect(),
    };
    TypeDef::Union(Union {
        name: name.to_owned(),
        doc: None,
        origin: Origin::Flow,
        members: members.iter().map(member).collect(),
        by: by.map(str::to_owned),
    })
}

fn with_more(def: TypeDef, additional: Type) -> TypeDef {
    match def {
        TypeDef::Record(of) => TypeDef::Record(Record { additional: Some(additional), ..of }),
        other => other,
    }
}

/// The types, in the order of their names above.
fn types() -> Vec<TypeDef> {
    let backend = || Origin::Backend(0);
    let wide = all(|name, ty| match name {
        "count" => Field { nullable: true, ..field(name, ty.optional()) },
        _ => field(name, ty.optional()),
    });
    let both = |name: &str, access| Field { access, ..field(name, Type::int()) };
    let default = expr(ExprKind::Literal(Literal::Text("none".to_owned())), Type::text());
    let part = vec![
        both("kept", Access::Both),
        both("sent", Access::Both),
        both("dropped", Access::Both),
        both("id", Access::ReadOnly),
        both("key", Access::WriteOnly),
        both("varying", Access::Both),
        both("varyingId", Access::ReadOnly),
    ];
    let open = vec![
        field("id", Type::int()),
        Field { default: Some(default), ..field("note", Type::text()) },
        field("state", Type::Named(CHOICE)),
        field("next", Type::Named(OPEN).optional()),
        field("email", Type::Email.optional()),
    ];
    let other = vec![
        field("email", Type::text().optional()),
        field("id", Type::Decimal(DecimalRule::default())),
        field("more", Type::Json.optional()),
        field("state", Type::text()),
    ];
    let (wide, sent) = (record("Wide", backend(), wide), record("Sent", backend(), all(field)));
    vec![
        wide,
        enumeration("Choice", &["new", "old"]),
        union(
            "Tried",
            None,
            &[
                ("choice", Type::Named(CHOICE), &[]),
                ("open", Type::Named(OPEN), &[]),
                ("list", Type::list(Type::Named(TRIED)), &[]),
            ],
        ),
        union(
            "Tagged",
            Some("note"),
            &[("open", Type::Named(OPEN), &["a", "b"]), ("any", Type::Dict(Arc::new(Type::Json)), &["c"])],
        ),
        sent,
        with_more(record("Part", backend(), part), short()),
        record("Open", Origin::Flow, open),
        record("Other", Origin::Flow, other),
        enumeration("OtherChoice", &["old", "lost", "new"]),
        union(
            "OtherUnion",
            None,
            &[
                ("number", Type::Decimal(DecimalRule::default()), &[]),
                ("choice", Type::Named(OTHER_CHOICE), &[]),
                ("other", Type::Named(OTHER), &[]),
                ("list", Type::list(Type::Named(OTHER_UNION)), &[]),
            ],
        ),
    ]
}

pub fn shapes() -> (Program, Slice) {
    let types = types();
    let places = |of: &[usize]| of.iter().copied().collect::<BTreeSet<usize>>();
    let used = types.iter().enumerate().map(|(at, def)| {
        let count = if let TypeDef::Record(of) = def { of.fields.len() } else { 0 };
        let all: BTreeSet<usize> = (0..count).collect();
        let (fields, read) = match TypeId(at) {
            SENT => (all, BTreeSet::new()),
            PART => (places(&[0, 1, 3, 4, 5, 6]), places(&[0, 3, 4, 5, 6])),
            _ => (all.clone(), all),
        };
        (TypeId(at), Use { decoded: true, encoded: true, measured: false, fields, read, additional: true })
    });
    let slice = Slice {
        types: used.collect(),
        unread: [((0, 0), [(PART, 5), (PART, 6)].into())].into(),
        ..Slice::default()
    };
    (Program { types, ..program() }, slice)
}
