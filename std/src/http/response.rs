//! What an operation answers, before the shell puts on it what it puts on every answer.

use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::codec::{Encode, Side, to_json};

/// The answer of an operation.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Response {
    pub fn empty(status: u16) -> Response {
        Response { status: known(status), headers: Vec::new(), body: Bytes::new() }
    }

    pub fn json(status: u16, value: &dyn Encode) -> Response {
        let body = to_json(value, Side::Caller).into();
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        Response { status: known(status), headers, body }
    }

    pub fn text(status: u16, text: String) -> Response {
        Response::of(status, "text/plain; charset=utf-8", text.into())
    }

    pub fn binary(status: u16, media_type: &str, bytes: crate::Bytes) -> Response {
        Response::of(status, media_type, bytes.into_inner())
    }

    /// A header of the answer. What cannot stand in one (a line break above all) is left out: it never makes two
    /// headers of one.
    pub fn header(mut self, name: &'static str, value: &str) -> Response {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) if value.to_str().is_ok() => self.headers.push((name, value)),
            _ => {}
        }
        self
    }

    pub(super) fn of(status: u16, media_type: &str, body: Bytes) -> Response {
        let response = Response { body, ..Response::empty(status) };
        response.header("content-type", media_type)
    }

    #[cfg(feature = "store")]
    pub(super) fn from_parts(
        status: StatusCode,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Bytes,
    ) -> Response {
        Response { status, headers, body }
    }

    #[cfg(feature = "store")]
    pub(super) fn parts(&self) -> (StatusCode, &[(HeaderName, HeaderValue)], &Bytes) {
        (self.status, &self.headers, &self.body)
    }

    pub(super) fn into_http(self) -> http::Response<Body> {
        let mut response = http::Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            if name == CONTENT_TYPE {
                response.headers_mut().insert(name, value);
            } else {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A status that is none comes from a mistake of ours.
fn known(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_never_becomes_two() {
        let response =
            Response::empty(204).header("x-a", "b\r\nx-c: d").header("x-e", "ü").header("x-f", "g");
        let response = response.into_http();
        let headers: Vec<_> = response.headers().iter().collect();
        assert_eq!(headers, [(&HeaderName::from_static("x-f"), &HeaderValue::from_static("g"))]);
    }
}
