//! The head of an answer: its status, what it tells, and how its body is framed. What two parties could read in two ways is
//! refused: whoever stands between a backend and us must not take one answer for two.

use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Status};

use super::told::Told;
use crate::http::framing::Framing;

/// How many bytes may come before a body: the head, empty lines in front of it, and the interim answers before it.
pub const MAX_HEAD: usize = 64 * 1024;
/// How many headers it may have.
const MAX_HEADERS: usize = 100;

const TOO_LARGE: &str = "message head is too large";

#[derive(Debug, PartialEq)]
pub struct Head {
    pub status: u16,
    pub told: Told,
    pub framing: Framing,
    /// Whether another request may be sent when all of this answer has come.
    pub stays_open: bool,
}

/// The head that `input` begins with, and its length; none when not all of it has come.
///
/// # Errors
/// It is no head of HTTP/1, or can be read in two ways.
pub fn read(input: &[u8], is_of_head: bool) -> Result<Option<(Head, usize)>, &'static str> {
    let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut []);
    let config = ParserConfig::default();
    let length = match config.parse_response_with_uninit_headers(&mut parsed, input, &mut headers) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(fault) => return Err(words(fault)),
    };
    let status = parsed.code.filter(|code| *code >= 100).ok_or("invalid HTTP status-code parsed")?;
    let is_http_11 = parsed.version == Some(1);
    let (mut told, mut seen) = (Told::default(), Seen::default());
    for Header { name, value } in parsed.headers.iter() {
        if !told.line(name, value) {
            seen.line(name, value)?;
        }
    }
    // Of these the lengths say something else, or nothing.
    let has_no_body = is_of_head || matches!(status, 100..200 | 204 | 304);
    let framing = if has_no_body { Framing::OVER } else { seen.framing(is_http_11)? };
    let stays_open =
        status != 101 && framing != Framing::UntilEnd && !seen.closes && (is_http_11 || seen.keeps);
    Ok(Some((Head { status, told, framing, stays_open }, length)))
}

/// What is left of the bytes that may come before a body, when so many of them have.
///
/// # Errors
/// Nothing is.
pub fn left(before: usize, came: usize) -> Result<usize, &'static str> {
    before.checked_sub(came).ok_or(TOO_LARGE)
}

fn words(fault: httparse::Error) -> &'static str {
    match fault {
        httparse::Error::Status => "invalid HTTP status-code parsed",
        httparse::Error::TooManyHeaders => TOO_LARGE,
        httparse::Error::Version => "invalid HTTP version parsed",
        httparse::Error::HeaderName
        | httparse::Error::HeaderValue
        | httparse::Error::NewLine
        | httparse::Error::Token => "invalid HTTP header parsed",
    }
}

/// What the headers say of the connection.
#[derive(Default)]
struct Seen {
    length: Option<u64>,
    is_chunked: bool,
    closes: bool,
    keeps: bool,
}

impl Seen {
    fn line(&mut self, name: &str, value: &[u8]) -> Result<(), &'static str> {
        if name.eq_ignore_ascii_case("content-length") {
            // Some proxies join two of them to one that says it twice.
            for part in value.split(|byte| *byte == b',') {
                let length = length(part.trim_ascii()).ok_or("invalid content-length parsed")?;
                if self.length.replace(length).is_some_and(|before| before != length) {
                    return Err("content-length says two things");
                }
            }
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err("transfer-encoding must be `chunked`, once");
            }
            self.is_chunked = true;
        } else if name.eq_ignore_ascii_case("connection") {
            for word in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                self.closes |= word.eq_ignore_ascii_case(b"close");
                self.keeps |= word.eq_ignore_ascii_case(b"keep-alive");
            }
        }
        Ok(())
    }

    fn framing(&self, is_http_11: bool) -> Result<Framing, &'static str> {
        match (self.is_chunked, self.length) {
            (true, None) if is_http_11 => Ok(Framing::chunked()),
            (true, None) => Err("unexpected transfer-encoding parsed"),
            (true, Some(_)) => Err("there are both content-length and transfer-encoding"),
            (false, Some(length)) => Ok(Framing::Length(length)),
            (false, None) => Ok(Framing::UntilEnd),
        }
    }
}

