//! Whether the line of a request says who did not wait for whom.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::lab::{Lab, Listener, answer};

const LINE: &str = "\"operation\":\"Lab.list\"";
const GONE: &str = "\"status\":499,\"outcome\":\"hung up\"";
const CAUSE: &str = "\"cause\":\"the caller took nothing of the answer for too long\"";

/// More than all that lies between the two ends takes.
fn back() -> Listener {
    let list = format!("[{}\"\"]", format!("\"{}\",", "a".repeat(1_000)).repeat(40_000));
    let list = answer(200, &list);
    Listener::start(move |_| list.clone())
}

fn lab(back: &Listener, patience: &str) -> Lab {
    Lab::start(&back.url, &[("FLOW_WRITE_TIMEOUT_MS", patience)])
}

fn ask(lab: &Lab) -> TcpStream {
    let mut stream = TcpStream::connect(lab.address).expect("it listens");
    stream.write_all(b"GET /list HTTP/1.1\r\nHost: lab\r\n\r\n").expect("it takes it");
    stream.read_exact(&mut [0; 1_000]).expect("the answer begins");
    stream
}

#[test]
fn who_takes_nothing_of_an_answer_is_told_from_who_hangs_up() {
    let back = back();
    let slow = lab(&back, "200");
    let _stream = ask(&slow);
    let line = slow.line_with(&[LINE]);
    assert!(line.contains(GONE) && line.contains(CAUSE), "{line}");
    let patient = lab(&back, "60000");
    drop(ask(&patient));
    let line = patient.line_with(&[LINE]);
    assert!(line.contains(GONE) && !line.contains("cause"), "{line}");
}

#[tokio::test]
async fn and_so_is_who_takes_nothing_of_one_of_many() {
    let back = back();
    let slow = lab(&back, "200");
    let stream = tokio::net::TcpStream::connect(slow.address).await.expect("it listens");
    let (mut send, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    let connection = tokio::spawn(connection);
    let request = http::Request::get("http://lab/list").body(()).expect("it is well formed");
    let (answer, _) = send.send_request(request, true).expect("the connection is open");
    let _answer = answer.await.expect("the answer begins");
    let line = tokio::task::spawn_blocking(move || slow.line_with(&[LINE])).await.expect("nothing panics");
    assert!(line.contains(GONE) && line.contains(CAUSE), "{line}");
    connection.abort();
}
