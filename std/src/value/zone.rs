//! A time zone: one of the IANA database, which is built in, or a fixed offset.

use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::{Date, DateTime, Time, datetime};
use crate::fault::Fault;

/// Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// An IANA name in whatever case, or an offset such as `+01:00`.
    pub fn parse(text: &str) -> Result<Zone, Fault> {
        zone(text).ok_or_else(|| Fault::new("not the name of a time zone"))
    }

    /// A text that the compiler has checked; of a zone that the database does not have, UTC.
    pub fn literal(text: &str) -> Zone {
        zone(text).unwrap_or(Zone::UTC)
    }

    /// The offset at a moment, in seconds east of UTC.
    pub fn offset_at(&self, moment: DateTime) -> i64 {
        let (seconds, _) = moment.unix();
        let seconds = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let timestamp = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        i64::from(self.0.to_offset(timestamp).seconds())
    }

    /// The moment of a time of day on a day here. A time that the zone skips is moved on by the gap; of one that
    /// comes twice it is the first. None outside of the years 1 to 9999.
    pub fn moment(&self, date: Date, time: Time) -> Option<DateTime> {
        let offset = match self.0.to_ambiguous_timestamp(local(date, time)?).offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => offset,
            jiff::tz::AmbiguousOffset::Fold { before, .. } => before,
            jiff::tz::AmbiguousOffset::Gap { before, .. } => {
                // Told with the offset before the gap, and then as it is called behind the gap.
                let moment = DateTime::new(date, time, i64::from(before.seconds()))?;
                return moment.at(self);
            }
        };
        DateTime::new(date, time, i64::from(offset.seconds()))
    }
}

impl DateTime {
    /// The same moment as it is told in a zone. None outside of the years 1 to 9999.
    pub(crate) fn at(self, zone: &Zone) -> Option<DateTime> {
        let (seconds, nanos) = self.unix();
        DateTime::from_unix(seconds, nanos, zone.offset_at(self))
    }
}

fn zone(text: &str) -> Option<Zone> {
    if let Some(seconds) = datetime::offset(text) {
        let offset = Offset::from_seconds(i32::try_from(seconds).ok()?).ok()?;
        return Some(Zone(TimeZone::fixed(offset)));
    }
    TimeZone::get(text).ok().filter(|zone| !zone.is_unknown()).map(Zone)
}

fn local(date: Date, time: Time) -> Option<civil::DateTime> {
    let part = |number: i64| i8::try_from(number).ok();
    let year = i16::try_from(date.year()).ok()?;
    let (month, day) = (part(date.month())?, part(date.day())?);
    let (hour, minute, second) = (part(time.hour())?, part(time.minute())?, part(time.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, i32::try_from(time.nanos()).ok()?).ok()
}

/// The name, or the offset of a zone that has none.
impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.iana_name(), self.0.to_fixed_offset()) {
            (Some(name), _) => out.write_str(name),
            (None, Ok(offset)) => datetime::write_offset(out, i64::from(offset.seconds()), ":"),
            (None, Err(_)) => out.write_str("UTC"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(zone: &str, date: &str, time: &str) -> Option<String> {
        let moment = Zone::literal(zone).moment(Date::literal(date), Time::literal(time));
        moment.map(|moment| moment.to_string())
    }

    #[test]
    fn names_of_zones() {
        for good in ["Europe/Lisbon", "UTC", "+05:30", "America/Argentina/Buenos_Aires"] {
            assert_eq!(Zone::parse(good).map(|zone| zone.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "Mars", "Europe", "+99:00", "../etc/passwd", "Etc/Unknown"] {
            assert!(Zone::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hours_that_are_skipped_and_hours_that_come_twice() {
        let told = moment("Europe/Berlin", "2024-03-31", "02:30:00");
        assert_eq!(told.as_deref(), Some("2024-03-31T03:30:00+02:00"));
        let told = moment("Europe/Berlin", "2024-10-27", "02:30:00");
        assert_eq!(told.as_deref(), Some("2024-10-27T02:30:00+02:00"));
        let told = moment("Europe/Lisbon", "2024-07-01", "12:00:00");
        assert_eq!(told.as_deref(), Some("2024-07-01T12:00:00+01:00"));
    }

    #[test]
    fn the_ends_of_the_calendar() {
        assert_eq!(moment("UTC", "9999-12-31", "23:59:59").as_deref(), Some("9999-12-31T23:59:59Z"));
        assert!(moment("Pacific/Auckland", "9999-12-31", "23:59:59").is_some());
        assert!(moment("Pacific/Auckland", "0001-01-01", "00:00:00").is_some());
        let last = DateTime::literal("9999-12-31T23:59:59Z");
        assert_eq!(last.at(&Zone::literal("Pacific/Auckland")), None);
        assert_eq!(Zone::literal("nowhere"), Zone::UTC);
    }
}
