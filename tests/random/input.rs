//! Random values of a type as JSON: the bounds of each, what is odd about it, and now and then something that is none.

use serde_json::{Map, Value, json};

use super::print::has_more;
use super::types::{Def, Ty, World, pick};
use crate::order::world::Dice;

pub const TEXTS: [&str; 26] = [
    "",
    "a",
    "żółć",
    "AB12",
    "  x ",
    "2024-02-29",
    "12.50",
    "-7",
    "True",
    "ß",
    "e\u{301}",
    "👩‍👧",
    "a,b,,c",
    "{a}",
    "\"q\"",
    "\\",
    "a\nb\r\nc",
    "gold",
    "open",
    "ada@example.com",
    "https://example.com/a?b=c",
    "YWJj",
    "616263",
    "{\"a\": 1}",
    "Europe/Lisbon",
    "9223372036854775808",
];

const INTS: [i64; 16] = [
    0,
    1,
    -1,
    2,
    3,
    7,
    10,
    50,
    -5,
    100,
    1_000_000,
    1 << 53,
    (1 << 53) + 1,
    i64::MAX,
    i64::MIN,
    -1_000_000_007,
];

const DECIMALS: [&str; 14] = [
    "0",
    "0.00",
    "1.5",
    "-2.345",
    "0.1",
    "2.5",
    "3.5",
    "-0.5",
    "999999.995",
    "99999999999999999999999999.99",
    "79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "-1E2",
    "12345.6789",
];

const FLOATS: [&str; 12] =
    ["0", "-0.0", "0.1", "1e308", "-1e308", "5e-324", "0.5", "2.5", "-2.5", "1e16", "123456789.125", "3"];

const DATES: [&str; 7] =
    ["2024-02-29", "0001-01-01", "9999-12-31", "2023-12-31", "1970-01-01", "2024-03-31", "2024-10-27"];
const TIMES: [&str; 5] = ["00:00:00", "23:59:59.999", "16:30:00", "01:30:00", "12:00:00"];
const MOMENTS: [&str; 7] = [
    "2024-03-31T01:30:00Z",
    "2024-01-31T23:30:00-01:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00.123456789Z",
    "2024-10-27T02:30:00+01:00",
    "2024-02-29T12:00:00+05:30",
];
const DURATIONS: [&str; 7] = ["PT0S", "PT1H30M", "P1D", "PT0.001S", "PT36H", "P300000000D", "PT1.5S"];
const UUIDS: [&str; 3] = [
    "c9b1b1ee-3f5c-4a9e-8f3e-0a4a52f4a3b1",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
];
const EMAILS: [&str; 3] = ["ada@example.com", "a.b+c@sub.example.org", "x@y.zz"];
const URIS: [&str; 4] = ["https://example.com:8080/a?b=c#d", "/a/b", "mailto:ada@example.com", "urn:x:y"];
const BYTES: [&str; 4] = ["", "YWJj", "AA==", "//79"];
const CODES: [&str; 3] = ["AB12", "ZZ99", "GO00"];
const SHORTS: [&str; 4] = ["a", "żółć", "👩x", "1234"];

/// An object of all inputs of a case.
pub fn input(dice: &mut Dice, world: &World, params: &[(String, Ty)]) -> String {
    let mut object = Map::new();
    for (name, ty) in params {
        if !(matches!(ty, Ty::Opt(_)) && dice.once_in(4)) {
            object.insert(name.clone(), value(dice, world, ty, 4));
        }
    }
    let mut value = Value::Object(object);
    if dice.once_in(12) {
        spoil(dice, &mut value);
    }
    value.to_string().replace("\"\\u0001", "").replace("\\u0001\"", "")
}

