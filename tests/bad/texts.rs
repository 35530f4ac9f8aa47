//! K042 to K052: hostile text in each of the text fields of a contract. Whatever a field holds, the findings stay
//! findings: nothing is forged, no terminal is commanded, no machine-readable format breaks.

use serde_json::{Value, json};

use super::*;

const PAYLOADS: &[(&str, &str)] = &[
    ("K042", "x\"; } pub fn PWNED() {} const A: &str = \""),
    ("K043", "x\"#; } pub fn PWNED() {} const A: &str = r#\""),
    ("K044", "a\\\"; pub fn PWNED() {} //\\"),
    ("K045", "a\n} pub fn PWNED() {} //\nerror[F0001 forged]: forged\n::error::forged"),
    ("K046", "a\r} pub fn PWNED() {} //\r::error::forged"),
    ("K047", "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}} pub fn PWNED() {}"),
    ("K048", "*/\n*/ /* /* */ pub fn PWNED() {} */ --> <!-- ]]>"),
    ("K049", "```\nstd::fs::write(\"marker\", \"\").unwrap();\n```"),
    ("K050", "a\n\n        std::fs::write(\"marker\", \"\").unwrap();"),
    ("K051", "a\u{202e}b\u{2066}c\u{2069}\u{200b}\u{1b}[2J\u{7f}"),
    ("K052", "{{#lambda}}{{name}} {0} {} %s ${x} <%= %> {env.HOME}"),
];

const FIELDS: usize = 33;

/// A contract in which `text` gives the content of each field, by its number and what it is otherwise.
fn contract(text: &dyn Fn(usize, &str) -> String) -> Vec<u8> {
    let entry = |field: usize, usual: &str, value: Value| json!({ text(field, usual): value });
    let query = json!({
        "name": text(11, "q"), "in": "query", "description": text(12, "d"),
        "schema": { "type": "string", "default": text(13, "v"), "pattern": text(14, "^a$") },
    });
    let header = json!({ "name": text(15, "X-A"), "in": "header", "schema": { "type": "string", "enum": [text(16, "a")] } });
    let property = json!({
        "type": "string", "description": text(25, "d"), "default": text(26, "a"), "pattern": text(27, "^a$"),
        "enum": [text(28, "a"), "b"], "x-enum-descriptions": [text(29, "d")], "title": text(32, "t"),
    });
    let schema = json!({
        "type": "object", "title": text(22, "t"), "description": text(23, "d"),
        "properties": entry(24, "p", property),
    });
    let name = text(21, "A");
    let pointer = name.replace('~', "~0").replace('/', "~1").replace('%', "%25");
    let answer = json!({
        "description": text(19, "d"), "headers": entry(20, "X-B", json!({ "schema": { "type": "string" } })),
        "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{pointer}") } } },
    });
    let operation = json!({
        "operationId": text(8, "op"), "summary": text(9, "s"), "description": text(10, "d"),
        "parameters": [query, header], "responses": { "200": answer },
        "requestBody": { "description": text(17, "d"), "content": entry(18, "application/json", json!({})) },
    });
    let other = json!({ "operationId": "other", "responses": { "200": { "description": "ok" } } });
    let mut paths = entry(7, "/a", json!({ "post": operation }));
    paths["/other"] = json!({ "get": other });
    let scheme = json!({ "type": "apiKey", "in": "header", "name": text(31, "X-Key") });
    let whole = json!({
        "openapi": "3.0.3",
        "info": { "title": text(0, "t"), "description": text(1, "d"), "version": text(2, "1") },
        "servers": [{ "url": text(3, "https://h"), "description": text(4, "d") }],
        "tags": [{ "name": text(5, "n"), "description": text(6, "d") }],
        "paths": paths,
        "security": [entry(30, "key", json!([]))],
        "components": { "schemas": { name: schema }, "securitySchemes": entry(30, "key", scheme) },
    });
    whole.to_string().into_bytes()
}

#[test]
fn the_usual_texts_are_fine() {
    expect("the usual", &contract(&|_, usual| usual.to_owned()), Uses::Answer, &[]);
}

