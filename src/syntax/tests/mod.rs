//! Tests of the parser as a whole: every form, every fault, every hostile text.

mod forms;

use super::parse;
use crate::source::SourceId;

/// `line:column code message` of each finding.
fn findings(text: &str) -> Vec<String> {
    let mut sources = crate::source::Sources::default();
    let source = sources.add("a.flow", text);
    let parsed = parse(source, text);
    let place = |diagnostic: &crate::diagnostic::Diagnostic| {
        let span = diagnostic.span().expect("every finding has a place");
        sources.get(source).position(span.start as usize)
    };
    let line = |diagnostic: &crate::diagnostic::Diagnostic| {
        let at = place(diagnostic);
        format!("{}:{} {} {}", at.line, at.column, diagnostic.code.id, diagnostic.message)
    };
    parsed.diagnostics.iter().map(line).collect()
}
