//! The audit log: who did what to which thing, and what came of it.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Mutex, mpsc};

use super::super::backend::{Asked, Backend, Reply, empty, json as reply};
use super::super::process::Process;
use super::super::{ask, get};
use super::start;

/// What is made is called as it was asked for.
fn script(asked: &Asked) -> Reply {
    match asked.line.as_str() {
        "POST /things" => reply(201, r#"{"id":"made"}"#),
        "GET /shorts/last" => reply(200, r#"{"id":"last"}"#),
        _ => reply(200, r#"{"id":"found"}"#),
    }
}

fn all(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Process, Backend) {
    let back = Backend::start(script);
    (start("semantics", &back, &[]), back)
}

/// What the line of a request says behind its operation, without what is different each time.
fn line(of: &Process, request: &str, operation: &str) -> String {
    let begins = format!("\"event\":\"audit\",\"request\":\"{request}\",\"operation\":\"{operation}\",");
    let line = of.logged(&[&begins]);
    let (_, rest) = line.split_once(&begins).expect("it is there");
    rest.rsplit_once(",\"micros\":").expect("it ends so").0.to_owned()
}

#[test]
fn each_service_says_who_asked_it_for_what() {
    let (all, _back) = all(script);
    let id = [("X-Request-Id", "r-1")];
    let answer = ask(all.address, "POST", "/v2/kept/b%201?names=x&names=y", &id, "");
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(
        line(&all, "r-1", "Ledger.keep"),
        r#""address":"127.0.0.1","service":"Clerk","parameters":{"book":"b 1"},"outcome":"ok""#
    );
    assert_eq!(
        line(&all, "r-1", "Clerk.keep"),
        r#""address":"127.0.0.1","parameters":{"book":"b 1"},"outcome":"ok","status":201"#
    );
    let person = [("X-Request-Id", "r-2"), ("X-Person", "s3cret")];
    assert_eq!(ask(all.address, "POST", "/v2/seals/7", &person, "").status, 201);
    assert_eq!(
        line(&all, "r-2", "Ledger.seal"),
        r#""address":"127.0.0.1","service":"Clerk","parameters":{"page":"7","color":"red"},"outcome":"ok""#
    );
    assert!(!line(&all, "r-2", "Clerk.seal").contains("s3cret"));
}

#[test]
fn only_what_is_asked_for_leaves_a_line() {
    let (all, _back) = all(script);
    for target in ["/v1/books/last", "/v2/rest", "/v2/kept/last"] {
        assert_eq!(get(all.address, target).status, 200, "{target}");
    }
    all.logged(&[
        "\"event\":\"audit\"",
        "\"operation\":\"Clerk.look\"",
        "\"parameters\":{\"book\":\"last\"}",
    ]);
    let lines = all.lines_with("\"event\":\"audit\"");
    assert_eq!(lines.len(), 1, "the call of `Ledger.look` reads: {lines:?}");
}

#[test]
fn what_fails_says_what_is_undone_and_what_is_left() {
    let (all, _back) = all(|asked| match asked.line.as_str() {
        "GET /shorts/last" => empty(404),
        "POST /things" if asked.text().contains("stuck") => reply(201, r#"{"id":"stuck"}"#),
        "DELETE /things/stuck" => empty(403),
        line if line.starts_with("DELETE") => empty(204),
        _ => script(asked),
    });
    let keep = |id, book| {
        let target = format!("/v1/books/{book}?names=x&names=y");
        let answer = ask(all.address, "POST", &target, &[("X-Request-Id", id)], "");
        assert_eq!(answer.status, 422, "{}", answer.body);
        line(&all, id, "Ledger.keep").split_once("\"outcome\":").expect("it says so").1.to_owned()
    };
    let undone = r#""Wrong","status":422,"changed":"nothing","undone":["Back.makeThing","Back.makeThing"]"#;
    assert_eq!(keep("r-3", "b"), undone);
    let left =
        r#""Wrong","status":422,"changed":"perhaps","undone":["Back.makeThing"],"left":["Back.makeThing"]"#;
    assert_eq!(keep("r-4", "stuck"), left);
    assert_eq!(get(all.address, "/v1/nowhere").status, 404);
    let refused = ask(all.address, "POST", "/v1/books/b?names=x", &[("X-Request-Id", "r-5")], "");
    assert_eq!(refused.status, 400);
    assert!(
        line(&all, "r-5", "Ledger.keep")
            .ends_with(r#""outcome":"BadRequest","status":400,"changed":"nothing""#)
    );
}

/// The write goes on, and the line comes with its end.
#[test]
fn a_write_is_told_of_also_when_nobody_waits_for_it() {
    let (gone, is_gone) = mpsc::channel();
    let is_gone = Mutex::new(is_gone);
    let (all, back) = all(move |asked| {
        if asked.line == "GET /shorts/last" {
            let _ = is_gone.lock().expect("no panic").recv(); // until the caller has hung up
        }
        script(asked)
    });
    let mut caller = TcpStream::connect(all.address).expect("a connection");
    let request = format!(
        "POST /v1/books/b?names=x&names=y HTTP/1.1\r\nHost: {}\r\nX-Request-Id: r-6\r\nContent-Length: 0\r\n\r\n",
        all.address
    );
    caller.write_all(request.as_bytes()).expect("it is sent");
    back.wait_for("GET /shorts/last");
    drop(caller);
    all.logged(&["\"event\":\"request\"", "\"request\":\"r-6\"", "\"status\":499"]);
    gone.send(()).expect("the backend waits");
    assert!(line(&all, "r-6", "Ledger.keep").ends_with(r#""outcome":"ok","status":201,"hung_up":true"#));
}
