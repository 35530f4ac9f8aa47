//! One backend as those see it who call it: whether it may be called now, how it has answered, and how often it may be
//! asked once more. A call is made here, with as many tries as it may have.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep, sleep_until};

use super::breaker::{BreakerState, Fuse};
use super::budget::{self, Budget};
use super::counts::{Counters, Counts};
use super::gate::Gate;
use super::pause;
use super::recent::Recent;
use super::settings::{Effect, Hedge, Policies, Retry, RetryOn};
use crate::failure::CallFailure;
use crate::metrics::CallTally;

/// What is remembered of one backend.
pub struct Upstream {
    gate: Option<Gate>,
    breaker: Option<Fuse>,
    budget: Budget,
    recent: Recent,
    counters: Counters,
}

/// How one call is to be made.
#[derive(Clone)]
pub struct Plan {
    /// Such as `Erp.getCustomer`.
    pub operation: &'static str,
    /// What is counted of it.
    pub tally: &'static CallTally,
    pub effect: Effect,
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
}

/// How a call has ended, and how often it was sent for that.
#[derive(Debug)]
pub struct Ended<T> {
    pub result: Result<T, CallFailure>,
    pub tries: u32,
}

impl Upstream {
    pub fn new(policies: &Policies) -> Upstream {
        Upstream {
            gate: policies.limit.map(Gate::new),
            breaker: policies.breaker.map(Fuse::new),
            budget: Budget::new(),
            recent: Recent::default(),
            counters: Counters::default(),
        }
    }

    /// Makes a call: `attempt` is one try of it, which keeps its own time.
    pub async fn call<T, F>(&self, plan: &Plan, deadline: Instant, attempt: impl Fn() -> F) -> Ended<T>
    where
        F: Future<Output = Result<T, CallFailure>>,
    {
        self.counters.call();
        let run = Run { upstream: self, plan, deadline, attempt, sent: AtomicU32::new(0) };
        let result = run.to_its_end().await;
        self.counters.ended(&result);
        Ended { result, tries: run.sent.into_inner() }
    }

    /// Notes that an answer which had begun well did not go on so.
    pub fn broke_off(&self, failure: &CallFailure) {
        self.counters.broken_off();
        if let (Some(breaker), Some(true)) = (&self.breaker, is_failing(failure)) {
            breaker.failed_late();
        }
    }

    /// What has been counted since the start.
    pub fn counts(&self) -> Counts {
        let breaker = self.breaker.as_ref().map_or(BreakerState::Closed, Fuse::state);
        self.counters.read(breaker)
    }

    pub fn has_breaker(&self) -> bool {
        self.breaker.is_some()
    }

    /// Counts an answer that was there without a call.
    pub fn count_kept(&self) {
        self.counters.kept();
    }
}

/// One call with all its tries.
struct Run<'a, A> {
    upstream: &'a Upstream,
    plan: &'a Plan,
    deadline: Instant,
    attempt: A,
    sent: AtomicU32,
}

