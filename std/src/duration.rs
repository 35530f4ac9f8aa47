//! Functions and operators of `duration`.

#[cfg(feature = "decimal")]
use crate::Decimal;
use crate::fault::Fault;
use crate::value::{DAY, Duration};

pub fn add(left: Duration, right: Duration) -> Result<Duration, Fault> {
    bounded(left.as_nanos().checked_add(right.as_nanos()))
}

pub fn sub(left: Duration, right: Duration) -> Result<Duration, Fault> {
    bounded(left.as_nanos().checked_sub(right.as_nanos()))
}

pub fn mul(duration: Duration, factor: i64) -> Result<Duration, Fault> {
    bounded(duration.as_nanos().checked_mul(i128::from(factor)))
}

/// Towards zero, by less than a nanosecond.
pub fn div(duration: Duration, divisor: i64) -> Result<Duration, Fault> {
    if divisor == 0 {
        return Err(crate::int::by_zero());
    }
    bounded(duration.as_nanos().checked_div(i128::from(divisor)))
}

pub fn neg(duration: Duration) -> Result<Duration, Fault> {
    bounded(duration.as_nanos().checked_neg())
}

/// ISO 8601.
pub fn to_string(duration: Duration) -> String {
    duration.to_string()
}

#[cfg(feature = "decimal")]
pub fn to_seconds(duration: Duration) -> Decimal {
    let seconds = rust_decimal::Decimal::try_from_i128_with_scale(duration.as_nanos(), 9);
    // A duration is bounded so that its nanoseconds always fit.
    Decimal::new(seconds.unwrap_or_default().normalize())
}

/// Whole milliseconds, towards zero.
pub fn to_millis(duration: Duration) -> i64 {
    whole(duration, 1_000_000)
}

/// Whole days of 24 hours, towards zero.
pub fn to_days(duration: Duration) -> i64 {
    whole(duration, DAY)
}

/// So many of a unit.
pub(crate) fn of(count: i64, unit: i128) -> Result<Duration, Fault> {
    bounded(i128::from(count).checked_mul(unit))
}

/// A duration is bounded so that even its milliseconds fit.
fn whole(duration: Duration, unit: i128) -> i64 {
    i64::try_from(duration.as_nanos() / unit).unwrap_or_default()
}

fn bounded(nanos: Option<i128>) -> Result<Duration, Fault> {
    nanos
        .and_then(Duration::from_nanos)
        .ok_or_else(|| Fault::new("a duration of more than ten thousand years"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::millis(i64::MAX);

    #[test]
    fn arithmetic() {
        let second = Duration::millis(1000);
        assert_eq!(add(second, second), Ok(Duration::millis(2000)));
        assert_eq!(sub(second, Duration::millis(1500)), neg(Duration::millis(500)));
        assert_eq!(mul(second, 3), Ok(Duration::millis(3000)));
        assert_eq!(div(second, 4), Ok(Duration::millis(250)));
        let faults = [
            add(LONGEST, second),
            sub(Duration::millis(i64::MIN), second),
            mul(LONGEST, i64::MAX),
            div(second, 0),
        ];
        assert!(faults.iter().all(Result::is_err));
    }

    #[test]
    fn in_units() {
        assert_eq!(to_millis(Duration::millis(2000)), 2000);
        assert_eq!(to_days(Duration::millis(50 * 3_600_000)), 2);
        assert_eq!(to_days(Duration::millis(-50 * 3_600_000)), -2);
        assert_eq!(to_string(Duration::millis(90 * 60_000)), "PT1H30M");
        assert_eq!(to_millis(LONGEST), 3_652_500 * 86_400_000);
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn in_seconds() {
        assert_eq!(to_seconds(Duration::millis(1500)).to_string(), "1.5");
        assert_eq!(to_seconds(LONGEST).to_string(), "315576000000");
    }
}
