//! Numbers and texts within their bounds.

use super::pattern;
use crate::contract::model::{Bound, Format, NumberBounds, StringRule};

/// 1 where it fits, else the value nearest to the lower bound, else to the upper one.
pub fn whole(bounds: &NumberBounds) -> String {
    let parse = |bound: &Bound, step: i128| -> Option<i128> {
        let value: f64 = bound.value.parse().ok()?;
        let exact = bound.value.parse::<i128>().ok();
        let inner = exact.unwrap_or(if step > 0 { value.ceil() as i128 } else { value.floor() as i128 });
        let is_edge = bound.exclusive && (exact.is_some() || inner as f64 == value);
        Some(if is_edge { inner.saturating_add(step) } else { inner })
    };
    let min = bounds.min.as_ref().and_then(|bound| parse(bound, 1));
    let max = bounds.max.as_ref().and_then(|bound| parse(bound, -1));
    let step =
        bounds.multiple_of.as_ref().and_then(|text| text.parse::<i128>().ok()).filter(|step| *step > 0);
    let step = step.unwrap_or(1);
    let lowest = min.unwrap_or(i128::MIN).max(1.min(max.unwrap_or(1)));
    let up = lowest.div_euclid(step).saturating_mul(step);
    let value = if up < lowest { up.saturating_add(step) } else { up };
    match max {
        Some(max) if value > max => max.div_euclid(step).saturating_mul(step).to_string(),
        _ => value.to_string(),
    }
}

/// 1 where it fits, else something between the bounds.
pub fn number(bounds: &NumberBounds) -> String {
    let parse = |bound: &Option<Bound>| {
        let bound = bound.as_ref()?;
        Some((bound.value.parse::<f64>().ok()?, bound.exclusive, bound.value.to_string()))
    };
    let (min, max) = (parse(&bounds.min), parse(&bounds.max));
    if let Some(step) =
        bounds.multiple_of.as_ref().filter(|step| step.parse().is_ok_and(|step: f64| step > 1.0))
    {
        return match &min {
            Some((min, _, _)) if *min > 1.0 => whole(bounds),
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

pub fn text(format: Format, rule: &StringRule) -> String {
    match format {
        Format::Date => "2024-01-31".to_owned(),
        Format::Time => "09:30:00Z".to_owned(),
        Format::DateTime => "2024-01-31T09:30:00Z".to_owned(),
        Format::Duration => "PT1H".to_owned(),
        Format::Uuid => "5f0c1f3e-6a0b-4d53-9c55-0d7c8d0f5a11".to_owned(),
        Format::Email => "ada@example.com".to_owned(),
        Format::Uri => "https://example.com/".to_owned(),
        Format::Bytes => "YWRh".to_owned(),
        Format::Binary => String::new(),
        Format::Decimal => "1".to_owned(),
        Format::Plain => plain(rule),
    }
}

/// A longer text than this is not made, whatever the contract asks for.
const LONGEST: usize = 10_000;

fn plain(rule: &StringRule) -> String {
    let bound = |length: u64| usize::try_from(length).unwrap_or(LONGEST).min(LONGEST);
    let (min, max) = (rule.min.map_or(0, bound), rule.max.map_or(LONGEST, bound));
    if let Some(text) = rule.pattern.as_ref().and_then(|pattern| pattern::matching(pattern, min, max)) {
        return text;
    }
    let wanted = "text".len().max(min).min(max);
    "text ".chars().cycle().take(wanted).collect()
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
        let of = |min, max, step| whole(&bounds(min, max, step));
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
        let of = |min, max, step| number(&bounds(min, max, step));
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
            plain(&StringRule { pattern: pattern.map(Into::into), min, max })
        };
        assert_eq!(of(None, None, None), "text");
        assert_eq!(of(None, Some(7), None), "text te");
        assert_eq!(of(None, None, Some(2)), "te");
        assert_eq!(of(Some("^C[0-9]{6}$"), None, None), "C000000");
        assert_eq!(of(Some("^[a-z]+$"), Some(3), Some(5)), "aaa");
    }
}
