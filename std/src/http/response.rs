//! What an operation answers, before the shell puts on it what it puts on every answer.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};

use super::streamed::Coming;
use crate::client::Written;
use crate::codec::{Encode, Side, Writer};
use crate::failure::Failure;

/// The header that says that an answer was made for an earlier request with the same key.
pub const REPLAYED: &str = "idempotency-replayed";

/// Where there is room for most answers from the start.
const USUAL: usize = 1024;

/// The answer of an operation.
pub struct Response {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// What the body is made of while it goes out, if it is not there.
    coming: Option<Coming>,
}

/// Without the body, which may hold what must not be logged.
impl std::fmt::Debug for Response {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.coming {
            Some(_) => write!(out, "Response({}, in parts)", self.status),
            None => write!(out, "Response({}, {} bytes)", self.status, self.body.len()),
        }
    }
}

impl Response {
    pub fn empty(status: u16) -> Response {
        Response { status: known(status), headers: Vec::new(), body: Bytes::new(), coming: None }
    }

    pub fn json(status: u16, value: &dyn Encode) -> Response {
        let mut to = Writer::with_room(Side::Caller, USUAL);
        value.encode(&mut to);
        Response::of_json(status, to.finish().into())
    }

    /// A list whose elements may still have to come in.
    pub fn elements<T: Encode + Send + 'static>(
        status: u16,
        elements: crate::client::Elements<T>,
    ) -> Response {
        match elements.written() {
            Written::Whole(body) => Response::of_json(status, body),
            Written::Coming(parts) => {
                Response { coming: Some(parts), ..Response::of_json(status, Bytes::new()) }
            }
        }
    }

    fn of_json(status: u16, body: Bytes) -> Response {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        Response { headers, body, ..Response::empty(status) }
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
        Response { status, headers, body, coming: None }
    }

    pub(super) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Whether it was made for an earlier request with the same key.
    pub(super) fn is_replayed(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == REPLAYED)
    }

    #[cfg(feature = "store")]
    pub(super) fn is_whole(&self) -> bool {
        self.coming.is_none()
    }

    #[cfg(feature = "store")]
    pub(super) fn parts(&self) -> (StatusCode, &[(HeaderName, HeaderValue)], &Bytes) {
        (self.status, &self.headers, &self.body)
    }

    /// The same, when all of it has come in.
    ///
    /// # Errors
    /// It could not go on.
    pub(super) async fn collected(mut self) -> Result<Response, Failure> {
        if let Some(mut coming) = self.coming.take() {
            let mut whole = BytesMut::new();
            while let Some(part) = coming.next().await {
                whole.extend_from_slice(&part?);
            }
            self.body = whole.freeze();
        }
        Ok(self)
    }

    /// What the body is made of while it goes out.
    pub(super) fn take_coming(&mut self) -> Option<Coming> {
        self.coming.take()
    }

    /// All of a 200.
    pub(super) fn whole(&self) -> Option<&Bytes> {
        Some(&self.body).filter(|_| self.status == StatusCode::OK && self.coming.is_none())
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
