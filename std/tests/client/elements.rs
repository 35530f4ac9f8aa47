//! Lists that go through a service element by element: what a caller gets of them, over real connections on both sides.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flow_std::auth::Auth;
use flow_std::client::{Client, ClientSettings};
use flow_std::codec::{Encode, Reader, Slot, Writer};
use flow_std::failure::Failure;
use flow_std::http::{BodyKind, Endpoint, Handler, Limits, Request, Response, Shell, live, router};
use flow_std::outside::TcpListener;

use super::backend::{Backend, Connection, answer, client, ok, patient};

/// Longer than anything may take: only what hangs is caught by it.
const FOREVER: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Line {
    number: i64,
    text: String,
}

fn line(from: &mut Reader<'_>) -> Option<Line> {
    let (mut number, mut text) = (Slot::Absent, Slot::Absent);
    from.object(&mut |from, name| match name {
        "LN_NO" => from.set(name, &mut number, Reader::int),
        "MAT_TX" => from.set(name, &mut text, Reader::string),
        _ => from.unknown(name),
    })?;
    let (number, text) = (number.required(from, "LN_NO"), text.required(from, "MAT_TX"));
    Some(Line { number: number?, text: text? })
}

impl Encode for Line {
    fn encode(&self, to: &mut Writer) {
        to.object().field("number", &self.number).field("text", &self.text).end();
    }
}

fn mapped(line: Line) -> Line {
    Line { number: line.number + 1, text: line.text.to_uppercase() }
}

fn checked(line: Line) -> Result<Line, Failure> {
    assert_ne!(line.text, "a mistake of ours");
    if line.text.is_empty() { Err(Failure::bad_gateway("there is no text")) } else { Ok(mapped(line)) }
}

async fn list(client: Client, request: Request, in_parts: bool) -> Result<Response, Failure> {
    let cx = request.finish()?;
    let mut call = client.read("Erp.list", "GET");
    call.path("/list");
    if in_parts {
        let lines = call.elements(&cx, 200, line).await?;
        return Ok(Response::elements(200, lines.filter(|line| line.number >= 0).try_map(checked)?));
    }
    let read = |answer: flow_std::failure::Answer| match answer.status() {
        200 => answer.json(|from| from.list(line), "body"),
        _ => Err(answer.fail()),
    };
    let lines = call.answer(&cx, read).await?;
    let lines: Result<Vec<_>, _> = lines.into_iter().filter(|line| line.number >= 0).map(checked).collect();
    Ok(Response::json(200, &lines?))
}

fn endpoint(path: &'static str, deadline: Duration, handler: Handler) -> Endpoint {
    Endpoint {
        operation: "Lines.list",
        method: "GET",
        path,
        writes: false,
        deadline,
        max_body: 1_000,
        body: BodyKind::None,
        auth: vec![Auth::Public],
        limit: None,
        cors: None,
        caching: flow_std::http::Caching::Asked,
        degraded: None,
        deprecated: None,
        handler,
    }
}

/// A service over a backend.
struct World {
    address: SocketAddr,
    shell: Shell,
    client: Client,
    backend: Backend,
}

impl World {
    fn new(backend: Backend) -> World {
        World::with(backend, Duration::from_secs(20), |_| {})
    }

    fn with(backend: Backend, deadline: Duration, set: impl FnOnce(&mut ClientSettings)) -> World {
        let mut settings = ClientSettings { max_body: 500_000_000, ..patient(backend.url()) };
        set(&mut settings);
        let client = client(settings);
        let of = |path, in_parts| {
            let client = client.clone();
            endpoint(
                path,
                deadline,
                Box::new(move |request| Box::pin(list(client.clone(), request, in_parts))),
            )
        };
        let endpoints = vec![of("/list", true), of("/whole", false)];
        let shell = Shell::new("", Limits::default());
        let (router, served) = (router(endpoints, shell.clone()), shell.clone());
        let (found, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("there are threads").block_on(async move {
                let here = SocketAddr::from(([127, 0, 0, 1], 0));
                let listener = TcpListener::bind(here).await.expect("a port is free");
                found.send(listener.local_addr().expect("it is bound")).expect("the test waits");
                live(listener, router, served, std::future::pending::<()>()).await;
            });
        });
        World { address: address.recv().expect("the service starts"), shell, client, backend }
    }

    fn get(&self, path: &str) -> Got {
        Caller::ask(self.address, &format!("GET {path} HTTP/1.1")).rest()
    }

    /// Waits until so many answers were cut off.
    fn wait_for_cuts(&self, count: u64) {
        wait_for("answers that were cut off", &self.shell.counts().cut_off, count);
    }
}

