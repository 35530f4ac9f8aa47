//! What hyper reads from and writes to: the connection, with the checks of `head` in front. A head is handed on when it
//! has come in whole and was found good, so hyper never sees a bad one. To know where the next head begins, the bodies
//! between them are followed by their framing.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::head::{self, Framing, Refusal};

/// The longest line in front of a chunk, and the longest trailer.
const MAX_CHUNK_LINE: usize = 1024;
/// How much is read at once.
const READ: usize = 8 * 1024;

/// A connection whose requests are looked at before hyper reads them.
pub struct Wire<S> {
    stream: S,
    input: BytesMut,
    place: Place,
    /// How much of `input` was searched for the end of a head.
    scanned: usize,
    refusal: Option<Refusal>,
    is_at_end: bool,
}

/// Where in the stream of requests the next byte stands.
#[derive(Clone, Copy)]
enum Place {
    Head,
    Pass {
        left: u64,
        then: Then,
    },
    Chunk,
    Trailer,
    /// A body was framed wrongly: nothing behind it can be understood.
    Lost,
}

/// What comes behind bytes that are handed on.
#[derive(Clone, Copy)]
enum Then {
    Head,
    Body(Framing),
    Chunk,
    Trailer,
}

impl<S> Wire<S> {
    /// `input`: what was already read of the stream.
    pub fn new(stream: S, input: BytesMut) -> Wire<S> {
        Wire { stream, input, place: Place::Head, scanned: 0, refusal: None, is_at_end: false }
    }

    /// Why a head was refused, if one was.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Whether a part of a head has come in, and not the rest.
    pub fn is_in_head(&self) -> bool {
        matches!(self.place, Place::Head) && !self.input.is_empty()
    }

