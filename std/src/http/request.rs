//! What a handler reads the parameters and the body of a request from.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::request::Parts;

use super::Context;
use super::limiter::Allowance;
use super::router::Route;

/// A request whose parameters are being read.
pub struct Request {
    context: Context,
    route: Arc<Route>,
    parts: Parts,
    values: Vec<String>,
    body: Bytes,
    allowance: Arc<OnceLock<Allowance>>,
}

impl Request {
    pub(super) fn new(
        context: Context,
        route: Arc<Route>,
        parts: Parts,
        values: Vec<String>,
        body: Bytes,
    ) -> Request {
        Request { context, route, parts, values, body, allowance: Arc::default() }
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What was counted by a key that the handler said.
    pub(super) fn allowance(&self) -> Arc<OnceLock<Allowance>> {
        Arc::clone(&self.allowance)
    }
}