fn wait_for(what: &str, counter: &AtomicU64, count: u64) {
    wait_until(what, || counter.load(Ordering::SeqCst) == count);
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < FOREVER, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What a caller has got.
#[derive(Debug)]
struct Got {
    head: String,
    body: String,
    /// It has come to its end, as far as HTTP says it.
    is_whole: bool,
}

impl Got {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// The caller's end of a connection.
struct Caller {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Caller {
    fn ask(address: SocketAddr, line: &str) -> Caller {
        let mut stream = TcpStream::connect(address).expect("the service listens");
        stream.set_read_timeout(Some(FOREVER)).expect("it is open");
        write!(stream, "{line}\r\nHost: a\r\n\r\n").expect("the service takes it");
        let (mut stream, mut head) = (BufReader::new(stream), String::new());
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut head).expect("the service answers"), 0, "{head}");
        }
        Caller { stream, head: head.to_lowercase() }
    }

    fn rest(mut self) -> Got {
        let length = self.head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let (mut body, mut is_whole) = (Vec::new(), true);
        match length.map(|length| length.parse::<usize>().expect("a number")) {
            Some(length) => {
                body = vec![0; length];
                is_whole = self.stream.read_exact(&mut body).is_ok();
            }
            None => {
                assert!(self.head.contains("transfer-encoding: chunked"), "{}", self.head);
                while let Some(chunk) = self.chunk() {
                    body.extend_from_slice(&chunk);
                    is_whole = chunk.is_empty();
                    if is_whole {
                        break;
                    }
                }
            }
        }
        Got { head: self.head, body: String::from_utf8_lossy(&body).into_owned(), is_whole }
    }

    /// The next chunk; the last one is empty. None when the connection ends.
    fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut line = String::new();
        self.stream.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk).ok()?;
        chunk.truncate(length);
        Some(chunk)
    }
}

// ---- lists --------------------------------------------------------------------------------------

fn element(number: i64) -> String {
    format!("{{\"LN_NO\":{number}, \"MAT_TX\":\"m\u{fc}ller, \\\"{number}\\\" ]}}\",\"X\":[{{}},null]}}")
}

fn elements(count: i64) -> Vec<String> {
    (0..count).map(element).collect()
}

fn json(elements: &[String]) -> String {
    format!("[{}]", elements.join(" ,\n"))
}

/// Several times what is read before an answer begins.
const MANY: i64 = 20_000;

