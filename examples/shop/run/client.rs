//! One request and its answer.

use std::io::{BufReader, ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::wire;

/// The longest deadline of the shop is ten seconds.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    #[allow(dead_code, reason = "the tests of the services compare them")]
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Asks on a connection of its own.
pub fn ask(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Result<Answer> {
    let body = body.as_ref();
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(&[request.as_bytes(), body].concat())?;
    let mut input = BufReader::new(stream);
    let message = if method == "HEAD" { wire::read_head(&mut input) } else { wire::read(&mut input) };
    let message = message?.ok_or(ErrorKind::UnexpectedEof)?;
    let status = message.start.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(ErrorKind::InvalidData)?;
    let body = String::from_utf8_lossy(&message.body).into_owned();
    Ok(Answer { status, headers: message.headers, body })
}
