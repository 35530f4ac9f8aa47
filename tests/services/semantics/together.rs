//! What runs when: reads that overlap, fan-outs with a bound, writes in order and together, and how they are undone.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex};

use super::super::backend::{Reply, empty, json as reply};
use super::super::{ask, get, post};
use super::{Lab, id, lab, thing};

/// No answer comes before both are asked for.
#[test]
fn reads_are_in_flight_together() {
    let both = Barrier::new(2);
    let Lab { lab, .. } = lab(move |asked| {
        both.wait();
        reply(200, thing(&id(asked)))
    });
    assert_eq!(get(lab.address, "/v1/both").said(), (200, r#"{"first":"a","second":"b"}"#));
}

#[test]
fn what_stands_below_require_waits_for_it() {
    let Lab { lab, back } = lab(|asked| reply(200, thing(&id(asked))));
    assert_eq!(get(lab.address, "/v1/ordered").said(), (200, r#"{"first":"a","second":"b"}"#));
    assert_eq!(back.lines(), ["GET /things/a", "GET /things/b"]);
    let Lab { lab, back } = self::lab(|_| reply(200, thing("other")));
    let answer = get(lab.address, "/v1/ordered");
    assert!(answer.status == 422 && answer.body.contains("a is other"), "{}", answer.body);
    assert_eq!(back.lines(), ["GET /things/a"]);
}

#[test]
fn when_takes_one_branch() {
    let Lab { lab, back } = lab(|asked| reply(200, thing(&id(asked))));
    assert_eq!(get(lab.address, "/v1/chosen?which=b").said(), (200, r#"{"id":"b"}"#));
    assert_eq!(back.lines(), ["GET /things/b"]);
}

/// Three are always open before one of them is answered, so that more would be seen if there were more.
#[test]
fn a_fan_out_keeps_its_bound_and_its_order() {
    let (open, most, three) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)), Barrier::new(3));
    let seen = Arc::clone(&most);
    let Lab { lab, .. } = lab(move |asked| {
        seen.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        three.wait();
        open.fetch_sub(1, Ordering::SeqCst);
        reply(200, thing(&id(asked)))
    });
    let ids: Vec<String> = (0..12).map(|number| format!("\"{number}\"")).collect();
    let body = format!("[{}]", ids.join(","));
    assert_eq!(post(lab.address, "/v1/fan", &body).said(), (200, body.as_str()));
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(post(lab.address, "/v1/fan", "[]").said(), (200, "[]"));
}

const FIVE: &str = r#"["a","b","c","d","e"]"#;

/// S023: what the fallback says of one of five is kept, and so are the other four.
#[test]
fn of_five_calls_one_may_fail_or_hang_where_that_was_said() {
    let Lab { lab, .. } = lab(|asked| reply(200, format!(r#"{{"id":"{}"}}"#, id(asked))));
    let whole = post(lab.address, "/v1/some", FIVE);
    assert_eq!((whole.said(), whole.header("x-degraded")), ((200, FIVE), None));
    for failure in [|| empty(500), || Reply::HangUp, || reply(200, "{}"), || Reply::Never] {
        let Lab { lab, .. } = self::lab(move |asked| match id(asked).as_str() {
            "c" => failure(),
            id => reply(200, format!(r#"{{"id":"{id}"}}"#)),
        });
        let answer = post(lab.address, "/v1/some", FIVE);
        assert_eq!(answer.said(), (200, r#"["a","b","none","d","e"]"#));
        assert!(answer.header("x-degraded").is_some(), "{:?}", answer.headers);
    }
}

/// S023: without a fallback the first failure ends it all, and the deadline does where one hangs.
#[test]
fn of_five_calls_none_is_waited_for_when_one_has_failed() {
    let Lab { lab, back } = lab(|asked| if id(asked) == "a" { empty(500) } else { Reply::Never });
    assert_eq!(post(lab.address, "/v1/fan", FIVE).status, 502);
    assert!(back.lines().len() <= 3, "no more are begun: {:?}", back.lines());
    let Lab { lab, .. } = self::lab(|asked| match id(asked).as_str() {
        "c" => Reply::Never,
        id => reply(200, thing(id)),
    });
    let headers = [("Content-Type", "application/json"), ("Flow-Deadline", "300")];
    assert_eq!(ask(lab.address, "POST", "/v1/fan", &headers, FIVE).status, 504);
}

/// The name of what is made, which is its identifier too.
fn made(text: &str) -> Reply {
    let name = text.split('"').nth(3).unwrap_or_default();
    reply(201, format!(r#"{{"id":"{name}"}}"#))
}

#[test]
fn what_was_done_is_undone_in_reverse() {
    let Lab { lab, back } = lab(|asked| match asked.line.as_str() {
        "POST /things" => made(&asked.text()),
        "GET /shorts/last" => empty(404),
        _ => empty(204),
    });
    let answer = post(lab.address, "/v1/chains?names=one&names=two", "");
    assert_eq!(answer.status, 422, "{}", answer.body);
    let lines =
        ["POST /things", "POST /things", "GET /shorts/last", "DELETE /things/two", "DELETE /things/one"];
    assert_eq!(back.lines(), lines);
}

#[test]
fn what_succeeds_is_not_undone() {
    let Lab { lab, back } = lab(|asked| match asked.line.as_str() {
        "POST /things" => made(&asked.text()),
        _ => reply(200, r#"{"id":"last"}"#),
    });
    let answer = post(lab.address, "/v1/chains?names=one&names=two", "");
    assert_eq!(answer.said(), (201, r#"["one","two","last"]"#));
    assert_eq!(back.lines(), ["POST /things", "POST /things", "GET /shorts/last"]);
}

#[test]
fn an_undo_is_tried_again_and_never_hides_the_failure() {
    let tries = AtomicUsize::new(0);
    let Lab { lab, back } = lab(move |asked| match asked.line.as_str() {
        "POST /things" => made(&asked.text()),
        "GET /shorts/last" => reply(503, "{}"),
        "DELETE /things/two" if tries.fetch_add(1, Ordering::SeqCst) == 0 => empty(500),
        _ => empty(204),
    });
    let answer = post(lab.address, "/v1/chains?names=one&names=two", "");
    assert_eq!(answer.status, 502, "{}", answer.body);
    let lines = back.wait_for("DELETE /things/one");
    assert_eq!(lines[3..], ["DELETE /things/two", "DELETE /things/two", "DELETE /things/one"]);
}

/// Each of the two waits for the other, so they are open at the same time, and after the first one.
#[test]
fn writes_that_are_put_together_run_together() {
    let both = Barrier::new(2);
    let Lab { lab, back } = lab(move |asked| match asked.line.as_str() {
        "POST /things" if asked.text().contains("one") => made(&asked.text()),
        "POST /things" => {
            both.wait();
            made(&asked.text())
        }
        "GET /shorts/last" => empty(404),
        _ => empty(204),
    });
    assert_eq!(post(lab.address, "/v1/made?names=one&names=two&names=three", "").status, 422);
    let lines = back.lines();
    let mut undone = lines[4..].to_vec();
    assert_eq!(undone.pop().as_deref(), Some("DELETE /things/one"));
    undone.sort_unstable();
    assert_eq!(undone, ["DELETE /things/three", "DELETE /things/two"]);
}

/// When one of two fails, the other one is waited for, so that it can be undone.
#[test]
fn what_ran_beside_a_failure_is_undone() {
    let both = Barrier::new(2);
    let Lab { lab, back } = lab(move |asked| match asked.line.as_str() {
        "POST /things" if asked.text().contains("one") => made(&asked.text()),
        "POST /things" => {
            both.wait();
            if asked.text().contains("two") { empty(500) } else { made(&asked.text()) }
        }
        _ => empty(204),
    });
    assert_eq!(post(lab.address, "/v1/made?names=one&names=two&names=three", "").status, 502);
    assert_eq!(back.lines()[3..], ["DELETE /things/three", "DELETE /things/one"]);
}

/// The caller hangs up while the second write is open; what then fails is undone all the same.
#[test]
fn a_write_is_undone_also_when_nobody_waits_for_it() {
    let (gone, is_gone) = mpsc::channel();
    let is_gone = Mutex::new(is_gone);
    let Lab { lab, back } = lab(move |asked| match asked.line.as_str() {
        "POST /things" if asked.text().contains("two") => {
            let _ = is_gone.lock().expect("no panic").recv(); // until the caller has hung up
            made(&asked.text())
        }
        "POST /things" => made(&asked.text()),
        "GET /shorts/last" => empty(404),
        _ => empty(204),
    });
    let mut caller = TcpStream::connect(lab.address).expect("a connection");
    let request = format!(
        "POST /v1/chains?names=one&names=two HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n",
        lab.address
    );
    caller.write_all(request.as_bytes()).expect("it is sent");
    back.wait_for("POST /things");
    drop(caller);
    gone.send(()).expect("the backend waits");
    let lines = back.wait_for("DELETE /things/one");
    assert_eq!(lines[2..], ["GET /shorts/last", "DELETE /things/two", "DELETE /things/one"]);
}
