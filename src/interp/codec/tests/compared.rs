//! The interpreter beside the code that is emitted for the same types: both read the same documents, say the same where
//! one does not fit, and write and convert the same.

use flow_std::codec::{Decode, Encode, FaultAt};
use proptest::prelude::*;

use super::emitted::{backends::erp, types as own};
use super::*;
use crate::emit::shapes::*;

/// What becomes of a document: what is written of it for either side and as JSON, or its faults.
type Outcome = Result<[String; 3], Vec<FaultAt>>;

fn outcome(value: &dyn Encode, plain: &dyn Encode) -> [String; 3] {
    let text = |side| String::from_utf8(flow_std::codec::to_json(value, side)).expect("JSON is UTF-8");
    [text(Side::Caller), text(Side::Backend), flow_std::json::from(plain).to_string()]
}

fn emitted_outcome<T: Decode + Encode>(side: Side, unread: &'static [&'static str], json: &str) -> Outcome {
    let read = from_json(json.as_bytes(), side, "body", |from| {
        from.skips(unread);
        T::decode(from)
    });
    read.map(|value| outcome(&value, &value))
}

fn interpreted(types: &Types, id: TypeId, side: Side, is_skipping: bool, json: &str) -> Outcome {
    let ty = Type::Named(id);
    let unread = if is_skipping { types.unread(0, 0) } else { &[] };
    let read = from_json(json.as_bytes(), side, "body", |from| {
        from.skips(unread);
        decode(types, &ty, from)
    });
    read.map(|value| outcome(&Written::new(types, &ty, &value), &Written::plain(types, &ty, &value)))
}

fn emitted_by(id: TypeId, side: Side, is_skipping: bool, json: &str) -> Outcome {
    let unread: &[&str] = if is_skipping { &["erp.Part.varying", "erp.Part.varyingId"] } else { &[] };
    match id {
        WIDE => emitted_outcome::<erp::Wide>(side, unread, json),
        SENT => emitted_outcome::<erp::Sent>(side, unread, json),
        PART => emitted_outcome::<erp::Part>(side, unread, json),
        CHOICE => emitted_outcome::<own::Choice>(side, unread, json),
        TRIED => emitted_outcome::<own::Tried>(side, unread, json),
        TAGGED => emitted_outcome::<own::Tagged>(side, unread, json),
        _ => emitted_outcome::<own::Open>(side, unread, json),
    }
}

fn types() -> Types {
    let (program, slice) = shapes();
    Types::new(&program, &slice, &evaluated)
}

fn one_of(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(texts).prop_map(str::to_owned).boxed()
}

/// Most of them good, some bad, and some that fit hardly anything.
fn mostly(good: &'static [&'static str], bad: &'static [&'static str]) -> BoxedStrategy<String> {
    let noise = &["null", "1", "\"1\"", "[]", "{}", "\"\\ud800\"", "tru", "[1", ""];
    let good = prop::sample::select(good);
    prop_oneof![60 => good, 2 => prop::sample::select(bad), 1 => prop::sample::select(&noise[..])]
        .prop_map(str::to_owned)
        .boxed()
}

/// Values for the fields of some name.
fn value_of(name: &str, depth: u32) -> BoxedStrategy<String> {
    match name {
        "truth" => mostly(&["true", "false"], &["\"true\""]),
        "few" => mostly(&["0", "-1", "9.0"], &["10", "-2"]),
        "count" | "id" | "kept" | "sent" | "dropped" | "key" | "varying" | "varyingId" => {
            mostly(&["0", "-7", "1e1"], &["1.5", "99999999999999999999"])
        }
        "ratio" => mostly(&["0.5", "1", "1e300"], &["1e999"]),
        "part" => mostly(&["0.5", "1"], &["0", "-2.0"]),
        "sum" => mostly(&["1.50", "-100", "1e1"], &["\"1.5\"", "1e99"]),
        "price" => mostly(&["1.50", "99.990"], &["100", "0.001", "\"1\""]),
        "inString" => mostly(&["\"1.50\"", "\"-0\""], &["2.5", "\"x\""]),
        "sums" => mostly(&["[\"1.5\"]", "[\"1\",\"2.00\"]"], &["[]", "[1]", "[\"100\"]"]),
        "byName" => mostly(&["{}", "{\"a\":\"1.0\",\"b\":null}"], &["{\"a\":\"1\",\"a\":\"2\"}"]),
        "table" => mostly(&["[[\"1.5\"],[]]", "[]"], &["[[1]]"]),
        "text" | "note" => mostly(&["\"a\"", "\"b\"", "\"\\u00e9\\n\""], &["1"]),
        "short" => mostly(&["\"a\"", "\"abc\""], &["\"abcd\"", "\"A\""]),
        "open" => mostly(&["\"a\"", "\"b\""], &["\"c\""]),
        "date" => mostly(&["\"2024-02-29\""], &["\"2023-02-29\""]),
        "time" => mostly(&["\"13:30:00\"", "\"13:30:00.250\""], &["\"24:00\""]),
        "moment" => {
            mostly(&["\"2024-01-31T13:30:00+01:00\"", "\"2024-01-31T13:30:00Z\""], &["\"2024-01-31\""])
        }
        "span" => mostly(&["\"PT90M\"", "\"P1D\""], &["\"90s\""]),
        "uuid" => mostly(&["\"67E55044-10b1-426f-9247-bb680e5fe0c8\""], &["\"67E55044\""]),
        "email" => mostly(&["\"ada@example.org\""], &["\"ada\""]),
        "uri" => mostly(&["\"https://example.org/a?b\""], &["\"a b\""]),
        "bytes" => mostly(&["\"YQ==\"", "\"\""], &["\"%\""]),
        "zone" => mostly(&["\"UTC\"", "\"+01:00\""], &["\"Mars\""]),
        "choice" | "state" => mostly(&["\"new\"", "\"old\""], &["\"lost\""]),
        "tried" => tried(depth),
        "next" => object(OPEN, depth),
        "nested" => mostly(&["[]", "[{\"a\":\"b\"},{}]"], &["[{\"a\":\"B\"}]"]),
        _ => mostly(&["null", "[1.0, {\"a\": true}]", "\"json\""], &["[1.]"]),
    }
}

