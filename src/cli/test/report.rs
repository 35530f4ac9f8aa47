//! How a test that failed is shown: its steps that were not as expected, where the values differ, and what was called.

use std::fmt::Write;

use clap::builder::styling::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::Ran;
use crate::diagnostic::render::{self, Paint, View, visible};
use crate::diagnostic::{Diagnostic, testing as findings};
use crate::interp::testing::{Difference, Side};

/// For people, in colours.
pub fn human(ran: &Ran<'_>, view: View<'_>) -> String {
    let finding = plain(ran);
    let mut text = render::human(&finding, view, Paint::Coloured);
    let gutter = gutter(&render::human(&finding, view, Paint::Plain));
    let mut part = |title: &str, lines: Vec<String>| {
        let blue = AnsiColor::BrightBlue.on_default().bold();
        let _ = writeln!(text, "{:gutter$}{blue}={blue:#} {}", "", visible(title));
        for line in lines {
            let _ = writeln!(text, "{:gutter$}    {line}", "");
        }
    };
    let faults = ran.faults();
    let several = faults.len() > 1;
    for (span, failure) in &faults {
        let line = several.then(|| view.place(*span).start.line);
        for difference in &failure.fault.differences {
            part(&heading(line, difference), sides(difference));
        }
    }
    if !ran.outcome.calls.is_empty() {
        let calls = ran.outcome.calls.iter().map(|call| visible(call).into_owned());
        part("calls, in the order in which they began:", calls.collect());
    }
    text
}

/// Where the line beside an excerpt stands.
fn gutter(excerpt: &str) -> usize {
    let beside = excerpt.lines().find(|line| line.trim() == "|");
    beside.and_then(|line| line.find('|')).unwrap_or(2)
}

/// For scripts: everything in one finding.
pub fn finding(ran: &Ran<'_>) -> Diagnostic {
    let mut lines = Vec::new();
    for (_, failure) in ran.faults() {
        for difference in &failure.fault.differences {
            let sides = difference.sides.iter().map(|side| format!("{} {}", side.who, value(side)));
            let at =
                if difference.path.is_empty() { String::new() } else { format!("{}: ", difference.path) };
            lines.push(format!("{at}{}", sides.collect::<Vec<_>>().join(", ")));
        }
    }
    lines.extend(ran.outcome.calls.iter().map(|call| format!("called {call}")));
    let mut finding = plain(ran);
    if let Some(first) = ran.outcome.failures.first() {
        finding.message = format!("{}: {}", finding.message, first.fault.message);
    }
    if lines.is_empty() { finding } else { finding.help(lines.join("\n")) }
}

fn plain(ran: &Ran<'_>) -> Diagnostic {
    let steps: Vec<_> =
        ran.faults().iter().map(|(span, failure)| (*span, failure.fault.message.clone())).collect();
    findings::failed(&ran.test.name, ran.spans.whole, &steps)
}

/// A value by itself is no difference.
fn heading(line: Option<usize>, difference: &Difference) -> String {
    let what = match &*difference.sides {
        [side] => side.who,
        _ => "difference",
    };
    let line = line.map_or_else(String::new, |line| format!("line {line}: "));
    match difference.path.as_str() {
        "" => format!("{line}{what}"),
        path => format!("{line}{what} at `{path}`"),
    }
}

/// What both sides say, a line for each. Of texts that are nearly the same, what differs is underlined.
fn sides(difference: &Difference) -> Vec<String> {
    let sides = &difference.sides;
    if let [side] = sides.as_slice() {
        return vec![value(side)];
    }
    let width = sides.iter().map(|side| side.who.len()).max().unwrap_or(0);
    let line = |(at, (side, value)): (usize, (&Side, String))| {
        let color = colour(at);
        format!("{color}{:<width$}{color:#} {value}", side.who)
    };
    sides.iter().zip(differing(sides)).enumerate().map(line).collect()
}

/// The first one is how it should be.
fn colour(at: usize) -> Style {
    if at == 0 { AnsiColor::Green.on_default() } else { AnsiColor::Red.on_default() }
}

fn value(side: &Side) -> String {
    visible(side.value.as_deref().unwrap_or("nothing")).into_owned()
}

fn differing(sides: &[Side]) -> Vec<String> {
    let [one, other] = sides else {
        let paint = |(at, side): (usize, &Side)| {
            let color = colour(at);
            format!("{color}{}{color:#}", value(side))
        };
        return sides.iter().enumerate().map(paint).collect();
    };
    let (one, other) = (value(one), value(other));
    let difference = TextDiff::from_words(one.as_str(), other.as_str());
    let near = difference.ratio() > 0.3;
    let painted = |kept: ChangeTag, color: Style| {
        let changes = difference.iter_all_changes();
        let changes = changes.filter(|change| [ChangeTag::Equal, kept].contains(&change.tag()));
        let parts: Vec<(bool, &str)> =
            changes.map(|change| (near && change.tag() != ChangeTag::Equal, change.value())).collect();
        let paint = |run: &[(bool, &str)]| {
            let style = if run.iter().any(|(differs, _)| *differs) { color.underline() } else { color };
            let text: String = run.iter().map(|(_, text)| *text).collect();
            format!("{style}{text}{style:#}")
        };
        parts.chunk_by(|one, other| one.0 == other.0).map(paint).collect()
    };
    vec![painted(ChangeTag::Delete, colour(0)), painted(ChangeTag::Insert, colour(1))]
}
