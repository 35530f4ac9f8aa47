//! What a handler reads the parameters and the body of a request from. Reading goes on after a fault: whoever gets a 400
//! is told everything that is wrong at once.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::Context;
use super::endpoint::BodyKind;
use super::limiter::Allowance;
use super::next_page::NextPage;
use super::parameter::{Parameter, Place};
use super::query::Query;
use super::router::Route;
use crate::codec::{FaultAt, Reader, Side, form, from_json, from_texts, multipart};
use crate::failure::Failure;
use crate::metrics;
#[cfg(feature = "given")]
use crate::value::Caller;

/// How much of a name that came from outside is shown.
const SHOWN: usize = 64;

/// A request whose parameters are being read. It is handed on whole to the steps, so there is only a pointer to what it holds.
pub struct Request {
    inner: Box<Inner>,
}

struct Inner {
    context: Context,
    route: Arc<Route>,
    parts: Box<Parts>,
    values: Vec<String>,
    query: Query,
    body: Bytes,
    faults: Vec<FaultAt>,
    allowance: Arc<OnceLock<Allowance>>,
}

impl Request {
    pub(super) fn new(
        context: Context,
        route: Arc<Route>,
        parts: Box<Parts>,
        values: Vec<String>,
        body: Bytes,
    ) -> Request {
        let (mut query, fault) = match Query::parse(parts.uri.query().unwrap_or_default()) {
            Ok(query) => (query, None),
            Err(message) => (Query::default(), Some(FaultAt::new("query", message))),
        };
        for name in route.endpoint.auth.iter().filter_map(crate::auth::Auth::query_name) {
            query.values(name);
        }
        let faults = Vec::from_iter(fault);
        let allowance = Arc::default();
        Request { inner: Box::new(Inner { context, route, parts, values, query, body, faults, allowance }) }
    }

    /// A request that nobody has sent to a service of ours: what a tester sees of a call. `path` is the template of the
    /// operation; nothing where the request does not fit it.
    #[cfg(feature = "given")]
    pub fn seen(path: &'static str, body: super::BodyKind, call: &crate::given::Message) -> Option<Request> {
        let mut request = http::Request::builder().uri(call.word_at(2));
        for (name, value) in call.header_pairs() {
            request = request.header(name, value);
        }
        let (parts, ()) = request.body(()).ok()?.into_parts();
        let bytes = Bytes::copy_from_slice(call.body_bytes());
        let endpoint = super::Endpoint {
            operation: "",
            method: "",
            path,
            writes: false,
            deadline: std::time::Duration::ZERO,
            max_body: usize::MAX,
            body,
            auth: Vec::new(),
            limit: None,
            cors: None,
            caching: super::Caching::Never,
            degraded: None,
            deprecated: None,
            audit: None,
            promised: None,
            handler: Box::new(|_| Box::pin(async { Err(Failure::internal("it is only looked at")) })),
        };
        let route = Route::new(endpoint);
        let segments = super::template::segments(parts.uri.path()).ok()?;
        let values = route.template.values(&segments)?;
        let context = Context::new("", Caller::default(), super::arrived("", ""), std::time::Duration::ZERO);
        Some(Request::new(context, Arc::new(route), Box::new(parts), values, bytes))
    }

