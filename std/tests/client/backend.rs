//! Backends as scripts over sockets, each connection on a thread of its own, and what the tests share.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flow_std::Caller;
use flow_std::auth::ServiceKeys;
use flow_std::client::{Client, ClientSettings};
use flow_std::http::{Context, Secret, arrived};

pub struct Backend {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Backend {
    /// A backend whose connections each follow the script.
    pub fn new(script: impl Fn(Connection) + Send + Sync + 'static) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let backend = Backend { address, seen: Arc::clone(&seen), connections: Arc::clone(&connections) };
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let connection = Connection { stream: BufReader::new(stream), seen: Arc::clone(&seen) };
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(connection));
            }
        });
        backend
    }

    /// A backend that gives the same bytes to each request, and then closes the connection.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Backend {
        let bytes = bytes.into();
        Backend::new(move |mut connection| {
            if connection.request().is_some() {
                connection.write(&bytes);
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, as they stood on the wire.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no script panics with it").clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn client(&self) -> Client {
        client(patient(self.url()))
    }
}

/// The backend's end of a connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Connection {
    /// Reads one request; none when the client has closed the connection.
    pub fn request(&mut self) -> Option<String> {
        let request = request(&mut self.stream)?;
        self.seen.lock().expect("no script panics with it").push(request.clone());
        Some(request)
    }

    /// The client may have gone by now, as some of the tests want it to.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.get_mut().write_all(bytes).is_ok()
    }

    /// Writes as much as the client takes, but waits no longer than that.
    pub fn try_write(&mut self, bytes: &[u8], patience: Duration) -> std::io::Result<usize> {
        let stream = self.stream.get_mut();
        stream.set_write_timeout(Some(patience))?;
        stream.write(bytes)
    }

    /// Waits until the client closes the connection.
    pub fn wait_for_end(&mut self) {
        let _ = self.stream.read_to_end(&mut Vec::new());
    }
}

/// Reads one request with a body of a known length.
pub fn request(from: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

/// An answer with a correct length.
pub fn answer(status: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}")
}

pub fn ok(body: &str) -> String {
    answer("200 OK", "application/json", body)
}

/// Settings with which no slow machine makes a test fail.
pub fn patient(url: impl Into<String>) -> ClientSettings {
    let long = Duration::from_secs(20);
    ClientSettings { timeout: long, connect_timeout: long, ..ClientSettings::new(url) }
}

pub fn client(settings: ClientSettings) -> Client {
    Client::new("Erp", settings).expect("settings without a fault")
}

pub fn context() -> Context {
    context_of(Duration::from_secs(30))
}

pub fn context_of(budget: Duration) -> Context {
    Context::new("Orders.place", Caller::default(), arrived("r-1", ""), budget)
}

/// The keys that the services of the tests share.
pub fn service_keys() -> ServiceKeys {
    ServiceKeys::read(&Secret::new("a key of the services of at least 32 bytes")).expect("it is long enough")
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// The clock jumps to the next moment at which something waits.
pub fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(test)
}
