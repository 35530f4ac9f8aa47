//! Functions of `float`. Its operators are Rust's own.

#[cfg(feature = "decimal")]
use crate::Decimal;
use crate::fault::Fault;
use crate::value::Rounding;

/// By the shortest digits that stand for the number, which are those that people see: `1.005` becomes `1.01`, though
/// the binary fraction lies a little below.
pub fn round(number: f64, places: i64, mode: Rounding) -> f64 {
    let places = usize::try_from(places.clamp(0, 15)).unwrap_or_default();
    if !number.is_finite() {
        return number;
    }
    let digits = number.abs().to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let Some((kept, rest)) = fraction.split_at_checked(places) else { return number };
    let goes_up = rounds_up(&format!("{whole}{kept}"), rest, mode);
    let all = format!("{whole}{kept}");
    let units = if goes_up { next(&all) } else { all };
    let point = units.len() - places;
    let (whole, fraction) = units.split_at_checked(point).unwrap_or((&units, ""));
    let rounded: f64 = format!("{whole}.{fraction}0").parse().unwrap_or(number);
    if number < 0.0 { -rounded } else { rounded }
}

/// Whether digits, of which `rest` is cut off, become one greater.
fn rounds_up(kept: &str, rest: &str, mode: Rounding) -> bool {
    let rest = rest.trim_end_matches('0');
    let is_above_half = rest > "5";
    let is_half = rest == "5";
    match mode {
        Rounding::Down => false,
        Rounding::Up => !rest.is_empty(),
        Rounding::HalfUp => is_half || is_above_half,
        Rounding::HalfEven => is_above_half || (is_half && kept.ends_with(['1', '3', '5', '7', '9'])),
    }
}

/// The digits of the number that is one greater.
fn next(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    let mut letters = kept.chars();
    match letters.next_back() {
        Some(last) => {
            let greater = char::from_digit(last.to_digit(10).unwrap_or_default() + 1, 10).unwrap_or(last);
            format!("{}{greater}{zeros}", letters.as_str())
        }
        None => format!("1{zeros}"),
    }
}

pub fn floor(number: f64) -> f64 {
    number.floor()
}

pub fn ceil(number: f64) -> f64 {
    number.ceil()
}

pub fn abs(number: f64) -> f64 {
    number.abs()
}

/// The shortest digits that give this very number again.
pub fn to_string(number: f64) -> String {
    number.to_string()
}

/// What is behind the point falls away.
pub fn to_int(number: f64) -> Result<i64, Fault> {
    // The two powers are exact as floats; the upper one is the first that does not fit.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        Ok(number as i64)
    } else {
        Err(crate::int::overflow())
    }
}

/// The shortest digits that stand for the number.
#[cfg(feature = "decimal")]
pub fn to_decimal(number: f64) -> Result<Decimal, Fault> {
    Decimal::parse(&number.to_string())
}

/// The nearest binary fraction.
pub fn from_int(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(number: f64, places: i64, mode: Rounding) -> String {
        to_string(round(number, places, mode))
    }

    #[test]
    fn rounding() {
        assert_eq!(told(2.5, 0, Rounding::HalfUp), "3");
        assert_eq!(told(-2.5, 0, Rounding::HalfUp), "-3");
        assert_eq!(told(2.5, 0, Rounding::HalfEven), "2");
        assert_eq!(told(3.5, 0, Rounding::HalfEven), "4");
        assert_eq!(told(1.005, 2, Rounding::HalfUp), "1.01");
        assert_eq!(told(9.99, 1, Rounding::HalfUp), "10");
        assert_eq!(told(0.999, 2, Rounding::Up), "1");
        assert_eq!(told(0.051, 1, Rounding::HalfEven), "0.1");
        assert_eq!(told(0.01, 1, Rounding::Up), "0.1");
        assert_eq!(told(1.29, 1, Rounding::Down), "1.2");
        assert_eq!(told(1.5, 15, Rounding::HalfUp), "1.5");
        assert_eq!(told(1e300, 2, Rounding::Up), to_string(1e300));
        assert_eq!(told(5e-324, 15, Rounding::HalfUp), "0");
        assert_eq!(told(f64::INFINITY, 2, Rounding::Up), "inf");
        assert!(round(f64::NAN, 0, Rounding::Up).is_nan());
    }

    #[test]
    fn as_other_numbers() {
        assert_eq!(to_int(2.9), Ok(2));
        assert_eq!(to_int(-9_223_372_036_854_775_808.0), Ok(i64::MIN));
        for number in [9_223_372_036_854_775_808.0, f64::NAN, f64::INFINITY, -1e300] {
            assert!(to_int(number).is_err(), "{number}");
        }
        assert_eq!(to_string(0.5), "0.5");
        assert_eq!([floor(2.5), ceil(2.5), abs(-3.5), from_int(2)].map(to_string), ["2", "3", "3.5", "2"]);
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn as_decimals() {
        assert_eq!(to_decimal(0.1), Ok(Decimal::literal("0.1")));
        for number in [f64::NAN, f64::INFINITY, 1e29, 1e-300] {
            assert!(to_decimal(number).is_err(), "{number}");
        }
    }
}
