//! The parts of a `multipart/form-data` body (RFC 7578), which is in memory already: its size was bounded when it was
//! read.

use super::body::parameter;

/// The most parts of a body.
const MOST_PARTS: usize = 256;

/// One part of a body.
pub struct Part<'a> {
    pub name: String,
    pub is_file: bool,
    pub media_type: String,
    pub content: &'a [u8],
}

/// The parts of a body; what is wrong with it, if it cannot be taken apart.
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, String> {
    if boundary.is_empty() || boundary.len() > 70 {
        return Err("has no boundary between its parts".to_owned());
    }
    let delimiter = format!("--{boundary}");
    let inner = format!("\r\n{delimiter}");
    let cut_off = || "ends in the middle of a part".to_owned();
    let mut rest = body.strip_prefix(delimiter.as_bytes()).ok_or("does not begin with its boundary")?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n").ok_or_else(cut_off)?;
        let end = find(part, inner.as_bytes()).ok_or_else(cut_off)?;
        let (part, behind) = part.split_at_checked(end).ok_or_else(cut_off)?;
        rest = behind.get(inner.len()..).unwrap_or_default();
        if parts.len() >= MOST_PARTS {
            return Err("has more than 256 parts".to_owned());
        }
        parts.push(read(part)?);
    }
    Ok(parts)
}

fn read(part: &[u8]) -> Result<Part<'_>, String> {
    let end = find(part, b"\r\n\r\n").ok_or("has a part without headers")?;
    let head = part.get(..end).and_then(|head| std::str::from_utf8(head).ok());
    let head = head.ok_or("has a part whose headers are not in UTF-8")?;
    let header = |wanted: &str| {
        let mut headers = head.split("\r\n").filter_map(|line| line.split_once(':'));
        headers.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let disposition = header("content-disposition").unwrap_or_default();
    let name = parameter(disposition, "name").ok_or("has a part without a name")?;
    Ok(Part {
        name: name.to_owned(),
        is_file: parameter(disposition, "filename").is_some(),
        media_type: header("content-type").unwrap_or_default().to_owned(),
        content: part.get(end + 4..).unwrap_or_default(),
    })
}

/// Where `wanted` begins. Candidates are found by its first byte, which is rare in most contents.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| byte == first)?;
        if bytes.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_and_contents() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--\r\n\r\n--x\r\n\
                     content-disposition: form-data; filename=\"f\"; name=b\r\ncontent-type: image/png\r\n\r\n\r\n--x--";
        let parts = parts(body, "x").unwrap_or_default();
        let seen: Vec<_> =
            parts.iter().map(|part| (part.name.as_str(), part.is_file, part.content.len())).collect();
        assert_eq!(seen, [("a", false, 7), ("b", true, 0)]);
        assert_eq!(parts.last().map(|part| part.media_type.as_str()), Some("image/png"));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for bad in ["", "--x", "--x\r\n", "--y\r\n", "--x\r\nA: b\r\n\r\nc\r\n--x--", "--x\r\n\r\n--x--"] {
            assert!(parts(bad.as_bytes(), "x").is_err(), "{bad:?}");
        }
        assert!(parts(b"--\r\n----", "").is_err());
    }
}
