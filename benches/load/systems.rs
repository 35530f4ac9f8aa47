//! The systems of others: they answer from their contracts, as late and as badly as a scene wants, and count.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flowc::standin::Found;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::parts::{Contracted, SYSTEMS};

/// How all systems behave at the moment.
#[derive(Default)]
pub struct Behaviour {
    delay_micros: AtomicU64,
    /// Every so many-th call gets a 503, or takes ten times as long; 0 is none.
    trouble: AtomicU64,
    is_down: AtomicBool,
    calls: AtomicU64,
    /// When each call came in.
    times: Mutex<Vec<Instant>>,
}

impl Behaviour {
    pub fn delay(&self, delay: Duration) {
        self.delay_micros.store(delay.as_micros() as u64, Ordering::Relaxed);
    }

    pub fn trouble(&self, every: u64) {
        self.trouble.store(every, Ordering::Relaxed);
    }

    pub fn down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// The times of the calls since the last look.
    pub fn take_times(&self) -> Vec<Instant> {
        std::mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What becomes of a call: how long it takes, and whether it fails.
    fn next(&self) -> (Duration, bool) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        self.times.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        let delay = Duration::from_micros(self.delay_micros.load(Ordering::Relaxed));
        let every = self.trouble.load(Ordering::Relaxed);
        let is_troubled = every > 0 && call.is_multiple_of(every);
        let fails = self.is_down.load(Ordering::Relaxed) || (is_troubled && (call / every).is_multiple_of(2));
        (if is_troubled && !fails { delay * 10 } else { delay }, fails)
    }
}

/// Starts all of them, and says how a service is told where they are.
pub async fn start(behaviour: &Arc<Behaviour>) -> Result<Vec<(String, String)>, String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let mut environment = Vec::new();
    for of in SYSTEMS {
        let contract = Contracted::read(&project, of)?;
        let system = Arc::new(System { contract, behaviour: Arc::clone(behaviour), known: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|fault| fault.to_string())?;
        let address: SocketAddr = listener.local_addr().map_err(|fault| fault.to_string())?;
        environment.push((of.url.to_owned(), format!("http://{address}{}", system.contract.base)));
        let credentials = of.credentials.iter();
        environment.extend(credentials.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                tokio::spawn(talk(Arc::clone(&system), stream));
            }
        });
    }
    Ok(environment)
}

struct System {
    contract: Contracted,
    behaviour: Arc<Behaviour>,
    /// By the first line of the request and its body: to find them is work, and this program must be faster than what it asks.
    known: Mutex<HashMap<Vec<u8>, Arc<[u8]>>>,
}

/// A connection, for as long as the other side wants.
async fn talk(system: Arc<System>, mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut bytes = Vec::new();
    loop {
        let (head, length) = request(&mut stream, &mut bytes).await?;
        let (delay, fails) = system.behaviour.next();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let answer =
            if fails { Arc::from(FAILED.as_bytes()) } else { known(&system, &head, bytes.get(..length)?) };
        bytes.drain(..length);
        stream.write_all(&answer).await.ok()?;
    }
}

const FAILED: &str = "HTTP/1.1 503 -\r\nContent-Length: 0\r\n\r\n";

/// Reads until the next request is whole: its head is taken out, its body stands at the start of `bytes`.
async fn request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<(String, usize)> {
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, bytes).await?;
    };
    let head: Vec<u8> = bytes.drain(..end).collect();
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let length: usize = length.unwrap_or(0);
    while bytes.len() < length {
        more(stream, bytes).await?;
    }
    Some((head, length))
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(bytes).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

fn known(system: &System, head: &str, body: &[u8]) -> Arc<[u8]> {
    let line = head.lines().next().unwrap_or_default();
    let question = [line.as_bytes(), body].concat();
    let mut known = system.known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() > 10_000 {
        known.clear();
    }
    Arc::clone(known.entry(question).or_insert_with(|| answer(system, head, body).into()))
}

fn answer(system: &System, head: &str, body: &[u8]) -> Vec<u8> {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(Found::Answer(answer)) = system.contract.find(method, target, body) else {
        return b"HTTP/1.1 404 -\r\nContent-Length: 0\r\n\r\n".to_vec();
    };
    let status = answer.status;
    let body = page(target, &answer.body).unwrap_or_else(|| answer.body.clone());
    let mut bytes = match (&answer.media_type, status) {
        (_, 204) => format!("HTTP/1.1 {status} -\r\n\r\n"),
        (None, _) => format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\n\r\n"),
        (Some(media_type), _) => {
            let length = body.len();
            format!("HTTP/1.1 {status} -\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n")
        }
    }
    .into_bytes();
    if status != 204 {
        bytes.extend_from_slice(&body);
    }
    bytes
}

/// A page is as long as it is asked for: with as many times the one element that the contract gives, of which each list
/// has ten elements.
fn page(target: &str, body: &[u8]) -> Option<Vec<u8>> {
    let size = target.split(['?', '&']).find_map(|part| part.strip_prefix("size=")?.parse().ok())?;
    let mut body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let items = body.get_mut("items")?.as_array_mut()?;
    let mut item = items.first()?.clone();
    for list in item.as_object_mut()?.values_mut().filter_map(|value| value.as_array_mut()) {
        *list = list.iter().cycle().take(10).cloned().collect();
    }
    *items = vec![item; size];
    serde_json::to_vec(&body).ok()
}
