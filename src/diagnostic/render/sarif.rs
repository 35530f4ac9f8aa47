//! SARIF 2.1.0, the exchange format of static analysis; code scanning services read it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Place, View, escape::plain_json, fingerprint, severity_word, visible, visible_lines};
use crate::diagnostic::{Code, Diagnostic, Fix, Label, all_codes};

/// The whole log, ending in a line feed. `page` gives the explanation of a code, as Markdown.
pub fn sarif(diagnostics: &[Diagnostic], view: View<'_>, page: fn(Code) -> Option<&'static str>) -> String {
    let rules: HashMap<&str, usize> = all_codes().enumerate().map(|(index, code)| (code.id, index)).collect();
    let mut seen = HashMap::new();
    let results: Value = diagnostics
        .iter()
        .map(|diagnostic| {
            let fingerprint = fingerprint(diagnostic, view, &mut seen);
            result(diagnostic, view, rules.get(diagnostic.code.id).copied(), &fingerprint)
        })
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flowc",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": all_codes().map(|code| rule(code, page(code))).collect::<Value>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    plain_json(format!("{log}\n"))
}

fn rule(code: Code, page: Option<&str>) -> Value {
    let command = format!("flowc explain {}", code.id);
    let text = page.map_or(command.as_str(), str::trim);
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": { "text": code.name },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": severity_word(code.severity) },
    })
}

fn result(diagnostic: &Diagnostic, view: View<'_>, rule: Option<usize>, fingerprint: &str) -> Value {
    let mut text = visible(&diagnostic.message).into_owned();
    if let Some(help) = &diagnostic.help {
        text = format!("{text}\nhelp: {}", visible_lines(help));
    }
    let location = |(at, label): (usize, &Label)| location(at, label, view);
    let mut places = diagnostic.labels.iter().enumerate().map(location);
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "level": severity_word(diagnostic.severity),
        "message": { "text": text },
        "locations": places.next().into_iter().collect::<Value>(),
        "relatedLocations": places.collect::<Value>(),
        "partialFingerprints": { "flowcFinding/v1": fingerprint },
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([changes(fix, view)]);
    }
    result
}

/// The main location needs no number; others are told apart by theirs.
fn location(at: usize, label: &Label, view: View<'_>) -> Value {
    let place = view.place(label.span);
    let mut location = json!({
        "physicalLocation": { "artifactLocation": artifact(&place), "region": region(&place) },
    });
    if at > 0 {
        location["id"] = json!(at);
    }
    if !label.text.is_empty() {
        location["message"] = json!({ "text": visible(&label.text) });
    }
    location
}

fn changes(fix: &Fix, view: View<'_>) -> Value {
    let change = |edit: &crate::diagnostic::Edit| {
        let place = view.place(edit.span);
        json!({
            "artifactLocation": artifact(&place),
            "replacements": [{ "deletedRegion": region(&place), "insertedContent": { "text": edit.text } }],
        })
    };
    json!({
        "description": { "text": visible(&fix.title) },
        "artifactChanges": fix.edits.iter().map(change).collect::<Value>(),
    })
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

/// A relative reference, so that the log means the same on every machine.
fn artifact(place: &Place) -> Value {
    let mut uri = String::new();
    for byte in place.path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(byte.into())
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    json!({ "uri": uri })
}
