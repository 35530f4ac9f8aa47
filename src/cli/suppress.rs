//! `// flowc: allow(W0312) because "…"`: the author accepts a warning, and says why.
//!
//! The comment stands above what it is about (a declaration, member, setting, field, step, or just a line), or
//! behind it on the same line. Above a `backend` it also holds for the warnings about the backend's contract.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Severity, all_codes, code_by_id, nearest, project, testing};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::ast::{Comment, File};

use super::nodes::{Node, nodes};

/// Takes the accepted warnings out, and adds what is wrong with the suppressions themselves. `contracts` tells
/// which texts the contract of a backend is made of, by the place of the backend.
pub fn suppress(
    diagnostics: Vec<Diagnostic>,
    files: &[&File],
    contracts: &[(Span, Vec<SourceId>)],
    sources: &Sources,
) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut suppressions = Vec::new();
    for file in files {
        collect(file, sources, &mut suppressions, &mut faults);
    }
    if suppressions.is_empty() {
        return diagnostics.into_iter().chain(faults).collect();
    }
    let mut kept = take_out(diagnostics, &mut suppressions, contracts);
    kept.append(&mut faults);
    // A stage that stopped at an error did not give its warnings, so nothing can be called unused then.
    let complete = kept.iter().all(|diagnostic| diagnostic.severity == Severity::Warning);
    kept.extend(suppressions.iter().filter_map(|suppression| complaint(suppression, complete)));
    kept
}

/// One code of one comment.
struct Suppression {
    code: Code,
    /// Where the code is written.
    place: Span,
    /// What it holds for.
    covers: Span,
    /// Where the declaration or part that it stands above ends.
    node_end: Option<usize>,
    used: bool,
}

fn complaint(suppression: &Suppression, complete: bool) -> Option<Diagnostic> {
    match suppression.code.severity {
        _ if suppression.used => None,
        Severity::Error => Some(project::suppressed_error(suppression.place, suppression.code)),
        Severity::Warning if complete && !testing::is_about_changes(suppression.code) => {
            Some(project::unused_suppression(suppression.place, suppression.code))
        }
        Severity::Warning => None,
    }
}

// ---- reading the comments -----------------------------------------------------------------------

fn collect(file: &File, sources: &Sources, found: &mut Vec<Suppression>, faults: &mut Vec<Diagnostic>) {
    let is_ours = |comment: &&Comment| comment.text.trim_start().starts_with("flowc:");
    let mut ours = file.comments.iter().filter(is_ours).peekable();
    if ours.peek().is_none() {
        return;
    }
    let source = sources.get(file.source);
    let nodes = nodes(file, source);
    let mut next_code = 0;
    for comment in ours {
        let Some(codes) = parse(comment, sources, faults) else { continue };
        let (covers, node_end) = covered(comment.span, source, &nodes, &mut next_code);
        for (written, place) in codes {
            match code_by_id(&written) {
                Some(code) => found.push(Suppression { code, place, covers, node_end, used: false }),
                None => {
                    let known = all_codes().filter(|code| code.severity == Severity::Warning);
                    let near = nearest(&written, known.flat_map(|code| [code.id, code.name]));
                    faults.push(project::unknown_code(place, &written, near));
                }
            }
        }
    }
}

/// The codes with their places; none where the comment cannot be read, which has been reported then.
fn parse(comment: &Comment, sources: &Sources, faults: &mut Vec<Diagnostic>) -> Option<Vec<(String, Span)>> {
    let text = sources.text(comment.span);
    let parts = text
        .split_once("flowc:")
        .and_then(|(_, order)| order.trim_start().strip_prefix("allow"))
        .and_then(|order| order.trim_start().strip_prefix('('))
        .and_then(|order| order.split_once(')'));
    let Some((list, rest)) = parts else {
        faults.push(project::suppression_form(comment.span));
        return None;
    };
    let mut at = comment.span.start as usize + (text.len() - rest.len() - 1 - list.len());
    let mut codes = Vec::new();
    for part in list.split(',') {
        let start = at + (part.len() - part.trim_start().len());
        let written = part.trim();
        let place = Span::new(comment.span.source, start, start + written.len());
        if written.is_empty() {
            faults.push(project::suppression_form(comment.span));
            return None;
        }
        codes.push((written.to_string(), place));
        at += part.len() + 1;
    }
    if !gives_reason(rest) {
        faults.push(project::suppression_reason(comment.span, list.trim()));
    }
    Some(codes)
}

