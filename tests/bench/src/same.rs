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

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(one: &str, other: &str) -> Result<(), String> {
        check(&read(one.as_bytes())?, &read(other.as_bytes())?)
    }

    #[test]
    fn order_and_the_form_of_numbers_make_no_difference() {
        assert_eq!(compared(r#"{"a":23.0,"b":[1]}"#, r#"{"b":[1.0],"a":23}"#), Ok(()));
    }

    #[test]
    fn everything_else_does() {
        assert!(compared(r#"{"a":1}"#, r#"{"a":2}"#).is_err());
        assert!(compared(r#"{"a":1}"#, r#"{"a":"1"}"#).is_err());
        assert!(compared("[1,2]", "[2,1]").is_err());
        assert!(compared("[1]", "[1").is_err());
    }
}
