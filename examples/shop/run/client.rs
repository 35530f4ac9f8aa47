//! One request and its answer.

use std::io::{BufReader, ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::wire;

/// The longest deadline of the shop is ten seconds.
const PATIENCE: Duration = Duration::from_secs(15);

pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Asks on a connection of its own.
pub fn ask(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(request.as_bytes())?;
    let message = wire::read(&mut BufReader::new(stream))?.ok_or(ErrorKind::UnexpectedEof)?;
    let status = message.start.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(ErrorKind::InvalidData)?;
    Ok(Answer { status, body: String::from_utf8_lossy(&message.body).into_owned() })
}
