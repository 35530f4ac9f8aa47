//! What stands in the store about a run and about an answer. It is JSON, so that an operator can read it; the body of an
//! answer follows behind a line break, as it is.

use std::time::Duration;

use bytes::Bytes;

use crate::codec::{Encode, Reader, Side, Slot, Writer, from_json, to_json};
use crate::store::StoreError;

/// What stands under the key of a request that is done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// A digest of the request: another one with the same key is refused.
    pub fingerprint: String,
    /// How often it was begun, because what was done before was undone.
    pub attempt: u32,
    /// How long the answer is kept.
    pub keep: Duration,
    pub state: AnswerState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerState {
    /// `has_written`: it may have done what cannot be done again, nor undone.
    Running {
        run: String,
        instance: String,
        has_written: bool,
    },
    /// What was done has been undone, and the request may come again.
    Undone,
    Done(Kept),
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Answer {
    pub fn to_bytes(&self) -> Bytes {
        let mut line = to_json(self, Side::Caller);
        line.push(b'\n');
        if let AnswerState::Done(kept) = &self.state {
            line.extend_from_slice(&kept.body);
        }
        line.into()
    }

    /// # Errors
    /// It is not what this version of the runtime writes.
    pub fn from_bytes(bytes: &Bytes) -> Result<Answer, StoreError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (line, rest) = (bytes.slice(..end), bytes.slice((end + 1).min(bytes.len())..));
        from_json(&line, Side::Backend, "", |from| read_answer(from, rest))
            .map_err(|_| unreadable("an answer"))
    }
}

fn unreadable(what: &str) -> StoreError {
    StoreError::new(format!("{what} is kept there in a form that this version does not know"))
}

impl Encode for Answer {
    fn encode(&self, to: &mut Writer) {
        let keep = i64::try_from(self.keep.as_millis()).unwrap_or(i64::MAX);
        let mut object = to.object();
        object.field("fingerprint", &self.fingerprint).field("attempt", &i64::from(self.attempt));
        object.field("keep", &keep);
        match &self.state {
            AnswerState::Running { run, instance, has_written } => {
                object.field("state", &"running").field("run", run).field("instance", instance);
                object.field("written", has_written);
            }
            AnswerState::Undone => {
                object.field("state", &"undone");
            }
            AnswerState::Done(kept) => {
                object.field("state", &"done").field("status", &i64::from(kept.status));
                object.field("headers", &Headers(&kept.headers));
            }
        }
        object.end();
    }
}

struct Headers<'a>(&'a [(String, String)]);

impl Encode for Headers<'_> {
    fn encode(&self, to: &mut Writer) {
        to.list(
            self.0.iter().map(|(name, value)| [name.as_str(), value.as_str()].map(str::to_owned).to_vec()),
        );
    }
}

fn read_answer(from: &mut Reader<'_>, body: Bytes) -> Option<Answer> {
    let (mut fingerprint, mut attempt, mut keep) = (Slot::Absent, Slot::Absent, Slot::Absent);
    let (mut state, mut run, mut instance) = (Slot::Absent, Slot::Absent, Slot::Absent);
    let (mut written, mut status, mut headers) = (Slot::Absent, Slot::Absent, Slot::Absent);
    from.object(&mut |from, name| match name {
        "fingerprint" => from.set(name, &mut fingerprint, Reader::string),
        "attempt" => from.set(name, &mut attempt, Reader::int),
        "keep" => from.set(name, &mut keep, Reader::int),
        "state" => from.set(name, &mut state, Reader::string),
        "run" => from.set(name, &mut run, Reader::string),
        "instance" => from.set(name, &mut instance, Reader::string),
        "written" => from.set(name, &mut written, Reader::bool),
        "status" => from.set(name, &mut status, Reader::int),
        "headers" => from.set(name, &mut headers, |from| from.list(pair)),
        _ => from.unknown(name),
    })?;
    let state = match state.required(from, "state")?.as_str() {
        "running" => AnswerState::Running {
            run: run.required(from, "run")?,
            instance: instance.required(from, "instance")?,
            has_written: written.required(from, "written")?,
        },
        "undone" => AnswerState::Undone,
        "done" => AnswerState::Done(Kept {
            status: u16::try_from(status.required(from, "status")?).ok()?,
            headers: headers.required(from, "headers")?,
            body,
        }),
        _ => {
            from.fault("is no state");
            return None;
        }
    };
    Some(Answer {
        fingerprint: fingerprint.required(from, "fingerprint")?,
        attempt: u32::try_from(attempt.required(from, "attempt")?).ok()?,
        keep: Duration::from_millis(u64::try_from(keep.required(from, "keep")?).ok()?),
        state,
    })
}

