//! What is read of each type, and what is said where it does not fit.

use flow_std::Decimal;

use super::*;

/// What is read from the first of the documents, and what is said of the others.
fn check(ty: &Type, good: (&str, Value), bad: &[(&str, &str)]) {
    let types = whole(vec![enumeration(&["new", "old"])]);
    for side in [Side::Caller, Side::Backend] {
        assert_eq!(read_by(&types, ty, side, good.0), Ok(good.1.clone()), "{}", good.0);
        for (json, message) in bad {
            assert_eq!(fault(&types, ty, side, json), format!("body {message}"), "{json}");
        }
    }
}

#[test]
fn truth_and_numbers() {
    check(&Type::Bool, ("true", Value::Bool(true)), &[("1", "must be true or false, not a number")]);
    let whole = "must be a whole number";
    check(
        &Type::int(),
        ("1.0", Value::Int(1)),
        &[("1.5", whole), ("\"1\"", "must be a whole number, not a string")],
    );
    let few = Type::Int(IntRule { min: Some(1), max: Some(9), ..IntRule::default() });
    check(&few, ("9", Value::Int(9)), &[("10", "must be from 1 to 9"), ("1.5", whole)]);
    let part = FloatRule { min: Some("0".to_owned()), max: Some("1".to_owned()), ..FloatRule::default() };
    let part = Type::Float(FloatRule { above_min: true, ..part });
    check(&part, ("0.5", Value::Float(0.5)), &[("0", "must be above 0 and at most 1")]);
    check(
        &Type::Float(FloatRule::default()),
        ("-2", Value::Float(-2.0)),
        &[("null", "must be a number, not null")],
    );
    let money =
        DecimalRule { scale: Some(2), max: Some("10".to_owned()), below_max: true, ..DecimalRule::default() };
    let money = Type::Decimal(money);
    let places = "must have at most 2 places behind the point";
    let below = "must be below 10";
    check(&money, ("9.50", Value::Decimal(Decimal::literal("9.5"))), &[("1.001", places), ("10.0", below)]);
}

#[test]
fn decimals_in_strings() {
    let types = whole(Vec::new());
    let number = Ok(Value::Decimal(Decimal::literal("1.5")));
    assert_eq!(read_by(&types, &in_string(), Side::Caller, "\"1.5\""), number);
    let wanted = "body must be a decimal number in a string, not a number";
    assert_eq!(fault(&types, &in_string(), Side::Caller, "1.5"), wanted);
    // Backends mix both.
    assert_eq!(read_by(&types, &in_string(), Side::Backend, "1.5"), number);
    let plain = Type::Decimal(DecimalRule::default());
    assert_eq!(read_by(&types, &plain, Side::Backend, "\"1.5\""), number);
    assert_eq!(fault(&types, &plain, Side::Caller, "\"1.5\""), "body must be a decimal number, not a string");
    let few =
        Type::Decimal(DecimalRule { as_text: true, min: Some("2".to_owned()), ..DecimalRule::default() });
    assert_eq!(fault(&types, &few, Side::Caller, "\"1\""), "body must be at least 2");
}

#[test]
fn texts() {
    check(&Type::text(), ("\"a\\n\"", Value::text("a\n")), &[("1", "must be a string, not a number")]);
    let length = "must have at most 3 characters";
    check(
        &short(),
        ("\"abc\"", Value::text("abc")),
        &[("\"abcd\"", length), ("\"A\"", "must match `[a-z]+`")],
    );
    check(&named(0), ("\"old\"", Value::Choice(1)), &[("\"x\"", "must be `new` or `old`")]);
    let open = Type::OpenEnum(Arc::from(["a".to_owned(), "b".to_owned()]));
    let types = whole(Vec::new());
    assert_eq!(read_by(&types, &open, Side::Backend, "\"c\""), Ok(Value::text("c")));
    assert_eq!(read_by(&types, &open, Side::Caller, "\"b\""), Ok(Value::text("b")));
    assert_eq!(fault(&types, &open, Side::Caller, "\"c\""), "body must be `a` or `b`");
}

