//! What OpenTelemetry is told of one part of a request. Nothing in it comes from a body, a parameter or a header: names are
//! those of the flow, and so are the routes.

use std::time::Duration;

/// One part of a request, when it is over. Times are since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub id: u64,
    pub parent: Option<u64>,
    pub name: &'static str,
    pub kind: SpanKind,
    pub begun: Duration,
    pub ended: Duration,
    pub attributes: Vec<(&'static str, Attribute)>,
    pub has_failed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// A request that came in.
    Server,
    /// One that was sent.
    Client,
    /// Something between them.
    Internal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    Name(&'static str),
    Number(i64),
}
