//! One call with all that stands around it: the cache, and the tries.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;

use super::Shared;
use super::exchange::{self, Taken};
use super::outgoing::{self, Outgoing};
use super::token::{Refused, Tokens};
use crate::failure::{Answer, CallFailure};
use crate::http::{Context, Level, Repeat, log};
use crate::policy::{Cache, Effect, Key, Plan};
use crate::trace::{Step, Try};

/// Whether an answer is the one that was wanted.
pub type Judge<'a> = dyn Fn(&Taken) -> Result<(), CallFailure> + Send + Sync + 'a;

/// The answer that is wanted.
pub struct Wanted<'a> {
    pub judge: &'a Judge<'a>,
    /// The status of which the first part is enough, while the rest comes in later.
    pub in_parts: Option<u16>,
}

/// The answer from the cache, or of a call.
pub async fn kept(
    shared: &Arc<Shared>,
    cx: &Context,
    plan: Plan,
    outgoing: Outgoing,
    (key, cache): (Key, Cache),
    judge: Arc<Judge<'static>>,
) -> Result<Answer, CallFailure> {
    let inner = Arc::clone(shared);
    let fetch = move |cx: Context| async move {
        let wanted = Wanted { judge: &*judge, in_parts: None };
        called(&inner, &cx, &plan, &outgoing, &wanted).await.map(|taken| by_itself(taken.answer))
    };
    let got = shared.answers.get(cx, key, &cache, fetch).await?;
    if got.was_kept {
        #[cfg(feature = "watch")]
        cx.watch().inspect(|watch| watch.note("kept", "by the cache of the call"));
        shared.upstream.count_kept();
    }
    Ok(Answer { unread: cx.unread(), ..got.value })
}

/// Without the buffer that it came in, which has room for many like it and is not counted with what is kept.
fn by_itself(answer: Answer) -> Answer {
    Answer { body: Bytes::copy_from_slice(&answer.body), ..answer }
}

/// The answer of a call, which may take several tries. Answers of any status are for the steps to judge; why there was
/// none is nowhere else to be found than in the log.
pub async fn called(
    shared: &Arc<Shared>,
    cx: &Context,
    plan: &Plan,
    outgoing: &Outgoing,
    wanted: &Wanted<'_>,
) -> Result<Taken, CallFailure> {
    let step = cx.step(plan.operation);
    let attempt = || once(shared, cx, &step, plan, outgoing, wanted);
    let ended = shared.upstream.call(plan, cx.deadline(), attempt).await;
    let took = step.end(ended.tries, ended.result.as_ref().err());
    plan.tally.ended(took);
    ended.result.inspect_err(|failure| {
        if failure.answer().is_none() {
            report(cx, plan.operation, failure, ended.tries);
        }
    })
}

async fn once(
    shared: &Arc<Shared>,
    cx: &Context,
    step: &Step,
    plan: &Plan,
    outgoing: &Outgoing,
    wanted: &Wanted<'_>,
) -> Result<Taken, CallFailure> {
    let begun = Instant::now();
    let end = cx.end_of_try(begun, shared.timeout);
    if end <= begun {
        plan.tally.tried(Err(&CallFailure::Timeout));
        return Err(CallFailure::Timeout);
    }
    let token = outgoing::token(shared, cx)?;
    let repeat = match plan.effect {
        Effect::Read => None,
        Effect::Write => Some(Repeat::Unsafe),
        Effect::KeyedWrite => Some(Repeat::Safe),
    };
    let end = match repeat {
        None => end,
        Some(repeat) => {
            cx.writes(repeat).await?;
            cx.end_of_try(Instant::now(), shared.timeout)
        }
    };
    let attempt = step.attempt(cx);
    let ended = match &shared.tokens {
        None => sent(shared, cx, &attempt, outgoing, wanted, (end, token.as_ref())).await,
        // In a box: only few calls need the room for it.
        Some(tokens) => Box::pin(with_token(shared, cx, &attempt, outgoing, wanted, (end, tokens))).await,
    };
    let ended = ended.and_then(|taken| {
        let answer = Answer { call: plan.operation, unread: cx.unread(), ..taken.answer };
        let taken = Taken { answer, ..taken };
        (wanted.judge)(&taken).map(|()| taken)
    });
    let status = ended.as_ref().map(|taken| taken.answer.status);
    plan.tally.tried(status);
    attempt.end(status);
    ended.inspect_err(|failure| match plan.effect {
        Effect::Read => {}
        Effect::Write | Effect::KeyedWrite => cx.tried(failure),
    })
}

/// Sends a request, and reads its answer. Without its type, so that the compiler does not look through all of a connection
/// again for each service in a bundle that calls another one.
fn sent<'a>(
    shared: &'a Arc<Shared>,
    cx: &'a Context,
    attempt: &'a Try<'_>,
    outgoing: &'a Outgoing,
    wanted: &'a Wanted<'_>,
    (end, token): (Instant, Option<&'a HeaderValue>),
) -> Pin<Box<dyn Future<Output = Result<Taken, CallFailure>> + Send + 'a>> {
    Box::pin(async move {
        let request = || outgoing.request(shared, cx, attempt, end, token);
        exchange::run(shared, &request, wanted.in_parts, end).await
    })
}

/// The same with a token, and once more where the backend says that it does not take that one: then it has done nothing,
/// so it makes no difference what was asked of it.
async fn with_token(
    shared: &Arc<Shared>,
    cx: &Context,
    attempt: &Try<'_>,
    outgoing: &Outgoing,
    wanted: &Wanted<'_>,
    (end, tokens): (Instant, &Arc<Tokens>),
) -> Result<Taken, CallFailure> {
    let token = tokens.present(end).await?;
    let taken = sent(shared, cx, attempt, outgoing, wanted, (end, Some(&token.header))).await?;
    if taken.answer.status != 401 {
        return Ok(taken);
    }
    match tokens.refused(&token) {
        Refused::Stands => Ok(taken),
        Refused::TryAnother => {
            let token = tokens.present(end).await?;
            sent(shared, cx, attempt, outgoing, wanted, (end, Some(&token.header))).await
        }
    }
}

pub fn report(cx: &Context, operation: &str, failure: &CallFailure, tries: u32) {
    let (reason, tries) = (failure.to_string(), tries.to_string());
    let fields = [
        ("request", cx.request().id.as_str()),
        ("operation", cx.operation()),
        ("call", operation),
        ("reason", &reason),
        ("tries", &tries),
    ];
    log::say(Level::Warn, "call failed", &fields);
}
