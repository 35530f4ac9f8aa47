//! Functions and operators of `decimal`. Sums and products are exact as far as 28 digits reach; beyond them the last
//! place is rounded half to even, as that of a quotient, and what is too great is a fault.

use rust_decimal::{Decimal as Inner, RoundingStrategy};

use crate::fault::Fault;
use crate::value::{Decimal, Rounding};

pub fn add(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    fits(left.inner().checked_add(right.inner()))
}

pub fn sub(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    fits(left.inner().checked_sub(right.inner()))
}

pub fn mul(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    fits(left.inner().checked_mul(right.inner()))
}

/// Up to 28 digits.
pub fn div(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    if right == Decimal::ZERO {
        return Err(crate::int::by_zero());
    }
    fits(left.inner().checked_div(right.inner()))
}

/// With the sign of the left side.
pub fn rem(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    if right == Decimal::ZERO {
        return Err(crate::int::by_zero());
    }
    fits(left.inner().checked_rem(right.inner()))
}

pub fn neg(number: Decimal) -> Decimal {
    Decimal::new(-number.inner())
}

pub fn from_int(number: i64) -> Decimal {
    Decimal::from(number)
}

pub fn round(number: Decimal, places: i64, mode: Rounding) -> Decimal {
    let strategy = match mode {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
        Rounding::Up => RoundingStrategy::AwayFromZero,
        Rounding::Down => RoundingStrategy::ToZero,
    };
    Decimal::new(number.inner().round_dp_with_strategy(places_within(places), strategy))
}

pub fn floor(number: Decimal) -> Decimal {
    Decimal::new(number.inner().floor())
}

pub fn ceil(number: Decimal) -> Decimal {
    Decimal::new(number.inner().ceil())
}

pub fn abs(number: Decimal) -> Decimal {
    Decimal::new(number.inner().abs())
}

pub fn to_string(number: Decimal) -> String {
    number.to_string()
}

/// With a fixed number of places (rounded half up), and with marks between thousands and in front of the places.
pub fn format(number: Decimal, places: i64, group: &str, point: &str) -> String {
    let rounded = round(number, places, Rounding::HalfUp);
    let digits = abs(rounded).to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = if rounded < Decimal::ZERO { "-".to_string() } else { String::new() };
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push_str(group);
        }
        text.push(digit);
    }
    let places = places_within(places) as usize;
    if places > 0 {
        text.push_str(point);
        text.push_str(&format!("{fraction:0<places$}"));
    }
    text
}

/// What is behind the point falls away.
pub fn to_int(number: Decimal) -> Result<i64, Fault> {
    i64::try_from(number.inner().trunc().mantissa()).map_err(|_| crate::int::overflow())
}

/// The nearest binary fraction, by way of the digits, which Rust reads without an error.
pub fn to_float(number: Decimal) -> f64 {
    number.to_string().parse().unwrap_or_default()
}

fn places_within(places: i64) -> u32 {
    u32::try_from(places.clamp(0, 28)).unwrap_or_default()
}

fn fits(number: Option<Inner>) -> Result<Decimal, Fault> {
    number.map(Decimal::new).ok_or_else(|| Fault::new("a decimal number that is too great"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).expect("a number")
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(add(number("0.1"), number("0.2")), Ok(number("0.3")));
        assert_eq!(sub(number("1.00"), number("0.10")).map(to_string).as_deref(), Ok("0.90"));
        assert_eq!(mul(number("1.1"), number("1.1")), Ok(number("1.21")));
        assert_eq!(div(number("1"), number("8")), Ok(number("0.125")));
        assert_eq!(div(number("1"), number("3")), Ok(number("0.3333333333333333333333333333")));
        assert_eq!(rem(number("-7.5"), number("2")), Ok(number("-1.5")));
        assert_eq!(neg(number("0.0")).to_string(), "0.0");
        let greatest = number("79228162514264337593543950335");
        let least = number("0.0000000000000000000000000001");
        let faults = [
            add(greatest, greatest),
            sub(neg(greatest), greatest),
            mul(greatest, number("2")),
            div(greatest, least),
            div(least, number("0.0")),
            rem(least, Decimal::ZERO),
        ];
        assert!(faults.iter().all(Result::is_err));
        assert!(rem(greatest, least).is_err() || rem(greatest, least) == Ok(Decimal::ZERO));
    }

    #[test]
    fn rounding() {
        let told = |text: &str, places, mode| round(number(text), places, mode).to_string();
        assert_eq!(told("2.345", 2, Rounding::HalfUp), "2.35");
        assert_eq!(told("-2.345", 2, Rounding::HalfUp), "-2.35");
        assert_eq!(told("2.345", 2, Rounding::HalfEven), "2.34");
        assert_eq!(told("2.341", 2, Rounding::Up), "2.35");
        assert_eq!(told("-2.349", 2, Rounding::Down), "-2.34");
        assert_eq!(told("-0.4", 0, Rounding::HalfUp), "0");
        assert_eq!(told("2.5", 99, Rounding::HalfUp), "2.5");
        assert_eq!(told("7922816251426433759354395033.5", 0, Rounding::Up), "7922816251426433759354395034");
        assert_eq!(floor(number("-2.5")), number("-3.0"));
        assert_eq!(ceil(number("2.1")), number("3.0"));
        assert_eq!(abs(number("-3.5")), number("3.5"));
    }

    #[test]
    fn formats() {
        assert_eq!(format(number("1234567.5"), 2, ".", ","), "1.234.567,50");
        assert_eq!(format(number("-999.995"), 2, ",", "."), "-1,000.00");
        assert_eq!(format(number("12"), 0, "", "."), "12");
        assert_eq!(format(number("-0.001"), 2, "", "."), "0.00");
        assert_eq!(format(number("123456"), -3, " ", "."), "123 456");
        let long = format(number("79228162514264337593543950335"), 28, "", ".");
        assert_eq!(long.len(), 29 + 1 + 28);
    }

    #[test]
    fn as_other_numbers() {
        assert_eq!(to_int(number("2.9")), Ok(2));
        assert_eq!(to_int(number("-9223372036854775808.9")), Ok(i64::MIN));
        assert!(to_int(number("9223372036854775808")).is_err());
        assert_eq!(to_float(number("0.1")).to_string(), "0.1");
        assert_eq!(from_int(i64::MIN).to_string(), "-9223372036854775808");
    }
}
