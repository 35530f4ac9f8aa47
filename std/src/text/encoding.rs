//! Texts in the forms that other systems want them in, and back.

use std::fmt::Write;

use crate::fault::Fault;
use crate::value::Bytes;
#[cfg(feature = "digest")]
use crate::value::HashAlgorithm;

/// The digest of the UTF-8, in hexadecimal digits.
#[cfg(feature = "digest")]
pub fn hash(text: &str, algorithm: HashAlgorithm) -> String {
    crate::bytes::hash(&bytes(text), algorithm)
}

/// The digest of the UTF-8 under a key, in hexadecimal digits.
#[cfg(feature = "digest")]
pub fn hmac(text: &str, key: &str, algorithm: HashAlgorithm) -> String {
    crate::bytes::hmac(&bytes(text), key, algorithm)
}

pub fn base64(text: &str) -> String {
    crate::bytes::base64(&bytes(text))
}

pub fn from_base64(text: &str) -> Result<Bytes, Fault> {
    Bytes::parse(text)
}

pub fn from_hex(text: &str) -> Result<Bytes, Fault> {
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [upper, lower] => byte(*upper, *lower),
        _ => None,
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes.map(Bytes::new).ok_or_else(|| Fault::new("not a text of hexadecimal digits"))
}

fn byte(upper: u8, lower: u8) -> Option<u8> {
    let digit = |letter: u8| char::from(letter).to_digit(16);
    u8::try_from(digit(upper)? * 16 + digit(lower)?).ok()
}

/// The text with everything escaped but the letters, digits and `-._~` (RFC 3986).
pub fn url_encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

/// A `+` stays as it is: that it means a space is a custom of forms.
pub fn url_decode(text: &str) -> Result<String, Fault> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let Some(([upper, lower], rest)) = part.as_bytes().split_first_chunk() else {
            return Err(no_escapes());
        };
        bytes.push(byte(*upper, *lower).ok_or_else(no_escapes)?);
        bytes.extend_from_slice(rest);
    }
    String::from_utf8(bytes).map_err(|_| no_escapes())
}

fn no_escapes() -> Fault {
    Fault::new("not a text with the escapes of a URL")
}

/// The UTF-8 of the text.
pub fn bytes(text: &str) -> Bytes {
    Bytes::new(text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_go_both_ways() {
        assert_eq!(base64("abc"), "YWJj");
        assert_eq!(from_base64("YWJj"), Ok(bytes("abc")));
        assert_eq!(from_hex("616263"), Ok(bytes("abc")));
        assert_eq!(from_hex("C3b1"), Ok(bytes("ñ")));
        for bad in ["6", "6g", "+1", "éa"] {
            assert!(from_hex(bad).is_err(), "{bad}");
        }
        assert_eq!(url_encode("a b&c"), "a%20b%26c");
        assert_eq!(url_encode("ñ/~"), "%C3%B1%2F~");
        assert_eq!(url_decode("a%20b+%C3%b1").as_deref(), Ok("a b+ñ"));
        for bad in ["%", "%2", "%2g", "%ff", "%+1", "%é"] {
            assert!(url_decode(bad).is_err(), "{bad}");
        }
        assert_eq!(crate::bytes::length(&bytes("añ")), 3);
    }

    #[cfg(feature = "digest")]
    #[test]
    fn digests() {
        assert_eq!(hash("abc", HashAlgorithm::Sha256).get(..8), Some("ba7816bf"));
        let lengths = HashAlgorithm::ALL.map(|algorithm| hash("abc", algorithm).len());
        assert_eq!(lengths, [64, 96, 128, 40, 32]);
        assert_eq!(HashAlgorithm::ALL.map(|algorithm| hmac("abc", "", algorithm).len()), lengths);
        // RFC 4231, the second case.
        let told = hmac("what do ya want for nothing?", "Jefe", HashAlgorithm::Sha256);
        assert_eq!(told, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
