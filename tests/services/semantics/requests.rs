//! What comes in: parameters and bodies, their faults, and what is refused before any step.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::super::backend::empty;
use super::super::run::client::Answer;
use super::super::{ask, get, post};
use super::{Lab, lab};

/// No backend is asked by what is tested here.
fn alone() -> Lab {
    lab(|_| empty(500))
}

fn echoed(at: SocketAddr, body: &str) -> Value {
    let answer = post(at, "/v1/echo", body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// The places of the faults, in the order in which they are told.
fn places(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    let faults = problem["faults"].as_array().unwrap_or_else(|| panic!("no faults in {problem}"));
    faults.iter().filter_map(|fault| Some(fault["at"].as_str()?.to_owned())).collect()
}

/// A conversion that fails says of which part of what is made, by its names and numbers alone.
#[test]
fn what_cannot_be_made_says_where() {
    let Lab { lab, .. } = alone();
    let made = |body: &str| post(lab.address, "/v1/sheets", body);
    assert_eq!(made(r#"{"parts":[{"day":"2024-01-01","share":5}],"rows":[[],[5]]}"#).status, 200);
    for (body, said) in [
        (r#"{"total":0}"#, "total: a division by zero"),
        (r#"{"asked":0}"#, "id: a division by zero"),
        (r#"{"times":0}"#, "times: a division by zero"),
        (r#"{"since":"soon"}"#, "since: not a text of the form `yyyy-MM-dd`"),
        (r#"{"first":"soon"}"#, "first.day: not a text of the form `yyyy-MM-dd`"),
        (
            r#"{"parts":[{"day":"soon","share":99},{"day":"soon","share":5}]}"#,
            "parts[1].day: not a text of the form `yyyy-MM-dd`",
        ),
        (r#"{"parts":[{"day":"soon","share":99},{"day":"","share":0}]}"#, "parts[1]: a division by zero"),
        (r#"{"days":["2024-01-01","soon"]}"#, "days[1]: not a text of the form `yyyy-MM-dd`"),
        (r#"{"rows":[[1],[2,3,0]]}"#, "rows[1].cells[2]: a division by zero"),
        (r#"{"pair":0}"#, "pair[1]: a division by zero"),
        (r#"{"counts":0}"#, "counts.a b: a division by zero"),
    ] {
        let answer = made(body);
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (400, Some(said)), "{body}");
    }
}

#[test]
fn all_faults_of_a_body_are_in_one_answer() {
    let Lab { lab, .. } = alone();
    let answer = post(
        lab.address,
        "/v1/echo",
        r#"{"name":"toolong","count":11,"color":"pink","weight":1.234,"day":"2023-02-29","at":"2024-01-01T00:00:00",
            "code":"ab","tags":["a","b","long"],"counts":{"a":"x"},"data":"%"}"#,
    );
    let expected = [
        "body.name",
        "body.count",
        "body.color",
        "body.weight",
        "body.day",
        "body.at",
        "body.code",
        "body.tags",
        "body.counts.a",
        "body.data",
    ];
    let found = places(&answer);
    for place in expected {
        assert!(found.iter().any(|found| found.starts_with(place)), "{place} is not in {found:?}");
    }
    assert!(!answer.body.contains("pink"), "values of callers are not sent back: {}", answer.body);
}

#[test]
fn all_faults_of_parameters_and_body_are_in_one_answer() {
    let Lab { lab, .. } = alone();
    let target = "/v1/asked/0?many=toolong&ratio=x&since=2024-13-01&limit=101&color=pink";
    let answer = ask(lab.address, "GET", target, &[("X-Trace", "ab")], "");
    let found = places(&answer);
    assert_eq!(found.len(), 7, "{found:?}");
}

#[test]
fn what_is_left_out_gets_its_default() {
    let Lab { lab, .. } = alone();
    let expected = json!({"name":"ab","count":3,"color":"green","tags":[],"counts":{}});
    assert_eq!(echoed(lab.address, r#"{"name":"ab"}"#), expected);
    assert_eq!(echoed(lab.address, r#"{"name":"ab","weight":null,"shape":null}"#), expected);
    let asked = get(lab.address, "/v1/asked/1").json();
    assert_eq!(asked, json!({"id":1,"many":[],"trace":"none","crumb":"no crumb","limit":20}));
}

#[test]
fn parameters_come_from_path_query_header_and_cookie() {
    let Lab { lab, .. } = alone();
    let headers = [("X-Trace", "abc"), ("Cookie", "other=1; crumb=c%20c; last=2")];
    let target = "/v1/asked/%37?many=a&many=b%26&ratio=-0.5&since=2024-02-29&limit=1&color=blue";
    let answer = ask(lab.address, "GET", target, &headers, "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let asked = answer.json();
    assert_eq!(asked["id"], 7);
    assert_eq!(asked["many"], json!(["a", "b&"]));
    assert_eq!(asked["ratio"], -0.5);
    assert_eq!((&asked["since"], &asked["trace"]), (&json!("2024-02-29"), &json!("abc")));
    assert_eq!((&asked["limit"], &asked["color"]), (&json!(1), &json!("blue")));
}

#[test]
fn unions_are_told_apart_by_tag_and_by_shape() {
    let Lab { lab, .. } = alone();
    for part in [
        r#""shape":{"kind":"circle","radius":1.50}"#,
        r#""shape":{"kind":"square","side":10}"#,
        r#""contact":{"mail":"a@example.com"}"#,
        r#""contact":{"street":"Elm"}"#,
    ] {
        let answer = post(lab.address, "/v1/echo", &format!(r#"{{"name":"ab",{part}}}"#));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains(part), "{part} is not in {}", answer.body);
    }
    for (part, place) in [
        (r#""shape":{"kind":"oval"}"#, "body.shape.kind"),
        (r#""shape":{"side":1}"#, "body.shape.kind"),
        (r#""shape":{"kind":"square","side":11}"#, "body.shape.side"),
        // Told apart by trying: it is not known which of them was meant, and so not which field is wrong.
        (r#""contact":{"mail":"no mail"}"#, "body.contact"),
        (r#""contact":{}"#, "body.contact"),
    ] {
        let found = places(&post(lab.address, "/v1/echo", &format!(r#"{{"name":"ab",{part}}}"#)));
        assert_eq!(found, [place], "{part}");
    }
}

#[test]
fn values_are_exact() {
    let Lab { lab, .. } = alone();
    for part in [
        r#""weight":0.10"#,
        r#""weight":123456789012345678901234.56"#,
        r#""at":"2024-02-29T23:59:59.123456789+05:30""#,
        r#""day":"0001-01-01""#,
        r#""data":"AAEC/w==""#,
        r#""extra":{"b":[1,2.50,"\u00e9",null],"a":1e2}"#,
        r#""counts":{"z":9223372036854775807,"a":-9223372036854775808}"#,
    ] {
        let answer = post(lab.address, "/v1/echo", &format!(r#"{{"name":"ab",{part}}}"#));
        assert_eq!(answer.status, 200, "{part}: {}", answer.body);
        let part = part.replace("\\u00e9", "é");
        assert!(answer.body.contains(&part), "{part} is not in {}", answer.body);
    }
}

#[test]
fn what_nobody_declared_never_comes_out() {
    let Lab { lab, .. } = alone();
    let answer = post(lab.address, "/v1/echo", r#"{"name":"ab","isAdmin":true,"__proto__":{}}"#);
    assert!([200, 400].contains(&answer.status) && !answer.body.contains("true"), "{}", answer.body);
}

#[test]
fn broken_json_is_refused_with_its_place() {
    let Lab { lab, .. } = alone();
    for body in [
        "",
        "{",
        r#"{"name":"ab"} x"#,
        r#"{"name":"ab","name":"ab"}"#,
        r#"{"name":NaN}"#,
        "[]",
        "null",
        r#"{"name":"\ud800"}"#,
        r#"{"name":"ab","weight":1e999}"#,
    ] {
        let answer = post(lab.address, "/v1/echo", body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{body}");
    }
    let deep = format!(r#"{{"name":"ab","extra":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(post(lab.address, "/v1/echo", &deep).status, 400);
}

#[test]
fn what_has_no_operation_is_a_problem() {
    let Lab { lab, .. } = alone();
    for (method, target, headers, status) in [
        ("GET", "/v1/nowhere", &[][..], 404),
        ("GET", "/", &[], 404),
        ("GET", "/v1/asked/1/2", &[], 404),
        ("PATCH", "/v1/old", &[], 405),
        ("POST", "/v1/echo", &[("Content-Type", "text/plain")], 415),
    ] {
        let answer = ask(lab.address, method, target, headers, r#"{"name":"ab"}"#);
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{target}");
        assert_eq!(answer.json()["status"], status, "{target}");
    }
    assert_eq!(ask(lab.address, "PATCH", "/v1/old", &[], "").header("allow"), Some("GET, HEAD"));
    let large = format!(r#"{{"name":"ab","extra":"{}"}}"#, "x".repeat(3 << 20));
    assert_eq!(post(lab.address, "/v1/echo", &large).status, 413);
}

#[test]
fn head_is_get_without_a_body() {
    let Lab { lab, .. } = alone();
    let (answer, whole) = (ask(lab.address, "HEAD", "/v1/old", &[], ""), get(lab.address, "/v1/old"));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("content-length"), Some(whole.body.len().to_string().as_str()));
    assert_eq!(answer.header("content-type"), whole.header("content-type"));
    assert_eq!(ask(lab.address, "HEAD", "/v1/failing", &[], "").status, 409);
}

#[test]
fn what_is_deprecated_says_so() {
    let Lab { lab, .. } = alone();
    let answer = get(lab.address, "/v1/old");
    assert_eq!(answer.header("deprecation"), Some("@1767225600"));
    assert_eq!(answer.header("sunset"), Some("Fri, 01 Jan 2027 00:00:00 GMT"));
    assert_eq!(answer.header("link"), Some("<https://example.com/old>; rel=\"deprecation\""));
    assert_eq!(get(lab.address, "/v1/asked/1").header("deprecation"), None);
}

#[test]
fn problems_carry_their_members() {
    let Lab { lab, .. } = alone();
    let answer = get(lab.address, "/v1/failing");
    assert_eq!(answer.status, 409);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let expected = json!({
        "type": "urn:problem:semantics:taken", "title": "It is taken", "status": 409, "detail": "said so",
        "reason": "a \"reason\"", "times": 2, "first": "2024-02-29",
    });
    assert_eq!(answer.json(), expected);
}

#[test]
fn an_answer_without_a_body_has_none() {
    let Lab { lab, .. } = alone();
    let answer = ask(lab.address, "DELETE", "/v1/nothing", &[], "");
    assert_eq!(answer.said(), (204, ""));
    assert_eq!((answer.header("content-length"), answer.header("content-type")), (None, None));
}

#[test]
fn arithmetic_that_has_no_result_is_the_fault_of_whom_the_numbers_come_from() {
    let Lab { lab, .. } = alone();
    assert_eq!(get(lab.address, "/v1/product?a=-3&b=4").said(), (200, r#"{"value":-12}"#));
    assert_eq!(get(lab.address, "/v1/product?a=9223372036854775807&b=2").status, 400);
    assert_eq!(get(lab.address, "/v1/quotient?a=1.0&b=8").json(), json!({"value": 0.125}));
    assert_eq!(get(lab.address, "/v1/quotient?a=1&b=0").status, 400);
}

#[test]
fn a_rate_is_kept_and_told() {
    let Lab { lab, .. } = alone();
    assert_eq!(get(lab.address, "/v1/rare").status, 200);
    assert_eq!(get(lab.address, "/v1/rare").status, 200);
    let answer = get(lab.address, "/v1/rare");
    assert_eq!((answer.status, answer.header("content-type")), (429, Some("application/problem+json")));
    let wait: u32 =
        answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("when to come back");
    assert!((1..=60).contains(&wait), "{wait}");
}
