//! One request, as all of its steps share it, and the steps while they go on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::HeaderMap;
use tokio::time::Instant;

use super::context::{Trace, new_number};
use super::span::{Attribute, Span, SpanKind};
use super::steps::{GIVEN_UP, Steps};
use crate::always;
use crate::failure::CallFailure;
use crate::http::Context;
use crate::metrics;
use crate::outside;
use crate::value::RequestInfo;

/// How many spans a request may have; a loop that calls without end must not fill the memory with them.
const MOST_SPANS: usize = 512;

/// Who takes the spans of a request when all of it is over.
pub type Export = fn(&Trace, Vec<Span>);

/// One request. It lives for as long as anything goes on that belongs to it.
pub struct Track {
    pub info: RequestInfo,
    pub trace: Trace,
    steps: Mutex<Steps>,
    spans: Option<Spans>,
}

struct Spans {
    export: Export,
    /// When the request began, by both clocks.
    wall: Duration,
    begun: Instant,
    ended: Mutex<Vec<Span>>,
}

impl Track {
    /// One that nothing is known of but this.
    pub fn new(info: RequestInfo) -> Track {
        Track { info, trace: Trace::begun(), steps: Mutex::default(), spans: None }
    }

    /// A request that has come in with these headers.
    pub fn arrived(info: RequestInfo, headers: &HeaderMap) -> Track {
        if !always::TRACES {
            return Track { info, trace: Trace::NONE, steps: Mutex::default(), spans: None };
        }
        let mut trace = Trace::of(headers).unwrap_or_else(Trace::begun);
        let export = sampled(&mut trace);
        let spans = export.map(|export| Spans {
            export,
            wall: outside::wall(),
            begun: Instant::now(),
            ended: Mutex::default(),
        });
        Track { info, trace, steps: Mutex::default(), spans }
    }

    /// Reads what is known of the steps up to now.
    pub fn steps(&self) -> MutexGuard<'_, Steps> {
        lock(&self.steps)
    }

    /// Whether spans are made of it.
    pub fn is_traced(&self) -> bool {
        self.spans.is_some()
    }

    /// All of the request is over.
    pub fn ended(
        &self,
        name: &'static str,
        begun: Instant,
        has_failed: bool,
        attributes: Vec<(&'static str, Attribute)>,
    ) {
        let part = Part { id: self.trace.span, parent: self.trace.parent, begun };
        self.span(part, (name, SpanKind::Server), has_failed, attributes);
    }

    pub(super) fn span(
        &self,
        part: Part,
        (name, kind): (&'static str, SpanKind),
        has_failed: bool,
        attributes: Vec<(&'static str, Attribute)>,
    ) {
        let Some(spans) = &self.spans else { return };
        let since = |at: Instant| spans.wall + at.saturating_duration_since(spans.begun);
        let (begun, ended) = (since(part.begun), since(Instant::now()));
        let mut all = lock(&spans.ended);
        if all.len() >= MOST_SPANS && kind != SpanKind::Server {
            return metrics::spans_dropped(1);
        }
        all.push(Span { id: part.id, parent: part.parent, name, kind, begun, ended, attributes, has_failed });
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        if let Some(spans) = &mut self.spans {
            let ended = std::mem::take(spans.ended.get_mut().unwrap_or_else(PoisonError::into_inner));
            if !ended.is_empty() {
                (spans.export)(&self.trace, ended);
            }
        }
    }
}

/// Where the time and the place of a span come from.
#[derive(Clone, Copy)]
pub struct Part {
    pub id: u64,
    pub parent: Option<u64>,
    pub begun: Instant,
}

/// Who takes the spans of a trace, if somebody does; where nobody takes any, what others have said about it goes along.
fn sampled(trace: &mut Trace) -> Option<Export> {
    if let Some(exporter) = super::export::installed() {
        trace.is_sampled = exporter.sampler.wants(trace);
        return trace.is_sampled.then_some(super::export::hand_over);
    }
    let _ = trace;
    None
}

/// Only the trace: what belongs to the request is for those who work on it.
impl std::fmt::Debug for Track {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Track({}, {})", self.info.id, self.trace.name())
    }
}

/// A call of a request, with all its tries. One that is dropped before its end was given up.
pub struct Step {
    pub(super) track: Arc<Track>,
    pub(super) call: &'static str,
    pub(super) part: Part,
    has_ended: bool,
}

impl Step {
    /// A call begins.
    pub fn of(cx: &Context, call: &'static str) -> Step {
        let track = Arc::clone(cx.track());
        let id = if track.is_traced() { new_number() } else { track.trace.span };
        let part = Part { id, parent: Some(cx.span()), begun: Instant::now() };
        Step { track, call, part, has_ended: false }
    }

    /// The span that whatever is done for it belongs to.
    pub fn span(&self) -> u64 {
        self.part.id
    }

    /// It is over, after so many tries. Gives how long it took.
    pub fn end(mut self, tries: u32, failure: Option<&CallFailure>) -> Duration {
        self.has_ended = true;
        self.over(tries, failure.map(CallFailure::name))
    }

    fn over(&self, tries: u32, failure: Option<&'static str>) -> Duration {
        let took = self.part.begun.elapsed();
        if always::STEPS {
            lock(&self.track.steps).note(self.call, took, tries, failure);
        }
        if self.track.is_traced() {
            let mut attributes = vec![("flow.tries", Attribute::Number(tries.into()))];
            attributes.extend(failure.map(|kind| ("error.type", Attribute::Name(kind))));
            self.track.span(self.part, (self.call, SpanKind::Internal), failure.is_some(), attributes);
        }
        took
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.has_ended {
            self.over(1, Some(GIVEN_UP));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
