//! What an operation answers when it does not answer its success: a problem, its members, and what only the log may know.

use std::any::Any;

use super::{Answer, CallFailure};
use crate::codec::{Encode, FaultAt, Side, Writer, to_json};
use crate::excess::Excess;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A kind of problem: one that a flow declares, or a standard one.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    pub name: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub uri: &'static str,
}

impl ProblemType {
    const fn standard(name: &'static str, status: u16, title: &'static str) -> ProblemType {
        ProblemType { name, status, title, uri: "about:blank" }
    }
}

static STANDARD: [ProblemType; 19] = [
    ProblemType::standard("BadRequest", 400, "Bad request"),
    ProblemType::standard("Unauthorized", 401, "Unauthorized"),
    ProblemType::standard("Forbidden", 403, "Forbidden"),
    ProblemType::standard("NotFound", 404, "Not found"),
    ProblemType::standard("MethodNotAllowed", 405, "Method not allowed"),
    ProblemType::standard("NotAcceptable", 406, "Not acceptable"),
    ProblemType::standard("RequestTimeout", 408, "Request timeout"),
    ProblemType::standard("Conflict", 409, "Conflict"),
    ProblemType::standard("ContentTooLarge", 413, "Content too large"),
    ProblemType::standard("UriTooLong", 414, "URI too long"),
    ProblemType::standard("UnsupportedMediaType", 415, "Unsupported media type"),
    ProblemType::standard("MisdirectedRequest", 421, "Misdirected request"),
    ProblemType::standard("UnprocessableContent", 422, "Unprocessable content"),
    ProblemType::standard("TooManyRequests", 429, "Too many requests"),
    ProblemType::standard("RequestHeaderFieldsTooLarge", 431, "Request header fields too large"),
    ProblemType::standard("BadGateway", 502, "Bad gateway"),
    ProblemType::standard("ServiceUnavailable", 503, "Service unavailable"),
    ProblemType::standard("GatewayTimeout", 504, "Gateway timeout"),
    INTERNAL,
];
const INTERNAL: ProblemType = ProblemType::standard("InternalError", 500, "Internal error");
static FALLBACK: ProblemType = INTERNAL;

/// The standard problem of a status; that of 500 for one that has none.
pub fn standard(status: u16) -> &'static ProblemType {
    STANDARD.iter().find(|kind| kind.status == status).unwrap_or(&FALLBACK)
}

/// How an operation ends that does not answer its success.
#[derive(Clone, Debug)]
pub struct Failure {
    kind: &'static ProblemType,
    detail: Option<String>,
    instance: Option<String>,
    /// Name, and value in JSON.
    members: Vec<(String, Vec<u8>)>,
    retry_after: Option<u64>,
    has_done_nothing: bool,
    /// Why, for the log. It is never sent.
    log: String,
    origin: Origin,
}

/// What has led to a failure, for those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// One of `metrics::names::FAILURE_KINDS`.
    pub kind: &'static str,
    /// The call, where that is known by itself.
    pub call: Option<&'static str>,
}

impl Origin {
    const fn own(kind: &'static str) -> Origin {
        Origin { kind, call: None }
    }
}

impl Failure {
    pub fn problem(of: &'static ProblemType) -> Failure {
        Failure {
            kind: of,
            detail: None,
            instance: None,
            members: Vec::new(),
            retry_after: None,
            has_done_nothing: false,
            log: String::new(),
            origin: Origin::own("own"),
        }
    }

    /// The standard problem of a status.
    pub fn standard(status: u16) -> Failure {
        Failure::problem(standard(status))
    }

    /// A 400 that lists all that does not fit.
    pub fn bad_request(faults: Vec<FaultAt>) -> Failure {
        Failure::standard(400).member("faults", &faults)
    }

    pub fn forbidden() -> Failure {
        Failure::standard(403)
    }

    pub fn too_many_requests(retry_after: u64) -> Failure {
        Failure::standard(429).retry_after(retry_after)
    }

    pub fn internal(log: impl Into<String>) -> Failure {
        Failure::standard(500).log(log)
    }

    /// What has unwound the steps.
    pub(crate) fn unwound(why: &(dyn Any + Send)) -> Failure {
        match why.downcast_ref() {
            Some(Excess::Time) => Failure::late(),
            Some(Excess::Room) => Failure::internal(Excess::Room.name()),
            None => Failure::panic(),
        }
    }

    pub(crate) fn is_panic(&self) -> bool {
        self.origin.kind == "panic"
    }

    /// A mistake of ours that has ended the steps.
    pub(crate) fn panic() -> Failure {
        Failure { origin: Origin::own("panic"), ..Failure::internal("panic") }
    }

    /// The steps took longer than they may.
    pub(crate) fn late() -> Failure {
        Failure {
            origin: Origin::own("deadline"),
            ..Failure::gateway_timeout("the deadline of the operation")
        }
    }

    /// The same, where it must not say that it may be sent again.
    pub(crate) fn as_bad_gateway(&self) -> Failure {
        Failure { origin: self.origin, ..Failure::bad_gateway(self.log_text()) }
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    pub fn bad_gateway(log: impl Into<String>) -> Failure {
        Failure::standard(502).log(log)
    }

    pub fn unavailable(log: impl Into<String>) -> Failure {
        Failure::standard(503).log(log)
    }

    pub fn gateway_timeout(log: impl Into<String>) -> Failure {
        Failure::standard(504).log(log)
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Failure {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Failure {
        self.instance = Some(instance.into());
        self
    }

    /// A member of its own; the last one of a name counts.
    #[must_use]
    pub fn member(mut self, name: &str, value: &dyn Encode) -> Failure {
        self.members.retain(|(known, _)| known != name);
        self.members.push((name.to_string(), to_json(value, Side::Caller)));
        self
    }

    /// After how many seconds another try may do better.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Failure {
        self.retry_after = Some(seconds);
        self
    }

    /// Why, for the log.
    #[must_use]
    pub fn log(mut self, why: impl Into<String>) -> Failure {
        self.log = why.into();
        self
    }

    /// It is certain that nothing was changed, or that all of it is undone.
    #[must_use]
    pub(crate) fn having_done_nothing(mut self) -> Failure {
        self.has_done_nothing = true;
        self
    }

    pub(crate) fn has_done_nothing(&self) -> bool {
        self.has_done_nothing
    }

    pub fn status(&self) -> u16 {
        self.kind.status
    }

    pub fn kind(&self) -> &'static ProblemType {
        self.kind
    }

    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after
    }

