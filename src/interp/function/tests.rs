//! The rows against the runtime's table, and against arguments that no program gives them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use flow_std::fault::Fault;
use flow_std::functions::{FUNCTIONS, Pass};
use flow_std::order::Ordered;
use flow_std::sources::FLOW_FILES;
use flow_std::value::{
    Bytes, Date, DateTime, Decimal, Dict, Duration, Email, HashAlgorithm, Json, Pattern, Regex, Rounding,
    Time, Uri, Uuid, Weekday, Zone,
};

use super::{Arg, FAMILIES, Value, call, find};

/// The one that needs a type.
const NOT_ON_VALUES: &str = "json.toJson";

/// Those that make a text of 16 MB of a great number: what they do is tested where they are.
const MAKE_LONG_TEXTS: [&str; 3] = ["text.padLeft", "text.padRight", "text.repeat"];

#[test]
fn every_function_of_the_table_is_there_once() {
    let mut rows: Vec<&str> = FAMILIES.iter().copied().flatten().map(|(name, _)| *name).collect();
    rows.sort_unstable();
    let table: Vec<&str> =
        FUNCTIONS.iter().map(|function| function.name).filter(|name| *name != NOT_ON_VALUES).collect();
    assert_eq!(rows, table);
    assert!(table.iter().all(|name| find(name).is_some()));
    let unknown = call("text.padleft", Vec::new());
    assert_eq!(unknown, Err(Fault::new("no function `text.padleft` on values")));
}

#[test]
fn each_takes_as_many_arguments_as_the_table_says() {
    let wrong = Err(Fault::new("a wrong number of arguments"));
    for function in FUNCTIONS.iter().filter(|function| function.name != NOT_ON_VALUES) {
        let with = |count: usize| {
            call(function.name, (0..count).map(|_| Arg::Value(Value::Choice(usize::MAX))).collect())
        };
        let right = function.takes.len();
        for count in 0..6 {
            assert_eq!(with(count) == wrong, count != right, "{} with {count}", function.name);
        }
    }
}

#[test]
fn a_wrong_type_is_a_fault_that_says_so() {
    let wrong = Err(Fault::new("an argument of the wrong type"));
    let number = || Arg::Value(Value::Int(1));
    let lambda = |_: &[Value]| Ok(Value::Int(1));
    assert_eq!(call("text.trim", vec![number()]), wrong);
    assert_eq!(call("list.map", vec![number(), Arg::Lambda(&lambda)]), wrong);
    assert_eq!(call("list.map", vec![list(&[1]), number()]), wrong);
    assert_eq!(call("list.has", vec![list(&[1]), Arg::Lambda(&lambda)]), wrong);
    assert_eq!(call("list.sum_float", vec![list(&[1])]), wrong);
    assert_eq!(call("text.hash", vec![Arg::Value(Value::text("a")), Arg::Value(Value::Choice(5))]), wrong);
    let result = Err(Fault::new("a lambda that gives a value of the wrong type").within_item(0));
    assert_eq!(call("list.filter", vec![list(&[1]), Arg::Lambda(&lambda)]), result);
    assert_eq!(call("list.groupBy", vec![list(&[1]), Arg::Lambda(&lambda)]), result);
}

