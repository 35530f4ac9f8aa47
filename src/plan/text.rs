//! The plan for a terminal.

use std::fmt::Write;

use super::rows::{Row, RowKind, rows};
use super::{Call, Failure, Plan, Total};
use crate::check::budget::milliseconds;
use crate::diagnostic::render::visible;

pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    let place = format!("{}:{}", plan.place.file, plan.place.line);
    let _ = writeln!(out, "{}  {}  {}", visible(&plan.operation), visible(&plan.request), visible(&place));
    let _ = writeln!(out);
    totals(&mut out, plan);
    let _ = writeln!(out);
    steps(&mut out, &rows(plan));
    if !plan.failures.is_empty() {
        let _ = writeln!(out, "\nwhen a step fails, what is done is undone, the last first");
        failures(&mut out, &plan.failures);
    }
    out
}

fn totals(out: &mut String, plan: &Plan) {
    let _ = writeln!(out, "deadline    {}", milliseconds(plan.deadline));
    if plan.first == plan.worst {
        let _ = writeln!(out, "worst case  {}", sum(&plan.worst));
    } else {
        let _ = writeln!(out, "first tries {}", sum(&plan.first));
        let _ = writeln!(out, "worst case  {}", sum(&plan.worst));
    }
}

/// `1300ms = Erp.getCustomer 500ms + Stock.check 800ms`
fn sum(total: &Total) -> String {
    match total.terms.is_empty() {
        true => "nothing is called".to_owned(),
        false => format!("{} = {}", milliseconds(total.time), visible(&total.terms.join(" + "))),
    }
}

/// The moment at which each step begins at the latest, the step, and what is to be said of its call.
fn steps(out: &mut String, rows: &[Row<'_>]) {
    let labels: Vec<String> = rows.iter().map(label).collect();
    let is_call = |row: &Row<'_>| matches!(row.kind, RowKind::Call(_));
    let widths =
        labels.iter().zip(rows).filter(|(_, row)| is_call(row)).map(|(label, _)| label.chars().count());
    let widest = widths.max().unwrap_or(0);
    for (row, label) in rows.iter().zip(&labels) {
        let start = milliseconds(row.start);
        let line = match &row.kind {
            RowKind::Call(call) => format!("{start:>8}  {label:widest$}  {}", about(call)),
            RowKind::Title(_) | RowKind::Gate(_) | RowKind::End(_) => format!("{start:>8}  {label}"),
        };
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn label(row: &Row<'_>) -> String {
    let text = match &row.kind {
        RowKind::Call(call) => call.label(),
        RowKind::Title(text) | RowKind::Gate(text) | RowKind::End(text) => text.clone(),
    };
    format!("{}{}", "  ".repeat(row.depth), visible(&text))
}

/// `read   13 rounds × 500ms; at most 50, 4 at once; after customer; else NotFound => fail NotFound`
fn about(call: &Call) -> String {
    let mut parts = vec![format!("{:5}  {}", call.word(), call.terms)];
    parts.extend(call.each.as_ref().map(super::Each::bounds));
    if !call.after.is_empty() {
        parts.push(format!("after {}", call.after.join(", ")));
    }
    parts.extend(call.undo.as_ref().map(|undo| format!("undo {undo}")));
    parts.extend(call.is_final.then(|| "final".to_owned()));
    if !call.handled.is_empty() {
        parts.push(format!("else {}", call.handled.join(", ")));
    }
    visible(&parts.join("; ")).into_owned()
}

fn failures(out: &mut String, failures: &[Failure]) {
    let widest = failures.iter().map(|failure| visible(&failure.step).chars().count()).max().unwrap_or(0);
    for failure in failures {
        let line =
            format!("  {:widest$}  {}", visible(&failure.step), visible(&failure.outcome().join(", ")));
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
