//! An answer that goes out in parts, because it is made while it goes out. Its status is on its way before the last of it
//! is known to be good: when it cannot go on, its connection is cut, so that nobody takes what there is for the whole.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, CatchUnwind, Stream};
use http_body::Frame;

use super::perform::Held;
use super::visit::Visit;
use crate::failure::Failure;

/// What an answer is made of while it goes out.
pub type Coming = BoxStream<'static, Result<Bytes, Failure>>;

/// That an answer is cut off. Why is in the log.
#[derive(Debug)]
pub struct CutOff;

impl std::fmt::Display for CutOff {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the answer could not go on")
    }
}

impl std::error::Error for CutOff {}

/// The body of such an answer, and all that ends with it. The request is worked on until it is dropped.
pub struct Streamed {
    coming: CatchUnwind<AssertUnwindSafe<Coming>>,
    visit: Visit,
    _held: Held,
}

impl Streamed {
    pub fn new(coming: Coming, visit: Visit, held: Held) -> Streamed {
        let coming = AssertUnwindSafe(coming).catch_unwind();
        Streamed { coming, visit, _held: held }
    }

    fn part(
        &mut self,
        part: Option<Result<Result<Bytes, Failure>, Box<dyn Any + Send>>>,
    ) -> Option<Result<Bytes, CutOff>> {
        match part {
            Some(Ok(Ok(bytes))) => Some(Ok(bytes)),
            Some(Ok(Err(failure))) => {
                self.visit.cut_off(failure.log_text());
                Some(Err(CutOff))
            }
            Some(Err(_)) => {
                self.visit.panicked();
                Some(Err(CutOff))
            }
            None => {
                self.visit.went_out();
                None
            }
        }
    }
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let part = ready!(Pin::new(&mut self.coming).poll_next(cx));
        Poll::Ready(self.part(part).map(|part| part.map(Frame::data)))
    }
}
