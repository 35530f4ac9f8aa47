//! Reading by a pattern: first the fields that stand in the text, then what they are together.

use super::{MONTHS, OffsetForm, Pattern, Piece, SHORT, WEEKDAYS, Width};
use crate::fault::Fault;
use crate::value::{Date, Time, calendar, time};

/// The fields that a text has.
#[derive(Debug, Default)]
pub(crate) struct Read {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    weekday: Option<i64>,
    hour: Option<i64>,
    hour_of_12: Option<i64>,
    afternoon: Option<bool>,
    minute: Option<i64>,
    second: Option<i64>,
    nanos: Option<i64>,
    pub offset: Option<i64>,
}

impl Read {
    /// The date; none if a part is missing, or there is no such day, or it is on another day of the week.
    pub fn date(&self) -> Option<Date> {
        let date = Date::new(self.year?, self.month?, self.day?)?;
        self.weekday.is_none_or(|weekday| weekday == date.weekday() as i64).then_some(date)
    }

    /// The time of day; none without an hour. What else is missing is zero.
    pub fn time(&self) -> Option<Time> {
        let hour = match (self.hour, self.hour_of_12, self.afternoon) {
            (Some(hour), ..) => hour,
            (None, Some(hour), Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
            _ => return None,
        };
        let part = Option::unwrap_or_default;
        Time::new(hour, part(self.minute), part(self.second), part(self.nanos))
    }

    /// The time of day; midnight if the pattern has no hour at all.
    pub fn time_or_midnight(&self) -> Option<Time> {
        let is_told = self.hour.is_some() || self.hour_of_12.is_some();
        if is_told { self.time() } else { Some(Time::MIDNIGHT) }
    }
}

impl Pattern {
    pub(crate) fn read(&self, text: &str) -> Result<Read, Fault> {
        let mut read = Read::default();
        let mut rest = text;
        for piece in self.pieces() {
            rest = field(&mut read, piece, rest).ok_or_else(|| self.fault())?;
        }
        if rest.is_empty() { Ok(read) } else { Err(self.fault()) }
    }

    /// The pattern stands in the program, so it may be told.
    pub(crate) fn fault(&self) -> Fault {
        Fault::new(format!("not a text of the form `{}`", self.source))
    }
}

/// Puts down what the text begins with, and gives what follows.
fn field<'a>(read: &mut Read, piece: &Piece, text: &'a str) -> Option<&'a str> {
    let (slot, (value, rest)) = match piece {
        Piece::Text(expected) => return text.strip_prefix(expected.as_str()),
        Piece::HalfOfDay => {
            let (index, rest) = named(text, &["AM", "PM"], true)?;
            read.afternoon = Some(index == 1);
            return Some(rest);
        }
        Piece::ShortYear => {
            let (year, rest) = calendar::digits(text, 2)?;
            (&mut read.year, (2000 + year, rest))
        }
        Piece::MonthName { full } => {
            let (index, rest) = named(text, &MONTHS, *full)?;
            (&mut read.month, (index + 1, rest))
        }
        Piece::Fraction(count) => {
            let (digits, rest) = text.split_at_checked(*count)?;
            calendar::digits(digits, *count)?;
            (&mut read.nanos, (time::nanos(digits)?, rest))
        }
        Piece::HourOf12(width) => {
            let found = number(text, *width)?;
            (1..=12).contains(&found.0).then_some(())?;
            (&mut read.hour_of_12, found)
        }
        Piece::Year => (&mut read.year, calendar::digits(text, 4)?),
        Piece::Month(width) => (&mut read.month, number(text, *width)?),
        Piece::Day(width) => (&mut read.day, number(text, *width)?),
        Piece::WeekdayName { full } => (&mut read.weekday, named(text, &WEEKDAYS, *full)?),
        Piece::Hour(width) => (&mut read.hour, number(text, *width)?),
        Piece::Minute(width) => (&mut read.minute, number(text, *width)?),
        Piece::Second(width) => (&mut read.second, number(text, *width)?),
        Piece::Offset(form) => (&mut read.offset, offset(text, *form)?),
    };
    *slot = Some(value);
    Some(rest)
}

