//! As much of HTTP/1.1 as the simulated systems and callers need: messages with a length, one after the other.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::TcpStream;

pub struct Message {
    /// `POST /holds HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub start: String,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    pub fn header(&self, wanted: &str) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The word of the first line that stands there.
    pub fn word(&self, place: usize) -> &str {
        self.start.split(' ').nth(place).unwrap_or_default()
    }
}

/// The next message; none when the other side has closed the connection. `rest` is what was read beyond the last one.
pub async fn read(stream: &mut TcpStream, rest: &mut Vec<u8>) -> Result<Option<Message>> {
    let end = loop {
        if let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if more(stream, rest).await? == 0 {
            return if rest.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
    };
    let head = String::from_utf8_lossy(&rest[..end]).into_owned();
    let mut lines = head.lines();
    let start = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut message = Message { start, headers, body: String::new() };
    if message.header("transfer-encoding").is_some() {
        return Err(Error::new(ErrorKind::InvalidData, "a body without a length"));
    }
    let length = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while rest.len() < end + length {
        if more(stream, rest).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    message.body = String::from_utf8_lossy(&rest[end..end + length]).into_owned();
    rest.drain(..end + length);
    Ok(Some(message))
}

async fn more(stream: &mut TcpStream, rest: &mut Vec<u8>) -> Result<usize> {
    let mut space = [0; 4096];
    let count = stream.read(&mut space).await?;
    rest.extend_from_slice(&space[..count]);
    Ok(count)
}

pub async fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &str) -> Result<()> {
    let length = body.len();
    let media_type = "Content-Type: application/json";
    let text = match status {
        204 => format!("HTTP/1.1 204 -\r\n{headers}\r\n"),
        _ => {
            format!("HTTP/1.1 {status} -\r\n{media_type}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        }
    };
    stream.write_all(text.as_bytes()).await
}

/// The text behind `"name":"` or `"name": "`, or the number, as it stands there.
pub fn field<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = json.split_once(&format!("\"{name}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => rest.split([',', '}', ']', ' ']).next(),
    }
}
