//! An example of a shape: what is fixed or has a default as it is, and the first of what there is to choose from. A text
//! that has to fit a pattern is not made up: three dots stand for it.

use serde_json::{Map, Value, json};

use super::{fields, resolved};

/// How deep objects are shown inside of each other.
const DEEPEST: usize = 6;

/// `None` where nothing could be shown without making it up.
pub fn example(document: &Value, schema: &Value) -> Option<Value> {
    of(document, schema, 0)
}

fn of(document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let (_, schema) = resolved(document, schema);
    if depth > DEEPEST {
        return None;
    }
    for known in ["example", "const", "default"] {
        if !schema[known].is_null() {
            return Some(schema[known].clone());
        }
    }
    if let Some(first) = ["enum", "examples"].into_iter().find_map(|key| schema[key].as_array()?.first()) {
        return Some(first.clone());
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(members) = schema[choice].as_array() {
            return members.iter().find_map(|member| of(document, member, depth + 1));
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match kind? {
        "object" => object(document, schema, depth),
        "array" => match of(document, &schema["items"], depth + 1) {
            Some(item) => Some(json!([item])),
            None => schema["minItems"].is_null().then(|| json!([])),
        },
        "string" => string(schema),
        "integer" => Some(json!(
            schema["minimum"]
                .as_i64()
                .unwrap_or(1)
                .max(1)
                .min(schema["maximum"].as_i64().unwrap_or(i64::MAX))
        )),
        "number" => Some(match schema["minimum"].as_f64() {
            Some(least) if least > 1.0 => json!(least),
            _ => json!(1.5_f64.min(schema["maximum"].as_f64().unwrap_or(f64::MAX))),
        }),
        "boolean" => Some(json!(true)),
        _ => None,
    }
}

/// With all fields that can be shown; one that has to be there and cannot leaves none.
fn object(document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let is_required = |name: &str| {
        schema["required"].as_array().into_iter().flatten().any(|required| required.as_str() == Some(name))
    };
    let mut object = Map::new();
    for (name, field) in fields(&schema["properties"]) {
        match of(document, field, depth + 1) {
            Some(value) => {
                object.insert(name.clone(), value);
            }
            None if is_required(name) => return None,
            None => {}
        }
    }
    Some(object.into())
}

fn string(schema: &Value) -> Option<Value> {
    if !schema["pattern"].is_null() {
        return Some("…".into());
    }
    let known = match schema["format"].as_str() {
        Some("date") => "2026-01-31",
        Some("date-time") => "2026-01-31T12:00:00Z",
        Some("time") => "12:00:00",
        Some("duration") => "PT1H",
        Some("uuid") => "01890a5d-ac96-774b-bcce-b302099a8057",
        Some("email") => "ada@example.com",
        Some("uri") => "https://example.com",
        Some("byte") => "aGVsbG8=",
        Some(_) => return Some("…".into()),
        None => "text",
    };
    let length = |name: &str| schema[name].as_u64().and_then(|length| usize::try_from(length).ok());
    let (least, most) = (length("minLength").unwrap_or(0), length("maxLength").unwrap_or(usize::MAX));
    let long =
        if least > known.len() { known.repeat(least.min(200) / known.len() + 1) } else { known.to_owned() };
    Some(long.chars().take(most.min(long.len()).max(least.min(200))).collect::<String>().into())
}
