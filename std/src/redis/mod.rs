//! What is spoken with Redis: the store and shared limits stand on it. The client is our own: what is needed of the
//! protocol are a few lines, and the common one brings forty crates along.

mod connection;
mod reply;

use std::fmt;

pub use connection::{Connection, Target};
pub use reply::Reply;

/// Why the server is of no help. For the log: it holds neither a value nor a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisError {
    Unreachable(String),
    /// The first word of what the server says.
    Refused(String),
}

impl RedisError {
    pub fn is_refusal(&self, code: &str) -> bool {
        matches!(self, RedisError::Refused(said) if said == code)
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedisError::Unreachable(why) => write!(out, "Redis cannot be reached: {why}"),
            RedisError::Refused(code) => write!(out, "Redis refuses with `{code}`{}", hint(code)),
        }
    }
}

fn hint(code: &str) -> &'static str {
    match code {
        "NOAUTH" | "WRONGPASS" | "NOPERM" => ", which means that the user or the password is wrong",
        "OOM" => ", which means that its memory is full",
        "READONLY" => ", which means that it is a replica",
        "MISCONF" => ", which means that it cannot save",
        "LOADING" => ", which means that it has just started",
        _ => "",
    }
}
