//! Calls between services that are in one process. They are function calls, but what can be seen of them is what could
//! be seen if the other service were elsewhere: its own deadline and limit, whoever is acted for and the calling service as its caller, and every
//! failure as the status and the problem that it would have answered.

mod counted;

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use counted::Counted;

use crate::failure::{Answer, CallFailure, Failure};
use crate::http::{Context, Entry, Level, LimitBy, Limiter, Parameters, REPRIEVE, Repeat, Turn, Who, log};
use crate::metrics;
use crate::policy::{self, ANY_SIZE, Answers, Cache, Counts, Effect, Hedge, Plan, Policies, Retry, Upstream};
use crate::trace::Step;

/// What is known of an operation of another service in the same process.
#[derive(Clone)]
pub struct LocalEndpoint {
    /// Its name, such as `Stock.reserve`.
    pub operation: &'static str,
    /// Whether it changes anything: then it runs to its end, whether or not its caller waits for it.
    pub writes: bool,
    /// Whether it knows a call that is made again.
    pub repeat: Repeat,
    pub deadline: Duration,
    /// The same limiter as that of the endpoint, so that it counts all callers.
    pub limit: Option<Arc<Limiter>>,
    /// That each call leaves a line in the audit log, with those parameters of the path which carry no label.
    pub audit: Option<Parameters>,
    /// What the call is counted by, where the limit is by a text over the parameters.
    pub limit_key: Option<String>,
}

/// Calls an operation of another service in the same process. `operation` does its steps, in the context that it gets.
///
/// # Errors
/// What a call over the network would have ended with.
pub async fn call<T, F>(
    cx: &Context,
    to: &LocalEndpoint,
    operation: impl FnOnce(Context) -> F,
) -> Result<T, CallFailure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let (step, tally) = (cx.step(to.operation), metrics::call(to.operation));
    let ended = once(cx, to, &step, operation).await;
    let failure = ended.as_ref().err();
    tally.tried(failure.map_or(Ok(200), Err));
    tally.ended(step.end(1, failure));
    ended
}

/// One try of it.
async fn once<T, F>(
    cx: &Context,
    to: &LocalEndpoint,
    step: &Step,
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
    let counted = Counted::new(to, cx);
    let who = cx.calling();
    let audit =
        to.audit.as_ref().map(|shown| Entry::of_call(cx, &who, (to.operation, to.writes), shown.clone()));
    let turn = match admit(to, &who, audit.as_ref()).await {
        Ok(turn) => turn,
        Err(failure) => {
            audit.iter().for_each(|audit| audit.answered(failure.status(), false));
            return Err(answered(to, &counted.failed(failure)));
        }
    };
    if to.writes {
        let noted = cx.writes(to.repeat).await;
        noted.inspect_err(|_| audit.iter().for_each(|audit| audit.answered(503, false)))?;
    }
    let inner = cx.enter(step.span(), to.operation, to.deadline.min(left)).audited(audit.as_ref());
    // Boxed, so that who calls is not as large as all that it calls, and those call in turn.
    let steps = AssertUnwindSafe(inner.bounded(Box::pin(operation(inner.clone())))).catch_unwind();
    let held = audit.clone();
    let work = async move {
        let ended = steps.await;
        drop(turn);
        let ended = ended.unwrap_or_else(|why| Err(Failure::unwound(&*why)));
        let ended = ended.map_err(|failure| inner.ends_with(failure));
        held.iter().for_each(|audit| match &ended {
            Ok(_) => audit.succeeded(),
            Err(failure) => audit.failed(&inner, failure),
        });
        ended
    };
    let whose = Timer::of(to, left);
    let ended = match to.writes {
        false => timeout_at(whose.end(), work).await.ok(),
        true => in_task(whose.end(), work).await,
    };
    if let Some(audit) = &audit {
        match (&ended, whose) {
            (Some(_), _) => audit.heard(),
            (None, Timer::Callee(_)) => audit.answered(504, false),
            (None, Timer::Caller(_)) => {}
        }
    }
    let ended = match (ended, whose) {
        (Some(ended), _) => Some(counted.ended(ended)),
        (None, Timer::Callee(_)) => Some(Err(counted.failed(Failure::late()))),
        (None, Timer::Caller(_)) => None,
    };
    ended_as(cx, to, whose, ended).inspect_err(|failure| {
        if to.writes {
            cx.tried(failure);
        }
    })
}

/// What the other service sees of a call, for what is asked before it is let in.
pub fn inside(cx: &Context, operation: &'static str) -> Context {
    cx.enter(cx.span(), operation, cx.remaining())
}

