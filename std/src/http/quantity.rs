//! Durations, sizes, rates and parts as variables hold them: written as in a flow (`500ms`, `2MB`, `200/s`, `50%`), and
//! within the same bounds that the compiler keeps for those that are written out.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Rate;

const DAY: u64 = 86_400_000;
const LONGEST: Duration = Duration::from_millis(365 * DAY);
const LARGEST: u64 = 16_000_000_000;
const MOST: u32 = 1_000_000_000;

/// A duration: `500ms`, `3s`, `5m`, `24h`, `7d`, or as in ISO 8601.
///
/// # Errors
/// What it must be, when it is not.
pub fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 1), ("s", 1_000), ("min", 60_000), ("m", 60_000), ("h", 3_600_000), ("d", DAY)];
    let iso = || crate::Duration::parse(text).ok().map(crate::Duration::to_std);
    let value = with_unit(text, &units).map(Duration::from_millis).or_else(iso);
    let value = value.filter(|value| (Duration::from_millis(1)..=LONGEST).contains(value));
    value.ok_or_else(|| "must be a duration from `1ms` to `365d`".to_owned())
}

/// A number of bytes: `512B`, `64kB`, `2MB`, `1GB`.
///
/// # Errors
/// What it must be, when it is not.
pub fn size(text: &str) -> Result<usize, String> {
    let units = [("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1)];
    let value = with_unit(text, &units).filter(|value| (1..=LARGEST).contains(value));
    let value = value.and_then(|value| usize::try_from(value).ok());
    value.ok_or_else(|| "must be a size from `1B` to `16GB`".to_owned())
}

/// How many in which time: `200/s`, `100/min`, `5000/h`, `1/day`.
///
/// # Errors
/// What it must be, when it is not.
pub fn rate(text: &str) -> Result<Rate, String> {
    let read = || {
        let (count, unit) = text.split_once('/')?;
        let count = whole(count)?.try_into().ok().filter(|count| (1..=MOST).contains(count))?;
        let seconds = match unit {
            "s" | "sec" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            "d" | "day" => 86_400,
            _ => return None,
        };
        Some(Rate { count, per: Duration::from_secs(seconds) })
    };
    read().ok_or_else(|| "must be a rate such as `200/s`, `100/min`, `5000/h` or `1/day`".to_owned())
}

/// A part of a whole, from 0 to 1: `50%`, `99.9%`.
///
/// # Errors
/// What it must be, when it is not.
pub fn part(text: &str) -> Result<f64, String> {
    let read = || {
        let digits = text.strip_suffix('%')?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        // With its exponent it is read exactly: 99.9 / 100 would not be 0.999.
        let value = if is_plain { format!("{digits}e-2").parse::<f64>().ok() } else { None };
        value.filter(|value| (0.0..=1.0).contains(value))
    };
    read().ok_or_else(|| "must be a percentage from `0%` to `100%`".to_owned())
}

/// A whole number within bounds.
pub fn count(range: RangeInclusive<u32>) -> impl FnOnce(&str) -> Result<u32, String> {
    move |text| {
        let value = whole(text).and_then(|value| u32::try_from(value).ok());
        value
            .filter(|value| range.contains(value))
            .ok_or_else(|| format!("must be from {} to {}", range.start(), range.end()))
    }
}

/// Digits and a unit, as a number of the smallest unit.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    whole(digits)?.checked_mul(*factor)
}

/// Digits and nothing else.
fn whole(digits: &str) -> Option<u64> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_in_a_flow() {
        for (text, millis) in [
            ("500ms", 500),
            ("3s", 3_000),
            ("5m", 300_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
            ("365d", 365 * DAY),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(duration("PT1.5S"), Ok(Duration::from_millis(1_500)));
        for text in
            ["", "5", "s", "0ms", "-1s", "+1s", "1 s", "366d", "99999999999999999999ms", "1.5s", "PT0S"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_rates_parts_and_counts_keep_their_bounds() {
        assert_eq!((size("64kB"), size("2MB"), size("12B")), (Ok(64_000), Ok(2_000_000), Ok(12)));
        for text in ["0B", "17GB", "2", "2Mb", "kB", "18446744073709551615GB"] {
            assert!(size(text).is_err(), "{text}");
        }
        let read = rate("100/min").map(|rate| (rate.count, rate.per));
        assert_eq!(read, Ok((100, Duration::from_secs(60))));
        for text in ["0/s", "1000000001/s", "5/y", "5", "/s", "-1/s"] {
            assert!(rate(text).is_err(), "{text}");
        }
        assert_eq!((part("99.9%"), part("0%"), part("100%")), (Ok(0.999), Ok(0.0), Ok(1.0)));
        for text in ["100.1%", "-1%", "50", "%", "1e1%", "inf%"] {
            assert!(part(text).is_err(), "{text}");
        }
        assert_eq!((count(1..=10)("1"), count(1..=10)("10")), (Ok(1), Ok(10)));
        for text in ["0", "11", "", "x", "4294967297"] {
            assert!(count(1..=10)(text).is_err(), "{text}");
        }
    }
}
