//! Numbers as most are: few digits with a point or without one, and no exponent. They are read by looking at eight bytes at
//! once where there are so many, and else byte by byte.

use std::num::NonZeroU8;

/// Such a number. It is small enough to be handed on in registers.
#[derive(Clone, Copy)]
pub struct Short {
    number: i64,
    scale: u8,
    length: NonZeroU8,
}

impl Short {
    /// The number that a text begins with, if it is one of these and written as JSON wants it.
    #[inline]
    pub fn at_start(text: &[u8]) -> Option<Short> {
        text.first_chunk().and_then(|bytes| few(u64::from_le_bytes(*bytes))).or_else(|| byte_by_byte(text))
    }

    /// Without its point.
    pub fn number(self) -> i64 {
        self.number
    }

    /// How many digits stand behind the point; 0 where there is none.
    pub fn scale(self) -> u32 {
        self.scale.into()
    }

    /// Of the text.
    pub fn length(self) -> usize {
        self.length.get().into()
    }

    fn new(number: i64, scale: u32, length: u32) -> Option<Short> {
        Some(Short {
            number,
            scale: scale.try_into().ok()?,
            length: NonZeroU8::new(length.try_into().ok()?)?,
        })
    }
}

/// The number that eight bytes begin with, the first one the lowest, if it has no sign and ends within them.
#[inline]
fn few(bytes: u64) -> Option<Short> {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    let digits = bytes ^ (EACH * u64::from(b'0'));
    // The high bit of each byte that is more than nine. A carry can make the bits above a true one wrong, but not of a point.
    let others = (digits.wrapping_add(EACH * 0x76) | digits) & (EACH << 7);
    let whole = first(others)?;
    let (number, scale, end) = if byte(bytes, whole) == b'.' {
        let end = first(others & (others - 1))?;
        let in_front = (1 << (8 * whole)) - 1;
        let number = value((digits & in_front) | ((digits >> 8) & !in_front), end - 1)?;
        (number, end - whole - 1, end)
    } else {
        (value(digits, whole)?, 0, whole)
    };
    let is_point_lonely = whole == 0 || end == whole + 1;
    let has_zero = byte(digits, 0) == 0 && whole > 1;
    if is_point_lonely || has_zero || matches!(byte(bytes, end), b'e' | b'E') {
        return None;
    }
    Short::new(number, scale, end)
}

/// Which byte is the first that has its high bit set.
fn first(bits: u64) -> Option<u32> {
    (bits != 0).then_some(bits.trailing_zeros() / 8)
}

fn byte(bytes: u64, at: u32) -> u8 {
    (bytes >> (8 * at)) as u8
}

/// The number of which the first digits are these, this many: pairs of them, then fours, then all.
fn value(digits: u64, count: u32) -> Option<i64> {
    const LAST: u64 = 0x0000_00ff_0000_00ff;
    let eight = digits.checked_shl(64 - 8 * count)?;
    let pairs = eight.wrapping_mul(10).wrapping_add(eight >> 8);
    let thousands = (pairs & LAST).wrapping_mul(100 + (1_000_000 << 32));
    let ones = ((pairs >> 16) & LAST).wrapping_mul(1 + (10_000 << 32));
    Some((thousands.wrapping_add(ones) >> 32) as i64)
}

#[cold]
fn byte_by_byte(text: &[u8]) -> Option<Short> {
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
    let number = if is_negative { -number } else { number };
    Short::new(number, scale.try_into().ok()?, end.try_into().ok()?)
}

/// The digits from `at` on behind those of `number`, and where they end.
fn digits(text: &[u8], mut at: usize, mut number: i64) -> (i64, usize) {
    while let Some(digit @ b'0'..=b'9') = text.get(at) {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
        at += 1;
    }
    (number, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> Option<(i64, u32, usize)> {
        Short::at_start(text.as_bytes()).map(|it| (it.number(), it.scale(), it.length()))
    }

    #[test]
    fn a_short_number_is_read_at_once() {
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
    fn eight_bytes_at_once_are_read_as_one_by_one() {
        let one_by_one =
            |text: &str| byte_by_byte(text.as_bytes()).map(|it| (it.number, it.scale, it.length));
        let at_once = |text: &str| {
            let bytes = text.as_bytes().first_chunk()?;
            few(u64::from_le_bytes(*bytes)).map(|it| (it.number, it.scale, it.length))
        };
        // All texts of seven of these, with something behind that is no digit.
        let letters = ['0', '1', '9', '.', ',', 'e', '/', ':', '-', '\u{7f}', '\u{e9}'];
        for number in 0..letters.len().pow(7) {
            let letter = |place: u32| letters.get(number / letters.len().pow(place) % letters.len());
            let text: String = (0..7).filter_map(letter).chain([&'}']).collect();
            match at_once(&text) {
                None if text.starts_with('-') => {}
                seen => assert_eq!(seen, one_by_one(&text), "{text}"),
            }
        }
        for number in (0..10_000_000).step_by(997) {
            let text = format!("{number}, and so on");
            assert_eq!(at_once(&text), one_by_one(&text), "{text}");
        }
    }
}
