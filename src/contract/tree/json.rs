//! A reader of JSON that makes the positioned tree straight from the bytes. Strict, as RFC 8259 has it, and
//! without recursion, so that no nesting can overflow the stack.

use super::build::Builder;
use super::{Kind, ReadError};

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    /// A value or `]`, right behind `[`.
    FirstItem,
    /// A key or `}`, right behind `{`.
    FirstKey,
    Key,
    /// `,` or the end of the map or list.
    Separator,
}

pub(super) fn read(builder: &mut Builder) -> Result<(), ReadError> {
    let bytes = builder.text.as_bytes();
    let mut at = if builder.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut inside: Vec<Kind> = Vec::new();
    let mut expect = Expect::Value;
    loop {
        at = skip_space(bytes, at);
        let Some(byte) = bytes.get(at).copied() else {
            return Err(syntax(bytes, at, "the document ends too early"));
        };
        (at, expect) = match (expect, byte) {
            (Expect::Value | Expect::FirstItem, b'{' | b'[') => {
                let kind = if byte == b'{' { Kind::Map } else { Kind::List };
                builder.open(kind, at)?;
                inside.push(kind);
                (at + 1, if byte == b'{' { Expect::FirstKey } else { Expect::FirstItem })
            }
            (Expect::FirstItem, b']') | (Expect::FirstKey, b'}') => close(builder, &mut inside, at),
            (Expect::Value | Expect::FirstItem, _) => (scalar(builder, bytes, at)?, Expect::Separator),
            (Expect::FirstKey | Expect::Key, b'"') => (key(builder, bytes, at)?, Expect::Value),
            (Expect::FirstKey | Expect::Key, _) => {
                return Err(syntax(bytes, at, "expected a key in quotation marks"));
            }
            (Expect::Separator, b',') => {
                let map = inside.last() == Some(&Kind::Map);
                (at + 1, if map { Expect::Key } else { Expect::Value })
            }
            (Expect::Separator, b'}') if inside.last() == Some(&Kind::Map) => close(builder, &mut inside, at),
            (Expect::Separator, b']') if inside.last() == Some(&Kind::List) => {
                close(builder, &mut inside, at)
            }
            (Expect::Separator, _) => {
                return Err(syntax(bytes, at, "expected `,` or the end of the list or map"));
            }
        };
        if expect == Expect::Separator && inside.is_empty() {
            return end_of_text(bytes, at);
        }
    }
}

fn end_of_text(bytes: &[u8], at: usize) -> Result<(), ReadError> {
    let at = skip_space(bytes, at);
    if at < bytes.len() {
        Err(syntax(bytes, at, "there is more behind the end of the document"))
    } else {
        Ok(())
    }
}

fn close(builder: &mut Builder, inside: &mut Vec<Kind>, at: usize) -> (usize, Expect) {
    inside.pop();
    builder.close(at + 1);
    (at + 1, Expect::Separator)
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

fn key(builder: &mut Builder, bytes: &[u8], at: usize) -> Result<usize, ReadError> {
    let (end, kind) = string_end(bytes, at)?;
    let key = builder.push(kind, at, end, 0)?;
    builder.key(key);
    let colon = skip_space(bytes, end);
    match bytes.get(colon) {
        Some(b':') => Ok(colon + 1),
        _ => Err(syntax(bytes, colon, "expected `:` behind the key")),
    }
}

/// Any value but a map or list; gives the byte behind it.
fn scalar(builder: &mut Builder, bytes: &[u8], at: usize) -> Result<usize, ReadError> {
    let (kind, end) = match bytes.get(at) {
        Some(b'"') => {
            let (end, kind) = string_end(bytes, at)?;
            (kind, end)
        }
        Some(b'-' | b'0'..=b'9') => (Kind::Number, number_end(bytes, at)?),
        _ => word(bytes, at)?,
    };
    builder.push(kind, at, end, 0)?;
    Ok(end)
}

fn word(bytes: &[u8], at: usize) -> Result<(Kind, usize), ReadError> {
    let rest = bytes.get(at..).unwrap_or_default();
    let words: [(&[u8], Kind); 3] = [(b"true", Kind::True), (b"false", Kind::False), (b"null", Kind::Null)];
    words
        .iter()
        .find(|(word, _)| rest.starts_with(word))
        .map(|(word, kind)| (*kind, at + word.len()))
        .ok_or_else(|| syntax(bytes, at, "expected a value"))
}

/// The byte behind the closing quotation mark, and whether there are escapes on the way.
fn string_end(bytes: &[u8], start: usize) -> Result<(usize, Kind), ReadError> {
    let mut at = start + 1;
    let mut kind = Kind::Quoted;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok((at + 1, kind)),
            Some(b'\\') => {
                kind = Kind::Escaped;
                at = escape_end(bytes, at)?;
            }
            Some(0..=0x1f) => return Err(syntax(bytes, at, "a control character stands in a string")),
            Some(_) => at += 1,
            None => return Err(syntax(bytes, start, "the string does not end")),
        }
    }
}

fn escape_end(bytes: &[u8], at: usize) -> Result<usize, ReadError> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') if bytes.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => {
            Ok(at + 6)
        }
        _ => Err(syntax(bytes, at, "no such escape")),
    }
}

fn number_end(bytes: &[u8], start: usize) -> Result<usize, ReadError> {
    let digits = |mut at: usize| {
        while matches!(bytes.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        at
    };
    let whole = if bytes.get(start) == Some(&b'-') { start + 1 } else { start };
    let mut at = digits(whole);
    let leading_zero = bytes.get(whole) == Some(&b'0') && at > whole + 1;
    if at == whole || leading_zero {
        return Err(syntax(bytes, start, "this is not a number of JSON"));
    }
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == at + 1 {
            return Err(syntax(bytes, at, "expected a digit"));
        }
        at = fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == at + 1 + sign {
            return Err(syntax(bytes, at, "expected a digit"));
        }
        at = exponent;
    }
    Ok(at)
}

fn syntax(bytes: &[u8], at: usize, what: &str) -> ReadError {
    // Spans lie on character borders, so a fault covers a byte only where that byte is a character.
    let end = if bytes.get(at).is_some_and(u8::is_ascii) { at + 1 } else { at };
    ReadError::Syntax { start: at.min(bytes.len()), end: end.min(bytes.len()), what: what.to_owned() }
}

/// What the reader has seen to be well-formed, as text. A lone surrogate becomes U+FFFD.
pub(super) fn unescape(escaped: &str) -> String {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at).unwrap_or(""));
        let (letter, length) = unescape_one(rest.get(at..).unwrap_or(""));
        text.push(letter);
        rest = rest.get(at + length..).unwrap_or("");
    }
    text.push_str(rest);
    text
}

/// One escape at the start of a text, and how many bytes it has.
fn unescape_one(text: &str) -> (char, usize) {
    let letter = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unescape_unicode(text),
        Some(other) => char::from(*other),
        None => '\u{fffd}',
    };
    (letter, 2)
}

fn unescape_unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| text.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let first = unit(2).unwrap_or(0xfffd);
    let second = if text.get(6..8) == Some("\\u") { unit(8) } else { None };
    if let (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) = (first, second) {
        let letter = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(letter).unwrap_or('\u{fffd}'), 12);
    }
    (char::from_u32(first).unwrap_or('\u{fffd}'), 6)
}
