//! A moment, with the offset from UTC that it was written with. Two are equal if the moments are.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::calendar::{self, SECONDS_OF_DAY};
use super::digits::Digits;
use super::duration::SECOND;
use super::{Date, Duration, Time};
use crate::fault::Fault;

#[derive(Debug, Clone, Copy)]
pub struct DateTime {
    /// After the start of 1970 in UTC.
    seconds: i64,
    nanos: u32,
    /// East of UTC, in whole minutes; so many that the day in it is of the years 1 to 9999.
    offset: i32,
}

/// What an offset may be at most, in minutes: that is what RFC 3339 can write.
const FURTHEST: i64 = 23 * 60 + 59;

impl DateTime {
    pub const EPOCH: DateTime = DateTime { seconds: 0, nanos: 0, offset: 0 };

    /// The moment of a day and a time of day in an offset, in seconds east of UTC. Seconds of an offset that are no
    /// whole minutes cannot be written in RFC 3339: the offset is rounded.
    pub fn new(date: Date, time: Time, offset: i64) -> Option<DateTime> {
        let offset = whole_minutes(offset)?;
        let local = date.epoch_days() * SECONDS_OF_DAY + time.second_of_day();
        DateTime::from_unix(local.checked_sub(offset)?, time.nanos(), offset)
    }

    /// The moment that is so many seconds and nanoseconds after the start of 1970. None outside of the years 1 to 9999.
    pub fn from_unix(seconds: i64, nanos: i64, offset: i64) -> Option<DateTime> {
        let offset = whole_minutes(offset)?;
        let local_days = seconds.checked_add(offset)?.div_euclid(SECONDS_OF_DAY);
        Date::from_epoch_days(local_days)?;
        if !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        Some(DateTime { seconds, nanos: nanos.try_into().ok()?, offset: offset.try_into().ok()? })
    }

    /// RFC 3339: `2024-01-31T16:30:00Z`, `2024-01-31T16:30:00.5+01:00`. Seconds may be left out.
    pub fn parse(text: &str) -> Result<DateTime, Fault> {
        parse(text).ok_or_else(|| Fault::new("not a moment with an offset"))
    }

    /// A text that the compiler has checked; of a wrong one, the start of 1970.
    pub fn literal(text: &str) -> DateTime {
        parse(text).unwrap_or(DateTime::EPOCH)
    }

    /// The day, as it is in the offset.
    pub fn date(self) -> Date {
        Date::from_epoch_days(self.local().div_euclid(SECONDS_OF_DAY)).unwrap_or(Date::EPOCH)
    }

    /// The time of day, as it is in the offset.
    pub fn time(self) -> Time {
        let nanos = i128::from(self.local().rem_euclid(SECONDS_OF_DAY)) * SECOND + i128::from(self.nanos);
        Time::after_midnight(nanos).unwrap_or(Time::MIDNIGHT)
    }

    /// Seconds after the start of 1970 in UTC, and the nanoseconds after that.
    pub fn unix(self) -> (i64, i64) {
        (self.seconds, i64::from(self.nanos))
    }

    /// Seconds east of UTC.
    pub fn offset(self) -> i64 {
        i64::from(self.offset)
    }

    /// The moment that is so much later, in the same offset. None outside of the years 1 to 9999.
    pub(crate) fn later(self, amount: Duration) -> Option<DateTime> {
        let nanos = self.unix_nanos().checked_add(amount.as_nanos())?;
        let seconds = i64::try_from(nanos.div_euclid(SECOND)).ok()?;
        DateTime::from_unix(seconds, i64::try_from(nanos.rem_euclid(SECOND)).ok()?, self.offset())
    }

    pub(crate) fn unix_nanos(self) -> i128 {
        i128::from(self.seconds) * SECOND + i128::from(self.nanos)
    }

    fn local(self) -> i64 {
        self.seconds + self.offset()
    }
}

fn whole_minutes(offset: i64) -> Option<i64> {
    let minutes = offset.checked_add(30)?.div_euclid(60);
    (-FURTHEST..=FURTHEST).contains(&minutes).then_some(minutes * 60)
}

