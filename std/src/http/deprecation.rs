//! What is done for an operation that is going away: its answers say so, and the log says who still calls it. It answers
//! on, also after the day on which it was to stop: a service must not die at midnight because of a date in it. Whoever
//! takes it out sees in the log whether anybody is left.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::Context;
use super::endpoint::Endpoint;
use super::log::{self, Level};
use crate::outside;

/// How often the log names the same caller.
const SILENCE: Duration = Duration::from_secs(3_600);
/// How many callers are known. While there are more, the log does not name them.
const CALLERS: usize = 1_000;

/// That an operation is going away. The texts are those of the headers, made by the compiler.
#[derive(Clone, Copy, Debug)]
pub struct Deprecation {
    /// Since when nobody should begin to use it, as in RFC 9745: `@1735689600`.
    pub since: &'static str,
    /// When it is to be gone, as in RFC 8594: `Wed, 31 Dec 2025 00:00:00 GMT`.
    pub sunset: Option<&'static str>,
    /// Where to read what to use instead.
    pub link: Option<&'static str>,
}

/// Who still calls an operation that is going away.
#[derive(Debug, Default)]
pub struct Remaining {
    named: Mutex<HashMap<String, Instant>>,
}

impl Deprecation {
    /// Puts it on an answer, and names the caller in the log.
    pub fn tell(
        &self,
        remaining: &Remaining,
        endpoint: &Endpoint,
        context: &Context,
        headers: &mut HeaderMap,
    ) {
        put(headers, "deprecation", self.since);
        if let Some(sunset) = self.sunset {
            put(headers, "sunset", sunset);
        }
        if let Some(link) = self.link {
            put(headers, "link", &format!("<{link}>; rel=\"deprecation\""));
        }
        let caller = context.who().subject();
        if !remaining.is_news(caller, Instant::now()) {
            return;
        }
        let caller = if caller.is_empty() { "unknown" } else { caller };
        let (level, event) = match self.is_over(outside::wall()) {
            true => (Level::Warn, "deprecated operation called after its sunset"),
            false => (Level::Info, "deprecated operation called"),
        };
        let fields = [
            ("request", context.request().id.as_str()),
            ("operation", endpoint.operation),
            ("caller", caller),
        ];
        log::say(level, event, &fields);
    }

    /// Whether the day is over on which it was to stop.
    fn is_over(&self, now: Duration) -> bool {
        self.sunset.and_then(seconds).is_some_and(|sunset| now.as_secs() >= sunset)
    }
}

impl Remaining {
    /// Whether the log has not named this caller for a while.
    fn is_news(&self, caller: &str, now: Instant) -> bool {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = named.get_mut(caller) {
            let is_news = now.duration_since(*last) >= SILENCE;
            if is_news {
                *last = now;
            }
            return is_news;
        }
        if named.len() >= CALLERS {
            named.retain(|_, last| now.duration_since(*last) < SILENCE);
        }
        let has_room = named.len() < CALLERS;
        if has_room {
            named.insert(caller.to_owned(), now);
        }
        has_room
    }
}

/// `Wed, 31 Dec 2025 00:00:00 GMT`, in seconds since the start of 1970.
fn seconds(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = date.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64;
    let year: u64 = words.next()?.parse().ok()?;
    // The year begins in March, so that a leap day comes last.
    let (year, month) = if month < 2 { (year.checked_sub(1)?, month + 10) } else { (year, month - 2) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(days.checked_sub(719_468)? * 86_400)
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_named_once_an_hour() {
        let (remaining, now) = (Remaining::default(), Instant::now());
        let seen = |caller: &str, after| remaining.is_news(caller, now + Duration::from_secs(after));
        assert!(seen("ada", 0) && seen("bob", 1));
        assert!(!seen("ada", 1) && !seen("ada", 3_599));
        assert!(seen("ada", 3_600));
        assert!(!seen("ada", 7_199));
    }

    #[test]
    fn callers_are_bounded_and_forgotten() {
        let (remaining, now) = (Remaining::default(), Instant::now());
        for number in 0..2 * CALLERS {
            assert_eq!(remaining.is_news(&number.to_string(), now), number < CALLERS);
        }
        assert!(remaining.is_news("later", now + SILENCE));
        let named = remaining.named.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(named.len(), 1);
    }

    #[test]
    fn the_day_on_which_it_was_to_stop_is_known() {
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("Wed, 31 Dec 2025 00:00:00 GMT"), Some(1_767_139_200));
        assert_eq!(seconds("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        let of = |sunset| Deprecation { since: "@0", sunset, link: None };
        let at = Duration::from_secs;
        assert!(of(Some("Wed, 31 Dec 2025 00:00:00 GMT")).is_over(at(1_767_139_200)));
        assert!(!of(Some("Wed, 31 Dec 2025 00:00:00 GMT")).is_over(at(1_767_139_199)));
        assert!(!of(None).is_over(at(u64::MAX)));
    }
}