fn number(text: &str, width: Width) -> Option<(i64, &str)> {
    let two = calendar::digits(text, 2);
    match width {
        Width::Two => two,
        Width::OneOrTwo => two.or_else(|| calendar::digits(text, 1)),
    }
}

/// The name that the text begins with, in whatever case, as its index.
fn named<'a>(text: &'a str, names: &[&str], full: bool) -> Option<(i64, &'a str)> {
    names.iter().zip(0..).find_map(|(name, index)| {
        let name = if full { name } else { name.get(..SHORT)? };
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some((index, rest))
    })
}

fn offset(text: &str, form: OffsetForm) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z').filter(|_| form.letter) {
        return Some((0, rest));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = calendar::digits(text.strip_prefix(['+', '-'])?, 2)?;
    let rest = if form.colon { rest.strip_prefix(':')? } else { rest };
    let (minutes, rest) = calendar::digits(rest, 2)?;
    (hours < 24 && minutes < 60).then_some((sign * (hours * 60 + minutes) * 60, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(source: &'static str, text: &str) -> Option<String> {
        Pattern::new(source).read(text).ok()?.date().map(|date| date.to_string())
    }

    fn time(source: &'static str, text: &str) -> Option<String> {
        Pattern::new(source).read(text).ok()?.time().map(|time| time.to_string())
    }

    #[test]
    fn dates() {
        assert_eq!(date("MM/dd/yyyy", "01/31/2024").as_deref(), Some("2024-01-31"));
        assert_eq!(date("yyyyMMdd", "20240131").as_deref(), Some("2024-01-31"));
        assert_eq!(date("d.M.yy", "1.12.24").as_deref(), Some("2024-12-01"));
        assert_eq!(date("EEE, d MMM yyyy", "wed, 31 JAN 2024").as_deref(), Some("2024-01-31"));
        assert_eq!(date("EEEE d MMMM yyyy", "Wednesday 1 May 2024").as_deref(), Some("2024-05-01"));
        let bad = [
            ("MM/dd/yyyy", "1/31/2024"),
            ("MM/dd/yyyy", "01/31/2024 "),
            ("MM/dd/yyyy", "13/31/2024"),
            ("dd.MM.yyyy", "30.02.2024"),
            ("EEE d.M.yyyy", "Mon 31.1.2024"),
            ("MM/yyyy", "01/2024"),
            ("yyyy-MM-dd", "２024-01-01"),
            ("d", "é"),
        ];
        for (source, text) in bad {
            assert_eq!(date(source, text), None, "{source} {text}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time("h:mm a", "4:05 PM").as_deref(), Some("16:05:00"));
        assert_eq!(time("hh a", "12 am").as_deref(), Some("00:00:00"));
        assert_eq!(time("hh a", "12 PM").as_deref(), Some("12:00:00"));
        assert_eq!(time("HH:mm:ss.SSS", "16:05:01.250").as_deref(), Some("16:05:01.25"));
        for (source, text) in [
            ("h:mm a", "13:05 PM"),
            ("h:mm a", "0:05 AM"),
            ("HH:mm", "24:00"),
            ("h:mm", "4:05"),
            ("mm", "05"),
        ] {
            assert_eq!(time(source, text), None, "{source} {text}");
        }
    }

    #[test]
    fn offsets() {
        let offset = |source, text| Pattern::new(source).read(text).ok().and_then(|read| read.offset);
        assert_eq!(offset("XXX", "+01:30"), Some(5400));
        assert_eq!(offset("XX", "-0130"), Some(-5400));
        assert_eq!(offset("XXX", "Z"), Some(0));
        assert_eq!(offset("Z", "+0100"), Some(3600));
        assert_eq!(offset("Z", "Z"), None);
        assert_eq!(offset("XXX", "+24:00"), None);
    }
}
