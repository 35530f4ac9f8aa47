//! A contract in which any of the 33 text fields can hold anything.

use serde_json::{Value, json};

pub const FIELDS: [&str; 33] = [
    "title",
    "description",
    "version",
    "server url",
    "server description",
    "tag name",
    "tag description",
    "path",
    "operation id",
    "summary",
    "operation description",
    "query parameter",
    "parameter description",
    "parameter default",
    "parameter pattern",
    "header parameter",
    "header enumeration",
    "body description",
    "media type",
    "response description",
    "response header",
    "schema name",
    "schema title",
    "schema description",
    "property",
    "property description",
    "property default",
    "property pattern",
    "enumeration value",
    "value description",
    "security scheme",
    "security header",
    "property title",
];

pub const PATH: usize = 7;
pub const HEADER: usize = 15;

/// `text` gives the content of each field, by its number and what it is otherwise.
pub fn contract(text: &dyn Fn(usize, &str) -> String) -> String {
    let name = text(21, "Thing");
    let pointer = percent(&name.replace('~', "~0").replace('/', "~1"));
    let thing = json!({ "schema": { "$ref": format!("#/components/schemas/{pointer}") } });
    let mut paths = entry(text(7, "/a/{id}"), json!({ "post": operation(text, &thing) }));
    let answer = json!({ "200": { "description": "ok", "content": { "application/json": thing } } });
    paths["/plain"] = json!({ "get": { "operationId": "plain", "responses": answer } });
    let scheme = json!({ "type": "apiKey", "in": "header", "name": text(31, "X-Key") });
    json!({
        "openapi": "3.0.3",
        "info": { "title": text(0, "Title"), "description": text(1, "About it."), "version": text(2, "1") },
        "servers": [{ "url": text(3, "https://api.example.com"), "description": text(4, "The server.") }],
        "tags": [{ "name": text(5, "tag"), "description": text(6, "A tag.") }],
        "paths": paths,
        "security": [entry(text(30, "key"), json!([]))],
        "components": {
            "schemas": entry(name, schema(text)),
            "securitySchemes": entry(text(30, "key"), scheme),
        },
    })
    .to_string()
}

/// As a URI has it.
fn percent(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn entry(key: String, value: Value) -> Value {
    json!({ key: value })
}

fn operation(text: &dyn Fn(usize, &str) -> String, thing: &Value) -> Value {
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    let query = json!({
        "name": text(11, "q"), "in": "query", "description": text(12, "A query."), "required": true,
        "schema": { "type": "string", "default": text(13, "d"), "pattern": text(14, "^a$") },
    });
    let header = json!({
        "name": text(15, "X-H"), "in": "header", "required": true,
        "schema": { "type": "string", "enum": [text(16, "e"), "f"] },
    });
    json!({
        "operationId": text(8, "postA"), "summary": text(9, "Posts."), "description": text(10, "Posts an a."),
        "tags": [text(5, "tag")],
        "parameters": [id, query, header],
        "requestBody": {
            "description": text(17, "A body."), "required": true,
            "content": entry(text(18, "application/json"), thing.clone()),
        },
        "responses": { "200": {
            "description": text(19, "Good."),
            "headers": entry(text(20, "X-R"), json!({ "schema": { "type": "string" } })),
            "content": { "application/json": thing },
        } },
    })
}

fn schema(text: &dyn Fn(usize, &str) -> String) -> Value {
    let property = json!({
        "type": "string", "description": text(25, "A field."), "default": text(26, "a"), "pattern": text(27, "^a$"),
        "title": text(32, "A title"),
    });
    let choice = json!({
        "type": "string", "enum": [text(28, "x"), "y"], "x-enum-descriptions": [text(29, "One."), "Two."],
    });
    let mut properties = entry(text(24, "first"), property);
    properties["choice"] = choice;
    properties["inner"] = json!({ "type": "object", "properties": { "n": { "type": "integer" } } });
    json!({
        "type": "object", "title": text(22, "T"), "description": text(23, "D."), "properties": properties,
    })
}
