//! Requests that are done once. Whoever sends the same request again gets the answer of the first one; while that is under
//! way, the second one waits. An answer is kept when something may have been done, or when the steps have said what it
//! is: a request that was turned away, or that failed before it wrote anything, may come again.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep, sleep_until};

use super::log::{self, Level};
use super::response::REPLAYED;
use super::{Context, Request, Response};
use crate::bytes::digits;
use crate::codec::FaultAt;
use crate::failure::{Answer, Failure, MEDIA_TYPE};
use crate::runs::{Claim, Fate, Kept, Run, Runs, Want};
use crate::store::StoreError;

/// How long a key may be.
const LONGEST_KEY: usize = 255;
/// How long it is until somebody who waits looks again, at first and at most.
const LOOK: Duration = Duration::from_millis(10);
const LOOK_AT_MOST: Duration = Duration::from_millis(200);
/// How long before its deadline a request that waits gives up at the latest, so that its answer still gets through.
const MARGIN: Duration = Duration::from_millis(50);
/// How long it is until an answer that could not be kept is tried to be kept again, at first.
const KEEP: Duration = Duration::from_millis(100);

static NOT_KEPT: AtomicU64 = AtomicU64::new(0);

/// How many answers could not be kept at once since the start.
pub fn answers_not_kept() -> u64 {
    NOT_KEPT.load(Ordering::Relaxed)
}

impl Request {
    /// What the request is done once by: a header, which has to be there. `None`: a fault has been recorded.
    pub fn once_by_header(&mut self, name: &'static str, keep: Duration) -> Option<Want> {
        let mut values = self.parts().headers.get_all(name).iter();
        match (values.next().map(HeaderValue::to_str), values.next()) {
            (Some(Ok(key)), None) => {
                let key = key.to_owned();
                self.want(format!("header.{name}"), key, keep)
            }
            (None, _) => self.fault(format!("header.{name}"), "is missing"),
            (Some(_), _) => self.fault(format!("header.{name}"), "must be one text in ASCII"),
        }
    }

    /// What tells the request from all others: a digest of its method, address and body.
    pub fn fingerprint(&self) -> String {
        let target = self.parts().uri.path_and_query().map_or("", |target| target.as_str());
        let head = format!("{} {target}\n", self.parts().method);
        digest(&[head.as_bytes(), self.body_bytes()])
    }

    fn want(&mut self, at: String, key: String, keep: Duration) -> Option<Want> {
        if let Some(fault) = key_fault(&key) {
            return self.fault(at, fault);
        }
        Some(Want { key, fingerprint: self.fingerprint(), keep })
    }
}

/// What a call from within the process is done once by. `input` is what it gives, written in some form.
pub fn want_within(key: String, input: &str, keep: Duration) -> Want {
    Want { key, fingerprint: digest(&[input.as_bytes()]), keep }
}

fn key_fault(key: &str) -> Option<String> {
    let fits = !key.is_empty() && key.len() <= LONGEST_KEY;
    (!fits).then(|| format!("must have 1 to {LONGEST_KEY} characters"))
}

fn digest(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    digits(&digest.finalize())
}

impl Runs {
    /// Does what is wanted, or gives the answer that it had.
    ///
    /// # Errors
    /// Those of `work`; a 409 while the first is under way, a 422 when the key was used for another request, and a 503
    /// when the store cannot be used. Then nothing was done.
    pub async fn once<F>(
        &self,
        cx: &Context,
        want: Want,
        work: impl FnOnce(Context) -> F,
    ) -> Result<Response, Failure>
    where
        F: Future<Output = Result<Response, Failure>>,
    {
        if let Some(fault) = key_fault(&want.key) {
            return Err(Failure::bad_request(vec![FaultAt::new("idempotency key", fault)]));
        }
        match self.turn(cx, &want).await? {
            Turn::Over(kept) => Ok(replayed(kept)),
            Turn::Ours(run) => {
                let inner = cx.with_run(run.clone());
                // Boxed, because all that an operation can wait for is in it.
                match AssertUnwindSafe(Box::pin(work(inner.clone()))).catch_unwind().await {
                    Ok(ended) => end(&run, &inner, ended.map_err(|failure| inner.ends_with(failure))).await,
                    Err(panic) => {
                        let _ = end(&run, &inner, Err(Failure::unwound(&*panic))).await;
                        resume_unwind(panic)
                    }
                }
            }
        }
    }

    /// The same for a call from within the process.
    ///
    /// # Errors
    /// The same.
    pub async fn once_within<F>(
        &self,
        cx: &Context,
        want: Want,
        work: impl FnOnce(Context) -> F,
    ) -> Result<Answer, Failure>
    where
        F: Future<Output = Result<Response, Failure>>,
    {
        let kept = self.once(cx, want, work).await?.to_kept();
        let kept = kept.ok_or_else(|| Failure::internal("an answer that is not whole"))?;
        let media_type = kept.headers.into_iter().find(|(name, _)| name == "content-type");
        Ok(Answer::new(kept.status, media_type.map(|(_, value)| value).unwrap_or_default(), kept.body))
    }

