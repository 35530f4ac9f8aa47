//! Somebody who means no good, at a service that is running: each row says what is sent, how that ends, and whether the
//! system behind the service hears of it. After each of them everybody else is served as before.
//!
//! The classes are those of the OWASP API Security Top 10 of 2023, with `HTTP` for what attacks the protocol itself.

use std::net::SocketAddr;

use super::backend::{Asked, Backend, Reply, empty, json};
use super::process::Process;
use super::semantics;

#[path = "../../std/tests/shell/client.rs"]
#[allow(dead_code, reason = "the tests of the shell need more")]
mod client;

use client::Connection;

/// The key of `ada`; `bob` has one, too.
const ADA: &str = "X-Api-Key: key-of-ada\r\n";
const BOB: &str = "X-Api-Key: key-of-bob\r\n";

/// It stands in everything that must not come back.
const CANARY: &str = "canary7f3a";

struct Attack {
    class: &'static str,
    name: &'static str,
    sent: Vec<u8>,
    ends: Ends,
    /// How often the system behind is asked.
    behind: usize,
}

/// How an attack ends.
enum Ends {
    With(u16),
    /// With this status, and nothing more on this connection.
    Closed(u16),
}

fn request(method: &str, target: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    format!("{method} {target} HTTP/1.1\r\nHost: vault\r\n{headers}{kind}{length}\r\n{body}").into_bytes()
}

fn get(target: &str, headers: &str) -> Vec<u8> {
    request("GET", target, headers, "")
}

fn order(body: &str) -> Vec<u8> {
    request("POST", "/v1/accounts/ada/orders", ADA, body)
}

/// One that is turned away before the system behind hears of it.
fn refused(class: &'static str, name: &'static str, status: u16, sent: Vec<u8>) -> Attack {
    Attack { class, name, sent, ends: Ends::With(status), behind: 0 }
}

/// One that costs whoever sent it the connection, too.
fn cut(name: &'static str, status: u16, sent: impl Into<Vec<u8>>) -> Attack {
    Attack { class: "HTTP", name, sent: sent.into(), ends: Ends::Closed(status), behind: 0 }
}

