//! A connection to a backend, and HTTP/1.1 on it: one request goes out, and one answer comes in. Whoever calls moves it on
//! by himself, so nothing has to be woken for what comes in, and a call that is given up takes its connection with it.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::connect::Stream;
use super::head::{self, Head, MAX_HEAD};
use super::outgoing::Sending;
use crate::failure::CallFailure;
use crate::http::framing::{Came, Fault, Framing};

/// How much there is room for when nobody knows how much will come.
const READ: usize = 8 * 1024;
/// How much is read at once at most.
const MOST: usize = 64 * 1024;

/// A connection, while one call has it.
pub struct Line {
    stream: Box<dyn Stream>,
    /// What has come in, and was not looked at.
    input: BytesMut,
    /// Whether there was more room for it than is worth to be kept.
    has_grown: bool,
    is_ended: bool,
    /// Where heads of requests are written.
    output: Vec<u8>,
    /// What is left of the answer.
    body: Framing,
    stays_open: bool,
    /// Whether there was an answer on it.
    was_used: bool,
}

impl Line {
    pub fn new(stream: Box<dyn Stream>) -> Line {
        Line {
            stream,
            input: BytesMut::new(),
            has_grown: false,
            is_ended: false,
            output: Vec::new(),
            body: Framing::OVER,
            stays_open: true,
            was_used: false,
        }
    }

    /// Sends a request, and gives the head of its answer. None on a connection that had ended, or could not be used, before
    /// anything of it was sent.
    ///
    /// # Errors
    /// There was no answer, or what came is none.
    pub async fn ask(&mut self, request: &Sending<'_>) -> Result<Option<Head>, CallFailure> {
        // Until it is known to be otherwise, even when nobody waits for the answer any more.
        self.stays_open = false;
        let mut head = std::mem::take(&mut self.output);
        head.clear();
        request.write_head(&mut head);
        let mut going = Going { left: [&head, request.body()], is_flushed: false, fault: None };
        let mut before = MAX_HEAD;
        let asked = poll_fn(|cx| {
            // Nobody has asked for anything yet.
            if self.was_used && going.left[0].len() == head.len() && self.fill(cx, READ).is_ready() {
                return Poll::Ready(Ok(None));
            }
            going.go_on(cx, &mut self.stream);
            self.poll_head(cx, request, &mut before, &mut going.fault).map_ok(Some)
        });
        let answer = asked.await?;
        self.stays_open = going.is_flushed && answer.as_ref().is_some_and(|answer| answer.stays_open);
        self.output = head;
        self.was_used = true;
        Ok(answer)
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        request: &Sending<'_>,
        before: &mut usize,
        unsent: &mut Option<io::Error>,
    ) -> Poll<Result<Head, CallFailure>> {
        loop {
            if let Some(mut head) = self.head(request.is_of_head(), before).map_err(garbage)? {
                self.body = std::mem::replace(&mut head.framing, Framing::OVER);
                return Poll::Ready(Ok(head));
            }
            let failed = match ready!(self.fill(cx, READ)) {
                Ok(()) if self.is_ended => {
                    let why = "connection closed before message completed";
                    unsent.take().map_or_else(|| CallFailure::BrokenOff(why.to_owned()), broken_off)
                }
                Ok(()) => continue,
                Err(error) => broken_off(unsent.take().unwrap_or(error)),
            };
            return Poll::Ready(Err(failed));
        }
    }

