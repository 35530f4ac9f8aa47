//! A proxy that does to a connection what networks and broken systems do. It stands between a client and a real server,
//! on a thread of its own, so that it needs nothing of the test's runtime and works between processes, too.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::sleep;

/// What happens to each answer. Places in an answer are counted in bytes from its start, head included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    /// The answer begins so much later.
    Latency(Duration),
    /// The answer comes in pieces of so many bytes, each after a pause. One byte and a second is a very slow line; one
    /// byte and no pause only slices the answer.
    Slow {
        piece: usize,
        pause: Duration,
    },
    /// The connection is reset before anything is read from it.
    ResetAtOnce,
    /// The server gets the request and answers it; of the answer so many bytes come, and then a reset.
    ResetAt(usize),
    /// So many bytes of the answer come, and then the end of the stream; the other direction stays open.
    HalfCloseAt(usize),
    /// One bit of this byte of the answer is another.
    CorruptAt(usize),
    /// The request is read, and no answer ever comes. The server does not get it.
    NeverAnswer,
}

/// A running proxy.
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    fault: Mutex<Fault>,
    /// How many answers get the fault before there is none any more.
    left: AtomicUsize,
    connections: AtomicUsize,
    open: AtomicUsize,
}

impl Proxy {
    /// A proxy before this server, with no fault yet.
    pub fn before(server: SocketAddr) -> io::Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            server,
            fault: Mutex::new(Fault::Nothing),
            left: AtomicUsize::new(usize::MAX),
            connections: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let accepts = accept(listener, Arc::clone(&shared));
        std::thread::spawn(move || runtime.block_on(accepts));
        Ok(Proxy { address, shared })
    }

    /// From now on, each answer gets this fault.
    pub fn set(&self, fault: Fault) {
        self.set_for(usize::MAX, fault);
    }

    /// The next answers get this fault, and those after them none.
    pub fn set_for(&self, answers: usize, fault: Fault) {
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.shared.left.store(answers, Ordering::SeqCst);
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many connections there are.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

impl Shared {
    /// The fault of the next answer.
    fn next(&self) -> Fault {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| match left {
            usize::MAX => Some(left),
            _ => left.checked_sub(1),
        });
        match left {
            Ok(_) => *self.fault.lock().unwrap_or_else(PoisonError::into_inner),
            Err(_) => Fault::Nothing,
        }
    }

    /// The fault that the next answer will have.
    fn coming(&self) -> Fault {
        match self.left.load(Ordering::SeqCst) {
            0 => Fault::Nothing,
            _ => *self.fault.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    while let Ok((client, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        shared.open.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A connection that breaks is what this is all about.
            let _ = serve(client, &shared).await;
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// How the proxy ends a connection.
#[derive(PartialEq)]
enum End {
    Close,
    Reset,
}

async fn serve(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    if shared.coming() == Fault::ResetAtOnce {
        shared.next();
        return client.set_zero_linger();
    }
    client.set_nodelay(true)?;
    let mut server = TcpStream::connect(shared.server).await?;
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let asked = AtomicBool::new(false);
        let up = requests(from_client, to_server, shared, &asked);
        let down = answers(from_server, to_client, shared, &asked);
        race(up, down).await?
    };
    if end == End::Reset { client.set_zero_linger() } else { Ok(()) }
}

/// Hands on what the client sends, and ends when it sends no more and nothing can come back.
async fn requests(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    shared: &Shared,
    asked: &AtomicBool,
) -> io::Result<End> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        asked.store(true, Ordering::SeqCst);
        if shared.coming() != Fault::NeverAnswer {
            to.write_all(buffer.get(..count).unwrap_or_default()).await?;
        }
    }
    to.shutdown().await?;
    match shared.coming() {
        Fault::NeverAnswer | Fault::HalfCloseAt(_) => Ok(End::Close),
        _ => pending().await,
    }
}

async fn answers(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    shared: &Shared,
    asked: &AtomicBool,
) -> io::Result<End> {
    let (mut buffer, mut fault, mut place) = (vec![0; 64 * 1024], Fault::Nothing, 0);
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            to.shutdown().await?;
            return Ok(End::Close);
        }
        if asked.swap(false, Ordering::SeqCst) {
            (fault, place) = (shared.next(), 0);
            if let Fault::Latency(time) = fault {
                sleep(time).await;
            }
        }
        let bytes = buffer.get_mut(..count).unwrap_or_default();
        if let Some(end) = spoil(&mut to, bytes, fault, place).await? {
            return Ok(end);
        }
        place += count;
    }
}

/// Hands on a part of an answer that begins at `place`, as the fault has it.
async fn spoil(
    to: &mut WriteHalf<'_>,
    bytes: &mut [u8],
    fault: Fault,
    place: usize,
) -> io::Result<Option<End>> {
    let within = |at: usize| at.checked_sub(place).filter(|at| *at < bytes.len());
    match fault {
        Fault::Nothing | Fault::Latency(_) | Fault::ResetAtOnce => to.write_all(bytes).await?,
        Fault::NeverAnswer => return pending().await,
        Fault::Slow { piece, pause } => {
            for piece in bytes.chunks(piece.max(1)) {
                sleep(pause).await;
                to.write_all(piece).await?;
            }
        }
        Fault::CorruptAt(at) => {
            if let Some(byte) = within(at).and_then(|at| bytes.get_mut(at)) {
                *byte ^= 0b0100_0000;
            }
            to.write_all(bytes).await?;
        }
        Fault::ResetAt(at) | Fault::HalfCloseAt(at) => {
            let Some(left) = within(at) else { return to.write_all(bytes).await.map(|()| None) };
            to.write_all(bytes.get(..left).unwrap_or_default()).await?;
            if let Fault::ResetAt(_) = fault {
                return Ok(Some(End::Reset));
            }
            to.shutdown().await?;
            return pending().await;
        }
    }
    Ok(None)
}

/// The end of whichever ends first.
async fn race<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|cx| match one.as_mut().poll(cx) {
        Poll::Ready(end) => Poll::Ready(end),
        Poll::Pending => other.as_mut().poll(cx),
    })
    .await
}
