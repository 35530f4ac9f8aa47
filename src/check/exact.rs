//! Numbers without loss: the bounds of constraints and contracts are compared as they were written, never
//! through a binary float.

use std::cmp::Ordering;

/// `digits` × 10^-`scale`. Numbers of more than 38 digits have no exact form here and are refused where they
/// are read.
#[derive(Debug, Clone, Copy)]
pub struct Exact {
    digits: i128,
    /// Below zero for zeros in front of the point, which then need no digits.
    scale: i32,
}

impl Exact {
    pub fn int(value: i64) -> Exact {
        Exact { digits: i128::from(value), scale: 0 }
    }

    pub(super) fn scaled(digits: i128, scale: i32) -> Exact {
        Exact { digits, scale }
    }

    /// Reads `-12.50`, `1_000`, `1e3`.
    pub fn parse(text: &str) -> Option<Exact> {
        let text = text.replace('_', "");
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text.as_str(), 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let number = Exact { digits, scale };
        (scale <= 64 && number.magnitude().is_finite()).then_some(number)
    }

    /// The value as an integer, when it is one that fits.
    pub fn to_int(self) -> Option<i64> {
        let factor = 10i128.checked_pow(self.scale.unsigned_abs())?;
        let whole = match self.scale < 0 {
            true => self.digits.checked_mul(factor)?,
            false if self.digits % factor == 0 => self.digits / factor,
            false => return None,
        };
        i64::try_from(whole).ok()
    }

    /// Decimal places that are needed to write it.
    pub fn places(self) -> u32 {
        let mut number = self;
        while number.scale > 0 && number.digits % 10 == 0 {
            number = Exact { digits: number.digits / 10, scale: number.scale - 1 };
        }
        number.scale.max(0).unsigned_abs()
    }

    pub fn plus(self, other: Exact) -> Option<Exact> {
        let scale = self.scale.max(other.scale);
        let scaled = |number: Exact| {
            let factor = 10i128.checked_pow(scale.abs_diff(number.scale))?;
            number.digits.checked_mul(factor)
        };
        Some(Exact { digits: scaled(self)?.checked_add(scaled(other)?)?, scale })
    }

    pub(super) fn digits(self) -> i128 {
        self.digits
    }

    pub fn is_positive(self) -> bool {
        self.digits > 0
    }

    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    #[must_use]
    pub fn negated(self) -> Exact {
        Exact { digits: self.digits.saturating_neg(), scale: self.scale }
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Exact) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Exact) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Exact) -> Ordering {
        let scale = self.scale.max(other.scale);
        let scaled = |number: &Exact| {
            10i128
                .checked_pow(scale.abs_diff(number.scale))
                .and_then(|factor| number.digits.checked_mul(factor))
        };
        match (scaled(self), scaled(other)) {
            (Some(mine), Some(theirs)) => mine.cmp(&theirs),
            // Too large to bring to one scale: then the signs or the magnitudes decide.
            _ => self.magnitude().total_cmp(&other.magnitude()),
        }
    }
}

impl Exact {
    #[expect(clippy::cast_precision_loss, reason = "only orders numbers that differ by many digits")]
    fn magnitude(self) -> f64 {
        self.digits as f64 / 10f64.powi(self.scale)
    }
}

/// More zeros in front of the point become an exponent.
const SHOWN_ZEROS: i32 = 28;

impl std::fmt::Display for Exact {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.digits == 0 {
            return out.write_str("0");
        }
        if self.scale < -SHOWN_ZEROS {
            return write!(out, "{}e{}", self.digits, self.scale.unsigned_abs());
        }
        if self.scale <= 0 {
            return write!(out, "{}{}", self.digits, "0".repeat(self.scale.unsigned_abs() as usize));
        }
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = self.scale.unsigned_abs() as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(out, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn reads_compares_and_prints_without_loss() {
        let exact = |text| Exact::parse(text).expect(text);
        assert_eq!(exact("1_000"), exact("1e3"));
        assert_eq!(exact("0.10"), exact("0.1"));
        assert!(exact("0.1") < exact("0.11"));
        assert!(exact("-9223372036854775809") < exact("-9223372036854775808"));
        assert_eq!(exact("-0.05").to_string(), "-0.05");
        assert_eq!(exact("2.0").to_int(), Some(2));
        assert_eq!(exact("9223372036854775808").to_int(), None);
        assert_eq!(exact("1e40").to_string(), "1e40");
        assert_eq!(exact("-0.5").plus(exact("3")), Some(exact("2.5")));
        assert!(exact("1e40") > exact("9e39") && exact("-1e300") < exact("0.1"));
        assert_eq!((exact("1e3").to_int(), exact("1e40").to_int()), (Some(1000), None));
        assert!(Exact::parse("abc").is_none() && Exact::parse("1e999").is_none());
    }
}
