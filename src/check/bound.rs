//! Bounds of contracts among the numbers that a type can hold. A contract writes as many digits as it likes; the
//! bound that is checked is the outermost number of the type that is inside, so that the same values are let through.

use super::exact::Exact;
use super::ty::Type;

/// What the values of a type can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Int,
    Decimal,
    Float,
}

/// Which end of a range it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Least,
    Greatest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearest {
    /// The type has just this number.
    Same(Exact),
    /// The type does not have it, and this is the next one inside.
    Inside(Exact),
    /// All numbers of the type are inside.
    All,
    /// None is. The check of the contract reports that.
    Nothing,
}

/// What a type of numbers holds.
pub fn held(ty: &Type) -> Option<Held> {
    match ty {
        Type::Int(_) => Some(Held::Int),
        Type::Decimal(_) => Some(Held::Decimal),
        Type::Float(_) => Some(Held::Float),
        _ => None,
    }
}

pub fn nearest(text: &str, held: Held, end: End) -> Nearest {
    let Some(spelt) = Spelt::of(text) else { return Nearest::All };
    let is_inside_farther_out = (end == End::Least) != spelt.negative;
    let beyond = if is_inside_farther_out { Nearest::Nothing } else { Nearest::All };
    if held == Held::Float && text.parse().is_ok_and(|number: f64| number.abs() >= f64::MAX) {
        return beyond;
    }
    let (fewest, most) = places(held);
    let most = spelt.places.min(most);
    let found = (fewest..=most.max(fewest)).rev().find_map(|places| {
        let (digits, is_same) = spelt.cut(places)?;
        let digits = digits.checked_add(i128::from(!is_same && is_inside_farther_out))?;
        let number = Exact::scaled(if spelt.negative { -digits } else { digits }, places);
        holds(held, number).then_some(if is_same { Nearest::Same(number) } else { Nearest::Inside(number) })
    });
    found.unwrap_or(beyond)
}

/// Whether the type has the number.
pub fn has(held: Held, number: Exact) -> bool {
    matches!(nearest(&number.to_string(), held, End::Greatest), Nearest::Same(_))
}

/// How many decimal places its numbers have: fewer than none are zeros in front of the point.
fn places(held: Held) -> (i32, i32) {
    match held {
        Held::Int => (0, 0),
        Held::Decimal => (0, 28),
        Held::Float => (-308, 64),
    }
}

/// A decimal has 96 bits beside its places.
const MOST_DIGITS: i128 = (1 << 96) - 1;

fn holds(held: Held, number: Exact) -> bool {
    match held {
        Held::Int => number.to_int().is_some(),
        Held::Decimal => number.digits().abs() <= MOST_DIGITS,
        Held::Float => true,
    }
}

/// `digits` × 10^-`places`, without zeros at either end of the digits.
struct Spelt {
    negative: bool,
    digits: String,
    places: i32,
}

impl Spelt {
    fn of(text: &str) -> Option<Spelt> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let written = format!("{whole}{fraction}");
        let digits = written.trim_end_matches('0');
        let zeros = i32::try_from(written.len() - digits.len()).ok()?;
        let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?.checked_sub(zeros)?;
        let digits = digits.trim_start_matches('0').to_owned();
        let is_zero = digits.is_empty();
        Some(Spelt { negative: negative && !is_zero, digits, places: if is_zero { 0 } else { places } })
    }

    /// The digits up to so many places, and whether these are all.
    fn cut(&self, places: i32) -> Option<(i128, bool)> {
        let behind = self.places.checked_sub(places)?;
        let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() };
        match usize::try_from(behind) {
            Ok(behind) => {
                let kept = self.digits.get(..self.digits.len().saturating_sub(behind))?;
                Some((number(kept)?, behind == 0))
            }
            Err(_) => {
                let zeros = 10_i128.checked_pow(behind.unsigned_abs())?;
                Some((number(&self.digits)?.checked_mul(zeros)?, true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).expect(text)
    }

    #[test]
    fn a_bound_that_the_type_has_is_itself() {
        for (text, held) in [
            ("79228162514264337593543950335", Held::Decimal),
            ("-0.0000000000000000000000000001", Held::Decimal),
            ("100.00", Held::Decimal),
            ("1e3", Held::Int),
            ("-9223372036854775808", Held::Int),
            ("1e300", Held::Float),
            ("0", Held::Decimal),
        ] {
            let found = [End::Least, End::Greatest].map(|end| nearest(text, held, end));
            assert_eq!(found, [Nearest::Same(exact(text)); 2], "{text}");
        }
    }

    #[test]
    fn digits_that_do_not_fit_are_cut_towards_the_inside() {
        let pi = "3.14159265358979323846264338327950288419716939937510582097494";
        let (below, above) = ("3.1415926535897932384626433832", "3.1415926535897932384626433833");
        let decimal = |text: &str, end| nearest(text, Held::Decimal, end);
        assert_eq!(decimal(pi, End::Greatest), Nearest::Inside(exact(below)));
        assert_eq!(decimal(pi, End::Least), Nearest::Inside(exact(above)));
        assert_eq!(decimal(&format!("-{pi}"), End::Greatest), Nearest::Inside(exact(&format!("-{above}"))));
        assert_eq!(decimal(&format!("-{pi}"), End::Least), Nearest::Inside(exact(&format!("-{below}"))));
        // Only 26 places fit behind two digits that are large.
        let found = decimal("98.76543210987654321098765432109", End::Least);
        assert_eq!(found, Nearest::Inside(exact("98.76543210987654321098765433")));
        assert_eq!(decimal("1e-400", End::Greatest), Nearest::Inside(exact("0")));
        assert_eq!(nearest("0.5", Held::Int, End::Least), Nearest::Inside(exact("1")));
        assert_eq!(nearest("-0.5", Held::Int, End::Least), Nearest::Inside(exact("0")));
    }

    #[test]
    fn a_bound_beyond_the_type_lets_all_through_or_nothing() {
        for (text, held) in [
            ("99999999999999999999999999999999.99", Held::Decimal),
            ("1.7976931348623157e308", Held::Decimal),
            ("99999999999999999999", Held::Int),
            ("1.7976931348623157e308", Held::Float),
        ] {
            let negative = format!("-{text}");
            assert_eq!(nearest(text, held, End::Greatest), Nearest::All);
            assert_eq!(nearest(&negative, held, End::Least), Nearest::All);
            assert_eq!(nearest(text, held, End::Least), Nearest::Nothing);
            assert_eq!(nearest(&negative, held, End::Greatest), Nearest::Nothing);
        }
    }

    #[test]
    fn what_a_decimal_has() {
        assert!(has(Held::Decimal, exact("-79228162514264337593543950335.00")));
        for text in ["79228162514264337593543950336", "9.9999999999999999999999999999", "1e-29", "1e40"] {
            assert!(!has(Held::Decimal, exact(text)), "{text}");
        }
        assert!(!has(Held::Int, exact("9223372036854775808")) && !has(Held::Int, exact("0.5")));
    }
}
