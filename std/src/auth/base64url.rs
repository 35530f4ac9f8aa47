//! Base64 as tokens have it (RFC 7515): the letters of URLs and no padding. Each text of bytes has one form only.

use crate::value::Bytes;

pub fn encode(bytes: &[u8]) -> String {
    let text = Bytes::from(bytes.to_vec()).to_string();
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// `None` for what is no such text, or could be written in another way.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_plain {
        return None;
    }
    Some(Bytes::parse(text).ok()?.into_inner().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", &[0xff, 0xfe, 0xfd, 0xfc]] {
            assert_eq!(decode(&encode(bytes)).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn there_is_one_form_only() {
        assert_eq!(decode("YQ").as_deref(), Some(&b"a"[..]));
        for other in ["YQ==", "YR", "Y", "YQ ", "-_+/", "YQ\n", "é"] {
            assert_eq!(decode(other), None, "{other}");
        }
    }
}
