//! One connection from its first byte to its last.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use bytes::BytesMut;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::head::Refusal;
use super::http1::{self, LATE};
use super::http2;
use super::line::{Line, Protocol, Stream, protocol};
use super::log::{self, Level};
use super::patient::Patient;
use super::rejection;
use super::shell::Shell;
use super::slow::Slow;
use super::tls::Tls;
use crate::auth::Certificate;
use crate::outside::TcpStream;

/// How long, and how much, is still read from a caller when the last answer is on its way: a connection that is closed
/// with something unread takes the answer back.
const LINGER: Duration = Duration::from_millis(500);
pub const LINGER_BYTES: u64 = 256 * 1024;

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Without a port. It is written once for all requests of a connection.
    pub address: Arc<str>,
    /// What was shown in the handshake.
    pub certificate: Option<Certificate>,
    /// Noted there when it takes nothing of what is written for too long.
    pub slow: Slow,
}

/// Answers the requests of a connection until one of the two sides ends it.
pub async fn converse(stream: TcpStream, peer: Peer, router: Router, shell: Shell) {
    // Answers are written whole, so there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let begun = {
        let mut ending = shell.ending();
        let told = pin!(ending.wait_for(|ends| *ends));
        match select(pin!(begin(stream, &peer.slow, &shell)), told).await {
            Either::Left((begun, _)) => begun,
            Either::Right(_) => None,
        }
    };
    let Some((mut line, input, protocol)) = begun else { return };
    let peer = Peer { certificate: shell.tls().and_then(|tls| tls.certificate(&line)), ..peer };
    let over = over(&line, &shell);
    match protocol {
        Protocol::Http1 => http1::converse((line, input), over, peer, router, shell).await,
        Protocol::Http2 => {
            line.put_back(input);
            // Few connections are of this kind, and the others need not be as large.
            Box::pin(http2::converse(line, over, peer, router, shell)).await;
        }
    }
}

/// Is ready when a connection has to come to its end: the service does, or what its caller has shown is not good any more.
/// What has begun by then is answered.
fn over(line: &Line, shell: &Shell) -> BoxFuture<'static, ()> {
    let mut ending = shell.ending();
    let ends = async move { drop(ending.wait_for(|ends| *ends).await) };
    let chain = line.certificates().to_vec();
    match shell.tls().cloned() {
        Some(tls) if !chain.is_empty() => async move {
            select(pin!(ends), pin!(tls.outlives(&chain))).await;
        }
        .boxed(),
        _ => ends.boxed(),
    }
}

/// The handshake, where there is one, and the first bytes, within the time that a head has; `None` when it was not to be.
async fn begin(stream: TcpStream, slow: &Slow, shell: &Shell) -> Option<(Line, BytesMut, Protocol)> {
    let limits = shell.limits();
    let by = Instant::now() + limits.header_timeout;
    let stream = Patient::new(stream, limits.write_timeout, slow.clone());
    let mut line = Line::new(match shell.tls() {
        None => Stream::Plain(stream),
        Some(tls) => shake_hands(tls, stream, by, shell).await?,
    });
    let mut input = BytesMut::new();
    match timeout_at(by, protocol(&mut line, &mut input)).await {
        Ok(protocol) => Some((line, input, protocol.ok()?)),
        Err(_) => {
            // A part of a head may have come in.
            let refusal = if input.is_empty() { None } else { Some(LATE) };
            refusal.inspect(|refusal| refused(*refusal, shell));
            close(line, refusal, false).await;
            None
        }
    }
}

async fn shake_hands(tls: &Tls, stream: Patient<TcpStream>, by: Instant, shell: &Shell) -> Option<Stream> {
    let why = match timeout_at(by, tls.accept(stream)).await {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it did not come to its end within its time".to_owned(),
    };
    shell.counts().refused_connections.fetch_add(1, Ordering::Relaxed);
    log::say(Level::Debug, "handshake refused", &[("why", &why)]);
    None
}

/// Notes that a head was refused.
pub fn refused(refusal: Refusal, shell: &Shell) {
    shell.counts().refused_heads.fetch_add(1, Ordering::Relaxed);
    log::say(Level::Debug, "request refused", &[("why", refusal.detail)]);
}

/// Says the last word, and listens for a while, unless the caller has gone.
pub async fn close(mut stream: Line, refusal: Option<Refusal>, is_over: bool) {
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::http::{Limits, router};
    use crate::outside::TcpListener;

    /// The statuses of what is answered on one connection to a service that has too much to do.
    async fn statuses(requests: &[&str]) -> Vec<String> {
        let shell = Shell::new("", Limits::default());
        let _pressure = shell.press_hard();
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mut caller = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let (stream, _) = listener.accept().await.expect("somebody has come");
        let peer = Peer { address: "127.0.0.1".into(), certificate: None, slow: Slow::default() };
        tokio::spawn(converse(stream, peer, router(Vec::new(), shell.clone()), shell));
        let mut statuses = Vec::new();
        for request in requests {
            caller.write_all(request.as_bytes()).await.expect("the connection is open");
            let answer = answer(&mut caller).await;
            statuses.push(answer.get(9..12).unwrap_or_default().to_owned());
            assert_eq!(
                answer.contains("retry-after: 1\r\n"),
                statuses.last().is_some_and(|last| last == "503")
            );
            assert!(!answer.contains("connection: close"), "{answer}");
        }
        statuses
    }

    async fn answer(caller: &mut tokio::net::TcpStream) -> String {
        let mut bytes = Vec::new();
        loop {
            let count = caller.read_buf(&mut bytes).await.expect("the connection is open");
            assert_ne!(count, 0, "the connection was closed");
            let text = String::from_utf8_lossy(&bytes);
            let head = text.split_once("\r\n\r\n");
            let length = head
                .and_then(|(head, _)| head.split("content-length: ").nth(1)?.lines().next()?.parse().ok());
            if head.is_some_and(|(_, body)| Some(body.len()) == length) {
                return text.into_owned();
            }
        }
    }

    #[tokio::test]
    async fn who_is_turned_away_keeps_the_connection_and_probes_are_let_in() {
        const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        const PROBE: &str = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(statuses(&[POST, POST, PROBE, POST]).await, ["503", "503", "200", "503"]);
    }
}