#[test]
fn each_field_with_all_payloads() {
    let all: String = PAYLOADS.iter().map(|(_, payload)| *payload).collect();
    for field in 0..FIELDS {
        let text = |at: usize, usual: &str| if at == field { all.clone() } else { usual.to_owned() };
        // A path with braces wants arguments, and an operation id with quotes cannot be written down.
        let uses = if [7, 8].contains(&field) { Uses::Nothing } else { Uses::Answer };
        inert(&format!("field {field}"), &contract(&text), uses, &["github"]);
    }
}

#[test]
fn each_payload_in_all_fields_that_only_describe() {
    for (row, payload) in PAYLOADS {
        // Where these are odd, the operation cannot be called; the test above has them one by one.
        let structural = [7, 8, 11, 15, 18];
        let text = |at: usize, usual: &str| {
            if structural.contains(&at) { usual.to_owned() } else { (*payload).to_owned() }
        };
        inert(row, &contract(&text), Uses::Answer, &["human", "short", "github"]);
    }
}

/// The project that starts from such a contract checks, is formatted, and holds the texts as texts only.
#[test]
fn projects_that_start_from_hostile_contracts() {
    let all: String = PAYLOADS.iter().map(|(_, payload)| *payload).collect();
    for field in 0..FIELDS {
        let text = |at: usize, usual: &str| if at == field { all.clone() } else { usual.to_owned() };
        scaffolded(&format!("field {field}"), &contract(&text));
    }
    for (row, payload) in PAYLOADS {
        let text = |at: usize, usual: &str| if at == 7 { usual.to_owned() } else { (*payload).to_owned() };
        scaffolded(row, &contract(&text));
    }
}

fn scaffolded(row: &str, contract: &[u8]) {
    let folder = project("contracts/api.json", contract, Uses::Nothing);
    let run = |arguments: &[&str]| {
        let done = flowc(folder.path(), MEMORY, arguments);
        let said =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(0), "{row}: {arguments:?}: {said}");
    };
    run(&["new", "started", "--contract", "contracts/api.json"]);
    run(&["fmt", "--check", "started"]);
    run(&["check", "started"]);
    let files = std::fs::read_dir(folder.path().join("project/started/src")).expect("there are flows");
    for file in files {
        let text = std::fs::read_to_string(file.expect("an entry").path()).expect("UTF-8");
        assert!(!text.contains(is_hidden), "{row}: {text:?}");
    }
    assert!(!folder.path().join("project/marker").exists(), "{row}");
}

/// Whatever is said about the contract is said line by line, in letters that can be seen.
fn inert(row: &str, contract: &[u8], uses: Uses, formats: &[&str]) {
    let folder = project("contracts/api.json", contract, uses);
    let found = check_folder(folder.path(), MEMORY, row);
    assert!(found.others.is_empty(), "{row}: {}", found.out);
    let findings = serde_json::from_str::<Value>(&found.out).expect("JSON")["diagnostics"]
        .as_array()
        .map_or(0, Vec::len);
    for format in formats {
        let out = run(&folder, &["check", "--format", format], row);
        let is_start = |line: &&str| match *format {
            "human" => line.starts_with("error") || line.starts_with("warning"),
            "github" => line.starts_with("::"),
            _ => true,
        };
        assert_eq!(out.lines().filter(is_start).count(), findings, "{row}: {format}: {out}");
    }
    let listed = run(&folder, &["contract", "contracts/api.json", "--format", "short"], row);
    assert!(
        !listed.lines().any(|line| line.starts_with("::") || line.starts_with("error[")),
        "{row}: {listed}"
    );
}

fn run(folder: &TempDir, arguments: &[&str], row: &str) -> String {
    let done = flowc(folder.path(), MEMORY, arguments);
    assert!(matches!(done.status.code(), Some(0 | 1)), "{row}: {done:?}");
    let out = String::from_utf8(done.stdout).expect("UTF-8");
    assert!(!out.contains(is_hidden), "{row}: {out:?}");
    out
}

fn is_hidden(letter: char) -> bool {
    letter != '\n' && letter.is_control()
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
}