fn length(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Result<Head, &'static str> {
        let head = format!("{}\n\n", head.trim()).replace('\n', "\r\n");
        let (read, length) = read(head.as_bytes(), false)?.expect("all of it is there");
        assert_eq!(length, head.len());
        Ok(read)
    }

    #[test]
    fn a_head_says_how_its_body_is_framed() {
        let framing = |head: &str| of(head).map(|head| head.framing);
        assert_eq!(framing("HTTP/1.1 200 OK\ncontent-length: 12"), Ok(Framing::Length(12)));
        assert_eq!(
            framing("HTTP/1.1 200\nContent-Length: 12\ncontent-length: 12, 12"),
            Ok(Framing::Length(12))
        );
        assert_eq!(framing("HTTP/1.0 200 OK\ncontent-length: 0"), Ok(Framing::OVER));
        assert_eq!(framing("HTTP/1.1 200 OK\nTransfer-Encoding: Chunked"), Ok(Framing::chunked()));
        assert_eq!(framing("HTTP/1.1 200 OK\nx: y"), Ok(Framing::UntilEnd));
        for without in ["204 No Content", "304 Not Modified", "103 Early Hints", "101 Switching"] {
            let head = format!("HTTP/1.1 {without}\ncontent-length: 12");
            assert_eq!(framing(&head), Ok(Framing::OVER), "{without}");
        }
        let of_head = read(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n", true).expect("it is good");
        assert_eq!(of_head.map(|(head, _)| head.framing), Some(Framing::OVER));
    }

    #[test]
    fn a_head_says_whether_the_connection_stays() {
        let stays = |line: &str, more: &str| {
            of(&format!("HTTP/{line}\ncontent-length: 0\n{more}")).map(|head| head.stays_open)
        };
        assert_eq!(stays("1.1 200 OK", ""), Ok(true));
        assert_eq!(stays("1.1 200 OK", "Connection: x, Close"), Ok(false));
        assert_eq!(stays("1.1 200 OK", "connection: close\nconnection: keep-alive"), Ok(false));
        assert_eq!(stays("1.0 200 OK", ""), Ok(false));
        assert_eq!(stays("1.0 200 OK", "connection: Keep-Alive"), Ok(true));
        assert_eq!(stays("1.1 101 Switching Protocols", ""), Ok(false));
        assert_eq!(of("HTTP/1.1 200 OK").map(|head| head.stays_open), Ok(false));
    }

    #[test]
    fn what_is_no_head_or_can_be_read_in_two_ways_is_refused() {
        for bad in [
            "hello",
            "SSH-2.0-OpenSSH_9.6",
            "HTTP/2 200",
            "HTTP/1.1 abc OK",
            "HTTP/1.1 020 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 200 OK\nx: y\n z",
            "HTTP/1.1 200 OK\nx : y",
            "HTTP/1.1 200 OK\nx",
            "HTTP/1.1 200 OK\nx: \0",
            "HTTP/1.1 200 OK\ncontent-length: 1\ncontent-length: 2",
            "HTTP/1.1 200 OK\ncontent-length: 1, 2",
            "HTTP/1.1 200 OK\ncontent-length: +1",
            "HTTP/1.1 200 OK\ncontent-length: -1",
            "HTTP/1.1 200 OK\ncontent-length: 0x1",
            "HTTP/1.1 200 OK\ncontent-length:",
            "HTTP/1.1 200 OK\ncontent-length: 99999999999999999999",
            "HTTP/1.1 200 OK\ncontent-length: 1\ntransfer-encoding: chunked",
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked\ncontent-length: 1",
            "HTTP/1.1 200 OK\ntransfer-encoding: chunked\ntransfer-encoding: chunked",
            "HTTP/1.1 200 OK\ntransfer-encoding: gzip, chunked",
            "HTTP/1.1 200 OK\ntransfer-encoding: identity",
            "HTTP/1.0 200 OK\ntransfer-encoding: chunked",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
        let many = "a: b\n".repeat(MAX_HEADERS);
        assert!(of(&format!("HTTP/1.1 200 OK\n{many}")).is_ok());
        assert_eq!(of(&format!("HTTP/1.1 200 OK\n{many}a: b\n")), Err(TOO_LARGE));
    }
}
