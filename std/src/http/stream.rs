//! One request of an HTTP/2 connection, and its answer. What the checks of heads refuse in HTTP/1 is refused here too.
//! Of an answer no more is handed to the connection than its caller takes, so that it is known who takes nothing.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::{Either, select};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderValue, Method, Request, Response};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tokio::time::timeout;
use tower_service::Service;

use super::connection::{Peer, refused};
use super::date;
use super::head;
use super::outlet;
use super::rejection::Rejection;
use super::shed;
use super::shell::Shell;
use super::slow::Slow;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended {
    Whole,
    /// The caller did not wait for the answer, or did not take it.
    GivenUp,
}

pub async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    peer: Peer,
    router: Router,
    shell: Shell,
) -> Ended {
    let method = request.method().clone();
    let response = {
        let worked_on = pin!(response(request, peer, router, &shell));
        let given_up = pin!(poll_fn(|cx| respond.poll_reset(cx)));
        match select(worked_on, given_up).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => return Ended::GivenUp,
        }
    };
    let (mut parts, body) = complete(response, &method).into_parts();
    let slow = parts.extensions.remove().unwrap_or_default();
    let is_all = method == Method::HEAD || body.is_end_stream();
    match respond.send_response(Response::from_parts(parts, ()), is_all) {
        Ok(_) if is_all => Ended::Whole,
        Ok(stream) => send(body, stream, shell.limits().write_timeout, &slow).await,
        Err(_) => Ended::GivenUp,
    }
}

async fn response(
    request: Request<RecvStream>,
    peer: Peer,
    mut router: Router,
    shell: &Shell,
) -> Response<Body> {
    let (mut parts, stream) = request.into_parts();
    if let Err(refusal) = head::check_parts(&parts) {
        refused(refusal, shell);
        let mut answer = Rejection::new(refusal.status, refusal.detail).into_response();
        if let Some(page) = shell.pages().asked(&parts.headers) {
            page.tell(answer.headers_mut());
        }
        return answer;
    }
    parts.extensions.insert(peer);
    let request = Request::from_parts(parts, Body::new(Incoming { stream }));
    if let Some(answer) = shed::turned_away(&request, shell) {
        return answer;
    }
    match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Puts on an answer what its handler need not know of. In HTTP/1 that is written with its head.
fn complete(mut response: Response<Body>, method: &Method) -> Response<Body> {
    let length = outlet::length(&response, method);
    let headers = response.headers_mut();
    // They are of the connection, and HTTP/2 forbids them (RFC 9113, 8.2.2).
    for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE, KEEP_ALIVE, PROXY_CONNECTION] {
        headers.remove(name);
    }
    if let Some(length) = length.filter(|_| !headers.contains_key(CONTENT_LENGTH)) {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    if let Ok(date) = date::with_now(HeaderValue::from_str) {
        headers.entry(DATE).or_insert(date);
    }
    response
}

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Sends a body, as it is taken.
async fn send(mut body: Body, mut stream: SendStream<Bytes>, patience: Duration, slow: &Slow) -> Ended {
    loop {
        let next = {
            let given_up = pin!(poll_fn(|cx| stream.poll_reset(cx)));
            match select(body.frame(), given_up).await {
                Either::Left((next, _)) => next,
                Either::Right(_) => return Ended::GivenUp,
            }
        };
        let data = match next.map(|frame| frame.map(Frame::into_data)) {
            None => return end(&mut stream),
            Some(Ok(Ok(data))) => data,
            // Answers have no trailers.
            Some(Ok(Err(_))) => continue,
            // It cannot go on. Its caller must not take what there is for the whole.
            Some(Err(_)) => {
                stream.send_reset(Reason::INTERNAL_ERROR);
                return Ended::Whole;
            }
        };
        let rest = if body.is_end_stream() { Rest::None } else { Rest::Some };
        match hand_on(&mut stream, data, rest, (patience, slow)).await {
            Some(Rest::None) => return Ended::Whole,
            Some(Rest::Some) => {}
            None => return Ended::GivenUp,
        }
    }
}

fn end(stream: &mut SendStream<Bytes>) -> Ended {
    match stream.send_data(Bytes::new(), true) {
        Ok(()) => Ended::Whole,
        Err(_) => Ended::GivenUp,
    }
}

/// Whether more comes behind a part of a body.
#[derive(Clone, Copy, PartialEq)]
enum Rest {
    Some,
    None,
}

/// Hands data on as far as there is room for it; `None` when there is none for too long, or never again.
async fn hand_on(
    stream: &mut SendStream<Bytes>,
    mut data: Bytes,
    rest: Rest,
    (patience, slow): (Duration, &Slow),
) -> Option<Rest> {
    if data.is_empty() {
        return Some(Rest::Some);
    }
    while !data.is_empty() {
        stream.reserve_capacity(data.len());
        if stream.capacity() == 0 {
            match timeout(patience, poll_fn(|cx| stream.poll_capacity(cx))).await {
                Ok(more) => more?.ok()?,
                Err(_) => {
                    slow.note();
                    stream.send_reset(Reason::CANCEL);
                    return None;
                }
            };
        }
        let part = data.split_to(stream.capacity().min(data.len()));
        if !part.is_empty() {
            stream.send_data(part, rest == Rest::None && data.is_empty()).ok()?;
        }
    }
    Some(rest)
}

/// The body of a request. What was read makes room for more.
struct Incoming {
    stream: RecvStream,
}

impl http_body::Body for Incoming {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        let read = ready!(self.stream.poll_data(cx));
        if let Some(Ok(data)) = &read {
            let _ = self.stream.flow_control().release_capacity(data.len());
        }
        Poll::Ready(read.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}
