//! How diagnostics look: for people, scripts, code scanning and pull requests. One function each, from
//! findings to text; nothing here writes anywhere. Names and texts of contracts are hostile, so whatever
//! reaches a terminal or a log goes through [`visible`] first.

mod escape;
mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod report;
mod sarif;
mod schema;
mod short;

pub use escape::{visible, visible_lines};
pub use github::github;
pub use gitlab::gitlab;
pub use human::{Paint, human};
pub use json::json;
pub use junit::{junit, xml};
pub use report::Report;
pub use sarif::sarif;
pub use schema::schema;
pub use short::short;

use super::{Diagnostic, Severity};
use crate::source::{Position, SourceId, Sources, Span};

/// The texts, and how their names look from where the user stands.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub sources: &'a Sources,
    /// By the first text that each holds for.
    pub prefixes: &'a [Prefix],
}

/// From this text on (until the next prefix), names start at a folder that is reached so from the working
/// directory: empty, or ending in `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    pub from: SourceId,
    pub text: String,
    /// The way down from that folder to the working directory, if it lies in it. Empty, or ending in `/`.
    pub here: String,
}

impl Prefix {
    /// The way to a file below that folder, which does not go up and down again: `c/d` and not `../b/c/d` from `b`.
    fn way(&self, name: &str) -> String {
        let (mut up, mut here, mut name) = (self.text.as_str(), self.here.as_str(), name);
        while let (Some(less), Some((from, here_below)), Some((to, below))) =
            (up.strip_prefix("../"), here.split_once('/'), name.split_once('/'))
            && from == to
        {
            (up, here, name) = (less, here_below, below);
        }
        format!("{up}{name}")
    }
}

/// Where a label lies, as editors count.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub path: String,
    pub start: Position,
    pub end: Position,
}

impl View<'_> {
    pub fn path(&self, source: SourceId) -> String {
        let known = self.prefixes.partition_point(|prefix| prefix.from <= source);
        let prefix = known.checked_sub(1).and_then(|last| self.prefixes.get(last));
        let name = &self.sources.get(source).name;
        let shown = prefix.map_or_else(|| name.clone(), |prefix| prefix.way(name));
        visible(&shown).into_owned()
    }

    pub fn place(&self, span: Span) -> Place {
        let source = self.sources.get(span.source);
        Place {
            path: self.path(span.source),
            start: source.position(span.start as usize),
            end: source.position(span.end as usize),
        }
    }

    /// The place that a finding is about; faults of the surroundings (no project, say) have none.
    pub fn place_of(&self, diagnostic: &Diagnostic) -> Option<Place> {
        diagnostic.span().map(|span| self.place(span))
    }
}

/// Brings findings into the order of files and places, and drops repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>, view: View<'_>) {
    let mut by_path: Vec<(String, SourceId)> =
        view.sources.iter().map(|(id, _)| (view.path(id), id)).collect();
    by_path.sort();
    let mut ranks = vec![0; by_path.len()];
    for (rank, (_, id)) in by_path.iter().enumerate() {
        if let Some(slot) = ranks.get_mut(id.0 as usize) {
            *slot = rank;
        }
    }
    let rank = |span: Span| ranks.get(span.source.0 as usize).copied().unwrap_or(usize::MAX);
    let key = |diagnostic: &Diagnostic| {
        (diagnostic.span().map(|span| (rank(span), span.start, span.end)), diagnostic.code.id)
    };
    diagnostics
        .sort_by(|left, right| key(left).cmp(&key(right)).then_with(|| left.message.cmp(&right.message)));
    diagnostics.dedup();
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
}

impl Summary {
    pub fn of(diagnostics: &[Diagnostic]) -> Summary {
        let errors = diagnostics.iter().filter(|diagnostic| is_error(diagnostic)).count();
        Summary { errors, warnings: diagnostics.len() - errors }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |number: usize, noun: &str| match number {
            1 => format!("1 {noun}"),
            _ => format!("{number} {noun}s"),
        };
        match (self.errors, self.warnings) {
            (0, 0) => out.write_str("no findings"),
            (errors, 0) => out.write_str(&count(errors, "error")),
            (0, warnings) => out.write_str(&count(warnings, "warning")),
            (errors, warnings) => {
                write!(out, "{}, {}", count(errors, "error"), count(warnings, "warning"))
            }
        }
    }
}

/// As every format spells it.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    match diagnostic.severity {
        Severity::Error => true,
        Severity::Warning => false,
    }
}

/// A number for a finding that stays the same when lines above it come and go: made of the code, the path,
/// the message and the text of its line. `seen` tells apart findings that are equal in all of these.
fn fingerprint(
    diagnostic: &Diagnostic,
    view: View<'_>,
    seen: &mut std::collections::HashMap<u64, u32>,
) -> String {
    let mut hash = Hash::default();
    hash.add(diagnostic.code.id);
    if let Some(span) = diagnostic.span() {
        hash.add(&view.sources.get(span.source).name);
        hash.add(excerpt::line_near(view.sources.get(span.source), span.start as usize).trim());
    }
    hash.add(&diagnostic.message);
    let times = seen.entry(hash.0).or_insert(0);
    *times += 1;
    format!("{:016x}{:08x}", hash.0, *times)
}

/// FNV-1a: the standard library's hashes may change from release to release.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
