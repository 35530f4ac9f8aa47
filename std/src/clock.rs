//! What the clock says, as a date and as a time.

use crate::outside;
use crate::value::{Date, DateTime, Zone};

/// In UTC. A clock that stands before 1970 is taken to stand at its start.
pub fn now() -> DateTime {
    #[cfg(feature = "given")]
    if let Some(given) = crate::given::values().and_then(|values| DateTime::parse(&values.now?).ok()) {
        return given;
    }
    let passed = outside::wall();
    let seconds = i64::try_from(passed.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_unix(seconds, i64::from(passed.subsec_nanos()), 0).unwrap_or(DateTime::EPOCH)
}

pub fn today(zone: &Zone) -> Date {
    #[cfg(feature = "given")]
    if let Some(given) = crate::given::values().and_then(|values| Date::parse(&values.today?).ok()) {
        return given;
    }
    date(now(), zone)
}

/// What the calendar shows in a zone.
pub fn date(now: DateTime, zone: &Zone) -> Date {
    now.at(zone).unwrap_or(now).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_has_passed() {
        assert!(now() > DateTime::literal("2020-01-01T00:00:00Z"));
        assert!(today(&Zone::UTC) > Date::literal("2020-01-01"));
        let days = crate::date::days_until(today(&Zone::literal("-12:00")), today(&Zone::literal("+14:00")));
        assert!((1..=2).contains(&days));
    }
}
