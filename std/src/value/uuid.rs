//! A UUID: sixteen bytes, written in lower case with dashes.

use std::fmt;

use crate::fault::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

/// Where the dashes stand in the text.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl Uuid {
    pub const fn from_bytes(bytes: [u8; 16]) -> Uuid {
        Uuid(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Digits of either case, with dashes at their places.
    pub fn parse(text: &str) -> Result<Uuid, Fault> {
        digits(text).ok_or_else(|| Fault::new("not a UUID"))
    }

    /// A text that the compiler has checked; of a wrong one, the UUID of zeros.
    pub fn literal(text: &str) -> Uuid {
        digits(text).unwrap_or(Uuid([0; 16]))
    }
}

fn digits(text: &str) -> Option<Uuid> {
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0; 16];
    let mut count = 0;
    for (at, letter) in text.char_indices() {
        if DASHES.contains(&at) {
            if letter != '-' {
                return None;
            }
            continue;
        }
        let digit = u8::try_from(letter.to_digit(16)?).ok()?;
        let byte: &mut u8 = bytes.get_mut(count / 2)?;
        *byte = (*byte << 4) | digit;
        count += 1;
    }
    (count == 32).then_some(Uuid(bytes))
}

impl fmt::Display for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                out.write_str("-")?;
            }
            write!(out, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_uuids() {
        let text = "c9b1b1ee-3f5c-4a9e-8f3e-0a4a52f4a3b1";
        assert_eq!(Uuid::parse(&text.to_uppercase()).map(|uuid| uuid.to_string()), Ok(text.to_string()));
        let bad =
            ["", "c9b1b1ee", "c9b1b1ee03f5c-4a9e-8f3e-0a4a52f4a3b1", "g9b1b1ee-3f5c-4a9e-8f3e-0a4a52f4a3b1"];
        for text in bad {
            assert!(Uuid::parse(text).is_err(), "{text}");
        }
        assert!(Uuid::parse("éé-éééééééééééééééé").is_err());
        assert_eq!(Uuid::literal("x").to_string(), "00000000-0000-0000-0000-000000000000");
    }
}
