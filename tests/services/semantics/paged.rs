//! Lists that come in pages, as callers follow them.

use std::net::SocketAddr;

use super::super::backend::{Backend, empty};
use super::super::process::Process;
use super::super::{Answer, ask, get};
use super::start;

const SHOP: (&str, &str) = ("Origin", "https://shop.example.com");

/// By themselves, and in the executable with all services.
fn each(test: impl Fn(&Process, &Process)) {
    let back = Backend::start(|_| empty(404));
    let roll = start("roll", &back, &[]);
    test(&roll, &start("walk", &back, &[("ROLL_URL", &roll.url())]));
    let together = start("semantics", &back, &[]);
    test(&together, &together);
}

/// The address behind `rel="next"`, as somebody reads it who knows nothing of cursors.
fn next(answer: &Answer, path: &str) -> Option<String> {
    let links = answer.headers.iter().filter(|(name, _)| name == "link").map(|(_, value)| value);
    let mut next = links.filter_map(|link| link.strip_prefix('<')?.strip_suffix(">; rel=\"next\""));
    let query = next.next()?;
    assert!(query.starts_with('?') && next.next().is_none(), "{:?}", answer.headers);
    Some(format!("{}{query}", path.split('?').next().unwrap_or_default()))
}

/// The numbers of all pages, each in brackets.
fn followed(at: SocketAddr, from: &str) -> String {
    let (mut all, mut path) = (String::new(), Some(from.to_owned()));
    while let Some(at_path) = path {
        let answer = get(at, &at_path);
        assert_eq!(answer.status, 200, "{at_path}: {}", answer.body);
        let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let numbers = body["items"].as_array().expect("a list").iter().map(|one| one["number"].to_string());
        all.push_str(&format!("[{}]", numbers.collect::<Vec<_>>().join(" ")));
        path = next(&answer, &at_path);
        assert_eq!(path.is_some(), body["next"].is_string(), "{at_path}: {}", answer.body);
        assert!(all.len() < 100, "it does not end: {all}");
    }
    all
}

#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn links_lead_to_the_end_of_a_list() {
    each(|roll, _| {
        for (path, wanted) in [
            ("/v1/entries", "[1 2][3 4][5]"),
            ("/v1/entries?limit=5", "[1 2 3 4 5]"),
            ("/v1/entries?odd=true&limit=1&mark=%26", "[1][3][5]"),
            ("/v1/entries?mark=a+b%3E%3B&&cursor=2x", "[3 4][5]"),
            ("/v1/kept-entries?limit=3", "[1 2 3][4 5]"),
        ] {
            assert_eq!(followed(roll.address, path), wanted, "{path}");
        }
        let answer = get(roll.address, "/v1/entries?odd=true&limit=1&mark=%26");
        assert_eq!(next(&answer, "").as_deref(), Some("?odd=true&limit=1&mark=%26&cursor=1%26"));
    });
}

#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn a_process_reads_on_with_the_cursor() {
    each(|_, walk| {
        let answer = get(walk.address, "/v1/first-two");
        let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let numbers = body["items"].as_array().expect("a list").iter().map(|one| one["number"].as_i64());
        assert_eq!(numbers.collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(body["next"], "4&=>, <ü\"");
        assert_eq!(answer.header("link"), None, "it says nothing of pages itself");
    });
}

/// The link stands beside all else that an answer says in its head.
#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn a_link_is_one_header_among_others() {
    each(|roll, _| {
        let at = roll.address;
        let whole = ask(at, "GET", "/v1/entries?mark=a", &[SHOP], "");
        let links = |answer: &Answer| -> Vec<String> {
            let links = answer.headers.iter().filter(|(name, _)| name == "link");
            links.map(|(_, value)| value.clone()).collect()
        };
        let wanted =
            ["<?mark=a&cursor=2a>; rel=\"next\"", "<https://docs.example.com/roll>; rel=\"deprecation\""];
        assert_eq!(links(&whole), wanted);
        assert_eq!(whole.header("access-control-expose-headers"), Some("X-Request-Id, Link"));
        let head = ask(at, "HEAD", "/v1/entries?mark=a", &[], "");
        assert_eq!((head.status, &*head.body, links(&head)), (200, "", wanted.map(str::to_owned).to_vec()));
        let last = get(at, "/v1/entries?mark=a&cursor=4a");
        assert_eq!(links(&last), wanted[1..]);
        // What is kept for all is linked to by the question of each.
        let kept = get(at, "/v1/kept-entries");
        let tag = kept.header("etag").unwrap_or_default();
        let again = ask(at, "GET", "/v1/kept-entries?limit=2", &[("If-None-Match", tag)], "");
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        assert_eq!(links(&again)[0], "<?limit=2&cursor=2>; rel=\"next\"");
    });
}

#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn a_link_that_is_too_long_is_left_out_and_told_of() {
    each(|roll, _| {
        let mark = "x".repeat(1_500);
        let answer = get(roll.address, &format!("/v1/entries?mark={mark}"));
        assert_eq!((answer.status, next(&answer, "")), (200, None));
        assert!(answer.body.contains(&format!("\"next\":\"2{mark}\"")), "{}", answer.body);
        let line = roll.logged(&["the link to the next page was too long", "\"operation\":\"Roll.page\""]);
        assert!(!line.contains("xxx"), "{line}");
    });
}

/// Headers of answers are written to more logs than requests are.
#[test]
#[ignore = "builds the services: minutes where nothing is there yet"]
fn a_key_of_the_caller_is_in_no_link() {
    let back = Backend::start(|_| empty(404));
    for name in ["register", "semantics"] {
        let register = start(name, &back, &[]);
        let answer = get(register.address, "/v1/register?key=key-of-ada&limit=1");
        assert_eq!((answer.status, answer.header("link")), (200, Some("<?limit=1&cursor=1>; rel=\"next\"")));
    }
}
