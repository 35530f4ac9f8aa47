//! Types and documents that nobody thought of: nothing panics, and what is read is written the same way ever again.

use proptest::prelude::*;

use super::*;

fn names() -> Types {
    let fields = vec![
        field("a", Type::int()),
        field("b", named(0).optional()),
        Field { access: Access::WriteOnly, ..field("c", Type::list(named(2))) },
        Field { default: Some(literal("d")), ..field("d", short()) },
        Field { nullable: true, ..field("e", named(1).optional()) },
    ];
    let TypeDef::Record(record) = record("Some", Origin::Backend(0), fields) else {
        panic!("it is a record")
    };
    whole(vec![
        TypeDef::Record(Record { additional: Some(short()), ..record }),
        enumeration(&["a", "b"]),
        union(&[("choice", named(1), &[]), ("whole", named(0), &[]), ("list", Type::list(named(2)), &[])]),
        union(&[("some", named(0), &["a"]), ("other", dict(Type::Json), &["b", "c"])]),
    ])
}

fn types() -> impl Strategy<Value = Type> {
    let scalar = prop_oneof![
        1 => Just(Type::Unit),
        1 => Just(Type::Bool),
        1 => Just(Type::int()),
        1 => Just(Type::Int(IntRule { min: Some(0), ..IntRule::default() })),
        1 => Just(Type::Float(FloatRule::default())),
        1 => Just(Type::Decimal(DecimalRule::default())),
        1 => Just(in_string()),
        1 => Just(short()),
        1 => Just(Type::OpenEnum(Arc::from(["a".to_owned()]))),
        1 => Just(Type::Date),
        1 => Just(Type::DateTime),
        1 => Just(Type::Duration),
        1 => Just(Type::Uuid),
        1 => Just(Type::Bytes),
        1 => Just(Type::Zone),
        1 => Just(Type::Json),
        24 => (0..4_usize).prop_map(named),
    ];
    scalar.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            (inner.clone(), 0..3_u64).prop_map(|(item, min)| Type::List(Arc::new(ListType {
                item,
                min: Some(min),
                max: Some(4)
            }))),
            inner.clone().prop_map(dict),
            inner.prop_map(Type::optional),
        ]
    })
}

fn one_of(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(texts).prop_map(str::to_owned).boxed()
}

/// What mostly fits nothing, or is no JSON at all.
fn noise() -> BoxedStrategy<String> {
    one_of(&[
        "null",
        "-1",
        "1.50",
        "\"1.50\"",
        "\"\\ud800\"",
        "tru",
        "",
        "99999999999999999999",
        "[1",
        "{\"a\":{}}",
    ])
}

/// A document that fits a type, mostly.
fn document(ty: &Type, depth: u32) -> BoxedStrategy<String> {
    let fitting = match ty {
        Type::Bool => one_of(&["true", "false"]),
        Type::Int(_) => one_of(&["0", "7", "1e2", "1.0"]),
        Type::Float(_) => one_of(&["1.5", "-2", "1e300", "99999999999999999999"]),
        Type::Decimal(DecimalRule { as_text: true, .. }) => one_of(&["\"1.50\"", "\"-0.1\""]),
        Type::Decimal(_) => one_of(&["1.50", "1e2", "-0"]),
        Type::Text(_) | Type::OpenEnum(_) => one_of(&["\"a\"", "\"\\u0061\""]),
        Type::Date => one_of(&["\"2024-01-31\""]),
        Type::DateTime => one_of(&["\"2024-01-31T00:00:00Z\"", "\"2024-01-31T00:00:00.5+02:00\""]),
        Type::Duration => one_of(&["\"PT1S\"", "\"PT90M\""]),
        Type::Uuid => one_of(&["\"67E55044-10b1-426f-9247-bb680e5fe0c8\""]),
        Type::Bytes => one_of(&["\"YQ==\"", "\"\""]),
        Type::Zone => one_of(&["\"UTC\"", "\"+01:00\""]),
        Type::List(list) => items(&list.item, depth),
        Type::Dict(values) => entries(values, depth),
        Type::Optional(inner) => prop_oneof![Just("null".to_owned()), document(inner, depth)].boxed(),
        Type::Named(TypeId(0)) => object(depth),
        Type::Named(TypeId(1)) => one_of(&["\"a\"", "\"b\""]),
        Type::Named(TypeId(2)) => {
            prop_oneof![document(&named(1), depth), object(depth), items(&named(2), depth),].boxed()
        }
        Type::Named(_) => prop_oneof![
            object(depth).prop_map(|of| of.replacen('{', "{\"kind\":\"a\",", 1)),
            Just("{\"kind\":\"c\",\"x\":[null]}".to_owned()),
        ]
        .boxed(),
        _ => one_of(&["null", "[1.0, {\"b\": \"\\n\"}]", "true"]),
    };
    prop_oneof![30 => fitting, 1 => noise()].boxed()
}

fn items(item: &Type, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return Just("[]".to_owned()).boxed();
    }
    let items = prop::collection::vec(document(item, depth - 1), 0..4);
    items.prop_map(|items| format!("[{}]", items.join(", "))).boxed()
}

fn entries(values: &Type, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return Just("{}".to_owned()).boxed();
    }
    let entry = (one_of(&["a", "b", "\\n"]), document(values, depth - 1));
    let entries = prop::collection::vec(entry.prop_map(|(key, value)| format!("\"{key}\": {value}")), 0..3);
    entries.prop_map(|entries| format!("{{{}}}", entries.join(","))).boxed()
}

/// The record, with more or less of what it may have.
fn object(depth: u32) -> BoxedStrategy<String> {
    let inner = match depth {
        0 => Just("null".to_owned()).boxed(),
        _ => document(&named(0).optional(), depth - 1),
    };
    let more = one_of(&[
        "",
        ",\"d\":\"b\"",
        ",\"e\":\"a\"",
        ",\"x\":\"abc\"",
        ",\"d\":null,\"y\":\"z\"",
        ",\"a\":2",
    ]);
    let all = (document(&Type::int(), 0), inner, items(&named(2), depth), more);
    all.prop_map(|(a, b, c, more)| format!("{{\"c\":{c},\"a\": {a},\"b\":{b}{more}}}")).boxed()
}

fn pairs() -> impl Strategy<Value = (Type, String)> {
    types().prop_flat_map(|ty| {
        let document = document(&ty, 3);
        (Just(ty), document)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_read_is_written_the_same_way_ever_again((ty, json) in pairs()) {
        let types = names();
        for side in [Side::Caller, Side::Backend] {
            let Ok(value) = read_by(&types, &ty, side, &json) else { continue };
            // What a caller sends is what goes to a backend, and the other way round.
            let other = if side == Side::Caller { Side::Backend } else { Side::Caller };
            let text = written_for(&types, &ty, other, &value);
            let again = read_by(&types, &ty, side, &text);
            let again = again.unwrap_or_else(|faults| panic!("{text} of {json} has {faults:?}"));
            prop_assert_eq!(written_for(&types, &ty, other, &again), text);
            prop_assert_eq!(again, value);
        }
    }

    #[test]
    fn every_value_becomes_json_and_another_value((ty, json) in pairs(), want in types()) {
        let types = names();
        if let Ok(value) = read_by(&types, &ty, Side::Backend, &json) {
            to_json(&types, &ty, &value);
            let _ = narrow(&types, &value, &ty, &want);
            convert(&types, value, &ty, &want);
        }
    }
}
