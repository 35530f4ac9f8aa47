//! Tests of the formatter as a whole: what the style looks like, and that nothing is ever lost.

mod everywhere;
mod generated;
mod style;

use crate::source::SourceId;
use crate::syntax::ast::File;
use crate::syntax::{Parsed, parse};

use super::meaning::without_places;
use super::{format, same_meaning};

/// Format a text that has no faults, and check all promises of the formatter on the way.
#[track_caller]
fn formatted(text: &str) -> String {
    let file = read(text);
    let once = format(&file, text);
    let again = read(&once);
    assert!(same_meaning(&file, &again), "{}\n{text}\n---- became ----\n{once}", difference(&file, &again));
    assert_eq!(again.comments.len(), file.comments.len(), "comments were lost:\n{once}");
    let twice = format(&again, &once);
    assert_eq!(once, twice, "formatting twice is not formatting once; from:\n{text}");
    for line in once.lines() {
        assert_eq!(line, line.trim_end(), "white space at the end of a line:\n{once}");
    }
    once
}

/// The first lines in which two trees differ.
fn difference(left: &File, right: &File) -> String {
    let [left, right] = [left, right].map(|file| format!("{:#?}", without_places(file)));
    let pairs = left.lines().zip(right.lines()).enumerate();
    let differ = pairs.filter(|(_, (left, right))| left != right).take(5);
    differ.map(|(line, (left, right))| format!("{line}: {left} -> {right}\n")).collect()
}

#[track_caller]
fn read(text: &str) -> File {
    let Parsed { file, diagnostics } = parse(SourceId(0), text);
    let messages: Vec<_> =
        diagnostics.iter().map(|one| (&one.message, one.span().map(|span| span.range()))).collect();
    assert!(messages.is_empty(), "{messages:?} in:\n{text}");
    file
}
