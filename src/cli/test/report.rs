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
    let mut text = render::human(&plain(ran), view, Paint::Coloured);
    let faults = ran.faults();
    let several = faults.len() > 1;
    for (span, failure) in &faults {
        let line = several.then(|| view.place(*span).start.line);
        for difference in &failure.fault.differences {
            text.push_str(&part(&heading(line, &difference.path)));
            text.push_str(&sides(difference));
        }
    }
    if !ran.outcome.calls.is_empty() {
        text.push_str(&part("calls, in the order in which they began:"));
        for call in &ran.outcome.calls {
            let _ = writeln!(text, "{INDENT}{}", visible(call));
        }
    }
    text
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

const INDENT: &str = "       ";

fn part(title: &str) -> String {
    let gutter = AnsiColor::BrightBlue.on_default().bold();
    format!("   {gutter}={gutter:#} {}\n", visible(title))
}

fn heading(line: Option<usize>, path: &str) -> String {
    let at = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    match line {
        Some(line) => format!("line {line}: difference{at}"),
        None => format!("difference{at}"),
    }
}

/// What both sides say, a line for each. Of texts that are nearly the same, what differs is underlined.
fn sides(difference: &Difference) -> String {
    let width = difference.sides.iter().map(|side| side.who.len()).max().unwrap_or(0);
    let values = differing(&difference.sides);
    let mut text = String::new();
    for (at, (side, value)) in difference.sides.iter().zip(values).enumerate() {
        let color = colour(at, difference.sides.len());
        let _ = writeln!(text, "{INDENT}{color}{:<width$}{color:#} {value}", side.who);
    }
    text
}

/// The first of two is how it should be. One alone is neither good nor bad.
fn colour(at: usize, count: usize) -> Style {
    match (at, count) {
        (_, 1) => Style::new(),
        (0, _) => AnsiColor::Green.on_default(),
        _ => AnsiColor::Red.on_default(),
    }
}

fn value(side: &Side) -> String {
    visible(side.value.as_deref().unwrap_or("nothing")).into_owned()
}

fn differing(sides: &[Side]) -> Vec<String> {
    let [one, other] = sides else {
        let paint = |(at, side): (usize, &Side)| {
            let color = colour(at, sides.len());
            format!("{color}{}{color:#}", value(side))
        };
        return sides.iter().enumerate().map(paint).collect();
    };
    let (one, other) = (value(one), value(other));
    let difference = TextDiff::from_words(one.as_str(), other.as_str());
    let near = difference.ratio() > 0.3;
    let painted = |kept: ChangeTag, color: Style| {
        let mut text = String::new();
        for change in
            difference.iter_all_changes().filter(|change| [ChangeTag::Equal, kept].contains(&change.tag()))
        {
            let style = if near && change.tag() != ChangeTag::Equal { color.underline() } else { color };
            let _ = write!(text, "{style}{}{style:#}", change.value());
        }
        text
    };
    vec![painted(ChangeTag::Delete, colour(0, 2)), painted(ChangeTag::Insert, colour(1, 2))]
}
