//! The service in HTTP/2, as a client of `h2` sees it: on clear text and with TLS, what holds in HTTP/1 holds here.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use flow_std::http::Limits;
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderMap, Request, StatusCode, Version};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;

use crate::callers::until;
use crate::client::FOREVER;
use crate::server::{Server, limits};
use crate::tls;

/// What was answered.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Has a caller talk to a service, with a runtime of its own.
fn talk<T>(talk: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("there are threads");
    let talked = runtime.block_on(async { tokio::time::timeout(FOREVER, talk).await });
    talked.expect("nothing hangs")
}

async fn connect(address: SocketAddr) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.expect("the service listens");
    let (sender, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(async { drop(connection.await) });
    sender
}

fn request(method: &str, path: &str) -> Request<()> {
    let request = Request::builder().method(method).uri(format!("http://shop{path}"));
    request.version(Version::HTTP_2).body(()).expect("it is well formed")
}

async fn whole(answer: ResponseFuture) -> Result<Reply, h2::Error> {
    let (parts, mut body) = answer.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        bytes.extend(part);
    }
    let body = String::from_utf8(bytes).expect("it is text");
    Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
}

async fn ask(sender: &SendRequest<Bytes>, request: Request<()>, body: &str) -> Result<Reply, h2::Error> {
    let mut sender = sender.clone().ready().await?;
    let (answer, mut stream) = sender.send_request(request, body.is_empty())?;
    if !body.is_empty() {
        stream.send_data(Bytes::copy_from_slice(body.as_bytes()), true)?;
    }
    whole(answer).await
}

async fn get(sender: &SendRequest<Bytes>, path: &str) -> Result<Reply, h2::Error> {
    ask(sender, request("GET", path), "").await
}

fn json(path: &str) -> Request<()> {
    let mut request = request("POST", path);
    request.headers_mut().insert("content-type", "application/json".parse().expect("it is a header"));
    request
}

