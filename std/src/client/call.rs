//! One call, put together: its address, its parameters and its body. What cannot be sent (a path parameter that is
//! empty, a header with a line break) is kept as the call's fault, and then nothing is sent at all.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue};
use http::{Method, Request};
use http_body::Body;
use http_body_util::Full;

use super::{Client, address, exchange, settings};
use crate::codec::multipart::{self, Part};
use crate::codec::{Encode, FaultAt, ParamValue, Side, Style, form, style, to_json};
use crate::failure::{Answer, CallFailure};
use crate::http::{Context, Level, log};

/// A call of one operation. Parameters are added one after the other, then it is sent.
pub struct Call<'a> {
    client: &'a Client,
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
    pub(super) fn new(client: &'a Client, operation: &'static str, method: &'static str) -> Call<'a> {
        Call {
            client,
            operation,
            method,
            path: String::new(),
            query: client.constant.query.clone(),
            cookies: client.constant.cookie.clone(),
            headers: client.constant.headers.clone(),
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
    pub fn segment(&mut self, value: &str) -> &mut Self {
        self.place(Style::Simple, "", &ParamValue::Text(value.to_owned()))
    }

    /// What fills one place of the path, if it is more than a text or has a style of its own.
    pub fn segment_value(&mut self, style: Style, name: &str, value: &dyn Encode) -> &mut Self {
        let nothing = || ParamValue::Text(String::new());
        self.place(style, name, &param(style, value).unwrap_or_else(nothing))
    }

    fn place(&mut self, style: Style, name: &str, value: &ParamValue) -> &mut Self {
        let placed = style::path(style, name, value).map_err(|fault| format!("a path parameter {fault}"));
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

    /// Sends the call, and waits for the whole answer: never longer than the call may take, nor than is left of the
    /// deadline. An answer of any status is one; which of them is the success is for the contract to say.
    pub async fn send(&mut self, cx: &Context) -> Result<Answer, CallFailure> {
        let time = cx.timeout(self.client.timeout);
        let answer = match self.request(cx, time) {
            Ok(request) => {
                let answer = exchange::run(self.client, request, time).await;
                answer.map(|answer| Answer { call: self.operation, unread: cx.unread(), ..answer })
            }
            Err(fault) => Err(CallFailure::Malformed(vec![FaultAt::new("request", fault)])),
        };
        answer.inspect_err(|failure| self.report(cx, failure))
    }

    /// What the answer was read as. What is wrong with one that cannot be read is for the log.
    pub fn ended<T>(&self, cx: &Context, result: Result<T, CallFailure>) -> Result<T, CallFailure> {
        result.inspect_err(|failure| {
            if failure.is_malformed() {
                self.report(cx, failure);
            }
        })
    }

    /// Answers of any status are for the steps to judge, but why there was none is nowhere else to be found.
    fn report(&self, cx: &Context, failure: &CallFailure) {
        let reason = failure.to_string();
        let request = cx.request().id.as_str();
        let names = [("request", request), ("operation", cx.operation()), ("call", self.operation)];
        log::say(Level::Warn, "call failed", &[names.as_slice(), &[("reason", &reason)]].concat());
    }

    fn request(&mut self, cx: &Context, time: Duration) -> Result<Request<Full<Bytes>>, String> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let mut request = Request::new(Full::new(std::mem::take(&mut self.body)));
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).map_err(|_| "no such method")?;
        *request.uri_mut() = self.client.base.join(&self.path, &self.query)?;
        *request.headers_mut() = std::mem::take(&mut self.headers);
        if !self.cookies.is_empty() {
            request.headers_mut().insert(COOKIE, settings::value_of("cookie", &self.cookies)?);
        }
        if request.body().size_hint().upper() == Some(0) && takes_body(request.method()) {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let headers = request.headers_mut();
        if let Some(service) = self.client.calling {
            announce(headers, service, cx, time)?;
        }
        Ok(request)
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

/// What another service of the project is told: who calls, how long the answer is of use, and for which request.
fn announce(headers: &mut HeaderMap, service: &str, cx: &Context, time: Duration) -> Result<(), String> {
    // Rounded up, so that the caller's own timer is the first to end.
    let left = time.as_nanos().div_ceil(1_000_000);
    headers.insert("flow-deadline", HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX)));
    headers.insert("flow-service", settings::value_of("flow-service", service)?);
    if let Ok(id) = HeaderValue::from_str(&cx.request().id) {
        headers.insert("x-request-id", id);
    }
    Ok(())
}