fn parse(text: &str) -> Option<DateTime> {
    let (date, rest) = Date::leading(text)?;
    let (time, rest) = Time::leading(rest.strip_prefix(['T', 't', ' '])?)?;
    DateTime::new(date, time, offset(rest)?)
}

/// `Z` or `+01:00`, in seconds.
pub(super) fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = calendar::digits(text.strip_prefix(['+', '-'])?, 2)?;
    let (minutes, rest) = calendar::digits(rest.strip_prefix(':')?, 2)?;
    let fits = rest.is_empty() && hours < 24 && minutes < 60;
    fits.then_some(sign * (hours * 60 + minutes) * 60)
}

impl PartialEq for DateTime {
    fn eq(&self, other: &DateTime) -> bool {
        self.unix() == other.unix()
    }
}

impl Eq for DateTime {}

impl DateTime {
    pub(crate) fn spelt(self) -> Digits {
        let mut text = Digits::new();
        self.date().write(&mut text);
        self.time().write(text.sign(b'T'));
        match self.offset() {
            0 => {
                text.sign(b'Z');
            }
            offset => write_offset(&mut text, offset, ":").expect("it takes all that is written"),
        }
        text
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &DateTime) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &DateTime) -> Ordering {
        self.unix().cmp(&other.unix())
    }
}

impl Hash for DateTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.unix().hash(state);
    }
}

/// RFC 3339, with `Z` for UTC.
impl fmt::Display for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.spelt().as_str())
    }
}

/// The sign, hours and minutes of an offset.
pub(super) fn write_offset(out: &mut impl fmt::Write, offset: i64, between: &str) -> fmt::Result {
    let minutes = offset.abs() / 60;
    let sign = if offset < 0 { '-' } else { '+' };
    write!(out, "{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_moments() {
        let told = |text: &str| DateTime::parse(text).map(|moment| moment.to_string());
        let both = [
            "2024-01-31T16:30:00Z",
            "2024-01-31T16:30:00.25+01:00",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999-23:59",
        ];
        for text in both {
            assert_eq!(told(text).as_deref(), Ok(text));
        }
        assert_eq!(told("2024-01-31t16:30z").as_deref(), Ok("2024-01-31T16:30:00Z"));
        assert_eq!(told("2024-01-31 16:30:00-00:00").as_deref(), Ok("2024-01-31T16:30:00Z"));
        let bad = [
            "",
            "2024-01-31",
            "2024-01-31T16:30:00",
            "2024-01-31T16:30:00+24:00",
            "2024-01-31T16:30:00+0100",
            "2024-01-31T16:30:00Zx",
        ];
        for text in bad {
            assert!(DateTime::parse(text).is_err(), "{text}");
        }
        assert_eq!(DateTime::literal("x"), DateTime::EPOCH);
    }

    #[test]
    fn equal_moments_in_different_offsets() {
        let (one, other) =
            (DateTime::literal("2024-01-31T16:30:00Z"), DateTime::literal("2024-01-31T17:30:00+01:00"));
        assert_eq!(one, other);
        assert!(DateTime::literal("2024-01-31T16:29:59.9Z") < other);
        assert_eq!(other.date().to_string() + " " + &other.time().to_string(), "2024-01-31 17:30:00");
    }

    #[test]
    fn moments_beyond_the_calendar() {
        let last = DateTime::literal("9999-12-31T23:59:59Z");
        assert_eq!(last.later(Duration::millis(1000)), None);
        assert_eq!(DateTime::from_unix(i64::MAX, 0, 0), None);
        assert_eq!(DateTime::from_unix(i64::MIN, 0, -1), None);
        assert_eq!(DateTime::from_unix(0, 0, i64::MAX), None);
        let rounded = DateTime::from_unix(0, 0, -2205).map(|moment| moment.to_string());
        assert_eq!(rounded.as_deref(), Some("1969-12-31T23:23:00-00:37"));
    }
}