/// Each lambda is given as many parameters as the table says, and its fault is the fault of the call.
#[test]
fn a_lambda_that_fails_ends_the_call() {
    for function in FUNCTIONS {
        for (failing_at, pass) in function.takes.iter().enumerate() {
            let Pass::Lambda(modes) = pass else { continue };
            let failing = |params: &[Value]| Err(Fault::new(format!("{} of {}", params.len(), modes.len())));
            let text = |_: &[Value]| Ok(Value::text("a"));
            let arg = |(at, pass): (usize, &Pass)| match pass {
                Pass::Lambda(_) if at == failing_at => Arg::Lambda(&failing),
                Pass::Lambda(_) => Arg::Lambda(&text),
                _ if function.name.starts_with("dict.") => {
                    Arg::Value(Value::dict([("a".to_owned(), Value::Int(1))].into_iter().collect()))
                }
                _ => list(&[1, 2]),
            };
            let outcome = call(function.name, function.takes.iter().enumerate().map(arg).collect());
            let expected = Fault::new(format!("{} of {}", modes.len(), modes.len()));
            // Keys of dictionaries are what callers and backends say: they are in no fault.
            let expected = match function.name.starts_with("list.") {
                true => expected.within_item(0),
                false => expected,
            };
            assert_eq!(outcome, Err(expected), "{}", function.name);
        }
    }
}

/// A function either gives a value or says what is wrong, whatever it is called with.
#[test]
fn nothing_panics() {
    let first = |params: &[Value]| Ok(params.first().cloned().unwrap_or(Value::None));
    let failing = |_: &[Value]| Err(Fault::new("no"));
    for function in FUNCTIONS.iter().filter(|function| function.name != NOT_ON_VALUES) {
        let mut pool: Vec<Option<Value>> = match function.takes.len() {
            0..=2 => hostile().into_iter().map(Some).collect(),
            _ => one_of_each().into_iter().map(Some).collect(),
        };
        if MAKE_LONG_TEXTS.contains(&function.name) {
            pool.retain(|value| *value != Some(Value::Int(i64::MAX)));
        }
        pool.push(None);
        let fails = function.takes.iter().any(|pass| matches!(pass, Pass::Lambda(_)));
        let lambdas = [&first as &dyn Fn(&[Value]) -> Result<Value, Fault>, &failing];
        for places in product(pool.len(), function.takes.len()) {
            for lambda in lambdas.into_iter().take(if fails { 2 } else { 1 }) {
                let arg = |place: &usize| match &pool[*place] {
                    Some(value) => Arg::Value(value.clone()),
                    None => Arg::Lambda(lambda),
                };
                let args = places.iter().map(arg).collect();
                let outcome = catch_unwind(AssertUnwindSafe(|| call(function.name, args)));
                let given = || places.iter().map(|place| &pool[*place]).collect::<Vec<_>>();
                assert!(outcome.is_ok(), "{}: {:?}", function.name, given());
            }
        }
    }
}

/// Every choice of so many places among so many, with repetition.
fn product(among: usize, count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![Vec::new()], |shorter, _| {
        let longer = |places: &Vec<usize>| {
            let places = places.clone();
            (0..among).map(move |place| [places.clone(), vec![place]].concat())
        };
        shorter.iter().flat_map(longer).collect()
    })
}

fn hostile() -> Vec<Value> {
    let text = |text: &str| Value::text(text);
    // Neither in an order nor of one type, and long enough that a sort notices.
    let mixed = (0..50_i64).map(|at| match at * 7919 % 5 {
        0 => Value::Int(at * 7907 % 1009),
        1 => Value::Float(if at % 2 == 0 { f64::NAN } else { 0.0 }),
        2 => Value::text(at.to_string()),
        3 => Value::None,
        _ => Value::Bool(at % 2 == 0),
    });
    let mut all = one_of_each();
    all.extend([
        Value::None,
        Value::Bool(true),
        Value::Int(0),
        Value::Int(-1),
        Value::Int(i64::MAX),
        Value::Float(f64::NAN),
        Value::Float(f64::INFINITY),
        Value::Float(-1.5e-300),
        Value::Decimal(Decimal::literal("-79228162514264337593543950335")),
        text(""),
        text("\u{fb01}\u{301}\u{1f468}\u{200d}\u{1f469}%zz"),
        text("2024-02-29"),
        text("[[[\"\\ud800\"]]]"),
        Value::Date(Date::literal("0001-01-01")),
        Value::DateTime(DateTime::literal("0001-01-01T00:00:00+14:00")),
        Value::Duration(Duration::millis(i64::MIN)),
        Value::Bytes(Bytes::new(vec![0xff, 0])),
        Value::list(Vec::new()),
        Value::list(mixed.collect()),
        Value::dict(Dict::new()),
        Value::record(vec![Value::None]),
        Value::Choice(usize::MAX),
        Value::Member(7, Arc::new(Value::None)),
    ]);
    all
}

