//! Each format of `flowc check`, on the same findings.

use serde_json::Value;

use super::{folder, run};

fn check(format: &str) -> String {
    let manifest = "[project]\nname = \"shop\"\nvesion = \"1\"\n\n[check]\ndeny = \"all\"\n";
    let folder = folder(&[("services/shop/flow.toml", manifest)]);
    run(folder.path(), &["check", "services/shop", "--format", format]).out
}

#[test]
fn human() {
    insta::assert_snapshot!(check("human"));
}

#[test]
fn short() {
    insta::assert_snapshot!(check("short"));
}

#[test]
fn github() {
    insta::assert_snapshot!(check("github"));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(check("gitlab"));
}

#[test]
fn junit() {
    insta::assert_snapshot!(check("junit"));
}

#[test]
fn json_keeps_its_schema() {
    let folder = folder(&[]);
    let schema: Value =
        serde_json::from_str(&run(folder.path(), &["schema", "diagnostics"]).out).expect("JSON");
    let document: Value = serde_json::from_str(&check("json")).expect("JSON");
    assert_eq!(document["diagnostics"].as_array().map(Vec::len), Some(3));
    assert_eq!(fault(&document, &schema, &schema), None);
    let mut broken = document.clone();
    broken["diagnostics"][0]["labels"][0]["start"]["line"] = Value::from(0);
    assert_eq!(
        fault(&broken, &schema, &schema).as_deref(),
        Some("diagnostics: labels: start: line: minimum")
    );
    insta::assert_snapshot!(format!("{schema:#}\n{document:#}"));
}

/// The part of JSON Schema that our schema uses.
fn fault(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    if let Some(target) = schema["$ref"].as_str() {
        return fault(value, root.pointer(target.trim_start_matches('#'))?, root);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let faults: Vec<_> = any.iter().map(|schema| fault(value, schema, root)).collect();
        return if faults.contains(&None) { None } else { faults.into_iter().next().flatten() };
    }
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = schema["type"].as_array().cloned().unwrap_or(vec![schema["type"].clone()]);
    if !schema["type"].is_null() && !types.contains(&Value::from(name)) {
        return Some(format!("type {name}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        return Some("const".to_string());
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Some("enum".to_string());
    }
    if schema["minimum"].as_i64() > value.as_i64() && value.is_i64() {
        return Some("minimum".to_string());
    }
    let missing = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|key| value.get(key.as_str().unwrap_or("")).is_none());
    if let Some(key) = missing {
        return Some(format!("{key} is missing"));
    }
    let in_items =
        value.as_array().into_iter().flatten().find_map(|item| fault(item, &schema["items"], root));
    in_items.or_else(|| {
        value.as_object().into_iter().flatten().find_map(|(key, part)| {
            let Some(schema) = schema["properties"].get(key) else {
                return Some(format!("{key} is not described"));
            };
            fault(part, schema, root).map(|fault| format!("{key}: {fault}"))
        })
    })
}

#[test]
fn sarif_lists_every_rule_with_its_page() {
    let log: Value = serde_json::from_str(&check("sarif")).expect("JSON");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    let rule = rules.iter().find(|rule| rule["id"] == "F0011").expect("a rule");
    assert!(rule["help"]["markdown"].as_str().expect("a page").starts_with("# F0011"));
    insta::assert_snapshot!(format!("{:#}", log["runs"][0]["results"]));
}

#[test]
fn machines_get_their_format_even_without_a_project() {
    let folder = folder(&[]);
    let none = run(folder.path(), &["check", "--format", "json"]);
    let document: Value = serde_json::from_str(&none.out).expect("JSON");
    assert_eq!(none.code, 2);
    assert_eq!(document["diagnostics"][0]["code"], "F0001");
}
