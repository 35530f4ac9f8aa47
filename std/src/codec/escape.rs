//! Strings with escapes, undone. The rare case, kept out of the way of the common one.

use super::scan::{Broken, escape_end, plain_end};

/// A string that had escapes, or why no text can be made of it although it is well-formed.
pub(super) type Unescaped = Result<String, &'static str>;

/// The string whose first character is at `start`, and the place behind its closing quote.
pub(super) fn unescape(text: &str, start: usize) -> Result<(Unescaped, usize), Broken> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut refused = None;
    let mut at = start;
    loop {
        let end = plain_end(bytes, at);
        out.push_str(text.get(at..end).unwrap_or_default());
        at = match bytes.get(end) {
            Some(b'"') => return Ok((refused.map_or(Ok(out), Err), end + 1)),
            Some(b'\\') => {
                let (meant, after) = escape(bytes, end)?;
                match meant {
                    Ok(character) => out.push(character),
                    Err(why) => refused = Some(why),
                }
                after
            }
            Some(_) => return Err(Broken { at: end, why: "a control character stands in a string" }),
            None => return Err(Broken { at: end, why: "a string is not closed" }),
        };
    }
}

/// What the escape at `at` stands for, and the place behind it.
fn escape(bytes: &[u8], at: usize) -> Result<(Result<char, &'static str>, usize), Broken> {
    let end = escape_end(bytes, at)?;
    let meant = match bytes.get(at + 1) {
        Some(b'b') => Ok('\u{8}'),
        Some(b'f') => Ok('\u{c}'),
        Some(b'n') => Ok('\n'),
        Some(b'r') => Ok('\r'),
        Some(b't') => Ok('\t'),
        Some(b'u') => return Ok(unicode(bytes, at)),
        Some(other) => Ok(char::from(*other)),
        None => return Err(Broken { at, why: "an escape is not complete" }),
    };
    Ok((meant, end))
}

/// The character of `\uXXXX`, or of the two of them that make a surrogate pair.
fn unicode(bytes: &[u8], at: usize) -> (Result<char, &'static str>, usize) {
    const LONE: &str = "must not contain half a surrogate pair";
    let first = hex(bytes, at + 2);
    let end = at + 6;
    if first == 0 {
        return (Err("must not contain the character NUL"), end);
    }
    if !(0xd800..0xdc00).contains(&first) {
        return (char::from_u32(first).ok_or(LONE), end);
    }
    let paired = bytes.get(end..end + 2) == Some(b"\\u") && escape_end(bytes, end).is_ok();
    let second = if paired { hex(bytes, end + 2) } else { 0 };
    if !(0xdc00..0xe000).contains(&second) {
        return (Err(LONE), end);
    }
    let both = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    (char::from_u32(both).ok_or(LONE), end + 6)
}

fn hex(bytes: &[u8], at: usize) -> u32 {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |sum, digit| sum * 16 + char::from(*digit).to_digit(16).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(inner: &str) -> Unescaped {
        let (text, end) = unescape(&format!("{inner}\""), 0).expect("it is well-formed");
        assert_eq!(end, inner.len() + 1);
        text
    }

    #[test]
    fn escapes() {
        assert_eq!(text(r#"a\"\\\/\b\f\n\r\tz"#), Ok("a\"\\/\u{8}\u{c}\n\r\tz".to_string()));
        assert_eq!(text(r"\u00e9\u20AC\ud83d\ude00"), Ok("é€😀".to_string()));
    }

    #[test]
    fn what_is_no_text() {
        for inner in
            [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\n", r"\ud83d\u0041", r"\ud83d\ud83d", r"a\u0000"]
        {
            assert!(text(inner).is_err(), "{inner}");
        }
        assert!(unescape("\\u12", 0).is_err());
        assert!(unescape("\\ud83d\\u1\"", 0).is_err());
        assert!(unescape("\u{1}\"", 0).is_err());
        assert!(unescape("abc", 0).is_err());
    }
}
