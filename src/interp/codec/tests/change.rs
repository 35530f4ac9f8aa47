//! Values in another representation.

use flow_std::{Decimal, Json};

use super::*;

fn types() -> Types {
    whole(vec![
        enumeration(&["new", "old"]),
        enumeration(&["old", "lost", "new"]),
        record(
            "Source",
            Origin::Flow,
            vec![field("id", Type::int()), field("state", named(0)), field("note", Type::text().optional())],
        ),
        record(
            "Target",
            Origin::Flow,
            vec![
                field("note", Type::Json.optional()),
                field("state", named(1)),
                field("more", Type::text().optional()),
            ],
        ),
        union(&[("number", Type::Decimal(DecimalRule::default()), &[]), ("target", named(3), &[])]),
        union(&[("source", named(2), &[]), ("state", named(0), &[])]),
        union(&[("target", named(3), &[]), ("source", named(2), &[])]),
    ])
}

/// The JSON of what a value becomes.
fn changed(have: &Type, want: &Type, json: &str) -> String {
    let types = types();
    let value = read_by(&types, have, Side::Caller, json).expect("it fits");
    written_for(&types, want, Side::Caller, &convert(&types, value, have, want))
}

#[test]
fn numbers_and_texts() {
    let (decimal, float) = (Type::Decimal(DecimalRule::default()), Type::Float(FloatRule::default()));
    let value = |have: &Type, want: &Type, value: Value| convert(&types(), value, have, want);
    assert_eq!(value(&Type::int(), &decimal, Value::Int(2)), Value::Decimal(Decimal::from(2)));
    assert_eq!(value(&Type::int(), &float, Value::Int(2)), Value::Float(2.0));
    assert_eq!(value(&decimal, &float, Value::Decimal(Decimal::literal("0.5"))), Value::Float(0.5));
    assert_eq!(
        value(&decimal, &in_string(), Value::Decimal(Decimal::from(1))),
        Value::Decimal(Decimal::from(1))
    );
    assert_eq!(value(&named(0), &Type::text(), Value::Choice(1)), Value::text("old"));
    assert_eq!(changed(&Type::Email, &Type::text(), "\"ada@example.org\""), "\"ada@example.org\"");
    assert_eq!(
        changed(&Type::Uri, &Type::text().optional(), "\"https://a.example/\""),
        "\"https://a.example/\""
    );
    assert_eq!(value(&named(0), &named(1), Value::Choice(1)), Value::Choice(0));
}

#[test]
fn lists_dictionaries_and_what_may_be_absent() {
    let numbers = Type::list(Type::int().optional());
    let decimals = Type::list(Type::Decimal(DecimalRule::default()).optional()).optional();
    assert_eq!(changed(&numbers, &decimals, "[1,null]"), "[1,null]");
    assert_eq!(changed(&dict(named(0)), &dict(Type::text()), r#"{"a":"new"}"#), r#"{"a":"new"}"#);
    assert_eq!(changed(&Type::int().optional(), &Type::Json, "null"), "null");
    let json = convert(&types(), Value::None, &Type::int().optional(), &Type::Json);
    assert_eq!(json, Value::Json(Arc::new(Json::Null)));
    // Null of any JSON is a value that is there.
    let there = convert(&types(), json.clone(), &Type::Json, &Type::Json.optional());
    assert_eq!(there, json);
}

#[test]
fn records() {
    let source = r#"{"id":1,"state":"new","note":"n"}"#;
    assert_eq!(changed(&named(2), &named(3), source), r#"{"note":"n","state":"new"}"#);
    assert_eq!(changed(&named(2), &dict(Type::Json), source), source);
    let without = r#"{"id":1,"state":"new"}"#;
    assert_eq!(changed(&named(2), &dict(Type::Json), without), without);
    let nulls = r#"{"id":1,"state":"new","note":null}"#;
    assert_eq!(changed(&named(2), &dict(Type::Json.optional()), without), nulls);
    assert_eq!(changed(&named(2), &Type::Json, without), without);
}

#[test]
fn members_of_unions() {
    let types = types();
    let of = |have: &Type, want: &Type, json: &str| {
        let value = read_by(&types, have, Side::Caller, json).expect("it fits");
        match convert(&types, value, have, want) {
            Value::Member(at, value) => (at, (*value).clone()),
            other => panic!("{other:?} is no member"),
        }
    };
    assert_eq!(of(&Type::int(), &named(4), "2"), (0, Value::Decimal(Decimal::from(2))));
    let source = r#"{"id":1,"state":"new"}"#;
    let target = Value::record(vec![Value::None, Value::Choice(2), Value::None]);
    assert_eq!(of(&named(2), &named(4), source), (1, target.clone()));
    assert_eq!(of(&named(2), &named(5), source).0, 0);
    // It fits both, and is one of them.
    assert_eq!(of(&named(2), &named(6), source).0, 1);
    assert_eq!(of(&named(0), &named(5), "\"old\""), (1, Value::Choice(1)));
    // What one union holds becomes a member of another.
    assert_eq!(of(&named(5), &named(4), source), (1, target));
    assert_eq!(of(&Type::int(), &named(4).optional(), "2").0, 0);
}

#[test]
fn as_another_type() {
    let types = types();
    let narrowed = |have: &Type, want: &Type, json: &str| {
        let value = read_by(&types, have, Side::Caller, json).expect("it fits");
        narrow(&types, &value, have, want).map_err(|fault| fault.message.to_string())
    };
    let said = |message: &str| Err(message.to_owned());
    assert_eq!(narrowed(&Type::Json, &Type::int(), "1"), Ok(Value::Int(1)));
    assert_eq!(narrowed(&Type::Json, &Type::list(short()), "[\"a\",\"B\"]"), said("[1] must match `[a-z]+`"));
    assert_eq!(narrowed(&Type::Json, &Type::int(), "\"1\""), said("must be a whole number, not a string"));
    assert_eq!(narrowed(&Type::text(), &named(0), "\"old\""), Ok(Value::Choice(1)));
    assert_eq!(narrowed(&Type::text(), &named(0), "\"x\""), said("must be `new` or `old`"));
    assert_eq!(narrowed(&Type::text(), &short(), "\"abcd\""), said("must have at most 3 characters"));
    let source = r#"{"id":1,"state":"new"}"#;
    let value = Value::record(vec![Value::Int(1), Value::Choice(0), Value::None]);
    assert_eq!(narrowed(&named(5), &named(2), source), Ok(value));
    assert_eq!(narrowed(&named(5), &named(2), "\"old\""), said("it is another member of the union"));
    // A type that is no member is looked for in its JSON.
    assert_eq!(narrowed(&named(5), &named(1), "\"old\""), Ok(Value::Choice(0)));
    assert_eq!(narrowed(&named(4), &Type::int(), "2"), Ok(Value::Int(2)));
}
