//! Answers that are none, or not what they say they are.

use std::time::{Duration, Instant};

use flow_std::client::{Client, ClientSettings};
use flow_std::codec::Decode;
use flow_std::failure::{Answer, CallFailure};

use super::backend::{Backend, answer, block_on, client, context, context_of, ok, patient, service_keys};

fn get(client: &Client) -> Result<Answer, CallFailure> {
    block_on(client.read("Erp.get", "GET").path("/x").send(&context()))
}

fn text(client: &Client) -> Result<String, CallFailure> {
    get(client)?.json(String::decode, "Erp.get")
}

fn impatient(backend: &Backend) -> Client {
    client(ClientSettings { timeout: Duration::from_millis(200), ..patient(backend.url()) })
}

/// What a backend that answers with these bytes leads to.
fn told(bytes: impl Into<Vec<u8>>) -> Result<String, CallFailure> {
    text(&Backend::answering(bytes).client())
}

#[test]
fn an_answer_is_read() {
    assert_eq!(told(ok("\"a\"")).expect("an answer"), "a");
    assert_eq!(
        told("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n\"a\"").expect("no content type is fine"),
        "a"
    );
    assert_eq!(
        told(answer("200 OK", "application/vnd.erp+json; charset=utf-8", "\"a\"")).expect("JSON"),
        "a"
    );
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n\"a\r\n2\r\nb\"\r\n0\r\n\r\n";
    assert_eq!(told(chunked).expect("an answer in two pieces"), "ab");
}

