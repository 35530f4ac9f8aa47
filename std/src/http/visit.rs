//! One request on its way through the shell, and the line that it leaves in the log: also when its caller hangs up, as
//! the line is written when this is dropped.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::empty;
use http::header::HeaderName;
use http::request::Parts;
use http::{HeaderValue, Method};
use tokio::time::Instant;

use super::audit::Entry;
use super::connection::Peer;
use super::log::{self, Level};
use super::perform::Held;
use super::router::Route;
use super::shell::Shell;
use super::slow::Slow;
use super::streamed::{Coming, CutOff, Streamed};
use super::{Context, arrived};
use crate::always;
use crate::bytes::digits;
use crate::failure::{Failure, Origin, ProblemType, standard};
use crate::metrics::names::NO_STEP;
use crate::metrics::{self, OperationTally};
use crate::outside;
use crate::trace::{Attribute, GIVEN_UP, Track};

/// The status in the log for a caller who hung up before there was an answer.
pub const HUNG_UP: u16 = 499;
/// The cause, where it was we who did not wait for the caller.
const TOOK_NOTHING: &str = "the caller took nothing of the answer for too long";

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
    track: Arc<Track>,
    method: Method,
    /// The template of the path, never the path itself: that can hold what nobody may read in a log.
    pub route: &'static str,
    /// Whether somebody looks after the service, and does not use it.
    pub is_probe: bool,
    /// The operation that it leads to, and what is counted of it.
    operation: Option<&'static str>,
    tally: &'static OperationTally,
    pub caller: String,
    pub context: Option<Context>,
    pub audit: Option<Entry>,
    /// Why the operation failed, as only the log may know.
    cause: String,
    failure: Option<(&'static ProblemType, Origin)>,
    /// What the answer is made of while it goes out, and what is held until it has.
    pub coming: Option<(Coming, Held)>,
    /// Whether the caller takes nothing: of the connection, and of an answer that goes out in parts.
    slow_line: Option<Slow>,
    slow_answer: Option<Slow>,
    status: u16,
    going: Going,
    began: Instant,
}

impl Visit {
    pub fn begin(shell: &Shell, request: &Parts) -> Visit {
        shell.counts().requests.fetch_add(1, Ordering::Relaxed);
        Visit {
            shell: shell.clone(),
            track: Arc::new(arrived_as(shell, request)),
            method: request.method.clone(),
            route: "",
            is_probe: false,
            operation: None,
            tally: metrics::no_operation(),
            caller: String::new(),
            context: None,
            audit: None,
            cause: String::new(),
            failure: None,
            coming: None,
            slow_line: request.extensions.get::<Peer>().map(|peer| peer.slow.clone()),
            slow_answer: None,
            status: HUNG_UP,
            going: Going::Whole,
            began: Instant::now(),
        }
    }

    /// The request as all of its steps share it.
    pub fn track(&self) -> &Arc<Track> {
        &self.track
    }

    /// It leads to this operation.
    pub fn found(&mut self, route: &Route) {
        self.route = route.endpoint.path;
        self.operation = Some(route.endpoint.operation);
        self.tally = route.tally;
    }

    /// The operation has failed.
    pub fn failed(&mut self, failure: &Failure) {
        failure.log_text().clone_into(&mut self.cause);
        self.failure = Some((failure.kind(), failure.origin()));
    }

