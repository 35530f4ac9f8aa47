//! What must hold of each parser for any text. A target panics where it does not.

use std::collections::HashMap;

use flowc::check::{Contracts, Input};
use flowc::contract::{self, ReadFault};
use flowc::diagnostic::Diagnostic;
use flowc::diagnostic::render::{self, Paint, View};
use flowc::fmt::{format, same_meaning};
use flowc::resolve::{Unit, resolve};
use flowc::source::{SourceId, Sources, Span};
use flowc::syntax::{Parsed, parse};

/// A flow: its tree and findings are in place, later stages bear the tree, and where it is flawless, formatting it keeps
/// its meaning, and twice is as good as once.
pub fn flow(text: &str) {
    let mut sources = Sources::default();
    let source = sources.add("main.flow", text);
    let Parsed { file, diagnostics } = parse(source, text);
    in_place(&diagnostics, &sources);
    for item in &file.items {
        is_within(item.span(), &sources);
    }
    let formatted = format(&file, text);
    let again = parse(SourceId(0), &formatted);
    if diagnostics.is_empty() {
        assert!(again.diagnostics.is_empty(), "what is formatted is flawless");
        assert!(same_meaning(&file, &again.file), "formatting keeps the meaning");
        assert_eq!(format(&again.file, &formatted), formatted, "formatting twice is formatting once");
    }
    let files = [file];
    let unit = |name: &str, files| Unit { name: name.into(), files, dependencies: HashMap::new() };
    let (names, _) = resolve(&[unit("std", &[]), unit("fuzz", &files)]);
    let input = Input { names: &names, contracts: Contracts::default(), thin_reads: false };
    in_place(&flowc::check::check(input).diagnostics, &sources);
}

/// A contract: all of it is read and lowered, whatever it holds.
pub fn contract(path: &str, text: &str) {
    let mut sources = Sources::default();
    let mut read = |other: &str| match other == path {
        true => Ok(text.as_bytes().to_vec()),
        false => Err(ReadFault::Missing),
    };
    match contract::load(&mut sources, path, &mut read) {
        Err(diagnostics) => in_place(&diagnostics, &sources),
        Ok(mut contract) => {
            let operations: Vec<String> = contract.operation_names().map(str::to_owned).collect();
            let schemas: Vec<String> = contract.schema_names().map(str::to_owned).collect();
            for name in operations {
                contract.operation(&name);
            }
            for name in schemas {
                if let Some(id) = contract.schema_named(&name) {
                    contract.schema(id);
                }
            }
            in_place(&contract.findings(), &sources);
        }
    }
}

fn in_place(diagnostics: &[Diagnostic], sources: &Sources) {
    let view = View { sources, prefixes: &[] };
    for diagnostic in diagnostics {
        assert!(diagnostic.help.is_some(), "{} has no help", diagnostic.code.id);
        diagnostic.labels.iter().for_each(|label| is_within(label.span, sources));
    }
    for diagnostic in diagnostics.iter().take(3) {
        render::human(diagnostic, view, Paint::Plain);
    }
}

fn is_within(span: Span, sources: &Sources) {
    let text = &sources.get(span.source).text;
    assert!(text.get(span.range()).is_some(), "{span:?} is not a place in a text of {} bytes", text.len());
}