#[test]
fn a_backend_that_never_answers_is_a_timeout() {
    let backend = Backend::new(|mut connection| connection.wait_for_end());
    let begun = Instant::now();
    assert!(matches!(get(&impatient(&backend)), Err(CallFailure::Timeout)));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_body_that_drips_is_a_timeout() {
    let backend = Backend::new(|mut connection| {
        connection.request();
        connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
        while connection.write(b" ") {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    assert!(matches!(get(&impatient(&backend)), Err(CallFailure::Timeout)));
}

#[test]
fn the_deadline_ends_a_call_before_its_own_timeout() {
    let backend = Backend::new(|mut connection| connection.wait_for_end());
    let client = backend.client();
    let begun = Instant::now();
    let cx = context_of(Duration::from_millis(100));
    let end = block_on(client.read("Erp.get", "GET").path("/x").send(&cx));
    assert!(matches!(end, Err(CallFailure::Timeout)));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_call_may_have_a_timeout_of_its_own() {
    let backend = Backend::new(|mut connection| connection.wait_for_end());
    let client = backend.client();
    let cx = context().with_timeout(Duration::from_millis(50));
    let end = block_on(client.read("Erp.get", "GET").path("/x").send(&cx));
    assert!(matches!(end, Err(CallFailure::Timeout)));
}

#[test]
fn after_the_deadline_nothing_is_sent() {
    let backend = Backend::answering(ok("1"));
    let client = backend.client();
    let end = block_on(client.read("Erp.get", "GET").path("/x").send(&context_of(Duration::ZERO)));
    assert!(matches!(end, Err(CallFailure::Timeout)));
    assert_eq!(backend.connections(), 0);
}

#[test]
fn a_connection_that_breaks_is_unreachable() {
    for bytes in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-ty",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n\"a\"",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n\"a\"\r\n",
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 100\r\n\r\n{}",
    ] {
        let end = told(bytes);
        assert!(matches!(end, Err(CallFailure::BrokenOff(_))), "{bytes:?} {end:?}");
    }
}

#[test]
fn a_port_where_nobody_listens_is_unreachable() {
    let backend = Backend::answering("");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let url = format!("http://{}", nobody.unwrap_or(backend.address));
    assert!(matches!(get(&client(patient(url))), Err(CallFailure::Unreachable(_))));
}

#[test]
fn what_is_no_http_is_malformed() {
    for bytes in [
        "hello\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\n\"a\"  ",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\"a\"\r\n0\r\n\r\n",
    ] {
        let end = told(bytes);
        assert!(matches!(end, Err(CallFailure::Malformed(_))), "{bytes:?} {end:?}");
    }
}

#[test]
fn s020_a_head_of_any_size_is_not_read() {
    let many = "a: b\r\n".repeat(1_000);
    let large = format!("a: {}\r\n", "b".repeat(1_000_000));
    for headers in [many, large] {
        let end = told(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 3\r\n\r\n\"a\""));
        assert!(matches!(end, Err(CallFailure::Malformed(_))), "{end:?}");
    }
}

#[test]
fn s008_s009_a_body_that_is_not_the_json_of_the_contract_is_malformed() {
    let page = answer("200 OK", "text/html", "<h1>Sign in</h1>");
    let lying = answer("200 OK", "text/html", "\"a\"");
    let other = answer("200 OK", "application/octet-stream", "\"a\"");
    let none = "HTTP/1.1 204 No Content\r\n\r\n".to_owned();
    for bytes in [ok("\"a"), ok("1"), ok(""), ok("\"a\" x"), page, lying, other, none] {
        let end = told(bytes.clone());
        assert!(matches!(end, Err(CallFailure::Malformed(_))), "{bytes:?} {end:?}");
    }
}

#[test]
fn s013_a_compressed_body_is_malformed() {
    let zipped = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\"a\"";
    assert!(matches!(told(zipped), Err(CallFailure::Malformed(_))));
    let plain = "HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-length: 3\r\n\r\n\"a\"";
    assert_eq!(told(plain).expect("nothing was done to it"), "a");
}

/// Sends a hundred megabytes, or as much of it as anybody takes.
fn huge(head: &'static str) -> Backend {
    Backend::new(move |mut connection| {
        connection.request();
        connection.write(head.as_bytes());
        let piece = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        for _ in 0..1_600 {
            if !connection.write(&piece) {
                return;
            }
        }
    })
}

#[test]
fn s012_a_body_of_any_size_is_not_read() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
    ] {
        let end = get(&huge(head).client());
        assert!(matches!(end, Err(CallFailure::Malformed(_))), "{head}");
    }
}

#[test]
fn a_status_counts_without_its_body() {
    let end = get(&huge("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n").client());
    let answer = end.expect("an answer");
    assert!(answer.clone().fail().is_status(404));
    assert!(answer.json(String::decode, "Erp.get").is_err());
}

#[test]
fn that_nothing_was_done_is_believed_of_our_own_services_only() {
    let told = "HTTP/1.1 502 -\r\nflow-outcome: nothing-done\r\ncontent-length: 0\r\n\r\n";
    let silent = "HTTP/1.1 502 -\r\ncontent-length: 0\r\n\r\n";
    for (bytes, is_ours, is_believed) in [(told, true, true), (told, false, false), (silent, true, false)] {
        let backend = Backend::answering(bytes);
        let calling = is_ours.then(service_keys);
        let client = client(ClientSettings { calling, ..patient(backend.url()) });
        let cx = context();
        let answer = block_on(client.write("Stock.reserve", "POST").path("/x").send(&cx)).expect("an answer");
        assert_eq!(answer.fail().has_done_nothing(), is_believed, "{bytes} {is_ours}");
        assert_eq!(cx.may_have_done(), !is_believed);
    }
}

#[test]
fn s014_a_redirect_is_not_followed() {
    let elsewhere = Backend::answering(ok("\"stolen\""));
    let to = elsewhere.url();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let head = format!("HTTP/1.1 {status}\r\nlocation: {to}/x\r\ncontent-length: 0\r\n\r\n");
        let answer = get(&Backend::answering(head).client()).expect("an answer");
        assert!(answer.fail().is_class(3), "{status}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn s011_interim_answers_are_not_the_answer() {
    let hints = format!("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n{}", ok("\"a\""));
    assert_eq!(told(hints).expect("the final answer"), "a");
    let other = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n";
    let end = get(&Backend::answering(other).client());
    assert!(!matches!(&end, Ok(answer) if (200..300).contains(&answer.status())), "{end:?}");
}

#[test]
fn text_and_bytes_are_read() {
    let csv = get(&Backend::answering(answer("200 OK", "text/csv", "a;b\n")).client()).expect("an answer");
    assert_eq!(csv.text("text/csv").expect("text"), "a;b\n");
    assert_eq!(csv.binary("text/csv").expect("bytes").as_slice(), b"a;b\n");
    let page = get(&Backend::answering(answer("200 OK", "text/html", "<p>")).client()).expect("an answer");
    assert!(page.text("text/csv").is_err() && page.binary("application/pdf").is_err());
    assert_eq!(page.text("text/html").expect("a page that was asked for"), "<p>");
    let latin = get(&Backend::answering(answer("200 OK", "text/csv", "a")).client()).expect("an answer");
    assert_eq!(latin.text("text/*").expect("text"), "a");
}

#[test]
fn lines_of_json_are_read() {
    let lines = answer("200 OK", "application/x-ndjson", "\"a\"\n\n\"b\"\r\n");
    let lines = get(&Backend::answering(lines).client()).expect("an answer");
    assert_eq!(lines.json_lines(String::decode, "Erp.get").expect("two values"), ["a", "b"]);
    let cut = get(&Backend::answering(answer("200 OK", "application/x-ndjson", "\"a\"\n\"b")).client());
    assert!(cut.expect("an answer").json_lines(String::decode, "Erp.get").is_err());
}
