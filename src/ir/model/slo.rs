//! What services promise, and how long their operations take at worst: what operators are told with.

/// What is promised over a window of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slo {
    pub availability: Option<Share>,
    pub latency: Option<Latency>,
    pub window_ms: u64,
}

/// So many of the requests are answered within a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    pub millis: u64,
    /// `p99`
    pub name: String,
    pub share: Share,
}

/// A part of a hundred, as it is written: `99.9`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub percent: String,
}

impl Share {
    /// What may fail, as a part of one, exactly: `0.001`. Nothing for what is no number between 0 and 100.
    pub fn budget(&self) -> Option<String> {
        let (whole, fraction) = self.percent.split_once('.').unwrap_or((&self.percent, ""));
        let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
        let places = fraction.len().checked_add(2)?;
        let one = 10_u64.checked_pow(u32::try_from(places).ok()?)?;
        let rest = one.checked_sub(digits)?;
        let text = format!("{}.{:0places$}", rest / one, rest % one);
        Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    }
}

/// The longest way through the calls of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Longest {
    /// When every call succeeds or fails at the first try.
    pub first: Way,
    pub worst: Way,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    pub millis: u64,
    /// `Sales.create 500ms`, and so on.
    pub terms: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_fail_is_exact() {
        let budget = |percent: &str| Share { percent: percent.to_owned() }.budget();
        for (percent, rest) in [("99.9", "0.001"), ("99", "0.01"), ("99.999", "0.00001"), ("0.5", "0.995")] {
            assert_eq!(budget(percent).as_deref(), Some(rest));
        }
        assert_eq!((budget("0").as_deref(), budget("100").as_deref()), (Some("1"), Some("0")));
        assert_eq!((budget("101"), budget("many")), (None, None));
    }
}
