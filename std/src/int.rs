//! Functions and operators of `int`. What leaves the range of 64 bits is a fault, never a wrap.

#[cfg(feature = "time")]
use crate::DateTime;
#[cfg(feature = "decimal")]
use crate::Decimal;
use crate::fault::Fault;
use crate::value::Duration;

pub fn add(left: i64, right: i64) -> Result<i64, Fault> {
    left.checked_add(right).ok_or_else(overflow)
}

pub fn sub(left: i64, right: i64) -> Result<i64, Fault> {
    left.checked_sub(right).ok_or_else(overflow)
}

pub fn mul(left: i64, right: i64) -> Result<i64, Fault> {
    left.checked_mul(right).ok_or_else(overflow)
}

/// Towards zero.
pub fn div(left: i64, right: i64) -> Result<i64, Fault> {
    if right == 0 { Err(by_zero()) } else { left.checked_div(right).ok_or_else(overflow) }
}

/// With the sign of the left side.
pub fn rem(left: i64, right: i64) -> Result<i64, Fault> {
    if right == 0 { Err(by_zero()) } else { Ok(left.wrapping_rem(right)) }
}

pub fn neg(number: i64) -> Result<i64, Fault> {
    number.checked_neg().ok_or_else(overflow)
}

pub fn abs(number: i64) -> Result<i64, Fault> {
    number.checked_abs().ok_or_else(overflow)
}

pub fn to_string(number: i64) -> String {
    number.to_string()
}

#[cfg(feature = "decimal")]
pub fn to_decimal(number: i64) -> Decimal {
    Decimal::from(number)
}

/// The nearest binary fraction.
pub fn to_float(number: i64) -> f64 {
    number as f64
}

#[cfg(feature = "time")]
pub fn epoch_seconds(seconds: i64) -> Result<DateTime, Fault> {
    DateTime::from_unix(seconds, 0, 0).ok_or_else(crate::datetime::beyond)
}

#[cfg(feature = "time")]
pub fn epoch_millis(millis: i64) -> Result<DateTime, Fault> {
    let nanos = millis.rem_euclid(1000) * 1_000_000;
    DateTime::from_unix(millis.div_euclid(1000), nanos, 0).ok_or_else(crate::datetime::beyond)
}

pub fn days(count: i64) -> Result<Duration, Fault> {
    crate::duration::of(count, crate::value::DAY)
}

pub fn hours(count: i64) -> Result<Duration, Fault> {
    crate::duration::of(count, crate::value::HOUR)
}

pub fn minutes(count: i64) -> Result<Duration, Fault> {
    crate::duration::of(count, crate::value::MINUTE)
}

pub fn seconds(count: i64) -> Result<Duration, Fault> {
    crate::duration::of(count, crate::value::SECOND)
}

pub(crate) fn overflow() -> Fault {
    Fault::new("a whole number that does not fit into 64 bits")
}

pub(crate) fn by_zero() -> Fault {
    Fault::new("a division by zero")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(add(1, 2), Ok(3));
        assert_eq!(div(-7, 2), Ok(-3));
        assert_eq!(rem(-7, 2), Ok(-1));
        assert_eq!(rem(i64::MIN, -1), Ok(0));
        assert_eq!(abs(-3), Ok(3));
        let faults = [
            add(i64::MAX, 1),
            sub(i64::MIN, 1),
            mul(i64::MAX, 2),
            div(i64::MIN, -1),
            div(1, 0),
            rem(1, 0),
            neg(i64::MIN),
            abs(i64::MIN),
        ];
        assert!(faults.iter().all(Result::is_err));
    }

    #[test]
    fn durations() {
        assert_eq!(days(2), hours(48));
        assert_eq!(hours(2), minutes(120));
        assert_eq!(minutes(2), seconds(120));
        assert_eq!(seconds(2), Ok(Duration::millis(2000)));
        assert!([days(i64::MAX), hours(i64::MIN), seconds(i64::MAX)].iter().all(Result::is_err));
    }

    #[test]
    fn in_digits() {
        assert_eq!(to_string(42), "42");
    }

    #[cfg(feature = "time")]
    #[test]
    fn moments() {
        assert_eq!(epoch_seconds(0), Ok(DateTime::EPOCH));
        assert_eq!(
            epoch_millis(1000).map(|moment| moment.to_string()).as_deref(),
            Ok("1970-01-01T00:00:01Z")
        );
        assert_eq!(
            epoch_millis(-1).map(|moment| moment.to_string()).as_deref(),
            Ok("1969-12-31T23:59:59.999Z")
        );
        assert!(epoch_seconds(i64::MAX).is_err() && epoch_millis(i64::MIN).is_err());
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn as_other_numbers() {
        assert_eq!(to_decimal(2), Decimal::literal("2.0"));
        assert!((to_float(2) - 2.0).abs() < f64::EPSILON);
    }
}
