//! Short texts that are mostly digits, put together without an allocation and without the machinery of formats: dates,
//! times and numbers are in most answers, and in every line of the log.

/// As much as the longest of them has.
const LONGEST: usize = 48;

/// A short text in ASCII. What does not fit is left out.
pub struct Digits {
    bytes: [u8; LONGEST],
    end: usize,
}

impl Digits {
    pub fn new() -> Digits {
        Digits { bytes: [0; LONGEST], end: 0 }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }

    /// One sign in ASCII.
    pub fn sign(&mut self, sign: u8) -> &mut Digits {
        if let Some(place) = self.bytes.get_mut(self.end) {
            *place = sign;
            self.end += 1;
        }
        self
    }

    /// The last digits of a number, this many.
    pub fn last(&mut self, count: usize, number: u64) -> &mut Digits {
        let digits = self.bytes.get_mut(self.end..self.end + count).unwrap_or_default();
        fill(digits, number);
        self.end += digits.len();
        self
    }

    /// A number, with all its digits.
    pub fn number(&mut self, number: u64) -> &mut Digits {
        self.last(count(number), number)
    }

    /// A number of which so many digits stand behind a point, and one at least in front of it.
    pub fn scaled(&mut self, number: u64, scale: usize) -> &mut Digits {
        let whole = count(number).saturating_sub(scale).max(1);
        let end = self.end + whole + 1 + scale;
        let places = self.bytes.get_mut(self.end..end).and_then(|places| places.split_at_mut_checked(whole));
        if let Some((front, [point, behind @ ..])) = places
            && scale > 0
        {
            let rest = fill(behind, number);
            *point = b'.';
            fill(front, rest);
            self.end = end;
            return self;
        }
        self.number(number)
    }

    /// The point and the digits of a part of a second, without the zeros at their end; nothing if there is none.
    #[cfg(feature = "time")]
    pub fn fraction(&mut self, nanos: u64) -> &mut Digits {
        if nanos != 0 {
            self.sign(b'.').last(9, nanos);
            while self.as_bytes().ends_with(b"0") {
                self.end -= 1;
            }
        }
        self
    }
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.sign(byte);
        }
        Ok(())
    }
}

/// Fills all places with the last digits of a number; what is left of it.
fn fill(places: &mut [u8], number: u64) -> u64 {
    places.iter_mut().rev().fold(number, |rest, place| {
        *place = b'0' + (rest % 10) as u8;
        rest / 10
    })
}

fn count(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_last_digits() {
        let text = |number: u64| Digits::new().number(number).as_str().to_owned();
        for number in [0, 9, 10, 12_345, u64::MAX] {
            assert_eq!(text(number), number.to_string());
        }
        assert_eq!(Digits::new().last(2, 7).sign(b'-').last(4, 24).as_str(), "07-0024");
        assert_eq!(Digits::new().last(60, 1).as_str(), "", "what does not fit is left out");
    }

    #[test]
    fn points_stand_where_they_belong() {
        let text = |number, scale| Digits::new().scaled(number, scale).as_str().to_owned();
        assert_eq!(text(1250, 2), "12.50");
        assert_eq!(text(5, 3), "0.005");
        assert_eq!(text(7, 0), "7");
        assert_eq!(text(u64::MAX, 19), "1.8446744073709551615");
        assert_eq!(text(u64::MAX, 28), "0.0000000018446744073709551615");
    }

    #[cfg(feature = "time")]
    #[test]
    fn a_fraction_has_no_zeros_at_its_end() {
        let text = |nanos| Digits::new().fraction(nanos).as_str().to_owned();
        assert_eq!(text(0), "");
        assert_eq!(text(500_000_000), ".5");
        assert_eq!(text(1), ".000000001");
        assert_eq!(text(120), ".00000012");
    }
}
