//! Numbers and texts within their bounds.

use std::cmp::Ordering;

use regex::Regex;
use smol_str::SmolStr;

use super::pattern;
use crate::contract::compare_numbers;
use crate::contract::model::{Bound, Format, NumberBounds, StringRule};
use crate::standin::chance::Chance;

/// 1 where it fits, else the value nearest to the lower bound, else to the upper one; with a seed, a little more.
pub fn whole(bounds: &NumberBounds, chance: &mut Chance) -> String {
    let parse = |bound: &Bound, step: i128| -> Option<i128> {
        let value: f64 = bound.value.parse().ok()?;
        let exact = bound.value.parse::<i128>().ok();
        let inner = exact.unwrap_or(if step > 0 { value.ceil() as i128 } else { value.floor() as i128 });
        let is_edge = bound.exclusive && (exact.is_some() || inner as f64 == value);
        Some(if is_edge { inner.saturating_add(step) } else { inner })
    };
    let min = bounds.min.as_ref().and_then(|bound| parse(bound, 1));
    let max = bounds.max.as_ref().and_then(|bound| parse(bound, -1));
    let most = max.unwrap_or(i128::MAX).min(most(bounds.format.as_deref()));
    let step =
        bounds.multiple_of.as_ref().and_then(|text| text.parse::<i128>().ok()).filter(|step| *step > 0);
    let step = step.unwrap_or(1);
    let lowest = min.unwrap_or(i128::MIN).max(1.min(max.unwrap_or(1)));
    let up = lowest.div_euclid(step).saturating_mul(step);
    let value = if up < lowest { up.saturating_add(step) } else { up };
    match max {
        Some(max) if value > max => max.div_euclid(step).saturating_mul(step).to_string(),
        _ => {
            let rounds = most.saturating_sub(value).div_euclid(step).clamp(0, SPREAD);
            let more = i128::from(chance.below(rounds.unsigned_abs() as u64 + 1));
            value.saturating_add(more.saturating_mul(step)).to_string()
        }
    }
}

/// How many values there are to choose from.
const SPREAD: i128 = 10_000;

fn most(format: Option<&str>) -> i128 {
    match format {
        Some("int8") => i128::from(i8::MAX),
        Some("uint8") => i128::from(u8::MAX),
        Some("int16") => i128::from(i16::MAX),
        Some("uint16") => i128::from(u16::MAX),
        Some("int32") => i128::from(i32::MAX),
        _ => i128::from(i64::MAX),
    }
}

/// 1 where it fits, else something between the bounds; with a seed, something with two places where that fits.
pub fn number(bounds: &NumberBounds, chance: &mut Chance) -> String {
    let plainest = plainest(bounds, chance);
    if chance.is_plain() || bounds.multiple_of.is_some() {
        return plainest;
    }
    let cents = chance.below(10_000);
    let spread = format!("{}.{:02}", cents / 100, cents % 100);
    let is_beyond = |bound: &Option<Bound>, wrong: Ordering| {
        bound.as_ref().is_some_and(|bound| match compare_numbers(&spread, &bound.value) {
            Some(Ordering::Equal) => bound.exclusive,
            Some(order) => order == wrong,
            None => true,
        })
    };
    let fits = !is_beyond(&bounds.min, Ordering::Less) && !is_beyond(&bounds.max, Ordering::Greater);
    if fits { spread } else { plainest }
}

fn plainest(bounds: &NumberBounds, chance: &mut Chance) -> String {
    let parse = |bound: &Option<Bound>| {
        let bound = bound.as_ref()?;
        Some((bound.value.parse::<f64>().ok()?, bound.exclusive, bound.value.to_string()))
    };
    let (min, max) = (parse(&bounds.min), parse(&bounds.max));
    if let Some(step) =
        bounds.multiple_of.as_ref().filter(|step| step.parse().is_ok_and(|step: f64| step > 1.0))
    {
        return match &min {
            Some((min, _, _)) if *min > 1.0 => whole(bounds, chance),
            _ => step.to_string(),
        };
    }
    let above = |value: f64| min.as_ref().is_none_or(|(min, out, _)| value > *min || !out && value == *min);
    let below = |value: f64| max.as_ref().is_none_or(|(max, out, _)| value < *max || !out && value == *max);
    match (&min, &max) {
        _ if above(1.0) && below(1.0) => "1".to_owned(),
        (Some((_, false, written)), _) => written.clone(),
        (_, Some((_, false, written))) => written.clone(),
        (Some((min, ..)), Some((max, ..))) => format!("{}", (min + max) / 2.0),
        (Some((min, ..)), None) => format!("{}", min + 1.0),
        (None, Some((max, ..))) => format!("{}", max - 1.0),
        (None, None) => "1".to_owned(),
    }
}

