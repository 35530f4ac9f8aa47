//! A length of time, exact to the nanosecond: a signed number of nanoseconds. It is bounded by ten thousand years,
//! which is more than lies between any two moments, so that its seconds fit a `decimal` and its milliseconds an `int`.

use std::fmt::{self, Write};

use crate::fault::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(i128);

pub(crate) const SECOND: i128 = 1_000_000_000;
pub(crate) const MINUTE: i128 = 60 * SECOND;
pub(crate) const HOUR: i128 = 60 * MINUTE;
pub(crate) const DAY: i128 = 24 * HOUR;
const LONGEST: i128 = 3_652_500 * DAY;

impl Duration {
    pub const ZERO: Duration = Duration(0);

    /// None beyond ten thousand years.
    pub const fn from_nanos(nanos: i128) -> Option<Duration> {
        if nanos >= -LONGEST && nanos <= LONGEST { Some(Duration(nanos)) } else { None }
    }

    pub const fn as_nanos(self) -> i128 {
        self.0
    }

    /// For literals and settings; cut off at ten thousand years.
    pub const fn millis(count: i64) -> Duration {
        let nanos = count as i128 * 1_000_000;
        if nanos > LONGEST {
            Duration(LONGEST)
        } else if nanos < -LONGEST {
            Duration(-LONGEST)
        } else {
            Duration(nanos)
        }
    }

    /// For timers: there, less than nothing is nothing.
    pub fn to_std(self) -> std::time::Duration {
        let nanos = self.0.max(0);
        let seconds = u64::try_from(nanos / SECOND).unwrap_or(u64::MAX);
        std::time::Duration::new(seconds, u32::try_from(nanos % SECOND).unwrap_or_default())
    }

    /// ISO 8601 in weeks, days, hours, minutes and seconds. Years and months are refused: they have no fixed length.
    pub fn parse(text: &str) -> Result<Duration, Fault> {
        nanos(text).and_then(Duration::from_nanos).ok_or_else(|| Fault::new("not a duration"))
    }
}

/// The units in the order in which they stand, those behind `T` last.
const UNITS: [(char, i128, bool); 5] =
    [('W', 7 * DAY, false), ('D', DAY, false), ('H', HOUR, true), ('M', MINUTE, true), ('S', SECOND, true)];

fn nanos(text: &str) -> Option<i128> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (days, clock) = match rest.strip_prefix(['P', 'p'])?.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some((days, clock)) => (days, clock),
        None => (rest.get(1..)?, ""),
    };
    if days.is_empty() && clock.is_empty() {
        return None;
    }
    let mut units = UNITS.into_iter().peekable();
    let mut total = 0_i128;
    for (part, of_clock) in [(days, false), (clock, true)] {
        let mut rest = part;
        while let Some(end) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
            let (number, letter) = (rest.get(..end)?, rest.get(end..)?.chars().next()?.to_ascii_uppercase());
            rest = rest.get(end + 1..)?;
            let (_, unit, _) = units.find(|(name, _, behind)| *name == letter && *behind == of_clock)?;
            let is_last = rest.is_empty() && (of_clock || clock.is_empty());
            total = total.checked_add(amount(number, unit, is_last)?)?;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    Some(if negative { -total } else { total })
}

/// A number of a unit. Only the last one in the text may have a fraction; what is below a nanosecond falls away.
fn amount(number: &str, unit: i128, is_last: bool) -> Option<i128> {
    let (whole, fraction) = match number.split_once(['.', ',']) {
        Some((whole, fraction)) if is_last && !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let mut total = whole.parse::<i64>().ok().map(i128::from)?.checked_mul(unit)?;
    let fraction = fraction.get(..fraction.len().min(15))?;
    if !fraction.is_empty() {
        let power = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        total = total.checked_add(fraction.parse::<i128>().ok()?.checked_mul(unit)? / power)?;
    }
    Some(total)
}

/// ISO 8601 in hours, minutes and seconds, as other systems write it: `PT48H` is never taken for two days of a
/// calendar.
impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return out.write_str("PT0S");
        }
        let nanos = self.0.abs();
        out.write_str(if self.0 < 0 { "-PT" } else { "PT" })?;
        let (hours, minutes, rest) = (nanos / HOUR, nanos % HOUR / MINUTE, nanos % MINUTE);
        if hours > 0 {
            write!(out, "{hours}H")?;
        }
        if minutes > 0 {
            write!(out, "{minutes}M")?;
        }
        if rest > 0 {
            write!(out, "{}", rest / SECOND)?;
            write_fraction(out, rest % SECOND)?;
            out.write_char('S')?;
        }
        Ok(())
    }
}

/// The point and the digits behind it, without zeros at the end; nothing for nothing.
fn write_fraction(out: &mut impl Write, nanos: i128) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(out, ".{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_durations() {
        let both = ["PT1H30M", "PT48H", "-PT1.5S", "PT0.000000001S", "PT0S"];
        for text in both {
            assert_eq!(Duration::parse(text).map(|duration| duration.to_string()).as_deref(), Ok(text));
        }
        let minutes = |count: i64| Ok(Duration::millis(count * 60_000));
        assert_eq!(Duration::parse("P1DT1H"), minutes(25 * 60));
        assert_eq!(Duration::parse("P1W"), minutes(7 * 24 * 60));
        assert_eq!(Duration::parse("+PT0.5H"), minutes(30));
        assert_eq!(Duration::parse("pt1,5m").map(Duration::as_nanos), Ok(90 * SECOND));
        assert_eq!(Duration::parse("P0.5D"), minutes(12 * 60));
        let bad = [
            "",
            "P",
            "PT",
            "P1DT",
            "P1Y",
            "P1M",
            "1H",
            "PT1H1H",
            "PT1M1H",
            "PT1.5H1M",
            "PT1S1",
            "PTS",
            "P1H",
            "PT1D",
            "PT1.S",
            "PT99999999999999999999S",
            "P9999999999D",
            "PT-1S",
            "P1.5DT1H",
            "PTé",
        ];
        for text in bad {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_literal_never_leaves_the_range() {
        assert!(Duration::from_nanos(Duration::millis(i64::MAX).as_nanos()).is_some());
        assert!(Duration::from_nanos(Duration::millis(i64::MIN).as_nanos()).is_some());
        assert_eq!(Duration::millis(-5).to_std(), std::time::Duration::ZERO);
        assert_eq!(Duration::millis(1500).to_std(), std::time::Duration::from_millis(1500));
    }
}
