//! What networks do to connections, and what a caller gets to see of it. The letters are those of the list of faults
//! that this runtime is measured by.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use flow_std::client::{Client, ClientSettings};
use flow_std::codec::Decode;
use flow_std::failure::{Answer, CallFailure, Failure};
use flow_std::policy::{Breaker, BreakerState, Cache, CacheBy, Retry, RetryOn};

use super::backend::{Backend, block_on, client, context, context_of, ok, patient};
use super::fault::{Fault, Proxy};

/// Tries again what may be tried again, at once.
pub fn retry(times: u32) -> Retry {
    const ON: &[RetryOn] =
        &[RetryOn::Timeout, RetryOn::Unreachable, RetryOn::Status(429), RetryOn::Status(503)];
    Retry { times, on: ON, backoff: Duration::ZERO..=Duration::ZERO, budget: 1.0 }
}

/// A backend that answers as often as it is asked.
pub fn steady(answer: impl Into<String>) -> Backend {
    let answer = answer.into();
    Backend::new(move |mut connection| {
        while connection.request().is_some() {
            connection.write(answer.as_bytes());
        }
    })
}

pub fn text(answer: Answer) -> Result<String, CallFailure> {
    match answer.status() {
        200 => answer.json(String::decode, "body"),
        _ => Err(answer.fail()),
    }
}

fn read(client: &Client) -> Result<String, CallFailure> {
    block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text))
}

fn behind(proxy: &Proxy, settings: impl FnOnce(&mut ClientSettings)) -> Client {
    let mut own = patient(format!("http://{}", proxy.address));
    settings(&mut own);
    client(own)
}

fn before(backend: &Backend) -> Proxy {
    Proxy::before(backend.address).expect("a free port")
}

/// Waits for what has to come.
fn eventually(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::yield_now();
    }
}

#[test]
fn s001_a_connection_that_is_refused_is_tried_as_often_as_allowed_and_then_not_at_all() {
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let url = format!("http://{}", nobody.expect("a free port"));
    let breaker = Some(Breaker { opens: 0.5, of: 3, rests: Duration::from_secs(3_600) });
    let client = client(ClientSettings { retry: Some(retry(2)), breaker, ..patient(url) });
    let failure = read(&client).expect_err("nobody is there");
    assert!(failure.is_unreachable(), "{failure:?}");
    assert_eq!(Failure::from(failure).status(), 503);
    assert_eq!((client.counts().tries, client.counts().breaker), (3, BreakerState::Open));
    let failure = Failure::from(read(&client).expect_err("the breaker is open"));
    assert_eq!((failure.status(), failure.retry_after_seconds()), (503, Some(3_600)));
    assert_eq!((client.counts().tries, client.counts().rejected), (3, 1));
}

#[test]
fn s002_one_that_never_answers_is_left_at_the_deadline_and_its_connection_closed() {
    let backend = steady(ok("\"a\""));
    let proxy = before(&backend);
    proxy.set(Fault::NeverAnswer);
    let client = behind(&proxy, |settings| settings.retry = Some(retry(5)));
    let (budget, begun) = (Duration::from_millis(100), Instant::now());
    // In one runtime, which has to see to the connection after the call is over.
    block_on(async {
        let cx = context_of(budget);
        let mut calls: Vec<_> = (0..20).map(|_| client.read("Erp.get", "GET")).collect();
        let calls = calls.iter_mut().map(|call| call.path("/x").answer(&cx, text));
        for end in futures_util::future::join_all(calls).await {
            assert_eq!(end, Err(CallFailure::Timeout));
        }
        assert!(begun.elapsed() >= budget);
        while proxy.open() > 0 {
            tokio::task::yield_now().await;
            assert!(begun.elapsed() < Duration::from_secs(20), "{} are still open", proxy.open());
        }
    });
    assert_eq!(client.counts().tries, 20, "there was no time for another try");
}