/// What is remembered of the calls of another service in the same process.
pub struct Peer {
    upstream: Upstream,
    answers: Arc<Answers<Value>>,
}

/// An answer of any operation.
type Value = Arc<dyn Any + Send + Sync>;

impl Peer {
    pub fn new() -> Peer {
        let answers = Answers::new(|_, _| Some(ANY_SIZE));
        Peer { upstream: Upstream::new(&Policies::default()), answers: Arc::new(answers) }
    }

    /// What has been counted since the start.
    pub fn counts(&self) -> Counts {
        self.upstream.counts()
    }
}

impl Default for Peer {
    fn default() -> Peer {
        Peer::new()
    }
}

/// What stands behind `with` at one call.
#[derive(Clone, Debug, Default)]
pub struct With {
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
    /// And all that the answer depends on: the parameters of the call, written in some form.
    pub cache: Option<(Cache, String)>,
    /// Whether a write carries an idempotency key.
    pub is_keyed: bool,
}

impl With {
    /// What the context of the call says. `parameters`: those of the call, as `policy::parameters` writes them.
    pub fn of(cx: &Context, is_keyed: bool, parameters: impl FnOnce() -> String) -> With {
        let Some(own) = cx.own() else { return With { is_keyed, ..With::default() } };
        let cache = own.cache.as_ref().and_then(|(cache, key)| {
            let key = key.as_deref().unwrap_or_default();
            Some(((*cache)?, policy::parameters(&[&parameters(), &key])))
        });
        let (retry, hedge) = (own.retry.clone().flatten(), own.hedge.flatten());
        With { retry, hedge, cache, is_keyed }
    }
}

/// Calls an operation of another service in the same process, as often as the call may be made, unless its answer is
/// still known.
///
/// # Errors
/// What a call over the network would have ended with.
pub async fn call_with<T, F, O>(
    cx: &Context,
    to: &LocalEndpoint,
    peer: &Arc<Peer>,
    with: With,
    operation: O,
) -> Result<T, CallFailure>
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
    O: FnOnce(Context) -> F + Clone + Send + Sync + 'static,
{
    let effect = match (to.writes, with.is_keyed) {
        (false, _) => Effect::Read,
        (true, true) => Effect::KeyedWrite,
        (true, false) => Effect::Write,
    };
    let (operation_name, tally) = (to.operation, metrics::call(to.operation));
    let plan = Plan { operation: operation_name, tally, effect, retry: with.retry, hedge: with.hedge };
    let cached = with.cache.filter(|_| effect == Effect::Read);
    let keyed = cached.and_then(|(cache, parameters)| {
        Some((cache.key(to.operation, cx, &[parameters.as_bytes()])?, cache))
    });
    let Some((key, cache)) = keyed else {
        return tried(cx, to, peer, &plan, operation).await;
    };
    let (to, inner) = (to.clone(), Arc::clone(peer));
    let fetch = move |cx: Context| async move {
        tried(&cx, &to, &inner, &plan, operation).await.map(|value| Arc::new(value) as Value)
    };
    let got = peer.answers.get(cx, key, &cache, fetch).await?;
    if got.was_kept {
        #[cfg(feature = "watch")]
        cx.watch().inspect(|watch| watch.note("kept", "by the cache of the call"));
        peer.upstream.count_kept();
    }
    got.value
        .downcast_ref::<T>()
        .cloned()
        .ok_or_else(|| CallFailure::malformed("is that of another operation"))
}

async fn tried<T, F, O>(
    cx: &Context,
    to: &LocalEndpoint,
    peer: &Peer,
    plan: &Plan,
    operation: O,
) -> Result<T, CallFailure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
    O: FnOnce(Context) -> F + Clone,
{
    let step = cx.step(to.operation);
    let attempt = || async {
        let ended = once(cx, to, &step, operation.clone()).await;
        plan.tally.tried(ended.as_ref().err().map_or(Ok(200), Err));
        ended
    };
    let ended = peer.upstream.call(plan, cx.deadline(), attempt).await;
    plan.tally.ended(step.end(ended.tries, ended.result.as_ref().err()));
    ended.result
}

/// Which of the two is the first to wait no longer. If it is the one who calls, nothing that comes with the end counts.
#[derive(Clone, Copy)]
enum Timer {
    Caller(Instant),
    Callee(Instant),
}

impl Timer {
    fn of(to: &LocalEndpoint, left: Duration) -> Timer {
        let now = Instant::now();
        let own = to.deadline.saturating_add(REPRIEVE);
        if own < left { Timer::Callee(now + own) } else { Timer::Caller(now + left) }
    }

