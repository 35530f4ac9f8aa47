//! How answers go out on a connection of HTTP/1. A short one is written in one go, head and body; one that is made while it
//! goes out is written part by part, and no more of it is made than its caller takes.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, Method, Response, StatusCode, Version};
use http_body::{Body as _, Frame};
use tokio::io::{AsyncRead, AsyncWrite};

use super::date;
use super::inlet::Inlet;

/// A part of a body that is not longer than this is written behind what stands in front of it, rather than beside it.
const SHORT: usize = 4 * 1024;
/// No more of a buffer is kept for the next answer.
const KEPT: usize = 16 * 1024;

/// What has to be known of a request to answer it.
pub struct Asked {
    pub method: Method,
    pub version: Version,
    /// Whether another request may come behind it.
    pub stays_open: bool,
}

/// The caller has gone, or takes nothing.
#[derive(Debug)]
pub struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Gone {
        Gone
    }
}

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// There is none.
    NoBody,
    Length(u64),
    Chunks,
    /// It is that of the connection.
    Connection,
}

/// What comes next of a body.
type Next = Option<Result<Frame<Bytes>, axum::Error>>;

/// Where answers are written.
#[derive(Default)]
pub struct Outlet {
    buffer: Vec<u8>,
    /// How much of it has gone out.
    gone: usize,
}

impl Outlet {
    /// Sends an answer. Whether another request may come behind it.
    ///
    /// # Errors
    /// There is nobody any more to send it to.
    pub async fn send<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        answer: Response<Body>,
        asked: &Asked,
        inlet: &mut Inlet<S>,
    ) -> Result<bool, Gone> {
        let length = length(&answer, &asked.method);
        let (parts, body) = answer.into_parts();
        let end = end(&parts, &body, asked);
        let stays_open = asked.stays_open && end != End::Connection && !says_close(&parts.headers);
        write_head(&mut self.buffer, &parts, (length, end), (asked, stays_open));
        let is_whole = match end {
            End::NoBody => true,
            End::Length(length) => self.send_body(body, (length, end), inlet).await?,
            End::Chunks | End::Connection => self.send_body(body, (u64::MAX, end), inlet).await?,
        };
        self.write(inlet.stream(), &[]).await?;
        self.buffer.shrink_to(KEPT);
        Ok(stays_open && is_whole)
    }

    /// Sends a body of so many bytes, but for what stays in the buffer. Whether it came to its end: what there is of one that
    /// did not goes out all the same.
    async fn send_body<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        mut body: Body,
        (mut left, end): (u64, End),
        inlet: &mut Inlet<S>,
    ) -> Result<bool, Gone> {
        while left > 0 {
            let frame = match poll_fn(|cx| self.poll_frame(cx, &mut body, inlet)).await? {
                Some(Ok(frame)) => frame,
                None if end == End::Chunks => {
                    self.buffer.extend_from_slice(b"0\r\n\r\n");
                    return Ok(true);
                }
                None => return Ok(end == End::Connection),
                Some(Err(_)) => return Ok(false),
            };
            // Answers have no trailers, and an empty chunk would be the last one.
            let Some(data) = frame.into_data().ok().filter(|data| !data.is_empty()) else { continue };
            let Some(rest) = left.checked_sub(data.len() as u64) else { return Ok(false) };
            left = rest;
            self.send_part(&data, end, inlet.stream()).await?;
        }
        Ok(true)
    }

    async fn send_part<S: AsyncWrite + Unpin>(
        &mut self,
        data: &[u8],
        end: End,
        to: &mut S,
    ) -> Result<(), Gone> {
        let is_chunk = end == End::Chunks;
        if is_chunk {
            self.buffer.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
        }
        if self.buffer.len() + data.len() <= SHORT {
            self.buffer.extend_from_slice(data);
        } else {
            self.write(to, data).await?;
        }
        if is_chunk {
            self.buffer.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    /// The next part of a body. What is in the buffer goes out while there is none.
    fn poll_frame<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        body: &mut Body,
        inlet: &mut Inlet<S>,
    ) -> Poll<Result<Next, Gone>> {
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
            return Poll::Ready(Ok(frame));
        }
        if !self.buffer.is_empty() {
            ready!(self.poll_write(cx, inlet.stream(), &mut &[][..]))?;
        }
        inlet.poll_gone(cx).map(|()| Err(Gone))
    }

    /// Writes what is in the buffer, and this behind it.
    async fn write<S: AsyncWrite + Unpin>(&mut self, to: &mut S, mut data: &[u8]) -> Result<(), Gone> {
        Ok(poll_fn(|cx| self.poll_write(cx, to, &mut data)).await?)
    }

    fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut S,
        data: &mut &[u8],
    ) -> Poll<io::Result<()>> {
        let mut to = Pin::new(to);
        loop {
            let written = match (self.buffer.get(self.gone..).unwrap_or_default(), *data) {
                ([], []) => break,
                // The kernel does less for one piece than for two.
                ([], left) | (left, []) => to.as_mut().poll_write(cx, left),
                (left, data) => {
                    to.as_mut().poll_write_vectored(cx, &[IoSlice::new(left), IoSlice::new(data)])
                }
            };
            let written = ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            let of_buffer = written.min(self.buffer.len() - self.gone);
            self.gone += of_buffer;
            *data = data.get(written - of_buffer..).unwrap_or_default();
        }
        self.buffer.clear();
        self.gone = 0;
        to.poll_flush(cx)
    }
}

