//! Calls between services that are in one process. They are function calls, but what can be seen of them is what could
//! be seen if the other service were elsewhere: its own deadline and limit, the calling service as its caller, and every
//! failure as the status and the problem that it would have answered.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use crate::failure::{Answer, CallFailure, Failure};
use crate::http::{Caller, Context, LimitBy, Limiter};

/// What is known of an operation of another service in the same process.
pub struct LocalEndpoint {
    /// `Stock.reserve`
    pub operation: &'static str,
    pub writes: bool,
    pub deadline: Duration,
    pub limit: Option<Arc<Limiter>>,
}

/// Calls an operation of another service in the same process.
pub async fn call<T, F>(
    cx: &Context,
    to: &LocalEndpoint,
    operation: impl FnOnce(Context) -> F,
) -> Result<T, CallFailure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let left = cx.timeout(Duration::MAX);
    if left.is_zero() {
        return Err(CallFailure::Timeout);
    }
    let end = Instant::now() + left.min(to.deadline);
    todo!()
}
