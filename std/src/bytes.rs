//! Functions of `bytes`.

use crate::fault::Fault;
use crate::value::Bytes;
#[cfg(feature = "digest")]
use crate::value::HashAlgorithm;

/// The digest, in hexadecimal digits.
#[cfg(feature = "digest")]
pub fn hash(bytes: &Bytes, algorithm: HashAlgorithm) -> String {
    digits(&crate::digest::hash(bytes.as_slice(), algorithm))
}

/// The digest under a key, in hexadecimal digits.
#[cfg(feature = "digest")]
pub fn hmac(bytes: &Bytes, key: &str, algorithm: HashAlgorithm) -> String {
    digits(&crate::digest::hmac(bytes.as_slice(), key.as_bytes(), algorithm))
}

pub fn base64(bytes: &Bytes) -> String {
    bytes.to_string()
}

pub fn hex(bytes: &Bytes) -> String {
    digits(bytes.as_slice())
}

/// The text that the bytes are in UTF-8.
pub fn text(bytes: &Bytes) -> Result<String, Fault> {
    let text = std::str::from_utf8(bytes.as_slice());
    text.map(str::to_string).map_err(|_| Fault::new("bytes that are no text in UTF-8"))
}

pub fn length(bytes: &Bytes) -> i64 {
    crate::order::count(bytes.as_slice().len())
}

pub fn is_empty(bytes: &Bytes) -> bool {
    bytes.as_slice().is_empty()
}

/// In hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> String {
    let letter = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    String::from_utf8(halves.map(letter).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abc() -> Bytes {
        Bytes::new("abc")
    }

    #[test]
    fn forms_of_bytes() {
        assert_eq!((base64(&abc()), hex(&abc())), ("YWJj".to_string(), "616263".to_string()));
        assert_eq!((length(&abc()), is_empty(&abc()), is_empty(&Bytes::default())), (3, false, true));
        assert_eq!(text(&Bytes::new("añ")).as_deref(), Ok("añ"));
        assert!(text(&Bytes::new(vec![0xff])).is_err());
    }

    #[cfg(feature = "digest")]
    #[test]
    fn digests() {
        assert_eq!(hash(&abc(), HashAlgorithm::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hmac(&abc(), "key", HashAlgorithm::Sha256),
            crate::text::hmac("abc", "key", HashAlgorithm::Sha256)
        );
    }
}
