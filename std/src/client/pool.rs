//! The connections to one backend. Each is moved on by the call that uses it: no other task has to be woken for what comes
//! in, and when the call ends early, its connection ends with it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep};

use super::connect::Connector;
use super::exchange::{broken_off, causes};
use crate::failure::CallFailure;

/// How long a connection is kept that nobody uses: less than the five seconds after which common servers close theirs,
/// since a write that meets a closing connection cannot be sent again.
const IDLE: Duration = Duration::from_secs(4);
/// How many bytes the head of an answer may have. A hundred headers may be in it, which is what hyper has room for.
const MAX_HEAD: usize = 64 * 1024;

/// The connections to one backend.
pub struct Pool {
    connector: Connector,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The one that was used last is the last.
    lines: Vec<(Line, Instant)>,
    /// Whether somebody sees to it that they are closed in time.
    is_watched: bool,
}

/// Makes the request of one try, when there is a connection for it.
pub type Make<'a> = dyn Fn() -> Request<Full<Bytes>> + Send + Sync + 'a;

/// A connection, while one call has it.
pub struct Line {
    sender: SendRequest<Full<Bytes>>,
    /// What moves the connection on; none when it has ended.
    wire: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
}

impl Pool {
    pub fn new(connector: Connector) -> Arc<Pool> {
        Arc::new(Pool { connector, idle: Mutex::default() })
    }

    /// Sends a request, and gives the answer with the connection that its body comes on. A connection that had ended
    /// before anything was sent on it has another one take its place.
    pub async fn send(&self, request: &Make<'_>) -> Result<(Response<Incoming>, Line), CallFailure> {
        while let Some(mut line) = self.idle() {
            match line.send(request()).await {
                Ok(response) => return Ok((response, line)),
                Err(mut fault) => match fault.take_message() {
                    Some(_) => {}
                    None => return Err(broken_off(&fault.into_error())),
                },
            }
        }
        let mut line = self.connect().await?;
        let response = line.send(request()).await.map_err(|fault| broken_off(&fault.into_error()))?;
        Ok((response, line))
    }

    /// How many connections nobody uses.
    pub fn kept(&self) -> usize {
        self.lock().lines.len()
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> Option<Line> {
        let mut idle = self.lock();
        let (line, since) = idle.lines.pop()?;
        if since.elapsed() < IDLE {
            return Some(line);
        }
        // The others are older.
        idle.lines.clear();
        None
    }

    async fn connect(&self) -> Result<Line, CallFailure> {
        let unreachable = |why: String| CallFailure::Unreachable(format!("no connection: {why}"));
        let stream = self.connector.connect().await.map_err(|fault| unreachable(fault.to_string()))?;
        let (sender, wire) = Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|fault| unreachable(causes(&fault)))?;
        Ok(Line { sender, wire: Some(Box::pin(wire)) })
    }

    /// Takes a connection back whose answer was read whole, if it can be used again.
    pub async fn keep(self: &Arc<Pool>, mut line: Line) {
        // It sees the end of the answer.
        poll_fn(|cx| {
            line.go_on(cx);
            Poll::Ready(())
        })
        .await;
        if line.wire.is_none() || !line.sender.is_ready() {
            return;
        }
        let mut idle = self.lock();
        idle.lines.push((line, Instant::now()));
        if !idle.is_watched {
            idle.is_watched = true;
            tokio::spawn(watch(Arc::downgrade(self)));
        }
    }
}

impl Line {
    async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        let answer = self.sender.try_send_request(request);
        self.beside(answer).await
    }

    /// Waits for what the connection brings.
    pub async fn beside<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        poll_fn(|cx| {
            if let Poll::Ready(came) = wanted.as_mut().poll(cx) {
                return Poll::Ready(came);
            }
            self.go_on(cx);
            wanted.as_mut().poll(cx)
        })
        .await
    }

    /// How it ends is told to whoever waits for an answer.
    fn go_on(&mut self, cx: &mut Context<'_>) {
        if self.wire.as_mut().is_some_and(|wire| wire.as_mut().poll(cx).is_ready()) {
            self.wire = None;
        }
    }
}

/// Closes connections that nobody uses, until there are none.
async fn watch(pool: Weak<Pool>) {
    loop {
        sleep(IDLE / 4).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut idle = pool.lock();
        idle.lines.retain(|(_, since)| since.elapsed() < IDLE);
        if idle.lines.is_empty() {
            idle.is_watched = false;
            return;
        }
    }
}
