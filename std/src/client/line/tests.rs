//! Answers as they come in whole, in pieces, cut off and made up by somebody hostile; and connections that are used again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use http::Method;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWriteExt, DuplexStream, ReadBuf, duplex};

use super::*;
use crate::client::outgoing::Outgoing;

/// How a backend ends when it has said all that it has to say.
#[derive(Clone, Copy)]
enum End {
    Closed,
    Reset,
    Silent,
}

/// A backend that says what it has to say, whatever it is told.
struct Script {
    says: VecDeque<Vec<u8>>,
    end: End,
    /// How many bytes it takes at once, and how many of them all.
    takes: usize,
    room: usize,
    /// What it does with more: it refuses it, or lets it wait.
    refuses: bool,
    took: Arc<Mutex<Vec<u8>>>,
}

impl Script {
    fn new(says: &[&[u8]], end: End) -> Script {
        let says = says.iter().filter(|part| !part.is_empty()).map(|part| part.to_vec()).collect();
        Script { says, end, takes: usize::MAX, room: usize::MAX, refuses: false, took: Arc::default() }
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut part) = self.says.pop_front() else {
            return match self.end {
                End::Closed => Poll::Ready(Ok(())),
                End::Reset => Poll::Ready(Err(ErrorKind::ConnectionReset.into())),
                End::Silent => Poll::Pending,
            };
        };
        let later = part.split_off(part.len().min(buffer.remaining()));
        buffer.put_slice(&part);
        if !later.is_empty() {
            self.says.push_front(later);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Script {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.room == 0 {
            return match self.refuses {
                true => Poll::Ready(Err(ErrorKind::BrokenPipe.into())),
                false => Poll::Pending,
            };
        }
        let count = bytes.len().min(self.takes).min(self.room);
        self.room -= count;
        self.took.lock().expect("no panic").extend_from_slice(&bytes[..count]);
        cx.waker().wake_by_ref();
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.poll_write(cx, &all)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn outgoing(method: Method, body: &str) -> Outgoing {
    let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("erp"))]);
    Outgoing { method, target: "/x?y=z".to_owned(), headers, body: Bytes::from(body.to_owned()) }
}

/// The status, the body, and whether the connection is good for another request.
type Answered = (u16, String, bool);

async fn answered(line: &mut Line, outgoing: &Outgoing) -> Result<(u16, String), CallFailure> {
    let sending = Sending { outgoing, own: Vec::new() };
    let head = line.ask(&sending).await?.expect("it has not ended before");
    let mut body = Vec::new();
    while let Some(part) = line.part(usize::MAX).await? {
        assert!(!part.is_empty());
        body.extend_from_slice(&part);
    }
    Ok((head.status, String::from_utf8_lossy(&body).into_owned()))
}

/// What comes of a backend that says this to a `GET`; none when that is waited for.
fn told(says: &[&[u8]], end: End) -> Option<Result<Answered, CallFailure>> {
    let mut line = Line::new(Box::new(Script::new(says, end)));
    let ended = answered(&mut line, &outgoing(Method::GET, "")).now_or_never()?;
    Some(ended.map(|(status, body)| (status, body, line.kept().is_some())))
}

