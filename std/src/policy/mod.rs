//! What stands around a call, so that a fault elsewhere stays there: the settings as an author gives them, and one small
//! machine for each of them. The order is that of `settings.flow`: cache, limit, breaker, retry with hedge, timeout.
//!
//! All time is tokio's, so that a test or a simulation can drive it.

mod answers;
mod breaker;
mod budget;
mod counts;
mod gate;
mod own;
mod pause;
mod recent;
mod settings;
mod shelf;
mod upstream;

pub use answers::{ANY_SIZE, Answers, Key};
pub use breaker::BreakerState;
pub use counts::Counts;
pub use own::{Own, parameters};
pub use pause::drawn;
pub use settings::{Breaker, Cache, CacheBy, Effect, Hedge, OutboundLimit, Policies, Retry, RetryOn};
pub use upstream::{Ended, Plan, Upstream};

/// Runs a test with a clock that jumps to the next moment at which something waits.
#[cfg(test)]
pub(crate) fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test)
}
