//! The figures as tables, on the terminal and in the book.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::figures::{Figures, Round, Spread, spread};
use crate::workload::Workload;

const BEGIN: &str = "<!-- figures of the bench: begin -->";
const END: &str = "<!-- figures of the bench: end -->";

/// Where there is nothing to say.
const NONE: &str = "–";

/// What all are compared with.
const MEASURE: &str = "b";

pub fn of(workload: &Workload, all: &[Figures]) -> String {
    let mut text = format!("**{}**, {}.\n\n", workload.name, workload.about);
    let columns = [
        "service",
        "CPU a request, µs",
        "of b",
        "instructions, k",
        "allocations",
        "requests/s",
        "busy",
        "failed",
        "p50, µs",
        "p99, µs",
        "idle, MB",
        "peak, MB",
        "start, ms",
        "size, MB",
    ];
    let _ = writeln!(text, "| {} |", columns.join(" | ")); // a text takes all that is written into it
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(columns.len() - 1));
    let measure = all.iter().find(|figures| figures.service == MEASURE);
    for figures in all {
        let rounds = || figures.rounds.iter();
        let ratio = measure.map(|measure| spread(ratios(&figures.rounds, &measure.rounds)));
        let processor = spread(rounds().map(|round| round.processor));
        let micros = |time: std::time::Duration| time.as_secs_f64() * 1e6;
        let row = [
            figures.service.to_owned(),
            ranged(&processor, 1),
            ratio.map_or(NONE.to_owned(), |ratio| ranged(&ratio, 2)),
            figures.counted.map_or(NONE.to_owned(), |counted| format!("{:.1}", counted.instructions / 1e3)),
            figures.counted.map_or(NONE.to_owned(), |counted| format!("{:.0}", counted.allocations)),
            format!("{:.0}", spread(rounds().map(|round| round.throughput)).median),
            percent(rounds().map(|round| round.busy)),
            percent(rounds().map(|round| round.failed)),
            format!("{:.0}", spread(rounds().map(|round| micros(round.p50))).median),
            format!("{:.0}", spread(rounds().map(|round| micros(round.p99))).median),
            megabytes(figures.idle),
            megabytes(figures.peak),
            format!("{:.1}", spread(figures.starts.iter().copied()).median),
            figures.size.map_or(NONE.to_owned(), megabytes),
        ];
        let _ = writeln!(text, "| {} |", row.join(" | ")); // as above
    }
    text
}

/// Round by round: what else the machine does then is the same for both.
fn ratios<'a>(rounds: &'a [Round], measure: &'a [Round]) -> impl Iterator<Item = f64> + 'a {
    rounds.iter().zip(measure).map(|(round, measure)| round.processor / measure.processor)
}

fn ranged(spread: &Spread, digits: usize) -> String {
    let Spread { median, least, most } = spread;
    format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
}

fn percent(values: impl Iterator<Item = f64>) -> String {
    format!("{:.0} %", spread(values).median * 100.0)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// Puts the text between the marks of a page.
pub fn write(page: &Path, text: &str) -> Result<(), String> {
    let named = |fault: std::io::Error| format!("{}: {fault}", page.display());
    let old = fs::read_to_string(page).map_err(named)?;
    let parts = old.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) =
        parts.ok_or_else(|| format!("{}: the marks `{BEGIN}` and `{END}` are not there", page.display()))?;
    fs::write(page, format!("{before}{BEGIN}\n\n{text}\n{END}{after}")).map_err(named)
}
