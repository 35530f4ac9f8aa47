//! Writing by a pattern. What a value does not have, such as the hour of a date, is that of the start of 1970.

use std::fmt::{self, Write};

use super::{MONTHS, Pattern, Piece, WEEKDAYS, Width, name};
use crate::value::datetime::write_offset;
use crate::value::{Date, Time};

impl Pattern {
    pub(crate) fn write(&self, date: Date, time: Time, offset: i64) -> String {
        let mut out = String::new();
        for piece in self.pieces() {
            // Writing to a string never fails.
            let _ = write(&mut out, piece, (date, time, offset));
        }
        out
    }
}

fn write(out: &mut String, piece: &Piece, (date, time, offset): (Date, Time, i64)) -> fmt::Result {
    match piece {
        Piece::Year => write!(out, "{:04}", date.year()),
        Piece::ShortYear => write!(out, "{:02}", date.year() % 100),
        Piece::Month(width) => number(out, date.month(), *width),
        Piece::MonthName { full } => out.write_str(name(&MONTHS, date.month() - 1, *full)),
        Piece::Day(width) => number(out, date.day(), *width),
        Piece::WeekdayName { full } => out.write_str(name(&WEEKDAYS, date.weekday() as i64, *full)),
        Piece::Hour(width) => number(out, time.hour(), *width),
        Piece::HourOf12(width) => number(out, (time.hour() + 11) % 12 + 1, *width),
        Piece::HalfOfDay => out.write_str(if time.hour() < 12 { "AM" } else { "PM" }),
        Piece::Minute(width) => number(out, time.minute(), *width),
        Piece::Second(width) => number(out, time.second(), *width),
        Piece::Fraction(count) => {
            let digits = format!("{:09}", time.nanos());
            out.write_str(digits.get(..*count).unwrap_or(&digits))
        }
        Piece::Offset(form) if form.letter && offset == 0 => out.write_char('Z'),
        Piece::Offset(form) => write_offset(out, offset, if form.colon { ":" } else { "" }),
        Piece::Text(text) => out.write_str(text),
    }
}

fn number(out: &mut String, number: i64, width: Width) -> fmt::Result {
    match width {
        Width::OneOrTwo => write!(out, "{number}"),
        Width::Two => write!(out, "{number:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter() {
        let (date, time) = (Date::literal("2024-03-05"), Time::literal("16:07:09.120"));
        let told = |source: &'static str, offset| Pattern::new(source).write(date, time, offset);
        assert_eq!(told("yyyy yy MM M MMM MMMM dd d EEE EEEE", 0), "2024 24 03 3 Mar March 05 5 Tue Tuesday");
        assert_eq!(told("HH H hh h a mm ss S SSS SSSSSSSSS", 0), "16 16 04 4 PM 07 09 1 120 120000000");
        assert_eq!(told("XXX XX Z xxx", 0), "Z Z +0000 +00:00");
        assert_eq!(told("XXX XX Z", 3600), "+01:00 +0100 +0100");
        assert_eq!(told("XXX", -5400), "-01:30");
        assert_eq!(told("yyyy-MM-dd'T'HH:mm 'o''clock' ''", 0), "2024-03-05T16:07 o'clock '");
        assert_eq!(told("QQ 'open", 0), "QQ open");
        let midnight = Pattern::new("h a HH").write(date, Time::MIDNIGHT, 0);
        assert_eq!(midnight, "12 AM 00");
    }
}
