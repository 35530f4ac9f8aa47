//! What a run notes of each write that has an undo, and under which keys. What an undo needs is kept as it is, labelled
//! values too: the store is as secret as the systems called.

use std::time::Duration;

use bytes::Bytes;

use crate::codec::{Decode, Encode, Reader, Side, Slot, Writer, from_json, to_json};
use crate::http::service_of;
use crate::runs::{Run, prefix};
use crate::store::Key;

/// One execution of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    pub service: String,
    pub id: String,
}

impl RunKey {
    pub fn of(run: &Run) -> RunKey {
        RunKey { service: service_of(run.operation()).to_owned(), id: run.id().to_owned() }
    }

    /// What the keys of all runs of a service begin with.
    pub fn all_of(service: &str) -> Key {
        prefix(service)
    }

    pub fn record(&self) -> Key {
        format!("{}{}", prefix(&self.service), self.id)
    }

    pub fn note(&self, record: &Record) -> Key {
        format!("{}/{}", self.record(), record.name())
    }
}

/// Where a write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is going to be sent, or was; how it ended is not known here.
    Begun,
    /// It is done, and undone if a later step fails.
    Done,
    /// Its undo was tried, and will be again.
    Waiting,
    /// Its undo cannot be done: an operator has to.
    Refused,
    /// Nobody knows whether it was done: an operator has to look.
    Uncertain,
}

impl State {
    const ALL: [State; 5] = [State::Begun, State::Done, State::Waiting, State::Refused, State::Uncertain];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Begun => "begun",
            State::Done => "done",
            State::Waiting => "waiting",
            State::Refused => "refused",
            State::Uncertain => "uncertain",
        }
    }

    /// Whether nothing happens to it before an operator says so.
    pub fn is_for_operator(self) -> bool {
        match self {
            State::Refused | State::Uncertain => true,
            State::Begun | State::Done | State::Waiting => false,
        }
    }
}

/// A write that has an undo.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub number: usize,
    /// What was called, such as `Sales.create`.
    pub write: String,
    pub state: State,
    /// How often the undo was tried.
    pub tries: u32,
    /// Why it is not done.
    pub reason: String,
    /// When that was, since 1970.
    pub at: Duration,
    /// Whether the log says that it could not be done: then it also says when it is done.
    pub is_told: bool,
    /// The undo as JSON; empty where it is not known.
    pub undo: Bytes,
}

impl Record {
    pub fn begun(number: usize, write: &str) -> Record {
        Record {
            number,
            write: write.to_owned(),
            state: State::Begun,
            tries: 0,
            reason: String::new(),
            at: Duration::ZERO,
            is_told: false,
            undo: Bytes::new(),
        }
    }

    /// In the order of the writes.
    pub fn name(&self) -> String {
        format!("{:06}", self.number)
    }

    /// A line for what is known of it, and below it the undo.
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = to_json(&About::of(self), Side::Caller);
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.undo);
        bytes.into()
    }

    /// `None` for what no version of this program has written.
    pub fn from_bytes(number: usize, bytes: &Bytes) -> Option<Record> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let about = from_json(bytes.get(..end)?, Side::Backend, "record", About::decode).ok()?;
        let state = State::ALL.into_iter().find(|state| state.as_str() == about.state)?;
        Some(Record {
            number,
            write: about.write,
            state,
            tries: u32::try_from(about.tries).ok()?,
            reason: about.reason,
            at: Duration::from_millis(u64::try_from(about.at).ok()?),
            is_told: about.is_told,
            undo: bytes.slice(end + 1..),
        })
    }
}

struct About {
    write: String,
    state: String,
    tries: i64,
    reason: String,
    at: i64,
    is_told: bool,
}

impl About {
    fn of(record: &Record) -> About {
        About {
            write: record.write.clone(),
            state: record.state.as_str().to_owned(),
            tries: record.tries.into(),
            reason: record.reason.clone(),
            at: i64::try_from(record.at.as_millis()).unwrap_or(i64::MAX),
            is_told: record.is_told,
        }
    }
}

impl Encode for About {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("write", &self.write).field("state", &self.state).field("tries", &self.tries);
        object.field("reason", &self.reason).field("at", &self.at).field("told", &self.is_told);
        object.end();
    }
}

impl Decode for About {
    fn decode(from: &mut Reader<'_>) -> Option<About> {
        let (mut write, mut state, mut reason) = (Slot::Absent, Slot::Absent, Slot::Absent);
        let (mut tries, mut at, mut is_told) = (Slot::Absent, Slot::Absent, Slot::Absent);
        from.object(&mut |from, name| match name {
            "write" => from.set(name, &mut write, Reader::string),
            "state" => from.set(name, &mut state, Reader::string),
            "tries" => from.set(name, &mut tries, Reader::int),
            "reason" => from.set(name, &mut reason, Reader::string),
            "at" => from.set(name, &mut at, Reader::int),
            "told" => from.set(name, &mut is_told, Reader::bool),
            _ => from.unknown(name),
        })?;
        Some(About {
            write: write.required(from, "write")?,
            state: state.required(from, "state")?,
            tries: tries.required(from, "tries")?,
            reason: reason.required(from, "reason")?,
            at: at.required(from, "at")?,
            // What was kept before there was a line for the end has none.
            is_told: is_told.or(|| false)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let record = Record {
            tries: 3,
            is_told: true,
            reason: "status 503\nof Sales".into(),
            at: Duration::from_millis(1_700_000_000_001),
            undo: Bytes::from_static(b"{\"$undo\":\"A\"}\n"),
            ..Record::begun(7, "Sales.create")
        };
        for state in State::ALL {
            let record = Record { state, ..record.clone() };
            assert_eq!(Record::from_bytes(7, &record.to_bytes()), Some(record));
        }
        assert_eq!(Record::from_bytes(7, &Bytes::from_static(b"{}")), None);
        let older = br#"{"write":"Sales.create","state":"begun","tries":0,"reason":"","at":0}
"#;
        let wanted = Record::begun(7, "Sales.create");
        assert_eq!(Record::from_bytes(7, &Bytes::from_static(older)), Some(wanted));
    }

    #[test]
    fn the_keys_of_a_run_are_in_the_order_of_its_writes() {
        let key = RunKey { service: "Orders".into(), id: "1".into() };
        let note = |number| key.note(&Record::begun(number, "Sales.create"));
        assert!(key.record() < note(2) && note(2) < note(10));
        assert_eq!(note(2), "runs/Orders/1/000002");
    }
}
