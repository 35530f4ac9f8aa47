//! A client that sends what it is told to, byte for byte.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than anything may take: only what hangs is caught by it.
pub const FOREVER: Duration = Duration::from_secs(20);

pub struct Connection {
    reader: BufReader<Box<dyn Stream>>,
    below: TcpStream,
}

/// With TLS or without.
pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_problem(&self) -> bool {
        self.header("content-type") == Some("application/problem+json")
            && self.body.contains(&format!("\"status\":{}", self.status))
    }
}

impl Connection {
    pub fn open(address: SocketAddr) -> Connection {
        Connection::try_open(address).expect("the service listens")
    }

    pub fn try_open(address: SocketAddr) -> std::io::Result<Connection> {
        let below = tcp(address)?;
        let stream = below.try_clone()?;
        Ok(Connection::over(Box::new(stream), below))
    }

    /// `below`: what the stream goes over.
    pub fn over(stream: Box<dyn Stream>, below: TcpStream) -> Connection {
        Connection { reader: BufReader::new(stream), below }
    }

    /// Sends bytes; whether the other side took them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let stream = self.reader.get_mut();
        stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()).is_ok()
    }

    pub fn end_sending(&self) {
        self.below.shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// The next answer; `None` when the connection ends without one.
    pub fn reply(&mut self) -> Option<Reply> {
        let reply = self.head()?;
        self.rest(reply)
    }

    /// The next answer to a HEAD, which has no body.
    pub fn head(&mut self) -> Option<Reply> {
        let status = self.line()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        Some(Reply { status, headers, body: String::new() })
    }

    fn rest(&mut self, mut reply: Reply) -> Option<Reply> {
        let length = reply.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).ok()?;
        reply.body = String::from_utf8(body).ok()?;
        Some(reply)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        Some(line.trim_end().to_owned())
    }

    /// Whether the other side has closed, after at most all of the time there is.
    pub fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            // Without a farewell of TLS, or of TCP.
            Err(error) => matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset),
        }
    }

    pub fn get(&mut self, path: &str) -> Option<Reply> {
        self.ask("GET", path, "", "")
    }

    /// `headers`: whole lines.
    pub fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Option<Reply> {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: shop\r\n{headers}{length}\r\n{body}"));
        self.reply()
    }

    pub fn post(&mut self, path: &str, json: &str) -> Option<Reply> {
        self.ask("POST", path, "Content-Type: application/json\r\n", json)
    }
}

/// A connection on which nothing waits for ever.
pub fn tcp(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(FOREVER))?;
    stream.set_write_timeout(Some(FOREVER))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One request on a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> Reply {
    Connection::open(address).get(path).expect("there is an answer")
}
