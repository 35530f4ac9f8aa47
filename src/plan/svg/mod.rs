//! The plan as a picture: a row for each step, and beside it a bar from when it begins to when it is done, if all goes as
//! badly as it can. Small and plain, so that it can stand in documents: no script, no font of its own, legible on a light
//! and on a dark page.

mod draw;
mod layout;

use draw::Canvas;
use layout::{Layout, layout};

use super::rows::{Row, RowKind, rows};
use super::{Call, Effect, Failure, Plan};
use crate::check::budget::milliseconds;

/// Where things stand, in pixels.
const WIDTH: u64 = 1000;
const MARGIN: u64 = 24;
const CHART: u64 = 452;
const CHART_WIDTH: u64 = 340;
const UNDO: u64 = 816;
const ROW: u64 = 26;
const INDENT: u64 = 18;

pub fn svg(plan: &Plan) -> String {
    let rows = rows(plan);
    let layout = layout(plan);
    let body = HEAD + ROW * rows.len() as u64 + 14;
    let failures: Vec<(&Failure, Vec<String>)> =
        plan.failures.iter().map(|failure| (failure, lines(&failure.outcome()))).collect();
    let below: u64 = failures.iter().map(|(_, lines)| height_of(lines)).sum();
    let height = body + below + if failures.is_empty() { 52 } else { 52 + 34 };
    let mut canvas = Canvas::new(WIDTH, height, &plan.operation);
    head(&mut canvas, plan);
    if rows.iter().any(|row| matches!(row.kind, RowKind::Call(call) if call.undo.is_some() || call.is_final))
    {
        canvas.text("head", UNDO, HEAD - 20, "undo");
    }
    scale(&mut canvas, &layout, plan.deadline, body);
    for (row, top) in rows.iter().zip((HEAD..).step_by(ROW as usize)) {
        self::row(&mut canvas, &layout, row, top);
    }
    if !failures.is_empty() {
        self::failures(&mut canvas, &failures, body);
    }
    legend(&mut canvas, height - 30);
    canvas.finish()
}

/// The height of the title and the scale.
const HEAD: u64 = 116;

fn head(canvas: &mut Canvas, plan: &Plan) {
    canvas.text("title", MARGIN, 38, &plan.operation);
    let worst = match plan.worst.terms.is_empty() {
        true => "nothing is called".to_owned(),
        false => format!("worst case {}", milliseconds(plan.worst.time)),
    };
    let about = format!("{}  ·  {worst}  ·  deadline {}", plan.request, milliseconds(plan.deadline));
    canvas.short("quiet", (MARGIN, 60), WIDTH - 2 * MARGIN, &about);
    canvas.text("head", MARGIN, HEAD - 20, "step");
}

/// The lines of the time, and the deadline: where it is, if it is near, or else in which direction.
fn scale(canvas: &mut Canvas, layout: &Layout, deadline: u64, bottom: u64) {
    for tick in layout.ticks() {
        let x = layout.x(tick);
        canvas.line("grid", (x, HEAD - 12), (x, bottom - 10));
        canvas.middle("tick", x, HEAD - 20, &milliseconds(tick));
    }
    match layout.deadline {
        Some(deadline) => {
            let x = layout.x(deadline);
            canvas.line("deadline", (x, HEAD - 12), (x, bottom - 10));
            canvas.middle("late", x, HEAD - 38, "deadline");
        }
        None => {
            let beyond = format!("deadline {} →", milliseconds(deadline));
            canvas.short_before("late", (CHART + CHART_WIDTH, HEAD - 38), CHART_WIDTH, &beyond);
        }
    }
}

fn row(canvas: &mut Canvas, layout: &Layout, row: &Row<'_>, top: u64) {
    let left = MARGIN + INDENT * (row.depth as u64).min(8);
    let (base, room) = (top + 17, CHART.saturating_sub(left + 12));
    match &row.kind {
        RowKind::Call(call) => {
            canvas.short("code", (left, base), room, &call.label());
            bar(canvas, layout, row, call, top);
            match (&call.undo, call.is_final) {
                (Some(undo), _) => canvas.short("code", (UNDO, base), WIDTH - UNDO - MARGIN, undo),
                (None, true) => canvas.text("quiet", UNDO, base, "stays"),
                (None, false) => {}
            }
        }
        RowKind::Title(title) => canvas.short("group", (left, base), room, title),
        RowKind::Gate(text) => {
            canvas.short("code gate", (left, base), room, text);
            let x = layout.x(row.start);
            canvas.line("wait", (x, top + 2), (x, top + ROW - 2));
            canvas.diamond("gate", x, top + ROW / 2);
        }
        RowKind::End(text) => {
            canvas.short("code", (left, base), room, text);
            canvas.dot("end", layout.x(row.end), top + ROW / 2);
        }
    }
}

