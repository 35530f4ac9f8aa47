//! GitLab's code quality report: the merge request shows what it adds and what it mends, by fingerprint.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{View, escape::plain_json, fingerprint, visible};
use crate::diagnostic::{Diagnostic, Severity};

/// The whole report, ending in a line feed.
pub fn gitlab(diagnostics: &[Diagnostic], view: View<'_>) -> String {
    let mut seen = HashMap::new();
    let issue = |diagnostic| issue(diagnostic, view, &mut seen);
    let issues: Value = diagnostics.iter().map(issue).collect();
    plain_json(format!("{issues:#}\n"))
}

fn issue(diagnostic: &Diagnostic, view: View<'_>, seen: &mut HashMap<u64, u32>) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
    };
    // The report has no form for a finding without a place; the project's own file stands for it.
    let (path, begin, end) = match view.place_of(diagnostic) {
        Some(place) => (place.path, place.start.line, place.end.line),
        None => ("flow.toml".to_string(), 1, 1),
    };
    json!({
        "description": format!("{} {}: {}", diagnostic.code.id, diagnostic.code.name, visible(&diagnostic.message)),
        "check_name": diagnostic.code.id,
        "fingerprint": fingerprint(diagnostic, view, seen),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": begin, "end": end } },
    })
}