/// A text of a format that also keeps the rule, or else one that keeps the rule, or else one of the format.
pub fn text(format: Format, rule: &StringRule, chance: &mut Chance) -> String {
    let Some(written) = of_format(format, chance) else { return plain(rule, chance) };
    if keeps(rule, &written) {
        return written;
    }
    let other = plain(rule, chance);
    if rule.pattern.is_some() && keeps(rule, &other) { other } else { written }
}

/// None where the format says nothing.
fn of_format(format: Format, chance: &mut Chance) -> Option<String> {
    Some(match format {
        Format::Date => date(chance),
        Format::Time => format!("{}Z", time(chance)),
        Format::DateTime => format!("{}T{}Z", date(chance), time(chance)),
        Format::Duration => format!("PT{}H", 1 + chance.below(12)),
        Format::Uuid => uuid(chance),
        Format::Email => format!("{}@example.com", chance.one_of(&NAMES)?),
        Format::Uri if chance.is_plain() => "https://example.com/".to_owned(),
        Format::Uri => format!("https://example.com/{}", chance.one_of(&WORDS)?),
        Format::Bytes if chance.is_plain() => "YWRh".to_owned(),
        Format::Bytes => (0..4).map(|_| letters(4, chance)).collect(),
        Format::Binary => String::new(),
        Format::Decimal => (1 + chance.below(100)).to_string(),
        Format::Plain => return None,
    })
}

const NAMES: [&str; 6] = ["ada", "grace", "alan", "edsger", "barbara", "donald"];
const WORDS: [&str; 8] = ["text", "amber", "birch", "cedar", "delta", "ember", "fjord", "grove"];

fn date(chance: &mut Chance) -> String {
    if chance.is_plain() {
        return "2024-01-31".to_owned();
    }
    format!("{}-{:02}-{:02}", 2020 + chance.below(8), 1 + chance.below(12), 1 + chance.below(28))
}

fn time(chance: &mut Chance) -> String {
    if chance.is_plain() {
        return "09:30:00".to_owned();
    }
    format!("{:02}:{:02}:{:02}", chance.below(24), chance.below(60), chance.below(60))
}

/// Of version 4.
fn uuid(chance: &mut Chance) -> String {
    if chance.is_plain() {
        return "5f0c1f3e-6a0b-4d53-9c55-0d7c8d0f5a11".to_owned();
    }
    let mut digits =
        |count: u32| format!("{:0width$x}", chance.below(1 << (4 * count)), width = count as usize);
    format!("{}-{}-4{}-a{}-{}", digits(8), digits(4), digits(3), digits(3), digits(12))
}

fn letters(count: usize, chance: &mut Chance) -> String {
    (0..count).map(|_| char::from(b'a' + chance.below(26) as u8)).collect()
}

fn keeps(rule: &StringRule, text: &str) -> bool {
    let length = text.chars().count() as u64;
    let has_length = rule.min.is_none_or(|min| length >= min) && rule.max.is_none_or(|max| length <= max);
    let matches = |pattern: &SmolStr| Regex::new(pattern).is_ok_and(|regex| regex.is_match(text));
    has_length && rule.pattern.as_ref().is_none_or(matches)
}

/// A longer text than this is not made, whatever the contract asks for.
const LONGEST: usize = 10_000;

fn plain(rule: &StringRule, chance: &mut Chance) -> String {
    let bound = |length: u64| usize::try_from(length).unwrap_or(LONGEST).min(LONGEST);
    let (min, max) = (rule.min.map_or(0, bound), rule.max.map_or(LONGEST, bound));
    let matching = |pattern: &SmolStr| pattern::matching(pattern, min, max, chance);
    if let Some(text) = rule.pattern.as_ref().and_then(matching) {
        return if begins_like_a_date(&text) { day(rule, chance).unwrap_or(text) } else { text };
    }
    let word = *chance.one_of(&WORDS).unwrap_or(&"text");
    let wanted = word.len().max(min).min(max);
    word.chars().chain([' ']).cycle().take(wanted).collect()
}

/// A pattern knows of no calendar: `0000-01-01` and `2023-02-31` are what it says, and nobody reads them.
fn begins_like_a_date(text: &str) -> bool {
    let mut letters = text.chars();
    "0000-00-00".chars().all(|wanted| match letters.next() {
        Some(letter) if wanted == '0' => letter.is_ascii_digit(),
        letter => letter == Some(wanted),
    })
}