    fn end(self) -> Instant {
        match self {
            Timer::Caller(end) | Timer::Callee(end) => end,
        }
    }
}

/// What writes is not dropped with its caller, nor at the end of its time: it would be left half done.
async fn in_task<T: Send + 'static>(
    end: Instant,
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Option<Result<T, Failure>> {
    let ended = timeout_at(end, tokio::spawn(work)).await.ok()?;
    Some(ended.unwrap_or_else(|_| Err(Failure::internal("a task that was ended"))))
}

fn ended_as<T>(
    cx: &Context,
    to: &LocalEndpoint,
    whose: Timer,
    ended: Option<Result<T, Failure>>,
) -> Result<T, CallFailure> {
    match (ended, whose) {
        (Some(Ok(value)), _) => Ok(value),
        (None, _) => Err(CallFailure::Timeout),
        (Some(Err(_)), Timer::Caller(end)) if Instant::now() >= end => Err(CallFailure::Timeout),
        (Some(Err(failure)), _) => {
            note(cx, to, &failure);
            Err(answered(to, &failure))
        }
    }
}

/// Lets a call in, if it is within the limit of the operation. All calls of the process come from one address.
async fn admit(to: &LocalEndpoint, who: &Who, audit: Option<&Entry>) -> Result<Option<Turn>, Failure> {
    audit.map_or(Ok(()), Entry::admit_call)?;
    turn(to, who).await
}

async fn turn(to: &LocalEndpoint, who: &Who) -> Result<Option<Turn>, Failure> {
    let Some(limiter) = &to.limit else { return Ok(None) };
    let counted = match limiter.by() {
        LimitBy::Caller => limiter.count(&who.identity()).await,
        LimitBy::Address => limiter.count("local").await,
        LimitBy::All => limiter.count("").await,
        LimitBy::Key => limiter.count(to.limit_key.as_deref().unwrap_or_default()).await,
    };
    if let Some(beyond) = counted.filter(|counted| !counted.is_within) {
        metrics::add_one(metrics::refused_by_limit(to.operation));
        return Err(Failure::too_many_requests(beyond.seconds().max(1)));
    }
    let busy = || {
        metrics::add_one(metrics::refused_by_limit(to.operation));
        Failure::standard(503).detail("too much is going on").retry_after(1)
    };
    limiter.turn().map(Some).ok_or_else(busy)
}

fn answered(to: &LocalEndpoint, failure: &Failure) -> CallFailure {
    refused(to.operation, failure)
}

/// How a call ends that the other service answers so.
pub fn refused(operation: &'static str, failure: &Failure) -> CallFailure {
    Answer { call: operation, ..failure.answer() }.fail()
}

