//! A connection whose other side has to take what is written within a time. It lies under everything else, TLS too: only
//! here it can be told whether anything was taken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::slow::Slow;

pub struct Patient<S> {
    stream: S,
    /// How long the other side may take nothing.
    patience: Duration,
    stall: Option<Pin<Box<Sleep>>>,
    slow: Slow,
}

impl<S> Patient<S> {
    /// `slow`: noted there when the other side took too long.
    pub fn new(stream: S, patience: Duration, slow: Slow) -> Patient<S> {
        Patient { stream, patience, stall: None, slow }
    }

    /// Fails when nothing could be written for too long.
    fn patient<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let patience = self.patience;
        let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stall.as_mut().poll(cx));
        self.slow.note();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.patient(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.patient(cx, written)
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_takes_nothing_is_cut_off() {
        let (near, far) = tokio::io::duplex(16);
        let slow = Slow::default();
        let written = Patient::new(near, Duration::from_secs(30), slow.clone()).write_all(&[0; 64]).await;
        drop(far);
        assert!(slow.is_noted());
        assert_eq!(written.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_goes_was_not_slow() {
        let (near, far) = tokio::io::duplex(16);
        let slow = Slow::default();
        drop(far);
        assert!(Patient::new(near, Duration::from_secs(30), slow.clone()).write_all(&[0; 64]).await.is_err());
        assert!(!slow.is_noted());
    }
}