    pub fn detail_text(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    pub fn log_text(&self) -> &str {
        &self.log
    }

    /// The body of the answer, whose media type is `MEDIA_TYPE`.
    pub fn body(&self) -> Vec<u8> {
        let mut to = Writer::new(Side::Caller);
        let mut object = to.object();
        object.field("type", &self.kind.uri).field("title", &self.kind.title);
        object.field("status", &i64::from(self.kind.status));
        object.optional("detail", &self.detail).optional("instance", &self.instance);
        let own = |name: &str| !["type", "title", "status", "detail", "instance"].contains(&name);
        for (name, value) in self.members.iter().filter(|(name, _)| own(name)) {
            object.entry(name, &Raw(value));
        }
        object.end();
        to.finish()
    }

    /// What a caller in the same process gets to see: the same as one that is far away.
    pub fn answer(&self) -> Answer {
        Answer {
            retry_after: self.retry_after,
            has_done_nothing: self.has_done_nothing,
            ..Answer::new(self.status(), MEDIA_TYPE, self.body())
        }
    }
}

/// JSON that is already written.
struct Raw<'a>(&'a [u8]);

impl Encode for Raw<'_> {
    fn encode(&self, to: &mut Writer) {
        to.raw(self.0);
    }
}

impl Encode for FaultAt {
    fn encode(&self, to: &mut Writer) {
        to.object().field("at", &self.at).field("message", &self.message).end();
    }
}

/// A failure of a call that nobody handled.
impl From<CallFailure> for Failure {
    fn from(failure: CallFailure) -> Failure {
        let (log, retry_after) = (failure.to_string(), failure.retry_after());
        let call = failure.answer().map(|answer| answer.call).filter(|call| !call.is_empty());
        let origin = Origin { kind: failure.name(), call };
        let failure = match failure {
            // Who is told to come again later tells its own caller so.
            CallFailure::Status(answer) if [429, 503].contains(&answer.status) && retry_after.is_some() => {
                Failure { retry_after, ..Failure::unavailable(log) }
            }
            CallFailure::Status(_) | CallFailure::Malformed(_) | CallFailure::BrokenOff(_) => {
                Failure::bad_gateway(log)
            }
            CallFailure::Timeout => Failure::gateway_timeout(log),
            CallFailure::Unreachable(_) => Failure::unavailable(log),
            CallFailure::Rejected { .. } => Failure { retry_after, ..Failure::unavailable(log) },
        };
        Failure { origin, ..failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static OUT_OF_STOCK: ProblemType = ProblemType {
        name: "OutOfStock",
        status: 409,
        title: "Not enough stock",
        uri: "https://example.org/problems/out-of-stock",
    };

    fn body(failure: &Failure) -> String {
        String::from_utf8(failure.body()).expect("it is UTF-8")
    }

    #[test]
    fn a_problem_with_members() {
        let failure = Failure::problem(&OUT_OF_STOCK)
            .detail("2 of 3")
            .instance("/orders/1")
            .member("missing", &vec!["a\"".to_string()])
            .member("status", &1_i64)
            .log("secret");
        assert_eq!(
            body(&failure),
            r#"{"type":"https://example.org/problems/out-of-stock","title":"Not enough stock","status":409,"detail":"2 of 3","instance":"/orders/1","missing":["a\""]}"#
        );
        assert!(CallFailure::Status(failure.answer()).is_problem(&OUT_OF_STOCK));
    }

    #[test]
    fn a_bad_request_lists_its_faults() {
        let failure = Failure::bad_request(vec![FaultAt::new("body.a", "is missing")]);
        assert_eq!(
            body(&failure),
            r#"{"type":"about:blank","title":"Bad request","status":400,"faults":[{"at":"body.a","message":"is missing"}]}"#
        );
    }

    #[test]
    fn what_is_not_handled_tells_our_caller_nothing() {
        let answer = Answer::new(404, "text/plain", "their secret".to_string());
        let of = |failure: CallFailure| {
            let failure = Failure::from(failure);
            assert!(!body(&failure).contains("secret") && !failure.log_text().contains("secret"));
            (failure.status(), failure.retry_after_seconds())
        };
        assert_eq!(of(CallFailure::Status(answer)), (502, None));
        assert_eq!(of(CallFailure::malformed("is empty")), (502, None));
        assert_eq!(of(CallFailure::Timeout), (504, None));
        assert_eq!(of(CallFailure::Unreachable("refused".to_string())), (503, None));
        assert_eq!(of(CallFailure::BrokenOff("reset".to_string())), (502, None));
        assert_eq!(of(CallFailure::Rejected { retry_after: Some(3) }), (503, Some(3)));
    }

    #[test]
    fn each_status_has_its_problem() {
        assert_eq!(standard(404).title, "Not found");
        assert_eq!(standard(418).status, 500);
        assert!(STANDARD.iter().all(|kind| standard(kind.status) == kind));
    }
}