/// `because "text"`
fn gives_reason(rest: &str) -> bool {
    let reason = rest.trim().strip_prefix("because").map(str::trim_start);
    let quoted = reason.and_then(|reason| reason.strip_prefix('"')?.strip_suffix('"'));
    quoted.is_some_and(|reason| reason.chars().any(char::is_alphanumeric))
}

/// What a comment is about: its own line if there is code before it, else the next line with code and
/// whatever begins there. `next_code` is the line that the comment before this one found, so that a thousand
/// comments in a row do not look for it a thousand times.
fn covered(comment: Span, source: &Source, nodes: &[Node], next_code: &mut usize) -> (Span, Option<usize>) {
    let line = source.position(comment.start as usize).line;
    let own = line_range(source, line);
    if !is_blank(source, own.start..comment.start as usize) {
        return (Span::new(comment.source, own.start, own.end), None);
    }
    if *next_code <= line {
        *next_code =
            (line + 1..=source.line_count()).find(|line| has_code(source, *line)).unwrap_or(usize::MAX);
    }
    let range = line_range(source, *next_code);
    let first = nodes.partition_point(|node| node.start < range.start);
    let node = nodes.get(first).filter(|node| node.start < range.end);
    let end = node.map_or(range.end, |node| node.end.max(range.end));
    (Span::new(comment.source, range.start, end), node.map(|node| node.end))
}

fn has_code(source: &Source, line: usize) -> bool {
    let text = source.text.get(line_range(source, line)).unwrap_or("").trim_start();
    !text.is_empty() && !text.starts_with("//")
}

fn is_blank(source: &Source, range: std::ops::Range<usize>) -> bool {
    source.text.get(range).unwrap_or("").trim().is_empty()
}

/// A line with its end.
fn line_range(source: &Source, line: usize) -> std::ops::Range<usize> {
    let start = source.line_start(line).unwrap_or(source.text.len());
    start..source.line_start(line.saturating_add(1)).unwrap_or(source.text.len())
}

// ---- applying them ------------------------------------------------------------------------------

