//! Stand-ins for the systems of others: what a system would answer, made from nothing but its contract. Pure and
//! deterministic; whoever serves the answers brings the sockets.
//!
//! ```text
//!  Contract ──answers()──▶ one Answer for each example ──find()──▶ the one that a request gets
//! ```

mod answers;
mod chance;
mod find;
mod json;
#[cfg(test)]
mod real;
mod template;
#[cfg(test)]
mod testing;
mod value;

pub use answers::{Answer, answers, concrete, encoded};
pub use chance::Chance;
pub use find::{Found, Request, find, has_word};
pub use template::{literal_length, values};
pub use value::{Recipe, Way, made};
