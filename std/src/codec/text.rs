//! Values as texts: what stands in paths, queries, headers and cookies, and in strings of JSON.

use std::borrow::Cow;

use super::scalars::{Form, whole};
use super::scan::number_end;
use super::{Side, Writer};
use crate::value::{Bytes, Duration, Email, HashAlgorithm, Rounding, Uri, Uuid, Weekday};

/// What has one form as text.
pub trait AsText {
    fn as_text(&self) -> Cow<'_, str>;
}

/// What can be read from a text.
pub trait FromText: Sized {
    /// # Errors
    /// What the text must be.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl AsText for String {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl AsText for str {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl<T: AsText + ?Sized> AsText for &T {
    fn as_text(&self) -> Cow<'_, str> {
        (**self).as_text()
    }
}

impl FromText for String {
    fn from_text(text: &str) -> Result<String, String> {
        Ok(text.to_string())
    }
}

impl AsText for i64 {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl FromText for i64 {
    fn from_text(text: &str) -> Result<i64, String> {
        match number_end(text.as_bytes(), 0) {
            Some(end) if end == text.len() => whole(text, Form::Text).map_err(str::to_string),
            _ => Err("must be a whole number".to_string()),
        }
    }
}

/// As in JSON; what is not finite has no form there, and is `null` here too.
impl AsText for f64 {
    fn as_text(&self) -> Cow<'_, str> {
        let mut to = Writer::new(Side::Backend);
        to.float(*self);
        Cow::Owned(String::from_utf8(to.finish()).unwrap_or_default())
    }
}

impl FromText for f64 {
    fn from_text(text: &str) -> Result<f64, String> {
        let written = number_end(text.as_bytes(), 0) == Some(text.len());
        let number = text.parse().ok().filter(|number: &f64| written && number.is_finite());
        number.ok_or_else(|| "must be a number".to_string())
    }
}

impl AsText for bool {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }
}

impl FromText for bool {
    fn from_text(text: &str) -> Result<bool, String> {
        text.parse().map_err(|_| "must be true or false".to_string())
    }
}

#[cfg(feature = "decimal")]
impl AsText for crate::value::Decimal {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

#[cfg(feature = "decimal")]
impl FromText for crate::value::Decimal {
    fn from_text(text: &str) -> Result<crate::value::Decimal, String> {
        let written = number_end(text.as_bytes(), 0) == Some(text.len());
        let number = crate::value::Decimal::parse(text).ok().filter(|_| written);
        number.ok_or_else(|| "must be a decimal number of at most 28 digits".to_string())
    }
}

/// Both directions for a type that has `Display` and `parse`; there is no way to write implementations as a function.
macro_rules! text_of {
    ($($type:ty: $wanted:literal;)*) => {$(
        impl AsText for $type {
            fn as_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }

        impl FromText for $type {
            fn from_text(text: &str) -> Result<$type, String> {
                <$type>::parse(text).map_err(|_| $wanted.to_string())
            }
        }
    )*};
}

text_of! {
    Duration: "must be a duration such as `PT1M30S`";
    Uuid: "must be a UUID";
    Bytes: "must be bytes in base64";
}

#[cfg(feature = "time")]
text_of! {
    crate::value::Date: "must be a date such as `2024-01-31`";
    crate::value::Time: "must be a time such as `13:30:00`";
    crate::value::DateTime: "must be a date and time such as `2024-01-31T13:30:00Z`";
    crate::value::Zone: "must be a time zone such as `Europe/Lisbon`";
}

impl AsText for Email {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

impl FromText for Email {
    fn from_text(text: &str) -> Result<Email, String> {
        Email::parse(text).map_err(|_| "must be an e-mail address".to_string())
    }
}

impl AsText for Uri {
    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

impl FromText for Uri {
    fn from_text(text: &str) -> Result<Uri, String> {
        Uri::parse(text).map_err(|_| "must be a URI such as `https://example.org/a`".to_string())
    }
}

/// Both directions for an enumeration of std.
macro_rules! text_of_choice {
    ($($type:ty),*) => {$(
        impl AsText for $type {
            fn as_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }
        }

        impl FromText for $type {
            fn from_text(text: &str) -> Result<$type, String> {
                let known = <$type>::ALL.map(|one| one.as_str());
                <$type>::from_str(text).ok_or_else(|| super::scalars::one_of_message(&known))
            }
        }
    )*};
}

text_of_choice!(HashAlgorithm, Rounding, Weekday);

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways<T: AsText + FromText>(text: &str) {
        let value = T::from_text(text).expect("it is what it must be");
        assert_eq!(value.as_text(), text);
    }

    #[test]
    fn texts_go_both_ways() {
        both_ways::<String>("añ");
        both_ways::<i64>("-9223372036854775808");
        both_ways::<f64>("0.1");
        both_ways::<bool>("true");
        both_ways::<Uuid>("67e55044-10b1-426f-9247-bb680e5fe0c8");
        both_ways::<Email>("ada@example.org");
        both_ways::<Bytes>("YWJj");
        both_ways::<Weekday>("monday");
    }

    #[test]
    fn what_does_not_fit() {
        for text in ["", "1.0", "+1", " 1", "01", "1e2", "9223372036854775808", "x"] {
            assert!(i64::from_text(text).is_err(), "{text}");
        }
        for text in ["", "NaN", "inf", "1e999", ".5", "1_0"] {
            assert!(f64::from_text(text).is_err(), "{text}");
        }
        assert!(bool::from_text("TRUE").is_err());
        assert_eq!(Weekday::from_text("day").map_err(|message| message.len() > 20), Err(true));
    }

    #[cfg(feature = "time")]
    #[test]
    fn zones() {
        both_ways::<crate::value::Zone>("Europe/Lisbon");
        both_ways::<crate::value::Zone>("+05:30");
        assert!(crate::value::Zone::from_text("Mars").is_err());
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn decimals() {
        both_ways::<crate::value::Decimal>("12.50");
        assert!(crate::value::Decimal::from_text("1e3").is_err());
    }
}