fn pair(from: &mut Reader<'_>) -> Option<(String, String)> {
    let [name, value] = <[String; 2]>::try_from(from.list(Reader::string)?).ok()?;
    Some((name, value))
}

/// What stands under the key of a run that has notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The name of the operation, such as `Orders.place`.
    pub operation: String,
    /// The instance that does it, or that takes it back.
    pub instance: String,
    /// The id of the request, for the log.
    pub request: String,
    /// The key of the answer that others wait for.
    pub answer: Option<String>,
}

impl RunRecord {
    pub fn to_bytes(&self) -> Bytes {
        to_json(self, Side::Caller).into()
    }

    /// # Errors
    /// It is not what this version of the runtime writes.
    pub fn from_bytes(bytes: &Bytes) -> Result<RunRecord, StoreError> {
        from_json(bytes, Side::Backend, "", read_run).map_err(|_| unreadable("a run"))
    }
}

impl Encode for RunRecord {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("operation", &self.operation).field("instance", &self.instance);
        object.field("request", &self.request).optional("answer", &self.answer).end();
    }
}

fn read_run(from: &mut Reader<'_>) -> Option<RunRecord> {
    let (mut operation, mut instance) = (Slot::Absent, Slot::Absent);
    let (mut request, mut answer) = (Slot::Absent, Slot::Absent);
    from.object(&mut |from, name| match name {
        "operation" => from.set(name, &mut operation, Reader::string),
        "instance" => from.set(name, &mut instance, Reader::string),
        "request" => from.set(name, &mut request, Reader::string),
        "answer" => from.set(name, &mut answer, |from| from.optional(Reader::string)),
        _ => from.unknown(name),
    })?;
    Some(RunRecord {
        operation: operation.required(from, "operation")?,
        instance: instance.required(from, "instance")?,
        request: request.required(from, "request")?,
        answer: answer.optional()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: AnswerState) -> Answer {
        Answer { fingerprint: "f".into(), attempt: 2, keep: Duration::from_secs(60), state }
    }

    #[test]
    fn what_is_written_is_read() {
        let running = AnswerState::Running { run: "r".into(), instance: "i".into(), has_written: true };
        let done = AnswerState::Done(Kept {
            status: 201,
            headers: vec![("content-type".into(), "a\"b".into())],
            body: Bytes::from_static(b"line\nline\0\xff"),
        });
        for answer in [running, AnswerState::Undone, done].map(answer) {
            assert_eq!(Answer::from_bytes(&answer.to_bytes()), Ok(answer));
        }
        let mut run = RunRecord {
            operation: "A.b".into(),
            instance: "i".into(),
            request: "r".into(),
            answer: Some("k".into()),
        };
        assert_eq!(RunRecord::from_bytes(&run.to_bytes()), Ok(run.clone()));
        run.answer = None;
        assert_eq!(RunRecord::from_bytes(&run.to_bytes()), Ok(run));
    }

    #[test]
    fn what_is_not_ours_is_an_error() {
        for bad in ["", "{}", "\n", "[1]", r#"{"fingerprint":"f","attempt":1,"keep":1,"state":"lost"}"#] {
            assert!(Answer::from_bytes(&Bytes::from_static(bad.as_bytes())).is_err(), "{bad}");
        }
        assert!(RunRecord::from_bytes(&Bytes::from_static(b"{}")).is_err());
    }
}
