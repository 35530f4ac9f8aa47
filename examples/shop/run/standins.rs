//! A stand-in for each system of others: a server on a free port that answers from the system's contract, refuses
//! who does not show the right credentials, and says in one line what it was asked.

use std::io::{BufReader, ErrorKind, Result as IoResult, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use flowc::standin::Found;

use super::parts::{Contracted, SYSTEMS, System};
use super::wire::{self, Message};

/// All of them, running.
pub struct Standins {
    /// Where each one is and what to show it, for the services.
    pub environment: Vec<(String, String)>,
    asked: Asked,
}

/// `erp GET /b7/CUST_MSTR/C000001`, in the order in which they came.
type Asked = Arc<Mutex<Vec<String>>>;

impl Standins {
    /// What was asked since the last time.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is told on the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    Everything,
    #[allow(dead_code, reason = "for the tests of the services")]
    Nothing,
}

pub fn start(project: &Path, tell: Tell) -> Result<Standins, String> {
    let mut standins = Standins { environment: Vec::new(), asked: Asked::default() };
    for system in SYSTEMS {
        let listener = TcpListener::bind("127.0.0.1:0");
        let listener = listener.map_err(|fault| format!("no port for {}: {fault}", system.name))?;
        let address = listener.local_addr().map_err(|fault| fault.to_string())?;
        let contract = Contracted::read(project, system)?;
        let url = format!("http://{address}{}", contract.base);
        if tell == Tell::Everything {
            eprintln!("{:>12} stands in at {url}, from {}", system.name, system.contract);
        }
        standins.environment.push((system.url.to_owned(), url));
        let credentials = system.credentials.iter();
        standins.environment.extend(credentials.map(|(name, value)| ((*name).into(), (*value).into())));
        let asked = Arc::clone(&standins.asked);
        let server = Arc::new(Server { system, contract, asked, tell });
        thread::spawn(move || serve(&server, &listener));
    }
    Ok(standins)
}

struct Server {
    system: &'static System,
    contract: Contracted,
    asked: Asked,
    tell: Tell,
}

/// A thread for each connection: there are few, and they stay.
fn serve(server: &Arc<Server>, listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        let server = Arc::clone(server);
        thread::spawn(move || match talk(&server, stream) {
            Err(fault) if fault.kind() == ErrorKind::InvalidData => {
                eprintln!("{:>12} was sent what is no HTTP: {fault}", server.system.name);
            }
            // Whoever hangs up has had enough.
            Ok(()) | Err(_) => {}
        });
    }
}

fn talk(server: &Server, mut stream: TcpStream) -> IoResult<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream.try_clone()?);
    while let Some(message) = wire::read(&mut input)? {
        let answer = answer(server, &message);
        stream.write_all(&answer)?;
        if message.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            break;
        }
    }
    Ok(())
}

fn answer(server: &Server, message: &Message) -> Vec<u8> {
    let mut words = message.start.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, media_type, body) = choose(server, method, target, message);
    let name = server.system.name;
    if server.tell == Tell::Everything {
        eprintln!("{name:>12} {method} {target} -> {status}");
    }
    server.asked.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{name} {method} {target}"));
    let mut head = format!("HTTP/1.1 {status} -\r\n");
    if let Some(media_type) = media_type {
        head.push_str(&format!("Content-Type: {media_type}\r\n"));
    }
    if status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let mut bytes = format!("{head}\r\n").into_bytes();
    if method != "HEAD" && status != 204 {
        bytes.extend(body);
    }
    bytes
}

/// Status, media type and body.
fn choose<'a>(
    server: &'a Server,
    method: &str,
    target: &str,
    message: &Message,
) -> (u16, Option<&'a str>, &'a [u8]) {
    let is_known = |(name, value): (&str, &str)| message.header(name) == Some(value);
    if !server.system.wants.is_none_or(is_known) {
        return (401, Some("text/plain"), b"the credentials are missing or wrong");
    }
    match server.contract.find(method, target, &message.body) {
        None => (404, Some("text/plain"), b"the contract has another base path"),
        Some(Found::Answer(answer)) => (answer.status, answer.media_type.as_deref(), &answer.body),
        Some(Found::NoPath) => (404, Some("text/plain"), b"the contract has no such path"),
        Some(Found::NoMethod) => (405, Some("text/plain"), b"the contract has no such method here"),
    }
}