/// Objects and operations of others.
fn of_others() -> Vec<Attack> {
    vec![
        refused("API1", "the account of somebody else", 403, get("/v1/accounts/bob", ADA)),
        refused(
            "API1",
            "the same, with letters that are written as numbers",
            403,
            get("/v1/accounts/b%6fb", ADA),
        ),
        refused("API1", "the own one and another in one path", 400, get("/v1/accounts/ada/../bob", ADA)),
        refused("API1", "two identifiers", 400, get("/v1/accounts/ada?id=bob", ADA)),
        refused("API1", "an identifier with something behind it", 403, get("/v1/accounts/ada%20", ADA)),
        refused("API1", "an identifier in other letters", 403, get("/v1/accounts/ADA", ADA)),
        refused(
            "API1",
            "an order for somebody else",
            403,
            request("POST", "/v1/accounts/bob/orders", ADA, r#"{"name":"a"}"#),
        ),
        refused("API5", "an operation for clerks", 403, request("DELETE", "/v1/accounts/ada", ADA, "")),
        refused("API5", "the same by another method", 405, request("PUT", "/v1/accounts/ada", ADA, "{}")),
        refused(
            "API5",
            "the same by a header",
            403,
            request(
                "DELETE",
                "/v1/accounts/ada",
                &format!("{ADA}X-HTTP-Method-Override: GET\r\nX-Original-URL: /livez\r\n"),
                "",
            ),
        ),
        refused(
            "API5",
            "the read, made into a removal by a header",
            403,
            get("/v1/accounts/bob", &format!("{ADA}X-HTTP-Method-Override: DELETE\r\n")),
        ),
        refused("API5", "what is for operators", 404, get("/undos", ADA)),
    ]
}

/// Callers who are not who they say they are.
fn nobody() -> Vec<Attack> {
    let with = |headers: &str| get("/v1/accounts/ada", headers);
    vec![
        refused("API2", "nobody", 401, with("")),
        refused("API2", "a key that nobody has", 401, with(&format!("X-Api-Key: {CANARY}\r\n"))),
        refused("API2", "an empty key", 401, with("X-Api-Key: \r\n")),
        refused(
            "API2",
            "the digest in place of the key",
            401,
            with("X-Api-Key: 5532e44183f47ed1fc146851b96d585c24da5bd5fe31a885cebc357261ed8f7f\r\n"),
        ),
        refused(
            "API2",
            "a key and the name of another",
            403,
            get("/v1/accounts/ada", &format!("{BOB}X-User: ada\r\nX-Forwarded-User: ada\r\n")),
        ),
        refused("API2", "two keys, the wrong one first", 401, with(&format!("X-Api-Key: {CANARY}\r\n{ADA}"))),
        refused("API2", "a key in the query", 401, get("/v1/accounts/ada?X-Api-Key=key-of-ada", "")),
        refused("API2", "a key in a cookie", 401, with("Cookie: X-Api-Key=key-of-ada\r\n")),
        refused("API2", "a key with more behind it", 401, with("X-Api-Key: key-of-ada, key-of-bob\r\n")),
        refused(
            "API2",
            "somebody who says to be a service",
            401,
            with("flow-service: Watch\r\nAuthorization: Bearer x\r\n"),
        ),
        refused("API2", "a key of a megabyte", 431, with(&format!("X-Api-Key: {}\r\n", "k".repeat(1 << 20)))),
    ]
}

/// Fields, sizes and forms that no operation wants.
fn bodies() -> Vec<Attack> {
    let deep = format!(r#"{{"name":"a","extra":{}{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    let many: String = (0..5_000).map(|at| format!(r#","k{at}":1"#)).collect();
    let text = |kind: &str| {
        let body = r#"{"name":"a"}"#;
        let headers = format!("{ADA}Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        [request("POST", "/v1/accounts/ada/orders", &headers, "").as_slice(), body.as_bytes()].concat()
    };
    vec![
        refused(
            "API3",
            "a field that makes more of the caller",
            400,
            order(&format!(r#"{{"name":"a","role":"{CANARY}"}}"#)),
        ),
        refused("API3", "a field of the system behind", 400, order(r#"{"name":"a","weight":1}"#)),
        refused(
            "API3",
            "the prototype of all objects",
            400,
            order(r#"{"name":"a","__proto__":{"admin":true}}"#),
        ),
        refused("API3", "a field twice", 400, order(r#"{"name":"a","name":"b"}"#)),
        refused(
            "API3",
            "a field twice, once in other letters",
            400,
            order("{\"name\":\"a\",\"n\\u0061me\":\"b\"}"),
        ),
        refused("API3", "a list in place of a text", 400, order(r#"{"name":["a"]}"#)),
        refused(
            "API3",
            "an operator in place of a text",
            400,
            order(&format!(r#"{{"name":{{"$ne":"{CANARY}"}}}}"#)),
        ),
        refused(
            "API4",
            "a body of a megabyte",
            413,
            order(&format!(r#"{{"name":"{}"}}"#, "a".repeat(1 << 20))),
        ),
        refused("API4", "a depth of thirty thousand", 400, order(&deep)),
        refused("API4", "five thousand fields", 400, order(&format!(r#"{{"name":"a"{many}}}"#))),
        refused("API4", "a list that is too long", 400, order(r#"{"name":"a","notes":["","","","","",""]}"#)),
        refused("API4", "a number that takes a gigabyte", 400, order(r#"{"name":"a","count":1e999999999}"#)),
        refused(
            "API4",
            "many names in the query",
            400,
            get(&format!("/v1/accounts/ada?{}", "a=1&".repeat(2_000)), ADA),
        ),
        refused("API8", "XML with an entity of its own", 415, text("application/xml")),
        refused("API8", "a form where JSON is wanted", 415, text("application/x-www-form-urlencoded")),
        refused("API4", "a body that is small only because it is packed", 415, {
            let headers = format!(
                "{ADA}Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n"
            );
            [
                request("POST", "/v1/accounts/ada/orders", &headers, "").as_slice(),
                &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ]
            .concat()
        }),
        refused("API8", "JSON in another set of signs", 415, text("application/json; charset=utf-7")),
        refused("API8", "bytes that are no text", 400, {
            let mut bytes = request("POST", "/v1/accounts/ada/orders", ADA, r#"{"name":"??"}"#);
            let at = bytes.len() - 4;
            bytes[at..at + 2].copy_from_slice(&[0xc0, 0xaf]);
            bytes
        }),
    ]
}

/// What two who read the same bytes could understand in two ways.
fn protocol() -> Vec<Attack> {
    let post = |headers: &str, body: &str| {
        format!(
            "POST /v1/accounts/ada/orders HTTP/1.1\r\nHost: vault\r\n{ADA}Content-Type: application/json\r\n{headers}\r\n{body}"
        )
    };
    let hidden = format!("GET /v1/accounts/ada HTTP/1.1\r\nHost: vault\r\n{ADA}\r\n");
    vec![
        cut(
            "a length and chunks",
            400,
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        cut(
            "chunks and a length",
            400,
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        cut("two lengths", 400, post("Content-Length: 0\r\nContent-Length: 60\r\n", &hidden)),
        cut("a length with a sign", 400, post("Content-Length: +12\r\n", r#"{"name":"a"}"#)),
        cut("chunks of another kind", 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        cut(
            "chunks, said with a tab",
            400,
            post("Transfer-Encoding:\tchunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
        ),
        cut("a name with a space behind it", 400, post("Content-Length : 0\r\n", "")),
        cut("a line that goes on", 400, post("X-A: b\r\n c\r\n", "")),
        cut("lines without a return", 400, format!("GET /v1/accounts/ada HTTP/1.1\nHost: vault\n{ADA}\n")),
        cut("two hosts", 400, get("/v1/accounts/ada", &format!("Host: other\r\n{ADA}"))),
        cut("no host", 400, format!("GET /v1/accounts/ada HTTP/1.1\r\n{ADA}\r\n")),
        cut(
            "a thousand headers",
            431,
            get("/v1/accounts/ada", &(0..1_000).map(|at| format!("X-{at}: a\r\n")).collect::<String>()),
        ),
        cut(
            "a target of a hundred kilobytes",
            414,
            get(&format!("/v1/accounts/{}", "a".repeat(100_000)), ADA),
        ),
        refused("HTTP", "a zero byte in the path", 400, get("/v1/accounts/ada%00", ADA)),
        refused("HTTP", "a slash that is written as a number", 400, get("/v1/accounts/ada%2f..%2fbob", ADA)),
        refused("HTTP", "letters of too many bytes", 400, get("/v1/accounts/%c0%ae%c0%ae", ADA)),
    ]
}

struct Vault {
    service: Process,
    back: Backend,
}

fn vault() -> Vault {
    let back = Backend::start(|asked: &Asked| -> Reply {
        match asked.line.split(' ').next() {
            Some("DELETE") => empty(204),
            Some("POST") => json(201, r#"{"id":"made"}"#),
            _ => json(200, r#"{"id":"mine"}"#),
        }
    });
    let service = semantics::start("vault", &back, &[]);
    Vault { service, back }
}

/// What comes back, and whether the connection is closed behind it.
fn attack(at: SocketAddr, attack: &Attack) -> (client::Reply, bool) {
    let mut connection = Connection::open(at);
    connection.send(&attack.sent);
    let reply = connection.reply();
    let reply = reply.unwrap_or_else(|| panic!("{}: there is no answer", attack.name));
    let is_closed = matches!(attack.ends, Ends::Closed(_)) && connection.is_closed();
    (reply, is_closed)
}

fn all_end_as_they_should(attacks: &[Attack]) {
    let Vault { service, back } = vault();
    for one in attacks {
        let (Attack { class, name, .. }, (reply, is_closed)) = (one, attack(service.address, one));
        let (status, closed) = match one.ends {
            Ends::With(status) => (status, false),
            Ends::Closed(status) => (status, true),
        };
        assert_eq!((reply.status, is_closed), (status, closed), "{class}, {name}: {reply:?}");
        assert!(status < 400 || reply.is_problem(), "{class}, {name}: {reply:?}");
        assert!(!reply.body.contains(CANARY), "{class}, {name}: it comes back in {reply:?}");
        assert_eq!(back.take().len(), one.behind, "{class}, {name}: the system behind was asked");
        let mut other = Connection::open(service.address);
        other.send(get("/v1/accounts/ada", ADA));
        assert_eq!(other.reply().map(|reply| reply.status), Some(200), "{class}, {name}: nobody is served");
        back.take();
    }
    assert!(!service.has_logged(&["\"event\":\"panic\""]), "something has panicked");
    assert!(!service.has_logged(&[CANARY]), "what must not be read is in the log");
}

#[test]
fn what_is_of_others_stays_theirs() {
    all_end_as_they_should(&of_others());
}

#[test]
fn nobody_gets_in_as_somebody() {
    all_end_as_they_should(&nobody());
}

#[test]
fn a_body_brings_nothing_that_nobody_wants() {
    all_end_as_they_should(&bodies());
}

#[test]
fn nothing_is_read_in_two_ways() {
    all_end_as_they_should(&protocol());
}

/// What a caller says stays one part of the path, one value of the query, of a header, of a cookie: the system behind is
/// never asked for anything else, and no other system is.
#[test]
fn what_callers_say_does_not_lead_elsewhere() {
    let Vault { service, back } = vault();
    let hostile = [
        "..",
        "../../admin",
        "/admin",
        "//evil.example",
        "@evil.example",
        "http://169.254.169.254/latest",
        "a?admin=1",
        "a#b",
        "a&b=c",
        "a;b",
        "a,b",
        "a\r\nX-Admin: 1",
        "a\r\n\r\nGET /admin HTTP/1.1",
        "a\nb",
        "a\"b",
        "a%2e%2e",
        "ü\u{202e}",
    ];
    for text in hostile {
        let coded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let target = format!("/v1/found/red?word={coded}&crumb={coded}");
        let mut connection = Connection::open(service.address);
        connection.send(get(&target, &format!("{ADA}X-Tag: a,b\r\n")));
        let reply = connection.reply().unwrap_or_else(|| panic!("{text:?}: there is no answer"));
        let asked = back.take();
        assert!(asked.len() <= 1, "{text:?}: {asked:?}");
        // What cannot stand where it should is a failure, and never something else.
        assert_eq!(reply.status, if asked.is_empty() { 502 } else { 200 }, "{text:?}: {reply:?}");
        for asked in &asked {
            assert!(asked.line.starts_with("GET /styles/.red/"), "{text:?}: {asked:?}");
            let (path, query) = asked.line.split_once('?').expect("there is a query");
            assert_eq!(path.matches('/').count(), 3, "{text:?}: {asked:?}");
            assert!(!path.contains("/..") && !path.contains("..%2F"), "{text:?}: {asked:?}");
            assert_eq!(query.matches('&').count(), 0, "{text:?}: {asked:?}");
            assert!(asked.header("x-admin").is_none(), "{text:?}: {asked:?}");
            assert_eq!(
                asked.header("cookie").map(|all| all.matches(';').count()),
                Some(0),
                "{text:?}: {asked:?}"
            );
        }
    }
}
