//! Functions of `uuid`, and new ones.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::outside;
use crate::value::Uuid;

/// Of the last UUID: its milliseconds, and behind them twelve bits that count those of the same millisecond.
static LAST: AtomicU64 = AtomicU64::new(0);

/// `uuid()`: a new one, unless a tester says which.
pub fn random() -> Uuid {
    #[cfg(feature = "given")]
    if let Some(given) = crate::given::values().and_then(|values| Uuid::parse(&values.uuid?).ok()) {
        return given;
    }
    fresh()
}

/// A new UUID of version 7 (RFC 9562): greater than all that this process made before.
pub fn fresh() -> Uuid {
    let now = u64::try_from(outside::wall().as_millis()).unwrap_or_default() << 12;
    let after = |last: u64| now.max(last.wrapping_add(1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
    // There is a next one for each, so both ways out mean the same.
    from_parts(after(last.unwrap_or_else(|last| last)), outside::random_number())
}

/// The version and the variant go where they belong, and the rest around them.
fn from_parts(count: u64, noise: u64) -> Uuid {
    let upper = ((count >> 12) << 16) | 0x7000 | (count & 0xfff);
    let lower = (noise >> 2) | (1 << 63);
    Uuid::from_bytes(((u128::from(upper) << 64) | u128::from(lower)).to_be_bytes())
}

pub fn to_string(uuid: Uuid) -> String {
    uuid.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ones_are_in_order() {
        let made: Vec<Uuid> = (0..10_000).map(|_| random()).collect();
        assert!(made.is_sorted_by(|one, other| one < other));
        for uuid in made {
            let text = to_string(uuid);
            assert_eq!(text.get(14..15), Some("7"));
            assert!(text.get(19..20).is_some_and(|digit| "89ab".contains(digit)), "{text}");
        }
    }

    #[test]
    fn parts_stand_where_they_belong() {
        let uuid = from_parts(0x0123_4567_89ab_cdef, u64::MAX);
        assert_eq!(to_string(uuid), "12345678-9abc-7def-bfff-ffffffffffff");
    }
}
