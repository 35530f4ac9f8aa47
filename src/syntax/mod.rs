//! From text to [`ast`]. Total: any bytes give a tree and a list of findings.
//!
//! ```text
//! text ─scan─▶ comments, repairs ─grammar─▶ pairs ─build─▶ tree
//!                                                             └─recover─▶ what is wrong in a broken region
//! ```

pub mod ast;
mod build;
mod characters;
mod grammar;
mod quote;
mod recover;
mod repair;
mod salvage;
mod scan;
pub mod secrets;
mod wording;

pub use self::characters::is_plain;
pub use self::quote::{literal, pattern};

use pest::Parser;

use self::ast::{Broken, Declares, Expr, ExprKind, File, Item};
use self::grammar::{Grammar, Pairs, Rule};
use self::repair::Repaired;
use self::scan::{Depth, Scan};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// The stack for texts that nest deep. It is only reserved; what is used of it depends on the text.
const DEEP_STACK: usize = 256 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub file: File,
    pub diagnostics: Vec<Diagnostic>,
}

/// The tree of a whole file.
pub fn parse(source: SourceId, text: &str) -> Parsed {
    let (items, comments, diagnostics) = read(source, text, Rule::file, build::items);
    let unread = || Broken { span: Span::new(source, 0, text.len()), declares: Declares::Unknown };
    let items = items.unwrap_or_else(|| vec![Item::Broken(unread())]);
    Parsed { file: File { source, items, comments }, diagnostics }
}

/// The tree of one value, such as a test or a prompt gives it.
pub fn parse_expression(source: SourceId, text: &str) -> (Expr, Vec<Diagnostic>) {
    let whole = Span::new(source, 0, text.len());
    let build = |b: &mut build::Builder, pairs: Pairs| {
        let first = pairs.into_iter().next();
        first.map(|pair| build::expression(b, pair))
    };
    let (expr, _, diagnostics) = read(source, text, Rule::expression, build);
    let expr = expr.flatten().unwrap_or(Expr { kind: ExprKind::Broken, span: whole });
    (expr, diagnostics)
}

type Read<T> = (Option<T>, Vec<ast::Comment>, Vec<Diagnostic>);

fn read<T: Send>(
    source: SourceId,
    text: &str,
    rule: Rule,
    build: impl FnOnce(&mut build::Builder, Pairs) -> T + Send,
) -> Read<T> {
    let mut scan = scan::scan(source, text);
    let repaired = repair::repair(text, std::mem::take(&mut scan.repairs));
    match scan.depth {
        Depth::TooDeep => (None, scan.comments, scan.diagnostics),
        Depth::Shallow => read_mended(source, &repaired, scan, rule, build),
        Depth::Deep => on_deep_stack(|| read_mended(source, &repaired, scan, rule, build)),
    }
}

/// Runs `work` on a thread of its own with room for deep recursion.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(DEEP_STACK);
        let worker = builder.spawn_scoped(scope, work).expect("a thread can be started");
        worker.join().expect("the parser does not panic")
    })
}

fn read_mended<T>(
    source: SourceId,
    repaired: &Repaired,
    scan: Scan,
    rule: Rule,
    build: impl FnOnce(&mut build::Builder, Pairs) -> T,
) -> Read<T> {
    let Scan { mut comments, docs, gaps, mut diagnostics, muted, .. } = scan;
    let mut builder = build::builder(source, repaired, docs, gaps);
    let built = match Grammar::parse(rule, &repaired.text) {
        Ok(pairs) => Some(build(&mut builder, pairs)),
        Err(error) => {
            builder.refused(rule, &error);
            None
        }
    };
    builder.leave_docs(&mut comments);
    let is_muted = |diagnostic: &Diagnostic| {
        let start = diagnostic.span().map_or(0, |span| span.start as usize);
        muted.iter().any(|range| range.contains(&start))
    };
    diagnostics.extend(builder.diagnostics.into_iter().filter(|diagnostic| !is_muted(diagnostic)));
    diagnostics.sort_by_key(|diagnostic| diagnostic.span());
    (built, comments, diagnostics)
}

#[cfg(test)]
mod tests;
