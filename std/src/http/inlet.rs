//! What comes in on a connection of HTTP/1: the heads of requests, one after the other, and the bodies between them. A body
//! that has come in whole is handed over as it is; another one is read while its operation asks for it, by whoever asks,
//! who has the connection for as long.

use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::framing::{Came, Fault, Framing};
use super::head::{self, Head, Refusal};
use super::line::Line;

/// How much is read at once.
const READ: usize = 8 * 1024;
/// There has to be room for so much, or more room is made. Most heads are shorter.
const ROOM: usize = 1024;
/// What a caller waits for who waits with the body of his request.
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A connection, and what has come in on it.
pub struct Inlet<S = Line> {
    stream: S,
    /// What was not looked at.
    input: BytesMut,
    /// How much of it was searched for the end of a head.
    scanned: usize,
    /// What is left of the body of the last request.
    body: Framing,
    /// What is to be said before more of it comes.
    unsaid: &'static [u8],
    is_at_end: bool,
}

impl<S> Inlet<S> {
    /// `input`: what was already read of the stream.
    pub fn new(stream: S, input: BytesMut) -> Inlet<S> {
        Inlet { stream, input, scanned: 0, body: Framing::OVER, unsaid: &[], is_at_end: false }
    }

    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    pub fn into_stream(self) -> S {
        self.stream
    }

    /// Whether a part of a head has come in, and not the rest.
    pub fn is_in_head(&self) -> bool {
        self.body.is_over() && !self.input.is_empty()
    }

    /// Whether the caller has sent all that it ever will.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// What is left of the body of the last request.
    pub fn body(&self) -> &Framing {
        &self.body
    }

    /// Whether the caller waits to hear that it may send the body of its request: it may never send it.
    pub fn is_waited_for(&self) -> bool {
        !self.unsaid.is_empty()
    }

    /// The next request, when all of its head has come in.
    pub fn head(&mut self) -> Result<Option<Head>, Refusal> {
        // An empty line in front of a request is a habit of old clients that does no harm.
        while self.input.starts_with(b"\r\n") {
            self.input.advance(2);
            self.scanned = 0;
        }
        let Some(end) = head::end(&self.input, self.scanned)? else {
            self.scanned = self.input.len();
            return Ok(None);
        };
        self.scanned = 0;
        let mut head = head::read(&self.input.split_to(end).freeze())?;
        self.body = std::mem::replace(&mut head.body, Framing::OVER);
        self.unsaid = if head.waits && !self.body.is_over() { GO_ON } else { &[] };
        Ok(Some(head))
    }

    /// The body of the last request, if all of it has come in.
    fn whole_body(&mut self) -> Option<Bytes> {
        let Framing::Length(left) = self.body else { return None };
        let length = usize::try_from(left).ok().filter(|length| *length <= self.input.len())?;
        (self.body, self.unsaid) = (Framing::OVER, &[]);
        Some(self.input.split_to(length).freeze())
    }
}