    /// Puts on an answer what is on every one.
    pub fn finish(mut self, mut response: http::Response<Body>) -> http::Response<Body> {
        self.status = response.status().as_u16();
        if let Ok(id) = HeaderValue::from_str(&self.track.info.id) {
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
                let slow = Slow::default();
                response.extensions_mut().insert(slow.clone());
                self.slow_answer = Some(slow);
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

    /// How it ended, in a word: the problem that was answered has a name in the flow.
    fn outcome(&self, fallbacks: &[&str]) -> &'static str {
        match (self.going, self.status, self.failure) {
            (Going::CutOff, ..) => "cut off",
            (_, HUNG_UP, _) => "hung up",
            (.., Some((kind, _))) => kind.name,
            (_, 400.., None) => standard(self.status).name,
            (..) if !fallbacks.is_empty() => "degraded",
            (..) => "ok",
        }
    }

    /// Counts it, and which step has led to a failure of ours.
    fn count(&self, took: Duration) {
        self.tally.ended(self.status, took);
        if let Some((_, origin)) = self.failure.filter(|(kind, _)| kind.status >= 500) {
            self.tally.failed(step_of(&self.track, origin), origin.kind);
        }
    }

    /// What is told of it as a whole to who takes traces.
    fn trace(&self, operation: &'static str) {
        let mut attributes = vec![
            ("http.request.method", Attribute::Name(known_method(&self.method))),
            ("http.route", Attribute::Name(self.route)),
            ("http.response.status_code", Attribute::Number(self.status.into())),
        ];
        let has_failed = self.status >= 500 || matches!(self.going, Going::CutOff);
        if has_failed {
            attributes.push(("error.type", Attribute::Name(self.outcome(&[]))));
        }
        self.track.ended(operation, self.began, has_failed, attributes);
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
            if self.slow_line.iter().chain(&self.slow_answer).any(Slow::is_noted) {
                TOOK_NOTHING.clone_into(&mut self.cause);
            }
        }
        if self.status == HUNG_UP {
            self.shell.counts().hung_up.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(audit) = &self.audit {
            audit.answered(self.status, matches!(self.going, Going::CutOff));
        }
        let took = self.began.elapsed();
        if !self.is_probe {
            self.count(took);
        }
        if let Some(operation) = self.operation.filter(|_| self.track.is_traced()) {
            self.trace(operation);
        }
        if !always::LINES {
            return;
        }
        log::record(self.level(), "request", |fields| {
            fields.field("request", &self.track.info.id).field("trace", &self.track.trace.name());
            fields.field("method", known_method(&self.method));
            if !self.route.is_empty() {
                fields.field("route", &self.route);
            }
            if let Some(operation) = self.operation {
                fields.field("operation", operation);
            }
            let micros = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
            let fallbacks = self.context.as_ref().map(Context::fallbacks).unwrap_or_default();
            fields.field("status", &i64::from(self.status)).field("outcome", self.outcome(&fallbacks));
            fields.field("micros", &micros);
            if let Going::CutOff = self.going {
                fields.field("cut_off", &true);
            }
            if !self.caller.is_empty() {
                fields.field("caller", &self.caller);
            }
            if !self.cause.is_empty() {
                fields.field("cause", &self.cause);
            }
            if !fallbacks.is_empty() {
                fields.field("degraded", &fallbacks);
            }
            let steps = self.track.steps();
            if !steps.is_empty() {
                fields.field("steps", &*steps);
            }
        });
    }
}

/// The step that has led to a failure.
pub fn step_of(track: &Track, origin: Origin) -> &'static str {
    let kind = if origin.kind == "deadline" { GIVEN_UP } else { origin.kind };
    origin.call.or_else(|| track.steps().last_failed(kind)).unwrap_or(NO_STEP)
}

/// A caller can send any word as the method, and with it what nobody may read.
fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// A request, as it has come in.
fn arrived_as(shell: &Shell, request: &Parts) -> Track {
    let id = match always::IDENTIFIERS {
        true => taken_over(request).unwrap_or_else(made_anew),
        false => String::new(),
    };
    let peer = request.extensions.get::<Peer>().map_or("", |peer| &peer.address);
    let address = shell.limits().proxies.caller(peer, &request.headers);
    Track::arrived(arrived(id, address), &request.headers)
}

/// The id that the caller gave the request, if it is one that can stand anywhere.
fn taken_over(request: &Parts) -> Option<String> {
    let id = request.headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=128).contains(&id.len()) && id.bytes().all(is_plain) { Some(id.to_owned()) } else { None }
}

/// An id that no other request has: a number at random for this process, and then they are counted.
fn made_anew() -> String {
    static PROCESS: OnceLock<String> = OnceLock::new();
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| digits(&outside::random_number().to_be_bytes()));
    let count = REQUESTS.fetch_add(1, Ordering::Relaxed);
    // Eight digits are enough for most processes.
    let count = match u32::try_from(count) {
        Ok(count) => digits(&count.to_be_bytes()),
        Err(_) => digits(&count.to_be_bytes()),
    };
    [process, "-", &count].concat()
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
        assert!(id(&made_anew()).is_some());
    }
}
