//! What a tester and the services that it tests say to each other: one form for all of it, so that what is written on
//! one side can be read on the other.

use std::io::{self, ErrorKind, Read, Write};

use http::HeaderMap;

/// What a message is about.
pub mod kind {
    /// To the services: the variables of their environment, as headers. It is the first one, and comes again before those
    /// start anew that are to find something else in them.
    pub const ENVIRONMENT: &str = "environment";
    /// To the services: a request. Words: method, target, host, what `now`, `today` and `uuid` are, or nothing, and who
    /// calls, if that is said.
    pub const WHEN: &str = "when";
    /// From the services: a call is made. Words: operation, method, target without the address.
    pub const CALL: &str = "call";
    /// To the services: the call is answered so. Words: status, media type.
    pub const GIVEN: &str = "given";
    /// To the services: there is no answer to the call.
    pub const TIMEOUT: &str = "timeout";
    pub const UNREACHABLE: &str = "unreachable";
    pub const REJECTED: &str = "rejected";
    pub const MALFORMED: &str = "malformed";
    /// To the services: the call goes to one of them.
    pub const RUNS: &str = "runs";
    /// From the services: a flow logs. Words: level, message.
    pub const LOG: &str = "log";
    /// From the services: the answer to the request. Words: status, media type.
    pub const ENDED: &str = "ended";
    /// From the services: nothing can be asked of them. Words: why.
    pub const BROKEN: &str = "broken";
}

/// A message is not longer than this: whoever says so is not the other side.
const LONGEST: u32 = 1 << 30;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    kind: String,
    words: Vec<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    pub fn new(kind: &str) -> Message {
        Message { kind: kind.to_owned(), ..Message::default() }
    }

    #[must_use]
    pub fn word(mut self, word: impl Into<String>) -> Message {
        self.words.push(word.into());
        self
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Message {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn headers(mut self, headers: &HeaderMap) -> Message {
        let each = headers.iter();
        self.headers.extend(each.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        }));
        self
    }

    #[must_use]
    pub fn body(mut self, body: &[u8]) -> Message {
        self.body = body.to_vec();
        self
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// A word by its place; empty where there is none.
    pub fn word_at(&self, place: usize) -> &str {
        self.words.get(place).map_or("", String::as_str)
    }

    pub fn header_pairs(&self) -> &[(String, String)] {
        &self.headers
    }

    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    pub fn body_bytes(&self) -> &[u8] {
        &self.body
    }

    /// # Errors
    /// The other side is gone.
    pub fn send(&self, to: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        part(&mut bytes, self.kind.as_bytes());
        count(&mut bytes, self.words.len());
        self.words.iter().for_each(|word| part(&mut bytes, word.as_bytes()));
        count(&mut bytes, self.headers.len());
        for (name, value) in &self.headers {
            part(&mut bytes, name.as_bytes());
            part(&mut bytes, value.as_bytes());
        }
        part(&mut bytes, &self.body);
        to.write_all(&bytes)?;
        to.flush()
    }

    /// # Errors
    /// The other side is gone, or is none that speaks so.
    pub fn receive(from: &mut impl Read) -> io::Result<Message> {
        let mut message = Message { kind: text(from)?, ..Message::default() };
        for _ in 0..number(from)? {
            message.words.push(text(from)?);
        }
        for _ in 0..number(from)? {
            let (name, value) = (text(from)?, text(from)?);
            message.headers.push((name, value));
        }
        message.body = bytes(from)?;
        Ok(message)
    }
}

fn part(to: &mut Vec<u8>, bytes: &[u8]) {
    count(to, bytes.len());
    to.extend_from_slice(bytes);
}

fn count(to: &mut Vec<u8>, count: usize) {
    to.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

fn number(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    match u32::from_be_bytes(bytes) {
        number if number <= LONGEST => Ok(number),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

/// What is said to come need not come, so nothing is made ready for it.
fn bytes(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = u64::from(number(from)?);
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) == Ok(length) {
        true => Ok(bytes),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn text(from: &mut impl Read) -> io::Result<String> {
    String::from_utf8(bytes(from)?).map_err(|_| ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_received() {
        let sent = Message::new(kind::GIVEN).word("200").word("").header("x-a", "ä\n").body(&[0, 255]);
        let mut bytes = Vec::new();
        for message in [&sent, &Message::new(kind::RUNS)] {
            message.send(&mut bytes).expect("it is written");
        }
        let mut from = bytes.as_slice();
        assert_eq!(Message::receive(&mut from).ok(), Some(sent));
        assert_eq!(Message::receive(&mut from).ok(), Some(Message::new(kind::RUNS)));
        assert!(Message::receive(&mut from).is_err(), "there is no more");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for hostile in [&b"error: the service"[..], &[0, 0, 0, 9, 1], &[255; 40], &[0, 0, 0, 1, 255]] {
            assert!(Message::receive(&mut &*hostile).is_err(), "{hostile:?}");
        }
    }
}
