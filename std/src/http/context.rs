//! What goes along with one request through all its steps: who called, until when an answer is of use, and what was
//! done without. It is handed on by reference, and cloning it is cheap, because parallel steps each hold one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

#[cfg(feature = "store")]
use super::audit::Fate;
use super::audit::{Entry, Trail};
use super::keys::{Keys, Stays};
use super::log::{self, Level};
#[cfg(feature = "watch")]
use super::watch::Watch;
use super::who::Who;
use crate::codec::{Encode, Writer};
use crate::failure::{CallFailure, Failure};
use crate::policy::{Cache, Hedge, Own, Retry};
#[cfg(feature = "store")]
use crate::runs::Run;
use crate::trace::{Step, Track};
use crate::value::{Caller, RequestInfo};

/// How much time an undo has beyond the deadline of the operation that it belongs to.
const UNDO_BUDGET: Duration = Duration::from_secs(30);

/// How much time there is for what goes on when nobody waits for it: that of an operation which says nothing else.
const DETACHED_BUDGET: Duration = Duration::from_secs(10);

/// What goes along with one request: a pointer, because all that is done for the request holds it.
#[derive(Clone, Debug)]
pub struct Context {
    inner: Arc<Inner>,
}

#[derive(Clone, Debug)]
struct Inner {
    operation: &'static str,
    who: Arc<Who>,
    token: Option<HeaderValue>,
    track: Arc<Track>,
    /// The span of what these steps are a part of.
    span: u64,
    noted: Arc<Mutex<Noted>>,
    deadline: Instant,
    timeout: Option<Duration>,
    /// What one call has for itself.
    own: Option<Arc<Own>>,
    /// Only clients look at it.
    unread: &'static [&'static str],
    written: Arc<Written>,
    keys: Arc<Keys>,
    stays: Stays,
    /// What the audit log wants to know of undos.
    #[cfg_attr(not(feature = "store"), allow(dead_code))]
    trail: Option<Trail>,
    #[cfg(feature = "store")]
    run: Option<Run>,
    #[cfg(feature = "watch")]
    watch: Option<Watch>,
}

/// What is known of the writes of some steps.
#[derive(Debug, Default)]
struct Written {
    /// How many were sent of which nobody knows that they have changed nothing, or that they are undone.
    standing: AtomicUsize,
    /// Whether a try of one may have changed something, although it failed.
    is_in_doubt: AtomicBool,
}

/// What is told of the answer.
#[derive(Debug, Default)]
struct Noted {
    /// The names of the fallbacks that were taken.
    degraded: Vec<&'static str>,
    /// For how long it will be used for others, too.
    fresh: Option<Duration>,
    /// Who calls, as what is called in the same process sees it.
    inside: Option<Arc<Who>>,
}

/// The service of an operation such as `Orders.place`.
pub fn service_of(operation: &str) -> &str {
    operation.split('.').next().unwrap_or_default()
}

impl Context {
    /// The context of a request that has just come in and may take as long as `budget`.
    pub fn new(
        operation: &'static str,
        caller: impl Into<Arc<Caller>>,
        request: RequestInfo,
        budget: Duration,
    ) -> Context {
        let track = Arc::new(Track::new(request));
        let who = Arc::new(Who::outside(caller.into()));
        Context::of(operation, who, track, Instant::now() + budget)
    }

    /// The context of a request that is told of as a whole.
    pub(crate) fn of(
        operation: &'static str,
        who: Arc<Who>,
        track: Arc<Track>,
        deadline: Instant,
    ) -> Context {
        let span = track.trace.span;
        Context::begun(operation, who, track, span, deadline)
    }

    fn begun(
        operation: &'static str,
        who: Arc<Who>,
        track: Arc<Track>,
        span: u64,
        deadline: Instant,
    ) -> Context {
        let inner = Inner {
            operation,
            who,
            token: None,
            track,
            span,
            noted: Arc::default(),
            deadline,
            timeout: None,
            own: None,
            unread: &[],
            written: Arc::default(),
            keys: Arc::default(),
            stays: Stays::Always,
            trail: None,
            #[cfg(feature = "store")]
            run: None,
            #[cfg(feature = "watch")]
            watch: None,
        };
        Context { inner: Arc::new(inner) }
    }

