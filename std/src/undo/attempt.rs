//! One undo: a call that is made, and made again, until it is done or is known to be refused.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use crate::codec::{Decode, Side, from_json};
use crate::failure::CallFailure;
use crate::http::{Context, service_of};
use crate::policy::drawn;

/// The longest pause before the second try; it doubles with each.
const PAUSE: Duration = Duration::from_millis(200);
/// No pause is longer, however often it was tried.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// No longer than this is waited because the other side says so.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// How the undos of an operation are done: from what was kept of one, the call.
#[derive(Clone)]
pub struct Undoing {
    operation: &'static str,
    call: Call,
}

type Call = Arc<dyn Fn(&[u8], Context) -> Result<Ended, String> + Send + Sync>;
type Ended = Pin<Box<dyn Future<Output = Result<(), CallFailure>> + Send>>;

impl Undoing {
    /// `call` makes the call of one undo.
    pub fn new<U, F>(
        operation: &'static str,
        call: impl Fn(U, Context) -> F + Send + Sync + 'static,
    ) -> Undoing
    where
        U: Decode,
        F: Future<Output = Result<(), CallFailure>> + Send + 'static,
    {
        let call = move |kept: &[u8], cx: Context| {
            let undo = from_json(kept, Side::Caller, "undo", U::decode).map_err(|faults| {
                let at = faults.first().map(|fault| format!("{} {}", fault.at, fault.message));
                format!("what was kept of it cannot be read: {}", at.unwrap_or_default())
            })?;
            let ended: Ended = Box::pin(call(undo, cx));
            Ok(ended)
        };
        Undoing { operation, call: Arc::new(call) }
    }

    /// Such as `Orders.place`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The service that the operation is of.
    pub fn service(&self) -> &'static str {
        service_of(self.operation)
    }
}

/// How a try ended.
#[derive(Debug, PartialEq)]
pub enum End {
    Done,
    /// Why, and when it may be tried again at the earliest, where that was said.
    Again(String, Option<Duration>),
    /// It cannot end otherwise.
    Refused(String),
}

/// Which try it is: of one that is not the first, the ones before may have done it without our knowledge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Try {
    First,
    Repeat,
}

/// Makes the call. It may panic while it is made or while it runs; the other undos are needed all the same.
pub async fn attempt(undoing: &Undoing, kept: &[u8], cx: Context, which: Try) -> End {
    let made = std::panic::catch_unwind(AssertUnwindSafe(|| (undoing.call)(kept, cx)));
    let ended = match made {
        Ok(Ok(ended)) => AssertUnwindSafe(ended).catch_unwind().await,
        Ok(Err(reason)) => return End::Refused(reason),
        Err(panic) => Err(panic),
    };
    match ended {
        Ok(Ok(())) => End::Done,
        Ok(Err(failure)) if which == Try::Repeat && is_gone(&failure) => End::Done,
        Ok(Err(failure)) if failure.is_refusal() => End::Refused(failure.to_string()),
        Ok(Err(failure)) => End::Again(failure.to_string(), retry_after(&failure)),
        Err(_) => End::Refused("a panic".into()),
    }
}

/// What a try before has taken away is not there for the next one.
fn is_gone(failure: &CallFailure) -> bool {
    failure.is_status(404) || failure.is_status(410)
}

/// Nobody is believed who says never.
fn retry_after(failure: &CallFailure) -> Option<Duration> {
    failure.retry_after().map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// A random time below a bound that doubles, so that those who failed together do not come again together.
pub fn pause(tries: u32) -> Duration {
    drawn(PAUSE, LONGEST_PAUSE, tries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Reader;
    use crate::failure::Answer;
    use crate::http::arrived;
    use crate::value::Caller;

    struct Kept;

    impl Decode for Kept {
        fn decode(from: &mut Reader<'_>) -> Option<Kept> {
            from.string().map(|_| Kept)
        }
    }

    fn status(status: u16) -> CallFailure {
        Answer::new(status, "", "").fail()
    }

    fn ends(
        kept: &[u8],
        which: Try,
        ended: impl Fn() -> Result<(), CallFailure> + Send + Sync + 'static,
    ) -> End {
        let undoing = Undoing::new("Orders.place", move |_: Kept, _| std::future::ready(ended()));
        let cx = Context::new("Orders.place", Caller::default(), arrived("r", ""), Duration::ZERO);
        attempt(&undoing, kept, cx, which).now_or_never().expect("nothing is waited for")
    }

    #[test]
    fn a_refusal_is_final_and_a_failure_is_not() {
        assert_eq!(ends(b"\"\"", Try::First, || Ok(())), End::Done);
        assert_eq!(ends(b"\"\"", Try::First, || Err(status(404))), End::Refused("status 404".into()));
        assert_eq!(ends(b"\"\"", Try::First, || panic!("a fault of ours")), End::Refused("a panic".into()));
        for again in [status(429), status(503), CallFailure::Timeout] {
            let told = again.to_string();
            assert_eq!(ends(b"\"\"", Try::First, move || Err(again.clone())), End::Again(told, None));
        }
        let rejected = || Err(CallFailure::Rejected { retry_after: Some(2) });
        let soon = End::Again("rejected".into(), Some(Duration::from_secs(2)));
        assert_eq!(ends(b"\"\"", Try::First, rejected), soon);
    }

    #[test]
    fn what_an_earlier_try_may_have_done_is_done_when_it_is_gone() {
        assert_eq!(ends(b"\"\"", Try::Repeat, || Err(status(404))), End::Done);
        assert_eq!(ends(b"\"\"", Try::Repeat, || Err(status(409))), End::Refused("status 409".into()));
    }

    #[test]
    fn what_was_kept_is_told_when_it_cannot_be_read_but_not_shown() {
        let End::Refused(reason) = ends(b"4711", Try::First, || Ok(())) else { panic!("it was read") };
        assert!(
            reason.starts_with("what was kept of it cannot be read: undo must be") && !reason.contains("47")
        );
    }
}