/// What the other service would have written into its own log.
fn note(cx: &Context, to: &LocalEndpoint, failure: &Failure) {
    if failure.status() >= 500 {
        let why = failure.log_text();
        let fields = [
            ("request", cx.request().id.as_str()),
            ("operation", cx.operation()),
            ("call", to.operation),
            ("reason", why),
        ];
        log::say(Level::Warn, "call failed", &fields);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::http::{HUNG_UP, LimitSettings, Rate, arrived};
    use crate::policy::{CacheBy, RetryOn};
    use crate::value::Caller;

    fn context(budget: Duration) -> Context {
        Context::new("Orders.place", Caller::default(), arrived("r-1", ""), budget)
    }

    fn endpoint(writes: bool) -> LocalEndpoint {
        LocalEndpoint {
            operation: "Stock.get",
            writes,
            repeat: Repeat::Unsafe,
            deadline: Duration::from_secs(30),
            limit: None,
            audit: None,
            limit_key: None,
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(future)
    }

    fn ended<T, F>(
        budget: Duration,
        to: &LocalEndpoint,
        steps: impl FnOnce(Context) -> F,
    ) -> Result<T, CallFailure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        block_on(call(&context(budget), to, steps))
    }

    const LONG: Duration = Duration::from_secs(10);
    const SHORT: Duration = Duration::from_millis(50);

    #[test]
    fn the_service_that_calls_is_known() {
        for writes in [false, true] {
            let who = ended(LONG, &endpoint(writes), |cx| async move {
                Ok((cx.operation(), cx.caller().service.clone(), cx.remaining() <= LONG))
            });
            assert_eq!(who, Ok(("Stock.get", Some("Orders".to_owned()), true)));
        }
    }

    #[test]
    fn a_failure_is_the_answer_that_it_would_have_been() {
        for writes in [false, true] {
            let end = ended(LONG, &endpoint(writes), |_| ready(Err::<(), _>(Failure::forbidden())));
            assert_eq!(end, Err(answered(&endpoint(writes), &Failure::forbidden())));
        }
    }

    #[test]
    fn a_panic_is_a_500() {
        for writes in [false, true] {
            let end = ended::<(), _>(LONG, &endpoint(writes), |_| async { panic!("a fault of ours") });
            assert_eq!(end, Err(answered(&endpoint(writes), &Failure::internal("").having_done_nothing())));
        }
    }

    #[test]
    fn its_own_deadline_is_a_504_and_that_of_the_caller_a_timeout() {
        for writes in [false, true] {
            let to = LocalEndpoint { deadline: SHORT, ..endpoint(writes) };
            let end = ended::<(), _>(LONG, &to, |_| pending());
            assert_eq!(end, Err(answered(&to, &Failure::gateway_timeout(""))));
            let end = ended::<(), _>(SHORT, &endpoint(writes), |_| pending());
            assert_eq!(end, Err(CallFailure::Timeout));
            let late = ended::<(), _>(SHORT, &endpoint(writes), |cx| async move {
                tokio::time::sleep_until(cx.deadline()).await;
                Err(Failure::gateway_timeout(""))
            });
            assert_eq!(late, Err(CallFailure::Timeout));
        }
    }

    #[test]
    fn after_the_deadline_nothing_is_begun() {
        let end = ended::<(), _>(Duration::ZERO, &endpoint(true), |_| async { panic!("it was begun") });
        assert_eq!(end, Err(CallFailure::Timeout));
    }

    /// Policies make several places for a try; if each had room for all of it, a few calls within calls would be more
    /// than a stack holds.
    #[test]
    fn a_call_with_policies_is_small_whatever_it_calls() {
        let (cx, to, peer) = (context(LONG), endpoint(false), Arc::new(Peer::new()));
        let future = call_with(&cx, &to, &peer, With::default(), |_| async {
            let large = [1_u8; 10_000];
            tokio::task::yield_now().await;
            Ok(large.iter().filter(|one| **one == 1).count())
        });
        assert!(size_of_val(&future) < 10_000, "{}", size_of_val(&future));
        assert_eq!(block_on(future), Ok(10_000));
    }

    #[test]
    fn a_write_goes_on_when_nobody_waits_for_it() {
        let (done, is_done) = tokio::sync::oneshot::channel();
        block_on(async {
            let cx = context(SHORT);
            let to = endpoint(true);
            let end = call(&cx, &to, |cx| async move {
                tokio::time::sleep_until(cx.deadline() + SHORT).await;
                let _ = done.send(());
                Ok(())
            });
            assert_eq!(end.await, Err(CallFailure::Timeout));
            assert_eq!(is_done.await, Ok(()));
        });
    }

    #[test]
    fn its_limit_counts_those_who_call_from_within() {
        let rate = Rate { count: 1, per: Duration::from_secs(3_600) };
        let settings =
            LimitSettings { rate: Some(rate), burst: Some(1), by: LimitBy::Caller, at_once: Some(1) };
        let to = LocalEndpoint { limit: Some(Arc::new(Limiter::new(settings))), ..endpoint(false) };
        let first = ended(LONG, &to, |_| ready(Ok(())));
        let second = ended(LONG, &to, |_| ready(Ok(())));
        assert_eq!(first, Ok(()));
        assert!(second.is_err_and(|failure| failure.is_status(429)));
    }

    fn number(series: &str) -> f64 {
        metrics::number(series).unwrap_or_default()
    }

    #[test]
    fn what_is_beyond_a_limit_is_counted() {
        let rate = Rate { count: 1, per: Duration::from_secs(3_600) };
        for (operation, rate, at_once) in
            [("Stock.limited", Some(rate), None), ("Stock.crowded", None, Some(0))]
        {
            let settings = LimitSettings { rate, burst: Some(1), by: LimitBy::All, at_once };
            let limit = Some(Arc::new(Limiter::new(settings)));
            let to = LocalEndpoint { operation, limit, ..endpoint(false) };
            let ends = [(); 3].map(|()| ended(LONG, &to, |_| ready(Ok(()))));
            let refused = ends.iter().filter(|end| end.is_err()).count();
            let series = format!("flow_limit_refused_total{{operation=\"{operation}\"}}");
            assert_eq!((refused > 0, number(&series)), (true, refused as f64), "{operation}");
        }
    }

    #[test]
    fn whoever_is_called_counts_it_as_a_request() {
        let to = LocalEndpoint { operation: "Stock.counted", ..endpoint(false) };
        let good = ended(LONG, &to, |_| ready(Ok(())));
        let bad = ended(LONG, &to, |_| ready(Err::<(), _>(Failure::internal("a mistake of ours"))));
        let late = ended::<(), _>(SHORT, &to, |_| pending());
        assert_eq!((good.is_ok(), bad.is_ok(), late), (true, false, Err(CallFailure::Timeout)));
        let of = "service=\"Stock\",operation=\"Stock.counted\"";
        for status in [200, 500, HUNG_UP] {
            let series = format!("flow_requests_total{{{of},status=\"{status}\"}}");
            assert_eq!(number(&series), 1.0, "{series}");
        }
        assert_eq!(number(&format!("flow_operation_failures_total{{{of},step=\"none\",kind=\"own\"}}")), 1.0);
    }

    #[test]
    fn a_limit_by_key_counts_calls_with_the_same_text() {
        let rate = Rate { count: 1, per: Duration::from_secs(3_600) };
        let settings = LimitSettings { rate: Some(rate), burst: Some(1), by: LimitBy::Key, at_once: None };
        let limit = Some(Arc::new(Limiter::new(settings)));
        let call = |key: &str| {
            let to =
                LocalEndpoint { limit: limit.clone(), limit_key: Some(key.to_owned()), ..endpoint(false) };
            ended(LONG, &to, |_| ready(Ok(())))
        };
        assert_eq!((call("a"), call("b")), (Ok(()), Ok(())));
        assert!(call("a").is_err_and(|failure| failure.is_status(429)));
    }

    /// Fails as often as `failures` says, and then gives the number of the try.
    async fn tried(writes: bool, failures: usize, with: With) -> (Result<usize, CallFailure>, usize) {
        let (peer, tries) = (Arc::new(Peer::new()), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&tries);
        let steps = move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            ready(if number > failures { Ok(number) } else { Err(Failure::unavailable("")) })
        };
        let end = call_with(&context(LONG), &endpoint(writes), &peer, with, steps).await;
        assert_eq!(peer.counts().calls, 1);
        (end, tries.load(Ordering::SeqCst))
    }

    fn again() -> Option<Retry> {
        let backoff = Duration::ZERO..=Duration::ZERO;
        Some(Retry { times: 2, on: &[RetryOn::Status(503)], backoff, budget: 0.1 })
    }

    #[test]
    fn what_can_be_repeated_is_tried_again() {
        block_on(async {
            for (writes, is_keyed, end) in
                [(false, false, Some(3)), (true, true, Some(3)), (true, false, None)]
            {
                let (ended, tries) =
                    tried(writes, 2, With { retry: again(), is_keyed, ..With::default() }).await;
                assert_eq!((ended.ok(), tries), (end, end.unwrap_or(1)));
            }
        });
    }

    #[test]
    fn an_answer_is_kept_for_those_it_may_be_given_to() {
        block_on(async {
            let (peer, tries) = (Arc::new(Peer::new()), Arc::new(AtomicUsize::new(0)));
            let mut seen = Vec::new();
            for (subject, parameters) in
                [("ada", "1"), ("ada", "1"), ("bob", "1"), ("ada", "2"), ("", "1"), ("", "1")]
            {
                let caller = Caller { subject: subject.to_owned(), ..Caller::default() };
                let cx = Context::new("Orders.place", caller, arrived("r-1", ""), LONG);
                let cache = Cache { keep: LONG, stale: None, by: CacheBy::Caller, entries: 10 };
                let with = With { cache: Some((cache, parameters.to_owned())), ..With::default() };
                let count = Arc::clone(&tries);
                let steps = move |_| ready(Ok(count.fetch_add(1, Ordering::SeqCst)));
                seen.push(call_with(&cx, &endpoint(false), &peer, with, steps).await);
            }
            assert_eq!(seen, [Ok(0), Ok(0), Ok(1), Ok(2), Ok(3), Ok(4)]);
            assert_eq!((peer.counts().calls, peer.counts().kept), (5, 1));
        });
    }

    #[test]
    fn a_write_is_known_to_have_been_begun() {
        for writes in [false, true] {
            let cx = context(LONG);
            let end = block_on(call(&cx, &endpoint(writes), |_| ready(Ok(()))));
            assert_eq!((end, cx.may_have_done()), (Ok(()), writes));
        }
    }
}
