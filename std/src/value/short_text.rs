//! Numbers of few digits as texts, all digits at once: a text of eight bytes is one number to a processor.

/// A text in ASCII of at most eight bytes.
#[derive(Clone, Copy)]
pub struct ShortText {
    /// Its first byte is the lowest.
    word: u64,
    length: usize,
}

impl ShortText {
    /// A number of which so many digits stand behind a point, and one at least in front of it; none if that is more than
    /// eight bytes.
    #[inline]
    pub fn of(number: u64, scale: usize) -> Option<ShortText> {
        let number = u32::try_from(number).ok().filter(|number| *number < 100_000_000)?;
        if scale > 6 {
            return None;
        }
        // By its size and not by its digits, so that where the text ends is known before they are.
        let length = (1 + number.checked_ilog10().unwrap_or(0) as usize).max(scale + 1);
        let word = (digits(number) | ZEROS) >> (8 * (8 - length));
        if scale == 0 {
            return Some(ShortText { word, length });
        }
        if length == 8 {
            return None;
        }
        let point = 8 * (length - scale);
        let whole = word & ((1 << point) - 1);
        let word = whole | (u64::from(b'.') << point) | ((word - whole) << 8);
        Some(ShortText { word, length: length + 1 })
    }

    /// The bytes of the text, and what fills them up to eight.
    #[inline]
    pub fn bytes(self) -> [u8; 8] {
        self.word.to_le_bytes()
    }

    #[inline]
    pub fn length(self) -> usize {
        self.length
    }
}

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The eight digits of a number below 100,000,000, a byte for each, the first one in the lowest: two numbers of four digits are
/// divided at once, then four of two, then eight of one.
#[inline]
fn digits(number: u32) -> u64 {
    const TWO: u64 = 0x0000_007f_0000_007f;
    const FOUR: u64 = 0x000f_000f_000f_000f;
    let number = u64::from(number);
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    // Below 10,000, `n * 10486 >> 20` is `n / 100`; below 100, `n * 103 >> 10` is `n / 10`.
    let hundreds = ((fours * 10_486) >> 20) & TWO;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & FOUR;
    tens | ((twos - 10 * tens) << 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: u64, scale: usize) -> Option<String> {
        let short = ShortText::of(number, scale)?;
        Some(String::from_utf8_lossy(short.bytes().get(..short.length())?).into_owned())
    }

    /// As a format spells it.
    fn spelt(number: u64, scale: usize) -> String {
        let mut text = format!("{number:0>width$}", width = scale + 1);
        if scale > 0 {
            text.insert(text.len() - scale, '.');
        }
        text
    }

    #[test]
    fn numbers_are_spelt_as_by_a_format() {
        let some = (0..30_000).chain((0..100_000_000).step_by(9_973));
        for number in some.chain([9_999_999, 10_000_000, 99_999_999]) {
            for scale in 0..8 {
                let wanted = Some(spelt(number, scale)).filter(|text| text.len() <= 8);
                assert_eq!(text(number, scale), wanted, "{number} with {scale} places");
            }
        }
    }

    #[test]
    fn what_is_longer_is_none() {
        for (number, scale) in [(100_000_000, 0), (u64::MAX, 0), (0, 7), (1, usize::MAX), (12_345_678, 1)] {
            assert_eq!(text(number, scale), None, "{number} with {scale} places");
        }
    }
}
