//! The lexis of JSON over bytes: where things end. It builds nothing, so what nobody reads costs one pass over its bytes
//! and no memory, however deep it is.

/// How deep lists and objects may stand in each other.
pub(super) const DEPTH: u32 = crate::nested::DEEPEST;

/// Where and why a text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub at: usize,
    pub why: &'static str,
}

fn broken<T>(at: usize, why: &'static str) -> Result<T, Broken> {
    Err(Broken { at, why })
}

/// The first place at or behind `at` that holds no white space.
#[inline]
pub(super) fn space_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The first place at or behind `at` with a quote, a backslash or a control character; the end if there is none.
///
/// Eight bytes at a time, twice, and then sixteen: strings are most of what is read, most of them are short, and most of
/// their bytes are ordinary.
#[inline]
pub(super) fn plain_end(bytes: &[u8], at: usize) -> usize {
    let Some(found) = special_in_eight(bytes, at) else { return short_plain_end(bytes, at) };
    if found < 8 {
        return at + found;
    }
    match special_in_eight(bytes, at + 8) {
        Some(8) => long_plain_end(bytes, at + 16),
        Some(found) => at + 8 + found,
        None => short_plain_end(bytes, at + 8),
    }
}

#[inline(never)]
fn long_plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        // The compiler makes of it a few instructions that look at all of them at once.
        if chunk.iter().fold(false, |found, byte| found | is_special(*byte)) {
            break;
        }
        at += 16;
    }
    loop {
        match special_in_eight(bytes, at) {
            Some(8) => at += 8,
            Some(found) => return at + found,
            None => return short_plain_end(bytes, at),
        }
    }
}

/// The same where less than eight bytes are left.
#[inline(never)]
fn short_plain_end(bytes: &[u8], at: usize) -> usize {
    // The last eight again: those in front of them are ordinary.
    if let Some(last) = bytes.last_chunk()
        && special_bytes(u64::from_le_bytes(*last)) == 0
    {
        return bytes.len();
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

const fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

/// Which of the eight bytes from `at` on is the first that is a quote, a backslash or a control character; 8 if none is.
/// None where there are no eight.
#[inline]
fn special_in_eight(bytes: &[u8], at: usize) -> Option<usize> {
    let chunk = bytes.get(at..)?.first_chunk()?;
    Some((special_bytes(u64::from_le_bytes(*chunk)).trailing_zeros() / 8) as usize)
}

/// The high bit of each byte that is a quote, a backslash or a control character. A borrow can raise false bits, but only
/// above a true one, and the lowest is all that is looked at.
const fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let quotes = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslashes = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    let controls = word.wrapping_sub(ONES * 0x20);
    (quotes | backslashes | controls) & !word & HIGH
}

/// Behind the closing quote of the string whose opening quote is at `at`. Escapes are only skipped.
pub(super) fn string_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    let mut here = at + 1;
    loop {
        here = plain_end(bytes, here);
        match bytes.get(here) {
            Some(b'"') => return Ok(here + 1),
            Some(b'\\') => here = escape_end(bytes, here)?,
            Some(_) => return broken(here, "a control character stands in a string"),
            None => return broken(here, "a string is not closed"),
        }
    }
}

/// Behind the escape whose backslash is at `at`.
pub(super) fn escape_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match bytes.get(at + 2..at + 6) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(at + 6),
            _ => broken(at, "an escape is not complete"),
        },
        _ => broken(at, "there is no such escape"),
    }
}

/// Behind the number that begins at `at`; none if it is not written as JSON wants it.
pub(super) fn number_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut here = if bytes.get(at) == Some(&b'-') { at + 1 } else { at };
    here = match bytes.get(here) {
        Some(b'0') => here + 1,
        Some(b'1'..=b'9') => digits_end(bytes, here),
        _ => return None,
    };
    if bytes.get(here) == Some(&b'.') {
        here = some_digits_end(bytes, here + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(here) {
        let sign = matches!(bytes.get(here + 1), Some(b'+' | b'-'));
        here = some_digits_end(bytes, here + 1 + usize::from(sign))?;
    }
    Some(here)
}

fn some_digits_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = digits_end(bytes, at);
    (end > at).then_some(end)
}

fn digits_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Behind the value that begins at `at`, which may hold lists and objects up to `depth` deep.
#[inline]
pub(super) fn value_end(bytes: &[u8], at: usize, depth: u32) -> Result<usize, Broken> {
    match bytes.get(at) {
        Some(b'{' | b'[') => nested_end(bytes, at, depth),
        _ => scalar_end(bytes, at),
    }
}

