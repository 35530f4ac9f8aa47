//! A request and its answer, without the sockets between them.

use std::time::Duration;

use flow_std::codec::FaultAt;
use smol_str::SmolStr;

/// A request, as it came in.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// With its escapes.
    pub path: String,
    pub query: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let is_it = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers.iter().find(is_it).map(|(_, value)| value.as_str())
    }
}

/// What is answered, and what is to be told about it.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub media_type: Option<SmolStr>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// How long it is held back.
    pub delay: Duration,
    /// The operation that was meant, where the contract has one.
    pub operation: Option<SmolStr>,
    /// How the request is not what the contract says.
    pub faults: Vec<FaultAt>,
    /// What else there is to say: about the contract, or why this is the answer.
    pub remarks: Vec<String>,
}
