//! A client of HTTP/2 that sends the frames that it is told to, whatever sense they make.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::client::tcp;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
/// Of a whole request without a body.
pub const ALL: u8 = END_STREAM | END_HEADERS;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub struct Frames {
    stream: TcpStream,
}

/// What came back until the connection was closed, or for as long as was asked.
#[derive(Debug, Default)]
pub struct Heard {
    /// Why it was ended.
    pub goaway: Option<u32>,
    /// Streams, and why they were reset.
    pub resets: Vec<(u32, u32)>,
    /// Streams that were answered.
    pub answers: Vec<u32>,
    pub pongs: u32,
}

impl Frames {
    pub fn open(address: SocketAddr) -> Frames {
        Frames::bare(address, &[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat())
    }

    /// `first`: all that is sent.
    pub fn bare(address: SocketAddr, first: &[u8]) -> Frames {
        let mut stream = tcp(address).expect("the service listens");
        stream.write_all(first).expect("it is taken");
        Frames { stream }
    }

    /// With a window for answers of this size.
    pub fn with_window(address: SocketAddr, size: u32) -> Frames {
        let setting = [&[0, 4][..], &size.to_be_bytes()].concat();
        Frames::bare(address, &[PREFACE, &frame(SETTINGS, 0, 0, &setting)].concat())
    }

    /// Whether the other side took it.
    pub fn send(&mut self, frames: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(frames.as_ref()).is_ok()
    }

    /// Sends the same again and again; how often it was taken.
    pub fn flood(&mut self, most: usize, frames: impl Fn(u32) -> Vec<u8>) -> usize {
        (0..most).take_while(|at| self.send(frames(2 * *at as u32 + 1))).count()
    }

    /// Reads until the other side closes.
    pub fn until_closed(&mut self) -> Heard {
        let mut heard = Heard::default();
        while self.hear(&mut heard).is_some() {}
        heard
    }

    /// Reads one frame.
    pub fn hear(&mut self, heard: &mut Heard) -> Option<()> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).ok()?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte));
        let (kind, id) = (head[3], number(&head[5..9]) & 0x7fff_ffff);
        let mut payload = vec![0; number(&head[..3]) as usize];
        self.stream.read_exact(&mut payload).ok()?;
        match kind {
            GOAWAY => heard.goaway = Some(number(&payload[4..8])),
            RESET => heard.resets.push((id, number(&payload[..4]))),
            PING => heard.pongs += 1,
            HEADERS => heard.answers.push(id),
            _ => {}
        }
        Some(())
    }
}

pub fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &id.to_be_bytes(), payload].concat()
}

/// A request without a body.
pub fn get(id: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, ALL, id, &block(&head("GET", path)))
}

pub fn head<'h>(method: &'h str, path: &'h str) -> [(&'h str, &'h str); 4] {
    [(":method", method), (":scheme", "http"), (":path", path), (":authority", "shop")]
}

/// Headers as they stand in a frame: all written out.
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            push_length(&mut block, text.len());
            block.extend(text.as_bytes());
        }
    }
    block
}

fn push_length(block: &mut Vec<u8>, length: usize) {
    if length < 127 {
        return block.push(length as u8);
    }
    block.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        block.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    block.push(rest as u8);
}

/// One header that is kept in the table of the other side, and named again and again: each time by one byte.
pub fn bomb(times: usize) -> Vec<u8> {
    let mut block = block(&head("GET", "/brief"));
    block.extend([0x40, 1, b'x']);
    push_length(&mut block, 4_000);
    block.extend([b'a'; 4_000]);
    block.extend(std::iter::repeat_n(0xbe, times));
    block
}