    /// Whether the caller has sent all that it ever will.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    pub fn into_stream(self) -> S {
        self.stream
    }

    /// Goes on until there is something to hand on; `false` when more has to be read first.
    fn advance(&mut self) -> bool {
        loop {
            let next = match self.place {
                Place::Pass { left: 0, then } => Some(self.behind(then)),
                Place::Pass { .. } | Place::Lost => return true,
                Place::Head => self.head(),
                Place::Chunk => self.chunk(),
                Place::Trailer => self.trailer(),
            };
            match next {
                Some(place) => self.place = place,
                None => return false,
            }
        }
    }

    fn behind(&self, then: Then) -> Place {
        match then {
            Then::Head | Then::Body(Framing::Length(0)) => Place::Head,
            Then::Body(Framing::Length(left)) => Place::Pass { left, then: Then::Head },
            Then::Body(Framing::Chunked) | Then::Chunk => Place::Chunk,
            Then::Trailer => Place::Trailer,
        }
    }

    fn head(&mut self) -> Option<Place> {
        // An empty line in front of a request is a habit of old clients that does no harm.
        while self.input.starts_with(b"\r\n") {
            self.input.advance(2);
        }
        let checked = head::end(&self.input, self.scanned).and_then(|end| {
            let head = end.and_then(|end| self.input.get(..end));
            head.map(|head| Ok((head.len(), head::check(head)?))).transpose()
        });
        self.scanned = self.input.len();
        match checked {
            Ok(Some((length, framing))) => {
                self.scanned = 0;
                Some(Place::Pass { left: length as u64, then: Then::Body(framing) })
            }
            Ok(None) => None,
            Err(refusal) => {
                self.refusal = Some(refusal);
                Some(Place::Lost)
            }
        }
    }

    fn chunk(&mut self) -> Option<Place> {
        let line = match self.line()? {
            Ok(line) => line,
            Err(lost) => return Some(lost),
        };
        let left = line.len() as u64 + 2;
        match chunk_size(line) {
            None => Some(Place::Lost),
            Some(0) => Some(Place::Pass { left, then: Then::Trailer }),
            Some(size) => Some(Place::Pass { left: left + size + 2, then: Then::Chunk }),
        }
    }

    fn trailer(&mut self) -> Option<Place> {
        match self.line()? {
            Ok([]) => Some(Place::Pass { left: 2, then: Then::Head }),
            Ok(line) => Some(Place::Pass { left: line.len() as u64 + 2, then: Then::Trailer }),
            Err(lost) => Some(lost),
        }
    }

    /// The line that the input begins with, without its end; `None` when that has not come yet.
    fn line(&self) -> Option<Result<&[u8], Place>> {
        let Some(end) = self.input.iter().position(|byte| *byte == b'\n') else {
            return if self.input.len() > MAX_CHUNK_LINE { Some(Err(Place::Lost)) } else { None };
        };
        let line = self.input.get(..end).and_then(|line| line.strip_suffix(b"\r"));
        Some(line.filter(|line| line.len() <= MAX_CHUNK_LINE).ok_or(Place::Lost))
    }

    /// Hands on as much as there is and may be handed on.
    fn pass(&mut self, buffer: &mut ReadBuf<'_>) {
        if let Place::Pass { left, .. } = &mut self.place {
            let most = usize::try_from(*left).unwrap_or(usize::MAX);
            let count = self.input.len().min(buffer.remaining()).min(most);
            buffer.put_slice(self.input.get(..count).unwrap_or_default());
            self.input.advance(count);
            *left -= count as u64;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        loop {
            // Nothing put into the buffer is the end of the stream: for hyper, a refused head is one.
            if wire.advance() && (!wire.input.is_empty() || matches!(wire.place, Place::Lost)) {
                wire.pass(buffer);
                return Poll::Ready(Ok(()));
            }
            if wire.is_at_end {
                return Poll::Ready(Ok(()));
            }
            wire.input.reserve(READ);
            let read = pin!(wire.stream.read_buf(&mut wire.input));
            wire.is_at_end = ready!(read.poll(cx))? == 0;
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The size of a chunk, from the line in front of it.
pub fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    let is_size = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_size)?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::AsyncReadExt;

    use super::*;

    /// What hyper would read of this, and the status of the refusal.
    fn read(sent: &str) -> (String, Option<u16>) {
        let mut wire = Wire::new(sent.as_bytes(), BytesMut::new());
        let mut got = Vec::new();
        wire.read_to_end(&mut got).now_or_never().expect("a slice is always ready").expect("and never fails");
        (String::from_utf8_lossy(&got).into_owned(), wire.refusal().map(|refusal| refusal.status.as_u16()))
    }

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    #[test]
    fn good_requests_go_through_one_after_the_other() {
        let chunks = format!("{CHUNKED}3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n");
        let sized = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\nb";
        let all = format!("{GET}{chunks}{GET}{sized}{GET}");
        assert_eq!(read(&all), (all.clone(), None));
    }

    #[test]
    fn nothing_of_a_refused_head_goes_through() {
        assert_eq!(read(&format!("{GET}GET / HTTP/1.1\r\n\r\n{GET}")), (GET.to_owned(), Some(400)));
        assert_eq!(read("GET / HTTP/1.1\nHost: a\n\n"), (String::new(), Some(400)));
    }

    #[test]
    fn nothing_behind_a_broken_chunk_goes_through() {
        for broken in ["z\r\nabc\r\n", "\r\n", "3\nabc\r\n", "-1\r\n", "fffffffffffffffff\r\n"] {
            assert_eq!(read(&format!("{CHUNKED}{broken}{GET}")), (CHUNKED.to_owned(), None));
        }
    }

    #[test]
    fn a_half_head_is_known_as_one() {
        let mut wire = Wire::new(b" / HT".as_slice(), BytesMut::from("GET"));
        let mut got = Vec::new();
        wire.read_to_end(&mut got).now_or_never().expect("a slice is always ready").expect("and never fails");
        assert!(got.is_empty() && wire.is_in_head());
    }
}
