//! One exchange of a request and an answer, in bounded time and space, and what it means when there is no answer.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::response;
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::pool::{Line, Make};
use super::rest::{FIRST, Rest};
use super::{Shared, told};
use crate::failure::{Answer, CallFailure, Sharing};

/// An answer. One of the status that a call wants in parts may have a rest that has not been read.
pub struct Taken {
    pub answer: Answer,
    pub rest: Option<Rest>,
}

/// Sends a request when there is room for it, and reads the answer, all of it until `end`. One of the status `in_parts` is
/// read as far as it has to be good before anything is made of it. A call that never got its turn was not sent.
pub async fn run(
    shared: &Arc<Shared>,
    request: &Make<'_>,
    in_parts: Option<u16>,
    end: Instant,
) -> Result<Taken, CallFailure> {
    let Some(place) = shared.room.place(end.saturating_duration_since(Instant::now())).await else {
        return Err(CallFailure::Rejected { retry_after: Some(1) });
    };
    let (answer, open) = match timeout_at(end, exchange(shared, request, in_parts)).await {
        Ok(ended) => ended?,
        Err(_) => return Err(CallFailure::Timeout),
    };
    if shared.calling.is_some() && is_cut_short(&answer, end) {
        return Err(CallFailure::Timeout);
    }
    let rest = open.map(|(line, body)| {
        let left = end.saturating_duration_since(Instant::now());
        Rest::new(shared, (line, body, place), answer.body.len(), left)
    });
    Ok(Taken { answer, rest })
}

/// Whether one of our own services failed because the time that it was given by us is over. Its timer and ours end in the
/// same millisecond, and which of them is heard first must make no difference.
fn is_cut_short(answer: &Answer, end: Instant) -> bool {
    answer.status >= 400 && Instant::now() >= end
}

/// The answer, and where its rest comes from, if there is one.
async fn exchange(
    shared: &Shared,
    request: &Make<'_>,
    in_parts: Option<u16>,
) -> Result<(Answer, Option<(Line, Incoming)>), CallFailure> {
    #[cfg(feature = "given")]
    if let Some(carried) = crate::given::carry(request()).await {
        let (head, body) = carried?.into_parts();
        return Ok((answer_of(shared, &head, body), None));
    }
    let (answer, mut line) = shared.pool.send(request).await?;
    let (head, mut body) = answer.into_parts();
    let first = match in_parts {
        Some(status) if head.status == status => FIRST,
        Some(_) | None => usize::MAX,
    };
    let read = match encoding_fault(&head.headers) {
        Some(fault) => Err(fault),
        None => read(&mut line, &mut body, shared.max_body, first).await?,
    };
    match read {
        Ok((bytes, Extent::First)) => Ok((answer_of(shared, &head, bytes), Some((line, body)))),
        Ok((bytes, Extent::Whole)) => {
            shared.pool.keep(line).await;
            Ok((answer_of(shared, &head, bytes), None))
        }
        Err(fault) if head.status.is_success() => Err(CallFailure::malformed(fault)),
        // The status says what has happened, with or without a body to go with it.
        Err(_) => Ok((answer_of(shared, &head, Bytes::new()), None)),
    }
}

fn answer_of(shared: &Shared, head: &response::Parts, body: Bytes) -> Answer {
    let media_type = match body.is_empty() {
        true => &[][..],
        false => head.headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes),
    };
    Answer {
        retry_after: told::retry_after(&head.headers),
        // What services of the project answer for is known to the compiler, which has looked at who may share it.
        sharing: if shared.calling.is_some() { Sharing::FREE } else { told::sharing(&head.headers) },
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

/// How much of a body was read.
enum Extent {
    Whole,
    /// There may be more of it.
    First,
}

/// Reads a body, and stops when there is more than `first` of it. The inner error is that of a body which is of no use;
/// the connection is then closed, since the rest of it still stands in the way.
async fn read(
    line: &mut Line,
    body: &mut Incoming,
    max: usize,
    first: usize,
) -> Result<Result<(Bytes, Extent), String>, CallFailure> {
    let announced = body.size_hint();
    if announced.lower() > u64::try_from(max).unwrap_or(u64::MAX) {
        return Ok(Err(too_large(max)));
    }
    let mut parts = Parts::default();
    while let Some(frame) = line.beside(body.frame()).await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if data.len() > max.saturating_sub(parts.len()) {
            return Ok(Err(too_large(max)));
        }
        parts.push(data);
        if parts.len() > first {
            return Ok(Ok((parts.into_bytes(), Extent::First)));
        }
    }
    Ok(Ok((parts.into_bytes(), Extent::Whole)))
}

pub fn too_large(max: usize) -> String {
    format!("has more than {max} bytes")
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

pub fn broken(error: hyper::Error) -> CallFailure {
    broken_off(&error)
}

/// An answer that stops in the middle says nothing about what the backend has done; one that is no HTTP comes from
/// something that is not the backend. A connection that TLS ends, because the backend does not take our certificate for
/// instance, has stopped.
pub fn broken_off(error: &hyper::Error) -> CallFailure {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let is_tls = |io: &io::Error| io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    let is_garbage = io.is_some_and(|io| {
        matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput) && !is_tls(io)
    });
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
