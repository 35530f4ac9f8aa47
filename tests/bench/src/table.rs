//! The figures as tables, on the terminal and in the book.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::contestant::Contestant;
use crate::figures::{Comparison, Figures, Spread, spread};

const BEGIN: &str = "<!-- figures of the bench: begin -->";
const END: &str = "<!-- figures of the bench: end -->";

/// Where there is nothing to say.
const NONE: &str = "–";

/// What all are compared with.
const MEASURE: Contestant = Contestant::B;

/// The services and what they are, with their processor time against the measure in each workload.
pub fn summary(comparisons: &[Comparison], contestants: &[Contestant]) -> String {
    let mut text = "CPU a request, of b (median of the rounds):\n\n".to_owned();
    let names = comparisons.iter().map(|comparison| comparison.workload.name);
    head(&mut text, &["service", "what it is"].into_iter().chain(names).collect::<Vec<_>>(), 2);
    for contestant in contestants {
        let ratios = comparisons.iter().map(|comparison| {
            let ratio = comparison.of(*contestant).and_then(|own| comparison.ratio(own, MEASURE));
            ratio.map_or(NONE.to_owned(), |ratio| format!("{:.2}", ratio.median))
        });
        let names = [contestant.name().to_owned(), contestant.about().to_owned()];
        row(&mut text, &names.into_iter().chain(ratios).collect::<Vec<_>>());
    }
    text
}

/// All figures of one workload.
pub fn of(comparison: &Comparison) -> String {
    let workload = comparison.workload;
    let mut text = format!("**{}**, {}.\n\n", workload.name, workload.about);
    head(&mut text, COLUMNS, 1);
    for figures in &comparison.figures {
        row(&mut text, &cells(figures, comparison));
    }
    text
}

const COLUMNS: &[&str] = &[
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

fn cells(figures: &Figures, comparison: &Comparison) -> Vec<String> {
    let rounds = || figures.rounds.iter();
    let median = |values: Vec<f64>| format!("{:.0}", spread(values.into_iter()).median);
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let counted = figures.counted;
    vec![
        figures.contestant.name().to_owned(),
        ranged(&spread(rounds().map(|round| round.processor)), 1),
        comparison.ratio(figures, MEASURE).map_or(NONE.to_owned(), |ratio| ranged(&ratio, 2)),
        counted.map_or(NONE.to_owned(), |counted| format!("{:.1}", counted.instructions / 1e3)),
        counted.map_or(NONE.to_owned(), |counted| format!("{:.0}", counted.allocations)),
        median(rounds().map(|round| round.throughput).collect()),
        median(rounds().map(|round| round.busy * 100.0).collect()) + " %",
        median(rounds().map(|round| round.failed * 100.0).collect()) + " %",
        median(rounds().map(|round| micros(round.p50)).collect()),
        median(rounds().map(|round| micros(round.p99)).collect()),
        megabytes(figures.idle),
        megabytes(figures.peak),
        format!("{:.1}", spread(figures.starts.iter().copied()).median),
        figures.size.map_or(NONE.to_owned(), megabytes),
    ]
}

/// The first columns hold words, the others figures.
fn head(text: &mut String, columns: &[&str], words: usize) {
    row(text, columns);
    let lines: Vec<&str> =
        (0..columns.len()).map(|column| if column < words { "---" } else { "---:" }).collect();
    row(text, &lines);
}

fn row<T: AsRef<str>>(text: &mut String, cells: &[T]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | ")); // a text takes all that is written into it
}

fn ranged(spread: &Spread, digits: usize) -> String {
    let Spread { median, least, most } = spread;
    format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
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
