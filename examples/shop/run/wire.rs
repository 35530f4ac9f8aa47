//! As much of HTTP/1.1 as the stand-ins and the one who tries the services need.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// The first line, the headers (names in small letters) and the body.
#[derive(Debug)]
pub struct Message {
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

const LARGEST: u64 = 16 << 20;

/// The next message; None where the other side has closed the connection. A body without a length reaches to the
/// end of the connection in an answer, and is empty in a request.
pub fn read(input: &mut impl BufRead) -> Result<Option<Message>> {
    let Some(mut message) = read_head(input)? else { return Ok(None) };
    message.body = body(input, &message)?;
    Ok(Some(message))
}

/// The next message without its body: an answer to HEAD has none, whatever its headers say.
pub fn read_head(input: &mut impl BufRead) -> Result<Option<Message>> {
    let Some(start) = line(input)? else { return Ok(None) };
    let mut headers = Vec::new();
    loop {
        let text = line(input)?.ok_or(ErrorKind::UnexpectedEof)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| wrong("a header without a colon"))?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Some(Message { start, headers, body: Vec::new() }))
}

fn body(input: &mut impl BufRead, message: &Message) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    if message.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        while chunk(input, &mut body)? {}
    } else if let Some(length) = message.header("content-length") {
        let length: u64 = length.parse().map_err(|_| wrong("a length that is no number"))?;
        input.take(length.min(LARGEST)).read_to_end(&mut body)?;
        if body.len() as u64 != length {
            return Err(wrong("a body that is shorter than it should be, or too long"));
        }
    } else if message.start.starts_with("HTTP/") && !is_bodiless(&message.start) {
        input.take(LARGEST).read_to_end(&mut body)?;
    }
    Ok(body)
}

/// `HTTP/1.1 204 No Content`
fn is_bodiless(start: &str) -> bool {
    matches!(start.split(' ').nth(1), Some("204" | "304"))
}

/// Appends the next chunk, and says whether it was not the last one.
fn chunk(input: &mut impl BufRead, body: &mut Vec<u8>) -> Result<bool> {
    let size = line(input)?.ok_or(ErrorKind::UnexpectedEof)?;
    let size = size.split(';').next().unwrap_or_default().trim();
    let size = u64::from_str_radix(size, 16).map_err(|_| wrong("a chunk without a size"))?;
    if size + body.len() as u64 > LARGEST {
        return Err(wrong("a body that is too long"));
    }
    input.take(size).read_to_end(body)?;
    // After a chunk an empty line, after the last one trailers and an empty line.
    while line(input)?.is_some_and(|line| !line.is_empty()) {}
    Ok(size > 0)
}

fn line(input: &mut impl BufRead) -> Result<Option<String>> {
    let mut text = String::new();
    let length = input.take(64 << 10).read_line(&mut text)?;
    Ok((length > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
