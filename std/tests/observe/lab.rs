//! The service that is looked at, as a process of its own, and what it talks to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flow_std::auth::{Auth, Place};
use flow_std::client::{Client, ClientSettings, CredentialsPlace, OAuth2, OutboundAuth};
use flow_std::codec::Reader;
use flow_std::failure::Failure;
use flow_std::http::{
    BodyKind, Caching, Context, Endpoint, Environment, LimitBy, LimitSettings, Limiter, Rate, Repeat,
    Request, Response, Service, run_with,
};
use flow_std::local::{self, LocalEndpoint};
use flow_std::policy::{Breaker, Retry, RetryOn};

const MARK: &str = "OBSERVE_CHILD";
/// The digest of `canary-key`.
const KEYS: &str = "jo 0b8bdfd5fe8e2887553f64e360259947f07d61acd45d51b4a74a53008e5a9597";
pub const TOKEN: &str = "canary-operator-token";

/// Is the service when it is started by `Lab`, and nothing otherwise.
#[test]
fn the_service_itself() {
    if std::env::var_os(MARK).is_some() {
        let service =
            Service { name: "Lab", version: "1.2.3", contract: "openapi: 3.1.0\n", page: "", endpoints };
        let is_good = run_with(service, &[]) == ExitCode::SUCCESS;
        std::process::exit(if is_good { 0 } else { 1 });
    }
}

fn endpoints(env: &mut Environment) -> Option<Vec<Endpoint>> {
    let (url, token, keys) = (env.url("BACK_URL")?, env.secret("BACK_TOKEN")?, env.secret("KEYS")?);
    let retry = Retry {
        times: 1,
        on: &[RetryOn::Status(503)],
        backoff: Duration::ZERO..=Duration::ZERO,
        budget: 1.0,
    };
    let settings = ClientSettings {
        auth: OutboundAuth::Bearer { token },
        retry: Some(retry),
        breaker: Some(Breaker { opens: 1.0, of: 1_000, rests: Duration::from_secs(1) }),
        timeout: Duration::from_millis(300),
        max_body: 100_000_000,
        ..ClientSettings::new(url)
    };
    let back = env.take("BACK_URL", Client::new("Back", settings))?;
    let key = env.take("KEYS", Auth::api_key(&keys, Place::Header("x-api-key")))?;
    let (inner, listed) = (back.clone(), back.clone());
    let mut all = desks(&back);
    all.push(bank(env)?);
    all.extend([
        endpoint("Lab.get", "GET", "/things/{id}", vec![Auth::Public], move |request| {
            get(back.clone(), request)
        }),
        endpoint("Lab.put", "PUT", "/things/{id}", vec![key], |request| async move { put(request) }),
        endpoint("Lab.break", "GET", "/broken/{id}", vec![Auth::Public], |mut request: Request| async move {
            let id = request.path("id").required(|from| from.string()).unwrap_or_default();
            panic!("nobody thought of {id}")
        }),
        endpoint("Lab.around", "GET", "/around/{id}", vec![Auth::Public], move |request| {
            around(inner.clone(), request)
        }),
        endpoint("Lab.list", "GET", "/list", vec![Auth::Public], move |request| {
            list(listed.clone(), request)
        }),
    ]);
    Some(all)
}

/// Asks a backend that wants tokens, and gives up on it soon.
fn bank(env: &mut Environment) -> Option<Endpoint> {
    let (url, token) = (env.url("BACK_URL")?, env.url("TOKEN_URL")?);
    let oauth2 = OAuth2 {
        token,
        client: "lab".to_owned(),
        secret: env.secret("BACK_TOKEN")?,
        scopes: Vec::new(),
        audience: None,
        credentials: CredentialsPlace::InHeader,
    };
    let settings = ClientSettings {
        auth: OutboundAuth::OAuth2(oauth2),
        breaker: Some(Breaker { opens: 0.5, of: 2, rests: Duration::from_secs(3_600) }),
        ..ClientSettings::new(url)
    };
    let bank = env.take("TOKEN_URL", Client::new("Bank", settings))?;
    let get = move |request| get(bank.clone(), request);
    Some(endpoint("Lab.bank", "GET", "/bank/{id}", vec![Auth::Public], get))
}

