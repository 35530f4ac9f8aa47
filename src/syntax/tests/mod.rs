//! Tests of the parser as a whole: every form, every fault, every hostile text.

mod faults;
mod forms;
mod hostile;
mod spans;

use super::ast::{File, Item, Operation, Step};
use super::{Parsed, parse};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Sources};

/// `line:column code message` of each finding.
fn findings(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add("a.flow", text);
    let line = |diagnostic: &Diagnostic| {
        let span = diagnostic.span().expect("every finding has a place");
        assert!(diagnostic.help.is_some(), "{} has a help", diagnostic.message);
        let at = sources.get(source).position(span.start as usize);
        format!("{}:{} {} {}", at.line, at.column, diagnostic.code.id, diagnostic.message)
    };
    parse(source, text).diagnostics.iter().map(line).collect()
}

fn good(text: &str) -> File {
    let Parsed { file, diagnostics } = parse(SourceId(0), text);
    assert_eq!(diagnostics, Vec::new(), "{text}");
    file
}

fn only_item(text: &str) -> Item {
    let mut items = good(text).items;
    assert_eq!(items.len(), 1, "{text}");
    items.remove(0)
}

fn operation(text: &str) -> Operation {
    match only_item(&format!("system S v1 {{\n{text}\n}}")) {
        Item::Service(service) => match service.members.into_iter().next() {
            Some(super::ast::Member::Operation(operation)) => operation,
            other => panic!("{other:?} is no operation"),
        },
        other => panic!("{other:?} is no service"),
    }
}

fn steps(text: &str) -> Vec<Step> {
    operation(&format!("get: GET /x -> A {{\n{text}\n}}")).steps
}
