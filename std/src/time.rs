//! Functions of `time`.

use crate::value::{Date, Pattern, Time};

pub fn hour(time: Time) -> i64 {
    time.hour()
}

pub fn minute(time: Time) -> i64 {
    time.minute()
}

pub fn format(time: Time, pattern: &Pattern) -> String {
    pattern.write(Date::EPOCH, time, 0)
}

pub fn to_string(time: Time) -> String {
    time.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_texts() {
        let time = Time::literal("16:30:00");
        assert_eq!((hour(time), minute(time)), (16, 30));
        assert_eq!(format(time, &Pattern::new("h:mm a")), "4:30 PM");
        assert_eq!(to_string(time), "16:30:00");
    }
}
