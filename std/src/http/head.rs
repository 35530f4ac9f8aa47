//! The head of a request. What two parties can read in two ways is refused, where others repair it in silence: a
//! `Content-Length` beside `Transfer-Encoding` and a second equal one, lines that end in a bare line feed, requests with no
//! `Host` or with two. Each of those is how requests are smuggled past a proxy.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, Version};

use super::framing::Framing;

/// The longest head.
pub const MAX_HEAD: usize = 16 * 1024;
/// The longest target in a request line.
pub const MAX_TARGET: usize = 8 * 1024;
/// The most header lines.
const MAX_HEADERS: usize = 100;

/// A request, but for its body.
#[derive(Debug)]
pub struct Head {
    pub parts: Parts,
    /// How its body is framed.
    pub body: Framing,
    /// Whether another request may come behind it.
    pub stays_open: bool,
    /// Whether its caller waits with the body until he hears that he may go on.
    pub waits: bool,
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

/// Reads a whole head. What it is made of stays where it is: nothing is copied.
pub fn read(head: &Bytes) -> Result<Head, Refusal> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let (mut parts, ()) = http::Request::new(()).into_parts();
    (parts.method, parts.uri, parts.version) = request_line(head, lines.next().unwrap_or_default())?;
    let mut seen = Seen::default();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = header(head, line)?;
        seen.header(&name, value.as_bytes())?;
        if parts.headers.len() == MAX_HEADERS {
            return Err(too_large("there are more than 100 headers"));
        }
        parts.headers.append(name, value);
    }
    let is_http_11 = parts.version == Version::HTTP_11;
    let body = seen.framing(is_http_11)?;
    let stays_open = !seen.closes && (is_http_11 || seen.keeps);
    Ok(Head { parts, body, stays_open, waits: seen.waits && is_http_11 })
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

/// What the headers said that has to do with the connection, or must not be said twice.
#[derive(Default)]
struct Seen {
    hosts: usize,
    length: Option<u64>,
    is_chunked: bool,
    closes: bool,
    keeps: bool,
    waits: bool,
}

impl Seen {
    fn header(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), Refusal> {
        match *name {
            HOST => {
                self.hosts += 1;
                if !is_host(value) {
                    return Err(bad("the header `Host` is malformed"));
                }
            }
            CONTENT_LENGTH => {
                let length = length(value).ok_or(bad("the header `Content-Length` is malformed"))?;
                if self.length.replace(length).is_some() {
                    return Err(bad("there are two headers `Content-Length`"));
                }
            }
            TRANSFER_ENCODING => {
                if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(bad("the header `Transfer-Encoding` must be `chunked`, once"));
                }
                self.is_chunked = true;
            }
            CONNECTION => {
                for word in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    self.closes |= word.eq_ignore_ascii_case(b"close");
                    self.keeps |= word.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            EXPECT => self.waits |= value.eq_ignore_ascii_case(b"100-continue"),
            _ => {}
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
            (true, None) if is_http_11 => Ok(Framing::chunked()),
            (true, None) => Err(bad("HTTP/1.0 has no `Transfer-Encoding`")),
            (true, Some(_)) => Err(bad("there are both `Content-Length` and `Transfer-Encoding`")),
        }
    }
}

fn request_line(head: &Bytes, line: &[u8]) -> Result<(Method, Uri, Version), Refusal> {
    let mut words = line.split(|byte| *byte == b' ');
    let malformed = bad("the request line is malformed");
    let mut next = || words.next();
    let (Some(method), Some(target), Some(version), None) = (next(), next(), next(), next()) else {
        return Err(malformed);
    };
    let method = Method::from_bytes(method).map_err(|_| malformed)?;
    if target.len() > MAX_TARGET {
        return Err(URL_TOO_LONG);
    }
    let uri = Uri::from_maybe_shared(head.slice_ref(target)).map_err(|_| bad("the URL is malformed"))?;
    match version {
        b"HTTP/1.1" => Ok((method, uri, Version::HTTP_11)),
        b"HTTP/1.0" => Ok((method, uri, Version::HTTP_10)),
        _ => Err(bad("the version of HTTP must be 1.1 or 1.0")),
    }
}

fn header(head: &Bytes, line: &[u8]) -> Result<(HeaderName, HeaderValue), Refusal> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(bad("a header goes on in a second line"));
    }
    let colon = line.iter().position(|byte| *byte == b':').ok_or(bad("a header has no colon"))?;
    let (name, value) = line.split_at(colon);
    let value = trimmed(value.get(1..).unwrap_or_default());
    let name = HeaderName::from_bytes(name).map_err(|_| bad("the name of a header is malformed"))?;
    let value = HeaderValue::from_maybe_shared(head.slice_ref(value));
    let value = value.map_err(|_| bad("the value of a header has control characters"))?;
    Ok((name, value))
}

/// Without the spaces around it. No other white space may stand there.
fn trimmed(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(first) = value.iter().position(|byte| !is_space(byte)) else { return &[] };
    let end = value.iter().rposition(|byte| !is_space(byte)).map_or(0, |last| last + 1);
    value.get(first..end).unwrap_or_default()
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

    fn of(head: &str) -> Result<Head, &'static str> {
        let head = Bytes::from(head.replace('\n', "\r\n"));
        let end = end(&head, 0).map_err(|refusal| refusal.detail)?;
        read(&head.slice(..end.ok_or("no end")?)).map_err(|refusal| refusal.detail)
    }

    fn framing(head: &str) -> Result<Framing, &'static str> {
        of(head).map(|head| head.body)
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
            Ok(Framing::chunked())
        );
        assert_eq!(framing("GET / HTTP/1.1\nHost: a\n"), Err("no end"));
    }

    #[test]
    fn a_head_becomes_a_request() {
        let head = of("PATCH /a%20b?c=d HTTP/1.1\nHost: a\nX-One: 1\nx-one: \u{e9} \nEmpty:\n\n")
            .expect("it is good");
        assert_eq!(head.parts.method, "PATCH");
        assert_eq!(head.parts.uri, "/a%20b?c=d");
        let of = |name: &str| -> Vec<&[u8]> {
            head.parts.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
        };
        assert_eq!(of("x-one"), [b"1".as_slice(), "\u{e9}".as_bytes()]);
        assert_eq!(of("empty"), [b""]);
        assert_eq!(head.parts.headers.len(), 4);
    }

    #[test]
    fn a_head_says_whether_the_connection_stays_and_whether_its_caller_waits() {
        let said = |version: &str, lines: &str| {
            let head = of(&format!("POST / HTTP/{version}\nHost: a\n{lines}\n")).expect("it is good");
            (head.stays_open, head.waits)
        };
        assert_eq!(said("1.1", ""), (true, false));
        assert_eq!(said("1.1", "Connection: x, Close\n"), (false, false));
        assert_eq!(said("1.1", "Connection: close\nConnection: keep-alive\n"), (false, false));
        assert_eq!(said("1.0", ""), (false, false));
        assert_eq!(said("1.0", "Connection: Keep-Alive\nExpect: 100-continue\n"), (true, false));
        assert_eq!(said("1.1", "Expect: 100-Continue\n"), (true, true));
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
        assert!(framing("G(T / HTTP/1.1\nHost: a\n\n").is_err());
        assert!(framing(" / HTTP/1.1\nHost: a\n\n").is_err());
        assert!(framing("GET / HTTP/1.1 x\nHost: a\n\n").is_err());
        assert!(bad(": 1"));
        assert!(bad("X(: 1"));
        assert!(bad("X: a\u{7f}"));
        assert!(bad("X: a\0"));
        assert!(bad("X: a\r"));
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