#[test]
fn requests_are_answered_at_once_on_one_connection() {
    let server = Server::start();
    talk(async {
        let sender = connect(server.address).await;
        let answers = (0..100).map(|_| get(&sender, "/brief"));
        for reply in futures_util::future::join_all(answers).await {
            assert_eq!(reply.expect("there is an answer").body, "done");
        }
        let reply = ask(&sender, json("/v1/orders"), r#"{"sku": "a"}"#).await.expect("there is an answer");
        assert_eq!((reply.status, reply.body.as_str()), (201, "\"1 x a\""));
        assert_eq!(reply.header("content-length"), Some("7"));
        assert!(reply.header("date").is_some_and(|date| date.ends_with(" GMT")), "{reply:?}");
        assert!(reply.header("x-request-id").is_some());
        let head = ask(&sender, request("HEAD", "/livez"), "").await.expect("there is an answer");
        assert_eq!((head.status, head.header("content-length"), head.body.as_str()), (200, Some("5"), ""));
        let empty = ask(&sender, request("POST", "/v1/orders/a:cancel"), "").await.expect("an answer");
        assert_eq!((empty.status, empty.body.as_str()), (202, ""));
        let exact = "a".repeat(2_000_000);
        let mut large = request("POST", "/blobs");
        let long = "x".repeat(9_000).parse().expect("it is a header");
        large.headers_mut().insert("x-long", long);
        let reply = ask(&sender, large, &exact).await.expect("there is an answer");
        assert_eq!(reply.body, "2000000");
        let reply = get(&sender, "/large").await.expect("there is an answer");
        assert_eq!(reply.body.len(), 1_000_000);
    });
}

#[test]
fn it_is_chosen_in_the_handshake_of_tls() {
    let server = Server::speaking(limits(), tls::pair());
    talk(async {
        let config = Arc::new(tls::caller_of(rustls::DEFAULT_VERSIONS, &["h2", "http/1.1"]));
        let stream = TcpStream::connect(server.address).await.expect("the service listens");
        let name = ServerName::try_from("localhost").expect("it is a name");
        let stream = tokio_rustls::TlsConnector::from(config).connect(name, stream).await;
        let stream = stream.expect("it is trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (sender, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
        tokio::spawn(async { drop(connection.await) });
        assert_eq!(get(&sender, "/brief").await.expect("there is an answer").body, "done");
        let reply = get(&sender, "/large").await.expect("there is an answer");
        assert_eq!(reply.body.len(), 1_000_000);
    });
    assert_eq!(tls::get(server.address, "/brief"), Some(200));
}

#[test]
fn what_fails_is_a_problem_as_anywhere() {
    let server = Server::start();
    talk(async {
        let sender = connect(server.address).await;
        for (method, path, status) in [
            ("GET", "/nowhere", 404),
            ("DELETE", "/brief", 405),
            ("GET", "/private", 401),
            ("GET", "/broken", 500),
            ("GET", "/slow", 504),
            ("GET", "/v1/orders/a%2Fb", 400),
            ("GET", "/v1/orders/a/", 404),
        ] {
            let reply = ask(&sender, request(method, path), "").await.expect("there is an answer");
            let is_problem = reply.header("content-type") == Some("application/problem+json");
            assert!(reply.status == status && is_problem, "{path}: {reply:?}");
        }
        assert_eq!(get(&sender, "/brief").await.map(|reply| reply.status).ok(), Some(200));
    });
}

/// S027, S029
#[test]
fn a_body_is_bounded_in_size_and_time() {
    let server = Server::with(Limits { body_timeout: Duration::from_millis(300), ..limits() });
    talk(async {
        let sender = connect(server.address).await;
        let mut ready = sender.clone().ready().await.expect("it is open");
        let (answer, mut stream) = ready.send_request(json("/v1/orders"), false).expect("it is open");
        stream.send_data(Bytes::from_static(b"{"), false).expect("it is open");
        let reply = whole(answer).await.expect("there is an answer");
        assert_eq!((reply.status, reply.header("connection")), (408, None));
        let mut ready = sender.clone().ready().await.expect("it is open");
        let (answer, mut stream) = ready.send_request(request("POST", "/blobs"), false).expect("it is open");
        // Three times as much as there is room for, of which nobody says how much it will be.
        for _ in 0..60 {
            let _ = stream.send_data(Bytes::from(vec![b'a'; 100_000]), false);
        }
        let reply = whole(answer).await.expect("there is an answer");
        assert_eq!(reply.status, 413);
        let mut announced = request("POST", "/blobs");
        announced.headers_mut().insert("content-length", "2000001".parse().expect("it is a header"));
        let (answer, _stream) = ready.send_request(announced, false).expect("it is open");
        assert_eq!(whole(answer).await.expect("there is an answer").status, 413);
        assert_eq!(get(&sender, "/brief").await.map(|reply| reply.status).ok(), Some(200));
    });
}

/// S028
#[test]
fn who_gives_up_a_request_ends_what_reads_and_not_what_writes() {
    let server = Server::start();
    let (told, steps) = mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    talk(async {
        let sender = connect(server.address).await;
        for (method, path) in [("GET", "/watched"), ("POST", "/steps")] {
            let mut ready = sender.clone().ready().await.expect("it is open");
            let before = server.shell.counts().hung_up.load(Ordering::SeqCst);
            let (answer, mut stream) = ready.send_request(request(method, path), true).expect("it is open");
            while steps.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            stream.send_reset(h2::Reason::CANCEL);
            drop(answer);
            while server.shell.counts().hung_up.load(Ordering::SeqCst) == before {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(get(&sender, "/brief").await.map(|reply| reply.status).ok(), Some(200));
    });
    assert_eq!(server.stage.dropped.load(Ordering::SeqCst), 1);
    server.stage.gate.add_permits(3);
    until("what writes goes on", || server.stage.finished.load(Ordering::SeqCst) == 1);
}

#[test]
fn what_has_begun_is_finished_and_what_comes_then_goes_elsewhere() {
    let mut server = Server::with(Limits { drain: Duration::from_secs(2), ..limits() });
    let (told, steps) = mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    let stage = Arc::clone(&server.stage);
    let address = server.address;
    let (begun, is_begun) = mpsc::channel();
    let caller = std::thread::spawn(move || {
        talk(async {
            let stream = TcpStream::connect(address).await.expect("the service listens");
            let (sender, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
            let connection = tokio::spawn(connection);
            let mut ready = sender.clone().ready().await.expect("it is open");
            let (answer, _) = ready.send_request(request("POST", "/steps"), true).expect("it is open");
            while steps.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            begun.send(()).expect("the test waits");
            // In the time in which it says that it is not ready it still answers.
            let status = loop {
                match get(&sender, "/readyz").await {
                    Ok(reply) if reply.status == 200 => tokio::task::yield_now().await,
                    other => {
                        break other.map(|reply| (reply.status, reply.headers.contains_key("connection")));
                    }
                }
            };
            assert_eq!(status.ok(), Some((503, false)));
            // It was told to go, so there is nothing new on this connection.
            while sender.clone().ready().await.is_ok() {
                tokio::task::yield_now().await;
            }
            let elsewhere = connect(address).await;
            let ready = get(&elsewhere, "/readyz").await.expect("others still come in");
            assert_eq!(ready.status, 503);
            stage.gate.add_permits(3);
            assert_eq!(whole(answer).await.expect("what has begun is finished").status, 204);
            assert!(connection.await.expect("it does not panic").is_ok(), "the end is a good one");
        });
    });
    is_begun.recv_timeout(FOREVER).expect("the caller is there");
    server.end();
    caller.join().expect("the caller sees what it should");
}

#[test]
fn the_rules_for_heads_are_those_of_http_1() {
    let server = Server::start();
    talk(async {
        let sender = connect(server.address).await;
        let with = |name: &'static str, value: String| {
            let mut request = request("GET", "/brief");
            request.headers_mut().append(name, value.parse().expect("it is a header"));
            request
        };
        let mut many = request("GET", "/brief");
        for _ in 0..101 {
            many.headers_mut().append("x-a", "b".parse().expect("it is a header"));
        }
        let mut two = request("GET", "/brief");
        for host in ["shop", "shop"] {
            two.headers_mut().append("host", host.parse().expect("it is a header"));
        }
        for (request, status) in [
            (with("x-a", "b".repeat(17_000)), 431),
            (with("x-a", "b".repeat(40_000)), 431),
            (many, 431),
            (request("GET", &format!("/{}", "b".repeat(8_200))), 414),
            (with("host", "other".to_owned()), 400),
            (two, 400),
            (with("host", "shop".to_owned()), 200),
        ] {
            let told = format!("{:?}", request.headers().iter().next());
            let reply = ask(&sender, request, "").await.expect("there is an answer");
            assert_eq!(StatusCode::from_u16(reply.status).ok(), StatusCode::from_u16(status).ok(), "{told}");
            // The shop has something for all pages. What was read of a head is enough to tell them, and of the longest one
            // nothing was.
            let is_told = reply.header("access-control-allow-origin") == Some("*");
            assert_eq!(is_told, status != 200 && told.len() < 40_000, "{status}");
        }
    });
}

/// What curl gets, which has another implementation below it: the version, and the body.
fn curl(arguments: &[&str]) -> String {
    let output =
        std::process::Command::new("curl").args(["-sS", "-w", " %{http_version}"]).args(arguments).output();
    let output = output.expect("curl was there before");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn curl_speaks_it_too() {
    let known = std::process::Command::new("curl").arg("--version").output();
    if !known.is_ok_and(|known| String::from_utf8_lossy(&known.stdout).contains("HTTP2")) {
        assert!(std::env::var_os("FLOW_NEED_SERVERS").is_none(), "there is no curl that speaks HTTP/2");
        eprintln!("left out: there is no curl that speaks HTTP/2");
        return;
    }
    let server = Server::start();
    let url = format!("http://{}/brief", server.address);
    assert_eq!(curl(&["--http2-prior-knowledge", &url]), "done 2");
    // A wish to change over is not granted, as there is no need for it.
    assert_eq!(curl(&["--http2", &url]), "done 1.1");
    let server = Server::speaking(limits(), tls::pair());
    let port = server.address.port();
    let (url, to) = (format!("https://localhost:{port}/v1/orders"), format!("localhost:{port}:127.0.0.1"));
    let (roots, json) = (tls::file("server.pem"), "content-type: application/json");
    let body = ["--resolve", &to, "--cacert", &roots, "-H", json, "-d", r#"{"sku": "a"}"#, &url];
    assert_eq!(curl(&[&["--http2"], &body[..]].concat()), "\"1 x a\" 2");
    assert_eq!(curl(&[&["--http1.1"], &body[..]].concat()), "\"1 x a\" 1.1");
}
