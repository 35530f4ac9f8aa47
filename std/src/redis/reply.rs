//! The protocol of Redis (RESP2), as much of it as scripts need: a command is a list of texts, and a reply is read whole.

use std::io::{self, ErrorKind};

use bytes::Bytes;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use super::RedisError;

/// What a server may answer with at most: nobody stores more under a key.
const LONGEST: usize = 512 * 1024 * 1024;
const MOST: usize = 1_000_000;
const LONGEST_LINE: u64 = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Nothing,
    Number(i64),
    Text(Bytes),
    List(Vec<Reply>),
}

pub fn command(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        out.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Reads a reply; the inner error is what the server refuses the command with, after which it takes the next one.
pub async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Result<Reply, RedisError>> {
    let (kind, rest) = line(from).await?;
    if kind == b'-' {
        return Ok(Err(refused(&rest)));
    }
    if kind != b'*' {
        return scalar(from, kind, &rest).await.map(Ok);
    }
    let Some(count) = count(&rest, MOST)? else { return Ok(Ok(Reply::Nothing)) };
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(from).await?);
    }
    Ok(Ok(Reply::List(items)))
}

/// Our scripts answer with lists of texts and lists of pairs: never deeper.
async fn item(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Reply> {
    let (kind, rest) = line(from).await?;
    scalar(from, kind, &rest).await
}

async fn scalar(from: &mut (impl AsyncBufRead + Unpin), kind: u8, rest: &str) -> io::Result<Reply> {
    match kind {
        b'+' => Ok(Reply::Text(Bytes::from(rest.to_owned()))),
        b':' => rest.parse().map(Reply::Number).map_err(|_| broken()),
        b'$' => match count(rest, LONGEST)? {
            None => Ok(Reply::Nothing),
            Some(length) => text(from, length).await.map(Reply::Text),
        },
        _ => Err(broken()),
    }
}

async fn text(from: &mut (impl AsyncBufRead + Unpin), length: usize) -> io::Result<Bytes> {
    let mut text = Vec::new();
    // Read in the pieces that come, so that a length that is not true takes no memory.
    let read = from.take(length as u64 + 2).read_to_end(&mut text).await?;
    if read != length + 2 || !text.ends_with(b"\r\n") {
        return Err(broken());
    }
    text.truncate(length);
    Ok(text.into())
}

/// Minus one stands for nothing.
fn count(text: &str, most: usize) -> io::Result<Option<usize>> {
    match text {
        "-1" => Ok(None),
        text => text.parse().ok().filter(|count| *count <= most).map(Some).ok_or_else(broken),
    }
}

async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<(u8, String)> {
    let mut line = String::new();
    from.take(LONGEST_LINE).read_line(&mut line).await?;
    let line = line.strip_suffix("\r\n").ok_or_else(broken)?;
    let kind = line.bytes().next().filter(u8::is_ascii).ok_or_else(broken)?;
    Ok((kind, line.get(1..).unwrap_or_default().to_owned()))
}

/// Only the first word: what follows may repeat what was sent.
fn refused(message: &str) -> RedisError {
    RedisError::Refused(message.split(' ').next().unwrap_or_default().to_owned())
}

fn broken() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "this is no answer of Redis")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> io::Result<Result<Reply, RedisError>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let mut bytes = bytes;
        runtime.expect("a runtime").block_on(read(&mut bytes))
    }

    fn text(text: &'static [u8]) -> Reply {
        Reply::Text(Bytes::from_static(text))
    }

    #[test]
    fn a_command_is_a_list_of_texts() {
        assert_eq!(command(&[b"GET", b"\r\n"]), b"*2\r\n$3\r\nGET\r\n$2\r\n\r\n\r\n");
    }

    #[test]
    fn replies_are_read() {
        let read = |bytes: &[u8]| read_all(bytes).expect("it is whole").expect("no refusal");
        assert_eq!(read(b"+OK\r\n"), text(b"OK"));
        assert_eq!(read(b":-7\r\n"), Reply::Number(-7));
        assert_eq!(read(b"$4\r\na\r\nb\r\n"), text(b"a\r\nb"));
        assert_eq!((read(b"$-1\r\n"), read(b"*-1\r\n")), (Reply::Nothing, Reply::Nothing));
        assert_eq!(read(b"*2\r\n$0\r\n\r\n$-1\r\n"), Reply::List(vec![text(b""), Reply::Nothing]));
    }

    #[test]
    fn a_refusal_does_not_repeat_what_was_sent() {
        let told = read_all(b"-ERR unknown command, with args 'hush'\r\n").expect("it is whole");
        assert_eq!(told.map_err(|error| error.to_string()), Err("Redis refuses with `ERR`".to_owned()));
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        let bad: [&[u8]; 9] = [
            b"",
            b"\r\n",
            b"HTTP/1.1 400\r\n",
            b"$5\r\nab",
            b"$999999999999\r\n",
            b"$2\r\nabcd",
            b":x\r\n",
            b"*1\r\n*1\r\n",
            b"+OK",
        ];
        for bytes in bad {
            assert!(read_all(bytes).is_err(), "{bytes:?}");
        }
    }
}