    /// What has been found to be wrong so far.
    #[cfg(feature = "given")]
    pub fn faults(&self) -> &[FaultAt] {
        &self.inner.faults
    }

    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.inner.parts
    }

    pub(super) fn query_mut(&mut self) -> &mut Query {
        &mut self.inner.query
    }

    pub fn path(&mut self, name: &'static str) -> Parameter<'_> {
        Parameter::new(self, Place::Path, name)
    }

    pub fn query(&mut self, name: &'static str) -> Parameter<'_> {
        Parameter::new(self, Place::Query, name)
    }

    pub fn header(&mut self, name: &'static str) -> Parameter<'_> {
        Parameter::new(self, Place::Header, name)
    }

    pub fn cookie(&mut self, name: &'static str) -> Parameter<'_> {
        Parameter::new(self, Place::Cookie, name)
    }

    /// The body, which has to be there. None: a fault has been recorded.
    pub fn body<T>(&mut self, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<T> {
        match self.optional_body(decode) {
            Some(None) => self.fault("body", "is missing"),
            other => other.flatten(),
        }
    }

    /// The body, if there is one.
    pub fn optional_body<T>(
        &mut self,
        decode: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.inner.body.is_empty() {
            return Some(None);
        }
        let read = match self.inner.route.endpoint.body {
            BodyKind::Form(styles) => form::decode(&self.inner.body, styles, "body")
                .and_then(|json| from_texts(&json, "body", decode)),
            BodyKind::Multipart(parts) => {
                let boundary = self.media_type().and_then(multipart::boundary).unwrap_or_default();
                let json = multipart::decode(&self.inner.body, &boundary, parts, "body");
                json.and_then(|json| from_texts(&json, "body", decode))
            }
            BodyKind::None | BodyKind::Json | BodyKind::Text | BodyKind::Binary => {
                from_json(&self.inner.body, Side::Caller, "body", decode)
            }
        };
        match read {
            Ok(value) => Some(Some(value)),
            Err(faults) => {
                self.note(faults);
                None
            }
        }
    }

    /// The body as a text.
    pub fn text_body(&mut self) -> Option<String> {
        match std::str::from_utf8(&self.inner.body) {
            Ok(text) => Some(text.to_owned()),
            Err(_) => self.fault("body", "must be in UTF-8"),
        }
    }

    /// The body as it is. One without bytes is there if it is said what it is.
    pub fn binary_body(&mut self) -> Option<crate::Bytes> {
        if self.inner.body.is_empty() && self.media_type().is_none() {
            return self.fault("body", "is missing");
        }
        Some(crate::Bytes::new(self.inner.body.clone()))
    }

    /// Notes that a value does not fit, for what only the handler can check.
    pub fn fault<T>(&mut self, at: impl Into<String>, message: impl Into<String>) -> Option<T> {
        self.inner.faults.push(FaultAt::new(at, message));
        None
    }

    /// Counts the request with those of the same text, where the limit of the operation is by key.
    pub async fn limit_by(&mut self, key: &str) {
        let Some(limiter) = &self.inner.route.endpoint.limit else { return };
        if let Some(allowance) = limiter.count(key).await {
            let _ = self.inner.allowance.set(allowance);
        }
    }

    /// How it asks for a part of a list, for an answer that says where the next one is.
    pub fn page(&self) -> NextPage {
        NextPage::new(self.inner.context.clone(), Arc::clone(&self.inner.route), self.inner.parts.uri.query())
    }

    /// The end of reading: everything that is wrong, query parameters that nobody knows included, or the context that
    /// the steps go on with.
    ///
    /// # Errors
    /// A 400 with all faults, or a 429 when the request is beyond the limit by key.
    pub fn finish(mut self) -> Result<Context, Failure> {
        if let Some(beyond) = self.inner.allowance.get().filter(|allowance| !allowance.is_within) {
            metrics::add_one(metrics::refused_by_limit(self.inner.route.endpoint.operation));
            return Err(Failure::too_many_requests(beyond.seconds().max(1)));
        }
        let unknown = self.inner.query.unknown().map(|name| name.chars().take(SHOWN).collect::<String>());
        let mut names: Vec<_> = unknown.take(SHOWN).collect();
        names.dedup();
        for name in names {
            self.inner.faults.push(FaultAt::new(format!("query.{name}"), "is not known here"));
        }
        if self.inner.faults.is_empty() {
            Ok(self.inner.context)
        } else {
            Err(Failure::bad_request(self.inner.faults))
        }
    }

    pub(super) fn note(&mut self, faults: Vec<FaultAt>) {
        self.inner.faults.extend(faults);
    }

    pub(super) fn path_value(&self, name: &str) -> Option<&str> {
        let names = self.inner.route.template.names().iter();
        names.zip(&self.inner.values).find(|(known, _)| &***known == name).map(|(_, value)| value.as_str())
    }

    /// What was counted by a key that the handler said.
    pub(super) fn allowance(&self) -> Arc<OnceLock<Allowance>> {
        Arc::clone(&self.inner.allowance)
    }

    #[cfg(feature = "store")]
    pub(super) fn body_bytes(&self) -> &[u8] {
        &self.inner.body
    }

    fn media_type(&self) -> Option<&str> {
        self.inner.parts.headers.get(CONTENT_TYPE)?.to_str().ok()
    }
}
