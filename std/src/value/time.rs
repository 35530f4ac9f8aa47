//! A time of day, without a day and a zone, exact to the nanosecond.

use std::fmt;

use super::calendar;
use super::digits::Digits;
use super::duration::{HOUR, MINUTE, SECOND};
use crate::fault::Fault;

/// The fields stand in the order that makes the derived order that of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
}

impl Time {
    pub const MIDNIGHT: Time = Time { hour: 0, minute: 0, second: 0, nanos: 0 };

    /// None if there is no such time. A leap second (60) is taken as the one before it.
    pub fn new(hour: i64, minute: i64, second: i64, nanos: i64) -> Option<Time> {
        let fits = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
            && (0..1_000_000_000).contains(&nanos);
        if !fits {
            return None;
        }
        Some(Time {
            hour: hour.try_into().ok()?,
            minute: minute.try_into().ok()?,
            second: second.min(59).try_into().ok()?,
            nanos: nanos.try_into().ok()?,
        })
    }

    /// ISO 8601: `16:30:00`, with a fraction of the second or without; the seconds may be left out.
    pub fn parse(text: &str) -> Result<Time, Fault> {
        match Time::leading(text) {
            Some((time, "")) => Ok(time),
            _ => Err(Fault::new("not a time of day")),
        }
    }

    /// A text that the compiler has checked; of a wrong one, midnight.
    pub fn literal(text: &str) -> Time {
        Time::parse(text).unwrap_or(Time::MIDNIGHT)
    }

    /// The time at the start of a text, and what follows. Digits below a nanosecond fall away.
    pub(super) fn leading(text: &str) -> Option<(Time, &str)> {
        let (hour, rest) = calendar::digits(text, 2)?;
        let (minute, rest) = calendar::digits(rest.strip_prefix(':')?, 2)?;
        let Some(seconds) = rest.strip_prefix(':') else {
            return Some((Time::new(hour, minute, 0, 0)?, rest));
        };
        let (second, rest) = calendar::digits(seconds, 2)?;
        let Some(fraction) = rest.strip_prefix('.') else {
            return Some((Time::new(hour, minute, second, 0)?, rest));
        };
        let end = fraction.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(fraction.len());
        let (digits, rest) = fraction.split_at_checked(end)?;
        Some((Time::new(hour, minute, second, nanos(digits)?)?, rest))
    }

    pub(crate) fn spelt(self) -> Digits {
        let mut text = Digits::new();
        self.write(&mut text);
        text
    }

    pub(super) fn write(self, to: &mut Digits) {
        to.last(2, self.hour.into()).sign(b':').last(2, self.minute.into());
        to.sign(b':').last(2, self.second.into()).fraction(self.nanos.into());
    }

    pub fn hour(self) -> i64 {
        i64::from(self.hour)
    }

    pub fn minute(self) -> i64 {
        i64::from(self.minute)
    }

    pub fn second(self) -> i64 {
        i64::from(self.second)
    }

    pub fn nanos(self) -> i64 {
        i64::from(self.nanos)
    }

    pub(super) fn second_of_day(self) -> i64 {
        self.hour() * 3600 + self.minute() * 60 + self.second()
    }

    /// The time that is so many nanoseconds after midnight; none beyond one day.
    pub(crate) fn after_midnight(nanos: i128) -> Option<Time> {
        let part = |number: i128| i64::try_from(number).ok();
        Time::new(
            part(nanos / HOUR)?,
            part(nanos % HOUR / MINUTE)?,
            part(nanos % MINUTE / SECOND)?,
            part(nanos % SECOND)?,
        )
    }
}

/// The nanoseconds that the digits behind the point stand for; none without a digit.
pub(super) fn nanos(digits: &str) -> Option<i64> {
    let kept = digits.get(..digits.len().min(9))?;
    if kept.is_empty() {
        return None;
    }
    format!("{kept:0<9}").parse().ok()
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.spelt().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_times() {
        let told = |text: &str| Time::parse(text).map(|time| time.to_string());
        for text in ["16:30:00", "23:59:59.5", "00:00:00.000000001"] {
            assert_eq!(told(text).as_deref(), Ok(text));
        }
        assert_eq!(told("16:30").as_deref(), Ok("16:30:00"));
        assert_eq!(told("16:30:60").as_deref(), Ok("16:30:59"));
        assert_eq!(told("16:30:01.1234567899").as_deref(), Ok("16:30:01.123456789"));
        for bad in
            ["", "24:00:00", "1:00:00", "12:60", "12:00:61", "12:00:00.", "12:00:00Z", "12:00:00.5x", "é1:00"]
        {
            assert!(Time::parse(bad).is_err(), "{bad}");
        }
    }
}
