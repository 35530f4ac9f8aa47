//! For scripts: a versioned document. Its form is stated by [`super::schema()`]; a change that could break a
//! reader raises `version`.

use serde_json::{Value, json};

use super::{Summary, View, escape::plain_json, severity_word, visible, visible_lines};
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::{Position, Span};

/// The whole document on one line, ending in a line feed.
pub fn json(diagnostics: &[Diagnostic], view: View<'_>) -> String {
    let summary = Summary::of(diagnostics);
    let document = json!({
        "version": 1,
        "diagnostics": diagnostics.iter().map(|diagnostic| finding(diagnostic, view)).collect::<Value>(),
        "summary": { "errors": summary.errors, "warnings": summary.warnings },
    });
    plain_json(format!("{document}\n"))
}

fn finding(diagnostic: &Diagnostic, view: View<'_>) -> Value {
    json!({
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": severity_word(diagnostic.severity),
        "message": visible(&diagnostic.message),
        "help": diagnostic.help.as_deref().map(visible_lines),
        "labels": diagnostic.labels.iter().map(|item| label(item, view)).collect::<Value>(),
        "fix": diagnostic.fix.as_ref().map(|item| fix(item, view)),
    })
}

fn label(label: &Label, view: View<'_>) -> Value {
    with_place(label.span, &visible(&label.text), view)
}

fn fix(fix: &Fix, view: View<'_>) -> Value {
    let edit = |edit: &Edit| with_place(edit.span, &edit.text, view);
    json!({
        "title": visible(&fix.title),
        "safe": fix.safe,
        "edits": fix.edits.iter().map(edit).collect::<Value>(),
    })
}

fn with_place(span: Span, text: &str, view: View<'_>) -> Value {
    let place = view.place(span);
    json!({
        "file": place.path,
        "start": position(place.start, span.start),
        "end": position(place.end, span.end),
        "text": text,
    })
}

fn position(position: Position, offset: u32) -> Value {
    json!({ "line": position.line, "column": position.column, "offset": offset })
}
