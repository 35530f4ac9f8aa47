//! Constraints on values, as the emitted code declares them once, in statics. What is violated is said as what is wanted.

/// What a text must be like. Lengths count characters (Unicode scalar values), not bytes.
pub struct TextRule {
    #[cfg(feature = "regex")]
    pattern: Option<crate::value::Regex>,
    min: Option<u64>,
    max: Option<u64>,
}

impl Default for TextRule {
    fn default() -> TextRule {
        TextRule::new()
    }
}

impl TextRule {
    pub const fn new() -> TextRule {
        TextRule {
            #[cfg(feature = "regex")]
            pattern: None,
            min: None,
            max: None,
        }
    }

    /// The whole text must match.
    #[cfg(feature = "regex")]
    #[must_use]
    pub const fn matching(self, source: &'static str) -> TextRule {
        let (min, max) = (self.min, self.max);
        // What has a destructor cannot be dropped in a constant, and there is nothing in it that would need it.
        std::mem::forget(self);
        TextRule { pattern: Some(crate::value::Regex::new(source)), min, max }
    }

    /// The text must have `min` to `max` characters.
    #[must_use]
    pub const fn of(self, min: u64, max: u64) -> TextRule {
        self.min(min).max(max)
    }

    #[must_use]
    pub const fn min(mut self, min: u64) -> TextRule {
        self.min = Some(min);
        self
    }

    #[must_use]
    pub const fn max(mut self, max: u64) -> TextRule {
        self.max = Some(max);
        self
    }

    /// # Errors
    /// What the text must be.
    pub fn check(&self, text: &str) -> Result<(), String> {
        if self.min.is_some() || self.max.is_some() {
            let length = text.chars().count();
            if let Some(range) = count_outside(length, self.min, self.max) {
                return Err(format!("must have {range} characters"));
            }
        }
        #[cfg(feature = "regex")]
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(text)
        {
            return Err(format!("must match `{}`", pattern.source()));
        }
        Ok(())
    }
}

/// # Errors
/// How many elements a list must have.
pub(super) fn check_count(count: usize, min: u64, max: u64) -> Result<(), String> {
    let open = |end: u64, none: u64| (end != none).then_some(end);
    match count_outside(count, open(min, 0), open(max, u64::MAX)) {
        Some(range) => Err(format!("must have {range} elements")),
        None => Ok(()),
    }
}

/// How many there may be, for people, where there are fewer or more.
pub fn count_outside(count: usize, min: Option<u64>, max: Option<u64>) -> Option<String> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let fits = min.is_none_or(|min| count >= min) && max.is_none_or(|max| count <= max);
    if fits { None } else { count_range(min, max) }
}

/// How many there may be, for people: `1 to 80`. `None` for any number.
pub fn count_range(min: Option<u64>, max: Option<u64>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) if min == max => Some(format!("exactly {min}")),
        (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    }
}

/// Between which ends a whole number must be; both belong to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct IntRule {
    min: Option<i64>,
    max: Option<i64>,
}

impl IntRule {
    pub const fn new() -> IntRule {
        IntRule { min: None, max: None }
    }

    #[must_use]
    pub const fn between(self, min: i64, max: i64) -> IntRule {
        self.min(min).max(max)
    }

    #[must_use]
    pub const fn min(mut self, min: i64) -> IntRule {
        self.min = Some(min);
        self
    }

    #[must_use]
    pub const fn max(mut self, max: i64) -> IntRule {
        self.max = Some(max);
        self
    }

    /// # Errors
    /// What the number must be.
    pub fn check(&self, number: i64) -> Result<(), String> {
        let fits = self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max);
        if fits { Ok(()) } else { Err(wanted(self.min.map(End::at), self.max.map(End::at))) }
    }
}

/// An end of a range, and whether it belongs to it.
struct End {
    at: String,
    open: bool,
}

impl End {
    fn at(number: impl ToString) -> End {
        End { at: number.to_string(), open: false }
    }
}

fn wanted(min: Option<End>, max: Option<End>) -> String {
    let from = |end: &End| format!("{} {}", if end.open { "above" } else { "at least" }, end.at);
    let to = |end: &End| format!("{} {}", if end.open { "below" } else { "at most" }, end.at);
    match (min, max) {
        (Some(min), Some(max)) if !min.open && !max.open => format!("must be from {} to {}", min.at, max.at),
        (Some(min), Some(max)) => format!("must be {} and {}", from(&min), to(&max)),
        (Some(min), None) => format!("must be {}", from(&min)),
        (None, Some(max)) => format!("must be {}", to(&max)),
        (None, None) => "must be another number".to_string(),
    }
}

/// Between which ends a float must be.
#[derive(Clone, Copy, Debug, Default)]
pub struct FloatRule {
    min: Option<f64>,
    max: Option<f64>,
    above_min: bool,
    below_max: bool,
}

impl FloatRule {
    pub const fn new() -> FloatRule {
        FloatRule { min: None, max: None, above_min: false, below_max: false }
    }

    #[must_use]
    pub const fn min(mut self, min: f64) -> FloatRule {
        self.min = Some(min);
        self
    }

    #[must_use]
    pub const fn max(mut self, max: f64) -> FloatRule {
        self.max = Some(max);
        self
    }

    /// The least number itself does not belong to it.
    #[must_use]
    pub const fn above_min(mut self) -> FloatRule {
        self.above_min = true;
        self
    }