fn tried(depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return value_of("choice", 0);
    }
    let list = prop::collection::vec(tried(depth - 1), 0..3);
    prop_oneof![
        value_of("choice", 0),
        object(OPEN, depth),
        list.prop_map(|items| format!("[{}]", items.join(" , "))),
    ]
    .boxed()
}

/// The fields of a record, some of them missing, in any order, one of them twice at times, and one that is not known.
fn object(id: TypeId, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return one_of(&["{}", "null", "{\"id\":1,\"state\":\"new\"}"]);
    }
    let (program, _) = shapes();
    let Some(TypeDef::Record(of)) = program.types.into_iter().nth(id.0) else { panic!("it is a record") };
    let field = |name: String| {
        let value = value_of(&name, depth - 1);
        let key = flow_std::Json::Text(name).to_string();
        (prop::bool::weighted(0.9), value)
            .prop_map(move |(is_there, value)| (is_there, format!("{key}:{value}")))
    };
    let fields: Vec<_> = of.fields.into_iter().map(|of| field(of.name)).collect();
    let more = (prop::bool::weighted(0.1), one_of(&["\"x\":\"a\"", "\"y\":1", "\"id\":2", "\"kept\":2"]));
    (fields, more, any::<bool>())
        .prop_map(|(mut fields, more, is_turned)| {
            fields.push(more);
            if is_turned {
                fields.reverse();
            }
            let fields = fields.into_iter().filter(|(is_there, _)| *is_there).map(|(_, text)| text);
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        })
        .boxed()
}

fn document(id: TypeId) -> BoxedStrategy<String> {
    match id {
        CHOICE => value_of("choice", 0),
        TRIED => tried(3),
        TAGGED => prop_oneof![
            object(OPEN, 2),
            one_of(&["{\"x\":[1],\"note\":\"c\"}", "{\"note\":\"?\"}", "{\"note\":1}"])
        ]
        .boxed(),
        id => object(id, 3),
    }
}

fn documents() -> impl Strategy<Value = (TypeId, String)> {
    let ids = prop::sample::select(vec![WIDE, CHOICE, TRIED, TAGGED, SENT, PART, OPEN]);
    ids.prop_flat_map(|id| (Just(id), document(id)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn documents_are_read_and_written_as_emitted((id, json) in documents(), is_skipping in any::<bool>()) {
        let types = types();
        for side in [Side::Caller, Side::Backend] {
            let emitted = emitted_by(id, side, is_skipping, &json);
            prop_assert_eq!(interpreted(&types, id, side, is_skipping, &json), emitted, "{} from {:?}", json, side);
        }
    }

    #[test]
    fn values_become_what_they_become_as_emitted(open in object(OPEN, 3), tried in tried(3), choice in value_of("choice", 0)) {
        let types = types();
        prop_assert_eq!(changed(&types, OPEN, OTHER, &open), become_emitted::<own::Open, own::Other>(&open));
        prop_assert_eq!(changed(&types, OPEN, OTHER_UNION, &open), become_emitted::<own::Open, own::OtherUnion>(&open));
        let member = become_emitted::<own::Tried, own::OtherUnion>(&tried);
        prop_assert_eq!(changed(&types, TRIED, OTHER_UNION, &tried), member);
        let member = become_emitted::<own::Choice, own::OtherUnion>(&choice);
        prop_assert_eq!(changed(&types, CHOICE, OTHER_UNION, &choice), member);
        let other = become_emitted::<own::Choice, own::OtherChoice>(&choice);
        prop_assert_eq!(changed(&types, CHOICE, OTHER_CHOICE, &choice), other);
    }
}

fn become_emitted<T: Decode, U: From<T> + Encode>(json: &str) -> Option<String> {
    let value = from_json(json.as_bytes(), Side::Caller, "body", T::decode).ok()?;
    Some(flow_std::json::from(&U::from(value)).to_string())
}

fn changed(types: &Types, from: TypeId, to: TypeId, json: &str) -> Option<String> {
    let (have, want) = (Type::Named(from), Type::Named(to));
    let value = read_by(types, &have, Side::Caller, json).ok()?;
    Some(to_json(types, &want, &convert(types, value, &have, &want)).to_string())
}

/// The comparison means something only if enough of the documents fit.
#[test]
fn enough_documents_fit() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for id in [WIDE, TRIED, TAGGED, SENT, PART, OPEN] {
        let fits = (0..2000).filter(|_| {
            let json = document(id).new_tree(&mut runner).expect("a document").current();
            emitted_by(id, Side::Backend, false, &json).is_ok()
        });
        let count = fits.count();
        assert!(count > 20, "{count} of {id:?} fit");
    }
}
