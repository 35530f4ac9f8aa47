//! The types that values of flow have at run time. Numbers, texts, lists and truth are Rust's own; here is the rest.
//!
//! Each type has `parse` for texts that come from outside, `Display` for the one way in which it is written, and
//! `literal` for texts that the compiler has already checked: it never fails, so that an emitted service has nothing
//! to unwrap. Equality is that of the value (`12.5` is `12.50`), not that of the text.

mod bytes;
#[cfg(feature = "time")]
mod calendar;
mod choice;
#[cfg(feature = "time")]
mod date;
#[cfg(feature = "time")]
mod datetime;
#[cfg(feature = "decimal")]
mod decimal;
mod digits;
mod duration;
mod email;
#[cfg(all(test, feature = "decimal", feature = "regex", feature = "time"))]
mod hostile;
mod json;
mod number;
#[cfg(feature = "time")]
mod pattern;
#[cfg(feature = "regex")]
mod regex;
mod request;
mod short;
mod short_text;
#[cfg(feature = "time")]
mod time;
mod uri;
mod uuid;
#[cfg(feature = "time")]
mod zone;

pub use self::bytes::Bytes;
pub use self::choice::{HashAlgorithm, Rounding, Weekday};
#[cfg(feature = "time")]
pub use self::date::Date;
#[cfg(feature = "time")]
pub use self::datetime::DateTime;
#[cfg(feature = "decimal")]
pub use self::decimal::Decimal;
pub(crate) use self::digits::Digits;
pub use self::duration::Duration;
pub(crate) use self::duration::{DAY, HOUR, MINUTE, SECOND};
pub use self::email::Email;
pub use self::json::Json;
pub use self::number::{is_float, is_whole};
#[cfg(feature = "time")]
pub use self::pattern::Pattern;
#[cfg(feature = "regex")]
pub use self::regex::Regex;
pub use self::request::{Caller, RequestInfo};
pub(crate) use self::short::Short;
pub(crate) use self::short_text::ShortText;
#[cfg(feature = "time")]
pub use self::time::Time;
pub use self::uri::Uri;
pub use self::uuid::Uuid;
#[cfg(feature = "time")]
pub use self::zone::Zone;

/// A dictionary: its entries stay in the order in which they came.
pub type Dict<T> = indexmap::IndexMap<String, T>;
