//! A request as it is sent, as often as it has to be, and what is told of an answer that is kept.

use bytes::Bytes;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::Shared;
use crate::auth::{CALLER_TOKEN, DEADLINE};
use crate::failure::{Answer, CallFailure};
use crate::http::{Context, Level, log};
use crate::policy::{Cache, CacheBy, Key};
use crate::trace::Try;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// All of a request that is the same for each try.
#[derive(Clone)]
pub struct Outgoing {
    pub method: Method,
    /// Its path and its query.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The request of one try.
pub struct Sending<'a> {
    pub outgoing: &'a Outgoing,
    /// The headers that this try has for itself. They stand in the place of others with the same name.
    pub own: Vec<(HeaderName, HeaderValue)>,
}

impl Sending<'_> {
    /// Whether it asks for a head only, so that no body comes with it.
    pub fn is_of_head(&self) -> bool {
        self.outgoing.method == Method::HEAD
    }

    pub fn body(&self) -> &[u8] {
        &self.outgoing.body
    }

    /// Its first line and its headers, as they are sent. What stands in them was checked when it was made: there is no line
    /// break in a method, in an address or in a header.
    pub fn write_head(&self, to: &mut Vec<u8>) {
        let Outgoing { method, target, body, .. } = self.outgoing;
        for word in [method.as_str(), " ", target, " HTTP/1.1\r\n"] {
            to.extend_from_slice(word.as_bytes());
        }
        for (name, value) in self.headers() {
            write_line(to, name, value.as_bytes());
        }
        if !body.is_empty() {
            write_line(to, &CONTENT_LENGTH, body.len().to_string().as_bytes());
        }
        to.extend_from_slice(b"\r\n");
    }

    fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let is_own = |name: &HeaderName| self.own.iter().any(|(own, _)| own == name);
        let common = self.outgoing.headers.iter().filter(move |(name, _)| !is_own(name));
        common.chain(self.own.iter().map(|(name, value)| (name, value)))
    }

    /// The same for whoever takes it without a connection.
    #[cfg(feature = "given")]
    pub fn whole(&self) -> http::Request<http_body_util::Full<Bytes>> {
        let mut request = http::Request::new(self.outgoing.body.clone().into());
        *request.method_mut() = self.outgoing.method.clone();
        *request.uri_mut() = self.outgoing.target.parse().unwrap_or_default();
        let headers = self.headers().map(|(name, value)| (name.clone(), value.clone()));
        request.headers_mut().extend(headers);
        request
    }
}

fn write_line(to: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    for part in [name.as_str().as_bytes(), b": ", value, b"\r\n"] {
        to.extend_from_slice(part);
    }
}

impl Outgoing {
    /// The request of one try, which ends then. `token`: what it shows, where that changes.
    pub(super) fn request(
        &self,
        shared: &Shared,
        cx: &Context,
        attempt: &Try<'_>,
        end: Instant,
        token: Option<&HeaderValue>,
    ) -> Sending<'_> {
        let mut own = Vec::with_capacity(6);
        attempt.tell(&mut own);
        own.extend(token.map(|token| (AUTHORIZATION, token.clone())));
        if shared.calling.is_some() {
            announce(&mut own, cx, end);
            hand_on(&mut own, shared, cx);
        }
        Sending { outgoing: self, own }
    }

    /// What tells its answer apart from others: all that is sent, whether or not the answer depends on it. So it makes
    /// no difference what the backend says in `Vary`. None where the answer is for a caller that nobody knows.
    pub fn key(&self, shelf: &'static str, cx: &Context, cache: &Cache, own: &str) -> Option<Key> {
        let (method, target) = (self.method.as_str().as_bytes(), self.target.as_bytes());
        let mut parts = vec![method, target, &self.body, own.as_bytes()];
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

/// Who calls another service of the project, and for whom.
///
/// # Errors
/// What is known of the caller is too much to go along.
pub fn token(shared: &Shared, cx: &Context) -> Result<Option<HeaderValue>, CallFailure> {
    let Some(calling) = &shared.calling else { return Ok(None) };
    if let Some(token) = calling.token(cx.service(), cx.who()) {
        return Ok(Some(token));
    }
    let reason = "what is known of the caller is too much to go along";
    log::say(Level::Error, "call not made", &[("call", shared.name), ("reason", reason)]);
    Err(CallFailure::Rejected { retry_after: None })
}

/// What another service of the project is told beside who calls: how long the answer is of use, and for which request.
fn announce(own: &mut Vec<(HeaderName, HeaderValue)>, cx: &Context, end: Instant) {
    // It is said when there is a connection, since making one takes some of the time.
    let time = end.saturating_duration_since(Instant::now());
    // Rounded up, so that the caller's own timer is the first to end.
    let left = time.as_nanos().div_ceil(1_000_000);
    own.push((DEADLINE, HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX))));
    if let Ok(id) = HeaderValue::from_str(&cx.request().id) {
        own.push((REQUEST_ID, id));
    }
}

/// The token of our own caller, for a service that may have to show it to a system behind it.
fn hand_on(own: &mut Vec<(HeaderName, HeaderValue)>, shared: &Shared, cx: &Context) {
    if let Some(token) = cx.token().filter(|_| shared.hands_on) {
        own.push((CALLER_TOKEN, token.clone()));
    }
}
