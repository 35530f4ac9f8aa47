//! Requests that are malformed, or that somebody made to be taken for something else.

use std::sync::atomic::Ordering;

use crate::client::{Connection, Reply};
use crate::server::Server;

/// What is answered to bytes, on a connection that is closed behind it.
fn refused(server: &Server, bytes: impl AsRef<[u8]>) -> Option<Reply> {
    let mut connection = Connection::open(server.address);
    connection.send(bytes);
    let reply = connection.reply();
    assert!(connection.is_closed());
    reply
}

/// S030
#[test]
fn malformed_json_is_refused_with_the_place_of_the_fault() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let (deep, deepest) = ("[".repeat(100_000), format!("body{}", "[0]".repeat(128)));
    let cases = [
        (deep.as_str(), deepest.as_str()),
        (r#"{"sku": "a", "sku": "b"}"#, "body.sku"),
        (r#"{"sku": "a", "s\u006bu": "b"}"#, "body.sku"),
        (r#"{"sku": "a", "quantity": NaN}"#, "body.quantity"),
        (r#"{"sku": "a", "quantity": 1e999}"#, "body.quantity"),
        (r#"{"sku": "\ud800"}"#, "body.sku"),
        (r#"{"sku": "\u0000"}"#, "body.sku"),
        (r#"{"sku": "a"} x"#, "body"),
        (r#"{"sku": "a""#, "body.sku"),
        (r#"{"sku": ""#, "body.sku"),
        (r#"{"quantity": 1000}"#, "body.quantity"),
        (r#"[]"#, "body"),
    ];
    for (body, at) in cases {
        let reply = connection.post("/v1/orders", body).expect("there is an answer");
        assert!(reply.status == 400 && reply.is_problem(), "{reply:?}");
        assert!(reply.body.contains(&format!("\"at\":\"{at}\"")), "{at}: {reply:?}");
    }
    let two = connection.post("/v1/orders", r#"{"quantity": 1000}"#).expect("there is an answer");
    assert!(two.body.contains("body.sku") && two.body.contains("body.quantity"), "all faults are told");
    let good = connection.post("/v1/orders", r#"{"sku": "a"}"#).expect("there is an answer");
    assert_eq!((good.status, good.body.as_str()), (201, "\"1 x a\""));
}

/// S031
#[test]
fn a_path_that_could_be_taken_for_another_is_refused() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let segments =
        ["%00", "a%2Fb", "a%2fb", "%ff", "%c0%af", "..", "%2e%2e", ".", "a;b=c", "a%5Cb", "%zz", "%0a"];
    for segment in segments {
        let reply = connection.get(&format!("/v1/orders/{segment}")).expect("there is an answer");
        assert!(reply.status == 400 && reply.is_problem(), "{segment}: {reply:?}");
    }
    for path in [
        "//v1/orders/a",
        "/v1//orders/a",
        "/v1/orders/a/",
        "/v1/orders/a/..%2f",
        "/v1/../v1/orders/a",
        "/v1/orders/",
    ] {
        let reply = connection.get(path).expect("there is an answer");
        assert!(matches!(reply.status, 400 | 404) && reply.is_problem(), "{path}: {reply:?}");
    }
    let good = connection.get("/v1/orders/a%20%C3%BC").expect("there is an answer");
    assert_eq!((good.status, good.body.as_str()), (200, "\"a ü 20  \""));
}

/// S032
#[test]
fn what_can_be_read_in_two_ways_is_refused_and_the_connection_closed() {
    let server = Server::start();
    let post = |headers: &str| format!("POST /v1/orders HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{{}}");
    let cases = [
        "GET /brief HTTP/1.1\r\n\r\n".to_owned(),
        "GET /brief HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
        "GET /brief HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n".to_owned(),
        "GET /brief HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned(),
        post("Content-Length: 2\r\nTransfer-Encoding: chunked"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 2"),
        post("Content-Length: 2\r\nContent-Length: 2"),
        post("Content-Length: 2\r\nContent-Length: 3"),
        post("Content-Length: -2"),
        post("Transfer-Encoding: gzip, chunked"),
        post("X-A: b\r\n c"),
        post("X-A : b"),
        "GET /brief HTTP/1.1\nHost: a\n\n".to_owned(),
        "GET /brief HTTP/1.1\r\nHost: a\nX: b\r\n\r\n".to_owned(),
        "GET /brief HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n".to_owned(),
        "GET /brief\r\n\r\n".to_owned(),
        "GET /a<b> HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nMS\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\n".to_owned(),
    ];
    for case in cases {
        let reply = refused(&server, &case).expect("there is an answer");
        assert!(reply.status == 400 && reply.is_problem(), "{case:?}: {reply:?}");
        assert_eq!(reply.header("connection"), Some("close"));
    }
}

#[test]
fn a_request_in_front_of_a_malformed_one_is_answered() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    assert_eq!(connection.get("/livez").map(|reply| reply.status), Some(200));
    connection.send("GET /livez HTTP/1.1\r\n\r\n");
    assert_eq!(connection.reply().map(|reply| reply.status), Some(400));
    assert!(connection.is_closed());
    assert_eq!(server.shell.counts().refused_heads.load(Ordering::SeqCst), 1);
}

#[test]
fn nothing_behind_a_broken_chunk_is_taken_for_a_request() {
    let server = Server::start();
    let smuggled = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let head = "POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunk in ["2\n{}\r\n0\r\n\r\n", "2x\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "\r\n"] {
        let reply = refused(&server, format!("{head}{chunk}{smuggled}"));
        assert!(reply.is_none_or(|reply| reply.status == 400), "{chunk:?}");
    }
}

/// S033
#[test]
fn heads_that_are_too_large_are_refused() {
    let server = Server::start();
    let many = "X-A: b\r\n".repeat(200);
    let reply = refused(&server, format!("GET /brief HTTP/1.1\r\nHost: a\r\n{many}\r\n"));
    assert!(reply.is_some_and(|reply| reply.status == 431 && reply.is_problem()));
    let large = "b".repeat(1_000_000);
    let reply = refused(&server, format!("GET /brief HTTP/1.1\r\nHost: a\r\nX-A: {large}\r\n\r\n"));
    assert!(reply.is_none_or(|reply| reply.status == 431 && reply.is_problem()));
    let reply =
        refused(&server, format!("GET /brief HTTP/1.1\r\nHost: a\r\nX-A: {}\r\n\r\n", "b".repeat(17_000)));
    assert!(reply.is_some_and(|reply| reply.status == 431 && reply.is_problem()));
    let reply = refused(&server, format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "b".repeat(64_000)));
    assert!(reply.is_some_and(|reply| reply.status == 414 && reply.is_problem()));
}

/// S034
#[test]
fn fields_that_nobody_asked_for_are_refused() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    for field in ["role", "price", "isAdmin", "__proto__", "constructor"] {
        let body = format!(r#"{{"sku": "a", "{field}": {{}}}}"#);
        let reply = connection.post("/v1/orders", &body).expect("there is an answer");
        assert!(reply.status == 400 && reply.body.contains(&format!("body.{field}")), "{reply:?}");
    }
}

/// S035
#[test]
fn many_keys_are_refused_at_once() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let reply = connection.get(&format!("/v1/orders/a?{}", "a&".repeat(3_000))).expect("there is an answer");
    assert!(reply.status == 400 && reply.is_problem(), "{reply:?}");
    let keys: Vec<_> = (0..10_000).map(|index| format!("\"k{index}\": 1")).collect();
    let reply =
        connection.post("/v1/orders", &format!("{{{}}}", keys.join(","))).expect("there is an answer");
    assert!(reply.status == 400 && reply.is_problem() && reply.body.len() < 10_000);
    let keys = "\"sku\": \"a\",".repeat(10_000);
    let reply =
        connection.post("/v1/orders", &format!("{{{keys}\"sku\": \"a\"}}")).expect("there is an answer");
    assert!(reply.status == 400 && reply.is_problem() && reply.body.len() < 10_000);
    // Ten thousand keys are longer than a URL may be.
    let reply =
        connection.get(&format!("/v1/orders/a?{}", "a=1&".repeat(10_000))).expect("there is an answer");
    assert_eq!(reply.status, 414);
}