    /// The same context, with this in it otherwise. Only one that somebody else holds is copied.
    fn changed(mut self, change: impl FnOnce(&mut Inner)) -> Context {
        change(Arc::make_mut(&mut self.inner));
        self
    }

    /// The name of the operation, such as `Orders.place`.
    pub fn operation(&self) -> &'static str {
        self.inner.operation
    }

    /// The service that the operation is of.
    pub fn service(&self) -> &'static str {
        service_of(self.inner.operation)
    }

    pub fn caller(&self) -> &Caller {
        self.inner.who.caller()
    }

    /// The same, for what needs no more than a part of it.
    pub(crate) fn who(&self) -> &Who {
        &self.inner.who
    }

    /// Who calls, as other services in this process see it. All that these steps call share it.
    pub(crate) fn calling(&self) -> Arc<Who> {
        let mut noted = self.noted();
        Arc::clone(noted.inside.get_or_insert_with(|| Arc::new(self.inner.who.by(self.service()))))
    }

    /// The same context with the token that the caller came with, as it stood in its header.
    #[must_use]
    pub fn with_token(self, token: Option<HeaderValue>) -> Context {
        self.changed(|inner| inner.token = token)
    }

    /// The token that the caller came with, if it was one of its own.
    pub(crate) fn token(&self) -> Option<&HeaderValue> {
        self.inner.token.as_ref()
    }

    pub fn request(&self) -> &RequestInfo {
        &self.inner.track.info
    }

    /// The request as a whole.
    pub(crate) fn track(&self) -> &Arc<Track> {
        &self.inner.track
    }

    /// The span of what these steps are a part of.
    pub(crate) fn span(&self) -> u64 {
        self.inner.span
    }

    /// A call begins.
    pub(crate) fn step(&self, call: &'static str) -> Step {
        Step::of(self, call)
    }

    /// When the answer stops to be of use.
    pub fn deadline(&self) -> Instant {
        self.inner.deadline
    }

    /// How much time is left; zero when there is none.
    pub fn remaining(&self) -> Duration {
        self.inner.deadline.saturating_duration_since(Instant::now())
    }

    /// How long a call may take that usually may take as long as `usual`: never longer than what is left.
    pub fn timeout(&self, usual: Duration) -> Duration {
        self.inner.timeout.unwrap_or(usual).min(self.remaining())
    }

    /// When a try of a call ends that begins at `begun` and usually may take as long as `usual`: never behind the deadline,
    /// however long this thread is kept from going on. It has no time at all when that is not after its beginning.
    pub fn end_of_try(&self, begun: Instant, usual: Duration) -> Instant {
        let end = begun.checked_add(self.inner.timeout.unwrap_or(usual));
        end.map_or(self.inner.deadline, |end| end.min(self.inner.deadline))
    }

    /// The same context for one call that has a timeout of its own.
    pub fn with_timeout(&self, timeout: Duration) -> Context {
        self.clone().changed(|inner| inner.timeout = Some(timeout))
    }

    /// The same context for one call with another retry than that of its backend, or none.
    pub fn with_retry(&self, retry: Option<Retry>) -> Context {
        self.with(|own| own.retry = Some(retry))
    }

    /// The same context for one call with another hedge than that of its backend, or none.
    pub fn with_hedge(&self, hedge: Option<Hedge>) -> Context {
        self.with(|own| own.hedge = Some(hedge))
    }

    /// The same context for one call with another cache than that of its backend, or none. `key` tells answers apart
    /// where the parameters do not do it.
    pub fn with_cache(&self, cache: Option<Cache>, key: Option<String>) -> Context {
        self.with(|own| own.cache = Some((cache, key)))
    }

    fn with(&self, set: impl FnOnce(&mut Own)) -> Context {
        let mut own = self.inner.own.as_deref().cloned().unwrap_or_default();
        set(&mut own);
        self.clone().changed(|inner| inner.own = Some(Arc::new(own)))
    }

    /// What the call at hand has for itself.
    pub(crate) fn own(&self) -> Option<&Own> {
        self.inner.own.as_deref()
    }

    /// The same context for a call whose answer has fields that this flow does not read, though others do.
    pub fn skipping(&self, unread: &'static [&'static str]) -> Context {
        self.clone().changed(|inner| inner.unread = unread)
    }

    /// The fields of answers that this flow does not read.
    pub fn unread(&self) -> &'static [&'static str] {
        self.inner.unread
    }

    /// The context of an operation of another service in the same process: its own deadline, but never a later one,
    /// its own fallbacks, and in `caller` the service that calls, in this span.
    pub(crate) fn enter(&self, span: u64, operation: &'static str, budget: Duration) -> Context {
        let deadline = self.inner.deadline.min(Instant::now() + budget);
        let inside = Context::begun(operation, self.calling(), Arc::clone(&self.inner.track), span, deadline);
        let inside = inside.with_token(self.inner.token.clone());
        #[cfg(feature = "watch")]
        let inside = inside.changed(|inner| inner.watch = self.inner.watch.clone());
        inside
    }

    /// The step that is watched, if somebody looks on.
    #[cfg(feature = "watch")]
    pub fn watch(&self) -> Option<&Watch> {
        self.inner.watch.as_ref()
    }

    /// The same context for what is a part of this step.
    #[cfg(feature = "watch")]
    #[must_use]
    pub fn watched(&self, step: &Watch) -> Context {
        self.clone().changed(|inner| inner.watch = Some(step.clone()))
    }

    /// The context of an undo. It is made while the operation is in time and used when that may be over, so its
    /// budget begins where the one of the operation ends.
    pub fn for_undo(&self) -> Context {
        // What is being undone is noted already, and taking something back is no deed of its own.
        self.undoable().changed(|inner| {
            inner.deadline = inner.deadline.max(Instant::now()) + UNDO_BUDGET;
            inner.timeout = None;
        })
    }

    /// The same context for one try of a step that is called so: each try makes its calls with the same keys.
    #[cfg(feature = "store")]
    pub(crate) fn with_keys(&self, step: &str) -> Context {
        self.clone().changed(|inner| inner.keys = Arc::new(Keys::of(step, 1).undoing()))
    }

    /// The same context for the steps of a run: what is done once, or undone.
    #[cfg(feature = "store")]
    #[must_use]
    pub fn with_run(&self, run: Run) -> Context {
        let (base, attempt) = run.key_base();
        let keys = Arc::new(Keys::of(base, attempt));
        self.clone().changed(|inner| (inner.keys, inner.run) = (keys, Some(run)))
    }

    /// The run that the steps belong to, if the operation has one.
    #[cfg(feature = "store")]
    pub fn run(&self) -> Option<&Run> {
        self.inner.run.as_ref()
    }

    /// The same context for a write that has noted how it is undone. Whoever notes that says what came of it, too.
    #[must_use]
    pub fn undoable(&self) -> Context {
        self.clone().changed(|inner| {
            inner.stays = Stays::UnlessUndone;
            inner.written = Arc::default();
        })
    }

    /// Notes how a try of a write has failed. What comes after may fail in another way, but cannot undo it.
    pub(crate) fn tried(&self, failure: &CallFailure) {
        match failure.has_done_nothing() {
            true => self.settled(1),
            false => self.inner.written.is_in_doubt.store(true, Ordering::Relaxed),
        }
    }

    /// Notes that so many of the writes that were sent have changed nothing, or are undone.
    pub(crate) fn settled(&self, count: usize) {
        let less = |standing: usize| Some(standing.saturating_sub(count));
        let _ = self.inner.written.standing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Notes that somebody else sees to it that all is undone.
    #[cfg(feature = "store")]
    pub(crate) fn took_back(&self) {
        self.inner.written.standing.store(0, Ordering::Relaxed);
    }

    /// The failure that the operation ends with. A 503 says that it may be sent again, so nothing that may have been
    /// done hides behind one. One of which nothing is left says so.
    pub(crate) fn ends_with(&self, failure: Failure) -> Failure {
        match (self.may_have_done(), failure.status()) {
            (true, 503) => failure.as_bad_gateway(),
            (false, 500..) => failure.having_done_nothing(),
            _ => failure,
        }
    }

    /// Whether a try of the write may have changed something, although it failed.
    #[cfg(feature = "store")]
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.inner.written.is_in_doubt.load(Ordering::Relaxed)
    }

    /// The key of the next call of `call`, which does its step once: the same when the request comes again.
    pub fn step_key(&self, call: &'static str) -> String {
        self.inner.keys.next(call, self.inner.stays)
    }

    /// Whether a write was sent that may have changed something, and is not undone.
    pub fn may_have_done(&self) -> bool {
        self.inner.written.standing.load(Ordering::Relaxed) > 0
    }

    /// Notes that a write is being sent. Until it is known what came of it, it may have changed something.
    pub fn wrote(&self) {
        self.inner.written.standing.fetch_add(1, Ordering::Relaxed);
    }

    /// Has to be called before a write is sent. One that can be sent again (its `repeat` says so) or undone is only
    /// noted here; any other is noted in the store, if the operation is done once.
    ///
    /// # Errors
    /// It could not be noted, and must not be sent.
    #[cfg_attr(not(feature = "store"), allow(clippy::unused_async))]
    pub async fn writes(&self, repeat: Repeat) -> Result<(), CallFailure> {
        #[cfg(feature = "store")]
        if let (Repeat::Unsafe, Stays::Always, Some(run)) = (repeat, self.inner.stays, &self.inner.run)
            // In a box of its own, because few calls come here, and each would have to hold what it needs.
            && let Err(error) = Box::pin(run.writes()).await
        {
            log::say(
                Level::Error,
                "store failed",
                &[("request", &self.request().id), ("reason", &error.to_string())],
            );
            return Err(CallFailure::Rejected { retry_after: Some(1) });
        }
        #[cfg(not(feature = "store"))]
        let _ = repeat;
        self.wrote();
        Ok(())
    }

    /// The same context for what goes on when nobody waits for it any more. It has a time of its own.
    pub fn detached(&self) -> Context {
        self.clone().changed(|inner| {
            inner.noted = Arc::default();
            inner.deadline = Instant::now() + DETACHED_BUDGET;
            inner.timeout = None;
        })
    }

    /// The same context for the steps of a request that leaves a line in the audit log.
    #[must_use]
    pub(crate) fn audited(self, entry: Option<&Entry>) -> Context {
        self.changed(|inner| inner.trail = entry.map(Entry::begins))
    }

    /// Notes what became of the undo of a write.
    #[cfg(feature = "store")]
    pub(crate) fn undid(&self, write: &str, fate: Fate) {
        self.inner.trail.iter().for_each(|trail| trail.note(write, fate));
    }

    /// Notes for how long the answer will be used for others, too.
    pub(crate) fn is_fresh_for(&self, time: Duration) {
        self.noted().fresh = Some(time);
    }

    pub(super) fn fresh_for(&self) -> Option<Duration> {
        self.noted().fresh
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.inner.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a fallback was taken in place of what is called `name`.
    pub fn degraded(&self, name: &'static str) {
        let names = &mut self.noted().degraded;
        if !names.contains(&name) {
            names.push(name);
        }
    }

    /// Writes a line of the log that names the operation and the request. What is labelled must not be among the fields.
    pub fn log(&self, level: Level, message: &str, fields: &[(&'static str, &dyn Encode)]) {
        #[cfg(feature = "given")]
        crate::given::logged(level.as_str(), message);
        log::record(level, "log", |line| {
            line.field("request", &self.request().id).field("operation", &self.inner.operation);
            line.field("message", &message);
            if !fields.is_empty() {
                line.field("fields", &Fields { fields });
            }
        });
    }

    /// The fallbacks that were taken so far, in the order in which they were.
    pub fn fallbacks(&self) -> Vec<&'static str> {
        self.noted().degraded.clone()
    }
}

/// Whether the other side knows a write that is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    Safe,
    Unsafe,
}

