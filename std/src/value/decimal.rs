//! An exact decimal number. It keeps the places that it was written with (`12.50`), and equals by value.

use std::fmt;

use rust_decimal::Decimal as Inner;

use super::number::Spelt;
use super::short::Short;
use crate::fault::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(Inner);

impl Decimal {
    pub const ZERO: Decimal = Decimal(Inner::ZERO);

    /// Zero has no sign here.
    pub fn new(mut inner: Inner) -> Decimal {
        if inner.is_zero() {
            inner.set_sign_positive(true);
        }
        Decimal(inner)
    }

    pub const fn inner(self) -> Inner {
        self.0
    }

    /// Digits with a point, with a sign in front if need be. It fails where that would not be exact.
    pub fn parse(text: &str) -> Result<Decimal, Fault> {
        match Spelt::of(text) {
            Some(spelt) if spelt.exponent.is_empty() => Decimal::exact(&spelt),
            _ => Err(Fault::new("not a decimal number")),
        }
    }

    /// As `parse`, and with an exponent, as JSON has it.
    pub fn parse_number(text: &str) -> Result<Decimal, Fault> {
        if let Some(short) = Short::at_start(text.as_bytes())
            && short.length() == text.len()
        {
            return Ok(Decimal::short(short));
        }
        let spelt = Spelt::of(text).ok_or_else(|| Fault::new("not a decimal number"))?;
        Decimal::exact(&spelt)
    }

    #[inline]
    pub(crate) fn short(short: Short) -> Decimal {
        Decimal::new(Inner::new(short.number(), short.scale()))
    }

    /// A text that the compiler has checked; of a wrong one, zero.
    pub fn literal(text: &str) -> Decimal {
        Decimal::parse_number(text).unwrap_or_default()
    }

    /// How many places are written behind the point.
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    fn exact(spelt: &Spelt<'_>) -> Result<Decimal, Fault> {
        exact(spelt).map(Decimal::new).ok_or_else(|| Fault::new("a decimal number with more digits than fit"))
    }
}

/// The number with the places that are written, or with those that it needs if so many do not fit.
fn exact(spelt: &Spelt<'_>) -> Option<Inner> {
    let (negative, digits, power) = spelt.canonical()?;
    let magnitude: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let number = if negative { -magnitude } else { magnitude };
    let written = i64::try_from(spelt.fraction.len()).ok()?.checked_sub(spelt.power().unwrap_or_default())?;
    let needed = power.checked_neg()?.max(0);
    [written.clamp(needed, needed.max(28)), needed].into_iter().find_map(|places| {
        let zeros = u32::try_from(power.checked_add(places)?).ok()?;
        let mantissa = number.checked_mul(10_i128.checked_pow(zeros)?)?;
        Inner::try_from_i128_with_scale(mantissa, u32::try_from(places).ok()?).ok()
    })
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Decimal {
        Decimal(Inner::from(number))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_decimals() {
        for text in
            ["12.50", "-0.1", "0", "0.00", "79228162514264337593543950335", "0.0000000000000000000000000001"]
        {
            assert_eq!(Decimal::parse(text).map(|number| number.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "1e3",
            ".5",
            "1.",
            "NaN",
            " 1",
            "1_0",
            "79228162514264337593543950336",
            "0.00000000000000000000000000001",
        ] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
        let number = |text: &str| Decimal::parse_number(text).map(|number| number.to_string());
        assert_eq!(number("1.5e2").as_deref(), Ok("150"));
        assert_eq!(number("15e-1").as_deref(), Ok("1.5"));
        assert_eq!(number("-0").as_deref(), Ok("0"));
        assert_eq!(number("0e999999999999999999999").as_deref(), Ok("0"));
        assert_eq!(number("79228162514264337593543950335.0").as_deref(), Ok("79228162514264337593543950335"));
        for text in ["1e999", "1e-999", "1e99999999999999999999", "9.9e28x"] {
            assert!(Decimal::parse_number(text).is_err(), "{text}");
        }
        assert_eq!(Decimal::parse_number(&format!("1.{}", "0".repeat(500))), Ok(Decimal::from(1)));
    }

    #[test]
    fn equality_is_that_of_the_value() {
        assert_eq!(Decimal::literal("12.5"), Decimal::literal("12.50"));
        assert!(Decimal::literal("2") < Decimal::literal("10"));
    }
}
