//! A world that is given by a test: how calls end, what the clock shows, and what a new identifier is. Services that are
//! tested so are the very ones that are emitted; only this feature of the runtime, which nothing that is emitted turns on,
//! asks the tester where a call would have gone out. As a test gives how a call *ends*, it is asked before anything is
//! tried again, kept or limited.
//!
//! Without a tester (`serve` has not been called) all is as without this feature.

mod caller;
mod message;
mod serve;

use std::io::{self, Stdin, Stdout};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::HeaderMap;

use crate::codec::FaultAt;
use crate::failure::{Answer, CallFailure};

pub use caller::caller_text;
pub(crate) use caller::of_tester;
pub use message::{Message, kind};
pub(crate) use serve::carry;
pub use serve::{Served, serve};

/// Where the tester is asked, once there is one.
static TESTER: OnceLock<Mutex<Tester>> = OnceLock::new();

struct Tester {
    to: Stdout,
    from: Stdin,
    values: Values,
}

/// What functions give that give something else each time, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    pub now: Option<String>,
    pub today: Option<String>,
    pub uuid: Option<String>,
}

fn begin() {
    let tester = Tester { to: io::stdout(), from: io::stdin(), values: Values::default() };
    let _ = TESTER.set(Mutex::new(tester));
}

/// A thread that panicked with it has left nothing half done.
fn tester() -> Option<MutexGuard<'static, Tester>> {
    TESTER.get().map(|tester| tester.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Tester {
    fn tell(&mut self, message: &Message) -> io::Result<()> {
        message.send(&mut self.to.lock())
    }

    fn hear(&mut self) -> io::Result<Message> {
        Message::receive(&mut self.from.lock())
    }
}

/// A call, as it would have been sent.
pub(crate) struct Asked<'a> {
    pub operation: &'static str,
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// How a call ends; nothing where it is to be made.
pub(crate) fn ends(asked: &Asked<'_>) -> Option<Result<Answer, CallFailure>> {
    let mut tester = tester()?;
    let target = match asked.query {
        "" => asked.path.to_owned(),
        query => format!("{}?{query}", asked.path),
    };
    let message = Message::new(kind::CALL)
        .word(asked.operation)
        .word(asked.method)
        .word(target)
        .headers(asked.headers)
        .body(asked.body);
    let reply = tester.tell(&message).and_then(|()| tester.hear());
    match reply {
        Ok(reply) => ended(&reply),
        Err(error) => Some(Err(CallFailure::Unreachable(format!("the tester: {error}")))),
    }
}

fn ended(reply: &Message) -> Option<Result<Answer, CallFailure>> {
    Some(match reply.kind() {
        kind::GIVEN => match reply.word_at(0).parse() {
            Ok(status) => Ok(Answer::new(status, reply.word_at(1), reply.body_bytes().to_vec())),
            Err(_) => Err(CallFailure::malformed("is given without a status")),
        },
        kind::TIMEOUT => Err(CallFailure::Timeout),
        kind::UNREACHABLE => Err(CallFailure::Unreachable("given so".to_owned())),
        kind::REJECTED => Err(CallFailure::Rejected { retry_after: None }),
        kind::MALFORMED => Err(CallFailure::Malformed(vec![FaultAt::new("body", "given so")])),
        _ => return None,
    })
}

/// A step of a flow writes a line to the log.
pub(crate) fn logged(level: &str, message: &str) {
    if let Some(mut tester) = tester() {
        // Nobody can be told; the tester finds out that this process has ended.
        let _ = tester.tell(&Message::new(kind::LOG).word(level).word(message));
    }
}

/// What is given of the clock and of new identifiers.
pub(crate) fn values() -> Option<Values> {
    Some(tester()?.values.clone())
}

/// The wall clock, if it is given: since the start of 1970.
pub(crate) fn wall() -> Option<Duration> {
    #[cfg(feature = "time")]
    if let Some(now) = values()?.now {
        let (seconds, nanos) = crate::DateTime::parse(&now).ok()?.unix();
        let nanos = u32::try_from(nanos).unwrap_or_default();
        return Some(Duration::new(u64::try_from(seconds).unwrap_or_default(), nanos));
    }
    None
}
