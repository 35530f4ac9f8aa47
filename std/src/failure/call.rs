//! How a call of a backend, or of another service, ended.

use std::fmt;

use super::ProblemType;
use crate::codec::{FaultAt, Reader, Side, Slot, from_json};

/// What was answered to a call: as much of it as a flow can see.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// As it was sent, parameters included; empty if none was.
    pub media_type: String,
    pub body: ::bytes::Bytes,
    /// What was called, where that is known.
    pub(crate) call: &'static str,
    /// Fields that the flow at hand does not read, though others do.
    pub(crate) unread: &'static [&'static str],
    /// After how many seconds to come again, as it was told with it.
    pub(crate) retry_after: Option<u64>,
    pub(crate) sharing: Sharing,
    /// Whether a service of ours has said that nothing was changed. Nobody else is believed.
    pub(crate) has_done_nothing: bool,
}

/// For whom an answer may be kept, as far as the one who gave it has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    pub all: bool,
    pub caller: bool,
}

impl Sharing {
    pub const FREE: Sharing = Sharing { all: true, caller: true };
}

/// Without the body, which may hold what must not be logged.
impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Answer({}, {}, {} bytes)", self.status, self.media_type, self.body.len())
    }
}

impl Answer {
    pub fn new(status: u16, media_type: impl Into<String>, body: impl Into<::bytes::Bytes>) -> Answer {
        Answer {
            status,
            media_type: media_type.into(),
            body: body.into(),
            call: "",
            unread: &[],
            retry_after: None,
            sharing: Sharing::FREE,
            has_done_nothing: false,
        }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer has no body that anyone reads.
    pub fn empty(&self) {}

    /// The answer as the failure that its status is.
    pub fn fail(self) -> CallFailure {
        CallFailure::Status(self)
    }
}

/// How a call ended that gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// It was answered, and not with its success.
    Status(Answer),
    Timeout,
    /// There was no connection, so nothing was sent. Why, for the log.
    Unreachable(String),
    /// The connection broke before the answer was there: nobody knows what the other side has done.
    BrokenOff(String),
    /// Our own breaker or limit did not let it through. `retry_after` is in seconds.
    Rejected {
        retry_after: Option<u64>,
    },
    /// The answer is not what the contract promises.
    Malformed(Vec<FaultAt>),
}

impl CallFailure {
    /// The answer as a whole is not what the contract promises.
    pub fn malformed(message: impl Into<String>) -> CallFailure {
        CallFailure::Malformed(vec![FaultAt::new("answer", message)])
    }

    /// The answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            CallFailure::Status(answer) => Some(answer),
            CallFailure::Timeout
            | CallFailure::Unreachable(_)
            | CallFailure::BrokenOff(_)
            | CallFailure::Rejected { .. }
            | CallFailure::Malformed(_) => None,
        }
    }

    /// Whether it is certain that the try that ended so has changed nothing.
    pub fn has_done_nothing(&self) -> bool {
        match self {
            CallFailure::Unreachable(_) | CallFailure::Rejected { .. } => true,
            // Whoever says that it is not the time for it has not begun.
            CallFailure::Status(answer) => {
                answer.has_done_nothing || self.is_refusal() || [425, 429, 501, 503].contains(&answer.status)
            }
            CallFailure::Timeout | CallFailure::BrokenOff(_) | CallFailure::Malformed(_) => false,
        }
    }

    /// Whether the other side will not do it, however often it is asked. A conflict that passes is none.
    pub fn is_refusal(&self) -> bool {
        let passes = |answer: &Answer| match answer.status {
            408 | 425 | 429 => true,
            409 => answer.retry_after.is_some(),
            _ => false,
        };
        self.is_class(4) && !self.answer().is_some_and(passes)
    }

    /// After how many seconds another try may do better, if somebody has said so.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            CallFailure::Status(answer) => answer.retry_after,
            CallFailure::Rejected { retry_after } => *retry_after,
            CallFailure::Timeout
            | CallFailure::Unreachable(_)
            | CallFailure::BrokenOff(_)
            | CallFailure::Malformed(_) => None,
        }
    }

    pub fn is_status(&self, status: u16) -> bool {
        self.answer().is_some_and(|answer| answer.status == status)
    }

    /// Whether the status is of this class: 4 for 400 to 499.
    pub fn is_class(&self, class: u8) -> bool {
        self.answer().is_some_and(|answer| answer.status / 100 == u16::from(class))
    }

    pub fn is_timeout(&self) -> bool {
        matches!(self, CallFailure::Timeout)
    }

    pub fn is_unreachable(&self) -> bool {
        matches!(self, CallFailure::Unreachable(_) | CallFailure::BrokenOff(_))
    }

    pub fn is_rejected(&self) -> bool {
        matches!(self, CallFailure::Rejected { .. })
    }

    pub fn is_malformed(&self) -> bool {
        matches!(self, CallFailure::Malformed(_))
    }

    /// Whether the answer is this problem. One without a type of its own is known by its title.
    pub fn is_problem(&self, of: &'static ProblemType) -> bool {
        let Some(answer) = self.answer().filter(|answer| answer.status == of.status) else { return false };
        let found = from_json(&answer.body, Side::Backend, "", named);
        found.is_ok_and(|(uri, title)| match uri {
            Some(uri) if uri != "about:blank" => uri == of.uri,
            _ => of.uri == "about:blank" && title.is_none_or(|title| title == of.title),
        })
    }

    /// The body of the answer, in an arm that handles its status.
    ///
    /// # Errors
    /// The body is not what the contract promises, or there is none.
    pub fn body<'a, T>(
        &'a self,
        decode: impl FnOnce(&mut Reader<'a>) -> Option<T>,
    ) -> Result<T, CallFailure> {
        match self.answer() {
            Some(answer) => answer.json(decode, "answer"),
            None => Err(CallFailure::malformed("is not there")),
        }
    }

    /// What kind of failure it is, for logs and counts.
    pub fn name(&self) -> &'static str {
        match self {
            CallFailure::Status(_) => "status",
            CallFailure::Timeout => "timeout",
            CallFailure::Unreachable(_) | CallFailure::BrokenOff(_) => "unreachable",
            CallFailure::Rejected { .. } => "rejected",
            CallFailure::Malformed(_) => "malformed",
        }
    }
}

