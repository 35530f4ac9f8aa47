//! Dates, times, durations, and the clock.

use flow_std::{clock, date, datetime, duration, time};

use super::Row;
use super::apply::{none, one, three, two};

pub const ROWS: &[Row] = &[
    ("clock.now", |args| none(args, clock::now)),
    ("clock.today", |args| one(args, clock::today)),
    ("date.datetime", |args| three(args, date::datetime)),
    ("date.day", |args| one(args, date::day)),
    ("date.daysUntil", |args| two(args, date::days_until)),
    ("date.endOfMonth", |args| one(args, date::end_of_month)),
    ("date.format", |args| two(args, date::format)),
    ("date.minus", |args| two(args, date::minus)),
    ("date.month", |args| one(args, date::month)),
    ("date.monthsUntil", |args| two(args, date::months_until)),
    ("date.plus", |args| two(args, date::plus)),
    ("date.plusDays", |args| two(args, date::plus_days)),
    ("date.plusMonths", |args| two(args, date::plus_months)),
    ("date.plusYears", |args| two(args, date::plus_years)),
    ("date.startOfMonth", |args| one(args, date::start_of_month)),
    ("date.startOfWeek", |args| one(args, date::start_of_week)),
    ("date.toString", |args| one(args, date::to_string)),
    ("date.weekday", |args| one(args, date::weekday)),
    ("date.year", |args| one(args, date::year)),
    ("date.yearsUntil", |args| two(args, date::years_until)),
    ("datetime.at", |args| two(args, datetime::at)),
    ("datetime.date", |args| one(args, datetime::date)),
    ("datetime.day", |args| one(args, datetime::day)),
    ("datetime.format", |args| two(args, datetime::format)),
    ("datetime.hour", |args| one(args, datetime::hour)),
    ("datetime.minus", |args| two(args, datetime::minus)),
    ("datetime.minute", |args| one(args, datetime::minute)),
    ("datetime.month", |args| one(args, datetime::month)),
    ("datetime.plus", |args| two(args, datetime::plus)),
    ("datetime.time", |args| one(args, datetime::time)),
    ("datetime.toEpochMillis", |args| one(args, datetime::to_epoch_millis)),
    ("datetime.toEpochSeconds", |args| one(args, datetime::to_epoch_seconds)),
    ("datetime.toString", |args| one(args, datetime::to_string)),
    ("datetime.until", |args| two(args, datetime::until)),
    ("datetime.weekday", |args| one(args, datetime::weekday)),
    ("datetime.year", |args| one(args, datetime::year)),
    ("duration.toDays", |args| one(args, duration::to_days)),
    ("duration.toMillis", |args| one(args, duration::to_millis)),
    ("duration.toSeconds", |args| one(args, duration::to_seconds)),
    ("duration.toString", |args| one(args, duration::to_string)),
    ("time.format", |args| two(args, time::format)),
    ("time.hour", |args| one(args, time::hour)),
    ("time.minute", |args| one(args, time::minute)),
    ("time.toString", |args| one(args, time::to_string)),
];

#[cfg(test)]
mod tests {
    use flow_std::value::{Date, Duration, Weekday};

    use super::super::{Arg, Value, call};

    #[test]
    fn days_of_the_week_are_places() {
        let weekday = call("date.weekday", vec![Arg::Value(Value::Date(Date::literal("2024-01-31")))]);
        assert_eq!(weekday, Ok(Value::Choice(Weekday::Wednesday as usize)));
    }

    #[test]
    fn the_year_after_the_last_one_is_a_fault() {
        let last = || Arg::Value(Value::Date(Date::literal("9999-12-31")));
        assert!(call("date.plusDays", vec![last(), Arg::Value(Value::Int(i64::MAX))]).is_err());
        assert!(
            call("date.plus", vec![last(), Arg::Value(Value::Duration(Duration::millis(i64::MAX)))]).is_err()
        );
        assert!(matches!(call("clock.now", Vec::new()), Ok(Value::DateTime(_))));
    }
}