    /// Waits until it is the turn of the request, or over.
    async fn turn(&self, cx: &Context, want: &Want) -> Result<Turn, Failure> {
        let left = cx.remaining();
        // To look once more takes its time in a store that is busy, and the more of it a caller gives, the less it
        // minds.
        let end = Instant::now() + left.saturating_sub(MARGIN.max(left / 10));
        let mut pause = LOOK;
        loop {
            match Box::pin(self.claim(cx, want)).await.map_err(|error| unusable(&error))? {
                Claim::Ours(run) => return Ok(Turn::Ours(run)),
                Claim::Kept(kept) => return Ok(Turn::Over(kept)),
                Claim::Differs => return Err(differs()),
                Claim::CutOff => return Err(cut_off("it is not known what it has done")),
                Claim::Stuck => return Err(cut_off("an operator has to see to what it has left")),
                Claim::Running if Instant::now() >= end => return Err(under_way()),
                Claim::Running => sleep_until(end.min(Instant::now() + pause)).await,
            }
            pause = (pause * 2).min(LOOK_AT_MOST);
        }
    }
}

enum Turn {
    Ours(Run),
    Over(Kept),
}

fn unusable(error: &StoreError) -> Failure {
    Failure::unavailable(error.to_string()).retry_after(1)
}

fn differs() -> Failure {
    Failure::standard(422).detail("the idempotency key was used for another request")
}

fn under_way() -> Failure {
    Failure::standard(409).detail("the same request is under way").retry_after(1)
}

fn cut_off(why: &str) -> Failure {
    let told = format!("the same request was cut off, and {why}");
    // Without the time, a caller would take it for a refusal, of which nothing is left.
    Failure::standard(409).log(told.clone()).detail(told).retry_after(3_600)
}

/// The end of a run whose steps have ended: the answer is kept, or the request may come again.
async fn end(run: &Run, cx: &Context, ended: Result<Response, Failure>) -> Result<Response, Failure> {
    let fate = if ended.is_ok() { Fate::Done } else { Fate::Failed };
    let kept = match &ended {
        Ok(response) => response.to_kept(),
        Err(failure) if cx.may_have_done() || is_said(failure) => Some(kept_failure(failure)),
        Err(_) => None,
    };
    let error = match run.finish(fate, kept.clone()).await {
        Ok(true) => return ended,
        // Whoever has taken it over has undone it, or is about to.
        Ok(false) if run.undo().await => {
            cx.took_back();
            return Err(taken_over());
        }
        Ok(false) => return ended,
        Err(error) => error,
    };
    NOT_KEPT.fetch_add(1, Ordering::Relaxed);
    let (request, reason) = (cx.request().id.as_str(), error.to_string());
    let fields = [("request", request), ("operation", cx.operation()), ("reason", reason.as_str())];
    log::say(Level::Error, "answer not kept", &fields);
    // What a later process would undo must not be told as done.
    if fate == Fate::Done && finish_in_time(run, cx, &kept).await {
        return ended;
    }
    if fate == Fate::Done && run.undo().await {
        let failure = cx.ends_with(unusable(&error));
        let kept = cx.may_have_done().then(|| kept_failure(&failure));
        run.finish_later(Fate::Failed, kept);
        return Err(failure);
    }
    run.finish_later(fate, kept);
    ended
}

/// Whether the steps have said that this is the answer. What the standard failures stand for may be over soon.
fn is_said(failure: &Failure) -> bool {
    let standard = crate::failure::standard(failure.status());
    failure.status() < 500 && !std::ptr::eq(standard, failure.kind())
}

fn taken_over() -> Failure {
    Failure::unavailable("the run was taken over, because its instance did not renew its lease")
}

/// Tries to keep the end for as long as somebody waits for it. `false`: it is not kept.
async fn finish_in_time(run: &Run, cx: &Context, kept: &Option<Kept>) -> bool {
    let mut pause = KEEP;
    while cx.remaining() > pause + MARGIN {
        sleep(pause).await;
        if let Ok(is_kept) = run.finish(Fate::Done, kept.clone()).await {
            return is_kept;
        }
        pause = pause.saturating_mul(2);
    }
    false
}

fn kept_failure(failure: &Failure) -> Kept {
    let mut headers = vec![("content-type".to_owned(), MEDIA_TYPE.to_owned())];
    if let Some(seconds) = failure.retry_after_seconds() {
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    Kept { status: failure.status(), headers, body: failure.body().into() }
}

fn replayed(kept: Kept) -> Response {
    let mut headers = Vec::new();
    for (name, value) in &kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.push((name, value));
        }
    }
    headers.push((HeaderName::from_static(REPLAYED), HeaderValue::from_static("true")));
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Response::from_parts(status, headers, kept.body)
}

impl Response {
    /// None, if it is not there in whole.
    fn to_kept(&self) -> Option<Kept> {
        if !self.is_whole() {
            return None;
        }
        let (status, headers, body) = self.parts();
        let text = |(name, value): &(HeaderName, HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Some(Kept {
            status: status.as_u16(),
            headers: headers.iter().filter_map(text).collect(),
            body: Bytes::clone(body),
        })
    }
}

#[cfg(test)]
#[path = "idempotent/tests.rs"]
mod tests;
