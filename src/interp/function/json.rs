//! JSON that nobody has promised a shape of.

use flow_std::json;

use super::Row;
use super::apply::{one, two};

pub const ROWS: &[Row] = &[
    ("json.encode", |args| one(args, json::encode)),
    ("json.get", |args| two(args, json::get)),
    ("json.has", |args| two(args, json::has)),
    ("json.isNull", |args| one(args, json::is_null)),
    ("json.items", |args| one(args, json::items)),
];

#[cfg(test)]
mod tests {
    use super::super::{Arg, Value, call};

    #[test]
    fn null_is_there_and_none_is_not() {
        let read = call("text.parseJson", vec![Arg::Value(Value::text(r#"{"a": null, "b": [1]}"#))]);
        let json = || Arg::Value(read.clone().unwrap_or(Value::None));
        let with = |name: &str, key: &str| call(name, vec![json(), Arg::Value(Value::text(key))]);
        assert_eq!((with("json.has", "a"), with("json.get", "a")), (Ok(Value::Bool(true)), Ok(Value::None)));
        let items = with("json.get", "b").and_then(|list| call("json.items", vec![Arg::Value(list)]));
        let one = call("text.parseJson", vec![Arg::Value(Value::text("1"))]);
        assert_eq!(items, one.map(|one| Value::list(vec![one])));
    }
}
