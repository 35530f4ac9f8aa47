//! What the reader and the writer promise together: records as the compiler emits them, hostile input, and round trips.

use std::time::{Duration, Instant};

use super::*;
use crate::value::Json;

#[derive(Debug, PartialEq)]
struct Customer {
    id: String,
    email: Option<String>,
    visits: i64,
    orders: Vec<Order>,
}

#[derive(Debug, PartialEq)]
struct Order {
    sku: String,
    paid: bool,
}

static ID: TextRule = TextRule::new().of(1, 7);
static VISITS: IntRule = IntRule::new().between(1, 100);

impl Decode for Customer {
    fn decode(from: &mut Reader<'_>) -> Option<Customer> {
        let mut id = Slot::Absent;
        let mut email = Slot::Absent;
        let mut visits = Slot::Absent;
        let mut orders = Slot::Absent;
        from.object(&mut |from, name| match name {
            "id" => from.set(name, &mut id, |from| from.string_of(&ID)),
            "email" => from.set(name, &mut email, |from| from.optional(Reader::string)),
            "visits" => from.set(name, &mut visits, |from| from.int_of(&VISITS)),
            "orders" => from.set(name, &mut orders, |from| from.list_of(0, 3, Order::decode)),
            _ => from.unknown(name),
        })?;
        let id = id.required(from, "id");
        let visits = visits.or(|| 1);
        let orders = orders.required(from, "orders");
        Some(Customer { id: id?, email: email.optional()?, visits: visits?, orders: orders? })
    }
}

impl Encode for Customer {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("id", &self.id).optional("email", &self.email);
        object.field("visits", &self.visits).field("orders", &self.orders).end();
    }
}

impl Decode for Order {
    fn decode(from: &mut Reader<'_>) -> Option<Order> {
        let mut sku = Slot::Absent;
        let mut paid = Slot::Absent;
        from.object(&mut |from, name| match name {
            "sku" => from.set(name, &mut sku, Reader::string),
            "paid" => from.set(name, &mut paid, Reader::bool),
            _ => from.unknown(name),
        })?;
        let sku = sku.required(from, "sku");
        Some(Order { sku: sku?, paid: paid.or(|| false)? })
    }
}

impl Encode for Order {
    fn encode(&self, to: &mut Writer) {
        to.object().field("sku", &self.sku).field("paid", &self.paid).end();
    }
}

fn read<T: Decode>(text: &str, side: Side) -> Result<T, Vec<String>> {
    from_json(text.as_bytes(), side, "body", T::decode).map_err(shown)
}

fn shown(faults: Vec<FaultAt>) -> Vec<String> {
    faults.into_iter().map(|fault| format!("{}: {}", fault.at, fault.message)).collect()
}

fn faults<T: Decode>(text: &str) -> Vec<String> {
    read::<T>(text, Side::Caller).err().unwrap_or_default()
}

#[test]
fn records_go_both_ways() {
    let text = r#"{"id":"C1","email":"a@b","visits":3,"orders":[{"sku":"x","paid":true},{"sku":"é\"","paid":false}]}"#;
    let customer: Customer = read(text, Side::Caller).expect("it fits");
    assert_eq!(String::from_utf8(to_json(&customer, Side::Backend)), Ok(text.to_string()));
    let short: Customer =
        read(" { \"orders\" : [ ] , \"id\" : \"a\" , \"email\" : null } \n", Side::Caller).expect("it fits");
    assert_eq!(short, Customer { id: "a".to_string(), email: None, visits: 1, orders: Vec::new() });
}