impl<S: AsyncRead + Unpin> Inlet<S> {
    /// Reads what comes in; nothing more will when [`Inlet::is_at_end`].
    pub fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.input.capacity() - self.input.len() < ROOM {
            self.input.reserve(READ);
        }
        let read = pin!(self.stream.read_buf(&mut self.input));
        self.is_at_end = ready!(read.poll(cx))? == 0;
        Poll::Ready(Ok(()))
    }

    /// Is ready when the caller has gone while it could wait for its answer. That is not looked for where it has already
    /// sent more.
    pub fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.body.is_over() && self.input.is_empty() {
            match ready!(self.poll_more(cx)) {
                Ok(()) if !self.is_at_end => {}
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Inlet<S> {
    /// The next part of the body of the last request; none at its end.
    pub fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match self.body.take(&mut self.input, 1, self.is_at_end) {
                Ok(Came::Part(part)) => return Poll::Ready(Some(Ok(part))),
                Ok(Came::Over) => return Poll::Ready(None),
                Ok(Came::More(_)) => {}
                Err(Fault::Cut) => return Poll::Ready(Some(Err(ErrorKind::UnexpectedEof.into()))),
                Err(Fault::Garbage(why)) => {
                    return Poll::Ready(Some(Err(io::Error::new(ErrorKind::InvalidData, why))));
                }
            }
            let more = match ready!(self.poll_say(cx)) {
                Ok(()) => ready!(self.poll_more(cx)),
                Err(error) => Err(error),
            };
            if let Err(error) = more {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Tells the caller to go on, if it waits for that.
    fn poll_say(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unsaid.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while !self.unsaid.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, self.unsaid))?;
            self.unsaid = self.unsaid.get(written.max(1)..).unwrap_or_default();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }
}

/// A connection while a request is worked on.
pub enum Hold {
    Here(Box<Inlet>),
    /// The body of the request has it.
    Lent(Lent),
}

type Lent = Arc<Mutex<Option<Box<Inlet>>>>;

impl Hold {
    /// The body of the last request, and the connection behind it.
    pub fn of(mut inlet: Box<Inlet>) -> (Body, Hold) {
        if inlet.body.is_over() {
            return (Body::empty(), Hold::Here(inlet));
        }
        match inlet.whole_body() {
            Some(body) => (Body::from(body), Hold::Here(inlet)),
            None => {
                let lent = Lent::new(Mutex::new(Some(inlet)));
                (Body::new(Arriving { from: Arc::clone(&lent) }), Hold::Lent(lent))
            }
        }
    }

    /// As [`Inlet::poll_gone`].
    pub fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Hold::Here(inlet) => inlet.poll_gone(cx),
            Hold::Lent(lent) => lock(lent).as_mut().map_or(Poll::Pending, |inlet| inlet.poll_gone(cx)),
        }
    }

    /// The connection. Whoever still has the body gets no more of it.
    pub fn back(self) -> Option<Box<Inlet>> {
        match self {
            Hold::Here(inlet) => Some(inlet),
            Hold::Lent(lent) => lock(&lent).take(),
        }
    }
}

fn lock(lent: &Lent) -> MutexGuard<'_, Option<Box<Inlet>>> {
    lent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A body that is read while it is asked for.
