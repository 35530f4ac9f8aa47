//! One call, put together: its address, its parameters and its body. What cannot be sent (a path parameter that is
//! empty, a header with a line break) is kept as the call's fault, and then nothing is sent at all.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue};

use super::attempt::Wanted;
use super::elements::{Elements, First};
use super::exchange::Taken;
use super::outgoing::Outgoing;
use super::{Shared, address, attempt, settings};
use crate::codec::multipart::{self, Part};
use crate::codec::{Encode, FaultAt, ParamValue, Reader, Side, Style, form, style, to_json};
use crate::failure::{Answer, CallFailure};
use crate::http::Context;
use crate::metrics;
use crate::policy::{Cache, CacheBy, Effect, Hedge, Plan, Retry};

/// A call of one operation. Parameters are added one after the other, then it is sent.
pub struct Call<'a> {
    shared: &'a Arc<Shared>,
    effect: Effect,
    retry: Option<Retry>,
    hedge: Option<Hedge>,
    cache: Option<Cache>,
    cache_key: String,
    /// Whose answers are counted together with this one.
    shelf: &'static str,
    operation: &'static str,
    method: &'static str,
    path: String,
    query: String,
    cookies: String,
    headers: HeaderMap,
    body: Bytes,
    fault: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        shared: &'a Arc<Shared>,
        operation: &'static str,
        method: &'static str,
        effect: Effect,
    ) -> Call<'a> {
        let constant = shared.constant.get();
        Call {
            shared,
            effect,
            retry: shared.policies.retry.clone(),
            hedge: shared.policies.hedge,
            cache: shared.policies.cache,
            cache_key: String::new(),
            shelf: shared.name,
            operation,
            method,
            path: String::new(),
            query: constant.query.clone(),
            cookies: constant.cookie.clone(),
            headers: constant.headers.clone(),
            body: Bytes::new(),
            fault: None,
        }
    }

    /// A part of the path as the contract writes it.
    pub fn path(&mut self, literal: &str) -> &mut Self {
        address::push_literal(&mut self.path, literal);
        self
    }

    /// What fills one place of the path.
    pub fn segment(&mut self, name: &str, value: &str) -> &mut Self {
        self.place(Style::Simple, name, &ParamValue::Text(value.to_owned()))
    }

    /// What fills one place of the path, if it is more than a text or has a style of its own.
    pub fn segment_value(&mut self, style: Style, name: &str, value: &dyn Encode) -> &mut Self {
        let nothing = || ParamValue::Text(String::new());
        self.place(style, name, &param(style, value).unwrap_or_else(nothing))
    }

    fn place(&mut self, style: Style, name: &str, value: &ParamValue) -> &mut Self {
        let placed = style::path(style, name, value);
        let placed = placed.map_err(|fault| format!("the parameter `{name}` of the path {fault}"));
        if let Some(text) = self.note(placed) {
            self.path.push_str(&text);
        }
        self
    }

    pub fn query(&mut self, name: &str, value: &str) -> &mut Self {
        address::push_query(&mut self.query, name, value);
        self
    }

    /// A query parameter that is more than a text, or has a style of its own. One that is none is left out.
    pub fn query_value(&mut self, style: Style, name: &str, value: &dyn Encode) -> &mut Self {
        if let Some(value) = param(style, value) {
            style::query(&mut self.query, style, name, &value);
        }
        self
    }

    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        let both = settings::own_name(name).and_then(|header| Ok((header, settings::value_of(name, value)?)));
        if let Some((header, value)) = self.note(both) {
            // Who we are is not for a parameter to say.
            if !self.headers.get(&header).is_some_and(HeaderValue::is_sensitive) {
                self.headers.insert(header, value);
            }
        }
        self
    }

    /// A header that is more than a text. One that is none is left out.
    pub fn header_value(&mut self, style: Style, name: &str, value: &dyn Encode) -> &mut Self {
        let Some(value) = param(style, value) else { return self };
        let text = style::header(style, &value).map_err(|fault| format!("the header `{name}` {fault}"));
        match self.note(text) {
            Some(text) => self.header(name, &text),
            None => self,
        }
    }

    pub fn cookie(&mut self, name: &str, value: &str) -> &mut Self {
        self.bake(Style::FormExploded, name, &ParamValue::Text(value.to_owned()))
    }

    /// A cookie that is more than a text, or has a style of its own. One that is none is left out.
    pub fn cookie_value(&mut self, style: Style, name: &str, value: &dyn Encode) -> &mut Self {
        match param(style, value) {
            Some(value) => self.bake(style, name, &value),
            None => self,
        }
    }

    fn bake(&mut self, style: Style, name: &str, value: &ParamValue) -> &mut Self {
        let cookie = style::cookie(style, name, value);
        if !self.cookies.is_empty() && !cookie.is_empty() {
            self.cookies.push_str("; ");
        }
        self.cookies.push_str(&cookie);
        self
    }

    pub fn json(&mut self, body: &dyn Encode) -> &mut Self {
        self.set_body("application/json", to_json(body, Side::Backend))
    }

    /// A form. `styles`: those of the fields that have one of their own.
    pub fn form(&mut self, body: &dyn Encode, styles: &[(&str, Style)]) -> &mut Self {
        match self.note(form::encode(body, styles)) {
            Some(form) => self.set_body("application/x-www-form-urlencoded", form),
            None => self,
        }
    }

    /// A body of several parts. `parts`: the fields that are neither texts nor JSON by themselves.
    pub fn multipart(&mut self, body: &dyn Encode, parts: &[(&str, Part)]) -> &mut Self {
        match self.note(multipart::encode(body, parts)) {
            Some(whole) => self.set_body(&whole.media_type, whole.body),
            None => self,
        }
    }

    pub fn text(&mut self, body: &str) -> &mut Self {
        self.set_body("text/plain; charset=utf-8", body.to_owned())
    }

    pub fn binary(&mut self, body: &crate::value::Bytes, media_type: &str) -> &mut Self {
        self.set_body(media_type, body.clone().into_inner())
    }

    /// One value in each line.
    pub fn json_lines<T: Encode>(&mut self, items: &[T]) -> &mut Self {
        let mut lines = Vec::new();
        for item in items {
            lines.append(&mut to_json(item, Side::Backend));
            lines.push(b'\n');
        }
        self.set_body("application/x-ndjson", lines)
    }

    fn set_body(&mut self, media_type: &str, body: impl Into<Bytes>) -> &mut Self {
        self.body = body.into();
        self.media_type(media_type)
    }

    /// The media type of the body that was set, where the contract has another one than the usual.
    pub fn media_type(&mut self, media_type: &str) -> &mut Self {
        let media_type = settings::value_of("content-type", media_type);
        if let Some(media_type) = self.note(media_type) {
            self.headers.insert(CONTENT_TYPE, media_type);
        }
        self
    }

    /// An idempotency key: with it the other side does the write once, so that it may be sent again. One that is empty says
    /// nothing, and is none.
    pub fn key(&mut self, name: &str, value: &str) -> &mut Self {
        if value.trim().is_empty() {
            return self;
        }
        self.repeatable().header(name, value)
    }

    /// The other side does the write once by what is in it.
    pub fn repeatable(&mut self) -> &mut Self {
        if self.effect == Effect::Write {
            self.effect = Effect::KeyedWrite;
        }
        self
    }

    /// Its answers carry labels: they are kept for each caller by itself.
    pub fn for_caller(&mut self) -> &mut Self {
        if let Some(cache) = &mut self.cache {
            cache.by = CacheBy::Caller;
        }
        self
    }

    /// Another retry than that of the backend, or none.
    pub fn retry(&mut self, retry: Option<Retry>) -> &mut Self {
        self.retry = retry;
        self
    }

    /// Another hedge than that of the backend, or none.
    pub fn hedge(&mut self, hedge: Option<Hedge>) -> &mut Self {
        self.hedge = hedge;
        self
    }

    /// Another cache than that of the backend, or none. `key` tells answers apart where the parameters do not do it.
    pub fn cache(&mut self, cache: Option<Cache>, key: Option<String>) -> &mut Self {
        self.cache = cache;
        self.cache_key = key.unwrap_or_default();
        // What a call counts for itself must not push out the answers of others.
        self.shelf = self.operation;
        self
    }

    /// Sends the call, as often as it may be, and reads its answer. Only an answer that can be read is a success: one
    /// that cannot may be tried again like any other failure, and is never kept.
    ///
    /// # Errors
    /// There was no answer in time, or `read` says that it is none that was wanted.
    pub async fn answer<T: Send>(
        &mut self,
        cx: &Context,
        read: impl Fn(Answer) -> Result<T, CallFailure> + Clone + Send + Sync + 'static,
    ) -> Result<T, CallFailure> {
        let outgoing = self.ready(cx)?;
        #[cfg(feature = "given")]
        if let Some(given) = self.given(cx, &outgoing) {
            return given.and_then(read);
        }
        let cache = self.cache.filter(|_| self.effect == Effect::Read);
        let key = cache.and_then(|cache| outgoing.key(self.shelf, cx, &cache, &self.cache_key));
        let plan = self.plan();
        if let Some((key, cache)) = key.zip(cache) {
            let judge = read.clone();
            let judge = Arc::new(move |taken: &Taken| judge(taken.answer.clone()).map(drop));
            let answer =
                Box::pin(attempt::kept(self.shared, cx, plan, outgoing, (key, cache), judge)).await?;
            return read(answer).inspect_err(|_| self.shared.answers.forget(&key));
        }
        // What was read is taken along, so that no answer has to be read twice.
        let value = Mutex::new(None);
        let judge = |taken: &Taken| {
            let read = read(taken.answer.clone())?;
            *value.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
            Ok(())
        };
        // In a box: what holds a call is moved, several times where calls are joined, and a call is large.
        let wanted = Wanted { judge: &judge, in_parts: None };
        let taken = Box::pin(attempt::called(self.shared, cx, &plan, &outgoing, &wanted)).await?;
        let value = value.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.map_or_else(|| read(taken.answer), Ok)
    }

    /// Sends the call, as often as it may be, and gives the elements of the list that is answered with this status. They
    /// need not all have come in: what is there is good, and the rest is read when it is asked for. Nothing of it is kept
    /// in a cache.
    ///
    /// # Errors
    /// There was no answer in time, its status is another one, or the first part of it is no such list.
    pub async fn elements<T: Send + 'static>(
        &mut self,
        cx: &Context,
        status: u16,
        decode: impl Fn(&mut Reader<'_>) -> Option<T> + Send + Sync + 'static,
    ) -> Result<Elements<T>, CallFailure> {
        let outgoing = self.ready(cx)?;
        #[cfg(feature = "given")]
        if let Some(given) = self.given(cx, &outgoing) {
            let taken = Taken { answer: given?, rest: None };
            let first = First::read(&taken, status, &decode)?;
            return Ok(Elements::new(cx, self.operation, first, None, decode));
        }
        let plan = self.plan();
        let first = Mutex::new(None);
        let judge = |taken: &Taken| {
            let read = First::read(taken, status, &decode)?;
            *first.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
            Ok(())
        };
        let wanted = Wanted { judge: &judge, in_parts: Some(status) };
        let taken = Box::pin(attempt::called(self.shared, cx, &plan, &outgoing, &wanted)).await?;
        let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let first = first.map_or_else(|| First::read(&taken, status, &decode), Ok)?;
        Ok(Elements::new(cx, plan.operation, first, taken.rest, decode))
    }

    /// Sends the call, and waits for the whole answer. An answer of any status is one.
    ///
    /// # Errors
    /// There was no answer in time.
    pub async fn send(&mut self, cx: &Context) -> Result<Answer, CallFailure> {
        let success = |answer: Answer| match answer.status {
            200..300 => Ok(answer),
            _ => Err(answer.fail()),
        };
        match self.answer(cx, success).await {
            Err(CallFailure::Status(answer)) => Ok(answer),
            ended => ended,
        }
    }

    /// How a tester says that the call ends, if there is one who says it.
    #[cfg(feature = "given")]
    fn given(&self, cx: &Context, outgoing: &Outgoing) -> Option<Result<Answer, CallFailure>> {
        let asked = crate::given::Asked {
            operation: self.operation,
            method: self.method,
            path: &self.path,
            query: &self.query,
            headers: &outgoing.headers,
            body: &outgoing.body,
        };
        let answered = |answer| Answer { call: self.operation, unread: cx.unread(), ..answer };
        Some(crate::given::ends(&asked)?.map(answered))
    }

    /// The request that a call would send: for a tester, who sends it himself.
    ///
    /// # Errors
    /// It cannot be sent.
    #[cfg(feature = "given")]
    pub fn written(&mut self, cx: &Context) -> Result<crate::given::Message, String> {
        let outgoing = self.outgoing(cx)?;
        let message = crate::given::Message::new(crate::given::kind::WHEN)
            .word(outgoing.method.as_str())
            .word(outgoing.target.clone());
        Ok(message.headers(&outgoing.headers).body(&outgoing.body))
    }

    /// What is sent, with what this call has for itself.
    fn ready(&mut self, cx: &Context) -> Result<Outgoing, CallFailure> {
        self.take_over(cx);
        self.outgoing(cx).map_err(|fault| {
            let fault = FaultAt::new("request", format!("is not sent: {fault}"));
            let failure = CallFailure::Malformed(vec![fault]);
            attempt::report(cx, self.operation, &failure, 0);
            failure
        })
    }

    /// What stands behind `with` at the call.
    fn take_over(&mut self, cx: &Context) {
        let Some(own) = cx.own() else { return };
        if let Some(retry) = &own.retry {
            self.retry(retry.clone());
        }
        if let Some(hedge) = own.hedge {
            self.hedge(hedge);
        }
        if let Some((cache, key)) = &own.cache {
            self.cache(*cache, key.clone());
        }
    }

    fn plan(&mut self) -> Plan {
        Plan {
            operation: self.operation,
            tally: metrics::call(self.operation),
            effect: self.effect,
            retry: self.retry.take(),
            hedge: self.hedge,
        }
    }

    fn outgoing(&mut self, cx: &Context) -> Result<Outgoing, String> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let method = Method::from_bytes(self.method.as_bytes()).map_err(|_| "no such method")?;
        let target = self.shared.base.join(&self.path, &self.query)?;
        let (mut headers, body) = (std::mem::take(&mut self.headers), std::mem::take(&mut self.body));
        if self.shared.forwards {
            headers.remove(AUTHORIZATION);
            headers.extend(cx.token().map(|token| (AUTHORIZATION, token.clone())));
        }
        if !self.cookies.is_empty() {
            headers.insert(COOKIE, settings::value_of("cookie", &self.cookies)?);
        }
        if body.is_empty() && takes_body(&method) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Outgoing { method, target, headers, body })
    }

    fn note<T>(&mut self, result: Result<T, String>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault.get_or_insert(fault);
                None
            }
        }
    }
}

fn param(style: Style, value: &dyn Encode) -> Option<ParamValue> {
    match style {
        Style::Json => Some(ParamValue::json(value)),
        _ => ParamValue::of(value),
    }
}

/// Some servers refuse a request of such a method which does not say that its body is empty.
fn takes_body(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}
