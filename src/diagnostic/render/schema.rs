//! The form of [`super::json()`], as JSON Schema, so that readers can check themselves.

use serde_json::{Value, json};

/// The schema, indented, ending in a line feed.
pub fn schema() -> String {
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "flowc diagnostics, version 1",
        "description": "What `flowc check --format json` prints.",
        "type": "object",
        "required": ["version", "diagnostics", "summary"],
        "properties": {
            "version": { "const": 1 },
            "diagnostics": { "type": "array", "items": { "$ref": "#/$defs/diagnostic" } },
            "summary": { "$ref": "#/$defs/summary" },
        },
        "$defs": {
            "diagnostic": diagnostic(),
            "place": place("What to say at this place; empty where nothing is to be said."),
            "edit": place("What to write instead of the text from `start` to `end`."),
            "position": position(),
            "fix": fix(),
            "summary": summary(),
        },
    });
    format!("{document:#}\n")
}

fn diagnostic() -> Value {
    json!({
        "type": "object",
        "required": ["code", "name", "severity", "message", "help", "labels", "fix"],
        "properties": {
            "code": { "type": "string", "pattern": "^[FW][0-9]{4}$", "description": "`flowc explain CODE` tells more." },
            "name": { "type": "string", "description": "The code in words, such as `type/mismatch`." },
            "severity": { "enum": ["error", "warning"] },
            "message": { "type": "string", "description": "One line." },
            "help": { "type": ["string", "null"], "description": "The way out." },
            "labels": {
                "type": "array",
                "items": { "$ref": "#/$defs/place" },
                "description": "The place of the finding, then those that it contradicts. Empty where no file is involved.",
            },
            "fix": { "anyOf": [{ "$ref": "#/$defs/fix" }, { "type": "null" }] },
        },
    })
}

fn place(text: &str) -> Value {
    json!({
        "type": "object",
        "required": ["file", "start", "end", "text"],
        "properties": {
            "file": { "type": "string", "description": "Seen from the working directory, with `/`." },
            "start": { "$ref": "#/$defs/position" },
            "end": { "$ref": "#/$defs/position", "description": "The first position that is no more part of it." },
            "text": { "type": "string", "description": text },
        },
    })
}

fn position() -> Value {
    json!({
        "type": "object",
        "required": ["line", "column", "offset"],
        "properties": {
            "line": { "type": "integer", "minimum": 1 },
            "column": { "type": "integer", "minimum": 1, "description": "In characters." },
            "offset": { "type": "integer", "minimum": 0, "description": "In bytes, from the start of the file." },
        },
    })
}

fn fix() -> Value {
    json!({
        "type": "object",
        "required": ["title", "safe", "edits"],
        "properties": {
            "title": { "type": "string" },
            "safe": { "type": "boolean", "description": "Whether it may be applied unseen." },
            "edits": { "type": "array", "items": { "$ref": "#/$defs/edit" } },
        },
    })
}

fn summary() -> Value {
    json!({
        "type": "object",
        "required": ["errors", "warnings"],
        "properties": {
            "errors": { "type": "integer", "minimum": 0 },
            "warnings": { "type": "integer", "minimum": 0 },
        },
    })
}