/// Two that have another operation of this process do what they are asked for, as in a bundle. Of the first one there is a line
/// in the audit log, too.
fn desks(back: &Client) -> Vec<Endpoint> {
    let rate = Some(Rate { count: 1, per: Duration::from_secs(3_600) });
    let settings = LimitSettings { rate, burst: Some(1), by: LimitBy::Key, at_once: None };
    let limit = Arc::new(Limiter::new(settings));
    let desk = |operation, path| {
        let (back, limit) = (back.clone(), Arc::clone(&limit));
        let answer = move |request| desk(back.clone(), Arc::clone(&limit), request);
        Endpoint { body: BodyKind::None, ..endpoint(operation, "PUT", path, vec![Auth::Public], answer) }
    };
    vec![
        Endpoint { audit: Some(&["how"]), ..desk("Lab.desk", "/desk/{how}") },
        desk("Lab.quiet", "/quiet/{how}"),
    ]
}

/// `how` says how the other one ends: with `bad`, in a failure; with `late`, not within its time; and of each other word one is
/// let in, and waits for the backend.
async fn desk(back: Client, limit: Arc<Limiter>, mut request: Request) -> Result<Response, Failure> {
    let how = request.path("how").required(|from| from.string()).unwrap_or_default().to_string();
    let cx = request.finish()?;
    let deadline = if how == "late" { Duration::from_millis(200) } else { Duration::from_secs(8) };
    let to = LocalEndpoint {
        operation: "Till.pay",
        writes: true,
        repeat: Repeat::Safe,
        deadline,
        limit: Some(limit),
        limit_key: Some(how.clone()),
        audit: Some(vec![("how".to_owned(), how.clone())]),
    };
    let steps = move |cx: Context| async move {
        match how.as_str() {
            "bad" => Err(Failure::forbidden()),
            // However little time is left, the backend has as much as it wants.
            _ => Ok(asked(&back, &cx.detached(), &how).await?),
        }
    };
    Ok(Response::json(200, &local::call(&cx, &to, steps).await?))
}

fn endpoint<A>(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    auth: Vec<Auth>,
    answer: impl Fn(Request) -> A + Send + Sync + 'static,
) -> Endpoint
where
    A: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    Endpoint {
        operation,
        method,
        path,
        writes: method != "GET",
        deadline: Duration::from_secs(10),
        max_body: 10_000,
        body: if method == "PUT" { BodyKind::Json } else { BodyKind::None },
        auth,
        limit: None,
        cors: None,
        caching: Caching::Asked,
        degraded: None,
        deprecated: None,
        audit: None,
        promised: None,
        handler: Box::new(move |request| Box::pin(answer(request))),
    }
}

async fn get(back: Client, mut request: Request) -> Result<Response, Failure> {
    let id = request.path("id").required(|from| from.string());
    let cx = request.finish()?;
    Ok(Response::json(200, &asked(&back, &cx, &id.unwrap_or_default()).await?))
}

async fn asked(back: &Client, cx: &Context, id: &str) -> Result<String, Failure> {
    let mut call = back.read("Back.get", "GET");
    call.path("/things/").segment(id).query("q", id).header("x-given", id);
    let text = call.answer(cx, |answer| match answer.status() {
        200 => answer.json(Reader::string, "Back.get").map(|text| text.to_string()),
        _ => Err(answer.fail()),
    });
    Ok(text.await?)
}

/// Goes out while it comes in.
async fn list(back: Client, request: Request) -> Result<Response, Failure> {
    let cx = request.finish()?;
    let mut call = back.read("Back.list", "GET");
    call.path("/list");
    Ok(Response::elements(200, call.elements(&cx, 200, |from| from.string()).await?))
}

fn put(mut request: Request) -> Result<Response, Failure> {
    let body = request.body(|from| from.list(Reader::int));
    request.finish()?;
    Ok(Response::json(200, &body.unwrap_or_default()))
}

/// By way of another operation, as in a bundle.
async fn around(back: Client, mut request: Request) -> Result<Response, Failure> {
    let id = request.path("id").required(|from| from.string());
    let cx = request.finish()?;
    let to = LocalEndpoint {
        operation: "Lab.get",
        writes: false,
        repeat: Repeat::Safe,
        deadline: Duration::from_secs(5),
        limit: None,
        limit_key: None,
        audit: None,
    };
    let id = id.unwrap_or_default();
    let steps = move |cx: Context| async move { asked(&back, &cx, &id).await };
    Ok(Response::json(200, &local::call(&cx, &to, steps).await?))
}

