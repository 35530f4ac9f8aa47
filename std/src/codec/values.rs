//! How each type of value stands in JSON.

use indexmap::IndexMap;

use super::{AsText, Decode, Encode, Reader, Writer};
use crate::value::{Bytes, Caller, Duration, Email, HashAlgorithm, Json, Rounding, Uri, Uuid, Weekday};

impl Decode for String {
    fn decode(from: &mut Reader<'_>) -> Option<String> {
        from.string()
    }
}

impl Encode for String {
    fn encode(&self, to: &mut Writer) {
        to.string(self);
    }
}

impl Encode for str {
    fn encode(&self, to: &mut Writer) {
        to.string(self);
    }
}

impl Decode for i64 {
    fn decode(from: &mut Reader<'_>) -> Option<i64> {
        from.int()
    }
}

impl Encode for i64 {
    fn encode(&self, to: &mut Writer) {
        to.int(*self);
    }
}

impl Decode for f64 {
    fn decode(from: &mut Reader<'_>) -> Option<f64> {
        from.float()
    }
}

impl Encode for f64 {
    fn encode(&self, to: &mut Writer) {
        to.float(*self);
    }
}

impl Decode for bool {
    fn decode(from: &mut Reader<'_>) -> Option<bool> {
        from.bool()
    }
}

/// Nothing, where something has to stand.
impl Encode for () {
    fn encode(&self, to: &mut Writer) {
        to.null();
    }
}

impl Encode for bool {
    fn encode(&self, to: &mut Writer) {
        to.bool(*self);
    }
}

#[cfg(feature = "decimal")]
impl Decode for crate::value::Decimal {
    fn decode(from: &mut Reader<'_>) -> Option<crate::value::Decimal> {
        from.decimal()
    }
}

#[cfg(feature = "decimal")]
impl Encode for crate::value::Decimal {
    fn encode(&self, to: &mut Writer) {
        to.decimal(*self);
    }
}

/// A decimal that travels as a string.
#[cfg(feature = "decimal")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalText(pub crate::value::Decimal);

#[cfg(feature = "decimal")]
impl Decode for DecimalText {
    fn decode(from: &mut Reader<'_>) -> Option<DecimalText> {
        from.decimal_text().map(DecimalText)
    }
}

#[cfg(feature = "decimal")]
impl Encode for DecimalText {
    fn encode(&self, to: &mut Writer) {
        to.decimal_text(self.0);
    }
}

impl Encode for Email {
    fn encode(&self, to: &mut Writer) {
        to.string(self.as_str());
    }
}

impl Encode for Uri {
    fn encode(&self, to: &mut Writer) {
        to.string(self.as_str());
    }
}

/// For types that are read from a text.
macro_rules! decode_text {
    ($($type:ty),*) => {$(
        impl Decode for $type {
            fn decode(from: &mut Reader<'_>) -> Option<$type> {
                from.from_text()
            }
        }
    )*};
}

/// For types that show themselves without anything that would need an escape.
macro_rules! encode_quoted {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode(&self, to: &mut Writer) {
                to.quoted(self);
            }
        }
    )*};
}

/// For the enumerations of std.
macro_rules! encode_choice {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode(&self, to: &mut Writer) {
                to.string(&self.as_text());
            }
        }
    )*};
}

decode_text!(Duration, Uuid, Email, Uri, Bytes, HashAlgorithm, Rounding, Weekday);
encode_quoted!(Duration, Uuid, Bytes);
encode_choice!(HashAlgorithm, Rounding, Weekday);

#[cfg(feature = "time")]
decode_text!(crate::value::Date, crate::value::Time, crate::value::DateTime, crate::value::Zone);
#[cfg(feature = "time")]
encode_quoted!(crate::value::Zone);

/// For types that are spelt by digits and signs alone.
#[cfg(feature = "time")]
macro_rules! encode_spelt {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode(&self, to: &mut Writer) {
                to.spelt(&self.spelt());
            }
        }
    )*};
}

#[cfg(feature = "time")]
encode_spelt!(crate::value::Date, crate::value::Time, crate::value::DateTime);

impl Decode for Json {
    fn decode(from: &mut Reader<'_>) -> Option<Json> {
        from.json()
    }
}

impl Encode for Json {
    fn encode(&self, to: &mut Writer) {
        match self {
            Json::Null => to.null(),
            Json::Bool(value) => to.bool(*value),
            Json::Number(written) => to.raw(written.as_bytes()),
            Json::Text(text) => to.string(text),
            Json::List(items) => items.encode(to),
            Json::Object(entries) => entries.encode(to),
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(from: &mut Reader<'_>) -> Option<Vec<T>> {
        from.list(T::decode)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, to: &mut Writer) {
        to.list(self);
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, to: &mut Writer) {
        to.list(self);
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut Reader<'_>) -> Option<Option<T>> {
        from.optional(T::decode)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, to: &mut Writer) {
        match self {
            Some(value) => value.encode(to),
            None => to.null(),
        }
    }
}

impl<T: Decode> Decode for IndexMap<String, T> {
    fn decode(from: &mut Reader<'_>) -> Option<IndexMap<String, T>> {
        from.dict(T::decode)
    }
}

impl<T: Encode> Encode for IndexMap<String, T> {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        for (key, value) in self {
            object.entry(key, value);
        }
        object.end();
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(from: &mut Reader<'_>) -> Option<Box<T>> {
        T::decode(from).map(Box::new)
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    fn encode(&self, to: &mut Writer) {
        (**self).encode(to);
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, to: &mut Writer) {
        (**self).encode(to);
    }
}

impl Encode for Caller {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("subject", &self.subject).field("scopes", &self.scopes);
        object.field("claims", &self.claims);
        if let Some(service) = &self.service {
            object.field("service", service);
        }
        object.end();
    }
}

#[cfg(feature = "time")]
impl Encode for crate::value::RequestInfo {
    fn encode(&self, to: &mut Writer) {
        to.object().field("id", &self.id).field("at", &self.at).field("address", &self.address).end();
    }
}
