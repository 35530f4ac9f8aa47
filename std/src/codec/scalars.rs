//! Reading values that are neither lists nor objects: texts, numbers, and the types that travel as strings.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::scan::{Broken, number_end};
use super::text::FromText;
use super::{FloatRule, IntRule, Kind, Reader, Side, TextRule};
use crate::value::{Bytes, Duration, Email, Json, Short, Uri, Uuid};

const WHOLE: &str = "must be a whole number";
const TOO_LARGE: &str = "must be a whole number of 64 bits";

/// What is said when a text is none of those that are known.
pub(super) fn one_of_message(known: &[&str]) -> String {
    let mut message = "must be ".to_string();
    for (index, known) in known.iter().enumerate() {
        message.push_str(if index == 0 { "" } else { " or " });
        message.push_str(&format!("`{known}`"));
    }
    message
}

impl<'a> Reader<'a> {
    /// The text of a string, borrowed where it has no escapes.
    pub fn text(&mut self) -> Option<Cow<'a, str>> {
        if self.ahead() != Some(b'"') {
            return self.mismatch(Kind::Text.name());
        }
        match self.text_ahead()? {
            Ok(text) => Some(text),
            Err(why) => {
                self.fault(why);
                None
            }
        }
    }

    /// What is read at once is a part of who asks for it, here and in the methods below: it stays in registers, while what
    /// a call gives back has to be stored, and is waited for when it is moved to its place at once. A boxed text is handed
    /// on in registers even by a call.
    #[inline]
    pub fn string(&mut self) -> Option<String> {
        let text = match self.plain_text() {
            Some(text) => Some(Box::from(text)),
            None => self.any_string(),
        };
        text.map(String::from)
    }

    #[cold]
    fn any_string(&mut self) -> Option<Box<str>> {
        self.text().map(|text| text.into_owned().into_boxed_str())
    }

    pub fn string_of(&mut self, rule: &TextRule) -> Option<String> {
        let text = self.text()?;
        self.checked(rule.check(&text))?;
        Some(text.into_owned())
    }

    /// A text that should be one of those that are known; from a backend it may be another one.
    pub fn open_enum(&mut self, known: &'static [&'static str]) -> Option<String> {
        let text = self.text()?;
        if self.side() == Side::Caller && !known.iter().any(|known| *known == text) {
            self.fault(one_of_message(known));
            return None;
        }
        Some(text.into_owned())
    }

    /// Which of the known texts it is.
    pub fn one_of(&mut self, known: &'static [&'static str]) -> Option<usize> {
        let text = self.text()?;
        let found = known.iter().position(|known| *known == text);
        if found.is_none() {
            self.fault(one_of_message(known));
        }
        found
    }

    pub fn bool(&mut self) -> Option<bool> {
        match self.ahead() {
            Some(b't') => self.word(b"true").map(|()| true),
            Some(b'f') => self.word(b"false").map(|()| false),
            Some(b'"') if self.reads_texts() => self.from_text(),
            _ => self.mismatch(Kind::Bool.name()),
        }
    }

    #[inline]
    pub fn int(&mut self) -> Option<i64> {
        match self.short_number() {
            Some(short) if short.scale() == 0 => {
                self.at += short.length();
                Some(short.number())
            }
            _ => self.any_int(),
        }
    }

    #[cold]
    fn any_int(&mut self) -> Option<i64> {
        let written = self.number_written("a whole number")?;
        let form = if self.reads_texts() { Form::Text } else { Form::Json };
        match whole(&written, form) {
            Ok(number) => Some(number),
            Err(message) => {
                self.fault(message);
                None
            }
        }
    }

    pub fn int_of(&mut self, rule: &IntRule) -> Option<i64> {
        let number = self.int()?;
        self.checked(rule.check(number))?;
        Some(number)
    }

    pub fn float(&mut self) -> Option<f64> {
        let written = self.number_written(Kind::Number.name())?;
        let number = written.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.fault("must be a number that fits a float");
        }
        number
    }

    pub fn float_of(&mut self, rule: &FloatRule) -> Option<f64> {
        let number = self.float()?;
        self.checked(rule.check(number))?;
        Some(number)
    }

    /// The number ahead, if it is one of those that can be read at once.
    #[inline]
    pub(super) fn short_number(&self) -> Option<Short> {
        Short::at_start(self.text.as_bytes().get(self.at..)?)
    }

    /// A number as it is written; in the mode for texts also one in a string.
    pub(super) fn number_written(&mut self, wanted: &str) -> Option<Cow<'a, str>> {
        match self.ahead() {
            Some(b'-' | b'0'..=b'9') => self.number_ahead().map(Cow::Borrowed),
            Some(b'"') if self.reads_texts() => self.number_in_string(wanted),
            _ => self.mismatch(wanted),
        }
    }

    /// The number ahead as it is written.
    pub(super) fn number_ahead(&mut self) -> Option<&'a str> {
        let start = self.at;
        let Some(end) = number_end(self.text.as_bytes(), start) else {
            return self.break_off(Broken { at: start, why: "a number is not complete" });
        };
        self.at = end;
        self.text.get(start..end)
    }

    /// The number in the string ahead as it is written.
    pub(super) fn number_in_string(&mut self, wanted: &str) -> Option<Cow<'a, str>> {
        let text = self.text()?;
        if number_end(text.as_bytes(), 0) != Some(text.len()) {
            self.fault(format!("must be {wanted}"));
            return None;
        }
        Some(text)
    }

    /// What stands as a string and is checked when it is read.
    pub fn from_text<T: FromText>(&mut self) -> Option<T> {
        let read = match self.plain_text() {
            Some(text) => T::from_text(text),
            None => T::from_text(&self.text()?),
        };
        match read {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault(message);
                None
            }
        }
    }

    pub fn duration(&mut self) -> Option<Duration> {
        self.from_text()
    }

    pub fn uuid(&mut self) -> Option<Uuid> {
        self.from_text()
    }

    pub fn email(&mut self) -> Option<Email> {
        self.from_text()
    }

    pub fn uri(&mut self) -> Option<Uri> {
        self.from_text()
    }

    pub fn bytes(&mut self) -> Option<Bytes> {
        self.from_text()
    }

    /// Any value. Numbers stay as they are written.
    pub fn json(&mut self) -> Option<Json> {
        match self.kind() {
            Kind::Null => self.null().map(|()| Json::Null),
            Kind::Bool if self.ahead() == Some(b't') => self.word(b"true").map(|()| Json::Bool(true)),
            Kind::Bool => self.word(b"false").map(|()| Json::Bool(false)),
            Kind::Text => self.string().map(Json::Text),
            Kind::List => self.json_list(),
            Kind::Object => self.dict(Reader::json).map(Json::Object),
            Kind::Number => match self.ahead() {
                Some(b'-' | b'0'..=b'9') => self.number_ahead().map(|text| Json::Number(text.to_string())),
                _ => self.skip().and(None),
            },
        }
    }

    fn json_list(&mut self) -> Option<Json> {
        self.list(Reader::json).map(Json::List)
    }

    /// Any object.
    pub fn json_object(&mut self) -> Option<IndexMap<String, Json>> {
        self.dict(Reader::json)
    }
}

