//! The accept loop. It ends when it is told to and for no other reason: what goes wrong with one connection, or for lack
//! of file descriptors, is logged and waited out.

use std::io;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::time::Instant;

use super::connection::{Peer, converse};
use super::log::{self, Level};
use super::shell::Shell;
use super::slow::Slow;
use crate::outside::{TcpListener, TcpStream};

/// How long to wait when the system has no more connections to give.
const BACKOFF: Duration = Duration::from_millis(50);
/// How often the same trouble is logged.
const SILENCE: Duration = Duration::from_secs(1);

/// Takes connections until `stop`.
pub async fn accept(listener: TcpListener, router: Router, shell: Shell, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut last_logged = None;
    loop {
        let next = pin!(next(&listener, &shell));
        let accepted = match select(stop.as_mut(), next).await {
            Either::Left(((), _)) => break,
            Either::Right((accepted, _)) => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let conversation = converse(stream, peer, router.clone(), shell.clone());
                tokio::spawn(async move {
                    conversation.await;
                    drop(place);
                });
            }
            Err(error) => {
                shell.counts().accept_errors.fetch_add(1, Ordering::Relaxed);
                trouble(&error, &mut last_logged);
                if !is_of_one_connection(&error) {
                    tokio::time::sleep(BACKOFF).await;
                }
            }
        }
    }
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    shell: &Shell,
) -> io::Result<(TcpStream, Peer, tokio::sync::OwnedSemaphorePermit)> {
    let place = shell.connection().await.ok_or(io::ErrorKind::Other)?;
    let (stream, address) = listener.accept().await?;
    let address = address.ip().to_string().into();
    Ok((stream, Peer { address, certificate: None, slow: Slow::default() }, place))
}

/// Whether it is only that a caller has gone again.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn trouble(error: &io::Error, last_logged: &mut Option<Instant>) {
    if last_logged.is_none_or(|last| last.elapsed() > SILENCE) {
        *last_logged = Some(Instant::now());
        log::say(Level::Error, "connection not accepted", &[("error", &error.to_string())]);
    }
}
