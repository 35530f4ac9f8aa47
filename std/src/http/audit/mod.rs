//! The audit log: who did what to which thing, and what came of it. A request to an operation that asks for it leaves one
//! line, when its work is over: also when it is refused, and when nobody waits for its answer any more. Whoever has
//! something to say of a request holds its entry, and the last one to let it go writes the line.
//!
//! No line holds a labelled value: of the parameters only those of the path are told, and of these only those that the
//! compiler knows to carry no label.

mod sink;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::rejection::Rejection;
use super::router::Route;
use super::visit::HUNG_UP;
use super::who::Who;
use super::{Context, Response, log};
use crate::codec::percent::decode;
use crate::codec::{Encode, ObjectWriter, Side, Writer};
use crate::failure::{Failure, standard};
use crate::outside;
use http::StatusCode;
pub use sink::{open, wanted};

/// What a parameter is called, and what it is.
pub type Parameters = Vec<(String, String)>;

/// In place of what nobody may read.
const HIDDEN: &str = "***";

/// How much of a text that came from outside is told, in characters.
const LONGEST: usize = 256;

/// What is known of one request.
#[derive(Clone)]
pub struct Entry {
    inner: Arc<Inner>,
}

struct Inner {
    operation: &'static str,
    writes: bool,
    request: String,
    address: String,
    parameters: Parameters,
    began: Instant,
    known: Mutex<Known>,
    trail: Trail,
}

#[derive(Default)]
struct Known {
    caller: String,
    /// The service that calls.
    service: Option<String>,
    /// Its steps have begun.
    has_begun: bool,
    end: Option<End>,
    told: Told,
    is_cut_off: bool,
}

/// How the steps ended.
struct End {
    outcome: &'static str,
    status: Option<u16>,
    /// Of a failure: something may have been done, and is not undone.
    may_have_done: bool,
    is_replayed: bool,
}

/// What its caller heard of it.
#[derive(Clone, Copy, Default, PartialEq)]
enum Told {
    /// He did not wait.
    #[default]
    Nothing,
    Status(u16),
    /// What it ended with.
    AsItEnded,
}

impl Entry {
    /// `None` where the operation asks for no line.
    pub fn of_request(route: &Route, values: &[String], request: &str, address: &str) -> Option<Entry> {
        let endpoint = &route.endpoint;
        let shown = endpoint.audit?;
        let told = |name: &str, value: &String| match shown.contains(&name) {
            true => (name.to_owned(), decode(value).unwrap_or_else(|_| value.clone())),
            false => (name.to_owned(), HIDDEN.to_owned()),
        };
        let names = route.template.names().iter().zip(values);
        let parameters = names.map(|(name, value)| told(name, value)).collect();
        Some(Entry::new(endpoint.operation, endpoint.writes, (request, address), parameters))
    }

    /// Of a call of an operation in the same process. `cx` is that of who calls.
    pub fn of_call(
        cx: &Context,
        who: &Who,
        (operation, writes): (&'static str, bool),
        parameters: Parameters,
    ) -> Entry {
        let of = cx.request();
        let entry = Entry::new(operation, writes, (&of.id, &of.address), parameters);
        entry.called_by(who);
        entry
    }

    fn new(
        operation: &'static str,
        writes: bool,
        (request, address): (&str, &str),
        parameters: Parameters,
    ) -> Entry {
        let inner = Inner {
            operation,
            writes,
            request: request.to_owned(),
            address: address.to_owned(),
            parameters,
            began: Instant::now(),
            known: Mutex::default(),
            trail: Trail::default(),
        };
        Entry { inner: Arc::new(inner) }
    }

    /// Lets the request in, unless its line could not be written: then it is refused before anything is done.
    ///
    /// # Errors
    /// A 503.
    pub fn admit(&self) -> Result<(), Rejection> {
        let unusable = || Rejection::new(StatusCode::SERVICE_UNAVAILABLE, UNUSABLE).retry_after(1);
        if sink::is_usable() { Ok(()) } else { Err(unusable()) }
    }

    /// The same for a call in the same process.
    ///
    /// # Errors
    /// A 503.
    pub fn admit_call(&self) -> Result<(), Failure> {
        let unusable = || Failure::standard(503).detail(UNUSABLE).retry_after(1);
        if sink::is_usable() { Ok(()) } else { Err(unusable()) }
    }

    pub fn called_by(&self, who: &Who) {
        let mut known = self.known();
        who.subject().clone_into(&mut known.caller);
        known.service = who.service().map(str::to_owned);
    }

    /// The steps begin. What comes back goes along with them.
    pub fn begins(&self) -> Trail {
        self.known().has_begun = true;
        self.inner.trail.clone()
    }

    /// They have ended.
    pub fn ended(&self, cx: &Context, with: &Result<Response, Failure>) {
        match with {
            Ok(response) => {
                let status = response.status();
                let outcome = if status < 400 { "ok" } else { standard(status).name };
                let is_replayed = response.is_replayed();
                self.known().end =
                    Some(End { outcome, status: Some(status), may_have_done: false, is_replayed });
            }
            Err(failure) => self.failed(cx, failure),
        }
    }

    /// A call in the same process has given its value.
    pub fn succeeded(&self) {
        let end = End { outcome: "ok", status: None, may_have_done: false, is_replayed: false };
        self.known().end = Some(end);
    }

    pub fn failed(&self, cx: &Context, with: &Failure) {
        let (outcome, status) = (with.kind().name, Some(with.status()));
        let may_have_done = cx.may_have_done();
        self.known().end = Some(End { outcome, status, may_have_done, is_replayed: false });
    }

    /// The caller has an answer, or has not waited for one.
    pub fn answered(&self, status: u16, is_cut_off: bool) {
        let mut known = self.known();
        known.told = if status == HUNG_UP { Told::Nothing } else { Told::Status(status) };
        known.is_cut_off = is_cut_off;
    }

    /// Who called has heard how it ended.
    pub fn heard(&self) {
        self.known().told = Told::AsItEnded;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.inner.known)
    }
}

