//! Pages, limits, caches and old versions, as callers meet them.

use super::super::ask;
use super::super::backend::{Backend, empty};
use super::super::process::Process;
use super::start;

const SHOP: (&str, &str) = ("Origin", "https://shop.example.com");

/// By itself, and in the executable with all services.
fn each(test: impl Fn(&Process)) {
    let back = Backend::start(|_| empty(404));
    for name in ["front", "semantics"] {
        test(&start(name, &back, &[("FRONT_PAGES", "https://a.example.com https://b.example.com:8443")]));
    }
}

#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn a_page_may_call_if_its_origin_is_named() {
    each(|front| {
        let preflight = [SHOP, ("Access-Control-Request-Method", "POST")];
        let answer = ask(front.address, "OPTIONS", "/v1/notes", &preflight, "");
        assert_eq!(answer.status, 204);
        for (name, value) in [
            ("access-control-allow-origin", SHOP.1),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "X-Name, Content-Type, X-Trace"),
            ("access-control-allow-credentials", "true"),
            ("access-control-max-age", "600"),
            ("vary", "origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        for (origin, is_named) in [
            (SHOP.1, true),
            ("https://a.example.com", true),
            ("https://b.example.com:8443", true),
            ("https://b.example.com", false),
            ("null", false),
        ] {
            let answer = ask(front.address, "GET", "/v1/hello", &[("Origin", origin)], "");
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("access-control-allow-origin"), is_named.then_some(origin));
            assert_eq!(answer.header("access-control-expose-headers"), is_named.then_some("X-Request-Id"));
        }
        let answer = ask(front.address, "POST", "/v1/notes", &[SHOP], "{}");
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (415, Some(SHOP.1)));
    });
}

/// Also calls from within the executable are counted by the text of the limit.
#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn a_limit_by_key_counts_calls_from_within() {
    let back = Backend::start(|_| empty(404));
    let meter = start("meter", &back, &[]);
    let apart = start("reader", &back, &[("METER_URL", &meter.url())]);
    let together = start("semantics", &back, &[]);
    for (reader, meter) in [(&apart, &meter), (&together, &together)] {
        let status = |at: &Process, path: &str| ask(at.address, "GET", path, &[], "").status;
        assert_eq!(status(reader, "/v1/readings/a"), 200);
        assert_eq!(status(meter, "/v1/meters/A"), 200);
        assert_eq!(status(meter, "/v1/meters/a"), 429);
        assert_eq!(status(reader, "/v1/readings/A"), 503);
        assert_eq!(status(reader, "/v1/readings/b"), 200);
    }
}

/// Where a request comes from is said by proxies that are trusted, and by nobody else.
#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn only_trusted_proxies_say_where_a_request_comes_from() {
    let back = Backend::start(|_| empty(404));
    for (trusted, seen) in [("127.0.0.0/8", "203.0.113.9"), ("10.0.0.0/8", "127.0.0.1")] {
        let front = start("front", &back, &[("FLOW_TRUSTED_PROXIES", trusted)]);
        let headers = [("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 127.0.0.7")];
        let answer = ask(front.address, "GET", "/v1/from", &headers, "");
        assert_eq!(answer.said(), (200, format!("\"{seen}\"").as_str()));
    }
}

/// What may be kept says so, and who has it already does not get it again.
#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn an_answer_says_who_may_keep_it() {
    each(|front| {
        let price = ask(front.address, "GET", "/v1/prices/a", &[], "");
        let tag = price.header("etag").unwrap_or_default().to_owned();
        assert!(
            price.header("cache-control").is_some_and(|told| told.starts_with("public, max-age=3")),
            "{price:?}"
        );
        let vary: Vec<&str> = price
            .headers
            .iter()
            .filter(|(name, _)| name == "vary")
            .map(|(_, value)| value.as_str())
            .collect();
        assert!(vary.contains(&"x-currency"), "{vary:?}");
        let again = ask(front.address, "GET", "/v1/prices/a", &[("If-None-Match", &tag)], "");
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag.as_str())));
        let other = ask(front.address, "GET", "/v1/prices/b", &[("If-None-Match", &tag)], "");
        assert_eq!(other.status, 200);
        let hello = ask(front.address, "GET", "/v1/hello", &[], "");
        assert_eq!((hello.header("cache-control"), hello.header("etag")), (Some("no-cache"), None));
    });
    let back = Backend::start(|_| empty(404));
    let drawer = start("drawer", &back, &[]);
    let get = |path: &str, tag: &str| {
        ask(drawer.address, "GET", path, &[("X-Api-Key", "key-of-ada"), ("If-None-Match", tag)], "")
    };
    let mine = get("/v1/mine", "");
    assert_eq!((mine.said(), mine.header("cache-control")), ((200, "\"ada\""), Some("private, no-cache")));
    assert_eq!(get("/v1/mine", mine.header("etag").unwrap_or_default()).status, 304);
    assert_eq!(get("/v1/fresh", "").header("cache-control"), Some("no-store"));
}
