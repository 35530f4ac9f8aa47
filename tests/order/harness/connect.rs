//! Connections within the process, in place of those over TCP: what the runtime's client is built with here.

use std::cell::RefCell;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::mpsc::UnboundedSender;

use super::ClientSettings;
use super::address::Base;

thread_local! {
    static BACKEND: RefCell<Option<UnboundedSender<DuplexStream>>> = const { RefCell::new(None) };
}

/// From now on the connections that are made in this thread end here.
pub fn listen(backend: UnboundedSender<DuplexStream>) {
    BACKEND.set(Some(backend));
}

/// As in the runtime.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub struct Connector;

impl Connector {
    pub fn new(_: &str, _: &Base, _: &ClientSettings) -> Result<Connector, String> {
        Ok(Connector)
    }

    pub async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let sent = BACKEND.with_borrow(|backend| backend.as_ref().map(|backend| backend.send(theirs)));
        match sent {
            Some(Ok(())) => Ok(Box::new(ours)),
            _ => Err(io::ErrorKind::ConnectionRefused.into()),
        }
    }
}
