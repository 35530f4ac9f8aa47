//! The reading of a body: its type is looked at before a byte of it is read, its size while it comes in, and it has to
//! come in within its time.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt;

use super::endpoint::{BodyKind, Endpoint};
use super::rejection::Rejection;

/// Reads the body that an operation takes.
pub async fn read(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    body: Body,
    patience: Duration,
) -> Result<Bytes, Rejection> {
    if endpoint.body == BodyKind::None || body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > endpoint.max_body) {
        return Err(too_large());
    }
    check_type(endpoint.body, headers)?;
    match tokio::time::timeout(patience, collect(body, endpoint.max_body)).await {
        Ok(read) => read,
        Err(_) => {
            Err(Rejection::closing(StatusCode::REQUEST_TIMEOUT, "the body did not come in within its time"))
        }
    }
}

async fn collect(mut body: Body, most: usize) -> Result<Bytes, Rejection> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > most {
            return Err(too_large());
        }
        // Most bodies come in one piece, which is not copied then.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// A caller that goes away has sent what ends too early; one that frames its body in another way than HTTP does has not.
fn broken(error: &axum::Error) -> Rejection {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let is_garbage = causes.any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
    });
    let detail = if is_garbage { "the body is malformed" } else { "the body ended before its end" };
    Rejection::closing(StatusCode::BAD_REQUEST, detail)
}

/// What is left of the body is not read, so the connection cannot be used again.
fn too_large() -> Rejection {
    Rejection::closing(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than the operation takes")
}

fn check_type(kind: BodyKind, headers: &HeaderMap) -> Result<(), Rejection> {
    let refused = |detail| Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return refused("the body must not be compressed");
    }
    let text = headers.get(CONTENT_TYPE).and_then(|media_type| media_type.to_str().ok()).unwrap_or_default();
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let essence = essence.trim().to_ascii_lowercase();
    let (fits, wanted) = match kind {
        BodyKind::None | BodyKind::Binary => (true, ""),
        BodyKind::Json => (is_json(&essence), "the body must be `application/json`"),
        BodyKind::Form(_) => (
            essence == "application/x-www-form-urlencoded",
            "the body must be `application/x-www-form-urlencoded`",
        ),
        BodyKind::Multipart(_) => {
            (essence == "multipart/form-data", "the body must be `multipart/form-data`")
        }
        BodyKind::Text => (essence.starts_with("text/"), "the body must be `text/plain`"),
    };
    if !fits {
        return refused(wanted);
    }
    let is_utf_8 = parameter(parameters, "charset").is_none_or(|name| name.eq_ignore_ascii_case("utf-8"));
    if is_utf_8 || kind == BodyKind::Binary { Ok(()) } else { refused("the body must be in UTF-8") }
}

fn is_json(essence: &str) -> bool {
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The value of a parameter of a media type, such as its `charset`.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    let pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let mut fitting = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    fitting.next().map(|(_, value)| value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(kind: BodyKind, media_type: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, media_type.parse().expect("the header is well formed"));
        check_type(kind, &headers).is_ok()
    }

    #[test]
    fn the_type_of_a_body_has_to_fit() {
        assert!(fits(BodyKind::Json, "application/json"));
        assert!(fits(BodyKind::Json, "Application/JSON; charset=\"UTF-8\""));
        assert!(fits(BodyKind::Json, "application/vnd.shop+json"));
        assert!(!fits(BodyKind::Json, "application/json; charset=latin1"));
        assert!(!fits(BodyKind::Json, "text/json"));
        assert!(!fits(BodyKind::Json, ""));
        assert!(fits(BodyKind::Form(&[]), "application/x-www-form-urlencoded"));
        assert!(fits(BodyKind::Multipart(&[]), "multipart/form-data; boundary=x"));
        assert!(fits(BodyKind::Text, "text/plain"));
        assert!(fits(BodyKind::Binary, "image/png"));
    }

    #[tokio::test]
    async fn a_body_that_ends_too_early_is_told_from_one_that_is_malformed() {
        let detail = async |kind: io::ErrorKind| {
            let broken =
                futures_util::stream::iter([Ok(Bytes::from_static(b"a")), Err(io::Error::from(kind))]);
            let refused = collect(Body::from_stream(broken), 10).await.expect_err("it is broken");
            String::from_utf8(refused.body()).expect("it is text")
        };
        assert!(detail(io::ErrorKind::UnexpectedEof).await.contains("the body ended before its end"));
        assert!(detail(io::ErrorKind::InvalidData).await.contains("the body is malformed"));
    }

    #[test]
    fn a_compressed_body_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "gzip".parse().expect("the header is well formed"));
        assert!(check_type(BodyKind::Binary, &headers).is_err());
    }
}
