//! Why an expression could not be computed, and where: overflow, division by zero, a conversion that the value did not survive.

use std::fmt;

/// Where something went wrong and what, in words that are safe to log and to answer: names of fields and the kind of
/// thing, never the value itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fault {
    /// `addresses[2].since: not a date`
    pub message: String,
    /// How much of the message is the place.
    place: usize,
}

/// What calls itself has a place as long as its calls are deep: of one that is longer only the innermost is told.
const LONGEST: usize = 200;

impl Fault {
    pub fn new(message: impl Into<String>) -> Fault {
        Fault { message: message.into(), place: 0 }
    }

    /// The same, as that of a part of something.
    #[cold]
    #[must_use]
    pub fn within(self, outer: &str) -> Fault {
        let Fault { message, place } = self;
        let (inner, what) = message.split_at_checked(place).unwrap_or(("", &message));
        let place = shortened(match inner {
            "" => outer.to_owned(),
            _ if inner.starts_with('[') => format!("{outer}{inner}"),
            _ => format!("{outer}.{inner}"),
        });
        let message = match inner {
            "" => format!("{place}: {what}"),
            _ => format!("{place}{what}"),
        };
        Fault { message, place: place.len() }
    }

    #[must_use]
    pub fn within_item(self, index: usize) -> Fault {
        self.within(&format!("[{index}]"))
    }
}

/// The innermost part of a place that is too long. It does not matter in how many steps the place was made.
fn shortened(place: String) -> String {
    let Some(beyond) = place.len().checked_sub(LONGEST).filter(|beyond| *beyond > 0) else { return place };
    let kept = (beyond..).find_map(|from| place.get(from..)).unwrap_or_default();
    format!("…{kept}")
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// A value that can fail in parts, as one result.
pub fn attempt<T>(value: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    value()
}

/// Says of what it was a part, from the innermost outwards. It costs nothing where nothing fails.
pub trait Within: Sized {
    /// It was the field of a record, or a step of this name.
    #[must_use]
    fn within(self, field: &str) -> Self;

    /// It was made of this element of a list.
    #[must_use]
    fn within_item(self, index: usize) -> Self;
}

impl<T> Within for Result<T, Fault> {
    fn within(self, field: &str) -> Self {
        self.map_err(|fault| fault.within(field))
    }

    fn within_item(self, index: usize) -> Self {
        self.map_err(|fault| fault.within_item(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Result<(), Fault> {
        Err(Fault::new("not a date"))
    }

    fn said(outcome: Result<(), Fault>) -> String {
        outcome.map_err(|fault| fault.to_string()).expect_err("it is a fault")
    }

    #[test]
    fn a_place_grows_from_the_inside() {
        assert_eq!(said(fault()), "not a date");
        assert_eq!(said(fault().within("since")), "since: not a date");
        assert_eq!(said(fault().within("since").within("order")), "order.since: not a date");
        let element = fault().within("since").within_item(2).within("lines");
        assert_eq!(said(element), "lines[2].since: not a date");
        assert_eq!(said(fault().within_item(0).within_item(1)), "[1][0]: not a date");
        assert_eq!(Ok(1).within("since").within_item(2), Ok(1));
    }

    #[test]
    fn a_name_with_any_character_is_a_name() {
        let odd = fault().within("a: [b]").within("é");
        assert_eq!(said(odd), "é.a: [b]: not a date");
    }

    #[test]
    fn a_place_does_not_grow_for_ever() {
        let deep = said((0..10_000).fold(fault(), |fault, _| fault.within("below")));
        assert!(deep.starts_with('…') && deep.ends_with("below.below: not a date"), "{deep}");
        assert_eq!(deep.chars().count(), 1 + LONGEST + ": not a date".len());
        assert_eq!(said((0..5_000).fold(fault(), |fault, _| fault.within("below.below"))), deep);
        let odd = said(fault().within(&"é".repeat(LONGEST)).within("a"));
        assert_eq!(odd, format!("…{}: not a date", "é".repeat(LONGEST / 2)));
    }
}