#[cfg(feature = "time")]
impl Reader<'_> {
    pub fn date(&mut self) -> Option<crate::value::Date> {
        self.from_text()
    }

    pub fn time(&mut self) -> Option<crate::value::Time> {
        self.from_text()
    }

    pub fn datetime(&mut self) -> Option<crate::value::DateTime> {
        self.from_text()
    }
}

#[cfg(feature = "decimal")]
mod decimal {
    use super::super::{DecimalRule, Kind, Reader, Side};
    use crate::value::Decimal;

    impl Reader<'_> {
        /// A decimal that travels as a number; from a backend also one in a string.
        #[inline]
        pub fn decimal(&mut self) -> Option<Decimal> {
            match self.short_number() {
                Some(short) => {
                    self.at += short.length();
                    Some(Decimal::short(short))
                }
                None => self.any_decimal(),
            }
        }

        #[cold]
        fn any_decimal(&mut self) -> Option<Decimal> {
            let written = match self.kind() {
                Kind::Text if self.side() == Side::Backend => self.number_in_string("a decimal number")?,
                _ => self.number_written("a decimal number")?,
            };
            self.decimal_written(&written)
        }

        pub fn decimal_of(&mut self, rule: &DecimalRule) -> Option<Decimal> {
            let number = self.decimal()?;
            self.checked(rule.check(number))?;
            Some(number)
        }

        /// A decimal that travels as a string; from a backend also one that is a number.
        pub fn decimal_text(&mut self) -> Option<Decimal> {
            let written = match self.kind() {
                Kind::Number if self.side() == Side::Backend => self.number_written("a decimal number")?,
                Kind::Text => self.number_in_string("a decimal number")?,
                _ => return self.mismatch("a decimal number in a string"),
            };
            self.decimal_written(&written)
        }

        pub fn decimal_text_of(&mut self, rule: &DecimalRule) -> Option<Decimal> {
            let number = self.decimal_text()?;
            self.checked(rule.check(number))?;
            Some(number)
        }

        fn decimal_written(&mut self, written: &str) -> Option<Decimal> {
            let number = Decimal::parse_number(written).ok();
            if number.is_none() {
                self.fault("must be a decimal number of at most 28 digits");
            }
            number
        }
    }
}

/// What a number is written in.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Json,
    /// A parameter, or a field of a form.
    Text,
}

/// The whole number that is written here. In JSON, `1.0` and `1e2` are whole as well: JSON Schema says so, and there are
/// languages in which all numbers look like that.
pub(super) fn whole(written: &str, form: Form) -> Result<i64, &'static str> {
    if let Ok(number) = written.parse() {
        return Ok(number);
    }
    let plain = written.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    match form {
        _ if plain => Err(TOO_LARGE),
        Form::Text => Err(WHOLE),
        Form::Json => whole_with_exponent(written),
    }
}

fn whole_with_exponent(written: &str) -> Result<i64, &'static str> {
    let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return Ok(0);
    }
    let power = || {
        let exponent = exponent.parse::<i64>().ok()?;
        let zeros = i64::try_from(digits.len() - kept.len()).ok()?;
        exponent.checked_add(zeros)?.checked_sub(i64::try_from(fraction.len()).ok()?)
    };
    match power() {
        Some(power) if power < 0 => Err(WHOLE),
        Some(power @ 0..20) => {
            let zeros = "0".repeat(usize::try_from(power).unwrap_or_default());
            format!("{sign}{kept}{zeros}").parse().map_err(|_| TOO_LARGE)
        }
        Some(_) => Err(TOO_LARGE),
        None if exponent.starts_with('-') => Err(WHOLE),
        None => Err(TOO_LARGE),
    }
}