/// A day that is one, with or without a time.
fn day(rule: &StringRule, chance: &mut Chance) -> Option<String> {
    let formats = [Format::DateTime, Format::Date];
    formats.iter().find_map(|format| of_format(*format, chance).filter(|text| keeps(rule, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(
        min: Option<(&str, bool)>,
        max: Option<(&str, bool)>,
        multiple_of: Option<&str>,
    ) -> NumberBounds {
        let bound = |(value, exclusive): (&str, bool)| Bound { value: value.into(), exclusive };
        NumberBounds {
            min: min.map(bound),
            max: max.map(bound),
            multiple_of: multiple_of.map(Into::into),
            format: None,
        }
    }

    #[test]
    fn whole_numbers_lie_within_their_bounds() {
        let of = |min, max, step| whole(&bounds(min, max, step), &mut Chance::plain());
        assert_eq!(of(None, None, None), "1");
        assert_eq!(of(Some(("5", false)), None, None), "5");
        assert_eq!(of(Some(("5", true)), None, None), "6");
        assert_eq!(of(None, Some(("0", false)), None), "0");
        assert_eq!(of(None, Some(("0", true)), None), "-1");
        assert_eq!(of(Some(("11", false)), Some(("100", false)), Some("5")), "15");
        assert_eq!(of(Some(("1.5", true)), None, None), "2");
        assert_eq!(of(Some(("-9", false)), Some(("-3", false)), None), "-3");
        assert_eq!(of(Some(("9223372036854775807", false)), None, None), "9223372036854775807");
    }

    #[test]
    fn numbers_lie_within_their_bounds() {
        let of = |min, max, step| number(&bounds(min, max, step), &mut Chance::plain());
        assert_eq!(of(None, None, None), "1");
        assert_eq!(of(Some(("0", false)), Some(("1", false)), None), "1");
        assert_eq!(of(Some(("0", true)), Some(("1", true)), None), "0.5");
        assert_eq!(of(Some(("2.50", false)), None, None), "2.50");
        assert_eq!(of(None, Some(("-2.5", false)), None), "-2.5");
        assert_eq!(of(None, None, Some("0.01")), "1");
        assert_eq!(of(None, None, Some("2.5")), "2.5");
    }

    #[test]
    fn texts_have_their_length() {
        let of = |pattern: Option<&str>, min, max| {
            plain(&StringRule { pattern: pattern.map(Into::into), min, max }, &mut Chance::plain())
        };
        assert_eq!(of(None, None, None), "text");
        assert_eq!(of(None, Some(7), None), "text te");
        assert_eq!(of(None, None, Some(2)), "te");
        assert_eq!(of(Some("^C[0-9]{6}$"), None, None), "C000000");
        assert_eq!(of(Some("^[a-z]+$"), Some(3), Some(5)), "aaa");
    }

    #[test]
    fn what_a_pattern_has_as_a_day_is_one() {
        let of = |pattern: &str, chance| {
            let rule = StringRule { pattern: Some(pattern.into()), min: None, max: Some(64) };
            text(Format::Plain, &rule, &mut { chance })
        };
        let moment = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";
        assert_eq!(of(moment, Chance::plain()), "2024-01-31T09:30:00Z");
        assert_eq!(of("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Chance::plain()), "2024-01-31");
        assert!(of(moment, Chance::seeded(1, &[])).starts_with("202"));
        assert_eq!(of("^[0-9]{4}-[0-9]{2}-[0-9]{3}$", Chance::plain()), "0000-00-000");
    }

    #[test]
    fn seeds_give_other_values_within_the_same_bounds() {
        let range = bounds(Some(("5", false)), Some(("9", false)), None);
        let ticks = bounds(Some(("10", true)), None, Some("5"));
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let mut chance = Chance::seeded(seed, &[]);
            let number: i64 = whole(&range, &mut chance).parse().expect("a number");
            assert!((5..=9).contains(&number));
            seen.insert(number);
            let tick: i64 = whole(&ticks, &mut chance).parse().expect("a number");
            assert!(tick > 10 && tick % 5 == 0, "{tick}");
        }
        assert_eq!(seen.len(), 5);
    }

    #[test]
    fn a_format_keeps_its_rule_where_both_can_be() {
        let rule = StringRule { pattern: Some("^[A-Z]{3}$".into()), min: None, max: None };
        assert_eq!(text(Format::Uri, &rule, &mut Chance::plain()), "AAA");
        let short = StringRule { max: Some(4), ..StringRule::default() };
        assert_eq!(text(Format::Date, &short, &mut Chance::plain()), "2024-01-31");
    }
}
