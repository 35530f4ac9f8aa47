//! What the shell has to know of an operation: everything that is the same for all of them is done by the shell, from
//! this description, and only the reading of parameters and the steps are the handler's.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::cors::Cors;
use super::deprecation::Deprecation;
use super::freshness::Caching;
use super::limiter::Limiter;
use super::{Request, Response};
use crate::auth::Auth;
use crate::codec::Style;
use crate::codec::multipart::Part;
use crate::failure::Failure;

/// An operation of a service.
pub struct Endpoint {
    /// Its name, such as `Orders.place`.
    pub operation: &'static str,
    pub method: &'static str,
    /// Its path template, such as `/v1/orders/{id}`.
    pub path: &'static str,
    /// Whether it changes anything: then it runs to its end, whether or not its caller waits for it.
    pub writes: bool,
    pub deadline: Duration,
    pub max_body: usize,
    pub body: BodyKind,
    pub auth: Vec<Auth>,
    pub limit: Option<Arc<Limiter>>,
    /// Which web pages may call; without it, none of another origin.
    pub cors: Option<Arc<Cors>>,
    /// Who may keep the answers to a GET.
    pub caching: Caching,
    /// The header of the answer that names the fallbacks that were taken.
    pub degraded: Option<&'static str>,
    pub deprecated: Option<Deprecation>,
    /// That each request leaves a line in the audit log, with those parameters of the path which carry no label.
    pub audit: Option<&'static [&'static str]>,
    /// How fast the service promises to answer: a bound of the histogram of the operation.
    pub promised: Option<Duration>,
    pub handler: Handler,
}

/// Reads the parameters of a request and does the steps, all of it when the answer is waited for.
pub type Handler = Box<dyn Fn(Request) -> Answer + Send + Sync>;

/// How an operation answers, once it has.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send>>;

/// What an operation takes as its body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BodyKind {
    None,
    Json,
    /// The styles of the fields that do not have the usual one.
    Form(&'static [(&'static str, Style)]),
    /// What the parts are whose media types do not say it.
    Multipart(&'static [(&'static str, Part)]),
    Text,
    Binary,
}
