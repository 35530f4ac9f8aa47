//! Answers that are kept, and for whom.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flow_std::Caller;
use flow_std::client::{Client, ClientSettings, OutboundAuth};
use flow_std::codec::Decode;
use flow_std::failure::{Answer, CallFailure};
use flow_std::http::{Context, Secret, arrived};
use flow_std::policy::{Cache, CacheBy, Retry, RetryOn};
use futures_util::future::join_all;

use super::backend::{Backend, answer, block_on, client, context, ok, patient};
use super::faults::{retry, steady, text};

fn keeping(by: CacheBy) -> Option<Cache> {
    Some(Cache { keep: Duration::from_secs(3_600), stale: None, by, entries: 100 })
}

fn caching(backend: &Backend, by: CacheBy) -> Client {
    client(ClientSettings { cache: keeping(by), ..patient(backend.url()) })
}

fn of(subject: &str, scopes: &[&str]) -> Context {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let caller = Caller { subject: subject.to_owned(), scopes, ..Caller::default() };
    Context::new("Shop.get", caller, arrived("r-1", ""), Duration::from_secs(30))
}

async fn get(client: &Client, cx: &Context, path: &str) -> Result<String, CallFailure> {
    client.read("Erp.get", "GET").path(path).answer(cx, text).await
}

#[test]
fn s055_a_thousand_at_once_are_one_call() {
    let backend = steady(ok("\"a\""));
    let (client, cx) = (caching(&backend, CacheBy::All), context());
    let ends = block_on(join_all((0..1_000).map(|_| get(&client, &cx, "/x"))));
    assert!(ends.iter().all(|end| end.as_deref() == Ok("a")));
    assert_eq!(backend.seen().len(), 1);
    assert_eq!((client.counts().calls, client.counts().kept), (1, 999));
}

#[test]
fn s055_nobody_gets_what_was_made_for_another() {
    let backend = steady(ok("\"a\""));
    let client = caching(&backend, CacheBy::Caller);
    let callers = [of("ada", &[]), of("bob", &[]), of("ada", &["admin"])];
    block_on(async {
        for _ in 0..3 {
            for cx in &callers {
                assert_eq!(get(&client, cx, "/x").await, Ok("a".to_owned()));
            }
        }
        assert_eq!(backend.seen().len(), 3);
        // One that nobody knows may be anybody.
        for _ in 0..3 {
            assert_eq!(get(&client, &of("", &[]), "/x").await, Ok("a".to_owned()));
        }
        assert_eq!(backend.seen().len(), 6);
    });
}

#[test]
fn s055_whatever_is_sent_tells_answers_apart() {
    let backend = steady(ok("\"a\""));
    let (client, cx) = (caching(&backend, CacheBy::All), context());
    let calls = || async {
        let all = [
            get(&client, &cx, "/x").await,
            get(&client, &cx, "/y").await,
            client.read("Erp.get", "GET").path("/x").query("a", "1").answer(&cx, text).await,
            client.read("Erp.get", "GET").path("/x").header("Accept-Language", "de").answer(&cx, text).await,
            client.read("Erp.get", "GET").path("/x").header("Accept-Language", "en").answer(&cx, text).await,
            client.read("Erp.get", "GET").path("/x").cookie("tenant", "a").answer(&cx, text).await,
            client.read("Erp.search", "POST").path("/x").text("a").answer(&cx, text).await,
            client.read("Erp.search", "POST").path("/x").text("b").answer(&cx, text).await,
        ];
        assert!(all.iter().all(Result::is_ok), "{all:?}");
    };
    block_on(async {
        calls().await;
        calls().await;
    });
    assert_eq!(backend.seen().len(), 8);
}

#[test]
fn a_key_of_its_own_tells_answers_apart_too() {
    let backend = steady(ok("\"a\""));
    let (client, cx) = (client(patient(backend.url())), context());
    block_on(async {
        for key in ["a", "a", "b"] {
            let mut call = client.read("Erp.get", "GET");
            call.path("/x").cache(keeping(CacheBy::All), Some(key.to_owned()));
            assert_eq!(call.answer(&cx, text).await, Ok("a".to_owned()));
        }
    });
    assert_eq!(backend.seen().len(), 2);
}

