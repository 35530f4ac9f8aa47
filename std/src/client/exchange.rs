//! One exchange of a request and an answer, in bounded time and space, and what it means when there is no answer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, timeout_at};

use super::Shared;
use super::line::Line;
use super::pool::Make;
use super::rest::{FIRST, Rest};
use super::told::Told;
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
    let Some(place) = shared.room.place(end).await else {
        return Err(CallFailure::Rejected { retry_after: Some(1) });
    };
    let (answer, open) = match timeout_at(end, exchange(shared, request, in_parts)).await {
        Ok(ended) => ended?,
        Err(_) => return Err(CallFailure::Timeout),
    };
    if shared.calling.is_some() && is_cut_short(&answer, end) {
        return Err(CallFailure::Timeout);
    }
    let rest = open.map(|line| {
        let left = end.saturating_duration_since(Instant::now());
        Rest::new(shared, (line, place), answer.body.len(), left)
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
) -> Result<(Answer, Option<Line>), CallFailure> {
    #[cfg(feature = "given")]
    if let Some(carried) = crate::given::carry(request().whole()).await {
        let (head, body) = carried?.into_parts();
        let mut told = Told::default();
        for (name, value) in &head.headers {
            told.line(name.as_str(), value.as_bytes());
        }
        return Ok((answer_of(shared, head.status.as_u16(), told, body), None));
    }
    let (head, mut line) = shared.pool.send(request).await?;
    let first = match in_parts {
        Some(status) if head.status == status => FIRST,
        Some(_) | None => usize::MAX,
    };
    let read = match head.told.is_compressed {
        true => Err("is compressed, which was not asked for".into()),
        false => read(&mut line, shared.max_body, first).await?,
    };
    match read {
        Ok((bytes, Extent::First)) => Ok((answer_of(shared, head.status, head.told, bytes), Some(line))),
        Ok((bytes, Extent::Whole)) => {
            shared.pool.keep(line);
            Ok((answer_of(shared, head.status, head.told, bytes), None))
        }
        Err(fault) if (200..300).contains(&head.status) => Err(CallFailure::malformed(fault)),
        // The status says what has happened, with or without a body to go with it.
        Err(_) => Ok((answer_of(shared, head.status, head.told, Bytes::new()), None)),
    }
}

fn answer_of(shared: &Shared, status: u16, mut told: Told, body: Bytes) -> Answer {
    let media_type = if body.is_empty() { String::new() } else { told.media_type() };
    Answer {
        retry_after: told.retry_after,
        // What services of the project answer for is known to the compiler, which has looked at who may share it.
        sharing: if shared.calling.is_some() { Sharing::FREE } else { told.sharing() },
        has_done_nothing: shared.calling.is_some() && told.has_done_nothing(),
        ..Answer::new(status, media_type, body)
    }
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
    max: usize,
    first: usize,
) -> Result<Result<(Bytes, Extent), String>, CallFailure> {
    if line.announced().is_some_and(|length| length > max as u64) {
        return Ok(Err(too_large(max)));
    }
    let mut parts = Parts::default();
    loop {
        // One byte more than there should be tells that there are too many.
        let wanted = (max - parts.len()).min(first).saturating_add(1);
        let Some(data) = line.part(wanted).await? else { break };
        if data.len() > max - parts.len() {
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
