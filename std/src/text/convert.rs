//! What a text spells, as values of other types.

use crate::fault::Fault;
use crate::value::{Duration, Email, Json, Uri, Uuid, is_float, is_whole};

#[cfg(feature = "decimal")]
use crate::value::Decimal;
#[cfg(feature = "time")]
use crate::value::{Date, DateTime, Pattern, Time, Zone};

/// Digits, with a sign in front if need be.
pub fn to_int(text: &str) -> Result<i64, Fault> {
    if !is_whole(text) {
        return Err(Fault::new("not a whole number"));
    }
    text.parse().map_err(|_| crate::int::overflow())
}

#[cfg(feature = "decimal")]
pub fn to_decimal(text: &str) -> Result<Decimal, Fault> {
    Decimal::parse(text)
}

/// The nearest binary fraction. What is beyond all of them is a fault.
pub fn to_float(text: &str) -> Result<f64, Fault> {
    let number = if is_float(text) { text.parse().ok() } else { None };
    number.filter(|number: &f64| number.is_finite()).ok_or_else(|| Fault::new("not a number"))
}

/// `true` and `false`, in whatever case.
pub fn to_bool(text: &str) -> Result<bool, Fault> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") || is("false") { Ok(is("true")) } else { Err(Fault::new("neither `true` nor `false`")) }
}

pub fn uuid(text: &str) -> Result<Uuid, Fault> {
    Uuid::parse(text)
}

pub fn email(text: &str) -> Result<Email, Fault> {
    Email::parse(text)
}

pub fn uri(text: &str) -> Result<Uri, Fault> {
    Uri::parse(text)
}

/// ISO 8601.
pub fn duration(text: &str) -> Result<Duration, Fault> {
    Duration::parse(text)
}

pub fn parse_json(text: &str) -> Result<Json, Fault> {
    Json::parse(text)
}

#[cfg(feature = "time")]
pub fn zone(text: &str) -> Result<Zone, Fault> {
    Zone::parse(text)
}

#[cfg(feature = "time")]
pub fn date(text: &str, pattern: &Pattern) -> Result<Date, Fault> {
    pattern.read(text)?.date().ok_or_else(|| pattern.fault())
}

/// What `time` takes where no pattern is given: it is read as ISO 8601, with a fraction or without seconds.
#[cfg(feature = "time")]
const ISO_TIME: &str = "HH:mm:ss";

#[cfg(feature = "time")]
pub fn time(text: &str, pattern: &Pattern) -> Result<Time, Fault> {
    if pattern.source() == ISO_TIME {
        return Time::parse(text);
    }
    pattern.read(text)?.time().ok_or_else(|| pattern.fault())
}

/// Without a pattern RFC 3339. The zone is that of a text whose pattern has no offset; a pattern without an hour
/// means midnight.
#[cfg(feature = "time")]
pub fn datetime(text: &str, pattern: Option<&Pattern>, zone: &Zone) -> Result<DateTime, Fault> {
    let Some(pattern) = pattern else { return DateTime::parse(text) };
    let read = pattern.read(text)?;
    let parts = read.date().zip(read.time_or_midnight());
    let (date, time) = parts.ok_or_else(|| pattern.fault())?;
    let moment = match read.offset {
        Some(offset) => DateTime::new(date, time, offset),
        None => zone.moment(date, time),
    };
    moment.ok_or_else(crate::datetime::beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_truth() {
        assert_eq!((to_int("-42"), to_int("+7")), (Ok(-42), Ok(7)));
        for bad in ["", " 1", "1.0", "1e3", "9223372036854775808", "٣", "--1"] {
            assert!(to_int(bad).is_err(), "{bad}");
        }
        assert_eq!(to_float("0.5").map(crate::float::to_string).as_deref(), Ok("0.5"));
        for bad in ["", "inf", "NaN", "1e999", ".5", "0x1"] {
            assert!(to_float(bad).is_err(), "{bad}");
        }
        assert_eq!((to_bool("True"), to_bool("FALSE")), (Ok(true), Ok(false)));
        assert!(to_bool("yes").is_err() && to_bool(" true").is_err());
    }

    #[test]
    fn checked_texts() {
        let told = uuid("C9B1B1EE-3F5C-4A9E-8F3E-0A4A52F4A3B1").map(|uuid| uuid.to_string());
        assert_eq!(told.as_deref(), Ok("c9b1b1ee-3f5c-4a9e-8f3e-0a4a52f4a3b1"));
        assert_eq!(email("ada@example.com"), Ok(Email::literal("ada@example.com")));
        assert_eq!(uri("https://example.com/a"), Ok(Uri::literal("https://example.com/a")));
        assert_eq!(duration("PT1H30M"), Ok(Duration::millis(90 * 60_000)));
        assert_eq!(parse_json("[1, 2]").map(|json| json.to_string()).as_deref(), Ok("[1,2]"));
        assert_eq!(uri("a b").map_err(|fault| fault.message), Err("not a URI".to_string()));
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn decimals() {
        assert_eq!(to_decimal("12.50"), Ok(Decimal::literal("12.5")));
        assert!(to_decimal("1e3").is_err());
    }

    #[cfg(feature = "time")]
    #[test]
    fn dates_and_times() {
        assert_eq!(date("01/31/2024", &Pattern::new("MM/dd/yyyy")), Ok(Date::literal("2024-01-31")));
        assert_eq!(date("2024-01-31", &Pattern::new("yyyy-MM-dd")), Ok(Date::literal("2024-01-31")));
        assert_eq!(time("4:05 PM", &Pattern::new("h:mm a")), Ok(Time::literal("16:05:00")));
        assert_eq!(time("16:05:00.5", &Pattern::new("HH:mm:ss")), Ok(Time::literal("16:05:00.5")));
        let fault = date("31.1.2024", &Pattern::new("MM/dd/yyyy"));
        assert_eq!(
            fault.map_err(|fault| fault.message),
            Err("not a text of the form `MM/dd/yyyy`".to_string())
        );
    }

    #[cfg(feature = "time")]
    #[test]
    fn moments() {
        let lisbon = zone("Europe/Lisbon").expect("a zone");
        let read = |text, pattern| {
            datetime(text, Some(&Pattern::new(pattern)), &lisbon).map(|moment| moment.to_string())
        };
        assert_eq!(read("31.01.2024 16:30", "dd.MM.yyyy HH:mm").as_deref(), Ok("2024-01-31T16:30:00Z"));
        assert_eq!(read("01.07.2024", "dd.MM.yyyy").as_deref(), Ok("2024-07-01T00:00:00+01:00"));
        assert_eq!(
            read("2024-07-01T01:00+0300", "yyyy-MM-dd'T'HH:mmXX").as_deref(),
            Ok("2024-07-01T01:00:00+03:00")
        );
        assert!(read("2024-07-01 5", "yyyy-MM-dd h").is_err());
        assert_eq!(
            datetime("2024-01-31T16:30:00Z", None, &lisbon),
            Ok(DateTime::literal("2024-01-31T16:30:00Z"))
        );
        assert!(zone("Mars").is_err());
    }
}