/// How long the body of an answer is, or would be if it had been asked for, where that is known.
pub fn length(answer: &Response<Body>, asked: &Method) -> Option<u64> {
    let has_none = matches!(answer.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    // How long the answer to a GET would be is not known where the body was already left out.
    let is_known = |length: &u64| !has_none && (*length > 0 || *asked != Method::HEAD);
    answer.body().size_hint().exact().filter(is_known)
}

/// How it will be known where the body of an answer ends.
fn end(answer: &Parts, body: &Body, asked: &Asked) -> End {
    let has_none = matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    match body.size_hint().exact() {
        _ if has_none || asked.method == Method::HEAD => End::NoBody,
        Some(length) => End::Length(length),
        None if asked.version == Version::HTTP_11 => End::Chunks,
        None => End::Connection,
    }
}

/// Whether the headers say that the connection ends.
fn says_close(headers: &HeaderMap) -> bool {
    headers.get(CONNECTION).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

fn write_head(
    to: &mut Vec<u8>,
    answer: &Parts,
    (length, end): (Option<u64>, End),
    (asked, stays_open): (&Asked, bool),
) {
    let version = if asked.version == Version::HTTP_10 { "HTTP/1.0 " } else { "HTTP/1.1 " };
    let reason = answer.status.canonical_reason().unwrap_or("Unknown");
    for word in [version, answer.status.as_str(), " ", reason, "\r\n"] {
        to.extend_from_slice(word.as_bytes());
    }
    for (name, value) in &answer.headers {
        // How the body is framed is said below.
        if *name != TRANSFER_ENCODING {
            write_line(to, name.as_str(), value.as_bytes());
        }
    }
    if let Some(length) = length.filter(|_| !answer.headers.contains_key(CONTENT_LENGTH)) {
        write_line(to, CONTENT_LENGTH.as_str(), length.to_string().as_bytes());
    }
    if end == End::Chunks {
        write_line(to, TRANSFER_ENCODING.as_str(), b"chunked");
    }
    match asked.version {
        _ if says_close(&answer.headers) => {}
        Version::HTTP_10 if stays_open => write_line(to, CONNECTION.as_str(), b"keep-alive"),
        Version::HTTP_11 if !stays_open => write_line(to, CONNECTION.as_str(), b"close"),
        _ => {}
    }
    if !answer.headers.contains_key(DATE) {
        date::with_now(|now| write_line(to, DATE.as_str(), now.as_bytes()));
    }
    to.extend_from_slice(b"\r\n");
}

fn write_line(to: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        to.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use futures_util::{FutureExt, StreamExt, stream};
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};

    use super::*;

    /// What goes out to somebody who takes it as it comes, so many bytes at once, and whether the connection stays.
    async fn sent(asked: Asked, answer: Response<Body>, most: usize) -> (String, Option<bool>) {
        let (near, mut far) = duplex(most);
        let mut inlet = Inlet::new(near, BytesMut::new());
        let send = async move { Outlet::default().send(answer, &asked, &mut inlet).await.ok() };
        let mut got = String::new();
        let (stays_open, read) = tokio::join!(send, far.read_to_string(&mut got));
        read.expect("it is text");
        (got, stays_open)
    }

    fn asked(method: Method, version: Version, stays_open: bool) -> Asked {
        Asked { method, version, stays_open }
    }

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: Body) -> Response<Body> {
        let mut answer = Response::builder().status(status).header(DATE, "today");
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        answer.body(body).expect("it is well formed")
    }

    /// A body of parts that comes to its end, or does not.
    fn in_parts(parts: &'static [&'static str], end: Option<&'static str>) -> Body {
        let end = stream::iter(end.map(|why| Err(io::Error::other(why))));
        Body::from_stream(
            stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes())))).chain(end),
        )
    }

    #[tokio::test]
    async fn an_answer_says_where_it_ends_and_whether_the_connection_stays() {
        let (get, head) = (|| Method::GET, || Method::HEAD);
        let (old, new) = (Version::HTTP_10, Version::HTTP_11);
        let text = || Body::from("abc");
        let parts = || in_parts(&["ab", "", "c"], None);
        for (asked, answer, expected, stays) in [
            (
                asked(get(), new, true),
                answer(200, &[("x", "y")], text()),
                "1.1 200 OK|date: today|x: y|content-length: 3||abc",
                true,
            ),
            (
                asked(get(), new, true),
                answer(200, &[], Body::empty()),
                "1.1 200 OK|date: today|content-length: 0||",
                true,
            ),
            (
                asked(get(), new, false),
                answer(404, &[], text()),
                "1.1 404 Not Found|date: today|content-length: 3|connection: close||abc",
                false,
            ),
            (
                asked(get(), new, true),
                answer(200, &[("connection", "close")], text()),
                "1.1 200 OK|date: today|connection: close|content-length: 3||abc",
                false,
            ),
            (
                asked(head(), new, true),
                answer(200, &[("content-length", "7")], text()),
                "1.1 200 OK|date: today|content-length: 7||",
                true,
            ),
            (asked(get(), new, true), answer(204, &[], text()), "1.1 204 No Content|date: today||", true),
            (asked(get(), new, true), answer(304, &[], text()), "1.1 304 Not Modified|date: today||", true),
            (
                asked(get(), new, true),
                answer(200, &[], parts()),
                "1.1 200 OK|date: today|transfer-encoding: chunked||2|ab|1|c|0||",
                true,
            ),
            (
                asked(head(), new, true),
                answer(200, &[], text()),
                "1.1 200 OK|date: today|content-length: 3||",
                true,
            ),
            (asked(head(), new, true), answer(200, &[], Body::empty()), "1.1 200 OK|date: today||", true),
            (asked(head(), new, true), answer(200, &[], parts()), "1.1 200 OK|date: today||", true),
            (
                asked(get(), old, true),
                answer(200, &[], text()),
                "1.0 200 OK|date: today|content-length: 3|connection: keep-alive||abc",
                true,
            ),
            (
                asked(get(), old, false),
                answer(200, &[], text()),
                "1.0 200 OK|date: today|content-length: 3||abc",
                false,
            ),
            (asked(get(), old, true), answer(200, &[], parts()), "1.0 200 OK|date: today||abc", false),
            (
                asked(get(), new, true),
                answer(299, &[], text()),
                "1.1 299 Unknown|date: today|content-length: 3||abc",
                true,
            ),
        ] {
            let (sent, stays_open) = sent(asked, answer, 1_000).await;
            assert_eq!(sent, format!("HTTP/{expected}").replace('|', "\r\n"));
            assert_eq!(stays_open, Some(stays), "{expected}");
        }
    }

    #[tokio::test]
    async fn an_answer_has_its_time() {
        let answer = Response::new(Body::empty());
        let (sent, _) = sent(asked(Method::GET, Version::HTTP_11, true), answer, 1_000).await;
        let date =
            sent.split_once("\r\ndate: ").and_then(|(_, rest)| rest.lines().next()).unwrap_or_default();
        assert!(httpdate::parse_http_date(date).is_ok(), "{sent}");
    }

    #[tokio::test]
    async fn a_long_answer_goes_out_whole_however_little_is_taken_at_once() {
        let long = "0123456789".repeat(3 * SHORT / 10);
        let part: &'static str = long.clone().leak();
        let parts: &'static [&'static str] = vec![part, "a", part].leak();
        for most in [1, 7, 1_000, 1 << 20] {
            let (whole, _) =
                sent(asked(Method::GET, Version::HTTP_11, true), Response::new(long.clone().into()), most)
                    .await;
            assert_eq!(whole.split_once("\r\n\r\n").map(|(_, body)| body), Some(long.as_str()));
            let answer = Response::new(in_parts(parts, None));
            let (chunked, _) = sent(asked(Method::GET, Version::HTTP_11, true), answer, most).await;
            let size = format!("{:x}", long.len());
            let expected = format!("{size}\r\n{long}\r\n1\r\na\r\n{size}\r\n{long}\r\n0\r\n\r\n");
            assert_eq!(chunked.split_once("\r\n\r\n").map(|(_, body)| body), Some(expected.as_str()));
        }
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_not_ended_as_if_it_were_whole() {
        let answer = Response::new(in_parts(&["ab"], Some("it was asked for")));
        let (sent, stays_open) = sent(asked(Method::GET, Version::HTTP_11, true), answer, 1_000).await;
        assert!(sent.ends_with("\r\n\r\n2\r\nab\r\n"), "{sent}");
        assert_eq!(stays_open, Some(false));
    }

    #[tokio::test]
    async fn what_there_is_goes_out_while_more_is_waited_for_until_the_caller_has_gone() {
        let (near, mut far): (DuplexStream, DuplexStream) = duplex(1_000);
        let mut inlet = Inlet::new(near, BytesMut::new());
        let first = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"ab"))]);
        let answer = Response::new(Body::from_stream(first.chain(stream::pending())));
        let (mut outlet, asked) = (Outlet::default(), asked(Method::GET, Version::HTTP_11, true));
        let mut sending = Box::pin(outlet.send(answer, &asked, &mut inlet));
        assert!((&mut sending).now_or_never().is_none());
        let mut got = vec![0; 1_000];
        let count = far.read(&mut got).await.expect("it is open");
        assert!(got.get(..count).is_some_and(|got| got.ends_with(b"2\r\nab\r\n")));
        assert!((&mut sending).now_or_never().is_none());
        drop(far);
        assert!(sending.await.is_err());
    }
}
