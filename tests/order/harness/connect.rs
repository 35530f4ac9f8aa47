//! Connections within the process, in place of those over TCP: what the runtime's client is built with here.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::sync::mpsc::UnboundedSender;
use tower_service::Service;

thread_local! {
    static BACKEND: RefCell<Option<UnboundedSender<DuplexStream>>> = const { RefCell::new(None) };
}

/// From now on the connections that are made in this thread end here.
pub fn listen(backend: UnboundedSender<DuplexStream>) {
    BACKEND.set(Some(backend));
}

#[derive(Clone)]
pub struct Connector;

impl Connector {
    pub fn plain(_: Duration) -> Connector {
        Connector
    }

    pub fn tls<T>(_: Duration, _: T) -> Result<Connector, String> {
        Err("there is no TLS within a process".to_owned())
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<Stream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let sent = BACKEND.with_borrow(|backend| backend.as_ref().map(|backend| backend.send(theirs)));
        ready(match sent {
            Some(Ok(())) => Ok(TokioIo::new(Stream(ours))),
            _ => Err(io::ErrorKind::ConnectionRefused.into()),
        })
    }
}

pub struct Stream(DuplexStream);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