#[test]
fn s004_a_reset_before_the_answer_is_tried_again_only_where_it_does_no_harm() {
    let calls = |fault: Fault| {
        let backend = steady(ok("\"a\""));
        let proxy = before(&backend);
        let client = behind(&proxy, |settings| settings.retry = Some(retry(1)));
        let cx = context();
        proxy.set_for(1, fault);
        let read = block_on(client.read("Erp.get", "GET").path("/x").answer(&cx, text));
        let after_read = backend.seen().len();
        proxy.set_for(1, fault);
        let write = block_on(client.write("Erp.do", "POST").path("/x").text("a").answer(&cx, text));
        let after_write = backend.seen().len();
        proxy.set_for(1, fault);
        let mut keyed = client.write("Erp.do", "POST");
        let keyed = block_on(keyed.path("/x").key("Idempotency-Key", "k-1").text("a").answer(&cx, text));
        let seen = backend.seen();
        let keys = seen.iter().filter(|request| request.contains("idempotency-key: k-1")).count();
        (read, after_read, write, after_write - after_read, keyed, seen.len() - after_write, keys)
    };
    let (read, reads, write, writes, keyed, both, keys) = calls(Fault::ResetAt(0));
    assert_eq!((read, reads), (Ok("a".to_owned()), 2));
    assert!(write.is_err_and(|failure| failure.is_unreachable()));
    assert_eq!(writes, 1, "a write without a key is sent once");
    assert_eq!((keyed, both, keys), (Ok("a".to_owned()), 2, 2));
}

/// An empty one tells no two writes apart.
#[test]
fn a_write_with_an_empty_key_is_sent_once() {
    let backend = steady(ok("\"a\""));
    let proxy = before(&backend);
    let client = behind(&proxy, |settings| settings.retry = Some(retry(1)));
    proxy.set_for(1, Fault::ResetAt(0));
    let (mut call, cx) = (client.write("Erp.do", "POST"), context());
    let ended = block_on(call.path("/x").key("Idempotency-Key", " ").text("a").answer(&cx, text));
    assert!(ended.is_err_and(|failure| failure.is_unreachable()));
    let seen = backend.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen.iter().all(|request| !request.contains("idempotency-key")));
}

#[test]
fn s005_a_reset_in_the_body_gives_no_part_of_an_object() {
    let backend = steady(ok("\"abcdefghij\""));
    let proxy = before(&backend);
    let cache = Cache { keep: Duration::from_secs(60), stale: None, by: CacheBy::All, entries: 10 };
    let client = behind(&proxy, |settings| settings.cache = Some(cache));
    let head = ok("\"abcdefghij\"").len() - 12;
    for at in [head - 1, head, head + 1, head + 11] {
        for fault in [Fault::ResetAt(at), Fault::HalfCloseAt(at)] {
            proxy.set_for(1, fault);
            let failure = read(&client).expect_err("it is only a part");
            assert!(failure.is_unreachable(), "{fault:?} {failure:?}");
            assert_eq!(Failure::from(failure).status(), 502);
        }
    }
    assert_eq!(read(&client), Ok("abcdefghij".to_owned()));
    let whole = backend.seen().len();
    assert_eq!(read(&client), Ok("abcdefghij".to_owned()));
    assert_eq!(backend.seen().len(), whole, "the whole one is kept");
}