/// The first tries are solid, what further tries and waits may add is pale.
fn bar(canvas: &mut Canvas, layout: &Layout, row: &Row<'_>, call: &Call, top: u64) {
    let class = match call.effect {
        Effect::Read => "read",
        Effect::Idempotent | Effect::Write => "write",
    };
    let critical = if call.critical { " longest" } else { "" };
    let (start, end) = (layout.x(row.start), layout.x(row.end));
    let first = layout.x(row.start.saturating_add(call.first).min(row.end));
    if first < end {
        canvas.bar(&format!("{class} more"), (start, top + 6), (end - start, ROW - 12));
    }
    canvas.bar(&format!("{class}{critical}"), (start, top + 6), ((first - start).max(2), ROW - 12));
    terms(canvas, layout, call, (start, end), top + 17);
}

/// How the time adds up: beside the bar or in it, where there is room, as long as the room allows.
fn terms(canvas: &mut Canvas, layout: &Layout, call: &Call, (start, end): (u64, u64), base: u64) {
    // Nothing is written across the deadline.
    let border = layout.deadline.map_or(UNDO - 10, |deadline| layout.x(deadline));
    let (right, left) = (border.max(end).saturating_sub(end + 6), start.saturating_sub(CHART + 6));
    let inside = (end - start).saturating_sub(10);
    let full = call.each.as_ref().map(|each| format!("{} ({})", call.terms, each.bounds()));
    let critical = if call.critical { " longest" } else { "" };
    for text in full.iter().chain([&call.terms]) {
        let wanted = draw::width(text);
        match () {
            () if wanted <= right => return canvas.short("time", (end + 6, base), right, text),
            () if wanted <= left => return canvas.short_before("time", (start - 6, base), left, text),
            () if wanted <= inside => {
                let class = format!("inside {}{critical}", call.word());
                return canvas.short(&class, (start + 6, base), inside, text);
            }
            () => {}
        }
    }
    canvas.short("time", (end + 6, base), right, &call.terms);
}

fn failures(canvas: &mut Canvas, failures: &[(&Failure, Vec<String>)], top: u64) {
    canvas.line("rule", (MARGIN, top), (WIDTH - MARGIN, top));
    canvas.text("head", MARGIN, top + 22, "when this fails");
    canvas.text("head", CHART, top + 22, "this is undone, in this order");
    let mut top = top + 34;
    for (failure, lines) in failures {
        canvas.short("code", (MARGIN, top + 17), CHART - MARGIN - 12, &failure.step);
        for (line, at) in lines.iter().zip(0..) {
            canvas.short("code", (CHART, top + 17 + LINE * at), WIDTH - MARGIN - CHART, line);
        }
        top += height_of(lines);
    }
}

/// The height of a line within a row.
const LINE: u64 = 18;

fn height_of(lines: &[String]) -> u64 {
    ROW + LINE * (lines.len() as u64).saturating_sub(1)
}

/// As many as fit into each line.
fn lines(parts: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if draw::width(line) + draw::width(part) + 16 <= WIDTH - MARGIN - CHART => {
                line.push_str(", ");
                line.push_str(part);
            }
            Some(_) | None => lines.push(part.clone()),
        }
    }
    lines
}

fn legend(canvas: &mut Canvas, y: u64) {
    let mut x = MARGIN;
    for (class, text) in [
        ("read", "read"),
        ("write", "write"),
        ("read longest", "on the longest way"),
        ("read more", "further tries and waits"),
    ] {
        canvas.bar(class, (x, y), (16, 11));
        canvas.text("quiet small", x + 23, y + 10, text);
        x += 23 + 7 * text.chars().count() as u64 + 26;
    }
    canvas.diamond("gate", x + 6, y + 6);
    canvas.text("quiet small", x + 18, y + 10, "all above is waited for");
}