#[test]
fn what_is_no_whole_success_is_not_kept() {
    let told = |extra: &str| format!("HTTP/1.1 200 OK\r\n{extra}content-length: 3\r\n\r\n\"a\"");
    for bytes in [
        answer("500 Internal Server Error", "application/json", "\"a\""),
        answer("404 Not Found", "application/json", "\"a\""),
        answer("206 Partial Content", "application/json", "\"a\""),
        ok("1"),
        ok("\"a"),
        told("cache-control: no-store\r\n"),
        told("cache-control: private, max-age=60\r\n"),
    ] {
        let backend = steady(bytes.clone());
        let (client, cx) = (caching(&backend, CacheBy::All), context());
        let ends = block_on(async { [get(&client, &cx, "/x").await, get(&client, &cx, "/x").await] });
        assert_eq!(ends[0], ends[1]);
        assert_eq!(backend.seen().len(), 2, "{bytes}");
    }
}

#[test]
fn a_part_is_not_kept_whoever_takes_it_for_a_success() {
    let backend = steady(answer("206 Partial Content", "application/json", "\"a\""));
    let (client, cx) = (caching(&backend, CacheBy::All), context());
    block_on(async {
        for _ in 0..2 {
            let answer = client.read("Erp.get", "GET").path("/x").send(&cx).await;
            assert!(answer.is_ok_and(|answer| answer.status() == 206));
        }
    });
    assert_eq!(backend.seen().len(), 2);
}

#[test]
fn one_that_turns_out_not_to_be_readable_is_forgotten() {
    let backend = steady(ok("\"a\""));
    let (client, cx) = (caching(&backend, CacheBy::All), context());
    block_on(async {
        assert_eq!(get(&client, &cx, "/x").await, Ok("a".to_owned()));
        let number = |answer: Answer| answer.json(i64::decode, "body");
        let end = client.read("Erp.count", "GET").path("/x").answer(&cx, number).await;
        assert!(end.is_err_and(|failure| failure.is_malformed()));
        assert_eq!(get(&client, &cx, "/x").await, Ok("a".to_owned()));
    });
    assert_eq!(backend.seen().len(), 2);
}

#[test]
fn what_is_fetched_to_be_kept_is_tried_again_like_any_other() {
    const ON: &[RetryOn] = &[RetryOn::Malformed, RetryOn::Status(503)];
    for first in [answer("503 Service Unavailable", "text/plain", ""), ok("1")] {
        let count = AtomicUsize::new(0);
        let backend = Backend::new(move |mut connection| {
            while connection.request().is_some() {
                let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
                connection.write(if is_first { first.clone() } else { ok("\"a\"") }.as_bytes());
            }
        });
        let (retry, cache) = (Some(Retry { on: ON, ..retry(1) }), keeping(CacheBy::All));
        let client = client(ClientSettings { retry, cache, ..patient(backend.url()) });
        assert_eq!(block_on(get(&client, &context(), "/x")), Ok("a".to_owned()));
        assert_eq!(backend.seen().len(), 2);
    }
}

#[test]
fn one_that_is_for_the_caller_only_is_kept_for_the_caller() {
    let private = "HTTP/1.1 200 OK\r\ncache-control: private\r\ncontent-length: 3\r\n\r\n\"a\"";
    let backend = steady(private);
    let client = caching(&backend, CacheBy::Caller);
    block_on(async {
        for cx in [of("ada", &[]), of("ada", &[])] {
            assert_eq!(get(&client, &cx, "/x").await, Ok("a".to_owned()));
        }
    });
    assert_eq!(backend.seen().len(), 1);
}

#[test]
fn writes_are_never_answered_from_memory() {
    let backend = steady(ok("\"a\""));
    let (client, cx) = (caching(&backend, CacheBy::All), context());
    block_on(async {
        for _ in 0..2 {
            let mut call = client.write("Erp.do", "POST");
            assert_eq!(call.path("/x").key("Idempotency-Key", "k").answer(&cx, text).await, Ok("a".into()));
        }
    });
    assert_eq!(backend.seen().len(), 2);
}

#[test]
fn credentials_are_part_of_what_tells_answers_apart() {
    let backend = steady(ok("\"a\""));
    let auth = OutboundAuth::Bearer { token: Secret::new("t") };
    let client = client(ClientSettings { auth, cache: keeping(CacheBy::All), ..patient(backend.url()) });
    let cx = context();
    let ends = block_on(join_all((0..10).map(|_| get(&client, &cx, "/x"))));
    assert!(ends.iter().all(Result::is_ok) && backend.seen().len() == 1, "ours are the same for everybody");
}
