//! Texts that try to end what they stand in (K042 to K052), in each of the text fields of a contract. The flow has
//! the declarations that it has for a harmless text, and no finding about its own text.

use serde_json::{Value, json};

use super::super::super::{session, stages};
use super::super::trial::Kind;
use super::{contract, trial};
use crate::check::Explorer;
use crate::resolve::resolve;
use crate::scaffold::{pass_through, reader};
use crate::source::{SourceId, Sources};
use crate::syntax::{self, ast::Item};

const HOSTILE: [&str; 14] = [
    "x\"; } pub fn PWNED() {} fn x(a: int) -> int = a",
    "x\"#; } fn pwned(a: int) -> int = a // ",
    "a\\\"; fn pwned(a: int) -> int = a",
    "a\\",
    "a\n} fn pwned(a: int) -> int = a\nsystem Pwned v1 {",
    "a\r} fn pwned(a: int) -> int = a //",
    "a\u{2028}} fn pwned(a: int) -> int = a\u{2029}\u{85}\u{b}\u{c}",
    "*/ /* */ */",
    "```rust\nstd::fs::write(\"marker\", \"\")\n```",
    "a\n\n        fn pwned(a: int) -> int = a",
    "a\u{202e}b\u{2066}c\u{2069}",
    "{{#lambda}}{{name}} {0} {} %s ${x} <%= %> {env.HOME}",
    "flowc: allow(W0228) because \"I say so\"",
    "'; } fn pwned(a: int) -> int = a",
];

/// Where the text goes: a pointer into the document, or `key:` and a pointer to a map whose first key it becomes.
const FIELDS: [&str; 36] = [
    "/info/title",
    "/info/description",
    "/info/version",
    "/servers/0/url",
    "/servers/0/description",
    "/tags/0/name",
    "/tags/0/description",
    "key:/paths",
    "/paths/~1a~1{id}/post/operationId",
    "/paths/~1a~1{id}/post/summary",
    "/paths/~1a~1{id}/post/description",
    "/paths/~1a~1{id}/post/parameters/1/name",
    "/paths/~1a~1{id}/post/parameters/1/description",
    "/paths/~1a~1{id}/post/parameters/1/schema/default",
    "/paths/~1a~1{id}/post/parameters/1/schema/pattern",
    "/paths/~1a~1{id}/post/parameters/2/name",
    "/paths/~1a~1{id}/post/parameters/2/schema/enum/0",
    "/paths/~1a~1{id}/post/parameters/3/name",
    "/paths/~1a~1{id}/post/requestBody/description",
    "key:/paths/~1a~1{id}/post/requestBody/content",
    "/paths/~1a~1{id}/post/responses/200/description",
    "key:/paths/~1a~1{id}/post/responses/200/headers",
    "key:/components/schemas",
    "/components/schemas/Thing/title",
    "/components/schemas/Thing/description",
    "key:/components/schemas/Thing/properties",
    "/components/schemas/Thing/properties/a/description",
    "/components/schemas/Thing/properties/a/default",
    "/components/schemas/Thing/properties/a/pattern",
    "/components/schemas/Thing/properties/b/enum/0",
    "/components/schemas/Thing/properties/b/x-enum-descriptions/0",
    "key:/components/securitySchemes",
    "/components/securitySchemes/key/name",
    "/paths/~1a~1{id}/post/externalDocs/description",
    "/paths/~1a~1{id}/post/servers/0/url",
    "key:/paths/~1a~1{id}/post/responses",
];

fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Title", "version": "1", "description": "About it." },
        "servers": [{ "url": "https://api.example.com", "description": "The server." }],
        "tags": [{ "name": "tag", "description": "A tag." }],
        "security": [{ "key": [] }],
        "paths": { "/a/{id}": { "post": {
            "operationId": "postA", "summary": "Posts.", "description": "Posts an a.", "tags": ["tag"],
            "servers": [{ "url": "https://other.example.com" }],
            "externalDocs": { "url": "https://example.com", "description": "More." },
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                { "name": "q", "in": "query", "description": "A query.",
                  "schema": { "type": "string", "default": "d", "pattern": "^a$" } },
                { "name": "X-H", "in": "header", "required": true, "schema": { "type": "string", "enum": ["e"] } },
                { "name": "c", "in": "cookie", "schema": { "type": "string" } },
            ],
            "requestBody": { "description": "A body.", "required": true,
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
            "responses": { "200": { "description": "Good.", "headers": { "X-R": { "schema": { "type": "string" } } },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } } },
        } } },
        "components": {
            "schemas": { "Thing": { "type": "object", "title": "T", "description": "D.", "properties": {
                "a": { "type": "string", "description": "A field.", "default": "a", "pattern": "^a$" },
                "b": { "type": "string", "enum": ["x", "y"], "x-enum-descriptions": ["d"] },
            } } },
            "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
        },
    })
}

/// The document with the text in one of its fields.
fn with(mut document: Value, field: &str, text: &str) -> Value {
    match field.strip_prefix("key:") {
        None => *document.pointer_mut(field).expect("the field is there") = json!(text),
        Some(pointer) => {
            let map = document.pointer_mut(pointer).and_then(Value::as_object_mut).expect("a map");
            let (key, value) =
                map.iter().next().map(|(key, value)| (key.clone(), value.clone())).expect("a key");
            map.clear();
            let path = pointer.ends_with("/paths");
            map.insert(if path { format!("/{{id}}/{text}") } else { text.to_owned() }, value);
            let old = format!("\"#/components/schemas/{key}\"");
            if pointer.ends_with("/schemas") {
                let new = text.replace('~', "~0").replace('/', "~1").replace('%', "%25");
                let new = serde_json::to_string(&format!("#/components/schemas/{new}")).expect("a text");
                return serde_json::from_str(&document.to_string().replace(&old, &new)).expect("JSON");
            }
        }
    }
    document
}

#[test]
fn no_text_of_a_contract_breaks_out() {
    let std = session::with_std();
    let units: Vec<_> = std.units.iter().map(stages::unit).collect();
    let (names, _) = resolve(&units);
    for field in FIELDS {
        for hostile in HOSTILE {
            let document = with(document(), field, hostile).to_string();
            let Some((contract, plan)) = contract(&mut Sources::default(), document.as_bytes()) else {
                panic!("{field} {hostile:?}: refused as a whole");
            };
            harmless(&pass_through(&mut contract.fresh(), &plan).text, field, hostile);
            harmless(&reader(&mut Explorer::new(&names, contract), &plan).text, field, hostile);
        }
    }
}

fn harmless(text: &str, field: &str, hostile: &str) {
    let parsed = syntax::parse(SourceId(0), text);
    let about: Vec<&String> = parsed.diagnostics.iter().map(|found| &found.message).collect();
    assert!(about.is_empty(), "{field} {hostile:?}: {about:?}\n{text}");
    for item in &parsed.file.items {
        let expected = match item {
            Item::Backend(backend) => backend.name.text == "Api",
            Item::Service(service) => service.name.text == "Demo",
            Item::Fn(function) => {
                ["asJson", "read", "schema"].iter().any(|own| function.name.text.starts_with(own))
            }
            Item::Problem(_) => true,
            Item::Type(_)
            | Item::Map(_)
            | Item::Broker(_)
            | Item::Event(_)
            | Item::Test(_)
            | Item::Broken(_) => false,
        };
        assert!(expected, "{field} {hostile:?}: {text}");
    }
    let said = parsed.file.comments.iter().any(|comment| comment.text.trim_start().starts_with("flowc:"));
    assert!(!said, "{field} {hostile:?}: {text}");
    assert_eq!(crate::fmt::format(&parsed.file, text), text, "{field} {hostile:?}");
}

/// The same document with harmless texts is passed on as a whole.
#[test]
fn the_document_itself_is_good() {
    let (mut trial, plan) = trial(document().to_string().as_bytes()).expect("a contract");
    let tried = trial.attempt(&plan, Kind::PassThrough);
    assert_eq!(tried.errors().count(), 0, "{}", tried.flow.text);
    assert!(tried.flow.text.contains("postA: POST /a/{id: string} ("), "{}", tried.flow.text);
}
