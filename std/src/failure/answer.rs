//! How the answer of a backend is read. A body is read only as what the contract says it is: a page of HTML with a 200,
//! from a proxy on the way, is no JSON.

use super::{Answer, CallFailure};
use crate::Bytes;
use crate::codec::Pieces;
use crate::codec::{FaultAt, Reader, Side, from_json};

impl Answer {
    /// Reads JSON. `root` is what the places of faults begin with.
    ///
    /// # Errors
    /// The body is not what the contract promises.
    pub fn json<'a, T>(
        &'a self,
        decode: impl FnOnce(&mut Reader<'a>) -> Option<T>,
        root: &str,
    ) -> Result<T, CallFailure> {
        self.expect_json()?;
        let decode = |from: &mut Reader<'a>| {
            from.skips(self.unread);
            decode(from)
        };
        from_json(without_mark(&self.body), Side::Backend, root, decode).map_err(CallFailure::Malformed)
    }

    /// Reads the first part of a list in JSON.
    ///
    /// # Errors
    /// The body is not what the contract promises.
    pub(crate) fn pieces(&self) -> Result<Pieces, CallFailure> {
        self.expect_json()?;
        let mut pieces = Pieces::new(self.unread);
        pieces.push(&self.body);
        Ok(pieces)
    }

    fn expect_json(&self) -> Result<(), CallFailure> {
        // As nearly all write it.
        if self.media_type == "application/json" {
            return Ok(());
        }
        self.expect("JSON", |essence| essence == "application/json" || essence.ends_with("+json"))
    }

    /// Reads one value from each line; empty lines count as none.
    ///
    /// # Errors
    /// A line is not what the contract promises.
    pub fn json_lines<'a, T>(
        &'a self,
        decode: impl Fn(&mut Reader<'a>) -> Option<T>,
        root: &str,
    ) -> Result<Vec<T>, CallFailure> {
        self.expect("lines of JSON", |essence| essence.contains("json"))?;
        let lines = without_mark(&self.body).split(|byte| *byte == b'\n');
        let lines = lines.map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let values = lines.enumerate().map(|(number, line)| {
            let decode = |from: &mut Reader<'a>| {
                from.skips(self.unread);
                decode(from)
            };
            from_json(line, Side::Backend, &format!("{root}[{number}]"), decode)
        });
        values.collect::<Result<_, _>>().map_err(CallFailure::Malformed)
    }

    /// Reads text. `media_type` is that of the contract.
    ///
    /// # Errors
    /// It is a page that nobody asked for, or not UTF-8.
    pub fn text(&self, media_type: &str) -> Result<String, CallFailure> {
        self.expect("the contract", |essence| is_close_to(essence, media_type))?;
        let text = std::str::from_utf8(without_mark(&self.body));
        text.map(str::to_owned).map_err(|_| malformed("body", "is no text in UTF-8"))
    }

    /// Reads bytes of any kind. `media_type` is that of the contract.
    ///
    /// # Errors
    /// They are a page that nobody asked for.
    pub fn binary(&self, media_type: &str) -> Result<Bytes, CallFailure> {
        self.expect("the contract", |essence| is_close_to(essence, media_type))?;
        Ok(Bytes::new(self.body.clone()))
    }

    /// Many systems forget to say what they send; that alone is no reason to refuse it.
    fn expect(&self, whose: &str, fits: impl FnOnce(&str) -> bool) -> Result<(), CallFailure> {
        let essence = essence_of(&self.media_type);
        match essence.is_empty() || fits(&essence) {
            true => Ok(()),
            false => Err(malformed("content-type", &format!("must be that of {whose}"))),
        }
    }
}

/// A media type without its parameters.
fn essence_of(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether text or bytes may be what the contract says. Names differ too much between systems to insist on one; a page
/// of HTML that was not asked for is always the wrong thing.
fn is_close_to(essence: &str, media_type: &str) -> bool {
    let is_page = ["text/html", "application/xhtml+xml"].contains(&essence);
    let wanted = essence_of(media_type);
    !is_page || wanted == essence || wanted == "*/*" || wanted == "text/*"
}

/// Some systems begin a text with a byte order mark.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

fn malformed(at: &str, message: &str) -> CallFailure {
    CallFailure::Malformed(vec![FaultAt::new(at, message)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_only_taken_where_pages_are_asked_for() {
        assert!(is_close_to("text/html", "text/html; charset=utf-8"));
        assert!(is_close_to("text/html", "text/*"));
        assert!(!is_close_to("text/html", "text/csv"));
        assert!(is_close_to("application/csv", "text/csv"));
        assert_eq!(essence_of(" Application/JSON ; charset=utf-8"), "application/json");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_text() {
        assert_eq!(without_mark("\u{feff}a".as_bytes()), b"a");
        assert_eq!(without_mark(b"a"), b"a");
    }
}
