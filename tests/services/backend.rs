//! A system of others that answers as a test says, and keeps what it was asked.

use std::io::{BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::process::PATIENCE;
use super::run::wire::{self, Message};

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /things/a?x=1`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What comes back.
pub enum Reply {
    Answer(u16, &'static str, String),
    /// These bytes, and then the connection ends.
    Bytes(Vec<u8>),
    /// Nothing, until the other side hangs up.
    Never,
    HangUp,
}

pub fn json(status: u16, body: impl Into<String>) -> Reply {
    Reply::Answer(status, "application/json", body.into())
}

pub fn empty(status: u16) -> Reply {
    Reply::Answer(status, "", String::new())
}

type Script = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// It answers for as long as the test runs.
pub struct Backend {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    script: Script,
    asked: Mutex<Vec<Asked>>,
    grown: Condvar,
}

impl Backend {
    pub fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let inner =
            Arc::new(Inner { script: Box::new(script), asked: Mutex::default(), grown: Condvar::new() });
        let server = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&server);
                thread::spawn(move || talk(&server, stream));
            }
        });
        Backend { url, inner }
    }

    /// Forgets what it was asked.
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.inner.asked.lock().expect("no panic"))
    }

    pub fn lines(&self) -> Vec<String> {
        self.inner.asked.lock().expect("no panic").iter().map(|asked| asked.line.clone()).collect()
    }

    /// Waits until it has been asked this, and gives all that it was asked.
    pub fn wait_for(&self, line: &str) -> Vec<String> {
        let asked = self.inner.asked.lock().expect("no panic");
        let is_missing = |asked: &mut Vec<Asked>| !asked.iter().any(|asked| asked.line == line);
        let (asked, _) = self.inner.grown.wait_timeout_while(asked, PATIENCE, is_missing).expect("no panic");
        let lines: Vec<String> = asked.iter().map(|asked| asked.line.clone()).collect();
        assert!(lines.iter().any(|known| known == line), "{line} was not asked, only {lines:?}");
        lines
    }
}

fn talk(server: &Inner, mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream.try_clone()?);
    while let Some(message) = wire::read(&mut input)? {
        let asked = asked(message);
        server.asked.lock().expect("no panic").push(asked.clone());
        server.grown.notify_all();
        match (server.script)(&asked) {
            Reply::Answer(status, media_type, body) => {
                stream.write_all(answer(status, media_type, &body).as_bytes())?;
            }
            Reply::Bytes(bytes) => return stream.write_all(&bytes),
            Reply::Never => return input.read_to_end(&mut Vec::new()).map(drop),
            Reply::HangUp => return Ok(()),
        }
    }
    Ok(())
}

fn asked(message: Message) -> Asked {
    let line = message.start.trim_end_matches(" HTTP/1.1").to_owned();
    Asked { line, headers: message.headers, body: message.body }
}

fn answer(status: u16, media_type: &str, body: &str) -> String {
    let media_type =
        if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("HTTP/1.1 {status} -\r\n{media_type}{length}\r\n{body}")
}
