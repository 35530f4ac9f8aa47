//! What comes back from a backend: what is read of it, and every way in which a call can fail.

use serde_json::json;

use super::super::backend::{Backend, Reply, empty, json as reply};
use super::super::{ask, get};
use super::{Lab, id, lab, start, thing};

/// S010: an enumeration of a backend is open, and a value that it does not have is what `_` of a `match` says.
#[test]
fn only_what_is_read_has_to_be_right() {
    let Lab { lab, .. } = lab(|_| {
        reply(
            200,
            r#"{"new":[{"deep":null}],"id":"a","color":"violet","weight":"12.30","at":"2024-02-29T23:30:00.5-05:00",
                "parts":[{"name":"p","size":"wrong"},{"name":"q","more":1}],
                "unread":"no number","unreadKind":"three","count":null}"#,
        )
    });
    let answer = get(lab.address, "/v1/things/a");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let expected = json!({
        "id": "a", "color": "violet", "known": false, "weight": 12.30, "at": "2024-02-29T23:30:00.5-05:00",
        "names": ["p", "q"],
    });
    assert_eq!(answer.json(), expected);
    assert!(answer.body.contains("12.30"), "decimals keep their places: {}", answer.body);
}

/// S010
#[test]
fn a_read_field_that_is_missing_or_mistyped_is_told_to_the_log_only() {
    for (body, place) in [
        (r#"{"color":"red","weight":1,"at":"2024-01-01T00:00:00Z","parts":[]}"#, "id"),
        (r#"{"id":null,"color":"red","weight":1,"at":"2024-01-01T00:00:00Z","parts":[]}"#, "id"),
        (r#"{"id":"s3cret","color":7,"weight":1,"at":"2024-01-01T00:00:00Z","parts":[]}"#, "color"),
        (r#"{"id":1,"color":"red","weight":1,"at":"2024-01-01T00:00:00Z","parts":[]}"#, "id"),
        (r#"{"id":"s3cret","color":"red","weight":"x","at":"2024-01-01T00:00:00Z","parts":[]}"#, "weight"),
        (r#"{"id":"s3cret","color":"red","weight":1,"at":"yesterday","parts":[]}"#, "at"),
        (
            r#"{"id":"s3cret","color":"red","weight":1,"at":"2024-01-01T00:00:00Z","parts":[{},{"name":null}]}"#,
            "parts[1].name",
        ),
        (r#"{"id":"s3cret","color":"red","weight":1,"at":"2024-01-01T00:00:00Z"}"#, "parts"),
        (r#"{"id":"s3cret","#, ""),
        ("<html>", ""),
        ("", ""),
    ] {
        let Lab { lab, .. } = lab(move |_| reply(200, body));
        let answer = get(lab.address, "/v1/things/a");
        assert_eq!((answer.status, answer.header("content-type")), (502, Some("application/problem+json")));
        assert!(!answer.body.contains(place) || place.len() < 3, "{} tells {place}", answer.body);
        let line = lab.logged(&["malformed", "getThing", place]);
        assert!(!line.contains("s3cret"), "values are not logged: {line}");
    }
}

#[test]
fn every_way_to_fail_has_its_arm() {
    let Lab { lab, .. } = lab(|asked| match id(asked).as_str() {
        "missing" => empty(404),
        "taken" => reply(409, r#"{"reason":"mine"}"#),
        "broken" => reply(503, r#"{"reason":"down"}"#),
        "late" => Reply::Never,
        "page" => Reply::Answer(200, "text/html", "<html>".into()),
        "wrong" => reply(200, "[]"),
        "tea" => empty(418),
        "moved" => empty(302),
        "cut" => Reply::HangUp,
        _ => reply(200, r#"{"id":"fine"}"#),
    });
    for (id, status, says, degraded) in [
        ("fine", 200, r#"{"id":"fine"}"#, false),
        ("missing", 404, "no missing", false),
        ("taken", 409, r#""reason":"mine""#, false),
        ("broken", 200, "from 5xx", true),
        ("late", 503, "It takes too long", false),
        ("page", 200, "malformed", true),
        ("wrong", 200, "malformed", true),
        ("tea", 200, "other", true),
        ("moved", 200, "other", true),
        ("cut", 200, "unreachable", true),
    ] {
        let answer = get(lab.address, &format!("/v1/arms/{id}"));
        assert_eq!(answer.status, status, "{id}: {}", answer.body);
        assert!(answer.body.contains(says), "{id}: {}", answer.body);
        assert_eq!(answer.header("x-degraded").is_some(), degraded, "{id}: {:?}", answer.headers);
    }
}

#[test]
fn a_backend_that_is_not_there_is_unreachable() {
    let back = Backend::start(|_| empty(500));
    let lab = start("lab", &back, &[("BACK_URL", "http://127.0.0.1:1")]);
    assert!(get(lab.address, "/v1/arms/a").body.contains("unreachable"));
    let answer = get(lab.address, "/v1/plain/a");
    assert_eq!((answer.status, answer.header("content-type")), (503, Some("application/problem+json")));
}

#[test]
fn without_an_arm_a_failure_is_a_standard_problem() {
    let Lab { lab, .. } = lab(|asked| match id(asked).as_str() {
        "broken" => reply(503, r#"{"reason":"s3cret"}"#),
        "late" => Reply::Never,
        "wrong" => reply(200, r#"{"no":"s3cret"}"#),
        "half" => Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"id\":\"s3cret\",".to_vec()),
        _ => reply(401, r#"{"reason":"s3cret"}"#),
    });
    for (id, status) in [("broken", 502), ("late", 504), ("wrong", 502), ("half", 502), ("refused", 502)] {
        let answer = get(lab.address, &format!("/v1/plain/{id}"));
        assert_eq!(answer.status, status, "{id}: {}", answer.body);
        assert!(!answer.body.contains("s3cret"), "the body of a backend is not handed on: {}", answer.body);
        assert_eq!(answer.json()["type"], "about:blank");
    }
}

#[test]
fn overflow_by_what_a_backend_says_is_not_the_fault_of_the_caller() {
    let Lab { lab, .. } = lab(|_| reply(200, thing("a").replace('{', r#"{"count":2,"#)));
    let answer = get(lab.address, "/v1/grown");
    assert_eq!((answer.status, answer.json().get("detail")), (502, None));
    lab.logged(&["\"request\"", "\"cause\":\"value: a whole number that does not fit into 64 bits\""]);
}

#[test]
fn the_path_of_a_backend_is_the_declared_one() {
    let Lab { lab, back } = lab(|_| reply(200, thing("x")));
    for (given, sent) in [("a%20b", "a%20b"), ("%C3%A9", "%C3%A9"), ("a%3Fb%3D1%23", "a%3Fb%3D1%23")] {
        assert_eq!(get(lab.address, &format!("/v1/things/{given}")).status, 200, "{given}");
        assert_eq!(back.take().pop().map(|asked| asked.line), Some(format!("GET /things/{sent}")));
    }
    for given in ["%2e%2e", "..", "%00", "a%2Fb", "%ff"] {
        let answer = get(lab.address, &format!("/v1/things/{given}"));
        let lines = back.take();
        let is_inert = lines.iter().all(|asked| asked.line == "GET /things/a%2Fb");
        assert!([400, 404].contains(&answer.status) || is_inert, "{given}: {} {lines:?}", answer.status);
        assert!(is_inert, "{given}: {lines:?}");
    }
}

#[test]
fn a_caller_in_a_hurry_is_answered_in_time() {
    let Lab { lab, .. } = lab(|_| Reply::Never);
    let answer = ask(lab.address, "GET", "/v1/plain/a", &[("Flow-Deadline", "1")], "");
    assert_eq!(answer.status, 504);
}