#[test]
fn s007_a_body_at_a_byte_a_second_is_cut_at_the_deadline() {
    let backend = steady(ok("\"a\""));
    let proxy = before(&backend);
    proxy.set(Fault::Slow { piece: 1, pause: Duration::from_secs(1) });
    let client = behind(&proxy, |_| {});
    let begun = Instant::now();
    let cx = context_of(Duration::from_millis(100));
    let end = block_on(client.read("Erp.get", "GET").path("/x").answer(&cx, text));
    assert_eq!(end, Err(CallFailure::Timeout));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_answer_in_pieces_or_a_late_one_is_an_answer() {
    let backend = steady(ok("\"a\""));
    let proxy = before(&backend);
    let client = behind(&proxy, |_| {});
    let (piece, pause) = (1, Duration::ZERO);
    for fault in [Fault::Slow { piece, pause }, Fault::Latency(Duration::from_millis(20))] {
        proxy.set(fault);
        assert_eq!(read(&client), Ok("a".to_owned()));
    }
}

#[test]
fn a_byte_that_was_changed_is_never_a_success_that_it_was_not() {
    let whole = ok("\"abc\"");
    let backend = steady(whole.clone());
    let proxy = before(&backend);
    let client = behind(&proxy, |settings| settings.timeout = Duration::from_millis(100));
    for at in 0..whole.len() {
        proxy.set_for(1, Fault::CorruptAt(at));
        let is_text = at > whole.len() - 5 && at < whole.len() - 1;
        match read(&client) {
            // Nobody can see that a letter is another; the head has names that do not matter.
            Ok(text) => assert!(is_text || text == "abc", "{at}: {text}"),
            Err(failure) => assert!(!failure.is_rejected(), "{at}: {failure:?}"),
        }
    }
    proxy.set(Fault::Nothing);
    assert_eq!(read(&behind(&proxy, |_| {})), Ok("abc".to_owned()));
}

#[test]
fn a_connection_that_is_reset_at_once_is_tried_again() {
    let backend = steady(ok("\"a\""));
    let proxy = before(&backend);
    proxy.set_for(1, Fault::ResetAtOnce);
    let client = behind(&proxy, |settings| settings.retry = Some(retry(1)));
    assert_eq!(read(&client), Ok("a".to_owned()));
    assert_eq!((proxy.connections(), client.counts().tries), (2, 2));
    drop(client);
    eventually(|| proxy.open() == 0);
}

#[test]
fn s011_a_status_that_nobody_has_declared_is_no_success() {
    for status in ["418 I'm a teapot", "302 Found", "206 Partial Content", "203 Other"] {
        let backend = steady(super::backend::answer(status, "application/json", "\"a\""));
        let failure = read(&backend.client()).expect_err("the contract has 200 only");
        assert!(failure.answer().is_some(), "{failure:?}");
        assert_eq!(Failure::from(failure).status(), 502, "{status}");
    }
    let backend = steady("HTTP/1.1 204 No Content\r\n\r\n");
    assert!(read(&backend.client()).is_err_and(|failure| failure.is_status(204)));
}

#[test]
fn s015_what_a_backend_says_about_when_to_come_again_is_kept_or_passed_on() {
    let told = |status: &str, after: &str| {
        format!("HTTP/1.1 {status}\r\nretry-after: {after}\r\ncontent-length: 6\r\n\r\nsecret")
    };
    for (status, after, seconds) in [
        ("429 Too Many Requests", "60", 60),
        ("503 Service Unavailable", "61", 61),
        ("503 Service Unavailable", "Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("429 Too Many Requests", "99999999999999999999999999", 86_400),
    ] {
        let backend = steady(told(status, after));
        let client = client(ClientSettings { retry: Some(retry(3)), ..patient(backend.url()) });
        let failure = Failure::from(read(&client).expect_err("there is no time to wait for it"));
        assert_eq!((failure.status(), failure.retry_after_seconds()), (503, Some(seconds)));
        assert!(!String::from_utf8_lossy(&failure.body()).contains("secret"));
        assert_eq!(backend.seen().len(), 1, "waiting for {after} would have been for nothing");
    }
    for after in ["0", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        let backend = steady(told("503 Service Unavailable", after));
        let client = client(ClientSettings { retry: Some(retry(3)), ..patient(backend.url()) });
        assert!(read(&client).is_err_and(|failure| failure.is_status(503)));
        assert_eq!(backend.seen().len(), 4, "{after}");
    }
    let other = steady(told("500 Internal Server Error", "5"));
    assert_eq!(Failure::from(read(&other.client()).expect_err("it fails")).status(), 502);
}

#[test]
fn s019_connections_that_are_closed_now_and_then_are_not_seen() {
    let backend = Backend::new(|mut connection| {
        for _ in 0..50 {
            if connection.request().is_none() {
                return;
            }
            connection.write(ok("\"a\"").as_bytes());
        }
    });
    let budget = Retry { budget: 0.1, ..retry(1) };
    let client = client(ClientSettings { retry: Some(budget), ..patient(backend.url()) });
    block_on(async {
        for _ in 0..10_000 {
            let end = client.read("Erp.get", "GET").path("/x").answer(&context(), text).await;
            assert_eq!(end, Ok("a".to_owned()));
        }
    });
    assert!(backend.connections() >= 200 && backend.seen().len() == 10_000);
}

#[test]
fn s021_headers_of_a_backend_cannot_split_an_answer_and_are_not_handed_on() {
    for value in ["a\rb", "a\0b", "\u{fc}", "a\r\n b"] {
        let head = format!("HTTP/1.1 200 OK\r\nx-a: {value}\r\ncontent-length: 3\r\n\r\n\"a\"");
        let end = block_on(steady(head).client().read("Erp.get", "GET").path("/x").answer(&context(), text));
        // What reaches a flow of an answer is its status and its body.
        assert!(end.as_ref().is_ok_and(|text| text == "a") || end.is_err_and(|end| end.is_malformed()));
    }
}
