//! Looks at the raw head of a request before hyper does. hyper repairs in silence what two parties can read in two ways:
//! it drops a `Content-Length` beside `Transfer-Encoding` and a second equal one, takes lines that end in a bare line
//! feed, and takes requests with no `Host` or with two. Each of those is how requests are smuggled past a proxy, so
//! here they are refused.

use http::header::{CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

/// The longest head.
pub const MAX_HEAD: usize = 16 * 1024;
/// The longest target in a request line.
pub const MAX_TARGET: usize = 8 * 1024;
/// The most header lines.
const MAX_HEADERS: usize = 100;

/// How the body behind a head is framed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Framing {
    Length(u64),
    Chunked,
}

/// Why a head is refused: the connection ends with this answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refusal {
    pub status: StatusCode,
    pub detail: &'static str,
}

/// Where the head ends that `input` begins with; `None` when that has not come yet. What is already too much, or
/// broken, is refused without waiting for the rest. The bytes before `scanned` were looked at before.
pub fn end(input: &[u8], scanned: usize) -> Result<Option<usize>, Refusal> {
    let mut from = scanned;
    while let Some(at) = next_line_feed(input, from) {
        let before = input.get(..at).unwrap_or_default();
        if !before.ends_with(b"\r") {
            return Err(bad("a line ends in a bare line feed"));
        }
        if before.ends_with(b"\r\n\r") && at < MAX_HEAD {
            return Ok(Some(at + 1));
        }
        from = at + 1;
    }
    let first_line = next_line_feed(input, 0).unwrap_or(input.len());
    if first_line > MAX_TARGET + 64 {
        return Err(URL_TOO_LONG);
    }
    if input.len() >= MAX_HEAD {
        return Err(HEAD_TOO_LONG);
    }
    Ok(None)
}

/// Checks a whole head, and says how its body is framed.
pub fn check(head: &[u8]) -> Result<Framing, Refusal> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let is_http_11 = request_line(lines.next().unwrap_or_default())?;
    let mut seen = Seen::default();
    for line in lines.take_while(|line| !line.is_empty()) {
        seen.line(line)?;
    }
    seen.framing(is_http_11)
}

/// Checks the head of a request of HTTP/2, which was read in full: as much of the above as there is in it. The rest is
/// refused with the frames (headers of the connection, what stands twice, sizes), or cannot be written there.
pub fn check_parts(request: &Parts) -> Result<(), Refusal> {
    if request.uri.path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
        return Err(URL_TOO_LONG);
    }
    if request.headers.len() > MAX_HEADERS {
        return Err(too_large("there are more than 100 headers"));
    }
    let lines = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if lines.sum::<usize>() > MAX_HEAD {
        return Err(HEAD_TOO_LONG);
    }
    if request.headers.get_all(CONTENT_LENGTH).iter().nth(1).is_some() {
        return Err(bad("there are two headers `Content-Length`"));
    }
    let authority = request.uri.authority().map(|authority| authority.as_str().as_bytes());
    let mut hosts = request.headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    match (authority, hosts.next(), hosts.next()) {
        (_, _, Some(_)) => Err(bad("there are two headers `Host`")),
        (Some(one), Some(other), None) if one != other => {
            Err(bad("the headers `:authority` and `Host` differ"))
        }
        (Some(host), _, None) | (None, Some(host), None) if is_host(host) => Ok(()),
        (None, None, None) => Err(bad("the header `:authority` is missing")),
        _ => Err(bad("the header `:authority` is malformed")),
    }
}

/// What the header lines said that must not be said twice.
#[derive(Default)]
struct Seen {
    headers: usize,
    hosts: usize,
    length: Option<u64>,
    is_chunked: bool,
}

impl Seen {
    fn line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        self.headers += 1;
        if self.headers > MAX_HEADERS {
            return Err(too_large("there are more than 100 headers"));
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return Err(bad("a header goes on in a second line"));
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(bad("a header has no colon"))?;
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
            return Err(bad("the name of a header is malformed"));
        }
        if value.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
            return Err(bad("the value of a header has control characters"));
        }
        self.header(name, value)
    }

    fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
            if !is_host(value) {
                return Err(bad("the header `Host` is malformed"));
            }
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let length = length(value).ok_or(bad("the header `Content-Length` is malformed"))?;
            if self.length.replace(length).is_some() {
                return Err(bad("there are two headers `Content-Length`"));
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(bad("the header `Transfer-Encoding` must be `chunked`, once"));
            }
            self.is_chunked = true;
        }
        Ok(())
    }

    fn framing(&self, is_http_11: bool) -> Result<Framing, Refusal> {
        match self.hosts {
            0 if is_http_11 => return Err(bad("the header `Host` is missing")),
            0 | 1 => {}
            _ => return Err(bad("there are two headers `Host`")),
        }
        match (self.is_chunked, self.length) {
            (false, length) => Ok(Framing::Length(length.unwrap_or(0))),
            (true, None) if is_http_11 => Ok(Framing::Chunked),
            (true, None) => Err(bad("HTTP/1.0 has no `Transfer-Encoding`")),
            (true, Some(_)) => Err(bad("there are both `Content-Length` and `Transfer-Encoding`")),
        }
    }
}

