//! How long to wait before another try: drawn at random below a bound that doubles, so that those who failed together
//! do not come again together. What the other side says about it counts more.

use std::time::Duration;

use super::settings::Retry;
use crate::failure::CallFailure;
use crate::outside::random_part;

/// The pause before the try after the one that was `number`, counted from one, and ended so.
pub fn before_next(retry: &Retry, number: u32, failure: &CallFailure) -> Duration {
    let drawn = drawn(*retry.backoff.start(), *retry.backoff.end(), number);
    let told = failure.retry_after().map_or(Duration::ZERO, Duration::from_secs);
    told.saturating_add(drawn)
}

/// A random time below a bound that is `shortest` for the first, and doubles with each further one up to `longest`.
pub fn drawn(shortest: Duration, longest: Duration, number: u32) -> Duration {
    let doubled = shortest.saturating_mul(2_u32.saturating_pow(number.saturating_sub(1)));
    doubled.min(longest).mul_f64(random_part())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry() -> Retry {
        let (shortest, longest) = (Duration::from_millis(50), Duration::from_secs(1));
        Retry { times: 9, on: &[], backoff: shortest..=longest, budget: 0.1 }
    }

    #[test]
    fn the_bound_doubles_and_all_below_it_is_as_likely() {
        for (number, bound) in [(1, 50), (2, 100), (3, 200), (5, 800), (6, 1_000), (50, 1_000)] {
            let bound = Duration::from_millis(bound);
            let pauses: Vec<_> =
                (0..1_000).map(|_| before_next(&retry(), number, &CallFailure::Timeout)).collect();
            assert!(pauses.iter().all(|pause| *pause <= bound), "{number}");
            for part in 0..10 {
                let within = bound * part / 10..bound * (part + 1) / 10;
                assert!(pauses.iter().any(|pause| within.contains(pause)), "{number}: {within:?}");
            }
        }
    }

    #[test]
    fn nobody_comes_before_the_time_that_was_told() {
        let told = CallFailure::Rejected { retry_after: Some(7) };
        let pause = before_next(&retry(), 1, &told);
        assert!((Duration::from_secs(7)..=Duration::from_millis(7_050)).contains(&pause));
        let never = CallFailure::Rejected { retry_after: Some(u64::MAX) };
        assert!(before_next(&retry(), 1, &never) >= Duration::from_secs(u64::MAX));
    }
}