/// Answers that are good, and what they are.
fn good() -> Vec<(String, u16, &'static str, bool)> {
    let all = [
        ("HTTP/1.1 200 OK\ncontent-length: 5\n\n", "hello", 200, "hello", true),
        ("HTTP/1.1 200\nContent-Length:5\nx: y\n\n", "hello", 200, "hello", true),
        ("HTTP/1.1 404 Not Found\ncontent-length: 0\n\n", "", 404, "", true),
        ("HTTP/1.1 204 No Content\n\n", "", 204, "", true),
        ("HTTP/1.1 304 Not Modified\ncontent-length: 5\n\n", "", 304, "", true),
        ("HTTP/1.1 200 OK\nconnection: close\ncontent-length: 5\n\n", "hello", 200, "hello", false),
        ("HTTP/1.0 200 OK\ncontent-length: 5\n\n", "hello", 200, "hello", false),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n", "5\nhello\n0\n\n", 200, "hello", true),
        (
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n",
            "2;a=b\nhe\n03 \nllo\n0;c\nT: 1\nU: 2\n\n",
            200,
            "hello",
            true,
        ),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n", "0\n\n", 200, "", true),
        (
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 -\na: b\n\nHTTP/1.1 200 OK\ncontent-length: 1\n\n",
            "a",
            200,
            "a",
            true,
        ),
        ("\n\nHTTP/1.1 200 OK\ncontent-length: 1\n\n", "a", 200, "a", true),
        ("HTTP/1.1 101 Switching Protocols\nupgrade: x\n\n", "", 101, "", false),
    ];
    let crlf = |text: &str| text.replace('\n', "\r\n");
    all.iter()
        .map(|(head, body, status, read, stays)| (crlf(head) + &crlf(body), *status, *read, *stays))
        .collect()
}

#[test]
fn good_answers_are_read_however_they_come() {
    for (answer, status, body, stays) in good() {
        let bytes = answer.as_bytes();
        let expected = Some(Ok((status, body.to_owned(), stays)));
        assert_eq!(told(&[bytes], End::Silent), expected, "{answer}");
        for at in 0..bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(told(&[first, second], End::Silent), expected, "{answer} in two at {at}");
        }
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(told(&each, End::Silent), expected, "{answer} in single bytes");
    }
}

#[test]
fn an_answer_that_is_cut_is_none_wherever_it_is_cut() {
    for (answer, ..) in good() {
        for at in 0..answer.len() {
            let part = &answer.as_bytes()[..at];
            for end in [End::Closed, End::Reset] {
                let ended = told(&[part], end);
                assert!(matches!(ended, Some(Err(CallFailure::BrokenOff(_)))), "{answer} at {at}: {ended:?}");
            }
            assert_eq!(told(&[part], End::Silent), None, "{answer} at {at} is waited for");
        }
    }
}

#[test]
fn an_answer_may_end_with_its_connection() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\n"] {
        let whole = Some(Ok((200, "hello".to_owned(), false)));
        assert_eq!(told(&[head.as_bytes(), b"hel", b"lo"], End::Closed), whole);
        assert_eq!(told(&[head.as_bytes()], End::Closed), Some(Ok((200, String::new(), false))));
        assert!(matches!(told(&[head.as_bytes(), b"hel"], End::Reset), Some(Err(CallFailure::BrokenOff(_)))));
        assert_eq!(told(&[head.as_bytes(), b"hel"], End::Silent), None);
    }
}

#[test]
fn what_is_no_answer_is_malformed_however_it_comes() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let large = "a".repeat(MAX_HEAD);
    let continues = "HTTP/1.1 100 Continue\r\n\r\n".repeat(4_000);
    for bad in [
        "hello\r\n\r\n".to_owned(),
        "\0".to_owned(),
        "HTTP/2 200\r\n\r\n".to_owned(),
        "HTTP/1.1 abc OK\r\n\r\n".to_owned(),
        "HTTP/1.1 099 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\na : b\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        format!("{chunked}\r\n"),
        format!("{chunked}z\r\n"),
        format!("{chunked}-1\r\n"),
        format!("{chunked}0x1\r\n"),
        format!("{chunked}1 1\r\n"),
        format!("{chunked}fffffffffffffffff\r\n"),
        format!("{chunked}1\na\r\n0\r\n\r\n"),
        format!("{chunked}1\r\nab\r\n0\r\n\r\n"),
        format!("{chunked}1\r\na\n\n0\r\n\r\n"),
        format!("{chunked}0\r\na: b\n\r\n"),
        format!("{chunked}1;{large}\r\na\r\n0\r\n\r\n"),
        format!("{chunked}{}0\r\n\r\n", "1;abcdefghijklmnopqrstuvwxyz\r\na\r\n".repeat(1_000)),
        format!("{chunked}0\r\n{}\r\n", "a: bcdefghijklmnopqrstuvwxyz\r\n".repeat(1_000)),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101)),
        format!("HTTP/1.1 200 OK\r\na: {large}\r\n\r\n"),
        format!("{continues}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        format!("{}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "\r\n".repeat(MAX_HEAD)),
    ] {
        let start: String = bad.chars().take(100).collect();
        let pieces =
            [1, 7, usize::MAX].map(|size| bad.as_bytes().chunks(size.min(bad.len())).collect::<Vec<_>>());
        for says in pieces.iter().filter(|says| says.len() < 2_000) {
            let ended = told(says, End::Closed);
            assert!(matches!(ended, Some(Err(CallFailure::Malformed(_)))), "{start}: {ended:?}");
        }
    }
}

