//! What a backend says beside its answer: when to come again, for whom the answer may be kept, and, from one of our own
//! services, that nothing was done.

use std::time::Duration;

use http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, RETRY_AFTER};

use crate::failure::Sharing;
use crate::http::{NOTHING_DONE, OUTCOME};
use crate::outside;

/// No backend can send us away for longer than a day.
const LONGEST: u64 = 86_400;

/// In how many seconds to come again. It is told as a number of them or as a date.
pub fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST,
        Err(_) => seconds_until(text, outside::wall())?,
    };
    Some(seconds.min(LONGEST))
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

/// A backend may say that an answer is for one caller only, or for nobody to keep.
pub fn sharing(headers: &HeaderMap) -> Sharing {
    let told = |name: &str| {
        let texts =
            headers.get_all(CACHE_CONTROL).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
        let mut words = texts.flat_map(|text| text.split([',', '=', ' ']));
        words.any(|word| word.trim().eq_ignore_ascii_case(name))
    };
    let is_kept = !told("no-store");
    Sharing { all: is_kept && !told("private"), caller: is_kept }
}

/// Whether a failure says that nothing was changed. What says nothing, or anything else, may have changed something.
pub fn has_done_nothing(headers: &HeaderMap) -> bool {
    let mut told = headers.get_all(OUTCOME).iter();
    told.next().is_some_and(|one| one == NOTHING_DONE) && told.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &'static str, value: &str) -> HeaderMap {
        let value = HeaderValue::from_str(value).expect("a value");
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value)])
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
        assert_eq!(retry_after(&of("retry-after", "120")), Some(120));
        assert_eq!(retry_after(&of("retry-after", "99999999999999999999999")), Some(LONGEST));
        assert_eq!(retry_after(&of("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")), Some(0));
        assert_eq!(retry_after(&of("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")), Some(LONGEST));
        for text in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(&of("retry-after", text)), None, "{text}");
        }
        let half_a_second_before = Duration::from_millis(784_111_776_500);
        assert_eq!(seconds_until("Sun, 06 Nov 1994 08:49:37 GMT", half_a_second_before), Some(1));
    }

    #[test]
    fn only_what_is_said_once_and_word_for_word_counts() {
        assert!(has_done_nothing(&of("flow-outcome", "nothing-done")));
        for told in ["", "nothing", "Nothing-Done", "nothing-done, done"] {
            assert!(!has_done_nothing(&of("flow-outcome", told)), "{told}");
        }
        assert!(!has_done_nothing(&HeaderMap::new()));
        let mut twice = of("flow-outcome", "nothing-done");
        twice.append("flow-outcome", HeaderValue::from_static("unknown"));
        assert!(!has_done_nothing(&twice));
    }

    #[test]
    fn a_backend_says_who_may_share_its_answer() {
        assert_eq!(sharing(&HeaderMap::new()), Sharing::FREE);
        assert_eq!(sharing(&of("cache-control", "max-age=0")), Sharing::FREE);
        let own = Sharing { all: false, caller: true };
        assert_eq!(sharing(&of("cache-control", "max-age=60, Private=\"x\"")), own);
        let none = Sharing { all: false, caller: false };
        assert_eq!(sharing(&of("cache-control", "No-Store")), none);
    }
}