    /// The greatest number itself does not belong to it.
    #[must_use]
    pub const fn below_max(mut self) -> FloatRule {
        self.below_max = true;
        self
    }

    /// # Errors
    /// What the number must be. What is no number never fits an end.
    pub fn check(&self, number: f64) -> Result<(), String> {
        let above = |min| if self.above_min { number > min } else { number >= min };
        let below = |max| if self.below_max { number < max } else { number <= max };
        if self.min.is_none_or(above) && self.max.is_none_or(below) {
            return Ok(());
        }
        let min = self.min.map(|min| End { open: self.above_min, ..End::at(min) });
        let max = self.max.map(|max| End { open: self.below_max, ..End::at(max) });
        Err(wanted(min, max))
    }
}

#[cfg(feature = "decimal")]
pub use decimal::DecimalRule;

#[cfg(feature = "decimal")]
mod decimal {
    use super::{End, wanted};
    use crate::value::Decimal;

    /// Between which ends a decimal must be, and how many places it may have. The ends are texts that the compiler has checked,
    /// because a decimal cannot be made in a constant.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct DecimalRule {
        min: Option<&'static str>,
        max: Option<&'static str>,
        above_min: bool,
        below_max: bool,
        scale: Option<u32>,
    }

    impl DecimalRule {
        pub const fn new() -> DecimalRule {
            DecimalRule { min: None, max: None, above_min: false, below_max: false, scale: None }
        }

        #[must_use]
        pub const fn min(mut self, min: &'static str) -> DecimalRule {
            self.min = Some(min);
            self
        }

        #[must_use]
        pub const fn max(mut self, max: &'static str) -> DecimalRule {
            self.max = Some(max);
            self
        }

        /// The least number itself does not belong to it.
        #[must_use]
        pub const fn above_min(mut self) -> DecimalRule {
            self.above_min = true;
            self
        }

        /// The greatest number itself does not belong to it.
        #[must_use]
        pub const fn below_max(mut self) -> DecimalRule {
            self.below_max = true;
            self
        }

        /// At most so many places behind the point count; zeros at the end do not.
        #[must_use]
        pub const fn scale(mut self, places: u32) -> DecimalRule {
            self.scale = Some(places);
            self
        }

        /// # Errors
        /// What the number must be.
        pub fn check(&self, number: Decimal) -> Result<(), String> {
            let (min, max) = (self.min.map(Decimal::literal), self.max.map(Decimal::literal));
            let above = |min| if self.above_min { number > min } else { number >= min };
            let below = |max| if self.below_max { number < max } else { number <= max };
            if !(min.is_none_or(above) && max.is_none_or(below)) {
                let min = self.min.map(|min| End { open: self.above_min, ..End::at(min) });
                let max = self.max.map(|max| End { open: self.below_max, ..End::at(max) });
                return Err(wanted(min, max));
            }
            match self.scale {
                Some(places) if number.inner().normalize().scale() > places => {
                    Err(format!("must have at most {places} places behind the point"))
                }
                _ => Ok(()),
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn decimals() {
            static RULE: DecimalRule = DecimalRule::new().min("0").above_min().max("100").scale(2);
            let check = |text| RULE.check(Decimal::literal(text));
            assert_eq!(check("100.00"), Ok(()));
            assert_eq!(check("0.010"), Ok(()));
            assert_eq!(check("0"), Err("must be above 0 and at most 100".to_string()));
            assert_eq!(check("1.001"), Err("must have at most 2 places behind the point".to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        static RULE: TextRule = TextRule::new().of(1, 3);
        assert_eq!(RULE.check("añ€"), Ok(()));
        assert_eq!(RULE.check(""), Err("must have 1 to 3 characters".to_string()));
        assert_eq!(TextRule::new().of(2, 2).check("a"), Err("must have exactly 2 characters".to_string()));
        assert_eq!(TextRule::new().min(2).check("a"), Err("must have at least 2 characters".to_string()));
        assert_eq!(TextRule::new().max(0).check("a"), Err("must have at most 0 characters".to_string()));
        assert_eq!(TextRule::default().check("a"), Ok(()));
    }

    #[cfg(feature = "regex")]
    #[test]
    fn patterns_match_the_whole_text() {
        static RULE: TextRule = TextRule::new().matching("C[0-9]{6}|D").of(1, 10);
        assert_eq!(RULE.check("C000001"), Ok(()));
        assert_eq!(RULE.check("xD"), Err("must match `C[0-9]{6}|D`".to_string()));
        assert!(RULE.check("C000001\n").is_err());
    }

    #[test]
    fn numbers() {
        static RULE: IntRule = IntRule::new().between(1, 100);
        assert_eq!(RULE.check(100), Ok(()));
        assert_eq!(RULE.check(0), Err("must be from 1 to 100".to_string()));
        assert_eq!(IntRule::new().min(1).check(0), Err("must be at least 1".to_string()));
        assert_eq!(IntRule::new().max(1).check(2), Err("must be at most 1".to_string()));
        let rule = FloatRule::new().min(0.0).above_min().max(1.5).below_max();
        assert_eq!(rule.check(0.1), Ok(()));
        assert_eq!(rule.check(1.5), Err("must be above 0 and below 1.5".to_string()));
        assert!(rule.check(f64::NAN).is_err());
    }
}
