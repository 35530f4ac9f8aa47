//! The shell of a service: the accept loop and its bounds, the reading and checking of requests, who may call and how
//! often, and the answers, whatever happens. What is the same for each operation is here and compiled once.

mod context;
mod interim;

pub use context::Context;
pub use interim::{Caller, RequestInfo};
