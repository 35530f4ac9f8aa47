//! A connection that speaks HTTP/2. The frames are `h2`'s, which has bounds for what can be done to it with them (headers
//! without end, streams that are reset before they are looked at, frames with nothing in them). What has to do with
//! requests and with time is here: who does nothing is parted from, who does not take an answer gets no more of it, and
//! who asks for much and waits for nothing is cut off.

use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use h2::server::{Builder, Connection, SendResponse};
use h2::{Reason, RecvStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::connection::Peer;
use super::head::MAX_HEAD;
use super::line::Line;
use super::log::{self, Level};
use super::shell::Shell;
use super::stream::{self, Ended};

/// How many requests of one connection are worked on at once; more are refused, and callers know it before.
const STREAMS: u32 = 128;
/// How much of headers is read. What is too much and no more than this is refused with words.
const HEADERS: u32 = 2 * MAX_HEAD as u32;
/// How much of one body, and of all bodies of a connection, may be on its way without being read.
const WINDOW: u32 = 256 * 1024;
const WINDOWS: u32 = 1024 * 1024;
/// How much of one answer is held for the connection.
const HELD: usize = 64 * 1024;
/// How many requests a caller may give up. Each answer that is taken makes up for one.
const GIVEN_UP: u32 = 100;
/// How long a connection that ends waits for its caller to have heard of it.
const FAREWELL: Duration = Duration::from_secs(2);

/// Answers the requests of a connection until one of the two sides ends it; `told` says when we do.
pub async fn converse(line: Line, told: BoxFuture<'static, ()>, peer: Peer, router: Router, shell: Shell) {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADERS)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOWS)
        .max_send_buffer_size(HELD);
    let time = shell.limits().header_timeout;
    let Ok(Ok(connection)) = timeout(time, builder.handshake(line)).await else { return };
    let (idle, answers) = (Box::pin(sleep(time)), JoinSet::new());
    let conversation = Conversation {
        connection,
        answers,
        told,
        patience: GIVEN_UP,
        idle,
        is_idle: true,
        is_ending: false,
        peer,
        router,
        shell,
    };
    conversation.await;
}

struct Conversation {
    connection: Connection<Line, Bytes>,
    answers: JoinSet<Ended>,
    /// Ready when the connection has to come to its end.
    told: BoxFuture<'static, ()>,
    /// How many more requests may be given up.
    patience: u32,
    idle: Pin<Box<Sleep>>,
    is_idle: bool,
    is_ending: bool,
    peer: Peer,
    router: Router,
    shell: Shell,
}

impl Future for Conversation {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if !this.is_ending && this.told.poll_unpin(cx).is_ready() {
            this.end();
        }
        loop {
            while let Poll::Ready(Some(ended)) = this.answers.poll_join_next(cx) {
                // A task that panicked was none of the caller's.
                this.note(ended.unwrap_or(Ended::Whole));
            }
            let accepted = pin!(this.connection.accept()).poll(cx);
            match accepted {
                Poll::Ready(Some(Ok((request, respond)))) => this.work_on(request, respond),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => {
                    ready!(this.wait(cx));
                    if this.is_ending {
                        return Poll::Ready(());
                    }
                    this.end();
                }
            }
        }
    }
}

impl Conversation {
    fn work_on(&mut self, request: http::Request<RecvStream>, respond: SendResponse<Bytes>) {
        let (peer, router, shell) = (self.peer.clone(), self.router.clone(), self.shell.clone());
        self.answers.spawn(stream::answer(request, respond, peer, router, shell));
        // The next one is to come on another connection.
        if !self.shell.is_ready() && !self.is_ending {
            self.end();
        }
    }

    fn note(&mut self, ended: Ended) {
        match ended {
            Ended::Whole => self.patience = GIVEN_UP.min(self.patience + 1),
            Ended::GivenUp => self.patience = self.patience.saturating_sub(1),
        }
        if self.patience == 0 && !self.is_ending {
            self.is_ending = true;
            self.connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
            self.shell.counts().refused_connections.fetch_add(1, Ordering::Relaxed);
            log::say(Level::Debug, "connection refused", &[("why", "too many requests were given up")]);
        }
    }

    /// Lets the caller know that no more requests are taken here.
    fn end(&mut self) {
        self.is_ending = true;
        self.is_idle = false;
        self.connection.graceful_shutdown();
    }

    /// Is ready when nothing was worked on for too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.answers.is_empty() {
            self.is_idle = false;
            return Poll::Pending;
        }
        if !self.is_idle {
            self.is_idle = true;
            let time = if self.is_ending { FAREWELL } else { self.shell.limits().header_timeout };
            self.idle.as_mut().reset(Instant::now() + time);
        }
        self.idle.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use futures_util::{StreamExt, stream};

    use super::super::connection;
    use super::super::slow::Slow;
    use super::*;
    use crate::http::Limits;
    use crate::outside::TcpListener;

    /// What a caller gets of an answer in so many parts, and why it is not all.
    async fn read(parts: usize, end: Option<&'static str>) -> (usize, Option<Reason>) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let (taken, _) = listener.accept().await.expect("somebody has come");
        let router = Router::new().fallback(move || {
            let end = end.map(std::io::Error::other);
            let parts = stream::iter((0..parts).map(|_| Ok(Bytes::from_static(&[b'a'; 1_000]))));
            let all = parts.chain(stream::iter(end.map(Err)));
            async move { Body::from_stream(all) }
        });
        let peer = Peer { address: "127.0.0.1".into(), certificate: None, slow: Slow::default() };
        tokio::spawn(connection::converse(taken, peer, router, Shell::new("", Limits::default())));
        let (mut sender, caller) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
        tokio::spawn(async { drop(caller.await) });
        let request = http::Request::get("http://a/").body(()).expect("it is well formed");
        let (answer, _) = sender.send_request(request, true).expect("it is open");
        let mut body = answer.await.expect("there is an answer").into_body();
        let mut got = 0;
        while let Some(part) = body.data().await {
            match part {
                Ok(part) => got += part.len(),
                Err(error) => return (got, error.reason()),
            }
            let _ = body.flow_control().release_capacity(1_000);
        }
        (got, None)
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_not_taken_for_the_whole() {
        assert_eq!(read(500, None).await, (500_000, None));
        assert_eq!(read(0, None).await, (0, None));
        assert_eq!(read(500, Some("it was asked for")).await.1, Some(Reason::INTERNAL_ERROR));
    }
}
