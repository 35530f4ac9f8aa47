//! Callers who are slow, send too much, or hang up.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use flow_std::http::Limits;

use crate::client::{Connection, FOREVER, get};
use crate::server::{Server, limits};

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < FOREVER, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// S027
#[test]
fn a_body_has_to_come_in_within_its_time() {
    let server = Server::with(Limits { body_timeout: Duration::from_millis(300), ..limits() });
    let head = "POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    let mut connection = Connection::open(server.address);
    connection.send(head);
    connection.send("{");
    let reply = connection.reply().expect("there is an answer");
    assert!(reply.status == 408 && reply.is_problem(), "{reply:?}");
    assert!(connection.is_closed());
    let mut connection = Connection::open(server.address);
    connection.send(head);
    connection.send("{");
    connection.end_sending();
    assert!(connection.reply().is_none_or(|reply| reply.status == 400));
    assert!(connection.is_closed());
}

/// S028
#[test]
fn an_operation_that_writes_runs_on_when_its_caller_hangs_up() {
    let server = Server::start();
    let (told, steps) = mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    let mut finished = 0;
    for hangs_up_at in 0..3 {
        for turn in 0..50 {
            let mut open = Connection::open(server.address);
            // A body that comes in behind its head is read while the operation asks for it.
            match turn % 2 {
                0 => open.send("POST /steps HTTP/1.1\r\nHost: a\r\n\r\n"),
                _ => {
                    open.send("POST /steps HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                        && open.send("1\r\na\r\n0\r\n\r\n")
                }
            };
            let mut connection = Some(open);
            for step in 0..3 {
                assert_eq!(steps.recv_timeout(FOREVER), Ok(step));
                if step == hangs_up_at {
                    let hung_up = &server.shell.counts().hung_up;
                    let before = hung_up.load(Ordering::SeqCst);
                    drop(connection.take());
                    until("the shell knows", || hung_up.load(Ordering::SeqCst) == before + 1);
                }
                server.stage.gate.add_permits(1);
            }
            // The next one would take what lets this one end, and end before its caller hangs up.
            finished += 1;
            until("it is finished", || server.stage.finished.load(Ordering::SeqCst) == finished);
        }
    }
}

#[test]
fn an_operation_that_reads_ends_with_its_caller() {
    let server = Server::start();
    let (told, steps) = mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    let mut connection = Connection::open(server.address);
    connection.send("GET /watched HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(steps.recv_timeout(FOREVER), Ok(0));
    drop(connection);
    until("it is dropped", || server.stage.dropped.load(Ordering::SeqCst) == 1);
}

#[test]
fn the_end_waits_for_what_writes_though_nobody_else_does() {
    let mut server = Server::start();
    let (told, steps) = mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    let mut connection = Connection::open(server.address);
    connection.send("POST /steps HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(steps.recv_timeout(FOREVER), Ok(0));
    drop(connection);
    server.stage.gate.add_permits(3);
    server.end();
    assert_eq!(server.stage.finished.load(Ordering::SeqCst), 1);
}

/// S029
#[test]
fn a_body_that_is_too_large_is_not_read() {
    let server = Server::start();
    let head = "POST /blobs HTTP/1.1\r\nHost: a\r\n";
    for length in [2_100_000, 100_000_000] {
        let mut connection = Connection::open(server.address);
        connection.send(format!("{head}Content-Length: {length}\r\n\r\nabc"));
        let reply = connection.reply().expect("there is an answer");
        assert!(reply.status == 413 && reply.is_problem(), "{reply:?}");
        assert!(connection.is_closed());
    }
    let mut connection = Connection::open(server.address);
    connection.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let mut sent = 0;
    // It would go on without an end if nobody stopped it.
    while sent < 1_000_000_000 && connection.send(&chunk) {
        sent += chunk.len();
    }
    assert!(sent < 100_000_000, "reading stops at the limit");
    let mut connection = Connection::open(server.address);
    connection.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(31)));
    let reply = connection.reply().expect("there is an answer");
    assert!(reply.status == 413 && reply.is_problem(), "{reply:?}");
    let exact = "a".repeat(2_000_000);
    let reply = Connection::open(server.address).ask("POST", "/blobs", "", &exact);
    assert_eq!(reply.map(|reply| reply.body), Some("2000000".to_owned()));
}

#[test]
fn a_body_in_pieces_is_put_together() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let head = "POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    for part in [head, "6\r\n{\"sku\"\r\n", "5\r\n:\"a\"}\r\n0\r\n\r\n"] {
        connection.send(part);
    }
    assert_eq!(connection.reply().map(|reply| reply.body), Some("\"1 x a\"".to_owned()));
    assert_eq!(connection.get("/livez").map(|reply| reply.status), Some(200));
}