fn chunked(body: &str) -> Vec<u8> {
    let mut bytes =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for piece in body.as_bytes().chunks(3_001) {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Gives the same answer to every request, on connections that stay open.
fn lasting(bytes: Vec<u8>) -> Backend {
    Backend::new(move |mut connection| while connection.request().is_some() && connection.write(&bytes) {})
}

#[test]
fn a_list_in_parts_is_the_list_in_whole() {
    let few = format!(" [ {} , {{\"LN_NO\":-1,\"MAT_TX\":\"\"}} ]\n", element(1));
    let many = json(&elements(MANY));
    let none_of_many = json(&vec!["{\"LN_NO\":-1,\"MAT_TX\":\"\"}".to_owned(); MANY as usize]);
    for (list, is_long) in [("[]", false), (&few, false), (&many, true), (&none_of_many, true)] {
        for bytes in [ok(list).into_bytes(), chunked(list)] {
            let world = World::new(lasting(bytes));
            let (whole, parts) = (world.get("/whole"), world.get("/list"));
            assert!(whole.is_whole && parts.is_whole, "{}", parts.head);
            assert_eq!((whole.status(), parts.status()), ("200", "200"));
            assert!(whole.body == parts.body, "the bytes differ");
            assert_eq!(parts.head.contains("transfer-encoding: chunked"), is_long, "{}", parts.head);
            let framing =
                |head: &str| head.lines().filter(|line| line.starts_with("content-type")).collect::<String>();
            assert_eq!(framing(&whole.head), framing(&parts.head));
            assert!(world.get("/list").is_whole);
            assert_eq!(world.backend.connections(), 1, "a connection whose answer was read is used again");
        }
    }
}

#[test]
fn what_is_wrong_in_the_first_part_is_a_bad_gateway() {
    let mut lists = vec!["{}".to_owned(), "[1]".to_owned(), "[".to_owned(), json(&elements(10)) + "x"];
    for at in [0, 1_000] {
        let mut list = elements(MANY);
        list[at] = "{\"LN_NO\":true,\"MAT_TX\":\"\"}".to_owned();
        lists.push(json(&list));
        list[at] = "{\"LN_NO\":1,\"MAT_TX\":\"\"}".to_owned(); // of which nothing can be made
        lists.push(json(&list));
    }
    lists.push(json(&elements(MANY)).replacen('[', "{", 1));
    for list in lists {
        let world = World::new(lasting(ok(&list).into_bytes()));
        let (whole, parts) = (world.get("/whole"), world.get("/list"));
        assert_eq!((whole.status(), parts.status()), ("502", "502"));
        assert_eq!(whole.body, parts.body);
        assert_eq!(world.shell.counts().cut_off.load(Ordering::SeqCst), 0);
    }
    let page = answer("200 OK", "text/html", &json(&elements(MANY)));
    assert_eq!(World::new(lasting(page.into_bytes())).get("/list").status(), "502");
}

#[test]
fn another_status_is_read_in_whole() {
    let long = json(&elements(MANY));
    for status in ["404 Not Found", "500 Oops", "201 Created"] {
        let world = World::new(lasting(answer(status, "application/json", &long).into_bytes()));
        let (whole, parts) = (world.get("/whole"), world.get("/list"));
        assert_eq!((whole.status(), parts.status()), ("502", "502"));
        assert_eq!(whole.body, parts.body);
        assert_eq!(world.backend.connections(), 1);
    }
}

/// What is wrong behind the first part cuts the answer off: nobody takes it for the whole.
#[test]
fn what_is_wrong_later_cuts_the_answer_off() {
    let last = |element: &str| {
        let mut list = elements(MANY);
        list.pop();
        list.push(element.to_owned());
        json(&list)
    };
    let good = json(&elements(MANY));
    for list in [
        last("{\"LN_NO\":true,\"MAT_TX\":\"\"}"),
        last("{\"LN_NO\":1,\"MAT_TX\":\"\"}"),
        last("{\"LN_NO\":1"),
        last("1 1"),
        last(""),
        good.clone() + "]",
        good.clone() + ", 1]",
        good.trim_end_matches(']').to_owned(),
        good.trim_end_matches(']').to_owned() + "}",
    ] {
        let world = World::new(lasting(chunked(&list)));
        let got = world.get("/list");
        assert_eq!((got.status(), got.is_whole), ("200", false), "{}", &list[list.len() - 40..]);
        assert!(got.body.starts_with("[{\"number\":1,\"text\":"), "its first part has gone out");
        world.wait_for_cuts(1);
        assert_eq!(world.shell.counts().hung_up.load(Ordering::SeqCst), 0);
        assert_eq!(world.get("/whole").status(), "502");
    }
}

#[test]
fn a_panic_cuts_the_answer_off_and_nothing_else() {
    let mut list = elements(MANY);
    list.push("{\"LN_NO\":1,\"MAT_TX\":\"a mistake of ours\"}".to_owned());
    let world = World::new(lasting(chunked(&json(&list))));
    let got = world.get("/list");
    assert_eq!((got.status(), got.is_whole), ("200", false));
    world.wait_for_cuts(1);
    assert_eq!(world.shell.counts().panics.load(Ordering::SeqCst), 1);
    assert_eq!(world.get("/whole").status(), "500");
}

#[test]
fn a_list_that_breaks_off_is_cut_off() {
    let bytes = ok(&json(&elements(MANY)));
    let world = World::new(Backend::answering(&bytes.as_bytes()[..bytes.len() - 10]));
    let got = world.get("/list");
    assert_eq!((got.status(), got.is_whole), ("200", false));
    world.wait_for_cuts(1);
    assert_eq!(world.client.counts().broken_off, 1);
    let early = World::new(Backend::answering(&bytes.as_bytes()[..100_000]));
    assert_eq!(early.get("/list").status(), "502");
}

#[test]
fn no_list_is_larger_than_it_may_be() {
    let list = json(&elements(MANY));
    let most = |settings: &mut ClientSettings| settings.max_body = 1_000_000;
    let world = World::with(lasting(ok(&list).into_bytes()), FOREVER, most);
    assert_eq!(world.get("/list").status(), "502", "its length is known before");
    let world = World::with(lasting(chunked(&list)), FOREVER, most);
    let got = world.get("/list");
    assert_eq!((got.status(), got.is_whole), ("200", false));
    world.wait_for_cuts(1);
}

#[test]
fn a_backend_that_stops_has_no_more_time_than_the_operation() {
    let bytes = ok(&json(&elements(MANY)));
    let world = World::with(
        Backend::new(move |mut connection| {
            connection.request();
            connection.write(&bytes.as_bytes()[..1_000_000]);
            connection.wait_for_end();
        }),
        Duration::from_millis(300),
        |_| {},
    );
    let got = world.get("/list");
    assert_eq!((got.status(), got.is_whole), ("200", false));
    world.wait_for_cuts(1);
    assert_eq!(world.client.counts().broken_off, 1);
}

#[test]
fn only_the_head_of_a_list_is_answered_to_who_asks_for_no_more() {
    let world = World::new(lasting(ok(&json(&elements(MANY))).into_bytes()));
    let mut caller = Caller::ask(world.address, "HEAD /list HTTP/1.1");
    assert!(caller.head.starts_with("http/1.1 200"), "{}", caller.head);
    assert!(!caller.head.contains("content-length"), "nobody knows it: {}", caller.head);
    write!(caller.stream.get_mut(), "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        .expect("the connection is open");
    let mut next = String::new();
    caller.stream.read_line(&mut next).expect("there is an answer");
    assert_eq!(next, "HTTP/1.1 200 OK\r\n", "nothing else came in between");
    assert_eq!(world.shell.counts().hung_up.load(Ordering::SeqCst), 0);
}

/// Without chunks, an answer that was cut off would look like one that was not.
#[test]
fn who_knows_no_chunks_gets_the_list_in_whole_or_not_at_all() {
    let list = json(&elements(MANY));
    let world = World::new(lasting(ok(&list).into_bytes()));
    let got = Caller::ask(world.address, "GET /list HTTP/1.0").rest();
    assert!(got.head.contains("content-length: ") && got.is_whole, "{}", got.head);
    assert!(got.body == world.get("/whole").body);
    let world = World::new(lasting(chunked(&(list + "x"))));
    let got = Caller::ask(world.address, "GET /list HTTP/1.0").rest();
    assert_eq!(got.status(), "502");
}

// ---- callers ------------------------------------------------------------------------------------

/// How long the backend tries to get rid of something before it says that nobody takes it.
const BLOCKED: Duration = Duration::from_secs(1);

const LARGE: usize = 100_000_000;

/// A list that is large, whose backend counts what is taken of it, and says when nobody takes any.
fn endless(taken: &Arc<AtomicUsize>, blocked: &Arc<AtomicU64>, gone: &Arc<AtomicU64>) -> Backend {
    let (taken, blocked, gone) = (Arc::clone(taken), Arc::clone(blocked), Arc::clone(gone));
    Backend::new(move |mut connection| {
        while connection.request().is_some() && flood(&mut connection, &taken, &blocked) {}
        gone.fetch_add(1, Ordering::SeqCst);
    })
}

fn flood(connection: &mut Connection, taken: &AtomicUsize, blocked: &AtomicU64) -> bool {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n";
    let piece = format!("{},", elements(2_000).join(","));
    let piece = format!("{:x}\r\n{piece}\r\n", piece.len());
    let last = format!("{:x}\r\n{}]\r\n0\r\n\r\n", element(1).len() + 1, element(1));
    let end = taken.load(Ordering::SeqCst) + LARGE;
    let mut is_open = send(connection, head.as_bytes(), taken, blocked);
    while is_open && taken.load(Ordering::SeqCst) < end {
        is_open = send(connection, piece.as_bytes(), taken, blocked);
    }
    // All that was sent is taken by then, and the backend is waited for.
    std::thread::sleep(BLOCKED);
    is_open && send(connection, last.as_bytes(), taken, blocked)
}

fn send(connection: &mut Connection, mut bytes: &[u8], taken: &AtomicUsize, blocked: &AtomicU64) -> bool {
    while !bytes.is_empty() {
        match connection.try_write(bytes, BLOCKED) {
            Ok(count) => {
                taken.fetch_add(count, Ordering::SeqCst);
                bytes = &bytes[count..];
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                blocked.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) => return false,
        }
    }
    true
}

/// What the buffers of four sockets, of the runtime, and the first part of the list take.
const IN_BETWEEN: usize = 40_000_000;

#[test]
fn a_backend_is_read_as_fast_as_the_caller_reads_however_long_that_takes() {
    let (taken, blocked, gone) = (Arc::default(), Arc::default(), Arc::default());
    // The time that the caller takes is none that the backend is waited for.
    let deadline = BLOCKED * 4;
    let world = World::with(endless(&taken, &blocked, &gone), deadline, |_| {});
    let mut caller = Caller::ask(world.address, "GET /list HTTP/1.1");
    for _ in 0..5 {
        let before = blocked.load(Ordering::SeqCst);
        wait_until("the backend is not read", || blocked.load(Ordering::SeqCst) > before);
        assert!(taken.load(Ordering::SeqCst) < IN_BETWEEN, "{taken:?} bytes were taken ahead");
        assert!(caller.chunk().is_some_and(|chunk| !chunk.is_empty()));
    }
    let got = caller.rest();
    assert!(got.is_whole && got.body.ends_with("}]"));
    assert!(taken.load(Ordering::SeqCst) >= LARGE);
    assert_eq!(world.shell.counts().cut_off.load(Ordering::SeqCst), 0);
}

#[test]
fn a_caller_who_hangs_up_ends_the_call() {
    let (taken, blocked, gone) = (Arc::default(), Arc::default(), Arc::default());
    let world = World::with(endless(&taken, &blocked, &gone), FOREVER, |settings| settings.at_once = 1);
    let mut caller = Caller::ask(world.address, "GET /list HTTP/1.1");
    assert!(caller.chunk().is_some_and(|chunk| !chunk.is_empty()));
    drop(caller);
    wait_for("callers who hung up", &world.shell.counts().hung_up, 1);
    wait_for("connections that ended", &gone, 1);
    assert!(taken.load(Ordering::SeqCst) < IN_BETWEEN);
    assert_eq!(world.shell.counts().cut_off.load(Ordering::SeqCst), 0);
    // Its place among the calls is free again.
    let caller = Caller::ask(world.address, "GET /list HTTP/1.1");
    assert!(caller.head.starts_with("http/1.1 200"), "{}", caller.head);
}

#[test]
fn a_list_has_its_place_among_the_calls_until_its_end() {
    let (taken, blocked, gone) = (Arc::default(), Arc::default(), Arc::default());
    let world = World::with(endless(&taken, &blocked, &gone), Duration::from_secs(8), |settings| {
        settings.at_once = 1;
    });
    let first = Caller::ask(world.address, "GET /list HTTP/1.1");
    let second = Caller::ask(world.address, "GET /list HTTP/1.1");
    assert!(second.head.starts_with("http/1.1 503"), "{}", second.head);
    assert!(first.rest().is_whole);
    let third = Caller::ask(world.address, "GET /list HTTP/1.1");
    assert!(third.head.starts_with("http/1.1 200"), "{}", third.head);
}
