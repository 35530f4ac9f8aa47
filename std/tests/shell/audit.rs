//! The audit log of a service: what is in it, and that it is there when the process is not any more.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Instant;

use crate::child::Process;
use crate::client::{Connection, FOREVER};

const JSON: &str = "Content-Type: application/json\r\n";

/// A file that nobody else has, and that is gone when the test is.
struct Log {
    path: PathBuf,
}

impl Log {
    fn new(name: &str) -> Log {
        Log { path: std::env::temp_dir().join(format!("flow-shell-audit-{name}-{}", std::process::id())) }
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.path).expect("it is there");
        assert!(text.ends_with('\n'), "{text}");
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[test]
fn a_write_that_was_answered_is_in_the_audit_log_whatever_becomes_of_the_process() {
    let log = Log::new("killed");
    let path = log.path.to_string_lossy().into_owned();
    let mut service = Process::start(&[("FLOW_AUDIT_FILE", &path)], 1_024);
    let mut connection = Connection::open(service.address());
    let id = "X-Request-Id: r-1\r\n";
    let reply = connection.ask("PUT", "/v1/orders/a%22b", &format!("{JSON}{id}"), r#"{"sku":"b"}"#);
    assert_eq!(reply.map(|reply| reply.status), Some(201));
    drop(service); // it is killed
    let lines = log.lines();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let wanted = r#""event":"audit","request":"r-1","operation":"Shop.any","address":"127.0.0.1","parameters":{"order":"a\"b"},"outcome":"ok","status":201,"micros":"#;
    assert!(line.starts_with("{\"at\":\"2") && line.contains(wanted), "{line}");
}

#[test]
fn who_is_refused_is_in_it_and_what_is_not_asked_for_is_not() {
    let log = Log::new("refused");
    let path = log.path.to_string_lossy().into_owned();
    let mut service = Process::start(&[("FLOW_AUDIT_FILE", &path)], 1_024);
    let mut connection = Connection::open(service.address());
    let key = "X-Api-Key: open sesame\r\n";
    for (method, target, headers, body, status) in [
        ("GET", "/private", "", "", 401),
        ("GET", "/private", key, "", 200),
        ("GET", "/private", key, "", 200),
        ("GET", "/private", key, "", 429),
        ("PUT", "/v1/orders/a", JSON, "{}", 400),
        ("GET", "/v1/orders/a", "", "", 200),
        ("GET", "/nowhere", "", "", 404),
    ] {
        let reply = connection.ask(method, target, headers, body).expect("there is an answer");
        assert_eq!(reply.status, status, "{method} {target}");
    }
    let lines = log.lines();
    let wanted = [
        r#""address":"127.0.0.1","outcome":"Unauthorized","status":401,"#,
        r#""caller":"jo","outcome":"ok","status":200,"#,
        r#""caller":"jo","outcome":"ok","status":200,"#,
        r#""caller":"jo","outcome":"TooManyRequests","status":429,"#,
        r#""parameters":{"order":"a"},"outcome":"BadRequest","status":400,"#,
    ];
    assert_eq!(lines.len(), wanted.len(), "{lines:?}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.contains(wanted), "{line}");
    }
}

/// Nothing is done of which nobody would know who did it.
#[test]
fn nothing_is_written_that_cannot_be_audited() {
    let mut service = Process::start(&[("FLOW_AUDIT_FILE", "/dev/full")], 1_024);
    let mut connection = Connection::open(service.address());
    let mut put = || {
        let reply =
            connection.ask("PUT", "/v1/orders/a", JSON, r#"{"sku":"b"}"#).expect("there is an answer");
        (reply.status, reply.body.contains("the audit log cannot be written"))
    };
    assert_eq!(put(), (201, false), "nobody knew");
    assert_eq!(put(), (503, true));
    assert_eq!(put(), (503, true));
    let line = service.line_with("audit log cannot be written");
    assert!(line.contains("\"level\":\"error\""), "{line}");
}

/// Without a file, and however quiet the log is.
#[test]
fn it_is_on_stdout_otherwise() {
    // A service that logs nothing does not say where it listens.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free");
    let mut service = Process::start(&[("FLOW_LOG", "off"), ("LISTEN", &free.to_string())], 1_024);
    let began = Instant::now();
    let mut connection = loop {
        match Connection::try_open(free) {
            Ok(connection) => break connection,
            Err(error) => assert!(began.elapsed() < FOREVER, "{error}"),
        }
    };
    connection.ask("GET", "/private", "", "");
    assert!(service.line_with("\"event\":\"audit\"").contains("\"outcome\":\"Unauthorized\""));
}
