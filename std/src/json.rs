//! Functions of `json`.

use crate::value::Json;

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
