//! How a command that stays hears that it is to end: by Ctrl-C, or by what else tells a process so.

use std::io;

/// Hears of it from now on, and not only when it is polled: who has read what a command prints first may tell it to end.
/// Only within a runtime.
#[cfg(unix)]
pub fn told_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub fn told_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