/// The same of a list or an object.
fn nested_end(bytes: &[u8], at: usize, depth: u32) -> Result<usize, Broken> {
    let mut open = Open { objects: 0, depth: 0, limit: depth.min(DEPTH) };
    let mut here = at;
    loop {
        here = match bytes.get(here) {
            Some(b'{') => match open.enter(here, 1)? {
                inside if bytes.get(space_end(bytes, inside)) == Some(&b'}') => space_end(bytes, inside),
                inside => {
                    here = key_end(bytes, space_end(bytes, inside))?;
                    continue;
                }
            },
            Some(b'[') => match space_end(bytes, open.enter(here, 0)?) {
                inside if bytes.get(inside) == Some(&b']') => inside,
                inside => {
                    here = inside;
                    continue;
                }
            },
            _ => scalar_end(bytes, here)?,
        };
        match open.value_follows(bytes, here)? {
            Next::Value(at) => here = at,
            Next::End(at) => return Ok(at),
        }
    }
}

/// Where a value stands that is still to be read, or the end of all.
enum Next {
    Value(usize),
    End(usize),
}

/// The lists and objects that are open: a bit for each, which is set for an object.
struct Open {
    objects: u128,
    depth: u32,
    limit: u32,
}

impl Open {
    fn enter(&mut self, at: usize, bit: u128) -> Result<usize, Broken> {
        if self.depth == self.limit {
            return broken(at, "it is nested too deep");
        }
        self.objects = (self.objects << 1) | bit;
        self.depth += 1;
        Ok(at + 1)
    }

    /// Closes what ends at `at`, as much as there is, up to the next value.
    fn value_follows(&mut self, bytes: &[u8], mut at: usize) -> Result<Next, Broken> {
        while self.depth > 0 {
            at = space_end(bytes, at);
            let object = self.objects & 1 == 1;
            match bytes.get(at) {
                Some(b',') if object => return key_end(bytes, space_end(bytes, at + 1)).map(Next::Value),
                Some(b',') => return Ok(Next::Value(space_end(bytes, at + 1))),
                Some(b'}') if object => {}
                Some(b']') if !object => {}
                _ => return broken(at, "a comma or an end is missing"),
            }
            at += 1;
            self.objects >>= 1;
            self.depth -= 1;
        }
        Ok(Next::End(at))
    }
}

/// Behind the key at `at`, its colon and the white space around it.
fn key_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    if bytes.get(at) != Some(&b'"') {
        return broken(at, "a key is missing");
    }
    let colon = space_end(bytes, string_end(bytes, at)?);
    if bytes.get(colon) != Some(&b':') {
        return broken(colon, "a colon is missing");
    }
    Ok(space_end(bytes, colon + 1))
}

fn scalar_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    match bytes.get(at) {
        Some(b'"') => string_end(bytes, at),
        Some(b't') => word_end(bytes, at, b"true"),
        Some(b'f') => word_end(bytes, at, b"false"),
        Some(b'n') => word_end(bytes, at, b"null"),
        Some(b'-' | b'0'..=b'9') => match number_end(bytes, at) {
            Some(end) => Ok(end),
            None => broken(at, "a number is not complete"),
        },
        Some(_) | None => broken(at, "a value is missing"),
    }
}

/// Behind `word`, if it is what stands at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, Broken> {
    match bytes.get(at..).is_some_and(|rest| rest.starts_with(word)) {
        true => Ok(at + word.len()),
        false => broken(at, "a value is missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> bool {
        value_end(text.as_bytes(), 0, DEPTH) == Ok(text.len())
    }

    #[test]
    fn what_is_json_is_skipped() {
        let all = r#"{"a":[1,-0.5e+3,"x\"\u00e9\\",{},[],[[]],{"b":{"c":null}}],"d":true,"e":false}"#;
        assert!(whole(all));
        assert!(whole("[ ]") && whole("{ }") && whole("[ { \"a\" : [ 1 , 2 ] } , 3 ]"));
        assert!(whole(&format!("\"{}\"", "é".repeat(100))));
    }

    #[test]
    fn what_is_no_json_is_not() {
        for text in [
            "",
            "nul",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[}",
            "{]",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "NaN",
            "Infinity",
            "'a'",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "[",
            "{",
            "{\"a\":1",
            "[1",
            "\"\\",
            "// a\n1",
        ] {
            assert!(!whole(text), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(whole(&nested(128)));
        assert!(!whole(&nested(129)));
        assert!(value_end("[".repeat(100_000).as_bytes(), 0, DEPTH).is_err());
        assert!(value_end(b"[[]]", 0, 1).is_err());
    }

    #[test]
    fn plain_bytes_end_where_a_byte_by_byte_search_ends() {
        for special in [b'"', b'\\', 0x1f, 0, b'\n'] {
            for place in 0..40 {
                let mut bytes = [b'a'; 40];
                for (index, byte) in bytes.iter_mut().enumerate() {
                    *byte = [b'!', b'#', b'[', b']', 0x20, 0x7f, 0xc3, 0xff][index % 8];
                }
                *bytes.get_mut(place).expect("it is below 40") = special;
                assert_eq!(plain_end(&bytes, 0), place);
            }
        }
    }
}
