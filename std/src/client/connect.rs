//! How connections are made: TCP and, for `https`, TLS, both within the time that the backend's settings give. A host
//! may have several addresses, of which some are dead: one that does not answer soon has the next one tried beside it.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tower_service::Service;

use super::{Tls, tls};
use crate::outside::{self, TcpStream};

/// How long an address is waited for before the next one is tried beside it (RFC 8305).
const SOON: Duration = Duration::from_millis(250);

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Problem = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
pub struct Connector {
    inner: Inner,
    timeout: Duration,
}

/// A backend that is spoken to without TLS needs no certificates of the machine.
#[derive(Clone)]
enum Inner {
    Plain(Tcp),
    Tls(HttpsConnector<Tcp>),
}

impl Connector {
    pub fn plain(timeout: Duration) -> Connector {
        Connector { inner: Inner::Plain(Tcp { timeout }), timeout }
    }

    pub fn tls(timeout: Duration, tls: &Tls) -> Result<Connector, String> {
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls::config(tls)?).https_only();
        let connector = match &tls.server_name {
            Some(name) => connector.with_server_name_resolver(tls::resolver(name)?),
            None => connector,
        };
        let connector = connector.enable_http1().wrap_connector(Tcp { timeout });
        Ok(Connector { inner: Inner::Tls(connector), timeout })
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Problem>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        match &mut self.inner {
            Inner::Plain(connector) => connector.poll_ready(context).map_err(Problem::from),
            Inner::Tls(connector) => connector.poll_ready(context),
        }
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let stream: Self::Future = match &mut self.inner {
            Inner::Plain(connector) => {
                let tcp = connector.call(to);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(tcp.await?)) })
            }
            Inner::Tls(connector) => connector.call(to),
        };
        let stream = timeout(self.timeout, stream);
        Box::pin(
            async move { stream.await.map_err(|_| Problem::from(io::Error::from(ErrorKind::TimedOut)))? },
        )
    }
}

/// Makes the TCP part of a connection.
#[derive(Clone)]
struct Tcp {
    timeout: Duration,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<TcpStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let time = self.timeout;
        Box::pin(async move {
            let host = to.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            let usual = if to.scheme_str() == Some("https") { 443 } else { 80 };
            let addresses = outside::look_up(host, to.port_u16().unwrap_or(usual)).await?;
            let stream = any(addresses, time, TcpStream::connect).await?;
            // Requests are written whole, so there is nothing to wait for.
            let _ = stream.set_nodelay(true);
            Ok(TokioIo::new(stream))
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
