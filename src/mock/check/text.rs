//! Texts against their formats, patterns and lengths. What a format means is said by the values of the runtime, so that
//! a service takes what passes here.

use flow_std::codec::count_outside;
use flow_std::value::{Bytes, Date, DateTime, Email, Time, Uri, Uuid};
use regex::Regex;

use crate::contract::compare_numbers;
use crate::contract::model::{Format, StringRule};

/// What is wrong with a text.
pub fn fault(format: Format, rule: &StringRule, text: &str) -> Option<String> {
    if let Some(wanted) = wanted(format).filter(|_| !has_format(format, text)) {
        return Some(format!("must be {wanted}"));
    }
    if let Some(range) = count_outside(text.chars().count(), rule.min, rule.max) {
        return Some(format!("must have {range} {}", counted(&range, "character", "characters")));
    }
    let pattern = rule.pattern.as_deref()?;
    // One that is too large to be compiled says nothing.
    let matches = Regex::new(pattern).map_or(true, |regex| regex.is_match(text));
    (!matches).then(|| format!("must match `{pattern}`"))
}

fn has_format(format: Format, text: &str) -> bool {
    match format {
        Format::Plain | Format::Binary => true,
        Format::Date => Date::parse(text).is_ok(),
        Format::Time => Time::parse(without_offset(text)).is_ok(),
        Format::DateTime => DateTime::parse(text).is_ok(),
        // ISO 8601 has also years and months, which have no fixed length.
        Format::Duration => text.trim_start_matches(['+', '-']).starts_with('P'),
        Format::Uuid => Uuid::parse(text).is_ok(),
        Format::Email => Email::parse(text).is_ok(),
        Format::Uri => Uri::parse(text).is_ok(),
        Format::Bytes => Bytes::parse(text).is_ok(),
        Format::Decimal => compare_numbers(text, "0").is_some(),
    }
}

/// `09:30:00Z` and `09:30:00+01:00` are times, too.
fn without_offset(text: &str) -> &str {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    text.split(['+', '-']).next().unwrap_or(text)
}

fn wanted(format: Format) -> Option<&'static str> {
    Some(match format {
        Format::Plain | Format::Binary => return None,
        Format::Date => "a date such as `2024-01-31`",
        Format::Time => "a time such as `13:30:00`",
        Format::DateTime => "a date and time such as `2024-01-31T13:30:00Z`",
        Format::Duration => "a duration such as `PT1M30S`",
        Format::Uuid => "a UUID",
        Format::Email => "an address for mail",
        Format::Uri => "a URI",
        Format::Bytes => "bytes in base64",
        Format::Decimal => "a number in a text",
    })
}

/// The word for things of which there are so many: `at least 1` is one.
pub fn counted<'a>(range: &str, one: &'a str, many: &'a str) -> &'a str {
    if range.ends_with(" 1") { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_the_runtime() {
        let of = |format, text| fault(format, &StringRule::default(), text).unwrap_or_default();
        for (format, good, bad) in [
            (Format::Date, "2024-02-29", "2023-02-29"),
            (Format::Time, "09:30:00+01:00", "25:00:00"),
            (Format::DateTime, "2024-01-31T13:30:00Z", "2024-01-31"),
            (Format::Duration, "P1Y", "1 hour"),
            (Format::Uuid, "5f0c1f3e-6a0b-4d53-9c55-0d7c8d0f5a11", "5f0c"),
            (Format::Email, "ada@example.com", "ada"),
            (Format::Uri, "https://example.com/a", "a b"),
            (Format::Bytes, "YWRh", "%"),
            (Format::Decimal, "12.50", "twelve"),
        ] {
            assert_eq!(of(format, good), "", "{good}");
            assert!(of(format, bad).starts_with("must be "), "{bad}");
        }
    }

    #[test]
    fn rules_are_told_as_what_is_wanted() {
        let rule = StringRule { pattern: Some("^[A-Z]+$".into()), min: Some(2), max: Some(3) };
        let of = |text| fault(Format::Plain, &rule, text);
        assert_eq!(of("AB"), None);
        assert_eq!(of("A").as_deref(), Some("must have 2 to 3 characters"));
        assert_eq!(of("éé").as_deref(), Some("must match `^[A-Z]+$`"));
    }
}