/// Findings and suppressions are gone through side by side, in the order of places, so that many of both
/// take no longer than sorting them.
fn take_out(
    diagnostics: Vec<Diagnostic>,
    suppressions: &mut [Suppression],
    contracts: &[(Span, Vec<SourceId>)],
) -> Vec<Diagnostic> {
    suppressions
        .sort_by_key(|item| (item.covers.source, item.covers.start, std::cmp::Reverse(item.covers.end)));
    let mut of_contracts = contract_table(suppressions, contracts);
    let mut order: Vec<usize> =
        (0..diagnostics.len()).filter(|at| can_be_accepted(&diagnostics[*at])).collect();
    order.sort_by_key(|at| diagnostics[*at].span());
    let mut accepted = vec![false; diagnostics.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    for at in order {
        let diagnostic = &diagnostics[at];
        let Some(span) = diagnostic.span() else { continue };
        while suppressions
            .get(next)
            .is_some_and(|item| (item.covers.source, item.covers.start) <= (span.source, span.start))
        {
            open.push(next);
            next += 1;
        }
        let over = |item: &Suppression| (item.covers.source, item.covers.end) < (span.source, span.start);
        while open.last().is_some_and(|last| over(&suppressions[*last])) {
            open.pop();
        }
        let covering = |index: &&usize| {
            suppressions[**index].code == diagnostic.code && suppressions[**index].covers.contains(span)
        };
        let found = match of_contracts.get_mut(&(span.source, diagnostic.code.id)) {
            Some(all) => std::mem::take(all), // the first finding uses them; that they are there is enough for the rest
            None => match open.iter().rev().find(covering) {
                Some(index) => vec![*index],
                None => continue,
            },
        };
        accepted[at] = true;
        for index in found {
            suppressions[index].used = true;
        }
    }
    let mut accepted = accepted.into_iter();
    diagnostics.into_iter().filter(|_| accepted.next() != Some(true)).collect()
}

/// A fault of a contract that no flow uses is a warning, although its code is that of an error.
fn can_be_accepted(diagnostic: &Diagnostic) -> bool {
    match diagnostic.severity {
        Severity::Warning => diagnostic.code != project::UNUSED_SUPPRESSION,
        Severity::Error => false,
    }
}

/// The suppressions above a backend, by the texts of its contract and by code.
fn contract_table(
    suppressions: &[Suppression],
    contracts: &[(Span, Vec<SourceId>)],
) -> HashMap<(SourceId, &'static str), Vec<usize>> {
    let mut backends: HashMap<(SourceId, usize), Vec<usize>> = HashMap::new();
    for (index, item) in suppressions.iter().enumerate() {
        if let Some(end) = item.node_end {
            backends.entry((item.covers.source, end)).or_default().push(index);
        }
    }
    let mut table: HashMap<(SourceId, &'static str), Vec<usize>> = HashMap::new();
    for (backend, texts) in contracts {
        for index in backends.get(&(backend.source, backend.end as usize)).into_iter().flatten() {
            for text in texts {
                table.entry((*text, suppressions[*index].code.id)).or_default().push(*index);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax;

    const WARNING: Code = project::EMPTY;

    /// Which of the marked words are still reported at, when there is a warning at each word that starts with `W`.
    fn left(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("a.flow", text);
        let file = syntax::parse(id, text).file;
        let at = |(start, _): (usize, &str)| Diagnostic::new(WARNING, Span::new(id, start, start + 2), "m");
        let found = text.match_indices("Ww").map(at).collect();
        let kept = suppress(found, &[&file], &[], &sources);
        kept.iter()
            .map(|found| {
                let start = found.span().expect("a place").start as usize;
                match found.code == WARNING {
                    true => text[start..].chars().take_while(|letter| letter.is_alphanumeric()).collect(),
                    false => found.code.id.to_string(),
                }
            })
            .collect()
    }

    const ALLOW: &str = "// flowc: allow(W0009) because \"it is so\"\n";

    #[test]
    fn a_comment_holds_for_what_begins_below_it() {
        let text = format!(
            "type A {{\n  a: Ww1\n  {ALLOW}  /// Documented.\n  b: [\n    Ww2]\n  c: Ww3 {ALLOW}  d: Ww4\n}}\n\
             {ALLOW}\n// another\n/// Documented.\ntype B {{\n  a: Ww5\n  b: Ww6\n}}\ntype C {{ a: Ww7 }}\n"
        );
        assert_eq!(left(&text), ["Ww1", "Ww4", "Ww7"]);
    }

    #[test]
    fn a_comment_holds_for_steps_and_branches() {
        let text = format!(
            "system S v1 {{\n  get: GET /a -> 204 {{\n    let a = Ww1()\n    {ALLOW}    when true {{\n      Ww2()\n      Ww3()\n    }}\n\
             \n    Ww4()\n    return 204\n  }}\n}}\n"
        );
        assert_eq!(left(&text), ["Ww1", "Ww4"]);
    }

    #[test]
    fn what_is_not_used_is_told() {
        assert_eq!(left(&format!("{ALLOW}type A {{ a: string }}\ntype B {{ b: Ww1 }}\n")), ["Ww1", "W0020"]);
        assert_eq!(left(&format!("type B {{ b: string }}\n{ALLOW}")), ["W0020"]);
    }

    #[test]
    fn above_a_backend_it_holds_for_the_contract() {
        let mut sources = Sources::default();
        let text = format!(
            "{ALLOW}backend Erp {{ contract: \"erp.yaml\" url: env.A }}\nbackend B {{ contract: \"b.yaml\" url: env.A }}\n"
        );
        let id = sources.add("a.flow", text.as_str());
        let contracts = [sources.add("erp.yaml", "openapi: 3.0.3"), sources.add("b.yaml", "openapi: 3.0.3")];
        let file = syntax::parse(id, &text).file;
        let at = |source| Diagnostic::new(WARNING, Span::new(source, 0, 7), "m");
        let backends: Vec<_> =
            file.items.iter().zip(contracts).map(|(item, contract)| (item.span(), vec![contract])).collect();
        let found = vec![at(contracts[0]), at(contracts[1]), at(contracts[0])];
        assert_eq!(suppress(found, &[&file], &backends, &sources), [at(contracts[1])]);
    }

    /// The code is that of an error, but the finding is not, because no flow uses that corner of the contract.
    #[test]
    fn a_fault_that_is_only_a_warning_can_be_accepted() {
        let mut sources = Sources::default();
        let text = "// flowc: allow(F0002) because \"not used\"\ntype A { a: string }\n";
        let id = sources.add("a.flow", text);
        let file = syntax::parse(id, text).file;
        let place = Span::new(id, 45, 46);
        let error = Diagnostic::new(project::UNREADABLE, place, "m");
        let warning = Diagnostic { severity: Severity::Warning, ..error.clone() };
        assert_eq!(suppress(vec![warning], &[&file], &[], &sources), []);
        let kept = suppress(vec![error], &[&file], &[], &sources);
        assert_eq!(kept.iter().map(|found| found.code.id).collect::<Vec<_>>(), ["F0002", "F0019"]);
    }
}
