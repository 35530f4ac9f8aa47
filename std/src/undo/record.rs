//! What the journal holds of a run, and under which keys: a head that says whose it is, and a record for each write that
//! has an undo. What an undo needs is kept as it is, labelled values too: the store is as secret as the systems called.

use std::time::Duration;

use bytes::Bytes;

use crate::codec::{Decode, Encode, Reader, Side, Slot, Writer, from_json, to_json};
use crate::store::{Key, part};

/// One execution of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    pub service: String,
    pub id: String,
}

impl RunKey {
    pub fn prefix(&self) -> Key {
        format!("{}{}/", RunKey::all_of(&self.service), self.id)
    }

    /// What the keys of all runs of a service begin with.
    pub fn all_of(service: &str) -> Key {
        format!("runs/{}/", part(service))
    }

    pub fn head(&self) -> Key {
        self.prefix() + "head"
    }

    /// Who has taken it over from the one in the head.
    pub fn taken(&self) -> Key {
        self.prefix() + "taken"
    }

    /// In the order of the writes.
    pub fn record(&self, number: usize) -> Key {
        format!("{}{number:06}", self.prefix())
    }
}

/// That an instance lives. It is kept for a short time, and renewed for as long as it does.
pub fn lease(instance: &str) -> Key {
    format!("instances/{instance}")
}

/// What a run is.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Head {
    pub operation: String,
    pub owner: String,
    /// The id of the request that began it, as the log has it.
    pub request: String,
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
            undo: Bytes::new(),
        }
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
        let about = from_json(bytes.get(..end)?, Side::Caller, "record", About::decode).ok()?;
        let state = State::ALL.into_iter().find(|state| state.as_str() == about.state)?;
        Some(Record {
            number,
            write: about.write,
            state,
            tries: u32::try_from(about.tries).ok()?,
            reason: about.reason,
            at: Duration::from_millis(u64::try_from(about.at).ok()?),
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
}

impl About {
    fn of(record: &Record) -> About {
        About {
            write: record.write.clone(),
            state: record.state.as_str().to_owned(),
            tries: record.tries.into(),
            reason: record.reason.clone(),
            at: i64::try_from(record.at.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

impl Encode for About {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("write", &self.write).field("state", &self.state).field("tries", &self.tries);
        object.field("reason", &self.reason).field("at", &self.at);
        object.end();
    }
}

impl Decode for About {
    fn decode(from: &mut Reader<'_>) -> Option<About> {
        let (mut write, mut state, mut reason) = (Slot::Absent, Slot::Absent, Slot::Absent);
        let (mut tries, mut at) = (Slot::Absent, Slot::Absent);
        from.object(&mut |from, name| match name {
            "write" => from.set(name, &mut write, Reader::string),
            "state" => from.set(name, &mut state, Reader::string),
            "tries" => from.set(name, &mut tries, Reader::int),
            "reason" => from.set(name, &mut reason, Reader::string),
            "at" => from.set(name, &mut at, Reader::int),
            _ => from.unknown(name),
        })?;
        Some(About {
            write: write.required(from, "write")?,
            state: state.required(from, "state")?,
            tries: tries.required(from, "tries")?,
            reason: reason.required(from, "reason")?,
            at: at.required(from, "at")?,
        })
    }
}

impl Head {
    pub fn to_bytes(&self) -> Bytes {
        to_json(self, Side::Caller).into()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Head> {
        from_json(bytes, Side::Caller, "head", Head::decode).ok()
    }
}

impl Encode for Head {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("operation", &self.operation).field("owner", &self.owner);
        object.field("request", &self.request);
        object.end();
    }
}

impl Decode for Head {
    fn decode(from: &mut Reader<'_>) -> Option<Head> {
        let (mut operation, mut owner, mut request) = (Slot::Absent, Slot::Absent, Slot::Absent);
        from.object(&mut |from, name| match name {
            "operation" => from.set(name, &mut operation, Reader::string),
            "owner" => from.set(name, &mut owner, Reader::string),
            "request" => from.set(name, &mut request, Reader::string),
            _ => from.unknown(name),
        })?;
        Some(Head {
            operation: operation.required(from, "operation")?,
            owner: owner.required(from, "owner")?,
            request: request.required(from, "request")?,
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
            reason: "status 503\nof Sales".into(),
            at: Duration::from_millis(1_700_000_000_001),
            undo: Bytes::from_static(b"{\"$undo\":\"A\"}\n"),
            ..Record::begun(7, "Sales.create")
        };
        for state in State::ALL {
            let record = Record { state, ..record.clone() };
            assert_eq!(Record::from_bytes(7, &record.to_bytes()), Some(record));
        }
        let head = Head { operation: "Orders.place".into(), owner: "i".into(), request: "\"r".into() };
        assert_eq!(Head::from_bytes(&head.to_bytes()), Some(head));
        assert_eq!(Record::from_bytes(7, &Bytes::from_static(b"{}")), None);
    }

    #[test]
    fn the_keys_of_a_run_are_in_the_order_of_its_writes() {
        let key = RunKey { service: "Orders".into(), id: "1".into() };
        assert!(key.record(2) < key.record(10) && key.record(999) < key.head());
        assert_eq!(key.record(2), "runs/Orders/1/000002");
    }
}
