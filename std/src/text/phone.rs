//! Telephone numbers in the international form (E.164): `+`, the code of the country, and the number there.

use super::countries::{COUNTRIES, Country};
use crate::fault::Fault;

/// What E.164 allows, the code of the country included.
const MOST_DIGITS: usize = 15;

/// The country, by its two letters, is the one that a number without a country code belongs to. Spaces and the signs
/// `-.()/` may stand between the digits. A number that fits no plan is a fault.
pub fn phone(text: &str, country: &str) -> Result<String, Fault> {
    let home = COUNTRIES.iter().find(|(letters, ..)| *letters == country);
    let home = home.ok_or_else(|| Fault::new("not a country with telephone numbers"))?;
    international(text, home).ok_or_else(|| Fault::new("not a telephone number"))
}

fn international(text: &str, home: &Country) -> Option<String> {
    let text = text.trim();
    let (text, has_plus) = text.strip_prefix('+').map_or((text, false), |rest| (rest, true));
    if has_plus {
        // `+44 (0)20 …`: the zero is for those inside of the country.
        return abroad(&digits(&text.replacen("(0)", "", 1))?);
    }
    let digits = digits(text)?;
    let (_, code, trunk, ..) = home;
    if let Some(number) = national(&digits, home) {
        return Some(format!("+{code}{number}"));
    }
    let prefix = if *trunk == "1" { "011" } else { "00" };
    abroad(digits.strip_prefix(prefix)?)
}

/// The digits without the signs between them.
fn digits(text: &str) -> Option<String> {
    let is_sign = |letter: &char| " -.()/\u{a0}\u{2010}\u{2011}\u{2013}\u{202f}".contains(*letter);
    let digits: String = text.chars().filter(|letter| !is_sign(letter)).collect();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}

/// A number with the code of a country in front, if it is one of that country, or of one that shares the code.
fn abroad(digits: &str) -> Option<String> {
    let fits = |(_, code, _, least, most): &&Country| {
        let number = digits.strip_prefix(code);
        number.is_some_and(|number| (*least..=*most).contains(&number.len()))
    };
    let is_number = digits.len() <= MOST_DIGITS && COUNTRIES.iter().any(|country| fits(&country));
    is_number.then(|| format!("+{digits}"))
}

/// The number inside of its country, without what is dialled in front of it.
fn national<'a>(digits: &'a str, (_, code, trunk, least, most): &Country) -> Option<&'a str> {
    let fits = |number: &&str| {
        // In North America no number begins with what is dialled in front of one.
        let is_started = *code != "1" || !number.starts_with(['0', '1']);
        (*least..=*most).contains(&number.len()) && number.len() + code.len() <= MOST_DIGITS && is_started
    };
    let dialled = digits.strip_prefix(trunk).filter(|_| !trunk.is_empty()).filter(fits);
    // Behind `0` and `1` there is always more to dial; other prefixes may be the number's own digits.
    let is_complete = trunk.is_empty() || !(digits.starts_with(trunk) && matches!(*trunk, "0" | "1"));
    let is_foreign = digits.starts_with("00");
    dialled.or_else(|| Some(digits).filter(fits).filter(|_| is_complete)).filter(|_| !is_foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_home() {
        let good = [
            ("912 345 678", "PT", "+351912345678"),
            ("(0)30 123456", "DE", "+4930123456"),
            ("030/123456", "DE", "+4930123456"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("(415) 555-2671", "US", "+14155552671"),
            ("1-415-555-2671", "CA", "+14155552671"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("06 6982 1234", "IT", "+390669821234"),
            ("8 (800) 555-35-35", "RU", "+78005553535"),
            ("800 555 35 35", "RU", "+78005553535"),
            ("06 1 234 5678", "HU", "+3612345678"),
            ("090-1234-5678", "JP", "+819012345678"),
        ];
        for (text, country, number) in good {
            assert_eq!(phone(text, country).as_deref(), Ok(number), "{text}");
        }
    }

    #[test]
    fn numbers_from_abroad() {
        let good = [
            ("+351 912 345 678", "US", "+351912345678"),
            ("00351912345678", "DE", "+351912345678"),
            ("011 44 20 7946 0958", "US", "+442079460958"),
            ("+44 (0)20 7946 0958", "PT", "+442079460958"),
        ];
        for (text, country, number) in good {
            assert_eq!(phone(text, country).as_deref(), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        let bad = [
            ("", "PT"),
            ("+", "PT"),
            ("91234567", "PT"),
            ("351912345678", "PT"),
            ("912 345 678 x12", "PT"),
            ("+999 123456", "PT"),
            ("+1 415 555", "US"),
            ("+49 1234567890123456", "DE"),
            ("１２３４５６７８９", "PT"),
            ("++351912345678", "PT"),
            ("912345678", "ZZ"),
            ("912345678", "pt"),
            ("1234567890", "US"),
            ("0114420794", "US"),
        ];
        for (text, country) in bad {
            assert!(phone(text, country).is_err(), "{text} {country}");
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(COUNTRIES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(
            COUNTRIES
                .iter()
                .all(|(_, code, _, least, most)| least <= most && code.len() + least <= MOST_DIGITS)
        );
    }
}
