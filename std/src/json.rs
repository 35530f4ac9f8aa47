//! Functions of `json`.

use crate::codec::{Encode, Side, to_json};
use crate::value::Json;

/// A value in its JSON form, without what is never answered to callers (`writeOnly`).
pub fn from(value: &dyn Encode) -> Json {
    Json::own(&to_json(value, Side::Caller))
}

/// JSON as text, without white space.
pub fn encode(json: &Json) -> String {
    json.to_string()
}

/// None if this is no object, or has no such key, or null there.
pub fn get(json: &Json, key: &str) -> Option<Json> {
    field(json, key).filter(|value| !is_null(value)).cloned()
}

/// Whether this is an object with such a key.
pub fn has(json: &Json, key: &str) -> bool {
    field(json, key).is_some()
}

/// None for what is no list.
pub fn items(json: &Json) -> Vec<Json> {
    match json {
        Json::List(items) => items.clone(),
        _ => Vec::new(),
    }
}

pub fn is_null(json: &Json) -> bool {
    matches!(json, Json::Null)
}

fn field<'a>(json: &'a Json, key: &str) -> Option<&'a Json> {
    match json {
        Json::Object(fields) => fields.get(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).expect("JSON")
    }

    #[test]
    fn values_in_their_json_form() {
        assert_eq!(encode(&from(&vec![1, 2])), "[1,2]");
        assert_eq!(encode(&from(&"a".to_string())), "\"a\"");
        assert_eq!(from(&"\0".to_string()), Json::Text("\0".to_string()));
        let deep = json(&format!("{}{}", "[".repeat(128), "]".repeat(128)));
        assert_eq!(encode(&from(&vec![deep.clone()])), format!("[{deep}]"));
        assert_eq!(from(&f64::NAN), Json::Null);
    }

    #[test]
    fn what_is_in_it() {
        assert_eq!(encode(&json("[1, 2]")), "[1,2]");
        assert_eq!(encode(&Json::Text("a".to_string())), "\"a\"");
        assert_eq!(get(&json(r#"{"a": 1}"#), "a"), Some(json("1")));
        assert_eq!((get(&json(r#"{"a": null}"#), "a"), get(&json("[1]"), "a")), (None, None));
        assert!(has(&json(r#"{"a": null}"#), "a") && !has(&json("1"), "a"));
        assert_eq!((items(&json("[1, 2]")).len(), items(&json("{}")).len()), (2, 0));
        assert!(is_null(&json("null")) && !is_null(&json("0")));
    }
}