    /// The head of the answer, when all of it has come in. What comes before is passed over.
    fn head(&mut self, is_of_head: bool, before: &mut usize) -> Result<Option<Head>, &'static str> {
        loop {
            let empty = self.input.iter().take_while(|byte| b"\r\n".contains(byte)).count();
            *before = head::left(*before, empty)?;
            self.input.advance(empty);
            if self.input.is_empty() {
                return Ok(None);
            }
            let Some((head, length)) = head::read(&self.input, is_of_head)? else {
                return head::left(*before, self.input.len()).map(|_| None);
            };
            *before = head::left(*before, length)?;
            self.input.advance(length);
            if !matches!(head.status, 100 | 102..200) {
                return Ok(Some(head));
            }
        }
    }

    /// How many bytes the rest of the answer has, if it was said.
    pub fn announced(&self) -> Option<u64> {
        match self.body {
            Framing::Length(left) => Some(left),
            Framing::UntilEnd | Framing::Chunked(_) => None,
        }
    }

    /// The next part of the answer, of at least so many bytes if there are that many; none at its end.
    ///
    /// # Errors
    /// It broke off, or is no answer.
    pub async fn part(&mut self, wanted: usize) -> Result<Option<Bytes>, CallFailure> {
        poll_fn(|cx| {
            loop {
                let room = match self.body.take(&mut self.input, wanted, self.is_ended) {
                    Ok(Came::Part(part)) => return Poll::Ready(Ok(Some(part))),
                    Ok(Came::Over) => return Poll::Ready(Ok(None)),
                    Ok(Came::More(room)) => room,
                    Err(Fault::Cut) => return Poll::Ready(Err(cut())),
                    Err(Fault::Garbage(why)) => return Poll::Ready(Err(garbage(why))),
                };
                ready!(self.fill(cx, room)).map_err(broken_off)?;
            }
        })
        .await
    }

    /// The connection for the next call, if it is good for one: all of the answer was read, and nothing came behind it.
    pub fn kept(mut self) -> Option<Line> {
        let is_good = self.stays_open && !self.is_ended && self.body.is_over() && self.input.is_empty();
        if self.has_grown {
            self.input = BytesMut::new();
            self.has_grown = false;
        }
        is_good.then_some(self)
    }

    /// Reads what comes in, with room for so many bytes. When the other side has ended, there is nothing.
    fn fill(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<()>> {
        let room = room.clamp(1, MOST);
        self.has_grown |= room > READ;
        self.input.reserve(room);
        let read = pin!(self.stream.read_buf(&mut self.input));
        self.is_ended = ready!(read.poll(cx))? == 0;
        Poll::Ready(Ok(()))
    }
}

/// A request on its way out.
struct Going<'r> {
    /// What has not gone out of its head and of its body.
    left: [&'r [u8]; 2],
    is_flushed: bool,
    /// Why it does not go on. There may be an answer all the same, from a server that did not want to read all of it.
    fault: Option<io::Error>,
}

impl Going<'_> {
    fn go_on(&mut self, cx: &mut Context<'_>, stream: &mut Box<dyn Stream>) {
        if self.is_flushed || self.fault.is_some() {
            return;
        }
        match self.poll(cx, Pin::new(stream)) {
            Poll::Ready(Ok(())) => self.is_flushed = true,
            Poll::Ready(Err(error)) => self.fault = Some(error),
            Poll::Pending => {}
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, mut stream: Pin<&mut Box<dyn Stream>>) -> Poll<io::Result<()>> {
        while self.left.iter().any(|left| !left.is_empty()) {
            let written = match self.left {
                // Most have no body, and the kernel does less for one piece than for two.
                [left, []] | [[], left] => stream.as_mut().poll_write(cx, left),
                both => stream.as_mut().poll_write_vectored(cx, &both.map(IoSlice::new)),
            };
            let written = ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            self.pass(written);
        }
        stream.poll_flush(cx)
    }

    fn pass(&mut self, mut written: usize) {
        for left in &mut self.left {
            let (_, rest) = left.split_at(written.min(left.len()));
            written -= left.len() - rest.len();
            *left = rest;
        }
    }
}

/// What is no HTTP comes from something that is not the backend.
fn garbage(why: &str) -> CallFailure {
    CallFailure::malformed(format!("is no HTTP: {why}"))
}

/// An answer that stops in the middle says nothing about what the backend has done. A connection that TLS ends, because the
/// backend does not take our certificate for instance, has stopped.
fn broken_off(error: io::Error) -> CallFailure {
    CallFailure::BrokenOff(error.to_string())
}

fn cut() -> CallFailure {
    CallFailure::BrokenOff("end of file before message length reached".to_owned())
}

#[cfg(test)]
mod tests;
