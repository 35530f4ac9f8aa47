//! One request on its way through the shell, and the line that it leaves in the log: also when its caller hangs up, as
//! the line is written when this is dropped.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::empty;
use http::header::HeaderName;
use http::request::Parts;
use http::{HeaderValue, Method};
use tokio::time::Instant;

use super::Context;
use super::audit::Entry;
use super::log::{self, Level};
use super::perform::Held;
use super::shell::Shell;
use super::streamed::{Coming, CutOff, Streamed};
use crate::outside;

/// The status in the log for a caller who hung up before there was an answer.
pub(super) const HUNG_UP: u16 = 499;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How far an answer has come that goes out in parts.
#[derive(Clone, Copy)]
enum Going {
    Out,
    CutOff,
    /// It has gone out, or is none of that kind.
    Whole,
}

/// One request on its way.
pub struct Visit {
    shell: Shell,
    pub id: String,
    method: Method,
    /// The template of the path, never the path itself: that can hold what nobody may read in a log.
    pub route: &'static str,
    /// Whether somebody looks after the service, and does not use it.
    pub is_probe: bool,
    pub caller: String,
    pub context: Option<Context>,
    pub audit: Option<Entry>,
    /// Why the operation failed, as only the log may know.
    pub cause: String,
    /// What the answer is made of while it goes out, and what is held until it has.
    pub coming: Option<(Coming, Held)>,
    status: u16,
    going: Going,
    began: Instant,
}

impl Visit {
    pub fn begin(shell: &Shell, request: &Parts) -> Visit {
        shell.counts().requests.fetch_add(1, Ordering::Relaxed);
        Visit {
            shell: shell.clone(),
            id: taken_over(request).unwrap_or_else(made_anew),
            method: request.method.clone(),
            route: "",
            is_probe: false,
            caller: String::new(),
            context: None,
            audit: None,
            cause: String::new(),
            coming: None,
            status: HUNG_UP,
            going: Going::Whole,
            began: Instant::now(),
        }
    }

    /// Puts on an answer what is on every one.
    pub fn finish(mut self, mut response: http::Response<Body>) -> http::Response<Body> {
        self.status = response.status().as_u16();
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        self.shell.part(&mut response);
        match self.coming.take() {
            // Nobody asked for more than its head.
            Some(_) if self.method == Method::HEAD => {
                response.map(|_| Body::from_stream(empty::<Result<Bytes, CutOff>>()))
            }
            Some((coming, held)) => {
                self.going = Going::Out;
                response.map(|_| Body::new(Streamed::new(coming, self, held)))
            }
            None => response,
        }
    }

    /// All of the answer has gone out.
    pub fn went_out(&mut self) {
        self.going = Going::Whole;
    }

    /// The answer has begun, and cannot go on.
    pub fn cut_off(&mut self, cause: &str) {
        self.going = Going::CutOff;
        cause.clone_into(&mut self.cause);
        self.shell.counts().cut_off.fetch_add(1, Ordering::Relaxed);
    }

    /// The same, because of a mistake of ours.
    pub fn panicked(&mut self) {
        self.shell.counts().panics.fetch_add(1, Ordering::Relaxed);
        self.cut_off("panic");
    }

    fn level(&self) -> Level {
        match (self.status, self.going) {
            _ if self.is_probe => Level::Debug,
            (500, _) | (_, Going::CutOff) => Level::Error,
            (_, Going::Whole | Going::Out) => Level::Info,
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Going::Out = self.going {
            self.status = HUNG_UP;
        }
        if self.status == HUNG_UP {
            self.shell.counts().hung_up.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(audit) = &self.audit {
            audit.answered(self.status, matches!(self.going, Going::CutOff));
        }
        log::record(self.level(), "request", |fields| {
            fields.field("request", &self.id).field("method", &self.method.as_str());
            if !self.route.is_empty() {
                fields.field("route", &self.route);
            }
            let micros = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
            fields.field("status", &i64::from(self.status)).field("micros", &micros);
            if let Going::CutOff = self.going {
                fields.field("cut_off", &true);
            }
            if !self.caller.is_empty() {
                fields.field("caller", &self.caller);
            }
            if !self.cause.is_empty() {
                fields.field("cause", &self.cause);
            }
            let fallbacks = self.context.as_ref().map(Context::fallbacks).unwrap_or_default();
            if !fallbacks.is_empty() {
                fields.field("degraded", &fallbacks);
            }
        });
    }
}

/// The id that the caller gave the request, if it is one that can stand anywhere.
fn taken_over(request: &Parts) -> Option<String> {
    let id = request.headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=128).contains(&id.len()) && id.bytes().all(is_plain) { Some(id.to_owned()) } else { None }
}

/// An id that no other request has: a number at random for this process, and then they are counted.
fn made_anew() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(outside::random_number);
    let mut id = String::with_capacity(25);
    push_hex(&mut id, *process, 16);
    id.push('-');
    push_hex(&mut id, REQUESTS.fetch_add(1, Ordering::Relaxed), 8);
    id
}

/// At least so many digits.
fn push_hex(text: &mut String, number: u64, least: u32) {
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(least);
    let digit = |place: u32| char::from_digit((number >> (place * 4)) as u32 & 15, 16).unwrap_or('0');
    text.extend((0..digits).rev().map(digit));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(header: &str) -> Option<String> {
        let request = http::Request::builder().header("X-Request-Id", header).body(());
        taken_over(&request.expect("the header is well formed").into_parts().0)
    }

    #[test]
    fn a_plausible_id_is_taken_over() {
        assert_eq!(id("a-1.B_2"), Some("a-1.B_2".to_owned()));
        assert_eq!(id(&"a".repeat(128)), Some("a".repeat(128)));
        for bad in ["", "a b", "a\"b", &"a".repeat(129)] {
            assert_eq!(id(bad), None, "{bad}");
        }
        assert_ne!(made_anew(), made_anew());
    }
}
