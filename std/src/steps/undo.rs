//! Taking back what was done, when a later step fails: the last write first. An undo has a time of its own, because it
//! is needed most when the operation's is over, and the caller sees the failure that led to it, never its own.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;

use crate::failure::CallFailure;
use crate::http::{Context, Level, log};
use crate::outside;

const TRIES: u32 = 3;
/// Half of the longest pause before the second try; it doubles with each.
const PAUSE: Duration = Duration::from_millis(100);

static FAILED: AtomicU64 = AtomicU64::new(0);

/// How many undos could not be done since the start.
pub fn undos_failed() -> u64 {
    FAILED.load(Ordering::Relaxed)
}

type Try = Pin<Box<dyn Future<Output = Result<(), CallFailure>> + Send>>;

struct Undo {
    call: &'static str,
    context: Context,
    attempt: Box<dyn FnMut(Context) -> Try + Send>,
}

/// What has to be undone if a later step fails. Writes that run together share it.
#[derive(Default)]
pub struct Undos {
    done: Mutex<Vec<Undo>>,
}

impl Undos {
    pub fn new() -> Undos {
        Undos::default()
    }

    /// Says how the write that was just done is undone: `attempt` makes the call, and is asked again when it fails.
    pub fn push<F>(
        &self,
        call: &'static str,
        context: &Context,
        mut attempt: impl FnMut(Context) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), CallFailure>> + Send + 'static,
    {
        let attempt: Box<dyn FnMut(Context) -> Try + Send> =
            Box::new(move |context| Box::pin(attempt(context)));
        self.list().push(Undo { call, context: context.clone(), attempt });
    }

    /// Undoes all, the last one first.
    pub async fn run(&self) {
        run_all(self.take()).await;
    }

    fn list(&self) -> MutexGuard<'_, Vec<Undo>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Undo> {
        std::mem::take(&mut *self.list())
    }
}

/// A panic between two steps is a failure of the later one, too.
impl Drop for Undos {
    fn drop(&mut self) {
        let left = self.take();
        if left.is_empty() || !std::thread::panicking() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(run_all(left));
        }
    }
}

async fn run_all(undos: Vec<Undo>) {
    for mut undo in undos.into_iter().rev() {
        if let Err(reason) = run_one(&mut undo).await {
            FAILED.fetch_add(1, Ordering::Relaxed);
            report(&undo, &reason);
        }
    }
}

/// The error is the reason why the last try has failed.
async fn run_one(undo: &mut Undo) -> Result<(), String> {
    let context = undo.context.for_undo();
    let mut attempt = 1;
    loop {
        match try_once(undo, context.clone()).await {
            Ok(()) => return Ok(()),
            Err(End::Final(reason)) => return Err(reason),
            Err(End::ForNow(reason)) if attempt == TRIES => return Err(reason),
            Err(End::ForNow(_)) => tokio::time::sleep(pause(attempt)).await,
        }
        attempt += 1;
    }
}

/// Why a try has failed, and whether another one can end otherwise.
enum End {
    Final(String),
    ForNow(String),
}

async fn try_once(undo: &mut Undo, context: Context) -> Result<(), End> {
    // The call may panic while it is made or while it runs; the undos before it are needed all the same.
    let attempt = async { (undo.attempt)(context).await };
    match AssertUnwindSafe(attempt).catch_unwind().await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) if is_final(&failure) => Err(End::Final(failure.to_string())),
        Ok(Err(failure)) => Err(End::ForNow(failure.to_string())),
        Err(_) => Err(End::Final("a panic".into())),
    }
}

/// A refusal stays one, however often it is asked for, unless it was one to come again later.
fn is_final(failure: &CallFailure) -> bool {
    failure.is_class(4) && ![408, 425, 429].iter().any(|status| failure.is_status(*status))
}

/// A random time below a bound that doubles, so that those who failed together do not come again together.
fn pause(attempt: u32) -> Duration {
    let longest = PAUSE.saturating_mul(1 << attempt.min(8));
    longest.mul_f64(outside::random_part())
}

fn report(undo: &Undo, reason: &str) {
    let context = &undo.context;
    let request = context.request().id.as_str();
    let fields =
        [("request", request), ("operation", context.operation()), ("call", undo.call), ("reason", reason)];
    log::say(Level::Error, "undo failed", &fields);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::failure::Answer;
    use crate::http::arrived;
    use crate::value::Caller;

    type Seen = Arc<Mutex<Vec<&'static str>>>;

    fn context() -> Context {
        Context::new("Orders.place", Caller::default(), arrived("r-1", ""), Duration::ZERO)
    }

    /// Notes its tries, and fails as often as `failures` says.
    fn push(undos: &Undos, seen: &Seen, call: &'static str, failures: usize) {
        let seen = Arc::clone(seen);
        undos.push(call, &context(), move |context| {
            let mut list = seen.lock().expect("no test panics with it");
            list.push(call);
            let tries = list.iter().filter(|other| **other == call).count();
            let is_in_time = context.remaining() > Duration::ZERO;
            async move { if tries > failures && is_in_time { Ok(()) } else { Err(CallFailure::Timeout) } }
        });
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(future)
    }

    fn taken(seen: &Seen) -> Vec<&'static str> {
        std::mem::take(&mut *seen.lock().expect("no test panics with it"))
    }

    #[test]
    fn the_last_is_undone_first_and_after_the_deadline_too() {
        let (undos, seen) = (Undos::new(), Seen::default());
        push(&undos, &seen, "a", 0);
        push(&undos, &seen, "b", 0);
        block_on(undos.run());
        assert_eq!(taken(&seen), ["b", "a"]);
        block_on(undos.run());
        assert!(taken(&seen).is_empty(), "each is done once");
    }

    #[test]
    fn one_that_fails_is_tried_again_and_does_not_keep_the_others() {
        let (undos, seen) = (Undos::new(), Seen::default());
        push(&undos, &seen, "a", 2);
        push(&undos, &seen, "b", 3);
        let before = undos_failed();
        block_on(undos.run());
        assert_eq!(taken(&seen), ["b", "b", "b", "a", "a", "a"]);
        assert!(undos_failed() > before);
    }

    #[test]
    fn what_cannot_end_otherwise_is_not_tried_again() {
        let (undos, seen) = (Undos::new(), Seen::default());
        push(&undos, &seen, "a", 0);
        undos.push("b", &context(), |_| async { panic!("a fault of ours") });
        undos.push("c", &context(), |_| async { Err(Answer::new(404, "", "").fail()) });
        block_on(undos.run());
        assert_eq!(taken(&seen), ["a"]);
    }

    #[test]
    fn a_panic_between_the_steps_undoes_what_was_done() {
        let seen = Seen::default();
        block_on(async {
            let steps = async {
                let undos = Undos::new();
                push(&undos, &seen, "a", 0);
                tokio::task::yield_now().await;
                if undos_failed() < u64::MAX {
                    panic!("a fault of ours");
                }
            };
            assert!(AssertUnwindSafe(steps).catch_unwind().await.is_err());
            tokio::task::yield_now().await;
        });
        assert_eq!(taken(&seen), ["a"]);
    }

    #[test]
    fn nothing_is_undone_when_all_went_well() {
        let seen = Seen::default();
        block_on(async {
            let undos = Undos::new();
            push(&undos, &seen, "a", 0);
            drop(undos);
            tokio::task::yield_now().await;
        });
        assert!(taken(&seen).is_empty());
    }

    #[test]
    fn pauses_double_at_most() {
        for attempt in 1..3 {
            assert!(pause(attempt) <= PAUSE * (1 << attempt));
        }
    }
}
