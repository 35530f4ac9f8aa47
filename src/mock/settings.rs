//! How a mock differs from a plain one: the words of the command line, read.

use std::time::Duration;

use smol_str::SmolStr;

/// How a mock answers.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Without one, made values are the plainest.
    pub seed: Option<u64>,
    pub latency: Latency,
    pub fails: Vec<Fail>,
    pub credentials: Credentials,
}

/// Whether requests have to show the credentials that the contract asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Credentials {
    #[default]
    Wanted,
    Ignored,
}

/// How long answers are held back: both ends belong to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    pub from: Duration,
    pub to: Duration,
}

/// That a part of the requests fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// Of this operation only.
    pub operation: Option<SmolStr>,
    pub status: u16,
    /// From 0 to 1.
    pub part: f64,
}

impl Latency {
    /// `20ms`, `1.5s`, `20ms-80ms`
    pub fn parse(text: &str) -> Result<Latency, String> {
        let wrong =
            || "it must be a time such as `20ms` or `1.5s`, or a range such as `20ms-80ms`".to_owned();
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let (from, to) = (time(from).ok_or_else(wrong)?, time(to).ok_or_else(wrong)?);
        if from <= to { Ok(Latency { from, to }) } else { Err("it ends before it begins".to_owned()) }
    }
}

/// No answer is held back for longer.
const LONGEST: f64 = 600.0;

fn time(text: &str) -> Option<Duration> {
    let (number, unit) = match text.trim().strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.trim().strip_suffix('s')?, 1.0),
    };
    let is_digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = number.parse::<f64>().ok().filter(|_| is_digits)? * unit;
    (seconds <= LONGEST).then(|| Duration::from_secs_f64(seconds))
}

impl Fail {
    /// `503:5%`, `getOrder=503:5%`
    pub fn parse(text: &str) -> Result<Fail, String> {
        let (operation, rule) = match text.rsplit_once('=') {
            Some((operation, rule)) => (Some(SmolStr::new(operation.trim())), rule),
            None => (None, text),
        };
        let wrong = || "it must be a status and a part such as `503:5%`, or `getOrder=503:5%`".to_owned();
        let (status, part) = rule.split_once(':').ok_or_else(wrong)?;
        let status: u16 = status.trim().parse().map_err(|_| wrong())?;
        if !(200..=599).contains(&status) {
            return Err(format!("there is no answer with the status {status}"));
        }
        let part: f64 = part.trim().strip_suffix('%').and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
        if !(0.0..=100.0).contains(&part) {
            return Err("the part must be from 0% to 100%".to_owned());
        }
        Ok(Fail { operation, status, part: part / 100.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_times_or_ranges() {
        let millis = |text| Latency::parse(text).map(|it| (it.from.as_millis(), it.to.as_millis()));
        assert_eq!(millis("20ms"), Ok((20, 20)));
        assert_eq!(millis("1.5s"), Ok((1500, 1500)));
        assert_eq!(millis("20ms-80ms"), Ok((20, 80)));
        for wrong in ["", "20", "ms", "80ms-20ms", "-5ms", "1e3s", "inf", "9999s", "NaNs"] {
            assert!(millis(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fails_have_a_status_and_a_part() {
        let fail = |operation: Option<&str>, status, part| {
            Ok(Fail { operation: operation.map(Into::into), status, part })
        };
        assert_eq!(Fail::parse("503:5%"), fail(None, 503, 0.05));
        assert_eq!(Fail::parse("getOrder=429:100%"), fail(Some("getOrder"), 429, 1.0));
        for wrong in ["503", "503:5", "x:5%", "503:101%", "503:-1%", "99:5%", "700:1%", "503:NaN%"] {
            assert!(Fail::parse(wrong).is_err(), "{wrong}");
        }
    }
}
