//! A day of the calendar, without a zone, from year 1 to 9999.

use std::fmt;

use super::digits::Digits;
use super::{Weekday, calendar};
use crate::fault::Fault;

/// The fields stand in the order that makes the derived order that of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day on which Unix begins to count.
    pub const EPOCH: Date = Date { year: 1970, month: 1, day: 1 };

    /// None if there is no such day.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Date> {
        let fits = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=calendar::days_of_month(year, month)).contains(&day);
        if !fits {
            return None;
        }
        Some(Date { year: year.try_into().ok()?, month: month.try_into().ok()?, day: day.try_into().ok()? })
    }

    /// The day of a month, or the last one of a month that is too short.
    pub(crate) fn clamped(year: i64, month: i64, day: i64) -> Option<Date> {
        Date::new(year, month, day.min(calendar::days_of_month(year, month)))
    }

    /// ISO 8601: `2024-01-31`.
    pub fn parse(text: &str) -> Result<Date, Fault> {
        match Date::leading(text) {
            Some((date, "")) => Ok(date),
            _ => Err(Fault::new("not a date")),
        }
    }

    /// A text that the compiler has checked; of a wrong one, 1970-01-01.
    pub fn literal(text: &str) -> Date {
        Date::parse(text).unwrap_or(Date::EPOCH)
    }

    /// The date at the start of a text, and what follows.
    pub(super) fn leading(text: &str) -> Option<(Date, &str)> {
        let (year, rest) = calendar::digits(text, 4)?;
        let (month, rest) = calendar::digits(rest.strip_prefix('-')?, 2)?;
        let (day, rest) = calendar::digits(rest.strip_prefix('-')?, 2)?;
        Some((Date::new(year, month, day)?, rest))
    }

    pub(crate) fn spelt(self) -> Digits {
        let mut text = Digits::new();
        self.write(&mut text);
        text
    }

    pub(super) fn write(self, to: &mut Digits) {
        to.last(4, self.year.unsigned_abs().into()).sign(b'-').last(2, self.month.into());
        to.sign(b'-').last(2, self.day.into());
    }

    pub fn year(self) -> i64 {
        i64::from(self.year)
    }

    pub fn month(self) -> i64 {
        i64::from(self.month)
    }

    pub fn day(self) -> i64 {
        i64::from(self.day)
    }

    pub fn weekday(self) -> Weekday {
        let from_monday = usize::try_from((self.epoch_days() + 3).rem_euclid(7)).unwrap_or_default();
        Weekday::ALL.get(from_monday).copied().unwrap_or(Weekday::Monday)
    }

    /// How many days it is after 1970-01-01.
    pub fn epoch_days(self) -> i64 {
        calendar::days(self.year(), self.month(), self.day())
    }

    /// None outside of the years 1 to 9999.
    pub fn from_epoch_days(days: i64) -> Option<Date> {
        if !(-1_000_000..4_000_000).contains(&days) {
            return None;
        }
        let (year, month, day) = calendar::civil(days);
        Date::new(year, month, day)
    }

    pub(crate) fn last_day_of_month(self) -> i64 {
        calendar::days_of_month(self.year(), self.month())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.spelt().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_dates() {
        for text in ["2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).map(|date| date.to_string()).as_deref(), Ok(text));
        }
        for bad in [
            "",
            "2023-02-29",
            "0000-01-01",
            "2024-1-1",
            "2024-01-01T",
            "24-01-01",
            "2024-00-10",
            "２024-01-01",
        ] {
            assert!(Date::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Date::literal("x"), Date::EPOCH);
    }

    #[test]
    fn days_of_the_week() {
        assert_eq!(Date::literal("1970-01-01").weekday(), Weekday::Thursday);
        assert_eq!(Date::literal("2024-01-31").weekday(), Weekday::Wednesday);
        assert_eq!(Date::literal("0001-01-01").weekday(), Weekday::Monday);
    }

    #[test]
    fn days_beyond_the_calendar() {
        for days in [i64::MIN, i64::MAX, -719_163, 2_932_897] {
            assert_eq!(Date::from_epoch_days(days), None);
        }
        assert_eq!(Date::from_epoch_days(2_932_896), Some(Date::literal("9999-12-31")));
    }
}
