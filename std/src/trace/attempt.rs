//! One try of a call: what is told of it, on the way and here.

use http::header::{HeaderName, HeaderValue};
use tokio::time::Instant;

use super::context::new_number;
use super::span::{Attribute, SpanKind};
use super::steps::GIVEN_UP;
use super::track::{Part, Step};
use crate::failure::CallFailure;
use crate::http::Context;
#[cfg(feature = "watch")]
use crate::http::{StepKind, Watched};

impl Step {
    /// One try of it begins.
    #[cfg_attr(not(feature = "watch"), allow(unused_variables))]
    pub fn attempt(&self, cx: &Context) -> Try<'_> {
        let part = match self.track.is_traced() {
            true => Part { id: new_number(), parent: Some(self.part.id), begun: Instant::now() },
            false => self.part,
        };
        Try {
            step: self,
            part,
            has_ended: false,
            #[cfg(feature = "watch")]
            watched: cx.watch().map(|watch| watch.step(StepKind::Try, self.call)),
        }
    }
}

/// One try of a call, as it is sent.
pub struct Try<'s> {
    step: &'s Step,
    part: Part,
    has_ended: bool,
    #[cfg(feature = "watch")]
    watched: Option<Watched>,
}

impl Try<'_> {
    /// Says on the request that is sent which trace it belongs to.
    pub fn tell(&self, headers: &mut Vec<(HeaderName, HeaderValue)>) {
        self.step.track.trace.tell(self.part.id, headers);
    }

    /// It is over: with this status, or without any.
    pub fn end(mut self, status: Result<u16, &CallFailure>) {
        self.has_ended = true;
        #[cfg(feature = "watch")]
        if let Some(watched) = self.watched.take() {
            watched.end(status.as_ref().err().map(ToString::to_string));
        }
        if !self.step.track.is_traced() {
            return;
        }
        let (status, failure) = match status {
            Ok(status) => (Some(status), None),
            Err(failure) => (failure.answer().map(|answer| answer.status), Some(failure.name())),
        };
        let mut attributes = Vec::new();
        attributes
            .extend(status.map(|status| ("http.response.status_code", Attribute::Number(status.into()))));
        attributes.extend(failure.map(|kind| ("error.type", Attribute::Name(kind))));
        self.over(failure.is_some(), attributes);
    }

    fn over(&self, has_failed: bool, attributes: Vec<(&'static str, Attribute)>) {
        self.step.track.span(self.part, (self.step.call, SpanKind::Client), has_failed, attributes);
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if !self.has_ended && self.step.track.is_traced() {
            self.over(true, vec![("error.type", Attribute::Name(GIVEN_UP))]);
        }
    }
}
