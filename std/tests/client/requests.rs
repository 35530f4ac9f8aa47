//! What stands on the wire: addresses that cannot leave their template, parameters, credentials and bodies.

use std::time::Duration;

use flow_std::Json;
use flow_std::client::{Call, Client, ClientSettings, KeyPlace, OutboundAuth, Tls};
use flow_std::codec::Style;
use flow_std::codec::multipart::Part;
use flow_std::failure::{Answer, CallFailure};
use flow_std::http::Secret;
use flow_std::value::Bytes;

use super::backend::{Backend, block_on, client, context, context_of, ok, patient, service_keys};

/// The request that a backend with these settings sees.
fn sent(
    settings: impl FnOnce(&mut ClientSettings),
    method: &'static str,
    fill: impl FnOnce(&mut Call<'_>),
) -> String {
    let backend = Backend::answering(ok("1"));
    let mut own = patient(backend.url());
    settings(&mut own);
    send(&client(own), method, fill).expect("an answer");
    backend.seen().pop().expect("one request")
}

fn send(
    client: &Client,
    method: &'static str,
    fill: impl FnOnce(&mut Call<'_>),
) -> Result<Answer, CallFailure> {
    let mut call = client.write("Erp.do", method);
    fill(&mut call);
    block_on(call.send(&context()))
}

fn first_line(request: &str) -> &str {
    request.lines().next().unwrap_or_default()
}

fn has(request: &str, header: &str) -> bool {
    request.lines().take_while(|line| !line.is_empty()).any(|line| line == header)
}

#[test]
fn values_stay_where_the_template_has_them() {
    let request = sent(
        |settings| settings.url.push_str("/api/"),
        "GET",
        |call| {
            call.path("/customers/").segment("id", "a/..b?c#d").path("/orders");
            call.query("from", "1&to=2").query("ä", "+ %");
        },
    );
    let line = "GET /api/customers/a%2F..b%3Fc%23d/orders?from=1%26to%3D2&%C3%A4=%2B%20%25 HTTP/1.1";
    assert_eq!(first_line(&request), line);
}

#[test]
fn what_could_lead_elsewhere_is_not_sent() {
    let backend = Backend::answering(ok("1"));
    let client = backend.client();
    for value in ["", ".", "..", "a/../b"] {
        assert!(
            send(&client, "GET", |call| {
                call.path("/customers/").segment("id", value);
            })
            .is_err(),
            "{value}"
        );
    }
    let end = send(&client, "GET", |call| {
        call.path("/customers/").segment("id", "1").path("/orders/").segment("order", "..");
    });
    let says = "request is not sent: the parameter `order` of the path must not be `.` or `..`, nor have it between slashes";
    assert!(end.is_err_and(|failure| failure.to_string().contains(says)), "which one it is");
    for name in ["Content-Length", "Transfer-Encoding", "Connection", "Cookie", "a b", ""] {
        let end = send(&client, "GET", |call| {
            call.path("/x").header(name, "1");
        });
        assert!(end.is_err(), "{name}");
    }
    for value in ["a\r\nX-Admin: 1", "a\nb", "ä", "\0"] {
        assert!(
            send(&client, "GET", |call| {
                call.path("/x").header("X-A", value);
            })
            .is_err(),
            "{value}"
        );
    }
    assert_eq!(backend.connections(), 0);
}

#[test]
fn headers_and_cookies_stand_beside_those_of_every_call() {
    let request = sent(
        |settings| settings.headers.push(("X-Tenant".into(), "north".into())),
        "GET",
        |call| {
            call.path("/x").header("X-Trace", "t 1").cookie("a", "1").cookie("b", "x;y=ä");
        },
    );
    for header in ["x-tenant: north", "x-trace: t 1", "cookie: a=1; b=x%3By%3D%C3%A4"] {
        assert!(has(&request, header), "{header} in {request}");
    }
}

#[test]
fn lists_and_records_are_written_in_their_styles() {
    let colours = vec!["blue".to_owned(), "a,b".to_owned()];
    let filter = Json::parse(r#"{"from":1,"to":null,"by":"x&y"}"#).expect("it is JSON");
    let request = sent(
        |_| {},
        "GET",
        |call| {
            call.path("/a").segment_value(Style::Matrix, "c", &colours).path("/b/");
            call.segment_value(Style::Simple, "c", &colours);
            call.query_value(Style::FormExploded, "c", &colours).query_value(Style::Form, "d", &colours);
            call.query_value(Style::PipeDelimited, "e", &colours).query_value(
                Style::DeepObject,
                "f",
                &filter,
            );
            call.query_value(Style::Json, "g", &vec![1_i64]).query_value(Style::Form, "h", &None::<i64>);
            call.header_value(Style::Simple, "X-C", &colours).header_value(
                Style::Simple,
                "X-N",
                &None::<i64>,
            );
            call.cookie_value(Style::Form, "c", &colours).cookie_value(Style::Form, "n", &None::<i64>);
        },
    );
    let line = "GET /a;c=blue,a%2Cb/b/blue,a%2Cb?c=blue&c=a%2Cb&d=blue,a%2Cb&e=blue%7Ca%2Cb\
                &f%5Bfrom%5D=1&f%5Bby%5D=x%26y&g=%5B1%5D HTTP/1.1";
    assert_eq!(first_line(&request), line);
    assert!(has(&request, "x-c: blue,a,b") && has(&request, "cookie: c=blue,a%2Cb"), "{request}");
    assert!(!request.contains("x-n"), "{request}");
}

#[test]
fn nothing_is_asked_for_that_is_not_read() {
    let request = sent(
        |_| {},
        "GET",
        |call| {
            call.path("/x");
        },
    );
    let names: Vec<_> = request.lines().skip(1).filter_map(|line| line.split_once(": ")).collect();
    // The trace asks for nothing.
    assert!(names.iter().all(|(name, _)| ["host", "traceparent"].contains(name)), "{request}");
}

#[test]
fn every_call_shows_who_we_are() {
    let secret = || Secret::new("s3cret");
    let key = |place| OutboundAuth::ApiKey { key: secret(), place };
    let basic = OutboundAuth::Basic { user: "ada".into(), password: secret() };
    let cases = [
        (OutboundAuth::Bearer { token: secret() }, "authorization: Bearer s3cret"),
        (basic, "authorization: Basic YWRhOnMzY3JldA=="),
        (key(KeyPlace::Header("X-Api-Key".into())), "x-api-key: s3cret"),
        (key(KeyPlace::Cookie("key".into())), "cookie: key=s3cret; a=1"),
    ];
    for (auth, header) in cases {
        let request = sent(
            |settings| settings.auth = auth,
            "GET",
            |call| {
                call.path("/x").cookie("a", "1");
            },
        );
        assert!(has(&request, header), "{header} in {request}");
    }
    let in_query = key(KeyPlace::Query("api key".into()));
    let request = sent(
        |settings| settings.auth = in_query,
        "GET",
        |call| {
            call.path("/x").query("a", "1");
        },
    );
    assert_eq!(first_line(&request), "GET /x?api%20key=s3cret&a=1 HTTP/1.1");
}

#[test]
fn no_parameter_says_who_we_are() {
    let request = sent(
        |settings| settings.auth = OutboundAuth::Bearer { token: Secret::new("ours") },
        "GET",
        |call| {
            call.path("/x").header("Authorization", "Bearer theirs");
        },
    );
    assert!(has(&request, "authorization: Bearer ours") && !request.contains("theirs"), "{request}");
}

#[test]
fn a_large_body_comes_across_whole() {
    let large = "0123456789".repeat(300_000);
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x").text(&large).media_type("text/csv");
        },
    );
    assert!(has(&request, "content-type: text/csv") && has(&request, "content-length: 3000000"));
    assert!(request.ends_with(&format!("\r\n\r\n{large}")));
}

#[test]
fn settings_that_cannot_work_are_refused_at_start_and_not_shown() {
    let url = || ClientSettings::new("http://localhost");
    let bearer = OutboundAuth::Bearer { token: Secret::new("hush\nhush") };
    let cookie = KeyPlace::Cookie("key".into());
    let in_cookie = OutboundAuth::ApiKey { key: Secret::new("hush;hush"), place: cookie };
    let colon = OutboundAuth::Basic { user: "a:hush".into(), password: Secret::new("p") };
    let framing = vec![("Content-Length".into(), "1".into())];
    let lines = vec![("X-A".into(), "hush\r\nhush".into())];
    for settings in [
        ClientSettings::new("https://user:hush@localhost"),
        ClientSettings::new("file:///hush"),
        ClientSettings { auth: bearer, ..url() },
        ClientSettings { auth: in_cookie, ..url() },
        ClientSettings { auth: colon, ..url() },
        ClientSettings { headers: framing, ..url() },
        ClientSettings { headers: lines, ..url() },
        ClientSettings {
            tls: Tls { ca: Some("hush".into()), ..Tls::default() },
            ..ClientSettings::new("https://localhost")
        },
    ] {
        let error = Client::new("Erp", settings).err().expect("a setting that cannot work");
        assert!(error.starts_with("backend Erp: ") && !error.contains("hush"), "{error}");
    }
}

#[test]
fn bodies_say_what_they_are() {
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x").json(&vec!["a".to_owned()]);
        },
    );
    assert!(
        has(&request, "content-type: application/json") && request.ends_with("\r\n\r\n[\"a\"]"),
        "{request}"
    );
    let request = sent(
        |_| {},
        "PUT",
        |call| {
            call.path("/x").text("ä");
        },
    );
    assert!(
        has(&request, "content-type: text/plain; charset=utf-8") && request.ends_with("\r\n\r\nä"),
        "{request}"
    );
    let pdf = Bytes::new(b"%PDF".to_vec());
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x").binary(&pdf, "application/pdf");
        },
    );
    assert!(has(&request, "content-type: application/pdf") && request.ends_with("\r\n\r\n%PDF"), "{request}");
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x").json_lines(&[1_i64, 2]);
        },
    );
    assert!(
        has(&request, "content-type: application/x-ndjson") && request.ends_with("\r\n\r\n1\n2\n"),
        "{request}"
    );
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x");
        },
    );
    assert!(has(&request, "content-length: 0"), "{request}");
}

