//! What stands in for the systems behind the services: fixed answers, made once, after a fixed time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::documents;
use crate::wire;

/// By method and the part of the path that tells what is asked for: `GET /customers`.
type Answers = HashMap<String, Vec<u8>>;

/// Listens, and answers each request so late.
pub async fn start(delay: Duration) -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|fault| fault.to_string())?;
    let address = listener.local_addr().map_err(|fault| fault.to_string())?;
    let answers = Arc::new(answers());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&answers), delay));
        }
    });
    Ok(address)
}

fn answers() -> Answers {
    let answer = |status: &str, body: String| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    };
    Answers::from([
        ("GET customers".to_owned(), answer("200 OK", documents::customer())),
        ("GET profiles".to_owned(), answer("200 OK", documents::profile())),
        ("GET recent-orders".to_owned(), answer("200 OK", documents::orders())),
        ("GET activities".to_owned(), answer("200 OK", documents::activities())),
        ("GET short/lines".to_owned(), answer("200 OK", documents::lines(documents::SHORT))),
        ("GET long/lines".to_owned(), answer("200 OK", documents::lines(documents::LONG))),
        ("POST orders".to_owned(), answer("201 Created", documents::created_order())),
        ("POST holds".to_owned(), answer("201 Created", documents::hold())),
        ("POST charges".to_owned(), answer("201 Created", documents::paid())),
    ])
}

/// One connection, for as long as the other side wants.
async fn talk(mut stream: TcpStream, answers: Arc<Answers>, delay: Duration) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut bytes = Vec::with_capacity(4096);
    loop {
        let message = wire::read(&mut stream, &mut bytes).await?;
        let due = Instant::now() + delay;
        let answer = bytes.get(..message.head).and_then(|head| find(&answers, head));
        if !delay.is_zero() {
            wait(due).await;
        }
        let nothing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".as_slice();
        stream.write_all(answer.map_or(nothing, Vec::as_slice)).await.ok()?;
        bytes.drain(..message.length());
    }
}

/// Services of ours have their version in front of the path, systems of others have not.
fn find<'a>(answers: &'a Answers, head: &[u8]) -> Option<&'a Vec<u8>> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let path = target.split('?').next()?;
    let mut parts = path.trim_start_matches("/v1").trim_start_matches('/').split('/');
    let (first, second, third) = (parts.next()?, parts.next(), parts.next());
    match (second, third) {
        (Some(number), Some("lines")) => answers.get(&format!("{method} {number}/lines")),
        _ => answers.get(&format!("{method} {first}")),
    }
}

/// To the microsecond: tokio's own timers are good to a millisecond, which is more than what is measured.
pub async fn wait(due: Instant) {
    if let Some(early) = due.checked_sub(Duration::from_millis(2)) {
        tokio::time::sleep_until(early).await;
    }
    while Instant::now() < due {
        tokio::task::yield_now().await;
    }
}
