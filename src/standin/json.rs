//! Constants of contracts as text. Numbers stay as they are written, so that `12.50` is answered as `12.50`.

use serde_json::Value;

use crate::contract::model::Literal;

/// As a string of JSON.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// As plain text: a string without its quotes, everything else as JSON.
pub fn bare(value: &Literal) -> String {
    match value {
        Literal::String(text) => text.to_string(),
        Literal::Null => String::new(),
        Literal::Bool(_) | Literal::Number(_) | Literal::Json(_) => value.to_json(),
    }
}

/// The elements of a list, each as JSON; of what is no list, the value itself.
pub fn items(value: &Literal) -> Vec<String> {
    let json = value.to_json();
    match serde_json::from_str(&json) {
        Ok(Value::Array(items)) => items.iter().map(Value::to_string).collect(),
        _ => vec![json],
    }
}

/// As the fields of a form; of what is no object, nothing.
pub fn form(value: &Literal) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(&value.to_json()) else { return String::new() };
    let pairs = fields.iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{}={}", escaped(name), escaped(&text))
    });
    pairs.collect::<Vec<String>>().join("&")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte))
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