#[test]
fn all_faults_are_listed_with_their_places() {
    let text = r#"{"id": "", "email": 5, "visits": 101, "x": {"deep": []}, "orders": [{"sku": 1}, {"paid": "no", "y": 1}, 7]}"#;
    assert_eq!(
        faults::<Customer>(text),
        [
            "body.id: must have 1 to 7 characters",
            "body.email: must be a string, not a number",
            "body.visits: must be from 1 to 100",
            "body.x: is not known here",
            "body.orders[0].sku: must be a string, not a number",
            "body.orders[1].paid: must be true or false, not a string",
            "body.orders[1].y: is not known here",
            "body.orders[1].sku: is missing",
            "body.orders[2]: must be an object, not a number",
        ]
    );
    assert_eq!(faults::<Customer>("{}"), ["body.id: is missing", "body.orders: is missing"]);
    assert_eq!(faults::<Customer>(r#"{"id": "a", "orders": [1, 2, 3, 4]}"#).len(), 4);
    assert_eq!(
        faults::<Customer>(r#"{"id": "a", "orders": [{"sku":""},{"sku":""},{"sku":""},{"sku":""}]}"#),
        ["body.orders: must have 0 to 3 elements".replace("0 to 3", "at most 3")]
    );
}

#[test]
fn backends_are_read_with_tolerance() {
    let text = r#"{"id":"a","new":{"x":[1,{"y":2}]},"orders":[],"visits":5,"visits":7.0,"n\u0000":1}"#;
    let customer: Customer = read(text, Side::Backend).expect("it fits");
    assert_eq!(customer.visits, 7);
    assert_eq!(faults::<Customer>(text).len(), 3);
}

#[test]
fn repeated_keys_are_seen_however_they_are_escaped() {
    assert_eq!(
        faults::<Customer>(r#"{"id":"a","i\u0064":"b","orders":[]}"#),
        ["body.id: is there more than once"]
    );
    assert_eq!(faults::<Json>(r#"{"a":1,"\u0061":2}"#), ["body.a: is there more than once"]);
    assert_eq!(faults::<Json>(r#"{"a":[{"b":1,"b":2}]}"#), ["body.a[0].b: is there more than once"]);
    assert_eq!(
        read::<Json>(r#"{"a":1,"\u0061":2}"#, Side::Backend),
        read::<Json>(r#"{"a":2}"#, Side::Caller)
    );
}

#[test]
fn what_is_no_json_ends_the_reading() {
    assert_eq!(faults::<Json>(""), ["body: is not JSON at byte 0: a value is missing"]);
    assert_eq!(faults::<Json>("[1, 2] x"), ["body: is not JSON at byte 7: something follows the value"]);
    assert_eq!(faults::<Json>("[1, NaN]"), ["body[1]: is not JSON at byte 4: a value is missing"]);
    assert_eq!(faults::<f64>("NaN"), ["body: is not JSON at byte 0: a value is missing"]);
    assert_eq!(faults::<i64>("01"), ["body: is not JSON at byte 1: something follows the value"]);
    assert_eq!(
        faults::<Customer>(r#"{"id": 1, "orders": [{"sku": "a}]}"#),
        [
            "body.id: must be a string, not a number",
            "body.orders[0].sku: is not JSON at byte 34: a string is not closed",
        ]
    );
    assert_eq!(
        faults::<Json>("\u{feff}{}"),
        ["body: is not JSON at byte 0: it begins with a byte order mark"]
    );
    assert!(
        read::<Json>("\u{feff}{}", Side::Backend).is_err() && read::<Json>("1 1", Side::Backend).is_err()
    );
    for text in [
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"1}",
        "{a:1}",
        "[1 2]",
        "tru",
        "-",
        "1.",
        "\"\u{1}\"",
        "\"\\x\"",
        "[",
        "{\"a\":",
        "\"\\u00\"",
    ] {
        assert_eq!(faults::<Json>(text).len(), 1, "{text}");
        assert!(!faults::<Customer>(text).is_empty(), "{text}");
    }
}

#[test]
fn texts_that_are_none() {
    let at = |bytes: &[u8]| from_json(bytes, Side::Caller, "body", Json::decode).map_err(shown);
    assert_eq!(at(b"{\"a\": [1, \"\xff\"]}"), Err(vec!["body.a[1]: is not UTF-8 at byte 11".to_string()]));
    assert_eq!(at(b"\xff"), Err(vec!["body: is not UTF-8 at byte 0".to_string()]));
    assert_eq!(
        faults::<Json>(r#"["\ud800", "ok", "\u0000"]"#),
        ["body[0]: must not contain half a surrogate pair", "body[2]: must not contain the character NUL",]
    );
    assert_eq!(
        faults::<Json>(r#"{"a\udc00": 1}"#),
        [r#"body["a\\udc00"]: a key must not contain half a surrogate pair"#]
    );
}

#[test]
fn numbers() {
    assert_eq!(faults::<f64>("1e999"), ["body: must be a number that fits a float"]);
    assert_eq!(read::<f64>("-1.5e-3", Side::Caller), Ok(-0.0015));
    assert_eq!(read::<i64>("1.0", Side::Caller), Ok(1));
    assert_eq!(faults::<i64>("1.5"), ["body: must be a whole number"]);
    assert_eq!(faults::<i64>("9223372036854775808"), ["body: must be a whole number of 64 bits"]);
    for (text, number) in [
        ("1.0", 1),
        ("1e2", 100),
        ("-150e-1", -15),
        ("0.0e9999999999999999999", 0),
        ("9223372036854775807.0", i64::MAX),
    ] {
        assert_eq!(read::<i64>(text, Side::Backend), Ok(number), "{text}");
    }
    for text in
        ["1.5", "1e-1", "1e19", "1e99999999999999999999", "1e-99999999999999999999", "9223372036854775808.0"]
    {
        assert!(read::<i64>(text, Side::Backend).is_err(), "{text}");
    }
    let long = "1".repeat(1_000_000);
    assert!(read::<i64>(&long, Side::Backend).is_err());
    assert!(read::<f64>(&long, Side::Backend).is_err());
    assert_eq!(read::<Json>(&long, Side::Caller), Ok(Json::Number(long)));
}

#[cfg(feature = "decimal")]
#[test]
fn decimals() {
    use crate::value::Decimal;
    let decimal = |text| Decimal::literal(text);
    assert_eq!(read::<Decimal>("12.50", Side::Caller).map(|d| d.to_string()), Ok("12.50".to_string()));
    assert_eq!(read::<Decimal>("1.5e2", Side::Caller), Ok(decimal("150")));
    assert_eq!(faults::<Decimal>("\"12.5\""), ["body: must be a decimal number, not a string"]);
    assert_eq!(read::<Decimal>("\"12.5\"", Side::Backend), Ok(decimal("12.5")));
    for text in ["1e999", "1e999999999999", "123456789012345678901234567890123", "1e-99"] {
        assert_eq!(faults::<Decimal>(text), ["body: must be a decimal number of at most 28 digits"]);
    }
    assert_eq!(read::<DecimalText>("\"1.0\"", Side::Caller), Ok(DecimalText(decimal("1"))));
    assert!(
        read::<DecimalText>("1.0", Side::Caller).is_err()
            && read::<DecimalText>("1.0", Side::Backend).is_ok()
    );
    for text in ["\"\"", "\" 1\"", "\"+1\"", "\"x\"", "\".5\""] {
        assert!(read::<DecimalText>(text, Side::Backend).is_err(), "{text}");
    }
    assert_eq!(to_json(&vec![decimal("1.50")], Side::Caller), b"[1.50]");
    assert_eq!(to_json(&DecimalText(decimal("1.50")), Side::Caller), b"\"1.50\"");
}

#[test]
fn numbers_may_stand_as_texts_where_the_document_was_made_of_texts() {
    let text = br#"{"id":"1","visits":"5","orders":{"sku":"1","paid":"true"}}"#;
    let customer = from_texts(text, "query.filter", Customer::decode).expect("it fits");
    assert_eq!((customer.visits, customer.orders.len()), (5, 1));
    let wrong = from_texts(br#"{"id":"1","visits":" 5","orders":[]}"#, "query.filter", Customer::decode);
    assert_eq!(wrong.map_err(shown), Err(vec!["query.filter.visits: must be a whole number".to_string()]));
    assert!(from_json(text, Side::Caller, "body", Customer::decode).is_err());
}

#[test]
fn enumerations() {
    let one_of = |text: &str| from_json(text.as_bytes(), Side::Backend, "", |from| from.one_of(&["a", "b"]));
    assert_eq!(one_of("\"\\u0062\""), Ok(1));
    assert_eq!(one_of("\"c\"").map_err(shown), Err(vec![": must be `a` or `b`".to_string()]));
    let open = |side| from_json(b"\"c\"", side, "", |from| from.open_enum(&["a", "b"]));
    assert_eq!(open(Side::Backend), Ok("c".to_string()));
    assert!(open(Side::Caller).is_err());
}

#[test]
fn methods_of_the_reader_may_stand_for_functions() {
    assert_eq!(from_json(b"1", Side::Caller, "", Reader::int), Ok(1));
    assert_eq!(from_json(b"[1]", Side::Caller, "", Vec::<i64>::decode), Ok(vec![1]));
    let given =
        from_json(b"{\"a\":null}", Side::Caller, "", |from| from.dict(|from| from.optional(Reader::uuid)));
    assert_eq!(given.map(|dict| dict.len()), Ok(1));
}

#[cfg(feature = "time")]
#[test]
fn what_the_language_hands_out() {
    let caller = crate::value::Caller { subject: "ada".to_string(), ..Default::default() };
    assert_eq!(to_json(&caller, Side::Caller), br#"{"subject":"ada","scopes":[],"claims":{}}"#);
    let all = r#"["2024-01-31","13:30:00","2024-01-31T13:30:00Z","PT90S"]"#;
    let read = from_json(all.as_bytes(), Side::Caller, "", Vec::<String>::decode).expect("they are texts");
    assert!(read.len() == 4 && from_json(b"\"2024-02-30\"", Side::Caller, "", Reader::date).is_err());
    let day = from_json(b"\"2024-01-31\"", Side::Caller, "", Reader::date).expect("it is a date");
    assert_eq!(to_json(&day, Side::Caller), b"\"2024-01-31\"");
}

#[test]
fn access() {
    let takes = |side, access| from_json(b"1", side, "", |from| from.skip().map(|()| from.takes(access)));
    assert_eq!(takes(Side::Caller, Access::ReadOnly), Ok(false));
    assert_eq!(takes(Side::Caller, Access::WriteOnly), Ok(true));
    assert_eq!(takes(Side::Backend, Access::ReadOnly), Ok(true));
    assert!(
        Writer::new(Side::Caller).takes(Access::ReadOnly)
            && !Writer::new(Side::Backend).takes(Access::ReadOnly)
    );
}

#[derive(Debug, PartialEq)]
enum Tree {
    Leaf(i64),
    Node(Vec<Tree>),
}

impl Tree {
    fn by_tag(from: &mut Reader<'_>) -> Option<Tree> {
        match from.tag_of("kind", &["leaf", "node"])? {
            0 => field(from, Reader::int).map(Tree::Leaf),
            _ => field(from, |from| from.list(Tree::by_tag)).map(Tree::Node),
        }
    }

    fn by_trying(from: &mut Reader<'_>) -> Option<Tree> {
        let leaf = from.attempt(|from| field(from, Reader::int).map(Tree::Leaf));
        let node = |from: &mut Reader<'_>| {
            from.attempt(|from| field(from, |from| from.list(Tree::by_trying)).map(Tree::Node))
        };
        let tree = leaf.or_else(|| node(from)).or_else(|| node(from));
        if tree.is_none() {
            from.fault("is neither leaf nor node");
        }
        tree
    }
}

fn field<'a, T>(from: &mut Reader<'a>, value: impl Fn(&mut Reader<'a>) -> Option<T>) -> Option<T> {
    let mut slot = Slot::Absent;
    from.object(&mut |from, name| match name {
        "kind" => from.skip().unwrap_or_default(),
        "value" => from.set(name, &mut slot, &value),
        _ => from.unknown(name),
    })?;
    slot.required(from, "value")
}

#[test]
fn unions_told_apart_by_a_field() {
    let read = |text: &str, side| from_json(text.as_bytes(), side, "body", Tree::by_tag).map_err(shown);
    let text =
        r#"{"value": [{"kind": "leaf", "value": 1}, {"value": 2, "k\u0069nd": "leaf"}], "kind": "node"}"#;
    let tree = Tree::Node(vec![Tree::Leaf(1), Tree::Leaf(2)]);
    assert_eq!(read(text, Side::Caller), Ok(tree));
    assert_eq!(read(r#"{"kind":"node","kind":"leaf","value":1}"#, Side::Backend), Ok(Tree::Leaf(1)));
    let wrong = r#"{"kind": "node", "value": [{"kind": "x"}, {"kind": 1}, {}, 5, {"kind": "\ud800"}, {"kind": "leaf", "value": 7}]}"#;
    assert_eq!(
        read(wrong, Side::Caller),
        Err(vec![
            "body.value[0].kind: must be `leaf` or `node`".to_string(),
            "body.value[1].kind: must be a string, not a number".to_string(),
            "body.value[2].kind: is missing".to_string(),
            "body.value[3]: must be an object, not a number".to_string(),
            "body.value[4].kind: must not contain half a surrogate pair".to_string(),
        ])
    );
    assert_eq!(read(r#"{"kind": "leaf", "value": }"#, Side::Caller).map_err(|all| all.len()), Err(1));
    assert_eq!(read(r#"{"x": }"#, Side::Caller).map_err(|all| all.len()), Err(1));
}

#[test]
fn unions_told_apart_by_trying() {
    let read = |text: &str| from_json(text.as_bytes(), Side::Caller, "body", Tree::by_trying).map_err(shown);
    assert_eq!(read(r#"{"value": [{"value": 1}]}"#), Ok(Tree::Node(vec![Tree::Leaf(1)])));
    assert_eq!(read(r#"{"value": [1]}"#), Err(vec!["body: is neither leaf nor node".to_string()]));
    assert_eq!(read(r#"{"value": [1}"#).map_err(|all| all.len()), Err(1));
    let has = |text: &str, name| {
        from_json(text.as_bytes(), Side::Caller, "", |from| {
            let has = from.has_field(name);
            from.skip().map(|()| has)
        })
    };
    assert_eq!((has(r#"{"a":[{"b":1}],"c":2}"#, "c"), has(r#"{"a":[{"b":1}]}"#, "b")), (Ok(true), Ok(false)));
    assert_eq!((has("[]", "c"), has("{}", "c")), (Ok(false), Ok(false)));
}

/// Each level is tried three times, so without a bound a document of 400 bytes would take 3^50 readings.
#[test]
fn trying_does_not_multiply() {
    let depth = 50;
    let text = format!("{}{}{}", "{\"value\":[".repeat(depth), "true", "]}".repeat(depth));
    within(Duration::from_millis(500), || {
        let all = from_json(text.as_bytes(), Side::Caller, "body", Tree::by_trying).map_err(shown);
        assert_eq!(all.map_err(|all| all.concat().contains("in several ways")), Err(true));
    });
    let nested = format!("{}1{}", "{\"value\":[".repeat(60), "],\"kind\":\"node\"}".repeat(60));
    within(Duration::from_millis(500), || {
        assert!(from_json(nested.as_bytes(), Side::Caller, "body", Tree::by_tag).is_err());
    });
}

fn within(time: Duration, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let taken = start.elapsed();
    // Without optimisation, and beside other tests, everything takes its time; what is quadratic takes far more.
    assert!(taken < time * 10, "{taken:?}");
}

#[test]
fn hostile_documents() {
    let ten = Duration::from_millis(10);
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let deep = open.repeat(100_000);
        within(ten, || assert_eq!(faults::<Json>(&deep).len(), 1));
        within(ten, || assert_eq!(faults::<Customer>(&deep).len().min(1), 1));
        within(ten, || assert_eq!(faults::<Customer>(&format!("{{\"x\":{deep}")).len().min(1), 1));
    }
    let same = format!("{{{}}}", vec!["\"id\":\"a\""; 10_000].join(","));
    within(ten, || assert_eq!(faults::<Customer>(&same).len(), 50));
    within(ten, || assert_eq!(faults::<Json>(&same).len(), 50));
    within(ten, || assert!(read::<Json>(&same, Side::Backend).is_ok()));
    let many =
        format!("{{{}}}", (0..10_000).map(|key| format!("\"k{key}\":1")).collect::<Vec<_>>().join(","));
    within(ten, || assert_eq!(faults::<Customer>(&many).len(), 50));
    within(ten, || assert!(read::<Json>(&many, Side::Caller).is_ok()));
    let wrong = format!("[{}]", vec!["\"\\ud800\""; 100_000].join(","));
    within(ten, || assert_eq!(faults::<Json>(&wrong).len(), 50));
    within(ten, || assert_eq!(faults::<Vec<i64>>(&format!("[{}]", vec!["x"; 100_000].join(","))).len(), 1));
}

/// A stream of numbers that looks random and is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn text(&mut self) -> String {
        let letters = ['a', '"', '\\', '\n', '\u{1}', 'é', '€', '😀', '/', ' ', '\u{7f}', '\u{2028}'];
        (0..self.roll(20)).map(|_| letters.get(self.roll(12) as usize).copied().unwrap_or('z')).collect()
    }

    fn json(&mut self, depth: u64) -> Json {
        match self.roll(if depth == 0 { 4 } else { 6 }) {
            0 => Json::Null,
            1 => Json::Bool(self.roll(2) == 0),
            2 => Json::Number(format!("{}.{}e-{}", self.roll(1000), self.roll(1000), self.roll(30))),
            3 => Json::Text(self.text()),
            4 => Json::List((0..self.roll(5)).map(|_| self.json(depth - 1)).collect()),
            _ => Json::Object((0..self.roll(5)).map(|_| (self.text(), self.json(depth - 1))).collect()),
        }
    }
}

#[test]
fn any_json_goes_both_ways() {
    let mut dice = Dice(1);
    for _ in 0..2_000 {
        let json = dice.json(5);
        let bytes = to_json(&json, Side::Caller);
        let again = from_json(&bytes, Side::Caller, "body", Json::decode);
        assert_eq!(again, Ok(json));
    }
}

#[test]
fn no_damage_makes_the_reader_panic_or_accept_what_it_then_writes_otherwise() {
    let mut dice = Dice(2);
    for _ in 0..20_000 {
        let mut bytes = to_json(&dice.json(4), Side::Caller);
        for _ in 0..=dice.roll(3) {
            let place = dice.roll(bytes.len() as u64) as usize;
            let new = b"{}[]\",:\\u0de-. \x00\xff\xc3"[dice.roll(18) as usize];
            match dice.roll(3) {
                0 => bytes.insert(place, new),
                1 => *bytes.get_mut(place).expect("it is there") = new,
                _ => bytes.truncate(place + 1),
            }
        }
        let read = from_json(&bytes, Side::Backend, "body", Json::decode);
        let typed = from_json(&bytes, Side::Caller, "body", Customer::decode);
        assert!(typed.is_err());
        if let Ok(json) = read {
            assert_eq!(from_json(&to_json(&json, Side::Caller), Side::Caller, "", Json::decode), Ok(json));
        }
    }
}
