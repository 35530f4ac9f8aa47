//! Dictionaries.

use flow_std::dict;
use flow_std::value::Dict;

use super::apply::{one, two};
use super::taken::Lambda;
use super::{Row, Value};

type Of<'a> = &'a Dict<Value>;

pub const ROWS: &[Row] = &[
    ("dict.entries", |args| {
        two(args, |of: Of, f: Lambda| {
            dict::try_entries(of, |key, value| f.call::<Value>(&[Value::text(key), value]))
        })
    }),
    ("dict.filter", |args| {
        two(args, |of: Of, keep: Lambda| {
            dict::try_filter(of, |key, value| keep.call(&[Value::text(key), value.clone()]))
        })
    }),
    ("dict.get", |args| two(args, dict::get::<Value>)),
    ("dict.has", |args| two(args, dict::has::<Value>)),
    ("dict.isEmpty", |args| one(args, dict::is_empty::<Value>)),
    ("dict.keys", |args| one(args, dict::keys::<Value>)),
    ("dict.length", |args| one(args, dict::length::<Value>)),
    ("dict.mapValues", |args| {
        two(args, |of: Of, f: Lambda| dict::try_map_values(of, |value| f.call::<Value>(&[value])))
    }),
    ("dict.merge", |args| two(args, dict::merge::<Value>)),
    ("dict.values", |args| one(args, dict::values::<Value>)),
    ("dict.without", |args| two(args, dict::without::<Value>)),
];

#[cfg(test)]
mod tests {
    use super::super::{Arg, call};
    use super::*;

    #[test]
    fn lambdas_are_given_the_key_and_the_value() {
        let dict = || Arg::Value(Value::dict([("a", 1), ("b", 2)].map(entry).into_iter().collect()));
        let both = |params: &[Value]| Ok(Value::list(params.to_vec()));
        let entries = call("dict.entries", vec![dict(), Arg::Lambda(&both)]);
        let expected =
            [("a", 1), ("b", 2)].map(|(key, value)| Value::list(vec![Value::text(key), Value::Int(value)]));
        assert_eq!(entries, Ok(Value::list(expected.to_vec())));
        let is_b = |params: &[Value]| Ok(Value::Bool(params.first() == Some(&Value::text("b"))));
        let kept = call("dict.filter", vec![dict(), Arg::Lambda(&is_b)]);
        assert_eq!(kept, Ok(Value::dict([entry(("b", 2))].into_iter().collect())));
    }

    fn entry((key, value): (&str, i64)) -> (String, Value) {
        (key.to_owned(), Value::Int(value))
    }
}