const UNUSABLE: &str = "the audit log cannot be written";

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of the writes of a request that failed.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    writes: Arc<Mutex<Vec<(String, Fate)>>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(any(feature = "store", test)), allow(dead_code))]
pub enum Fate {
    Undone,
    /// Its undo is kept, for another try or for an operator.
    Left,
}

impl Trail {
    #[cfg_attr(not(any(feature = "store", test)), allow(dead_code))]
    pub fn note(&self, write: &str, fate: Fate) {
        lock(&self.writes).push((write.to_owned(), fate));
    }

    fn with(&self, wanted: Fate) -> Vec<String> {
        lock(&self.writes)
            .iter()
            .filter(|(_, fate)| *fate == wanted)
            .map(|(write, _)| write.clone())
            .collect()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        sink::put(&self.line());
    }
}

impl Inner {
    fn line(&self) -> Vec<u8> {
        let known = lock(&self.known);
        let mut line = Writer::new(Side::Caller);
        let mut fields = line.object();
        fields.field("at", &log::stamp(outside::wall())).field("event", "audit");
        fields.field("request", &self.request).field("operation", self.operation);
        if !self.address.is_empty() {
            fields.field("address", &self.address);
        }
        if !known.caller.is_empty() {
            fields.field("caller", &bounded(&known.caller));
        }
        fields.optional("service", &known.service);
        if !self.parameters.is_empty() {
            fields.field("parameters", &Texts(&self.parameters));
        }
        let (outcome, status) = known.outcome(self.writes);
        fields.field("outcome", outcome).optional("status", &status.map(i64::from));
        self.came_of_it(&known, &mut fields);
        let micros = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        fields.field("micros", &micros);
        fields.end();
        let mut line = line.finish();
        line.push(b'\n');
        line
    }

    /// What is left of a write that did not go well.
    fn came_of_it(&self, known: &Known, fields: &mut ObjectWriter<'_>) {
        if self.writes && known.has_failed() {
            fields.field("changed", if known.may_have_done() { "perhaps" } else { "nothing" });
        }
        for (name, fate) in [("undone", Fate::Undone), ("left", Fate::Left)] {
            let writes = self.trail.with(fate);
            if !writes.is_empty() {
                fields.field(name, &writes);
            }
        }
        let Some(end) = &known.end else { return };
        if end.is_replayed {
            fields.field("replayed", &true);
        }
        match known.told {
            Told::Nothing => {
                fields.field("hung_up", &true);
            }
            // The deadline was over before the work was.
            Told::Status(status) if end.status != Some(status) => {
                fields.field("told", &i64::from(status));
            }
            Told::Status(_) | Told::AsItEnded => {}
        }
    }
}

impl Known {
    /// In a word, and the status.
    fn outcome(&self, writes: bool) -> (&'static str, Option<u16>) {
        match (&self.end, self.told) {
            (_, Told::Status(status)) if self.is_cut_off => ("cut off", Some(status)),
            (Some(end), _) => (end.outcome, end.status),
            // The process ends before it does.
            (None, _) if writes && self.has_begun => ("unfinished", None),
            (None, Told::Status(status)) => (standard(status).name, Some(status)),
            (None, Told::Nothing | Told::AsItEnded) => ("hung up", None),
        }
    }

    fn has_failed(&self) -> bool {
        self.end.as_ref().is_none_or(|end| end.outcome != "ok")
    }

    fn may_have_done(&self) -> bool {
        self.end.as_ref().map_or(self.has_begun, |end| end.may_have_done)
    }
}

struct Texts<'p>(&'p Parameters);

impl Encode for Texts<'_> {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        for (name, value) in self.0 {
            object.entry(name, &bounded(value));
        }
        object.end();
    }
}

/// What is too long ends in `…`.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
