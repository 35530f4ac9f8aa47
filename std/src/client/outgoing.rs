//! A request as it is sent, as often as it has to be, and what is told of an answer that is kept.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::Full;

use super::Shared;
use crate::auth::{CALLER_TOKEN, DEADLINE};
use crate::failure::{Answer, CallFailure};
use crate::http::{Context, Level, log};
use crate::policy::{Cache, CacheBy, Key};
use crate::trace::Try;

/// All of a request that is the same for each try.
#[derive(Clone)]
pub struct Outgoing {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Outgoing {
    /// The request of one try, for which there is this much time. `token`: what it shows, where that changes.
    pub fn request(
        &self,
        shared: &Shared,
        cx: &Context,
        attempt: &Try<'_>,
        time: Duration,
        token: Option<&HeaderValue>,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        attempt.tell(request.headers_mut());
        if let Some(token) = token {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        if shared.calling.is_some() {
            announce(request.headers_mut(), cx, time);
            hand_on(request.headers_mut(), shared, cx);
        }
        request
    }

    /// What tells its answer apart from others: all that is sent, whether or not the answer depends on it. So it makes
    /// no difference what the backend says in `Vary`. None where the answer is for a caller that nobody knows.
    pub fn key(&self, shelf: &'static str, cx: &Context, cache: &Cache, own: &str) -> Option<Key> {
        let uri = self.uri.to_string();
        let mut parts = vec![self.method.as_str().as_bytes(), uri.as_bytes(), &self.body, own.as_bytes()];
        for (name, value) in &self.headers {
            parts.extend([name.as_str().as_bytes(), value.as_bytes()]);
        }
        cache.key(shelf, cx, &parts)
    }
}

/// How many bytes an answer takes; none where it must not be kept.
pub fn weight(answer: &Answer, cache: &Cache) -> Option<usize> {
    const AROUND: usize = 256;
    let is_whole = (200..300).contains(&answer.status) && answer.status != 206;
    let is_allowed = match cache.by {
        CacheBy::All => answer.sharing.all,
        CacheBy::Caller => answer.sharing.caller,
    };
    (is_whole && is_allowed).then(|| answer.body.len() + answer.media_type.len() + AROUND)
}

/// Who calls another service of the project, and for whom. It is made for each try: it is good for a minute, and costs no more
/// than to look for one that was made before.
///
/// # Errors
/// What is known of the caller is too much to go along.
pub fn token(shared: &Shared, cx: &Context) -> Result<Option<HeaderValue>, CallFailure> {
    let Some(keys) = &shared.calling else { return Ok(None) };
    let token = keys.token(cx.service(), shared.name, cx.who().acted_for());
    match token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok()) {
        Some(mut token) => {
            token.set_sensitive(true);
            Ok(Some(token))
        }
        None => {
            let reason = "what is known of the caller is too much to go along";
            log::say(Level::Error, "call not made", &[("call", shared.name), ("reason", reason)]);
            Err(CallFailure::Rejected { retry_after: None })
        }
    }
}

/// What another service of the project is told beside who calls: how long the answer is of use, and for which request.
fn announce(headers: &mut HeaderMap, cx: &Context, time: Duration) {
    // Rounded up, so that the caller's own timer is the first to end.
    let left = time.as_nanos().div_ceil(1_000_000);
    headers.insert(DEADLINE, HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX)));
    if let Ok(id) = HeaderValue::from_str(&cx.request().id) {
        headers.insert("x-request-id", id);
    }
}

/// The token of our own caller, for a service that may have to show it to a system behind it.
fn hand_on(headers: &mut HeaderMap, shared: &Shared, cx: &Context) {
    if let Some(token) = cx.token().filter(|_| shared.hands_on) {
        headers.insert(CALLER_TOKEN, token.clone());
    }
}
