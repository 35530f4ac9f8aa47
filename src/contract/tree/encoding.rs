//! Bytes to text: UTF-8, with or without a byte order mark, and nothing else. Nothing is replaced or guessed;
//! what something else looks like is said, so that its owner knows what to do.

/// Why bytes are no text of ours, and at which byte that shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct EncodingFault {
    pub offset: usize,
    pub found: &'static str,
}

pub(in super::super) fn decode(bytes: Vec<u8>) -> Result<String, (EncodingFault, String)> {
    if let Some(found) = known_format(&bytes) {
        return Err((EncodingFault { offset: 0, found }, String::new()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => no_control(text),
        Err(fault) => {
            let offset = fault.utf8_error().valid_up_to();
            let mut bytes = fault.into_bytes();
            bytes.truncate(offset);
            let before = String::from_utf8(bytes).unwrap_or_default();
            Err((EncodingFault { offset, found: "a byte that is not UTF-8" }, before))
        }
    }
}

fn known_format(bytes: &[u8]) -> Option<&'static str> {
    let starts: [(&[u8], &str); 6] = [
        (&[0x1f, 0x8b], "gzip"),
        (&[0x89, b'P', b'N', b'G'], "a PNG image"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"%PDF", "a PDF file"),
        (&[0xff, 0xfe], "UTF-16 (little endian)"),
        (&[0xfe, 0xff], "UTF-16 (big endian)"),
    ];
    if let Some((_, name)) = starts.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(name);
    }
    match bytes {
        [0, second, ..] if *second > 0 => Some("UTF-16 (big endian)"),
        [first, 0, ..] if *first > 0 => Some("UTF-16 (little endian)"),
        _ => None,
    }
}

/// NUL never stands in a JSON or YAML text.
fn no_control(text: String) -> Result<String, (EncodingFault, String)> {
    match text.bytes().position(|byte| byte == 0) {
        Some(offset) => {
            let before = text.get(..offset).unwrap_or("").to_owned();
            Err((EncodingFault { offset, found: "a NUL byte" }, before))
        }
        None => Ok(text),
    }
}
