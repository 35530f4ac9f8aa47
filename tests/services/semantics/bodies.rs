//! What a backend is sent: parameters in all their styles, and bodies of all kinds.

use super::super::backend::{empty, json as reply};
use super::super::{ask, post};
use super::{Lab, lab};

#[test]
fn parameters_are_sent_in_the_styles_of_the_contract() {
    let Lab { lab, back } = lab(|_| reply(200, r#"{"id":"made"}"#));
    assert_eq!(ask(lab.address, "GET", "/v1/styles", &[], "").said(), (200, r#"{"id":"made"}"#));
    let asked = back.take().pop().expect("a request");
    let (path, query) = asked.line.split_once('?').expect("a query");
    assert_eq!(path, "GET /styles/.blue,b%2Fc/x,y%20z");
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    let expected =
        ["comma=1,2", "filter%5Bkind%5D=k%3D1", "filter%5Bsize%5D=2", "many=1", "many=a%26b", "piped=p%7Cq"];
    assert_eq!(pairs, expected);
    assert_eq!(asked.header("x-tags"), Some("t1,t2"));
    assert_eq!(asked.header("cookie"), Some("crumb=c1"));
}

#[test]
fn json_is_sent_exactly() {
    let Lab { lab, back } = lab(|_| reply(201, r#"{"id":"made"}"#));
    let target = "/v1/exact?weight=1234567890.1234567890&at=2024-03-31T01:30:00%2B01:00";
    assert_eq!(post(lab.address, target, "").status, 201);
    let asked = back.take().pop().expect("a request");
    assert_eq!(asked.line, "POST /things");
    assert_eq!(
        asked.text(),
        r#"{"name":"exact","weight":1234567890.1234567890,"at":"2024-03-31T01:30:00+01:00"}"#
    );
    assert_eq!(asked.header("content-type"), Some("application/json"));
}

#[test]
fn forms_are_sent_as_forms() {
    let Lab { lab, back } = lab(|_| empty(204));
    assert_eq!(post(lab.address, "/v1/forms?name=a%26b%3D%20%C3%A9", "").status, 204);
    let asked = back.take().pop().expect("a request");
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.text(), "name=a%26b%3D%20%C3%A9&amount=5&tags=a&tags=b%20c");
}

const BYTES: &[u8] = b"\x00\xff\r\n--x\r\n";

#[test]
fn parts_are_sent_as_parts() {
    let Lab { lab, back } = lab(|_| empty(204));
    let headers = [("Content-Type", "application/octet-stream")];
    assert_eq!(ask(lab.address, "POST", "/v1/parts", &headers, BYTES).said(), (204, ""));
    let asked = back.take().pop().expect("a request");
    let media_type = asked.header("content-type").expect("a media type");
    let boundary =
        media_type.strip_prefix("multipart/form-data; boundary=").expect("parts").trim_matches('"');
    let title = "Content-Disposition: form-data; name=\"title\"";
    let body = &asked.body;
    let has = |part: &[u8]| body.windows(part.len()).any(|window| window == part);
    assert!(has(title.as_bytes()) && has(b"a \"title\"\r\n") && has(b"name=\"file\""), "{}", asked.text());
    assert!(has(&[b"\r\n\r\n", BYTES, b"\r\n--", boundary.as_bytes()].concat()), "{}", asked.text());
    assert!(body.ends_with(format!("\r\n--{boundary}--\r\n").as_bytes()), "{}", asked.text());
}

#[test]
fn bytes_are_sent_as_they_came() {
    let Lab { lab, back } = lab(|_| empty(204));
    let headers = [("Content-Type", "application/octet-stream")];
    assert_eq!(ask(lab.address, "PUT", "/v1/blobs/b", &headers, BYTES).said(), (204, ""));
    let asked = back.take().pop().expect("a request");
    assert_eq!((asked.line.as_str(), asked.body.as_slice()), ("PUT /blobs/b", BYTES));
    assert_eq!(asked.header("content-type"), Some("application/octet-stream"));
}
