//! The writer: JSON into one buffer, without a tree of values in between.

use std::fmt::Display;
use std::io::Write;

use super::scan::plain_end;
use super::{Access, Encode, Side};
use crate::value::Digits;

/// Writes one JSON document.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    side: Side,
}

/// The value as JSON.
pub fn to_json(value: &dyn Encode, side: Side) -> Vec<u8> {
    let mut to = Writer::new(side);
    value.encode(&mut to);
    to.finish()
}

impl Writer {
    /// For a request to a backend, or an answer to our caller.
    pub fn new(side: Side) -> Writer {
        Writer::with_room(side, 128)
    }

    pub(crate) fn with_room(side: Side, room: usize) -> Writer {
        Writer { out: Vec::with_capacity(room), side }
    }

    /// How many bytes were written.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    pub fn side(&self) -> Side {
        self.side
    }

    /// Whether a field travels on the way that is written here: answers to callers, or requests to backends.
    pub fn takes(&self, access: Access) -> bool {
        match (access, self.side) {
            (Access::Both, _) | (Access::ReadOnly, Side::Caller) | (Access::WriteOnly, Side::Backend) => true,
            (Access::ReadOnly, Side::Backend) | (Access::WriteOnly, Side::Caller) => false,
        }
    }

    pub fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    pub fn bool(&mut self, value: bool) {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub fn int(&mut self, value: i64) {
        let mut digits = Digits::new();
        if value < 0 {
            digits.sign(b'-');
        }
        self.out.extend_from_slice(digits.number(value.unsigned_abs()).as_bytes());
    }

    /// What is not finite has no form in JSON, and is null.
    pub fn float(&mut self, value: f64) {
        if value.is_finite() {
            write!(self.out, "{value:?}").expect("a buffer takes all that is written");
        } else {
            self.null();
        }
    }

    #[cfg(feature = "decimal")]
    pub fn decimal(&mut self, value: crate::value::Decimal) {
        let inner = value.inner();
        let Ok(number) = u64::try_from(inner.mantissa().unsigned_abs()) else {
            return write!(self.out, "{value}").expect("a buffer takes all that is written");
        };
        let mut text = Digits::new();
        if inner.is_sign_negative() {
            text.sign(b'-');
        }
        let scale = usize::try_from(inner.scale()).unwrap_or_default();
        self.out.extend_from_slice(text.scaled(number, scale).as_bytes());
    }

    #[cfg(feature = "decimal")]
    pub fn decimal_text(&mut self, value: crate::value::Decimal) {
        self.out.push(b'"');
        self.decimal(value);
        self.out.push(b'"');
    }

    /// A string of what shows itself without anything that would need an escape.
    pub(super) fn quoted(&mut self, value: &dyn Display) {
        write!(self.out, "\"{value}\"").expect("a buffer takes all that is written");
    }

    /// The same of what is already spelt.
    #[cfg(feature = "time")]
    pub(super) fn spelt(&mut self, text: &Digits) {
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }

    pub fn string(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut end = plain_end(bytes, 0);
        // At once for as much as most texts need: their quotes, and a comma.
        self.out.reserve(bytes.len() + 3);
        self.out.push(b'"');
        let mut at = 0;
        loop {
            self.out.extend_from_slice(bytes.get(at..end).unwrap_or_default());
            let Some(byte) = bytes.get(end) else { break };
            self.escape(*byte);
            at = end + 1;
            end = plain_end(bytes, at);
        }
        self.out.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x8 => b'b',
            0xc => b'f',
            _ => {
                write!(self.out, "\\u{byte:04x}").expect("a buffer takes all that is written");
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }

    /// JSON that is already written.
    pub fn raw(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    pub fn json(&mut self, value: &crate::value::Json) {
        value.encode(self);
    }

    /// A list of all that the iterator gives.
    pub fn list<T: Encode>(&mut self, items: impl IntoIterator<Item = T>) {
        self.out.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            item.encode(self);
        }
        self.out.push(b']');
    }

    /// An object, field by field, until its `end`.
    pub fn object(&mut self) -> ObjectWriter<'_> {
        self.out.push(b'{');
        ObjectWriter { to: self, first: true }
    }
}

/// Writes the fields of one object.
#[derive(Debug)]
#[must_use = "an object is closed by `end`"]
pub struct ObjectWriter<'w> {
    to: &'w mut Writer,
    first: bool,
}

/// `name`, where it is said in the code, is as it stands between its quotes: with its escapes, if it needs any.
impl ObjectWriter<'_> {
    pub fn takes(&self, access: Access) -> bool {
        self.to.takes(access)
    }

    /// Where it is called, its name is known: what is written of that becomes a few instructions there.
    #[inline]
    pub fn field<T: Encode + ?Sized>(&mut self, name: &'static str, value: &T) -> &mut Self {
        self.name(name);
        value.encode(self.to);
        self
    }

    #[inline]
    fn name(&mut self, name: &'static str) {
        let out = &mut self.to.out;
        out.reserve(name.len() + 4);
        if !self.first {
            out.push(b',');
        }
        self.first = false;
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
    }

    /// A field that is left out when it is none.
    pub fn optional<T: Encode>(&mut self, name: &'static str, value: &Option<T>) -> &mut Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// A field that is null when it is none.
    pub fn nullable<T: Encode>(&mut self, name: &'static str, value: &Option<T>) -> &mut Self {
        self.field(name, value)
    }

    /// A field that only our callers see.
    pub fn read_only<T: Encode + ?Sized>(&mut self, name: &'static str, value: &T) -> &mut Self {
        if self.takes(Access::ReadOnly) { self.field(name, value) } else { self }
    }

    /// A field that only backends see.
    pub fn write_only<T: Encode + ?Sized>(&mut self, name: &'static str, value: &T) -> &mut Self {
        if self.takes(Access::WriteOnly) { self.field(name, value) } else { self }
    }

    /// An entry of a dictionary, or a field whose name is not known before: its name gets the escapes that it needs.
    pub fn entry(&mut self, name: &str, value: &dyn Encode) -> &mut Self {
        if !self.first {
            self.to.out.push(b',');
        }
        self.first = false;
        self.to.string(name);
        self.to.out.push(b':');
        value.encode(self.to);
        self
    }

    pub fn end(&mut self) {
        self.to.out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> String {
        let mut to = Writer::new(Side::Backend);
        write(&mut to);
        String::from_utf8(to.finish()).expect("it is UTF-8")
    }

    #[test]
    fn scalars() {
        assert_eq!(written(|to| to.int(i64::MIN)), "-9223372036854775808");
        assert_eq!(written(|to| to.int(0)), "0");
        assert_eq!(written(|to| to.int(1_234_567)), "1234567");
        assert_eq!(written(|to| to.float(0.1)), "0.1");
        assert_eq!(written(|to| to.float(1e300)), "1e300");
        assert_eq!(written(|to| to.float(f64::NAN)), "null");
        assert_eq!(written(|to| to.string("a\"\\\n\u{1}\u{8}é")), r#""a\"\\\n\u0001\bé""#);
    }

    #[test]
    fn objects() {
        let text = written(|to| {
            let mut object = to.object();
            object.field("a", &1_i64).optional("b", &None::<bool>).nullable("c", &None::<bool>);
            object.read_only("d", &true).write_only("e\\\"", &vec!["x".to_string()]);
            object.entry("f\"", &1_i64).end();
        });
        assert_eq!(text, r#"{"a":1,"c":null,"e\"":["x"],"f\"":1}"#);
    }
}
