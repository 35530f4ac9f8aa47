//! What the shell answers when a request does not come as far as the steps of an operation: always
//! `application/problem+json`, always the standard words, and nothing that the caller sent.

use axum::body::Body;
use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::head::Refusal;
use super::limiter::Allowance;
use crate::failure::{Failure, MEDIA_TYPE};

/// A failure says with it what came of it: that nothing was changed, or that all of it is undone. Without it, nobody knows.
pub(crate) const OUTCOME: HeaderName = HeaderName::from_static("flow-outcome");
pub(crate) const NOTHING_DONE: &str = "nothing-done";

/// Why a request is not performed.
#[derive(Debug)]
pub struct Rejection {
    status: StatusCode,
    detail: &'static str,
    headers: HeaderMap,
}

impl Rejection {
    pub fn new(status: StatusCode, detail: &'static str) -> Rejection {
        Rejection { status, detail, headers: HeaderMap::new() }
    }

    /// A request without which the next one on the connection cannot be found: the connection ends.
    pub fn closing(status: StatusCode, detail: &'static str) -> Rejection {
        Rejection::new(status, detail).with(CONNECTION, HeaderValue::from_static("close"))
    }

    pub fn method_not_allowed(allowed: &str) -> Rejection {
        let allowed = HeaderValue::from_str(allowed).unwrap_or(HeaderValue::from_static(""));
        Rejection::new(StatusCode::METHOD_NOT_ALLOWED, "the path has no such method").with(ALLOW, allowed)
    }

    /// `challenges`: what the caller could show instead.
    pub fn unauthorized(challenges: &[&'static str]) -> Rejection {
        let mut rejection = Rejection::new(StatusCode::UNAUTHORIZED, "");
        for challenge in challenges {
            rejection.headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        rejection
    }

    /// Something was shown of which nobody can say now whose it is.
    pub fn unknown_caller() -> Rejection {
        Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "who calls cannot be found out now").retry_after(1)
    }

    /// There is more to do than can be done.
    pub fn busy() -> Rejection {
        Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "too much is going on").retry_after(1)
    }

    /// `seconds`: when it is worth another try.
    pub fn retry_after(self, seconds: u64) -> Rejection {
        self.with(RETRY_AFTER, seconds.into())
    }

    /// `beyond`: what a limit says to a request that is beyond it.
    pub fn beyond(beyond: Allowance) -> Rejection {
        let mut rejection =
            Rejection::new(StatusCode::TOO_MANY_REQUESTS, "").retry_after(beyond.seconds().max(1));
        beyond.tell(&mut rejection.headers);
        rejection
    }

    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Rejection {
        self.headers.insert(name, value);
        self
    }

    pub fn into_response(self) -> http::Response<Body> {
        let body = self.body();
        self.into_response_with(body.into())
    }

    /// The same with a body that was put together before.
    pub(super) fn into_response_with(self, body: Bytes) -> http::Response<Body> {
        let mut response = http::Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        response
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let failure = Failure::standard(self.status.as_u16());
        if self.detail.is_empty() { failure.body() } else { failure.detail(self.detail).body() }
    }
}

/// The answer of an operation that failed.
pub fn failed(failure: &Failure) -> http::Response<Body> {
    let mut response = http::Response::new(Body::from(failure.body()));
    // A status that is none comes from a mistake of ours.
    *response.status_mut() =
        StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(seconds) = failure.retry_after_seconds() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if failure.has_done_nothing() {
        response.headers_mut().insert(OUTCOME, HeaderValue::from_static(NOTHING_DONE));
    }
    response
}

/// The bytes of an answer to a head that hyper was never shown.
pub fn raw(refusal: Refusal) -> Vec<u8> {
    let rejection = Rejection::new(refusal.status, refusal.detail);
    let body = rejection.body();
    let head = format!(
        "HTTP/1.1 {}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        refusal.status,
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_head_is_answered_with_a_problem() {
        let refusal = Refusal { status: StatusCode::URI_TOO_LONG, detail: "the URL is longer than 8 kB" };
        let text = String::from_utf8(raw(refusal)).unwrap_or_default();
        assert!(text.starts_with("HTTP/1.1 414 URI Too Long\r\n"), "{text}");
        assert!(
            text.ends_with(
                "\r\n\r\n{\"type\":\"about:blank\",\"title\":\"URI too long\",\"status\":414,\
                 \"detail\":\"the URL is longer than 8 kB\"}"
            ),
            "{text}"
        );
    }
}
