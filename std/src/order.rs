//! Values that can be put in an order: what `Ordered` means in std. It is not `Ord`, because floats have an order here.

use std::cmp::Ordering;

pub trait Ordered {
    fn compare(&self, other: &Self) -> Ordering;
}

impl<A: Ordered + ?Sized> Ordered for &A {
    fn compare(&self, other: &Self) -> Ordering {
        (**self).compare(*other)
    }
}

impl Ordered for f64 {
    fn compare(&self, other: &f64) -> Ordering {
        self.total_cmp(other)
    }
}

impl Ordered for i64 {
    fn compare(&self, other: &i64) -> Ordering {
        self.cmp(other)
    }
}

/// By code points, which is the order of the bytes in UTF-8.
impl Ordered for str {
    fn compare(&self, other: &str) -> Ordering {
        self.cmp(other)
    }
}

impl Ordered for String {
    fn compare(&self, other: &String) -> Ordering {
        self.cmp(other)
    }
}

impl Ordered for crate::Uuid {
    fn compare(&self, other: &crate::Uuid) -> Ordering {
        self.cmp(other)
    }
}

impl Ordered for crate::Duration {
    fn compare(&self, other: &crate::Duration) -> Ordering {
        self.cmp(other)
    }
}

#[cfg(feature = "decimal")]
impl Ordered for crate::Decimal {
    fn compare(&self, other: &crate::Decimal) -> Ordering {
        self.cmp(other)
    }
}

#[cfg(feature = "time")]
impl Ordered for crate::Date {
    fn compare(&self, other: &crate::Date) -> Ordering {
        self.cmp(other)
    }
}

#[cfg(feature = "time")]
impl Ordered for crate::Time {
    fn compare(&self, other: &crate::Time) -> Ordering {
        self.cmp(other)
    }
}

#[cfg(feature = "time")]
impl Ordered for crate::DateTime {
    fn compare(&self, other: &crate::DateTime) -> Ordering {
        self.cmp(other)
    }
}

/// The value, or the nearer limit. Where the limits are the wrong way round, the lower one counts first.
pub fn clamp<A: Ordered>(value: A, from: A, to: A) -> A {
    if value.compare(&from).is_lt() {
        from
    } else if value.compare(&to).is_gt() {
        to
    } else {
        value
    }
}

/// The positions in something of this length that `slice` means: negative ones count from the end, and what lies
/// outside is left out.
pub(crate) fn positions(length: usize, from: i64, to: Option<i64>) -> (usize, usize) {
    let position = |at: i64| match usize::try_from(at) {
        Ok(at) => at.min(length),
        Err(_) => length.saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let from = position(from);
    let to = to.map_or(length, position);
    (from, to.max(from))
}

/// A length of something that is there.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamped_values() {
        assert_eq!(clamp(120, 1, 100), 100);
        assert_eq!(clamp(-1, 1, 100), 1);
        assert_eq!(clamp(50, 100, 1), 100);
        assert_eq!(clamp("b", "a", "c"), "b");
        assert!(clamp(f64::NAN, 0.0, 1.0) <= 1.0);
    }

    #[test]
    fn positions_from_both_ends() {
        assert_eq!(positions(4, 1, Some(3)), (1, 3));
        assert_eq!(positions(4, -2, None), (2, 4));
        assert_eq!(positions(4, -9, Some(-1)), (0, 3));
        assert_eq!(positions(4, 3, Some(1)), (3, 3));
        assert_eq!(positions(4, 9, Some(12)), (4, 4));
        assert_eq!(positions(4, i64::MIN, Some(i64::MAX)), (0, 4));
    }
}
