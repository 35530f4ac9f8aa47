//! The log: one JSON object in a line on stdout, or on stderr where stdout is for what a command says. Lines are gathered
//! and written together, because a system call for each request costs more than the rest of the line. Warnings and errors
//! are written at once.

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::Environment;
use crate::codec::{ObjectWriter, Side, Writer};
use crate::outside;
use crate::value::Digits;

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }

    /// The level of this name; `None` for `off` and for what is none.
    pub fn from_name(name: &str) -> Option<Level> {
        [Level::Error, Level::Warn, Level::Info, Level::Debug]
            .into_iter()
            .find(|level| level.as_str() == name)
    }
}

/// What most lines have room in.
const USUAL: usize = 512;
/// How many bytes are gathered at most.
const GATHERED: usize = 16 * 1024;

static GATHER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OPENED: OnceLock<(Option<Level>, Put)> = OnceLock::new();

/// Writes lines to where they belong.
type Put = fn(&[u8]) -> std::io::Result<()>;

/// From now on, lines of this level and graver ones are written. Before, none are: a test of a service is silent.
pub fn open(loudest: Option<Level>) {
    let _ = OPENED.set((loudest, |lines| put(&mut std::io::stdout().lock(), lines)));
}

/// The same beside a command, which has stdout for what it says.
#[cfg(feature = "store")]
pub fn open_on_stderr(loudest: Option<Level>) {
    let _ = OPENED.set((loudest, |lines| put(&mut std::io::stderr().lock(), lines)));
}

/// Reads `FLOW_LOG`: a level, or `off`; without it, `info`.
pub fn wanted(env: &mut Environment) -> Option<Option<Level>> {
    let name = env.text_or("FLOW_LOG", Level::Info.as_str())?;
    match Level::from_name(&name) {
        None if name != "off" => {
            env.take("FLOW_LOG", Err("must be `off`, `error`, `warn`, `info` or `debug`".to_owned()))
        }
        level => Some(level),
    }
}

fn is_on(level: Level) -> bool {
    OPENED.get().and_then(|(loudest, _)| *loudest).is_some_and(|loudest| level <= loudest)
}

/// Writes a line, if lines of this level are written; `fill` puts in what it says beside when, how loud, and of what.
pub fn record(level: Level, event: &str, fill: impl FnOnce(&mut ObjectWriter<'_>)) {
    if !is_on(level) {
        return;
    }
    let mut line = Writer::with_room(Side::Caller, USUAL);
    let mut fields = line.object();
    fields.field("at", &now()).field("level", &level.as_str()).field("event", &event);
    fill(&mut fields);
    fields.end();
    let mut gathered = GATHER.lock().unwrap_or_else(PoisonError::into_inner);
    gathered.extend_from_slice(&line.finish());
    gathered.push(b'\n');
    if level <= Level::Warn || gathered.len() > GATHERED {
        pour(&mut gathered);
    }
}

/// Writes a line with texts only.
pub fn say(level: Level, event: &str, texts: &[(&'static str, &str)]) {
    record(level, event, |fields| {
        for (name, text) in texts {
            fields.field(name, text);
        }
    });
}

/// Writes out what was gathered.
pub fn flush() {
    pour(&mut GATHER.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Nobody can be told that the log cannot be written, and a service without a log is better than none.
fn pour(gathered: &mut Vec<u8>) {
    if let Some((_, put)) = OPENED.get().filter(|_| !gathered.is_empty()) {
        let _ = put(gathered);
        gathered.clear();
    }
}

fn put(out: &mut impl Write, lines: &[u8]) -> std::io::Result<()> {
    out.write_all(lines)?;
    out.flush()
}

/// The wall clock as in RFC 3339, in milliseconds.
fn now() -> String {
    stamp(outside::wall())
}

/// The date is found by the days of the eras of 400 years, which begin in March, so that a leap day comes last.
pub fn stamp(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + next;
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = since_1970.subsec_millis().into();
    let mut text = Digits::new();
    text.last(4, year).sign(b'-').last(2, month).sign(b'-').last(2, day).sign(b'T');
    text.last(2, hour).sign(b':').last(2, minute).sign(b':').last(2, second);
    text.sign(b'.').last(3, millis).sign(b'Z').as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_written_as_a_date() {
        let at = |seconds| stamp(Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59.000Z");
        assert_eq!(stamp(Duration::from_millis(4_102_444_800_007)), "2100-01-01T00:00:00.007Z");
    }

    #[test]
    fn levels_are_in_order() {
        assert!(Level::Error < Level::Warn && Level::Info < Level::Debug);
        assert_eq!(Level::from_name("warn"), Some(Level::Warn));
        assert_eq!(Level::from_name("off"), None);
    }
}
