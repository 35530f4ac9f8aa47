//! How numbers are spelt, in texts and in JSON. Rust's own parsers accept more than flow does: `inf`, `1_000`, `.5`.

/// Whether this is digits, with a sign in front if need be.
pub fn is_whole(text: &str) -> bool {
    is_digits(text.strip_prefix(['+', '-']).unwrap_or(text))
}

/// Whether this is digits with a point or an exponent or neither, with a sign in front if need be.
pub fn is_float(text: &str) -> bool {
    Spelt::of(text).is_some()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number taken apart: `-12.5e3`.
pub(super) struct Spelt<'a> {
    pub negative: bool,
    pub whole: &'a str,
    pub fraction: &'a str,
    /// As it is written, empty if there is none.
    pub exponent: &'a str,
}

impl<'a> Spelt<'a> {
    pub fn of(text: &'a str) -> Option<Spelt<'a>> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(a, b)| (a, Some(b)));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
        let is_number = is_digits(whole) && fraction.is_none_or(is_digits) && exponent.is_none_or(is_whole);
        is_number.then_some(Spelt {
            negative,
            whole,
            fraction: fraction.unwrap_or_default(),
            exponent: exponent.unwrap_or_default(),
        })
    }

    /// The exponent as a number; none if it is beyond everything.
    pub fn power(&self) -> Option<i64> {
        if self.exponent.is_empty() { Some(0) } else { self.exponent.parse().ok() }
    }

    /// The digits that count, and the power of ten of the last one: equal for equal numbers. None if the exponent is
    /// beyond everything.
    pub fn canonical(&self) -> Option<(bool, String, i64)> {
        let all = format!("{}{}", self.whole, self.fraction);
        let digits = all.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Some((false, String::new(), 0));
        }
        let places = i64::try_from(self.fraction.len()).ok()?;
        let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
        let power = self.power()?.checked_sub(places)?.checked_add(zeros)?;
        Some((self.negative, significant.to_string(), power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spells_a_number() {
        for good in ["0", "-1", "+1", "1.5", "1e3", "1.5E-3", "007"] {
            assert!(is_float(good), "{good}");
        }
        for bad in ["", "-", ".5", "5.", "1e", "inf", "NaN", " 1", "1_000", "0x1", "--1", "1e1.5", "１"] {
            assert!(!is_float(bad), "{bad}");
        }
        assert!(is_whole("-42") && !is_whole("4.0") && !is_whole("+"));
    }

    #[test]
    fn equal_numbers_have_one_canonical_form() {
        let canonical = |text: &str| Spelt::of(text).and_then(|spelt| spelt.canonical());
        assert_eq!(canonical("1200"), canonical("1.2e3"));
        assert_eq!(canonical("-0.0e99999999999999999999"), canonical("0"));
        assert_ne!(canonical("1"), canonical("-1"));
        assert_eq!(canonical("1e99999999999999999999"), None);
    }
}
