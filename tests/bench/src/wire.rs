//! Messages of HTTP/1.1 as both ends need them here: where one ends, and what its body is.

use memchr::memmem;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Where the parts of a message lie in the bytes that hold it.
pub struct Message {
    /// The length of the head, with its empty line.
    pub head: usize,
    pub body: Body,
}

pub enum Body {
    /// So many bytes.
    Sized(usize),
    /// In chunks, which take so many bytes in all.
    Chunked(usize),
}

impl Message {
    pub fn length(&self) -> usize {
        match self.body {
            Body::Sized(length) | Body::Chunked(length) => self.head + length,
        }
    }

    /// The body without the frames of its chunks.
    pub fn body(&self, bytes: &[u8]) -> Vec<u8> {
        let bytes = bytes.get(self.head..self.length()).unwrap_or_default();
        match self.body {
            Body::Sized(_) => bytes.to_vec(),
            Body::Chunked(_) => {
                let mut body = Vec::new();
                let mut at = 0;
                while let Some((start, length)) = chunk(bytes, at).filter(|(_, length)| *length > 0) {
                    body.extend_from_slice(bytes.get(start..start + length).unwrap_or_default());
                    at = start + length + 2;
                }
                body
            }
        }
    }
}

/// Reads until there is a whole message at the start of `bytes`; none when the other side has gone.
pub async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Message> {
    let mut searched = 0;
    let head = loop {
        if let Some(end) = memmem::find(bytes.get(searched..)?, b"\r\n\r\n") {
            break searched + end + 4;
        }
        searched = bytes.len().saturating_sub(3);
        more(stream, bytes).await?;
    };
    let body = match told_length(bytes.get(..head)?) {
        Told::Length(length) => {
            bytes.reserve((head + length).saturating_sub(bytes.len()));
            while bytes.len() < head + length {
                more(stream, bytes).await?;
            }
            Body::Sized(length)
        }
        Told::Chunked => Body::Chunked(chunks(stream, bytes, head).await? - head),
    };
    Some(Message { head, body })
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(bytes).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

enum Told {
    Length(usize),
    Chunked,
}

fn told_length(head: &[u8]) -> Told {
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            let digits = value.iter().filter(|byte| byte.is_ascii_digit());
            return Told::Length(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')));
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return Told::Chunked;
        }
    }
    Told::Length(0)
}

/// Reads to the end of the last chunk, and says where that is.
async fn chunks(stream: &mut TcpStream, bytes: &mut Vec<u8>, mut at: usize) -> Option<usize> {
    loop {
        let (start, length) = loop {
            match chunk(bytes, at) {
                Some(found) => break found,
                None => more(stream, bytes).await?,
            }
        };
        while bytes.len() < start + length + 2 {
            more(stream, bytes).await?;
        }
        at = start + length + 2;
        if length == 0 {
            return Some(at);
        }
    }
}

/// Where the content of the chunk at `at` begins and how long it is; none when its line is not whole.
fn chunk(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    let end = memmem::find(rest, b"\r\n")?;
    let digits = std::str::from_utf8(rest.get(..end)?).ok()?;
    let length = usize::from_str_radix(digits.split(';').next()?.trim(), 16).ok()?;
    Some((at + end + 2, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    /// What is read when these pieces come one after the other.
    async fn received(pieces: &[&str]) -> Option<(usize, Vec<u8>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await.ok()?;
        let mut far = TcpStream::connect(listener.local_addr().ok()?).await.ok()?;
        let (mut near, _) = listener.accept().await.ok()?;
        let sending = async {
            for piece in pieces {
                far.write_all(piece.as_bytes()).await.ok()?;
                tokio::task::yield_now().await;
            }
            drop(far);
            Some(())
        };
        let mut bytes = Vec::new();
        let (message, _) = tokio::join!(read(&mut near, &mut bytes), sending);
        let message = message?;
        Some((message.length(), message.body(&bytes)))
    }

    #[tokio::test]
    async fn a_body_of_a_known_length_is_read_to_its_end() {
        let pieces = ["HTTP/1.1 200 OK\r\ncontent-", "length: 5\r\n\r\nhe", "llo"];
        assert_eq!(received(&pieces).await, Some((43, b"hello".to_vec())));
    }

    #[tokio::test]
    async fn chunks_are_put_together() {
        let pieces =
            ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n", "2\r\nlo\r\n0\r\n\r\n"];
        assert_eq!(received(&pieces).await, Some((67, b"hello".to_vec())));
    }

    #[tokio::test]
    async fn half_a_message_is_none() {
        assert_eq!(received(&["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"]).await, None);
        assert_eq!(received(&["HTTP/1.1 200 OK\r\n"]).await, None);
    }
}
