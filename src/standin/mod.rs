//! Stand-ins for the systems of others: what a system would answer, made from nothing but its contract. Pure and
//! deterministic; whoever serves the answers brings the sockets.
//!
//! ```text
//!  Contract ──answers()──▶ one Answer for each example ──find()──▶ the one that a request gets
//! ```

mod answers;
mod find;
mod json;
#[cfg(test)]
mod real;
#[cfg(test)]
mod testing;
mod value;

pub use answers::{Answer, answers};
pub use find::{Found, Request, find};
