//! YAML from JSON values. A text is quoted whenever any reader, old or new, could take it for something else.

use serde_json::{Map, Value};

use super::{is_visible, quoted};

/// A document with its line breaks. Objects and lists stand below each other, in the order that they have.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => object(fields, 0, &mut out),
        Value::Array(items) if !items.is_empty() => list(items, 0, &mut out),
        other => {
            out.push_str(&inline(other));
            out.push('\n');
        }
    }
    out
}

/// Several documents in one file.
pub fn documents(values: &[Value]) -> String {
    values.iter().map(document).collect::<Vec<_>>().join("---\n")
}

fn object(fields: &Map<String, Value>, depth: usize, out: &mut String) {
    for (number, (key, value)) in fields.iter().enumerate() {
        if number > 0 {
            indent(depth, out);
        }
        let key = string(key);
        // Readers give up on a longer key unless it is announced.
        if key.chars().count() > 1000 {
            out.push_str("? ");
            out.push_str(&key);
            out.push('\n');
            indent(depth, out);
        } else {
            out.push_str(&key);
        }
        out.push(':');
        behind_key(value, depth, out);
    }
}

fn behind_key(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            indent(depth + 1, out);
            object(fields, depth + 1, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            indent(depth + 1, out);
            list(items, depth + 1, out);
        }
        Value::String(text) if is_block(text) => block(text, depth + 1, out),
        other => {
            out.push(' ');
            out.push_str(&inline(other));
            out.push('\n');
        }
    }
}

fn list(items: &[Value], depth: usize, out: &mut String) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            indent(depth, out);
        }
        out.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => object(fields, depth + 1, out),
            Value::Array(items) if !items.is_empty() => list(items, depth + 1, out),
            other => {
                out.push_str(&inline(other));
                out.push('\n');
            }
        }
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Text of several lines that nothing has to be escaped in.
fn is_block(text: &str) -> bool {
    let is_good = |line: &str| !line.starts_with([' ', '\t']) && !line.ends_with([' ', '\t']);
    text.contains('\n')
        && !text.ends_with('\n')
        && text.lines().next().is_some_and(|first| !first.is_empty())
        && text.split('\n').all(is_good)
        && text.chars().all(|letter| letter == '\n' || is_visible(letter))
}

fn block(text: &str, depth: usize, out: &mut String) {
    out.push_str(" |-\n");
    for line in text.split('\n') {
        if !line.is_empty() {
            indent(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_text(&number.to_string()),
        Value::String(text) => string(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// Old readers take `1e21` for a text.
fn number_text(text: &str) -> String {
    match text.split_once('e') {
        None => text.to_owned(),
        Some((digits, exponent)) => {
            let point = if digits.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
            format!("{digits}{point}e{sign}{exponent}")
        }
    }
}

/// A text, quoted unless it cannot be anything else.
fn string(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || " _./-$,()'".contains(letter);
    text.len() <= 200
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '_')
        && text.chars().all(letters)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// What is no text in some version of YAML.
const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "_"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        serde_yaml_ng::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
    }

    #[test]
    fn it_looks_as_people_write_it() {
        let value = json!({
            "openapi": "3.1.0", "on": true, "empty": [{}, []],
            "paths": {"/a/{id}": {"get": {"tags": ["x"], "description": "one\ntwo"}}},
            "codes": [{"a": 1, "b": [[2], "no"]}], "version": "1.0", "at": "2024-01-31",
        });
        let text = document(&value);
        let wanted = "openapi: \"3.1.0\"\n\"on\": true\nempty:\n  - {}\n  - []\npaths:\n  \"/a/{id}\":\n    get:\n      \
                      tags:\n        - x\n      description: |-\n        one\n        two\ncodes:\n  - a: 1\n    b:\n      \
                      - - 2\n      - \"no\"\nversion: \"1.0\"\nat: \"2024-01-31\"\n";
        assert_eq!(text, wanted);
        assert_eq!(read(&text), value);
    }

    #[test]
    fn hostile_texts_are_texts() {
        let long = "k: ".repeat(1000);
        let hostile = [
            "",
            " ",
            "- a",
            "a: b",
            "a #b",
            "&a",
            "*a",
            "!tag x",
            "| x",
            "> x",
            "'a",
            "\"",
            "%TAG",
            "@a",
            "`a",
            "{}",
            "---",
            "...",
            "\n---\n",
            "null",
            "~",
            "1",
            "1e3",
            "0x10",
            "1_000",
            ".inf",
            "12:30:45",
            "<<",
            "=",
            "Yes",
            "a\r\nb",
            "a\tb\nc",
            "x\n y",
            "x\n\ny",
            "\u{85}",
            "\u{2028}a",
            "\u{feff}",
            "\u{0}",
            "😀",
            "? a",
            "a\n# b",
            &long,
        ];
        for text in hostile {
            let value = json!({"a": text, "b": [text, {text: {"c": text}}]});
            assert_eq!(read(&document(&value)), value, "{text:?}");
        }
        assert_eq!(document(&json!({"a": 1e21})), "a: 1.0e+21\n");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[a-z \n:#-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let fields = prop::collection::btree_map(any::<String>(), inner.clone(), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_read_back(value in any_value()) {
            let text = document(&json!({ "a": value.clone() }));
            prop_assert_eq!(read(&text), json!({ "a": value }));
        }
    }
}