/// `type` and `title` of a problem.
fn named(from: &mut Reader<'_>) -> Option<(Option<String>, Option<String>)> {
    let (mut uri, mut title) = (Slot::Absent, Slot::Absent);
    from.object(&mut |from, name| match name {
        "type" => from.set(name, &mut uri, Reader::string),
        "title" => from.set(name, &mut title, Reader::string),
        _ => from.unknown(name),
    })?;
    let set = |slot| if let Slot::Set(text) = slot { Some(text) } else { None };
    Some((set(uri), set(title)))
}

/// For the log: never a value that was answered.
impl fmt::Display for CallFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallFailure::Status(answer) if answer.call.is_empty() => write!(out, "status {}", answer.status),
            CallFailure::Status(answer) => write!(out, "status {} of {}", answer.status, answer.call),
            CallFailure::Timeout | CallFailure::Rejected { .. } => out.write_str(self.name()),
            CallFailure::Unreachable(why) | CallFailure::BrokenOff(why) => write!(out, "unreachable: {why}"),
            CallFailure::Malformed(faults) => {
                out.write_str("malformed")?;
                faults.iter().take(3).try_for_each(|fault| write!(out, ", {} {}", fault.at, fault.message))
            }
        }
    }
}

impl std::error::Error for CallFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    static PLAIN: ProblemType =
        ProblemType { name: "Declined", status: 402, title: "Declined", uri: "about:blank" };

    fn failed(status: u16, body: &str) -> CallFailure {
        Answer::new(status, "application/json", body.to_string()).fail()
    }

    #[test]
    fn failures_are_told_apart() {
        let failure = failed(404, "{}");
        assert!(
            failure.is_status(404) && failure.is_class(4) && !failure.is_class(5) && !failure.is_timeout()
        );
        assert!(CallFailure::Timeout.is_timeout() && !CallFailure::Timeout.is_status(504));
        assert!(CallFailure::malformed("x").is_malformed());
        assert_eq!(failure.name(), "status");
    }

    #[test]
    fn only_what_was_surely_not_done_has_done_nothing() {
        let refused = |status| failed(status, "");
        for nothing in
            [refused(402), refused(409), refused(429), refused(503), CallFailure::Unreachable(String::new())]
        {
            assert!(nothing.has_done_nothing(), "{nothing}");
        }
        let told = Answer { has_done_nothing: true, ..Answer::new(502, "", "") }.fail();
        assert!(told.has_done_nothing(), "{told}");
        let running = Answer { retry_after: Some(1), ..Answer::new(409, "", "") }.fail();
        for unknown in [
            refused(408),
            refused(500),
            refused(504),
            running,
            CallFailure::Timeout,
            CallFailure::malformed(""),
        ] {
            assert!(!unknown.has_done_nothing(), "{unknown}");
        }
    }

    #[test]
    fn problems_are_known_by_type_or_title() {
        assert!(failed(402, r#"{"title":"Declined"}"#).is_problem(&PLAIN));
        assert!(failed(402, r#"{"type":"about:blank","title":"Declined","more":[]}"#).is_problem(&PLAIN));
        assert!(!failed(402, r#"{"type":"https://x","title":"Declined"}"#).is_problem(&PLAIN));
        assert!(!failed(409, r#"{"title":"Declined"}"#).is_problem(&PLAIN));
        assert!(!failed(402, "no JSON").is_problem(&PLAIN));
    }

    #[test]
    fn bodies_of_failures_are_read_where_they_are_handled() {
        assert_eq!(failed(409, "[1]").body(|from| from.list(Reader::int)), Ok(vec![1]));
        let wrong = failed(409, "[true]").body(|from| from.list(Reader::int));
        assert_eq!(
            wrong.map_err(|failure| failure.to_string()),
            Err("malformed, answer[0] must be a whole number, not true or false".to_string())
        );
        assert!(CallFailure::Timeout.body(Reader::int).is_err());
        assert!(!format!("{:?}", failed(409, "secret")).contains("secret"));
    }
}
