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

/// A number as most are: few digits with a point or without one, and no exponent.
pub(crate) struct Short {
    /// Without its point.
    pub number: i64,
    /// How many digits stand behind the point; 0 where there is none.
    pub scale: u32,
    /// Of the text.
    pub length: usize,
}

impl Short {
    /// The number that a text begins with, if it is one of these and written as JSON wants it.
    pub fn at_start(text: &[u8]) -> Option<Short> {
        let is_negative = text.first() == Some(&b'-');
        let start = usize::from(is_negative);
        let (whole, mut end) = digits(text, start, 0);
        let mut number = whole;
        if end == start || (text.get(start) == Some(&b'0') && end > start + 1) {
            return None;
        }
        let mut count = end - start;
        let mut scale = 0;
        if text.get(end) == Some(&b'.') {
            let behind = end + 1;
            (number, end) = digits(text, behind, whole);
            scale = end - behind;
            count += scale;
            if scale == 0 {
                return None;
            }
        }
        // Beyond 18 digits the number can be a wrong one.
        if count > 18 || matches!(text.get(end), Some(b'e' | b'E')) {
            return None;
        }
        let scale = u32::try_from(scale).ok()?;
        Some(Short { number: if is_negative { -number } else { number }, scale, length: end })
    }
}

/// The digits from `at` on behind those of `number`, and where they end.
fn digits(text: &[u8], mut at: usize, mut number: i64) -> (i64, usize) {
    while let Some(digit @ b'0'..=b'9') = text.get(at) {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
        at += 1;
    }
    (number, at)
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
    fn a_short_number_is_read_at_once() {
        let short = |text: &str| Short::at_start(text.as_bytes()).map(|it| (it.number, it.scale, it.length));
        assert_eq!(short("0"), Some((0, 0, 1)));
        assert_eq!(short("-12.50,"), Some((-1250, 2, 6)));
        assert_eq!(short("999999999999999999]"), Some((999_999_999_999_999_999, 0, 18)));
        assert_eq!(short("0.05 "), Some((5, 2, 4)));
        for other in ["", "-", "a", ".5", "5.", "5.x", "01", "1e2", "1.5E2", "1234567890123456789", "-00.1"] {
            assert_eq!(short(other), None, "{other}");
        }
        assert_eq!(short("0.0000000000000000001"), None, "it has more than 18 digits");
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
