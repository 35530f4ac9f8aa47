//! One exchange of a request and an answer, in bounded time and space, and what it means when there is no answer.

use std::error::Error;
use std::io::{self, ErrorKind};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::response;
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::pool::{Line, Make};
use super::{Shared, told};
use crate::failure::{Answer, CallFailure};

/// Sends a request when there is room for it, and reads the answer whole, all of it until `end`. A call that never got
/// its turn was not sent.
pub async fn run(shared: &Shared, request: &Make<'_>, end: Instant) -> Result<Answer, CallFailure> {
    let Some(_place) = shared.room.place(end.saturating_duration_since(Instant::now())).await else {
        return Err(CallFailure::Rejected { retry_after: Some(1) });
    };
    match timeout_at(end, exchange(shared, request)).await {
        Ok(answer) => answer,
        Err(_) => Err(CallFailure::Timeout),
    }
}

async fn exchange(shared: &Shared, request: &Make<'_>) -> Result<Answer, CallFailure> {
    let (answer, mut line) = shared.pool.send(request).await?;
    let (head, body) = answer.into_parts();
    let body = match encoding_fault(&head.headers) {
        Some(fault) => Err(fault),
        None => read(&mut line, body, shared.max_body).await?,
    };
    if body.is_ok() {
        shared.pool.keep(line).await;
    }
    match body {
        Ok(body) => Ok(answer_of(shared, &head, body)),
        Err(fault) if head.status.is_success() => Err(CallFailure::malformed(fault)),
        // The status says what has happened, with or without a body to go with it.
        Err(_) => Ok(answer_of(shared, &head, Bytes::new())),
    }
}

fn answer_of(shared: &Shared, head: &response::Parts, body: Bytes) -> Answer {
    let media_type = match body.is_empty() {
        true => &[][..],
        false => head.headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes),
    };
    Answer {
        retry_after: told::retry_after(&head.headers),
        sharing: told::sharing(&head.headers),
        has_done_nothing: shared.calling.is_some() && told::has_done_nothing(&head.headers),
        ..Answer::new(head.status.as_u16(), String::from_utf8_lossy(media_type), body)
    }
}

/// We ask for no compression, and a body that is compressed all the same could be of any size.
fn encoding_fault(headers: &HeaderMap) -> Option<String> {
    let is_plain = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    let all_plain = headers.get_all(CONTENT_ENCODING).iter().all(is_plain);
    (!all_plain).then(|| "is compressed, which was not asked for".into())
}

/// Reads a body whole. The inner error is that of a body which is of no use; the connection is then closed, since the
/// rest of it still stands in the way.
async fn read(line: &mut Line, mut body: Incoming, max: usize) -> Result<Result<Bytes, String>, CallFailure> {
    let too_large = || Ok(Err(format!("has more than {max} bytes")));
    let announced = body.size_hint();
    if announced.lower() > u64::try_from(max).unwrap_or(u64::MAX) {
        return too_large();
    }
    let mut parts = Parts::default();
    while let Some(frame) = line.beside(body.frame()).await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if data.len() > max.saturating_sub(parts.len()) {
            return too_large();
        }
        parts.push(data);
    }
    Ok(Ok(parts.into_bytes()))
}

/// A body that came in one piece, as most do, is not copied.
#[derive(Default)]
enum Parts {
    #[default]
    None,
    One(Bytes),
    Many(BytesMut),
}

impl Parts {
    fn len(&self) -> usize {
        match self {
            Parts::None => 0,
            Parts::One(bytes) => bytes.len(),
            Parts::Many(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, data: Bytes) {
        *self = match std::mem::take(self) {
            Parts::None => Parts::One(data),
            Parts::One(first) => {
                let mut all = BytesMut::with_capacity((first.len() + data.len()) * 2);
                all.extend_from_slice(&first);
                all.extend_from_slice(&data);
                Parts::Many(all)
            }
            Parts::Many(mut all) => {
                all.extend_from_slice(&data);
                Parts::Many(all)
            }
        };
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Parts::None => Bytes::new(),
            Parts::One(bytes) => bytes,
            Parts::Many(bytes) => bytes.freeze(),
        }
    }
}

fn broken(error: hyper::Error) -> CallFailure {
    broken_off(&error)
}

/// An answer that stops in the middle says nothing about what the backend has done; one that is no HTTP comes from
/// something that is not the backend.
pub fn broken_off(error: &hyper::Error) -> CallFailure {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let is_garbage =
        io.is_some_and(|io| matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput));
    match error.is_parse() || is_garbage {
        true => CallFailure::malformed(format!("is no HTTP: {}", causes(error))),
        false => CallFailure::BrokenOff(causes(error)),
    }
}

/// What went wrong, and why, down to the first cause: for the log.
pub fn causes(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}