#[test]
fn lines_that_end_in_a_bare_line_feed_are_lines_of_a_head() {
    let answer = b"HTTP/1.1 200 OK\ncontent-length: 1\n\na";
    assert_eq!(told(&[answer], End::Silent), Some(Ok((200, "a".to_owned(), true))));
}

#[test]
fn a_connection_on_which_more_came_than_an_answer_is_not_kept() {
    for more in ["\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"] {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na{more}");
        assert_eq!(told(&[answer.as_bytes()], End::Silent), Some(Ok((200, "a".to_owned(), false))));
    }
}

#[test]
fn a_connection_with_an_unread_answer_is_not_kept() {
    let says = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc";
    let mut line = Line::new(Box::new(Script::new(&[says], End::Silent)));
    let outgoing = outgoing(Method::GET, "");
    let sending = Sending { outgoing: &outgoing, own: Vec::new() };
    let head = line.ask(&sending).now_or_never().expect("it is there").expect("it is good");
    assert_eq!(head.map(|head| head.status), Some(200));
    assert!(line.kept().is_none());
}

#[test]
fn an_answer_to_head_has_no_body() {
    let says = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    let mut line = Line::new(Box::new(Script::new(&[says], End::Silent)));
    let ended = answered(&mut line, &outgoing(Method::HEAD, "")).now_or_never().expect("nothing else comes");
    assert_eq!(ended, Ok((200, String::new())));
    assert!(line.kept().is_some());
}

#[test]
fn parts_are_as_large_as_is_wanted_or_as_they_can_be() {
    let says = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\na";
    let parts = |wanted| {
        let mut line = Line::new(Box::new(Script::new(&[says, b"bc", b"def"], End::Silent)));
        let outgoing = outgoing(Method::GET, "");
        let sending = Sending { outgoing: &outgoing, own: Vec::new() };
        let all = async {
            line.ask(&sending).await.expect("it is good");
            let mut parts = Vec::new();
            while let Some(part) = line.part(wanted).await.expect("it is good") {
                parts.push(String::from_utf8_lossy(&part).into_owned());
            }
            parts
        };
        all.now_or_never().expect("it is all there")
    };
    assert_eq!(parts(1), ["a", "bc", "def"]);
    assert_eq!(parts(2), ["abc", "def"]);
    assert_eq!(parts(100), ["abcdef"]);
}

#[test]
fn a_request_goes_out_whole_however_little_is_taken_at_once() {
    let mut outgoing = outgoing(Method::POST, "a body");
    outgoing.headers.insert("x", HeaderValue::from_static("common"));
    let own = vec![(HeaderName::from_static("x"), HeaderValue::from_static("own"))];
    let expected = "POST /x?y=z HTTP/1.1\r\nhost: erp\r\nx: own\r\ncontent-length: 6\r\n\r\na body";
    for takes in [1, 3, 75, usize::MAX] {
        let script = Script { takes, ..Script::new(&[b"HTTP/1.1 204 -\r\n\r\n"], End::Silent) };
        let took = Arc::clone(&script.took);
        let mut line = Line::new(Box::new(script));
        let sending = Sending { outgoing: &outgoing, own: own.clone() };
        let head = line.ask(&sending).now_or_never().expect("it is there").expect("it is good");
        assert_eq!(head.map(|head| head.status), Some(204));
        assert_eq!(String::from_utf8_lossy(&took.lock().expect("no panic")), expected);
        assert!(line.kept().is_some());
    }
}