/// Checks the first line; whether it speaks HTTP/1.1.
fn request_line(line: &[u8]) -> Result<bool, Refusal> {
    let mut words = line.split(|byte| *byte == b' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let version = words.next().unwrap_or_default();
    if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) || words.next().is_some() {
        return Err(bad("the request line is malformed"));
    }
    if target.len() > MAX_TARGET {
        return Err(URL_TOO_LONG);
    }
    if http::Uri::try_from(target).is_err() {
        return Err(bad("the URL is malformed"));
    }
    match version {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        _ => Err(bad("the version of HTTP must be 1.1")),
    }
}

/// The number that a text of digits is.
fn length(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A name or an address, and perhaps a port.
fn is_host(value: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(byte);
    !value.is_empty() && value.len() <= 300 && value.iter().all(is_allowed)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn next_line_feed(input: &[u8], from: usize) -> Option<usize> {
    input.get(from..)?.iter().position(|byte| *byte == b'\n').map(|at| from + at)
}

const URL_TOO_LONG: Refusal =
    Refusal { status: StatusCode::URI_TOO_LONG, detail: "the URL is longer than 8 kB" };

const HEAD_TOO_LONG: Refusal = too_large("the headers are longer than 16 kB");

const fn bad(detail: &'static str) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, detail }
}

const fn too_large(detail: &'static str) -> Refusal {
    Refusal { status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(head: &str) -> Result<Framing, &'static str> {
        let head = head.replace('\n', "\r\n");
        let end = end(head.as_bytes(), 0).map_err(|refusal| refusal.detail)?;
        let head = head.as_bytes().get(..end.ok_or("no end")?).unwrap_or_default();
        check(head).map_err(|refusal| refusal.detail)
    }

    #[test]
    fn a_head_says_how_its_body_is_framed() {
        assert_eq!(framing("GET / HTTP/1.1\nHost: a\n\n"), Ok(Framing::Length(0)));
        assert_eq!(
            framing("GET / HTTP/1.1\nhost: a:80\ncontent-length: 12 \n\nrest"),
            Ok(Framing::Length(12))
        );
        assert_eq!(
            framing("GET / HTTP/1.1\nHost: [::1]:80\nTransfer-Encoding: Chunked\n\n"),
            Ok(Framing::Chunked)
        );
        assert_eq!(framing("GET / HTTP/1.1\nHost: a\n"), Err("no end"));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let bad = |lines: &str| framing(&format!("POST / HTTP/1.1\nHost: a\n{lines}\n\n")).is_err();
        assert!(bad("Content-Length: 1\nTransfer-Encoding: chunked"));
        assert!(bad("Content-Length: 1\nContent-Length: 1"));
        assert!(bad("Content-Length: 1, 1"));
        assert!(bad("Content-Length: +1"));
        assert!(bad("Content-Length:"));
        assert!(bad("Transfer-Encoding: gzip, chunked"));
        assert!(bad("Transfer-Encoding: chunked\nTransfer-Encoding: chunked"));
        assert!(bad("Host: b"));
        assert!(bad("X: 1\n folded"));
        assert!(bad("X : 1"));
        assert!(bad("X"));
        assert!(framing("GET / HTTP/1.1\n\n").is_err());
        assert!(framing("GET / HTTP/1.0\n\n").is_ok());
        assert!(framing("GET  / HTTP/1.1\nHost: a\n\n").is_err());
        assert!(framing("GET / HTTP/2.0\nHost: a\n\n").is_err());
        assert_eq!(
            end(b"GET / HTTP/1.1\nHost: a\r\n\r\n", 0),
            Err(super::bad("a line ends in a bare line feed"))
        );
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_whole() {
        let status = |input: &[u8]| end(input, 0).map_err(|refusal| refusal.status.as_u16());
        assert_eq!(status(&[b'a'; MAX_TARGET + 100]), Err(414));
        assert_eq!(status(&[b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'a'; MAX_HEAD]].concat()), Err(431));
        let many = format!("GET / HTTP/1.1\nHost: a\n{}\n", "X: 1\n".repeat(MAX_HEADERS));
        assert_eq!(framing(&many), Err("there are more than 100 headers"));
    }
}
