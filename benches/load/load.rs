//! Requests at a fixed rate, whether or not those before them are answered: as callers are, who do not wait for each
//! other. A request's time begins when it should have been sent.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::outcome::{End, Outcomes};
use super::shop::KEY;

/// How often was asked: each request is one of its own.
static ASKED: AtomicU64 = AtomicU64::new(0);

/// Whoever asks does not wait for longer.
const PATIENCE: Duration = Duration::from_secs(12);

/// How many ask at a rate: more than can be waiting for an answer at the same time.
const CALLERS: u64 = 2_000;

#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub target: &'static str,
    pub body: &'static str,
}

pub const fn get(target: &'static str) -> Ask {
    Ask { method: "GET", target, body: "" }
}

/// Connections that nobody uses at the moment.
type Idle = Arc<Mutex<Vec<TcpStream>>>;

pub struct Caller {
    address: SocketAddr,
    idle: Idle,
}

impl Caller {
    pub fn of(address: SocketAddr) -> Caller {
        Caller { address, idle: Idle::default() }
    }

    /// One after the other, so many times.
    pub async fn in_turn(&self, ask: &Ask, times: usize) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for _ in 0..times {
            outcomes.add(one(self.address, &self.idle, ask, Instant::now()).await);
        }
        outcomes
    }

    /// So many at the same time, each with the next one as soon as the last one is answered: what can be had at most.
    pub async fn at_once(&self, ask: &Ask, many: usize, span: Duration) -> Outcomes {
        let end = Instant::now() + span;
        let mut callers = JoinSet::new();
        for _ in 0..many {
            let (address, idle, ask) = (self.address, Arc::clone(&self.idle), ask.clone());
            callers.spawn(async move {
                let mut outcomes = Outcomes::default();
                while Instant::now() < end {
                    outcomes.add(one(address, &idle, &ask, Instant::now()).await);
                }
                outcomes
            });
        }
        gathered(callers).await
    }

    /// So many in each second. Whoever has nothing to wait for takes the next one that is due.
    pub async fn at_rate(&self, ask: &Ask, rate: f64, span: Duration) -> Outcomes {
        let start = Instant::now();
        let count = (span.as_secs_f64() * rate) as u64;
        let next = Arc::new(AtomicU64::new(0));
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS.min(count) {
            let (address, idle, ask) = (self.address, Arc::clone(&self.idle), ask.clone());
            let next = Arc::clone(&next);
            callers.spawn(async move {
                let mut outcomes = Outcomes::default();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return outcomes;
                    }
                    let due = start + Duration::from_secs_f64(at as f64 / rate);
                    sleep_until(due).await;
                    outcomes.add(one(address, &idle, &ask, due).await);
                }
            });
        }
        gathered(callers).await
    }
}

async fn gathered(mut callers: JoinSet<Outcomes>) -> Outcomes {
    let mut all = Outcomes::default();
    while let Some(ended) = callers.join_next().await {
        if let Ok(outcomes) = ended {
            all.join(outcomes);
        }
    }
    all
}

async fn one(address: SocketAddr, idle: &Idle, ask: &Ask, due: Instant) -> End {
    let delay = due.elapsed();
    let status = timeout(PATIENCE, exchange(address, idle, ask)).await.ok().flatten();
    End { due, delay, took: due.elapsed(), status: status.unwrap_or(0) }
}

/// The status of the answer.
async fn exchange(address: SocketAddr, idle: &Idle, ask: &Ask) -> Option<u16> {
    let mut stream = match kept(idle) {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            stream
        }
    };
    let Ask { method, target, body } = ask;
    let length = body.len();
    let key = ASKED.fetch_add(1, Ordering::Relaxed);
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: shop\r\nX-Api-Key: {KEY}\r\nIdempotency-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let (status, is_open) = answer(&mut stream).await?;
    if is_open {
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
    }
    Some(status)
}

/// One that the other side has not closed, as it does with those that nobody uses for long.
fn kept(idle: &Idle) -> Option<TcpStream> {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    std::iter::from_fn(|| idle.pop()).find(|stream| {
        stream.try_read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    })
}

async fn answer(stream: &mut TcpStream) -> Option<(u16, bool)> {
    let mut bytes = Vec::with_capacity(4096);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(bytes.get(..end)?).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let whole = end + length.unwrap_or(0_usize);
    while bytes.len() < whole {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some((status, !head.contains("connection: close")))
}
