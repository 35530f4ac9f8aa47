//! What is written of each type.

use super::*;

#[test]
fn fields_that_are_absent() {
    let fields = vec![
        field("left", Type::int().optional()),
        Field { nullable: true, ..field("null", Type::int().optional()) },
        Field { nullable: true, ..field("unit", Type::Unit) },
        field("q\"uote", Type::Bool),
    ];
    let types = whole(vec![record("Absent", Origin::Flow, fields)]);
    let value = Value::record(vec![Value::None, Value::None, Value::None, Value::Bool(true)]);
    let text = r#"{"null":null,"unit":null,"q\"uote":true}"#;
    assert_eq!(written_for(&types, &named(0), Side::Caller, &value), text);
    assert_eq!(read_by(&types, &named(0), Side::Caller, text), Ok(value));
}

#[test]
fn decimals_stand_as_their_contract_says_and_as_numbers_elsewhere() {
    let fields = vec![field("one", in_string()), field("all", Type::list(in_string()).optional())];
    let types = whole(vec![record("Money", Origin::Backend(0), fields)]);
    let text = r#"{"one":"1.50","all":["2"]}"#;
    let value = read_by(&types, &named(0), Side::Backend, text).expect("it fits");
    assert_eq!(written_for(&types, &named(0), Side::Backend, &value), text);
    assert_eq!(to_json(&types, &named(0), &value).to_string(), text);
    let list = Type::list(in_string());
    let value = read_by(&types, &list, Side::Backend, "[\"2.0\"]").expect("it fits");
    assert_eq!(written_for(&types, &list, Side::Backend, &value), "[\"2.0\"]");
    assert_eq!(to_json(&types, &list, &value).to_string(), "[2.0]");
}

#[test]
fn values_as_one_text() {
    let types = whole(vec![enumeration(&["new", "old"])]);
    let text = |ty: &Type, json: &str| {
        let value = read_by(&types, ty, Side::Caller, json).expect("it fits");
        as_text(&types, ty, &value).into_owned()
    };
    assert_eq!(text(&named(0), "\"old\""), "old");
    assert_eq!(text(&Type::Float(FloatRule::default()), "1"), "1.0");
    assert_eq!(text(&in_string(), "\"1.50\""), "1.50");
    assert_eq!(text(&Type::Bytes, "\"YWJj\""), "YWJj");
    assert_eq!(text(&Type::Json, "{\"a\": [1]}"), "{\"a\":[1]}");
}

#[test]
fn what_is_read_is_written_again() {
    let node = record(
        "Node",
        Origin::Flow,
        vec![
            field("name", short()),
            field("next", named(0).optional()),
            field("by", dict(Type::list(named(1)))),
        ],
    );
    let types = whole(vec![node, union(&[("yes", Type::Bool, &[]), ("node", named(0), &[])])]);
    let text = r#"{"name":"a","next":{"name":"b","by":{}},"by":{"x":[true,{"name":"c","by":{}}],"y":[]}}"#;
    let value = read_by(&types, &named(0), Side::Caller, text).expect("it fits");
    assert_eq!(written_for(&types, &named(0), Side::Caller, &value), text);
}
