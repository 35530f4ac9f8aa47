//! A stand-in for the failures that are being written, so that what needs them can be built meanwhile.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use super::rejection::{PROBLEM, Rejection};
use crate::codec::{FaultAt, Side, Writer};

/// What an operation answers when it does not answer its success.
#[derive(Debug)]
pub struct Failure {
    pub status: u16,
    faults: Vec<FaultAt>,
}

impl Failure {
    pub fn of(status: u16) -> Failure {
        Failure { status, faults: Vec::new() }
    }

    pub fn bad_request(faults: Vec<FaultAt>) -> Failure {
        Failure { status: 400, faults }
    }

    pub fn late() -> Failure {
        Failure::of(504)
    }

    pub fn broken() -> Failure {
        Failure::of(500)
    }

    pub fn into_http(self) -> http::Response<Body> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.faults.is_empty() {
            return Rejection::new(status, "").into_response();
        }
        let mut to = Writer::new(Side::Caller);
        let mut fields = to.object();
        fields.field("type", &"about:blank").field("title", &"Bad request").field("status", &400);
        let mut faults = b"[".to_vec();
        for (index, fault) in self.faults.iter().enumerate() {
            let mut one = Writer::new(Side::Caller);
            one.object().field("at", &fault.at).field("message", &fault.message).end();
            faults.extend_from_slice(if index > 0 { b"," } else { b"" });
            faults.extend_from_slice(&one.finish());
        }
        faults.push(b']');
        let faults = crate::codec::from_json(&faults, Side::Backend, "", crate::codec::Reader::json);
        fields.field("faults", &faults.unwrap_or(crate::Json::Null));
        fields.end();
        let mut response = http::Response::new(Body::from(Bytes::from(to.finish())));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", HeaderValue::from_static(PROBLEM));
        response
    }
}
