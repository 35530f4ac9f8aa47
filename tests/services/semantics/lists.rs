//! Lists that go through element by element, against the same list in whole.

use super::super::backend::{Backend, Reply, json as reply};
use super::super::process::Process;
use super::super::run::client;
use super::super::{ask, get};
use super::start;

fn thing(number: usize, color: &str) -> String {
    format!(
        r#"{{"id":"{number}","color":"{color}","weight":1.{number}0,"at":"2024-02-29T23:30:00Z","parts":[{{"name":"a]\"é"}}]}}"#
    )
}

/// Every third one is green.
fn things(count: usize) -> Vec<String> {
    (0..count).map(|number| thing(number, if number % 3 == 0 { "green" } else { "red" })).collect()
}

fn over(list: &[String]) -> Process {
    let body = format!("[{}]", list.join(", "));
    start("lab", &Backend::start(move |_| reply(200, body.clone())), &[])
}

/// More than is read before an answer begins.
const MANY: usize = 20_000;

const LIST: &str = "/v1/things?without=green";
const WHOLE: &str = "/v1/whole-things?without=green";

#[test]
fn short_and_long_lists_are_the_same_in_parts_and_in_whole() {
    for (count, framing) in [(0, "content-length"), (5, "content-length"), (MANY, "transfer-encoding")] {
        let lab = over(&things(count));
        let (parts, whole) = (get(lab.address, LIST), get(lab.address, WHOLE));
        assert_eq!((parts.status, whole.status), (200, 200), "{}", parts.body);
        assert!(parts.body == whole.body, "{count} differ");
        assert!(parts.header(framing).is_some(), "{:?}", parts.headers);
        assert_eq!(parts.body.matches("\"number\"").count(), count - count.div_ceil(3));
    }
}

#[test]
fn only_the_head_is_answered_to_who_asks_for_no_more() {
    let lab = over(&things(MANY));
    let answer = ask(lab.address, "HEAD", LIST, &[], "");
    assert_eq!((answer.status, &*answer.body), (200, ""));
    assert_eq!(answer.header("content-length"), None);
}

/// A list that is wrong behind its first part does not come to its end, and the log says why.
#[test]
fn a_list_that_is_wrong_too_late_is_cut_off() {
    let wrong = [
        (r#"{"id":"7"}"#.to_owned(), "body[19999].color is missing"),
        (thing(7, "red").replace("\"7\"", "\"seven\""), "\"cause\":\"number: not a whole number\""), // and nothing of what was sent
        (thing(7, "red") + " x", "is not JSON"),
    ];
    for (element, why) in wrong {
        let mut list = things(MANY);
        list.pop();
        list.push(element.clone());
        let lab = over(&list);
        let got = client::ask(lab.address, "GET", LIST, &[], "");
        assert!(got.is_err(), "{element} came to its end");
        let line =
            lab.logged(&["\"request\"", "\"level\":\"error\"", "\"status\":200", "\"cut_off\":true", why]);
        assert!(!line.contains("seven"), "{line}");

        list.swap(0, MANY - 1);
        let lab = over(&list);
        assert_eq!(get(lab.address, LIST).status, 502, "{element}");
    }
}

#[test]
fn a_backend_that_hangs_up_too_early_cuts_the_list_off() {
    let body = things(MANY).join(",");
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99000000\r\n\r\n[{body}"
    );
    let back = Backend::start(move |_| Reply::Bytes(bytes.clone().into_bytes()));
    let lab = start("lab", &back, &[]);
    assert_eq!(get(lab.address, LIST).status, 502, "it says that it is larger than 8 MB");
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7000000\r\n\r\n[{body}"
    );
    let back = Backend::start(move |_| Reply::Bytes(bytes.clone().into_bytes()));
    let lab = start("lab", &back, &[]);
    assert!(client::ask(lab.address, "GET", LIST, &[], "").is_err());
    lab.logged(&["\"cut_off\":true", "unreachable"]);
    lab.logged(&["call failed", "Back.listThings", "unreachable"]);
}
