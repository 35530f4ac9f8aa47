//! Those who want something of the shop. Some hang up, some give the service little time, and some ask again with the same key.

use std::io::{ErrorKind, Result};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use turmoil::net::TcpStream;

use crate::ledger::{Outcome, Shared, Told, now};
use crate::scenario::Request;
use crate::wire;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Asks for one thing, as often as the caller wants to.
pub async fn ask_for(number: usize, request: Request, hosts: [&'static str; 2], ledger: Shared) {
    sleep(request.at).await;
    for (attempt, host) in (0..request.tries).zip(hosts.into_iter().cycle()) {
        let sent = now();
        let patience = request.patience.filter(|_| attempt == 0).unwrap_or(PATIENCE);
        let outcome = match timeout(patience, ask(number, &request, host)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Outcome::Lost,
            Err(_) => Outcome::HungUp,
        };
        let is_final = !outcome.is_open();
        ledger.borrow_mut().told(Told { subject: number, sent, at: now(), outcome });
        if is_final {
            return;
        }
        sleep(Duration::from_millis(300)).await;
    }
}

async fn ask(number: usize, request: &Request, host: &'static str) -> Result<Outcome> {
    let mut stream = TcpStream::connect((host, 80)).await?;
    let (method, path, body) = request.wish.request(number, request);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nX-Api-Key: key-of-the-shop\r\n\
         Idempotency-Key: request-{number}\r\nX-Request-Id: request-{number}\r\nFlow-Deadline: {}\r\nContent-Length: {}\r\n\r\n",
        request.deadline.as_millis(),
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    let answer = wire::read(&mut stream, &mut Vec::new()).await?.ok_or(ErrorKind::UnexpectedEof)?;
    let status = answer.word(1).parse().map_err(|_| ErrorKind::InvalidData)?;
    let is_degraded = answer.header("x-degraded").is_some();
    Ok(Outcome::Answer { status, is_degraded, body: answer.body })
}
