//! A connection that speaks HTTP/1. Its task reads a request, works on it, and writes the answer, one after the other: nobody
//! has to be woken for what comes in. Who does nothing is parted from, and who goes while his request is worked on gives it up.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use bytes::BytesMut;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tower_service::Service;

use super::connection::{self, LINGER_BYTES, Peer};
use super::framing::Framing;
use super::head::{Head, Refusal};
use super::inlet::{Hold, Inlet};
use super::line::Line;
use super::outlet::{Asked, Gone, Outlet};
use super::shed;
use super::shell::Shell;

/// A head of which only a part came in.
pub const LATE: Refusal =
    Refusal { status: StatusCode::REQUEST_TIMEOUT, detail: "the headers did not come in within their time" };

/// Answers the requests of a connection until one of the two sides ends it; `told` says when we do. `input`: what was
/// already read.
pub async fn converse(
    (line, input): (Line, BytesMut),
    told: BoxFuture<'static, ()>,
    peer: Peer,
    router: Router,
    shell: Shell,
) {
    let idle = Box::pin(sleep(shell.limits().header_timeout));
    let (until, outlet) = (idle.deadline(), Outlet::default());
    let mut conversation = Conversation { told, is_told: false, idle, until, outlet, peer, router, shell };
    let mut inlet = Box::new(Inlet::new(line, input));
    let refusal = loop {
        let head = match conversation.listen(&mut inlet).await {
            Heard::Head(head) => *head,
            Heard::Refused(refusal) => break Some(refusal),
            Heard::Nothing => break None,
        };
        match conversation.answer(head, inlet).await {
            Ok((same, true)) => inlet = same,
            Ok((same, false)) => {
                inlet = same;
                break None;
            }
            Err(Gone) => return,
        }
    };
    refusal.inspect(|refusal| connection::refused(*refusal, &conversation.shell));
    let is_over = inlet.is_at_end();
    connection::close(inlet.into_stream(), refusal, is_over).await;
}

/// What came in on a connection that waited for a request.
enum Heard {
    Head(Box<Head>),
    Refused(Refusal),
    /// No request will come.
    Nothing,
}

struct Conversation {
    /// Ready when the connection has to come to its end.
    told: BoxFuture<'static, ()>,
    is_told: bool,
    idle: Pin<Box<Sleep>>,
    /// How long the next head may take. The timer may be set to an earlier time: it is looked at again then.
    until: Instant,
    outlet: Outlet,
    peer: Peer,
    router: Router,
    shell: Shell,
}

impl Conversation {
    /// Waits for the next request.
    async fn listen(&mut self, inlet: &mut Inlet) -> Heard {
        self.until = Instant::now() + self.shell.limits().header_timeout;
        poll_fn(|cx| {
            loop {
                match inlet.head() {
                    Ok(Some(head)) => return Poll::Ready(Heard::Head(Box::new(head))),
                    Ok(None) if inlet.is_at_end() => return Poll::Ready(Heard::Nothing),
                    Ok(None) => {}
                    Err(refusal) => return Poll::Ready(Heard::Refused(refusal)),
                }
                match inlet.poll_more(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(Heard::Nothing),
                    Poll::Pending => {
                        if self.is_told(cx) {
                            return Poll::Ready(Heard::Nothing);
                        }
                        ready!(self.poll_late(cx));
                        let is_late = inlet.is_in_head();
                        return Poll::Ready(if is_late { Heard::Refused(LATE) } else { Heard::Nothing });
                    }
                }
            }
        })
        .await
    }

    fn is_told(&mut self, cx: &mut Context<'_>) -> bool {
        self.is_told = self.is_told || self.told.poll_unpin(cx).is_ready();
        self.is_told
    }

    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.idle.as_mut().poll(cx));
            if self.idle.deadline() >= self.until {
                return Poll::Ready(());
            }
            self.idle.as_mut().reset(self.until);
        }
    }

    /// Answers a request. Whether another one may come behind it.
    async fn answer(&mut self, head: Head, inlet: Box<Inlet>) -> Result<(Box<Inlet>, bool), Gone> {
        let Head { parts, stays_open, .. } = head;
        let mut asked = Asked { method: parts.method.clone(), version: parts.version, stays_open };
        let (body, mut hold) = Hold::of(inlet);
        let answer = self.work_on(Request::from_parts(parts, body), &mut hold).await?;
        let mut inlet = hold.back().ok_or(Gone)?;
        asked.stays_open &= !self.is_told && can_be_passed_over(&inlet);
        let stays_open = self.outlet.send(answer, &asked, &mut inlet).await?;
        let stays_open = stays_open && (inlet.body().is_over() || self.pass_over(&mut inlet).await);
        Ok((inlet, stays_open))
    }

    async fn work_on(&mut self, mut request: Request<Body>, hold: &mut Hold) -> Result<Response<Body>, Gone> {
        if let Some(answer) = shed::turned_away(&request, &self.shell) {
            return Ok(answer);
        }
        request.extensions_mut().insert(self.peer.clone());
        let mut worked_on = pin!(self.router.call(request));
        poll_fn(|cx| match worked_on.as_mut().poll(cx) {
            Poll::Ready(Ok(answer)) => {
                self.is_told(cx);
                Poll::Ready(Ok(answer))
            }
            Poll::Ready(Err(never)) => match never {},
            Poll::Pending => hold.poll_gone(cx).map(|()| Err(Gone)),
        })
        .await
    }

    /// Reads what is left of a body that nobody wanted. Whether it came to its end.
    async fn pass_over(&mut self, inlet: &mut Inlet) -> bool {
        let passed = async {
            let mut room = LINGER_BYTES;
            while let Some(part) = poll_fn(|cx| inlet.poll_part(cx)).await {
                match part.ok().and_then(|part| room.checked_sub(part.len() as u64)) {
                    Some(left) => room = left,
                    None => return false,
                }
            }
            true
        };
        timeout(self.shell.limits().header_timeout, passed).await.unwrap_or(false)
    }
}

/// Whether what is left of a body is worth to be read, only to know where the next request begins.
fn can_be_passed_over(inlet: &Inlet) -> bool {
    match inlet.body() {
        Framing::Length(left) if *left > LINGER_BYTES => false,
        Framing::Length(_) | Framing::Chunked(_) => !inlet.is_waited_for(),
        Framing::UntilEnd => false,
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::advance;

    use super::*;
    use crate::http::slow::Slow;
    use crate::http::{Limits, router};

    /// The timer is not set anew for each request: it is looked at when it ends, and goes on if there was one meanwhile.
    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_from_its_last_request_on() {
        let shell = Shell::new("", Limits::default());
        let idle = Box::pin(sleep(shell.limits().header_timeout));
        let time = shell.limits().header_timeout;
        let mut conversation = Conversation {
            told: pending().boxed(),
            is_told: false,
            until: idle.deadline() + time / 2,
            idle,
            outlet: Outlet::default(),
            peer: Peer { address: "127.0.0.1".into(), certificate: None, slow: Slow::default() },
            router: router(Vec::new(), shell.clone()),
            shell,
        };
        let mut is_late = || poll_fn(|cx| conversation.poll_late(cx)).now_or_never().is_some();
        assert!(!is_late());
        advance(time).await;
        assert!(!is_late());
        advance(time / 2).await;
        assert!(is_late());
    }
}
