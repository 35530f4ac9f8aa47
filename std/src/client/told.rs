//! What a backend says beside its answer: when to come again, for whom the answer may be kept, and, from one of our own
//! services, that nothing was done.

use std::time::Duration;

use crate::failure::Sharing;
use crate::http::{NOTHING_DONE, OUTCOME};
use crate::outside;

/// No backend can send us away for longer than a day.
const LONGEST: u64 = 86_400;

/// What the headers of an answer say that somebody asks for.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    media_type: Option<String>,
    /// We ask for no compression, and a body that is compressed all the same could be of any size.
    pub is_compressed: bool,
    /// In how many seconds to come again. It is told as a number of them or as a date.
    pub retry_after: Option<u64>,
    is_private: bool,
    is_not_stored: bool,
    /// How often it says what was done, and whether that is nothing.
    outcomes: (usize, bool),
}

impl Told {
    /// Takes note of a header, and says whether it is one of those that are noted here.
    pub fn line(&mut self, name: &str, value: &[u8]) -> bool {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("content-type") {
            self.media_type.get_or_insert_with(|| String::from_utf8_lossy(value).into_owned());
        } else if is("content-encoding") {
            self.is_compressed |= !value.trim_ascii().eq_ignore_ascii_case(b"identity");
        } else if is("retry-after") {
            self.retry_after = self.retry_after.or_else(|| retry_after(value));
        } else if is("cache-control") {
            self.is_private |= says(value, b"private");
            self.is_not_stored |= says(value, b"no-store");
        } else if is(OUTCOME.as_str()) {
            self.outcomes = (self.outcomes.0 + 1, value == NOTHING_DONE.as_bytes());
        } else {
            return false;
        }
        true
    }

    /// What the body is said to be.
    pub fn media_type(&mut self) -> String {
        self.media_type.take().unwrap_or_default()
    }

    /// A backend may say that an answer is for one caller only, or for nobody to keep.
    pub fn sharing(&self) -> Sharing {
        Sharing { all: !self.is_not_stored && !self.is_private, caller: !self.is_not_stored }
    }

    /// Whether a failure says that nothing was changed. What says nothing, or anything else, may have changed something.
    pub fn has_done_nothing(&self) -> bool {
        self.outcomes == (1, true)
    }
}

fn retry_after(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST,
        Err(_) => seconds_until(text, outside::wall())?,
    };
    Some(seconds.min(LONGEST))
}

fn says(value: &[u8], wanted: &[u8]) -> bool {
    let mut words = value.split(|byte| b",= ".contains(byte)).map(<[u8]>::trim_ascii);
    words.any(|word| word.eq_ignore_ascii_case(wanted))
}

/// Rounded up: coming too early would be coming for nothing.
fn seconds_until(date: &str, now: Duration) -> Option<u64> {
    let left = date_of(date)?.saturating_sub(now);
    Some(left.as_millis().div_ceil(1_000).try_into().unwrap_or(LONGEST))
}

/// A date as in `Sun, 06 Nov 1994 08:49:37 GMT`, as the time since the start of 1970. The two older forms of it are not
/// sent any more.
fn date_of(text: &str) -> Option<Duration> {
    let parts: Vec<_> = text.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| name == month)? as u64;
    let (day, year) = (number(day, 1, 31)?, number(year, 1970, 9999)?);
    let clock: Vec<_> = time.split(':').collect();
    let [hour, minute, second] = clock.as_slice() else { return None };
    let seconds = number(hour, 0, 23)? * 3_600 + number(minute, 0, 59)? * 60 + number(second, 0, 60)?;
    Some(Duration::from_secs(days_before(year, month, day) * 86_400 + seconds))
}

fn number(text: &str, least: u64, most: u64) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_digits && (least..=most).contains(number))
}

/// The days from the start of 1970 to this one; `month` counts from zero. Years begin in March here, so that a leap day
/// is the last of one.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    of_years + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&str, &str)]) -> Told {
        let mut told = Told::default();
        for (name, value) in lines {
            assert!(told.line(name, value.as_bytes()), "{name}");
        }
        told
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |text| date_of(text).map(|time| time.as_secs());
        assert_eq!(at("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(at("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(at("Tue, 29 Feb 2000 23:59:59 GMT"), Some(951_868_799));
        assert_eq!(at("Fri, 01 Jan 2100 00:00:00 GMT"), Some(4_102_444_800));
        for text in ["", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 41 Nov 1994 08:49:37 GMT"] {
            assert_eq!(date_of(text), None, "{text}");
        }
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        assert_eq!(retry_after(b"120"), Some(120));
        assert_eq!(retry_after(b"99999999999999999999999"), Some(LONGEST));
        assert_eq!(retry_after(b"Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(retry_after(b"Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST));
        for text in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(text.as_bytes()), None, "{text}");
        }
        let half_a_second_before = Duration::from_millis(784_111_776_500);
        assert_eq!(seconds_until("Sun, 06 Nov 1994 08:49:37 GMT", half_a_second_before), Some(1));
    }

    #[test]
    fn only_what_is_said_once_and_word_for_word_counts() {
        assert!(of(&[("Flow-Outcome", "nothing-done")]).has_done_nothing());
        for told in ["", "nothing", "Nothing-Done", "nothing-done, done"] {
            assert!(!of(&[("flow-outcome", told)]).has_done_nothing(), "{told}");
        }
        assert!(!of(&[]).has_done_nothing());
        let (done, other) = (("flow-outcome", "nothing-done"), ("flow-outcome", "unknown"));
        for twice in [[done, other], [other, done], [done, done]] {
            assert!(!of(&twice).has_done_nothing(), "{twice:?}");
        }
    }

    #[test]
    fn a_backend_says_who_may_share_its_answer() {
        let sharing = |text| of(&[("cache-control", text)]).sharing();
        assert_eq!(of(&[]).sharing(), Sharing::FREE);
        assert_eq!(sharing("max-age=0"), Sharing::FREE);
        assert_eq!(sharing("max-age=60, Private=\"x\""), Sharing { all: false, caller: true });
        let none = Sharing { all: false, caller: false };
        assert_eq!(sharing("No-Store"), none);
        assert_eq!(of(&[("cache-control", "no-store"), ("Cache-Control", "max-age=1")]).sharing(), none);
    }

    #[test]
    fn the_first_of_several_kinds_counts_and_any_compression() {
        let mut two = of(&[("Content-Type", "text/csv"), ("content-type", "text/html")]);
        assert_eq!(two.media_type(), "text/csv");
        assert!(!of(&[("content-encoding", "Identity")]).is_compressed);
        assert!(of(&[("content-encoding", "identity"), ("content-encoding", "gzip")]).is_compressed);
        assert!(!Told::default().line("content-length", b"1"));
    }
}
