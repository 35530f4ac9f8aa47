//! Where a body of HTTP/1 ends, of a request or of an answer: what has come in is taken apart here, and nothing is waited
//! for.

use bytes::{Buf, Bytes, BytesMut};

/// The longest line in front of a chunk, and the longest trailer.
const MAX_LINE: usize = 8 * 1024;
/// How many bytes of extensions and trailers a body may have. They are read, and nobody looks at them.
const MAX_ASIDE: usize = 16 * 1024;
/// How much is waited for where nobody knows how much there will be.
const SOME: usize = 1024;
/// How many bytes are copied rather than kept with the buffer that they came in, which has room for 8 kB.
const FEW: usize = 2 * 1024;

/// What is left of a body.
#[derive(Debug, PartialEq)]
pub enum Framing {
    Length(u64),
    /// It ends with the connection.
    UntilEnd,
    Chunked(Chunks),
}

/// What is left of a body of chunks.
#[derive(Debug, PartialEq)]
pub struct Chunks {
    place: Place,
    /// How many more bytes may come that belong to no chunk.
    aside: usize,
}

/// Where in a body of chunks the next byte stands.
#[derive(Debug, PartialEq)]
enum Place {
    Size,
    Data(u64),
    Trailer,
    End,
}

/// What came of a body.
#[derive(Debug, PartialEq)]
pub enum Came {
    Part(Bytes),
    /// More has to come in; it is good to have room for so many bytes.
    More(usize),
    Over,
}

#[derive(Debug, PartialEq)]
pub enum Fault {
    /// The connection has ended before the body.
    Cut,
    Garbage(&'static str),
}

impl Framing {
    pub const OVER: Framing = Framing::Length(0);

    pub fn chunked() -> Framing {
        Framing::Chunked(Chunks { place: Place::Size, aside: MAX_ASIDE })
    }

    /// Whether all of it was taken, and it is known that this was all.
    pub fn is_over(&self) -> bool {
        matches!(self, Framing::Length(0) | Framing::Chunked(Chunks { place: Place::End, .. }))
    }

    /// Takes the next part of a body out of what has come in: one of at least so many bytes, if that many are left. When
    /// the input `is_ended`, nothing more can come.
    ///
    /// # Errors
    /// It is cut off, or no body.
    pub fn take(&mut self, input: &mut BytesMut, wanted: usize, is_ended: bool) -> Result<Came, Fault> {
        let came = match self {
            Framing::Length(left) => counted(left, input, wanted),
            Framing::UntilEnd if is_ended && input.is_empty() => Came::Over,
            Framing::UntilEnd if is_ended => Came::Part(input.split().freeze()),
            Framing::UntilEnd => counted(&mut { u64::MAX }, input, wanted),
            Framing::Chunked(chunks) => chunks.take(input, wanted)?,
        };
        match came {
            Came::More(_) if is_ended => Err(Fault::Cut),
            came => Ok(came),
        }
    }
}

impl Chunks {
    fn take(&mut self, input: &mut BytesMut, wanted: usize) -> Result<Came, Fault> {
        loop {
            match &mut self.place {
                Place::Data(0) => match input.get(..2) {
                    Some(b"\r\n") => {
                        input.advance(2);
                        self.place = Place::Size;
                    }
                    Some(_) => return Err(Fault::Garbage("a chunk does not end where it should")),
                    None => return Ok(Came::More(SOME)),
                },
                Place::Data(left) => return Ok(counted(left, input, wanted)),
                Place::Size => {
                    let Some(line) = line(input)? else { return Ok(Came::More(SOME)) };
                    let size = chunk_size(line).ok_or(Fault::Garbage("a chunk has no size"))?;
                    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                    let (length, extension) = (line.len(), line.len() - digits);
                    self.pass(input, length, extension)?;
                    self.place = if size == 0 { Place::Trailer } else { Place::Data(size) };
                }
                Place::Trailer => {
                    let Some(line) = line(input)? else { return Ok(Came::More(SOME)) };
                    let length = line.len();
                    self.pass(input, length, length)?;
                    if length == 0 {
                        self.place = Place::End;
                    }
                }
                Place::End => return Ok(Came::Over),
            }
        }
    }

    /// Passes over a line, of which so many bytes are of no use.
    fn pass(&mut self, input: &mut BytesMut, length: usize, aside: usize) -> Result<(), Fault> {
        let too_long = Fault::Garbage("its extensions and trailers are too long");
        self.aside = self.aside.checked_sub(aside).ok_or(too_long)?;
        input.advance(length + 2);
        Ok(())
    }
}

/// As much of the input as is of a body with so many bytes left, if that is enough.
fn counted(left: &mut u64, input: &mut BytesMut, wanted: usize) -> Came {
    let most = usize::try_from(*left).unwrap_or(usize::MAX);
    let enough = most.min(wanted.max(1));
    if most == 0 {
        return Came::Over;
    }
    if input.len() < enough {
        return Came::More(most - input.len());
    }
    let part = taken(input, input.len().min(most));
    *left -= part.len() as u64;
    Came::Part(part)
}

/// So many bytes of the input. Few are copied, so that the buffer can be used again; many take it along.
fn taken(input: &mut BytesMut, length: usize) -> Bytes {
    if length > FEW {
        return input.split_to(length).freeze();
    }
    let part = Bytes::copy_from_slice(input.get(..length).unwrap_or_default());
    input.advance(length);
    part
}

/// The line that the input begins with, without its end; none when that has not come yet.
fn line(input: &[u8]) -> Result<Option<&[u8]>, Fault> {
    let Some(end) = input.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
        return if input.len() < MAX_LINE { Ok(None) } else { Err(Fault::Garbage("a line is too long")) };
    };
    let line = input.get(..end).and_then(|line| line.strip_suffix(b"\r"));
    line.map(Some).ok_or(Fault::Garbage("a line ends in a bare line feed"))
}

/// The size of a chunk, from the line in front of it.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    let is_size = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_size)?;
    u64::from_str_radix(digits, 16).ok()
}
