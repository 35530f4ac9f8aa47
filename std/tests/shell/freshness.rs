//! What is told of who may keep an answer, and what those get who have it already.

use crate::client::{Connection, Reply};
use crate::server::Server;

fn ask(server: &Server, method: &str, path: &str, headers: &str) -> Reply {
    let mut connection = Connection::open(server.address);
    connection.send(format!("{method} {path} HTTP/1.1\r\nHost: shop\r\n{headers}\r\n"));
    let reply = if method == "HEAD" { connection.head() } else { connection.reply() };
    reply.expect("there is an answer")
}

fn told(reply: &Reply) -> Option<&str> {
    reply.header("cache-control")
}

#[test]
fn who_has_an_answer_does_not_get_it_again() {
    let server = Server::start();
    let first = ask(&server, "GET", "/prices", "");
    let tag = first.header("etag").expect("it has a tag").to_owned();
    assert_eq!((first.status, first.body.as_str()), (200, "price 0"));
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    for (method, list) in [
        ("GET", tag.clone()),
        ("GET", format!("W/{tag}")),
        ("GET", format!("\"other\", {tag}")),
        ("GET", "*".to_owned()),
        ("HEAD", tag.clone()),
    ] {
        let again = ask(&server, method, "/prices", &format!("If-None-Match: {list}\r\n"));
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{list}");
        for name in ["etag", "vary"] {
            assert_eq!(again.header(name), first.header(name), "{name}");
        }
        assert!(told(&again).is_some_and(|told| told.starts_with("public, max-age=")), "{again:?}");
        assert!(again.header("content-type").is_none() && again.header("x-request-id").is_some());
    }
    let lines = format!("If-None-Match: \"a\"\r\nIf-None-Match: {tag}\r\n");
    assert_eq!(ask(&server, "GET", "/prices", &lines).status, 304);
    for other in ["\"other\"", "other", "\"unended"] {
        assert_eq!(
            ask(&server, "GET", "/prices", &format!("If-None-Match: {other}\r\n")).status,
            200,
            "{other}"
        );
    }
}

#[test]
fn an_answer_for_all_says_for_how_long_and_on_what_it_depends() {
    let server = Server::start();
    let reply = ask(&server, "GET", "/prices", "");
    let age = told(&reply).and_then(|told| told.strip_prefix("public, max-age=")?.parse().ok());
    assert!(age.is_some_and(|age: u64| (1..=3_600).contains(&age)), "{reply:?}");
    let vary: Vec<_> =
        reply.headers.iter().filter(|(name, _)| name == "vary").map(|(_, value)| value).collect();
    assert_eq!(vary, ["x-name", "cookie"]);
    let failed = ask(&server, "GET", "/failing-prices", "If-None-Match: *\r\n");
    assert_eq!((failed.status, told(&failed), failed.header("etag")), (503, Some("no-cache"), None));
}

#[test]
fn what_depends_on_the_caller_is_shared_with_nobody() {
    let server = Server::start();
    let mine = ask(&server, "GET", "/mine", "X-Api-Key: open sesame\r\n");
    assert_eq!((mine.status, told(&mine)), (200, Some("private, no-cache")));
    let tag = mine.header("etag").expect("it has a tag").to_owned();
    // The tag alone opens nothing.
    assert_eq!(ask(&server, "GET", "/mine", &format!("If-None-Match: {tag}\r\n")).status, 401);
    let again = ask(&server, "GET", "/mine", &format!("X-Api-Key: open sesame\r\nIf-None-Match: {tag}\r\n"));
    assert_eq!(again.status, 304);
    let secret = ask(&server, "GET", "/secrets", "If-None-Match: *\r\n");
    assert_eq!((secret.status, told(&secret), secret.header("etag")), (200, Some("no-store"), None));
    let usual = ask(&server, "GET", "/brief", "");
    assert_eq!((usual.status, told(&usual), usual.header("etag")), (200, Some("no-cache"), None));
}

#[test]
fn a_write_is_none_that_anybody_keeps() {
    let server = Server::start();
    let reply = ask(&server, "PUT", "/mine", "If-None-Match: *\r\n");
    assert_eq!((reply.status, told(&reply), reply.header("etag")), (200, None, None));
}