impl<A, T, F> Run<'_, A>
where
    A: Fn() -> F,
    F: Future<Output = Result<T, CallFailure>>,
{
    async fn to_its_end(&self) -> Result<T, CallFailure> {
        let mut number = 1;
        let mut before: Option<CallFailure> = None;
        loop {
            let failure = match self.hedged().await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            // Why the system could not be asked again says less than what it has answered.
            let failure = match before {
                Some(before) if failure.is_rejected() => return Err(before),
                Some(_) | None => failure,
            };
            let Some(pause) = self.pause_after(number, &failure) else { return Err(failure) };
            sleep(pause).await;
            before = Some(failure).filter(|failure| !failure.is_rejected());
            self.plan.tally.retry();
            number += 1;
        }
    }

    /// How long to wait before the next try, if there is one.
    fn pause_after(&self, number: u32, failure: &CallFailure) -> Option<Duration> {
        let retry = self.plan.retry.as_ref().filter(|_| self.plan.effect.is_repeatable())?;
        if number > retry.times || !retry.on.iter().any(|on| is_meant(*on, failure)) {
            return None;
        }
        let pause = pause::before_next(retry, number, failure);
        let is_in_time = Instant::now().checked_add(pause).is_some_and(|then| then < self.deadline);
        (is_in_time && self.upstream.budget.take(retry.budget)).then_some(pause)
    }

    /// One try and, when it takes long, a second copy of it beside it. The first answer counts; a failure only when the
    /// other one fails, too.
    async fn hedged(&self) -> Result<T, CallFailure> {
        match self.hedge_after() {
            None => self.once().await,
            // In a box: few calls are hedged, and each would have to hold what that needs.
            Some(after) => Box::pin(self.beside(after)).await,
        }
    }

    async fn beside(&self, after: Instant) -> Result<T, CallFailure> {
        let first = pin!(self.once());
        let first = match select(first, pin!(sleep_until(after))).await {
            Either::Left((ended, _)) => return ended,
            Either::Right(((), first)) => first,
        };
        let part = self.plan.retry.as_ref().map_or(budget::USUAL, |retry| retry.budget);
        if !self.upstream.budget.take(part) {
            return first.await;
        }
        self.upstream.counters.hedge();
        self.plan.tally.hedge();
        match select(first, pin!(self.once())).await {
            Either::Left((Err(failure), other)) => or_other(failure, other).await,
            Either::Right((Err(failure), other)) => or_other(failure, other).await,
            Either::Left((ended, _)) | Either::Right((ended, _)) => ended,
        }
    }

    fn hedge_after(&self) -> Option<Instant> {
        let hedge = self.plan.hedge.filter(|_| self.plan.effect == Effect::Read)?;
        let after = match hedge {
            Hedge::After(time) => time,
            Hedge::AfterPart(part) => self.upstream.recent.part(self.plan.operation, part)?,
        };
        Instant::now().checked_add(after).filter(|at| *at < self.deadline)
    }

    async fn once(&self) -> Result<T, CallFailure> {
        let upstream = self.upstream;
        let _turn = match &upstream.gate {
            Some(gate) => Some(gate.enter(self.deadline).await.map_err(|wait| self.rejected(wait))?),
            None => None,
        };
        let pass = upstream.breaker.as_ref().map(Fuse::ask).transpose();
        let pass = pass.map_err(|wait| self.rejected(wait))?;
        if self.sent.fetch_add(1, Ordering::Relaxed) == 0 {
            upstream.budget.count();
        }
        upstream.counters.sent();
        let is_noted = matches!(self.plan.hedge, Some(Hedge::AfterPart(_)));
        let begun = is_noted.then(Instant::now);
        // In a box: a try stands in several places of the call around it, and calls stand in calls of other services.
        let ended = Box::pin((self.attempt)()).await;
        if let (Some(pass), Some(has_failed)) = (pass, has_failed(&ended)) {
            pass.ended(has_failed);
        }
        if let Some(begun) = begun.filter(|_| ended.is_ok()) {
            upstream.recent.note(self.plan.operation, begun.elapsed());
        }
        ended
    }

    fn rejected(&self, wait: Duration) -> CallFailure {
        let seconds = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
        let failure = CallFailure::Rejected { retry_after: Some(seconds.max(1)) };
        self.plan.tally.tried(Err(&failure));
        failure
    }
}

async fn or_other<T>(
    failure: CallFailure,
    other: Pin<&mut impl Future<Output = Result<T, CallFailure>>>,
) -> Result<T, CallFailure> {
    other.await.map_err(|other| if other.is_rejected() { failure } else { other })
}

fn is_meant(on: RetryOn, failure: &CallFailure) -> bool {
    match on {
        RetryOn::Timeout => failure.is_timeout(),
        RetryOn::Unreachable => failure.is_unreachable(),
        RetryOn::Rejected => failure.is_rejected(),
        RetryOn::Malformed => failure.is_malformed(),
        RetryOn::Status(status) => failure.is_status(status),
    }
}

/// What the breaker counts; nothing, where the system was not asked.
fn has_failed<T>(ended: &Result<T, CallFailure>) -> Option<bool> {
    match ended {
        Ok(_) => Some(false),
        Err(failure) => is_failing(failure),
    }
}

fn is_failing(failure: &CallFailure) -> Option<bool> {
    match failure {
        CallFailure::Malformed(_) => Some(false),
        CallFailure::Status(answer) => Some(answer.status >= 500),
        CallFailure::Timeout | CallFailure::Unreachable(_) | CallFailure::BrokenOff(_) => Some(true),
        CallFailure::Rejected { .. } => None,
    }
}
