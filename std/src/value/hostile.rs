//! Texts and numbers that somebody made up: nothing panics and nothing overflows, whatever comes.

use super::*;
use crate::{date, datetime, decimal, duration, float, int, list, order, text};

/// A row of numbers that looks like chance and is always the same (xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn of<'a, A>(&mut self, all: &'a [A]) -> &'a A {
        let at = usize::try_from(self.next() % all.len() as u64).expect("an index");
        all.get(at).expect("an index below the length")
    }

    fn text(&mut self, parts: &[&str]) -> String {
        (0..self.next() % 12).map(|_| *self.of(parts)).collect()
    }
}

const PARTS: &[&str] = &[
    "0",
    "1",
    "9",
    "12",
    "2024",
    "99999999999999999999",
    "-",
    "+",
    ".",
    ",",
    ":",
    "T",
    "Z",
    "P",
    "PT",
    "H",
    "M",
    "S",
    "D",
    "W",
    "e",
    "E",
    "/",
    "//",
    "?",
    "#",
    "@",
    "%",
    "%4",
    "%41",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    "\\u",
    "d83d",
    "dc00",
    "null",
    "true",
    "(",
    ")",
    " ",
    "\u{a0}",
    "\0",
    "é",
    "１",
    "😀",
    "ß",
    "a",
    "www",
    "=",
    "Europe/",
    "AM",
    "Jan",
    "Mon",
    "\r\n",
    "\n",
    "'",
];

const NUMBERS: &[i64] = &[
    i64::MIN,
    i64::MIN + 1,
    -9_999_999_999,
    -86_400,
    -1000,
    -29,
    -1,
    0,
    1,
    2,
    28,
    31,
    10_000,
    3_652_059,
    253_402_300_799,
    i64::MAX - 1,
    i64::MAX,
];

#[test]
fn texts_from_nowhere() {
    let mut chance = Chance(88_172_645_463_325_252);
    let patterns = [
        "yyyy-MM-dd",
        "d.M.yy h:mm a",
        "EEE, dd MMM yyyy HH:mm:ss.SSS XXX",
        "MMMM",
        "SSSSSSSSS",
        "XX",
        "'é'Z",
    ];
    let patterns = patterns.map(Pattern::new);
    let regex = Regex::new("[0-9]+|é");
    for _ in 0..50_000 {
        let (one, other) = (chance.text(PARTS), chance.text(PARTS));
        let (from, to) = (*chance.of(NUMBERS), *chance.of(NUMBERS));
        let pattern = chance.of(&patterns);
        let _ = (text::to_int(&one), text::to_float(&one), text::to_bool(&one), text::to_decimal(&one));
        let _ = (Decimal::parse_number(&one), Json::parse(&one), Bytes::parse(&one), Uuid::parse(&one));
        let _ = (
            Date::parse(&one),
            Time::parse(&one),
            DateTime::parse(&one),
            Duration::parse(&one),
            Zone::parse(&one),
        );
        let _ = (
            text::date(&one, pattern),
            text::time(&one, pattern),
            text::datetime(&one, Some(pattern), &Zone::UTC),
        );
        let _ = (
            Email::parse(&one),
            Uri::parse(&one).map(|uri| uri.host().map(str::len)),
            Uri::literal(&one).host().map(str::len),
        );
        let _ = (text::phone(&one, "PT"), text::phone(&one, "US"), text::phone(&one, &other));
        let _ = (text::url_decode(&one), text::from_hex(&one), text::from_base64(&one));
        let _ = (text::slice(&one, from, Some(to)), text::truncate(&one, from), text::index_of(&one, &other));
        let _ = (
            text::split(&one, &other),
            text::replace(&one, &other, "x"),
            text::capitalize(&one),
            text::lines(&one),
        );
        let _ = (
            text::matches(&one, &regex),
            text::replace_matches(&one, &regex, &other),
            text::find_match(&one, &regex),
        );
        assert_eq!(text::url_decode(&text::url_encode(&one)).as_ref(), Ok(&one));
        assert_eq!(text::from_base64(&text::base64(&one)), Ok(text::bytes(&one)));
        assert_eq!(
            Json::parse(&Json::Text(one.replace('\0', "")).to_string()),
            Ok(Json::Text(one.replace('\0', "")))
        );
    }
}

#[test]
fn numbers_from_nowhere() {
    for one in NUMBERS {
        for other in NUMBERS {
            calculate(*one, *other);
            count_time(*one, *other);
        }
        let _ = (int::days(*one), int::epoch_seconds(*one), int::epoch_millis(*one), int::abs(*one));
    }
}

fn calculate(one: i64, other: i64) {
    let _ = (int::add(one, other), int::sub(one, other), int::mul(one, other));
    let _ = (int::div(one, other), int::rem(one, other), int::neg(one));
    let _ = (list::slice(vec![1, 2], one, Some(other)), list::get(&[1], one), order::clamp(0, one, other));
    let [left, right] = [one, other].map(|number| decimal::div(number.into(), 7.into()).unwrap_or_default());
    let _ = (decimal::add(left, right), decimal::mul(left, right), decimal::div(left, right));
    let _ = (decimal::rem(left, right), decimal::format(left, other, ".", ","), decimal::to_int(left));
    let _ =
        (decimal::round(left, other, Rounding::Up), float::to_int(one as f64), float::to_decimal(one as f64));
    let _ = float::round(one as f64 / 7.0, other, Rounding::HalfEven);
}

fn count_time(one: i64, other: i64) {
    let (left, right) = (Duration::millis(one), Duration::millis(other));
    let _ = (duration::add(left, right), duration::sub(left, right), duration::mul(left, other));
    let _ = (duration::div(left, other), duration::neg(left), left.to_std());
    let _ = (duration::to_seconds(left), duration::to_string(left), duration::to_millis(left));
    for date in ["0001-01-01", "1970-01-01", "2024-02-29", "9999-12-31"].map(Date::literal) {
        let _ = (date::plus_days(date, one), date::plus_months(date, one), date::plus_years(date, one));
        let _ = (date::plus(date, left), Date::new(one, other, one), Date::from_epoch_days(one));
    }
    let moments = ["0001-01-01T00:00:00Z", "2024-02-29T12:00:00-23:59", "9999-12-31T23:59:59.999999999Z"];
    for moment in moments.map(DateTime::literal) {
        let _ =
            (datetime::plus(moment, left), datetime::minus(moment, left), Time::new(one, other, one, other));
        let _ = (DateTime::from_unix(one, other, one), DateTime::new(moment.date(), moment.time(), one));
    }
}

#[test]
fn each_zone_at_the_ends_of_the_calendar() {
    for zone in
        ["Europe/Lisbon", "Pacific/Kiritimati", "America/St_Johns", "Africa/Monrovia", "+23:59", "-23:59"]
            .map(Zone::literal)
    {
        for date in ["0001-01-01", "1919-03-31", "9999-12-31"].map(Date::literal) {
            for time in ["00:00:00", "02:30:00", "23:59:59.999999999"].map(Time::literal) {
                let moment = date::datetime(date, time, &zone).expect("the day is in the calendar");
                assert_eq!(DateTime::parse(&moment.to_string()), Ok(moment));
                let _ = datetime::at(moment, &zone);
            }
        }
    }
}