#[test]
fn an_answer_to_a_request_that_is_not_wanted_whole_is_read() {
    let says: &[u8] = b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig";
    for refuses in [true, false] {
        let script = Script { room: 90, refuses, ..Script::new(&[says], End::Silent) };
        let mut line = Line::new(Box::new(script));
        let ended = answered(&mut line, &outgoing(Method::POST, &"a".repeat(1_000))).now_or_never();
        assert_eq!(ended, Some(Ok((413, "big".to_owned()))), "{refuses}");
        assert!(line.kept().is_none(), "the rest of the request would be read as another one");
    }
    let script = Script { room: 90, refuses: true, ..Script::new(&[], End::Closed) };
    let mut line = Line::new(Box::new(script));
    let ended = answered(&mut line, &outgoing(Method::POST, &"a".repeat(1_000))).now_or_never();
    assert_eq!(ended, Some(Err(CallFailure::BrokenOff("broken pipe".to_owned()))));
}

const REQUEST: &str = "GET /x?y=z HTTP/1.1\r\nhost: erp\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na";

/// A connection that was used once, and its other end.
async fn used() -> (Line, DuplexStream) {
    let (ours, mut theirs) = duplex(1024);
    theirs.write_all(ANSWER).await.expect("there is room");
    let mut line = Line::new(Box::new(ours));
    answered(&mut line, &outgoing(Method::GET, "")).await.expect("it is good");
    theirs.read_exact(&mut [0; REQUEST.len()]).await.expect("the request");
    (line.kept().expect("it can be used again"), theirs)
}

#[tokio::test]
async fn nothing_is_sent_on_a_connection_that_ended_or_that_somebody_spoke_on_unasked() {
    let outgoing = outgoing(Method::POST, "");
    let sending = Sending { outgoing: &outgoing, own: Vec::new() };
    let (mut line, mut theirs) = used().await;
    theirs.shutdown().await.expect("it can be closed");
    assert_eq!(line.ask(&sending).await, Ok(None));
    drop(line);
    assert_eq!(theirs.read(&mut [0; 1]).await.expect("it is closed"), 0, "nothing was sent");

    let (mut line, mut theirs) = used().await;
    theirs.write_all(ANSWER).await.expect("there is room");
    assert_eq!(line.ask(&sending).await, Ok(None));
    drop(line);
    assert_eq!(theirs.read(&mut [0; 1]).await.expect("it is closed"), 0, "nothing was sent");
}

#[tokio::test]
async fn a_connection_is_used_again_and_one_whose_call_is_given_up_is_not() {
    let (mut line, mut theirs) = used().await;
    let outgoing = outgoing(Method::GET, "");
    let sending = Sending { outgoing: &outgoing, own: Vec::new() };
    assert!(line.ask(&sending).now_or_never().is_none());
    theirs.write_all(ANSWER).await.expect("there is room");
    assert!(line.kept().is_none(), "an answer to the request before may still come");
    let (mut line, mut theirs) = used().await;
    assert!(theirs.read(&mut [0; 1]).now_or_never().is_none(), "nothing was asked");
    let asked = async {
        theirs.read_exact(&mut [0; REQUEST.len()]).await.expect("the request");
        theirs.write_all(ANSWER).await.expect("there is room");
    };
    let (ended, ()) = tokio::join!(answered(&mut line, &outgoing), asked);
    assert_eq!(ended, Ok((200, "a".to_owned())));
}

#[test]
fn a_connection_that_is_kept_keeps_no_large_buffer() {
    let body = "a".repeat(1_000_000);
    let says = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let mut line = Line::new(Box::new(Script::new(&[says.as_bytes()], End::Silent)));
    let ended = answered(&mut line, &outgoing(Method::GET, "")).now_or_never().expect("it is there");
    assert_eq!(ended, Ok((200, body)));
    assert_eq!(line.kept().map(|line| line.input.capacity()), Some(0));
}
