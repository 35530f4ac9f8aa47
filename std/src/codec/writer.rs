//! The writer: JSON into one buffer, without a tree of values in between.

use std::fmt::Display;
use std::io::Write;

use super::out::Out;
use super::scan::plain_end;
use super::{Access, Encode, Side};
use crate::value::{Digits, ShortText};

/// Writes one JSON document.
#[derive(Debug)]
pub struct Writer {
    out: Out,
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
        Writer { out: Out::with_capacity(room), side }
    }

    /// How many bytes were written.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub fn finish(self) -> Vec<u8> {
        self.out.finish()
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
        self.out.extend(b"null");
    }

    pub fn bool(&mut self, value: bool) {
        self.out.extend(if value { b"true" } else { b"false" });
    }

    pub fn int(&mut self, value: i64) {
        self.scaled(value < 0, value.unsigned_abs(), 0);
    }

    /// A number of which so many digits stand behind a point.
    fn scaled(&mut self, is_negative: bool, number: u64, scale: usize) {
        if is_negative {
            self.out.push(b'-');
        }
        let Some(text) = ShortText::of(number, scale) else {
            return self.out.extend(Digits::new().scaled(number, scale).as_bytes());
        };
        // All eight are written, for that is one move; those that count are passed.
        if let Some(places) = self.out.room(8).first_chunk_mut() {
            *places = text.bytes();
            self.out.pass(text.length());
        }
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
        self.scaled(inner.is_sign_negative(), number, usize::try_from(inner.scale()).unwrap_or_default());
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
        self.out.extend_between(b'"', text.as_bytes(), b'"');
    }

    pub fn string(&mut self, text: &str) {
        let bytes = text.as_bytes();
        match plain_end(bytes, 0) {
            end if end == bytes.len() => self.out.extend_between(b'"', bytes, b'"'),
            end => self.escaped(bytes, end),
        }
    }

    /// A string in which the byte at `end` is the first that needs an escape.
    fn escaped(&mut self, bytes: &[u8], mut end: usize) {
        self.out.push(b'"');
        let mut at = 0;
        loop {
            self.out.extend(bytes.get(at..end).unwrap_or_default());
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
        self.out.extend(&[b'\\', short]);
    }

    /// JSON that is already written.
    pub fn raw(&mut self, json: &[u8]) {
        self.out.extend(json);
    }

    pub fn json(&mut self, value: &crate::value::Json) {
        value.encode(self);
    }

    /// A list of all that the iterator gives.
    pub fn list<T: Encode>(&mut self, items: impl IntoIterator<Item = T>) {
        let start = self.out.len();
        for item in items {
            self.out.push(b',');
            item.encode(self);
        }
        self.close(start, b'[', b']');
    }

    /// An object, field by field, until its `end`.
    #[inline]
    pub fn object(&mut self) -> ObjectWriter<'_> {
        ObjectWriter { start: self.out.len(), to: self }
    }

    /// Ends what began at `start`. All that is in it has a comma in front of it, and that of the first becomes the bracket:
    /// so none has to know whether it is the first.
    fn close(&mut self, start: usize, open: u8, close: u8) {
        match self.out.from(start) {
            [first, ..] => *first = open,
            [] => self.out.push(open),
        }
        self.out.push(close);
    }
}

/// Writes the fields of one object.
#[derive(Debug)]
#[must_use = "an object is closed by `end`"]
pub struct ObjectWriter<'w> {
    to: &'w mut Writer,
    start: usize,
}

/// `name`, where it is said in the code, is as it stands between its quotes: with its escapes, if it needs any.
impl ObjectWriter<'_> {
    pub fn takes(&self, access: Access) -> bool {
        self.to.takes(access)
    }

    /// Where it is called, its name is known: what is written of that becomes a few instructions there.
    #[inline]
    pub fn field<T: Encode + ?Sized>(&mut self, name: &'static str, value: &T) -> &mut Self {
        self.to.out.extend_key(name.as_bytes());
        value.encode(self.to);
        self
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
        self.to.out.push(b',');
        self.to.string(name);
        self.to.out.push(b':');
        value.encode(self.to);
        self
    }

    pub fn end(&mut self) {
        self.to.close(self.start, b'{', b'}');
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
