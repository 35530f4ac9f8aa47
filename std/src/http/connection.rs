//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::head::Refusal;
use super::log::{self, Level};
use super::rejection;
use super::shell::Shell;
use super::wire::Wire;
use crate::outside::TcpStream;

/// How long, and how much, is still read from a caller when the last answer is on its way: a connection that is closed
/// with something unread takes the answer back.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_BYTES: u64 = 256 * 1024;

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Without a port. It is written once for all requests of a connection.
    pub address: Arc<str>,
}

type Served = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

/// Answers the requests of a connection until one of the two sides ends it.
pub async fn converse(stream: TcpStream, peer: Peer, router: Router, shell: Shell) {
    // Answers are written whole, so there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let limits = shell.limits().clone();
    let service = service_fn(move |mut request: http::Request<Incoming>| -> Served {
        request.extensions_mut().insert(peer.clone());
        Box::pin(TowerToHyperService::new(router.clone()).call(request))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(Wire::new(stream, shell.clone())), service);
    let mut ending = shell.ending();
    let ended = {
        let mut ending = pin!(ending.wait_for(|ends| *ends));
        let mut is_told = false;
        poll_fn(|cx| {
            if !is_told && ending.as_mut().poll(cx).is_ready() {
                is_told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            connection.poll_without_shutdown(cx)
        })
        .await
    };
    let wire = connection.into_parts().io.into_inner();
    let is_late = ended.is_err_and(|error| error.is_timeout()) && wire.is_in_head();
    let late = Refusal {
        status: StatusCode::REQUEST_TIMEOUT,
        detail: "the headers did not come in within their time",
    };
    let refusal = wire.refusal().or(if is_late { Some(late) } else { None });
    if let Some(refusal) = refusal {
        shell.counts().refused_heads.fetch_add(1, Ordering::Relaxed);
        log::say(Level::Debug, "request refused", &[("why", refusal.detail)]);
    }
    let is_over = wire.is_at_end();
    close(wire.into_stream(), refusal, is_over).await;
}

/// Says the last word, and listens for a while, unless the caller has gone.
async fn close(mut stream: TcpStream, refusal: Option<Refusal>, is_over: bool) {
    let farewell = async {
        if let Some(refusal) = refusal {
            stream.write_all(&rejection::raw(refusal)).await?;
        }
        stream.shutdown().await?;
        if !is_over {
            tokio::io::copy(&mut (&mut stream).take(LINGER_BYTES), &mut tokio::io::sink()).await?;
        }
        Ok::<(), std::io::Error>(())
    };
    // It is a courtesy: neither an error nor the end of the time matters.
    let _ = tokio::time::timeout(LINGER, farewell).await;
}
