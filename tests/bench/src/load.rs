//! Callers: so many at once, each with the next request as soon as the last one is answered, or a fixed rate, whether or not
//! those before were answered. At a fixed rate, the time of a request begins when it should have been sent.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::backend::wait;
use crate::wire;

/// Whoever asks does not wait for longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request, and the status that is wanted.
#[derive(Clone)]
pub struct Ask {
    pub bytes: Rc<[u8]>,
    pub status: u16,
}

impl Ask {
    pub fn get(path: &str) -> Ask {
        Ask {
            bytes: format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept: */*\r\n\r\n").into_bytes().into(),
            status: 200,
        }
    }

    pub fn post(path: &str, body: &str) -> Ask {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\naccept: */*\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        Ask { bytes: (head + body).into_bytes().into(), status: 201 }
    }
}

/// A connection that is kept.
pub struct Caller {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Caller {
    pub async fn connect(address: SocketAddr) -> Option<Caller> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Caller { stream, bytes: Vec::with_capacity(4096) })
    }

    /// The whole answer, if it is one of the wanted status.
    async fn exchange(&mut self, ask: &Ask) -> Result<wire::Message, String> {
        self.bytes.clear();
        self.stream.write_all(&ask.bytes).await.map_err(|fault| fault.to_string())?;
        let message = timeout(PATIENCE, wire::read(&mut self.stream, &mut self.bytes)).await;
        let message = message.map_err(|_| "does not answer")?.ok_or("the connection broke")?;
        let status = self.bytes.get(9..12).unwrap_or_default();
        if status != ask.status.to_string().as_bytes() {
            return Err(format!("answered {}", String::from_utf8_lossy(&self.bytes)));
        }
        Ok(message)
    }

    pub async fn body(&mut self, ask: &Ask) -> Result<Vec<u8>, String> {
        let message = self.exchange(ask).await?;
        Ok(message.body(&self.bytes))
    }
}

async fn connected(address: SocketAddr) -> Result<Caller, String> {
    Caller::connect(address).await.ok_or_else(|| "does not accept connections".to_owned())
}

/// What came of many requests.
#[derive(Default)]
pub struct Outcome {
    pub answered: u64,
    /// Answers of another status than the wanted one: turned away, as a rule.
    pub failed: u64,
    /// How long each answered request took, in order of length, where they came at a fixed rate.
    pub times: Vec<Duration>,
}

pub async fn closed(
    address: SocketAddr,
    ask: &Ask,
    callers: usize,
    span: Duration,
) -> Result<Outcome, String> {
    let mut connections = Vec::new();
    for _ in 0..callers {
        connections.push(connected(address).await?);
    }
    let end = Instant::now() + span;
    let mut tasks = JoinSet::new();
    for mut caller in connections {
        let ask = ask.clone();
        tasks.spawn_local(async move {
            let mut outcome = Outcome::default();
            while Instant::now() < end {
                match caller.exchange(&ask).await {
                    Ok(_) => outcome.answered += 1,
                    Err(_) => {
                        outcome.failed += 1;
                        caller = connected(address).await?; // the old one may be closed
                    }
                }
            }
            Ok::<Outcome, String>(outcome)
        });
    }
    let mut all = Outcome::default();
    for outcome in tasks.join_all().await {
        let outcome = outcome?;
        all.answered += outcome.answered;
        all.failed += outcome.failed;
    }
    Ok(all)
}

pub async fn open(address: SocketAddr, ask: &Ask, rate: f64, span: Duration) -> Result<Outcome, String> {
    let idle: Rc<RefCell<Vec<Caller>>> = Rc::default();
    let count = (span.as_secs_f64() * rate).max(1.0) as u32;
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let due = start + Duration::from_secs_f64(f64::from(number) / rate);
        wait(due).await;
        let (ask, idle) = (ask.clone(), Rc::clone(&idle));
        tasks.spawn_local(async move {
            let kept = idle.borrow_mut().pop();
            let mut caller = match kept {
                Some(caller) => caller,
                None => connected(address).await?,
            };
            let answer = caller.exchange(&ask).await;
            let took = due.elapsed();
            if answer.is_ok() {
                idle.borrow_mut().push(caller);
            }
            Ok::<_, String>(answer.ok().map(|_| took))
        });
    }
    let mut all = Outcome::default();
    for time in tasks.join_all().await {
        match time? {
            Some(time) => all.times.push(time),
            None => all.failed += 1,
        }
    }
    all.answered = all.times.len() as u64;
    all.times.sort_unstable();
    Ok(all)
}
