//! How a date or a time is written: `dd.MM.yyyy HH:mm`. It is written out in the program, lives in a `static` of an
//! emitted service, and is taken apart when it is first used. What the letters mean stands in `types.flow`.

use std::sync::OnceLock;

mod read;
mod write;

#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    pieces: OnceLock<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Year,
    /// Of the years 2000 to 2099.
    ShortYear,
    Month(Width),
    /// `Jan` or `January`.
    MonthName {
        full: bool,
    },
    Day(Width),
    WeekdayName {
        full: bool,
    },
    Hour(Width),
    HourOf12(Width),
    HalfOfDay,
    Minute(Width),
    Second(Width),
    Fraction(usize),
    Offset(OffsetForm),
    Text(String),
}

/// How many digits a number has.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Width {
    OneOrTwo,
    Two,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct OffsetForm {
    /// `+01:00` and not `+0100`.
    colon: bool,
    /// `Z` where there is no offset.
    letter: bool,
}

impl Pattern {
    pub const fn new(source: &'static str) -> Pattern {
        Pattern { source, pieces: OnceLock::new() }
    }

    pub const fn source(&self) -> &'static str {
        self.source
    }

    fn pieces(&self) -> &[Piece] {
        self.pieces.get_or_init(|| pieces(self.source))
    }
}

fn pieces(source: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(letter) = rest.chars().next() {
        if let Some(inside) = rest.strip_prefix('\'') {
            let (text, behind) = quoted(inside);
            pieces.push(Piece::Text(text));
            rest = behind;
            continue;
        }
        let behind = rest.trim_start_matches(letter);
        let run = rest.strip_suffix(behind).unwrap_or(rest);
        pieces.push(piece(letter, run));
        rest = behind;
    }
    pieces
}

/// The text up to the next quote, and what follows. Two quotes are one that stands for itself, inside of a text as well
/// as alone.
fn quoted(inside: &str) -> (String, &str) {
    if let Some(behind) = inside.strip_prefix('\'') {
        return ("'".to_string(), behind);
    }
    let mut text = String::new();
    let mut rest = inside;
    loop {
        let (part, behind) = rest.split_once('\'').unwrap_or((rest, ""));
        text.push_str(part);
        let Some(more) = behind.strip_prefix('\'') else { return (text, behind) };
        text.push('\'');
        rest = more;
    }
}

/// What a run of the same letter means. Runs that have no meaning, which the compiler does not let through, stand for
/// themselves.
fn piece(letter: char, run: &str) -> Piece {
    let width = |one: usize| if one == 1 { Width::OneOrTwo } else { Width::Two };
    match (letter, run.len()) {
        ('y', 4) => Piece::Year,
        ('y', 2) => Piece::ShortYear,
        ('M', count @ (1 | 2)) => Piece::Month(width(count)),
        ('M', count @ (3 | 4)) => Piece::MonthName { full: count == 4 },
        ('d', count @ (1 | 2)) => Piece::Day(width(count)),
        ('E', count @ (3 | 4)) => Piece::WeekdayName { full: count == 4 },
        ('H', count @ (1 | 2)) => Piece::Hour(width(count)),
        ('h', count @ (1 | 2)) => Piece::HourOf12(width(count)),
        ('a', 1) => Piece::HalfOfDay,
        ('m', count @ (1 | 2)) => Piece::Minute(width(count)),
        ('s', count @ (1 | 2)) => Piece::Second(width(count)),
        ('S', count @ 1..=9) => Piece::Fraction(count),
        ('X', 3) => Piece::Offset(OffsetForm { colon: true, letter: true }),
        ('X', 2) => Piece::Offset(OffsetForm { colon: false, letter: true }),
        ('x', 3) => Piece::Offset(OffsetForm { colon: true, letter: false }),
        ('x', 2) | ('Z', 1) => Piece::Offset(OffsetForm { colon: false, letter: false }),
        _ => Piece::Text(run.to_string()),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// How many letters a short name has.
const SHORT: usize = 3;

fn name<'a>(names: &[&'a str], index: i64, full: bool) -> &'a str {
    let name = usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default();
    if full { name } else { name.get(..SHORT).unwrap_or(name) }
}