pub fn value(dice: &mut Dice, world: &World, ty: &Ty, depth: u32) -> Value {
    match ty {
        Ty::Bool => json!(dice.once_in(2)),
        Ty::Int => json!(*pick(dice, &INTS)),
        Ty::Small => json!(dice.small(56) - 5),
        Ty::Float => number(pick::<&str>(dice, &FLOATS)),
        Ty::Decimal => number(pick::<&str>(dice, &DECIMALS)),
        Ty::Money => number(pick::<&str>(dice, &["0", "1.5", "2.50", "999.99", "1000"])),
        Ty::Text => json!(*pick(dice, &TEXTS)),
        Ty::Code => json!(*pick(dice, &CODES)),
        Ty::Short => json!(*pick(dice, &SHORTS)),
        Ty::Date => json!(*pick(dice, &DATES)),
        Ty::Time => json!(*pick(dice, &TIMES)),
        Ty::DateTime => json!(*pick(dice, &MOMENTS)),
        Ty::Duration => json!(*pick(dice, &DURATIONS)),
        Ty::Uuid => json!(*pick(dice, &UUIDS)),
        Ty::Email => json!(*pick(dice, &EMAILS)),
        Ty::Uri => json!(*pick(dice, &URIS)),
        Ty::Bytes => json!(*pick(dice, &BYTES)),
        Ty::Json => any(dice, 2),
        Ty::List(item) => {
            let count = if depth == 0 { 0 } else { dice.below(4) };
            Value::Array((0..count).map(|_| value(dice, world, item, depth.saturating_sub(1))).collect())
        }
        Ty::Dict(item) => {
            let count = if depth == 0 { 0 } else { dice.below(4) };
            let entry = |_| (key(dice), value(dice, world, item, depth.saturating_sub(1)));
            Value::Object((0..count).map(entry).collect())
        }
        Ty::Opt(_) if depth == 0 || dice.once_in(3) => Value::Null,
        Ty::Opt(inner) => value(dice, world, inner, depth.saturating_sub(1)),
        Ty::Named(at) => named(dice, world, *at, depth),
    }
}

fn named(dice: &mut Dice, world: &World, at: usize, depth: u32) -> Value {
    match &world.defs[at] {
        // A backend may have thought of another word since.
        Def::Enum(_) if world.is_open(at) && dice.once_in(6) => json!("new"),
        Def::Enum(words) => json!(*pick(dice, words)),
        Def::Union { members, .. } => {
            let member = *pick(dice, members);
            named(dice, world, member, depth)
        }
        Def::Record { fields } => {
            let mut object = Map::new();
            for field in fields {
                let may_lack = field.default.is_some() || matches!(field.ty, Ty::Opt(_));
                if !(may_lack && dice.once_in(3)) {
                    let value = value(dice, world, &field.ty, depth.saturating_sub(1));
                    object.insert(field.name.clone(), value);
                }
            }
            if world.is_open(at) && has_more(at) && dice.once_in(2) {
                object.insert("ż more".to_owned(), json!(*pick(dice, &INTS)));
            }
            Value::Object(object)
        }
    }
}

/// As it is written: `1.50` stays that, because it is a text with marks until all is written.
fn number(text: &str) -> Value {
    Value::String(format!("\u{1}{text}\u{1}"))
}

fn key(dice: &mut Dice) -> String {
    (*pick(dice, &["a", "b", "x", "", "łódź", "first name", "z\"", "10"])).to_owned()
}

fn any(dice: &mut Dice, depth: u32) -> Value {
    match dice.below(if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => json!(dice.once_in(2)),
        2 => json!(*pick(dice, &INTS)),
        3 => number(pick::<&str>(dice, &DECIMALS)),
        4 => json!(*pick(dice, &TEXTS)),
        5 => Value::Array((0..dice.below(4)).map(|_| any(dice, depth - 1)).collect()),
        _ => Value::Object((0..dice.below(4)).map(|_| (key(dice), any(dice, depth - 1))).collect()),
    }
}

/// Something in it is not what it should be.
fn spoil(dice: &mut Dice, value: &mut Value) {
    let is_deep = matches!(value, Value::Array(_) | Value::Object(_)) && !dice.once_in(4);
    match value {
        Value::Array(items) if is_deep && !items.is_empty() => {
            let at = usize::try_from(dice.below(items.len() as u64)).unwrap_or(0);
            spoil(dice, &mut items[at]);
        }
        Value::Object(entries) if is_deep && !entries.is_empty() => {
            let at = usize::try_from(dice.below(entries.len() as u64)).unwrap_or(0);
            if let Some((_, entry)) = entries.iter_mut().nth(at) {
                spoil(dice, entry);
            }
        }
        Value::Object(entries) if dice.once_in(2) => drop(entries.insert("more".to_owned(), json!(1))),
        Value::Object(entries) => {
            let name = entries.keys().next().cloned().unwrap_or_default();
            entries.remove(&name);
        }
        other => *other = any(dice, 1),
    }
}