struct Fields<'a> {
    fields: &'a [(&'static str, &'a dyn Encode)],
}

impl Encode for Fields<'_> {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        for (name, value) in self.fields {
            object.entry(name, *value);
        }
        object.end();
    }
}

/// What is known of a request that has just come in.
pub fn arrived(id: impl Into<String>, address: impl Into<String>) -> RequestInfo {
    RequestInfo {
        id: id.into(),
        #[cfg(feature = "time")]
        at: moment(),
        address: address.into(),
    }
}

#[cfg(feature = "time")]
fn moment() -> crate::value::DateTime {
    let since = crate::outside::wall();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    let now = crate::value::DateTime::from_unix(seconds, i64::from(since.subsec_nanos()), 0);
    now.unwrap_or_else(|| crate::value::DateTime::literal("1970-01-01T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(budget: Duration) -> Context {
        Context::new("Orders.place", Caller::default(), arrived("r", ""), budget)
    }

    #[test]
    fn a_call_never_has_more_time_than_is_left() {
        let cx = context(Duration::from_millis(500));
        assert!(cx.timeout(Duration::from_secs(2)) <= Duration::from_millis(500));
        assert_eq!(
            cx.with_timeout(Duration::from_millis(1)).timeout(Duration::from_secs(2)),
            Duration::from_millis(1)
        );
    }

    #[test]
    fn a_try_never_ends_behind_the_deadline() {
        let (cx, now) = (context(Duration::from_millis(500)), Instant::now());
        for usual in [Duration::from_millis(501), Duration::from_secs(2), Duration::MAX] {
            assert_eq!(cx.end_of_try(now, usual), cx.deadline());
            assert_eq!(cx.with_timeout(usual).end_of_try(now, Duration::ZERO), cx.deadline());
        }
        assert!(cx.end_of_try(now, Duration::from_millis(1)) < cx.deadline());
        let (late, now) = (context(Duration::ZERO), Instant::now());
        assert!(late.end_of_try(now, Duration::from_secs(1)) <= now, "there is no time for it");
        assert!(cx.end_of_try(now, Duration::ZERO) <= now, "nor for one that may take none");
    }

    #[test]
    fn an_undo_has_time_when_the_operation_has_none() {
        let cx = context(Duration::ZERO);
        assert_eq!(cx.remaining(), Duration::ZERO);
        assert!(cx.for_undo().remaining() > Duration::from_secs(29));
    }

    #[test]
    fn a_failure_says_what_came_of_it() {
        let ended = |cx: &Context, failure: Failure| {
            let failure = cx.ends_with(failure);
            (failure.status(), failure.has_done_nothing())
        };
        let cx = context(Duration::from_secs(1));
        assert_eq!(ended(&cx, Failure::internal("")), (500, true));
        assert_eq!(ended(&cx, Failure::standard(409)), (409, false), "a refusal says so by itself");
        cx.wrote();
        cx.tried(&CallFailure::Unreachable(String::new()));
        assert_eq!(ended(&cx, Failure::unavailable("")), (503, true));
        cx.wrote(); // and nobody has said yet what came of it
        assert_eq!(ended(&cx, Failure::unavailable("")), (502, false));
        cx.wrote();
        cx.tried(&CallFailure::Timeout);
        cx.settled(1);
        assert_eq!(ended(&cx, Failure::internal("")), (500, false), "of two writes, one is left");
        cx.for_undo().wrote();
        cx.settled(1);
        assert_eq!(ended(&cx, Failure::internal("")), (500, true), "an undo is no deed of its own");
    }

    #[test]
    fn an_inner_operation_has_no_later_deadline_and_its_own_fallbacks() {
        let cx = context(Duration::from_millis(500));
        let inner = cx.enter(cx.span(), "Billing.charge", Duration::from_secs(10));
        inner.degraded("rates");
        inner.degraded("rates");
        assert_eq!(inner.deadline(), cx.deadline());
        assert_eq!((inner.fallbacks(), cx.fallbacks()), (vec!["rates"], vec![]));
    }
}