struct Arriving {
    from: Lent,
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match lock(&self.from).as_mut() {
            Some(inlet) => inlet.poll_part(cx).map(|part| part.map(|part| part.map(Frame::data))),
            None => Poll::Ready(Some(Err(ErrorKind::UnexpectedEof.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        lock(&self.from).as_ref().is_some_and(|inlet| inlet.body.is_over())
    }

    fn size_hint(&self) -> SizeHint {
        match lock(&self.from).as_ref().map(|inlet| &inlet.body) {
            Some(Framing::Length(left)) => SizeHint::with_exact(*left),
            _ => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt;
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    type Near = Inlet<DuplexStream>;

    const GET: &str = "GET /g HTTP/1.1\r\nHost: a\r\n\r\n";
    const SIZED: &str = "POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    const CHUNKED: &str = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    fn ends() -> (Near, DuplexStream) {
        let (near, far) = duplex(1 << 20);
        (Inlet::new(near, BytesMut::new()), far)
    }

    /// A duplex has room for all that is sent in these tests.
    fn send(far: &mut DuplexStream, bytes: &[u8]) {
        far.write_all(bytes).now_or_never().expect("there is room").expect("it is open");
    }

    /// What is read of this, sent in pieces of so many bytes: paths, and bodies behind them. It ends with a status when a
    /// head was refused, and with `!` in a body that is none.
    fn read(sent: &str, piece: usize) -> String {
        let (mut inlet, mut far) = ends();
        let mut read = String::new();
        let mut pieces = sent.as_bytes().chunks(piece);
        loop {
            match poll_fn(|cx| poll_next(&mut inlet, cx)).now_or_never() {
                Some(Ok(next)) => read.push_str(&next),
                Some(Err(end)) => return read + &end,
                None => match pieces.next() {
                    Some(piece) => send(&mut far, piece),
                    None => return read,
                },
            }
        }
    }

    fn poll_next(inlet: &mut Near, cx: &mut Context<'_>) -> Poll<Result<String, String>> {
        loop {
            match ready!(inlet.poll_part(cx)) {
                Some(Ok(part)) => return Poll::Ready(Ok(String::from_utf8_lossy(&part).into_owned())),
                Some(Err(_)) => return Poll::Ready(Err("!".to_owned())),
                None => {}
            }
            match inlet.head() {
                Ok(Some(head)) => return Poll::Ready(Ok(head.parts.uri.path().to_owned())),
                Err(refusal) => return Poll::Ready(Err(refusal.status.as_str().to_owned())),
                Ok(None) => ready!(inlet.poll_more(cx)).expect("it is open"),
            }
        }
    }

    #[test]
    fn requests_are_read_one_after_the_other_however_they_come_in() {
        let chunks = format!("{CHUNKED}3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n");
        let all = format!("{GET}{chunks}\r\n{GET}{SIZED}d\nf{GET}");
        for piece in 1..=all.len() {
            assert_eq!(read(&all, piece), "/g/cabc0123456789/g/sd\nf/g", "in pieces of {piece}");
        }
    }

    #[test]
    fn nothing_behind_a_refused_head_is_read() {
        for piece in [1, 7, 1_000] {
            assert_eq!(read(&format!("{GET}GET /x HTTP/1.1\r\n\r\n{GET}"), piece), "/g400");
            assert_eq!(read("GET /x HTTP/1.1\nHost: a\n\n", piece), "400");
        }
    }

    #[test]
    fn nothing_behind_a_broken_chunk_is_read() {
        for broken in
            ["z\r\nabc\r\n", "\r\n", "3\nabc\r\n", "-1\r\n", "fffffffffffffffff\r\n", "3\r\nabcd\r\n"]
        {
            let abc = if broken.starts_with("3\r") { "abc" } else { "" };
            assert_eq!(read(&format!("{CHUNKED}{broken}{GET}"), 1_000), format!("/c{abc}!"), "{broken:?}");
        }
    }

    #[test]
    fn a_half_head_is_known_as_one() {
        let (near, _far) = duplex(16);
        let mut inlet = Inlet::new(near, BytesMut::from("GET / HT"));
        assert!(inlet.head().is_ok_and(|head| head.is_none()) && inlet.is_in_head());
    }

    #[test]
    fn a_body_that_is_cut_off_is_none() {
        let (mut inlet, mut far) = ends();
        send(&mut far, format!("{SIZED}ab").as_bytes());
        let mut next = || poll_fn(|cx| poll_next(&mut inlet, cx)).now_or_never();
        assert_eq!(next(), Some(Ok("/s".to_owned())));
        assert_eq!(next(), Some(Ok("ab".to_owned())));
        assert_eq!(next(), None);
        drop(far);
        assert_eq!(next(), Some(Err("!".to_owned())));
    }

    #[test]
    fn who_waits_with_a_body_is_told_to_go_on_when_it_is_wanted_and_has_not_come() {
        let waits = SIZED.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
        for (sent, heard) in [(waits.clone(), "HTTP/1.1 100 Continue\r\n\r\n"), (format!("{waits}abc"), "")] {
            let (mut inlet, mut far) = ends();
            send(&mut far, sent.as_bytes());
            while poll_fn(|cx| poll_next(&mut inlet, cx)).now_or_never().is_some() {}
            drop(inlet);
            let mut said = String::new();
            far.read_to_string(&mut said).now_or_never().expect("it has ended").expect("it is text");
            assert_eq!(said, heard);
        }
    }

    #[test]
    fn who_has_gone_is_missed_unless_he_has_sent_more() {
        for (sent, is_missed) in
            [(GET.to_owned(), true), (format!("{GET}{GET}"), false), (SIZED.to_owned(), false)]
        {
            let (mut inlet, mut far) = ends();
            send(&mut far, sent.as_bytes());
            let _ = poll_fn(|cx| poll_next(&mut inlet, cx)).now_or_never();
            assert_eq!(poll_fn(|cx| inlet.poll_gone(cx)).now_or_never(), None);
            drop(far);
            assert_eq!(poll_fn(|cx| inlet.poll_gone(cx)).now_or_never().is_some(), is_missed, "{sent}");
        }
    }
}
