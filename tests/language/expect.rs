//! What a case expects and what was found, in one form, so that the two can be compared and written.

use flowc::diagnostic::Diagnostic;
use flowc::source::{SourceId, Sources};

use super::case::Case;

/// A finding as it stands under the code: line from 1, columns in characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub line: usize,
    start: usize,
    end: usize,
    code: String,
    message: String,
    /// The lines of contracts that it shows, as `erp.yaml:34`.
    contracts: Vec<String>,
}

pub fn panicked(line: usize) -> Finding {
    let message = "the compiler panicked".to_owned();
    Finding { line, start: 0, end: 1, code: "PANIC".to_owned(), message, contracts: Vec::new() }
}

impl Finding {
    pub fn of(diagnostic: &Diagnostic, sources: &Sources, flows: &[SourceId], case: usize) -> Finding {
        let code = diagnostic.code.id.to_owned();
        assert!(diagnostic.help.is_some(), "{code} has no help: {}", diagnostic.message);
        let span = diagnostic.span().expect("a finding has a place");
        let source = sources.get(span.source);
        let from = source.position(span.start as usize);
        let to = source.position(span.end as usize);
        let line = source.text.lines().nth(from.line - 1).unwrap_or_default();
        let last = if to.line == from.line { to.column - 1 } else { line.chars().count() };
        let end = last.max(from.column);
        let message = diagnostic.message.clone();
        let contracts = contracts(diagnostic, sources);
        // What is wrong in a contract only has no line in the case: it is expected below its name.
        match flows.contains(&span.source) {
            true => Finding { line: from.line, start: from.column - 1, end, code, message, contracts },
            false => Finding { line: case, start: 0, end: 1, code, message, contracts },
        }
    }

    /// The lines that expect this finding.
    pub fn written(&self, text: &str) -> String {
        let code = text.lines().nth(self.line - 1).unwrap_or_default();
        let indent = code.chars().take_while(|letter| *letter == ' ').count();
        let (start, end) = (self.start, self.end);
        let indent = if start >= indent + 2 { indent } else { 0 };
        let place = match start >= indent + 2 {
            true => format!("{}{}", " ".repeat(start - indent - 2), "^".repeat(end - start)),
            false => format!("{start}..{end}"),
        };
        let indent = " ".repeat(indent);
        let mut lines = format!("{indent}//{place} {}: {}\n", self.code, self.message);
        for contract in &self.contracts {
            let gap = " ".repeat(start.saturating_sub(indent.len() + 2).max(1));
            lines.push_str(&format!("{indent}//{gap}contract {contract}\n"));
        }
        lines
    }
}

/// The lines of contracts that a finding shows.
fn contracts(diagnostic: &Diagnostic, sources: &Sources) -> Vec<String> {
    let shown = diagnostic.labels.iter().filter_map(|label| {
        let source = sources.get(label.span.source);
        let is_flow = source.name.ends_with(".flow");
        (!is_flow).then(|| format!("{}:{}", source.name, source.position(label.span.start as usize).line))
    });
    shown.collect()
}

/// The expectations in the comments of a case, each at the line of code above it.
pub fn expectations(case: &Case) -> Vec<Finding> {
    let mut wanted: Vec<Finding> = Vec::new();
    for text in std::iter::once(&case.text).chain(case.dependencies.iter().map(|(_, text)| text)) {
        let mut code_line = case.line;
        for (at, line) in text.lines().enumerate() {
            match expectation(line) {
                Some(Expectation::Finding(finding)) => wanted.push(Finding { line: code_line, ..finding }),
                Some(Expectation::Contract(contract)) => {
                    let finding = wanted.last_mut().expect("`contract` stands under a finding");
                    finding.contracts.push(contract);
                }
                None => code_line = at + 1,
            }
        }
    }
    wanted
}

enum Expectation {
    Finding(Finding),
    Contract(String),
}

fn expectation(line: &str) -> Option<Expectation> {
    let comment = line.trim_start().strip_prefix("//")?;
    if let Some(contract) = comment.trim_start().strip_prefix("contract ") {
        return Some(Expectation::Contract(contract.trim().to_owned()));
    }
    let (place, rest) = comment.trim_start().split_once(' ')?;
    let (code, message) = rest.split_once(": ")?;
    let is_code = code.len() == 5 && code.starts_with(['F', 'W', 'P']);
    let carets = !place.is_empty() && place.chars().all(|letter| letter == '^');
    let (start, end) = match place.split_once("..") {
        Some((start, end)) => (start.parse().ok()?, end.parse().ok()?),
        None => {
            let start = line.find('^')?;
            (start, start + place.len())
        }
    };
    if !is_code || !(carets || place.contains("..")) {
        return None;
    }
    let (code, message) = (code.to_owned(), message.to_owned());
    Some(Expectation::Finding(Finding { line: 0, start, end, code, message, contracts: Vec::new() }))
}

/// What is missing and what is too much.
pub fn compare(wanted: &[Finding], found: &[Finding]) -> Vec<String> {
    let mut left: Vec<&Finding> = found.iter().collect();
    let mut missing = Vec::new();
    for finding in wanted {
        match left.iter().position(|found| is_met(finding, found)) {
            Some(at) => {
                left.remove(at);
            }
            None => missing.push(format!("  missing {}", show(finding))),
        }
    }
    missing.extend(left.into_iter().map(|finding| format!("  found   {}", show(finding))));
    missing
}

fn is_met(wanted: &Finding, found: &Finding) -> bool {
    found.message.starts_with(&wanted.message)
        && Finding { message: wanted.message.clone(), ..found.clone() } == *wanted
}

fn show(finding: &Finding) -> String {
    let Finding { line, start, end, code, message, contracts } = finding;
    format!("{line}:{start}..{end} {code}: {message} {contracts:?}")
}

/// A file with other expectations than it has.
pub fn with_findings(text: &str, findings: &mut Vec<(usize, String)>) -> String {
    findings.sort();
    findings.dedup();
    let mut result = String::new();
    for (at, line) in text.lines().enumerate() {
        if expectation(line).is_none() {
            result.push_str(line);
            result.push('\n');
        }
        for (_, lines) in findings.iter().filter(|(line, _)| *line == at + 1) {
            result.push_str(lines);
        }
    }
    result
}
