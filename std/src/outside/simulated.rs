//! The world of a simulation: turmoil's network and clock, and randomness that a seed decides. Outside of a simulation
//! all is as without this feature, so that it can be on where other tests run.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

thread_local! {
    /// A simulation runs on one thread, all of its hosts, so the order in which they ask is the same each time.
    static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    static STEP: Cell<i64> = const { Cell::new(0) };
    static NAMES: RefCell<Option<Names>> = const { RefCell::new(None) };
}

/// What a name server says of every host, and after how long.
#[derive(Clone)]
pub struct Names {
    pub addresses: Vec<IpAddr>,
    pub takes: Duration,
}

/// From now on, what is random on this thread follows from `seed`.
pub fn seed(seed: u64) {
    STATE.set(Some(seed));
}

/// Fills with what follows from the seed; `false` when there is none.
pub fn random(bytes: &mut [u8]) -> bool {
    let Some(mut state) = STATE.get() else { return false };
    for chunk in bytes.chunks_mut(8) {
        let number = next(&mut state).to_le_bytes();
        chunk.copy_from_slice(number.get(..chunk.len()).unwrap_or_default());
    }
    STATE.set(Some(state));
    true
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What the clock of the host shows; `None` when it is the one of the machine.
pub fn wall() -> Option<Duration> {
    let step = STEP.get();
    let wall = match turmoil::since_epoch() {
        None if step == 0 => return None,
        None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        Some(simulated) => simulated,
    };
    let length = Duration::from_secs(step.unsigned_abs());
    Some(if step < 0 { wall.saturating_sub(length) } else { wall + length })
}

/// Sets the wall clock of this thread: by so many seconds ahead of what it would show, or behind.
pub fn set_wall(seconds: i64) {
    STEP.set(seconds);
}

/// From now on, this name server is asked on this thread; with `None`, that of the machine again.
pub fn set_names(names: Option<Names>) {
    NAMES.set(names);
}

pub async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let names = NAMES.with_borrow(Option::clone);
    if let Some(names) = names {
        tokio::time::sleep(names.takes).await;
        return Ok(names.addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect());
    }
    if turmoil::in_simulation() {
        return Ok(turmoil::net::lookup_host((host, port)).await?.collect());
    }
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}

pub enum TcpListener {
    Machine(tokio::net::TcpListener),
    Simulated(turmoil::net::TcpListener),
}

impl TcpListener {
    pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
        if turmoil::in_simulation() {
            return turmoil::net::TcpListener::bind(address).await.map(TcpListener::Simulated);
        }
        tokio::net::TcpListener::bind(address).await.map(TcpListener::Machine)
    }

    /// One of the machine that is bound already.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        tokio::net::TcpListener::from_std(listener).map(TcpListener::Machine)
    }

    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match self {
            TcpListener::Machine(listener) => {
                let (stream, from) = listener.accept().await?;
                Ok((TcpStream::Machine(stream), from))
            }
            TcpListener::Simulated(listener) => {
                let (stream, from) = listener.accept().await?;
                Ok((TcpStream::Simulated(stream), from))
            }
        }
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            TcpListener::Machine(listener) => listener.local_addr(),
            TcpListener::Simulated(listener) => listener.local_addr(),
        }
    }
}

pub enum TcpStream {
    Machine(tokio::net::TcpStream),
    Simulated(turmoil::net::TcpStream),
}

impl TcpStream {
    pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        if turmoil::in_simulation() {
            return turmoil::net::TcpStream::connect(address).await.map(TcpStream::Simulated);
        }
        tokio::net::TcpStream::connect(address).await.map(TcpStream::Machine)
    }

    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        match self {
            TcpStream::Machine(stream) => stream.set_nodelay(nodelay),
            TcpStream::Simulated(stream) => stream.set_nodelay(nodelay),
        }
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            TcpStream::Machine(stream) => Pin::new(stream).poll_read(cx, buffer),
            TcpStream::Simulated(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            TcpStream::Machine(stream) => Pin::new(stream).poll_write(cx, bytes),
            TcpStream::Simulated(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            TcpStream::Machine(stream) => Pin::new(stream).poll_flush(cx),
            TcpStream::Simulated(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            TcpStream::Machine(stream) => Pin::new(stream).poll_shutdown(cx),
            TcpStream::Simulated(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_another_one_does_not() {
        let draw = |number| {
            seed(number);
            let mut bytes = [0; 20];
            assert!(random(&mut bytes));
            STATE.set(None);
            bytes
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(!random(&mut [0; 4]), "without a seed it is the system's to say");
    }
}