fn one_of_each() -> Vec<Value> {
    let dict = [("a".to_owned(), Value::Int(1)), (String::new(), Value::None)];
    vec![
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Float(f64::MAX),
        Value::Decimal(Decimal::literal("79228162514264337593543950335")),
        Value::text("aé"),
        Value::Date(Date::literal("9999-12-31")),
        Value::Time(Time::literal("23:59:59.999999999")),
        Value::DateTime(DateTime::literal("9999-12-31T23:59:59-14:00")),
        Value::Duration(Duration::millis(i64::MAX)),
        Value::Uuid(Uuid::from_bytes([0xff; 16])),
        Value::Email(Arc::new(Email::literal("ada@example.com"))),
        Value::Uri(Arc::new(Uri::literal("a?b#c"))),
        Value::Bytes(Bytes::default()),
        Value::Json(Arc::new(Json::List(vec![Json::Null, Json::Number("1e999999999999".to_owned())]))),
        Value::Zone(Arc::new(Zone::literal("Pacific/Apia"))),
        Value::Regex(Arc::new(Regex::new("a*"))),
        Value::Pattern(Arc::new(Pattern::new("'y yyyyy XXX Z SSSSSSSSS''"))),
        Value::list(vec![Value::Int(i64::MAX), Value::Int(1)]),
        Value::dict(dict.into_iter().collect()),
        Value::Choice(0),
    ]
}

/// A value of an enumeration is its place in std's declaration: the runtime has them in the same order.
#[test]
fn enumerations_stand_in_the_order_of_std() {
    let declared = |name: &str| -> Vec<&str> {
        let start = format!("type {name} = ");
        let line =
            FLOW_FILES.iter().flat_map(|(_, text)| text.lines()).find_map(|line| line.strip_prefix(&start));
        line.expect("a declaration").split(" | ").map(|word| word.trim_matches('"')).collect()
    };
    assert_eq!(declared("HashAlgorithm"), HashAlgorithm::ALL.map(HashAlgorithm::as_str));
    assert_eq!(declared("Rounding"), Rounding::ALL.map(Rounding::as_str));
    assert_eq!(declared("Weekday"), Weekday::ALL.map(Weekday::as_str));
    assert!(Weekday::ALL.iter().enumerate().all(|(place, day)| *day as usize == place));
}

/// A sort of what is in no order is a panic.
#[test]
fn values_of_all_types_together_have_an_order() {
    let all = hostile();
    for one in &all {
        for other in &all {
            assert_eq!(one.compare(other), other.compare(one).reverse(), "{one:?}, {other:?}");
            for third in &all {
                let is_in_order = one.compare(other).is_le() && other.compare(third).is_le();
                assert!(!is_in_order || one.compare(third).is_le(), "{one:?}, {other:?}, {third:?}");
            }
        }
    }
}

/// What is taken by value is copied only where somebody else has it, too.
#[test]
fn a_list_that_others_have_stays_as_it_is() {
    let kept = Value::list([3, 1, 2].map(Value::Int).to_vec());
    let sorted = call("list.sort", vec![Arg::Value(kept.clone())]);
    assert_eq!(sorted, Ok(Value::list([1, 2, 3].map(Value::Int).to_vec())));
    assert_eq!(kept, Value::list([3, 1, 2].map(Value::Int).to_vec()));
}

fn list(numbers: &[i64]) -> Arg<'static> {
    Arg::Value(Value::list(numbers.iter().copied().map(Value::Int).collect()))
}