#[test]
fn a_body_that_nobody_wants_is_passed_over_if_it_is_short() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let head = |length: usize| format!("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n");
    for body in ["abc".to_owned(), "GET /brief HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5_000)] {
        connection.send(format!("{}\r\n{body}", head(body.len())));
        let reply = connection.reply().expect("there is an answer");
        assert_eq!((reply.status, reply.header("connection")), (404, None));
        assert_eq!(connection.get("/brief").map(|reply| reply.status), Some(200), "what comes behind it");
    }
    let chunks =
        "GET /brief HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    connection.send(format!("{chunks}{chunks}"));
    assert_eq!(
        [connection.reply(), connection.reply()].map(|reply| reply.map(|reply| reply.status)),
        [Some(200); 2]
    );
    let mut endless = Connection::open(server.address);
    endless.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let sent = (0..10_000).take_while(|_| endless.send(&chunk)).count();
    assert!(sent < 1_000, "it is not passed over to its end");
    for long in [head(1_000_000), format!("{}Expect: 100-continue\r\n", head(3))] {
        let mut connection = Connection::open(server.address);
        connection.send(format!("{long}\r\n"));
        let reply = connection.reply().expect("there is an answer");
        assert_eq!((reply.status, reply.header("connection")), (404, Some("close")));
        assert!(connection.is_closed());
    }
}

#[test]
fn who_waits_with_a_body_is_told_to_go_on() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    connection.send("POST /blobs HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(connection.head().map(|reply| reply.status), Some(100));
    connection.send("abc");
    assert_eq!(connection.reply().map(|reply| reply.body), Some("3".to_owned()));
    // Who does not wait need not be told.
    let reply =
        connection.ask("POST", "/blobs", "Expect: 100-continue\r\n", "abc").expect("there is an answer");
    assert_eq!((reply.status, reply.header("connection")), (200, None));
    assert_eq!(connection.get("/brief").map(|reply| reply.status), Some(200));
}

#[test]
fn requests_that_do_not_wait_for_each_other_are_answered_in_their_order() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.send([get("/brief"), get("/nowhere"), get("/livez")].concat());
    let statuses: Vec<_> = (0..3).map(|_| connection.reply().map(|reply| reply.status)).collect();
    assert_eq!(statuses, [Some(200), Some(404), Some(200)]);
}

#[test]
fn the_first_http_is_answered_in_its_own_words() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    for _ in 0..2 {
        connection.send("GET /brief HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let reply = connection.reply().expect("there is an answer");
        assert_eq!((reply.status, reply.header("connection")), (200, Some("keep-alive")));
    }
    connection.send("GET /brief HTTP/1.0\r\n\r\n");
    assert_eq!(connection.reply().map(|reply| reply.status), Some(200));
    assert!(connection.is_closed());
}

/// S044
#[test]
fn a_panic_is_an_answer_and_the_connection_goes_on() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let reply = connection.get("/broken").expect("there is an answer");
    assert!(reply.status == 500 && reply.is_problem() && !reply.body.contains("4111"), "{reply:?}");
    assert_eq!(connection.get("/brief").map(|reply| reply.status), Some(200));
    assert_eq!(server.shell.counts().panics.load(Ordering::SeqCst), 1);
}

#[test]
fn what_computes_ends_with_its_request() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    let reply = connection.get("/endless").expect("there is an answer");
    assert!(reply.status == 504 && reply.is_problem(), "{reply:?}");
    let reply = connection.get("/huge").expect("there is an answer");
    assert!(reply.status == 500 && reply.is_problem(), "{reply:?}");
    assert_eq!(connection.get("/brief").map(|reply| reply.status), Some(200));
    assert_eq!(server.shell.counts().panics.load(Ordering::SeqCst), 0);
}

#[test]
fn an_answer_comes_by_the_deadline() {
    let server = Server::start();
    let reply = get(server.address, "/slow");
    assert!(reply.status == 504 && reply.is_problem(), "{reply:?}");
    until("what reads is dropped", || server.stage.dropped.load(Ordering::SeqCst) == 1);
    let hurry = "Flow-Deadline: 50\r\n";
    let reply = Connection::open(server.address).ask("GET", "/watched", hurry, "");
    assert_eq!(reply.map(|reply| reply.status), Some(504));
    let reply = Connection::open(server.address).ask("POST", "/steps", hurry, "");
    assert_eq!(reply.map(|reply| reply.status), Some(504));
    server.stage.gate.add_permits(3);
    until("what writes goes on", || server.stage.finished.load(Ordering::SeqCst) == 1);
}

#[test]
fn idle_connections_are_closed() {
    let server = Server::with(Limits { header_timeout: Duration::from_millis(200), ..limits() });
    let mut connection = Connection::open(server.address);
    assert_eq!(connection.get("/livez").map(|reply| reply.status), Some(200));
    assert!(connection.is_closed());
}

#[test]
fn there_are_no_more_connections_than_allowed() {
    let server = Server::with(Limits { connections: 2, ..limits() });
    let mut first = Connection::open(server.address);
    let second = Connection::open(server.address);
    let mut third = Connection::open(server.address);
    assert_eq!(first.get("/livez").map(|reply| reply.status), Some(200));
    third.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    drop(second);
    assert_eq!(third.reply().map(|reply| reply.status), Some(200));
}
