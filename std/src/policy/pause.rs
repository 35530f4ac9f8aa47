//! How long to wait before another try: drawn at random below a bound that doubles, so that those who failed together
//! do not come again together. What the other side says about it counts more.

use std::time::Duration;

use super::settings::Retry;
use crate::failure::CallFailure;
use crate::outside::random_part;

/// The pause before the try after the one that was `number`, counted from one, and ended so.
pub fn before_next(retry: &Retry, number: u32, failure: &CallFailure) -> Duration {
    let doubled = retry.backoff.start().saturating_mul(2_u32.saturating_pow(number.saturating_sub(1)));
    let drawn = doubled.min(*retry.backoff.end()).mul_f64(random_part());
    let told = failure.retry_after().map_or(Duration::ZERO, Duration::from_secs);
    told.saturating_add(drawn)
}
