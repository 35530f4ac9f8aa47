//! Bytes of any kind. In JSON they are a text in base64 (RFC 4648), which is small enough to be written here.

use std::fmt;

use crate::fault::Fault;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(::bytes::Bytes);

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Bytes {
    pub fn new(bytes: impl Into<::bytes::Bytes>) -> Bytes {
        Bytes(bytes.into())
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes without a copy, for bodies.
    pub fn into_inner(self) -> ::bytes::Bytes {
        self.0
    }

    /// Reads base64. The variant for URLs and missing padding are accepted; bits that nobody reads must be zero, so
    /// that two texts of one variant never stand for the same bytes.
    pub fn parse(text: &str) -> Result<Bytes, Fault> {
        decoded(text).map(Bytes::new).ok_or_else(|| Fault::new("not a text in base64"))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes::new(bytes)
    }
}

/// As base64.
impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&encoded(&self.0))
    }
}

/// The bytes in base64, with padding.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            let letter = DIGITS.get(digit as usize).copied().unwrap_or(b'=');
            text.push(if place <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let fits = padding == 0 || (padding <= 2 && text.len().is_multiple_of(4));
    if !fits || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.as_bytes().chunks(4) {
        let mut bits = 0;
        for letter in group {
            bits = (bits << 6) | digit(*letter)?;
        }
        bits <<= 6 * (4 - group.len());
        let [_, first, second, third] = bits.to_be_bytes();
        let (kept, unread) = match group.len() {
            2 => (&[first][..], u32::from(second) | u32::from(third)),
            3 => (&[first, second][..], u32::from(third)),
            _ => (&[first, second, third][..], 0),
        };
        if unread != 0 {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

fn digit(letter: u8) -> Option<u32> {
    let digit = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        for (plain, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            let bytes = Bytes::new(plain.as_bytes().to_vec());
            assert_eq!(bytes.to_string(), text);
            assert_eq!(Bytes::parse(text), Ok(bytes.clone()));
            assert_eq!(Bytes::parse(text.trim_end_matches('=')), Ok(bytes));
        }
        assert_eq!(Bytes::parse("-_-_"), Bytes::parse("+/+/"));
        for bad in ["Z", "Zg=", "Zh==", "Zg==Zg==", "Z g=", "====", "é"] {
            assert!(Bytes::parse(bad).is_err(), "{bad}");
        }
    }
}
