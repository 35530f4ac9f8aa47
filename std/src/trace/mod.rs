//! What is known of one request while it is worked on, and goes along in its context: the trace that it belongs to, and
//! what became of its steps. From the same steps come the times in the access line, the spans for OpenTelemetry, and
//! the tries on the page of `flowc run`. Only requests that are sampled make spans, and only where somebody takes them.

mod attempt;
mod context;
mod export;
mod protobuf;
mod sampler;
mod span;
mod steps;
mod traces;
mod track;

pub(crate) use attempt::Try;
pub use context::Trace;
pub use sampler::Sampler;
pub(crate) use span::Attribute;
pub(crate) use steps::GIVEN_UP;
pub use traces::Traces;
pub(crate) use track::Step;
pub(crate) use track::Track;