#[test]
fn forms_and_parts_are_made_of_records() {
    let record =
        Json::parse(r#"{"name":"Ada & Co","tags":["a","b"],"file":"JVBERg=="}"#).expect("it is JSON");
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x").form(&record, &[("tags", Style::Form)]);
        },
    );
    assert!(has(&request, "content-type: application/x-www-form-urlencoded"), "{request}");
    assert!(request.ends_with("\r\n\r\nname=Ada%20%26%20Co&tags=a,b&file=JVBERg%3D%3D"), "{request}");
    let request = sent(
        |_| {},
        "POST",
        |call| {
            call.path("/x").multipart(&record, &[("file", Part::Binary)]);
        },
    );
    let (head, body) = request.split_once("\r\n\r\n").expect("a head and a body");
    let boundary =
        head.lines().find_map(|line| line.strip_prefix("content-type: multipart/form-data; boundary="));
    let boundary = boundary.expect("a boundary");
    assert!(body.ends_with(&format!("--{boundary}--\r\n")), "{body}");
    assert!(body.contains("name=\"name\"\r\n\r\nAda & Co\r\n"), "{body}");
    assert!(
        body.contains("filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n%PDF\r\n"),
        "{body}"
    );
    assert_eq!(body.matches(boundary).count(), 5);
}

#[test]
fn a_service_of_the_project_is_told_who_calls_and_until_when() {
    let backend = Backend::answering(ok("1"));
    let client = client(ClientSettings::service(backend.url(), service_keys()));
    let cx = context_of(Duration::from_secs(9));
    block_on(client.read("Stock.get", "GET").path("/v1/x").send(&cx)).expect("an answer");
    let request = backend.seen().pop().expect("one request");
    assert!(has(&request, "x-request-id: r-1"), "{request}");
    let token = request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
    let caller = token.and_then(|token| service_keys().caller(token, "Erp"));
    assert_eq!(caller.and_then(|caller| caller.service).as_deref(), Some("Orders"), "{request}");
    let left = request.lines().find_map(|line| line.strip_prefix("flow-deadline: ")?.parse().ok());
    assert!(matches!(left, Some(1..=9_000)), "{request}");
}
