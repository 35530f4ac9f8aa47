//! Numbers against their bounds, as they are written: none is rounded to a binary fraction on the way.

use std::cmp::Ordering;

use crate::contract::model::NumberBounds;
use crate::contract::{compare_numbers, is_whole_number};

/// What is wrong with a whole number.
pub fn whole(bounds: &NumberBounds, written: &str) -> Option<String> {
    if !is_whole_number(written) {
        return Some("must be a whole number".to_owned());
    }
    let (min, max) = range(bounds.format.as_deref());
    let is_beyond = |end: &str, wrong| compare_numbers(written, end) == Some(wrong);
    if is_beyond(min, Ordering::Less) || is_beyond(max, Ordering::Greater) {
        return Some(format!("must be from {min} to {max}"));
    }
    within(bounds, written)
}

/// Whole numbers without a format may be of any size that is usual.
fn range(format: Option<&str>) -> (&'static str, &'static str) {
    match format {
        Some("int8") => ("-128", "127"),
        Some("uint8") => ("0", "255"),
        Some("int16") => ("-32768", "32767"),
        Some("uint16") => ("0", "65535"),
        Some("int32") => ("-2147483648", "2147483647"),
        Some("uint32") => ("0", "4294967295"),
        Some("uint64") => ("0", "18446744073709551615"),
        _ => ("-9223372036854775808", "9223372036854775807"),
    }
}

/// What is wrong with a number.
pub fn within(bounds: &NumberBounds, written: &str) -> Option<String> {
    if let Some(bound) = &bounds.min {
        match compare_numbers(written, &bound.value) {
            Some(Ordering::Less) if !bound.exclusive => {
                return Some(format!("must be at least {}", bound.value));
            }
            Some(Ordering::Less | Ordering::Equal) if bound.exclusive => {
                return Some(format!("must be above {}", bound.value));
            }
            _ => {}
        }
    }
    if let Some(bound) = &bounds.max {
        match compare_numbers(written, &bound.value) {
            Some(Ordering::Greater) if !bound.exclusive => {
                return Some(format!("must be at most {}", bound.value));
            }
            Some(Ordering::Greater | Ordering::Equal) if bound.exclusive => {
                return Some(format!("must be below {}", bound.value));
            }
            _ => {}
        }
    }
    let step = bounds.multiple_of.as_deref()?;
    (!is_multiple(written, step)).then(|| format!("must be a multiple of {step}"))
}

/// Exact, for numbers of up to 18 places; of others nothing is said.
fn is_multiple(written: &str, step: &str) -> bool {
    let (Some(one), Some(other)) = (scaled(written), scaled(step)) else { return true };
    let places = one.1.max(other.1);
    let aligned = |(number, scale): (i128, u32)| number.checked_mul(10_i128.checked_pow(places - scale)?);
    match (aligned(one), aligned(other)) {
        (Some(number), Some(step)) if step != 0 => number % step == 0,
        _ => true,
    }
}

/// `12.50` is 1250 and 2.
fn scaled(written: &str) -> Option<(i128, u32)> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let scale = u32::try_from(fraction.len()).ok().filter(|scale| *scale <= 18)?;
    Some((format!("{whole}{fraction}").parse().ok()?, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::model::Bound;

    fn bounds(min: Option<(&str, bool)>, max: Option<(&str, bool)>, step: Option<&str>) -> NumberBounds {
        let bound = |(value, exclusive): (&str, bool)| Bound { value: value.into(), exclusive };
        NumberBounds {
            min: min.map(bound),
            max: max.map(bound),
            multiple_of: step.map(Into::into),
            format: None,
        }
    }

    #[test]
    fn ends_belong_to_a_range_or_not() {
        let of = |written| within(&bounds(Some(("1", false)), Some(("2.5", true)), None), written);
        assert_eq!(of("1.0"), None);
        assert_eq!(of("0.99").as_deref(), Some("must be at least 1"));
        assert_eq!(of("2.50").as_deref(), Some("must be below 2.5"));
        let above = bounds(Some(("0", true)), None, None);
        assert_eq!(within(&above, "0").as_deref(), Some("must be above 0"));
        assert_eq!(within(&above, "-1").as_deref(), Some("must be above 0"));
    }

    #[test]
    fn steps_are_exact() {
        let cents = bounds(None, None, Some("0.01"));
        assert_eq!(within(&cents, "1.13"), None);
        assert_eq!(within(&cents, "1.135").as_deref(), Some("must be a multiple of 0.01"));
    }

    #[test]
    fn whole_numbers_have_the_size_of_their_format() {
        let mut int = NumberBounds { format: Some("int32".into()), ..NumberBounds::default() };
        assert_eq!(whole(&int, "2147483648").as_deref(), Some("must be from -2147483648 to 2147483647"));
        assert_eq!(whole(&int, "1.5").as_deref(), Some("must be a whole number"));
        int.format = None;
        assert_eq!(whole(&int, "2147483648"), None);
    }
}