#[test]
fn what_travels_as_a_text() {
    let cases = [
        (Type::Date, "\"2024-02-29\"", "must be a date such as `2024-01-31`"),
        (Type::Time, "\"13:30:00\"", "must be a time such as `13:30:00`"),
        (
            Type::DateTime,
            "\"2024-01-31T13:30:00Z\"",
            "must be a date and time such as `2024-01-31T13:30:00Z`",
        ),
        (Type::Duration, "\"PT1M30S\"", "must be a duration such as `PT1M30S`"),
        (Type::Uuid, "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"", "must be a UUID"),
        (Type::Email, "\"ada@example.org\"", "must be an e-mail address"),
        (Type::Uri, "\"https://example.org/a\"", "must be a URI such as `https://example.org/a`"),
        (Type::Bytes, "\"YWJj\"", "must be bytes in base64"),
        (Type::Zone, "\"Europe/Lisbon\"", "must be a time zone such as `Europe/Lisbon`"),
    ];
    let types = whole(Vec::new());
    for (ty, good, bad) in cases {
        let value = read_by(&types, &ty, Side::Caller, good).expect("it fits");
        assert_eq!(written_for(&types, &ty, Side::Caller, &value), good);
        assert_eq!(fault(&types, &ty, Side::Caller, "\"?%\""), format!("body {bad}"));
        assert_eq!(fault(&types, &ty, Side::Caller, "1"), "body must be a string, not a number");
    }
}

#[test]
fn lists_dictionaries_and_what_may_be_absent() {
    let few = Type::List(Arc::new(ListType { item: short(), min: Some(1), max: Some(2) }));
    let two = Value::list(vec![Value::text("a"), Value::text("b")]);
    check(
        &few,
        ("[\"a\",\"b\"]", two),
        &[("[]", "must have 1 to 2 elements"), ("{}", "must be a list, not an object")],
    );
    let types = whole(Vec::new());
    assert_eq!(fault(&types, &few, Side::Caller, "[\"a\",\"B\"]"), "body[1] must match `[a-z]+`");
    let by_name = dict(Type::int().optional());
    let entries = [("a".to_owned(), Value::Int(1)), ("b".to_owned(), Value::None)];
    let wrong = &[("[]", "must be an object, not a list")];
    check(&by_name, ("{\"a\":1,\"b\":null}", Value::dict(entries.into_iter().collect())), wrong);
    let twice = "{\"a\":1,\"a\":2}";
    assert_eq!(fault(&types, &by_name, Side::Caller, twice), "body.a is there more than once");
    assert!(read_by(&types, &by_name, Side::Backend, twice).is_ok());
    check(&short().optional(), ("null", Value::None), &[("\"B\"", "must match `[a-z]+`")]);
    let json = |text: &str| Value::Json(Arc::new(flow_std::Json::parse(text).expect("JSON")));
    check(&Type::Json, ("null", json("null")), &[]);
    check(&Type::Unit, ("[1]", Value::None), &[]);
}

fn order() -> TypeDef {
    record(
        "Order",
        Origin::Flow,
        vec![
            field("id", short()),
            field("note", Type::text().optional()),
            Field { default: Some(literal("none")), ..field("kind", Type::text()) },
            field("lines", Type::list(Type::int())),
        ],
    )
}

#[test]
fn records_are_read_with_all_their_faults() {
    let types = whole(vec![order()]);
    let read = |json| read_by(&types, &named(0), Side::Caller, json);
    let fields = |note: Value, kind: &str| {
        Ok(Value::record(vec![Value::text("a"), note, Value::text(kind), Value::list(Vec::new())]))
    };
    assert_eq!(read(r#"{"id":"a","note":"n","kind":"k","lines":[]}"#), fields(Value::text("n"), "k"));
    // In another order, and with null for what has a default.
    assert_eq!(read(r#"{"lines":[],"kind":null,"id":"a"}"#), fields(Value::None, "none"));
    let faults = read(r#"{"id":"ABCD","x":1,"lines":[1,"2"],"id":"b"}"#).expect_err("much is wrong");
    assert_eq!(
        faults,
        [
            "body.id must have at most 3 characters",
            "body.x is not known here",
            "body.lines[1] must be a whole number, not a string",
            "body.id is there more than once",
        ]
    );
    let faults = read("{}").expect_err("much is missing");
    assert_eq!(faults, ["body.id is missing", "body.lines is missing"]);
    assert_eq!(read("[]"), Err(vec!["body must be an object, not a list".to_owned()]));
    // A backend may send more, and the last of two counts.
    let more = r#"{"id":"x","x":{"y":1},"lines":[],"id":"a"}"#;
    assert_eq!(read_by(&types, &named(0), Side::Backend, more), fields(Value::None, "none"));
}

#[test]
fn keys_without_names() {
    let with = |additional| {
        let TypeDef::Record(of) = record("Open", Origin::Flow, vec![field("a", Type::int())]) else {
            panic!("it is a record")
        };
        whole(vec![TypeDef::Record(Record { additional, ..of })])
    };
    let types = with(Some(short()));
    let value = read_by(&types, &named(0), Side::Caller, r#"{"b":"x","a":1,"c":"y"}"#).expect("it fits");
    assert_eq!(written_for(&types, &named(0), Side::Caller, &value), r#"{"a":1,"b":"x","c":"y"}"#);
    assert_eq!(fault(&types, &named(0), Side::Caller, r#"{"a":1,"b":"X"}"#), "body.b must match `[a-z]+`");
    let twice = r#"{"a":1,"b":"x","b":"y"}"#;
    assert_eq!(fault(&types, &named(0), Side::Caller, twice), "body.b is there more than once");
    assert_eq!(fault(&with(None), &named(0), Side::Caller, r#"{"a":1,"b":"x"}"#), "body.b is not known here");
}

#[test]
fn fields_travel_one_way() {
    let fields = vec![
        Field { access: Access::ReadOnly, ..field("id", Type::int()) },
        Field { access: Access::WriteOnly, ..field("key", Type::text()) },
    ];
    let types = whole(vec![record("Account", Origin::Flow, fields)]);
    let (id, key) = (r#"{"id":1}"#, r#"{"key":"k"}"#);
    let sent = read_by(&types, &named(0), Side::Caller, key).expect("it is what a caller sends");
    assert_eq!(sent, Value::record(vec![Value::Int(0), Value::text("k")]));
    let answered = read_by(&types, &named(0), Side::Backend, id).expect("it is what a backend answers");
    assert_eq!(answered, Value::record(vec![Value::Int(1), Value::text("")]));
    let faults = "body.id is not known here; body.key is missing";
    assert_eq!(fault(&types, &named(0), Side::Caller, id), faults);
    assert_eq!(fault(&types, &named(0), Side::Backend, key), "body.id is missing");
    let both = Value::record(vec![Value::Int(1), Value::text("k")]);
    assert_eq!(written_for(&types, &named(0), Side::Caller, &both), id);
    assert_eq!(written_for(&types, &named(0), Side::Backend, &both), key);
}

#[test]
fn unions_by_a_tag() {
    let card = record("Card", Origin::Flow, vec![field("kind", Type::text()), field("number", short())]);
    let bank = record("Bank", Origin::Flow, vec![field("kind", Type::text())]);
    let either = union(&[("Card", named(0), &["card", "credit"]), ("Bank", named(1), &["bank"])]);
    let types = whole(vec![card, bank, either]);
    let read = |json| read_by(&types, &named(2), Side::Caller, json);
    let card = |kind: &str| {
        let record = Value::record(vec![Value::text(kind), Value::text("a")]);
        Ok(Value::Member(0, Arc::new(record)))
    };
    assert_eq!(read(r#"{"number":"a","kind":"credit"}"#), card("credit"));
    let bank = Value::Member(1, Arc::new(Value::record(vec![Value::text("bank")])));
    assert_eq!(read(r#"{"kind":"bank"}"#), Ok(bank.clone()));
    assert_eq!(written_for(&types, &named(2), Side::Caller, &bank), r#"{"kind":"bank"}"#);
    let said = |json| fault(&types, &named(2), Side::Caller, json);
    assert_eq!(said(r#"{"kind":"cash"}"#), "body.kind must be `card` or `credit` or `bank`");
    assert_eq!(said("{}"), "body.kind is missing");
    assert_eq!(said(r#"{"kind":"card","number":"A"}"#), "body.number must match `[a-z]+`");
    assert_eq!(said("1"), "body must be an object, not a number");
}

#[test]
fn unions_by_trying() {
    let types = whole(vec![union(&[("short", short(), &[]), ("numbers", Type::list(Type::int()), &[])])]);
    let read = |json| read_by(&types, &named(0), Side::Caller, json);
    assert_eq!(read("\"a\""), Ok(Value::Member(0, Arc::new(Value::text("a")))));
    assert_eq!(read("[1]"), Ok(Value::Member(1, Arc::new(Value::list(vec![Value::Int(1)])))));
    assert_eq!(fault(&types, &named(0), Side::Caller, "[\"a\"]"), "body must be one of short, numbers");
}

/// A record of a backend, and what of it is kept and read.
fn sliced(fields: Vec<Field>, of: Use, unread: &[usize]) -> Types {
    let program = program(vec![record("Cust", Origin::Backend(0), fields)]);
    let fields: BTreeSet<(TypeId, usize)> = unread.iter().map(|at| (TypeId(0), *at)).collect();
    let slice = Slice {
        types: [(TypeId(0), of)].into_iter().collect(),
        unread: [((0, 0), fields)].into(),
        ..Slice::default()
    };
    Types::new(&program, &slice, &evaluated)
}

fn places(of: &[usize]) -> BTreeSet<usize> {
    of.iter().copied().collect()
}

#[test]
fn what_nobody_keeps_may_be_anything() {
    let fields = || vec![field("a", Type::int()), field("b", Type::int()), field("c", Type::int())];
    let of = Use { fields: places(&[0, 1]), read: places(&[0]), ..Use::default() };
    let types = sliced(fields(), of, &[]);
    let ty = named(0);
    let read = read_by(&types, &ty, Side::Backend, r#"{"a":1,"c":["?"]}"#).expect("what is read is there");
    // `b` is kept because it is sent, and nobody looks at it in an answer.
    assert_eq!(read, Value::record(vec![Value::Int(1), Value::Int(0), Value::None]));
    assert_eq!(written_for(&types, &ty, Side::Backend, &read), r#"{"a":1,"b":0}"#);
    assert_eq!(fault(&types, &ty, Side::Backend, "{}"), "body.a is missing");
    assert_eq!(
        fault(&types, &ty, Side::Backend, r#"{"a":1,"b":"?"}"#),
        "body.b must be a whole number, not a string"
    );
    let faults = "body.c is not known here; body.b is missing";
    assert_eq!(fault(&types, &ty, Side::Caller, r#"{"a":1,"c":1}"#), faults);
}

#[test]
fn what_only_neighbours_read_may_be_anything() {
    let fields =
        vec![Field { access: Access::ReadOnly, ..field("id", Type::int()) }, field("name", Type::text())];
    let of = Use { fields: places(&[0, 1]), read: places(&[0, 1]), ..Use::default() };
    let types = sliced(fields, of, &[0, 1]);
    let unread = types.unread(0, 0);
    assert_eq!((unread.len(), types.unread(0, 1)), (2, &[][..]));
    let read = |json: &str, unread| {
        from_json(json.as_bytes(), Side::Backend, "body", |from| {
            from.skips(unread);
            decode(&types, &named(0), from)
        })
    };
    let blank = Value::record(vec![Value::Int(0), Value::text("")]);
    assert_eq!(read(r#"{"id":"?","name":1}"#, unread), Ok(blank));
    assert!(read(r#"{"id":"?","name":1}"#, &[]).is_err());
    assert!(read("{}", &[]).is_err_and(|faults| faults.len() == 2));
}

#[test]
fn what_is_passed_over_is_not_without_a_name() {
    let TypeDef::Record(of) = record("Cust", Origin::Backend(0), vec![field("a", Type::int())]) else {
        panic!("it is a record")
    };
    let program = program(vec![TypeDef::Record(Record { additional: Some(Type::text()), ..of })]);
    let read = |additional, json| {
        let types = [(TypeId(0), Use { additional, ..Use::default() })];
        let slice = Slice { types: types.into_iter().collect(), ..Slice::default() };
        let types = Types::new(&program, &slice, &evaluated);
        read_by(&types, &named(0), Side::Backend, json).map(|value| match value {
            Value::Record(record) => record.additional.keys().cloned().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(read(true, r#"{"a":[],"b":"x"}"#), Ok(vec!["b".to_owned()]));
    assert_eq!(read(false, r#"{"a":[],"b":[]}"#), Ok(Vec::new()));
    assert!(read(true, r#"{"b":[]}"#).is_err());
}
