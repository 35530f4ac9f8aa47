//! Functions of `datetime`. What is told of a moment is told in its own offset.

use crate::fault::Fault;
use crate::value::{Date, DateTime, Duration, Pattern, Time, Weekday, Zone};

pub fn date(moment: DateTime) -> Date {
    moment.date()
}

pub fn time(moment: DateTime) -> Time {
    moment.time()
}

/// The same moment as it is told in a zone. It fails where it is of the year 0 or 10000 there.
pub fn at(moment: DateTime, zone: &Zone) -> Result<DateTime, Fault> {
    moment.at(zone).ok_or_else(beyond)
}

pub fn to_epoch_seconds(moment: DateTime) -> i64 {
    moment.unix().0
}

pub fn to_epoch_millis(moment: DateTime) -> i64 {
    let (seconds, nanos) = moment.unix();
    seconds * 1000 + nanos / 1_000_000
}

pub fn plus(moment: DateTime, amount: Duration) -> Result<DateTime, Fault> {
    moment.later(amount).ok_or_else(beyond)
}

pub fn minus(moment: DateTime, amount: Duration) -> Result<DateTime, Fault> {
    plus(moment, crate::duration::neg(amount)?)
}

/// How much later the left side is: `left - right`.
pub fn between(left: DateTime, right: DateTime) -> Result<Duration, Fault> {
    Duration::from_nanos(left.unix_nanos() - right.unix_nanos()).ok_or_else(beyond)
}

/// How long it is until another moment. Any two are nearer to each other than the longest duration.
pub fn until(moment: DateTime, other: DateTime) -> Duration {
    between(other, moment).unwrap_or_default()
}

pub fn year(moment: DateTime) -> i64 {
    moment.date().year()
}

pub fn month(moment: DateTime) -> i64 {
    moment.date().month()
}

pub fn day(moment: DateTime) -> i64 {
    moment.date().day()
}

pub fn weekday(moment: DateTime) -> Weekday {
    moment.date().weekday()
}

pub fn hour(moment: DateTime) -> i64 {
    moment.time().hour()
}

pub fn minute(moment: DateTime) -> i64 {
    moment.time().minute()
}

pub fn format(moment: DateTime, pattern: &Pattern) -> String {
    pattern.write(moment.date(), moment.time(), moment.offset())
}

/// RFC 3339.
pub fn to_string(moment: DateTime) -> String {
    moment.to_string()
}

pub(crate) fn beyond() -> Fault {
    Fault::new("a moment outside of the years 1 to 9999")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime {
        DateTime::parse(text).expect("a moment")
    }

    #[test]
    fn parts() {
        let late = moment("2024-01-31T23:30:00-01:00");
        assert_eq!(date(late), Date::literal("2024-01-31"));
        assert_eq!(time(moment("2024-01-31T16:30:00Z")), Time::literal("16:30:00"));
        assert_eq!((year(late), month(late), day(late), weekday(late)), (2024, 1, 31, Weekday::Wednesday));
        assert_eq!((hour(late), minute(late)), (23, 30));
        let lisbon = at(moment("2024-07-01T12:00:00Z"), &Zone::literal("Europe/Lisbon"));
        assert_eq!(lisbon.map(hour), Ok(13));
    }

    #[test]
    fn as_unix_counts() {
        assert_eq!(to_epoch_seconds(moment("1970-01-01T00:01:00Z")), 60);
        assert_eq!(to_epoch_millis(moment("1970-01-01T00:00:01Z")), 1000);
        assert_eq!(to_epoch_millis(moment("1969-12-31T23:59:59.999Z")), -1);
    }

    #[test]
    fn later_and_earlier() {
        let hour = Duration::millis(3_600_000);
        assert_eq!(plus(moment("2024-01-31T23:30:00Z"), hour), Ok(moment("2024-02-01T00:30:00Z")));
        assert_eq!(minus(moment("2024-02-01T00:30:00Z"), hour), Ok(moment("2024-01-31T23:30:00Z")));
        let kept = plus(moment("2024-01-31T23:30:00+02:00"), hour).map(to_string);
        assert_eq!(kept.as_deref(), Ok("2024-02-01T00:30:00+02:00"));
        assert!(plus(moment("9999-12-31T23:30:00Z"), hour).is_err());
        assert!(minus(moment("0001-01-01T00:30:00Z"), hour).is_err());
        assert!(plus(moment("2024-01-31T23:30:00Z"), Duration::millis(i64::MAX)).is_err());
    }

    #[test]
    fn between_moments() {
        let (one, other) = (moment("2024-01-31T00:00:00Z"), moment("2024-01-31T01:00:00Z"));
        assert_eq!(until(one, other), Duration::millis(3_600_000));
        assert_eq!(between(one, other), Ok(Duration::millis(-3_600_000)));
        let (first, last) =
            (moment("0001-01-01T00:00:00+23:59"), moment("9999-12-31T23:59:59.999999999-23:59"));
        assert!(between(last, first).is_ok());
    }

    #[test]
    fn texts() {
        let told = format(moment("2024-01-31T16:30:00Z"), &Pattern::new("yyyy-MM-dd HH:mm"));
        assert_eq!(told, "2024-01-31 16:30");
        assert_eq!(to_string(moment("2024-01-31T16:30:00Z")), "2024-01-31T16:30:00Z");
    }
}
