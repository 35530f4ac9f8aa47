//! How connections are made: TCP and, for `https`, TLS, both within the time that the backend's settings give. A host
//! may have several addresses, of which some are dead: one that does not answer soon has the next one tried beside it.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::address::Base;
use super::refused::is_refused;
use super::settings::{ClientSettings, OutboundAuth};
use super::tls;
use crate::http::Live;
use crate::outside::{self, TcpStream};

/// How long an address is waited for before the next one is tried beside it (RFC 8305).
const SOON: Duration = Duration::from_millis(250);

/// A connection, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How connections to one backend are made.
pub struct Connector {
    host: String,
    port: u16,
    /// None for a backend that is spoken to without TLS: it needs no certificates of the machine.
    tls: Option<(Live<TlsConnector>, ServerName<'static>)>,
    timeout: Duration,
}

impl Connector {
    pub fn new(name: &str, base: &Base, settings: &ClientSettings) -> Result<Connector, String> {
        let (tls, timeout) = (&settings.tls, settings.connect_timeout);
        let own = match &settings.auth {
            OutboundAuth::Mtls(own) => Some(own.clone()),
            _ => None,
        };
        let tls = match base.is_https() {
            true => {
                let server = tls::server_name(base, tls)?;
                let tls = tls.clone();
                let connector = move || {
                    let config = tls::config(&tls, own.as_ref())?;
                    Ok(TlsConnector::from(Arc::new(config)))
                };
                Some((Live::new(format!("backend {name}"), connector)?, server))
            }
            false if own.is_some() => {
                return Err("its address must begin with `https://`: else no certificate is shown".into());
            }
            false => None,
        };
        Ok(Connector { host: base.host().to_owned(), port: base.port(), tls, timeout })
    }

    pub async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = timeout(self.timeout, self.stream()).await;
        stream.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
    }

    async fn stream(&self) -> io::Result<Box<dyn Stream>> {
        let addresses = outside::look_up(&self.host, self.port).await?;
        if addresses.iter().any(|address| is_refused(address.ip())) {
            let why = "its name leads to what only the machine itself may ask";
            return Err(io::Error::new(ErrorKind::PermissionDenied, why));
        }
        let stream = any(addresses, self.timeout, TcpStream::connect).await?;
        // Requests are written whole, so there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        Ok(match &self.tls {
            None => Box::new(stream),
            Some((tls, name)) => Box::new(tls.get().connect(name.clone(), stream).await?),
        })
    }
}

/// A connection to the first of the addresses that takes one. Each is tried within `time`, whatever the others do.
async fn any<T, F>(
    addresses: Vec<SocketAddr>,
    time: Duration,
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let soon = SOON.min(time / count);
    let mut waiting = addresses.into_iter();
    let mut tried = FuturesUnordered::new();
    let mut fault = io::Error::new(ErrorKind::NotFound, "the host has no address");
    loop {
        tried.extend(waiting.next().map(&connect));
        let ended = match waiting.len() {
            0 => Ok(tried.next().await),
            _ => timeout(soon, tried.next()).await,
        };
        match ended {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(why))) => fault = why,
            Ok(None) => return Err(fault),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::policy::paused;

    const TIME: Duration = Duration::from_millis(600);

    /// What becomes of connections to ports 1, 2, …: how long it takes, and whether it stands then. The port that was
    /// connected to, how long it took, and the ports that were tried.
    fn connect(ends: &[(u64, bool)]) -> (io::Result<u16>, Duration, Vec<u16>) {
        let addresses = (1..).take(ends.len()).map(|port| SocketAddr::from(([192, 0, 2, 1], port))).collect();
        let tried = Mutex::new(Vec::new());
        let try_one = |address: SocketAddr| {
            let port = address.port();
            tried.lock().expect("no panic").push(port);
            let end = ends.get(usize::from(port) - 1).copied();
            async move {
                let (millis, stands) = end.expect("an address of the list");
                sleep(Duration::from_millis(millis)).await;
                if stands { Ok(port) } else { Err(ErrorKind::ConnectionRefused.into()) }
            }
        };
        let (stream, took) = paused(async {
            let start = Instant::now();
            (any(addresses, TIME, try_one).await, start.elapsed())
        });
        (stream, took, tried.into_inner().expect("no panic"))
    }

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_first_address_is_enough_if_it_answers() {
        let (stream, took, tried) = connect(&[(100, true), (0, true)]);
        assert_eq!((stream.ok(), took, tried), (Some(1), millis(100), vec![1]));
    }

    #[test]
    fn one_that_refuses_is_passed_at_once() {
        let (stream, took, tried) = connect(&[(5, false), (5, true)]);
        assert_eq!((stream.ok(), took, tried), (Some(2), millis(10), vec![1, 2]));
    }

    #[test]
    fn one_that_is_silent_is_passed_soon_and_may_still_win() {
        let (stream, took, tried) = connect(&[(100_000, true), (5, true)]);
        assert_eq!((stream.ok(), took, tried), (Some(2), millis(255), vec![1, 2]));
        let (stream, took, tried) = connect(&[(260, true), (100, true)]);
        assert_eq!((stream.ok(), took, tried), (Some(1), millis(260), vec![1, 2]));
    }

    #[test]
    fn all_get_their_turn_within_the_time() {
        let silent = (100_000, true);
        let (stream, took, _) = connect(&[silent, silent, silent, silent, silent, (5, true)]);
        assert_eq!((stream.ok(), took), (Some(6), millis(505)));
    }

    #[test]
    fn when_none_takes_it_the_last_fault_counts() {
        let (stream, _, tried) = connect(&[(5, false), (5, false)]);
        assert_eq!(stream.map_err(|error| error.kind()), Err(ErrorKind::ConnectionRefused));
        assert_eq!(tried, [1, 2]);
        assert_eq!(connect(&[]).0.map_err(|error| error.kind()), Err(ErrorKind::NotFound));
    }
}
