//! Percent-decoding of paths, queries and forms. Strict: what is no whole escape, or no UTF-8, is refused, because two
//! parties that repair it differently see two different requests.

use std::borrow::Cow;

/// What a space may be written as.
#[derive(Clone, Copy, PartialEq)]
pub enum Plus {
    Space,
    Plus,
}

/// The text that was encoded; `None` when it is malformed or holds control characters that no text needs.
pub fn decode(text: &str, plus: Plus) -> Option<Cow<'_, str>> {
    let is_plain = |byte: u8| byte != b'%' && (byte != b'+' || plus == Plus::Plus);
    if text.bytes().all(is_plain) {
        return if text.contains('\0') { None } else { Some(Cow::Borrowed(text)) };
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                bytes.push(hexadecimal(*high)? * 16 + hexadecimal(*low)?);
                rest = tail;
            }
            (b'%', _) => return None,
            (b'+', _) if plus == Plus::Space => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    let decoded = String::from_utf8(bytes).ok()?;
    if decoded.contains('\0') { None } else { Some(Cow::Owned(decoded)) }
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_whole_and_the_text_is_utf_8() {
        assert_eq!(decode("a%20b+c", Plus::Space).as_deref(), Some("a b c"));
        assert_eq!(decode("a%20b+c", Plus::Plus).as_deref(), Some("a b+c"));
        assert_eq!(decode("%C3%bc", Plus::Plus).as_deref(), Some("ü"));
        for bad in ["%", "%2", "%zz", "%ff", "%c0%af", "%00", "%ed%a0%80"] {
            assert_eq!(decode(bad, Plus::Plus), None, "{bad}");
        }
    }
}
