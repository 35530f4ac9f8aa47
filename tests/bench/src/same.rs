//! Whether services answer the same: the order of fields and the form of numbers make no difference.

use serde_json::{Number, Value};

pub fn read(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map(even).map_err(|fault| fault.to_string())
}

/// With `23` and `23.0` as one.
fn even(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_f64().and_then(Number::from_f64).map_or(Value::Number(number), Value::Number)
        }
        Value::Array(values) => values.into_iter().map(even).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, even(value))).collect(),
        other => other,
    }
}

pub fn check(expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let begin = |value: &Value| value.to_string().chars().take(400).collect::<String>();
    Err(format!("answers {}, and not {}", begin(found), begin(expected)))
}