/// The service, while it runs; what it writes is kept.
pub struct Lab {
    child: Child,
    pub address: SocketAddr,
    written: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Lab {
    pub fn start(back: &str, settings: &[(&str, &str)]) -> Lab {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        drop(listener);
        let mut child = Command::new(std::env::current_exe().expect("a test knows its program"))
            .args(["--exact", "lab::the_service_itself", "--nocapture"])
            .envs([(MARK, "1"), ("LISTEN", "127.0.0.1:0"), ("BACK_URL", back), ("FLOW_DRAIN_MS", "0")])
            .env("TOKEN_URL", "http://127.0.0.1:1")
            .envs([("BACK_TOKEN", "canary-back-token"), ("KEYS", KEYS), ("FLOW_OPERATOR_TOKEN", TOKEN)])
            .envs([("FLOW_LOG", "debug"), ("RUST_BACKTRACE", "1")])
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let written: Arc<Mutex<String>> = Arc::default();
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let err = BufReader::new(child.stderr.take().expect("it is piped"));
        let (found, address) = std::sync::mpsc::channel();
        let readers = vec![gather(out, &written, Some(found)), gather(err, &written, None)];
        let address = address.recv_timeout(Duration::from_secs(20)).expect("it says where it listens");
        Lab { child, address, written, readers }
    }

    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("it takes it");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    pub fn metrics(&self) -> String {
        let answer = self.ask("GET", "/metrics", &format!("Authorization: Bearer {TOKEN}\r\n"), "");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("it has a body")
    }

    /// What a series stands at.
    pub fn number(&self, series: &str) -> Option<f64> {
        let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
        self.metrics().lines().find_map(value)
    }

    /// The line in which all of these stand, once it is there.
    pub fn line_with(&self, parts: &[&str]) -> String {
        let began = Instant::now();
        loop {
            let written = self.written.lock().expect("no reader panics").clone();
            let is_it = |line: &&str| parts.iter().all(|part| line.contains(part));
            if let Some(line) = written.lines().find(is_it) {
                return line.to_owned();
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{parts:?} in {written}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Has it end, and gives all that it has written.
    pub fn end(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|status| status.success()));
        assert!(self.child.wait().is_ok_and(|status| status.success()));
        for reader in self.readers.drain(..) {
            reader.join().expect("no reader panics");
        }
        self.written.lock().expect("no reader panics").clone()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(
    mut from: impl BufRead + Send + 'static,
    to: &Arc<Mutex<String>>,
    found: Option<std::sync::mpsc::Sender<SocketAddr>>,
) -> std::thread::JoinHandle<()> {
    let to = Arc::clone(to);
    std::thread::spawn(move || {
        let mut line = String::new();
        while from.read_line(&mut line).is_ok_and(|count| count > 0) {
            let address = line.split("\"address\":\"").nth(1).and_then(|rest| rest.split('"').next());
            if let (Some(found), Some(Ok(address))) = (&found, address.map(str::parse)) {
                let _ = found.send(address);
            }
            to.lock().expect("nobody panics with it").push_str(&line);
            line.clear();
        }
    })
}

/// Something that takes requests, keeps them, and answers what it is told to.
pub struct Listener {
    pub url: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Listener {
    /// `answer` makes the answer out of the request.
    pub fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (inner, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&inner), Arc::clone(&answer));
                std::thread::spawn(move || while take(&stream, &seen, &*answer).is_some() {});
            }
        });
        Listener { url, seen }
    }

    pub fn seen(&self) -> Vec<u8> {
        self.seen.lock().expect("nobody panics with it").clone()
    }
}

fn take(mut stream: &TcpStream, seen: &Mutex<Vec<u8>>, answer: &dyn Fn(&str) -> String) -> Option<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let mut all = seen.lock().expect("nobody panics with it");
    all.extend_from_slice(&head);
    all.extend_from_slice(&body);
    drop(all);
    stream.write_all(answer(&text).as_bytes()).ok()
}

/// An answer with this status and body.
pub fn answer(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}
