//! An issuer: what it answers to each path, and how often it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
pub struct Identity {
    address: String,
    documents: Arc<Mutex<HashMap<String, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Identity {
    pub fn new() -> Identity {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let identity = Identity { address, documents: Arc::default(), asked: Arc::default() };
        let own = identity.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                let _ = stream.read_line(&mut line);
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                while stream.read_line(&mut line).is_ok_and(|length| length > 2) {}
                let answer = own.answer(&path);
                let _ = stream.get_mut().write_all(answer.as_bytes());
            }
        });
        identity
    }

    fn answer(&self, path: &str) -> String {
        self.asked.lock().expect("no test panics with it").push(path.to_owned());
        let documents = self.documents.lock().expect("no test panics with it");
        let (status, body) = match documents.get(path) {
            Some(body) => ("200 OK", body.as_str()),
            None => ("404 Not Found", ""),
        };
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    }

    pub fn url(&self) -> &str {
        &self.address
    }

    pub fn answers(&self, path: &str, body: impl Into<String>) {
        self.documents.lock().expect("no test panics with it").insert(path.to_owned(), body.into());
    }

    /// Its keys, at `/keys`.
    pub fn has_keys(&self, keys: &[String]) {
        self.answers("/keys", format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics with it").clone()
    }
}
