//! The escapes of URLs: `%20`.

/// The text with all escaped that is not unreserved (RFC 3986), so that it can stand in any part of a URL.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text);
    out
}

/// The same, behind what is there.
pub fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}

/// The text that is meant in a path.
///
/// # Errors
/// An escape is not complete, or what comes out is no text.
pub fn decode(text: &str) -> Result<String, String> {
    if !text.contains(['%', '\0']) {
        return Ok(text.to_string());
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        match (bytes.next().and_then(value), bytes.next().and_then(value)) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return Err("has an escape that is not complete".to_string()),
        }
    }
    match String::from_utf8(out) {
        Ok(text) if text.contains('\0') => Err("must not contain the character NUL".to_string()),
        Ok(text) => Ok(text),
        Err(_) => Err("is not UTF-8".to_string()),
    }
}

/// The text that is meant in a query or a form, where a plus is a space.
///
/// # Errors
/// An escape is not complete, or what comes out is no text.
pub fn decode_form(text: &str) -> Result<String, String> {
    if text.contains('+') { decode(&text.replace('+', " ")) } else { decode(text) }
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_both_ways() {
        assert_eq!(encode("a b&é/~"), "a%20b%26%C3%A9%2F~");
        let all: String = (1..=0x7f).chain(0x20a0..0x2100).filter_map(char::from_u32).collect();
        assert_eq!(decode(&encode(&all)), Ok(all));
        assert_eq!((decode("a+b"), decode_form("a+b%2B")), (Ok("a+b".to_string()), Ok("a b+".to_string())));
    }

    #[test]
    fn what_is_refused() {
        for text in ["%", "%2", "%zz", "%ff", "%00", "a\0", "%c3%", "%+1"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
