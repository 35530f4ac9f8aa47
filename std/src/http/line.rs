//! What comes in, as the protocols above see it: bytes to be read and written, with TLS below them or without.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use super::patient::Patient;
use crate::outside::TcpStream;

/// What an HTTP/2 connection begins with (RFC 9113). It was chosen so that no request of HTTP/1 looks like it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How much is read at once.
const READ: usize = 8 * 1024;

/// A connection that was taken.
pub struct Line {
    stream: Stream,
    /// What was read to know the protocol, and is read once more.
    again: BytesMut,
}

pub enum Stream {
    Plain(Patient<TcpStream>),
    Tls(Box<TlsStream<Patient<TcpStream>>>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Protocol {
    Http1,
    Http2,
}

impl Line {
    pub fn new(stream: Stream) -> Line {
        Line { stream, again: BytesMut::new() }
    }

    /// The certificates that the caller has shown, its own in front.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        match &self.stream {
            Stream::Plain(_) => &[],
            Stream::Tls(stream) => stream.get_ref().1.peer_certificates().unwrap_or_default(),
        }
    }

    /// Has these bytes read first. They were read before.
    pub fn put_back(&mut self, bytes: BytesMut) {
        self.again = bytes;
    }
}

/// Reads as much as it takes to know the protocol: nearly always one read, whose bytes are not read again. What was agreed
/// upon in a TLS handshake does not matter beside what is really spoken.
pub async fn protocol(from: &mut (impl AsyncRead + Unpin), input: &mut BytesMut) -> io::Result<Protocol> {
    loop {
        input.reserve(READ);
        let is_at_end = from.read_buf(input).await? == 0;
        if input.starts_with(PREFACE) {
            return Ok(Protocol::Http2);
        }
        if is_at_end || !PREFACE.starts_with(input) {
            return Ok(Protocol::Http1);
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let line = &mut *self;
        if !line.again.is_empty() {
            let count = line.again.len().min(buffer.remaining());
            buffer.put_slice(line.again.get(..count).unwrap_or_default());
            line.again.advance(count);
            return Poll::Ready(Ok(()));
        }
        match &mut line.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Gives its parts, one at each read, and counts the reads.
    struct Parts<'p> {
        left: &'p [&'p str],
        reads: &'p Cell<usize>,
    }

    impl AsyncRead for Parts<'_> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.reads.set(self.reads.get() + 1);
            if let Some((part, left)) = self.left.split_first() {
                buffer.put_slice(part.as_bytes());
                self.left = left;
            }
            Poll::Ready(Ok(()))
        }
    }

    /// The protocol, after how many reads, and what was read.
    async fn spoken(parts: &[&str]) -> (Protocol, usize, String) {
        let (reads, mut input) = (Cell::new(0), BytesMut::new());
        let protocol = protocol(&mut Parts { left: parts, reads: &reads }, &mut input).await;
        (protocol.expect("it never fails"), reads.get(), String::from_utf8_lossy(&input).into_owned())
    }

    #[tokio::test]
    async fn the_protocol_is_known_by_its_first_bytes_and_nothing_is_lost() {
        use Protocol::{Http1, Http2};
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        for (parts, expected, reads) in [
            (&["GET / HTTP/1.1\r\n"][..], Http1, 1),
            (&["G"], Http1, 1),
            (&["P", "OST / HTTP/1.1\r\n"], Http1, 2),
            (&["PRI * HTTP/2.0\r\n\r\nXX"], Http1, 1),
            (&["PRI * HTTP/1.1\r\n"], Http1, 1),
            (&["PRI", ""], Http1, 2),
            (&[], Http1, 1),
            (&["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore"], Http2, 1),
            (&["PRI * HTTP/2.0\r", "\n\r\nSM\r\n\r", "\n"], Http2, 3),
        ] {
            assert_eq!(spoken(parts).await, (expected, reads, parts.concat()), "{parts:?}");
        }
        assert_eq!(preface.as_bytes(), PREFACE);
    }
}
