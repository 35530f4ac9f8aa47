//! Texts that are written out where a date, an address or a pattern is wanted: they are checked at once.

use smol_str::SmolStr;

use super::ty::Scalar;

/// The first of the values that is not of the format.
pub fn invalid(scalar: Scalar, values: &[SmolStr]) -> Option<SmolStr> {
    values.iter().find(|value| !is_valid(scalar, value)).cloned()
}

fn is_valid(scalar: Scalar, text: &str) -> bool {
    match scalar {
        Scalar::Date => is_date(text),
        Scalar::Time => is_time(text),
        Scalar::DateTime => {
            text.split_once(['T', 't', ' ']).is_some_and(|(date, rest)| is_date(date) && is_zoned_time(rest))
        }
        Scalar::Uuid => is_uuid(text),
        Scalar::Email => is_email(text),
        Scalar::Uri => is_uri(text),
        Scalar::Regex => regex_syntax::Parser::new().parse(text).is_ok(),
        Scalar::Pattern => is_pattern(text),
        Scalar::Zone => is_zone(text),
        Scalar::Bool
        | Scalar::Duration
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Percent
        | Scalar::Rate
        | Scalar::Size
        | Scalar::Status
        | Scalar::Durations
        | Scalar::Latency
        | Scalar::Operation => true,
    }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// A day that is in the calendar.
pub fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().and_then(|part| number(part, 4));
    let month = parts.next().and_then(|part| number(part, 2));
    let day = parts.next().and_then(|part| number(part, 2));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<Option<u32>> = clock.split(':').map(|part| number(part, 2)).collect();
    let fits = |part: Option<u32>, below: u32| part.is_some_and(|part| part < below);
    let clock = match parts.as_slice() {
        [hour, minute] => fits(*hour, 24) && fits(*minute, 60),
        [hour, minute, second] => fits(*hour, 24) && fits(*minute, 60) && fits(*second, 61),
        _ => false,
    };
    clock && !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_zoned_time(text: &str) -> bool {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return is_time(time);
    }
    let Some(at) = text.rfind(['+', '-']) else { return false };
    let (time, offset) = text.split_at(at);
    is_time(time) && offset.get(1..).is_some_and(|offset| offset.len() == 5 && is_time(offset))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let host = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '.';
    !local.is_empty()
        && local.len() <= 64
        && !local.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '@')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.is_empty()
        && domain.chars().all(host)
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
        && !rest.is_empty()
        && !text.contains(|letter: char| {
            letter.is_whitespace() || letter.is_control() || "<>\"{}|\\^`".contains(letter)
        })
}

/// Letters of a date pattern that mean something (Unicode TR 35); texts stand in single quotes.
fn is_pattern(text: &str) -> bool {
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            letter if letter.is_ascii_alphabetic() && !"yMdEaHhmsSXxZzVD".contains(letter) => return false,
            _ => {}
        }
    }
    !quoted && !text.is_empty()
}

fn is_zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']).is_some_and(|offset| offset.len() == 5 && is_time(offset));
    let word = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-+".contains(letter))
    };
    offset || text == "UTC" || (text.contains('/') && text.split('/').all(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_each_format() {
        let good = [
            (Scalar::Date, "2024-02-29"),
            (Scalar::Time, "23:59:59.5"),
            (Scalar::DateTime, "2024-01-31T10:00:00+01:00"),
            (Scalar::DateTime, "2024-01-31T10:00:00Z"),
            (Scalar::Uuid, "123e4567-e89b-12d3-a456-426614174000"),
            (Scalar::Email, "ada@example.org"),
            (Scalar::Uri, "https://example.org/a?b=c"),
            (Scalar::Regex, "C[0-9]{6}"),
            (Scalar::Pattern, "MM/dd/yyyy 'at' HH:mm"),
            (Scalar::Zone, "Europe/Lisbon"),
            (Scalar::Zone, "+01:00"),
        ];
        for (scalar, text) in good {
            assert!(is_valid(scalar, text), "{scalar:?} {text}");
        }
        let bad = [
            (Scalar::Date, "2023-02-29"),
            (Scalar::Date, "01/31/2024"),
            (Scalar::Time, "24:00"),
            (Scalar::DateTime, "2024-01-31T10:00:00"),
            (Scalar::Uuid, "123e4567"),
            (Scalar::Email, "ada at example.org"),
            (Scalar::Uri, "example.org"),
            (Scalar::Regex, "[a"),
            (Scalar::Pattern, "QQ"),
            (Scalar::Zone, "Mars"),
        ];
        for (scalar, text) in bad {
            assert!(!is_valid(scalar, text), "{scalar:?} {text}");
        }
    }
}
