//! Functions of `date`. A day outside of the years 1 to 9999 is a fault.

use crate::fault::Fault;
use crate::value::{Date, DateTime, Duration, Pattern, Time, Weekday, Zone};

/// Only whole days count.
pub fn plus(date: Date, amount: Duration) -> Result<Date, Fault> {
    plus_days(date, crate::duration::to_days(amount))
}

/// Only whole days count.
pub fn minus(date: Date, amount: Duration) -> Result<Date, Fault> {
    plus_days(date, -crate::duration::to_days(amount))
}

pub fn plus_days(date: Date, count: i64) -> Result<Date, Fault> {
    date.epoch_days().checked_add(count).and_then(Date::from_epoch_days).ok_or_else(beyond)
}

/// The same day, or the last one of a month that is too short.
pub fn plus_months(date: Date, count: i64) -> Result<Date, Fault> {
    let months = (date.year() * 12 + date.month() - 1).checked_add(count).ok_or_else(beyond)?;
    Date::clamped(months.div_euclid(12), months.rem_euclid(12) + 1, date.day()).ok_or_else(beyond)
}

/// The 29th of February becomes the 28th.
pub fn plus_years(date: Date, count: i64) -> Result<Date, Fault> {
    let year = date.year().checked_add(count).ok_or_else(beyond)?;
    Date::clamped(year, date.month(), date.day()).ok_or_else(beyond)
}

pub fn days_until(date: Date, other: Date) -> i64 {
    other.epoch_days() - date.epoch_days()
}

pub fn months_until(date: Date, other: Date) -> i64 {
    let months = (other.year() - date.year()) * 12 + other.month() - date.month();
    // A month is whole when the same day has come again.
    if months > 0 && other.day() < date.day() {
        months - 1
    } else if months < 0 && other.day() > date.day() {
        months + 1
    } else {
        months
    }
}

/// As one counts ages.
pub fn years_until(date: Date, other: Date) -> i64 {
    months_until(date, other) / 12
}

pub fn start_of_month(date: Date) -> Date {
    Date::new(date.year(), date.month(), 1).unwrap_or(date)
}

pub fn end_of_month(date: Date) -> Date {
    Date::new(date.year(), date.month(), date.last_day_of_month()).unwrap_or(date)
}

/// The first day of the calendar is a Monday, so there always is one.
pub fn start_of_week(date: Date) -> Date {
    Date::from_epoch_days(date.epoch_days() - date.weekday() as i64).unwrap_or(date)
}

pub fn year(date: Date) -> i64 {
    date.year()
}

pub fn month(date: Date) -> i64 {
    date.month()
}

pub fn day(date: Date) -> i64 {
    date.day()
}

pub fn weekday(date: Date) -> Weekday {
    date.weekday()
}

/// A time that the zone skips is moved on by the gap; of one that comes twice it is the first.
pub fn datetime(date: Date, time: Time, zone: &Zone) -> Result<DateTime, Fault> {
    zone.moment(date, time).ok_or_else(crate::datetime::beyond)
}

pub fn format(date: Date, pattern: &Pattern) -> String {
    pattern.write(date, Time::MIDNIGHT, 0)
}

pub fn to_string(date: Date) -> String {
    date.to_string()
}

fn beyond() -> Fault {
    Fault::new("a date outside of the years 1 to 9999")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_of(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    fn days(count: i64) -> Duration {
        crate::int::days(count).expect("a duration")
    }

    #[test]
    fn days_later_and_earlier() {
        assert_eq!(plus(day_of("2024-02-28"), days(2)), Ok(day_of("2024-03-01")));
        assert_eq!(minus(day_of("2024-03-01"), days(1)), Ok(day_of("2024-02-29")));
        assert_eq!(plus(day_of("2024-02-28"), Duration::millis(86_399_999)), Ok(day_of("2024-02-28")));
        assert_eq!(plus_days(day_of("2024-02-28"), -28), Ok(day_of("2024-01-31")));
        let last = day_of("9999-12-31");
        let faults = [
            plus_days(last, 1),
            plus_days(last, i64::MAX),
            plus_days(day_of("0001-01-01"), i64::MIN),
            plus_months(last, i64::MAX),
            plus_months(day_of("0001-01-01"), -1),
            plus_years(last, 1),
            plus_years(last, i64::MIN),
            plus(last, days(3_000_000)),
        ];
        assert!(faults.iter().all(Result::is_err));
    }

    #[test]
    fn months_and_years_later() {
        assert_eq!(plus_months(day_of("2024-01-31"), 1), Ok(day_of("2024-02-29")));
        assert_eq!(plus_months(day_of("2024-01-31"), -2), Ok(day_of("2023-11-30")));
        assert_eq!(plus_months(day_of("2024-12-31"), 1), Ok(day_of("2025-01-31")));
        assert_eq!(plus_years(day_of("2024-02-29"), 1), Ok(day_of("2025-02-28")));
        assert_eq!(plus_years(day_of("2024-02-29"), -4), Ok(day_of("2020-02-29")));
    }

    #[test]
    fn how_long_until() {
        let until = |f: fn(Date, Date) -> i64, from, to| f(day_of(from), day_of(to));
        assert_eq!(until(days_until, "2024-01-31", "2024-02-02"), 2);
        assert_eq!(until(days_until, "2024-02-02", "2024-01-31"), -2);
        assert_eq!(until(months_until, "2024-01-31", "2024-03-01"), 1);
        assert_eq!(until(months_until, "2024-03-01", "2024-01-31"), -1);
        assert_eq!(until(months_until, "2024-01-15", "2024-02-14"), 0);
        assert_eq!(until(years_until, "2000-05-02", "2024-05-01"), 23);
        assert_eq!(until(years_until, "2000-05-02", "2024-05-02"), 24);
        assert_eq!(until(years_until, "2024-05-01", "2000-05-02"), -23);
    }

    #[test]
    fn parts_and_neighbours() {
        let date = day_of("2024-01-31");
        assert_eq!((year(date), month(date), day(date), weekday(date).as_str()), (2024, 1, 31, "wednesday"));
        assert_eq!(start_of_month(day_of("2024-02-15")), day_of("2024-02-01"));
        assert_eq!(end_of_month(day_of("2024-02-15")), day_of("2024-02-29"));
        assert_eq!(start_of_week(date), day_of("2024-01-29"));
        assert_eq!(start_of_week(day_of("0001-01-07")), day_of("0001-01-01"));
    }

    #[test]
    fn as_texts_and_moments() {
        let moment =
            datetime(day_of("2024-07-01"), Time::literal("12:00:00"), &Zone::literal("Europe/Lisbon"));
        assert_eq!(moment, Ok(DateTime::literal("2024-07-01T11:00:00Z")));
        assert_eq!(format(day_of("2024-01-31"), &Pattern::new("dd.MM.yyyy")), "31.01.2024");
        assert_eq!(to_string(day_of("2024-01-31")), "2024-01-31");
    }
}
